"""Objects as JSON, NumPy's among them."""

import json
from typing import Any


def dumps(value: Any) -> str:
    """Its JSON; TypeError names what JSON does not have."""
    return json.dumps(value, default=_plain)


def key_of(key: Any) -> str:
    """The name of an attribute."""
    if not isinstance(key, str):
        raise TypeError(f"the name of an attribute is {key!r}: it must be a text")
    return key


def _plain(value: Any) -> Any:
    """An array as lists, a scalar of NumPy's as a number."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} ({type(value).__name__}) is nothing that JSON has")
