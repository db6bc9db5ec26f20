"""An integer between two inclusive bounds."""

from __future__ import annotations

from typing import Any, Optional

from . import proto, scale
from .numerical import Numerical


class Int(Numerical):
    """An integer between `min_value` and `max_value`, both included.

    With a linear sampling the step is 1 unless given. With `"log"` or `"reverse_log"` and no step
    every integer can be drawn; with a step, neighbours have that ratio: 2, 4, 8 … for step 2.
    """

    def __init__(
        self,
        name: str,
        min_value: int,
        max_value: int,
        step: Optional[int] = None,
        sampling: Optional[str] = "linear",
        default: Optional[int] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, min_value, max_value, step, sampling, default, **kwargs)
        self.min_value: int = self._whole("min_value", self.min_value)
        self.max_value: int = self._whole("max_value", self.max_value)
        if self.step is not None:
            self.step = self._whole("step", self.step)
        elif self.sampling == "linear":
            self.step = 1
        if self._default is not None:
            self._default = self._whole("default", self._default)

    def _whole(self, argument: str, value: Any) -> int:
        if isinstance(value, bool) or int(value) != value:
            raise ValueError(f"For {self._owner()}, {argument} must be an int; got {value!r}.")
        return int(value)

    def prob_to_value(self, prob: float) -> int:
        n = self.n_values
        if n is not None:
            return int(round(self._at_step(scale.index_of(prob, n))))
        # Each integer owns the interval up to the next, so that the last is drawn as often.
        value = scale.at_share(prob, self.min_value, self.max_value + 1, self.sampling)
        return min(max(int(value), self.min_value), self.max_value)

    def value_to_prob(self, value: Any) -> float:
        n = self.n_values
        if n is not None:
            return self._step_share(value, n)
        return scale.to_share(value + 0.5, self.min_value, self.max_value + 1, self.sampling)

    def to_proto(self) -> Any:
        """The protocol message of Keras Tuner for this hyperparameter."""
        return proto.int_to(self)

    @classmethod
    def from_proto(cls, message: Any) -> "Int":
        """The hyperparameter that a protocol message of Keras Tuner describes."""
        return cls(**proto.int_config(message))
