"""A trial as a tuner's user sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

from .hyperparameters import HyperParameters

if TYPE_CHECKING:
    from hone import Trial as EngineTrial


class TrialStatus:
    """The words of Keras Tuner for how a trial stands."""

    RUNNING = "RUNNING"
    IDLE = "IDLE"
    INVALID = "INVALID"
    STOPPED = "STOPPED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


# Hone's states in those words.
STATUS = {
    "WAITING": TrialStatus.IDLE,
    "RUNNING": TrialStatus.RUNNING,
    "PAUSED": TrialStatus.COMPLETED,
    "COMPLETE": TrialStatus.COMPLETED,
    "PRUNED": TrialStatus.COMPLETED,
    "FAILED": TrialStatus.FAILED,
    "TIMEOUT": TrialStatus.FAILED,
    "OOM": TrialStatus.FAILED,
    "INFEASIBLE": TrialStatus.FAILED,
    "INVALID": TrialStatus.INVALID,
    "LOST": TrialStatus.STOPPED,
}


class Metrics(Dict[str, float]):
    """The metrics of a trial, at its best epoch, by name."""

    def exists(self, name: str) -> bool:
        """Whether the trial has this metric."""
        return name in self

    def get_best_value(self, name: str) -> Optional[float]:
        """The value at the best epoch, or None."""
        return self.get(name)


class Trial:
    """One configuration and what came of it.

    Attributes:
        number: of the trial in the study.
        trial_id: the number as text, which names its folder.
        hyperparameters: its values.
        status: a word of `TrialStatus`.
        score: the objective's value, None before it has ended well.
        best_step: the epoch with that value, from 0 on.
        metrics: all metrics at that epoch.
        message: why it failed.
        engine: the study's trial while it runs; None for one that was looked up.
    """

    def __init__(
        self,
        number: int,
        hyperparameters: HyperParameters,
        status: str = TrialStatus.RUNNING,
        engine: Optional["EngineTrial"] = None,
    ) -> None:
        self.number = number
        self.hyperparameters = hyperparameters
        self.status = status
        self.engine = engine
        self.score: Optional[float] = None
        self.best_step: Optional[int] = None
        self.metrics = Metrics()
        self.message: Optional[str] = None

    @property
    def trial_id(self) -> str:
        return f"{self.number:04d}"

    def summary(self) -> None:
        """Prints the trial."""
        print(f"Trial {self.trial_id} {self.status.lower()}")
        for name, value in self.hyperparameters.values.items():
            print(f"  {name}: {value}")
        if self.score is not None:
            print(f"  score: {self.score}")
        if self.message:
            print(f"  {self.message.splitlines()[-1]}")

    def get_state(self) -> Dict[str, Any]:
        """The trial, of types that JSON knows."""
        return {
            "trial_id": self.trial_id,
            "hyperparameters": self.hyperparameters.get_config(),
            "metrics": dict(self.metrics),
            "score": self.score,
            "best_step": self.best_step,
            "status": self.status,
            "message": self.message,
        }

    def __repr__(self) -> str:
        return f"<Trial {self.trial_id} {self.status} {self.score} {self.hyperparameters.values}>"
