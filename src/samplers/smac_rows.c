// Rows of smac's forests; see smac_rows.h.
//
// 1. Everything that has ended counts: complete and pruned trials for the objectives, these and the
//    failed ones for where it fails.
// 2. A trial that was stopped, or is paused, counts with what it would come to at its end, as far
// as
//    others tell (core/evidence.h). Where they do not, and in trees that are grown less often than
//    each trial, its last report counts, but as no better than the median and no worse than the
//    worst of the complete ones: it was stopped because it was worse than others at that point.
// 3. Of more than HN_SMAC_MOST_ROWS trials a quarter are the best, half the newest, and the rest an
//    even sample by a hash of their numbers, so that which ones it holds changes little by little.

#include "samplers/smac_rows.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "num/clamp.h"
#include "num/select.h"

// --- the scale ---

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The fifth percentile of what is finite; of many equal least ones, the next value.
static double fifth(const double *values, uint32_t n)
{
    uint32_t at = n / 20;
    while (at + 1 < n && !(values[at] > values[0]))
        at++;
    return values[at];
}

hn_smac_scale hn_smac_scale_of(double *values, uint32_t n)
{
    hn_smac_scale scale = {.flat = true};
    uint32_t n_finite = 0;
    for (uint32_t i = 0; i < n; i++)
        if (isfinite(values[i]))
            values[n_finite++] = values[i];
    if (n_finite == 0)
        return scale;
    qsort(values, n_finite, sizeof *values, ascending);
    scale.n = n_finite;
    scale.low = values[0];
    scale.top = values[n_finite - 1];
    scale.middle = values[n_finite / 2];
    scale.flat = !(scale.top > scale.low);
    // A thousandth of the way to the median at least: two trials that happen to be close to each
    // other do not stretch the scale.
    double gap = fifth(values, n_finite) / 4 - scale.low / 4;
    gap = fmax(gap, 1e-3 * (scale.middle / 4 - scale.low / 4));
    scale.from = hn_clamp(4 * (scale.low / 4 - gap), -DBL_MAX, DBL_MAX);
    scale.least = 0;
    scale.least = hn_smac_scaled(&scale, scale.low);
    return scale;
}

double hn_smac_scaled(const hn_smac_scale *s, double value)
{
    if (s->flat)
        return 0;
    // In quarters, since differences of doubles need not be doubles.
    double part = (hn_clamp(value, s->low, s->top) / 4 - s->from / 4) / (s->top / 4 - s->from / 4);
    return log(hn_clamp(part, DBL_MIN, 1));
}

// --- the trials ---

static bool was_stopped(const hn_evidence_row *row)
{
    return row->kind == HN_EVIDENCE_PRUNED ||
           (row->kind == HN_EVIDENCE_PENDING && !isnan(row->last));
}

static bool has_ended(const hn_evidence_row *row)
{
    return was_stopped(row) || row->kind == HN_EVIDENCE_COMPLETE || row->kind == HN_EVIDENCE_FAILED;
}

double hn_smac_value(const hn_evidence *e, const hn_smac_scale *scale, uint32_t objective,
                     uint32_t trial, bool carried)
{
    const hn_evidence_row *row = &e->rows.data[trial];
    if (objective == e->n_objectives)
        return row->kind == HN_EVIDENCE_COMPLETE ? row->violation : NAN;
    if (row->kind == HN_EVIDENCE_COMPLETE)
        return hn_evidence_y(e, trial)[objective];
    if (!was_stopped(row) || scale->n == 0)
        return NAN;
    if (carried && !isnan(row->expected)) // of one objective alone
        return row->expected;
    return objective > 0 || isnan(row->last) ? scale->top
                                             : hn_clamp(row->last, scale->middle, scale->top);
}

static uint32_t scramble(uint32_t x)
{
    x = (x ^ x >> 16) * UINT32_C(0x7feb352d);
    x = (x ^ x >> 15) * UINT32_C(0x846ca68b);
    return x ^ x >> 16;
}

// The value that the best `wanted` of the complete ones do not exceed; NaN when there is no room.
static hone_status best_below(const hn_evidence *e, const hn_smac_trials *all, uint32_t objective,
                              size_t wanted, double *out, hone_error *err)
{
    double *values = hn_reallocarray(NULL, all->n + 1, sizeof *values);
    size_t n = 0;
    if (!values)
        return hn_fail_memory(err);
    for (size_t i = 0; i < all->n; i++)
        if (e->rows.data[all->data[i]].kind == HN_EVIDENCE_COMPLETE)
            values[n++] = hn_evidence_y(e, all->data[i])[objective];
    *out = n > wanted ? hn_kth(values, n, wanted) : INFINITY;
    hn_free(values);
    return HONE_OK;
}

static hone_status thin_out(const hn_evidence *e, hn_smac_trials *trials, hone_error *err)
{
    enum { NEW = HN_SMAC_MOST_ROWS / 2, BEST = HN_SMAC_MOST_ROWS / 4, REST = BEST };
    size_t n = trials->n, n_old = n - NEW, kept = 0, n_best = BEST / e->n_objectives;
    uint32_t sampled = (uint32_t)((double)REST / (double)n_old * UINT32_MAX);
    double *bounds = hn_calloc(e->n_objectives, sizeof *bounds);
    hone_status status = bounds ? HONE_OK : hn_fail_memory(err);
    for (uint32_t m = 0; status == HONE_OK && m < e->n_objectives; m++)
        status = best_below(e, trials, m, n_best, &bounds[m], err);
    for (size_t i = 0; status == HONE_OK && i < n; i++) {
        uint32_t t = trials->data[i];
        bool keep = i >= n_old || scramble(t) < sampled;
        for (uint32_t m = 0; m < e->n_objectives; m++)
            keep |=
                e->rows.data[t].kind == HN_EVIDENCE_COMPLETE && hn_evidence_y(e, t)[m] < bounds[m];
        trials->data[kept] = t;
        kept += keep;
    }
    trials->n = status == HONE_OK ? kept : n;
    hn_free(bounds);
    return status;
}

hone_status hn_smac_rows(const hn_evidence *e, uint32_t limit, hn_smac_trials *out, hone_error *err)
{
    hn_vec_clear(out);
    for (uint32_t t = 0; t < limit && t < e->n_trials; t++)
        if (has_ended(&e->rows.data[t]) && !hn_vec_push(out, t))
            return hn_fail_memory(err);
    return out->n <= HN_SMAC_MOST_ROWS ? HONE_OK : thin_out(e, out, err);
}
