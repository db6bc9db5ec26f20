#!/usr/bin/env python3
"""Writes test/unit/num/lbfgsb_table.h: minima that SciPy's L-BFGS-B finds.

    python tools/make_lbfgsb_table.py > test/unit/num/lbfgsb_table.h      (NumPy and SciPy 1.17)

The functions stand again in test_lbfgsb.c, by the same numbers.
"""
import numpy as np
from scipy.optimize import minimize


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def ellipsoid(x):
    n = len(x)
    return np.sum(1e4 ** (np.arange(n) / max(n - 1, 1)) * (x - 0.3 * np.arange(n)) ** 2)


def coupled(x):  # convex, not separable, with its free minimum outside of most boxes
    return np.sum(np.cosh(x)) + 0.5 * np.sum(x) ** 2 - np.sum(x * np.arange(1, len(x) + 1))


def beale(x):
    a, b = x
    return (1.5 - a + a * b) ** 2 + (2.25 - a + a * b * b) ** 2 + (2.625 - a + a * b ** 3) ** 2


FUNCTIONS = [rosenbrock, ellipsoid, coupled, beale]
CASES = [(0, 2, -2, 2, [-1.2, 1]), (0, 2, -0.5, 0.5, [-0.4, 0.1]), (0, 10, -5, 5, [-1] * 10),
         (1, 6, -10, 10, [5] * 6), (1, 6, 0, 1, [0.5] * 6), (1, 1, -1, 4, [3]),
         (2, 4, -1, 1, [0] * 4), (2, 5, -9, 9, [2] * 5), (3, 2, -4, 4, [1, 1]),
         (3, 2, 0, 2, [0.5, 0.2])]

print("// Made by tools/make_lbfgsb_table.py from SciPy's L-BFGS-B.")
print("static const lbfgsb_case lbfgsb_cases[] = {")
for kind, n, low, high, start in CASES:
    found = minimize(FUNCTIONS[kind], np.array(start, float), method="L-BFGS-B",
                     bounds=[(low, high)] * n, jac="3-point",
                     options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 2000, "maxfun": 50000})
    numbers = lambda values: ", ".join(repr(float(v)) for v in values)
    print(f"    {{{kind}, {n}, {low}, {high}, {{{numbers(start)}}}, {float(found.fun)!r},")
    print(f"     {{{numbers(found.x)}}}}},")
print("};")
