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


def friedman(blocks):
    """p of equal treatments, from rows of their values, one a block; ties share their ranks."""
    k, n = len(blocks[0]), len(blocks)
    sums, squares = [0.0] * k, 0.0
    for row in map(ranks, blocks):
        sums = [s + r for s, r in zip(sums, row)]
        squares += sum(r * r for r in row)
    expected = n * k * (k + 1) ** 2 / 4
    if squares == expected:  # all are equal in every block
        return 1.0
    chi2 = (k - 1) * (sum(s * s for s in sums) - n * expected) / (squares - expected)
    return chi2_above(chi2, k - 1)


def chi2_above(x, freedom):
    """The probability of more than x, by the series of the incomplete gamma function, or by its
    continued fraction where that converges (Numerical Recipes, section 6.2)."""
    a, x = freedom / 2, x / 2
    if x <= 0:
        return 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        while term > total * 1e-16:
            a += 1
            term *= x / a
            total += term
        return 1 - total * front
    b, d = x + 1 - a, 1 / (x + 1 - a)
    c, fraction = 1e300, d
    for i in range(1, 1000):
        b += 2
        d, c = 1 / (b - i * (i - a) * d), b - i * (i - a) / c
        fraction *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return fraction * front


def critical_difference(k, n, confidence=0.95):
    """Nemenyi: mean ranks of k treatments in n blocks that are further apart differ."""
    return range_quantile(confidence, k) / math.sqrt(2) * math.sqrt(k * (k + 1) / (6 * n))


def range_quantile(p, k):
    """The p-quantile of the range of k standard normal numbers, by bisection."""
    low, high = 0.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _range_cdf(middle, k) < p else (low, middle)
    return (low + high) / 2


def _range_cdf(q, k, steps=2000):
    """k ∫ φ(z) (Φ(z) − Φ(z − q))^(k−1) dz, by the trapezoidal rule, which is exact enough for smooth
    functions that vanish at both ends."""
    normal, width = statistics.NormalDist(), 18 / steps
    points = (-9 + width * i for i in range(steps + 1))
    return k * width * sum(normal.pdf(z) * (normal.cdf(z) - normal.cdf(z - q)) ** (k - 1)
                           for z in points)


def holm(p_values):
    """The same p, adjusted for their number (Holm), so that any below 0.05 is significant."""
    adjusted, worst = [0.0] * len(p_values), 0.0
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    for place, i in enumerate(order):
        worst = max(worst, min(1.0, (len(order) - place) * p_values[i]))
        adjusted[i] = worst
    return adjusted
