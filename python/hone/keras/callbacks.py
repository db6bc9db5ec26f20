"""What Keras calls while a trial trains: the reports, and the weights of the best epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

import keras  # type: ignore[import-untyped,import-not-found,unused-ignore]
import numpy  # type: ignore[import-not-found,unused-ignore]

from .objective import Objective
from .trial import Trial

if TYPE_CHECKING:
    from .tuner import Tuner


class BestWeights:
    """The weights of the best epoch of a trial, over all its executions, in a file.

    They are copied in memory at each improvement and written once, when the training ends: writing
    a file at each epoch costs more than many an epoch.
    """

    def __init__(self, objective: Objective, path: str) -> None:
        self.objective = objective
        self.path = path
        self.value: Optional[float] = None
        self._weights: Optional[List[Any]] = None

    def see(self, model: Any, value: float) -> None:
        """An epoch of `model` has ended with `value` of the objective."""
        if self.value is None or self.objective.better_than(value, self.value):
            self.value = value
            self._weights = [numpy.array(weight) for weight in model.get_weights()]

    def write(self, model: Any) -> None:
        """The training of `model` has ended; it is left as it is."""
        if self._weights is None:
            return
        last = [numpy.array(weight) for weight in model.get_weights()]
        model.set_weights(self._weights)
        model.save_weights(self.path)
        model.set_weights(last)
        self._weights = None


class Watch(keras.callbacks.Callback):  # type: ignore[misc,unused-ignore]
    """Reports each epoch to the study, and stops a training that the study wants stopped.

    Args:
        tuner: whose hooks `on_epoch_begin`, `on_batch_end` … are called.
        trial: the trial that trains.
        best: where the best weights go.
        reports: whether epochs are reported: not when the trial is a mean of several trainings.
    """

    def __init__(self, tuner: "Tuner", trial: Trial, best: BestWeights, reports: bool) -> None:
        super().__init__()
        self.tuner = tuner
        self.trial = trial
        self.best = best
        self.reports = reports

    def on_epoch_begin(self, epoch: int, logs: Optional[Dict[str, Any]] = None) -> None:
        self.tuner.on_epoch_begin(self.trial, self.model, epoch, logs=logs)

    def on_epoch_end(self, epoch: int, logs: Optional[Dict[str, Any]] = None) -> None:
        objective = self.best.objective
        if logs and objective.has_value(logs):
            value = objective.get_value(logs)
            self.best.see(self.model, value)
            engine = self.trial.engine
            if self.reports and engine is not None:
                engine.report(value, epoch + 1)
                if engine.should_prune():
                    self.model.stop_training = True
        self.tuner.on_epoch_end(self.trial, self.model, epoch, logs=logs)

    def on_train_end(self, logs: Optional[Dict[str, Any]] = None) -> None:
        self.best.write(self.model)


class WatchBatches(Watch):
    """The same for a tuner that overrides the hooks of batches, which are called often."""

    def on_train_batch_begin(self, batch: int, logs: Optional[Dict[str, Any]] = None) -> None:
        self.tuner.on_batch_begin(self.trial, self.model, batch, logs)

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, Any]] = None) -> None:
        self.tuner.on_batch_end(self.trial, self.model, batch, logs)
