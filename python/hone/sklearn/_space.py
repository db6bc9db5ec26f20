"""What an estimator's parameters may be, as a study's space, and the way back.

A dict is one branch. A list of dicts has a branch each: a parameter of the study says which, and
the others are conditional on it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

import hone
from hone._names import free_name
from hone.sklearn._choices import listed
from hone.sklearn._dimension import Dimension, ranged
from hone.sklearn._distributions import distributed, is_distribution

Branch = dict[str, Dimension]


def dimension_of(name: str, value: Any, seed: int) -> Dimension:
    """What is given for one parameter: a distribution, a text of the space language, hone.Float and
    its sisters, or values to choose among."""
    if isinstance(value, hone.Param):
        return ranged(value)
    if isinstance(value, str):
        return ranged(hone.Param(value))
    if is_distribution(value):
        return distributed(value, seed)
    if isinstance(value, np.ndarray) and value.ndim > 1:
        raise ValueError(
            f"Parameter array for {name!r} should be one-dimensional, got: {value!r} with shape "
            f"{value.shape}"
        )
    if not isinstance(value, (Sequence, np.ndarray)):
        try:
            value = list(value)
        except TypeError:
            raise TypeError(
                f"Parameter grid for parameter {name!r} needs to be a list or a numpy array, but "
                f"got {value!r} (of type {type(value).__name__}) instead. Single values need to be "
                f"wrapped in a list with one element. A distribution and hone.Float(…) are right, too."
            ) from None
    if len(value) == 0:
        raise ValueError(
            f"Parameter grid for parameter {name!r} need to be a non-empty sequence, got: {value!r}"
        )
    return listed(value)


def _branches(given: Any, seed: int) -> list[Branch]:
    parts = [given] if isinstance(given, Mapping) else list(given)
    branches = []
    for part in parts:
        if not isinstance(part, Mapping):
            raise TypeError(f"Parameter distribution is not a dict ({part!r})")
        items = sorted(part.items())
        branches.append({name: dimension_of(name, value, seed) for name, value in items})
    return branches


def _free(wanted: str, taken: set[str]) -> str:
    """A name for the study that is allowed and not taken yet."""
    name = free_name(wanted, taken)
    taken.add(name)
    return name


def _under(spec: str, condition: str) -> str:
    """A domain that is active only where `condition` holds as well as its own."""
    if not condition:
        return spec
    domain, own, when = spec.partition(" if ")
    return f"{domain} if ({when}) && ({condition})" if own else f"{domain} if {condition}"


class SearchSpace:
    """The space of a study and how its configurations become an estimator's parameters.

    space: the hone.Space. size: how many configurations there are where all are lists, else None.
    """

    def __init__(self, given: Any, seed: int = 0) -> None:
        self._selector = ""
        self._branches: list[Branch] = []
        #: for each branch {parameter of the estimator: its name in the study}
        self._names: list[dict[str, str]] = []
        if isinstance(given, (str, hone.Space)):
            self.space = hone.space(given) if isinstance(given, str) else given
            self.size = None
            return
        self._branches = _branches(given, seed)
        self.size = self._count()
        self.space = self._build()

    def _count(self) -> int | None:
        total = 0
        for branch in self._branches:
            points = 1
            for dimension in branch.values():
                points *= len(dimension)
            if not points:
                return None
            total += points
        return total

    def _build(self) -> hone.Space:
        """Parameters that several branches have alike are one; others of the same name are not."""
        specs: dict[str, hone.Param] = {}
        taken: set[str] = set()
        users: dict[tuple[str, str], list[int]] = {}
        for i, branch in enumerate(self._branches):
            for name, dimension in branch.items():
                users.setdefault((name, dimension.param.spec), []).append(i)
        several = len(self._branches) > 1
        if several:
            plain = {name for branch in self._branches for name in branch}
            self._selector = _free("space", taken | plain)
            taken.add(self._selector)
            specs[self._selector] = hone.Categorical(range(len(self._branches)))
        self._names = [{} for _ in self._branches]
        for (name, _), where in users.items():
            chosen = _free(name, taken)
            condition = " || ".join(f"{self._selector}=={i}" for i in where)
            if not several or len(where) == len(self._branches):
                condition = ""
            param = self._branches[where[0]][name].param
            specs[chosen] = hone.Param(_under(param.spec, condition), param.objects)
            for i in where:
                self._names[i][name] = chosen
        return hone.space(specs)

    def has(self, name: str) -> bool:
        """Is it a parameter of the estimator that is searched?"""
        if not self._branches:
            return name in self.space
        return any(name in branch for branch in self._branches)

    def params_of(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration of the study as the estimator's parameters, without inactive ones."""
        if not self._branches:
            return dict(config)
        i = int(config[self._selector]) if self._selector else 0
        found = {}
        for name, dimension in self._branches[i].items():
            coded = self._names[i][name]
            if coded in config:
                found[name] = dimension.decode(config[coded])
        return found

    def behind_quantiles(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Those parameters of an estimator of which the study has only the quantile."""
        names = {n for branch in self._branches for n, d in branch.items() if d.is_quantile}
        return {name: value for name, value in params.items() if name in names}

    def grid(self) -> Iterator[dict[str, Any]]:
        """Every configuration, as the study has it, in scikit-learn's order: one dict after the
        other, the alphabetically last parameter fastest."""
        for i, branch in enumerate(self._branches):
            codes = [dimension.codes or () for dimension in branch.values()]
            names = [self._names[i][name] for name in branch]
            for point in product(*codes):
                config = dict(zip(names, point, strict=True))
                yield {self._selector: i, **config} if self._selector else config
