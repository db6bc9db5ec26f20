"""Lists of values, of any objects, as parameters of a study.

The study calls each value by a label that people can read and that is the same in every process, so
that a study in a file can be continued: a number, text, truth value or None by itself, a class or a
function by its name, anything else by its repr. Numbers that rise or fall throughout are ordered.
"""

import math
import re
from collections.abc import Sequence
from typing import Any

import hone
from hone.sklearn._dimension import Dimension

# Above so many values the label is the position: the text of a space has its limits.
_LABELLED = 1000
_LONGEST = 120


def _plain(value: Any) -> Any:
    """A numpy scalar as the Python value that it stands for."""
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return value.item()
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _label(value: Any) -> Any:
    value = _plain(value)
    if value is None or isinstance(value, (bool, str)) or _is_number(value):
        return value
    name = getattr(value, "__qualname__", None)
    text = name if isinstance(name, str) else re.sub(r" at 0x[0-9a-f]+", "", repr(value))
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _key(label: Any) -> tuple[str, Any]:
    """Equal for labels that the study holds to be one: 1 and 1.0, but not 1, True and "1"."""
    if _is_number(label):
        return "number", float(label)
    return type(label).__name__, label


def labels(values: Sequence[Any]) -> list[Any]:
    """A label for each value, no two alike: a second of the same text is numbered."""
    made: list[Any] = []
    seen: set[tuple[str, Any]] = set()
    for value in values:
        label = base = _label(value)
        count = 1
        while _key(label) in seen:
            count += 1
            label = f"{base} #{count}"
        seen.add(_key(label))
        made.append(label)
    return made


def _is_ordered(made: Sequence[Any]) -> bool:
    if len(made) < 3 or not all(_is_number(label) for label in made):
        return False
    pairs = list(zip(made, made[1:], strict=False))
    return all(a < b for a, b in pairs) or all(a > b for a, b in pairs)


def listed(values: Sequence[Any]) -> Dimension:
    """A parameter that takes one of `values`."""
    if len(values) > _LABELLED:
        codes: list[Any] = list(range(len(values)))
        param: hone.Param = hone.Int(0, len(values) - 1)
        return Dimension(param, values.__getitem__, values=values, codes=codes)
    codes = labels(values)
    index = {_key(code): i for i, code in enumerate(codes)}
    param = hone.Ordinal(codes) if _is_ordered(codes) else hone.Categorical(codes)

    def decode(label: Any) -> Any:
        return values[index[_key(label)]]

    return Dimension(param, decode, values=values, codes=codes)
