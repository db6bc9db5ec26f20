"""What `Int` and `Float` share: a range, an optional step and a way of sampling."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Optional

from . import scale
from .hyperparameter import HyperParameter
from .values import plain

# Values that a grid takes from a range without a step, as Keras Tuner documents.
GRID_POINTS = 10


class Numerical(HyperParameter):
    """A number between two inclusive bounds.

    Args:
        name: its name.
        min_value: the lower bound, inclusive.
        max_value: the upper bound, inclusive.
        step: the distance between neighbours; with a logarithmic sampling, their ratio.
        sampling: `"linear"`, `"log"` or `"reverse_log"` (dense near the upper bound).
        default: the value where none has been chosen; the lower bound unless given.
    """

    def __init__(
        self,
        name: str,
        min_value: Any,
        max_value: Any,
        step: Any = None,
        sampling: Optional[str] = "linear",
        default: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, default=default, **kwargs)
        self.min_value = plain(min_value)
        self.max_value = plain(max_value)
        self.step = plain(step)
        self.sampling: str = "linear" if sampling is None else sampling
        self._check()

    def _owner(self) -> str:
        return f"HyperParameters.{type(self).__name__}(name={self.name!r})"

    def _check(self) -> None:
        owner = self._owner()
        if self.sampling not in scale.SAMPLINGS:
            raise ValueError(
                f"For {owner}, sampling must be one of {', '.join(scale.SAMPLINGS)}; "
                f"got {self.sampling!r}."
            )
        if self.min_value > self.max_value:
            raise ValueError(
                f"For {owner}, min_value {self.min_value} is greater than the max_value "
                f"{self.max_value}."
            )
        logarithmic = self.sampling != "linear"
        if logarithmic and self.min_value <= 0:
            raise ValueError(
                f"For {owner}, sampling={self.sampling!r} does not support negative values or "
                f"zero; got min_value {self.min_value}."
            )
        if self.step is not None and logarithmic and self.step <= 1:
            raise ValueError(
                f"For {owner}, expected step > 1 with sampling={self.sampling!r}, where the step "
                f"is a factor; got {self.step}."
            )
        if self.step is not None and self.step <= 0:
            raise ValueError(f"For {owner}, expected step > 0; got {self.step}.")

    @property
    def default(self) -> Any:
        return self.min_value if self._default is None else self._default

    @property
    def n_values(self) -> Optional[int]:
        """How many values a stepped range has, or None without a step."""
        if self.step is None:
            return None
        return scale.n_steps(self.min_value, self.max_value, self.step, self.sampling)

    def _at_step(self, index: int) -> float:
        return scale.at_step(index, self.min_value, self.max_value, self.step, self.sampling)

    def _step_share(self, value: float, n: int) -> float:
        index = scale.nearest_step(
            value, self.min_value, self.max_value, self.step, self.sampling
        )
        return scale.share_of(index, n)

    @property
    def values(self) -> Iterable[Any]:
        n = self.n_values
        if n is not None:
            return [self.prob_to_value(scale.share_of(i, n)) for i in range(n)]
        shares = [i / (GRID_POINTS - 1) for i in range(GRID_POINTS)]
        return sorted({self.prob_to_value(share) for share in shares})

    def get_config(self) -> Dict[str, Any]:
        config = super().get_config()
        config.update(
            default=self._default,
            min_value=self.min_value,
            max_value=self.max_value,
            step=self.step,
            sampling=self.sampling,
        )
        return config

    def _shown(self) -> Dict[str, Any]:
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "step": self.step,
            "sampling": self.sampling,
            "default": self.default,
        }
