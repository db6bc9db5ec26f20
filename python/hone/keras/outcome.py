"""What a run handed back, as one value of the objective, with the metrics beside it."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple

from .errors import FatalTypeError, FatalValueError
from .objective import DefaultObjective, Objective


class Outcome(NamedTuple):
    """The result of a trial."""

    value: float  # of the objective
    metrics: Dict[str, float]
    best_step: int  # epoch with the best value, from 0 on


def _number(value: Any) -> float:
    return float(value)


def _of_history(
    history: Mapping[str, List[Any]], epochs: List[int], objective: Objective
) -> Outcome:
    """The epoch that was best, of a training."""
    n = min((len(values) for values in history.values()), default=0)
    if n == 0:
        raise FatalValueError("The training's history is empty: it did not run a whole epoch.")
    rows = [{name: _number(values[i]) for name, values in history.items()} for i in range(n)]
    if not objective.has_value(rows[0]):
        raise _missing(objective, rows[0])
    best = 0
    for i in range(1, n):
        value, so_far = objective.get_value(rows[i]), objective.get_value(rows[best])
        if objective.better_than(value, so_far) or so_far != so_far:
            best = i
    step = epochs[best] if best < len(epochs) else best
    return Outcome(objective.get_value(rows[best]), rows[best], step)


def _missing(objective: Objective, metrics: Mapping[str, Any]) -> FatalValueError:
    return FatalValueError(
        f"The objective {objective.name!r} is not among the metrics of the run, which are "
        f"{', '.join(sorted(metrics)) or 'none'}: name one of them, compile the model with it, or "
        "give validation data."
    )


def _of_one(result: Any, objective: Objective) -> Outcome:
    if hasattr(result, "history"):
        return _of_history(result.history, list(getattr(result, "epoch", ())), objective)
    if isinstance(result, Mapping):
        metrics = {str(name): _number(value) for name, value in result.items()}
        if not objective.has_value(metrics):
            raise _missing(objective, metrics)
        return Outcome(objective.get_value(metrics), metrics, 0)
    if isinstance(result, (int, float)) or hasattr(result, "__float__"):
        value = _number(result)
        return Outcome(value, {objective.name: value}, 0)
    expected = "a History, a dict of metrics, a float, or a list of these"
    if result is None:
        raise FatalTypeError(f"The run returned None: it must return {expected}.")
    raise FatalTypeError(f"The run returned {result!r}: it must return {expected}.")


def outcome_of(result: Any, objective: Objective) -> Outcome:
    """What a run handed back; of a list the mean, with the step of the best of them.

    Raises:
        FatalTypeError: it handed back nothing, or what is no result.
        FatalValueError: the objective is not among its metrics.
    """
    if not isinstance(result, (list, tuple)):
        return _of_one(result, objective)
    if not result:
        raise FatalTypeError("The run returned an empty list of results.")
    each = [_of_one(one, objective) for one in result]
    best = each[0]
    for one in each[1:]:
        best = one if objective.better_than(one.value, best.value) else best
    names = [name for name in each[0].metrics if all(name in one.metrics for one in each)]
    mean = {name: sum(one.metrics[name] for one in each) / len(each) for name in names}
    return Outcome(sum(one.value for one in each) / len(each), mean, best.best_step)


def is_default(objective: Objective) -> bool:
    """Whether the objective is the bare number that a run hands back."""
    return isinstance(objective, DefaultObjective)
