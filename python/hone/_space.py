"""Declared search spaces."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hone import _hone
from hone._params import Param, choice_text, choices_spec, listed, param_of

_CATEGORICAL, _ORDINAL = 2, 3


class Space(_hone.Space):
    """A search space, immutable. Make one with hone.space.

    Iterates over the names; `space.spec(name)` is a parameter's domain as text, `print(space)`
    shows the whole as understood.
    """

    #: {parameter: {JSON of a choice: object}} where objects are no plain JSON values
    _objects: dict[str, dict[str, Any]]

    def __init__(self) -> None:
        self._objects = {}

    def _declare(self, name: str, param: Param) -> None:
        if name.replace(".", "_").isidentifier():
            self._add_text(f"{name}={param.spec}")  # an error then shows the name, too
        else:
            self._add(name, param.spec)
        if param.objects is not None:
            self._objects[name] = {choice_text(value): value for value in param.objects}

    def _bind(self) -> None:
        """Objects by the JSON that the library gives a choice, which may be written otherwise."""
        for name, objects in self._objects.items():
            values = list(objects.values())
            self._objects[name] = dict(zip(self._choices(name), values, strict=True))

    def _is_choice(self, name: str) -> bool:
        return self._type(name) in (_CATEGORICAL, _ORDINAL)

    def _to_json_value(self, name: str, value: Any) -> Any:
        """A value as JSON has it: of an object its text."""
        for text, item in self._objects.get(name, {}).items():
            if item is value or (type(item) is type(value) and item == value):
                import json

                return json.loads(text)
        return value

    def sample(self, n: int, seed: int = 0) -> list[dict[str, Any]]:
        """`n` configurations drawn from the priors; objects are given by their texts."""
        import json

        return [json.loads(line) for line in self._sample_json(n, seed).splitlines()]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __str__(self) -> str:
        return self.describe()

    def __repr__(self) -> str:
        parts = [f"{name}={self.spec(name)}" for name in self.names]
        return f"hone.space({', '.join(map(repr, parts))})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Space) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.to_json(), self._objects)


def _restore(text: str, objects: dict[str, dict[str, Any]]) -> Space:
    space = Space()
    space._load(text)
    space._objects = objects
    return space


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            yield line


def _add_line(space: Space, line: str) -> None:
    for word, add in (("forbid ", space._forbid), ("require ", space._require)):
        if line.startswith(word):
            add(line.removeprefix(word).strip())
            return
    space._add_text(line)


def space(
    *parts: "str | Mapping[str, Any] | Space",
    forbid: str | Sequence[str] = (),
    require: str | Sequence[str] = (),
    **params: Any,
) -> Space:
    """A search space of texts, dicts and keyword arguments, in their order.

    parts: a text of one or more lines "name=spec" of the space language ("lr=log:1e-5..1",
    "momentum=0..0.99 if opt==sgd", "forbid opt==sgd && lr>0.1"), or a dict of names and parameters.
    params: the same as keywords; a parameter is hone.Float(…) or one of its sisters, a spec as
    text, or a list of choices. forbid, require: rules.

    >>> hone.space("lr=log:1e-5..1", depth=hone.Int(2, 10), act=["relu", "tanh"])

    Raises hone.ParseError with a caret under the fault, hone.InvalidError, hone.ExistsError.
    """
    made = Space()
    for part in parts:
        if isinstance(part, str):
            for line in _lines(part):
                _add_line(made, line)
        elif isinstance(part, Mapping):
            for name, value in part.items():
                made._declare(name, param_of(name, value))
        else:
            raise TypeError(f"{part!r} is no part of a space: a text or a dict is")
    for name, value in params.items():
        made._declare(name, param_of(name, value))
    for rule in (forbid,) if isinstance(forbid, str) else forbid:
        made._forbid(rule)
    for rule in (require,) if isinstance(require, str) else require:
        made._require(rule)
    made._seal()
    made._bind()
    return made


def category(choices: Sequence[Any]) -> tuple[list[Any], str, dict[str, Any]]:
    """Choices of a define-by-run parameter: themselves, their spec, each object by its JSON."""
    kept = listed(choices)
    spec = choices_spec(kept)
    probe = Space()
    probe._add("x", spec)
    probe._seal()
    return kept, spec, dict(zip(probe._choices("x"), kept, strict=True))


def space_of(value: Any) -> Space | None:
    """What may be given as a study's space: a Space, a text, a dict, several texts, or None."""
    if value is None or isinstance(value, Space):
        return value
    if isinstance(value, (list, tuple)):
        return space(*value)
    return space(value)
