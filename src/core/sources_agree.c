// How far an earlier study agrees with the trials of this one.
//
//  1. The source's expectation at a point is the mean rank of the five of its trials nearest to it,
//     weighted by one over the squared distance: no model, no fit, and nothing but ranks, so that
//     the two objectives need not have the same scale. Numbers differ by their share of the range,
//     choices by one.
//  2. Agreement is the share of pairs of own trials that come out in the order expected; half a
//     pair where equal ranks are expected. Equal results do not count.
//  3. Trust is what is left of Kendall's tau, 2 · agreement - 1, beside PRIOR_TRIALS trials that
//     speak for the source: it begins high, and a few trials that contradict end it.

#include "core/sources.h"

#include <math.h>
#include <string.h>

enum { NEIGHBOURS = 5, MOST = 100 };
#define PRIOR_TRIALS 3.0
#define PRIOR_TAU    0.8

static double distance(const hn_sources *s, const hn_source_trials *source, const double *a,
                       const double *b)
{
    double sum = 0;
    for (uint32_t j = 0; j < s->n_dims; j++) {
        if (!source->known[j] || (isnan(a[j]) && isnan(b[j])))
            continue;
        double step = a[j] - b[j];
        if (isnan(step))
            sum += 0.25; // one of them is inactive
        else
            sum += s->features[j].n_choices > 0 ? step != 0 : step * step;
    }
    return sum;
}

double hn_source_predict(const hn_sources *s, const hn_source_trials *source, const double *x)
{
    double near[NEIGHBOURS], rank[NEIGHBOURS], sum = 0, weights = 0;
    uint32_t n = 0;
    for (uint32_t k = 0; k < source->n; k++) {
        const double *other = source->x + (size_t)source->order[k] * s->n_dims;
        double d2 = distance(s, source, x, other);
        if (n == NEIGHBOURS && d2 >= near[n - 1])
            continue;
        uint32_t at = n < NEIGHBOURS ? n++ : n - 1;
        for (; at > 0 && near[at - 1] > d2; at--) {
            near[at] = near[at - 1];
            rank[at] = rank[at - 1];
        }
        near[at] = d2;
        rank[at] = source->n > 1 ? k / (source->n - 1.0) : 0;
    }
    for (uint32_t k = 0; k < n; k++) {
        double weight = 1 / (near[k] + 1e-6);
        sum += weight * rank[k];
        weights += weight;
    }
    return n > 0 ? sum / weights : 0.5;
}

double hn_source_agreement(const hn_sources *s, const hn_source_trials *source,
                           const hn_evidence *e, uint32_t *n, hn_arena *scratch)
{
    double *y = HN_NEW(scratch, double, MOST), *expected = HN_NEW(scratch, double, MOST);
    double right = 0, pairs = 0;
    uint32_t m = 0;
    *n = 0;
    if (hn_arena_failed(scratch) || source->n == 0)
        return NAN;
    for (uint32_t t = e->n_trials; t-- > 0 && m < MOST;) {
        const hn_evidence_row *row = &e->rows.data[t];
        if (row->kind != HN_EVIDENCE_COMPLETE || row->partly)
            continue;
        y[m] = hn_evidence_y(e, t)[0];
        expected[m++] = hn_source_predict(s, source, hn_evidence_x(e, t));
    }
    for (uint32_t i = 0; i < m; i++)
        for (uint32_t j = 0; j < i; j++) {
            if (y[i] == y[j])
                continue;
            pairs++;
            if (expected[i] == expected[j])
                right += 0.5;
            else
                right += (y[i] < y[j]) == (expected[i] < expected[j]);
        }
    *n = m;
    return pairs > 0 ? right / pairs : NAN;
}

double hn_source_trust(double agreement, uint32_t n)
{
    double tau = isnan(agreement) ? 0 : 2 * agreement - 1;
    uint32_t counted = isnan(agreement) ? 0 : n;
    return fmax(0, (PRIOR_TRIALS * PRIOR_TAU + counted * tau) / (PRIOR_TRIALS + counted));
}
