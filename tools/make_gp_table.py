#!/usr/bin/env python3
"""Writes test/unit/learn/gp_table.h: what Optuna and BoTorch make of Gaussian processes.

    python tools/make_gp_table.py > test/unit/learn/gp_table.h   (Optuna 5.0, BoTorch 0.18, mpmath 1.3)

Log likelihoods with their gradients, posteriors and log expected improvements at given
hyperparameters are those of Optuna; on cases without choices BoTorch has to agree to 1e-8. The tail
of the log expected improvement and of the normal law is computed with fifty digits.
"""
import math
import random
import warnings

import mpmath
import torch
from botorch.acquisition.analytic import LogExpectedImprovement
from botorch.models import SingleTaskGP
from gpytorch.kernels import MaternKernel, ScaleKernel
from gpytorch.means import ZeroMean
from optuna._gp.acqf import logei
from optuna._gp.gp import GPRegressor

warnings.filterwarnings("ignore")
torch.set_default_dtype(torch.float64)
chance = random.Random(11)


def by_optuna(x, y, choices, hyper, points, best):
    d = len(choices)
    h = torch.tensor(hyper, requires_grad=True)
    model = GPRegressor(torch.tensor(choices), torch.tensor(x), torch.tensor(y),
                        torch.exp(-2 * h[:d]), torch.exp(h[d]), torch.exp(h[d + 1]))
    value = model.marginal_log_likelihood()
    value.backward()
    model._cache_matrix()
    with torch.no_grad():
        mean, variance = model.posterior(torch.tensor(points))
        # Optuna maximises: the improvement on `best` of values that are to become less.
        gain = logei(-mean, variance.clone(), -best)
    return (value.item() - 0.5 * len(y) * math.log(2 * math.pi), h.grad.tolist(), mean.tolist(),
            variance.tolist(), gain.tolist())


def by_botorch(x, y, hyper, points, best):
    d = len(x[0])
    kernel = ScaleKernel(MaternKernel(nu=2.5, ard_num_dims=d))
    model = SingleTaskGP(torch.tensor(x), torch.tensor(y).unsqueeze(-1), covar_module=kernel,
                         mean_module=ZeroMean(), outcome_transform=None)
    kernel.base_kernel.lengthscale = torch.exp(torch.tensor(hyper[:d]))
    kernel.outputscale = math.exp(hyper[d])
    model.likelihood.noise = math.exp(hyper[d + 1])
    model.train()
    value = model.likelihood(model(*model.train_inputs)).log_prob(model.train_targets).item()
    model.eval()
    with torch.no_grad():
        posterior = model.posterior(torch.tensor(points))
        gain = LogExpectedImprovement(model, best_f=best, maximize=False)(
            torch.tensor(points).unsqueeze(1))
    return value, posterior.mean.flatten().tolist(), posterior.variance.flatten().tolist(), \
        gain.tolist()


def close(a, b, tolerance=1e-8):
    return all(abs(p - q) <= tolerance * (1 + abs(q)) for p, q in zip(a, b, strict=True))


def numbers(values):
    return ", ".join(repr(float(v)) for v in values)


def case(name, n, choices, lengths, scale, noise, n_points=5):
    row = lambda: [float(chance.randrange(c)) if c else chance.random() for c in choices]
    x, points = [row() for _ in range(n)], [row() for _ in range(n_points)]
    points[0] = x[0]
    y = [math.sin(3 * sum(r)) + 0.3 * r[0] + 0.1 * chance.gauss(0, 1) for r in x]
    hyper = [math.log(v) for v in [*lengths, scale, noise]]
    best = min(y)
    value, gradient, mean, variance, gain = by_optuna(x, y, [bool(c) for c in choices], hyper,
                                                      points, best)
    if not any(choices):
        other, m, v, g = by_botorch(x, y, hyper, points, best)
        assert close([other], [value]) and close(m, mean) and close(v, variance), name
        assert close(g, gain, 1e-6), (name, g, gain)
    flat = lambda rows: [v for r in rows for v in r]
    print(f'    {{"{name}", {n}, {len(choices)}, {n_points}, {{{numbers(map(bool, choices))}}},')
    for values in (flat(x), y, hyper, gradient, flat(points), mean, variance, gain):
        print(f"     {{{numbers(values)}}},")
    print(f"     {value!r}}},")


def exact(u):
    u = mpmath.mpf(u)
    cdf = mpmath.erfc(-u / mpmath.sqrt(2)) / 2
    pdf = mpmath.exp(-u * u / 2) / mpmath.sqrt(2 * mpmath.pi)
    h = pdf + u * cdf
    return [u, mpmath.log(h), cdf / h, mpmath.log(cdf), pdf / cdf]


print("// Made by tools/make_gp_table.py.")
print("static const gp_case gp_cases[] = {")
case("one dimension", 6, [0], [0.3], 1.0, 1e-2)
case("three numbers", 15, [0, 0, 0], [0.2, 0.7, 2.5], 1.7, 1e-3)
case("eight numbers", 30, [0] * 8, [0.5, 1, 2, 4, 0.3, 0.8, 1.5, 6], 0.6, 5e-2)
case("numbers and choices", 20, [0, 3, 0, 2, 0], [0.4, 0.9, 1.5, 2.0, 0.7], 1.2, 1e-2)
case("choices", 12, [4, 3], [0.8, 1.4], 0.9, 2e-2)
print("};")
print("static const double gp_tails[][5] = { // u, log h, its derivative, log cdf, its derivative")
# Zero to fifty digits takes more of them where h is tiny.
for u in [5, 2, 0.5, 0, -0.5, -0.999, -1, -1.5, -5, -10, -14.999, -15, -25, -100, -1e3, -1e6, -1e8]:
    mpmath.mp.dps = 50 + (60 if abs(u) < 1e3 else 120)
    if abs(u) > 50:  # erfc by its continued fraction, far beyond what the series reaches
        mpmath.mp.dps = 120
        t = mpmath.mpf(-u)
        q, term, m, b = 1 / (t * t), mpmath.mpf(1), mpmath.mpf(1), mpmath.mpf(0)
        for k in range(1, 40):
            b += -term * -(2 * k - 1) * q
            term *= -(2 * k - 1) * q
            m += term
        m /= t
        log_pdf = -t * t / 2 - mpmath.log(2 * mpmath.pi) / 2
        values = [u, log_pdf + mpmath.log(b), m / b, log_pdf + mpmath.log(m), 1 / m]
    else:
        values = exact(u)
    print(f"    {{{', '.join(mpmath.nstr(mpmath.mpf(v), 18) for v in values)}}},")
print("};")
