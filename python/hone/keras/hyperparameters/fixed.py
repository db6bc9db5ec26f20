"""A value that is not tuned."""

from __future__ import annotations

from typing import Any, Dict, List

from . import proto
from .hyperparameter import HyperParameter
from .values import Value, is_value, plain


class Fixed(HyperParameter):
    """A single value: int, float, str or bool. It takes part in conditions and summaries."""

    def __init__(self, name: str, value: Any, **kwargs: Any) -> None:
        kwargs.pop("default", None)
        self.value: Value = plain(value)
        super().__init__(name=name, default=self.value, **kwargs)
        if not is_value(self.value):
            raise ValueError(
                f"For HyperParameters.Fixed(name={name!r}), the value must be an `int`, `float`, "
                f"`str` or `bool`; got {value!r}."
            )

    @property
    def values(self) -> List[Value]:
        return [self.value]

    @property
    def default(self) -> Value:
        return self.value

    def prob_to_value(self, prob: float) -> Value:
        return self.value

    def value_to_prob(self, value: Any) -> float:
        return 0.5

    def get_config(self) -> Dict[str, Any]:
        config = super().get_config()
        del config["default"]
        config["value"] = self.value
        return config

    def _shown(self) -> Dict[str, Any]:
        return {"value": self.value}

    def to_proto(self) -> Any:
        """The protocol message of Keras Tuner for this hyperparameter."""
        return proto.fixed_to(self)

    @classmethod
    def from_proto(cls, message: Any) -> "Fixed":
        """The hyperparameter that a protocol message of Keras Tuner describes."""
        return cls(**proto.fixed_config(message))
