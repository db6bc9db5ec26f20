"""Trials that cmaes and pycma's BIPOP-CMA-ES take to targets on BBOB functions: the same instances,
start (the middle), step size (a fifth of the range), population and number of trials.

    runs.py LIBRARY [FUNCTION…]     prints one line for each function and dimension as JSON

An expected running time (ERT) is what all runs spent until the target, or at all, over the number of
runs that reached it. Its standard error is that of a bootstrap of the runs: on multimodal functions it
is large, since whether a run reaches the target is a matter of chance.
"""
import contextlib
import ctypes
import json
import os
import pathlib
import random
import statistics
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
import cma  # noqa: E402
import cocoex  # noqa: E402

UNIMODAL = {d: [1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14] for d in (5, 10)}
# Those that a run of so many trials may solve.
MULTIMODAL = {2: [3, 15, 16, 17, 18, 20, 21, 22], 5: [15, 16, 17, 18, 21, 22]}
INSTANCES, SEEDS = [1, 2, 3, 4, 5], [1, 2, 3]
TARGETS = [1e-2, 1e-4, 1e-6]
TRIALS = 4000           # a dimension
DRAWS = 500
LOW, HIGH = -5, 5


class Reached(Exception):
    """The last target, or the last trial."""


class Watched:
    """A function that notes after how many calls each target was reached."""

    def __init__(self, problem, lowest):
        self.problem, self.lowest = problem, lowest
        self.calls, self.hits = 0, [None] * len(TARGETS)

    def __call__(self, x):
        self.calls += 1
        value = self.problem(x) - self.lowest
        for k, target in enumerate(TARGETS):
            if self.hits[k] is None and value <= target:
                self.hits[k] = self.calls
        return value

    def is_over(self):
        return self.hits[-1] is not None or self.calls >= TRIALS * self.problem.dimension


# --- Hone, by the first fields of its options ---

class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("storage", ctypes.c_char_p), ("name", ctypes.c_char_p),
                ("mode", ctypes.c_int), ("read_only", ctypes.c_bool),
                ("accept_changes", ctypes.c_bool), ("space", ctypes.c_void_p),
                ("metrics", ctypes.c_void_p), ("n_metrics", ctypes.c_uint32),
                ("constraints", ctypes.c_void_p), ("n_constraints", ctypes.c_uint32),
                ("sampler", ctypes.c_char_p), ("sampler_options", ctypes.c_char_p),
                ("scheduler", ctypes.c_char_p), ("scheduler_options", ctypes.c_char_p),
                ("storage_options", ctypes.c_char_p), ("has_seed", ctypes.c_bool),
                ("seed", ctypes.c_uint64)]


class Hone:
    COMPLETE = 3

    def __init__(self, library):
        self.lib = ctypes.CDLL(library)
        self.lib.hone_trial_float.restype = ctypes.c_double

    def call(self, name, *arguments):
        status = getattr(self.lib, name)(*arguments, None)
        if status:
            sys.exit(f"{name}: status {status}")

    def study(self, dimension, seed):
        space, study = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("hone_space_create", ctypes.byref(space))
        for i in range(dimension):
            self.call("hone_space_add", space, b"x%d" % i, b"%d..%d" % (LOW, HIGH))
        self.call("hone_space_seal", space)
        options = Options(size=ctypes.sizeof(Options), space=space.value, sampler=b"cmaes",
                          sampler_options=b'{"sigma0":0.2}', has_seed=True, seed=seed)
        self.call("hone_study_open", ctypes.byref(options), ctypes.byref(study))
        self.lib.hone_space_destroy(space)
        return study

    def run(self, watched, seed):
        dimension = watched.problem.dimension
        study, trial, value = self.study(dimension, seed), ctypes.c_void_p(), ctypes.c_double()
        names = [b"x%d" % i for i in range(dimension)]
        while not watched.is_over():
            self.call("hone_study_ask", study, None, ctypes.byref(trial))
            value.value = watched([self.lib.hone_trial_float(trial, name) for name in names])
            self.call("hone_study_tell", study, trial, self.COMPLETE, ctypes.byref(value))
            self.lib.hone_trial_destroy(trial)
        self.lib.hone_study_close(study)


# --- pycma ---

class Pycma:
    def run(self, watched, seed):
        dimension, chance = watched.problem.dimension, random.Random(seed)
        starts = [dimension * [0.0]]

        def start():
            return starts.pop() if starts else [chance.uniform(LOW, HIGH) for _ in range(dimension)]

        def value(x):
            if watched.is_over():
                raise Reached
            return watched(x)

        options = {"bounds": [LOW, HIGH], "verbose": -9, "verb_log": 0, "seed": seed}
        try:
            cma.fmin2(value, start, 0.2 * (HIGH - LOW), options, restarts=100, bipop=True)
        except Reached:
            pass


def ert(runs, k):
    """Expected trials to target k, None when no run reached it."""
    spent = sum(run.hits[k] or run.calls for run in runs)
    reached = sum(run.hits[k] is not None for run in runs)
    return spent / reached if reached else None


def error_of_ert(runs, k):
    rng = random.Random(1)
    drawn = [ert(rng.choices(runs, k=len(runs)), k) for _ in range(DRAWS)]
    drawn = [value for value in drawn if value]
    return statistics.pstdev(drawn) if drawn else None


def lowest_of(suite, function, dimension, instance):
    """COCO tells the best value by its best point, which it writes to a file."""
    problem = suite.get_problem_by_function_dimension_instance(function, dimension, instance)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        problem._best_parameter("print")
        (written,) = [name for name in os.listdir(".") if "best_parameter" in name]
        return problem([float(word) for word in pathlib.Path(written).read_text().split()])


def compare(suite, engines, function, dimension):
    runs = {name: [] for name in engines}
    for instance in INSTANCES:
        lowest = lowest_of(suite, function, dimension, instance)
        for seed in SEEDS:
            for name, engine in engines.items():
                problem = suite.get_problem_by_function_dimension_instance(function, dimension,
                                                                           instance)
                watched = Watched(problem, lowest)
                engine.run(watched, 1000 * instance + seed)
                runs[name].append(watched)
    line = {"function": function, "dimension": dimension,
            "unimodal": function in UNIMODAL[5]}
    for name in engines:
        line[name] = {"ert": [ert(runs[name], k) for k in range(len(TARGETS))],
                      "error": [error_of_ert(runs[name], k) for k in range(len(TARGETS))],
                      "reached": [sum(run.hits[k] is not None for run in runs[name])
                                  for k in range(len(TARGETS))]}
    line["ratio"] = [a / b if a and b else None
                     for a, b in zip(line["hone"]["ert"], line["pycma"]["ert"])]
    return line


def main():
    suite = cocoex.Suite("bbob", "instances:1-5", "")
    engines = {"hone": Hone(sys.argv[1]), "pycma": Pycma()}
    chosen = [int(word) for word in sys.argv[2:]]
    for table in UNIMODAL, MULTIMODAL:
        for dimension, functions in table.items():
            for function in functions:
                if function in chosen or not chosen:
                    print(json.dumps(compare(suite, engines, function, dimension)), flush=True)


main()
