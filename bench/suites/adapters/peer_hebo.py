"""HEBO: its Gaussian process with warped inputs and output, and MACE, as sampler gp. It knows no
conditions: a parameter that is not active is simply not used."""
import random

import numpy
import torch
from hebo.design_space.design_space import DesignSpace
from hebo.optimizers.hebo import HEBO

import serve


def parameter(entry):
    if entry["type"] == "categorical":
        # By their places: choices of several types do not fit into a column of a table.
        return {"name": entry["name"], "type": "cat", "categories": range(len(entry["choices"]))}
    kind = {"float": "num", "int": "int"}[entry["type"]]
    if entry["log"]:
        kind = {"num": "pow", "int": "pow_int"}[kind]
    return {"name": entry["name"], "type": kind, "lb": entry["low"], "ub": entry["high"]}


class Study:
    def __init__(self, space, sampler, options, seed, _budget):
        if sampler != "gp":
            raise ValueError(f"HEBO has no sampler '{sampler}'; there is gp")
        random.seed(seed)
        numpy.random.seed(seed)
        torch.manual_seed(seed)
        self.space, self.asked, self.n = space, {}, 0
        parameters = [parameter(serve.counted(e)) for e in space]
        self.hebo = HEBO(DesignSpace().parse(parameters), scramble_seed=seed, **options)

    def ask(self):
        row, self.n = self.hebo.suggest(), self.n + 1
        self.asked[self.n - 1] = row
        values = {name: row[name].iloc[0].item() for name in row}
        for entry in self.space:
            if entry["type"] == "categorical":
                values[entry["name"]] = entry["choices"][int(values[entry["name"]])]
        return self.n - 1, serve.active_point(self.space, values)

    def tell(self, number, value):
        self.hebo.observe(self.asked.pop(number), numpy.array([[value]]))


if __name__ == "__main__":
    serve.serve(Study)
