// When a run of CMA-ES has nothing more to give.
//
// A plateau: on it the ranking is chance, the mean drifts and the step size stays as it is, so that
// generations come to nothing. It shows at once, by most of them being as good as the best one.
//
// Differences from the usual rules: flatness is judged relative to the values, which may span any
// number of decades, and not by an absolute 1e-12; the tolerances in x are relative to σ₀, the
// first step size.
// Source of the rules: Hansen. The CMA evolution strategy: a tutorial, section B.3; Auger, Hansen.
// A restart CMA evolution strategy with increasing population size. CEC 2005; and pycma's defaults.
#include "learn/cma.h"

#include <math.h>
#include <stdlib.h>

#define TOL_X      1e-12 // of σ₀
#define TOL_UP     1e4   // σ √λ_max
#define TOL_FLAT   1e-14 // of the values
#define MOST_RATIO 1e7   // √ of the greatest condition number
#define LEAST_LONG 100   // generations, and 100 n^1.5 / λ, before stagnation is judged
#define STAGNATES  0.3   // share of the record that is compared
#define LEVEL      0.75  // share of a generation that is as good as the best of it: a plateau

bool hn_cma_record_init(hn_cma *s, hn_arena *arena)
{
    double n = s->n, stagnation = LEAST_LONG + 100 * n * sqrt(n) / s->lambda;
    s->record.recent = 10 + (uint32_t)ceil(30 * n / s->lambda);
    s->record.size = (uint32_t)ceil(fmin(stagnation, 20000));
    if (s->record.size < s->record.recent)
        s->record.size = s->record.recent;
    s->record.best = HN_ZNEW(arena, double, s->record.size);
    s->record.worst = HN_ZNEW(arena, double, s->record.size);
    s->record.median = HN_ZNEW(arena, double, s->record.size);
    s->most_level = 1;
    return !hn_arena_failed(arena);
}

void hn_cma_record_add(hn_cma *s, const double *values)
{
    size_t at = s->g % s->record.size;
    double median = values[s->lambda / 2];
    s->record.best[at] = values[0];
    s->record.worst[at] = values[s->lambda - 1];
    s->record.median[at] = isnan(median) ? INFINITY : median;
    bool level = values[0] == values[(uint32_t)(LEVEL * s->lambda)];
    s->n_level = level ? s->n_level + 1 : 0;
}

static bool is_flat(const hn_cma *s)
{
    double low = INFINITY, high = -INFINITY;
    if (s->g <= s->record.recent)
        return false;
    for (uint32_t i = 0; i < s->record.recent; i++) {
        size_t at = (s->g - i) % s->record.size;
        if (isnan(s->record.best[at]) || isnan(s->record.worst[at]))
            return false; // some have failed
        low = fmin(low, s->record.best[at]);
        high = fmax(high, s->record.worst[at]);
    }
    double most = fmax(fabs(low), fabs(high));
    return low == high || (isfinite(most) && high - low <= TOL_FLAT * most);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Median of `n` values of a ring, the newest of them `back` generations ago.
static double middle(const hn_cma *s, const double *ring, uint32_t back, uint32_t n)
{
    double sorted[64];
    uint32_t step = (n + 63) / 64, k = 0; // of many an even sample will do
    for (uint32_t i = 0; i < n; i += step)
        sorted[k++] = ring[(s->g - back - i) % s->record.size];
    qsort(sorted, k, sizeof *sorted, by_value);
    return sorted[k / 2];
}

// Neither the best nor the median values of the last part are better than those of the first.
static bool stagnates(const hn_cma *s)
{
    uint32_t size = s->record.size, part = (uint32_t)(STAGNATES * size);
    if (s->g < size || part < 1)
        return false;
    double best = middle(s, s->record.best, 0, part);
    double median = middle(s, s->record.median, 0, part);
    return best >= middle(s, s->record.best, size - part, part) &&
           median >= middle(s, s->record.median, size - part, part);
}

static bool is_small(const hn_cma *s, const bool *fixed)
{
    double least = TOL_X * s->sigma_0;
    bool any = false;
    for (uint32_t i = 0; i < s->n; i++) {
        double variance = s->C[s->separable ? i : (size_t)i * s->n + i];
        if (fixed && fixed[i])
            continue;
        any = true;
        if (!(s->sigma * sqrt(variance) < least && s->sigma * fabs(s->p_c[i]) < least))
            return false;
    }
    return any;
}

static void extremes(const hn_cma *s, double *least, double *most)
{
    *least = INFINITY, *most = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        *least = fmin(*least, s->D[i]);
        *most = fmax(*most, s->D[i]);
    }
}

// A tenth of the deviation along one principal axis, each in its turn, or a fifth in a coordinate.
static bool has_no_effect(const hn_cma *s)
{
    uint32_t axis = (uint32_t)(s->g % s->n);
    bool moved = s->separable;
    for (uint32_t i = 0; i < s->n; i++) {
        double variance = s->C[s->separable ? i : (size_t)i * s->n + i];
        if (s->m[i] == s->m[i] + 0.2 * s->sigma * sqrt(variance))
            return true;
        if (!s->separable)
            moved |=
                s->m[i] != s->m[i] + 0.1 * s->sigma * s->D[axis] * s->B[(size_t)axis * s->n + i];
    }
    return !moved;
}

hn_cma_stop hn_cma_should_stop(const hn_cma *s, const bool *fixed)
{
    double least, most, n = s->n;
    if (s->g == 0)
        return HN_CMA_GO_ON;
    extremes(s, &least, &most);
    if (is_flat(s))
        return HN_CMA_FLAT;
    if (s->n_level > s->most_level)
        return HN_CMA_PLATEAU;
    if (is_small(s, fixed))
        return HN_CMA_SMALL;
    if (!(s->sigma * most <= TOL_UP))
        return HN_CMA_LARGE;
    if (!(most <= MOST_RATIO * least))
        return HN_CMA_CONDITION;
    if (has_no_effect(s))
        return HN_CMA_NO_EFFECT;
    if (stagnates(s))
        return HN_CMA_STAGNATION;
    if ((double)s->g > 100 + 150 * (n + 3) * (n + 3) / sqrt(s->lambda))
        return HN_CMA_TOO_LONG;
    return HN_CMA_GO_ON;
}
