// The shapes that learning curves are made of.
//
// Domhan, Springenberg, Hutter: Speeding up automatic hyperparameter optimization of deep neural
// networks by extrapolation of learning curves. IJCAI 2015, table 1, lists eleven. Their first
// coefficients enter linearly: value = c + a g(x). Freed from these, most are one of four
//
//     power    g = x^-α                    pow3
//     shifted  g = (x + s)^-α              pow4
//     hill     g = 1 / (1 + (x / κ)^δ)     mmf, hill3, log power
//     weibull  g = exp(-(x / κ)^δ)         weibull, janoschek, exp4
//     inverse  g = 1 / ln(1 + x / κ)       ilog2, with κ = 1 step
//
// so that only α, s, κ, δ are left to be searched. vap and loglog, which have no limit, are left
// out: the power with a small α does what they do. x is a share of the whole training, hence the
// ranges: a training whose curve bends after hundred times its length, or before a thousandth of
// it, is straight or over.
#include "learn/curve_internal.h"

#include "num/many.h"

enum { POWER, SHIFTED, HILL, WEIBULL, INVERSE };

// Logarithms of the bounds of α, s, κ, δ: 0.1 to 5, 0.003 to 1, 0.005 to 3, 0.5 to 5, 0.4 to 3;
// κ of the inverse: 0.0003 to 0.3.
const hn_curve_family hn_curve_families[HN_CURVE_FAMILIES] = {
    [POWER] = {"power", 0.25, 1, {-2.3}, {1.6}, {12, 1}},
    [SHIFTED] = {"shifted", 0.2, 2, {-2.3, -5.8}, {1.6, 0}, {8, 4}},
    [HILL] = {"hill", 0.2, 2, {-5.3, -0.7}, {1.1, 1.6}, {8, 6}},
    [WEIBULL] = {"weibull", 0.25, 2, {-5.3, -0.9}, {1.1, 1.1}, {8, 6}},
    [INVERSE] = {"inverse", 0.1, 1, {-8.1}, {-1.2}, {6, 1}},
};

void hn_curve_parameters(int family, const double *first, const double *second, uint32_t n,
                         double *a, double *b)
{
    bool has_scale = family == HILL || family == WEIBULL;
    for (uint32_t i = 0; i < n; i++) {
        a[i] = family == INVERSE ? -first[i] : first[i];
        b[i] = second[i];
    }
    if (!has_scale)
        hn_exp_many(a, n);
    if (hn_curve_families[family].n_shape > 1)
        hn_exp_many(b, n);
}

// The number that the family takes an exponential of, or, the inverse, a logarithm.
static void fill_arguments(int family, const double *a, const double *b, uint32_t n, double x,
                           double log_x, double *g)
{
    if (family == SHIFTED) {
        for (uint32_t i = 0; i < n; i++)
            g[i] = x + b[i];
        hn_log_many(g, n);
    }
    for (uint32_t i = 0; i < n; i++)
        g[i] = family == POWER     ? -a[i] * log_x
               : family == SHIFTED ? -a[i] * g[i]
               : family == INVERSE ? a[i] * x
                                   : b[i] * (log_x - a[i]);
}

// 1 / ln(1 + u). Where u is so small that 1 + u has lost it, u / (1 + u) is its logarithm.
static void inverses(double *g, uint32_t n)
{
    enum { PIECE = 256 };
    double logs[PIECE];
    for (uint32_t from = 0; from < n; from += PIECE) {
        uint32_t size = n - from < PIECE ? n - from : PIECE;
        for (uint32_t i = 0; i < size; i++)
            logs[i] = 1 + g[from + i];
        hn_log_many(logs, size);
        for (uint32_t i = 0; i < size; i++) {
            double least = g[from + i] / (1 + g[from + i]);
            g[from + i] = 1 / (logs[i] > least ? logs[i] : least);
        }
    }
}

// In place. What is as good as infinite is a finite number, so that differences of it are some.
static void exponentials(double *g, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        g[i] = g[i] < 700 ? g[i] : 700;
    hn_exp_many(g, n);
}

void hn_curve_shapes(int family, const double *a, const double *b, uint32_t n, const double *x,
                     const double *log_x, uint32_t n_x, double *g)
{
    uint32_t size = n * n_x;
    for (uint32_t k = 0; k < n_x; k++)
        fill_arguments(family, a, b, n, x[k], log_x[k], g + (size_t)k * n);
    if (family == INVERSE) {
        inverses(g, size);
        return;
    }
    exponentials(g, size);
    for (uint32_t i = 0; family == HILL && i < size; i++)
        g[i] = 1 / (1 + g[i]);
    for (uint32_t i = 0; family == WEIBULL && i < size; i++)
        g[i] = -g[i];
    if (family == WEIBULL)
        hn_exp_many(g, size);
}
