"""A scheduler of Hone's as an Optuna study's pruner."""

import math
import threading

from optuna.pruners import BasePruner
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

import hone
from hone._errors import BusyError
from hone._plugins import SCHEDULER, Choice, as_choice
from hone._stops import must_only_stop
from hone._trial import Trial
from hone.optuna._per_study import PerStudy


class _Curves:
    """The curves of one Optuna study in a Hone study in memory, where the scheduler sees them."""

    def __init__(self, study: Study, scheduler: Choice) -> None:
        maximize = study.direction == StudyDirection.MAXIMIZE
        must_only_stop(scheduler)
        self._hone = hone.study(
            direction="maximize" if maximize else "minimize",
            sampler="random",
            scheduler=scheduler,
            noisy=True,  # there are no parameters here: all trials would be duplicates
            seed=0,
        )
        self._lock = threading.Lock()
        self._trials: dict[int, Trial] = {}
        self._last: dict[int, int] = {}
        self._ended: set[int] = set()
        self._n_settled = 0  # of the trials from the first on all have ended

    def should_prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Reports what is new of all trials, then of this one, and says what becomes of it."""
        with self._lock:
            trials = study._storage.get_all_trials(study._study_id, deepcopy=False)
            for other in trials[self._n_settled :]:
                if other.number != trial.number and other.number not in self._ended:
                    self._follow(other)
            while self._n_settled in self._ended:
                self._ended.remove(self._n_settled)
                self._n_settled += 1
            mine = self._follow(trial)
            return mine is not None and mine.should_prune()

    def _follow(self, trial: FrozenTrial) -> Trial | None:
        if trial.state == TrialState.WAITING:
            return None
        mine = self._trials.get(trial.number)
        if mine is None:
            try:
                mine = self._trials[trial.number] = self._hone.ask()
            except BusyError:
                return None
        last = self._last.get(trial.number, -1)
        for step in sorted(step for step in trial.intermediate_values if step > last):
            # Optuna counts from 0; at step 0 one step of training is done.
            mine.report(trial.intermediate_values[step], step + 1)
            self._last[trial.number] = step
        if trial.state.is_finished():
            self._end(trial, mine)
        return mine

    def _end(self, trial: FrozenTrial, mine: Trial) -> None:
        if trial.state == TrialState.COMPLETE and not math.isnan(trial.values[0]):
            self._hone.tell(mine, trial.values[0])
        else:
            pruned = trial.state == TrialState.PRUNED
            self._hone.tell(mine, state="pruned" if pruned else "failed")
        self._trials.pop(trial.number)
        self._last.pop(trial.number, None)
        self._ended.add(trial.number)


class HonePruner(BasePruner):
    """Stops an Optuna study's trials by a scheduler of Hone's.

    scheduler: a name ("asha", "median", "percentile", "curve", "wilcoxon", …; `hone schedulers`
    lists them) or hone.scheduler(name, option=…). Raises LookupError for an unknown one, and
    NotImplementedError, from should_prune, for one that pauses trials, for which Optuna has no word.

    What other processes have reported counts, as it stands in Optuna's storage.
    """

    def __init__(self, scheduler: str | Choice = "asha") -> None:
        self._choice = as_choice(SCHEDULER, scheduler)
        self._curves: PerStudy[_Curves] = PerStudy()

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Should the trial end now?"""
        curves = self._curves.of(study, lambda: _Curves(study, self._choice))
        return curves.should_prune(study, trial)
