"""The suites: lists of problems by name.

What is reported is never what a sampler was tuned on: `tpe` and `tpe-tune` share no function, no
instance and no pair of model and data.
"""
from problems import bbob, branches, models


def _bbob(kind, dimension, *functions):
    return [f"{kind}-f{function}-d{dimension}" for function in functions]


SUITES = {
    "smoke": ["bbob-f1-d5", "mixint-f3-d5", "branches"],
    "tpe": [
        *_bbob("bbob", 5, 1, 3, 6, 8, 10, 13, 15, 17, 20, 21, 24),
        *_bbob("bbob", 10, 1, 8, 15, 20, 21),
        *_bbob("mixint", 5, 1, 3, 8, 15, 21),
        *_bbob("mixint", 10, 3, 10, 20),
        "svm-digits", "svr-diabetes", "forest-wine", "tree-breast", "boosting-diabetes", "mlp-wine",
        "elastic-diabetes",
        "branches", "layers", "sgd-digits", "kernels-breast", "cash-wine",
    ],
    "tpe-tune": [
        *_bbob("bbob", 5, 2, 4, 7, 9, 12, 14, 16, 18, 22),
        *_bbob("bbob", 10, 4, 9, 16, 22),
        *_bbob("mixint", 5, 2, 4, 7, 16, 22),
        *_bbob("mixint", 10, 4, 9, 22),
        "svm-breast", "tree-wine", "forest-breast", "mlp-digits",
        "sgd-breast", "kernels-digits", "cash-digits",
    ],
    "bbob-d5": _bbob("bbob", 5, *bbob.FUNCTIONS),
    "bbob-d10": _bbob("bbob", 10, *bbob.FUNCTIONS),
    "mixint-d5": _bbob("mixint", 5, *bbob.FUNCTIONS),
    "mixint-d10": _bbob("mixint", 10, *bbob.FUNCTIONS),
    "models": list(models.TABLE),
}


def problem(name, suite=None):
    """The problem of this name, with the instances of its suite."""
    instances = bbob.FOR_TUNING if (suite or "").endswith("-tune") else bbob.SHOWN
    found = bbob.problem(name, instances) or branches.problem(name, instances) or models.problem(
        name)
    if not found:
        raise KeyError(f"no problem is called '{name}'")
    return found


def problems(suite):
    if suite not in SUITES:
        raise KeyError(f"no suite is called '{suite}'; there are {', '.join(SUITES)}")
    return [problem(name, suite) for name in SUITES[suite]]
