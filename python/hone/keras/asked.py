"""Hyperparameters whose values a trial chooses at the moment when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, List, Union

from .domains import domain_of
from .hyperparameters import HyperParameter, HyperParameters
from .registry import Asked, Registry

if TYPE_CHECKING:
    from hone import Trial as EngineTrial


class TrialHyperParameters(HyperParameters):
    """What a build function meets in a trial.

    A hyperparameter that was declared keeps the domain that was declared, whatever it is asked for
    as: this is how `hyperparameters=` of a tuner overrides a build function.

    Args:
        declared: hyperparameters declared beforehand.
        trial: the study's trial, which chooses.
        registry: the parameters of the study.
        admit: called with a hyperparameter that was not declared; whether it is tuned or keeps its
            default. It may refuse by an exception.
    """

    def __init__(
        self,
        declared: HyperParameters,
        trial: "EngineTrial",
        registry: Registry,
        admit: Callable[[HyperParameter], bool],
    ) -> None:
        super().__init__()
        self._fill(declared.space, {})
        self._declared = {id(hp) for hp in self._space}
        self._trial = trial
        self._registry = registry
        self._admit = admit
        self.asked: List[Asked] = []

    def _first_value(self, hp: HyperParameter) -> Any:
        if id(hp) not in self._declared and not self._admit(hp):
            return hp.default
        domain = domain_of(hp, self._registry.finite)
        if domain is None:
            return hp.default
        name = self._registry.parameter(hp, domain)
        raw = self._trial.suggest(name, domain.spec)
        self.asked.append(Asked(name, raw))
        return domain.decode(raw)

    def _choose(self, name: str) -> None:
        """Chooses the value of a declared hyperparameter that is read before it is asked for."""
        full = self._get_name(name)
        if full in self.values:
            return
        for hp in self._hps.get(full, ()):
            if self.is_active(hp):
                self.values[full] = self._first_value(hp)
                return

    def is_active(self, hyperparameter: Union[str, HyperParameter]) -> bool:
        if isinstance(hyperparameter, HyperParameter):
            for condition in hyperparameter.conditions:
                self._choose_whole(getattr(condition, "name", ""))
        return super().is_active(hyperparameter)

    def _choose_whole(self, full: str) -> None:
        scopes, self._name_scopes = self._name_scopes, []
        try:
            self._choose(full)
        finally:
            self._name_scopes = scopes

    def get(self, name: str) -> Any:
        self._choose(name)
        return super().get(name)

    def __contains__(self, name: str) -> bool:
        self._choose(name)
        return super().__contains__(name)
