"""Distributions, of scipy or anything with `rvs`, as parameters of a study.

Those that the space language has become themselves: uniform, loguniform, randint, norm, lognorm. Of
any other that has an inverse distribution function the parameter is the quantile, from 0 to 1, so
that every distribution keeps its shape. Of an object that can only be drawn from, the quantile
among a number of draws. Everything is read by public methods (support, ppf), and what a name promises is
checked at a quantile, so that a shifted or scaled one is never mistaken.
"""

import math
from typing import Any

import numpy as np

import hone
from hone.sklearn._choices import listed
from hone.sklearn._dimension import Dimension, ranged, same

# The quantiles that are looked at: unbounded distributions have no value at 0 and 1.
_EDGE = 1e-6
_DRAWS = 512
_FEW_DRAWS = 32
# The quantile of a normal distribution one standard deviation above its mean.
_ONE_SIGMA = 0.5 * (1 + math.erf(math.sqrt(0.5)))


def is_distribution(value: Any) -> bool:
    """Can values be drawn from it, or read off its quantiles?"""
    if isinstance(value, type):
        return False
    return hasattr(value, "rvs") or (hasattr(value, "icdf") and hasattr(value, "sample"))


def _inverse(value: Any) -> Any:
    return getattr(value, "ppf", None) or getattr(value, "icdf", None)


def _support(value: Any) -> tuple[float, float]:
    low, high = value.support()
    return float(low), float(high)


def _uniform(value: Any) -> hone.Param | None:
    low, high = _support(value)
    if math.isclose(float(value.ppf(0.5)), (low + high) / 2, rel_tol=1e-9, abs_tol=1e-300):
        return hone.Float(low, high)
    return None


def _loguniform(value: Any) -> hone.Param | None:
    low, high = _support(value)
    if low > 0 and math.isclose(float(value.ppf(0.5)), math.sqrt(low * high), rel_tol=1e-9):
        return hone.Float(low, high, log=True)
    return None


def _randint(value: Any) -> hone.Param | None:
    low, high = _support(value)
    if low.is_integer() and high.is_integer():
        return hone.Int(int(low), int(high))
    return None


def _norm(value: Any) -> hone.Param | None:
    mean = float(value.ppf(0.5))
    return hone.Param(f"normal:{mean!r},{float(value.std())!r}")


def _lognorm(value: Any) -> hone.Param | None:
    low, _ = _support(value)
    median = float(value.ppf(0.5))
    if low != 0 or median <= 0:
        return None
    sigma = math.log(float(value.ppf(_ONE_SIGMA)) / median)
    return hone.Param(f"lognormal:{math.log(median)!r},{sigma!r}")


_KNOWN = {
    "uniform": _uniform,
    "loguniform": _loguniform,
    "reciprocal": _loguniform,
    "randint": _randint,
    "norm": _norm,
    "lognorm": _lognorm,
}


def _quantile(value: Any) -> Dimension:
    inverse = _inverse(value)
    discrete = _is_discrete(value)

    def decode(quantile: float) -> Any:
        found = float(inverse(quantile))
        return int(found) if discrete and found.is_integer() else found

    return Dimension(hone.Float(_EDGE, 1 - _EDGE), decode, is_quantile=True)


def _is_discrete(value: Any) -> bool:
    return hasattr(value, "pmf") or hasattr(getattr(value, "dist", value), "pmf")


def _drawn(value: Any, seed: int) -> Dimension:
    """By draws: numbers by their rank among many, other objects as a list of some."""
    rng = np.random.RandomState(seed)
    draws = [value.rvs(random_state=rng) for _ in range(_DRAWS)]
    if not all(np.ndim(draw) == 0 and isinstance(draw, (int, float, np.number)) for draw in draws):
        some = {repr(draw): draw for draw in draws[:_FEW_DRAWS]}
        return listed(list(some.values()))
    ranked = sorted(draws)
    if ranked[0] == ranked[-1]:
        return listed(ranked[:1])

    def decode(quantile: float) -> Any:
        return ranked[min(int(quantile * _DRAWS), _DRAWS - 1)]

    return Dimension(hone.Float(0, 1), decode, is_quantile=True)


def distributed(value: Any, seed: int) -> Dimension:
    """A parameter that is distributed like `value`. seed: of draws, where there is no other way."""
    if _inverse(value) is None:
        return _drawn(value, seed)
    support = value.support()
    if np.ndim(support[0]) or np.ndim(support[1]):
        return _drawn(value, seed)
    if float(support[0]) == float(support[1]):
        only = float(support[0])
        return listed([int(only) if _is_discrete(value) else only])
    known = _KNOWN.get(getattr(getattr(value, "dist", value), "name", ""))
    param = known(value) if known is not None else None
    if param is None:
        return _quantile(value)
    found = ranged(param)
    assert found.decode is same
    return found
