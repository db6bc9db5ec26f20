"""One search from its first candidate to its table: which folds of which candidates run when."""

import re
import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hone.sklearn import _halving
from hone.sklearn._batch import batch_width
from hone.sklearn._folds import Folds
from hone.sklearn._record import Record
from hone.sklearn._rows import Outcome, Row, failed, outcomes
from hone.sklearn._sklearn import effective_n_jobs

if TYPE_CHECKING:
    from hone.sklearn._search import HoneSearchCV

# How scikit-learn says that no fit of a call went well. It hands out no outcomes then.
_ALL_FAILED = re.compile(r"\s*All the (\d+) fits failed")


class _Onward:
    """A callback context whose subtasks are numbered on from those of earlier batches."""

    def __init__(self, context: Any, start: int) -> None:
        self._context = context
        self._start = start

    def subcontext(self, task_name: str = "", task_id: int = 0, **options: Any) -> Any:
        """A subtask of the context."""
        return self._context.subcontext(
            task_name=task_name, task_id=self._start + task_id, **options
        )


class Run:
    """Drives scikit-learn's evaluation of candidates by what a study asks for.

    evaluate: runs candidates on all folds that the splitter gives; their outcomes go to take().
    """

    def __init__(
        self,
        search: "HoneSearchCV",
        record: Record,
        evaluate: Callable[..., Any],
        context: Any,
        timeout: float | None,
    ) -> None:
        self._search = search
        self._record = record
        self._evaluate = evaluate
        self._context = context
        self._n_folds: int = search.n_splits_
        self._folds = Folds(search._checked_cv_orig)
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._rows: list[Row] = []
        self._open: list[Row] = []
        self._awaited: tuple[list[Row], list[int]] | None = None
        self._n_seen = 0
        self._n_tasks = 0
        self._failure = ""
        #: the table; the search holds on to this very dict, which finish() fills
        self.results: dict[str, Any] = {}

    # --- evaluating ---

    def take(self, everything: list[Outcome]) -> dict[str, Any]:
        """Sorts the outcomes that are new into the rows that await them."""
        fresh = everything[self._n_seen :]
        self._n_seen = len(everything)
        if self._awaited is not None:
            rows, folds = self._awaited
            for i, outcome in enumerate(fresh):
                rows[i // len(folds)].folds[folds[i % len(folds)]] = outcome
        return self.results

    def _run_folds(self, rows: list[Row], folds: list[int] | None = None) -> None:
        """Fits each of the rows on each of the folds (None: on all)."""
        chosen = list(range(self._n_folds)) if folds is None else folds
        self._folds.chosen = folds
        self._awaited = (rows, chosen)
        options = {}
        if self._context is not None:
            options["callback_ctx"] = _Onward(self._context, self._n_tasks)
        self._n_tasks += len(rows) * len(chosen)
        self._search.n_splits_ = len(chosen)
        try:
            self._evaluate([row.params for row in rows], cv=self._folds, **options)
        except ValueError as error:
            if not _ALL_FAILED.match(str(error)):
                raise
            self._mark_failed(rows, chosen, str(error))
        finally:
            self._search.n_splits_ = self._n_folds

    def _mark_failed(self, rows: list[Row], folds: list[int], message: str) -> None:
        """One batch without a good fit is no reason to end a search; only a whole search is."""
        self._failure = self._failure or message
        score, with_train = self._search.error_score, self._search.return_train_score
        for row in rows:
            for fold in folds:
                row.folds[fold] = failed(score, message, with_train)

    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _ask(self, n: int) -> list[Row]:
        rows = self._record.ask(n)
        self._open.extend(rows)
        self._rows.extend(rows)
        return rows

    def _tell(self, row: Row, pruned: bool = False) -> None:
        self._record.tell(row, pruned)

    # --- the ways to search ---

    def whole(self, n: int, at_once: bool) -> None:
        """Up to `n` candidates on all folds. at_once: none depends on what another came to."""
        width = n if at_once else batch_width(self._n_jobs(), self._n_folds)
        while n > 0 and not self._is_late():
            rows = self._ask(min(n, width))
            if not rows:
                break
            n -= len(rows)
            self._run_folds(rows)
            for row in rows:
                self._tell(row)

    def fold_by_fold(self, n: int) -> None:
        """Up to `n` candidates; those that the scheduler stops, or that fail, skip what is left."""
        width = self._n_jobs()
        while n > 0 and not self._is_late():
            rows = self._ask(min(n, width))
            if not rows:
                break
            n -= len(rows)
            for fold in range(self._n_folds):
                if rows:
                    self._run_folds(rows, [fold])
                rows = [row for row in rows if self._goes_on(row, fold)]

    def _goes_on(self, row: Row, fold: int) -> bool:
        stop = self._record.report(row, fold) and fold + 1 < self._n_folds
        if stop or row.error is not None or fold + 1 == self._n_folds:
            self._tell(row, pruned=stop)
            return False
        return True

    def halve(
        self, n: int, plan: _halving.Resources, seed: int
    ) -> tuple[_halving.Rounds, list[int]]:
        """A tournament of up to `n` candidates. Gives its rounds and how many were in each."""
        rows = self._ask(n)
        rounds = _halving.rounds(plan, len(rows))
        counts = []
        whole = self._context
        self._rows = []
        for i, amount in enumerate(rounds.amounts):
            counts.append(len(rows))
            self._context = self._round_context(whole, len(rows))
            rows = [self._at(row, i, amount, plan.name) for row in rows]
            self._rows.extend(rows)
            self._folds.share = None
            if plan.name == _halving.SAMPLES:
                self._folds.share = amount / self._search._n_samples
                self._folds.seed = seed
            self._run_folds(rows)
            self._end_round(rows, amount, plan.factor, last=i + 1 == len(rounds.amounts))
            rows = [row for row in rows if row.trial is not None]
            if self._context is not None:
                self._context.call_on_fit_task_end(estimator=self._search)
        self._context = whole
        return rounds, counts

    def _round_context(self, whole: Any, n_rows: int) -> Any:
        if whole is None:
            return None
        self._n_tasks = 0
        return whole.subcontext(
            task_name="halving-iteration",
            max_subtasks=n_rows * self._n_folds,
            sequential_subtasks=False,
        ).call_on_fit_task_begin(estimator=self._search)

    def _at(self, row: Row, i: int, amount: int, resource: str) -> Row:
        """The candidate in round `i`: it takes its trial along."""
        params = dict(row.params)
        if resource != _halving.SAMPLES:
            params[resource] = amount
        more = {"iter": i, "n_resources": amount}
        fresh = Row(params, row.trial, row.number, [None] * self._n_folds, more)
        self._open = [other for other in self._open if other is not row] + [fresh]
        row.trial = None
        return fresh

    def _end_round(self, rows: list[Row], amount: int, factor: float, last: bool) -> None:
        for row in rows:
            self._record.report_at(row, amount)
        kept = rows if last else _halving.survivors(rows, factor)
        for row in rows:
            if last or not any(row is other for other in kept):
                self._tell(row, pruned=not last)

    def _n_jobs(self) -> int:
        return int(effective_n_jobs(self._search.n_jobs))

    # --- the end ---

    def put_back(self) -> None:
        """The search was interrupted: its open trials wait again."""
        self._record.put_back(self._open)

    def finish(self, earlier: list[Row], tabulate: Callable[..., dict[str, Any]]) -> None:
        """Fills the table with earlier rows and those of this search."""
        if self._failure and all(row.error is not None for row in earlier + self._rows):
            n_fits = sum(len(row.done) for row in self._rows)
            raise ValueError(_ALL_FAILED.sub(f"\nAll the {n_fits} fits failed", self._failure, 1))
        if not self._n_seen and earlier:
            self._touch(earlier)
        elif not self._rows and not earlier:
            self._evaluate([], cv=self._folds)  # says in scikit-learn's words that there was none
        rows = self._rows
        if earlier:
            rows = sorted(earlier + rows, key=lambda row: row.number)
        columns = {key: [row.more[key] for row in rows] for key in rows[0].more}
        params = [row.params for row in rows]
        with warnings.catch_warnings():
            if any(None in row.folds for row in rows):
                # Folds that were skipped have no score: that is as it should be.
                warnings.filterwarnings("ignore", "One or more of the .* scores are non-finite")
            self.results.update(tabulate(params, self._n_folds, outcomes(rows), columns))

    def _touch(self, earlier: list[Row]) -> None:
        """Everything was done before: one fit, whose outcome is dropped, because scikit-learn reads
        off this call's first fit whether the scorer gives one score or several."""
        self._folds.chosen = [0]
        self._awaited = None
        self._search.n_splits_ = 1
        try:
            good = next((row for row in earlier if row.error is None), earlier[0])
            self._evaluate([good.params], cv=self._folds)
        finally:
            self._search.n_splits_ = self._n_folds
