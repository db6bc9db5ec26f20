#!/usr/bin/env python3
"""Writes test/unit/learn/curve_table.h: learning curves and what is known of their ends.

    python tools/make_curve_table.py > test/unit/learn/curve_table.h        (NumPy, SciPy)

Each curve follows one of the families of Domhan et al. (IJCAI 2015), in their own parametrisation and
with about their parameters, over 100 steps, with noise. Given are its first values, its true end, the
end by SciPy's least squares within the true family, and the quantiles of the distribution that
src/learn/curve.c describes, here integrated over a dense grid with SciPy's Student's t.
"""
import warnings

import numpy as np
from scipy import optimize, stats

warnings.filterwarnings("ignore")
STEPS = 100

# name: function, its parameters, start of the fit
FAMILIES = {
    "pow3": (lambda x, c, a, al: c - a * x ** -al, (0.84, 0.52, 0.6), (0.8, 0.5, 0.5)),
    "pow4": (lambda x, c, a, b, al: c - (a * x + b) ** -al, (1, 2, 0.4, 0.6), (0.9, 1, 1, 0.5)),
    "mmf": (lambda x, al, be, ka, de: al - (al - be) / (1 + (ka * x) ** de),
            (0.7, 0.01, 0.1, 1.5), (0.7, 0.1, 0.1, 1)),
    "exp4": (lambda x, c, a, b, al: c - np.exp(-a * x ** al + b), (0.7, 0.3, -0.8, 0.6),
             (0.7, 0.3, -0.5, 0.5)),
    "janoschek": (lambda x, al, be, ka, de: al - (al - be) * np.exp(-ka * x ** de),
                  (0.73, 0.07, 0.1, 0.8), (0.7, 0.1, 0.1, 1)),
    "weibull": (lambda x, al, be, ka, de: al - (al - be) * np.exp(-(ka * x) ** de),
                (0.92, 0.02, 0.04, 0.9), (0.9, 0.1, 0.05, 1)),
    "hill3": (lambda x, th, eta, ka: th * x ** eta / (ka ** eta + x ** eta), (0.77, 0.9, 8),
              (0.8, 1, 5)),
    "log_power": (lambda x, a, b, c: a / (1 + (x / np.exp(b)) ** c), (0.9, 1.5, -0.8),
                  (0.9, 1, -1)),
    "ilog2": (lambda x, c, a: c - a / np.log(x + 1), (0.8, 0.43), (0.8, 0.4)),
}

# The model, by the head comments of src/learn/curve.c and curve_family.c.
SHAPES = [
    (0.25, [(-2.3, 1.6)], lambda x, p: x ** -np.exp(p[0])),
    (0.2, [(-2.3, 1.6), (-5.8, 0)], lambda x, p: (x + np.exp(p[1])) ** -np.exp(p[0])),
    (0.2, [(-5.3, 1.1), (-0.7, 1.6)], lambda x, p: 1 / (1 + (x / np.exp(p[0])) ** np.exp(p[1]))),
    (0.25, [(-5.3, 1.1), (-0.9, 1.1)],
     lambda x, p: np.exp(-(x / np.exp(p[0])) ** np.exp(p[1]))),
    (0.1, [(-8.1, -1.2)], lambda x, p: 1 / np.log1p(x / np.exp(p[0]))),
]


def tidy(values, rising):
    """z, x, noise, centre, scale; values that have no spikes, at steps 1, 2, …"""
    y = -values if rising else values
    n, scale, centre = len(y), np.ptp(y), np.median(y[-3:])
    x, z = np.arange(1, n + 1) / STEPS, (y - centre) / scale
    far = [abs(z[i] - (z[i - 1] + z[i + 1]) / 2) / np.sqrt(1.5) for i in range(n // 3, n - 1)]
    return x, z, max(1.4826 * np.median(far), 1e-3), centre, scale


def parts(x, z, noise, rising):
    """(log weight, mean, sd, mean now) of each shape, at the end."""
    n = len(x)
    p_trend, wide = ((0.2, 0.3) if rising else (0.4, 2))
    w = x ** 0.7 / (1 + (0.1 * z / noise) ** 2)
    total = 6 * n / (n + 4)
    w *= total / w.sum()
    for prior, box, shape in SHAPES:
        size = 400 if len(box) == 1 else 70
        axes = [low + (high - low) * (np.arange(size) + 0.5) / size for low, high in box]
        for point in np.array(np.meshgrid(*axes)).reshape(len(box), -1).T:
            g, end = shape(x, point), shape(np.array([1.0]), point)[0]
            if not g[0] - end > 1e-6 * abs(g[0]):
                continue
            columns = np.stack([np.ones(n), (g - end) / (g[0] - end), x - 1], 1)
            for k, share in ((2, 1 - p_trend), (3, p_trend)):
                phi = columns[:, :k]
                ridge = np.diag([noise ** 2 / v ** 2 for v in (2.5, 2.5, wide)[:k]])
                mean = np.array([0, z[0], 0])[:k]
                precision = phi.T @ (w[:, None] * phi) + ridge
                m = np.linalg.solve(precision, phi.T @ (w * z) + ridge @ mean)
                rest = (w * z * z).sum() + mean @ ridge @ mean - m @ precision @ m
                df = 1.5 + total
                variance = (1.5 * noise ** 2 + max(rest, 0)) / df
                log_weight = (np.log(prior * share / size ** len(box))
                              + 0.5 * np.log(np.linalg.det(ridge) / np.linalg.det(precision))
                              - 0.5 * df * np.log(variance))
                now = phi[-1] @ m
                sd = np.sqrt(variance * (1 + np.linalg.inv(precision)[0, 0])
                             + (0.3 * (m[0] - now)) ** 2)
                yield log_weight, m[0], sd, df


def quantiles(values, rising):
    x, z, noise, centre, scale = tidy(values, rising)
    log_weight, mean, sd, df = map(np.array, zip(*parts(x, z, noise, rising)))
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()

    def at(share):
        share = 1 - share if rising else share
        found = optimize.brentq(lambda v: weight @ stats.t.cdf((v - mean) / sd, df) - share, -20, 20)
        return (-1 if rising else 1) * (centre + scale * found)
    return [at(share) for share in (0.05, 0.5, 0.95)]


def main():
    rng = np.random.default_rng(7)
    print("// By tools/make_curve_table.py: curves of 100 steps, of which the first n are given.\n"
          "// clang-format off\n"
          "static const struct {\n    const char *name;\n    bool rising;\n    uint32_t n;\n"
          "    double truth, fitted; // the end without noise, and by least squares\n"
          "    double q05, q50, q95; // by a dense grid\n    double value[64];\n} curve_table[] = {")
    for i, (name, (family, parameters, start)) in enumerate(FAMILIES.items()):
        for n, noise in ((12, 0.001), (40, 0.004)):
            rising = (i + n) % 3 != 0
            steps = np.arange(1, n + 1)
            values = np.round(family(steps, *parameters) + noise * rng.standard_normal(n), 6)
            truth = family(STEPS, *parameters)
            fit, _ = optimize.curve_fit(family, steps, values, start, maxfev=100000)
            values = values if rising else np.round(1 - values, 6)
            turn = (lambda v: v) if rising else (lambda v: 1 - v)
            q05, q50, q95 = quantiles(values, rising)
            print(f'    {{"{name}", {str(rising).lower()}, {n}, {turn(truth):.6g}, '
                  f'{turn(family(STEPS, *fit)):.6g},\n     {q05:.6g}, {q50:.6g}, {q95:.6g},\n     {{')
            for at in range(0, n, 8):
                print("      " + " ".join(f"{v:g}," for v in values[at:at + 8]))
            print("     }},")
    print("};\n// clang-format on")


if __name__ == "__main__":
    main()
