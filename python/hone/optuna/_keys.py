"""Parameters of an Optuna study as parameters of a Hone study.

Optuna allows a name to have another distribution in every trial, Hone one domain a name. So each
pair of name and distribution is a parameter of its own here, with a name made up for it, which also
spares Optuna's names from the rules of Hone's. Choices go by their index.
"""

import math
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from hone._params import Categorical, Float, Int

# A name whose distribution changes more often than that has them drawn anew all the time: from
# then on such values are drawn at random, since no history of theirs would ever form.
MAX_DISTRIBUTIONS = 16


class Key:
    """One parameter of the Hone study: its name and domain there, and values back and forth."""

    __slots__ = ("distribution", "name", "spec")

    def __init__(self, name: str, distribution: BaseDistribution) -> None:
        self.name = name
        self.distribution = distribution
        self.spec = _spec_of(distribution)

    def to_optuna(self, value: Any) -> Any:
        """A value of Hone's as the objective is to see it."""
        if isinstance(self.distribution, CategoricalDistribution):
            return self.distribution.choices[int(value[1:])]
        if isinstance(self.distribution, IntDistribution):
            return int(value)
        assert isinstance(self.distribution, FloatDistribution)
        # A step from the low end need not come to the very same double in both.
        return min(max(float(value), self.distribution.low), self.distribution.high)

    def to_hone(self, value: Any) -> Any:
        """A value of an Optuna trial as JSON for Hone."""
        if isinstance(self.distribution, CategoricalDistribution):
            return f"c{int(self.distribution.to_internal_repr(value))}"
        return value

    def is_same(self, suggested: Any, used: Any) -> bool:
        """Is what the trial used what Hone had suggested?"""
        a = self.distribution.to_internal_repr(suggested)
        b = self.distribution.to_internal_repr(used)
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def _spec_of(distribution: BaseDistribution) -> str:
    if isinstance(distribution, FloatDistribution):
        return Float(
            distribution.low, distribution.high, step=distribution.step, log=distribution.log
        ).spec
    if isinstance(distribution, IntDistribution):
        step = None if distribution.step == 1 else distribution.step
        return Int(distribution.low, distribution.high, step=step, log=distribution.log).spec
    if isinstance(distribution, CategoricalDistribution):
        return Categorical([f"c{i}" for i in range(len(distribution.choices))]).spec
    raise ValueError(f"{distribution!r} is of no kind that Hone knows")


class Keys:
    """All parameters met so far."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, BaseDistribution], Key] = {}
        self._n_of: dict[str, int] = {}

    def find(self, name: str, distribution: BaseDistribution) -> Key | None:
        """The parameter; None where the name has had too many distributions, or there is nothing
        to choose."""
        if distribution.single():
            return None
        key = self._keys.get((name, distribution))
        n = self._n_of.get(name, 0)
        if key is None and n < MAX_DISTRIBUTIONS:
            key = Key(f"p{len(self._keys)}", distribution)
            self._keys[name, distribution] = key
            self._n_of[name] = n + 1
        return key
