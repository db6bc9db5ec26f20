"""What an objective returns, as the library takes it."""

from collections.abc import Mapping, Sequence
from typing import Any


def values_of(returned: Any, names: Sequence[str], n_objectives: int) -> tuple[float | None, ...]:
    """A number, numbers in the order of the objectives (or of all metrics), or a dict by metric.

    Raises TypeError and ValueError with a sentence that names what was returned.
    """
    if isinstance(returned, Mapping):
        return by_metric(returned, names)
    try:
        values: tuple[float | None, ...] = (_float(returned),)
    except (TypeError, ValueError):
        values = _sequence(returned)
    if len(values) not in (n_objectives, len(names)):
        raise ValueError(
            f"{len(values)} value{'s' * (len(values) != 1)} for {n_objectives} "
            f"objective{'s' * (n_objectives != 1)} ({', '.join(names[:n_objectives])})"
        )
    return values


def _float(value: Any) -> float:
    if isinstance(value, (str, bytes)):
        raise TypeError(value)
    return float(value)


def _sequence(returned: Any) -> tuple[float, ...]:
    try:
        if isinstance(returned, (str, bytes)):
            raise TypeError
        return tuple(_float(value) for value in returned)
    except (TypeError, ValueError):
        raise TypeError(
            f"the objective returned {returned!r}: a number is needed, or a sequence of them, or a "
            f"dict by metric"
        ) from None


def by_metric(values: Mapping[str, Any], names: Sequence[str]) -> tuple[float | None, ...]:
    """One value a metric, in the study's order; None where there is none."""
    unknown = [name for name in values if name not in names]
    if unknown:
        raise ValueError(
            f"{unknown[0]!r} is no metric of the study: it has {', '.join(names)}; declare others "
            f'with metrics={{"{names[0]}": "minimize", "{unknown[0]}": "record"}}'
        )
    return tuple(_float(values[name]) if name in values else None for name in names)
