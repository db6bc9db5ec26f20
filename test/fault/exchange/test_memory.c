// The n-th allocation fails, for n = 1, 2, …: what an Optuna study carries from Hone, and the space
// that is found for it, are whole or the caller hears that memory ran out.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/json.h"
#include "exchange/optuna_hone.h"
#include "exchange/optuna_space.h"

static const char opt[] = "{\"type\":\"categorical\",\"choices\":[\"a\",\"b\",[1]]}";
static const char units[] = "{\"type\":\"int\",\"low\":1,\"high\":9}";
static const char only[] = "{\"type\":\"float\",\"low\":0.5,\"high\":0.5}";
static const char own_space[] = "{\"params\":[{\"name\":\"opt\",\"spec\":\"a,b,[1]\"},"
                                "{\"name\":\"units\",\"spec\":\"int:1..9 if opt==a\"},"
                                "{\"name\":\"n\",\"spec\":\"int:1..9\"},"
                                "{\"name\":\"deep\",\"spec\":\"int:1..9 if n>=5\"}]}";

static void add(hn_optuna_study *study, int64_t id, double choice, double n, bool carried)
{
    hn_optuna_trial *trial = hn_optuna_add_trial(study, id);
    assert_non_null(trial);
    trial->state = HN_OPTUNA_COMPLETE;
    assert_true(hn_optuna_set_param(study, trial, "opt", opt, choice));
    if (choice == 0)
        assert_true(hn_optuna_set_param(study, trial, "units", units, 3));
    assert_true(hn_optuna_set_param(study, trial, "n", units, n));
    if (n >= 5)
        assert_true(hn_optuna_set_param(study, trial, "deep", units, 2));
    if (!carried)
        assert_true(hn_optuna_set_param(study, trial, "a constant", only, 0.5));
}

static void make(hn_optuna_study *study, bool carried)
{
    hn_optuna_init(study);
    study->name = "s";
    add(study, 0, 0, 5, carried);
    add(study, 1, 1, 4, carried);
}

typedef struct answer {
    int n_notes;
    char *space, only[32];
} answer;

static void count(void *user, const char *text)
{
    assert_true(text && text[0]);
    ++*(int *)user;
}

static hone_status find(const hn_optuna_study *study, const json_t *own, answer *out)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_optuna_space found = {0};
    hone_error err = HONE_ERROR_INIT;
    *out = (answer){0};
    hone_status status =
        hn_optuna_space_find(study, own, &arena, count, &out->n_notes, &found, &err);
    assert_int_equal(err.status, status);
    for (size_t i = 0; status == HONE_OK && i < study->names.n; i++)
        if (found.params[i].only)
            snprintf(out->only, sizeof out->only, "%s", found.params[i].only);
    hn_fault_arm(NULL);
    json_set_alloc_funcs(malloc, free);
    if (status == HONE_OK)
        out->space = hone_space_to_json(found.space);
    hone_space_destroy(found.space);
    hn_arena_free(&arena);
    return status;
}

static int json_allocations_left;

static void *json_malloc_or_fail(size_t size)
{
    return json_allocations_left-- > 0 ? malloc(size) : NULL;
}

static void arm(bool in_json, int nth)
{
    char text[40];
    if (in_json) {
        json_allocations_left = nth - 1;
        json_set_alloc_funcs(json_malloc_or_fail, free);
        return;
    }
    snprintf(text, sizeof text, "alloc:%d", nth);
    hn_fault_arm(text);
}

// With memory for all of it from the n-th on the answer is the right one; before it is an error.
static void starve(bool in_json, bool carried)
{
    hn_optuna_study study;
    answer right, had;
    json_t *own = carried ? json_loads(own_space, 0, NULL) : NULL;
    make(&study, carried);
    assert_int_equal(find(&study, own, &right), HONE_OK);
    assert_int_equal(right.n_notes, carried ? 0 : 2);
    assert_string_equal(right.only, carried ? "" : "0.5");
    hone_status status = HONE_ENOMEM;
    int n = 1, in_a_row = 0;
    // The text of a note may do without memory, hence a few good ones in a row.
    for (; in_a_row < 20; n++) {
        arm(in_json, n);
        status = find(&study, own, &had);
        // In the middle of a token jansson takes it for a syntax error.
        assert_true(status == HONE_OK || status == HONE_ENOMEM ||
                    (in_json && status == HONE_EPARSE));
        in_a_row = status == HONE_OK ? in_a_row + 1 : 0;
        if (status == HONE_OK) {
            assert_string_equal(had.space, right.space);
            assert_string_equal(had.only, right.only);
            assert_int_equal(had.n_notes, right.n_notes);
        }
        hone_free(had.space);
    }
    assert_in_range(n, 40, 5000);
    hone_free(right.space);
    json_decref(own);
    hn_optuna_free(&study);
}

static void a_space_is_worked_out(void **state)
{
    (void)state;
    starve(true, false);
#ifdef HONE_FAULTS
    starve(false, false);
#endif
}

static void a_space_that_came_along_is_taken(void **state)
{
    (void)state;
    starve(true, true);
#ifdef HONE_FAULTS
    starve(false, true);
#endif
}

static void an_attribute_is_not_taken_for_absent(void **state)
{
    const hn_optuna_attr attrs[] = {{"k", "1", false}, {"k", "[1,[2.5,{}],[[]]]", true}};
    hone_status status = HONE_ENOMEM;
    int n = 1;
    (void)state;
    // No texts: in the middle of a token jansson takes it for a syntax error.
    for (; status != HONE_OK; n++) {
        hone_error err = HONE_ERROR_INIT;
        json_t *value = NULL;
        arm(true, n);
        status = hn_optuna_attr_value(attrs, 2, "k", &value, &err);
        json_set_alloc_funcs(malloc, free);
        assert_int_equal(err.status, status);
        assert_int_equal(status, value ? HONE_OK : HONE_ENOMEM);
        json_decref(value);
    }
    assert_in_range(n, 5, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_space_is_worked_out),
        cmocka_unit_test(a_space_that_came_along_is_taken),
        cmocka_unit_test(an_attribute_is_not_taken_for_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
