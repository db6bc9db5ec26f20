"""The statistics of comparisons, in plain Python so that they need nothing installed.

Differences are A − B of something to minimise. Runs of one problem resemble each other, so that the
problem is the unit: seeds are averaged first, and bounds come from the spread between problems
(Student's t) and from a bootstrap that draws whole problems and then seeds within them.
"""
import math
import random
import statistics


def mean_bound(groups, confidence=0.95):
    """Upper one-sided bound of the mean of the groups' means, by Student's t; the mean itself if
    there is one group only."""
    means = [statistics.fmean(group) for group in groups]
    mean = statistics.fmean(means)
    if len(means) < 2:
        return math.inf
    error = statistics.stdev(means) / math.sqrt(len(means))
    return mean + t_quantile(confidence, len(means) - 1) * error


def bootstrap_bound(groups, confidence=0.95, n=2000, seed=1):
    """The same by drawing groups with replacement, and members within each drawn group."""
    rng, means = random.Random(seed), []
    for _ in range(n):
        drawn = rng.choices(groups, k=len(groups))
        means.append(statistics.fmean(statistics.fmean(rng.choices(g, k=len(g))) for g in drawn))
    means.sort()
    return means[min(n - 1, math.ceil(confidence * n) - 1)]


def t_quantile(p, freedom):
    """The p-quantile of Student's t, p in [0.5, 1), by bisection of its distribution."""
    low, high = 0.0, 1.0
    while t_cdf(high, freedom) < p:
        low, high = high, 2 * high
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, freedom) < p else (low, middle)
    return (low + high) / 2


def t_cdf(t, freedom):
    """Of t ≥ 0."""
    return 1 - incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2


def incomplete_beta(a, b, x):
    """The regularised one, by Lentz' continued fraction (Numerical Recipes, section 6.4)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x)
                     + b * math.log1p(-x)) / a
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 300):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d, c = 1 / (1 + term * d), 1 + term / c
            fraction *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return front * fraction


def ranks(values):
    """From 1 for the least; equal values share the mean of their ranks."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    shared, start = [0.0] * len(values), 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for i in order[start:end]:
            shared[i] = (start + 1 + end) / 2
        start = end
    return shared


def wilcoxon(differences):
    """Two-sided p of the signed-rank test. Zeros are left out. Exact up to 50 differences, ties
    included: the distribution over all signs is summed up on doubled ranks, which are integers."""
    kept = [d for d in differences if d != 0]
    if not kept:
        return 1.0
    rank = ranks([abs(d) for d in kept])
    positive = sum(r for r, d in zip(rank, kept) if d > 0)
    if len(kept) > 50:
        return _wilcoxon_normal(positive, rank)
    doubled, total = [round(2 * r) for r in rank], round(2 * sum(rank))
    ways = [1] + [0] * total
    for r in doubled:
        for s in range(total, r - 1, -1):
            ways[s] += ways[s - r]
    least = min(round(2 * positive), total - round(2 * positive))
    return min(1.0, 2 * sum(ways[:least + 1]) / 2 ** len(kept))


def _wilcoxon_normal(positive, rank):
    """With ties, the variance of the sum of signed ranks is Σ r² / 4."""
    z = (positive - sum(rank) / 2) / math.sqrt(sum(r * r for r in rank) / 4)
    return min(1.0, math.erfc(abs(z) / math.sqrt(2)))


def rank_pair(a, b):
    """The rank of a beside b."""
    return 1.0 if a < b else 2.0 if a > b else 1.5
