"""Hyperparameters as dicts that JSON can hold: the class's name and its configuration.

The form is that of Keras Tuner, so that what either has written the other can read.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping

from .boolean import Boolean
from .choice import Choice
from .fixed import Fixed
from .hyperparameter import HyperParameter
from .integer import Int
from .real import Float

KINDS = {kind.__name__: kind for kind in (HyperParameter, Fixed, Float, Int, Choice, Boolean)}


def serialize(hp: Any) -> Dict[str, Any]:
    """A hyperparameter, or a whole `HyperParameters`, as a dict."""
    return {"class_name": type(hp).__name__, "config": hp.get_config()}


def deserialize(config: Mapping[str, Any]) -> Any:
    """The hyperparameter, or the `HyperParameters`, that `serialize` wrote."""
    name = config["class_name"]
    if name == "HyperParameters":
        from .container import HyperParameters

        return HyperParameters.from_config(config["config"])
    if name not in KINDS:
        raise ValueError(f"Unrecognized HP type {name!r}: expected one of {', '.join(KINDS)}.")
    return KINDS[name].from_config(config["config"])
