// De's population, its archive, and what it remembers of successful rates.
//
// 1. The first `size` results that did not fail are the members, by place.
// 2. Each later trial may take one place, by its number. When its result is at least as good as the
//    member there it does, and the old one goes to the archive, whose oldest makes room.
// 3. Of `size` results, a generation, the rates of those that were better are averaged, weighted by
//    how much better: Lehmer's mean for F, the arithmetic for CR. The last `memory` such means are
//    what the rates of new children are drawn around. A trial's own rates are known from its number
//    and from how many results it saw, so that nothing needs to be stored with it.
#include "samplers/de_population.h"

#include <math.h>

#include "num/clamp.h"
#include "num/dist.h"

#define FIRST_RATE 0.5
#define SPREAD     0.1

static void forget(hn_de_population *p)
{
    p->n_used = 0;
    p->filled_at = SIZE_MAX;
    p->archive_next = 0;
    hn_vec_clear(&p->members);
    hn_vec_clear(&p->archive);
    hn_vec_clear(&p->means);
    hn_vec_clear(&p->marks);
    hn_vec_clear(&p->successes);
}

void hn_de_population_free(hn_de_population *p)
{
    hn_arrivals_free(&p->arrivals);
    hn_vec_free(&p->members);
    hn_vec_free(&p->archive);
    hn_vec_free(&p->means);
    hn_vec_free(&p->marks);
    hn_vec_free(&p->successes);
}

// --- rates ---

hn_de_rates hn_de_rates_of(const hn_de_population *p, uint32_t trial, size_t n_seen)
{
    enum { CELL = 1, OF_CR, OF_F, MOST_DRAWS = 100 };
    hn_rng rng = hn_rng_make(p->problem->seed, HN_PURPOSE_SUGGEST, trial);
    size_t generation = n_seen > p->filled_at ? (n_seen - p->filled_at) / p->size : 0;
    size_t n = generation < p->marks.n ? p->marks.data[generation] : p->means.n;
    size_t back = hn_rng_below(&rng, UINT32_MAX, CELL, 0, p->memory) + 1;
    hn_de_rates mean = {FIRST_RATE, FIRST_RATE}, rates;
    if (back <= n)
        mean = p->means.data[n - back];
    double u = hn_rng_uniform(&rng, UINT32_MAX, OF_CR, 0);
    rates.CR = hn_clamp(mean.CR + SPREAD * hn_normal_quantile(u), 0, 1);
    rates.F = 0;
    for (uint32_t k = 0; !(rates.F > 0) && k < MOST_DRAWS; k++) { // Cauchy's quantile
        u = hn_rng_uniform(&rng, UINT32_MAX, OF_F, k);
        rates.F = fmin(1, mean.F + SPREAD * tan(acos(-1) * (u - 0.5)));
    }
    return rates;
}

// Equal weights where the gains are no numbers to go by.
static hn_de_rates mean_of(const hn_de_success *s, size_t n)
{
    double sum = 0, f = 0, ff = 0, cr = 0;
    for (size_t i = 0; i < n; i++)
        sum += s[i].gain;
    bool usable = isfinite(sum) && sum > 0;
    for (size_t i = 0; i < n; i++) {
        double weight = usable ? s[i].gain / sum : 1.0 / (double)n;
        f += weight * s[i].rates.F;
        ff += weight * s[i].rates.F * s[i].rates.F;
        cr += weight * s[i].rates.CR;
    }
    return (hn_de_rates){ff / f, cr};
}

// --- results ---

static bool beat(hn_de_population *p, const hn_view *view, uint32_t trial, const hn_merit *merit)
{
    uint32_t *member = &p->members.data[hn_de_place(p, trial)];
    hn_merit before = hn_merit_of(view, *member);
    bool equal = merit->tier == before.tier && merit->a == before.a && merit->b == before.b;
    if (!equal && !hn_merit_better(merit, &before))
        return true;
    double gain = merit->tier == HN_MERIT_COMPLETE && before.tier == HN_MERIT_COMPLETE
                      ? before.a - merit->a
                      : NAN;
    hn_de_rates rates = hn_de_rates_of(p, trial, hn_arrivals_seen_by(&p->arrivals, view, trial));
    if (!equal && !hn_vec_push(&p->successes, (hn_de_success){rates, gain}))
        return false;
    if (p->archive.n < p->size) {
        if (!hn_vec_push(&p->archive, *member))
            return false;
    } else {
        p->archive.data[p->archive_next++ % p->size] = *member;
    }
    *member = trial;
    return true;
}

static bool end_generation(hn_de_population *p)
{
    if (p->successes.n > 0 && !hn_vec_push(&p->means, mean_of(p->successes.data, p->successes.n)))
        return false;
    hn_vec_clear(&p->successes);
    return hn_vec_push(&p->marks, (uint32_t)p->means.n);
}

static bool take_in(hn_de_population *p, const hn_view *view, uint32_t trial)
{
    hn_merit merit = hn_merit_of(view, trial);
    bool copy = view->fold->trials.data[trial].origin == HONE_ORIGIN_SERVED;
    bool counts = !copy && merit.tier != HN_MERIT_FAILED;
    if (!hn_de_is_full(p)) {
        if (counts && !hn_vec_push(&p->members, trial))
            return false;
        if (p->members.n < p->size)
            return true;
        p->filled_at = p->n_used;
        return hn_vec_push(&p->marks, 0);
    }
    if (counts && !beat(p, view, trial, &merit))
        return false;
    return (p->n_used - p->filled_at) % p->size != 0 || end_generation(p);
}

hone_status hn_de_population_sync(hn_de_population *p, const hn_view *view, hone_error *err)
{
    HN_TRY(hn_arrivals_sync(&p->arrivals, view, err));
    if (p->arrivals.n_kept < p->n_used || p->n_used == 0)
        forget(p);
    while (p->n_used < p->arrivals.order.n)
        if (!take_in(p, view, p->arrivals.order.data[p->n_used++])) {
            forget(p); // some of it is missing: from the beginning next time
            return hn_fail_memory(err);
        }
    return HONE_OK;
}
