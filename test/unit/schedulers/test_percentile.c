// The percentile rule on hand-made curves.
#include "contract/schedulers/desk.h"

#define EXPECT(verdict, want) assert_int_equal((verdict), (want))

static void the_median_of_what_is_complete(void **state)
{
    (void)state;
    desk d = desk_new("median", "{\"grace\":0,\"n_startup\":2}");
    CURVE(&d, 1.0, 0.8, 0.6);
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 99), HN_GO_ON); // one complete trial is not enough
    desk_tell(&d, t, HONE_STATE_PRUNED);         // and a pruned one is none
    t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 99), HN_GO_ON);
    CURVE(&d, 2.0, 1.6, 0.2);
    t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 1.5), HN_GO_ON); // equal to the median of 1 and 2
    EXPECT(desk_report(&d, t, 2, 1.3), HN_STOP);  // the median of 0.8 and 1.6 is 1.2
    EXPECT(desk_report(&d, t, 3, 0.4), HN_GO_ON);
    EXPECT(desk_report(&d, t, 4, 9), HN_GO_ON); // where nobody else has been
    // What counts is the best so far.
    t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 0.3), HN_GO_ON);
    EXPECT(desk_report(&d, t, 2, 7), HN_GO_ON);
    desk_free(&d);
}

static void percentiles_lie_between_neighbours(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        bool maximize;
        double limit; // of 10, 20, 30, 40, 50
    } rows[] = {
        {"{\"grace\":0,\"n_startup\":5,\"percentile\":0}", false, 10},
        {"{\"grace\":0,\"n_startup\":5,\"percentile\":100}", false, 50},
        {"{\"grace\":0,\"n_startup\":5,\"percentile\":25}", false, 20},
        {"{\"grace\":0,\"n_startup\":5,\"percentile\":30}", false, 22},
        {"{\"grace\":0,\"n_startup\":5,\"percentile\":62.5}", false, 35},
        {"{\"grace\":0,\"n_startup\":5,\"percentile\":0}", true, 50},
        {"{\"grace\":0,\"n_startup\":5,\"percentile\":30}", true, 38},
        {"{\"grace\":0,\"n_startup\":5,\"percentile\":100}", true, 10},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        desk d = desk_of("percentile", rows[i].options, desk_world(rows[i].maximize, 0));
        double sign = rows[i].maximize ? -1 : 1;
        for (int v = 5; v > 0; v--)
            CURVE(&d, 10.0 * v);
        EXPECT(desk_report(&d, desk_start(&d), 1, rows[i].limit - sign * 0.01), HN_GO_ON);
        EXPECT(desk_report(&d, desk_start(&d), 1, rows[i].limit + sign * 0.01), HN_STOP);
        desk_free(&d);
    }
}

static void warm_up_interval_and_enough_others(void **state)
{
    (void)state;
    desk d = desk_new("median", "{\"grace\":0,\"n_startup\":1,\"n_warmup\":2,\"interval\":3}");
    CURVE(&d, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 9), HN_GO_ON);
    EXPECT(desk_report(&d, t, 2, 9), HN_STOP); // the first of 2, 3, 4
    EXPECT(desk_report(&d, t, 3, 9), HN_GO_ON);
    EXPECT(desk_report(&d, t, 4, 9), HN_GO_ON);
    EXPECT(desk_report(&d, t, 6, 9), HN_STOP); // the first of 5, 6, 7, late
    EXPECT(desk_report(&d, t, 7, 9), HN_GO_ON);
    EXPECT(desk_report(&d, t, 8, 9), HN_STOP);
    desk_free(&d);

    d = desk_new("median", "{\"grace\":0,\"n_startup\":1,\"n_min_trials\":2}");
    CURVE(&d, 1, 1);
    CURVE(&d, 1);
    t = desk_start(&d);
    EXPECT(desk_report(&d, t, 2, 9), HN_GO_ON); // one has been there
    EXPECT(desk_report(&d, t, 1, 9), HN_GO_ON); // it stands at 2
    t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 9), HN_STOP);
    desk_free(&d);
}

static void nothing_is_stopped_in_the_grace(void **state)
{
    (void)state;
    desk d = desk_new("median", "{\"n_startup\":1,\"grace\":0.25}");
    uint32_t longer = desk_start(&d);
    for (int step = 1; step <= 16; step++)
        (void)desk_report(&d, longer, step, 1);
    CURVE(&d, 1, 1, 1, 1, 1, 1, 1, 1);
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 9), HN_GO_ON);
    EXPECT(desk_report(&d, t, 2, 9), HN_STOP); // a quarter of eight
    desk_tell(&d, longer, HONE_STATE_COMPLETE);
    EXPECT(desk_report(&d, t, 3, 9), HN_GO_ON); // of sixteen
    EXPECT(desk_report(&d, t, 4, 9), HN_STOP);
    desk_exclude(&d, longer, true);
    EXPECT(desk_report(&d, desk_start(&d), 2, 9), HN_STOP);
    desk_free(&d);
}

static void what_is_no_number(void **state)
{
    (void)state;
    desk d = desk_new("median", "{\"grace\":0,\"n_startup\":2}");
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, NAN), HN_GO_ON); // nothing is complete yet
    CURVE(&d, 1.0, NAN, NAN);
    CURVE(&d, 3.0, 5.0, NAN);
    EXPECT(desk_report(&d, t, 2, NAN), HN_STOP); // it has never said a number
    EXPECT(desk_report(&d, t, 2, 5), HN_GO_ON);  // and now it has: 5 at step 2 is the only one
    EXPECT(desk_report(&d, t, 2, NAN), HN_GO_ON);
    t = desk_start(&d);
    EXPECT(desk_report(&d, t, 2, 5.5), HN_STOP);
    EXPECT(desk_report(&d, t, 3, 9), HN_GO_ON); // all others are NaN there
    t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, INFINITY), HN_STOP);
    EXPECT(desk_report(&d, t, NAN, -9), HN_STOP); // no step: not seen, it stands as it stood
    EXPECT(desk_report(&d, t, INFINITY, -9), HN_STOP);
    EXPECT(desk_report(&d, t, 1, -INFINITY), HN_GO_ON);
    // A report of another metric is none of this one.
    t = desk_start(&d);
    EXPECT(desk_report_as(&d, t, 1, NAN, 2), HN_GO_ON);
    EXPECT(desk_report_as(&d, t, 1, 99, 2), HN_GO_ON);
    EXPECT(desk_report_as(&d, t, 1, 99, 3), HN_STOP);
    desk_free(&d);
}

static void steps_of_any_kind(void **state)
{
    (void)state;
    desk d = desk_new("median", "{\"grace\":0,\"n_startup\":1}");
    uint32_t done = desk_start(&d);
    (void)desk_report(&d, done, 0.75, 3);
    (void)desk_report(&d, done, 0.25, 1); // out of order
    (void)desk_report(&d, done, -0.0, 5);
    (void)desk_report(&d, done, 0.75, 2); // again: the last one counts
    desk_tell(&d, done, HONE_STATE_COMPLETE);
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 0, 5), HN_GO_ON);
    EXPECT(desk_report(&d, t, 0.25, 5), HN_STOP);
    EXPECT(desk_report(&d, t, 0.5, 5), HN_GO_ON); // nobody was there
    EXPECT(desk_report(&d, t, 0.75, 2.5), HN_STOP);
    EXPECT(desk_report(&d, t, 0.25, 2), HN_GO_ON); // late, and its best counts at 0.75
    t = desk_start(&d);
    EXPECT(desk_report(&d, t, -1, 99), HN_GO_ON); // before the warm-up, which ends at 0
    EXPECT(desk_report(&d, t, 0, 99), HN_STOP);
    desk_free(&d);
}

static void who_is_compared(void **state)
{
    (void)state;
    desk d = desk_new("median", "{\"grace\":0,\"n_startup\":1}");
    uint32_t good = CURVE(&d, 1);
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 2), HN_STOP);
    desk_exclude(&d, good, true);
    EXPECT(desk_report(&d, t, 1, 2), HN_GO_ON);
    CURVE(&d, 3);
    EXPECT(desk_report(&d, t, 1, 2), HN_GO_ON);
    desk_exclude(&d, good, false);
    EXPECT(desk_report(&d, t, 1, 2), HN_GO_ON); // the median of 1 and 3
    EXPECT(desk_report(&d, desk_start(&d), 1, 2.1), HN_STOP);
    // A lost trial that runs again is one trial, and its best is that of both attempts.
    t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 1.5), HN_GO_ON);
    hn_event event = desk_event(&d, HN_EV_REQUEUED, t);
    desk_append(&d, &event);
    event = desk_event(&d, HN_EV_STARTED, t);
    event.epoch++;
    desk_append(&d, &event);
    EXPECT(desk_report(&d, t, 1, 9), HN_GO_ON);
    desk_exclude(&d, t, true); // what is excluded is not judged
    EXPECT(desk_report(&d, t, 2, 99), HN_GO_ON);
    desk_free(&d);
}

// With a lag a trial is compared with those that its suggestion could see.
static void a_lag_hides_what_came_later(void **state)
{
    (void)state;
    desk d = desk_of("median", "{\"grace\":0,\"n_startup\":2}", desk_world(false, 2));
    uint32_t a = desk_start(&d), b = desk_start(&d);
    for (uint32_t i = 0; i < 2; i++)
        (void)desk_report(&d, i, 1, i ? 4 : 2);
    desk_tell(&d, a, HONE_STATE_COMPLETE);
    uint32_t c = desk_start(&d); // number 2 sees trial 0 alone
    desk_tell(&d, b, HONE_STATE_COMPLETE);
    EXPECT(desk_report(&d, c, 1, 99), HN_GO_ON); // one complete trial
    uint32_t e = desk_start(&d);                 // number 3 sees 0 and 1: the median is 3
    EXPECT(desk_report(&d, e, 1, 3), HN_GO_ON);
    desk_tell(&d, c, HONE_STATE_COMPLETE); // with its 99, which 3 must not see
    EXPECT(desk_report(&d, e, 1, 3), HN_GO_ON);
    desk_tell(&d, e, HONE_STATE_COMPLETE);
    uint32_t f = desk_start(&d); // number 4 sees 0, 1, 2: the median is 4
    EXPECT(desk_report(&d, f, 1, 4), HN_GO_ON);
    uint32_t g = desk_start(&d); // number 5 sees 3 as well: the median is 3.5
    EXPECT(desk_report(&d, g, 1, 3.6), HN_STOP);
    desk_free(&d);
}

static void a_lag_hides_longer_training(void **state)
{
    (void)state;
    desk d = desk_of("median", "{\"n_startup\":1,\"grace\":0.5}", desk_world(false, 1));
    CURVE(&d, 1, 1, 1, 1);
    uint32_t t = desk_start(&d); // number 1 sees number 0: half of four
    EXPECT(desk_report(&d, t, 1, 9), HN_GO_ON);
    EXPECT(desk_report(&d, t, 2, 9), HN_STOP);
    desk_tell(&d, t, HONE_STATE_PRUNED);
    CURVE(&d, 1, 1, 1, 1, 1, 1, 1, 1); // number 2
    t = desk_start(&d);                // number 3 sees it
    EXPECT(desk_report(&d, t, 3, 9), HN_GO_ON);
    EXPECT(desk_report(&d, t, 4, 9), HN_STOP);
    desk_free(&d);
}

static void what_is_refused(void **state)
{
    (void)state;
    char *json = space_json((const char *const[]){"x=0..1", NULL});
    world *w = world_new(json, 1, 2, WORLD_PLAIN);
    hone_free(json);
    scheduler_in_use s;
    hone_error err = HONE_ERROR_INIT;
    const hn_scheduler_class *class = scheduler_named("percentile");
    assert_int_equal(scheduler_begin(&s, class, "{}", &w->fold, &err), HONE_EUNSUPPORTED);
    assert_string_equal(err.text, "scheduler percentile compares one metric, the study has 2 "
                                  "objectives: choose one by its option metric");
    assert_int_equal(scheduler_begin(&s, class, "{\"metric\":\"ac\"}", &w->fold, &err),
                     HONE_EINVAL);
    assert_string_equal(
        err.text, "scheduler percentile: the study has no metric \"ac\": did you mean \"acc\"?");
    assert_int_equal(scheduler_begin(&s, class, "{\"metric\":\"acc\"}", &w->fold, &err), HONE_OK);
    scheduler_end(&s);
    world_free(w);
    w = desk_world(false, 0);
    assert_int_equal(scheduler_begin(&s, class, "{\"metric\":\"extra\"}", &w->fold, &err),
                     HONE_EINVAL);
    assert_string_equal(err.text, "scheduler percentile cannot compare \"extra\": it is recorded "
                                  "only, neither minimised nor maximised");
    assert_int_equal(scheduler_begin(&s, class, "{\"percentile\":101}", &w->fold, &err),
                     HONE_EINVAL);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_of_what_is_complete),
        cmocka_unit_test(percentiles_lie_between_neighbours),
        cmocka_unit_test(warm_up_interval_and_enough_others),
        cmocka_unit_test(nothing_is_stopped_in_the_grace),
        cmocka_unit_test(what_is_no_number),
        cmocka_unit_test(steps_of_any_kind),
        cmocka_unit_test(who_is_compared),
        cmocka_unit_test(a_lag_hides_what_came_later),
        cmocka_unit_test(a_lag_hides_longer_training),
        cmocka_unit_test(what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
