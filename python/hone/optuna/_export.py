"""A Hone study as an Optuna study, with everything that it knows.

What Optuna has no place for goes into the system attributes "hone:study" and "hone:trial", which the
import reads (src/exchange/optuna_hone.h says what is in them). A member stands there only if Optuna's
own fields would not say the same.
"""

import datetime
import math
import os
import re
from typing import Any

import optuna
from optuna.storages import BaseStorage, InMemoryStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial as OptunaTrial
from optuna.trial import TrialState as OptunaState

from hone._errors import UnsupportedError
from hone._frozen import FrozenTrial
from hone._state import TrialState
from hone._study import Study
from hone.optuna._distributions import constant_of, params_of, unwrapped

_STATES = {
    TrialState.WAITING: OptunaState.WAITING,
    TrialState.RUNNING: OptunaState.RUNNING,
    TrialState.COMPLETE: OptunaState.COMPLETE,
    TrialState.PRUNED: OptunaState.PRUNED,
    TrialState.PAUSED: OptunaState.PRUNED,
}
_DATABASES = (".db", ".sqlite", ".sqlite3")
_SYSTEM, _PARAM, _NAME = "optuna:", "optuna:param:", "optuna:name:"
_BOUND = re.compile(r"(?P<metric>[^\s<>=]+) *(?P<sign>[<>])= *(?P<bound>[-+.\w]+)")
_SAME_S = 2e-6  # Optuna's times have whole microseconds


def storage_of(storage: "str | os.PathLike[str] | BaseStorage") -> str | BaseStorage:
    """What Optuna takes: a storage, a URL; a path is that of a database or of a journal."""
    if isinstance(storage, BaseStorage):
        # That of a study is a cache before a database: it would give back the objects that were put
        # in, not what the database has of them.
        behind = getattr(storage, "_backend", None)
        return behind if isinstance(behind, RDBStorage) else storage
    text = os.fspath(storage)
    if isinstance(storage, str) and "://" in text:
        return text
    if os.path.splitext(text)[1] in _DATABASES:
        return "sqlite:///" + os.path.abspath(text)
    return JournalStorage(JournalFileBackend(text))


def plain(value: float) -> float | str:
    """A number as JSON has it: what is not finite is a text."""
    return value if math.isfinite(value) else str(value)


class _Exported:
    """One study on its way."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.params = params_of(study)
        self.attrs = study.user_attrs
        self.names = study.metric_names
        self.n_objectives = study.n_objectives

    # --- the study ---

    def study_attrs(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The user's and the system's."""
        import json

        study = self.study
        user, system = _attrs_of(self.attrs)
        mine: dict[str, Any] = {
            "space": json.loads(study._space_json()),
            "seed": str(study.seed),
            "metrics": list(zip(self.names, self._goals(), strict=True)),
            "added": [] if "study:metric_names" in system else ["study:metric_names"],
        }
        if study.constraints:
            mine["constraints"] = list(study.constraints)
        if study._noisy:
            mine["noisy"] = True
        if any(key.startswith(_NAME) for key in self.attrs):
            del mine["space"]  # it has other names than Optuna's trials
        system["hone:study"] = mine
        return user, system

    def _goals(self) -> list[str]:
        return [("minimize", "maximize", "record")[goal] for _, goal in self.study._metrics]

    # --- a trial ---

    def trial(self, number: int) -> OptunaTrial:
        """Trial `number` as Optuna has it."""
        trial = self.study._frozen(number)
        purpose, excluded, _, reports = self.study._record_rest(number)
        user, system = _attrs_of(trial.user_attrs)
        last = self._by_metric(reports[-1][1]) if reports else {}
        mine = self._mine(trial, purpose, excluded, last)
        steps = self._reports(reports, mine)
        if trial.state == TrialState.WAITING:
            if "fixed_params" not in system:
                system["fixed_params"] = {
                    self.params[name].name: unwrapped(value)
                    for name, value in self._values(trial.params).items()
                }
                mine["added"] = ["fixed_params"]
        else:
            self._constraints(trial, system, mine)
        if mine:
            system["hone:trial"] = mine
        params, distributions = self._configuration(trial)
        state = _STATES.get(trial.state, OptunaState.FAIL)
        start, end = _time(trial.started), _time(_end_of(trial))
        if state.is_finished():
            end = end or start or datetime.datetime.now()
            start = start or end
        return OptunaTrial(
            number=number,
            trial_id=-1,
            state=state,
            value=None,
            values=self._objectives(trial, state),
            datetime_start=None if state == OptunaState.WAITING else start,
            datetime_complete=end if state.is_finished() else None,
            params=params,
            distributions=distributions,
            user_attrs=user,
            system_attrs=system,
            intermediate_values=steps,
        )

    def _values(self, params: dict[str, Any]) -> dict[str, Any]:
        return {name: self.params[name].to_optuna(value) for name, value in params.items()}

    def _configuration(self, trial: FrozenTrial) -> tuple[dict[str, Any], dict[str, Any]]:
        if trial.state == TrialState.WAITING:
            return {}, {}
        params, distributions = {}, {}
        for name, value in self._values(trial.params).items():
            theirs = self.params[name]
            params[theirs.name], distributions[theirs.name] = value, theirs.distribution
        for key, value in trial.user_attrs.items():
            if key.startswith(_PARAM):
                name = key.removeprefix(_PARAM)
                distributions[name], params[name] = constant_of(value)
        return params, distributions

    def _objectives(self, trial: FrozenTrial, state: OptunaState) -> list[float] | None:
        if state not in (OptunaState.COMPLETE, OptunaState.PRUNED) or trial.values is None:
            return None
        return list(trial.values)

    def _mine(
        self, trial: FrozenTrial, purpose: int, excluded: bool, last: dict[str, float | str]
    ) -> dict[str, Any]:
        """What Optuna has no field for."""
        mine: dict[str, Any] = {}
        if trial.state not in _STATES or trial.state == TrialState.PAUSED:
            if trial.state != TrialState.FAILED:
                mine["state"] = trial.state.name
        values = self._other_values(trial, last)
        for key, value, usual in (
            ("values", values, {}),
            ("message", trial.message, ""),
            ("note", trial.note, ""),
            ("parent", trial.parent, None),
            ("purpose", purpose, 0),
            ("excluded", excluded, False),
        ):
            if value != usual:
                mine[key] = value
        if trial.origin != (2 if trial.state == TrialState.WAITING else 0):
            mine["origin"] = trial.origin
        if trial.attempts > 1:
            mine["attempts"] = trial.attempts
        if trial.started is not None and trial.ended is not None:
            if abs(trial.ended - trial.started - trial.duration_s) > _SAME_S:
                mine["duration_s"] = trial.duration_s
        return mine

    def _other_values(
        self, trial: FrozenTrial, last: dict[str, float | str]
    ) -> dict[str, float | str]:
        """Metrics that are not in Optuna's values, nor those of the last report of a pruned one."""
        metrics = {name: plain(value) for name, value in trial.metrics.items()}
        if trial.state == TrialState.PRUNED and metrics == last:
            return {}
        if trial.state == TrialState.COMPLETE and trial.values is not None:
            return {name: metrics[name] for name in self.names[self.n_objectives :] if name in metrics}
        return metrics

    def _reports(
        self, reports: tuple[tuple[float, tuple[float | None, ...]], ...], mine: dict[str, Any]
    ) -> dict[int, float]:
        """{step: value} as Optuna has it: whole steps, the first metric, one value a step."""
        steps: dict[int, float] = {}
        exact, last = True, -math.inf
        for step, values in reports:
            value = values[0]
            exact = exact and step == int(step) and step > last
            exact = exact and all(other is None for other in values[1:])
            last = step
            if value is not None or len(values) == 1 or all(v is None for v in values):
                steps[math.floor(step)] = math.nan if value is None else value
        if not exact:
            mine["reports"] = [[step, self._by_metric(values)] for step, values in reports]
        return steps

    def _by_metric(self, values: tuple[float | None, ...]) -> dict[str, float | str]:
        return {
            name: plain(value)
            for name, value in zip(self.names, values, strict=True)
            if value is not None
        }

    def _constraints(
        self, trial: FrozenTrial, system: dict[str, Any], mine: dict[str, Any]
    ) -> None:
        """The trial's own, and how far it breaks those on metrics: at most 0 is satisfied."""
        of_metrics = [_excess(text, trial) for text in self.study.constraints]
        all_known = [value for value in of_metrics if value is not None]
        values = [*trial.constraints, *all_known]
        if not values or any(key.split(":")[0] == "constraints" for key in system):
            return
        system["constraints"] = values
        mine["added"] = ["constraints"]
        if all_known:
            mine["constraints"] = len(trial.constraints)


def _excess(text: str, trial: FrozenTrial) -> float | None:
    """By how much a trial breaks a constraint on a metric; None where there is no telling."""
    found = _BOUND.fullmatch(text.strip())
    if not trial.metrics:
        return None
    if found is None or found["metric"] not in trial.metrics:
        return 0.0 if trial.feasible else 1.0
    excess = trial.metrics[found["metric"]] - float(found["bound"])
    excess = excess if found["sign"][0] == "<" else -excess
    return excess if math.isfinite(excess) else math.copysign(1e300, excess)


def _attrs_of(attrs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Attributes that are the user's, and those that were Optuna's own before."""
    user = {key: value for key, value in attrs.items() if not key.startswith(_SYSTEM)}
    system = {
        key.removeprefix(_SYSTEM): value
        for key, value in attrs.items()
        if key.startswith(_SYSTEM) and not key.startswith((_PARAM, _NAME))
    }
    return user, system


def _end_of(trial: FrozenTrial) -> float | None:
    """When it ended; of one that has paused, whose end is to come, when that was."""
    if trial.state == TrialState.PAUSED and trial.started is not None:
        return trial.started + trial.duration_s
    return trial.ended


def _time(seconds: float | None) -> datetime.datetime | None:
    """Local time without a zone, as Optuna has it."""
    return None if seconds is None else datetime.datetime.fromtimestamp(seconds)


def _directions(study: Study) -> list[StudyDirection]:
    return [StudyDirection[direction.upper()] for direction in study.directions]


def export_study(
    study: Study,
    storage: "str | os.PathLike[str] | BaseStorage",
    study_name: str | None = None,
) -> optuna.Study:
    """Makes an Optuna study of a Hone study, with all its trials, and gives it.

    storage: an Optuna storage, a URL ("sqlite:///optuna.db"), or the path of a file: an SQLite
    database if it ends in .db, .sqlite or .sqlite3, else a journal. study_name: there; by default
    as here.

    import_study reads it back without a loss. Raises hone.UnsupportedError for a space with
    permutations, subsets, simplexes or normal distributions, which Optuna has not, or for choices
    such as 1 and True in a storage in memory, and optuna.exceptions.DuplicatedStudyError when there is a study of that name.
    """
    if not isinstance(study, Study):
        raise TypeError(f"{study!r} is no study of Hone's: hone.open(…) gives one")
    exported = _Exported(study)
    if not exported.params:
        raise UnsupportedError(f"study {study.name!r} has no parameters: there is nothing to export")
    target = storage_of(storage)
    if isinstance(target, InMemoryStorage):
        _must_be_told_apart(exported)
    name = study_name or study.name
    made = optuna.create_study(storage=target, study_name=name, directions=_directions(study))
    try:
        _fill(made, exported)
    except BaseException:
        optuna.delete_study(study_name=name, storage=target)
        raise
    return optuna.load_study(study_name=name, storage=target)


def _must_be_told_apart(exported: _Exported) -> None:
    """A storage in memory keeps no index of a choice, only what is equal to it."""
    for name, param in exported.params.items():
        if same := param.ambiguous():
            raise UnsupportedError(
                f"parameter {name!r} has choices {same}, which Optuna cannot tell apart in memory: "
                f'export it to a file, such as "journal.log" or "optuna.db"'
            )


def _fill(made: optuna.Study, exported: _Exported) -> None:
    user, system = exported.study_attrs()
    for key, value in user.items():
        made.set_user_attr(key, value)
    system.setdefault("study:metric_names", list(exported.names[: exported.n_objectives]))
    for key, value in system.items():
        made._storage.set_study_system_attr(made._study_id, key, value)
    for number in range(exported.study.n_trials):
        made.add_trial(exported.trial(number))
