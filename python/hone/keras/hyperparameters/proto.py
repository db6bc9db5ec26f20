"""Hyperparameters as the protocol messages of Keras Tuner, whose chief and workers speak them.

Keras Tuner's message classes are needed and are imported when a message is first made; reading a
message needs nothing. The value 0 of a step stands for "no step", as a message has no None.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Tuple

if TYPE_CHECKING:
    from .boolean import Boolean
    from .choice import Choice
    from .conditions import Condition, Parent
    from .fixed import Fixed
    from .hyperparameter import HyperParameter
    from .integer import Int
    from .real import Float

# Field of a Space message, by the class's name.
FIELDS = {
    "Float": "float_space",
    "Int": "int_space",
    "Choice": "choice_space",
    "Boolean": "boolean_space",
    "Fixed": "fixed_space",
}
# Sampling's names in the messages, by ours; 0 is the messages' "none".
SAMPLINGS = {"none": 0, "linear": 1, "log": 2, "reverse_log": 3}


def messages() -> Any:
    """Keras Tuner's module of message classes."""
    for name in ("keras_tuner.protos", "keras_tuner.src.protos"):
        try:
            return importlib.import_module(name).get_proto()
        except ModuleNotFoundError:
            continue
    raise ModuleNotFoundError(
        "protocol messages need the package keras-tuner, which is not installed: "
        "pip install keras-tuner"
    )


def sampling_to(sampling: str) -> int:
    """The messages' number for a way of sampling."""
    if sampling not in SAMPLINGS:
        raise ValueError(f"Expected sampling to be one of {list(SAMPLINGS)}; got {sampling!r}.")
    return SAMPLINGS[sampling]


def sampling_from(number: Any) -> str:
    """The way of sampling that a message's number means."""
    for name, each in SAMPLINGS.items():
        if each == number:
            return "linear" if name == "none" else name
    raise ValueError(f"Expected sampling to be one of {list(SAMPLINGS.values())}; got {number!r}.")


def value_to(value: Any) -> Any:
    """A Value message."""
    if isinstance(value, bool):
        return messages().Value(boolean_value=value)
    if isinstance(value, int):
        return messages().Value(int_value=value)
    if isinstance(value, float):
        return messages().Value(float_value=value)
    if isinstance(value, str):
        return messages().Value(string_value=value)
    raise ValueError(
        f"Unrecognized value type {type(value).__name__}: expected int, float, str or bool; "
        f"got {value!r}."
    )


def value_from(message: Any) -> Any:
    """The value that a Value message holds."""
    return getattr(message, message.WhichOneof("kind"))


def condition_to(condition: "Parent") -> Any:
    """A Condition message."""
    parent = messages().Condition.Parent(
        name=condition.name, values=[value_to(value) for value in condition.values]
    )
    return messages().Condition(parent=parent)


def condition_from(message: Any) -> "Parent":
    """The condition that a Condition message holds."""
    from .conditions import Parent

    kind = message.WhichOneof("kind")
    if kind != "parent":
        raise ValueError(f"Unrecognized condition of kind {kind!r}: only 'parent' is known.")
    return Parent(message.parent.name, [value_from(value) for value in message.parent.values])


def _conditions_to(conditions: List["Condition"]) -> List[Any]:
    from .conditions import Parent

    return [condition_to(each) for each in conditions if isinstance(each, Parent)]


def _common(message: Any) -> Dict[str, Any]:
    return {
        "name": message.name,
        "conditions": [condition_from(each) for each in message.conditions],
    }


def _numerical_fields(hp: Any) -> Dict[str, Any]:
    return {
        "name": hp.name,
        "min_value": hp.min_value,
        "max_value": hp.max_value,
        "step": 0 if hp.step is None else hp.step,
        "sampling": sampling_to(hp.sampling),
        "default": hp.default,
        "conditions": _conditions_to(hp.conditions),
    }


def _numerical_config(message: Any) -> Dict[str, Any]:
    return {
        "min_value": message.min_value,
        "max_value": message.max_value,
        "step": message.step or None,
        "sampling": sampling_from(message.sampling),
        "default": message.default,
        **_common(message),
    }


def int_to(hp: "Int") -> Any:
    """An Int message."""
    return messages().Int(**_numerical_fields(hp))


def int_config(message: Any) -> Dict[str, Any]:
    """The constructor's arguments that an Int message holds."""
    return _numerical_config(message)


def float_to(hp: "Float") -> Any:
    """A Float message."""
    return messages().Float(**_numerical_fields(hp))


def float_config(message: Any) -> Dict[str, Any]:
    """The constructor's arguments that a Float message holds."""
    return _numerical_config(message)


def choice_to(hp: "Choice") -> Any:
    """A Choice message."""
    return messages().Choice(
        name=hp.name,
        ordered=hp.ordered,
        values=[value_to(value) for value in hp.values],
        default=value_to(hp.default),
        conditions=_conditions_to(hp.conditions),
    )


def choice_config(message: Any) -> Dict[str, Any]:
    """The constructor's arguments that a Choice message holds."""
    given = message.default.WhichOneof("kind") is not None
    return {
        "values": [value_from(value) for value in message.values],
        "ordered": message.ordered,
        "default": value_from(message.default) if given else None,
        **_common(message),
    }


def boolean_to(hp: "Boolean") -> Any:
    """A Boolean message."""
    return messages().Boolean(
        name=hp.name, default=hp.default, conditions=_conditions_to(hp.conditions)
    )


def boolean_config(message: Any) -> Dict[str, Any]:
    """The constructor's arguments that a Boolean message holds."""
    return {"default": message.default, **_common(message)}


def fixed_to(hp: "Fixed") -> Any:
    """A Fixed message."""
    return messages().Fixed(
        name=hp.name, value=value_to(hp.value), conditions=_conditions_to(hp.conditions)
    )


def fixed_config(message: Any) -> Dict[str, Any]:
    """The constructor's arguments that a Fixed message holds."""
    return {"value": value_from(message.value), **_common(message)}


def container_to(space: List["HyperParameter"], values: Dict[str, Any]) -> Any:
    """A HyperParameters message: the space and the values."""
    kinds = messages().HyperParameters
    fields: Dict[str, List[Any]] = {field: [] for field in FIELDS.values()}
    for hp in space:
        field = FIELDS.get(type(hp).__name__)
        if field is None:
            raise ValueError(
                f"Unrecognized HP type {type(hp).__name__}: expected one of {', '.join(FIELDS)}."
            )
        fields[field].append(hp.to_proto())  # type: ignore[attr-defined]
    return kinds(
        space=kinds.Space(**fields),
        values=kinds.Values(values={name: value_to(value) for name, value in values.items()}),
    )


def container_from(message: Any) -> Tuple[List["HyperParameter"], Dict[str, Any]]:
    """The space and the values that a HyperParameters message holds.

    A message of values alone gives a `Fixed` hyperparameter for each.
    """
    from . import Boolean, Choice, Fixed, Float, Int

    if not hasattr(message, "space"):
        values = {name: value_from(value) for name, value in message.values.items()}
        return [Fixed(name, value) for name, value in values.items()], values
    readers: Dict[str, Callable[[Any], HyperParameter]] = {
        "float_space": Float.from_proto,
        "int_space": Int.from_proto,
        "choice_space": Choice.from_proto,
        "boolean_space": Boolean.from_proto,
        "fixed_space": Fixed.from_proto,
    }
    space: List[HyperParameter] = []
    for field, read in readers.items():
        space += [read(each) for each in getattr(message.space, field)]
    values = {name: value_from(value) for name, value in message.values.values.items()}
    return space, values
