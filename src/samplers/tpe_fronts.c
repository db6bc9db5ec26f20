// The good trials of a study with several objectives.
//
// 1. Feasible complete trials are sorted into fronts. Whole fronts are good while there is room; of
//    the front that does not fit the points are taken that together keep most hypervolume, chosen
//    greedily, with a reference point a tenth beyond the worst of that front.
// 2. When all fronts fit, pruned and infeasible trials follow as with one objective.
// 3. Good are ceil(gamma n), at most four times `max_good`.
// 4. Beyond 128 trials this is done anew only when n has grown by a thirty-second or less, over the
//    first trials by number: later ones count as bad until then. The points of renewal depend on n
//    alone, so that the split stays a function of the view.
// Source: Ozaki, Tanigaki, Watanabe, Onishi. Multiobjective tree-structured Parzen estimator for
// computationally expensive optimization problems. GECCO 2020.
#include <math.h>
#include <stdlib.h>

#include "num/pareto.h"
#include "samplers/tpe_history.h"

enum { ALWAYS = 128, GRAIN = 5 };

// The ranked trials that the fronts are made of.
typedef struct field {
    const hn_tpe_history *h;
    uint32_t n, m;    // complete and feasible ones; objectives
    uint32_t *trials; // [n]
    double *values;   // [n × m]
    hn_merit *others; // [n_others]
    uint32_t n_others;
    hn_arena arena;
} field;

// n, or the greatest number below that has no more than GRAIN + 1 leading binary digits.
static uint32_t renewed_at(uint32_t n)
{
    uint32_t shift = 0;
    while (n > ALWAYS && n >> shift >= 1u << (GRAIN + 1))
        shift++;
    return n >> shift << shift;
}

static bool collect(field *f, const hn_view *view, uint32_t wanted, uint32_t *before)
{
    const hn_tpe_history *h = f->h;
    f->trials = HN_NEW(&f->arena, uint32_t, wanted + 1);
    f->values = HN_NEW(&f->arena, double, (size_t)wanted * f->m + 1);
    f->others = HN_NEW(&f->arena, hn_merit, wanted + 1);
    if (hn_arena_failed(&f->arena))
        return false;
    uint32_t t = 0;
    for (; t < h->kinds.n && f->n + f->n_others < wanted; t++) {
        if (!hn_tpe_is_ranked(h, t))
            continue;
        hn_merit rank = hn_merit_of(view, t);
        if (rank.tier > 0) {
            f->others[f->n_others++] = rank;
            continue;
        }
        for (uint32_t m = 0; m < f->m; m++)
            f->values[(size_t)f->n * f->m + m] =
                hn_towards_less(view->problem, m, hn_view_value(view, t, m));
        f->trials[f->n++] = t;
    }
    *before = t;
    return true;
}

static int by_rank(const void *a, const void *b)
{
    return hn_merit_better(a, b) ? -1 : hn_merit_better(b, a);
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

// Takes `room` of the `n` points `members` of one front.
static bool cut_front(field *f, const uint32_t *members, uint32_t n, uint32_t room, uint32_t *out)
{
    double *values = HN_NEW(&f->arena, double, (size_t)n * f->m + 1);
    double *reference = HN_NEW(&f->arena, double, f->m + 1);
    uint32_t *chosen = HN_NEW(&f->arena, uint32_t, room + 1);
    bool finite = true;
    if (hn_arena_failed(&f->arena))
        return false;
    for (uint32_t m = 0; m < f->m; m++) {
        double worst = -INFINITY;
        for (uint32_t i = 0; i < n; i++) {
            double value = f->values[(size_t)members[i] * f->m + m];
            values[(size_t)i * f->m + m] = value;
            worst = fmax(worst, value);
            finite &= isfinite(value) != 0;
        }
        reference[m] = fmax(1.1 * worst, 0.9 * worst);
        if (reference[m] == 0)
            reference[m] = 1e-12;
    }
    for (uint32_t i = 0; i < room; i++) // volumes of infinite boxes say nothing: the oldest
        chosen[i] = i;
    if (finite && !hn_hypervolume_subset(values, n, f->m, reference, room, chosen, &f->arena))
        return false;
    for (uint32_t i = 0; i < room; i++)
        out[i] = f->trials[members[chosen[i]]];
    return true;
}

// Steps 1 and 2: `wanted` numbers into `out`.
static bool choose(field *f, uint32_t wanted, uint32_t *out)
{
    uint32_t *front = HN_NEW(&f->arena, uint32_t, f->n + 1);
    uint32_t *members = HN_NEW(&f->arena, uint32_t, f->n + 1);
    uint32_t n_out = 0;
    if (hn_arena_failed(&f->arena) || !hn_pareto_fronts(f->values, f->n, f->m, front, &f->arena))
        return false;
    for (uint32_t k = 0, seen = 0; n_out < wanted && seen < f->n; k++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < f->n; i++)
            if (front[i] == k)
                members[n++] = i;
        seen += n;
        if (n > wanted - n_out)
            return cut_front(f, members, n, wanted - n_out, out + n_out);
        for (uint32_t i = 0; i < n; i++)
            out[n_out++] = f->trials[members[i]];
    }
    if (f->n_others > 0)
        qsort(f->others, f->n_others, sizeof *f->others, by_rank);
    for (uint32_t i = 0; n_out < wanted; i++)
        out[n_out++] = f->others[i].trial;
    return true;
}

hone_status hn_tpe_history_front(hn_tpe_history *h, const hn_view *view, hone_error *err)
{
    uint32_t n = renewed_at(h->n_ranked);
    double most = 4 * (double)h->options->max_good, share = ceil(h->options->gamma * n);
    uint32_t wanted = (uint32_t)fmin(fmin(share, most), n);
    if (!h->fronts_stale && h->n_fronted == n)
        return HONE_OK;
    field f = {.h = h, .m = h->problem->n_objectives};
    uint32_t before = 0;
    bool done = hn_vec_reserve(&h->front_good, wanted + 1) && collect(&f, view, n, &before);
    if (done) {
        h->front_good.n = 0;
        done = choose(&f, wanted, h->front_good.data);
    }
    hn_arena_free(&f.arena);
    if (!done)
        return hn_fail_memory(err);
    qsort(h->front_good.data, wanted, sizeof *h->front_good.data, by_number);
    h->front_good.n = wanted;
    h->n_fronted = n;
    h->fronted_before = before;
    h->fronts_stale = false;
    return HONE_OK;
}
