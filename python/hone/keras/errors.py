"""What a build function or a run may raise to say how a trial ended."""

from __future__ import annotations


class FailedTrialError(Exception):
    """This configuration cannot be run: the trial is FAILED at once, without another attempt."""


class FatalError(Exception):
    """Something that no other trial would do better: the search ends with it."""


class FatalValueError(FatalError, ValueError):
    """A fatal error that is a ValueError, too."""


class FatalTypeError(FatalError, TypeError):
    """A fatal error that is a TypeError, too."""


class FatalRuntimeError(FatalError, RuntimeError):
    """A fatal error that is a RuntimeError, too."""


class DuplicateTrial(Exception):
    """The configuration is that of an earlier trial: another is asked for instead."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the same configuration as trial {number}")
        self.number = number
