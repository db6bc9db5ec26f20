// curve: stops what will hardly pass the best trial, and nothing on less evidence than it asks for.
#include "contract/schedulers/desk.h"

#define EXPECT(verdict, want) assert_int_equal((verdict), (want))

enum { EPOCHS = 40 };

// Falls from 1 above `floor` towards it.
static double loss_at(double floor, double step)
{
    return floor + pow(step, -0.8);
}

static void tell_value(desk *d, uint32_t trial, double value)
{
    hn_event event = desk_event(d, HN_EV_TOLD, trial);
    event.state = HONE_STATE_COMPLETE;
    event.values = (hn_doubles){&value, 1};
    event.present = 1;
    desk_append(d, &event);
}

// Complete trials with these floors; their results are their last values, or their best ones.
static void complete(desk *d, int n, const double *floors, double sign)
{
    for (int i = 0; i < n; i++) {
        uint32_t trial = desk_start(d);
        for (int step = 1; step <= EPOCHS; step++)
            (void)desk_report(d, trial, step, sign * loss_at(floors[i], step));
        tell_value(d, trial, sign * loss_at(floors[i], EPOCHS));
    }
}

static const double floors[] = {0.3, 0.2, 0.6, 0.5, 0.4};

// The step at which a trial is stopped, 0: never.
static int stopped_at(desk *d, double floor, double sign)
{
    uint32_t trial = desk_start(d);
    for (int step = 1; step <= EPOCHS; step++)
        if (desk_report(d, trial, step, sign * loss_at(floor, step)) == HN_STOP)
            return step;
    return 0;
}

static char *why(desk *d, uint32_t trial)
{
    hn_view view = scheduler_view(&d->scheduler, &d->world->fold, trial);
    return d->scheduler.class->explain(d->scheduler.state, &view, trial);
}

static void stops_the_hopeless_alone(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        desk d = desk_of("curve", "{}", desk_world(sign < 0, 0));
        complete(&d, 5, floors, sign);
        int at = stopped_at(&d, 0.9, sign);
        assert_in_range(at, 4, 12);
        char *text = why(&d, (uint32_t)d.world->fold.trials.n - 1);
        assert_non_null(text);
        assert_memory_equal(text, sign > 0 ? "could pass 0.25" : "could pass -0.25", 15);
        assert_non_null(strstr(text, " with probability "));
        hn_free(text);
        assert_int_equal(stopped_at(&d, 0.1, sign), 0); // better than the best
        assert_null(why(&d, (uint32_t)d.world->fold.trials.n - 1));
        assert_true(stopped_at(&d, 0.25, sign) > at); // it takes longer to tell
        desk_free(&d);
    }
}

static void never_on_less_evidence(void **state)
{
    (void)state;
    desk d = desk_new("curve", "{}");
    complete(&d, 4, floors, 1); // one too few
    assert_int_equal(stopped_at(&d, 5, 1), 0);
    desk_free(&d);
    d = desk_new("curve", "{\"n_startup\":1,\"n_min\":9}");
    complete(&d, 1, floors, 1);
    assert_true(stopped_at(&d, 5, 1) >= 9);
    desk_free(&d);
    d = desk_new("curve", "{\"n_startup\":1,\"n_warmup\":20}");
    complete(&d, 1, floors, 1);
    assert_true(stopped_at(&d, 5, 1) >= 20);
    desk_free(&d);
    d = desk_new("curve", "{\"n_startup\":1,\"grace\":0.75}");
    complete(&d, 1, floors, 1);
    assert_true(stopped_at(&d, 5, 1) >= 30);
    desk_free(&d);
    d = desk_new("curve", "{\"n_startup\":1,\"end\":10,\"grace\":1}"); // the end itself is too late
    complete(&d, 1, floors, 1);
    assert_int_equal(stopped_at(&d, 5, 1), 0);
    desk_free(&d);
    d = desk_new("curve", "{\"n_startup\":1,\"probability\":0}");
    complete(&d, 1, floors, 1);
    assert_int_equal(stopped_at(&d, 0.4, 1), 0);
    desk_free(&d);
}

// Judged at 4, 8, 16 and 32 alone, or the first report after them.
static void looks_at_growing_intervals(void **state)
{
    (void)state;
    desk d = desk_new("curve", "{\"n_startup\":1,\"factor\":2,\"n_min\":2}");
    complete(&d, 1, floors, 1);
    uint32_t t = desk_start(&d);
    static const double steps[] = {1, 2, 3, 4, 5, 6, 7, 9, 10, 15, 20, 40};
    static const bool judged[] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        EXPECT(desk_report(&d, t, steps[i], 9 + 1 / steps[i]), judged[i] ? HN_STOP : HN_GO_ON);
    desk_free(&d);
}

// Results that are the best values of their trials: one that was best once goes on.
static void where_the_best_value_counts(void **state)
{
    (void)state;
    for (int best = 0; best <= 1; best++) {
        desk d = desk_new("curve", "{\"n_startup\":1}");
        uint32_t t = desk_start(&d);
        for (int step = 1; step <= EPOCHS; step++)
            (void)desk_report(&d, t, step, step == 30 ? 0.4 : loss_at(0.5, step));
        tell_value(&d, t, best ? 0.4 : loss_at(0.5, EPOCHS));
        t = desk_start(&d);
        for (int step = 1; step < 20; step++)
            (void)desk_report(&d, t, step, step == 2 ? 0.3 : loss_at(2, step));
        EXPECT(desk_report(&d, t, 23, loss_at(2, 23)), best ? HN_GO_ON : HN_STOP);
        desk_free(&d);
    }
}

static void what_has_left_the_numbers_is_stopped(void **state)
{
    (void)state;
    desk d = desk_new("curve", "{\"n_startup\":1,\"factor\":1.01,\"n_min\":3}");
    complete(&d, 1, floors, 1);
    uint32_t t = desk_start(&d);
    for (int step = 1; step <= 6; step++)
        EXPECT(desk_report(&d, t, step, loss_at(0.1, step)), HN_GO_ON);
    EXPECT(desk_report(&d, t, 7, NAN), HN_GO_ON);
    EXPECT(desk_report(&d, t, 8, INFINITY), HN_GO_ON);
    EXPECT(desk_report(&d, t, 9, NAN), HN_STOP);
    char *text = why(&d, t);
    assert_string_equal(text, "its last 3 values are not finite");
    hn_free(text);
    desk_free(&d);
}

// The means over runs are no learning curve.
static void trials_of_several_runs_are_left_alone(void **state)
{
    (void)state;
    for (uint16_t folds = 0; folds <= 3; folds++)
        for (uint16_t repeats = 0; repeats <= 2; repeats++) {
            desk d = desk_new("curve", "{}");
            hn_verdict verdict = HN_GO_ON;
            complete(&d, 5, floors, 1);
            uint32_t t = desk_start(&d);
            d.world->fold.trials.data[t].folds = folds;
            d.world->fold.trials.data[t].repeats = repeats;
            for (int step = 1; step <= EPOCHS && verdict == HN_GO_ON; step++)
                verdict = desk_report(&d, t, step, loss_at(5, step));
            EXPECT(verdict, folds < 2 && repeats < 2 ? HN_STOP : HN_GO_ON);
            char *text = why(&d, t);
            assert_int_equal(text != NULL, verdict == HN_STOP);
            hn_free(text);
            desk_free(&d);
        }
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"{\"probability\":2}", "\"probability\""},
        {"{\"factor\":1}", "\"factor\""},
        {"{\"n_min\":1}", "\"n_min\""},
        {"{\"probabilty\":0.1}", "did you mean \"probability\"?"},
        {"{\"metric\":\"los\"}", "did you mean \"loss\"?"},
        {"{\"metric\":\"extra\"}", "neither minimised nor maximised"},
    };
    world *w = desk_world(false, 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        scheduler_in_use s;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(scheduler_begin(&s, scheduler_named("curve"), wrong[i][0], &w->fold, &err),
                         HONE_EINVAL);
        if (!strstr(err.text, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][0], err.text);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_the_hopeless_alone),
        cmocka_unit_test(never_on_less_evidence),
        cmocka_unit_test(looks_at_growing_intervals),
        cmocka_unit_test(where_the_best_value_counts),
        cmocka_unit_test(what_has_left_the_numbers_is_stopped),
        cmocka_unit_test(trials_of_several_runs_are_left_alone),
        cmocka_unit_test(wrong_options_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
