"""Tuning Keras models in the habit of Keras Tuner: `import hone.keras as keras_tuner`.

A name is loaded when it is first used, so that `HyperParameters` can be had without Keras and
without Hone's engine.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, List

from .hyperparameters import HyperParameter, HyperParameters

if TYPE_CHECKING:
    from . import errors as errors
    from . import oracles as oracles
    from .base_tuner import BaseTuner as BaseTuner
    from .hypermodel import HyperModel as HyperModel
    from .objective import Objective as Objective
    from .oracle import Oracle as Oracle
    from .pruning import PruningCallback as PruningCallback
    from .trial import Trial as Trial
    from .tuner import Tuner as Tuner
    from .tuners import BayesianOptimization as BayesianOptimization
    from .tuners import GridSearch as GridSearch
    from .tuners import Hyperband as Hyperband
    from .tuners import RandomSearch as RandomSearch

# Where each further public name lives.
_HOMES = {
    "BaseTuner": "base_tuner",
    "BayesianOptimization": "tuners",
    "GridSearch": "tuners",
    "HyperModel": "hypermodel",
    "Hyperband": "tuners",
    "Objective": "objective",
    "Oracle": "oracle",
    "PruningCallback": "pruning",
    "RandomSearch": "tuners",
    "Trial": "trial",
    "Tuner": "tuner",
}
_MODULES = ("errors", "hyperparameters", "oracles", "tuners")

__all__ = [
    "BaseTuner",
    "BayesianOptimization",
    "GridSearch",
    "HyperModel",
    "HyperParameter",
    "HyperParameters",
    "Hyperband",
    "Objective",
    "Oracle",
    "PruningCallback",
    "RandomSearch",
    "Trial",
    "Tuner",
    "errors",
    "oracles",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> List[str]:
    return sorted({*globals(), *_HOMES, *_MODULES})
