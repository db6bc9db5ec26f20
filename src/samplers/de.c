// de: differential evolution whose rates adapt to what succeeds (SHADE).
//
// Method
//  1. The first `population` results are of points of a scrambled Sobol sequence.
//  2. A child of the member x in its trial's place: v = x + F (best - x) + F (a - b), where `best`
//  is
//     one of the best few, a another member, and b a member or one that was beaten before. Each
//     parameter is v's with probability CR, one surely, else x's.
//  3. Numbers, permutations and simplexes are coordinates of the unit cube; beyond an end the
//  middle
//     between x and the end is taken. Of choices, and of each item of a subset, v has best's with
//     probability F, and where a and b differ then a's with probability F.
//  4. If the child is as good as x it takes its place (de_population.c). F and CR are drawn around
//     means of those that made children that were better.
//  5. What only the donors have comes from them; what the conditions switch on and nobody has is
//     drawn from its prior.
// Source: Tanabe, Fukunaga. Success-history based parameter adaptation for differential evolution.
// CEC 2013; Zhang, Sanderson. JADE: adaptive differential evolution with optional external archive.
// IEEE Trans. Evol. Comput. 2009. Differences: results take effect one by one as they come in; the
// archive loses its oldest; choices and conditions.
// Cost: O(population + parameters) a suggestion; 16 bytes a trial.

#include <hone/sys/sampler.h>

#include <stdlib.h>

#include "core/explain.h"
#include "core/untried.h"
#include "samplers/de_population.h"
#include "space/differ.h"

#define GREEDY 0.2 // at most this share of the members are the best few

typedef struct options {
    int64_t population, memory;
} options;

static const hn_option option_table[] = {
    {"population", HN_OPTION_INT, offsetof(options, population), "10", 4, 1e5, NULL, "trials",
     "members; more search more globally and more slowly"},
    {"memory", HN_OPTION_INT, offsetof(options, memory), "6", 1, 1e4, NULL, "generations",
     "whose successful rates are remembered"},
    {0},
};

typedef struct state {
    hn_de_population population;
    hn_cache own; // where there is no cache to share
} state;

static void fini(void *self)
{
    state *s = self;
    hn_de_population_free(&s->population);
    hn_cache_free(&s->own);
}

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    const options *o = given;
    (void)err;
    s->population.problem = problem;
    s->population.size = (uint32_t)o->population;
    s->population.memory = (uint32_t)o->memory;
    s->population.filled_at = SIZE_MAX;
    return HONE_OK;
}

// --- parents ---

// Draws of one round of a trial.
typedef struct chance {
    const hn_rng *rng;
    uint32_t round;
} chance;

enum { FEW, WHICH, OTHER, BEATEN };

static uint32_t below(const chance *c, uint32_t purpose, uint32_t n)
{
    return (uint32_t)hn_rng_below(c->rng, UINT32_MAX - 1, c->round, purpose, n);
}

static int by_merit(const void *a, const void *b)
{
    return hn_merit_better(a, b) ? -1 : hn_merit_better(b, a);
}

static bool choose_parents(const state *s, const hn_view *view, uint32_t trial, const chance *c,
                           hn_arena *scratch, uint32_t parents[HN_DIFFER_PARENTS])
{
    const hn_de_population *p = &s->population;
    uint32_t n = p->size, place = hn_de_place(p, trial);
    hn_merit *merits = HN_NEW(scratch, hn_merit, n);
    if (!merits)
        return false;
    for (uint32_t i = 0; i < n; i++)
        merits[i] = hn_merit_of(view, p->members.data[i]);
    qsort(merits, n, sizeof *merits, by_merit);
    uint32_t most = (uint32_t)(GREEDY * n) < 2 ? 2 : (uint32_t)(GREEDY * n);
    uint32_t few = 2 + below(c, FEW, most - 1);
    parents[HN_DIFFER_TARGET] = p->members.data[place];
    parents[HN_DIFFER_BASE] = merits[below(c, WHICH, few)].trial;
    uint32_t a = below(c, OTHER, n - 1);
    a += a >= place;
    parents[HN_DIFFER_PLUS] = p->members.data[a];
    // One of the others, or of those beaten: neither x nor a.
    uint32_t low = place < a ? place : a, high = place < a ? a : place;
    uint32_t b = below(c, BEATEN, n - 2 + (uint32_t)p->archive.n);
    b += b >= low;
    b += b >= high;
    parents[HN_DIFFER_MINUS] = b < n ? p->members.data[b] : p->archive.data[b - n];
    return true;
}

// --- suggesting ---

static hone_status breed(state *s, const hn_view *view, const hn_request *request,
                         const hn_newness *newness, hn_config out, hone_error *err)
{
    enum { ROUNDS = 16 };
    const hone_space *space = s->population.problem->space;
    hn_rng rng = hn_rng_make(s->population.problem->seed, HN_PURPOSE_SUGGEST, request->trial);
    hn_de_rates rates =
        hn_de_rates_of(&s->population, request->trial, s->population.arrivals.order.n);
    hn_difference_rule rule = {.pull = rates.F, .F = rates.F, .CR = rates.CR};
    hn_config parents[HN_DIFFER_PARENTS];
    uint32_t trials[HN_DIFFER_PARENTS];
    for (int k = 0; k < HN_DIFFER_PARENTS; k++)
        parents[k] = hn_config_new(request->scratch, space);
    if (hn_arena_failed(request->scratch))
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        chance c = {&rng, request->attempt * ROUNDS + i};
        if (!choose_parents(s, view, request->trial, &c, request->scratch, trials))
            return hn_fail_memory(err);
        for (int k = 0; k < HN_DIFFER_PARENTS; k++)
            (void)hn_view_config(view, trials[k], parents[k]);
        bool allowed = hn_space_differ(space, parents, &rule, &rng, c.round, out);
        if (allowed && !hn_config_equal(space, out, parents[HN_DIFFER_TARGET]) &&
            hn_is_new(newness, out))
            return HONE_OK;
    }
    return hn_untried_point(request, *newness, parents[0], out, err);
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    hn_newness newness;
    HN_TRY(hn_de_population_sync(&s->population, view, err));
    HN_TRY(hn_newness_sync(&newness, view, hn_cache_for(view->problem, &s->own), err));
    if (hn_de_is_full(&s->population))
        return breed(s, view, request, &newness, *out, err);
    return hn_untried_spread(request, newness, *out, err);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    unsigned size = s->population.size;
    if (hn_explain_n_results(view, false) < size)
        return hn_explain_start(trial, size, "it breeds from them");
    return hn_explain("it breeds from a population of %u", size);
}

const hn_sampler_class hn_sampler_de = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "de",
             .summary = "differential evolution that adapts its rates; rugged landscapes",
             .source = "Tanabe, Fukunaga. Success-history based parameter adaptation for "
                       "differential evolution. CEC 2013",
             .can = HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS | HN_USES_RESULTS,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .explain = explain,
    .fini = fini,
};
