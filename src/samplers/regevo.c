// regevo: regularised evolution, in which the oldest die.
//
// Method
//  1. The population is the last `population` results; until there are so many, points are those of
//     a scrambled Sobol sequence.
//  2. A tournament: of `tournament` members, drawn without replacement, the best is the parent.
//  With
//     probability `crossover` a second tournament gives another one.
//  3. The child is the parent with one parameter changed: numbers by a small step, now and then by
//  a
//     draw from the prior, choices to another one (space/offspring.h).
//  4. Its result joins the population and the oldest leaves, however good it was: a lucky result
//     cannot stay, only what its descendants confirm.
//  5. Children that break a rule, or have been tried, are made again with more
//     changes; at last the prior is drawn from.
// Source: Real, Aggarwal, Huang, Le. Regularized evolution for image classifier architecture
// search. AAAI 2019. Differences: crossover; numbers; failed trials are not members. Cost:
// O(tournament + parameters) a suggestion; 16 bytes a trial.

#include <hone/sys/sampler.h>

#include "core/arrivals.h"
#include "core/explain.h"
#include "core/merit.h"
#include "core/untried.h"
#include "space/offspring.h"

typedef struct options {
    int64_t population, tournament;
    double crossover;
} options;

static const hn_option option_table[] = {
    {"population", HN_OPTION_INT, offsetof(options, population), "30", 2, 1e6, NULL, "trials",
     "results that live at a time"},
    {"tournament", HN_OPTION_INT, offsetof(options, tournament), "15", 1, 1e6, NULL, "trials",
     "members of which the best is the parent"},
    {"crossover", HN_OPTION_DOUBLE, offsetof(options, crossover), "0.3", 0, 1, NULL, NULL,
     "probability of a second parent"},
    {0},
};

typedef struct state {
    const hn_problem *problem;
    const options *options;
    hn_arrivals arrivals;
    size_t n_used;              // arrivals that were looked at
    HN_VEC(uint32_t) members;   // those that did not fail, the dead included
    HN_VEC(uint32_t) n_members; // by arrival: members up to and with it
    hn_cache own;               // where there is no cache to share
} state;

static void fini(void *self)
{
    state *s = self;
    hn_arrivals_free(&s->arrivals);
    hn_vec_free(&s->members);
    hn_vec_free(&s->n_members);
    hn_cache_free(&s->own);
}

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    (void)err;
    s->problem = problem;
    s->options = given;
    return HONE_OK;
}

static hone_status sync(state *s, const hn_view *view, hone_error *err)
{
    HN_TRY(hn_arrivals_sync(&s->arrivals, view, err));
    if (s->arrivals.n_kept < s->n_used)
        s->n_used = s->arrivals.n_kept;
    s->n_members.n = s->n_used;
    s->members.n = s->n_used > 0 ? s->n_members.data[s->n_used - 1] : 0;
    for (; s->n_used < s->arrivals.order.n; s->n_used++) {
        uint32_t trial = s->arrivals.order.data[s->n_used];
        bool copy = view->fold->trials.data[trial].origin == HONE_ORIGIN_SERVED;
        if (!hn_vec_reserve(&s->members, 1) || !hn_vec_reserve(&s->n_members, 1))
            return hn_fail_memory(err);
        if (!copy && hn_merit_of(view, trial).tier != HN_MERIT_FAILED)
            s->members.data[s->members.n++] = trial;
        s->n_members.data[s->n_members.n++] = (uint32_t)s->members.n;
    }
    return HONE_OK;
}

// The winner of tournament `round`: its trial.
static uint32_t compete(const state *s, const hn_view *view, const hn_request *request,
                        uint32_t round)
{
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SUGGEST, request->trial);
    size_t n = s->members.n, living = (size_t)s->options->population;
    size_t drawn = (size_t)s->options->tournament;
    living = living < n ? living : n;
    drawn = drawn < living ? drawn : living;
    hn_merit best = {0};
    // Selection sampling (Knuth's algorithm S): each subset of that size is as likely.
    for (size_t i = 0, taken = 0; taken < drawn; i++) {
        double u = hn_rng_uniform(&rng, UINT32_MAX, round, (uint32_t)i);
        if ((double)(living - i) * u >= (double)(drawn - taken))
            continue;
        hn_merit merit = hn_merit_of(view, s->members.data[n - living + i]);
        if (taken++ == 0 || hn_merit_better(&merit, &best))
            best = merit;
    }
    return best.trial;
}

static hone_status breed(state *s, const hn_view *view, const hn_request *request,
                         const hn_newness *newness, hn_config out, hone_error *err)
{
    enum { ROUNDS = 16 };
    const hone_space *space = s->problem->space;
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SUGGEST, request->trial);
    hn_config first = hn_config_new(request->scratch, space);
    hn_config second = hn_config_new(request->scratch, space);
    hn_offspring_rule rule = {s->options->crossover, 0, 0, 20, 0.25, true};
    if (hn_arena_failed(request->scratch))
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t round = request->attempt * ROUNDS + i;
        (void)hn_view_config(view, compete(s, view, request, 2 * round), first);
        (void)hn_view_config(view, compete(s, view, request, 2 * round + 1), second);
        // What keeps leading to points that are known needs larger steps.
        rule.mutate = 0.05 * i;
        rule.eta_mutate = 20.0 / (1 + i);
        bool allowed = hn_space_offspring(space, first, second, &rule, &rng, round, out);
        if (allowed && !hn_config_equal(space, out, first) && hn_is_new(newness, out))
            return HONE_OK;
    }
    return hn_untried_point(request, *newness, first, out, err);
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    hn_newness newness;
    HN_TRY(sync(s, view, err));
    HN_TRY(hn_newness_sync(&newness, view, hn_cache_for(s->problem, &s->own), err));
    if (s->members.n >= (size_t)s->options->population)
        return breed(s, view, request, &newness, *out, err);
    return hn_untried_spread(request, newness, *out, err);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    const options *o = ((const state *)self)->options;
    if (hn_explain_n_results(view, false) < o->population)
        return hn_explain_start(trial, (uint32_t)o->population, "it breeds from them");
    return hn_explain("it breeds from the best of %lld among the last %lld results",
                      (long long)(o->tournament < o->population ? o->tournament : o->population),
                      (long long)o->population);
}

const hn_sampler_class hn_sampler_regevo = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "regevo",
             .summary = "evolution in which the oldest die; choices and architectures",
             .source = "Real, Aggarwal, Huang, Le. Regularized evolution for image classifier "
                       "architecture search. AAAI 2019",
             .can = HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS | HN_USES_RESULTS,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .explain = explain,
    .fini = fini,
};
