"""Ray's domains as parameters of a study, and their values back and forth.

A range of Ray's leaves out its upper end for integers, and includes it where values are quantized.
Values on a log scale with a step are no parameter of Hone's: such a one counts the steps, and the
trial is given that many times the step.
"""

import math
from collections.abc import Mapping
from typing import Any

from ray.tune.search import sample

from hone._params import Categorical, Float, Int, Param


class Dimension:
    """One parameter: its domain for the study, and the value that the trainable is given."""

    def __init__(self, param: Param) -> None:
        self.param = param

    def to_ray(self, value: Any) -> Any:
        """A value of the study's as the trainable sees it."""
        return value

    def to_hone(self, value: Any) -> Any:
        """What somebody gives as a value of this parameter, as the study has it."""
        return value.item() if type(value).__module__ == "numpy" else value


class _Rounded(Dimension):
    """An unbounded float that is given in steps."""

    def __init__(self, param: Param, step: float) -> None:
        super().__init__(param)
        self._step = step

    def to_ray(self, value: Any) -> Any:
        return round(value / self._step) * self._step


class _Counted(Dimension):
    """Multiples of a step on a log scale: the study has how many."""

    def __init__(self, low: int, high: int, step: float) -> None:
        super().__init__(Int(low, high, log=True))
        self._step = step

    def to_ray(self, value: Any) -> Any:
        return value * self._step

    def to_hone(self, value: Any) -> Any:
        return round(value / self._step)


class Constant:
    """A domain with a single value, which is none to search."""

    def __init__(self, value: Any) -> None:
        self.value = value


def dimension_of(where: str, domain: sample.Domain) -> Dimension | Constant:
    """A domain of Ray's for the study. Raises ValueError for one that cannot be searched."""
    if isinstance(domain, sample.Function):
        raise ValueError(
            f"{where} is tune.sample_from, which cannot be searched: compute it in the trainable, or "
            f'give a space with a condition, HoneSearch(hone.space(…, x=hone.Float(0, 1, when="…")))'
        )
    if domain.is_grid():
        raise grid_error(where)
    sampler, step = domain.get_sampler(), None
    if isinstance(sampler, sample.Quantized):
        sampler, step = sampler.get_sampler(), sampler.q
    log = isinstance(sampler, sample.LogUniform)
    plain = log or isinstance(sampler, sample.Uniform)
    if isinstance(domain, sample.Categorical) and plain:
        return _choice(where, domain)
    if isinstance(domain, sample.Integer) and plain:
        return _integers(where, domain.lower, domain.upper, step, log)
    if isinstance(domain, sample.Float) and plain:
        return _floats(where, domain.lower, domain.upper, step, log)
    if isinstance(domain, sample.Float) and isinstance(sampler, sample.Normal):
        param = Param(f"normal:{float(sampler.mean)!r},{float(sampler.sd)!r}")
        return Dimension(param) if step is None else _Rounded(param, step)
    raise ValueError(
        f"{where} is {domain!r}, drawn by {sampler!r}, of no kind that Hone knows: write "
        f"tune.uniform, loguniform, randint, choice or one of their like"
    )


def grid_error(where: str) -> ValueError:
    """A grid of Ray's is no search of anybody else's."""
    return ValueError(
        f"{where} is tune.grid_search, which only Ray's own search goes through: write tune.choice, "
        f'and HoneSearch(sampler="grid") to try every value'
    )


def _choice(where: str, domain: sample.Categorical) -> Dimension | Constant:
    if len(domain.categories) == 0:
        raise ValueError(f"{where} is tune.choice([]): there is nothing to choose")
    if has_domain(domain.categories):
        raise ValueError(
            f"{where} is a tune.choice that holds further domains: put them beside it, or give a "
            f'space with a condition, HoneSearch(hone.space(…, x=hone.Float(0, 1, when="…")))'
        )
    if len(domain.categories) == 1:
        return Constant(domain.categories[0])
    try:
        return Dimension(Categorical(domain.categories))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def has_domain(value: Any) -> bool:
    """Does a part of a configuration hold something to search?"""
    if isinstance(value, Mapping):
        return "grid_search" in value or any(map(has_domain, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(has_domain, value))
    return isinstance(value, (sample.Domain, Param))


def _integers(
    where: str, lower: int, upper: int, step: int | None, log: bool
) -> Dimension | Constant:
    step = step or 1
    # Ray's upper end is left out, but for multiples of a step.
    low, high = math.ceil(lower / step), upper - 1 if step == 1 else math.floor(upper / step)
    if low > high:
        raise ValueError(f"{where} goes from {lower} to {upper}: there is no value in between")
    if low == high:
        return Constant(low * step)
    if log:
        return _Counted(low, high, step) if step > 1 else Dimension(Int(low, high, log=True))
    return Dimension(Int(low * step, high * step, step=step if step > 1 else None))


def _floats(
    where: str, lower: float, upper: float, step: float | None, log: bool
) -> Dimension | Constant:
    if not (math.isfinite(lower) and math.isfinite(upper)):
        raise ValueError(f"{where} goes from {lower} to {upper}: both ends must be finite")
    if lower > upper:
        raise ValueError(f"{where} goes from {lower} down to {upper}: the lower end comes first")
    if lower == upper:
        return Constant(float(lower))
    if step is None:
        return Dimension(Float(lower, upper, log=log))
    if log:
        return _Counted(round(lower / step), round(upper / step), step)
    return Dimension(Float(lower, upper, step=step))
