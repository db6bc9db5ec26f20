"""Successive halving: many candidates on little, the best of them on `factor` times as much, …

Jamieson, Talwalkar: Non-stochastic best arm identification and hyperparameter optimization, 2016.
What little and much are, and how many rounds there are, follows from the numbers as scikit-learn's
HalvingRandomSearchCV has it.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from hone.sklearn._rows import Row

SAMPLES = "n_samples"


@dataclass(frozen=True)
class Request:
    """What the caller has said; None where nothing was."""

    resource: str | None
    factor: float | None
    min_resources: int | str | None
    max_resources: int | str | None
    n_candidates: int | str | None
    aggressive: bool | None

    @property
    def is_wanted(self) -> bool:
        """Is halving asked for? By any of its arguments."""
        given = (self.resource, self.factor, self.min_resources, self.max_resources)
        return any(value is not None for value in (*given, self.n_candidates, self.aggressive))


@dataclass
class Resources:
    """The range of the resource."""

    name: str
    factor: float
    low: int
    high: int
    exhaust: bool
    aggressive: bool


def resources(
    request: Request, estimator: Any, sizes: tuple[int, int, int], is_counted: bool
) -> Resources:
    """The least and the most of the resource.

    sizes: samples, folds, and classes (1: it is no classification). is_counted: is the number of
    candidates known without the resources?
    """
    n_samples, n_folds, n_classes = sizes
    name = request.resource or SAMPLES
    if name != SAMPLES and name not in estimator.get_params():
        raise ValueError(
            f"Cannot use resource={name} which is not supported by estimator "
            f"{type(estimator).__name__}: 'n_samples' or one of its parameters is"
        )
    low = "smallest" if request.min_resources is None else request.min_resources
    exhaust = low == "exhaust"
    if exhaust and (request.n_candidates == "exhaust" or not is_counted):
        raise ValueError("n_candidates and min_resources cannot be both set to 'exhaust'")
    if isinstance(low, str):
        low = 1 if name != SAMPLES else 2 * n_folds * n_classes
    high = "auto" if request.max_resources is None else request.max_resources
    if isinstance(high, str):
        if name != SAMPLES:
            raise ValueError(
                "resource can only be 'n_samples' when max_resources='auto': say max_resources"
            )
        high = n_samples
    if low > high:
        raise ValueError(f"min_resources_={low} is greater than max_resources_={high}.")
    if low == 0:
        raise ValueError(f"min_resources_={low}: you might have passed an empty dataset X.")
    return Resources(name, request.factor or 3, low, high, exhaust, bool(request.aggressive))


def _log_floor(value: float, base: float) -> int:
    """The largest n with base**n <= value, without the rounding of a quotient of logarithms."""
    n = 0
    while base ** (n + 1) <= value * (1 + 1e-12):
        n += 1
    return n


@dataclass
class Rounds:
    """How a tournament of `n` candidates goes."""

    low: int
    n_required: int
    n_possible: int
    amounts: list[int]


def rounds(plan: Resources, n: int) -> Rounds:
    """Rounds until fewer than `factor` candidates are left, as far as the resource suffices."""
    required = 1 + _log_floor(n, plan.factor)
    low = plan.low
    if plan.exhaust:
        low = max(low, int(plan.high // plan.factor ** (required - 1)))
    possible = 1 + _log_floor(plan.high // low, plan.factor)
    count = required if plan.aggressive else min(possible, required)
    amounts = []
    for i in range(count):
        # Where the resource does not suffice for all rounds the first ones are on the least of it.
        power = max(0, i - required + possible) if plan.aggressive else i
        amounts.append(min(int(plan.factor**power * low), plan.high))
    return Rounds(low, required, possible, amounts)


def survivors(rows: list[Row], factor: float) -> list[Row]:
    """The best 1/factor of a round, the best one last; scores that are NaN are worst."""

    def rank(row: Row) -> tuple[bool, float]:
        score = row.scores().get("score", math.nan)
        return not math.isnan(score), 0.0 if math.isnan(score) else score

    ranked = sorted(rows, key=rank)
    return ranked[-math.ceil(len(rows) / factor) :]
