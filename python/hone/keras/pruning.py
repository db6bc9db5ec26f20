"""A callback for trainings in an objective of one's own: reports each epoch, and prunes."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Dict, Optional, Union

import keras  # type: ignore[import-untyped,import-not-found,unused-ignore]

from hone._monitor import Monitor, missing

if TYPE_CHECKING:
    from hone import Trial
    from hone._program import ProgramTrial


class PruningCallback(keras.callbacks.Callback):  # type: ignore[misc,unused-ignore]
    """Reports a metric to a trial at the end of each epoch, and ends a hopeless training.

        def objective(trial):
            model = build(trial.suggest_float("lr", 1e-4, 1e-1, log=True))
            history = model.fit(..., callbacks=[hone.keras.PruningCallback(trial, "val_accuracy")])
            return max(history.history["val_accuracy"])

    Args:
        trial: the trial that the objective is called with.
        monitor: a metric in Keras' logs, such as "val_accuracy".
        metric: the study's metric that it is; by default the one of that name, or the first
            objective.

    The step of a report is the number of epochs, those before `initial_epoch` included. Epochs
    without validation (`validation_freq`) have no report of a metric of validation.

    Raises:
        hone.TrialPruned: in `fit`, when the study's scheduler wants the trial to end.
        ValueError: in `fit`, when the logs have no such metric; at once, when its name says that
            the study wants the opposite.
    """

    def __init__(
        self,
        trial: "Union[Trial, ProgramTrial]",
        monitor: str,
        *,
        metric: Optional[str] = None,
    ) -> None:
        super().__init__()
        self.trial = trial
        self.monitor = monitor
        self._monitor = Monitor(trial, monitor, metric)
        self._seen = False
        self._missed = False

    def on_epoch_end(self, epoch: int, logs: Optional[Dict[str, Any]] = None) -> None:
        """Reports the epoch's value."""
        logs = logs or {}
        if self.monitor in logs:
            self._seen = True
            self._monitor.look(logs[self.monitor], epoch + 1, "epoch")
            return
        validated = any(name.startswith("val_") for name in logs)
        if validated or not self.monitor.startswith("val_"):
            raise missing(self.monitor, logs)
        # An epoch of validation_freq, perhaps: that shows when another one has it, or none.
        if not self._seen and not self._missed:
            self._missed = True
            warnings.warn(
                f"epoch {epoch + 1} has no {self.monitor!r} to report: is validation_data given?",
                stacklevel=2,
            )

    def on_train_end(self, logs: Optional[Dict[str, Any]] = None) -> None:
        """The last moment to say that nothing was reported."""
        # A training that was stopped, by EarlyStopping say, may have had no time for it.
        if self._missed and not self._seen and not self.model.stop_training:
            hint = "no epoch has validated: give fit validation_data, or a smaller validation_freq"
            raise missing(self.monitor, logs or {}, hint)
