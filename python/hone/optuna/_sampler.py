"""A sampler of Hone's in an Optuna study."""

from collections.abc import Callable, Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.samplers._base import _process_constraints_after_trial
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from hone._errors import Error
from hone._plugins import SAMPLER, Choice, as_choice
from hone.optuna._mirror import Mirror
from hone.optuna._per_study import PerStudy


class HoneSampler(BaseSampler):
    """Suggests an Optuna study's values by a sampler of Hone's.

    sampler: a name ("auto", "tpe", "gp", "cmaes", …; `hone samplers` lists them) or
    hone.sampler(name, option=…). seed: of its randomness; without one a new one is drawn.
    constraints_func: of a finished FrozenTrial its constraints, each at most 0 is satisfied, as
    Optuna's samplers have it. Raises LookupError for an unknown sampler, ValueError for an option.

    Values are chosen jointly for all parameters that the study has had so far, those of conditional
    branches included, and one by one for new ones. Trials that run count as pending, those of other
    processes as far as Optuna's storage shows them when a trial begins.
    """

    def __init__(
        self,
        sampler: str | Choice = "auto",
        *,
        seed: int | None = None,
        constraints_func: Callable[[FrozenTrial], Sequence[float]] | None = None,
    ) -> None:
        self._choice = as_choice(SAMPLER, sampler)
        self._seed = seed
        self._constraints_func = constraints_func
        self._random = RandomSampler(seed)
        self._mirrors: PerStudy[Mirror] = PerStudy()

    def _mirror(self, study: Study) -> Mirror:
        if self._mirrors.is_new_process():
            # Another stream, or both processes would suggest the same.
            self._seed = None
            self._random.reseed_rng()
        try:
            return self._mirrors.of(study, lambda: Mirror(study, self._choice, self._seed))
        except (Error, NotImplementedError) as error:
            raise ValueError(str(error)) from error

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Empty: what is known of a trial is asked for value by value, also of conditional ones."""
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Values for a whole search space."""
        self._mirror(study)  # says so if the sampler cannot serve such a study
        return {
            name: self.sample_independent(study, trial, name, distribution)
            for name, distribution in search_space.items()
        }

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """One value, which goes with those that the trial was given before."""
        mirror = self._mirror(study)
        known, value = mirror.suggest(study, trial, param_name, param_distribution)
        if known:
            return value
        return self._random.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """Learns from a trial that has ended."""
        if self._constraints_func is not None:
            _process_constraints_after_trial(self._constraints_func, study, trial, state)
            trial = study._storage.get_trial(trial._trial_id)
        self._mirror(study).told(trial, state, values)

    def reseed_rng(self) -> None:
        """Threads share the study in memory, so no two are given the same value."""
