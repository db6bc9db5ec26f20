// cmaes: the covariance matrix adaptation evolution strategy.
//
// Method
//  1. Numbers are axes of the unit cube, choices are beside them (cmaes_space.c).
//  2. Points are drawn from a normal distribution N(m, σ² C) and from independent distributions of
//     the choices. Standard normals and uniforms of a trial come from its number alone.
//  3. Whenever λ results are in, both distributions learn from their ranking (learn/cma.h,
//     learn/asng.h): the mean goes where the better ones lie, the covariance takes the shape of the
//     steps that were good, the step size grows while steps agree and shrinks while they do not.
//     Trials that still run do not hold this up, and any number may be asked for meanwhile
//     (cmaes_run.c).
//  4. Integers have a margin (learn/cma_margin.h). Beyond an end of its range an axis is mirrored.
//  5. When a run has converged another one begins elsewhere, by turns with twice the population and
//     with a small one (learn/cma_restarts.h).
//  6. Ten trials that were there before it, or the best of earlier studies, are where the first run
//     starts; the latter only if its trials prove better than those of a start without them
//     (cmaes_race.c).
//  7. Points that break a rule, or have been tried, are drawn again, a few times
//     from the same distribution and then from the prior.
// Source: Hansen. The CMA evolution strategy: a tutorial. arXiv 1604.00772, 2016; Hamano and
// others. CMA-ES with margin, GECCO 2022, and CatCMA, GECCO 2024; Nomura and others. Warm starting
// CMA-ES. AAAI 2021; Hansen. Benchmarking a BI-population CMA-ES. GECCO 2009. Differences:
// generations are made of results in the order in which they come; axes are mirrored; conditional
// parameters always have coordinates, which are marginal while they are inactive. Cost: O(n²) a
// suggestion and a result, O(λ n²) a generation, O(n³) now and then; memory O(n² + λ n) and 12
// bytes a trial.

#include <hone/sys/sampler.h>

#include "core/explain.h"
#include "core/untried.h"
#include "samplers/cmaes_run.h"

static const hn_option option_table[] = {
    {"population", HN_OPTION_INT, offsetof(hn_cmaes_options, population), "0", 0, 1e6, NULL,
     "points", "results of a generation of the first run; 0: 4 + 3 ln(dimensions)"},
    {"sigma0", HN_OPTION_DOUBLE, offsetof(hn_cmaes_options, sigma0), "0.1667", 1e-6, 1, NULL, NULL,
     "first standard deviation, as a share of each range"},
    {"restarts", HN_OPTION_CHOICE, offsetof(hn_cmaes_options, restarts), "bipop", 1, 0,
     "none|ipop|bipop", NULL,
     "after convergence: none, with twice the population, or by turns large and small"},
    {"variant", HN_OPTION_CHOICE, offsetof(hn_cmaes_options, variant), "auto", 1, 0,
     "auto|full|sep", NULL, "full covariance or its diagonal; auto: full up to 100 dimensions"},
    {"lr_adapt", HN_OPTION_BOOL, offsetof(hn_cmaes_options, lr_adapt), "false", 1, 0, NULL, NULL,
     "slower learning where results are noisy or rugged"},
    {"warm_start", HN_OPTION_INT, offsetof(hn_cmaes_options, warm_start), "-1", -1, 2e9, NULL,
     "trials",
     "first trials to learn the start from; -1: those before this sampler was chosen, "
     "or of earlier studies"},
    {0},
};

typedef struct state {
    hn_cmaes_run run;
    hn_cache own; // where there is no cache to share
} state;

static void fini(void *self)
{
    state *s = self;
    hn_cmaes_run_free(&s->run);
    hn_cache_free(&s->own);
}

static hone_status init(void *self, const hn_problem *problem, const void *options, hone_error *err)
{
    state *s = self;
    if (hn_cmaes_run_init(&s->run, problem, options))
        return HONE_OK;
    fini(s);
    return hn_fail_memory(err);
}

static void draw(state *s, uint32_t trial, uint32_t round, hn_config out)
{
    hn_cmaes_draw(&s->run, trial, round, s->run.point);
    hn_cmaes_read_drawn(&s->run, trial, s->run.point, out);
    if (round == 0)
        hn_cmaes_remember(&s->run, trial, out);
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    enum { ROUNDS = 8 };
    state *s = self;
    hn_newness newness;
    const hn_sources *sources = NULL;
    hn_cache *cache = hn_cache_for(view->problem, &s->own);
    HN_TRY(hn_sources_of(cache, view->problem, &sources, err));
    HN_TRY(hn_cmaes_run_sync(&s->run, view, sources, err));
    HN_TRY(hn_newness_sync(&newness, view, cache, err));
    const hone_space *space = view->problem->space;
    hn_config room = hn_config_new(request->scratch, space);
    if (!room.slots)
        return hn_fail_memory(err);
    if (request->attempt > 0) // what has a pending twin
        draw(s, request->trial, 0, room);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        draw(s, request->trial, request->attempt * ROUNDS + round, *out);
        bool again = request->attempt > 0 && hn_config_equal(space, *out, room);
        if (!again && hn_is_new(&newness, *out))
            return HONE_OK;
    }
    return hn_untried_point(request, newness, room, *out, err);
}

static bool keep(const void *self, hn_str *out)
{
    const state *s = self;
    return hn_cmaes_run_keep(&s->run, out);
}

static void recall(void *self, const void *data, size_t size)
{
    state *s = self;
    hn_cmaes_run_recall(&s->run, data, size);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    (void)view;
    (void)trial;
    bool warm = s->run.problem->from && s->run.options->warm_start < 0;
    return hn_explain(
        "it learns from every %u results%s%s", (unsigned)hn_cmaes_first_lambda(&s->run),
        s->run.options->restarts == HN_CMA_NO_RESTARTS ? "" : ", and begins anew once converged",
        warm ? "; it starts where earlier studies were best, if its first trials are better there"
             : "");
}

const hn_sampler_class hn_sampler_cmaes = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "cmaes",
             .summary = "learns the shape of the landscape; long studies of numbers",
             .source = "Hansen. The CMA evolution strategy: a tutorial. arXiv 1604.00772, 2016",
             .can = HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS | HN_USES_RESULTS | HN_USES_SOURCES,
             .options = option_table,
             .config_size = sizeof(hn_cmaes_options),
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .explain = explain,
    .fini = fini,
    .keep = keep,
    .recall = recall,
};
