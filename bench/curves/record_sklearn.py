"""Trains the configurations of a task and writes what each reported, see record-sklearn.

A row of TASK.tsv.gz is a trial: its parameters (`-`: inactive), the value after each of the steps
(four digits), then the CPU milliseconds of each step. Nothing is left out: bad regions are part of
the spaces, and a training that diverges reports the large values that it got.
"""
import gzip
import math
import pathlib
import random
import sys
import time
import warnings

import numpy
from sklearn import datasets, ensemble, metrics, model_selection, neural_network

SEED = 7


def log_uniform(rng, low, high):
    return float(f"{math.exp(rng.uniform(math.log(low), math.log(high))):.4g}")


class Trees:
    """Gradient boosting; a step is five trees. The value: root mean squared error, mean over three
    folds."""
    steps, trials, folds = 54, 300, 3

    def __init__(self):
        x, y = datasets.load_diabetes(return_X_y=True)
        cut = model_selection.KFold(self.folds, shuffle=True, random_state=SEED)
        self.parts = [(x[a], y[a], x[b], y[b]) for a, b in cut.split(x)]

    @staticmethod
    def draw(rng):
        loss = rng.choice(["squared_error", "absolute_error", "huber"])
        return {"learning_rate": log_uniform(rng, 0.001, 1), "max_depth": rng.randint(1, 8),
                "min_samples_leaf": round(log_uniform(rng, 1, 64)),
                "subsample": round(rng.uniform(0.2, 1), 3),
                "max_features": round(rng.uniform(0.1, 1), 3), "loss": loss,
                **({"alpha": round(rng.uniform(0.5, 0.99), 3)} if loss == "huber" else {})}

    def train(self, params):
        models = [ensemble.GradientBoostingRegressor(n_estimators=1, warm_start=True,
                                                     random_state=SEED, **params)
                  for _ in self.parts]
        for step in range(1, self.steps + 1):
            squares = []
            for model, (x, y, x_test, y_test) in zip(models, self.parts):
                model.set_params(n_estimators=5 * step)
                model.fit(x, y)
                with numpy.errstate(all="ignore"):
                    squares.append(numpy.mean((model.predict(x_test) - y_test) ** 2))
            yield float(numpy.mean(numpy.sqrt(squares)))


class Network:
    """A perceptron with one hidden layer; a step is an epoch. The value: log loss on a third of the
    data."""
    steps, trials = 81, 240

    def __init__(self):
        x, y = datasets.load_digits(return_X_y=True)
        self.x, self.x_test, self.y, self.y_test = model_selection.train_test_split(
            x / 16, y, test_size=1 / 3, random_state=SEED, stratify=y)

    @staticmethod
    def draw(rng):
        solver = rng.choice(["sgd", "adam"])
        return {"solver": solver, "learning_rate_init": log_uniform(rng, 1e-5, 3),
                "batch_size": round(log_uniform(rng, 16, 512)),
                "units": round(log_uniform(rng, 4, 96)), "alpha": log_uniform(rng, 1e-7, 10),
                "activation": rng.choice(["relu", "tanh", "logistic"]),
                **({"momentum": round(rng.uniform(0, 0.99), 3)} if solver == "sgd" else {})}

    def train(self, params):
        rest = {name: value for name, value in params.items() if name != "units"}
        model = neural_network.MLPClassifier((params["units"],), random_state=SEED, **rest)
        labels = numpy.unique(self.y)
        for _ in range(self.steps):
            try:
                model.partial_fit(self.x, self.y, classes=labels)
                shares = model.predict_proba(self.x_test)
                value = metrics.log_loss(self.y_test, numpy.nan_to_num(shares, nan=0.1))
            except ValueError:  # weights that are no numbers any more
                value = 30.0
            yield min(value, 30.0)


TASKS = {"trees": Trees, "network": Network}


def row(task, params, names):
    values, ms, began = [], [], time.process_time()
    for value in task.train(params):
        values.append(value)
        ms.append(1000 * (time.process_time() - began))
        began = time.process_time()
    words = [str(params.get(name, "-")) for name in names]
    return "\t".join(words + [f"{v:.4g}" for v in values] + [f"{t:.1f}" for t in ms]) + "\n"


def main():
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in TASKS:
        sys.exit(f"bench/curves/record-sklearn: name one of {', '.join(TASKS)}")
    warnings.simplefilter("ignore")
    task, rng = TASKS[name](), random.Random(SEED)
    drawn = [task.draw(rng) for _ in range(task.trials)]
    names = list(dict.fromkeys(key for params in drawn for key in params))
    steps = range(1, task.steps + 1)
    lines = ["\t".join(names + [f"value{k}" for k in steps] + [f"ms{k}" for k in steps]) + "\n"]
    for number, params in enumerate(drawn):
        lines.append(row(task, params, names))
        if number % 20 == 19:
            print(f"{number + 1} of {task.trials}", flush=True)
    path = pathlib.Path(__file__).parent / f"{name}.tsv.gz"
    with open(path, "wb") as raw:
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as out:
            out.write("".join(lines).encode())
    print(f"{path.name}: {len(drawn)} curves of {task.steps} steps")


if __name__ == "__main__":
    main()
