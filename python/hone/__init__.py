"""Hone: hyperparameter tuning that is fast, reproducible, and never loses a trial.

    import hone

    def objective(trial):
        x = trial.suggest_float("x", -10, 10)
        return (x - 2) ** 2

    study = hone.study()
    study.optimize(objective, n_trials=100)
    print(study.best_params, study.best_value)

A study is in memory, or in a file that the command `hone` opens as well: hone.study(storage=
"hone.db"). The parameters are what trials ask for, as above, or declared: hone.study(hone.space(
"lr=log:1e-5..1", "depth=int:2..10")).
"""

from typing import TYPE_CHECKING

from hone._errors import (
    BusyError,
    CorruptError,
    Error,
    ExhaustedError,
    ExistsError,
    InvalidError,
    NotFoundError,
    OutOfMemoryError,
    ParseError,
    StaleError,
    StateError,
    StorageError,
    TrialPruned,
    UnsupportedError,
    VersionError,
)
from hone._frozen import FrozenTrial
from hone._hone import VERSION as __version__
from hone._params import Bool, Categorical, Float, Int, Ordinal, Param, Permutation, Simplex, Subset
from hone._plugins import Choice, sampler, scheduler
from hone._space import Space, space
from hone._state import TrialState
from hone._study import Study, copy_study, delete_study, open, studies, study
from hone._trial import Trial

__all__ = [
    "Bool",
    "BusyError",
    "Categorical",
    "Choice",
    "CorruptError",
    "Error",
    "ExhaustedError",
    "ExistsError",
    "Float",
    "FrozenTrial",
    "Int",
    "InvalidError",
    "NotFoundError",
    "Ordinal",
    "OutOfMemoryError",
    "Param",
    "ParseError",
    "Permutation",
    "Simplex",
    "Space",
    "StaleError",
    "StateError",
    "StorageError",
    "Study",
    "Subset",
    "Trial",
    "TrialPruned",
    "TrialState",
    "UnsupportedError",
    "VersionError",
    "__version__",
    "copy_study",
    "current_trial",
    "delete_study",
    "open",
    "sampler",
    "samplers",
    "scheduler",
    "schedulers",
    "space",
    "studies",
    "study",
]


if TYPE_CHECKING:
    from hone import samplers, schedulers
    from hone._program import current_trial
else:

    def __getattr__(name: str) -> object:
        """What is loaded when it is first asked for."""
        if name in ("samplers", "schedulers"):
            import importlib

            return importlib.import_module(f"hone.{name}")
        if name == "current_trial":
            from hone._program import current_trial

            return current_trial
        raise AttributeError(f"module 'hone' has no attribute {name!r}")
