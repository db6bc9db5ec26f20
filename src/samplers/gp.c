// gp: Bayesian optimisation with Gaussian processes.
//
// Method
//  1. The first `n_startup` trials are points of a scrambled Sobol sequence. With earlier studies
//     (gp_transfer.c) half of them go where these expect most.
//  2. Each objective, constraint and, once a trial has failed, failing itself is modelled by a
//     Gaussian process over the features of the space: numbers in their own scale, choices by
//     whether they are equal, inactive parameters as a place of their own (learn/gp.h). Values are
//     first turned by the curve under which the model predicts the better half of them best
//     (learn/target.h). What is fitted when follows from the history alone (gp_output.c), and is
//     there for all samplers of a study that model it alike (gp_model.c).
//  3. Running trials are taken in at what the model expects of them (kriging believer), so that
//     parallel ones keep apart.
//  4. Suggested is the point of greatest log expected improvement, times the probabilities that the
//     constraints hold and that the trial does not fail, times what the user believes
//     (gp_acquire.c), found by many starts, gradients and exchanges (gp_search.c).
//  5. Of two or three objectives it is the expected hypervolume improvement; more become one, each
//     trial with weights of its own.
//  6. With `cost` it is the improvement per unit of cost (gp_cost.c).
//  7. When nothing that may be suggested is found: draws from the prior, then the grid.
// Sources: Jones, Schonlau, Welch. Efficient global optimization of expensive black-box functions.
// J. Global Optim. 13, 1998; Snoek, Larochelle, Adams. Practical Bayesian optimization of machine
// learning algorithms. NeurIPS 2012; Ament et al. Unexpected improvements to expected improvement.
// NeurIPS 2023; Ginsbourger, Le Riche, Carraro. Kriging is well-suited to parallelize optimization.
// 2010 (believer). Cost: bounded by `max_points` m: O(m³) a fit, which comes with 2 to 5 % of the
// trials, O(m² (candidates + gradients)) a suggestion; memory 16 m² bytes and the shared evidence.

#include <hone/sys/sampler.h>

#include <math.h>

#include "core/cache.h"
#include "core/explain.h"
#include "samplers/gp_model.h"
#include "samplers/gp_search.h"

static const hn_option option_table[] = {
    {"n_startup", HN_OPTION_INT, offsetof(hn_gp_options, n_startup), "0", 0, 1e6, NULL, "trials",
     "evaluated trials before the model is used; 0: dimensions + 2, at most 10"},
    {"n_candidates", HN_OPTION_INT, offsetof(hn_gp_options, n_candidates), "512", 2, 1e5, NULL,
     "points", "points judged for each suggestion before the best are refined"},
    {"n_starts", HN_OPTION_INT, offsetof(hn_gp_options, n_starts), "6", 1, 1000, NULL, "points",
     "points that are refined"},
    {"max_points", HN_OPTION_INT, offsetof(hn_gp_options, model.max_points), "400", 10, 5000, NULL,
     "trials", "most trials that are modelled: of more the best, the newest and others far apart"},
    {"target", HN_OPTION_CHOICE, offsetof(hn_gp_options, model.target), "auto", 1, 0,
     "plain|power|rank|log|steep|auto", NULL,
     "how values are turned before they are modelled; auto: as predicts best"},
    {"trust_region", HN_OPTION_CHOICE, offsetof(hn_gp_options, region), "auto", 1, 0, "off|on|auto",
     NULL, "look only in a box about the best trial that grows and shrinks; auto: past 20 numbers"},
    {"deterministic", HN_OPTION_BOOL, offsetof(hn_gp_options, model.deterministic), "false", 1, 0,
     NULL, NULL, "the objective has no noise: none is looked for"},
    {"warp", HN_OPTION_BOOL, offsetof(hn_gp_options, model.warp), "false", 1, 0, NULL, NULL,
     "numbers are warped as the data ask, which helps where one end of a range matters more"},
    {"cost", HN_OPTION_TEXT, offsetof(hn_gp_options, cost), NULL, 1, 0, NULL, NULL,
     "what trials cost: \"duration\", or a metric; improvement is then sought per unit of it"},
    {"cost_budget", HN_OPTION_DOUBLE, offsetof(hn_gp_options, cost_budget), "0", 0, 1e300, NULL,
     "units of cost", "as it is used up, cost counts less; 0: as trials go by"},
    {0},
};

typedef struct state {
    const hn_problem *problem;
    const hn_gp_options *options;
    hn_arena arena;
    hn_cache own;
    hn_evidence *evidence;
    hn_gp_model *model;
    hn_gp_beliefs beliefs;
    double *low, *high; // [n_dims]
    hn_gp_cost cost;
} state;

// --- begin and end ---

static void fini(void *self)
{
    state *s = self;
    hn_gp_cost_free(&s->cost);
    hn_cache_free(&s->own);
    hn_arena_free(&s->arena);
}

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    uint32_t d = problem->space->n_dims;
    hn_cache *cache = hn_cache_for(problem, &s->own);
    s->problem = problem;
    s->options = given;
    HN_TRY(hn_gp_cost_init(&s->cost, problem, s->options, err));
    s->low = HN_ZNEW(&s->arena, double, d + 1);
    s->high = HN_ZNEW(&s->arena, double, d + 1);
    s->evidence = hn_evidence_of(cache);
    s->model = s->evidence ? hn_gp_model_of(cache, &s->options->model) : NULL;
    if (s->model && hn_gp_beliefs_make(&s->beliefs, problem->space, &s->arena))
        return HONE_OK;
    fini(s);
    return hn_fail_memory(err);
}

// --- suggesting ---

// The weight of beliefs beside ten trials is one; it falls with their number.
static double weight_of_beliefs(const state *s)
{
    return s->beliefs.n > 0 ? 10.0 / (10.0 + s->model->objectives[0].n) : 0;
}

static uint32_t n_startup(const state *s)
{
    uint32_t d = s->problem->space->n_dims;
    if (s->options->n_startup > 0)
        return (uint32_t)s->options->n_startup;
    return d + 2 < 10 ? d + 2 : 10;
}

static bool uses_region(const state *s)
{
    enum { MANY = 20 };
    uint32_t n = 0;
    for (uint32_t j = 0; j < s->evidence->n_dims; j++)
        n += s->evidence->features[j].n_choices == 0;
    return s->problem->n_objectives == 1 &&
           (s->options->region == HN_GP_REGION_AUTO ? n > MANY
                                                    : s->options->region == HN_GP_REGION_ON);
}

static hone_status search(state *s, const hn_view *view, const hn_request *request, hn_config out,
                          bool *found, hone_error *err)
{
    const hn_gp_model *m = s->model;
    uint32_t d = s->evidence->n_dims;
    hn_gp_scene scene = {.n_dims = d,
                         .objective = m->objectives,
                         .n_objectives = m->n_objectives,
                         .constraints = m->constraints.data,
                         .n_constraints = (uint32_t)m->constraints.n,
                         .beliefs = &s->beliefs,
                         .prior_weight = weight_of_beliefs(s)};
    hn_gp_search q = {.problem = s->problem,
                      .view = view,
                      .evidence = s->evidence,
                      .options = s->options,
                      .scene = &scene,
                      .rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SUGGEST, request->trial),
                      .trial = request->trial,
                      .attempt = request->attempt,
                      .scratch = request->scratch,
                      .low = s->low,
                      .high = s->high,
                      .optional = m->optional,
                      .newness = hn_newness_of(view, &s->evidence->index)};
    if (s->evidence->n_kind[HN_EVIDENCE_FAILED] > 0)
        scene.failure = &m->failure;
    if (s->cost.weight > 0)
        scene.cost = &s->cost;
    if (m->transfer.weight > 0)
        scene.transfer = &m->transfer;
    q.config = hn_config_new(request->scratch, s->problem->space);
    if (!hn_gp_scene_make(&scene, s->evidence, (uint32_t)s->options->n_candidates + 512,
                          request->scratch))
        return hn_fail_memory(err);
    for (uint32_t j = 0; j < d; j++) {
        s->low[j] = 0;
        s->high[j] = 1;
    }
    if (uses_region(s))
        hn_gp_region(&q, n_startup(s), d / 3.0);
    return hn_gp_search_run(&q, out, found, err);
}

// Half of the first trials go where earlier studies expect most; beside other samplers, too, which
// auto gives trials of certain numbers.
static bool follows_sources(const state *s, uint32_t trial)
{
    return s->problem->from && (trial == HN_NONE || trial % 4 == 0 || trial % 4 == 3);
}

// A point without a model. Where trials define the space there is no index of what they had: a
// study that others enter their trials into would begin with the same sequence as these.
static hone_status fall_back(state *s, const hn_view *view, const hn_request *request, bool first,
                             hn_config out, hone_error *err)
{
    enum { ROUNDS = 20 };
    const hone_space *space = s->problem->space;
    hn_newness newness = hn_newness_of(view, &s->evidence->index);
    bool looks = s->problem->define_by_run && !s->problem->noisy && space->n_dims > 0;
    hn_config room = hn_config_new(request->scratch, space);
    double *x = HN_NEW(request->scratch, double, space->n_dims + 1);
    hn_request again = *request;
    if (hn_arena_failed(request->scratch))
        return hn_fail_memory(err);
    for (; first || again.attempt < request->attempt + ROUNDS; again.attempt++, first = false) {
        HN_TRY(first ? hn_untried_spread(&again, newness, out, err)
                     : hn_untried_point(&again, newness, room, out, err));
        if (!looks)
            return HONE_OK;
        hn_features_encode(space, out, x);
        if (!hn_evidence_has_near(s->evidence, x, 0))
            return HONE_OK;
    }
    return HONE_OK;
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    bool found = false;
    HN_TRY(hn_evidence_sync(s->evidence, view, err));
    uint32_t n = hn_gp_output_count(s->evidence);
    bool first = n < n_startup(s);
    if ((!first || s->problem->from) && s->evidence->n_dims > 0) {
        HN_TRY(hn_gp_model_sync(s->model, &s->options->model, hn_cache_for(s->problem, &s->own),
                                view, request->trial, request->scratch, err));
        HN_TRY(hn_gp_cost_update(&s->cost, s->evidence, view, &s->model->space, n_startup(s),
                                 request->scratch, err));
        // Earlier studies that prove relevant stand for some of the first trials.
        if (!first || (s->model->transfer.weight > 0 && follows_sources(s, request->trial)))
            HN_TRY(search(s, view, request, *out, &found, err));
    }
    return found ? HONE_OK : fall_back(s, view, request, first, *out, err);
}

// Fits ahead. While every trial is followed by a fit, there is nothing to be had before the next.
static hone_status prepare(void *self, const hn_view *view, const hn_request *request,
                           hone_error *err)
{
    state *s = self;
    HN_TRY(hn_evidence_sync(s->evidence, view, err));
    uint32_t n = hn_gp_output_count(s->evidence);
    if (n < n_startup(s) || !hn_gp_output_lasts(n) || s->evidence->n_dims == 0 || s->model->weights)
        return HONE_OK;
    return hn_gp_model_sync(s->model, &s->options->model, hn_cache_for(s->problem, &s->own), view,
                            request->trial, request->scratch, err);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    int64_t most = s->options->model.max_points;
    uint32_t n = hn_explain_n_results(view, false);
    const char *cost = s->options->cost;
    if (n < n_startup(s) && follows_sources(s, trial))
        return hn_explain("it follows the earlier studies while trials agree with them, one of the "
                          "first %u trials",
                          (unsigned)n_startup(s));
    if (n < n_startup(s))
        return hn_explain_start(trial, n_startup(s), "it follows its model");
    return hn_explain("it follows its model of %u results%s%s", (unsigned)(n < most ? n : most),
                      cost ? ", for the most gain per " : "", cost ? cost : "");
}

const hn_sampler_class hn_sampler_gp = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "gp",
             .summary = "models the objective by a Gaussian process, and looks where it may gain",
             .source = "Jones, Schonlau, Welch. Efficient global optimization of expensive "
                       "black-box functions. J. Global Optim. 13, 1998",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS |
                    HN_USES_RESULTS | HN_USES_SOURCES,
             .options = option_table,
             .config_size = sizeof(hn_gp_options),
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .prepare = prepare,
    .explain = explain,
    .fini = fini,
};
