"""Between a value and its share of the range, for the three ways of sampling.

A share is a number in [0, 1]: where in its range a value lies. A finite set of n values divides
[0, 1] into n equal buckets, and a value stands at the middle of its bucket.
"""

from __future__ import annotations

import math

SAMPLINGS = ("linear", "log", "reverse_log")


def index_of(share: float, n: int) -> int:
    """The bucket, 0 … n - 1, in which a share lies; the share 1 belongs to the last."""
    return min(max(int(math.floor(share * n)), 0), n - 1)


def share_of(index: int, n: int) -> float:
    """The middle of bucket `index` of `n`."""
    return (index + 0.5) / n


def at_share(share: float, low: float, high: float, sampling: str) -> float:
    """The value at `share` of the way from `low` to `high`."""
    if sampling == "linear":
        return low + share * (high - low)
    ratio = high / low
    if sampling == "log":
        return float(low * ratio**share)
    return float(high - low * (ratio ** (1.0 - share) - 1.0))


def to_share(value: float, low: float, high: float, sampling: str) -> float:
    """The share at which `at_share` gives `value`; a range of one value has the share 0.5."""
    if low == high:
        return 0.5
    if sampling == "linear":
        return (value - low) / (high - low)
    if sampling == "log":
        return math.log(value / low) / math.log(high / low)
    # high - value first: it is exactly zero at the upper end, whatever the magnitude of low.
    return 1.0 - math.log((low + (high - value)) / low) / math.log(high / low)


def n_steps(low: float, high: float, step: float, sampling: str) -> int:
    """How many values a stepped range has; a logarithmic one multiplies by its step."""
    if sampling == "linear":
        span = (high - low) / step
    else:
        span = math.log(high / low) / math.log(step)
    # The tolerance counts the last value when the division falls just short of it.
    return int(span + 1e-8) + 1


def at_step(index: int, low: float, high: float, step: float, sampling: str) -> float:
    """The value number `index` of a stepped range."""
    if sampling == "linear":
        return low + index * step
    value = low * step**index
    if sampling == "log":
        return value
    return high + low - value


def nearest_step(value: float, low: float, high: float, step: float, sampling: str) -> int:
    """The number of the stepped value at or nearest to `value`."""
    if sampling == "linear":
        index = (value - low) / step
    else:
        plain = value if sampling == "log" else low + (high - value)
        index = math.log(plain / low) / math.log(step)
    last = n_steps(low, high, step, sampling) - 1
    return min(max(round(index), 0), last)
