"""What a hyperparameter's value may be: a Python int, float, str or bool.

Scalars of numpy are accepted wherever a value is, and become the Python type they stand for, so
that a value is the same before it is stored and after it has been read back.
"""

from __future__ import annotations

import numbers
from typing import Any, Union

Value = Union[bool, int, float, str]


def plain(value: Any) -> Any:
    """The Python int, float or bool that a scalar of numpy stands for; others as they are."""
    if isinstance(value, (bool, int, float, str)) and type(value).__module__ == "builtins":
        return value
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return value.item()
    if isinstance(value, numbers.Integral):
        return int(value)
    return value


def is_value(value: Any) -> bool:
    """Whether `value` is one of the four types that a hyperparameter can take."""
    return isinstance(value, (bool, int, float, str))
