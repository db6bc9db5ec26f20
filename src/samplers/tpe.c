// tpe: the tree-structured Parzen estimator.
//
// Method
//  1. The first `n_startup` trials are points of a scrambled Sobol sequence; half of them, where
//     earlier studies agree, are suggested from these as in 4.
//  2. Afterwards the trials are split into good ones, the best min(ceil(gamma n), max_good) of n,
//  and
//     bad ones, which are the rest, those that failed and those that still run (tpe_history.c).
//  3. For both a Parzen estimator is kept: l(x) of the good and g(x) of the bad (learn/parzen.h).
//  4. Of `n_candidates` points drawn from l the one with the greatest log l(x) - log g(x) is
//     suggested, which is the one of greatest expected improvement. In a conditional space this is
//     done for one block of parameters after the other, those that are active together, with
//     densities given the values of the blocks before.
//     The candidates are compared by estimates, and those that these leave too close together by
//     the numbers themselves: it costs much less and chooses the same.
//     With `multivariate` off each parameter has densities of its own and is chosen by itself.
//     Trials of earlier studies are kernels as well, as far as these agree (tpe_sources.c).
//  5. When the space has changed, trials of earlier versions are those whose values it still has.
//     Parameters that they lack form blocks of their own (tpe_space.c), so that they count for the
//     others.
//  6. Candidates that break a rule, and those that have been tried, are left out;
//     when none remain others are drawn, then from the prior; at last the grid is looked through.
// Source: Bergstra, Bardenet, Bengio, Kégl. Algorithms for hyper-parameter optimization. NeurIPS
// 2011; Watanabe. Tree-structured Parzen estimator: understanding its algorithm components and
// their roles for better empirical performance. arXiv 2304.11127, 2023. Differences: quasi-random
// first points; failed trials count as bad; the prior is the space's own (weights of choices,
// beliefs, normals); conditional spaces are drawn from exactly, block by block; of more than
// `max_kernels` bad trials a part stands for all. Cost: O(candidates · kernels · parameters) a
// suggestion, in single precision but for the kernels that are near; O(log trials + kernels) a
// tell; 6 bytes a trial, and 60 bytes a kernel and parameter.

#include <hone/sys/sampler.h>

#include <math.h>
#include <string.h>

#include "core/explain.h"
#include "core/untried.h"
#include "samplers/tpe_history.h"
#include "samplers/tpe_sources.h"
#include "samplers/tpe_space.h"

typedef struct options {
    int64_t n_startup, n_candidates;
    hn_tpe_split_options split;
    hn_parzen_options parzen;
    bool multivariate;
} options;

static const hn_option option_table[] = {
    {"n_startup", HN_OPTION_INT, offsetof(options, n_startup), "10", 0, 1e6, NULL, "trials",
     "evaluated trials before results are used"},
    {"n_candidates", HN_OPTION_INT, offsetof(options, n_candidates), "24", 1, 1e5, NULL, "points",
     "points drawn for each suggestion"},
    {"multivariate", HN_OPTION_BOOL, offsetof(options, multivariate), "true", 1, 0, NULL, NULL,
     "model all parameters together, not each by itself"},
    {"gamma", HN_OPTION_DOUBLE, offsetof(options, split.gamma), "0.15", 1e-3, 0.9, NULL, NULL,
     "share of the trials that are called good"},
    {"max_good", HN_OPTION_INT, offsetof(options, split.max_good), "25", 1, 1e4, NULL, "trials",
     "most trials that are called good"},
    {"max_kernels", HN_OPTION_INT, offsetof(options, split.max_kernels), "2000", 10, 1e6, NULL,
     "trials", "most bad trials that are modelled; beyond it a part stands for all"},
    {"prior_weight", HN_OPTION_DOUBLE, offsetof(options, parzen.prior_weight), "1", 1e-3, 1e3, NULL,
     NULL, "weight of the prior beside that of one trial"},
    {"good_weights", HN_OPTION_CHOICE, offsetof(options, split.good_weights), "improvement", 1, 0,
     "old-decay|uniform|improvement", NULL,
     "weights of good trials: less for old ones, equal, or by how much better they are"},
    {"bad_weights", HN_OPTION_CHOICE, offsetof(options, split.bad_weights), "old-decay", 1, 0,
     "old-decay|uniform", NULL, "weights of bad trials: less for all but the newest 25, or equal"},
    {"consider_endpoints", HN_OPTION_BOOL, offsetof(options, parzen.endpoints), "false", 1, 0, NULL,
     NULL, "the ends of a range widen the kernels next to them"},
    {"magic_clip", HN_OPTION_BOOL, offsetof(options, parzen.magic_clip), "true", 1, 0, NULL, NULL,
     "no kernel narrower than its range / min(100, number of kernels + 1)"},
    {"constant_liar", HN_OPTION_BOOL, offsetof(options, split.pending), "true", 1, 0, NULL, NULL,
     "running trials count as bad, which keeps parallel ones apart"},
    {0},
};

// An estimator and the trials that are in it.
typedef struct side {
    hn_parzen parzen;
    hn_tpe_list wanted;
    HN_VEC(uint32_t) trials; // [n] by number, with their rows and slots
    HN_VEC(uint32_t) rows;
    HN_VEC(uint32_t) slots;
    HN_VEC(double) room; // of a walk; kept, since pages that are new each time cost more than it
} side;

typedef struct state {
    const hn_problem *problem;
    const options *options;
    hn_arena arena;
    hn_tpe_space space;
    hn_tpe_history history;
    hn_phi phi;
    side good, bad;
    const hn_sources *sources; // of earlier studies; NULL: there are none
    hn_evidence *evidence;     // of earlier studies' use, and of trials that rest early
    hn_cache own;              // where there is no cache to share
} state;

// --- begin and end ---

static void fini_side(side *s)
{
    if (s->parzen.layout) // it was initialised
        hn_parzen_free(&s->parzen);
    hn_tpe_list_free(&s->wanted);
    hn_vec_free(&s->trials);
    hn_vec_free(&s->rows);
    hn_vec_free(&s->slots);
    hn_vec_free(&s->room);
}

static void fini(void *self)
{
    state *s = self;
    fini_side(&s->good);
    fini_side(&s->bad);
    hn_tpe_history_free(&s->history);
    hn_cache_free(&s->own);
    hn_arena_free(&s->arena);
}

// The earlier studies, and what they are compared with.
static hone_status find_sources(state *s, hone_error *err)
{
    hn_cache *cache = hn_cache_for(s->problem, &s->own);
    s->evidence = hn_evidence_of(cache);
    if (!s->evidence)
        return hn_fail_memory(err);
    return s->problem->from ? hn_sources_of(cache, s->problem, &s->sources, err) : HONE_OK;
}

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    const options *o = given;
    s->problem = problem;
    s->options = o;
    s->history.problem = problem;
    s->history.options = &o->split;
    hn_phi_fill(&s->phi);
    // What a trial that defines its space as it runs has asked for follows no condition.
    hone_status status = find_sources(s, err);
    if (status == HONE_OK)
        status = hn_tpe_space_make(&s->space, problem, s->sources,
                                   !o->multivariate || problem->define_by_run, &s->arena, err);
    if (status == HONE_OK)
        status = hn_parzen_init(&s->good.parzen, &s->space.layout, &o->parzen, &s->phi, err);
    if (status == HONE_OK)
        status = hn_parzen_init(&s->bad.parzen, &s->space.layout, &o->parzen, &s->phi, err);
    if (status != HONE_OK)
        fini(s);
    return status;
}

// --- the two sides ---

// Of the configuration in the fold; those of earlier studies never change.
static uint32_t row_of(const hn_tpe_history *h, uint32_t trial)
{
    return trial >= HN_TPE_OF_SOURCE ? 0 : h->rows.data[trial];
}

// Takes away what is no longer wanted, or has another configuration by now.
static void drop_others(side *e, const hn_tpe_history *h)
{
    size_t n = 0, w = 0, most = e->trials.n < e->wanted.trials.n ? e->trials.n : e->wanted.trials.n;
    while (n < most && e->trials.data[n] == e->wanted.trials.data[n] &&
           row_of(h, e->trials.data[n]) == e->rows.data[n])
        n++;
    w = n;
    for (size_t i = n; i < e->trials.n; i++) {
        uint32_t trial = e->trials.data[i];
        while (w < e->wanted.trials.n && e->wanted.trials.data[w] < trial)
            w++;
        bool wanted = w < e->wanted.trials.n && e->wanted.trials.data[w] == trial &&
                      row_of(h, trial) == e->rows.data[i];
        if (!wanted) {
            hn_parzen_remove(&e->parzen, e->slots.data[i]);
            continue;
        }
        e->trials.data[n] = trial;
        e->rows.data[n] = e->rows.data[i];
        e->slots.data[n++] = e->slots.data[i];
    }
    e->trials.n = e->rows.n = e->slots.n = n;
}

// Of a trial that the history counts: one of the present version of the space stands as it is.
static hn_config config_of(state *s, const hn_view *view, uint32_t trial)
{
    if (trial >= HN_TPE_OF_SOURCE)
        return hn_tpe_sources_config(s->sources, trial);
    const hn_trial *row = &view->fold->trials.data[trial];
    if (row->space == s->problem->space_version)
        return hn_fold_config(view->fold, row);
    (void)hn_view_map(view, trial, s->history.config);
    return s->history.config;
}

// `e` holds some of what is wanted, in order: the rest is merged in from the back.
static hone_status add_missing(state *s, side *e, const hn_view *view, double *x, hone_error *err)
{
    size_t n = e->wanted.trials.n, have = e->trials.n;
    if (!hn_vec_reserve(&e->trials, n + 1) || !hn_vec_reserve(&e->rows, n + 1) ||
        !hn_vec_reserve(&e->slots, n + 1))
        return hn_fail_memory(err);
    for (size_t at = n; at > have; at--) {
        uint32_t trial = e->wanted.trials.data[at - 1], slot;
        if (have > 0 && e->trials.data[have - 1] == trial) {
            have--;
            e->trials.data[at - 1] = trial;
            e->rows.data[at - 1] = e->rows.data[have];
            e->slots.data[at - 1] = e->slots.data[have];
            continue;
        }
        hn_tpe_encode(&s->space, config_of(s, view, trial), x);
        HN_TRY(hn_parzen_add(&e->parzen, x, trial, &slot, err));
        e->trials.data[at - 1] = trial;
        e->rows.data[at - 1] = row_of(&s->history, trial);
        e->slots.data[at - 1] = slot;
    }
    e->trials.n = e->rows.n = e->slots.n = n;
    return HONE_OK;
}

static hone_status update_side(state *s, side *e, const hn_view *view, double *x, hone_error *err)
{
    drop_others(e, &s->history);
    HN_TRY(add_missing(s, e, view, x, err));
    return hn_parzen_settle(&e->parzen, e->slots.data, e->wanted.weights.data, (uint32_t)e->slots.n,
                            err);
}

// --- candidates ---

// Buffers of one suggestion.
typedef struct workshop {
    state *s;
    const hn_view *view;
    hn_rng rng;
    double *x;               // [n_axes]
    double *u;               // [n_axes + 1]
    double *points;          // [n_candidates x n_axes]
    double *scores, *slacks; // [n_candidates]
    hn_walk good, bad;
    hn_config config;
} workshop;

static bool open_workshop(workshop *w, state *s, const hn_view *view, const hn_request *request)
{
    uint32_t n_axes = s->space.layout.n_axes;
    hn_arena *arena = request->scratch;
    w->s = s;
    w->view = view;
    w->rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SUGGEST, request->trial);
    w->x = HN_NEW(arena, double, n_axes + 1);
    w->u = HN_NEW(arena, double, n_axes + 1);
    w->config = hn_config_new(arena, s->problem->space);
    return !hn_arena_failed(arena);
}

// What candidates need, once both sides are up to date.
static bool make_room(workshop *w, hn_arena *arena)
{
    state *s = w->s;
    size_t n = (size_t)s->options->n_candidates;
    w->points = HN_NEW(arena, double, n *(s->space.layout.n_axes + 1));
    w->scores = HN_NEW(arena, double, n);
    w->slacks = HN_NEW(arena, double, n);
    return !hn_arena_failed(arena) &&
           hn_vec_reserve(&s->good.room, hn_walk_room(&s->good.parzen)) &&
           hn_vec_reserve(&s->bad.room, hn_walk_room(&s->bad.parzen));
}

// The uniforms of a block: one to choose the kernel, then one an axis, by the parameters' names.
static void draw_uniforms(workshop *w, uint32_t b, uint32_t attempt)
{
    enum { CHOICE_OF_KERNEL = 1 << 20 };
    const hn_tpe_space *space = &w->s->space;
    const uint32_t *params = space->block_params + space->block_first_param[b];
    uint32_t n = space->block_first_param[b + 1] - space->block_first_param[b], k = 1;
    w->u[0] =
        hn_rng_uniform(&w->rng, space->space->params[params[0]].hash, attempt, CHOICE_OF_KERNEL);
    for (uint32_t i = 0; i < n; i++) {
        const hn_param *p = &space->space->params[params[i]];
        for (uint32_t d = 0; d < p->n_dims; d++)
            w->u[k++] = hn_rng_uniform(&w->rng, p->hash, attempt, d);
    }
}

// Turns the coordinates of a block into values, or marks it as inactive.
static void set_block(workshop *w, uint32_t b, bool active)
{
    const hn_tpe_space *space = &w->s->space;
    for (uint32_t i = space->block_first_param[b]; i < space->block_first_param[b + 1]; i++) {
        const hn_param *p = &space->space->params[space->block_params[i]];
        hn_set_active(w->config.active, p->index, active);
        if (active) {
            hn_tpe_decode(p, w->x + p->dim, w->config.slots + p->slot);
            continue;
        }
        memset(w->config.slots + p->slot, 0, p->n_slots * sizeof *w->config.slots);
        for (uint32_t k = 0; k < p->n_dims; k++)
            w->x[p->dim + k] = NAN;
    }
}

static bool is_good(workshop *w)
{
    hn_newness newness = hn_newness_of(w->view, &w->s->history.index);
    return hn_is_new(&newness, w->config);
}

// Sets the block to candidate `c`.
static void take_candidate(workshop *w, uint32_t b, uint32_t c)
{
    const hn_parzen_layout *layout = &w->s->space.layout;
    const double *point = w->points + (size_t)c * layout->n_axes;
    for (uint32_t k = layout->block_start[b]; k < layout->block_start[b + 1]; k++)
        w->x[layout->block_axes[k]] = point[layout->block_axes[k]];
    set_block(w, b, true);
}

// Draws candidate `c` of the block from l, and estimates its log l - log g.
static void draw_candidate(workshop *w, uint32_t b, uint32_t c, uint32_t attempt)
{
    const hn_parzen *good = &w->s->good.parzen, *bad = &w->s->bad.parzen;
    const hn_parzen_layout *layout = &w->s->space.layout;
    double *point = w->points + (size_t)c * layout->n_axes, slack;
    draw_uniforms(w, b, attempt * (uint32_t)w->s->options->n_candidates + c);
    hn_walk_draw(good, &w->good, w->u, w->x);
    set_block(w, b, true);
    for (uint32_t k = layout->block_start[b]; k < layout->block_start[b + 1]; k++)
        point[layout->block_axes[k]] = w->x[layout->block_axes[k]];
    double prior = hn_parzen_log_prior(layout, b, w->x);
    w->scores[c] = hn_walk_estimate(good, &w->good, w->x, prior, &w->slacks[c]);
    w->scores[c] -= hn_walk_estimate(bad, &w->bad, w->x, prior, &slack);
    w->slacks[c] += slack;
}

// The first of the best candidates by their scores; `valid`: of those that may be suggested.
// HN_NONE when none may. The block is then set to whichever was looked at last.
static uint32_t best_candidate(workshop *w, uint32_t b, bool valid)
{
    uint32_t n = (uint32_t)w->s->options->n_candidates, best = HN_NONE;
    for (uint32_t c = 0; c < n; c++) {
        if (best != HN_NONE && !(w->scores[c] > w->scores[best]))
            continue;
        if (valid) {
            take_candidate(w, b, c);
            if (!is_good(w)) {
                w->scores[c] = -INFINITY;
                continue;
            }
        }
        best = c;
    }
    return best;
}

// Replaces the estimates of those that may be better than `best`, when there are such, by the
// numbers themselves, and takes the others out of the race; false when `best` is it.
static bool decide_exactly(workshop *w, uint32_t b, uint32_t best)
{
    const hn_parzen *good = &w->s->good.parzen, *bad = &w->s->bad.parzen;
    uint32_t n = (uint32_t)w->s->options->n_candidates, n_left = 0;
    double least = w->scores[best] - w->slacks[best];
    for (uint32_t c = 0; c < n; c++)
        n_left += !(w->scores[c] + w->slacks[c] < least);
    for (uint32_t c = 0; n_left > 1 && c < n; c++) {
        if (w->scores[c] + w->slacks[c] < least) {
            w->scores[c] = -INFINITY;
            continue;
        }
        take_candidate(w, b, c);
        w->scores[c] = hn_walk_log_sum(good, &w->good, w->x);
        w->scores[c] -= hn_walk_log_sum(bad, &w->bad, w->x);
    }
    return n_left > 1;
}

// Chooses the values of block `b`, which is active: the best of the candidates from l, given the
// blocks that the walks have taken. `valid`: a candidate counts only if it may be suggested, the
// block being the last. False when none of them may.
static bool choose_block(workshop *w, uint32_t b, uint32_t attempt, bool valid)
{
    uint32_t n = (uint32_t)w->s->options->n_candidates;
    bool estimated = false;
    hn_walk_enter(&w->s->good.parzen, &w->good, b);
    hn_walk_enter(&w->s->bad.parzen, &w->bad, b);
    for (uint32_t c = 0; c < n; c++) {
        draw_candidate(w, b, c, attempt);
        estimated |= w->slacks[c] > 0;
    }
    uint32_t best = best_candidate(w, b, valid);
    if (best != HN_NONE && estimated && decide_exactly(w, b, best))
        best = best_candidate(w, b, valid);
    if (best == HN_NONE)
        return false;
    take_candidate(w, b, best);
    return true;
}

// One block after the other.
static bool suggest_once(workshop *w, uint32_t attempt, hn_config out)
{
    const hn_parzen *good = &w->s->good.parzen, *bad = &w->s->bad.parzen;
    const hn_tpe_space *space = &w->s->space;
    uint32_t n_blocks = space->layout.n_blocks;
    for (uint32_t b = 0; b < n_blocks; b++) {
        if (b == 0 || !w->s->options->multivariate) {
            hn_walk_begin(good, &w->good, w->s->good.room.data);
            hn_walk_begin(bad, &w->bad, w->s->bad.room.data);
        }
        bool active = hn_tpe_block_active(space, b, w->config);
        if (!active) {
            set_block(w, b, false);
            continue;
        }
        if (!choose_block(w, b, attempt, n_blocks == 1))
            return false;
        if (b + 1 < n_blocks) {
            hn_walk_take(good, &w->good, w->x);
            hn_walk_take(bad, &w->bad, w->x);
        }
    }
    if (!is_good(w))
        return false;
    hn_config_copy(w->s->problem->space, out, w->config);
    return true;
}

// --- suggesting ---

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    enum { ROUNDS = 4 };
    state *s = self;
    workshop w;
    HN_TRY(hn_tpe_history_sync(&s->history, view, err));
    bool learned = s->history.n_ranked >= s->options->n_startup, from = false;
    // Half of the first trials go where earlier studies that agree were good.
    bool follows = s->sources && (learned || request->trial % 2 == 0);
    if (hn_tpe_history_rests(&s->history)) {
        HN_TRY(hn_evidence_sync(s->evidence, view, err));
        HN_TRY(hn_evidence_expect(s->evidence, view, err));
    }
    if (learned || follows)
        HN_TRY(hn_tpe_history_split(&s->history, view, s->evidence, &s->good.wanted, &s->bad.wanted,
                                    err));
    if (follows)
        HN_TRY(hn_tpe_sources_add(s->sources, s->evidence, view, &s->good.wanted, &s->bad.wanted,
                                  request->scratch, &from, err));
    learned |= from;
    hn_newness newness = hn_newness_of(view, &s->history.index);
    if (!open_workshop(&w, s, view, request))
        return hn_fail_memory(err);
    if (!learned)
        return hn_untried_spread(request, newness, *out, err);
    HN_TRY(update_side(s, &s->good, view, w.x, err));
    HN_TRY(update_side(s, &s->bad, view, w.x, err));
    if (!make_room(&w, request->scratch))
        return hn_fail_memory(err);
    for (uint32_t round = 0; round < ROUNDS; round++)
        if (suggest_once(&w, request->attempt * ROUNDS + round, *out))
            return HONE_OK;
    return hn_untried_point(request, newness, w.config, *out, err);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    uint32_t n = hn_explain_n_results(view, false);
    if (n < s->options->n_startup && s->sources && (trial == HN_NONE || trial % 2 == 0))
        return hn_explain("it looks where earlier studies were good while trials agree with them");
    if (n < s->options->n_startup)
        return hn_explain_start(trial, (uint32_t)s->options->n_startup,
                                "it looks where good ones prevail");
    return hn_explain("it looks where the good ones of %u results prevail", (unsigned)n);
}

const hn_sampler_class hn_sampler_tpe = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "tpe",
             .summary = "learns where good and bad trials lie, and looks where good ones prevail",
             .source = "Bergstra, Bardenet, Bengio, Kégl. Algorithms for hyper-parameter "
                       "optimization. NeurIPS 2011",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS |
                    HN_USES_RESULTS | HN_USES_SOURCES,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .explain = explain,
    .fini = fini,
};
