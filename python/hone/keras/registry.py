"""Which parameter of the study each hyperparameter is.

A study knows a parameter by one name with one domain. Hyperparameters of the same name under
different conditions may have different domains, and names may hold what a parameter's may not
(`block/units`): each gets a parameter of its own, whose name reads as the hyperparameter's. The
names are kept with the study, so that a project that is opened again finds its parameters.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from hone._names import RESERVED

from .domains import Domain
from .hyperparameters import HyperParameter

class Asked(NamedTuple):
    """A parameter that a trial was asked for, in the study's terms."""

    name: str
    value: Any


def parameter_name(name: str) -> str:
    """A name that a parameter may have, as near to the hyperparameter's as can be."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name.replace("/", "."))
    if not re.match(r"[A-Za-z_]", plain) or plain in RESERVED:
        plain = "hp." + plain
    return plain


def listed_values(spec: str) -> Optional[List[Any]]:
    """The values of a domain that is a list; None for a range."""
    if spec == "bool":
        return [False, True]
    if spec.startswith("ord:"):
        return list(json.loads(f"[{spec[4:]}]"))
    if spec.startswith("{"):
        return list(json.loads(f"[{spec[1:-1]}]"))
    return None


class Registry:
    """The parameters of one study.

    Args:
        finite: every domain is a finite list, for a grid.
        names: what `names` of an earlier registry of the same study held.
    """

    def __init__(self, finite: bool, names: Optional[List[List[str]]] = None) -> None:
        self.finite = finite
        self._names: Dict[Tuple[str, str], str] = {}
        self._taken: Dict[str, Optional[List[Any]]] = {}
        for name, spec, parameter in names or ():
            self._names[name, spec] = parameter
            self._taken[parameter] = listed_values(spec)

    @property
    def names(self) -> List[List[str]]:
        """Hyperparameter, domain and parameter of each, to be kept."""
        return [[name, spec, parameter] for (name, spec), parameter in self._names.items()]

    def parameter(self, hp: HyperParameter, domain: Domain) -> str:
        """The name of the parameter, given out when it is first needed."""
        key = (hp.name, domain.spec)
        found = self._names.get(key)
        if found is None:
            base = parameter_name(hp.name) + domain.suffix
            found, n = base, 1
            while found in self._taken:
                n += 1
                found = f"{base}-{n}"
            self._names[key] = found
            self._taken[found] = domain.values
        return found

    def values(self, parameter: str) -> Optional[List[Any]]:
        """Every value of a parameter; None when its domain is no list."""
        return self._taken.get(parameter)
