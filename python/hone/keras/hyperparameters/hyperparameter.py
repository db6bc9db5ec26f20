"""What every hyperparameter has: a name, a default and the conditions under which it is active."""

from __future__ import annotations

import random
from typing import Any, Dict, Iterable, List, Mapping, Optional

from . import conditions as conditions_module
from .conditions import Condition
from .values import plain


class HyperParameter:
    """One dimension of a search space.

    A hyperparameter is known by its name and its conditions together: two of the same name under
    different conditions are two dimensions.

    Args:
        name: its name, with the name scopes around it.
        default: the value it has where nothing else has been chosen.
        conditions: all must hold for it to be active.
    """

    def __init__(
        self,
        name: str,
        default: Any = None,
        conditions: Optional[Iterable[Any]] = None,
    ) -> None:
        self.name = name
        self._default = plain(default)
        self.conditions: List[Condition] = [
            conditions_module.deserialize(each) for each in conditions or ()
        ]

    @property
    def default(self) -> Any:
        """The value where none has been chosen."""
        return self._default

    @property
    def values(self) -> Iterable[Any]:
        """The values that a grid goes through."""
        raise NotImplementedError

    def prob_to_value(self, prob: float) -> Any:
        """The value at the share `prob`, 0 … 1, of the range."""
        raise NotImplementedError

    def value_to_prob(self, value: Any) -> float:
        """The share, 0 … 1, of the range at which `value` lies."""
        raise NotImplementedError

    def random_sample(self, seed: Optional[int] = None) -> Any:
        """A value drawn evenly over the shares; the same seed gives the same value."""
        return self.prob_to_value(random.Random(seed).random())

    def get_config(self) -> Dict[str, Any]:
        """The constructor's arguments, of types that JSON knows."""
        return {
            "name": self.name,
            "default": self.default,
            "conditions": [conditions_module.serialize(each) for each in self.conditions],
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "HyperParameter":
        """The hyperparameter that `get_config` described."""
        return cls(**config)

    def _shown(self) -> Dict[str, Any]:
        """What `repr` tells beside the name, in this order."""
        return {"default": self.default}

    def __repr__(self) -> str:
        parts = [f"name: {self.name!r}"]
        parts += [f"{key}: {value!r}" for key, value in self._shown().items()]
        return f"{type(self).__name__}({', '.join(parts)})"
