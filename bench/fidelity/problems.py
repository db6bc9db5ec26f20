"""Problems whose trials report learning curves: functions made for it, and recorded trainings.

A recorded task becomes a function of its parameters by its nearest curves; its space is that of the
recording, so that samplers meet real curves, which cross and have bad regions.
"""
import csv
import gzip
import itertools
import math
import pathlib

CURVES = pathlib.Path(__file__).resolve().parents[1] / "curves"
STEPS = 27
FUNCTIONS = {f"{name}-{how}": (name, d, amplitude, noise)
             for name, d in (("branin", 2), ("bowl", 4), ("hartmann6", 6), ("rugged", 3))
             for how, amplitude, noise in (("near", 0.5, 0.01), ("far", 2.0, 0.03))}
RECORDED = {
    "digits": {"units1": "log:16..256", "units2": "log:16..256", "lr": "log:1e-5..0.03",
               "batch": "log:16..256"},
    "trees": {"learning_rate": "log:0.001..1", "max_depth": "1..8", "min_samples_leaf": "log:1..64",
              "subsample": "0.2..1", "max_features": "0.1..1",
              "loss": "squared_error,absolute_error,huber"},
    "network": {"solver": "sgd,adam", "learning_rate_init": "log:1e-5..3", "batch_size":
                "log:16..512", "units": "log:4..96", "alpha": "log:1e-7..10",
                "activation": "relu,tanh,logistic"},
}
NAMES = [*FUNCTIONS, *RECORDED]


def unit(spec, text):
    if "," in spec:
        return spec.split(",").index(text)
    low, high = map(float, spec.removeprefix("log:").split(".."))
    value = float(text)
    if spec.startswith("log:"):
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def recorded(name):
    with gzip.open(CURVES / f"{name}.tsv.gz", "rt") as file:
        table = list(csv.DictReader(file, delimiter="\t"))
    space, accuracy = RECORDED[name], "accuracy1" in table[0]
    column = "accuracy{}" if accuracy else "value{}"
    n = sum(column.format(k) in table[0] for k in range(1, 200))
    keep = [round((k + 1) * n / STEPS) for k in range(STEPS)]
    rows = []
    for row in table:
        values = [float(row[column.format(k)]) for k in range(1, n + 1)]
        if accuracy:
            values = [1 - v / 1000 for v in values]
        else:
            values = list(itertools.accumulate(values, min))
        rows.append(([unit(spec, row[p]) for p, spec in space.items()],
                     [values[k - 1] for k in keep]))
    finals = sorted(values[-1] for _, values in rows)
    worst = finals[int(0.95 * len(finals))] * 2
    lines = [f"steps {STEPS}"] + [f"param {p} {spec}" for p, spec in space.items()]
    for x, values in rows:
        lines.append("curve " + " ".join(f"{v:.6g}" for v in
                                         [*x, *(min(v, worst) for v in values)]))
    return "\n".join(lines) + "\n"


def text(name):
    if name in RECORDED:
        return recorded(name)
    function, d, amplitude, noise = FUNCTIONS[name]
    params = "\n".join(f"param x{j} 0..1" for j in range(d))
    return f"steps {STEPS}\n{params}\nfunction {function} {amplitude} {noise}\n"
