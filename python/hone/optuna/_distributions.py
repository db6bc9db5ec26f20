"""The space of a Hone study as Optuna's distributions, one a name throughout the study.

1. All versions of the space count, since trials of an earlier one keep their values: a range is the
   widest there was, a list of choices holds every choice there was.
2. Ordinals and truth values are categorical there.
3. Orders, sets, shares and normal distributions have no counterpart: such a study is refused.
"""

import json
import re
import warnings
from collections.abc import Sequence
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from hone._errors import UnsupportedError
from hone._space import Space, _restore
from hone._study import Study

_FLOAT, _INT, _CATEGORICAL, _ORDINAL, _BOOL = range(5)
_KINDS = ("float", "int", "categorical", "ordinal", "bool", "permutation", "subset", "simplex")
_RANGE = re.compile(r"(int:)?(log:)?(?P<low>\S+?)\.\.(?P<high>\S+)(?: step (?P<step>\S+))?")


class _Exactly:
    """A choice that is equal to itself only, where Optuna takes True and 1 for the same."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self.value) and other == self.value

    def __hash__(self) -> int:
        return hash(self.value)


def unwrapped(value: Any) -> Any:
    """The choice itself."""
    return value.value if isinstance(value, _Exactly) else value


class Param:
    """One parameter: what it is in Optuna, and its values there."""

    def __init__(self, name: str, objects: dict[str, Any]) -> None:
        self.name = name
        self._objects = objects  # {JSON of a choice: object}
        self._choices: list[str] = []  # JSON of each
        self._range: tuple[bool, bool, float, float, float | None] | None = None
        self.distribution: BaseDistribution

    def add(self, space: Space) -> None:
        """Widens it by what it is in one version of the space."""
        kind = space._type(self.name)
        if kind in (_FLOAT, _INT):
            self._widen(space.spec(self.name))
        elif kind in (_CATEGORICAL, _ORDINAL, _BOOL):
            texts = ["false", "true"] if kind == _BOOL else space._choices(self.name)
            self._choices += [text for text in texts if text not in self._choices]
        else:
            raise UnsupportedError(
                f"parameter {self.name!r} is a {_KINDS[kind]}, for which Optuna has no "
                f"distribution: such a study cannot be exported"
            )
        if self._choices and self._range is not None:
            raise UnsupportedError(
                f"parameter {self.name!r} was a range in one version of the space and a list of "
                f"choices in another: Optuna has one distribution a name"
            )

    def _widen(self, spec: str) -> None:
        found = _RANGE.match(spec)
        if found is None:
            raise UnsupportedError(
                f"parameter {self.name!r} is {spec!r}, for which Optuna has no distribution: such "
                f"a study cannot be exported"
            )
        number = int if found[1] else float
        is_log = found[2] is not None
        low, high = number(found["low"]), number(found["high"])
        step = None if found["step"] is None else number(found["step"])
        if self._range is not None:
            was_int, was_log, was_low, was_high, was_step = self._range
            if was_int != (number is int):
                raise UnsupportedError(
                    f"parameter {self.name!r} was an int in one version of the space and a float "
                    f"in another: Optuna has one distribution a name"
                )
            step = step if step == was_step and low == was_low else None
            low, high, is_log = min(low, was_low), max(high, was_high), is_log and was_log
        self._range = (number is int, is_log, low, high, step)

    def finish(self) -> None:
        """Makes the distribution."""
        if self._range is None:
            with warnings.catch_warnings():
                # Of lists and dicts, which every storage keeps as it does the others: as JSON.
                warnings.simplefilter("ignore")
                self.distribution = CategoricalDistribution(
                    [json.loads(text) for text in self._choices]
                )
            return
        is_int, is_log, low, high, step = self._range
        if is_int:
            self.distribution = IntDistribution(int(low), int(high), is_log, int(step or 1))
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that high is no multiple of the step
            self.distribution = FloatDistribution(low, high, is_log, step)

    def to_optuna(self, value: Any) -> Any:
        """A value of a trial."""
        if not isinstance(self.distribution, CategoricalDistribution):
            return value
        choice = self.distribution.choices[self._index(value)]
        return _Exactly(choice) if self._is_ambiguous(choice) else choice

    def _index(self, value: Any) -> int:
        for text, item in self._objects.items():
            if item is value or (type(item) is type(value) and item == value):
                return self._choices.index(text)
        for i, text in enumerate(self._choices):
            item = json.loads(text)
            if type(item) is type(value) and item == value:
                return i
        raise ValueError(f"parameter {self.name!r} is {value!r}, which is none of its choices")

    def ambiguous(self) -> list[Any]:
        """Choices that Optuna takes for one another."""
        if not isinstance(self.distribution, CategoricalDistribution):
            return []
        return [choice for choice in self.distribution.choices if self._is_ambiguous(choice)]

    def _is_ambiguous(self, choice: Any) -> bool:
        assert isinstance(self.distribution, CategoricalDistribution)
        return isinstance(choice, (bool, int, float)) and (
            sum(other == choice for other in self.distribution.choices) > 1
        )


def params_of(study: Study) -> dict[str, Param]:
    """Every parameter that the study has had, by its name here.

    Raises hone.UnsupportedError with a sentence for one that Optuna cannot have.
    """
    params: dict[str, Param] = {}
    names = {
        key.removeprefix("optuna:name:"): value
        for key, value in study.user_attrs.items()
        if key.startswith("optuna:name:")
    }
    for version in range(study._space_version, 0, -1):  # the present one says the order of choices
        space = _restore(study._space_at(version), {})
        for name in space:
            if name not in params:
                params[name] = Param(name, study._choices.get(name, {}))
            params[name].add(space)
    for name, param in params.items():
        param.finish()
        param.name = names.get(name, name)
    return params


def constant_of(value: Any) -> tuple[BaseDistribution, Any]:
    """A parameter with one value only, which is none of the space here."""
    if isinstance(value, float):
        return FloatDistribution(value, value), value
    if isinstance(value, int) and not isinstance(value, bool):
        return IntDistribution(value, value), value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CategoricalDistribution(_one(value)), value


def _one(value: Any) -> Sequence[Any]:
    return (value,)
