"""The BBOB test functions of COCO (Hansen et al.), continuous and mixed-integer.

Names: bbob-f8-d5 is function 8 (Rosenbrock, rotated) in five dimensions; mixint-f8-d5 the same
with four fifths of the variables integer, 2 to 16 values each; noisy-f8-d5 the same as bbob-f8-d5,
but samplers are told values with noise. The lowest value is exact: COCO writes its point to a file,
which is read back and evaluated.

An instance is a shift and a rotation drawn by its number. COCO makes any, but a suite of its own
choice has 1 to 5 and then 71 and on, so that those wanted are always named.
"""
import contextlib
import functools
import os
import pathlib
import re
import tempfile

from problems.problem import Problem

FUNCTIONS = range(1, 25)
DIMENSIONS = {"bbob": (2, 3, 5, 10, 20, 40), "mixint": (5, 10, 20, 40),
              "noisy": (2, 3, 5, 10, 20, 40)}
NOISE = 0.05


@functools.lru_cache(maxsize=None)
def _suite(name):
    import cocoex  # only in the environment of the objectives
    return cocoex.Suite(name, "instances:1-10", "")


def coco(kind, function, dimension, instance):
    suite = _suite("bbob-mixint" if kind == "mixint" else "bbob")
    return suite.get_problem_by_function_dimension_instance(function, dimension, instance)


def best_point(kind, function, dimension, instance):
    problem = coco(kind, function, dimension, instance)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        problem._best_parameter("print")
        (written,) = [name for name in os.listdir(".") if "best_parameter" in name]
        return [float(word) for word in pathlib.Path(written).read_text().split()]


def _lowest(*which):
    return coco(*which)(best_point(*which))


def _specs(kind, dimension):
    """As in bbob-mixint: equally many variables with 2, 4, 8, 16 values, and continuous ones."""
    specs = {}
    for i in range(dimension):
        n_values = (2, 4, 8, 16, None)[i * 5 // dimension] if kind == "mixint" else None
        specs[f"x{i}"] = f"int:0..{n_values - 1}" if n_values else "-5..5"
    return specs


def _make(kind, function, dimension, instance):
    problem = coco(kind, function, dimension, instance)
    names = [f"x{i}" for i in range(dimension)]
    return lambda point: float(problem([point[name] for name in names]))


def problem(name, instances):
    """The problem of this name, or None."""
    match = re.fullmatch(r"(bbob|mixint|noisy)-f(\d+)-d(\d+)", name)
    if not match:
        return None
    kind, function, dimension = match[1], int(match[2]), int(match[3])
    if function not in FUNCTIONS or dimension not in DIMENSIONS[kind]:
        return None
    return Problem(name, f"{kind}-d{dimension}", _specs(kind, dimension),
                   functools.partial(_make, kind, function, dimension), instances,
                   functools.partial(_lowest, kind, function, dimension),
                   noise=NOISE if kind == "noisy" else 0.0)
