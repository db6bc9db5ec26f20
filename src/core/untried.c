// Points from the prior that may be suggested; see untried.h.
#include "core/untried.h"

#include <math.h>

#include "core/follow.h"

// --- what is new ---

// The configurations that a view shows, for samplers that keep nothing else of its trials.
typedef struct tried {
    hn_follow follow;
    hn_dedupe index;
} tried;

static void forget(void *data)
{
    tried *t = data;
    hn_dedupe_free(&t->index);
    t->follow = (hn_follow){0};
}

static hone_status sync_tried(tried *t, const hn_view *view, hone_error *err)
{
    uint32_t trial;
    if (!hn_follow_goes_on(&t->follow, view))
        forget(t);
    hn_follow_walk walk = hn_follow_begin(&t->follow, view);
    while ((trial = hn_follow_next(&walk)) != HN_NONE) {
        hone_status status = hn_dedupe_add(&t->index, view->fold, trial, err);
        if (status != HONE_OK) {
            forget(t);
            return status;
        }
    }
    hn_follow_end(&t->follow, view);
    return HONE_OK;
}

hn_newness hn_newness_of(const hn_view *view, const hn_dedupe *index)
{
    return (hn_newness){view, hn_dedupe_wanted(view->problem) ? index : NULL, false};
}

hone_status hn_newness_sync(hn_newness *out, const hn_view *view, hn_cache *cache, hone_error *err)
{
    *out = hn_newness_of(view, NULL);
    if (!hn_dedupe_wanted(view->problem))
        return HONE_OK;
    tried *t = hn_cache_get(cache, "tried", sizeof *t, forget);
    if (!t)
        return hn_fail_memory(err);
    out->index = &t->index;
    return sync_tried(t, view, err);
}

bool hn_is_new(const hn_newness *n, hn_config config)
{
    return hn_space_allows(n->view->problem->space, config, NULL) &&
           (!n->index || !hn_dedupe_tried(n->index, n->view, config, n->failed_again));
}

// --- points ---

// Number of points of a finite space's grid, among them repetitions that differ in inactive
// parameters only; 0 when there are too many to look through.
static uint64_t grid_points(const hone_space *space)
{
    enum { MOST = 1000000 };
    uint64_t n = 1;
    for (uint32_t p = 0; p < space->n_params && n <= MOST; p++)
        n *= hn_grid_size(&space->params[p], 1);
    return n <= MOST ? n : 0;
}

// The first new point of a finite space's grid, from somewhere on.
static bool find_in_grid(const hn_request *request, const hn_newness *newness, hn_config room,
                         hn_config out)
{
    const hn_problem *problem = newness->view->problem;
    const hone_space *space = problem->space;
    hn_rng rng = hn_rng_make(problem->seed, HN_PURPOSE_SUGGEST, request->trial);
    uint64_t n = isfinite(space->cardinality) ? grid_points(space) : 0;
    uint64_t start = n > 0 ? hn_rng_below(&rng, 0, 0, 0, n) : 0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t rest = (start + i) % n;
        for (uint32_t p = 0; p < space->n_params; p++) {
            uint32_t size = hn_grid_size(&space->params[p], 1);
            hn_grid_value(&space->params[p], 1, (uint32_t)(rest % size),
                          room.slots + space->params[p].slot);
            rest /= size;
        }
        hn_space_activate(space, room);
        if (hn_is_new(newness, room)) {
            hn_config_copy(space, out, room);
            return true;
        }
    }
    return false;
}

hone_status hn_untried_point(const hn_request *request, hn_newness newness, hn_config room,
                             hn_config out, hone_error *err)
{
    enum { DRAWS = 50 };
    const hn_problem *problem = newness.view->problem;
    for (uint32_t i = 0; i < DRAWS; i++) {
        HN_TRY(hn_space_redraw(problem->space, problem->seed, request->trial,
                               DRAWS * (request->attempt + 1) + i, out, err));
        if (hn_is_new(&newness, out))
            return HONE_OK;
    }
    for (int pass = 0; pass < 2 && newness.index; pass++) {
        newness.failed_again = pass > 0;
        if (hn_is_new(&newness, out) || find_in_grid(request, &newness, room, out))
            return HONE_OK;
    }
    return HONE_OK;
}

hone_status hn_untried_spread(const hn_request *request, hn_newness newness, hn_config out,
                              hone_error *err)
{
    const hn_problem *problem = newness.view->problem;
    double *u = HN_NEW(request->scratch, double, problem->space->n_dims + 1);
    hn_config room = hn_config_new(request->scratch, problem->space);
    if (hn_arena_failed(request->scratch))
        return hn_fail_memory(err);
    HN_TRY(hn_problem_spread(problem, request->trial, request->attempt, u, out, err));
    if (hn_is_new(&newness, out))
        return HONE_OK;
    return hn_untried_point(request, newness, room, out, err);
}
