// auto: chooses among the samplers there are, from the problem alone.
//
// Method
//  1. A finite space that the intended number of trials can cover is enumerated: grid, shuffled, so
//     that an early end still has seen a fair share of every value.
//  2. Anything else gets scrambled Sobol points (qmc).
// The choice depends only on the problem, never on results, so that it holds for the whole study.

#include <hone/sys/sampler.h>

#include <math.h>

#include "core/options.h"
#include "core/registry.h"
#include "core/view.h"

typedef struct state {
    const hn_sampler_class *class;
    void *inner;
    hn_arena arena;
} state;

static hone_status make_inner(state *s, const hn_problem *problem, bool enumerate, hone_error *err)
{
    void *config = NULL;
    HN_TRY(hn_sampler_find(enumerate ? "grid" : "qmc", &s->class, err));
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
    double size = problem->space->cardinality;
    bool covers = isfinite(size) && problem->n_trials > 0 && size <= (double)problem->n_trials;
    (void)options;
    hone_status status =
        make_inner(s, problem, covers && !problem->noisy && !problem->define_by_run, err);
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
             .summary = "chooses for you: a grid that fits into the trials, else qmc",
             .source = "",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS | HN_EXHAUSTS,
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .observe = observe,
    .in_use = in_use,
    .fini = fini,
};
