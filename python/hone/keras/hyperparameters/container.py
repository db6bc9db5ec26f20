"""The hyperparameters that a build function asks for, and the values they have in one trial."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Type, TypeVar, Union

from . import proto, serialization
from .boolean import Boolean
from .choice import Choice
from .conditions import Condition, Parent
from .fixed import Fixed
from .hyperparameter import HyperParameter
from .integer import Int
from .real import Float
from .values import Value

Self = TypeVar("Self", bound="HyperParameters")


class HyperParameters:
    """A search space that grows as it is asked, with the values of the active hyperparameters.

    Each method named after a kind (`Int`, `Float`, `Choice`, `Boolean`, `Fixed`) registers a
    hyperparameter when it is first called with a name, and returns its value: what stands in
    `values`, or else the default. Inside a conditional scope that does not hold, it registers the
    hyperparameter and returns None.

    Attributes:
        values: the values of the active hyperparameters, by name.
        space: the hyperparameters in the order in which they were first asked for.
        active_scopes: the conditions of the conditional scopes entered that held.
        inactive_scopes: those that did not.
    """

    def __init__(self) -> None:
        self.values: Dict[str, Any] = {}
        self._space: List[HyperParameter] = []
        self._hps: Dict[str, List[HyperParameter]] = {}
        self._name_scopes: List[str] = []
        self._conditions: List[Condition] = []
        self.active_scopes: List[List[Condition]] = []
        self.inactive_scopes: List[List[Condition]] = []

    # Scopes

    @contextmanager
    def name_scope(self, name: str) -> Iterator[None]:
        """Puts `name/` before the names asked for inside."""
        self._name_scopes.append(name)
        try:
            yield
        finally:
            self._name_scopes.pop()

    @contextmanager
    def conditional_scope(self, parent_name: str, parent_values: Any) -> Iterator[None]:
        """Makes what is asked for inside active only when the parent has one of the values.

        The code inside runs in any case; where the condition does not hold, it is given None.

        Args:
            parent_name: a hyperparameter asked for before.
            parent_values: the value or values that make the scope active.

        Raises:
            ValueError: the parent has not been asked for.
        """
        self._conditions.append(Parent(self._parent(parent_name), parent_values))
        here = list(self._conditions)
        seen = self.active_scopes if self._conditions_are_active(here) else self.inactive_scopes
        seen.append(here)
        try:
            yield
        finally:
            self._conditions.pop()

    def _parent(self, name: str) -> str:
        """The whole name of a parent: looked for in the innermost name scope first."""
        for depth in range(len(self._name_scopes), -1, -1):
            full = self._get_name(name, self._name_scopes[:depth])
            if full in self._hps:
                return full
        raise ValueError(
            f"The hyperparameter {self._get_name(name)!r} is not defined: ask for it before it is "
            "the parent of a conditional scope."
        )

    def _get_name(self, name: str, scopes: Optional[List[str]] = None) -> str:
        return "/".join([*(self._name_scopes if scopes is None else scopes), str(name)])

    # What is active

    def is_active(self, hyperparameter: Union[str, HyperParameter]) -> bool:
        """Whether all conditions of a hyperparameter hold; for a name, whether any of it does."""
        if isinstance(hyperparameter, str):
            known = self._hps.get(self._get_name(hyperparameter), [])
            return any(self._conditions_are_active(hp.conditions) for hp in known)
        return self._conditions_are_active(hyperparameter.conditions)

    def _conditions_are_active(self, conditions: Iterable[Condition]) -> bool:
        return all(condition.is_active(self.values) for condition in conditions)

    def _find(self, name: str, conditions: List[Condition]) -> Optional[HyperParameter]:
        for hp in self._hps.get(name, []):
            if hp.conditions == conditions:
                return hp
        return None

    def ensure_active_values(self) -> None:
        """Gives every active hyperparameter a value, and takes the inactive ones' away."""
        for hp in self._space:
            if self.is_active(hp):
                if hp.name not in self.values:
                    self.values[hp.name] = hp.default
        for name, known in self._hps.items():
            if name in self.values and not any(self.is_active(hp) for hp in known):
                del self.values[name]

    # Registering

    def _first_value(self, hp: HyperParameter) -> Any:
        """The value of an active hyperparameter that has none yet; a trial chooses it instead."""
        return hp.default

    def _register(self, hp: HyperParameter, overwrite: bool = False) -> Any:
        """Makes a hyperparameter known and returns its value, or None when it is inactive."""
        known = self._find(hp.name, hp.conditions)
        if known is None:
            self._hps.setdefault(hp.name, []).append(hp)
            self._space.append(hp)
        elif overwrite:
            self._replace(known, hp)
        if not self._conditions_are_active(hp.conditions):
            return None
        if hp.name not in self.values or overwrite:
            self.values[hp.name] = self._first_value(hp)
        return self.values[hp.name]

    def _replace(self, old: HyperParameter, new: HyperParameter) -> None:
        for known in (self._space, self._hps[new.name]):
            known[:] = [new if each is old else each for each in known]

    def _retrieve(self, hp: HyperParameter) -> Any:
        """The value of a hyperparameter asked for in the present scope."""
        for condition in self._conditions:
            if isinstance(condition, Parent) and condition.name == hp.name:
                raise ValueError(
                    f"A hyperparameter cannot have the same name as its own parent {hp.name!r}: "
                    "name it differently inside the conditional scope."
                )
        known = self._find(hp.name, hp.conditions)
        if known is None:
            return self._register(hp)
        if self.is_active(known):
            if hp.name not in self.values:
                self.values[hp.name] = self._first_value(known)
            return self.values[hp.name]
        return None

    def _ask(
        self,
        kind: Type[HyperParameter],
        name: str,
        parent_name: Optional[str],
        parent_values: Any,
        **arguments: Any,
    ) -> Any:
        if parent_name is None:
            hp = kind(self._get_name(name), conditions=list(self._conditions), **arguments)
            return self._retrieve(hp)
        with self.conditional_scope(parent_name, parent_values):
            return self._ask(kind, name, None, None, **arguments)

    # Reading

    def get(self, name: str) -> Any:
        """The value of a hyperparameter.

        Raises:
            ValueError: it is known, but inactive.
            KeyError: it has not been asked for.
        """
        full = self._get_name(name)
        if full in self.values:
            return self.values[full]
        if full in self._hps:
            raise ValueError(f"The hyperparameter {full!r} is currently inactive.")
        raise KeyError(f"The hyperparameter {full!r} does not exist.")

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __contains__(self, name: str) -> bool:
        return self._get_name(name) in self.values

    @property
    def space(self) -> List[HyperParameter]:
        """The hyperparameters in the order in which they were first asked for."""
        return self._space

    # The kinds

    def Choice(
        self,
        name: str,
        values: Iterable[Any],
        ordered: Optional[bool] = None,
        default: Any = None,
        parent_name: Optional[str] = None,
        parent_values: Any = None,
    ) -> Any:
        """One of `values`, which are all int, all float, all str or all bool.

        Args:
            name: its name.
            values: the choices.
            ordered: whether their order means something; True for numbers unless said otherwise.
            default: the value where none has been chosen; the first unless given.
            parent_name: the hyperparameter on which this one depends.
            parent_values: the parent's values with which this one is active.

        Returns:
            The value, or None when it is inactive.
        """
        return self._ask(
            Choice, name, parent_name, parent_values,
            values=values, ordered=ordered, default=default,
        )  # fmt: skip

    def Int(
        self,
        name: str,
        min_value: int,
        max_value: int,
        step: Optional[int] = None,
        sampling: Optional[str] = "linear",
        default: Optional[int] = None,
        parent_name: Optional[str] = None,
        parent_values: Any = None,
    ) -> Any:
        """An integer between two inclusive bounds.

        Args:
            name: its name.
            min_value: the lower bound, inclusive.
            max_value: the upper bound, inclusive.
            step: the distance between neighbours; with a logarithmic sampling, their ratio.
            sampling: "linear", "log" or "reverse_log".
            default: the value where none has been chosen; the lower bound unless given.
            parent_name: the hyperparameter on which this one depends.
            parent_values: the parent's values with which this one is active.

        Returns:
            The value, or None when it is inactive.
        """
        return self._ask(
            Int, name, parent_name, parent_values, min_value=min_value, max_value=max_value,
            step=step, sampling=sampling, default=default,
        )  # fmt: skip

    def Float(
        self,
        name: str,
        min_value: float,
        max_value: float,
        step: Optional[float] = None,
        sampling: Optional[str] = "linear",
        default: Optional[float] = None,
        parent_name: Optional[str] = None,
        parent_values: Any = None,
    ) -> Any:
        """A real number between two inclusive bounds; the arguments are those of `Int`."""
        return self._ask(
            Float, name, parent_name, parent_values, min_value=min_value, max_value=max_value,
            step=step, sampling=sampling, default=default,
        )  # fmt: skip

    def Boolean(
        self,
        name: str,
        default: bool = False,
        parent_name: Optional[str] = None,
        parent_values: Any = None,
    ) -> Any:
        """True or False, or None when it is inactive."""
        return self._ask(Boolean, name, parent_name, parent_values, default=default)

    def Fixed(
        self,
        name: str,
        value: Value,
        parent_name: Optional[str] = None,
        parent_values: Any = None,
    ) -> Any:
        """The value given, which is not tuned, or None when it is inactive."""
        return self._ask(Fixed, name, parent_name, parent_values, value=value)

    # Copies

    def get_config(self) -> Dict[str, Any]:
        """The space and the values, of types that JSON knows."""
        return {
            "space": [serialization.serialize(hp) for hp in self._space],
            "values": dict(self.values),
        }

    @classmethod
    def from_config(cls: Type[Self], config: Mapping[str, Any]) -> Self:
        """The hyperparameters that `get_config` described; Keras Tuner's are understood."""
        hps = cls()
        hps._fill((serialization.deserialize(each) for each in config["space"]), config["values"])
        return hps

    def _fill(self, space: Iterable[HyperParameter], values: Mapping[str, Any]) -> None:
        for hp in space:
            self._hps.setdefault(hp.name, []).append(hp)
            self._space.append(hp)
        self.values = dict(values)

    def copy(self) -> "HyperParameters":
        """The same space and values, apart from these."""
        return HyperParameters.from_config(self.get_config())

    def merge(
        self, hps: Union["HyperParameters", Iterable[HyperParameter]], overwrite: bool = True
    ) -> None:
        """Takes in the hyperparameters of another.

        Args:
            hps: other hyperparameters, or a list of single ones.
            overwrite: whether those given replace those of the same name and conditions, the
                value becoming theirs.
        """
        given: Mapping[str, Any] = {}
        if isinstance(hps, HyperParameters):
            given, hps = hps.values, hps.space
        for hp in list(hps):
            fresh = self._find(hp.name, hp.conditions) is None
            value = self._register(hp, overwrite)
            if value is not None and hp.name in given and (overwrite or fresh):
                self.values[hp.name] = given[hp.name]

    def to_proto(self) -> Any:
        """The protocol message of Keras Tuner."""
        return proto.container_to(self._space, self.values)

    @classmethod
    def from_proto(cls: Type[Self], message: Any) -> Self:
        """The hyperparameters that a protocol message of Keras Tuner holds."""
        hps = cls()
        hps._fill(*proto.container_from(message))
        return hps
