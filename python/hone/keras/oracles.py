"""The four searches of Keras Tuner as oracles, for tuners of one's own."""

from __future__ import annotations

import math
from typing import Any, Optional

from .hyperparameters import HyperParameters
from .oracle import Oracle


class RandomSearchOracle(Oracle):
    """Configurations at random, none of them twice."""

    default_sampler = "random"

    def __init__(
        self, objective: Any = None, max_trials: Optional[int] = 10, **kwargs: Any
    ) -> None:
        super().__init__(objective=objective, max_trials=max_trials, **kwargs)


class GridSearchOracle(Oracle):
    """Every combination once; of a range without a step ten values."""

    default_sampler = "random"
    is_grid = True


class BayesianOptimizationOracle(Oracle):
    """Configurations that a Gaussian process holds for promising.

    Args:
        num_initial_points: trials before the model is used; chosen by the dimensions when None.
        alpha: accepted and not needed: the noise is estimated.
        beta: accepted and not needed: the acquisition function has no such number.
        kwargs: those of `Oracle`.
    """

    default_sampler = "gp"

    def __init__(
        self,
        objective: Any = None,
        max_trials: Optional[int] = 10,
        num_initial_points: Optional[int] = None,
        alpha: float = 0.0001,
        beta: float = 2.6,
        sampler: Any = None,
        **kwargs: Any,
    ) -> None:
        if sampler is None and num_initial_points:
            import hone

            sampler = hone.sampler("gp", n_startup=num_initial_points)
        super().__init__(objective=objective, max_trials=max_trials, sampler=sampler, **kwargs)
        self.num_initial_points = num_initial_points
        self.alpha = alpha
        self.beta = beta


class HyperbandOracle(Oracle):
    """Many trials for few epochs, the best of them for more.

    Args:
        objective: as of `Oracle`.
        max_epochs: epochs of a whole training.
        factor: one in `factor` trials goes on, to `factor` times the epochs.
        hyperband_iterations: turns through all brackets.
        hyperparameters: as of `Oracle`.
        kwargs: those of `Oracle`.
    """

    default_sampler = "random"
    # Rungs at most: the scheduler begins no earlier than at max_epochs / 81.
    _MOST = 81

    def __init__(
        self,
        objective: Any = None,
        max_epochs: int = 100,
        factor: int = 3,
        hyperband_iterations: int = 1,
        hyperparameters: Optional[HyperParameters] = None,
        scheduler: Any = None,
        **kwargs: Any,
    ) -> None:
        if factor < 2:
            raise ValueError(f"factor must be at least 2; got {factor}.")
        if max_epochs < 1 or hyperband_iterations < 1:
            raise ValueError(
                "max_epochs and hyperband_iterations must be at least 1; got "
                f"{max_epochs} and {hyperband_iterations}."
            )
        if scheduler is None:
            import hone

            scheduler = hone.scheduler("hyperband", eta=factor, max_resource=max_epochs)
        kwargs.pop("max_trials", None)
        super().__init__(
            objective=objective, hyperparameters=hyperparameters, scheduler=scheduler, **kwargs
        )
        self.max_epochs = max_epochs
        self.factor = factor
        self.hyperband_iterations = hyperband_iterations

    def trials_of_a_turn(self) -> int:
        """Trials that begin in one turn through all brackets."""
        last = 0
        while self.factor ** (last + 1) <= min(self.max_epochs, self._MOST):
            last += 1
        brackets = range(last + 1)
        return sum(math.ceil((last + 1) * self.factor**s / (s + 1)) for s in brackets)

    def intended(self) -> Optional[int]:
        return self.hyperband_iterations * self.trials_of_a_turn()
