"""Trials to look at: plain values, which can be kept and pickled."""

from typing import Any

from hone._state import TrialState


class FrozenTrial:
    """What a study knows of one trial, as it was when it was looked at.

    number; state; params {name: value}; values, one of each objective, or None; metrics {name:
    value} of all metrics that it has; intermediate_values {step: value}; constraints, each at most 0
    is satisfied; feasible; user_attrs; started, ended (seconds since 1970, None: not yet);
    duration_s; parent (None: none); attempts; message (why it failed); note.
    """

    __slots__ = (
        "attempts",
        "constraints",
        "duration_s",
        "ended",
        "feasible",
        "intermediate_values",
        "message",
        "metrics",
        "note",
        "number",
        "origin",
        "params",
        "parent",
        "started",
        "state",
        "user_attrs",
        "values",
    )

    number: int
    state: TrialState
    params: dict[str, Any]
    values: tuple[float, ...] | None
    metrics: dict[str, float]
    intermediate_values: dict[float, float | None]
    constraints: tuple[float, ...]
    feasible: bool
    user_attrs: dict[str, Any]
    started: float | None
    ended: float | None
    duration_s: float
    parent: int | None
    origin: int
    attempts: int
    message: str
    note: str

    def __init__(self, record: tuple[Any, ...], names: tuple[str, ...], n_objectives: int) -> None:
        (
            self.number,
            state,
            self.params,
            values,
            self.intermediate_values,
            self.constraints,
            self.user_attrs,
            self.feasible,
            started_us,
            ended_us,
            self.duration_s,
            parent,
            self.origin,
            self.attempts,
            self.message,
            self.note,
        ) = record
        self.state = TrialState(state)
        objectives = values[:n_objectives]
        self.values = None if None in objectives else objectives
        self.metrics = {
            name: value for name, value in zip(names, values, strict=True) if value is not None
        }
        self.started = started_us / 1e6 if started_us else None
        self.ended = ended_us / 1e6 if ended_us else None
        self.parent = parent if parent >= 0 else None

    @property
    def value(self) -> float | None:
        """The value of the first objective; None where there is none."""
        return self.values[0] if self.values else None

    @property
    def last_step(self) -> float | None:
        """Step of the last report."""
        return max(self.intermediate_values, default=None)

    def __getitem__(self, name: str) -> Any:
        return self.params[name]

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return _empty, (), self.__getstate__()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FrozenTrial) and self.__getstate__() == other.__getstate__()

    def __hash__(self) -> int:
        return hash((FrozenTrial, self.number))

    def __repr__(self) -> str:
        shown = self.values[0] if self.values and len(self.values) == 1 else self.values
        return f"<hone.FrozenTrial {self.number} {self.state} {shown} {self.params}>"


def _empty() -> FrozenTrial:
    return FrozenTrial.__new__(FrozenTrial)
