"""What an objective returns, as the library takes it."""

from collections.abc import Mapping, Sequence
from typing import Any


def values_of(
    returned: Any, names: Sequence[str], n_objectives: int, what: str = "the objective returned"
) -> tuple[float | None, ...]:
    """A number, numbers in the order of the objectives (or of all metrics), or a dict by metric.

    what: how an error begins, which goes on with the value. Raises TypeError and ValueError with a sentence that names what was returned.
    """
    if isinstance(returned, Mapping):
        missing = [name for name in names[:n_objectives] if name not in returned]
        if missing and len(returned) > 0:
            by_metric(returned, names)  # a misspelt name says so itself
        if missing:
            raise ValueError(
                f"there is no value of the objective {missing[0]!r}, only of "
                f"{', '.join(map(str, returned)) or 'nothing'}"
            )
        return by_metric(returned, names)
    try:
        values: tuple[float | None, ...] = (_float(returned),)
    except (TypeError, ValueError):
        values = _sequence(returned, what)
    if len(values) not in (n_objectives, len(names)):
        raise ValueError(
            f"{len(values)} value{'s' * (len(values) != 1)} for {n_objectives} "
            f"objective{'s' * (n_objectives != 1)} ({', '.join(names[:n_objectives])})"
        )
    return values


def constraints_of(values: Any) -> tuple[float, ...]:
    """A number, or several."""
    try:
        return (_float(values),)
    except (TypeError, ValueError):
        pass
    try:
        return tuple(_float(value) for value in values)
    except (TypeError, ValueError):
        raise TypeError(
            f"constraints are {_shown(values)}: a number is needed, or a sequence of them"
        ) from None


MAX_TEXT = 10_000


def text_of(error: BaseException) -> str:
    """An exception as a trial's message, whatever its text is made of."""
    try:
        text = str(error)
    except Exception:
        text = "(its text cannot be made)"
    return message_of(f"{type(error).__name__}: {text}")


def message_of(text: str) -> str:
    """A text as it can be recorded: all of it UTF-8, and no longer than anybody reads."""
    text = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + " …"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + "…"


def _float(value: Any) -> float:
    if isinstance(value, (str, bytes)):
        raise TypeError(value)
    return float(value)


def _sequence(returned: Any, what: str) -> tuple[float, ...]:
    try:
        if isinstance(returned, (str, bytes)):
            raise TypeError
        return tuple(_float(value) for value in returned)
    except (TypeError, ValueError):
        raise TypeError(
            f"{what} {_shown(returned)}: a number is needed, or a sequence of them, or a dict by metric"
        ) from None


def by_metric(values: Mapping[str, Any], names: Sequence[str]) -> tuple[float | None, ...]:
    """One value a metric, in the study's order; None where there is none."""
    unknown = [name for name in values if name not in names]
    if unknown:
        raise ValueError(
            f"{unknown[0]!r} is no metric of the study: it has {', '.join(names)}; declare others "
            f'with metrics={{"{names[0]}": "minimize", "{unknown[0]}": "record"}}'
        )
    return tuple(_metric(name, values[name]) if name in values else None for name in names)


def _metric(name: str, value: Any) -> float:
    try:
        return _float(value)
    except (TypeError, ValueError):
        raise TypeError(f"metric {name!r} is {_shown(value)}: a number is needed") from None
