"""A real number between two inclusive bounds."""

from __future__ import annotations

from typing import Any, Optional

from . import proto, scale
from .numerical import Numerical


class Float(Numerical):
    """A real number between `min_value` and `max_value`.

    With a step only the values that lie whole steps above `min_value` are drawn; with `"log"` the
    step is a factor: 0.001, 0.01, 0.1 … for step 10.
    """

    def __init__(
        self,
        name: str,
        min_value: float,
        max_value: float,
        step: Optional[float] = None,
        sampling: Optional[str] = "linear",
        default: Optional[float] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, min_value, max_value, step, sampling, default, **kwargs)
        self.min_value: float = float(self.min_value)
        self.max_value: float = float(self.max_value)
        if self.step is not None:
            self.step = float(self.step)
        if self._default is not None:
            self._default = float(self._default)

    def prob_to_value(self, prob: float) -> float:
        n = self.n_values
        if n is not None:
            return float(self._at_step(scale.index_of(prob, n)))
        value = scale.at_share(prob, self.min_value, self.max_value, self.sampling)
        return min(max(value, self.min_value), self.max_value)

    def value_to_prob(self, value: Any) -> float:
        n = self.n_values
        if n is not None:
            return self._step_share(value, n)
        return scale.to_share(value, self.min_value, self.max_value, self.sampling)

    def to_proto(self) -> Any:
        """The protocol message of Keras Tuner for this hyperparameter."""
        return proto.float_to(self)

    @classmethod
    def from_proto(cls, message: Any) -> "Float":
        """The hyperparameter that a protocol message of Keras Tuner describes."""
        return cls(**proto.float_config(message))
