"""Synthetic functions on conditional spaces, with known lowest values.

branches: a categorical picks one of three functions, each with parameters of its own beside two
that all share; the deepest valley belongs to the hardest branch, and a second level hangs below.
layers: an integer says how many of four layers there are, and each layer has a width and a rate;
more layers can reach lower, but only when every one of them is set right.
Both are shifted by the instance, so that no centre or corner is special.
"""
import functools
import math
import random

from problems.problem import Problem

BRANCHES = {
    "scale": "log:1e-3..1e3", "offset": "-1..1",
    "kind": "bowl,valley,waves",
    "bowl_x": "-5..5 if kind==bowl", "bowl_y": "-5..5 if kind==bowl",
    "valley_x": "-2..2 if kind==valley", "valley_y": "-1..3 if kind==valley",
    "waves_n": "int:1..20 if kind==waves", "waves_x": "-3..3 if kind==waves",
    "waves_mode": "soft,sharp if kind==waves", "waves_width": "log:0.01..1 if waves_mode==sharp",
}
LAYERS = {"layers": "int:1..4", "rate": "log:1e-5..1"}
for _i in range(1, 5):
    LAYERS[f"units{_i}"] = f"int:log:4..512 if layers>={_i}"
    LAYERS[f"drop{_i}"] = f"0..0.9 if layers>={_i}"


def _branches(shift, point):
    common = (math.log10(point["scale"]) / 3 - shift[0]) ** 2 + (point["offset"] - shift[1]) ** 2
    if point["kind"] == "bowl":
        own = 0.6 + ((point["bowl_x"] / 5 - shift[2]) ** 2 + (point["bowl_y"] / 5 - shift[3]) ** 2)
    elif point["kind"] == "valley":
        x, y = point["valley_x"] - shift[2], point["valley_y"] - shift[3]
        own = 0.3 + math.log1p((1 - x) ** 2 + 100 * (y - x * x) ** 2) / 4
    else:
        own = _waves(shift, point)
    return own + common


def _waves(shift, point):
    n, x = point["waves_n"], point["waves_x"] / 3 - shift[2]
    far = ((n - round(10 + 8 * shift[3])) / 10) ** 2
    if point["waves_mode"] == "soft":
        return 0.2 + far + x * x + 0.1 * (1 - math.cos(6 * math.pi * x))
    width = (math.log10(point["waves_width"]) + 1 - shift[1]) ** 2 / 2
    return far + width + x * x + 0.3 * (1 - math.cos(6 * math.pi * x))


def _layers(shift, point):
    n = point["layers"]
    total = (math.log10(point["rate"]) / 5 + 0.5 - 0.3 * shift[0]) ** 2 * 4
    for i in range(1, n + 1):
        units = (math.log2(point[f"units{i}"]) - 5.5) / 3.5 - 0.7 * shift[i % 4]
        total += (units ** 2 + (point[f"drop{i}"] / 0.9 - 0.5 - 0.4 * shift[(i + 1) % 4]) ** 2) / 2
    return total + 0.8 / n - 0.2


def _lowest_layers(shift):
    """Four layers of the best widths, which are integers; the other terms vanish."""
    total = 0.0
    for i in range(1, 5):
        total += min(((math.log2(u) - 5.5) / 3.5 - 0.7 * shift[i % 4]) ** 2 / 2
                     for u in range(4, 513))
    return total


def _shift(name, instance):
    rng = random.Random(f"{name} {instance}")
    return [rng.uniform(-0.6, 0.6) for _ in range(4)]


def _make(name, function, instance):
    return functools.partial(function, _shift(name, instance))


def problem(name, instances):
    """The problem of this name, or None."""
    if name == "branches":
        return Problem(name, "conditional", BRANCHES, functools.partial(_make, name, _branches),
                       instances, lambda instance: 0.0)
    if name == "layers":
        return Problem(name, "conditional", LAYERS, functools.partial(_make, name, _layers),
                       instances, lambda instance: _lowest_layers(_shift(name, instance)))
    return None
