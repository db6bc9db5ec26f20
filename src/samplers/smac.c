// smac: sequential model-based optimisation with random forests.
//
// Method
//  1. The first trials are points of a scrambled Sobol sequence: d + 1 of them, between 5 and 20.
//  2. Afterwards regression forests over all trials so far predict the objective with a variance
//     (learn/forest.h, smac_model.c): on a log scale about the best, choices in sets, what a
//     condition switches off as missing.
//  3. The point of the greatest expected improvement over the best predicted trial, times the
//  chance
//     that it does not fail or break a constraint, is looked for by local searches from good trials
//     and from random points (smac_score.c, smac_search.c), and suggested.
//  4. One suggestion in twenty is a draw from the prior: a forest is certain of itself where it has
//     seen nothing.
//  5. What has been tried, or runs, is not suggested again.
// Source: Hutter, Hoos, Leyton-Brown. Sequential model-based optimization for general algorithm
// configuration. LION 2011; Lindauer and others. SMAC3: a versatile Bayesian optimization package
// for hyperparameter optimization. JMLR 23, 2022. Differences: choices are split into sets; a small
// first design; 50 trees, grown by turns; a feasibility forest; pending trials have a lie. Cost:
// O(trees · depth · (rows + points)) a suggestion, of at most 1,500 rows and some 1,300 points, and
// a few trees of O(d · rows · depth); memory O(n d).

#include <hone/sys/sampler.h>

#include <math.h>

#include "core/explain.h"
#include "core/untried.h"
#include "samplers/smac_search.h"

enum { LEAST_DESIGN = 5, MOST_DESIGN = 20 };

typedef struct options {
    int64_t n_startup, n_random, n_starts;
    double random_share;
    hn_smac_options model;
} options;

static const hn_option option_table[] = {
    {"n_startup", HN_OPTION_INT, offsetof(options, n_startup), "0", 0, 1e6, NULL, "trials",
     "evaluated trials before results are used; 0: dimensions + 1, within 5 to 20"},
    {"n_trees", HN_OPTION_INT, offsetof(options, model.n_trees), "50", 2, 1000, NULL, "trees",
     "trees of a forest"},
    {"min_leaf", HN_OPTION_INT, offsetof(options, model.min_leaf), "1", 1, 1000, NULL, "trials",
     "fewest trials in a leaf; more for a noisy objective"},
    {"feature_share", HN_OPTION_DOUBLE, offsetof(options, model.feature_share), "0.8", 0.01, 1,
     NULL, NULL, "share of the dimensions that is looked at for each split"},
    {"random_share", HN_OPTION_DOUBLE, offsetof(options, random_share), "0.05", 0, 1, NULL, NULL,
     "share of the suggestions that are draws from the prior"},
    {"n_random", HN_OPTION_INT, offsetof(options, n_random), "200", 1, 1e5, NULL, "points",
     "points from the prior that are scored for each suggestion"},
    {"n_starts", HN_OPTION_INT, offsetof(options, n_starts), "8", 1, 1000, NULL, "searches",
     "local searches for each suggestion"},
    {0},
};

typedef struct state {
    const hn_problem *problem;
    const options *options;
    hn_cache own;
    hn_evidence *evidence;
    hn_smac_model *model;
} state;

static void fini(void *self)
{
    hn_cache_free(&((state *)self)->own);
}

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    const options *o = given;
    hn_cache *cache = hn_cache_for(problem, &s->own);
    s->problem = problem;
    s->options = o;
    s->evidence = hn_evidence_of(cache);
    s->model = s->evidence ? hn_smac_model_of(cache, &o->model) : NULL;
    if (s->model)
        return HONE_OK;
    fini(s);
    return hn_fail_memory(err);
}

// --- one suggestion ---

static int64_t n_startup(const state *s)
{
    int64_t d = s->problem->space->n_dims;
    if (s->options->n_startup > 0)
        return s->options->n_startup;
    return d + 1 < LEAST_DESIGN ? LEAST_DESIGN : d + 1 > MOST_DESIGN ? MOST_DESIGN : d + 1;
}

// Uniform on the simplex: normalised exponential variates.
static void draw_weights(const hn_smac_search *s, double *weights, uint32_t n)
{
    double sum = 0;
    for (uint32_t k = 0; k < n; k++) {
        weights[k] = -log(hn_rng_uniform(&s->rng, 2, s->request->attempt, k));
        sum += weights[k];
    }
    for (uint32_t k = 0; k < n; k++)
        weights[k] /= sum;
}

static hone_status improve(state *s, hn_smac_search *search, hn_config out, hone_error *err)
{
    uint32_t n = s->problem->n_objectives;
    bool found = false;
    double *weights = HN_NEW(search->request->scratch, double, n + 1);
    if (!weights)
        return hn_fail_memory(err);
    HN_TRY(hn_smac_model_sync(s->model, &s->options->model, s->evidence, search->view, err));
    draw_weights(search, weights, n);
    search->scorer = (hn_smac_scorer){s->model, weights, 0};
    HN_TRY(hn_smac_search_run(search, out, &found, err));
    return found ? HONE_OK
                 : hn_untried_point(search->request, search->newness, search->next, out, err);
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    const hn_problem *problem = s->problem;
    // A noisy objective may be worth another look where there is no other.
    bool repeats =
        problem->define_by_run || (problem->noisy && isfinite(problem->space->cardinality));
    hn_smac_search search = {.problem = problem,
                             .view = view,
                             .request = request,
                             .evidence = s->evidence,
                             .n_random = s->options->n_random,
                             .n_starts = s->options->n_starts,
                             .newness = {view, repeats ? NULL : &s->evidence->index, false}};
    HN_TRY(hn_evidence_sync(s->evidence, view, err));
    HN_TRY(hn_smac_search_open(&search, err));
    const uint32_t *n_kind = s->evidence->n_kind;
    int64_t n_ended = (int64_t)n_kind[HN_EVIDENCE_COMPLETE] + n_kind[HN_EVIDENCE_PRUNED] +
                      n_kind[HN_EVIDENCE_FAILED];
    if (n_ended < n_startup(s))
        return hn_untried_spread(request, search.newness, *out, err);
    if (hn_rng_uniform(&search.rng, 3, request->attempt, 0) < s->options->random_share)
        return hn_untried_point(request, search.newness, search.next, *out, err);
    return improve(s, &search, *out, err);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    uint32_t n = hn_explain_n_results(view, true);
    if (n < n_startup(s))
        return hn_explain_start(trial, (uint32_t)n_startup(s), "it follows its forest");
    return hn_explain("it follows its forest over %u results", (unsigned)n);
}

const hn_sampler_class hn_sampler_smac = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "smac",
             .summary = "predicts by random forests and looks where most improvement is expected",
             .source = "Hutter, Hoos, Leyton-Brown. Sequential model-based optimization for "
                       "general algorithm configuration. LION 2011",
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
