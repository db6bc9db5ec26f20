"""Candidates and what their folds came to."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import hone

#: What scikit-learn gives for one fit: test_scores, train_scores, fit_time, score_time, fit_error …
Outcome = dict[str, Any]


@dataclass
class Row:
    """One line of cv_results_: a candidate, at one resource.

    folds: an outcome for each fold, None where it was skipped. more: further columns.
    """

    params: dict[str, Any]
    trial: hone.Trial | None
    number: int
    folds: list[Outcome | None]
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> list[Outcome]:
        """Outcomes of the folds that were run."""
        return [outcome for outcome in self.folds if outcome is not None]

    @property
    def error(self) -> str | None:
        """What the first failed fit said."""
        return next((o["fit_error"] for o in self.done if o["fit_error"] is not None), None)

    def scores(self, fold: int | None = None) -> dict[str, float]:
        """Means over the folds that were run, or the scores of one; "score" where there is one."""
        outcomes = self.done if fold is None else [self.folds[fold]]
        named = [by_name(outcome["test_scores"]) for outcome in outcomes if outcome is not None]
        if not named:
            return {}
        return {name: float(np.mean([scores[name] for scores in named])) for name in named[0]}


def by_name(scores: Any) -> dict[str, float]:
    """Scores by the scorer's name."""
    if isinstance(scores, dict):
        return {name: float(score) for name, score in scores.items()}
    return {"score": float(scores)}


def failed(error_score: float, message: str, with_train: bool) -> Outcome:
    """The outcome of a fit that failed where scikit-learn does not hand out its own."""
    outcome: Outcome = {
        "fit_error": message,
        "test_scores": error_score,
        "n_test_samples": 0,
        "fit_time": 0.0,
        "score_time": 0.0,
    }
    if with_train:
        outcome["train_scores"] = error_score
    return outcome


def _like(scores: Any, fill: float) -> Any:
    return dict.fromkeys(scores, fill) if isinstance(scores, dict) else fill


def _skipped(row: Row, pattern: Outcome) -> Outcome:
    """A fold that was not run: no scores, and the times of those that were."""
    outcome = dict(pattern)
    for key in ("test_scores", "train_scores"):
        if key in outcome:
            outcome[key] = _like(outcome[key], math.nan)
    for key in ("fit_time", "score_time"):
        outcome[key] = float(np.mean([done[key] for done in row.done])) if row.done else 0.0
    outcome["fit_error"] = None
    return outcome


def _by_scorer(outcome: Outcome, pattern: Outcome) -> Outcome:
    """A failed fit has one score where others have one for each scorer."""
    if not isinstance(pattern["test_scores"], dict) or isinstance(outcome["test_scores"], dict):
        return outcome
    changed = dict(outcome)
    for key in ("test_scores", "train_scores"):
        if key in outcome:
            changed[key] = _like(pattern[key], outcome[key])
    return changed


def outcomes(rows: list[Row]) -> list[Outcome]:
    """All folds of all rows in order, as scikit-learn's tables need them: without gaps."""
    everything = [outcome for row in rows for outcome in row.done]
    patterns = [o for o in everything if isinstance(o["test_scores"], dict)]
    pattern = (patterns or everything)[0]
    made = []
    for row in rows:
        for outcome in row.folds:
            made.append(_skipped(row, pattern) if outcome is None else _by_scorer(outcome, pattern))
    return made
