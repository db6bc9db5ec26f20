// qmc: points of a scrambled Sobol sequence, spread more evenly than independent draws.
//
// Method
//  1. Trial k takes point k of the sequence; dimension j of the unit cube is coordinate j. The
//     scrambling is keyed by the study's seed, so that two studies have different points.
//  2. The point is mapped through the inverse of the priors, as random does with its uniforms.
//  3. When the space changes, the sequence goes on: a parameter that is still there keeps its
//     coordinates, a new one gets coordinates that nobody had.
//  4. Dimensions beyond the table of direction numbers, and repeats because the point breaks a rule
//     or has a pending twin, are independent draws.
// Source: Joe, Kuo. Constructing Sobol sequences with better two-dimensional projections. SIAM J.
// Sci. Comput. 2008; Matoušek. On the L2-discrepancy for anchored boxes. J. Complexity 1998.
// Difference: a linear matrix scramble with a digital shift instead of Owen's full nested one.
// Cost: O(dimensions · log trials) a suggestion, no memory.

#include <hone/sys/sampler.h>

#include "base/arena.h"
#include "core/view.h"

typedef struct state {
    const hn_problem *problem;
} state;

static hone_status init(void *self, const hn_problem *problem, const void *options, hone_error *err)
{
    (void)options, (void)err;
    ((state *)self)->problem = problem;
    return HONE_OK;
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    const hn_problem *problem = ((state *)self)->problem;
    double *u = HN_NEW(request->scratch, double, problem->space->n_dims); // [n_dims]
    (void)view;
    if (!u)
        return hn_fail_memory(err);
    return hn_problem_spread(problem, request->trial, request->attempt, u, *out, err);
}

const hn_sampler_class hn_sampler_qmc = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "qmc",
             .summary = "scrambled Sobol points: even coverage of the whole space",
             .source = "Joe, Kuo. Constructing Sobol sequences with better two-dimensional "
                       "projections. SIAM J. Sci. Comput. 2008",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS,
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
};
