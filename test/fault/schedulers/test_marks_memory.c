// Schedulers that compare by several objectives run out of memory at every allocation of a
// decision: they say so, and decide the same when there is memory again.
#include "base/fault.h"
#include "unit/schedulers/climb.h"

static const char *const named[][2] = {
    {"asha", "{\"variant\":\"pause\",\"min_resource\":1,\"max_resource\":9}"},
    {"halving", "{\"n\":6,\"eta\":3,\"min_resource\":1,\"max_resource\":9}"},
    {"hyperband", "{\"brackets\":1,\"min_resource\":1,\"max_resource\":9,\"mode\":\"async\"}"},
    {"pasha", "{\"min_resource\":1,\"max_resource\":9}"},
    {"freeze-thaw", "{\"metric\":\"loss\",\"max_resource\":9}"},
    {"pbt", "{\"max_resource\":9,\"population\":6,\"interval\":3}"},
};

static void begin_all(desk *d)
{
    static const double shown[][2] = {{5, 5}, {6, 6}, {7, 4}, {1, 1}, {9, 4}, {4, 6}};
    double limit;
    for (int i = 0; i < 6; i++) {
        uint32_t t = climb_begin(d, &limit);
        hn_verdict verdict = desk_report_both(d, t, limit, shown[i][0], shown[i][1], 3);
        assert_int_equal(verdict, HN_PAUSE);
        climb_pause(d, t, limit);
    }
}

// A new state decides with its n-th allocation failing. True when there were fewer.
static bool decide(desk *d, const char *options, uint64_t nth, hn_next want)
{
    scheduler_in_use fresh;
    hn_next next = {HN_NEXT_DONE, 0, 0};
    hone_error err = HONE_ERROR_INIT;
    const hn_fold *fold = &d->world->fold;
    char arm[64];
    assert_int_equal(scheduler_begin(&fresh, d->scheduler.class, options, fold, NULL), HONE_OK);
    fresh.problem->n_trials = 6;
    hn_view view = scheduler_view(&fresh, fold, UINT32_MAX - 1);
    (void)snprintf(arm, sizeof arm, "alloc:%llu:fail", (unsigned long long)nth);
    hn_fault_arm(arm);
    hone_status status = fresh.class->next(fresh.state, &view, &next, &err);
    bool failed = hn_fault_count("alloc") >= nth;
    hn_fault_arm(NULL);
    assert_int_equal(status, failed ? HONE_ENOMEM : HONE_OK);
    if (failed)
        assert_int_equal(fresh.class->next(fresh.state, &view, &next, NULL), HONE_OK);
    assert_int_equal(next.kind, want.kind);
    assert_int_equal(next.trial, want.trial);
    scheduler_end(&fresh);
    return !failed;
}

static void no_memory_to_compare(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        desk d =
            desk_of(named[i][0], named[i][1], desk_world_of(false, DESK_TWO, "\"extra<=20\"", 0));
        uint64_t nth = 1;
        begin_all(&d);
        hn_next want = climb_next(&d, 6);
        assert_true(want.kind == HN_NEXT_RESUME || want.kind == HN_NEXT_END);
        while (!decide(&d, named[i][1], nth, want))
            nth++;
        print_message("%s: %llu allocations\n", named[i][0], (unsigned long long)nth - 1);
        assert_true(nth > 3);
        desk_free(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_to_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
