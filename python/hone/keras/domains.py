"""A hyperparameter as a parameter of Hone: its domain in the space language, and the way back.

1. A hyperparameter with a single value is no parameter: there is nothing to choose.
2. A range is a range of the space language, on a log scale where it is sampled so.
3. A step on a log scale is a factor, which ranges do not have: such a range, and any range that a
   grid goes through, is the ordered list of its values.
4. "reverse_log" is dense near its upper bound: what is asked for is the mirror image, low + high
   less x, which is dense near the lower one, as a log scale is.
"""

from __future__ import annotations

import json
from typing import Any, Callable, List, NamedTuple, Optional, Sequence

from .hyperparameters import Boolean, Choice, Fixed, Float, HyperParameter, Int


class Domain(NamedTuple):
    """What Hone is asked for."""

    spec: str  # in the space language
    suffix: str  # of the parameter's name, where its value is not the hyperparameter's own
    values: Optional[List[Any]]  # every value that it can take, None when there is no end of them
    decode: Callable[[Any], Any]  # from Hone's value to the hyperparameter's


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _listed(values: Sequence[Any], ordered: bool) -> Domain:
    kept = list(dict.fromkeys(values))
    texts = ",".join(_text(value) for value in kept)

    def decode(raw: Any) -> Any:
        return next(value for value in kept if value == raw)

    return Domain(f"ord:{texts}" if ordered else f"{{{texts}}}", "", kept, decode)


def _ranged(hp: Any, kind: Callable[[Any], Any]) -> Domain:
    low, high = hp.min_value, hp.max_value
    scale = "" if hp.sampling == "linear" else "log:"
    spec = f"{'int:' if kind is int else ''}{scale}{low!r}..{high!r}"
    if hp.sampling == "reverse_log":
        return Domain(spec, ".mirrored", None, lambda raw: kind(low + (high - raw)))
    if hp.step is None or (kind is int and hp.step == 1):
        return Domain(spec, "", None, kind)
    last = hp.prob_to_value(1.0)
    spec = f"{'int:' if kind is int else ''}{low!r}..{last!r} step {hp.step!r}"
    return Domain(spec, "", None, kind)


def domain_of(hp: HyperParameter, finite: bool = False) -> Optional[Domain]:
    """The domain of a hyperparameter; None when it has a single value.

    Args:
        hp: the hyperparameter.
        finite: as the list of the values that a grid goes through, whatever it is.
    """
    if isinstance(hp, Fixed):
        return None
    if isinstance(hp, Boolean):
        return Domain("bool", "", [False, True], bool)
    if isinstance(hp, Choice):
        distinct = list(dict.fromkeys(hp.values))
        return None if len(distinct) < 2 else _listed(distinct, hp.ordered)
    if not isinstance(hp, (Int, Float)):
        kind = type(hp).__name__
        raise TypeError(f"The hyperparameter {hp.name!r} is of the unknown kind {kind}.")
    if hp.min_value == hp.max_value or hp.n_values == 1:
        return None
    by_factor = hp.step is not None and hp.sampling != "linear"
    if finite or by_factor:
        return _listed(sorted(hp.values), True)
    return _ranged(hp, int if isinstance(hp, Int) else float)


def is_finite(hp: HyperParameter) -> bool:
    """Whether a hyperparameter has finitely many values."""
    return not isinstance(hp, Float) or hp.step is not None or domain_of(hp) is None
