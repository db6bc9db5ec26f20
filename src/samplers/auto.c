// auto: chooses among the samplers there are, from the space alone.
//
// Method
//  1. A finite space of no more than 32 points is enumerated: grid, shuffled, so that an early end
//     still has seen a fair share of every value. There is little to learn on the way.
//  2. Anything else, noisy studies and define-by-run included, gets tpe.
// The choice depends on what the journal says of the problem, never on results nor on the number of
// trials that somebody intends today, so that it holds for the whole study.

#include <hone/sys/sampler.h>

#include "core/options.h"
#include "core/registry.h"
#include "core/view.h"

#define SMALL 32 // points

typedef struct state {
    const hn_sampler_class *class;
    void *inner;
    hn_arena arena;
} state;

static hone_status make_inner(state *s, const hn_problem *problem, bool enumerate, hone_error *err)
{
    void *config = NULL;
    HN_TRY(hn_sampler_find(enumerate ? "grid" : "tpe", &s->class, err));
    HN_TRY(hn_options_make(&s->class->head, enumerate ? "{\"order\":\"shuffled\"}" : NULL,
                           &s->arena, &config, err));
    s->inner = hn_arena_zalloc(&s->arena, 1, s->class->head.state_size + 1);
    if (!s->inner)
        return hn_fail_memory(err);
    return s->class->init(s->inner, problem, config, err);
}

static hone_status init(void *self, const hn_problem *problem, const void *options, hone_error *err)
{
    state *s = self;
    bool small = problem->space->cardinality <= SMALL;
    (void)options;
    hone_status status =
        make_inner(s, problem, small && !problem->noisy && !problem->define_by_run, err);
    if (status != HONE_OK)
        hn_arena_free(&s->arena);
    return status;
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    return s->class->suggest(s->inner, view, request, out, err);
}

static hone_status observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    state *s = self;
    return s->class->observe ? s->class->observe(s->inner, view, trial, err) : HONE_OK;
}

static const char *in_use(const void *self)
{
    return ((const state *)self)->class->head.name;
}

static void fini(void *self)
{
    state *s = self;
    if (s->class->fini)
        s->class->fini(s->inner);
    hn_arena_free(&s->arena);
}

const hn_sampler_class hn_sampler_auto = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "auto",
             .summary = "chooses for you: grid where 32 points are all there is, else tpe",
             .source = "",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS |
                    HN_USES_RESULTS | HN_EXHAUSTS,
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .observe = observe,
    .in_use = in_use,
    .fini = fini,
};
