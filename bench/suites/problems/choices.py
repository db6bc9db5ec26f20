"""Synthetic functions whose choices decide which other parameters there are, with known lowest values.

tree: three yes-or-no choices make a binary tree (after Jenatton and others, 2017); each leaf has a
number of its own and shares one with its sibling, and which leaf is the lowest is the instance's.
pipeline: a way to scale, a way to reduce and one of four models, each with parameters of its own;
how well a model does depends on the two others' kinds.
optimizer: one of four optimizers; most depends on what all share, whose best rate is the optimizer's.
switches: five parts that may be left out; each costs more than it gives unless its number is right,
and the first two do not go together.
nested: four choices below one another; the deeper, the lower, and the harder to get there.

Every function is a sum of one square for each number, beside what the choices give; `lowest` looks
at all choices and takes each number where its square is least.
"""
import functools
import itertools
import math
import random

import space as spaces
from problems.problem import Problem

LEAVES = list(itertools.product("no yes".split(), repeat=2))
MODELS = ("tree", "linear", "net", "neighbours")
OPTIMIZERS = ("sgd", "heavy", "rmsprop", "adam")

TREE = {
    "left": "yes,no", "left_up": "yes,no if left==yes", "right_up": "yes,no if left==no",
    "left_shared": "0..1 if left==yes", "right_shared": "0..1 if left==no",
    "left_high": "-1..1 if left_up==yes", "left_low": "-1..1 if left_up==no",
    "right_high": "-1..1 if right_up==yes", "right_low": "-1..1 if right_up==no",
}
PIPELINE = {
    "scale": "none,standard,ranks", "reduce": "none,project,select", "model": ",".join(MODELS),
    "project_share": "0.1..1 if reduce==project", "select_k": "int:log:1..100 if reduce==select",
    "depth": "int:1..30 if model==tree", "leaf": "int:log:1..100 if model==tree",
    "l2": "log:1e-6..1e2 if model==linear", "l1_share": "0..1 if model==linear",
    "rate": "log:1e-5..1e-1 if model==net", "units": "int:log:8..1024 if model==net",
    "act": "relu,tanh if model==net",
    "k": "int:log:1..100 if model==neighbours", "weights": "uniform,distance if model==neighbours",
}
OPTIMIZER = {
    "optimizer": ",".join(OPTIMIZERS), "rate": "log:1e-5..1", "batch": "int:log:8..512",
    "decay": "log:1e-6..1e-1",
    "momentum": "0..0.99 if optimizer==heavy", "nesterov": "yes,no if optimizer==heavy",
    "smoothing": "0.5..0.999 if optimizer==rmsprop", "beta1": "0.5..0.99 if optimizer==adam",
    "beta2": "0.9..0.999 if optimizer==adam",
}
SWITCHES = {"rate": "log:1e-4..1"}
for _i in range(1, 6):
    SWITCHES[f"use{_i}"] = "yes,no"
    SWITCHES[f"strength{_i}"] = f"log:1e-3..10 if use{_i}==yes"
    if _i % 2:
        SWITCHES[f"order{_i}"] = f"int:1..9 if use{_i}==yes"
NESTED = {
    "x": "-1..1", "a": "p,q,r", "xa": "-1..1 if a==q", "b": "p,q,r if a==q", "xb": "-1..1 if b==q",
    "c": "int:1..10 if b==q", "xc": "-1..1 if c>=5", "d": "p,q if c>=5", "xd": "-1..1 if d==q",
}


class Shifts:
    """What an instance draws, by name: the same whoever asks first."""

    def __init__(self, problem, instance):
        self.seed = f"{problem} {instance}"

    def within(self, name, low=-0.7, high=0.7):
        return random.Random(f"{self.seed} {name}").uniform(low, high)

    def order(self, name, things):
        return random.Random(f"{self.seed} {name}").sample(list(things), len(things))

    def square(self, name, unit):
        """Of how far `unit`, which goes from -1 to 1 over a range, is from where it is best."""
        return (unit - self.within(name)) ** 2


def linear(value, low, high):
    return 2 * (value - low) / (high - low) - 1


def logarithmic(value, low, high):
    return linear(math.log(value), math.log(low), math.log(high))


def tree(shifts, point):
    side = "left" if point["left"] == "yes" else "right"
    level = "high" if point[f"{side}_up"] == "yes" else "low"
    place = shifts.order("leaves", LEAVES).index((point["left"], point[f"{side}_up"]))
    shared = shifts.square(side, linear(point[f"{side}_shared"], 0, 1))
    return 0.1 * place + shared / 2 + shifts.square(f"{side} {level}", point[f"{side}_{level}"])


def pipeline(shifts, point):
    model = point["model"]
    total = 0.12 * shifts.order("models", MODELS).index(model)
    total += abs(shifts.within(f"{model} {point['scale']}", -0.3, 0.3))
    total += abs(shifts.within(f"{model} {point['reduce']}", -0.3, 0.3))
    if point["reduce"] == "project":
        total += shifts.square("share", linear(point["project_share"], 0.1, 1)) / 4
    elif point["reduce"] == "select":
        total += shifts.square("select", logarithmic(point["select_k"], 1, 100)) / 4
    return total + _model(shifts, point)


def _model(shifts, point):
    model = point["model"]
    if model == "tree":
        return (shifts.square("depth", linear(point["depth"], 1, 30))
                + shifts.square("leaf", logarithmic(point["leaf"], 1, 100))) / 2
    if model == "linear":
        return (shifts.square("l2", logarithmic(point["l2"], 1e-6, 1e2))
                + shifts.square("l1", linear(point["l1_share"], 0, 1)) / 2)
    if model == "net":
        act = point["act"]
        return (0.1 * shifts.order("acts", ("relu", "tanh")).index(act)
                + 2 * shifts.square(f"rate {act}", logarithmic(point["rate"], 1e-5, 1e-1))
                + shifts.square("units", logarithmic(point["units"], 8, 1024)) / 2)
    return (0.05 * shifts.order("weights", ("uniform", "distance")).index(point["weights"])
            + shifts.square("k", logarithmic(point["k"], 1, 100)))


def optimizer(shifts, point):
    kind = point["optimizer"]
    total = 0.05 * shifts.order("optimizers", OPTIMIZERS).index(kind)
    total += 2 * shifts.square(f"rate {kind}", logarithmic(point["rate"], 1e-5, 1))
    total += shifts.square("batch", logarithmic(point["batch"], 8, 512)) / 2
    total += shifts.square("decay", logarithmic(point["decay"], 1e-6, 1e-1)) / 2
    if kind == "heavy":
        total += 0.03 * (point["nesterov"] == "no")
        total += shifts.square("momentum", linear(point["momentum"], 0, 0.99)) / 4
    elif kind == "rmsprop":
        total += shifts.square("smoothing", linear(point["smoothing"], 0.5, 0.999)) / 8
    elif kind == "adam":
        total += shifts.square("beta1", linear(point["beta1"], 0.5, 0.99)) / 8
        total += shifts.square("beta2", linear(point["beta2"], 0.9, 0.999)) / 8
    return total


def switches(shifts, point):
    total = shifts.square("rate", logarithmic(point["rate"], 1e-4, 1))
    used = [i for i in range(1, 6) if point[f"use{i}"] == "yes"]
    for i in range(1, 6):
        if i not in used:
            total += 0.1 + 0.05 * i
            continue
        total += shifts.square(f"strength{i}", logarithmic(point[f"strength{i}"], 1e-3, 10))
        if i % 2:
            total += shifts.square(f"order{i}", linear(point[f"order{i}"], 1, 9)) / 2
    return total + 0.2 * (1 in used and 2 in used)


def nested(shifts, point):
    total = shifts.square("x", point["x"]) / 2
    for depth, (choice, number) in enumerate((("a", "xa"), ("b", "xb"), ("c", "xc"), ("d", "xd"))):
        if choice == "c":
            total += shifts.square("c", linear(point["c"], 1, 10)) / 4
        elif point[choice] != "q":
            return total + 0.8 - 0.2 * depth + 0.05 * (point[choice] == "r")
        if number not in point:
            return total + 0.8 - 0.2 * depth
        total += shifts.square(number, point[number])
    return total


def points_of_choices(parameters, point):
    """All choices there are, and all integers that other parameters depend on; other numbers are
    at the middle."""
    if not parameters:
        yield point
        return
    first, rest = parameters[0], parameters[1:]
    if not first.is_active(point):
        values = [None]
    elif first.kind == "categorical":
        values = first.choices
    elif any(p.parent == first.name for p in rest):
        values = range(int(first.low), int(first.high) + 1)
    else:
        values = [first.draw(0.5)]
    for value in values:
        yield from points_of_choices(rest, point if value is None else {**point, first.name: value})


def best_number(function, parameter, point):
    """The point with the number where its square is least: a parabola in its scale."""
    to, back = (math.log, math.exp) if parameter.log else (float, float)
    values = parameter.low, parameter.draw(0.5), parameter.high
    a, b, c = map(to, values)
    fa, fb, fc = (function({**point, parameter.name: value}) for value in values)
    slope_ab, slope_bc = (fb - fa) / (b - a), (fc - fb) / (c - b)
    best = back((a + b) / 2 - slope_ab * (c - a) / 2 / (slope_bc - slope_ab))
    if parameter.kind == "int":
        near = (min(max(n, parameter.low), parameter.high)
                for n in (math.floor(best), math.ceil(best)))
        best = int(min(near, key=lambda n: function({**point, parameter.name: n})))
    return {**point, parameter.name: best}


@functools.cache
def lowest(name, instance):
    function, specs = FUNCTIONS[name]
    function = functools.partial(function, Shifts(name, instance))
    parameters, found = spaces.parse(specs).parameters, math.inf
    for point in points_of_choices(parameters, {}):
        for parameter in parameters:
            parent = any(p.parent == parameter.name for p in parameters)
            if parameter.name in point and parameter.kind != "categorical" and not parent:
                point = best_number(function, parameter, point)
        found = min(found, function(point))
    return found


FUNCTIONS = {"tree": (tree, TREE), "pipeline": (pipeline, PIPELINE),
             "optimizer": (optimizer, OPTIMIZER), "switches": (switches, SWITCHES),
             "nested": (nested, NESTED)}


def shifted(functions, lowest_of, name, instances):
    """The problem of this name among `functions`, whose lowest value is lowest_of(name, instance), or
    None."""
    if name not in functions:
        return None
    function, specs = functions[name]
    return Problem(name, "conditional", specs,
                   lambda instance: functools.partial(function, Shifts(name, instance)), instances,
                   functools.partial(lowest_of, name))


def problem(name, instances):
    """The problem of this name, or None."""
    return shifted(FUNCTIONS, lowest, name, instances)
