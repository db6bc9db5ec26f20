// Generations of several objectives; see generations.h.
//
// 1. Until the first generation is complete, points are those of a scrambled Sobol sequence.
// 2. Candidates are ranked: fronts of what is complete and feasible, then the rest by merit. Whole
//    levels survive while there is room; the front that does not fit is cut.
// 3. Two parents win a tournament of two each, by level and then by crowding. A child is made of
//    both by simulated binary crossover and polynomial mutation (space/offspring.h).
#include "samplers/generations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain.h"
#include "core/merit.h"
#include "num/niche.h"
#include "num/pareto.h"
#include "space/offspring.h"

#define ETA_CROSS  20
#define ETA_MUTATE 20

void hn_generations_free(hn_generations *g)
{
    hn_arrivals_free(&g->arrivals);
    hn_vec_free(&g->members);
    hn_vec_free(&g->newcomers);
    hn_arena_free(&g->scratch);
    hn_cache_free(&g->own);
}

// --- survival ---

static void objectives(const hn_view *view, uint32_t trial, double *out)
{
    for (uint32_t k = 0; k < view->problem->n_objectives; k++)
        out[k] = hn_towards_less(view->problem, k, hn_view_value(view, trial, k));
}

static int by_merit(const void *a, const void *b)
{
    return hn_merit_better(a, b) ? -1 : hn_merit_better(b, a);
}

static int by_level(const void *a, const void *b)
{
    const hn_candidate *x = a, *y = b;
    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

// Levels of n candidates, which are then in their order.
static bool find_levels(const hn_view *view, hn_candidate *c, uint32_t n, hn_arena *arena)
{
    uint32_t m = view->problem->n_objectives, n_front = 0, n_other = 0, level = 0;
    double *values = HN_NEW(arena, double, (size_t)n *m + 1);
    uint32_t *front = HN_NEW(arena, uint32_t, n + 1), *who = HN_NEW(arena, uint32_t, n + 1);
    hn_merit *others = HN_NEW(arena, hn_merit, n + 1);
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        hn_merit merit = hn_merit_of(view, c[i].trial);
        if (merit.tier == HN_MERIT_COMPLETE) {
            objectives(view, c[i].trial, values + (size_t)n_front * m);
            who[n_front++] = c[i].trial;
        } else {
            others[n_other++] = merit;
        }
    }
    if (!hn_pareto_fronts(values, n_front, m, front, arena))
        return false;
    if (n_other > 0)
        qsort(others, n_other, sizeof *others, by_merit);
    for (uint32_t i = 0; i < n_front; i++) {
        c[i] = (hn_candidate){who[i], front[i], 0};
        level = front[i] + 1 > level ? front[i] + 1 : level;
    }
    for (uint32_t i = 0; i < n_other; i++)
        c[n_front + i] = (hn_candidate){others[i].trial, level + i, 0};
    qsort(c, n, sizeof *c, by_level);
    return true;
}

static uint32_t end_of_level(const hn_candidate *c, uint32_t n, uint32_t from)
{
    uint32_t to = from;
    while (to < n && c[to].level == c[from].level)
        to++;
    return to;
}

static bool find_crowding(hn_candidate *c, uint32_t n, const double *values, uint32_t m,
                          hn_arena *arena)
{
    double *crowding = HN_NEW(arena, double, n + 1);
    if (!crowding)
        return false;
    for (uint32_t from = 0, to; from < n; from = to) {
        to = end_of_level(c, n, from);
        if (!hn_crowding(values + (size_t)from * m, to - from, m, crowding, arena))
            return false;
        for (uint32_t i = from; i < to; i++)
            c[i].crowding = crowding[i - from];
    }
    return true;
}

// The first `size` of `n` candidates become those that survive.
static bool select_survivors(hn_generations *g, const hn_view *view, hn_candidate *c, uint32_t n,
                             uint32_t size)
{
    uint32_t m = view->problem->n_objectives, from = 0;
    double *values = HN_NEW(&g->scratch, double, (size_t)n *m + 1);
    if (!values || !find_levels(view, c, n, &g->scratch))
        return false;
    for (uint32_t i = 0; i < n; i++)
        objectives(view, c[i].trial, values + (size_t)i * m);
    if (!find_crowding(c, n, values, m, &g->scratch))
        return false;
    while (from < size) {
        uint32_t to = end_of_level(c, n, from);
        hn_cut cut = {.candidates = c,
                      .values = values,
                      .from = from,
                      .to = to,
                      .m = m,
                      .wanted = size - from,
                      .rng = hn_rng_make(g->problem->seed, HN_PURPOSE_SUGGEST, g->n_generations),
                      .user = g->user,
                      .arena = &g->scratch};
        if (to > size && !g->cut(&cut))
            return false;
        from = to;
    }
    return true;
}

static bool close_generation(hn_generations *g, const hn_view *view)
{
    size_t n = g->members.n + g->newcomers.n;
    uint32_t size = (uint32_t)g->breeding->size;
    hn_arena_reset(&g->scratch);
    hn_candidate *c = HN_NEW(&g->scratch, hn_candidate, n + 1);
    if (!c || !hn_vec_reserve(&g->members, size))
        return false;
    for (size_t i = 0; i < n; i++) {
        bool old = i < g->members.n;
        uint32_t trial = old ? g->members.data[i].trial : g->newcomers.data[i - g->members.n];
        c[i] = (hn_candidate){trial, 0, 0};
    }
    if (!select_survivors(g, view, c, (uint32_t)n, size))
        return false;
    memcpy(g->members.data, c, size * sizeof *c);
    g->members.n = size;
    g->n_generations++;
    hn_vec_clear(&g->newcomers);
    return true;
}

static bool take_in(hn_generations *g, const hn_view *view, uint32_t trial)
{
    bool copy = view->fold->trials.data[trial].origin == HONE_ORIGIN_SERVED;
    if (copy || hn_merit_of(view, trial).tier == HN_MERIT_FAILED)
        return true;
    if (!hn_vec_push(&g->newcomers, trial))
        return false;
    return g->newcomers.n < (size_t)g->breeding->size || close_generation(g, view);
}

static hone_status sync(hn_generations *g, const hn_view *view, hone_error *err)
{
    HN_TRY(hn_arrivals_sync(&g->arrivals, view, err));
    if (g->arrivals.n_kept < g->n_used) { // something has changed that was used
        g->n_used = 0;
        g->n_generations = 0;
        hn_vec_clear(&g->members);
        hn_vec_clear(&g->newcomers);
    }
    while (g->n_used < g->arrivals.order.n)
        if (!take_in(g, view, g->arrivals.order.data[g->n_used++])) {
            hn_arrivals_free(&g->arrivals); // some of it is missing: from the beginning next time
            return hn_fail_memory(err);
        }
    return HONE_OK;
}

// --- breeding ---

// The better of two members: its trial.
static uint32_t compete(const hn_generations *g, const hn_rng *rng, uint32_t round, uint32_t which)
{
    const hn_candidate *best = NULL;
    for (uint32_t k = 0; k < 2; k++) {
        uint64_t i = hn_rng_below(rng, UINT32_MAX, round, 2 * which + k, g->members.n);
        const hn_candidate *c = &g->members.data[i];
        if (!best || c->level < best->level ||
            (c->level == best->level && c->crowding > best->crowding))
            best = c;
    }
    return best->trial;
}

static uint32_t n_active(const hone_space *space, hn_config config)
{
    uint32_t n = 0;
    for (uint32_t p = 0; p < space->n_params; p++)
        n += hn_active(config.active, p);
    return n > 0 ? n : 1;
}

static hone_status breed(hn_generations *g, const hn_view *view, const hn_request *request,
                         const hn_newness *newness, hn_config out, hone_error *err)
{
    enum { ROUNDS = 16 };
    const hone_space *space = g->problem->space;
    hn_rng rng = hn_rng_make(g->problem->seed, HN_PURPOSE_SUGGEST, request->trial);
    hn_config a = hn_config_new(request->scratch, space);
    hn_config b = hn_config_new(request->scratch, space);
    hn_offspring_rule rule = {.cross = g->breeding->crossover, .eta_cross = ETA_CROSS};
    if (hn_arena_failed(request->scratch))
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t round = request->attempt * ROUNDS + i;
        (void)hn_view_config(view, compete(g, &rng, round, 0), a);
        (void)hn_view_config(view, compete(g, &rng, round, 1), b);
        double rate = g->breeding->mutation;
        rule.mutate = rate > 0 ? rate : 1.0 / n_active(space, a);
        // A child like its parent is of no use, and larger steps lead out of what is known.
        rule.one = i > 0;
        rule.eta_mutate = ETA_MUTATE / (1.0 + i);
        bool allowed = hn_space_offspring(space, a, b, &rule, &rng, round, out);
        if (allowed && !hn_config_equal(space, out, a) && !hn_config_equal(space, out, b) &&
            hn_is_new(newness, out))
            return HONE_OK;
    }
    return hn_untried_point(request, *newness, a, out, err);
}

hone_status hn_generations_suggest(hn_generations *g, const hn_view *view,
                                   const hn_request *request, hn_config out, hone_error *err)
{
    hn_newness newness;
    HN_TRY(sync(g, view, err));
    HN_TRY(hn_newness_sync(&newness, view, hn_cache_for(g->problem, &g->own), err));
    if (g->members.n > 0)
        return breed(g, view, request, &newness, out, err);
    return hn_untried_spread(request, newness, out, err);
}

char *hn_generations_explain(const hn_generations *g, const hn_view *view, uint32_t trial)
{
    unsigned size = (unsigned)g->breeding->size;
    if (hn_explain_n_results(view, false) < size)
        return hn_explain_start(trial, size, "it breeds from them");
    return hn_explain("it breeds from the best %u results", size);
}
