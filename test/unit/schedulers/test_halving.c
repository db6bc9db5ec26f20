// Halving rung by rung: counts, failures, stragglers, brackets that are not full, Hyperband's
// turns.
#include "unit/schedulers/climb.h"

#define EXPECT(verdict, want) assert_int_equal((verdict), (want))

// --- whole studies ---

typedef struct counts {
    uint32_t at[128]; // trials that came to each resource
    double cost, end;
    uint32_t n_complete;
} counts;

typedef struct place {
    uint32_t trial;
    double step, limit;
} place;

// The next trial that runs when up to `n` are wanted; false: nothing may start.
static bool start_one(desk *d, uint32_t n, place *out)
{
    const uint32_t *n_state = d->world->fold.n_state;
    uint32_t n_begun = n_state[HONE_STATE_COMPLETE] + n_state[HONE_STATE_PRUNED] +
                       n_state[HONE_STATE_RUNNING] + n_state[HONE_STATE_PAUSED];
    hn_next next = climb_next(d, n);
    if (next.kind != HN_NEXT_RESUME && n_begun >= n)
        return false;
    *out = (place){next.trial, 0, next.resource};
    if (next.kind != HN_NEXT_RESUME) {
        out->trial = climb_begin(d, &out->limit);
        return true;
    }
    out->step = d->world->fold.trials.data[next.trial].step;
    climb_start(d, next.trial, next.resource);
    return true;
}

// One step of it; true when it has ended.
static bool one_step(desk *d, place *p, bool (*fails)(uint32_t, double), counts *c)
{
    c->cost++;
    p->step++;
    if (fails && fails(p->trial, p->step)) {
        desk_tell(d, p->trial, HONE_STATE_FAILED);
        return true;
    }
    hn_verdict verdict = desk_report(d, p->trial, p->step, (p->trial * 37) % 101);
    EXPECT(verdict, p->step < p->limit || p->step == c->end ? HN_GO_ON : HN_PAUSE);
    if (p->step < p->limit)
        return false;
    c->at[(int)p->limit]++;
    if (verdict == HN_PAUSE) {
        climb_pause(d, p->trial, p->step);
        return true;
    }
    desk_tell(d, p->trial, HONE_STATE_COMPLETE);
    c->n_complete++;
    return true;
}

// Runs `n` trials to the end, `jobs` at once, each one step a turn.
static counts go(desk *d, double end, uint32_t n, uint32_t jobs, bool (*fails)(uint32_t, double))
{
    counts c = {.end = end};
    place places[16];
    uint32_t n_running = 0;
    for (;;) {
        while (n_running < jobs && start_one(d, n, &places[n_running]))
            n_running++;
        if (n_running == 0)
            return c;
        for (uint32_t i = 0; i < n_running;)
            if (one_step(d, &places[i], fails, &c))
                places[i] = places[--n_running];
            else
                i++;
    }
}

// 64 trials, half of them to twice as much, …: the textbook's numbers, whoever works.
static void the_textbook(void **state)
{
    (void)state;
    for (uint32_t jobs = 1; jobs <= 9; jobs += 4) {
        desk d = desk_new("halving", "{\"min_resource\":1,\"max_resource\":64}");
        counts c = go(&d, 64, 64, jobs, NULL);
        static const uint32_t want[] = {64, 32, 16, 8, 4, 2, 1};
        for (int k = 0; k < 7; k++)
            assert_int_equal(c.at[1 << k], want[k]);
        assert_true(c.cost == 256); // 25,600 iterations by hundreds
        assert_int_equal(c.n_complete, 1);
        assert_int_equal(d.world->fold.trials.data[0].state, HONE_STATE_COMPLETE); // value 0
        assert_int_equal(climb_next(&d, 64).kind, HN_NEXT_NEW);
        desk_free(&d);
    }
    desk d = desk_new("halving", "{}");
    double limit;
    (void)climb_begin(&d, &limit);
    assert_true(limit == 100);
    desk_free(&d);
}

static void hyperband_runs_its_table(void **state)
{
    (void)state;
    for (uint32_t jobs = 1; jobs <= 8; jobs += 7)
        for (int paper = 0; paper < 2; paper++) {
            desk d = desk_new("hyperband", paper ? "{\"max_resource\":27,\"shares\":\"paper\"}"
                                                 : "{\"max_resource\":27}");
            // 27@1 9@3 3@9 1@27 | 12@3 4@9 1@27 | 6@9 2@27 | 4@27; paper: 27, 9, 6, 4.
            counts c = go(&d, 27, paper ? 46 : 49, jobs, NULL);
            assert_int_equal(c.at[1], 27);
            assert_int_equal(c.at[3], paper ? 18 : 21);
            assert_int_equal(c.at[9], paper ? 12 : 13);
            assert_int_equal(c.at[27], 8);
            assert_int_equal(c.n_complete, 8);
            desk_free(&d);
        }
}

static bool some_fail(uint32_t trial, double step)
{
    return (trial % 7 == 3 && step == 1) || (trial == 2 && step == 2) || (trial == 5 && step == 4);
}

// Failures stall nothing, and a rung has as many trials as it should.
static void failures_give_up_their_places(void **state)
{
    (void)state;
    for (uint32_t jobs = 1; jobs <= 8; jobs += 7) {
        desk d = desk_new("halving", "{\"min_resource\":1,\"max_resource\":16}");
        counts c = go(&d, 16, 16, jobs, some_fail);
        static const uint32_t want[] = {8, 4, 2, 1};
        for (int k = 0; k < 4; k++)
            assert_int_equal(c.at[2 << k], want[k]);
        assert_int_equal(c.at[1], 16);
        assert_int_equal(c.n_complete, 1);
        desk_free(&d);
    }
}

static void fewer_trials_than_a_bracket(void **state)
{
    (void)state;
    desk d = desk_new("halving", "{\"min_resource\":1,\"max_resource\":16}");
    counts c = go(&d, 16, 3, 1, NULL); // one has to finish
    for (int k = 0; k < 5; k++)
        assert_int_equal(c.at[1 << k], k == 0 ? 3 : 1);
    desk_free(&d);
    d = desk_new("halving", "{\"min_resource\":1,\"max_resource\":16}");
    c = go(&d, 16, 21, 1, NULL); // the second bracket: 5, 2, 1
    static const uint32_t want[] = {21, 10, 5, 2, 1};
    for (int k = 0; k < 5; k++)
        assert_int_equal(c.at[1 << k], want[k]);
    desk_free(&d);
    d = desk_new("halving", "{\"n\":6,\"min_resource\":1,\"max_resource\":8}");
    c = go(&d, 8, 12, 1, NULL); // twice 6, 3, 1, 1
    static const uint32_t twice[] = {12, 6, 2, 2};
    for (int k = 0; k < 4; k++)
        assert_int_equal(c.at[1 << k], twice[k]);
    desk_free(&d);
}

// --- by hand ---

static uint32_t to_rung(desk *d, double value)
{
    double limit;
    uint32_t t = climb_begin(d, &limit);
    EXPECT(desk_report(d, t, limit, value), HN_PAUSE);
    climb_pause(d, t, limit);
    return t;
}

// While a rung waits for a straggler the next bracket begins.
static void a_straggler_keeps_nobody_idle(void **state)
{
    (void)state;
    double limit;
    desk d = desk_new("halving", "{\"n\":4,\"min_resource\":1,\"max_resource\":4}");
    uint32_t slow = climb_begin(&d, &limit);
    for (uint32_t i = 1; i < 4; i++)
        (void)to_rung(&d, i);
    assert_int_equal(climb_next(&d, 0).kind, HN_NEXT_NEW);
    uint32_t other = to_rung(&d, 0.5); // of the next bracket, and better than all
    assert_int_equal(climb_next(&d, 0).kind, HN_NEXT_NEW);
    EXPECT(desk_report(&d, slow, 1, 2.5), HN_PAUSE);
    climb_pause(&d, slow, 1);
    hn_next next = climb_next(&d, 0);
    assert_true(next.kind == HN_NEXT_RESUME && next.trial == 1 && next.resource == 2);
    climb_start(&d, 1, 2);
    next = climb_next(&d, 0);
    assert_true(next.kind == HN_NEXT_RESUME && next.trial == 2 && next.resource == 2);
    // Trial 1 dies on its way: the next best has its place.
    desk_tell(&d, 1, HONE_STATE_OOM);
    climb_start(&d, 2, 2);
    next = climb_next(&d, 0);
    assert_true(next.kind == HN_NEXT_RESUME && next.trial == slow);
    climb_start(&d, slow, 2);
    assert_int_equal(climb_next(&d, 0).kind, HN_NEXT_NEW);
    assert_int_equal(d.world->fold.trials.data[other].state, HONE_STATE_PAUSED);
    desk_free(&d);
}

// A straggler that fails leaves its place to the first of the next bracket.
static void a_lost_straggler_is_replaced(void **state)
{
    (void)state;
    double limit;
    desk d = desk_new("halving", "{\"n\":4,\"min_resource\":1,\"max_resource\":4}");
    uint32_t slow = climb_begin(&d, &limit);
    for (uint32_t i = 1; i < 5; i++)
        (void)to_rung(&d, 5 - i);
    assert_int_equal(climb_next(&d, 0).kind, HN_NEXT_NEW);
    desk_tell(&d, slow, HONE_STATE_LOST);
    hn_next next = climb_next(&d, 0); // 1, 2, 3, 4 are the bracket now
    assert_true(next.kind == HN_NEXT_RESUME && next.trial == 4 && next.resource == 2);
    desk_exclude(&d, 4, true);
    assert_int_equal(climb_next(&d, 0).kind, HN_NEXT_NEW);
    desk_exclude(&d, 4, false);
    next = climb_next(&d, 0);
    assert_true(next.kind == HN_NEXT_RESUME && next.trial == 4);
    desk_free(&d);
}

// NaN at its rung ends a trial; one that was complete before its rung stands by its value.
static void what_stands_at_a_rung(void **state)
{
    (void)state;
    double limit;
    desk d = desk_new("halving", "{\"n\":4,\"min_resource\":2,\"max_resource\":8}");
    uint32_t broken = climb_begin(&d, &limit), early = climb_begin(&d, &limit);
    EXPECT(desk_report(&d, broken, 1, 0), HN_GO_ON);
    EXPECT(desk_report(&d, broken, 2, NAN), HN_STOP);
    desk_tell(&d, broken, HONE_STATE_PRUNED);
    EXPECT(desk_report(&d, early, 1, 9), HN_GO_ON);
    desk_tell(&d, early, HONE_STATE_COMPLETE); // with value 0
    uint32_t a = to_rung(&d, 3), b = to_rung(&d, 3);
    hn_next next = climb_next(&d, 0); // of two places `early` has one, and a tie goes to a
    assert_true(next.kind == HN_NEXT_RESUME && next.trial == a && next.resource == 4);
    climb_start(&d, a, 4);
    EXPECT(desk_report(&d, a, 3, -1), HN_GO_ON);
    EXPECT(desk_report(&d, a, 5, 9), HN_PAUSE); // its best counts: -1
    climb_pause(&d, a, 5);
    next = climb_next(&d, 0);
    assert_true(next.kind == HN_NEXT_RESUME && next.trial == a && next.resource == 8);
    climb_start(&d, a, 8);
    EXPECT(desk_report(&d, a, 8, NAN), HN_GO_ON); // the end judges nobody
    assert_int_equal(d.world->fold.trials.data[b].state, HONE_STATE_PAUSED);
    desk_free(&d);
}

// As they come: never more than a share of each rung, in each bracket.
static void asynchronous_brackets(void **state)
{
    (void)state;
    desk d = desk_new("hyperband", "{\"max_resource\":9,\"mode\":\"async\"}");
    counts c = go(&d, 9, 170, 4, NULL); // by tens: 9@1 | 5@3 | 3@9
    assert_int_equal(c.at[1], 90);
    assert_int_equal(c.at[3], 30 + 50);
    assert_int_equal(c.at[9], 10 + 16 + 30);
    desk_free(&d);
    d = desk_new("hyperband", "{\"max_resource\":9,\"brackets\":1,\"mode\":\"async\"}");
    uint32_t n_up = 0;
    for (uint32_t t = 0; t < 30; t++) {
        (void)to_rung(&d, -(double)t); // each better than all before
        for (hn_next next; (next = climb_next(&d, 100)).kind == HN_NEXT_RESUME; n_up++)
            climb_start(&d, next.trial, next.resource);
        assert_int_equal(n_up, (t + 1) / 3);
    }
    desk_free(&d);
}

static bool each_fails_once(uint32_t trial, double step)
{
    return (trial == 6 && step == 3) || (trial == 3 && step == 5) || (trial == 0 && step == 9);
}

// The scores of the first nine are 0 37 74 10 47 84 20 57 94.
static void failures_on_the_way_up_are_replaced(void **state)
{
    (void)state;
    for (uint32_t jobs = 1; jobs <= 4; jobs += 3) {
        desk d = desk_new("hyperband", "{\"max_resource\":9,\"brackets\":1,\"mode\":\"async\"}");
        counts c = go(&d, 9, 9, jobs, each_fails_once);
        assert_true(d.world->fold.n_state[HONE_STATE_FAILED] >= 2);
        assert_int_equal(c.n_complete, 1);
        desk_free(&d);
    }
}

static void what_is_said(void **state)
{
    (void)state;
    double limit;
    desk d = desk_new("halving", "{\"n\":4,\"min_resource\":1,\"max_resource\":4}");
    uint32_t slow = climb_begin(&d, &limit);
    climb_assert_said(&d, slow, "on its way to the first rung, at 1");
    for (uint32_t i = 1; i < 3; i++)
        (void)to_rung(&d, i);
    climb_assert_said(&d, 2,
                      "paused at rung 1 of 3 of bracket 1, at 1: place 2 of 2; 2 more to "
                      "come, then the best 2 go on");
    (void)to_rung(&d, 3);
    EXPECT(desk_report(&d, slow, 1, NAN), HN_STOP);
    desk_tell(&d, slow, HONE_STATE_PRUNED);
    climb_assert_said(&d, slow,
                      "stopped at rung 1 of 3 of bracket 1, at 1: its value there is not "
                      "a number");
    climb_assert_said(&d, 3,
                      "paused at rung 1 of 3 of bracket 1, at 1: place 3 of 4, of which the "
                      "best 2 go on");
    climb_start(&d, 1, 2);
    climb_assert_said(&d, 1, "promoted from rung 1 of 3 of bracket 1, at 1, to 2: place 1 of 4");
    EXPECT(desk_report(&d, 1, 2, 0), HN_PAUSE);
    climb_pause(&d, 1, 2);
    climb_start(&d, 2, 2);
    climb_assert_said(&d, 1,
                      "paused at rung 2 of 3 of bracket 1, at 2: place 1 of 1; 1 more to "
                      "come, then the best goes on");
    climb_pause(&d, 2, 1);
    climb_start(&d, 1, 4);
    EXPECT(desk_report(&d, 1, 4, NAN), HN_GO_ON); // nobody is judged at the end
    climb_assert_said(&d, 1, "came to rung 3 of 3 of bracket 1, at 4: place 1 of 1");
    desk_free(&d);
    d = desk_new("asha", "{\"variant\":\"pause\",\"min_resource\":1,\"max_resource\":9}");
    for (uint32_t i = 0; i < 3; i++)
        (void)to_rung(&d, i);
    climb_assert_said(&d, 1,
                      "paused at 1: by now it has place 2 of 3 there, and about one in 3 "
                      "goes on");
    climb_start(&d, 0, 3);
    climb_assert_said(&d, 0,
                      "went on from 1: by now it has place 1 of 3 there, and about one in 3 "
                      "goes on");
    desk_free(&d);
}

static void what_is_refused(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"halving", "{\"min_resource\":9,\"max_resource\":9}",
         "option \"min_resource\" of halving is 9: it must be below \"max_resource\", 9"},
        {"halving", "{\"max_resource\":1}",
         "option \"max_resource\" of halving is 1: it must be at least eta, 2, or give "
         "\"min_resource\", too"},
        {"hyperband", "{\"min_resource\":4,\"max_resource\":9}",
         "options \"min_resource\", 4, and \"max_resource\", 9, of hyperband: they must lie a "
         "factor of eta, 3, apart at least"},
        {"hyperband", "{\"brackets\":6}",
         "option \"brackets\" of hyperband is 6: from 1 to 81 by 3 there are 5"},
        {"hyperband", "{\"eta\":1}", "option \"eta\" of hyperband is 1: it must lie in 2..100"},
        {"hyperband", "{\"mode\":\"asynch\"}",
         "option \"mode\" of hyperband is \"asynch\": it must be one of sync|async (did you mean "
         "async?)"},
    };
    world *w = desk_world(false, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        scheduler_in_use s;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(
            scheduler_begin(&s, scheduler_named(rows[i][0]), rows[i][1], &w->fold, &err),
            HONE_EINVAL);
        assert_string_equal(err.text, rows[i][2]);
    }
    world_free(w);
    w = desk_world(false, 2);
    scheduler_in_use s;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(scheduler_begin(&s, scheduler_named("halving"), "{}", &w->fold, &err),
                     HONE_EUNSUPPORTED);
    assert_string_equal(err.text, "halving promotes when trials have reached their rung, whenever "
                                  "that is, which a deterministic study cannot allow: use asha");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_textbook),
        cmocka_unit_test(hyperband_runs_its_table),
        cmocka_unit_test(failures_give_up_their_places),
        cmocka_unit_test(fewer_trials_than_a_bracket),
        cmocka_unit_test(a_straggler_keeps_nobody_idle),
        cmocka_unit_test(a_lost_straggler_is_replaced),
        cmocka_unit_test(what_stands_at_a_rung),
        cmocka_unit_test(asynchronous_brackets),
        cmocka_unit_test(failures_on_the_way_up_are_replaced),
        cmocka_unit_test(what_is_said),
        cmocka_unit_test(what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
