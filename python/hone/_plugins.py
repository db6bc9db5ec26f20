"""Samplers and schedulers by name, their options as checked keywords."""

from typing import Any

from hone import _hone
from hone._errors import NotFoundError

SAMPLER, SCHEDULER = 0, 1
_KINDS = ("sampler", "scheduler")


class Choice:
    """A sampler or a scheduler with its options, which the library has checked."""

    __slots__ = ("kind", "name", "options")

    def __init__(self, kind: int, name: str, options: dict[str, Any]) -> None:
        if kind == SCHEDULER and name in _hone.presets():
            pass  # a preset's options are those of its scheduler, which the study checks
        else:
            _hone.plugin(kind, name, _json(options))
        self.kind = kind
        self.name = name
        self.options = options

    @property
    def options_json(self) -> str | None:
        """The options as the library takes them; None for none."""
        return _json(self.options)

    def __repr__(self) -> str:
        options = "".join(f", {key}={value!r}" for key, value in self.options.items())
        return f"hone.{_KINDS[self.kind]}({self.name!r}{options})"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Choice)
            and (self.kind, self.name, self.options) == (other.kind, other.name, other.options)
        )

    def __hash__(self) -> int:
        return hash((self.kind, self.name, self.options_json))


def _json(options: dict[str, Any]) -> str | None:
    if not options:
        return None
    from hone._json import dumps

    for name, value in options.items():
        try:
            dumps(value)
        except TypeError:
            raise TypeError(f"option {name} is {value!r}: write a number or a text") from None
    return dumps(options)


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """Keywords as options: a trailing or inner underscore may stand for a hyphen."""
    return {key.rstrip("_"): value for key, value in options.items()}


def sampler(name: str, **options: Any) -> Choice:
    """The sampler `name` with options: hone.sampler("tpe", n_startup=20).

    Raises hone.NotFoundError, which names the nearest, for an unknown name or option, and
    hone.InvalidError for a value of the wrong type or out of range.
    """
    return Choice(SAMPLER, name, _plain(options))


def scheduler(name: str, **options: Any) -> Choice:
    """The scheduler or preset `name` with options: hone.scheduler("asha", eta=3)."""
    return Choice(SCHEDULER, name, _plain(options))


def as_choice(kind: int, value: Any) -> Choice:
    """A sampler or scheduler by its name, or as it was chosen; the name is checked now."""
    if isinstance(value, Choice) and value.kind == kind:
        return value
    name, _ = choice_of(kind, value)
    return Choice(kind, name or "", {})


def choice_of(kind: int, value: Any) -> tuple[str | None, str | None]:
    """Name and options (JSON) of what may be given as a study's sampler or scheduler."""
    if value is None:
        return None, None
    if isinstance(value, str):
        return value, None
    if isinstance(value, Choice) and value.kind == kind:
        return value.name, value.options_json
    word = _KINDS[kind]
    raise TypeError(f"{word} is {value!r}: write a name, or hone.{word}(name, option=value, …)")


def describe(kind: int, name: str) -> str:
    """Docstring of a constructor: what the plug-in is and each of its options."""
    about = _hone.plugin(kind, name)
    lines = [f"{name}: {about['summary']}.", ""]
    for option in about["options"]:
        lines.append(f"    {option['name']}: {option['help']} ({_values(option)})")
    if about["source"]:
        lines += ["", f"Source: {about['source']}"]
    return "\n".join(lines)


def _values(option: dict[str, Any]) -> str:
    text: str = option["type"]
    if option["choices"]:
        text = "one of " + option["choices"].replace("|", ", ")
    elif option["range"]:
        text += " from {:g} to {:g}".format(*option["range"])
    if option["unit"]:
        text += f" {option['unit']}"
    return text if option["default"] is None else f"{text}; default {option['default']}"


class Constructor:
    """hone.samplers.tpe and its like: a Choice of one name, its options as keywords."""

    def __init__(self, kind: int, name: str) -> None:
        self.kind = kind
        self.__name__ = self.__qualname__ = name
        self.__doc__ = describe(kind, name)

    def __call__(self, **options: Any) -> Choice:
        return Choice(self.kind, self.__name__, _plain(options))

    def __repr__(self) -> str:
        return f"<hone {_KINDS[self.kind]} {self.__name__}>"


def names(kind: int) -> list[str]:
    """Everything that can be chosen, presets among the schedulers."""
    found = _hone.plugin_names(kind)
    if kind == SCHEDULER:
        found = sorted({*found, *_hone.presets()})
    return found


def attributes(kind: int) -> list[str]:
    """The same as they are written in Python."""
    return [name.replace("-", "_") for name in names(kind)]


def constructor(kind: int, name: str) -> Constructor:
    """The constructor of that name, "-" written as "_"; AttributeError with the library's sentence."""
    found = dict(zip(attributes(kind), names(kind), strict=True))
    try:
        return Constructor(kind, found.get(name, name))
    except NotFoundError as error:
        raise AttributeError(str(error)) from None
