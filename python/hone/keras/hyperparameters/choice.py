"""One of a list of values."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional

from . import proto, scale
from .hyperparameter import HyperParameter
from .values import Value, is_value, plain


class Choice(HyperParameter):
    """One of `values`, which are all of one type: int, float, str or bool.

    Args:
        name: its name.
        values: the choices, in order.
        ordered: whether the order means something; True for numbers unless said otherwise.
        default: the value where none has been chosen; the first unless given.
    """

    def __init__(
        self,
        name: str,
        values: Iterable[Any],
        ordered: Optional[bool] = None,
        default: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, default=default, **kwargs)
        self._values: List[Value] = [plain(value) for value in values]
        numeric = self._check_values()
        if ordered and not numeric:
            raise ValueError(
                f"For HyperParameters.Choice(name={name!r}), `ordered` must be `False` for "
                "choices that are not numbers."
            )
        self.ordered: bool = numeric if ordered is None else bool(ordered)
        if self._default is not None and self._default not in self._values:
            raise ValueError(
                f"For HyperParameters.Choice(name={name!r}), the default value should be one of "
                f"{self._values!r}; got {self._default!r}."
            )

    def _check_values(self) -> bool:
        """Whether the choices are numbers; an error when they are none or of two types."""
        owner = f"For HyperParameters.Choice(name={self.name!r})"
        if not self._values:
            raise ValueError(f"{owner}, `values` must be provided: an empty list has no choice.")
        types = {type(value) for value in self._values}
        if not all(is_value(value) for value in self._values):
            raise TypeError(
                f"{owner}, `values` can contain only `int`, `float`, `str` or `bool`; got "
                f"{self._values!r}."
            )
        if len(types) > 1:
            raise TypeError(
                f"{owner}, `values` can contain only one type; got "
                f"{', '.join(sorted(each.__name__ for each in types))}."
            )
        return types <= {int, float}

    @property
    def values(self) -> List[Value]:
        return self._values

    @property
    def default(self) -> Any:
        return self._values[0] if self._default is None else self._default

    def prob_to_value(self, prob: float) -> Value:
        return self._values[scale.index_of(prob, len(self._values))]

    def value_to_prob(self, value: Any) -> float:
        return scale.share_of(self._values.index(value), len(self._values))

    def get_config(self) -> Dict[str, Any]:
        config = super().get_config()
        config.update(values=list(self._values), ordered=self.ordered)
        return config

    def _shown(self) -> Dict[str, Any]:
        return {"values": self._values, "ordered": self.ordered, "default": self.default}

    def to_proto(self) -> Any:
        """The protocol message of Keras Tuner for this hyperparameter."""
        return proto.choice_to(self)

    @classmethod
    def from_proto(cls, message: Any) -> "Choice":
        """The hyperparameter that a protocol message of Keras Tuner describes."""
        return cls(**proto.choice_config(message))
