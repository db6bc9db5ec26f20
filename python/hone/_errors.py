"""Exceptions: those of the library, and the two by which an objective ends a trial early."""

from hone._hone import (
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
    UnsupportedError,
    VersionError,
)

__all__ = [
    "BusyError",
    "CorruptError",
    "Error",
    "ExhaustedError",
    "ExistsError",
    "InvalidError",
    "NotFoundError",
    "OutOfMemoryError",
    "ParseError",
    "StaleError",
    "StateError",
    "StorageError",
    "TrialPaused",
    "TrialPruned",
    "UnsupportedError",
    "VersionError",
]


class TrialPruned(Exception):
    """Raised by an objective whose trial should end now: it becomes PRUNED, its reports count."""


class TrialPaused(Exception):
    """Raised by an objective that has saved a checkpoint: the trial is called again later.

    `step` is what the checkpoint holds, by default the step of the last report.
    """

    def __init__(self, step: float | None = None) -> None:
        super().__init__(step)
        self.step = step
