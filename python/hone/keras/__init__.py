"""Tuning Keras models in the habit of Keras Tuner: `import hone.keras as keras_tuner`.

A name is loaded when it is first used, so that `HyperParameters` can be had without Keras and
without Hone's engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, List

from .hyperparameters import HyperParameter, HyperParameters

if TYPE_CHECKING:
    from .objective import Objective as Objective

# Where each further public name lives.
_HOMES = {
    "Objective": "objective",
}

__all__ = ["HyperParameter", "HyperParameters", "Objective"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> List[str]:
    return sorted([*globals(), *_HOMES])
