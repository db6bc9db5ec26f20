"""The four tuners of Keras Tuner, each with its constructor's arguments.

Each takes two more: `sampler` and `scheduler`, any of Hone's by name or with options.
"""

from __future__ import annotations

import os
from typing import Any, Dict, Optional

from .hyperparameters import HyperParameters
from .oracles import (
    BayesianOptimizationOracle,
    GridSearchOracle,
    HyperbandOracle,
    RandomSearchOracle,
)
from .outcome import Outcome
from .trial import Trial
from .tuner import Tuner


class RandomSearch(Tuner):
    """Configurations at random, none of them twice.

    Args:
        hypermodel: a function that builds and compiles a model from hyperparameters, or a
            `HyperModel`.
        objective: a metric's name, an `Objective`, or a list of them.
        max_trials: trials in all, those of an earlier search of the project included.
        seed: of the suggestions.
        hyperparameters: hyperparameters declared beforehand, whose domains override the model's.
        tune_new_entries: whether those that are not declared are tuned.
        allow_new_entries: whether the model may ask for any that are not declared.
        max_retries_per_trial: how often a configuration whose run failed is run again.
        max_consecutive_failed_trials: failures in a row that end the search.
        sampler: any sampler of Hone.
        scheduler: a scheduler of Hone that stops hopeless trainings: "median", "asha", ….
        kwargs: those of `Tuner`.
    """

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_trials: int = 10,
        seed: Optional[int] = None,
        hyperparameters: Optional[HyperParameters] = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int = 3,
        sampler: Any = None,
        scheduler: Any = None,
        **kwargs: Any,
    ) -> None:
        oracle = RandomSearchOracle(
            objective=objective,
            max_trials=max_trials,
            seed=seed,
            hyperparameters=hyperparameters,
            tune_new_entries=tune_new_entries,
            allow_new_entries=allow_new_entries,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
            sampler=sampler,
            scheduler=scheduler,
        )
        super().__init__(oracle, hypermodel, **kwargs)


class GridSearch(Tuner):
    """Every combination once; of a range without a step ten values.

    Args:
        max_trials: trials at most; all combinations when None.
        others: those of `RandomSearch`.
    """

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_trials: Optional[int] = None,
        seed: Optional[int] = None,
        hyperparameters: Optional[HyperParameters] = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int = 3,
        scheduler: Any = None,
        **kwargs: Any,
    ) -> None:
        oracle = GridSearchOracle(
            objective=objective,
            max_trials=max_trials,
            seed=seed,
            hyperparameters=hyperparameters,
            tune_new_entries=tune_new_entries,
            allow_new_entries=allow_new_entries,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
            scheduler=scheduler,
        )
        super().__init__(oracle, hypermodel, **kwargs)


class BayesianOptimization(Tuner):
    """Configurations that a Gaussian process holds for promising.

    Args:
        num_initial_points: trials before the model is used; chosen by the dimensions when None.
        alpha: accepted and not needed: the noise is estimated.
        beta: accepted and not needed: the acquisition function has no such number.
        others: those of `RandomSearch`.
    """

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_trials: int = 10,
        num_initial_points: Optional[int] = None,
        alpha: float = 0.0001,
        beta: float = 2.6,
        seed: Optional[int] = None,
        hyperparameters: Optional[HyperParameters] = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int = 3,
        sampler: Any = None,
        scheduler: Any = None,
        **kwargs: Any,
    ) -> None:
        oracle = BayesianOptimizationOracle(
            objective=objective,
            max_trials=max_trials,
            num_initial_points=num_initial_points,
            alpha=alpha,
            beta=beta,
            seed=seed,
            hyperparameters=hyperparameters,
            tune_new_entries=tune_new_entries,
            allow_new_entries=allow_new_entries,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
            sampler=sampler,
            scheduler=scheduler,
        )
        super().__init__(oracle, hypermodel, **kwargs)


class Hyperband(Tuner):
    """Many trainings for few epochs, the best of them for more.

    A training that goes on does so from its own last state, weights and optimizer, not from the
    beginning.

    Args:
        max_epochs: epochs of a whole training; `epochs` given to `search` is not used.
        factor: one in `factor` trials goes on, to `factor` times the epochs.
        hyperband_iterations: turns through all brackets.
        others: those of `RandomSearch`.
    """

    def __init__(
        self,
        hypermodel: Any = None,
        objective: Any = None,
        max_epochs: int = 100,
        factor: int = 3,
        hyperband_iterations: int = 1,
        seed: Optional[int] = None,
        hyperparameters: Optional[HyperParameters] = None,
        tune_new_entries: bool = True,
        allow_new_entries: bool = True,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int = 3,
        sampler: Any = None,
        **kwargs: Any,
    ) -> None:
        oracle = HyperbandOracle(
            objective=objective,
            max_epochs=max_epochs,
            factor=factor,
            hyperband_iterations=hyperband_iterations,
            seed=seed,
            hyperparameters=hyperparameters,
            tune_new_entries=tune_new_entries,
            allow_new_entries=allow_new_entries,
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
            sampler=sampler,
        )
        super().__init__(oracle, hypermodel, **kwargs)

    # A training in parts: epochs already trained, and those to train up to.

    def _epochs(self, trial: Trial) -> int:
        assert trial.engine is not None
        return int(trial.engine.resource) or self._max_epochs()

    def _max_epochs(self) -> int:
        assert isinstance(self.oracle, HyperbandOracle)
        return self.oracle.max_epochs

    def _state_file(self, trial: Trial, execution: int) -> str:
        return self._file(trial, f"last-{execution}.weights.h5")

    def _trained(self, trial: Trial) -> int:
        """Epochs that the trial's kept state holds."""
        assert trial.engine is not None
        kept = trial.engine.user_attrs.get("keras.epochs", 0)
        there = all(
            os.path.exists(self._state_file(trial, i)) for i in range(self.executions_per_trial)
        )
        return int(kept) if there else 0

    def run_trial(self, trial: Trial, *fit_args: Any, **fit_kwargs: Any) -> Any:
        values = trial.hyperparameters.values
        values["tuner/epochs"] = self._epochs(trial)
        values["tuner/initial_epoch"] = self._trained(trial)
        return super().run_trial(trial, *fit_args, **fit_kwargs)

    def _prepare(self, trial: Trial, execution: int, model: Any, kwargs: Dict[str, Any]) -> None:
        initial = trial.hyperparameters.values["tuner/initial_epoch"]
        kwargs["epochs"] = trial.hyperparameters.values["tuner/epochs"]
        kwargs["initial_epoch"] = initial
        if initial:
            self._load(trial, model, self._state_file(trial, execution))

    def _after(self, trial: Trial, execution: int, model: Any) -> None:
        if self._epochs(trial) < self._max_epochs():
            model.save_weights(self._state_file(trial, execution))

    def _finish(self, trial: Trial, outcome: Outcome) -> None:
        engine = trial.engine
        assert engine is not None
        epochs = self._epochs(trial)
        if self.executions_per_trial > 1:
            engine.report(outcome.value, epochs)
        if engine.should_pause():
            engine.set_user_attr("keras.epochs", epochs)
            self.oracle.pause(trial, outcome, epochs)
        else:
            super()._finish(trial, outcome)
