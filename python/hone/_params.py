"""Typed constructors of parameters. Each writes the text of the space language that means the same,
so that there is one grammar and one check, the library's."""

from collections.abc import Mapping, Sequence
from typing import Any


def _number(value: float | int) -> str:
    """The shortest text that reads back as the same number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        try:
            value = value.__index__() if hasattr(value, "__index__") else float(value)
        except (TypeError, ValueError):
            raise TypeError(f"{value!r} is no number") from None
    return repr(value)


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Param:
    """A parameter without its name: a text of the space language, and Python objects for its
    choices where it has any."""

    __slots__ = ("objects", "spec")

    def __init__(self, spec: str, objects: Sequence[Any] | None = None) -> None:
        self.spec = spec
        self.objects = objects

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.spec!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Param) and self.spec == other.spec

    def __hash__(self) -> int:
        return hash(self.spec)

    def _finish(self, default: str | None, prior: str | None, when: str | None) -> None:
        """Adds what may follow any domain: default, belief, condition."""
        if default is not None:
            self.spec += f" = {default}"
        if prior is not None:
            self.spec += f" ~ {prior}"
        if when is not None:
            self.spec += f" if {when}"


class _Numeric(Param):
    __slots__ = ()

    def _range(
        self,
        kind: str,
        low: float,
        high: float,
        log: bool,
        step: float | None,
    ) -> None:
        self.spec = f"{kind}{'log:' if log else ''}{_number(low)}..{_number(high)}"
        if step is not None:
            self.spec += f" step {_number(step)}"


def _float(what: str, value: Any) -> float:
    """A bound as a float."""
    if not hasattr(value, "__float__") and not hasattr(value, "__index__"):
        raise TypeError(f"{what} is {value!r}: it must be a number")
    return float(value)


class Float(_Numeric):
    """A float from `low` to `high`, both included.

    log: on a log scale (low > 0). step: only low, low + step, …. default: tried first. prior: where
    the optimum is believed to be, "3e-4*/3" (a centre and a factor) or "0.5+-0.1". when: a
    condition of the space language on other parameters, "opt==sgd"; the parameter is inactive where
    it does not hold.
    """

    __slots__ = ()

    def __init__(
        self,
        low: float,
        high: float,
        *,
        log: bool = False,
        step: float | None = None,
        default: float | None = None,
        prior: str | None = None,
        when: str | None = None,
    ) -> None:
        super().__init__("")
        self._range("", _float("low", low), _float("high", high), log, step)
        self._finish(None if default is None else _number(float(default)), prior, when)


class Int(_Numeric):
    """An integer from `low` to `high`, both included. The options are those of Float."""

    __slots__ = ()

    def __init__(
        self,
        low: int,
        high: int,
        *,
        log: bool = False,
        step: int | None = None,
        default: int | None = None,
        prior: str | None = None,
        when: str | None = None,
    ) -> None:
        super().__init__("")
        self._range("int:", low, high, log, step)
        self._finish(None if default is None else _number(default), prior, when)


def choice_text(value: Any) -> str:
    """How an object is written as a choice: as JSON if it is text, number, truth value, None, or a
    list or dict of these; another by its name, or else by its repr."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return _json(value)
    if isinstance(value, (list, tuple, dict)):
        try:
            return _json(value)
        except (TypeError, ValueError):
            return _json(repr(value))
    item = getattr(value, "item", None)
    if item is not None and type(value).__module__ == "numpy":
        return _json(item())
    return _json(getattr(value, "__qualname__", None) or repr(value))


def listed(choices: Sequence[Any]) -> list[Any]:
    """Choices as a list; one text is none, although Python could take it for its letters."""
    if isinstance(choices, (str, bytes)):
        raise TypeError(f"choices are {choices!r}: write a list of them")
    found = list(choices)
    if not found:
        raise ValueError("choices are empty: there must be one at least")
    return found


def choices_spec(choices: Sequence[Any], weights: Sequence[float] | None = None) -> str:
    """Choices as the space language writes them; in braces, which one alone needs."""
    texts = [choice_text(choice) for choice in listed(choices)]
    if len(set(texts)) < len(texts):
        twice = next(text for text in texts if texts.count(text) > 1)
        raise ValueError(f"two choices are both written {twice}: each must read differently")
    if weights is not None:
        if len(weights) != len(texts):
            raise ValueError(f"{len(weights)} weights for {len(texts)} choices")
        pairs = zip(texts, weights, strict=True)
        texts = [f"{text}:{_number(weight)}" for text, weight in pairs]
    return "{" + ",".join(texts) + "}"


class Categorical(Param):
    """One of `choices`, which may be any objects: a trial gets the very object back.

    weights: how often each is drawn before there are results. What is no text, number, truth value,
    None, list or dict is recorded by its name (a class, a function) or its repr, so that must be
    the same each time the study is opened.
    """

    __slots__ = ()

    def __init__(
        self,
        choices: Sequence[Any],
        *,
        weights: Sequence[float] | None = None,
        default: Any = ...,
        when: str | None = None,
    ) -> None:
        choices = listed(choices)
        super().__init__(choices_spec(choices, weights), choices)
        self._finish(None if default is ... else choice_text(default), None, when)


class Ordinal(Param):
    """One of `choices` in their order: neighbours are alike."""

    __slots__ = ()

    def __init__(
        self, choices: Sequence[Any], *, default: Any = ..., when: str | None = None
    ) -> None:
        choices = listed(choices)
        super().__init__("ord:" + choices_spec(choices)[1:-1], choices)
        self._finish(None if default is ... else choice_text(default), None, when)


class Bool(Param):
    """False or True."""

    __slots__ = ()

    def __init__(self, *, default: bool | None = None, when: str | None = None) -> None:
        super().__init__("bool")
        self._finish(None if default is None else _json(default), None, when)


class Permutation(Param):
    """`items` in any order, 2 to 256; a trial gets a list."""

    __slots__ = ()

    def __init__(self, items: Sequence[Any], *, when: str | None = None) -> None:
        super().__init__("perm:" + choices_spec(items)[1:-1])
        self._finish(None, None, when)


class Subset(Param):
    """Any of `items`, none and all included, 1 to 64; a trial gets a list."""

    __slots__ = ()

    def __init__(self, items: Sequence[Any], *, when: str | None = None) -> None:
        super().__init__("subset:" + choices_spec(items))
        self._finish(None, None, when)


class Simplex(Param):
    """`n` shares, none negative, that sum to one; a trial gets a list of floats."""

    __slots__ = ()

    def __init__(self, n: int, *, when: str | None = None) -> None:
        super().__init__(f"simplex:{n}")
        self._finish(None, None, when)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _refuse_range(name: str, value: tuple[Any, ...]) -> None:
    """Other tuners write a range as a tuple, (0.0, 1.0), and here it would silently be two choices."""
    if len(value) not in (2, 3) or not all(map(_is_number, value[:2])):
        return
    if len(value) == 3 and not isinstance(value[2], str):
        return
    low, high = value[:2]
    kind = "Int" if isinstance(low, int) and isinstance(high, int) else "Float"
    log = ", log=True" if "log" in str(value[2:]) else ""
    text = f"{'int:' * (kind == 'Int')}{'log:' * bool(log)}{low!r}..{high!r}"
    raise TypeError(
        f'parameter {name!r} is {value!r}: for a range write hone.{kind}({low!r}, {high!r}{log}) or '
        f'"{text}", for choices a list, {list(value)!r}'
    )


def param_of(name: str, value: Any) -> Param:
    """What a dict's value means as a parameter: a Param, a text of the space language, or a list of
    choices. A tuple of two numbers is refused: it may be meant as a range."""
    if isinstance(value, Param):
        return value
    if isinstance(value, str):
        return Param(value)
    if isinstance(value, tuple):
        _refuse_range(name, value)
    if isinstance(value, (list, tuple)) and not isinstance(value, Mapping):
        return Categorical(value)
    raise TypeError(
        f"parameter {name!r} is {value!r}: write hone.Float(low, high) or its sisters, a text of "
        f"the space language, or a list of choices"
    )
