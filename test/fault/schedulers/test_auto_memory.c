// auto runs out of memory at every allocation that making what it chooses takes: it says so, leaves
// nothing behind, and never works with fewer options than it was given.
#include <jansson.h>

#include "base/fault.h"
#include "base/mem.h"
#include "contract/schedulers/desk.h"

static const char *const named[][2] = {
    {"{\"metric\":\"loss\"}", "curve"},
    {"{\"metric\":\"loss\",\"max_resource\":9}", "freeze-thaw"},
};

// True when it takes fewer allocations.
static bool begin(const world *w, const char *options, uint64_t nth, const char *want)
{
    char arm[64];
    hone_error err = HONE_ERROR_INIT;
    hn_instance made = {0};
    hn_given given = {.options = options};
    const hn_scheduler_class *class = scheduler_named("auto");
    (void)snprintf(arm, sizeof arm, "alloc:%llu:fail", (unsigned long long)nth);
    hn_fault_arm(arm);
    hone_status status = hn_instance_begin(&made, &class->head, &given, &w->fold.problem, &err);
    bool failed = hn_fault_count("alloc") >= nth;
    hn_fault_arm(NULL);
    // In the middle of a token jansson takes it for a syntax error.
    bool said = status == HONE_ENOMEM || status == HONE_EPARSE;
    assert_true(failed ? said && err.text[0] : status == HONE_OK);
    assert_int_equal(made.ready, !failed);
    if (!failed)
        assert_string_equal(made.plugin->name, want);
    hn_instance_drop(&made);
    return !failed;
}

static void no_memory_to_choose(void **state)
{
    (void)state;
    json_set_alloc_funcs(hn_malloc, hn_free);
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        world *w = desk_world_of(false, DESK_TWO, "", 0);
        uint64_t nth = 1;
        while (!begin(w, named[i][0], nth, named[i][1]))
            nth++;
        print_message("%s: %llu allocations\n", named[i][1], (unsigned long long)nth - 1);
        assert_true(nth > 10);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_to_choose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
