// PASHA: the top rung rises while rankings change, and noise that curves show is no change.
#include "unit/schedulers/climb.h"

enum { R = 27 };

// Trains a trial up to its limit by curve(trial, step); true when it has come to R.
static bool train(desk *d, uint32_t trial, double limit, double (*curve)(uint32_t, double))
{
    hn_verdict verdict = HN_GO_ON;
    double step = d->world->fold.trials.data[trial].step;
    while (step < limit) {
        step++;
        verdict = desk_report(d, trial, step, curve(trial, step));
        assert_int_equal(verdict, step < limit || step == R ? HN_GO_ON : HN_PAUSE);
    }
    if (verdict == HN_PAUSE)
        climb_pause(d, trial, step);
    else
        desk_tell(d, trial, HONE_STATE_COMPLETE);
    return verdict != HN_PAUSE;
}

// `n` trials, one at a time. n_at[k]: how many have trained for 3^k at least.
static void run(const char *options, uint32_t n, double (*curve)(uint32_t, double),
                uint32_t n_at[4])
{
    desk d = desk_new("pasha", options);
    const hn_fold *fold = &d.world->fold;
    for (;;) {
        hn_next next = climb_next(&d, n);
        double limit = next.resource;
        if (next.kind == HN_NEXT_RESUME)
            climb_start(&d, next.trial, limit);
        else if (fold->trials.n >= n)
            break;
        else
            next.trial = climb_begin(&d, &limit);
        (void)train(&d, next.trial, limit, curve);
    }
    memset(n_at, 0, 4 * sizeof *n_at);
    for (uint32_t t = 0; t < n; t++)
        for (uint32_t k = 0, step = 1; k < 4; k++, step *= 3)
            n_at[k] += fold->trials.data[t].step >= step;
    assert_int_equal(fold->n_state[HONE_STATE_COMPLETE], n_at[3]);
    desk_free(&d);
}

static double level(uint32_t trial)
{
    return (trial * 37) % 101;
}

static double parallel(uint32_t trial, double step)
{
    return level(trial) + 1 / step;
}

// Who is better at one rung is worse at the next.
static double turning(uint32_t trial, double step)
{
    uint32_t rung = step >= 27 ? 3 : step >= 9 ? 2 : step >= 3 ? 1 : 0;
    return rung % 2 ? -level(trial) : level(trial);
}

// Pairs of trials that are the same but for noise, which changes their order every other step.
static double noisy(uint32_t trial, double step)
{
    bool turned = fmod(step, 4) < 2; // at 1 and 9, not at 3 and 27
    return floor(level(trial) / 2) + (turned == (fmod(level(trial), 2) > 0) ? 0.2 : 0);
}

static void the_top_rung_rises_only_if_rankings_change(void **state)
{
    (void)state;
    uint32_t n_at[4];
    run("{\"max_resource\":27}", 27, parallel, n_at); // 27 9, and the winner up to the end
    assert_true(n_at[0] == 27 && n_at[1] == 9 && n_at[2] == 1 && n_at[3] == 1);
    run("{\"max_resource\":27}", 27, turning, n_at); // as asha
    assert_true(n_at[0] == 27 && n_at[1] == 9 && n_at[2] == 3 && n_at[3] == 1);
}

static void noise_is_no_change(void **state)
{
    (void)state;
    uint32_t with[4], without[4];
    // Up to 3 no two curves cross twice; up to 9 they do, and show how little the order means.
    run("{\"max_resource\":27,\"value\":\"last\"}", 81, noisy, with);
    run("{\"max_resource\":27,\"value\":\"last\",\"epsilon\":1e-9}", 81, noisy, without);
    assert_true(with[1] == 27 && with[2] == 9 && with[3] == 1);
    assert_true(without[1] == 27 && without[2] == 9 && without[3] == 3);
    run("{\"max_resource\":27,\"value\":\"last\",\"epsilon\":0.3}", 81, noisy, with);
    assert_int_equal(with[2], 1);
}

// The winner fails on its way from the top rung to the end: the next best goes there.
static void a_winner_that_fails_is_replaced(void **state)
{
    (void)state;
    desk d = desk_new("pasha", "{\"max_resource\":27}");
    for (uint32_t t = 0; t < 9; t++) {
        double limit;
        (void)climb_begin(&d, &limit);
        (void)train(&d, t, limit, parallel);
    }
    uint32_t n_failed = 0;
    for (hn_next next; (next = climb_next(&d, 9 - n_failed)).kind == HN_NEXT_RESUME;) {
        climb_start(&d, next.trial, next.resource);
        if (next.resource == 27 && n_failed < 2) {
            if (n_failed++ == 1) // beyond the rung that lies between
                (void)desk_report(&d, next.trial, 9, 0);
            desk_tell(&d, next.trial, HONE_STATE_FAILED);
        } else
            (void)train(&d, next.trial, next.resource, parallel);
    }
    assert_int_equal(n_failed, 2);
    assert_int_equal(d.world->fold.n_state[HONE_STATE_COMPLETE], 1);
    desk_free(&d);
}

static void what_is_refused(void **state)
{
    (void)state;
    world *w = desk_world(false, 0);
    scheduler_in_use s;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(
        scheduler_begin(&s, scheduler_named("pasha"), "{\"epsilon\":-1}", &w->fold, &err),
        HONE_EINVAL);
    assert_non_null(strstr(err.text, "option \"epsilon\" of pasha is -1"));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_top_rung_rises_only_if_rankings_change),
        cmocka_unit_test(noise_is_no_change),
        cmocka_unit_test(a_winner_that_fails_is_replaced),
        cmocka_unit_test(what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
