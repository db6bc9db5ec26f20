"""When a hyperparameter is active: conditions on the values of others."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from . import proto
from .values import Value, is_value, plain


class Condition:
    """Says from the values chosen so far whether a hyperparameter is active."""

    def is_active(self, values: Mapping[str, Value]) -> bool:
        """Whether the condition holds for `values`, the active values by name."""
        raise NotImplementedError

    def get_config(self) -> Dict[str, Any]:
        """The constructor's arguments, of types that JSON knows."""
        raise NotImplementedError

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Condition":
        """The condition that `get_config` described."""
        return cls(**config)

    @classmethod
    def from_proto(cls, message: Any) -> "Condition":
        """The condition that a protocol message of Keras Tuner describes."""
        return proto.condition_from(message)


class Parent(Condition):
    """Holds when the hyperparameter `name` has one of `values`.

    Args:
        name: the parent's whole name, with its name scopes.
        values: the values that make the condition hold; a single value will do.
    """

    def __init__(self, name: str, values: Any) -> None:
        self.name = name
        given = values if isinstance(values, (list, tuple, set, range)) else [values]
        self.values: List[Value] = [plain(value) for value in given]
        for value in self.values:
            if not is_value(value):
                raise TypeError(
                    f"Can contain only `int`, `float`, `str` or `bool`: the condition on {name!r} "
                    f"was given {value!r}."
                )

    def is_active(self, values: Mapping[str, Value]) -> bool:
        return self.name in values and values[self.name] in self.values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Parent):
            return NotImplemented
        return self.name == other.name and self.values == other.values

    def __hash__(self) -> int:
        return hash((self.name, tuple(self.values)))

    def __repr__(self) -> str:
        return f"Parent(name={self.name!r}, values={self.values!r})"

    def get_config(self) -> Dict[str, Any]:
        return {"name": self.name, "values": list(self.values)}

    def to_proto(self) -> Any:
        """The protocol message of Keras Tuner for this condition."""
        return proto.condition_to(self)


def serialize(condition: Condition) -> Dict[str, Any]:
    """The condition as a dict that JSON can hold."""
    return {"class_name": type(condition).__name__, "config": condition.get_config()}


def deserialize(config: Any) -> Condition:
    """The condition that `serialize` wrote; a condition itself is returned as it is."""
    if isinstance(config, Condition):
        return config
    if config.get("class_name") != "Parent":
        raise ValueError(
            f"Unrecognized condition {config.get('class_name')!r}: only 'Parent' is known."
        )
    return Parent(**config["config"])
