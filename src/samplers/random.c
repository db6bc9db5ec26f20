// random: independent draws from the priors of the space.
//
// Method
//  1. Each parameter draws from its own stream, keyed by study seed, trial number and the hash of
//     its name, and inverts its prior (weights, beliefs, log scales, normals).
//  2. Draws that break a rule are repeated with the next attempt number.
// Source: Bergstra, Bengio. Random search for hyper-parameter optimization. JMLR 2012.
// Cost: O(parameters / acceptance rate) a suggestion, no memory.

#include <hone/sys/sampler.h>

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
    (void)view;
    return hn_space_redraw(problem->space, problem->seed, request->trial, request->attempt, *out,
                           err);
}

const hn_sampler_class hn_sampler_random = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "random",
             .summary = "independent draws from the priors",
             .source = "Bergstra, Bengio. Random search for hyper-parameter optimization. JMLR "
                       "2012",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS,
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
};
