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
//     which go on where both models are wrong. All of them learn from all trials.
//     Before they take turns trust has as many trials as there are numbers, and one more: a plane
//     is all that these can tell, whatever the model. Where all are real it has as many again to
//     go down that plane, and once more past MANY, where gp itself keeps to a region. Not so where
//     there are but FEW numbers, which gp soon knows from end to end, or FEW_MIXED among choices,
//     integers or conditions, which have no slope and may matter more; nor where noise is known of,
//     which hides slopes. With earlier studies the very first trials, HEARD of them, are gp's,
//     which knows these; the slopes are then those around the best.
//  3. Where all is continuous and always active, and no noise is known of, trust and cmaes share
//     the trials after that (auto_plan.c): who has found the best one lately goes on, else both
//     have the same number. trust follows what is smooth to its end and then begins elsewhere, or
//     at what cmaes has found; cmaes sees past ripples, and goes on where nothing is smooth. Then
//     all trials are cmaes's. There the plan ends because a process that takes the study up, and
//     finds nothing kept of trust's search, follows it again, which is to take about a second at
//     most. They are cmaes's from the beginning where there is noise, and tpe's where there are
//     integers, choices or conditions, and in one dimension, which has no shape to learn. What gp
//     costs is thereby bounded.
//  4. Wide spaces: trust, which needs no more than a trial an axis to see which way is down, and
//     tpe; then as in step 3.
//  5. Two or three objectives: gp, with tpe and nsga2 beside it; then these two in turn. More of
//     them, and a space that trials define as they run: tpe.
//  6. Where more of these first trials were stopped early than have come to their end, tpe, which
//     ranks the stopped ones by what they would come to. Paused ones do not count as stopped, and
//     under a scheduler that copies none does: who is replaced has trained as long as the others.
//  7. gp's model is fitted anew every few trials, which takes as long as to find where it expects
//     most. Who comes before gp in a process that has suggested before leaves it fitted: so that no
//     suggestion waits for both.
// Which sampler a trial gets follows from its number and from what the journal says of the problem
// and of the results that it could see: not from how many trials somebody intends today, nor from
// how long they took, so that the same seed gives the same trials on another machine, and a study
// that is resumed goes on as it would have.

#include <hone/sys/sampler.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "core/evidence.h"
#include "core/instance.h"
#include "core/registry.h"
#include "core/view.h"
#include "learn/quadratic.h"
#include "samplers/auto_plan.h"
#include "space/features.h"

enum { SMALL = 32 }; // points
// Dimensions: what a suggestion of gp costs grows with them, what few trials can tell it shrinks.
enum { WIDE = 60 };
// With these all of gp's suggestions together take about a second of CPU time in ten dimensions,
// and less than a tenth in one.
enum { TRIALS_A_DIMENSION = 20, FEWEST = 40, MOST = 250 };
// Trials that trust and cmaes share: as many as trust follows in WORK products, by the terms of its
// richest model.
#define WORK 3e9
enum { MOST_SHARED = 5000 };
enum { PATIENCE_A_DIMENSION = 8, PATIENCE = 40 };
enum { FEW = 2, FEW_MIXED = 4 }; // numbers that are modelled without their slopes first
enum { MANY = 20 };              // numbers, past which gp's own region is the best trial's
enum { MANY_TO_COME = 10 };      // trials for slopes, when trust is said to be in use
enum { HEARD = 3 };              // trials after which an earlier study that is wrong has no weight
enum { BEGUN = 24 };             // trials that cmaes starts from
enum { FEW_OF_MANY = 3 };        // objectives whose hypervolume gp can tell

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

typedef struct state {
    const hn_problem *problem;
    const turns *first, *then;
    uint32_t n_first;  // trials below this number are `first`'s,
    uint32_t n_slopes; // those below this one trust's
    const char *why;
    hn_instance inners[N_ARMS]; // not ready: not needed so far
    hn_str kept;       // what another process has kept of the arms, for those that are not made yet
    bool stays;        // more than one suggestion was asked of this process
    hn_auto_plan plan; // of the trials after n_first; in step with the view that was asked with
} state;

// Whose a trial is, for the view that an arm gets.
typedef struct sharing {
    hn_turns turns;
    const state *state;
    const hn_view *view;
    arm arm;
} sharing;

// --- the choice ---

typedef struct traits {
    bool continuous; // every dimension is a real number, and always active
    uint32_t n_dims, n_numbers;
} traits;

static hone_status look_at(const hone_space *space, traits *out, hone_error *err)
{
    hn_feature *features = hn_malloc((space->n_dims + 1) * sizeof *features);
    if (!features)
        return hn_fail_memory(err);
    hn_features_describe(space, features);
    *out = (traits){true, space->n_dims, 0};
    for (uint32_t j = 0; j < space->n_dims; j++) {
        bool number = features[j].n_choices == 0;
        out->continuous &= number && isinf(features[j].n_values);
        out->n_numbers += number;
    }
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

static uint32_t trials_for_slopes(const hn_problem *problem, const traits *t)
{
    uint32_t times = !t->continuous ? 1 : t->n_numbers > MANY ? 3 : 2;
    bool few = t->n_numbers <= (t->continuous ? FEW : FEW_MIXED);
    return few || problem->noisy ? 0 : times * (t->n_numbers + 1);
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

// For as long as a model of that many terms, fitted to so many points once a result, is affordable.
static uint32_t trials_to_share(uint32_t n_dims)
{
    double n = WORK / hn_quadratic_work(n_dims);
    return n < MOST_SHARED ? (uint32_t)n : MOST_SHARED;
}

static void share(state *s, const traits *t)
{
    s->plan.from = s->n_first;
    s->plan.to = s->n_first + trials_to_share(t->n_dims);
    s->plan.patience = PATIENCE + PATIENCE_A_DIMENSION * t->n_dims;
}

static void choose(state *s, const traits *t)
{
    const hn_problem *problem = s->problem;
    const turns *shaped = t->continuous && t->n_dims > 1 ? &only_cmaes : &only_tpe;
    s->n_first = trials_to_model(t->n_dims);
    if (problem->space->cardinality <= SMALL && !problem->noisy && !problem->define_by_run)
        stay(s, &only_grid, "a small finite space is tried in full");
    else if (t->n_dims == 0)
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
    if (s->first == &modelled)
        s->n_slopes = trials_for_slopes(problem, t);
    if (s->first == &modelled && s->then == &only_cmaes && !problem->noisy)
        share(s, t);
}

// What makes tpe the one for all of a study, as its first trials show.
typedef enum trouble {
    NONE,
    MOSTLY_FAILED,  // what steps away from a result has none to step from
    MOSTLY_STOPPED, // early stops leave but few results
    BRANCHES        // trials define the space as they run, and not all of them ask for all of it
} trouble;

// Trials that pause are no results of any kind: the models do without them, and find more in this
// way than tpe does with them.
static trouble trouble_of(const state *s, const hn_view *view)
{
    uint32_t n = view->n_trials < s->n_first ? view->n_trials : s->n_first;
    uint32_t n_stopped = 0, n_complete = 0, n_failed = 0, n_results = 0;
    for (uint32_t t = 0; t < n; t++) {
        hn_evidence_kind kind = hn_evidence_kind_of(view, t);
        n_failed += kind == HN_EVIDENCE_FAILED;
        n_stopped += kind == HN_EVIDENCE_PRUNED && !s->problem->forks;
        n_complete += kind == HN_EVIDENCE_COMPLETE;
        n_results += kind == HN_EVIDENCE_COMPLETE || kind == HN_EVIDENCE_PRUNED;
        if (s->problem->define_by_run && kind == HN_EVIDENCE_COMPLETE && !hn_view_is_whole(view, t))
            return BRANCHES;
    }
    if (n_failed > n_results)
        return MOSTLY_FAILED;
    return n_stopped > n_complete ? MOSTLY_STOPPED : NONE;
}

static const turns *turns_of(const state *s, const hn_view *view, uint32_t trial)
{
    if (trouble_of(s, view) != NONE)
        return &only_tpe;
    return trial < s->n_first ? s->first : s->then;
}

static arm arm_of_side(hn_auto_side side)
{
    return side == HN_AUTO_LOCAL ? TRUST : CMAES;
}

// `plan` is in step with the view, where the trial is covered by it.
static arm arm_of(const state *s, const hn_auto_plan *plan, const hn_view *view, uint32_t trial)
{
    const turns *t = turns_of(s, view, trial);
    if (t == s->then && hn_auto_plan_covers(plan, trial))
        return arm_of_side(hn_auto_plan_choice(plan, view, trial).side);
    // What earlier studies expect is worth more than the middle, unless it proves wrong at once.
    if (trial < HEARD && s->problem->from && t == &modelled)
        return GP;
    if (t == s->first && trial < s->n_slopes)
        return TRUST;
    return t->turn[trial % t->n];
}

// --- the samplers ---

static const char *name_of(arm one)
{
    static const char *const names[N_ARMS] = {"grid", "tpe", "gp", "cmaes", "trust", "nsga2"};
    return names[one];
}

static const hn_sampler_class *class_of(const hn_instance *inner)
{
    return (const void *)inner->plugin;
}

// What is kept of the arms: of each of them this, and so many bytes of its own.
typedef struct part {
    uint32_t arm, n;
} part;

// The bytes of one arm among those that were kept; NULL when there are none.
static const char *part_of(const state *s, arm one, uint32_t *n)
{
    part p;
    const char *at = s->kept.data;
    if (hn_str_failed(&s->kept))
        return NULL;
    for (size_t left = s->kept.n; left >= sizeof p; left -= sizeof p + p.n, at += sizeof p + p.n) {
        memcpy(&p, at, sizeof p);
        if (p.n > left - sizeof p)
            return NULL;
        *n = p.n;
        if (p.arm == (uint32_t)one)
            return at + sizeof p;
    }
    return NULL;
}

static void recall_arm(state *s, arm one)
{
    uint32_t n;
    const hn_instance *i = &s->inners[one];
    const char *bytes = class_of(i)->recall ? part_of(s, one, &n) : NULL;
    if (bytes)
        class_of(i)->recall(i->state, bytes, n);
}

static hone_status make(state *s, arm one, hone_error *err)
{
    char options[64] = "{}";
    hn_given given = {.options = options};
    const hn_sampler_class *class;
    if (one == GRID)
        (void)snprintf(options, sizeof options, "{\"order\":\"shuffled\"}");
    if (one == CMAES)
        (void)snprintf(options, sizeof options, "{\"warm_start\":%d}", BEGUN);
    HN_TRY(hn_sampler_find(name_of(one), &class, err));
    hone_status status = hn_instance_begin(&s->inners[one], &class->head, &given, s->problem, err);
    if (status == HONE_OK)
        recall_arm(s, one);
    else
        hn_instance_drop(&s->inners[one]);
    return status;
}

// An arm that is not used takes no room: the state is made when the first trial needs it.
static hone_status use(state *s, arm one, hone_error *err)
{
    return s->inners[one].ready ? HONE_OK : make(s, one, err);
}

static void fini(void *self)
{
    state *s = self;
    for (int a = 0; a < N_ARMS; a++)
        hn_instance_drop(&s->inners[a]);
    hn_auto_plan_free(&s->plan);
    hn_str_free(&s->kept);
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

// What came from elsewhere is for all.
static bool is_own(const hn_turns *turns_of_arm, uint32_t trial)
{
    const sharing *of = (const sharing *)turns_of_arm;
    const hn_auto_plan *plan = &of->state->plan;
    return !hn_auto_plan_suggested(plan, of->view, trial) ||
           arm_of_side(hn_auto_plan_choice(plan, of->view, trial).side) == of->arm;
}

static hone_status suggest_by(state *s, arm one, const hn_view *view, const hn_request *request,
                              hn_config *out, hone_error *err)
{
    HN_TRY(use(s, one, err));
    const hn_instance *i = &s->inners[one];
    return class_of(i)->suggest(i->state, view, request, out, err);
}

// The arm that comes next may work ahead.
static hone_status prepare(state *s, arm next, const hn_view *view, const hn_request *request,
                           hone_error *err)
{
    const hn_instance *i = &s->inners[next];
    return i->ready && class_of(i)->prepare ? class_of(i)->prepare(i->state, view, request, err)
                                            : HONE_OK;
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    if (s->plan.to > 0)
        HN_TRY(hn_auto_plan_sync(&s->plan, view, err));
    arm one = arm_of(s, &s->plan, view, request->trial);
    arm next = arm_of(s, &s->plan, view, request->trial + 1);
    sharing of = {{is_own}, s, view, one};
    hn_view of_arm = *view;
    if (s->plan.to > 0)
        of_arm.turns = &of.turns;
    HN_TRY(suggest_by(s, one, &of_arm, request, out, err));
    bool stays = s->stays;
    s->stays = true;
    of.arm = next;
    return stays && next != one ? prepare(s, next, &of_arm, request, err) : HONE_OK;
}

static hone_status observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    state *s = self;
    for (int a = 0; a < N_ARMS; a++) {
        const hn_instance *i = &s->inners[a];
        if (i->ready && class_of(i)->observe)
            HN_TRY(class_of(i)->observe(i->state, view, trial, err));
    }
    return HONE_OK;
}

static bool keep_arm(const state *s, arm one, hn_str *out)
{
    const hn_instance *i = &s->inners[one];
    part p = {(uint32_t)one, 0};
    size_t at = out->n;
    bool dear = false;
    const char *bytes = i->ready ? NULL : part_of(s, one, &p.n);
    hn_str_add_n(out, (const char *)&p, sizeof p);
    if (i->ready && class_of(i)->keep)
        dear = class_of(i)->keep(i->state, out);
    else if (bytes)
        hn_str_add_n(out, bytes, p.n);
    if (hn_str_failed(out))
        return false;
    p.n = (uint32_t)(out->n - at - sizeof p);
    memcpy(out->data + at, &p, sizeof p);
    return dear;
}

static bool keep(const void *self, hn_str *out)
{
    bool dear = false;
    for (int a = 0; a < N_ARMS; a++)
        dear |= keep_arm(self, (arm)a, out);
    return dear;
}

static void recall(void *self, const void *data, size_t size)
{
    state *s = self;
    hn_str_clear(&s->kept);
    hn_str_add_n(&s->kept, data, size);
    for (int a = 0; a < N_ARMS; a++)
        if (s->inners[a].ready)
            recall_arm(s, (arm)a);
}

// --- what it says ---

// What can be said of a trial, HN_NONE: of those that follow.
typedef struct outlook {
    uint32_t at;
    const turns *turns;
    bool shared; // by trust and cmaes
    hn_auto_choice choice;
    arm arm;
} outlook;

// Where trials are copied, what it says of those to come is said of the members that begin, who
// are the first trials. A plan of its own: that of the state may be in step with another view.
static outlook look_out(const state *s, const hn_view *view, uint32_t trial)
{
    hn_auto_plan plan = {.from = s->plan.from, .to = s->plan.to, .patience = s->plan.patience};
    outlook o = {.at = trial != HN_NONE ? trial : s->problem->forks ? 0 : view->n_trials};
    o.turns = turns_of(s, view, o.at);
    o.shared = o.turns == s->then && hn_auto_plan_covers(&plan, o.at);
    if (o.shared && hn_auto_plan_sync(&plan, view, NULL) == HONE_OK)
        o.choice = hn_auto_plan_choice(&plan, view, o.at);
    if (trial != HN_NONE || o.shared)
        o.arm = arm_of(s, &plan, view, o.at);
    else if (o.turns == s->first && o.at + MANY_TO_COME < s->n_slopes)
        o.arm = TRUST;
    else
        o.arm = o.turns->most;
    hn_auto_plan_free(&plan);
    return o;
}

static const char *in_use(const void *self, const hn_view *view, uint32_t trial)
{
    return name_of(look_out(self, view, trial).arm);
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
    outlook o = look_out(s, view, trial);
    const turns *t = o.turns;
    hn_str text = HN_STR_INIT;
    trouble what = trouble_of(s, view);
    if (what == MOSTLY_FAILED)
        hn_str_add(&text, "most trials have failed so far");
    else if (what == MOSTLY_STOPPED)
        hn_str_add(&text, "most trials are stopped early");
    else if (what == BRANCHES)
        hn_str_add(&text, "trials define the space as they run, and branch");
    else if (trial == HN_NONE && s->problem->forks)
        hn_str_add(&text, "for members that begin; a copy has its parent's values, varied");
    else if (o.shared)
        hn_str_printf(&text,
                      o.choice.leads ? "as long as it finds better trials; then in turn with %s"
                                     : "in turn with %s, while neither finds better trials",
                      name_of(o.arm == TRUST ? CMAES : TRUST));
    else if (t == s->first && o.at < s->n_slopes && o.arm == TRUST)
        hn_str_printf(&text,
                      trial == HN_NONE ? "%u trials show the slopes, then a model takes over"
                                       : "one of the first %u trials, which show the slopes",
                      (unsigned)s->n_slopes);
    else if (o.arm != t->most)
        hn_str_printf(&text, "%u of %u trials, beside %s", (unsigned)count(t, o.arm),
                      (unsigned)t->n, name_of(t->most));
    else if (s->first == s->then || o.at < s->n_first)
        hn_str_add(&text, s->why);
    else if (s->plan.to > 0)
        hn_str_printf(&text, "after the first %u trials, which were gp's, trust's and its own",
                      (unsigned)s->plan.to);
    else
        hn_str_printf(&text, "after the first %u trials, which were mostly %s's",
                      (unsigned)s->n_first, name_of(s->first->most));
    if (trial == HN_NONE && !s->problem->forks && o.at < s->n_first && t == s->first)
        hn_str_printf(&text, "; from trial %u on %s%s", (unsigned)s->n_first,
                      s->plan.to > 0 ? "trust and " : "", name_of(s->then->most));
    return hn_str_take(&text);
}

const hn_sampler_class hn_sampler_auto = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "auto",
             .summary = "chooses for you: grid where 32 points are all there is; gp with some "
                        "trust, tpe and cmaes, later trust and cmaes, or tpe",
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
    .keep = keep,
    .recall = recall,
};
