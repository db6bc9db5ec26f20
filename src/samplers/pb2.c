// pb2: what the copies of population based training change to, by a bandit.
//
// Source: Parker-Holder, Nguyen, Roberts. Provably efficient online hyperparameter optimization
//     with population-based bandits. NeurIPS 2020.
//
// Method
//  1. Founders are evenly spread points.
//  2. A copy's numbers are those from which a Gaussian process expects most of the interval to come
//     (learn/drift.c): it has learnt from what each member gained in each interval (pb2_rows.c), is
//     asked with the parent's value as it stands, and forgets with time.
//  3. What counts is an upper bound, mean + β sd, β = `curiosity` √(0.2 + log(0.4 n)) of n rows;
//     the mean by what has been seen, the deviation as if the members that go on now, and the
//     copies that have got their values already, had been seen, too, so that copies spread.
//  4. It is maximised by gradients from the best of some random points and the parent's own.
//  5. Everything else, choices, orders, subsets, shares, is varied as pbt does it.
//  6. With fewer than `n_startup` rows, or where the rules leave no room, pbt's variation stands.
//
// Where this differs from the paper: a quarter of its β, as a population of few members has no time
// for so much that is not known; a founder's first interval counts, too (pb2_rows.c); gains are
// scaled by medians; hyperparameters have weak beliefs; the window is the newest rows.
//
// Cost: a fit O(60 n³) of n <= `window` rows a copy.

#include <hone/sys/sampler.h>

#include <math.h>
#include <string.h>

#include "core/explain.h"
#include "core/untried.h"
#include "learn/drift.h"
#include "num/lbfgsb.h"
#include "samplers/pb2_rows.h"
#include "space/unit.h"

typedef struct options {
    int64_t n_startup, window;
    double curiosity;
} options;

static const hn_option option_table[] = {
    {"n_startup", HN_OPTION_INT, offsetof(options, n_startup), "4", 2, 1e6, NULL, "intervals",
     "of members that must have been seen before the model has a say"},
    {"window", HN_OPTION_INT, offsetof(options, window), "150", 4, 2000, NULL, "intervals",
     "of members, the newest, that the model learns from"},
    {"curiosity", HN_OPTION_DOUBLE, offsetof(options, curiosity), "0.25", 0, 10, NULL, NULL,
     "weight of what is not known yet against what is expected; the paper has 1"},
    {0},
};

typedef struct state {
    const hn_problem *problem;
    const options *options;
    hn_cache own; // where there is no cache to share
} state;

static void fini(void *self)
{
    state *s = self;
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

// --- the bound ---

typedef struct bound {
    hn_drift model; // pending rows at what is expected of them: the mean is as without them
    double beta, now;
    uint32_t n_free; // coordinates that may change; the last one stays
    double *x, *d_mean, *d_sd, *low, *high;
} bound;

static double value_at(bound *b, const double *free, double *g)
{
    double mean, sd;
    memcpy(b->x, free, b->n_free * sizeof *b->x);
    hn_drift_predict(&b->model, b->x, b->now, &mean, &sd, b->d_mean, b->d_sd);
    for (uint32_t j = 0; g && j < b->n_free; j++)
        g[j] = -(b->d_mean[j] + b->beta * b->d_sd[j]);
    return -(mean + b->beta * sd);
}

static double minimised(void *context, const double *x, double *g)
{
    return value_at(context, x, g);
}

// Fits the model to the rows, then adds the pending ones at its own mean.
static bool make_bound(const hn_pb2_rows *rows, double curiosity, hn_arena *scratch, bound *b)
{
    double hyper[HN_DRIFT_HYPER], sd;
    hn_drift_data data = {rows->x, rows->t, rows->y, rows->n, rows->d};
    hn_drift seen;
    *b = (bound){.n_free = rows->d - 1,
                 .now = rows->now,
                 .beta = curiosity * sqrt(0.2 + fmax(0, log(0.4 * rows->n))),
                 .x = HN_NEW(scratch, double, rows->d),
                 .d_mean = HN_NEW(scratch, double, rows->d),
                 .d_sd = HN_NEW(scratch, double, rows->d),
                 .low = HN_ZNEW(scratch, double, rows->d),
                 .high = HN_NEW(scratch, double, rows->d)};
    if (hn_arena_failed(scratch) || !hn_drift_fit(&data, hyper, scratch) ||
        !hn_drift_set(&seen, &data, hyper, scratch))
        return false;
    for (uint32_t i = rows->n; i < rows->n + rows->n_pending; i++)
        hn_drift_predict(&seen, rows->x + (size_t)i * rows->d, rows->t[i], &rows->y[i], &sd, NULL,
                         NULL);
    data.n += rows->n_pending;
    for (uint32_t j = 0; j < rows->d; j++) {
        b->x[j] = rows->own[j];
        b->high[j] = 1;
    }
    return hn_drift_set(&b->model, &data, hyper, scratch);
}

// --- its greatest value ---

enum { N_RANDOM = 200, N_STARTS = 4, MEMORY = 6 };

typedef struct start {
    double value;
    uint32_t draw; // N_RANDOM: the parent's own
} start;

static void place_start(const bound *b, const hn_rng *rng, uint32_t attempt, uint32_t draw,
                        const double *own, double *x)
{
    for (uint32_t j = 0; j < b->n_free; j++)
        x[j] = draw == N_RANDOM ? own[j] : hn_rng_uniform(rng, j, attempt, draw);
}

// Into best [n_free].
static bool maximise(bound *b, const hn_rng *rng, uint32_t attempt, const double *own,
                     hn_arena *scratch, double *best)
{
    hn_lbfgsb_options limits = {MEMORY, 60, 1e-4, 1e-8};
    double *x = HN_NEW(scratch, double, b->n_free);
    double *room = HN_NEW(scratch, double, HN_LBFGSB_ROOM(b->n_free, MEMORY));
    start starts[N_STARTS];
    double least = INFINITY;
    if (!x || !room)
        return false;
    for (uint32_t k = 0; k < N_STARTS; k++)
        starts[k] = (start){INFINITY, N_RANDOM};
    for (uint32_t draw = 0; draw <= N_RANDOM; draw++) {
        place_start(b, rng, attempt, draw, own, x);
        start s = {value_at(b, x, NULL), draw};
        for (uint32_t k = 0; k < N_STARTS; k++)
            if (s.value < starts[k].value) {
                start swap = starts[k];
                starts[k] = s;
                s = swap;
            }
    }
    for (uint32_t k = 0; k < N_STARTS; k++) {
        place_start(b, rng, attempt, starts[k].draw, own, x);
        hn_lbfgsb_result r = hn_lbfgsb(minimised, b, b->low, b->high, x, b->n_free, &limits, room);
        if (!(r.value < least))
            continue;
        least = r.value;
        memcpy(best, x, b->n_free * sizeof *best);
    }
    return isfinite(least);
}

// --- suggesting ---

// Puts the numbers into `out`, if the rules allow it.
static hone_status put(const state *s, const hn_request *request, const hn_pb2_rows *rows,
                       const double *best, hn_config out, hone_error *err)
{
    const hone_space *space = s->problem->space;
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_EXPLORE, request->trial);
    hn_config room = hn_config_new(request->scratch, space);
    if (!room.slots)
        return hn_fail_memory(err);
    hn_config_copy(space, room, out);
    for (uint32_t j = 0; j + 1 < rows->d; j++) {
        const hn_param *p = &space->params[rows->params[j]];
        hn_unit_decode(p, &best[j], room.slots + p->slot);
    }
    hn_space_fill(space, &rng, request->attempt, room);
    if (hn_space_allows(space, room, NULL))
        hn_config_copy(space, out, room);
    return HONE_OK;
}

static hone_status vary(const state *s, const hn_view *view, const hn_request *request,
                        hn_config out, hone_error *err)
{
    hn_pb2_rows rows;
    bound b;
    hn_arena *scratch = request->scratch;
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SUGGEST, request->trial);
    if (!hn_pb2_rows_make(view, request, out, (uint32_t)s->options->window, &rows))
        return hn_fail_memory(err);
    if (rows.n < s->options->n_startup || rows.d < 2)
        return HONE_OK;
    double *best = HN_NEW(scratch, double, rows.d);
    bool found = best && make_bound(&rows, s->options->curiosity, scratch, &b) &&
                 maximise(&b, &rng, request->attempt, rows.own, scratch, best);
    if (hn_arena_failed(scratch))
        return hn_fail_memory(err);
    return found ? put(s, request, &rows, best, out, err) : HONE_OK;
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    hn_newness newness;
    if (request->fork)
        return vary(s, view, request, *out, err);
    HN_TRY(hn_newness_sync(&newness, view, hn_cache_for(view->problem, &s->own), err));
    return hn_untried_spread(request, newness, *out, err);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    (void)self, (void)view;
    if (trial != HN_NONE) // of a copy no sampler is asked why
        return hn_explain("founders are evenly spread");
    return hn_explain("copies change to what a model expects most of");
}

const hn_sampler_class hn_sampler_pb2 = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "pb2",
             .summary = "numbers of pbt's copies by a model that drifts; see scheduler pb2",
             .source = "Parker-Holder, Nguyen, Roberts. Provably efficient online hyperparameter "
                       "optimization with population-based bandits. NeurIPS 2020",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS | HN_CAN_FORK |
                    HN_USES_RESULTS,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .explain = explain,
    .fini = fini,
};
