"""States of a trial."""

from enum import IntEnum

from hone._hone import STATES


class TrialState(IntEnum):
    """What became of a trial. The numbers are those of the library."""

    WAITING = 0
    RUNNING = 1
    PAUSED = 2
    COMPLETE = 3
    PRUNED = 4
    FAILED = 5
    TIMEOUT = 6
    OOM = 7
    INFEASIBLE = 8
    INVALID = 9
    LOST = 10

    @property
    def is_finished(self) -> bool:
        """Has it ended, in whichever way?"""
        return self >= TrialState.COMPLETE

    def __str__(self) -> str:
        return self.name


assert STATES == tuple(state.name for state in TrialState)


def state_of(value: "TrialState | str | int") -> TrialState:
    """A state by itself, its name in any case, or its number."""
    if isinstance(value, str):
        try:
            return TrialState[value.upper()]
        except KeyError:
            names = ", ".join(state.name.lower() for state in TrialState)
            raise ValueError(f"{value!r} is no state of a trial: one of {names}") from None
    return TrialState(value)
