"""What a search makes small or large: one of the metrics, or the sum of several."""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence

from hone._direction import usual_direction

# The name of the objective when the run hands back a bare number, which is made small.
DEFAULT = "default_objective"


def infer_direction(metric: str) -> str:
    """Whether a metric of Keras is to be made large ("max") or small ("min"), by its name.

    Raises:
        ValueError: the name says nothing; an `Objective` with a direction is then needed.
    """
    direction = usual_direction(metric)
    if direction is not None:
        return direction[:3]
    raise ValueError(
        f"Could not infer whether the objective {metric!r} is to be made large or small: give "
        f'hone.keras.Objective({metric!r}, direction="min") or "max".'
    )


class Objective:
    """A metric and its direction.

    Args:
        name: the metric's name in Keras' logs, such as "val_accuracy".
        direction: "min" or "max".
    """

    def __init__(self, name: str, direction: str) -> None:
        if direction not in ("min", "max"):
            raise ValueError(
                f'The direction of the objective {name!r} must be "min" or "max"; got '
                f"{direction!r}."
            )
        self.name = name
        self.direction = direction

    def has_value(self, logs: Mapping[str, Any]) -> bool:
        """Whether the logs hold what the objective needs."""
        return self.name in logs

    def get_value(self, logs: Mapping[str, Any]) -> float:
        """The objective's value in Keras' logs."""
        return float(logs[self.name])

    def better_than(self, a: float, b: float) -> bool:
        """Whether the value `a` is better than `b`."""
        return a > b if self.direction == "max" else a < b

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Objective):
            return NotImplemented
        return (self.name, self.direction) == (other.name, other.direction)

    def __hash__(self) -> int:
        return hash((self.name, self.direction))

    def __str__(self) -> str:
        return f'Objective(name="{self.name}", direction="{self.direction}")'


class DefaultObjective(Objective):
    """The bare number that a run hands back, made small."""

    def __init__(self) -> None:
        super().__init__(DEFAULT, "min")


class MultiObjective(Objective):
    """Several objectives as one: the sum of those to make small less those to make large."""

    def __init__(self, objectives: Sequence[Objective]) -> None:
        super().__init__("multi_objective", "min")
        self.objectives: List[Objective] = list(objectives)

    def has_value(self, logs: Mapping[str, Any]) -> bool:
        return all(each.has_value(logs) for each in self.objectives)

    def get_value(self, logs: Mapping[str, Any]) -> float:
        signed = ((each, 1.0 if each.direction == "min" else -1.0) for each in self.objectives)
        return sum(sign * each.get_value(logs) for each, sign in signed)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MultiObjective):
            return NotImplemented
        return sorted(map(str, self.objectives)) == sorted(map(str, other.objectives))

    def __hash__(self) -> int:
        return hash(tuple(sorted(map(str, self.objectives))))

    def __str__(self) -> str:
        return f"Multi{super().__str__()}: [{', '.join(map(str, self.objectives))}]"


def create_objective(objective: Any) -> Objective:
    """The objective that a tuner's argument means: nothing, a name, an `Objective`, or a list."""
    if objective is None:
        return DefaultObjective()
    if isinstance(objective, Objective):
        return objective
    if isinstance(objective, str):
        return Objective(objective, infer_direction(objective))
    if isinstance(objective, (list, tuple)):
        return MultiObjective([create_objective(each) for each in objective])
    raise TypeError(
        f"The objective {objective!r} was not understood, expected str, Objective or a list of "
        "them."
    )
