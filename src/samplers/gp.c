// gp: Bayesian optimisation with Gaussian processes.
//
// Method
//  1. The first `n_startup` trials are points of a scrambled Sobol sequence.
//  2. Each objective, constraint and, once a trial has failed, failing itself is modelled by a
//     Gaussian process over the features of the space: numbers in their own scale, choices by
//     whether they are equal, inactive parameters as a place of their own (learn/gp.h). Values are
//     first turned by the curve under which the model predicts the better half of them best
//     (learn/target.h). What is fitted when follows from the history alone (gp_output.c).
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
#include "num/dist.h"
#include "samplers/gp_search.h"

static const hn_option option_table[] = {
    {"n_startup", HN_OPTION_INT, offsetof(hn_gp_options, n_startup), "0", 0, 1e6, NULL, "trials",
     "evaluated trials before the model is used; 0: dimensions + 2, at most 10"},
    {"n_candidates", HN_OPTION_INT, offsetof(hn_gp_options, n_candidates), "512", 2, 1e5, NULL,
     "points", "points judged for each suggestion before the best are refined"},
    {"n_starts", HN_OPTION_INT, offsetof(hn_gp_options, n_starts), "6", 1, 1000, NULL, "points",
     "points that are refined"},
    {"max_points", HN_OPTION_INT, offsetof(hn_gp_options, max_points), "400", 10, 5000, NULL,
     "trials", "most trials that are modelled: of more the best, the newest and others far apart"},
    {"target", HN_OPTION_CHOICE, offsetof(hn_gp_options, target), "auto", 1, 0,
     "plain|power|rank|log|steep|auto", NULL,
     "how values are turned before they are modelled; auto: as predicts best"},
    {"trust_region", HN_OPTION_CHOICE, offsetof(hn_gp_options, region), "auto", 1, 0, "off|on|auto",
     NULL, "look only in a box about the best trial that grows and shrinks; auto: past 20 numbers"},
    {"deterministic", HN_OPTION_BOOL, offsetof(hn_gp_options, deterministic), "false", 1, 0, NULL,
     NULL, "the objective has no noise: none is looked for"},
    {"warp", HN_OPTION_BOOL, offsetof(hn_gp_options, warp), "false", 1, 0, NULL, NULL,
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
    hn_gp_space space;
    hn_gp_beliefs beliefs;
    double *low, *high; // [n_dims]
    hn_gp_output objectives[HN_EHVI_MOST], failure;
    hn_gp_cost cost;
    uint32_t n_objectives; // that are modelled
    double *weights;       // [problem->n_objectives] where one model is for all
    HN_VEC(hn_gp_output) constraints;
} state;

// --- begin and end ---

static void drop_constraints(state *s)
{
    for (size_t c = 0; c < s->constraints.n; c++)
        hn_gp_output_free(&s->constraints.data[c]);
    hn_vec_free(&s->constraints);
}

static void fini(void *self)
{
    state *s = self;
    for (uint32_t j = 0; j < HN_EHVI_MOST; j++)
        hn_gp_output_free(&s->objectives[j]);
    hn_gp_output_free(&s->failure);
    hn_gp_cost_free(&s->cost);
    drop_constraints(s);
    hn_cache_free(&s->own);
    hn_arena_free(&s->arena);
}

static bool describe(state *s)
{
    const hone_space *space = s->problem->space;
    uint32_t d = space->n_dims;
    hn_gp_dim *dims = HN_ZNEW(&s->arena, hn_gp_dim, d + 1);
    hn_feature *features = HN_NEW(&s->arena, hn_feature, d + 1);
    s->low = HN_ZNEW(&s->arena, double, d + 1);
    s->high = HN_ZNEW(&s->arena, double, d + 1);
    if (hn_arena_failed(&s->arena))
        return false;
    hn_features_describe(space, features);
    for (uint32_t j = 0; j < d; j++) {
        dims[j].is_choice = features[j].n_choices > 0;
        // A trial that defines its space as it runs may leave anything out.
        dims[j].optional =
            s->problem->define_by_run || space->params[features[j].param].condition != NULL;
    }
    s->space = (hn_gp_space){dims, d, s->options->warp};
    return hn_gp_beliefs_make(&s->beliefs, space, &s->arena);
}

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    s->problem = problem;
    s->options = given;
    HN_TRY(hn_gp_cost_init(&s->cost, problem, s->options, err));
    s->n_objectives = problem->n_objectives <= HN_EHVI_MOST ? problem->n_objectives : 1;
    s->weights = HN_ZNEW(&s->arena, double, problem->n_objectives + 1);
    for (uint32_t j = 0; j < s->n_objectives; j++)
        s->objectives[j] = (hn_gp_output){.quantity = HN_GP_OBJECTIVE,
                                          .column = j,
                                          .options = s->options,
                                          .several = s->n_objectives > 1};
    if (problem->n_objectives > HN_EHVI_MOST)
        s->objectives[0].weights = s->weights;
    s->failure = (hn_gp_output){.quantity = HN_GP_FAILURE, .options = s->options};
    s->evidence = hn_evidence_of(hn_cache_for(problem, &s->own));
    if (s->evidence && describe(s))
        return HONE_OK;
    fini(s);
    return hn_fail_memory(err);
}

// --- the models ---

static hone_status update_constraints(state *s, hn_arena *scratch, hone_error *err)
{
    uint32_t n = s->evidence->n_constraints;
    if (s->constraints.n != n) {
        drop_constraints(s);
        if (!hn_vec_reserve(&s->constraints, n + 1))
            return hn_fail_memory(err);
        for (uint32_t c = 0; c < n; c++)
            s->constraints.data[s->constraints.n++] =
                (hn_gp_output){.quantity = HN_GP_CONSTRAINT, .column = c, .options = s->options};
    }
    for (uint32_t c = 0; c < n; c++)
        HN_TRY(hn_gp_output_update(&s->constraints.data[c], s->evidence, &s->space, scratch, err));
    return HONE_OK;
}

// The newest running trials, at what is expected of them.
static hone_status believe(state *s, hn_gp_output *o, hn_arena *scratch, hone_error *err)
{
    enum { MOST_PENDING = 100 };
    const hn_evidence *e = s->evidence;
    uint32_t n = e->n_kind[HN_EVIDENCE_PENDING], skip = n > MOST_PENDING ? n - MOST_PENDING : 0;
    double *room = HN_NEW(scratch, double, hn_gp_room(&o->gp, 1) + 5 * (size_t)(n - skip) + 1);
    if (hn_arena_failed(scratch))
        return hn_fail_memory(err);
    for (uint32_t t = 0; t < e->n_trials; t++) {
        if (e->rows.data[t].kind != HN_EVIDENCE_PENDING)
            continue;
        if (skip > 0)
            skip--;
        else
            HN_TRY(hn_gp_output_believe(o, hn_evidence_x(e, t), room, err));
    }
    return HONE_OK;
}

static hone_status update_models(state *s, hn_arena *scratch, hone_error *err)
{
    for (uint32_t j = 0; j < s->n_objectives; j++)
        HN_TRY(hn_gp_output_update(&s->objectives[j], s->evidence, &s->space, scratch, err));
    HN_TRY(update_constraints(s, scratch, err));
    if (s->evidence->n_kind[HN_EVIDENCE_FAILED] > 0)
        HN_TRY(hn_gp_output_update(&s->failure, s->evidence, &s->space, scratch, err));
    for (uint32_t j = 0; j < s->n_objectives; j++)
        HN_TRY(believe(s, &s->objectives[j], scratch, err));
    for (size_t c = 0; c < s->constraints.n; c++)
        HN_TRY(believe(s, &s->constraints.data[c], scratch, err));
    return HONE_OK;
}

// --- suggesting ---

static bool has_optional(const state *s)
{
    for (uint32_t j = 0; j < s->space.n_dims; j++)
        if (s->space.dims[j].optional)
            return true;
    return false;
}

// The weight of beliefs beside ten trials is one; it falls with their number.
static double weight_of_beliefs(const state *s)
{
    return s->beliefs.n > 0 ? 10.0 / (10.0 + s->objectives[0].n) : 0;
}

static uint32_t n_startup(const state *s)
{
    uint32_t d = s->space.n_dims;
    if (s->options->n_startup > 0)
        return (uint32_t)s->options->n_startup;
    return d + 2 < 10 ? d + 2 : 10;
}

static bool uses_region(const state *s)
{
    enum { MANY = 20 };
    uint32_t n = 0;
    for (uint32_t j = 0; j < s->space.n_dims; j++)
        n += !s->space.dims[j].is_choice;
    return s->problem->n_objectives == 1 &&
           (s->options->region == HN_GP_REGION_AUTO ? n > MANY
                                                    : s->options->region == HN_GP_REGION_ON);
}

static hone_status search(state *s, const hn_view *view, const hn_request *request, hn_config out,
                          bool *found, hone_error *err)
{
    hn_gp_scene scene = {.n_dims = s->space.n_dims,
                         .objective = s->objectives,
                         .n_objectives = s->n_objectives,
                         .constraints = s->constraints.data,
                         .n_constraints = (uint32_t)s->constraints.n,
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
                      .optional = has_optional(s),
                      .failed_count = true};
    if (s->evidence->n_kind[HN_EVIDENCE_FAILED] > 0)
        scene.failure = &s->failure;
    if (s->cost.weight > 0)
        scene.cost = &s->cost;
    q.config = hn_config_new(request->scratch, s->problem->space);
    if (!hn_gp_scene_make(&scene, s->evidence, (uint32_t)s->options->n_candidates + 512,
                          request->scratch))
        return hn_fail_memory(err);
    for (uint32_t j = 0; j < s->space.n_dims; j++) {
        s->low[j] = 0;
        s->high[j] = 1;
    }
    if (uses_region(s))
        hn_gp_region(&q, n_startup(s), s->space.n_dims / 3.0);
    return hn_gp_search_run(&q, out, found, err);
}

// Uniform on the simplex, by the trial's number.
static void draw_weights(state *s, uint32_t trial)
{
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SUGGEST, trial);
    double sum = 0;
    for (uint32_t m = 0; m < s->problem->n_objectives; m++) {
        s->weights[m] = hn_exponential_quantile(hn_rng_uniform(&rng, hn_hash32("weights"), 0, m));
        sum += s->weights[m];
    }
    for (uint32_t m = 0; m < s->problem->n_objectives; m++)
        s->weights[m] /= sum;
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    bool found = false;
    HN_TRY(hn_evidence_sync(s->evidence, view, err));
    uint32_t n = hn_gp_output_count(&s->objectives[0], s->evidence);
    if (n >= n_startup(s) && s->space.n_dims > 0) {
        draw_weights(s, request->trial);
        HN_TRY(update_models(s, request->scratch, err));
        HN_TRY(hn_gp_cost_update(&s->cost, s->evidence, view, &s->space, n_startup(s),
                                 request->scratch, err));
        HN_TRY(search(s, view, request, *out, &found, err));
    }
    return found ? HONE_OK
                 : hn_gp_fall_back(s->evidence, view, request, n < n_startup(s), *out, err);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    uint32_t n = hn_explain_n_results(view, false);
    if (n < n_startup(s))
        return hn_explain_start(trial, n_startup(s), "it follows its model");
    return hn_explain("it follows its model of %u results",
                      (unsigned)(n < s->options->max_points ? n : s->options->max_points));
}

const hn_sampler_class hn_sampler_gp = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "gp",
             .summary = "models the objective by a Gaussian process, and looks where it may gain",
             .source = "Jones, Schonlau, Welch. Efficient global optimization of expensive "
                       "black-box functions. J. Global Optim. 13, 1998",
             .can =
                 HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS | HN_USES_RESULTS,
             .options = option_table,
             .config_size = sizeof(hn_gp_options),
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .explain = explain,
    .fini = fini,
};
