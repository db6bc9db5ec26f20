// Earlier studies as kernels of tpe.
//
// 1. The best SHARE of a source's trials, GOOD at most, are good ones, BAD others, evenly in order
//    of merit, are bad ones.
// 2. How far a source is to be trusted (core/sources_agree.c) is the weight of its kernels: at full
//    trust its good ones weigh as much as MASS own trials together, its bad ones in the same
//    proportion. Own trials grow in number, these do not: they weigh ever less.
#include "samplers/tpe_sources.h"

#include <math.h>

#include "base/error.h"

enum { GOOD = 10, BAD = 50 };
#define SHARE       0.15
#define MASS        4.0
#define LEAST_TRUST 0.05

static bool add(hn_tpe_list *list, uint32_t number, double weight)
{
    return hn_vec_push(&list->trials, number) && hn_vec_push(&list->weights, weight);
}

// In the order of their numbers, as the lists are.
static bool add_source(const hn_source_trials *s, uint32_t base, double trust, hn_tpe_list *good,
                       hn_tpe_list *bad)
{
    uint32_t n_good = (uint32_t)fmin(ceil(SHARE * s->n), GOOD), rest = s->n - n_good;
    uint32_t n_bad = rest < BAD ? rest : BAD;
    double in_all = trust * MASS * (1 - SHARE) / SHARE;
    for (uint32_t k = 0; k < n_good; k++)
        if (!add(good, base + k, trust * MASS / n_good))
            return false;
    for (uint32_t k = 0; k < n_bad; k++)
        if (!add(bad, base + n_good + (uint32_t)((uint64_t)k * rest / n_bad), in_all / n_bad))
            return false;
    return true;
}

hone_status hn_tpe_sources_add(const hn_sources *s, hn_evidence *e, const hn_view *view,
                               hn_tpe_list *good, hn_tpe_list *bad, hn_arena *scratch, bool *any,
                               hone_error *err)
{
    *any = false;
    HN_TRY(hn_evidence_sync(e, view, err));
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t n;
        double agreement = hn_source_agreement(s, &s->list[i], e, &n, scratch);
        double trust = hn_source_trust(agreement, n) / s->n;
        if (s->list[i].n == 0 || trust * s->n < LEAST_TRUST)
            continue;
        *any = true;
        if (!add_source(&s->list[i], HN_TPE_OF_SOURCE | i << 16, trust, good, bad))
            return hn_fail_memory(err);
    }
    return hn_arena_failed(scratch) ? hn_fail_memory(err) : HONE_OK;
}

hn_config hn_tpe_sources_config(const hn_sources *s, uint32_t number)
{
    const hn_source_trials *source = &s->list[(number & ~HN_TPE_OF_SOURCE) >> 16];
    return source->configs[source->order[number & 0xffff]];
}
