// freeze-thaw: slices, and that forecasts decide who goes on, not who is better by now.
#include "unit/schedulers/climb.h"

enum { R = 27 };

// Trains a trial up to its limit by curve(trial, step); tells it or pauses it as it is told.
static void train(desk *d, uint32_t trial, double limit, double (*curve)(uint32_t, double))
{
    double step = d->world->fold.trials.data[trial].step, value = NAN;
    hn_verdict verdict = HN_GO_ON;
    while (step < limit && verdict == HN_GO_ON) {
        value = curve(trial, ++step);
        verdict = desk_report(d, trial, step, value);
    }
    if (verdict == HN_PAUSE) {
        assert_true(step == limit && limit < R);
        climb_pause(d, trial, step);
        return;
    }
    hn_event event = desk_event(d, HN_EV_TOLD, trial);
    event.state = verdict == HN_STOP ? HONE_STATE_PRUNED : HONE_STATE_COMPLETE;
    event.values = (hn_doubles){&value, 1};
    event.present = 1;
    desk_append(d, &event);
}

// A study of `n` trials, one at a time. Returns the steps that it took.
static double run(desk *d, uint32_t n, double (*curve)(uint32_t, double))
{
    const hn_fold *fold = &d->world->fold;
    double steps = 0;
    for (;;) {
        hn_next next = climb_next(d, n);
        double limit = next.resource, from = 0;
        if (next.kind == HN_NEXT_RESUME) {
            from = fold->trials.data[next.trial].step;
            assert_true(limit > from && limit <= R);
            climb_start(d, next.trial, limit);
        } else if (fold->trials.n >= n) {
            return steps;
        } else {
            next.trial = climb_begin(d, &limit);
            assert_true(limit <= 3);
        }
        train(d, next.trial, limit, curve);
        steps += fold->trials.data[next.trial].step - from;
    }
}

static double mixed(uint32_t trial) // 0 … 1, in no order
{
    return (double)((trial * 37 + 11) % 101) / 101;
}

// Every fifth falls slowly and far, the others at once and not so far: they cross half-way.
static double crossing(uint32_t trial, double step)
{
    if (trial % 5 == 3)
        return 0.1 * mixed(trial) + 1.1 * exp(-step / 6);
    return 0.4 + 0.3 * mixed(trial) + 0.2 / step;
}

static void a_slow_starter_wins(void **state)
{
    (void)state;
    enum { N = 40 };
    desk d = desk_new("freeze-thaw", "{\"max_resource\":27,\"interval\":3}");
    double steps = run(&d, N, crossing), best = INFINITY, found = INFINITY;
    const hn_fold *fold = &d.world->fold;
    for (uint32_t t = 0; t < N; t++) {
        best = fmin(best, crossing(t, R));
        if (fold->trials.data[t].state == HONE_STATE_COMPLETE)
            found = fmin(found, crossing(t, R));
        else
            assert_int_equal(fold->trials.data[t].state, HONE_STATE_PAUSED);
    }
    assert_true(found == best);
    assert_true(steps < 0.5 * N * R);
    print_message("%g of %d steps\n", steps, N * R);
    desk_free(&d);
}

// Of two that fall alike the better one goes on, in slices that grow with what has been trained.
static double parallel(uint32_t trial, double step)
{
    return mixed(trial) + 1 / step;
}

static void slices_grow(void **state)
{
    (void)state;
    static const double want[] = {1, 2, 3, 4, 6, 9, 13, 19, 27};
    static const double even[] = {2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 27};
    for (int k = 0; k < 2; k++) {
        desk d = desk_new("freeze-thaw", k ? "{\"max_resource\":27,\"interval\":2,\"growth\":0}"
                                           : "{\"max_resource\":27}");
        double limit;
        uint32_t trial = climb_begin(&d, &limit);
        for (size_t i = 0;; i++) {
            assert_true(limit == (k ? even[i] : want[i]));
            train(&d, trial, limit, parallel);
            if (limit == R)
                break;
            hn_next next = climb_next(&d, 1); // no other may begin
            assert_int_equal(next.kind, HN_NEXT_RESUME);
            limit = next.resource;
            climb_start(&d, trial, limit);
        }
        assert_int_equal(d.world->fold.trials.data[trial].state, HONE_STATE_COMPLETE);
        desk_free(&d);
    }
}

// With more paused trials than the basket holds the best is found all the same.
static void a_small_basket(void **state)
{
    (void)state;
    desk d = desk_new("freeze-thaw", "{\"max_resource\":27,\"basket\":3}");
    (void)run(&d, 60, parallel);
    uint32_t best = 0;
    for (uint32_t t = 0; t < 60; t++)
        best = mixed(t) < mixed(best) ? t : best;
    assert_int_equal(d.world->fold.trials.data[best].state, HONE_STATE_COMPLETE);
    desk_free(&d);
}

static double falls_silent(uint32_t trial, double step)
{
    return trial == 1 && step >= 2 ? NAN : parallel(trial, step);
}

// Of many that fall alike the one whose steps take a hundredth of the time of the others' goes on,
// where steps are what counts the best.
static void what_is_cheap_goes_on(void **state)
{
    (void)state;
    enum { N = 12, CHEAP = 7 };
    for (int by_steps = 0; by_steps < 2; by_steps++) {
        desk d = desk_new("freeze-thaw",
                          by_steps ? "{\"max_resource\":27,\"finish\":0}"
                                   : "{\"max_resource\":27,\"finish\":0,\"cost\":\"time\"}");
        d.now_us = 1000000;
        for (uint32_t t = 0; t < N; t++) {
            double limit;
            (void)climb_begin(&d, &limit);
            for (int step = 1; step <= 4; step++) {
                d.now_us += t == CHEAP ? 10000 : 1000000;
                (void)desk_report(&d, t, step, 1 + 0.001 * t + 1.0 / step);
            }
            climb_pause(&d, t, 4);
        }
        hn_next next = climb_next(&d, N);
        assert_int_equal(next.kind, HN_NEXT_RESUME);
        assert_int_equal(next.trial, by_steps ? 0 : CHEAP);
        desk_free(&d);
    }
}

// One that is foretold to be the best goes on at the end, however cheap those are that are not.
static void cheap_ones_without_a_chance_end_nothing(void **state)
{
    (void)state;
    desk d = desk_new("freeze-thaw", "{\"max_resource\":27,\"cost\":\"time\"}");
    double limit;
    d.now_us = 1000000;
    (void)run(&d, 1, parallel); // complete
    for (uint32_t t = 1; t < 12; t++) {
        (void)climb_begin(&d, &limit);
        for (int step = 1; step <= 4; step++) {
            d.now_us += t == 1 ? 100000000 : 1;
            double value = t == 1 ? 1 - 0.23 * step : 1 + 0.01 * step;
            (void)desk_report(&d, t, step, value);
        }
        climb_pause(&d, t, 4);
    }
    hn_next next = climb_next(&d, 12);
    assert_int_equal(next.kind, HN_NEXT_RESUME);
    assert_int_equal(next.trial, 1);
    desk_free(&d);
}

// Where all trials are good somebody comes to an end long before all have begun.
static double all_good(uint32_t trial, double step)
{
    return 1e-3 * mixed(trial) + 1 / step;
}

static uint32_t begun_before_one_ends(const char *options)
{
    enum { N = 200 };
    desk d = desk_new("freeze-thaw", options);
    const hn_fold *fold = &d.world->fold;
    while (fold->n_state[HONE_STATE_COMPLETE] == 0) {
        hn_next next = climb_next(&d, N);
        double limit = next.resource;
        if (next.kind == HN_NEXT_RESUME)
            climb_start(&d, next.trial, limit);
        else
            next.trial = climb_begin(&d, &limit);
        train(&d, next.trial, limit, all_good);
    }
    uint32_t n = (uint32_t)fold->trials.n;
    desk_free(&d);
    return n;
}

static void somebody_finishes(void **state)
{
    (void)state;
    uint32_t with = begun_before_one_ends("{\"max_resource\":27}");
    uint32_t without = begun_before_one_ends("{\"max_resource\":27,\"finish\":0}");
    print_message("%u trials begun, without `finish` %u\n", with, without);
    assert_true(with <= 60 && without >= 2 * with);
}

// Where trials begin anew those that go on do so to the end; who keeps a checkpoint now and then
// loses some steps, and does not begin anew.
static void nobody_keeps_checkpoints(void **state)
{
    (void)state;
    for (int back_to = 1; back_to <= 3; back_to++) {
        desk d = desk_new("freeze-thaw", "{\"max_resource\":27}");
        double limit;
        for (uint32_t t = 0; t < 3; t++) {
            (void)climb_begin(&d, &limit);
            train(&d, t, limit, parallel);
            climb_start(&d, t, 3);
            (void)desk_report(&d, t, 1, parallel(t, 1)); // once more: it says nothing
            (void)desk_report(&d, t, 2, parallel(t, 2));
            (void)desk_report(&d, t, 3, parallel(t, 3));
            climb_pause(&d, t, 3);
        }
        assert_true(climb_next(&d, 3).resource == 4);
        climb_start(&d, 1, 4);
        for (int step = back_to; step <= 4; step++)
            (void)desk_report(&d, 1, step, parallel(1, step));
        climb_pause(&d, 1, 4);
        hn_next next = climb_next(&d, 3);
        assert_int_equal(next.kind, HN_NEXT_RESUME);
        assert_true(back_to == 1 ? next.resource == R : next.resource < R);
        desk_free(&d);
    }
}

static void what_is_no_number_is_stopped(void **state)
{
    (void)state;
    desk d = desk_new("freeze-thaw", "{\"max_resource\":27,\"interval\":2}");
    for (uint32_t t = 0; t < 3; t++) {
        double limit;
        (void)climb_begin(&d, &limit);
        train(&d, t, limit, falls_silent);
        assert_int_equal(d.world->fold.trials.data[t].state,
                         t == 1 ? HONE_STATE_PRUNED : HONE_STATE_PAUSED);
    }
    desk_free(&d);
}

static void what_is_said(void **state)
{
    (void)state;
    desk d = desk_new("freeze-thaw", "{\"max_resource\":27}");
    double limit;
    uint32_t one = climb_begin(&d, &limit);
    climb_assert_said(&d, one, "");
    train(&d, one, 1, parallel);
    climb_assert_said(&d, one, "paused at 1: one value foretells nothing yet");
    climb_start(&d, one, 8);
    train(&d, one, 8, parallel);
    char *said = climb_explain(&d, one);
    assert_memory_equal(said, "paused at 8: foretold to end at 0.1", 35);
    assert_non_null(strstr(said, ", passes 0.233911 with probability 0.7"));
    hn_free(said);
    climb_start(&d, one, 10);
    said = climb_explain(&d, one);
    assert_memory_equal(said, "went on from 8: foretold", 24);
    hn_free(said);
    desk_free(&d);
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        uint32_t lag;
        bool several;
        hone_status status;
        const char *text;
    } cases[] = {
        {"{}", 0, false, HONE_EINVAL,
         "freeze-thaw hands out the resource: give it max_resource, the last step of a whole "
         "training"},
        {"{\"max_resource\":9,\"interval\":9}", 0, false, HONE_EINVAL,
         "option \"interval\" of freeze-thaw is 9: it must be below \"max_resource\", 9"},
        {"{\"max_resource\":9}", 2, false, HONE_EUNSUPPORTED,
         "freeze-thaw chooses among what has paused by then, which a deterministic study cannot "
         "allow: use curve, which stops by the same forecasts"},
        {"{\"max_resource\":9}", 0, true, HONE_EUNSUPPORTED,
         "scheduler freeze-thaw compares one metric, the study has 2 objectives: choose one by its "
         "option metric"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world *w = cases[i].several ? desk_world_of(false, DESK_TWO, "", 0)
                                    : desk_world(false, cases[i].lag);
        scheduler_in_use s;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(
            scheduler_begin(&s, scheduler_named("freeze-thaw"), cases[i].options, &w->fold, &err),
            cases[i].status);
        assert_string_equal(err.text, cases[i].text);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_starter_wins),
        cmocka_unit_test(slices_grow),
        cmocka_unit_test(a_small_basket),
        cmocka_unit_test(somebody_finishes),
        cmocka_unit_test(nobody_keeps_checkpoints),
        cmocka_unit_test(what_is_no_number_is_stopped),
        cmocka_unit_test(what_is_cheap_goes_on),
        cmocka_unit_test(cheap_ones_without_a_chance_end_nothing),
        cmocka_unit_test(what_is_said),
        cmocka_unit_test(what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
