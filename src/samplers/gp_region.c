// A trust region about the best trial, for many dimensions.
//
// Where dimensions are many, points far from all others are always the least certain, and the
// search would spend its trials at the corners of the space. The region is a box about the best
// feasible trial, of length L times the relative length scale on each number; choices are free.
// L begins at 0.8; three successes in a row double it, up to 1.6, and `patience` failures in a row,
// at least four, halve it; below 2^-7 it begins again. A success is a gain of a thousandth of the
// best value's size. All this is worked out from the results in the order of the trials each time,
// so that it needs no state.
// Source: Eriksson, Pearce, Gardner, Turner, Poloczek. Scalable global optimization via local
// Bayesian optimization (TuRBO). NeurIPS 2019. Differences: the model keeps all trials, and a new
// beginning the best one.
#include "samplers/gp_search.h"

#include <math.h>

#include "num/clamp.h"

#define FIRST 0.8
#define MOST  1.6
#define LEAST 0x1p-7

// Length of the region; the best trial, HN_NONE when there is none.
static double length_of(const hn_evidence *e, uint32_t n_startup, double patience, uint32_t *best)
{
    double length = FIRST, least = INFINITY;
    uint32_t n = 0, successes = 0, failures = 0, tolerance = (uint32_t)fmax(4, patience);
    *best = HN_NONE;
    for (uint32_t t = 0; t < e->n_trials; t++) {
        const hn_evidence_row *row = &e->rows.data[t];
        if (row->kind != HN_EVIDENCE_COMPLETE || row->infeasible)
            continue;
        double y = hn_evidence_y(e, t)[0];
        bool success = y < least - 1e-3 * fabs(least) || *best == HN_NONE;
        if (y < least || *best == HN_NONE) {
            least = y;
            *best = t;
        }
        if (++n <= n_startup)
            continue;
        successes = success ? successes + 1 : 0;
        failures = success ? 0 : failures + 1;
        if (successes == 3) {
            length = fmin(2 * length, MOST);
            successes = 0;
        } else if (failures == tolerance) {
            length /= 2;
            failures = 0;
        }
        if (length < LEAST)
            length = FIRST;
    }
    return length;
}

void hn_gp_region(const hn_gp_search *s, uint32_t n_startup, double patience)
{
    const double *inverse = s->scene->objective->gp.inverse_length;
    uint32_t d = s->scene->n_dims, best, n = 0;
    double length = length_of(s->evidence, n_startup, patience, &best), mean = 0;
    if (best == HN_NONE)
        return;
    const double *x = hn_evidence_x(s->evidence, best);
    for (uint32_t j = 0; j < d; j++)
        if (s->evidence->features[j].n_choices == 0) {
            mean -= log(inverse[j]);
            n++;
        }
    for (uint32_t j = 0; j < d && n > 0; j++) {
        if (s->evidence->features[j].n_choices > 0 || isnan(x[j]))
            continue;
        double half = 0.5 * length * hn_clamp(exp(-log(inverse[j]) - mean / n), 0.1, 10);
        s->low[j] = fmax(0, x[j] - half);
        s->high[j] = fmin(1, x[j] + half);
    }
}
