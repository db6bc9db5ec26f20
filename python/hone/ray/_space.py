"""The configurations of a Tune run as a study's space.

Ray's `param_space` is a tree of dicts and lists with domains here and there. Each domain is a
parameter of the study, called by the keys that lead to it ("model.lr"); the tree is kept to put the
values where the domains stood. A space in Hone's own words has its parameters' names as keys.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ray.tune.search import sample

from hone._names import free_name
from hone._params import Param
from hone._space import Space, space_of
from hone.ray._domains import Constant, Dimension, dimension_of, grid_error, has_domain

Path = tuple[Any, ...]

_ABSENT = object()  # what stands where a parameter is inactive, or a constant is left out


class _Place:
    """Where a parameter stands in the tree."""

    def __init__(self, name: str, path: Path, dimension: Dimension) -> None:
        self.name = name
        self.path = path
        self.dimension = dimension


class Configs:
    """A space, and its configurations as trainables are given them.

    given: a dict with Ray's domains, or what hone.space takes. whole: constants of a dict are part
    of a configuration; otherwise Ray adds them.
    """

    def __init__(self, given: Any, *, whole: bool) -> None:
        self._whole = whole
        self._places: dict[str, _Place] = {}
        self._constants: set[str] = set()
        self._tree: Any = None
        declared: Any = given
        if isinstance(given, Mapping):
            self._tree = self._walk(given, ())
            if not self._places:
                raise ValueError("there is nothing to search: the space holds no domain")
            declared = {name: place.dimension.param for name, place in self._places.items()}
        space = space_of(declared)
        if not isinstance(space, Space):
            raise TypeError(f"space is {given!r}: write a dict of domains, or hone.space(…)")
        self.space = space
        if self._tree is None:
            self._tree = {name: self._place((name,), Dimension(Param(""))) for name in space}

    def _place(self, path: Path, dimension: Dimension) -> _Place:
        name = free_name(".".join(map(str, path)), self._places)
        self._places[name] = _Place(name, path, dimension)
        return self._places[name]

    # --- the tree ---

    def _walk(self, node: Any, path: Path) -> Any:
        """The tree with places for its domains."""
        where = label(path)
        if isinstance(node, sample.Domain):
            found = dimension_of(where, node)
            if not isinstance(found, Constant):
                return self._place(path, found)
            self._constants.add(where)
            return found.value
        if isinstance(node, Param):
            if not self._whole:
                raise ValueError(
                    f"param_space has {where} as {node!r}: give what Hone declares to the search, "
                    f"HoneSearch(space={{…}}), and leave only constants in param_space"
                )
            return self._place(path, Dimension(node))
        if isinstance(node, Mapping):
            if set(node) == {"grid_search"}:
                raise grid_error(where)
            branches = {key: self._walk(value, (*path, key)) for key, value in node.items()}
            branches = {key: value for key, value in branches.items() if value is not _ABSENT}
            return branches if branches or self._whole else _ABSENT
        if isinstance(node, (list, tuple)) and has_domain(node):
            # All of it: Ray lays what is suggested over a list as a whole.
            items = [self._walk(value, (*path, i)) for i, value in enumerate(node)]
            items = [node[i] if item is _ABSENT else item for i, item in enumerate(items)]
            return items if isinstance(node, list) else tuple(items)
        self._constants.add(where)
        return node if self._whole else _ABSENT

    def _fill(self, node: Any, params: Mapping[str, Any]) -> Any:
        if isinstance(node, _Place):
            if node.name not in params:
                return _ABSENT
            return node.dimension.to_ray(params[node.name])
        if isinstance(node, dict):
            filled = {key: self._fill(value, params) for key, value in node.items()}
            return {key: value for key, value in filled.items() if value is not _ABSENT}
        if isinstance(node, (list, tuple)) and _has_place(node):
            items = [self._fill(value, params) for value in node]
            items = [item for item in items if item is not _ABSENT]
            return items if isinstance(node, list) else tuple(items)
        return node

    # --- back and forth ---

    def config(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """What the trainable is given: a trial's values where their domains stood."""
        filled: dict[str, Any] = self._fill(self._tree, params)
        return filled

    def params(self, config: Mapping[str, Any], *, what: str = "") -> dict[str, Any]:
        """The study's values of a configuration, nested or with keys as "model/lr".

        With `what` it names, keys that are no parameter's are an error; otherwise they are passed by.
        """
        flat = dict(self._flat(config, ()))
        places = {label(place.path): place for place in self._places.values()}
        unknown = flat.keys() - places.keys() - self._constants
        if what and unknown:
            raise ValueError(
                f"{what} has {', '.join(map(repr, sorted(unknown)))}, which is no parameter: the "
                f"space has {', '.join(places)}"
            )
        return {
            place.name: place.dimension.to_hone(flat[where])
            for where, place in places.items()
            if where in flat
        }

    def _flat(self, node: Any, path: Path) -> Iterator[tuple[str, Any]]:
        where = label(path)
        ends = where in self._constants or any(
            label(place.path) == where for place in self._places.values()
        )
        if isinstance(node, Mapping) and node and not ends:
            for key, value in node.items():
                yield from self._flat(value, (*path, key))
        elif isinstance(node, (list, tuple)) and node and not ends:
            for i, value in enumerate(node):
                yield from self._flat(value, (*path, i))
        else:
            yield where, node

    def is_conditional(self, name: str) -> bool:
        """Is this parameter inactive in some configurations?"""
        return self.space.condition(name) is not None

    def is_same(self, other: "Configs") -> bool:
        """Do both search the same?"""
        return self.space == other.space and self._places.keys() == other._places.keys()


def label(path: Path) -> str:
    """A place in a configuration as Ray writes it."""
    return "/".join(map(str, path))


def _has_place(node: Any) -> bool:
    if isinstance(node, dict):
        return any(map(_has_place, node.values()))
    if isinstance(node, (list, tuple)):
        return any(map(_has_place, node))
    return isinstance(node, _Place)
