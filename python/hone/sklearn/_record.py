"""The study of a search: asking for candidates, telling what they came to, finding them again."""

import math
from collections.abc import Mapping
from typing import Any

import hone
from hone.sklearn._rows import Outcome, Row
from hone.sklearn._space import SearchSpace

_ATTR = "cv"
# Schedulers that compare equal folds of two candidates; the others compare means so far.
_PAIRED = ("race", "wilcoxon")


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if math.isfinite(value)}


def _number(value: Any) -> Any:
    """Numbers as JSON has them: NaN is null."""
    if isinstance(value, dict):
        return {name: _number(item) for name, item in value.items()}
    value = float(value)
    return value if math.isfinite(value) else None


def _back(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _back(item) for name, item in value.items()}
    return math.nan if value is None else value


def _packed(outcome: Outcome | None) -> dict[str, Any] | None:
    if outcome is None:
        return None
    packed = {key: _number(outcome[key]) for key in outcome if key != "fit_error"}
    packed["fit_error"] = outcome["fit_error"]
    return packed


def _unpacked(packed: dict[str, Any] | None) -> Outcome | None:
    if packed is None:
        return None
    return {key: value if key == "fit_error" else _back(value) for key, value in packed.items()}


class Record:
    """A study and how its trials become rows.

    names: {scorer's name: metric of the study}; the first is what a scheduler judges by.
    """

    def __init__(
        self,
        study: hone.Study,
        space: SearchSpace,
        names: dict[str, str],
        n_folds: int,
        scheduler: str | None,
    ) -> None:
        self.study = study
        self._space = space
        self._names = names
        self._n_folds = n_folds
        self._paired = scheduler in _PAIRED
        self._keeps = not study.storage.startswith("memory:")

    # --- asking ---

    def ask(self, n: int) -> list[Row]:
        """The next candidates, fewer than `n` when the space has been tried completely."""
        rows = []
        for _ in range(n):
            try:
                trial = self.study.ask()
            except (hone.ExhaustedError, hone.BusyError):
                break
            rows.append(self._row(trial, trial.number, trial.params))
        return rows

    def _row(self, trial: hone.Trial | None, number: int, config: Mapping[str, Any]) -> Row:
        params = self._space.params_of(config)
        return Row(params, trial, number, [None] * self._n_folds)

    def queue_grid(self) -> None:
        """Queues the points of the grid that the study does not have yet."""
        known = self.study.n_trials
        for number, config in enumerate(self._space.grid()):
            if number >= known:
                self.study.enqueue_trial(config)

    # --- telling ---

    def report(self, row: Row, fold: int) -> bool:
        """A fold has ended: should the candidate's other folds be skipped?"""
        assert row.trial is not None
        scores = row.scores(fold if self._paired else None)
        value = self._values(scores)
        if not value:
            return False
        row.trial.report(value, fold + 1)
        return row.trial.should_prune()

    def report_at(self, row: Row, resource: float) -> None:
        """What the candidate came to with so much of the resource."""
        assert row.trial is not None
        value = self._values(row.scores())
        if value:
            row.trial.report(value, resource)

    def _values(self, scores: Mapping[str, float]) -> dict[str, float]:
        named = {self._names[name]: scores[name] for name in scores if name in self._names}
        if not named and scores:  # a callable's scores, whose names are known only now
            first = next(iter(self._names.values()))
            named = {first: next(iter(scores.values()))}
        return _finite(named)

    def tell(self, row: Row, pruned: bool = False) -> None:
        """Finishes the candidate's trial by what its folds came to."""
        trial = row.trial
        assert trial is not None
        if self._keeps:
            trial.set_user_attr(_ATTR, [_packed(outcome) for outcome in row.folds])
            for name, value in self._space.behind_quantiles(row.params).items():
                trial.set_user_attr(name, value if isinstance(value, int) else float(value))
        values = self._values(row.scores())
        if row.error is not None:
            self.study.tell(trial, state="failed", message=row.error.strip().splitlines()[-1])
        elif any(name not in values for name in self._objectives()):
            self.study.tell(trial, state="invalid", message="a score is not finite")
        else:
            self.study.tell(trial, values, "pruned" if pruned else "complete")
        row.trial = None

    def _objectives(self) -> tuple[str, ...]:
        return self.study.metric_names[: len(self.study.directions)]

    def put_back(self, rows: list[Row]) -> None:
        """Candidates that were interrupted wait again, with their values."""
        for row in rows:
            if row.trial is not None:
                self.study.requeue(row.trial, "interrupted")
                row.trial = None

    # --- finding again ---

    def earlier(self) -> list[Row]:
        """Rows of the trials that an earlier search of this study has finished."""
        rows = []
        for trial in self.study.trials:
            packed = trial.user_attrs.get(_ATTR)
            if not trial.state.is_finished or not isinstance(packed, list):
                continue
            row = self._row(None, trial.number, trial.params)
            row.folds = [_unpacked(outcome) for outcome in packed]
            rows.append(row)
        return rows
