"""Exceptions: those of the library, and the one by which an objective ends a trial early."""

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
    "TrialPruned",
    "UnsupportedError",
    "VersionError",
]


class TrialPruned(Exception):
    """Raised by an objective whose trial should end now: it becomes PRUNED, its reports count."""
