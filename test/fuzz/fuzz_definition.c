// Fuzzes src/core/definition.c: a definition that can be read is that of a study which can be
// written down again, with the same metrics and bounds.
#include <string.h>

#include "core/fold.h"
#include "fuzz.h"

static void check_same(const hn_problem *a, const hn_problem *b)
{
    FUZZ_CHECK(a->n_metrics == b->n_metrics && a->n_objectives == b->n_objectives);
    FUZZ_CHECK(a->seed == b->seed && a->noisy == b->noisy);
    for (uint32_t m = 0; m < a->n_metrics; m++) {
        FUZZ_CHECK(strcmp(a->metrics[m].name, b->metrics[m].name) == 0);
        FUZZ_CHECK(a->metrics[m].goal == b->metrics[m].goal);
    }
    FUZZ_CHECK(a->n_bounds == b->n_bounds);
    for (uint32_t i = 0; i < a->n_bounds; i++) {
        FUZZ_CHECK(a->bounds[i].metric == b->bounds[i].metric);
        FUZZ_CHECK(a->bounds[i].bound == b->bounds[i].bound);
    }
}

// Reading is more lenient than writing: it trusts what a study has once been.
static void write_again(const hn_problem *problem, const char *name, hn_arena *arena)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hn_str text = HN_STR_INIT;
    hone_error err = HONE_ERROR_INIT;
    const char **bounds = HN_NEW(arena, const char *, problem->n_bounds);
    for (uint32_t i = 0; bounds && i < problem->n_bounds; i++)
        bounds[i] = problem->bounds[i].text;
    options.metrics = problem->metrics;
    options.n_metrics = problem->n_metrics;
    options.constraints = bounds;
    options.n_constraints = bounds ? problem->n_bounds : 0;
    options.noisy = problem->noisy;
    options.lag = problem->lag;
    if (hn_definition_write(&options, name, problem->seed, &text, &err) == HONE_OK) {
        hn_problem back = {0};
        const char *other;
        hone_status status =
            hn_definition_read(hn_str_text(&text), text.n, arena, &other, &back, &err);
        FUZZ_EXPECT(status == HONE_OK);
        if (status == HONE_OK && bounds)
            check_same(problem, &back);
    } else {
        FUZZ_CHECK(err.text[0]);
    }
    hn_str_free(&text);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_problem problem = {0};
    hone_error err = HONE_ERROR_INIT;
    const char *name = NULL;
    if (hn_definition_read((const char *)data, size, &arena, &name, &problem, &err) == HONE_OK)
        write_again(&problem, name, &arena);
    else
        FUZZ_CHECK(err.text[0]);
    hn_arena_free(&arena);
}
