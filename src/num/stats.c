// Statistics of ranks and counts.
//
// Hypergeometric tails are sums that begin near the mean, by logarithms of factorials, and go away
// from it, each term from its neighbour, so that nothing that counts is lost. The chi square tail
// is the regularised upper incomplete gamma function: a series below, Lentz's continued fraction
// above a + 1 (Press et al.: Numerical Recipes, 6.2).
#include "num/stats.h"

#include <math.h>

// --- counts ---

static double log_factorial(uint32_t n)
{
    int sign;
    return lgamma_r((double)n + 1, &sign);
}

static double log_choose(uint32_t n, uint32_t k)
{
    return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

// P(H = t), t being possible.
static double probability(uint32_t t, uint32_t n, uint32_t k, uint32_t m)
{
    return exp(log_choose(k, t) + log_choose(n - k, m - t) - log_choose(n, m));
}

// Σ P(H = i), i = t, t - 1, …: t is at most the mean, so that the terms fall.
static double lower_tail(uint32_t t, uint32_t n, uint32_t k, uint32_t m)
{
    uint32_t least = k + m > n ? k + m - n : 0;
    double sum = 0, p = t < least ? 0 : probability(t, n, k, m);
    for (uint32_t i = t; p > 0; i--) {
        sum += p;
        if (i == least)
            break;
        double others = (double)(n - k) - (double)(m - i);
        p *= (double)i * others / ((double)(k - i + 1) * (double)(m - i + 1));
    }
    return sum;
}

// Σ P(H = i), i = t, t + 1, …: t is above the mean.
static double upper_tail(uint32_t t, uint32_t n, uint32_t k, uint32_t m)
{
    uint32_t most = k < m ? k : m;
    double sum = 0, p = t > most ? 0 : probability(t, n, k, m);
    for (uint32_t i = t; p > 0; i++) {
        sum += p;
        if (i == most)
            break;
        double others = (double)(n - k) - (double)(m - i) + 1;
        p *= (double)(k - i) * (double)(m - i) / ((double)(i + 1) * others);
    }
    return sum;
}

double hn_hypergeometric_at_most(uint32_t t, uint32_t n, uint32_t k, uint32_t m)
{
    double mean = n ? (double)k * m / n : 0;
    return t <= mean ? lower_tail(t, n, k, m) : 1 - upper_tail(t + 1, n, k, m);
}

double hn_hypergeometric_at_least(uint32_t t, uint32_t n, uint32_t k, uint32_t m)
{
    double mean = n ? (double)k * m / n : 0;
    return t > mean ? upper_tail(t, n, k, m) : 1 - (t ? lower_tail(t - 1, n, k, m) : 0);
}

// --- chi square ---

enum { MAX_TERMS = 1000 };

// Lower regularised gamma by its series; x < a + 1.
static double gamma_below(double a, double x, double scale)
{
    double term = 1 / a, sum = term;
    for (int i = 1; i < MAX_TERMS && term > sum * 1e-16; i++) {
        term *= x / (a + i);
        sum += term;
    }
    return sum * scale;
}

// Upper regularised gamma by its continued fraction; x >= a + 1.
static double gamma_above(double a, double x, double scale)
{
    const double tiny = 1e-300;
    double b = x + 1 - a, c = 1 / tiny, d = 1 / b, f = d;
    for (int i = 1; i < MAX_TERMS; i++) {
        double an = -i * (i - a);
        b += 2;
        d = an * d + b;
        d = fabs(d) < tiny ? tiny : d;
        c = b + an / c;
        c = fabs(c) < tiny ? tiny : c;
        d = 1 / d;
        f *= d * c;
        if (fabs(d * c - 1) < 1e-15)
            break;
    }
    return f * scale;
}

double hn_chi2_above(double x, uint32_t df)
{
    int sign;
    double a = df / 2.0, half = x / 2;
    if (!(x > 0))
        return 1;
    double scale = exp(a * log(half) - half - lgamma_r(a, &sign));
    return half < a + 1 ? 1 - gamma_below(a, half, scale) : gamma_above(a, half, scale);
}

// --- ranks ---

void hn_mid_ranks(const double *sorted, uint32_t n, double *rank)
{
    for (uint32_t from = 0; from < n;) {
        uint32_t to = from + 1;
        while (to < n && sorted[to] == sorted[from])
            to++;
        for (uint32_t i = from; i < to; i++)
            rank[i] = (from + 1 + to) / 2.0;
        from = to;
    }
}

// The statistic is (N - 1) Σ n_g (r̄_g - r̄)² / Σ (r - r̄)², which takes care of ties by itself.
double hn_kruskal_wallis(const double *rank, const uint32_t *group, uint32_t n, uint32_t n_groups)
{
    double sum[HN_MAX_GROUPS] = {0}, all = 0, total = 0, between = 0;
    uint32_t count[HN_MAX_GROUPS] = {0}, n_in = 0, n_used = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (group[i] >= n_groups)
            continue;
        sum[group[i]] += rank[i];
        count[group[i]]++;
        all += rank[i];
        n_in++;
    }
    double mean = n_in ? all / n_in : 0;
    for (uint32_t i = 0; i < n; i++)
        total += group[i] < n_groups ? (rank[i] - mean) * (rank[i] - mean) : 0;
    for (uint32_t g = 0; g < n_groups; g++) {
        if (count[g] == 0)
            continue;
        double d = sum[g] / count[g] - mean;
        between += count[g] * d * d;
        n_used++;
    }
    if (n_used < 2 || !(total > 0))
        return 1;
    return hn_chi2_above((n_in - 1) * between / total, n_used - 1);
}
