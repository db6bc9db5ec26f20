"""One hyperparameter of an estimator: its domain for Hone, and the way back to its values."""

from collections.abc import Callable, Sequence
from typing import Any

from hone import Param


class Dimension:
    """A parameter of the study (`param`) and what its values stand for.

    values: of a finite dimension what the estimator may be given, in the caller's order, and
    `codes` what the study calls each; None for a range. is_quantile: the study's number is no value
    that a reader knows.
    """

    def __init__(
        self,
        param: Param,
        decode: Callable[[Any], Any],
        *,
        values: Sequence[Any] | None = None,
        codes: Sequence[Any] | None = None,
        is_quantile: bool = False,
    ) -> None:
        self.param = param
        self.decode = decode
        self.values = values
        self.codes = codes
        self.is_quantile = is_quantile

    def __len__(self) -> int:
        return 0 if self.values is None else len(self.values)


def same(value: Any) -> Any:
    """What a range of the study gives is what the estimator takes."""
    return value


def ranged(param: Param) -> Dimension:
    """A parameter that is written for Hone already."""
    return Dimension(param, same)
