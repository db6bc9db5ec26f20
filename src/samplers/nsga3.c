// nsga3: the genetic algorithm for many objectives, guided by reference points.
//
// Method: generations of `population` results (samplers/generations.h). Of the front that does not
// fit into the next one those survive that fill the niches of evenly spread reference points
// (num/niche.h).
// Source: Deb, Jain. An evolutionary many-objective optimization algorithm using
// reference-point-based nondominated sorting approach, part I. IEEE Trans. Evol. Comput. 2014.
// Differences: those of nsga2; the ideal and extreme points are those of the candidates at hand.
// Cost: O(parameters) a suggestion, O(m population (population + reference points)) a generation.

#include <hone/sys/sampler.h>

#include <string.h>

#include "num/niche.h"
#include "samplers/generations.h"

typedef struct options {
    hn_breeding breeding;
    int64_t divisions;
} options;

static const hn_option option_table[] = {
    {"population", HN_OPTION_INT, offsetof(options, breeding.size), "50", 2, 1e5, NULL, "trials",
     "results of a generation, and parents of the next"},
    {"crossover", HN_OPTION_DOUBLE, offsetof(options, breeding.crossover), "0.9", 0, 1, NULL, NULL,
     "probability that a child has two parents"},
    {"mutation", HN_OPTION_DOUBLE, offsetof(options, breeding.mutation), "0", 0, 1, NULL, NULL,
     "probability of each parameter to change; 0: 1 / number of parameters"},
    {"divisions", HN_OPTION_INT, offsetof(options, divisions), "0", 0, 1000, NULL, NULL,
     "parts of each axis between reference points; 0: as many points as the population has room "
     "for"},
    {0},
};

typedef struct state {
    hn_generations generations;
    hn_arena arena;
    double *references; // [n × m]
    uint32_t n;
} state;

// Moves the chosen to the front of the range.
static void bring_forward(const hn_cut *cut, const uint32_t *chosen, hn_candidate *held)
{
    uint32_t n = cut->to - cut->from, at = cut->from;
    memcpy(held, cut->candidates + cut->from, n * sizeof *held);
    for (uint32_t k = 0; k < cut->wanted; k++) {
        cut->candidates[at++] = held[chosen[k] - cut->from];
        held[chosen[k] - cut->from].trial = HN_NONE;
    }
    for (uint32_t i = 0; i < n; i++)
        if (held[i].trial != HN_NONE)
            cut->candidates[at++] = held[i];
}

static bool cut(const hn_cut *cut)
{
    const state *s = cut->user;
    uint32_t n = cut->to - cut->from;
    uint32_t *chosen = HN_NEW(cut->arena, uint32_t, cut->wanted + 1);
    hn_candidate *held = HN_NEW(cut->arena, hn_candidate, n + 1);
    hn_niching task = {.values = cut->values,
                       .n = cut->to,
                       .m = cut->m,
                       .n_in = cut->from,
                       .wanted = cut->wanted,
                       .references = s->references,
                       .n_references = s->n,
                       .rng = cut->rng};
    if (hn_arena_failed(cut->arena) || !hn_niche_choose(&task, chosen, cut->arena))
        return false;
    bring_forward(cut, chosen, held);
    return true;
}

static uint32_t divisions(const options *o, uint32_t m)
{
    uint32_t p = 1;
    if (o->divisions > 0)
        return (uint32_t)o->divisions;
    while (m > 1 && hn_reference_count(m, p + 1) <= (uint64_t)o->breeding.size)
        p++;
    return p;
}

static void fini(void *self)
{
    state *s = self;
    hn_generations_free(&s->generations);
    hn_arena_free(&s->arena);
}

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    const options *o = given;
    uint32_t m = problem->n_objectives, p = divisions(o, m);
    s->generations.problem = problem;
    s->generations.breeding = &o->breeding;
    s->generations.cut = cut;
    s->generations.user = s;
    s->n = hn_reference_count(m, p);
    if (s->n == UINT32_MAX)
        return hn_fail(err, HONE_EINVAL,
                       "divisions = %u gives more than a million reference points for %u "
                       "objectives; take fewer",
                       p, m);
    s->references = HN_NEW(&s->arena, double, (size_t)s->n *m);
    if (!s->references) {
        fini(s);
        return hn_fail_memory(err);
    }
    hn_reference_points(m, p, s->references);
    return HONE_OK;
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    return hn_generations_suggest(&s->generations, view, request, *out, err);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    return hn_generations_explain(&((const state *)self)->generations, view, trial);
}

const hn_sampler_class hn_sampler_nsga3 = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "nsga3",
             .summary = "genetic algorithm for many objectives",
             .source = "Deb, Jain. An evolutionary many-objective optimization algorithm using "
                       "reference-point-based nondominated sorting approach. IEEE Trans. Evol. "
                       "Comput. 2014",
             .can =
                 HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS | HN_USES_RESULTS,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .explain = explain,
    .fini = fini,
};
