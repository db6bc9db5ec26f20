// The rules that look at one trial alone: threshold and patient.
#include "contract/schedulers/desk.h"

#define EXPECT(verdict, want) assert_int_equal((verdict), (want))

static void bounds(void **state)
{
    (void)state;
    desk d = desk_new("threshold", "{\"lower\":-1,\"upper\":2,\"n_warmup\":3,\"interval\":2}");
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 99), HN_GO_ON);
    EXPECT(desk_report(&d, t, 3, 2), HN_GO_ON); // the bounds themselves are inside
    EXPECT(desk_report(&d, t, 4, 99), HN_GO_ON);
    EXPECT(desk_report(&d, t, 5, 2.01), HN_STOP);
    EXPECT(desk_report(&d, t, 8, -1.01), HN_STOP);
    EXPECT(desk_report(&d, t, 9, -1), HN_GO_ON);
    EXPECT(desk_report(&d, t, 7, NAN), HN_GO_ON); // it stands at 9, with -1
    EXPECT(desk_report(&d, t, 11, NAN), HN_STOP);
    desk_free(&d);
}

static void without_bounds_only_nan_stops(void **state)
{
    (void)state;
    desk d = desk_new("threshold", "{}");
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, INFINITY), HN_GO_ON);
    EXPECT(desk_report(&d, t, 2, -1e300), HN_GO_ON);
    EXPECT(desk_report_as(&d, t, 3, NAN, 2), HN_GO_ON); // of another metric
    EXPECT(desk_report(&d, t, 3, NAN), HN_STOP);
    desk_free(&d);
    // Another metric may be watched, even one that is recorded only.
    d = desk_new("threshold", "{\"metric\":\"extra\",\"upper\":5}");
    t = desk_start(&d);
    EXPECT(desk_report_as(&d, t, 1, 9, 1), HN_GO_ON);
    EXPECT(desk_report_as(&d, t, 1, 9, 2), HN_STOP);
    desk_free(&d);
    world *w = desk_world(false, 0);
    scheduler_in_use s;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(scheduler_begin(&s, scheduler_named("threshold"), "{\"lower\":2,\"upper\":1}",
                                     &w->fold, &err),
                     HONE_EINVAL);
    assert_string_equal(err.text, "option \"lower\" of threshold is 2: it must not be above "
                                  "\"upper\", 1");
    world_free(w);
}

static void patience_ends(void **state)
{
    (void)state;
    desk d = desk_new("patient", "{\"patience\":2,\"min_delta\":0.1}");
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 1.0), HN_GO_ON);
    EXPECT(desk_report(&d, t, 2, 1.2), HN_GO_ON);
    EXPECT(desk_report(&d, t, 3, 1.2), HN_GO_ON);
    EXPECT(desk_report(&d, t, 4, 1.2), HN_STOP);  // 1.0 + 0.1 < 1.2
    EXPECT(desk_report(&d, t, 5, 1.1), HN_GO_ON); // not worse by more than 0.1
    EXPECT(desk_report(&d, t, 6, 0.5), HN_GO_ON);
    EXPECT(desk_report(&d, t, 7, NAN), HN_GO_ON);
    EXPECT(desk_report(&d, t, 8, 0.7), HN_GO_ON);
    EXPECT(desk_report(&d, t, 9, NAN), HN_STOP); // 0.5 + 0.1 < 0.7
    EXPECT(desk_report(&d, t, 9, 0.6), HN_GO_ON);
    EXPECT(desk_report(&d, t, 9, 0.9), HN_STOP); // the last one on a step counts
    desk_free(&d);
}

static void patience_goes_by_the_step(void **state)
{
    (void)state;
    desk d = desk_of("patient", "{\"patience\":0}", desk_world(true, 0));
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 4, 0.5), HN_GO_ON);
    EXPECT(desk_report(&d, t, 1, 0.6), HN_STOP); // an earlier step was better
    EXPECT(desk_report(&d, t, 9, 0.7), HN_GO_ON);
    EXPECT(desk_report(&d, t, 2, 0.2), HN_GO_ON);
    EXPECT(desk_report(&d, t, 10, 0.69), HN_STOP);
    // All attempts are one trial; another one has nothing to do with it.
    hn_event event = desk_event(&d, HN_EV_REQUEUED, t);
    desk_append(&d, &event);
    event = desk_event(&d, HN_EV_STARTED, t);
    event.epoch++;
    desk_append(&d, &event);
    EXPECT(desk_report(&d, t, 11, 0.6), HN_STOP);
    uint32_t other = desk_start(&d);
    EXPECT(desk_report(&d, other, 1, 0.1), HN_GO_ON);
    EXPECT(desk_report(&d, other, 2, 0.1), HN_GO_ON);
    desk_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds),
        cmocka_unit_test(without_bounds_only_nan_stops),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(patience_goes_by_the_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
