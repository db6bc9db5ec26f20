// nsga2: the elitist genetic algorithm for several objectives.
//
// Method: generations of `population` results (samplers/generations.h). Of the front that does not
// fit into the next one those survive that are least crowded: with the greatest sum over the
// objectives of the gap between their neighbours.
// Source: Deb, Pratap, Agarwal, Meyarivan. A fast and elitist multiobjective genetic algorithm:
// NSGA-II. IEEE Trans. Evol. Comput. 2002. Differences: parameters of every kind, conditional ones
// too; one child a pair; generations are made of results in the order in which they come in.
// Cost: O(parameters) a suggestion, O(m population²) a generation; 12 bytes a trial.

#include <hone/sys/sampler.h>

#include <stdlib.h>

#include "samplers/generations.h"

static const hn_option option_table[] = {
    {"population", HN_OPTION_INT, offsetof(hn_breeding, size), "50", 2, 1e5, NULL, "trials",
     "results of a generation, and parents of the next"},
    {"crossover", HN_OPTION_DOUBLE, offsetof(hn_breeding, crossover), "0.9", 0, 1, NULL, NULL,
     "probability that a child has two parents"},
    {"mutation", HN_OPTION_DOUBLE, offsetof(hn_breeding, mutation), "0", 0, 1, NULL, NULL,
     "probability of each parameter to change; 0: 1 / number of parameters"},
    {0},
};

static int least_crowded(const void *a, const void *b)
{
    const hn_candidate *x = a, *y = b;
    if (x->crowding != y->crowding)
        return x->crowding > y->crowding ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

static bool cut(const hn_cut *cut)
{
    qsort(cut->candidates + cut->from, cut->to - cut->from, sizeof *cut->candidates, least_crowded);
    return true;
}

static hone_status init(void *self, const hn_problem *problem, const void *options, hone_error *err)
{
    hn_generations *g = self;
    (void)err;
    g->problem = problem;
    g->breeding = options;
    g->cut = cut;
    return HONE_OK;
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    return hn_generations_suggest(self, view, request, *out, err);
}

static void fini(void *self)
{
    hn_generations_free(self);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    return hn_generations_explain(self, view, trial);
}

const hn_sampler_class hn_sampler_nsga2 = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "nsga2",
             .summary = "genetic algorithm for two or three objectives",
             .source = "Deb, Pratap, Agarwal, Meyarivan. A fast and elitist multiobjective "
                       "genetic algorithm: NSGA-II. IEEE Trans. Evol. Comput. 2002",
             .can =
                 HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS | HN_USES_RESULTS,
             .options = option_table,
             .config_size = sizeof(hn_breeding),
             .state_size = sizeof(hn_generations)},
    .init = init,
    .suggest = suggest,
    .explain = explain,
    .fini = fini,
};
