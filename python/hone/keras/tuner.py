"""Tuning Keras models: building, training, and keeping the best weights of each trial."""

from __future__ import annotations

import copy
import gc
import importlib.util
import os
from typing import Any, Dict, List, Optional

from .base_tuner import BaseTuner
from .errors import FailedTrialError, FatalTypeError
from .hyperparameters import HyperParameters
from .oracle import Oracle
from .outcome import Outcome
from .project import read_json, write_json
from .trial import Trial

# Parameters of a model above which the last trial's memory is collected before the next is built.
# Below that Python's own collections are soon enough, and one costs as much as a small epoch.
LARGE_MODEL = 1_000_000


class Tuner(BaseTuner):
    """Tunes Keras models; the base of all tuners here.

    Args:
        oracle: what is searched for, and how.
        hypermodel: a function that builds and compiles a model from hyperparameters, or a
            `HyperModel`.
        max_model_size: weights at most: a larger model is a failed trial.
        optimizer: compiles every model with this instead of its own.
        loss: likewise.
        metrics: likewise.
        distribution_strategy: an object whose `scope()` each trial runs in.
        directory: where the project's folder lies.
        project_name: its name.
        overwrite: begins anew where the folder holds a search; otherwise that is gone on with.
        executions_per_trial: trainings of each configuration, whose mean counts.
    """

    def __init__(
        self,
        oracle: Oracle,
        hypermodel: Any = None,
        max_model_size: Optional[int] = None,
        optimizer: Any = None,
        loss: Any = None,
        metrics: Any = None,
        distribution_strategy: Any = None,
        directory: Any = None,
        project_name: Optional[str] = None,
        logger: Any = None,
        tuner_id: Optional[str] = None,
        overwrite: bool = False,
        executions_per_trial: int = 1,
    ) -> None:
        if hypermodel is None and type(self).run_trial is Tuner.run_trial:
            raise ValueError(
                "A hypermodel is needed: give a function that builds a model, or override "
                "run_trial."
            )
        if importlib.util.find_spec("keras") is None:
            raise ModuleNotFoundError(
                f"hone.keras.{type(self).__name__} tunes Keras models, and Keras is not installed: "
                "pip install keras torch"
            )
        if executions_per_trial < 1:
            given = executions_per_trial
            raise ValueError(f"executions_per_trial must be at least 1; got {given}.")
        self.max_model_size = max_model_size
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        self.distribution_strategy = distribution_strategy
        self.logger = logger
        self.tuner_id = tuner_id or "tuner0"
        self.executions_per_trial = executions_per_trial
        self._last_size = 0
        super().__init__(oracle, hypermodel, directory, project_name, overwrite)

    # Building

    def _compile_again(self, model: Any) -> None:
        """Compiles a model with the tuner's optimizer, loss or metrics instead of its own."""
        given = {"optimizer": self.optimizer, "loss": self.loss, "metrics": self.metrics}
        if all(value is None for value in given.values()):
            return
        config: Dict[str, Any] = {}
        if getattr(model, "compiled", False):
            known = model.get_compile_config() or {}
            config = {name: known.get(name) for name in given}
            # Whether it was written as an object or a name, the model has made it one.
            config["optimizer"] = type(model.optimizer).from_config(model.optimizer.get_config())
            config["loss"] = model.loss
        for name, value in given.items():
            if value is not None:
                config[name] = copy.deepcopy(value)
        model.compile(**config)

    def _build(self, hp: HyperParameters) -> Any:
        import keras  # type: ignore[import-untyped,import-not-found,unused-ignore]

        keras.utils.clear_session(free_memory=False)
        if self._last_size > LARGE_MODEL:
            gc.collect()
        if self.distribution_strategy is not None:
            with self.distribution_strategy.scope():
                model = super()._build(hp)
        else:
            model = super()._build(hp)
        if not isinstance(model, keras.Model):
            raise FatalTypeError(
                f"The build function must return a Keras model; it returned {model!r}."
            )
        self._compile_again(model)
        self._last_size = model.count_params() if model.built else 0
        if self.max_model_size is not None and self._last_size > self.max_model_size:
            raise FailedTrialError(
                f"The model has {self._last_size} weights, and max_model_size is "
                f"{self.max_model_size}."
            )
        return model

    # Running

    def run_trial(self, trial: Trial, *fit_args: Any, **fit_kwargs: Any) -> Any:
        """Builds the model and trains it `executions_per_trial` times, as `BaseTuner` says."""
        best = self._best_weights(trial)
        given = fit_kwargs.pop("callbacks", None) or []
        results = []
        for execution in range(self.executions_per_trial):
            callbacks = self._copied(given)
            callbacks.append(self._watch(trial, best))
            kwargs = {**fit_kwargs, "callbacks": callbacks}
            results.append(self._build_and_fit_model(trial, execution, *fit_args, **kwargs))
        return results

    def _best_weights(self, trial: Trial) -> Any:
        from .callbacks import BestWeights

        self.project.trial_dir(trial.trial_id, make=True)
        return BestWeights(self.oracle.objective, self._weights_file(trial))

    def _watch(self, trial: Trial, best: Any) -> Any:
        from .callbacks import Watch, WatchBatches

        hooked = (
            type(self).on_batch_begin is not Tuner.on_batch_begin
            or type(self).on_batch_end is not Tuner.on_batch_end
        )
        watch = WatchBatches if hooked else Watch
        return watch(self, trial, best, reports=self.executions_per_trial == 1)

    def _copied(self, callbacks: List[Any]) -> List[Any]:
        """Copies of the user's callbacks: what one training leaves in them is not the next's."""
        try:
            return [copy.deepcopy(callback) for callback in callbacks]
        except Exception as error:
            raise FatalTypeError(
                "The callbacks given to search must be copyable, since each training gets its own "
                f"copies, and copying failed: {error}"
            ) from error

    def _build_and_fit_model(self, trial: Trial, execution: int, *args: Any, **kwargs: Any) -> Any:
        """One training of a trial."""
        assert self.hypermodel is not None
        hp = trial.hyperparameters
        model = self._build(hp)
        if execution == 0:
            self.oracle.check_duplicate(trial)
        unbuilt = not model.built
        self._prepare(trial, execution, model, kwargs)
        result = self.hypermodel.fit(hp, model, *args, **kwargs)
        if unbuilt and model.built:
            # To load its weights later it has to be built without data.
            write_json(self._file(trial, "build.json"), model.get_build_config() or {})
        self._after(trial, execution, model)
        return result

    def _prepare(self, trial: Trial, execution: int, model: Any, kwargs: Dict[str, Any]) -> None:
        """Before a training; a tuner that goes on with one sets the epochs."""

    def _after(self, trial: Trial, execution: int, model: Any) -> None:
        """After a training; a tuner that may go on with it keeps its state."""

    def _finish(self, trial: Trial, outcome: Outcome) -> None:
        stopped = trial.engine is not None and trial.engine.should_prune()
        self.oracle.complete(trial, outcome, pruned=stopped)

    # Files

    def _file(self, trial: Trial, name: str) -> str:
        return os.path.join(self.project.trial_dir(trial.trial_id), name)

    def _weights_file(self, trial: Trial) -> str:
        return self._file(trial, "best.weights.h5")

    def load_model(self, trial: Trial) -> Any:
        """The model of a trial with the weights of its best epoch.

        Raises:
            ValueError: the trial has kept no weights.
        """
        path = self._weights_file(trial)
        if not os.path.exists(path):
            raise ValueError(
                f"Trial {trial.trial_id} has kept no weights: {path} is not there. They are kept "
                "when the model is trained with the callbacks that fit is given."
            )
        model = self._build(trial.hyperparameters.copy())
        self._load(trial, model, path)
        return model

    def _load(self, trial: Trial, model: Any, path: str) -> None:
        """Gives a model just built what a file holds: its weights, and the optimizer's state."""
        config = read_json(self._file(trial, "build.json"))
        if not model.built and config:
            model.build_from_config(config)
        if getattr(model, "optimizer", None) is not None:
            model.optimizer.build(model.trainable_variables)
        model.load_weights(path)

    # Hooks

    def on_epoch_begin(self, trial: Trial, model: Any, epoch: int, logs: Any = None) -> None:
        """Called when an epoch begins."""

    def on_epoch_end(self, trial: Trial, model: Any, epoch: int, logs: Any = None) -> None:
        """Called when an epoch ends, with its metrics."""

    def on_batch_begin(self, trial: Trial, model: Any, batch: int, logs: Any = None) -> None:
        """Called when a batch begins."""

    def on_batch_end(self, trial: Trial, model: Any, batch: int, logs: Any = None) -> None:
        """Called when a batch ends."""
