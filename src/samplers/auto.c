// auto: chooses among the samplers there are, and passes from one to another as trials go by.
//
// Method
//  1. A finite space of no more than SMALL points is enumerated: grid, shuffled, so that an early
//     end still has seen a fair share of every value. There is little to learn on the way.
//  2. One objective over a space that is known beforehand and has no more than WIDE dimensions:
//     the first trials, TRIALS_A_DIMENSION for each dimension and one more, within FEWEST and MOST,
//     go by turns. Most are gp's: a model of everything makes the most of few trials. A quarter is
//     trust's, whose local models see which way is down before gp knows the scales, and which goes
//     on to the digits that gp's does not resolve. An eighth is left to tpe and cmaes in turn,
//     which go on where both models are wrong. All of them learn from all trials. With earlier
//     studies the very first trial is gp's, which knows them.
//  3. The trials after that are cmaes's where all is continuous and always active: its distribution
//     has followed the search and goes on to converge. They are tpe's where there are integers,
//     choices or conditions, and in one dimension, which has no shape to learn. What gp costs is
//     thereby bounded.
//  4. Wide spaces: trust, which needs no more than a trial an axis to see which way is down, and
//     tpe; then as in step 3.
//  5. Two or three objectives: gp, with tpe and nsga2 beside it; then these two in turn. More of
//     them, and a space that trials define as they run: tpe.
//  6. Where more of these first trials were stopped early than have come to their end, tpe, which
//     ranks the stopped ones by how far they came.
// Which sampler a trial gets follows from its number and from what the journal says of the problem
// and of early stops: not from how many trials somebody intends today, nor from how long they took,
// so that the same seed gives the same trials on another machine, and a study that is resumed goes
// on as it would have.

#include <hone/sys/sampler.h>

#include <math.h>
#include <stdio.h>

#include "base/str.h"
#include "core/options.h"
#include "core/registry.h"
#include "core/view.h"
#include "space/features.h"

enum { SMALL = 32 }; // points
// Dimensions: what a suggestion of gp costs grows with them, what few trials can tell it shrinks.
enum { WIDE = 60 };
// With these all of gp's suggestions together take about a second of CPU time in ten dimensions,
// and less than a tenth in one.
enum { TRIALS_A_DIMENSION = 20, FEWEST = 40, MOST = 250 };
enum { BEGUN = 24 };      // trials that cmaes starts from
enum { FEW_OF_MANY = 3 }; // objectives whose hypervolume gp can tell

typedef enum arm { GRID, TPE, GP, CMAES, TRUST, NSGA2, N_ARMS } arm;

// Who suggests: trial t is turn[t % n]'s. `most`: who has most of them.
typedef struct turns {
    arm most;
    uint32_t n;
    arm turn[16];
} turns;

static const turns only_grid = {GRID, 1, {GRID}}, only_tpe = {TPE, 1, {TPE}};
static const turns only_cmaes = {CMAES, 1, {CMAES}};
// trust begins: with the default, or the middle.
static const turns modelled = {GP,
                               16,
                               {TRUST, GP, GP, GP, TRUST, GP, TPE, GP, //
                                TRUST, GP, GP, GP, TRUST, GP, CMAES, GP}};
static const turns wide = {TRUST, 4, {TRUST, TRUST, TRUST, TPE}};
static const turns fronts = {GP, 8, {GP, GP, GP, TPE, GP, GP, GP, NSGA2}};
static const turns later_fronts = {TPE, 2, {TPE, NSGA2}};

typedef struct inner {
    const hn_sampler_class *class;
    void *self; // NULL: not needed so far
    hn_arena arena;
} inner;

typedef struct state {
    const hn_problem *problem;
    const turns *first, *then;
    uint32_t n_first; // trials below this number are `first`'s
    const char *why;
    inner inners[N_ARMS];
} state;

// --- the choice ---

typedef struct traits {
    bool continuous; // every dimension is a real number, and always active
    uint32_t n_dims;
} traits;

static hone_status look_at(const hone_space *space, traits *out, hone_error *err)
{
    hn_feature *features = hn_malloc((space->n_dims + 1) * sizeof *features);
    if (!features)
        return hn_fail_memory(err);
    hn_features_describe(space, features);
    *out = (traits){true, space->n_dims};
    for (uint32_t j = 0; j < space->n_dims; j++)
        out->continuous &= features[j].n_choices == 0 && isinf(features[j].n_values);
    for (uint32_t p = 0; p < space->n_params; p++)
        out->continuous &= !space->params[p].condition;
    hn_free(features);
    return HONE_OK;
}

static uint32_t trials_to_model(uint32_t n_dims)
{
    uint32_t n = TRIALS_A_DIMENSION * (n_dims + 1);
    return n < FEWEST ? FEWEST : n > MOST ? MOST : n;
}

static void stay(state *s, const turns *one, const char *why)
{
    s->first = s->then = one;
    s->n_first = 0;
    s->why = why;
}

static void pass(state *s, const turns *first, const turns *then, const char *why)
{
    s->first = first;
    s->then = then;
    s->why = why;
}

static void choose(state *s, const traits *t)
{
    const hn_problem *problem = s->problem;
    const turns *shaped = t->continuous && t->n_dims > 1 ? &only_cmaes : &only_tpe;
    s->n_first = trials_to_model(t->n_dims);
    if (problem->space->cardinality <= SMALL && !problem->noisy && !problem->define_by_run)
        stay(s, &only_grid, "a small finite space is tried in full");
    else if (problem->define_by_run)
        stay(s, &only_tpe, "trials define the space as they run");
    else if (problem->n_objectives > FEW_OF_MANY)
        stay(s, &only_tpe, "there are more than three objectives");
    else if (t->n_dims > WIDE && problem->n_objectives > 1)
        stay(s, &only_tpe, "many dimensions, and more than one objective");
    else if (problem->n_objectives > 1)
        pass(s, &fronts, &later_fronts, "a model makes the most of the first trials");
    else if (t->n_dims > WIDE)
        pass(s, &wide, shaped, "many dimensions: a local model needs the fewest trials");
    else
        pass(s, &modelled, shaped, "a model makes the most of the first trials");
}

// Do early stops leave but few results? As the first trials show.
static bool mostly_stopped(const state *s, const hn_view *view)
{
    uint32_t n = view->n_trials < s->n_first ? view->n_trials : s->n_first;
    uint32_t n_stopped = 0, n_complete = 0;
    for (uint32_t t = 0; t < n; t++) {
        hone_trial_state now = hn_view_state(view, t);
        n_stopped += now == HONE_STATE_PRUNED || now == HONE_STATE_PAUSED;
        n_complete += now == HONE_STATE_COMPLETE;
    }
    return n_stopped > n_complete;
}

static const turns *turns_of(const state *s, const hn_view *view, uint32_t trial)
{
    if (mostly_stopped(s, view))
        return &only_tpe;
    return trial < s->n_first ? s->first : s->then;
}

static arm arm_of(const state *s, const hn_view *view, uint32_t trial)
{
    const turns *t = turns_of(s, view, trial);
    // What earlier studies expect is worth more than the middle.
    if (trial == 0 && s->problem->from && t == &modelled)
        return GP;
    return t->turn[trial % t->n];
}

// --- the samplers ---

static const char *name_of(arm one)
{
    static const char *const names[N_ARMS] = {"grid", "tpe", "gp", "cmaes", "trust", "nsga2"};
    return names[one];
}

static hone_status make(state *s, arm one, hone_error *err)
{
    char options[64] = "{}";
    void *config = NULL;
    inner *i = &s->inners[one];
    if (one == GRID)
        (void)snprintf(options, sizeof options, "{\"order\":\"shuffled\"}");
    if (one == CMAES)
        (void)snprintf(options, sizeof options, "{\"warm_start\":%d}", BEGUN);
    hn_arena_reset(&i->arena); // of an attempt that failed
    HN_TRY(hn_sampler_find(name_of(one), &i->class, err));
    HN_TRY(hn_options_make(&i->class->head, options, &i->arena, &config, err));
    void *self = hn_arena_zalloc(&i->arena, 1, i->class->head.state_size + 1);
    if (!self)
        return hn_fail_memory(err);
    HN_TRY(i->class->init(self, s->problem, config, err));
    i->self = self;
    return HONE_OK;
}

// An arm that is not used takes no room: the state is made when the first trial needs it.
static hone_status use(state *s, arm one, hone_error *err)
{
    return s->inners[one].self ? HONE_OK : make(s, one, err);
}

static void fini(void *self)
{
    state *s = self;
    for (int a = 0; a < N_ARMS; a++) {
        inner *i = &s->inners[a];
        if (i->self && i->class->fini)
            i->class->fini(i->self);
        hn_arena_free(&i->arena);
    }
}

static hone_status init(void *self, const hn_problem *problem, const void *options, hone_error *err)
{
    state *s = self;
    traits t = {0};
    (void)options;
    s->problem = problem;
    HN_TRY(look_at(problem->space, &t, err));
    choose(s, &t);
    hone_status status = use(s, s->first->most, err); // what it refuses is known at once
    if (status != HONE_OK)
        fini(s);
    return status;
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    arm one = arm_of(s, view, request->trial);
    HN_TRY(use(s, one, err));
    return s->inners[one].class->suggest(s->inners[one].self, view, request, out, err);
}

static hone_status observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    state *s = self;
    for (int a = 0; a < N_ARMS; a++) {
        inner *i = &s->inners[a];
        if (i->self && i->class->observe)
            HN_TRY(i->class->observe(i->self, view, trial, err));
    }
    return HONE_OK;
}

// --- what it says ---

static arm arm_for(const state *s, const hn_view *view, uint32_t trial)
{
    return trial == HN_NONE ? turns_of(s, view, view->n_trials)->most : arm_of(s, view, trial);
}

static const char *in_use(const void *self, const hn_view *view, uint32_t trial)
{
    return name_of(arm_for(self, view, trial));
}

static uint32_t count(const turns *t, arm one)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n; i++)
        n += t->turn[i] == one;
    return n;
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    uint32_t at = trial == HN_NONE ? view->n_trials : trial;
    const turns *t = turns_of(s, view, at);
    arm one = arm_for(s, view, trial);
    hn_str text = HN_STR_INIT;
    if (mostly_stopped(s, view))
        hn_str_add(&text, "most trials are stopped early");
    else if (one != t->most)
        hn_str_printf(&text, "%u of %u trials, beside %s", (unsigned)count(t, one), (unsigned)t->n,
                      name_of(t->most));
    else if (s->first == s->then || at < s->n_first)
        hn_str_add(&text, s->why);
    else
        hn_str_printf(&text, "after the first %u trials, which were mostly %s's",
                      (unsigned)s->n_first, name_of(s->first->most));
    if (trial == HN_NONE && at < s->n_first && t == s->first)
        hn_str_printf(&text, "; from trial %u on %s", (unsigned)s->n_first, name_of(s->then->most));
    return hn_str_take(&text);
}

const hn_sampler_class hn_sampler_auto = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "auto",
             .summary = "chooses for you: grid where 32 points are all there is; gp with some "
                        "trust, tpe and cmaes, later cmaes or tpe alone",
             .source = "",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS |
                    HN_USES_RESULTS | HN_EXHAUSTS | HN_USES_SOURCES,
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .observe = observe,
    .explain = explain,
    .in_use = in_use,
    .fini = fini,
};
