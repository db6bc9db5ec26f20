"""Finding out what a build function asks for, before the first trial.

It is called with every hyperparameter at its default, then again for each conditional scope that
was never entered, with its parents set such that it is. What depends on plain `if` is found when a
trial comes there.
"""

from __future__ import annotations

from typing import Callable, List

from .hyperparameters import HyperParameters, Parent
from .hyperparameters.conditions import Condition

# Builds at most: a space with more scopes than that is found as the trials come to them.
MOST = 64


def _fulfil(hp: HyperParameters, scope: List[Condition]) -> None:
    """Values with which the scope is active."""
    for condition in scope:
        if isinstance(condition, Parent):
            hp.values[condition.name] = condition.values[0]
        hp.ensure_active_values()


def discover(build: Callable[[HyperParameters], object], known: HyperParameters) -> HyperParameters:
    """What `build` asks for, added to a copy of what is known, with the defaults as values."""
    found = known.copy()
    found.ensure_active_values()
    build(found)
    entered = list(found.active_scopes)
    waiting = list(found.inactive_scopes)
    n = 1
    while waiting and n < MOST:
        scope = waiting.pop(0)
        if scope in entered:
            continue
        entered.append(scope)
        hp = found.copy()
        _fulfil(hp, scope)
        build(hp)
        n += 1
        entered += hp.active_scopes
        waiting += hp.inactive_scopes
        found.merge(hp.space, overwrite=False)
    found.ensure_active_values()
    return found
