"""The part of Hone's space language that the problems use, for tools that do not read it.

A problem declares its space once, as texts in that language (`{"lr": "log:1e-5..1"}`), and Hone
reads the texts. `parse` makes parameters of them, `entries` the spelt-out JSON that adapters hand
to the peers, and `Space.sample` draws from the prior for the scale of the normalised regret.
"""
import dataclasses
import math
import re

NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
RANGE = re.compile(rf"(int:)?(log:)?({NUMBER})\.\.({NUMBER})(?:\s+step\s+({NUMBER}))?$")
IS_ONE = re.compile(r"([\w.-]+?)\s*==\s*(\S+)$")
IS_IN = re.compile(r"([\w.-]+)\s+in\s+\{([^}]*)\}$")
AT_LEAST = re.compile(rf"([\w.-]+?)\s*>=\s*({NUMBER})$")
CONSTANTS = {"true": True, "false": False, "null": None}


@dataclasses.dataclass(frozen=True)
class Parameter:
    """kind is float, int or categorical; the parameter is active while `parent` has one of `values`
    (always if parent is None)."""
    name: str
    kind: str
    low: float = None
    high: float = None
    log: bool = False
    step: float = None
    choices: tuple = ()
    parent: str = None
    values: tuple = ()

    def is_active(self, point):
        """Whether it has a value at a point of the parameters before it."""
        return self.parent is None or (self.parent in point and point[self.parent] in self.values)

    def entry(self):
        """The parameter as the pipe protocol spells it out."""
        entry = {"name": self.name, "type": self.kind}
        if self.kind == "categorical":
            entry["choices"] = list(self.choices)
        else:
            entry.update(low=self.low, high=self.high, log=self.log)
            if self.step is not None:
                entry["step"] = self.step
        if self.parent is not None:
            entry["condition"] = {"parent": self.parent, "values": list(self.values)}
        return entry

    def draw(self, uniform):
        """The value at a uniform number in [0, 1)."""
        if self.kind == "categorical":
            return self.choices[int(uniform * len(self.choices))]
        if self.kind == "int":
            return self._draw_int(uniform)
        if self.log:
            return math.exp(math.log(self.low) + uniform * math.log(self.high / self.low))
        if self.step is None:
            return self.low + uniform * (self.high - self.low)
        n = int((self.high - self.low) / self.step + 1e-9) + 1
        return round(self.low + int(uniform * n) * self.step, 12)

    def _draw_int(self, uniform):
        if self.log:
            low, high = math.log(self.low - 0.5), math.log(self.high + 0.5)
            value = round(math.exp(low + uniform * (high - low)))
            return min(max(value, self.low), self.high)
        step = self.step or 1
        return self.low + int(uniform * ((self.high - self.low) // step + 1)) * step


@dataclasses.dataclass(frozen=True)
class Space:
    """Parameters, each after the parent of its condition, and the texts that they came from."""
    parameters: tuple
    specs: dict

    def spec_entries(self):
        return [{"name": name, "spec": spec} for name, spec in self.specs.items()]

    def entries(self):
        return [parameter.entry() for parameter in self.parameters]

    def sample(self, rng):
        """A point from the prior; one uniform number a parameter, active or not."""
        point = {}
        for parameter in self.parameters:
            uniform = rng.random()
            if parameter.is_active(point):
                point[parameter.name] = parameter.draw(uniform)
        return point

    def contains(self, point):
        """Whether a point has a value, and a possible one, for just the active parameters."""
        active = [p for p in self.parameters if p.is_active(point)]
        return {p.name for p in active} == set(point) and all(
            _fits(p, point[p.name]) for p in active)


def _fits(parameter, value):
    if parameter.kind == "categorical":
        return any(value == c and type(value) is type(c) for c in parameter.choices)
    if parameter.kind == "int" and type(value) is not int:
        return False
    if not parameter.low <= value <= parameter.high:
        return False
    steps = (value - parameter.low) / parameter.step if parameter.step else 0
    return abs(steps - round(steps)) < 1e-6


def parse(specs):
    """{"name": "spec", …} → Space"""
    parameters = {}
    for name, spec in specs.items():
        body, _, condition = spec.partition(" if ")
        parameter = _parse_body(name, body.strip())
        if condition:
            parent, values = _parse_condition(condition.strip(), parameters)
            parameter = dataclasses.replace(parameter, parent=parent, values=values)
        parameters[name] = parameter
    return Space(tuple(parameters.values()), dict(specs))


def _parse_body(name, body):
    match = RANGE.match(body)
    if not match:
        if body == "bool":
            return Parameter(name, "categorical", choices=(False, True))
        if "," not in body or ":" in body or ".." in body:
            raise ValueError(f"{name}={body} is outside of the part of the language known here")
        return Parameter(name, "categorical", choices=tuple(_word(w) for w in body.split(",")))
    is_int, log, low, high, step = match.groups()
    number = int if is_int else float
    return Parameter(name, "int" if is_int else "float", number(low), number(high), bool(log),
                     number(step) if step else None)


def _parse_condition(text, parameters):
    """(parent, values) of `p==a`, `p in {a,b}` and, with an integer p, `p>=3`."""
    for pattern in (IS_ONE, IS_IN, AT_LEAST):
        match = pattern.match(text)
        if match:
            break
    else:
        raise ValueError(f"the condition '{text}' is none that peers can follow")
    parent, words = match.groups()
    if parent not in parameters:
        raise ValueError(f"'{parent}' in '{text}' must be declared before")
    if pattern is AT_LEAST:
        return parent, tuple(range(int(words), parameters[parent].high + 1))
    return parent, tuple(_word(w) for w in words.split(","))


def _word(text):
    text = text.strip()
    if text in CONSTANTS:
        return CONSTANTS[text]
    if re.fullmatch(NUMBER, text):
        return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
    return text
