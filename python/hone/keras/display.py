"""What a search prints."""

from __future__ import annotations

from typing import Any, List

from .hyperparameters import HyperParameters
from .oracle import Oracle
from .trial import Trial, TrialStatus


def short(value: Any) -> str:
    """A value with at most six digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def settings(hp: HyperParameters) -> str:
    """The values in one line."""
    return "  ".join(f"{name}={short(value)}" for name, value in hp.values.items())


def trial_line(oracle: Oracle, trial: Trial, seconds: float) -> str:
    """What is printed when a trial has ended."""
    name = oracle.objective.name
    if trial.status == TrialStatus.FAILED:
        last = (trial.message or "").strip().splitlines()[-1:] or ["?"]
        result = f"failed: {last[0]}"
    else:
        result = f"{name} {short(trial.score)}"
    limit = oracle.intended()
    place = f"trial {trial.number}" + (f" ({oracle.n_ended} of {limit})" if limit else "")
    parts = [place, result, f"{seconds:.1f} s"]
    best = oracle.best_so_far()
    if best is not None:
        parts.append("best" if best.number == trial.number else f"best {short(best.value)}")
    return "  ".join([*parts, settings(trial.hyperparameters)])


def nothing_left(oracle: Oracle, path: str) -> str:
    """What is printed by a search that has no trial left."""
    return (
        f"All {oracle.intended()} trials in {path} have ended: raise max_trials, or begin anew with "
        "overwrite=True."
    )


def space_lines(hp: HyperParameters, extended: bool = False) -> List[str]:
    """A search space as a table: name, kind, domain, conditions."""
    lines = ["Search space summary", f"{len(hp.space)} hyperparameters"]
    width = max((len(each.name) for each in hp.space), default=0)
    for each in hp.space:
        shown = ", ".join(f"{key} {value}" for key, value in each._shown().items())
        line = f"  {each.name:{width}}  {type(each).__name__:7}  {shown}"
        conditions = [condition.get_config() for condition in each.conditions]
        if conditions:
            tests = (f"{c['name']} in {c['values']}" for c in conditions)
            line += "  if " + " and ".join(tests)
        if extended and each.name in hp.values:
            line += f"  (now {short(hp.values[each.name])})"
        lines.append(line)
    return lines


def result_lines(oracle: Oracle, path: str, n: int) -> List[str]:
    """The best trials of a search."""
    best = oracle.get_best_trials(n)
    study = oracle.study
    lines = [
        "Results summary",
        f"{study.count('complete')} trials complete in {path}, by {oracle.objective.name} "
        f"({oracle.objective.direction})",
    ]
    for trial in best:
        lines.append(
            f"  trial {trial.number}  {short(trial.score)}  epoch {(trial.best_step or 0) + 1}  "
            f"{settings(trial.hyperparameters)}"
        )
    if not best:
        lines.append("  no trial has ended well yet")
    return lines
