// The tables of successive halving and Hyperband; see rungs.h.
//
// Sources: Karnin, Koren, Somekh: Almost optimal exploration in multi-armed bandits. ICML 2013;
//     Jamieson, Talwalkar: Non-stochastic best arm identification and hyperparameter optimization.
//     AISTATS 2016 (successive halving); Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar: Hyperband:
//     a novel bandit-based approach to hyperparameter optimization. JMLR 18, 2018 (algorithm 1 and
//     the table of R = 81).
//
// Logarithms and powers of floating-point numbers miss whole numbers by a hair (log 81 / log 3 may
// be 3.9999…). So powers are products, and what is rounded up or down is first moved by 1e-9 of
// itself towards the whole number it may have been meant to be.

#include "schedulers/rungs.h"

#include <math.h>

static const double HAIR = 1e-9;

static double power(double eta, uint32_t exponent)
{
    double out = 1;
    while (exponent-- > 0)
        out *= eta;
    return out;
}

static uint64_t whole_down(double x)
{
    return (uint64_t)floor(x * (1 + HAIR));
}

static uint64_t whole_up(double x)
{
    return (uint64_t)ceil(x * (1 - HAIR));
}

void hn_ladder_span(double eta, double fallback, double span, double *r, double *R)
{
    double apart = 1;
    bool whole = *R >= 1 && *R == floor(*R);
    double most = whole && *r <= 0 && *R < span ? *R : span;
    while (apart * eta <= most * (1 + HAIR))
        apart *= eta;
    if (*r <= 0 && *R <= 0)
        *r = fallback;
    if (*R <= 0)
        *R = *r * apart;
    else if (*r <= 0)
        *r = whole ? floor(*R / apart * (1 + HAIR)) : *R / apart;
}

double hn_ladder_place(double at, double given)
{
    if (at == floor(at) || !(fabs(at - given) > HAIR * given))
        return at == floor(at) ? at : given;
    double scale = pow(10, 5 - floor(log10(at)));
    return scale > 1 ? floor(at * scale + 0.5) / scale : floor(at + 0.5);
}

void hn_ladder_make(double r, double R, double eta, hn_ladder *out)
{
    bool whole = r == floor(r) && R == floor(R);
    uint32_t s_max = 0;
    while (s_max + 1 < HN_LADDER_MAX && r * power(eta, s_max + 1) <= R * (1 + HAIR))
        s_max++;
    *out = (hn_ladder){.n = s_max + 1, .eta = eta};
    for (uint32_t k = 0; k <= s_max; k++) {
        double at = R / power(eta, s_max - k);
        out->at[k] = whole ? floor(at + 0.5) : hn_ladder_place(at, r);
    }
    out->at[s_max] = R;
}

static void fill(const hn_ladder *ladder, uint32_t first, uint64_t n, hn_rungs *out)
{
    *out = (hn_rungs){.first = first, .n = ladder->n - first};
    for (uint32_t i = 0; i < out->n; i++) {
        uint64_t size = whole_down((double)n / power(ladder->eta, i));
        out->size[i] = size > 0 ? size : 1;
    }
}

void hn_rungs_of_bracket(const hn_ladder *ladder, uint32_t s, hn_shares shares, hn_rungs *out)
{
    double all = ladder->n, of_each = s + 1.0, grown = power(ladder->eta, s);
    uint64_t n = shares == HN_SHARES_EVEN ? whole_up(all * grown / of_each)
                                          : whole_down((double)(ladder->n / (s + 1)) * grown);
    fill(ladder, ladder->n - 1 - s, n, out);
}

void hn_rungs_of(const hn_ladder *ladder, uint64_t n, hn_rungs *out)
{
    fill(ladder, 0, n, out);
}

void hn_rungs_scale(const hn_rungs *rungs, double eta, uint64_t n0, uint64_t *sizes)
{
    for (uint32_t i = 0; i < rungs->n; i++) {
        uint64_t size = whole_down((double)n0 / power(eta, i));
        sizes[i] = n0 >= rungs->size[0] || size > rungs->size[i] ? rungs->size[i] : size;
    }
}

double hn_rungs_cost(const hn_ladder *ladder, const hn_rungs *rungs, bool resumed)
{
    double cost = 0;
    for (uint32_t i = 0; i < rungs->n; i++) {
        double from = resumed && i > 0 ? ladder->at[rungs->first + i - 1] : 0;
        cost += (double)rungs->size[i] * (ladder->at[rungs->first + i] - from);
    }
    return cost;
}
