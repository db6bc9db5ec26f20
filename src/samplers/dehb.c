// dehb: differential evolution with a population for each rung of Hyperband.
//
// Source: Awad, Mallik, Hutter. DEHB: evolutionary hyperband for scalable, robust and efficient
//     hyperparameter optimization. IJCAI 2021.
//
// Method
//  1. Trials of the first bracket, which the scheduler promotes, are evenly spread points.
//  2. A later trial is for one rung. Its target x is the member at its place of that rung's
//     population, whose places are taken in turn.
//  3. At the first rung of a bracket the parents are members of the same rung, else those of as
//     many best of the rung below as would have been promoted to this one. Fewer than three are
//     made up by members of any rung.
//  4. v = p1 + F (p2 - p3) of three different parents (rand/1), a coordinate beyond an end drawn
//     uniformly; each parameter comes from v with probability CR, one surely, else from x.
//  5. The child takes x's place if it is no worse at the rung's resource (dehb_rungs.c), as soon as
//     its result is there.
//  6. Where nobody has been measured at the place yet x is an evenly spread point; at a first rung
//     that point itself is the trial. Children that break a rule, or have been tried
//     space, are made again; at last the prior is drawn from.
// With a scheduler that says nothing about rungs there is one population of `population` members.
//
// Where this differs from the paper: points are spread by a Sobol sequence instead of drawn;
// choices are no cells of a coordinate but follow their parents (space/differ.h). Cost: O(trials
// and their reports) a suggestion; no memory between two.

#include <hone/sys/sampler.h>

#include <stdlib.h>

#include "core/explain.h"
#include "core/untried.h"
#include "samplers/dehb_rungs.h"
#include "space/differ.h"

typedef struct options {
    double F, CR;
    int64_t population;
} options;

static const hn_option option_table[] = {
    {"F", HN_OPTION_DOUBLE, offsetof(options, F), "0.5", 0, 2, NULL, NULL,
     "length of a step, in differences between two parents"},
    {"CR", HN_OPTION_DOUBLE, offsetof(options, CR), "0.5", 0, 1, NULL, NULL,
     "probability of each parameter to change"},
    {"population", HN_OPTION_INT, offsetof(options, population), "20", 4, 1e5, NULL, "trials",
     "members where the scheduler has no rungs; with rungs these say how many"},
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

// --- parents ---

enum { N_DONORS = HN_DIFFER_PARENTS - HN_DIFFER_BASE };

typedef struct nursery { // of one trial
    const hn_view *view;
    const hn_request *request;
    const hn_rung_place *place;
    hn_dehb_rung own;
    hn_merit *pool; // whom parents are drawn from
    uint32_t n_pool;
    hn_config parents[HN_DIFFER_PARENTS], room;
} nursery;

static int by_merit(const void *a, const void *b)
{
    return hn_merit_better(a, b) ? -1 : hn_merit_better(b, a);
}

static bool has(const nursery *n, uint32_t trial)
{
    for (uint32_t i = 0; i < n->n_pool; i++)
        if (n->pool[i].trial == trial)
            return true;
    return false;
}

// Adds the best `most` of a rung, in order, that the pool does not have.
static bool add_rung(nursery *n, const hn_dehb_rung *rung, uint32_t most)
{
    hn_merit *sorted = HN_NEW(n->request->scratch, hn_merit, rung->n);
    uint32_t n_sorted = 0;
    if (!sorted)
        return false;
    for (uint32_t i = 0; i < rung->n; i++)
        if (rung->members[i].trial != HN_NONE && !has(n, rung->members[i].trial))
            sorted[n_sorted++] = rung->members[i];
    if (n_sorted > 1)
        qsort(sorted, n_sorted, sizeof *sorted, by_merit);
    for (uint32_t i = 0; i < n_sorted && i < most; i++)
        n->pool[n->n_pool++] = sorted[i];
    return true;
}

// Members of other rungs where there are too few: all of them, so that chance decides which.
static bool make_up(nursery *n)
{
    hn_dehb_rung rung;
    for (uint32_t i = n->place->n_rungs; i-- > 0 && n->n_pool < N_DONORS;)
        if (!hn_dehb_gather(n->view, n->place, i, n->request->trial, n->room, n->request->scratch,
                            &rung) ||
            !add_rung(n, &rung, UINT32_MAX))
            return false;
    return true;
}

static bool fill_pool(nursery *n)
{
    const hn_rung_place *place = n->place;
    hn_dehb_rung below;
    size_t most = 0;
    for (uint32_t i = 0; i < place->n_rungs; i++)
        most += place->rungs[i].n_members;
    n->pool = HN_NEW(n->request->scratch, hn_merit, most);
    if (!n->pool)
        return false;
    if (place->n_parents == 0)
        return add_rung(n, &n->own, UINT32_MAX) && make_up(n);
    return hn_dehb_gather(n->view, place, place->rung - 1, n->request->trial, n->room,
                          n->request->scratch, &below) &&
           add_rung(n, &below, place->n_parents) && make_up(n);
}

// Draws different parents, other than the target if there are enough.
static void draw_parents(nursery *n, const hn_rng *rng, uint32_t round, uint32_t target)
{
    uint32_t size = n->n_pool;
    hn_merit swap;
    for (uint32_t i = 0; i < size && size > N_DONORS; i++) {
        if (n->pool[i].trial != target)
            continue;
        swap = n->pool[i];
        n->pool[i] = n->pool[--size];
        n->pool[size] = swap;
    }
    for (uint32_t k = 0; k < N_DONORS; k++) {
        uint32_t i = k + (uint32_t)hn_rng_below(rng, UINT32_MAX - 1, round, k, size - k);
        swap = n->pool[k];
        n->pool[k] = n->pool[i];
        n->pool[i] = swap;
        (void)hn_view_config(n->view, n->pool[k].trial, n->parents[HN_DIFFER_BASE + k]);
    }
}

// --- suggesting ---

static hone_status breed(const state *s, nursery *n, const hn_newness *newness, hn_config out,
                         hone_error *err)
{
    enum { ROUNDS = 16 };
    const hone_space *space = s->problem->space;
    uint32_t target = n->own.members[n->own.own_place].trial;
    hn_difference_rule rule = {
        .pull = 1, .F = s->options->F, .CR = s->options->CR, .anywhere = true};
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SUGGEST, n->request->trial);
    if (target != HN_NONE)
        (void)hn_view_config(n->view, target, n->parents[HN_DIFFER_TARGET]);
    else
        HN_TRY(hn_untried_spread(n->request, *newness, n->parents[HN_DIFFER_TARGET], err));
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t round = n->request->attempt * ROUNDS + i;
        draw_parents(n, &rng, round, target);
        bool allowed = hn_space_differ(space, n->parents, &rule, &rng, round, out);
        if (allowed && !hn_config_equal(space, out, n->parents[HN_DIFFER_TARGET]) &&
            hn_is_new(newness, out))
            return HONE_OK;
    }
    return hn_untried_point(n->request, *newness, n->room, out, err);
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    hn_newness newness;
    hn_rung all = {0, (uint32_t)s->options->population};
    hn_rung_place single = {.rungs = &all, .n_rungs = 1};
    nursery n = {view,  request, request->place ? request->place : &single, {0}, NULL, 0,
                 {{0}}, {0}};
    HN_TRY(hn_newness_sync(&newness, view, hn_cache_for(view->problem, &s->own), err));
    for (int k = 0; k < HN_DIFFER_PARENTS; k++)
        n.parents[k] = hn_config_new(request->scratch, s->problem->space);
    n.room = hn_config_new(request->scratch, s->problem->space);
    if (hn_arena_failed(request->scratch))
        return hn_fail_memory(err);
    bool spread = request->trial < n.place->n_climbers;
    if (!spread) {
        if (!hn_dehb_gather(view, n.place, n.place->rung, request->trial, n.room, request->scratch,
                            &n.own) ||
            !fill_pool(&n))
            return hn_fail_memory(err);
        bool vacant = n.own.members[n.own.own_place].trial == HN_NONE;
        spread = n.n_pool < N_DONORS || (n.place->n_parents == 0 && (vacant || n.own.own_is_first));
    }
    if (spread)
        return hn_untried_spread(request, newness, *out, err);
    return breed(s, &n, &newness, *out, err);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    const options *o = ((const state *)self)->options;
    const hn_fold *fold = view->fold;
    if (fold->trials.n > 0 && fold->trials.data[0].resource > 0)
        return hn_explain("after the first bracket it breeds for each rung from its own "
                          "population and the best of the rung below");
    if (hn_explain_n_results(view, false) < o->population)
        return hn_explain_start(trial, (uint32_t)o->population, "it breeds from them");
    return hn_explain("it breeds from a population of %lld", (long long)o->population);
}

const hn_sampler_class hn_sampler_dehb = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "dehb",
             .summary = "differential evolution at each rung of hyperband; see scheduler dehb",
             .source = "Awad, Mallik, Hutter. DEHB: evolutionary hyperband for scalable, robust "
                       "and efficient hyperparameter optimization. IJCAI 2021",
             .can = HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS | HN_USES_RESULTS,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .explain = explain,
    .fini = fini,
};
