// auto: chooses among the samplers there are, and passes from one to another as trials go by.
//
// Method
//  1. A finite space of no more than SMALL points is enumerated: grid, shuffled, so that an early
//     end still has seen a fair share of every value. There is little to learn on the way.
//  2. One objective over a space that is known beforehand and has no more than WIDE dimensions:
//     the first trials, TRIALS_A_DIMENSION for each dimension and one more, within FEWEST and MOST,
//     go by turns of ROUND. Most are gp's: a model makes the most of few trials. One in each round
//     is tpe's and one is cmaes's, from ALONE on, or ALONE_MIXED where not all is continuous: there
//     gp needs more trials before its model serves. These two go on where a model that is wrong
//     sees nothing more to gain, each where it believes best to be; what they find gp learns, too.
//  3. The trials after that are cmaes's where all is continuous and always active: its distribution
//     has followed the search and goes on to converge. They are tpe's where there are integers,
//     choices or conditions, and in one dimension, which has no shape to learn. What gp costs is
//     thereby bounded.
//  4. Where more of these first trials were stopped early than have come to their end, tpe, which
//     ranks the stopped ones by how far they came. Several objectives, and a space that trials
//     define as they run: tpe. Wide spaces: tpe for as many trials, then as in step 3.
// Which sampler a trial gets follows from its number and from what the journal says of the problem
// and of early stops: not from how many trials somebody intends today, nor from how long they took,
// so that the same seed gives the same trials on another machine, and a study that is resumed goes
// on as it would have. All of them learn from all trials, whoever suggested these.

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
enum { ROUND = 8, ALONE = 24, ALONE_MIXED = 12 }; // trials

typedef enum arm { GRID, TPE, GP, CMAES, N_ARMS } arm;

typedef struct inner {
    const hn_sampler_class *class;
    void *self; // NULL: not needed so far
} inner;

typedef struct state {
    const hn_problem *problem;
    arm first, then;
    uint32_t n_alone; // trials below this number are gp's alone
    uint32_t n_first; // trials below this number are `first`'s
    const char *why;
    inner inners[N_ARMS];
    hn_arena arena;
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

static void stay(state *s, arm one, const char *why)
{
    s->first = s->then = one;
    s->n_first = 0;
    s->why = why;
}

static void choose(state *s, const traits *t)
{
    const hn_problem *problem = s->problem;
    if (problem->space->cardinality <= SMALL && !problem->noisy && !problem->define_by_run) {
        stay(s, GRID, "a small finite space is tried in full");
    } else if (problem->define_by_run) {
        stay(s, TPE, "trials define the space as they run");
    } else if (problem->n_objectives != 1) {
        stay(s, TPE, "there is more than one objective");
    } else {
        bool wide = t->n_dims > WIDE, shaped = t->continuous && t->n_dims > 1;
        s->first = wide ? TPE : GP;
        s->then = shaped ? CMAES : TPE;
        s->n_first = trials_to_model(t->n_dims);
        s->n_alone = t->continuous ? ALONE : ALONE_MIXED;
        s->why = wide ? "many dimensions" : "a model makes the most of the first trials";
    }
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

// Whose most trials are, around this one.
static arm main_of(const state *s, const hn_view *view, uint32_t trial)
{
    if (mostly_stopped(s, view))
        return TPE;
    return trial < s->n_first ? s->first : s->then;
}

static arm arm_of(const state *s, const hn_view *view, uint32_t trial)
{
    arm most = main_of(s, view, trial);
    if (most != GP || trial < s->n_alone)
        return most;
    switch (trial % ROUND) {
    case ROUND / 2 - 1:
        return TPE;
    case ROUND - 1:
        return CMAES;
    default:
        return GP;
    }
}

// --- the samplers ---

static const char *name_of(arm one)
{
    static const char *const names[N_ARMS] = {"grid", "tpe", "gp", "cmaes"};
    return names[one];
}

// An arm that is not used takes no room: the state is made when the first trial needs it.
static hone_status use(state *s, arm one, hone_error *err)
{
    char options[64] = "{}";
    void *config = NULL;
    inner *i = &s->inners[one];
    if (i->self)
        return HONE_OK;
    if (one == GRID)
        (void)snprintf(options, sizeof options, "{\"order\":\"shuffled\"}");
    if (one == CMAES)
        (void)snprintf(options, sizeof options, "{\"warm_start\":%d}",
                       s->first == GP ? (int)s->n_alone : (int)s->n_first);
    HN_TRY(hn_sampler_find(name_of(one), &i->class, err));
    HN_TRY(hn_options_make(&i->class->head, options, &s->arena, &config, err));
    void *self = hn_arena_zalloc(&s->arena, 1, i->class->head.state_size + 1);
    if (!self)
        return hn_fail_memory(err);
    HN_TRY(i->class->init(self, s->problem, config, err));
    i->self = self;
    return HONE_OK;
}

static void fini(void *self)
{
    state *s = self;
    for (int a = 0; a < N_ARMS; a++)
        if (s->inners[a].self && s->inners[a].class->fini)
            s->inners[a].class->fini(s->inners[a].self);
    hn_arena_free(&s->arena);
}

static hone_status init(void *self, const hn_problem *problem, const void *options, hone_error *err)
{
    state *s = self;
    traits t = {0};
    (void)options;
    s->problem = problem;
    HN_TRY(look_at(problem->space, &t, err));
    choose(s, &t);
    hone_status status = use(s, s->first, err); // what it refuses is known at once
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
    return trial == HN_NONE ? main_of(s, view, view->n_trials) : arm_of(s, view, trial);
}

static const char *in_use(const void *self, const hn_view *view, uint32_t trial)
{
    return name_of(arm_for(self, view, trial));
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    arm one = arm_for(s, view, trial);
    uint32_t at = trial == HN_NONE ? view->n_trials : trial;
    hn_str text = HN_STR_INIT;
    if (mostly_stopped(s, view)) {
        hn_str_add(&text, "most trials are stopped early");
        return hn_str_take(&text);
    }
    if (s->first == s->then || (at < s->n_first && one == s->first))
        hn_str_add(&text, s->why);
    else if (at < s->n_first)
        hn_str_printf(&text, "one of %d trials beside %s", ROUND, name_of(s->first));
    else
        hn_str_printf(&text, "after the first %u trials, which were mostly %s's",
                      (unsigned)s->n_first, name_of(s->first));
    if (trial == HN_NONE && at < s->n_first)
        hn_str_printf(&text, "; from trial %u on %s", (unsigned)s->n_first, name_of(s->then));
    return hn_str_take(&text);
}

const hn_sampler_class hn_sampler_auto = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "auto",
             .summary = "chooses for you: grid where 32 points are all there is; gp with some tpe "
                        "and cmaes, later cmaes or tpe alone",
             .source = "",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS |
                    HN_USES_RESULTS | HN_EXHAUSTS,
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .observe = observe,
    .explain = explain,
    .in_use = in_use,
    .fini = fini,
};
