"""What the loggers share: callbacks of `optimize` that write each ended trial somewhere.

1. A logger is called with the study and a trial that has ended; one at a time, whichever thread calls.
2. What goes wrong is warned of once and ends nothing: the trial is recorded by then.
3. All loggers write the same facts, by the functions below.
"""

import json
import threading
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hone._params import choice_text
from hone._state import TrialState

if TYPE_CHECKING:
    from hone._frozen import FrozenTrial
    from hone._study import Study

SUCCEEDED = (TrialState.COMPLETE, TrialState.INFEASIBLE)


class Logger:
    """A callback of `study.optimize(callbacks=[…])`. failed: numbers of trials that it could not log."""

    failed: list[int]

    def __init__(self) -> None:
        self.failed = []
        self._lock = threading.Lock()

    def __call__(self, study: "Study", trial: "FrozenTrial") -> None:
        """Logs a trial that has ended."""
        with self._lock:
            try:
                self._log(study, trial)
            except Exception as error:
                self._could_not(trial, error)

    def _could_not(self, trial: "FrozenTrial", error: Exception) -> None:
        self.failed.append(trial.number)
        if len(self.failed) == 1:
            text = " ".join(str(error).split()) or "no reason was given"
            warnings.warn(
                f"{type(self).__name__} could not log trial {trial.number}, which the study has: "
                f"{type(error).__name__}: {text}. The study goes on; further trials that cannot be "
                f"logged are only listed in the logger's `failed`.",
                RuntimeWarning,
                stacklevel=3,
            )

    def _log(self, study: "Study", trial: "FrozenTrial") -> None:
        raise NotImplementedError


def title(study: "Study", trial: "FrozenTrial") -> str:
    """What a trial is called among runs."""
    return f"{study.name}-{trial.number}"


def simple(value: Any) -> Any:
    """A parameter or attribute as a number, truth value, text or None: lists by their JSON, other
    objects by the name that the study has for them."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple, Mapping)):
        return json.dumps(value, default=repr)
    known = json.loads(choice_text(value))
    return known if isinstance(known, (bool, int, float, str)) else choice_text(value)


def params_of(trial: "FrozenTrial") -> dict[str, Any]:
    """Active parameters, simple."""
    return {name: simple(value) for name, value in trial.params.items()}


def results_of(trial: "FrozenTrial") -> dict[str, float]:
    """Metrics at the end. A trial that was stopped has only reports."""
    return dict(trial.metrics) if trial.state in SUCCEEDED else {}


def curve_name(study: "Study") -> str:
    """What the values on the way are called: beside the result, which need not be the last of them."""
    return f"reports/{study.metric_names[0]}"


def curve_of(trial: "FrozenTrial") -> list[tuple[int, float, float]]:
    """(whole step, step, value) of the reports. Where steps are no whole numbers, they are counted."""
    reports = [(s, v) for s, v in sorted(trial.intermediate_values.items()) if v is not None]
    whole = all(step == int(step) for step, _ in reports)
    return [(int(s) if whole else i, s, v) for i, (s, v) in enumerate(reports, 1)]


def facts_of(study: "Study", trial: "FrozenTrial") -> dict[str, Any]:
    """What else there is to know of a trial; what its study keeps with it goes by its own names."""
    facts: dict[str, Any] = {
        "hone.study": study.name,
        "hone.trial": trial.number,
        "hone.state": str(trial.state),
        "hone.duration_s": trial.duration_s,
    }
    for key in ("message", "note", "parent"):
        value = getattr(trial, key)
        if value not in (None, ""):
            facts[f"hone.{key}"] = value
    if trial.constraints:
        facts["hone.constraints"] = simple(trial.constraints)
    return facts | {key: simple(value) for key, value in trial.user_attrs.items()}
