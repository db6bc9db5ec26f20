// The n-th allocation fails, for n = 1, 2, …: every function of a space says so, leaks nothing and
// leaves the space as it was. So does the reading of a choice in JSON.
#include "../../unit/space/help.h"

#include <stdlib.h>

#include <jansson.h>

#include "base/fault.h"

#ifdef HONE_FAULTS
static const char *const lines[] = {
    "lr=log:1e-5..1e-1 = 0.01 ~ 3e-4*/3",
    "opt=sgd:3,\"a b\",3.5",
    "momentum=0..0.99 step 0.05 if opt==sgd && lr in {0.1,0.2}",
    "order=perm:a,b,c = c,a,b",
    "tags=subset:a,b,\"c d\" = {} if momentum>0.5",
    "mix=simplex:3",
    "other=sgd,x if opt!=3.5",
    "{\"name\":\"j\",\"type\":\"categorical\",\"choices\":[1,\"a\"],\"default\":\"a\"}",
    "{\"name\":\"k\",\"type\":\"bool\",\"condition\":{\"parent\":\"opt\",\"values\":[\"a b\"]}}",
    "forbid opt==other || lr*2>0.1",
    "require 'a' in tags || opt in {sgd,\"a b\"}",
};
enum { N_LINES = sizeof lines / sizeof *lines };

// Calls that must each give HONE_OK or HONE_ENOMEM; false when there was no n-th allocation.
static bool use(uint64_t nth)
{
    hone_space *space = NULL, *again = NULL;
    hone_error err = HONE_ERROR_INIT;
    char arm[40], *json = NULL, *diff = NULL, *text = NULL, *samples = NULL;
    hone_status status;
    snprintf(arm, sizeof arm, "alloc:%llu", (unsigned long long)nth);
    hn_fault_arm(arm);
    status = hone_space_create(&space, &err);
    for (int i = 0; i < N_LINES && space; i++) {
        hone_status added = add_line(space, lines[i], &err);
        assert_true(added == HONE_OK || added == HONE_ENOMEM);
        // A line that failed can be given once more: nothing of it was kept.
        if (added == HONE_ENOMEM) {
            assert_int_equal(err.status, HONE_ENOMEM);
            assert_int_equal(space->n_params + space->n_rules, i);
            status = add_line(space, lines[i], &err);
            assert_int_equal(status, HONE_OK);
            status = HONE_ENOMEM;
        }
    }
    if (space) {
        hone_status sealed = hone_space_seal(space, &err);
        assert_true(sealed == HONE_OK || sealed == HONE_ENOMEM);
        if (sealed == HONE_ENOMEM) {
            assert_int_equal(hone_space_seal(space, &err), HONE_OK);
            status = HONE_ENOMEM;
        }
        json = hone_space_to_json(space);
        text = hone_space_describe(space, 80);
        diff = hone_space_diff(space, space);
        hone_status sampled = hone_space_sample_json(space, 1, 3, &samples, NULL, &err);
        assert_true(sampled == HONE_OK || sampled == HONE_ENOMEM);
        hone_status parsed = json ? hone_space_from_json(json, &again, &err) : HONE_ENOMEM;
        assert_true(parsed == HONE_OK || parsed == HONE_ENOMEM);
        bool all = json && text && diff && sampled == HONE_OK && parsed == HONE_OK;
        status = all ? status : HONE_ENOMEM;
    }
    bool reached = hn_fault_count("alloc") >= nth;
    hn_fault_arm(NULL);
    // The text of an error may do without memory; results may not.
    assert_true(reached || status == HONE_OK);
    hone_free(json);
    hone_free(text);
    hone_free(diff);
    hone_free(samples);
    hone_space_destroy(space);
    hone_space_destroy(again);
    return reached;
}

static void the_nth_allocation_fails(void **state)
{
    (void)state;
    uint64_t n = 1;
    while (use(n))
        n++;
    assert_in_range(n, 50, 5000);
}
#endif

// The reader of JSON has its memory from elsewhere.
static int json_allocations_left;

static void *json_malloc_or_fail(size_t size)
{
    return json_allocations_left-- > 0 ? malloc(size) : NULL;
}

static void the_nth_allocation_of_json_fails(void **state)
{
    static const char *const specs[] = {"layers={\"n\":1,\"at\":[2]},{\"n\":2}",
                                        "layers={{\"n\":1}}"};
    static const uint32_t n_choices[] = {2, 1};
    (void)state;
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        hone_status status = HONE_ENOMEM;
        int n = 0;
        for (; status != HONE_OK; n++) {
            hone_space *space = NULL;
            hone_error err = HONE_ERROR_INIT;
            assert_int_equal(hone_space_create(&space, &err), HONE_OK);
            json_allocations_left = n;
            json_set_alloc_funcs(json_malloc_or_fail, free);
            status = hone_space_add_text(space, specs[i], &err);
            json_set_alloc_funcs(malloc, free);
            assert_int_equal(err.status, status);
            // In the middle of a token jansson takes it for a syntax error.
            assert_true(status == HONE_OK || status == HONE_ENOMEM || (n && status == HONE_EPARSE));
            if (status == HONE_OK)
                assert_int_equal(space->params[0].n_choices, n_choices[i]);
            hone_space_destroy(space);
        }
        assert_in_range(n, 5, 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nth_allocation_of_json_fails),
#ifdef HONE_FAULTS
        cmocka_unit_test(the_nth_allocation_fails),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
