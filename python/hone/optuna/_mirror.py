"""An Optuna study's trials in a Hone study in memory, where a sampler of Hone's sees them.

Optuna's storage is the truth. The mirror is made from it and follows it:
1. An Optuna trial that is first asked for a value here gets a Hone trial; each further value of it
   is one that this Hone trial suggests. While it runs it counts as pending.
2. When it ends the Hone trial is told. If it used another value than was suggested (Optuna fixed
   it, say), the Hone trial is given up and the trial entered as in 3.
3. When a trial begins those of others (another process, an earlier one, add_trial) are entered with
   their values: pending while they run, told when they have ended.
"""

import threading
from collections.abc import Sequence
from typing import Any

from optuna.study import Study as OptunaStudy
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

import hone
from hone._plugins import Choice
from hone._trial import Trial
from hone.optuna._keys import Key, Keys

_FINISHED = (OptunaState.COMPLETE, OptunaState.PRUNED, OptunaState.FAIL)


class Pending:
    """A running Optuna trial: its Hone trial and what that has suggested."""

    __slots__ = ("suggested", "trial")

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.suggested: dict[str, Any] = {}


class Mirror:
    """The Hone study of one Optuna study."""

    def __init__(self, study: OptunaStudy, sampler: Choice, seed: int | None) -> None:
        self.lock = threading.Lock()
        self._keys = Keys()
        self._grown: set[str] = set()
        self._pending: dict[int, Pending] = {}
        self._others: dict[int, tuple[Trial, dict[str, Any]]] = {}
        self._told: set[int] = set()
        self._n_settled = 0  # of the trials from the first on all are told
        self._hone = hone.study(
            directions=[_direction(d) for d in study.directions],
            sampler=sampler,
            scheduler="none",  # Optuna's pruner stops trials
            seed=seed,
        )

    # --- values for a trial ---

    def suggest(
        self, study: OptunaStudy, trial: FrozenTrial, name: str, distribution: Any
    ) -> tuple[bool, Any]:
        """(True, a value), or (False, None) where Hone has no parameter for it."""
        with self.lock:
            key = self._keys.find(name, distribution)
            if key is None:
                return False, None
            pending = self._pending.get(trial.number)
            if pending is None:
                pending = self._begin(study, trial)
            value = key.to_optuna(pending.trial.suggest(key.name, key.spec))
            self._grown.add(key.name)
            pending.suggested[name] = value
            return True, value

    def _begin(self, study: OptunaStudy, trial: FrozenTrial) -> Pending:
        self._follow(study, trial.number)
        given = [
            (name, key, value)
            for name, value in trial.params.items()
            if (key := self._keys.find(name, trial.distributions[name])) is not None
        ]
        pending = Pending(self._enter([(key, value) for _, key, value in given]))
        pending.suggested.update({name: value for name, _, value in given})
        self._pending[trial.number] = pending
        return pending

    # --- how trials end ---

    def told(
        self,
        trial: FrozenTrial,
        state: OptunaState,
        values: Sequence[float] | None,
    ) -> None:
        """A trial of this process is about to end so."""
        with self.lock:
            if trial.number in self._pending:
                self._end(trial, state, values)

    def _end(
        self, trial: FrozenTrial, state: OptunaState, values: Sequence[float] | None
    ) -> None:
        pending = self._pending.pop(trial.number)
        if self._is_as_suggested(trial, pending):
            self._tell(pending.trial, trial, state, values)
            self._told.add(trial.number)
        else:
            self._hone.tell(pending.trial, state="lost")

    def _is_as_suggested(self, trial: FrozenTrial, pending: Pending) -> bool:
        """Is what the trial used all of it, and nothing but, what was suggested?"""
        for name, used in trial.params.items():
            key = self._keys.find(name, trial.distributions[name])
            if key is None:
                continue
            if name not in pending.suggested or not key.is_same(pending.suggested[name], used):
                return False
        return set(pending.suggested) <= set(trial.params)

    def _tell(
        self,
        to: Trial,
        trial: FrozenTrial,
        state: OptunaState,
        values: Sequence[float] | None,
    ) -> None:
        if state == OptunaState.PRUNED and len(self._hone.directions) == 1:
            for step in sorted(trial.intermediate_values):
                to.report(trial.intermediate_values[step], step + 1)
        constraints = list(trial.constraints.values()) if hasattr(trial, "constraints") else []
        if state == OptunaState.COMPLETE:
            self._hone.tell(to, values, constraints=constraints or None)
        elif state == OptunaState.PRUNED:
            self._hone.tell(to, state="pruned", constraints=constraints or None)
        else:
            self._hone.tell(to, state="failed")

    # --- trials of others ---

    def _follow(self, study: OptunaStudy, begun: int) -> None:
        """Enters what others do: what runs with values, what has ended and is not known yet."""
        trials = study._storage.get_all_trials(study._study_id, deepcopy=False)
        for trial in trials[self._n_settled :]:
            if trial.number in self._pending and trial.state in _FINISHED:
                self._end(trial, trial.state, trial.values)  # another process has told it
        others = [
            trial
            for trial in trials[self._n_settled :]
            if trial.number != begun
            and trial.number not in self._told
            and trial.number not in self._pending
            and (trial.state in _FINISHED or (trial.state == OptunaState.RUNNING and trial.params))
        ]
        self._grow(others)
        for trial in others:
            self._follow_one(trial)
        while self._n_settled < len(trials) and self._n_settled in self._told:
            self._told.remove(self._n_settled)
            self._n_settled += 1

    def _follow_one(self, trial: FrozenTrial) -> None:
        mine, params = self._others.pop(trial.number, (None, None))
        if mine is not None and params != trial.params:
            self._hone.tell(mine, state="lost")
            mine = None
        if mine is None and trial.params:
            mine = self._enter(self._given(trial))
        if trial.state not in _FINISHED:
            assert mine is not None
            self._others[trial.number] = (mine, dict(trial.params))
            return
        self._told.add(trial.number)
        if mine is not None:
            self._tell(mine, trial, trial.state, trial.values)

    def _given(self, trial: FrozenTrial) -> list[tuple[Key, Any]]:
        found = (
            (self._keys.find(name, trial.distributions[name]), value)
            for name, value in trial.params.items()
        )
        return [(key, value) for key, value in found if key is not None]

    def _grow(self, trials: Sequence[FrozenTrial]) -> None:
        """Makes parameters that these trials are the first to have known to the Hone study, by a
        trial that is given up."""
        keys = {key.name: key for trial in trials for key, _ in self._given(trial)}
        new = [key for name, key in keys.items() if name not in self._grown]
        if not new:
            return
        dummy = self._hone.ask()
        for key in new:
            dummy.suggest(key.name, key.spec)
            self._grown.add(key.name)
        self._hone.tell(dummy, state="lost")

    def _enter(self, given: Sequence[tuple[Key, Any]]) -> Trial:
        """A running Hone trial with these values; with none it has what the sampler chooses."""
        if given:
            self._hone.enqueue_trial({key.name: key.to_hone(value) for key, value in given})
        trial = self._hone.ask()
        for key, _ in given:
            trial.suggest(key.name, key.spec)
        return trial


def _direction(direction: StudyDirection) -> str:
    return "maximize" if direction == StudyDirection.MAXIMIZE else "minimize"
