// Successive halving: rungs, cuts, promotion; by hand, and beside the textbook.
#include "contract/schedulers/desk.h"

#include <stdlib.h>

#define EXPECT(verdict, want) assert_int_equal((verdict), (want))

static void one_in_eta_goes_on(void **state)
{
    (void)state;
    static const struct {
        double value;
        hn_verdict want;
    } rows[] = {
        // The first one is the best so far; then only what beats it, or is as good.
        {5, HN_GO_ON},
        {6, HN_STOP},
        {4, HN_GO_ON},
        {4.5, HN_STOP},
        {4, HN_GO_ON},
        // Of six two go on, and both have 4; of eight as well, and of nine three.
        {4.2, HN_STOP},
        {3, HN_GO_ON},
        {3.5, HN_GO_ON},
        {4, HN_GO_ON},
        {4.1, HN_STOP},
        {NAN, HN_STOP},
    };
    for (int maximize = 0; maximize < 2; maximize++) {
        desk d = desk_of("asha", "{\"n_startup\":0,\"min_resource\":2,\"max_resource\":100}",
                         desk_world(maximize, 0));
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            uint32_t t = desk_start(&d);
            double sign = maximize ? -1 : 1;
            EXPECT(desk_report(&d, t, 1, 99 * sign), HN_GO_ON); // below the first rung
            EXPECT(desk_report(&d, t, 2, rows[i].value * sign), rows[i].want);
            EXPECT(desk_report(&d, t, 3, 0), rows[i].want); // a verdict stays
        }
        desk_free(&d);
    }
}

static void rungs_of_a_known_length(void **state)
{
    (void)state;
    // Rungs at 1, 3, 9; 27 is the end and judges nobody.
    desk d = desk_new("asha", "{\"n_startup\":0,\"min_resource\":1,\"max_resource\":27}");
    uint32_t best = desk_start(&d);
    for (int step = 1; step <= 27; step++)
        EXPECT(desk_report(&d, best, step, 1), HN_GO_ON);
    static const double rungs[] = {1, 3, 9};
    for (int k = 0; k < 3; k++) {
        uint32_t t = desk_start(&d);
        EXPECT(desk_report(&d, t, rungs[k] - 0.5, 2), k == 0 ? HN_GO_ON : HN_STOP);
        EXPECT(desk_report(&d, t, rungs[k] + 0.5, 2), HN_STOP); // passed by: reached
    }
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 10, 1), HN_GO_ON); // three rungs by one report
    EXPECT(desk_report(&d, t, 27, 99), HN_GO_ON);
    desk_free(&d);
}

static void the_length_is_learnt(void **state)
{
    (void)state;
    desk d = desk_new("asha", "{\"n_startup\":0}"); // r = R / 9
    uint32_t bad = desk_start(&d), worse = desk_start(&d), good = desk_start(&d);
    for (int step = 1; step <= 20; step++) {
        EXPECT(desk_report(&d, good, step, 1), HN_GO_ON);
        EXPECT(desk_report(&d, bad, step, 5), HN_GO_ON); // nobody knows how long it takes
    }
    for (int step = 21; step <= 36; step++)
        EXPECT(desk_report(&d, good, step, 1), HN_GO_ON);
    EXPECT(desk_report(&d, worse, 3, 9), HN_GO_ON);
    desk_tell(&d, good, HONE_STATE_COMPLETE); // R is 36: rungs at 4 and 12
    EXPECT(desk_report(&d, bad, 21, 5), HN_STOP);
    EXPECT(desk_report(&d, worse, 4, 9), HN_STOP);
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 4, 0.5), HN_GO_ON);
    // A longer one moves the rungs: 10 and 30. What was shown there counts.
    uint32_t longer = desk_start(&d);
    for (int step = 1; step <= 90; step++)
        EXPECT(desk_report(&d, longer, step, 0.1), HN_GO_ON);
    desk_tell(&d, longer, HONE_STATE_COMPLETE);
    EXPECT(desk_report(&d, t, 9, 0.5), HN_GO_ON);
    EXPECT(desk_report(&d, t, 10, 0.5), HN_STOP); // good, longer and bad have been at 10
    desk_exclude(&d, longer, true);               // back to 4 and 12
    EXPECT(desk_report(&d, t, 11, 0.5), HN_GO_ON);
    desk_free(&d);
}

static void a_given_length_is_judged_from_the_first_report(void **state)
{
    (void)state;
    // Rungs at 2, 6 and 18, and nobody is free.
    desk d = desk_new("asha", "{\"max_resource\":54}");
    uint32_t good = desk_start(&d), bad = desk_start(&d);
    EXPECT(desk_report(&d, good, 2, 1), HN_GO_ON);
    EXPECT(desk_report(&d, bad, 1, 2), HN_GO_ON);
    EXPECT(desk_report(&d, bad, 2, 2), HN_STOP);
    desk_free(&d);
    // Of whole steps the first is the earliest rung: 1, not also a third, and 3. Of four there the
    // best goes on, not the best third of the best third.
    d = desk_new("asha", "{\"max_resource\":9}");
    for (int i = 0; i < 6; i++)
        EXPECT(desk_report(&d, desk_start(&d), 1, i), i == 0 ? HN_GO_ON : HN_STOP);
    EXPECT(desk_report(&d, desk_start(&d), 1, 0.5), HN_GO_ON); // of seven the second
    desk_free(&d);
    // Shares of the data are not counted.
    d = desk_new("asha", "{\"max_resource\":1}");
    EXPECT(desk_report(&d, desk_start(&d), 0.03, 1), HN_GO_ON);
    EXPECT(desk_report(&d, desk_start(&d), 0.03, 2), HN_GO_ON);
    EXPECT(desk_report(&d, 0, 0.04, 1), HN_GO_ON);
    EXPECT(desk_report(&d, 1, 0.04, 2), HN_STOP);
    desk_free(&d);
    // A length that is learnt may grow: rungs at 6 and 18, and ten are free.
    d = desk_new("asha", "{}");
    for (int i = 0; i < 11; i++)
        desk_start(&d);
    EXPECT(desk_report(&d, 0, 54, 1), HN_GO_ON);
    desk_tell(&d, 0, HONE_STATE_COMPLETE);
    for (uint32_t t = 1; t < 11; t++) {
        EXPECT(desk_report(&d, t, 2, t), HN_GO_ON);
        EXPECT(desk_report(&d, t, 6, t + 1), t < 10 ? HN_GO_ON : HN_STOP);
    }
    desk_free(&d);
}

static void what_counts_at_a_rung(void **state)
{
    (void)state;
    for (int last = 0; last < 2; last++) {
        desk d = desk_new("asha", last ? "{\"min_resource\":3,\"n_startup\":0,\"value\":\"last\"}"
                                       : "{\"min_resource\":3,\"n_startup\":0}");
        uint32_t a = desk_start(&d), b = desk_start(&d), c = desk_start(&d);
        EXPECT(desk_report(&d, a, 3, 2), HN_GO_ON);
        EXPECT(desk_report(&d, b, 2, 1), HN_GO_ON);
        EXPECT(desk_report(&d, b, 3, 3), last ? HN_STOP : HN_GO_ON); // its best is 1
        EXPECT(desk_report(&d, c, 2, 0), HN_GO_ON);
        EXPECT(desk_report(&d, c, 3, NAN), HN_STOP);
        desk_free(&d);
    }
    // The first ones at each rung all go on.
    desk d = desk_new("asha", "{\"min_resource\":1,\"n_startup\":3}");
    for (int i = 0; i < 5; i++)
        EXPECT(desk_report(&d, desk_start(&d), 1, i), i < 3 ? HN_GO_ON : HN_STOP);
    EXPECT(desk_report(&d, 2, 3, 9), HN_GO_ON);
    EXPECT(desk_report(&d, 1, 3, 8), HN_GO_ON);
    desk_free(&d);
}

static void a_kill_between_report_and_end(void **state)
{
    (void)state;
    desk d = desk_new("asha", "{\"n_startup\":0,\"min_resource\":1,\"max_resource\":9}");
    EXPECT(desk_report(&d, desk_start(&d), 1, 1), HN_GO_ON);
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, 2), HN_STOP);
    hn_event event = desk_event(&d, HN_EV_REQUEUED, t);
    desk_append(&d, &event);
    event = desk_event(&d, HN_EV_STARTED, t);
    event.epoch++;
    desk_append(&d, &event);
    EXPECT(desk_report(&d, t, 1, 2), HN_STOP); // the new attempt is stopped as the old one was
    desk_free(&d);
}

static void brackets_begin_later(void **state)
{
    (void)state;
    desk d =
        desk_new("asha", "{\"n_startup\":0,\"min_resource\":1,\"max_resource\":27,\"brackets\":3}");
    uint32_t n_at[28] = {0}, n_good = 40, n_bad = 400;
    for (uint32_t i = 0; i < n_good + n_bad; i++) {
        uint32_t t = desk_start(&d);
        for (int step = 1; step <= 27; step++) {
            double value = i < n_good ? -(double)i : i; // ever better, then ever worse
            if (desk_report(&d, t, step, value) == HN_STOP) {
                assert_true(i >= n_good);
                n_at[step]++;
                break;
            }
        }
    }
    // Shares as η^s / (s + 1), s = 2, 1, 0: 3, 1.5 and 1 of 5.5.
    assert_int_equal(n_at[1] + n_at[3] + n_at[9], n_bad);
    assert_true(n_at[1] > 180 && n_at[1] < 255);
    assert_true(n_at[3] > 75 && n_at[3] < 145);
    assert_true(n_at[9] > 45 && n_at[9] < 105);
    desk_free(&d);
}

// With a lag a trial is compared with those that its suggestion could see.
static void a_lag_hides_what_came_later(void **state)
{
    (void)state;
    desk d = desk_of("asha", "{\"n_startup\":0,\"min_resource\":1,\"max_resource\":9}",
                     desk_world(false, 2));
    uint32_t a = desk_start(&d), b = desk_start(&d);
    EXPECT(desk_report(&d, b, 1, 1), HN_GO_ON);
    EXPECT(desk_report(&d, a, 1, 9), HN_GO_ON); // neither may see the other
    desk_tell(&d, a, HONE_STATE_COMPLETE);
    uint32_t c = desk_start(&d); // sees a alone, whether b has come or not
    EXPECT(desk_report(&d, c, 1, 5), HN_GO_ON);
    desk_tell(&d, b, HONE_STATE_COMPLETE);
    uint32_t e = desk_start(&d); // sees a and b
    EXPECT(desk_report(&d, e, 1, 2), HN_STOP);
    desk_free(&d);
    world *w = desk_world(false, 2);
    scheduler_in_use s;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(scheduler_begin(&s, scheduler_named("asha"), "{}", &w->fold, &err),
                     HONE_EUNSUPPORTED);
    assert_string_equal(err.text, "asha learns how long training is from whoever completes first: "
                                  "in a deterministic study give it max_resource");
    assert_int_equal(scheduler_begin(&s, scheduler_named("asha"),
                                     "{\"variant\":\"pause\",\"max_resource\":9}", &w->fold, &err),
                     HONE_EUNSUPPORTED);
    world_free(w);
}

static void what_is_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"min_resource\":9,\"max_resource\":9}",
         "option \"min_resource\" of asha is 9: it must be below \"max_resource\", 9"},
        {"{\"variant\":\"pause\"}", "asha with variant=pause hands out the resource: give it "
                                    "max_resource, the last step of a whole training"},
        {"{\"eta\":1}", "option \"eta\" of asha is 1: it must lie in 1.5..100"},
    };
    world *w = desk_world(false, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scheduler_in_use s;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(scheduler_begin(&s, scheduler_named("asha"), rows[i][0], &w->fold, &err),
                         HONE_EINVAL);
        assert_string_equal(err.text, rows[i][1]);
    }
    world_free(w);
}

// --- variant=pause ---

static hn_next desk_next(desk *d, int64_t n_trials)
{
    hn_next out = {HN_NEXT_DONE, 0, 0};
    hn_view view = scheduler_view(&d->scheduler, &d->world->fold, UINT32_MAX - 1);
    d->scheduler.problem->n_trials = n_trials;
    assert_int_equal(d->scheduler.class->next(d->scheduler.state, &view, &out, NULL), HONE_OK);
    return out;
}

static void start_with(desk *d, uint32_t trial, double resource)
{
    hn_event event = desk_event(d, HN_EV_STARTED, trial);
    event.epoch++;
    event.resource = resource;
    desk_append(d, &event);
}

static void pause_at(desk *d, uint32_t trial, double step)
{
    hn_event event = desk_event(d, HN_EV_PAUSED, trial);
    event.step = step;
    desk_append(d, &event);
}

static double first_of(const desk *d, uint32_t trial)
{
    double out = -1;
    hn_view view = scheduler_view(&d->scheduler, &d->world->fold, trial);
    assert_int_equal(d->scheduler.class->resource(d->scheduler.state, &view, trial, &out, NULL),
                     HONE_OK);
    return out;
}

static void paused_trials_are_promoted(void **state)
{
    (void)state;
    desk d = desk_new("asha", "{\"variant\":\"pause\",\"min_resource\":2,\"max_resource\":12}");
    static const double values[] = {3, 1, 2, 5, 4, 0.5};
    for (uint32_t i = 0; i < 6; i++) {
        // After 3 of them the best one is due, after 6 the best two.
        if (i == 3) {
            hn_next next = desk_next(&d, 100);
            assert_true(next.kind == HN_NEXT_RESUME && next.trial == 1 && next.resource == 6);
            start_with(&d, 1, 6);
        }
        assert_int_equal(desk_next(&d, 100).kind, HN_NEXT_NEW);
        uint32_t t = desk_start(&d);
        assert_true(first_of(&d, t) == 2);
        EXPECT(desk_report(&d, t, 1, 9), HN_GO_ON);
        EXPECT(desk_report(&d, t, 2, values[i]), HN_PAUSE); // always
        EXPECT(desk_report(&d, t, 3, 9), HN_PAUSE);         // it has not heard yet
        if (i == 5) // the best is due, and has yet to end: the one before it has gone on
            assert_int_equal(desk_next(&d, 100).kind, HN_NEXT_NEW);
        pause_at(&d, t, 3);
    }
    hn_next next = desk_next(&d, 100); // 0.5; and 1, which has gone on already
    assert_true(next.kind == HN_NEXT_RESUME && next.trial == 5 && next.resource == 6);
    start_with(&d, 5, 6);
    assert_int_equal(desk_next(&d, 100).kind, HN_NEXT_NEW);
    EXPECT(desk_report(&d, 5, 4, 0.5), HN_GO_ON);
    EXPECT(desk_report(&d, 5, 6, 0.4), HN_PAUSE);
    pause_at(&d, 5, 6);
    EXPECT(desk_report(&d, 1, 6, 0.9), HN_PAUSE);
    pause_at(&d, 1, 6);
    assert_int_equal(desk_next(&d, 100).kind, HN_NEXT_NEW); // two at the rung: not one in three
    // With all intended trials begun the best of the upper rung has to finish, up to R itself.
    next = desk_next(&d, 6);
    assert_true(next.kind == HN_NEXT_RESUME && next.trial == 5 && next.resource == 12);
    start_with(&d, 5, 12);
    EXPECT(desk_report(&d, 5, 11, 9), HN_GO_ON);
    EXPECT(desk_report(&d, 5, 12, 9), HN_GO_ON);
    desk_tell(&d, 5, HONE_STATE_COMPLETE);
    assert_int_equal(desk_next(&d, 6).kind, HN_NEXT_NEW);
    desk_free(&d);
}

// What a trial took is what all of its attempts took; how long it was paused does not count.
static void attempts_before_a_pause_count(void **state)
{
    (void)state;
    desk d = desk_new("asha", "{\"variant\":\"pause\",\"min_resource\":1,\"max_resource\":9}");
    (void)desk_start(&d);
    const hn_trial *row = &d.world->fold.trials.data[0];
    hn_event event = desk_event(&d, HN_EV_REQUEUED, 0); // to be started at a known time
    desk_append(&d, &event);
    event = desk_event(&d, HN_EV_STARTED, 0);
    event.epoch++;
    event.time_us = 1000000;
    desk_append(&d, &event);
    event = desk_event(&d, HN_EV_PAUSED, 0);
    event.time_us = 3000000;
    desk_append(&d, &event);
    assert_int_equal(row->duration_us, 2000000);
    event = desk_event(&d, HN_EV_STARTED, 0);
    event.epoch++;
    event.time_us = 9000000;
    desk_append(&d, &event);
    event = desk_event(&d, HN_EV_TOLD, 0);
    event.state = HONE_STATE_FAILED;
    event.duration_us = 3000000;
    desk_append(&d, &event);
    assert_int_equal(row->duration_us, 5000000);
    event = desk_event(&d, HN_EV_REQUEUED, 0); // to be run again from its beginning
    desk_append(&d, &event);
    assert_int_equal(row->duration_us, 0);
    desk_free(&d);
}

// Each trial is better than all before it: those that went on early keep their places.
static void never_more_than_a_share_goes_on(void **state)
{
    (void)state;
    enum { N = 100 };
    desk d = desk_new("asha", "{\"variant\":\"pause\",\"min_resource\":1,\"max_resource\":9}");
    uint32_t n_up = 0;
    for (uint32_t t = 0; t < N; t++) {
        (void)desk_start(&d);
        EXPECT(desk_report(&d, t, 1, -(double)t), HN_PAUSE);
        pause_at(&d, t, 1);
        for (hn_next next; (next = desk_next(&d, 2 * N)).kind == HN_NEXT_RESUME; n_up++) {
            assert_true(next.resource == 3 && next.trial == t);
            start_with(&d, next.trial, 3);
        }
        assert_int_equal(n_up, (t + 1) / 3);
    }
    desk_free(&d);
}

// What a trial does beyond its rung before it has heard counts once it is promoted, not before.
static void one_rung_an_attempt(void **state)
{
    (void)state;
    desk d = desk_new("asha", "{\"variant\":\"pause\",\"min_resource\":2,\"max_resource\":12}");
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t t = desk_start(&d);
        EXPECT(desk_report(&d, t, 2, i), HN_PAUSE);
        EXPECT(desk_report(&d, t, 7, i), HN_PAUSE);
        pause_at(&d, t, 7);
    }
    hn_next next = desk_next(&d, 100);
    assert_true(next.kind == HN_NEXT_RESUME && next.trial == 0 && next.resource == 6);
    start_with(&d, 0, 6);
    EXPECT(desk_report(&d, 0, 8, 0), HN_PAUSE);
    desk_free(&d);
}

static void nan_does_not_wait_for_promotion(void **state)
{
    (void)state;
    desk d = desk_new("asha", "{\"variant\":\"pause\",\"max_resource\":9}");
    uint32_t t = desk_start(&d);
    EXPECT(desk_report(&d, t, 1, NAN), HN_STOP);
    desk_free(&d);
}

// Whoever fails on its way up gives its place to the next best, up to the end.
static void who_fails_is_replaced(void **state)
{
    (void)state;
    desk d = desk_new("asha", "{\"variant\":\"pause\",\"min_resource\":1,\"max_resource\":3}");
    for (uint32_t t = 0; t < 3; t++) {
        (void)desk_start(&d);
        EXPECT(desk_report(&d, t, 1, t), HN_PAUSE);
        pause_at(&d, t, 1);
    }
    for (uint32_t t = 0; t < 3; t++) {
        hn_next next = desk_next(&d, 3);
        assert_true(next.kind == HN_NEXT_RESUME && next.trial == t && next.resource == 3);
        start_with(&d, t, 3);
        assert_int_equal(desk_next(&d, 3).kind, HN_NEXT_NEW);
        EXPECT(desk_report(&d, t, 2, t), HN_GO_ON);
        desk_tell(&d, t, t < 2 ? HONE_STATE_FAILED : HONE_STATE_COMPLETE);
        if (t == 1) { // what is known anew is the same
            desk_exclude(&d, 0, true);
            desk_exclude(&d, 0, false);
        }
    }
    assert_int_equal(desk_next(&d, 3).kind, HN_NEXT_NEW);
    desk_free(&d);
}

// Sixty-four trials, the best half doubles its resource each time: the table of the books.
static void the_textbook_schedule(void **state)
{
    (void)state;
    enum { N = 64 };
    static const uint32_t want[] = {64, 32, 16, 8, 4, 2, 1};
    desk d = desk_new(
        "asha", "{\"variant\":\"pause\",\"eta\":2,\"min_resource\":100,\"max_resource\":6400}");
    uint32_t n_at[8] = {0};
    double cost = 0;
    for (uint32_t t = 0; t < N; t++) {
        (void)desk_start(&d);
        EXPECT(desk_report(&d, t, 100, (t * 37) % N), HN_PAUSE);
        pause_at(&d, t, 100);
        cost += 100;
        n_at[0]++;
    }
    for (hn_next next; (next = desk_next(&d, N)).kind == HN_NEXT_RESUME;) {
        double had = d.world->fold.trials.data[next.trial].step;
        int k = (int)(log2(next.resource / 100) + 0.5);
        assert_true(next.resource == 2 * had);
        start_with(&d, next.trial, next.resource);
        hn_verdict verdict = desk_report(&d, next.trial, next.resource, (next.trial * 37) % N);
        EXPECT(verdict, next.resource < 6400 ? HN_PAUSE : HN_GO_ON);
        if (verdict == HN_PAUSE)
            pause_at(&d, next.trial, next.resource);
        else
            desk_tell(&d, next.trial, HONE_STATE_COMPLETE);
        cost += next.resource - had;
        n_at[k]++;
    }
    for (int k = 0; k < 7; k++)
        assert_int_equal(n_at[k], want[k]);
    assert_true(cost == 25600);
    assert_int_equal(d.world->fold.trials.data[0].state, HONE_STATE_COMPLETE);
    desk_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_in_eta_goes_on),
        cmocka_unit_test(rungs_of_a_known_length),
        cmocka_unit_test(the_length_is_learnt),
        cmocka_unit_test(a_given_length_is_judged_from_the_first_report),
        cmocka_unit_test(what_counts_at_a_rung),
        cmocka_unit_test(a_kill_between_report_and_end),
        cmocka_unit_test(brackets_begin_later),
        cmocka_unit_test(a_lag_hides_what_came_later),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(paused_trials_are_promoted),
        cmocka_unit_test(attempts_before_a_pause_count),
        cmocka_unit_test(never_more_than_a_share_goes_on),
        cmocka_unit_test(one_rung_an_attempt),
        cmocka_unit_test(nan_does_not_wait_for_promotion),
        cmocka_unit_test(who_fails_is_replaced),
        cmocka_unit_test(the_textbook_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
