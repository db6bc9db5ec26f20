#!/usr/bin/env python3
"""Writes test/unit/learn/ehvi_table.h: expected hypervolume improvements by BoTorch.

    python tools/make_ehvi_table.py > test/unit/learn/ehvi_table.h      (BoTorch 0.18)
"""
import random
import warnings

import torch
from botorch.acquisition.multi_objective.analytic import ExpectedHypervolumeImprovement
from botorch.models.deterministic import GenericDeterministicModel
from botorch.posteriors import GPyTorchPosterior
from botorch.utils.multi_objective.box_decompositions import FastNondominatedPartitioning
from gpytorch.distributions import MultitaskMultivariateNormal

warnings.filterwarnings("ignore")
torch.set_default_dtype(torch.float64)
chance = random.Random(3)


class Belief(GenericDeterministicModel):
    """A model that says the same of every point."""

    def __init__(self, mean, sd):
        super().__init__(lambda x: x, len(mean))
        self.mean, self.sd = torch.tensor(mean), torch.tensor(sd)

    def posterior(self, X, **_):
        shape = X.shape[:-2]
        mean = self.mean.expand(*shape, 1, -1)
        covariance = torch.diag(self.sd ** 2).expand(*shape, -1, -1)
        return GPyTorchPosterior(MultitaskMultivariateNormal(mean, covariance))


def front_of(m, n):
    points = []
    while len(points) < n:
        p = [chance.random() for _ in range(m)]
        length = sum(v * v for v in p) ** 0.5
        p = [1 - v / length for v in p]  # on a sphere: none dominates another
        points.append(p)
    return points


def numbers(values):
    return ", ".join(repr(float(v)) for v in values)


print("// Made by tools/make_ehvi_table.py.")
print("static const ehvi_case ehvi_cases[] = {")
for m, n in [(2, 0), (2, 1), (2, 5), (2, 12), (3, 0), (3, 1), (3, 4), (3, 10)]:
    front, reference = front_of(m, n), [1.1] * m
    for _ in range(3):
        mean = [chance.uniform(-0.2, 1.3) for _ in range(m)]
        sd = [chance.uniform(0.05, 0.6) for _ in range(m)]
        # BoTorch maximises.
        Y = -torch.tensor(front) if n else torch.empty(0, m)
        boxes = FastNondominatedPartitioning(ref_point=-torch.tensor(reference), Y=Y)
        acquisition = ExpectedHypervolumeImprovement(
            Belief([-v for v in mean], sd), [-v for v in reference], boxes)
        value = acquisition(torch.zeros(1, 1, m)).item()
        flat = [v for p in front for v in p]
        print(f"    {{{m}, {n}, {{{numbers(flat) or '0'}}}, {{{numbers(reference)}}},")
        print(f"     {{{numbers(mean)}}}, {{{numbers(sd)}}}, {value!r}}},")
print("};")
