"""True or False."""

from __future__ import annotations

from typing import Any, List

from . import proto, scale
from .hyperparameter import HyperParameter


class Boolean(HyperParameter):
    """True or False; False where none has been chosen, unless `default` says otherwise."""

    def __init__(self, name: str, default: bool = False, **kwargs: Any) -> None:
        super().__init__(name=name, default=default, **kwargs)
        if not isinstance(self._default, bool):
            raise ValueError(
                f"For HyperParameters.Boolean(name={name!r}), the default must be a Python "
                f"boolean; got {default!r}."
            )

    @property
    def values(self) -> List[bool]:
        return [True, False]

    def prob_to_value(self, prob: float) -> bool:
        return scale.index_of(prob, 2) == 1

    def value_to_prob(self, value: Any) -> float:
        return scale.share_of(int(bool(value)), 2)

    def to_proto(self) -> Any:
        """The protocol message of Keras Tuner for this hyperparameter."""
        return proto.boolean_to(self)

    @classmethod
    def from_proto(cls, message: Any) -> "Boolean":
        """The hyperparameter that a protocol message of Keras Tuner describes."""
        return cls(**proto.boolean_config(message))
