// Fuzzes src/core/definition.c: a definition that can be read is that of a study which can be
// written down again, with the same metrics and bounds.
#include <string.h>

#include "base/mem.h"
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
    if (hn_definition_write(&options, name, problem->seed, problem->from ? problem->from : "",
                            &text, &err) == HONE_OK) {
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

// The goals of a study so defined, and what they would become with other wishes, read back.
static void change_goals(const uint8_t *data, size_t size)
{
    static const char *const bounds[] = {"ms<=1", "acc>=0"};
    static const hone_metric metrics[] = {{"loss", HONE_MINIMIZE}, {"fresh", HONE_RECORD}};
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hn_event event = hn_event_make(HN_EV_STUDY_CREATED);
    hn_str texts[2] = {HN_STR_INIT, HN_STR_INIT};
    hone_error err = HONE_ERROR_INIT;
    hn_fold fold;
    event.text = (hn_bytes){(const char *)data, size};
    options.metrics = metrics;
    options.n_metrics = size % 3;
    options.constraints = bounds;
    options.n_constraints = 2;
    hn_fold_init(&fold);
    if (hn_fold_apply(&fold, &event, NULL, NULL) == HONE_OK && fold.goals.n > 0) {
        hone_status made[2] = {hn_goals_text(&fold, &texts[0], &err),
                               hn_goals_write(&fold, &options, &texts[1], &err)};
        for (int i = 0; i < 2; i++) {
            hn_goals goals = {.arena = HN_ARENA_INIT};
            if (made[i] == HONE_OK &&
                hn_goals_read(hn_str_text(&texts[i]), texts[i].n, &goals, &err) != HONE_OK)
                FUZZ_CHECK(err.text[0]);
            hn_arena_free(&goals.arena);
            hn_free(goals.json);
        }
    }
    hn_str_free(&texts[0]);
    hn_str_free(&texts[1]);
    hn_fold_free(&fold);
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
    change_goals(data, size);
}
