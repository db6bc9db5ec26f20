"""The recorded tasks: curves of one metric, with the seconds of each step; smaller is better."""
import csv
import dataclasses
import gzip
import itertools
import pathlib
import statistics

CURVES = pathlib.Path(__file__).resolve().parents[1] / "curves"


@dataclasses.dataclass
class Task:
    name: str
    about: str
    curves: list  # (values, seconds of each step)

    @property
    def longest(self):
        return max(len(values) for values, _ in self.curves)

    @property
    def gap(self):
        """What the median result and the best differ by."""
        results = [values[-1] for values, _ in self.curves]
        return statistics.median(results) - min(results)


def rows(name):
    with gzip.open(CURVES / f"{name}.tsv.gz", "rt") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def digits():
    """Its seconds are known of whole trials alone."""
    table = rows("digits")
    steps = [k for k in range(1, len(table[0])) if f"accuracy{k}" in table[0]]
    return Task("digits", "networks on MNIST, error after 27 epochs", [
        ([round(1 - int(row[f"accuracy{k}"]) / 1000, 3) for k in steps],
         [float(row["seconds"]) / len(steps)] * len(steps)) for row in table])


def boosting(data):
    """No times were recorded: a stage takes as long as its trees are deep."""
    table = [row for row in rows("boosting") if row["data"] == data]
    return Task(data, f"boosted trees on {data}, error in 100 stages", [
        (list(itertools.accumulate((float(row[f"loss{k}"]) for k in range(1, 101)), min)),
         [0.01 * int(row["max_depth"])] * 100) for row in table])


def linear():
    return Task("linear", "linear classifiers on digits, log loss in 50 epochs", [
        (list(itertools.accumulate((float(row[f"loss{k}"]) for k in range(1, 51)), min)),
         [0.1] * 50) for row in rows("sgd")])


def recorded(name, about):
    """Values so far: training keeps the best state, as early stopping and staged models do."""
    table = rows(name)
    steps = [k for k in range(1, len(table[0])) if f"value{k}" in table[0]]
    return Task(name, about, [
        (list(itertools.accumulate((float(row[f"value{k}"]) for k in steps), min)),
         [float(row[f"ms{k}"]) / 1000 for k in steps]) for row in table])


TASKS = {
    "digits": digits,
    "trees": lambda: recorded("trees", "boosted trees on diabetes, error in 54 times five trees"),
    "network": lambda: recorded("network", "networks on scikit-learn's digits, log loss in 81 "
                                           "epochs"),
}
# More recorded trainings, without times; competitors have not run on them.
ALL = TASKS | {"linear": linear, "diabetes": lambda: boosting("diabetes"),
               "cancer": lambda: boosting("cancer")}
