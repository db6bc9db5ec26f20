// Points without a model: the first trials, and when nothing else may be suggested.
//
// The first trials are a Sobol sequence. Where a point breaks a rule or, on a finite space, has
// been tried, draws from the prior follow; when these do not help either, the first point of the
// grid, from somewhere on, that may be suggested. When all has been tried the last draw stands.
#include "samplers/gp_search.h"

#include <math.h>

// May it be suggested: the rules hold, and it is new if the space is finite?
static bool is_good(const hn_evidence *e, const hn_view *view, hn_config config)
{
    const hn_problem *problem = view->problem;
    return hn_space_allows(problem->space, config, NULL) &&
           !(hn_dedupe_wanted(problem) && hn_evidence_tried(e, view, config, true));
}

// Points of the grid of a finite space, some of which differ in inactive parameters only; 0 when
// there are too many to look through.
static uint64_t grid_points(const hone_space *space)
{
    enum { MOST = 1000000 };
    uint64_t n = isfinite(space->cardinality) ? 1 : 0;
    for (uint32_t p = 0; p < space->n_params && n > 0; p++) {
        n *= hn_grid_size(&space->params[p], 1);
        n = n <= MOST ? n : 0;
    }
    return n;
}

static bool find_untried(const hn_evidence *e, const hn_view *view, const hn_request *request,
                         hn_config out)
{
    const hone_space *space = view->problem->space;
    hn_rng rng = hn_rng_make(view->problem->seed, HN_PURPOSE_SUGGEST, request->trial);
    uint64_t n = grid_points(space), start = n > 0 ? hn_rng_below(&rng, 0, 0, 0, n) : 0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t rest = (start + i) % n;
        for (uint32_t p = 0; p < space->n_params; p++) {
            uint32_t size = hn_grid_size(&space->params[p], 1);
            hn_grid_value(&space->params[p], 1, (uint32_t)(rest % size),
                          out.slots + space->params[p].slot);
            rest /= size;
        }
        hn_space_activate(space, out);
        if (is_good(e, view, out))
            return true;
    }
    return false;
}

hone_status hn_gp_fall_back(const hn_evidence *e, const hn_view *view, const hn_request *request,
                            bool first, hn_config out, hone_error *err)
{
    enum { DRAWS = 50 };
    const hn_problem *problem = view->problem;
    double *u = HN_NEW(request->scratch, double, problem->space->n_dims + 1);
    if (hn_arena_failed(request->scratch))
        return hn_fail_memory(err);
    if (first) {
        HN_TRY(hn_problem_spread(problem, request->trial, request->attempt, u, out, err));
        if (is_good(e, view, out))
            return HONE_OK;
    }
    for (uint32_t i = 0; i < DRAWS; i++) {
        HN_TRY(hn_space_redraw(problem->space, problem->seed, request->trial,
                               DRAWS * (request->attempt + 1) + i, out, err));
        if (is_good(e, view, out))
            return HONE_OK;
    }
    hn_config last = hn_config_new(request->scratch, problem->space);
    if (!last.slots)
        return hn_fail_memory(err);
    hn_config_copy(problem->space, last, out);
    if (!find_untried(e, view, request, out))
        hn_config_copy(problem->space, out, last);
    return HONE_OK;
}
