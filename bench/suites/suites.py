"""The suites: lists of problems by name.

What is reported is never what a sampler was built or tuned on. A suite NAME-report has the problems
of NAME with other instances, and other data where there is one instance only; `tpe` and `tpe-tune`
share no function, no instance and no pair of model and data.
"""
from problems import bbob, branches, choices, coupled, models, pairs


FIRST, SECOND = (1, 2, 3, 4, 5), (6, 7, 8, 9, 10)


def _bbob(kind, dimension, *functions):
    return [f"{kind}-f{function}-d{dimension}" for function in functions]


# For peers that take a minute a study: each kind of problem, few of each.
CORE = [
    "bbob-f21-d2", "bbob-f8-d5", "bbob-f15-d5", "bbob-f22-d5", "bbob-f10-d10", "bbob-f17-d10",
    "bbob-f20-d20", "bbob-f1-d40", "mixint-f3-d5", "mixint-f21-d5", "mixint-f10-d10",
    "noisy-f8-d5", "noisy-f15-d5", "branches", "layers",
]

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
    "models": list(models.TABLE),
    "core": [*CORE, "svm-digits", "forest-wine", "boosting-diabetes", "mlp-wine",
             "kernels-breast", "cash-wine"],
    "core-report": [*CORE, "svm-breast", "forest-breast", "svr-diabetes", "mlp-digits",
                    "kernels-digits", "cash-digits"],
}
SYNTHETIC = {
    **{f"bbob-d{d}": _bbob("bbob", d, *bbob.FUNCTIONS) for d in (2, 5, 10, 20, 40)},
    **{f"mixint-d{d}": _bbob("mixint", d, *bbob.FUNCTIONS) for d in (5, 10, 20, 40)},
    **{f"noisy-d{d}": _bbob("noisy", d, *bbob.FUNCTIONS) for d in (2, 5, 10)},
    "conditional": ["branches", "layers", *choices.FUNCTIONS, *coupled.FUNCTIONS],
    **{f"biobj-d{d}": [f"biobj-f{a}-f{b}-d{d}" for a, b in pairs.PAIRS] for d in pairs.DIMENSIONS},
}
for kind in ("bbob", "mixint", "noisy", "biobj"):
    SYNTHETIC[kind] = [name for suite, names in SYNTHETIC.items() for name in names
                       if suite.startswith(f"{kind}-")]
SUITES.update(SYNTHETIC)
SUITES.update({f"{name}-report": problems for name, problems in SYNTHETIC.items()})


def problem(name, suite=None):
    """The problem of this name, with the instances of its suite."""
    instances = SECOND if (suite or "").endswith(("-tune", "-report")) else FIRST
    found = (bbob.problem(name, instances) or pairs.problem(name, instances)
             or branches.problem(name, instances) or choices.problem(name, instances)
             or coupled.problem(name, instances) or models.problem(name))
    if not found:
        raise KeyError(f"no problem is called '{name}'")
    return found


def problems(suite):
    if suite not in SUITES:
        raise KeyError(f"no suite is called '{suite}'; there are {', '.join(SUITES)}")
    return [problem(name, suite) for name in SUITES[suite]]
