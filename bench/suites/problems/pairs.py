"""Two objectives: pairs of BBOB functions, as COCO's suite bbob-biobj has them.

biobj-f1-f8-d5 is function 1 beside function 8 in five dimensions, each with an instance of its own.
The ideal point and the nadir are exact, as the best point of each function is known. The largest
hypervolume is not: it is that of a search, the same in every run.
"""
import functools
import random
import re

from problems import bbob
from problems.front import Front, search
from problems.problem import Problem

# Of COCO's ten functions for pairs, each at least once.
PAIRS = ((1, 1), (1, 8), (2, 15), (6, 14), (8, 17), (2, 17), (13, 15), (14, 21), (15, 17), (20, 21))
DIMENSIONS = (2, 5, 10)


def _instances(instance):
    """Of 1 to 5 and of 6 to 10 each one has the next as its partner."""
    return instance, (instance - 1) // 5 * 5 + instance % 5 + 1


def _problems(functions, dimension, instance):
    return [bbob.coco("bbob", f, dimension, i) for f, i in zip(functions, _instances(instance))]


def _function(functions, dimension, instance):
    first, second = _problems(functions, dimension, instance)
    return lambda x: [float(first(x)), float(second(x))]


def _ends(functions, dimension, instance):
    """The best point of each function."""
    return [bbob.best_point("bbob", f, dimension, i)
            for f, i in zip(functions, _instances(instance))]


def _front(functions, dimension, instance):
    function = _function(functions, dimension, instance)
    (a, far_b), (far_a, b) = map(function, _ends(functions, dimension, instance))
    return Front([a, b], [far_a, far_b])


def _make(functions, dimension, instance):
    function = _function(functions, dimension, instance)
    names = [f"x{i}" for i in range(dimension)]
    return lambda point: function([point[name] for name in names])


def _lowest(functions, dimension, instance):
    return search(_front(functions, dimension, instance), _function(functions, dimension, instance),
                  _ends(functions, dimension, instance), -5, 5,
                  random.Random(f"{functions} {dimension} {instance}"))


def problem(name, instances):
    """The problem of this name, or None."""
    match = re.fullmatch(r"biobj-f(\d+)-f(\d+)-d(\d+)", name)
    if not match:
        return None
    functions, dimension = (int(match[1]), int(match[2])), int(match[3])
    if not set(functions) <= set(bbob.FUNCTIONS) or dimension not in DIMENSIONS:
        return None
    made = [functools.partial(f, functions, dimension) for f in (_make, _lowest, _front)]
    return Problem(name, f"biobj-d{dimension}", {f"x{i}": "-5..5" for i in range(dimension)},
                   made[0], instances, made[1], front=made[2])
