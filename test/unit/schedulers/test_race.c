// race: which parts are compared with which, and when a trial is stopped.
#include "unit/schedulers/race_desk.h"

#define PARTS(...) ((const double[]){__VA_ARGS__}), sizeof(double[]){__VA_ARGS__} / sizeof(double)

static void the_first_trial_runs_all_its_parts(void **state)
{
    (void)state;
    desk d = desk_new("race", "{}");
    uint32_t first = race_start(&d, 4, 0), second = race_start(&d, 4, 0);
    for (int i = 0; i < 3; i++) { // nobody is complete yet
        assert_int_equal(race_part(&d, first, 1), HN_GO_ON);
        assert_int_equal(race_part(&d, second, 1000), HN_GO_ON);
    }
    desk_free(&d);
}

// Folds of very different size; what is compared is the difference on each.
static void parts_are_paired(void **state)
{
    (void)state;
    desk d = desk_new("race", "{\"test\":\"wilcoxon\"}");
    assert_int_equal(race_trial(&d, PARTS(1, 50, 3, 900, 20, 4)), 6);
    // A little worse on each: 4 of 4 is 1/16 < 0.1, 3 of 3 is 1/8.
    assert_int_equal(race_trial(&d, PARTS(1.1, 50.2, 3.3, 900.4, 20.5, 4.6)), 4);
    // A little better: the new leader.
    assert_int_equal(race_trial(&d, PARTS(0.9, 49.8, 2.7, 899.4, 19.5, 3.6)), 6);
    // Better than the first one, and worse than the second.
    assert_int_equal(race_trial(&d, PARTS(0.95, 49.9, 2.9, 899.5, 19.6, 3.7)), 4);
    desk_free(&d);
    d = desk_new("race", "{\"test\":\"wilcoxon\",\"p\":0.05}"); // 5 of 5 is 1/32
    assert_int_equal(race_trial(&d, PARTS(1, 50, 3, 900, 20, 4)), 6);
    assert_int_equal(race_trial(&d, PARTS(1.1, 50.2, 3.3, 900.4, 20.5, 4.6)), 5);
    desk_free(&d);
}

static void signed_ranks_that_contradict_the_mean_do_not_stop(void **state)
{
    (void)state;
    desk d = desk_new("race", "{\"test\":\"wilcoxon\"}");
    assert_int_equal(race_trial(&d, PARTS(90, 1, 1, 1, 1, 1, 1, 1)), 8);
    assert_int_equal(race_trial(&d, PARTS(1, 2, 2, 2, 2, 2, 2, 2)), 8);
    desk_free(&d);
}

static void the_variance_of_others_helps(void **state)
{
    (void)state;
    desk d = desk_new("race", "{}");
    assert_int_equal(race_trial(&d, PARTS(1, 2, 3, 4, 5)), 5);
    // Nobody knows yet how much parts scatter: two parts at least. Δ = 0.5, 0.6.
    assert_int_equal(race_trial(&d, PARTS(1.5, 2.6, 3.5, 4.6, 5.5)), 2);
    // Now it is known to be little: one part is enough, where it is far off …
    assert_int_equal(race_trial(&d, PARTS(1.9, 2.9, 3.9, 4.9, 5.9)), 1);
    // … and is not where it is near.
    assert_int_equal(race_trial(&d, PARTS(1.05, 1.9, 3.05, 3.9, 5.05)), 5);
    // Where parts scatter much, one is not.
    desk_free(&d);
    d = desk_new("race", "{}");
    assert_int_equal(race_trial(&d, PARTS(1, 2, 3, 4, 5)), 5);
    assert_int_equal(race_trial(&d, PARTS(3, 0, 5, 2, 7)), 5);
    assert_true(race_trial(&d, PARTS(1.9, 2.9, 3.9, 4.9, 5.9)) > 2);
    desk_free(&d);
}

// t of d = (0.3, 0.5, 0.1): mean 0.3, s = 0.2, t = 2.598, p = 0.0608 with two degrees of freedom.
static void levels_are_those_of_the_t_test(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        uint32_t parts;
    } cases[] = {{"{\"p\":0.061,\"n_min\":3}", 3}, {"{\"p\":0.0605,\"n_min\":3}", 4}};
    for (size_t i = 0; i < 2; i++) {
        desk d = desk_new("race", cases[i].options);
        assert_int_equal(race_trial(&d, PARTS(1, 2, 3, 4)), 4);
        assert_int_equal(race_trial(&d, PARTS(1.3, 2.5, 3.1, 9)), cases[i].parts);
        desk_free(&d);
    }
}

static void parts_without_noise(void **state)
{
    (void)state;
    desk d = desk_new("race", "{}");
    assert_int_equal(race_trial(&d, PARTS(1, 2, 3)), 3);
    assert_int_equal(race_trial(&d, PARTS(1, 2, 3)), 3);       // equal is not worse
    assert_int_equal(race_trial(&d, PARTS(1.5, 2.5, 3.5)), 1); // worse without any doubt
    desk_free(&d);
}

static void the_mean_at_powers_of_two(void **state)
{
    (void)state;
    desk d = desk_new("race", "{\"test\":\"mean\"}");
    assert_int_equal(race_trial(&d, PARTS(1, 1, 1, 1, 1, 1)), 6);
    assert_int_equal(race_trial(&d, PARTS(1.01, 0, 0, 0, 0, 0)), 1);
    assert_int_equal(race_trial(&d, PARTS(0, 2.1, 0, 0, 0, 0)), 2);
    assert_int_equal(race_trial(&d, PARTS(0.9, 1, 9, 1, 0, 0)), 4); // not at 3
    desk_free(&d);
}

static void not_even_the_best_rest(void **state)
{
    (void)state;
    const char *options = "{\"test\":\"wilcoxon\",\"p\":0,\"bound\":0}";
    desk d = desk_new("race", options);
    assert_int_equal(race_trial(&d, PARTS(0.1, 0.2, 0.3, 0.4)), 4); // 1 in all
    assert_int_equal(race_trial(&d, PARTS(0.3, 0.4, 0.2, 0)), 4);   // 0.9 before the last
    assert_int_equal(race_trial(&d, PARTS(0.7, 0.19, 0.02, 0)), 3); // 0.9 is the mark by now
    assert_int_equal(race_trial(&d, PARTS(0.9, 0, 0, 0)), 1);
    desk_free(&d);
    d = desk_of("race", "{\"p\":0,\"bound\":1}", desk_world(true, 0));
    assert_int_equal(race_trial(&d, PARTS(0.9, 0.8, 0.7)), 3); // 2.4
    assert_int_equal(race_trial(&d, PARTS(0.41, 1, 0.98)), 3);
    assert_int_equal(race_trial(&d, PARTS(0.6, 0.7, 1)), 2); // 2.39 can be had no more
    desk_free(&d);
}

static void what_is_not_a_number(void **state)
{
    (void)state;
    desk d = desk_new("race", "{}");
    assert_int_equal(race_trial(&d, PARTS(1, NAN, 3, 4, 5)), 5);
    assert_int_equal(race_trial(&d, PARTS(NAN, 9, 3.5, 4.5, 5.5)), 4); // two in common
    assert_int_equal(race_trial(&d, PARTS(1, INFINITY, 1, 1, 1)), 5);  // not in common, either
    assert_int_equal(race_trial(&d, PARTS(INFINITY, 1, 1, 1, 1)), 1);
    assert_int_equal(race_trial(&d, PARTS(-INFINITY, 9, 9, 9, 9)), 5);
    desk_free(&d);
}

// Fold 0 of 3 is not fold 0 of 5, and a constraint that is broken makes no leader.
static void other_plans_and_broken_ones_do_not_lead(void **state)
{
    (void)state;
    desk d = desk_new("race", "{\"test\":\"mean\"}");
    assert_int_equal(race_trial(&d, PARTS(1, 1, 1)), 3);
    assert_int_equal(race_trial(&d, PARTS(2, 2, 2, 2, 2)), 5);
    assert_int_equal(race_trial(&d, PARTS(1.5, 1.5, 1.5)), 1);
    assert_int_equal(race_trial(&d, PARTS(2.5, 2.5, 2.5, 2.5, 2.5)), 1);
    uint32_t repeats = race_start(&d, 0, 3);
    assert_int_equal(race_part(&d, repeats, 9), HN_GO_ON);
    // Without its leader the next best counts.
    assert_int_equal(race_trial(&d, PARTS(0.5, 0.5, 0.5)), 3);
    desk_exclude(&d, (uint32_t)d.world->fold.trials.n - 1, true);
    assert_int_equal(race_trial(&d, PARTS(0.7, 0.7, 0.7)), 3);
    desk_free(&d);
}

// A trial that is one run: its steps are the instances, in any order.
static void reports_are_parts(void **state)
{
    (void)state;
    desk d = desk_new("race", "{\"test\":\"mean\"}");
    uint32_t t = desk_start(&d);
    (void)desk_report(&d, t, 7, 1);
    (void)desk_report(&d, t, 3, 100);
    (void)desk_report(&d, t, 5, 8);
    (void)desk_report(&d, t, 5, 10); // the last one on a step counts
    desk_tell(&d, t, HONE_STATE_COMPLETE);
    t = desk_start(&d);
    assert_int_equal(desk_report(&d, t, 9, 1e6), HN_GO_ON); // the leader has no instance 9
    assert_int_equal(desk_report(&d, t, 3, 99), HN_GO_ON);
    assert_int_equal(desk_report(&d, t, 5, 12), HN_STOP);
    t = desk_start(&d);
    assert_int_equal(desk_report(&d, t, 5, 9), HN_GO_ON);
    assert_int_equal(desk_report(&d, t, 7, 3), HN_STOP);
    desk_free(&d);
}

static void a_lag_hides_the_leader(void **state)
{
    (void)state;
    desk d = desk_of("race", "{\"test\":\"mean\"}", desk_world(false, 2));
    assert_int_equal(race_trial(&d, PARTS(1, 1, 1)), 3);
    assert_int_equal(race_trial(&d, PARTS(2, 2, 2)), 3); // trial 1 sees none
    assert_int_equal(race_trial(&d, PARTS(2, 2, 2)), 1); // trial 2 sees trial 0
    assert_int_equal(race_trial(&d, PARTS(0.5, 0.5, 0.5)), 3);
    assert_int_equal(race_trial(&d, PARTS(0.7, 0.7, 0.7)), 3); // trial 4 sees 0 to 2
    assert_int_equal(race_trial(&d, PARTS(0.7, 0.7, 0.7)), 1);
    desk_free(&d);
}

// A state that was kept all along and one that is made anew say the same.
static void a_new_state_says_the_same(void **state)
{
    (void)state;
    for (uint32_t lag = 0; lag <= 3; lag += 3) {
        desk d = desk_of("race", "{}", desk_world(false, lag));
        const hn_fold *fold = &d.world->fold;
        hn_rng rng = hn_rng_make(lag, HN_PURPOSE_TEST, 9);
        uint32_t open[3] = {HN_NONE, HN_NONE, HN_NONE}, n_stopped = 0;
        for (uint32_t i = 0; i < 600; i++) {
            uint32_t *t = &open[i * 7 / 3 % 3];
            double u = hn_rng_uniform(&rng, i, 0, 0), v = hn_rng_uniform(&rng, i, 1, 0);
            if (*t == HN_NONE)
                *t = race_start(&d, u < 0.1 ? 3 : 5, 0);
            hn_verdict kept = race_part(&d, *t, u + 2 * v);
            const hn_trial *row = &fold->trials.data[*t];
            uint32_t n = hn_parts_ended(fold, row);
            if (n == hn_parts_planned(row)) {
                race_end(&d, *t, HONE_STATE_COMPLETE);
                *t = HN_NONE;
                continue;
            }
            scheduler_in_use fresh;
            assert_int_equal(scheduler_begin(&fresh, d.scheduler.class, "{}", fold, NULL), HONE_OK);
            assert_int_equal(scheduler_judge(&fresh, fold, *t, n), kept);
            scheduler_end(&fresh);
            n_stopped += kept == HN_STOP;
            if (kept == HN_STOP && v > 0.5) {
                race_end(&d, *t, HONE_STATE_PRUNED);
                *t = HN_NONE;
            }
            if (i % 50 == 49)
                desk_exclude(&d, (uint32_t)(u * (double)fold->trials.n), i % 100 == 49);
        }
        assert_true(n_stopped > 20);
        desk_free(&d);
    }
}

static void bad_options(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"test\":\"u\"}", "option \"test\" of race"},
        {"{\"p\":0.7}", "option \"p\" of race"},
        {"{\"n_min\":0}", "option \"n_min\" of race"},
        {"{\"metric\":\"extra\"}",
         "scheduler race cannot compare \"extra\": it is recorded only, neither minimised nor "
         "maximised"},
        {"{\"metric\":\"los\"}",
         "scheduler race: the study has no metric \"los\": did you mean \"loss\"?"},
    };
    world *w = desk_world(false, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scheduler_in_use s;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(scheduler_begin(&s, scheduler_named("race"), cases[i][0], &w->fold, &err),
                         HONE_EINVAL);
        if (!strstr(err.text, cases[i][1]))
            fail_msg("%s", err.text);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_trial_runs_all_its_parts),
        cmocka_unit_test(parts_are_paired),
        cmocka_unit_test(signed_ranks_that_contradict_the_mean_do_not_stop),
        cmocka_unit_test(the_variance_of_others_helps),
        cmocka_unit_test(levels_are_those_of_the_t_test),
        cmocka_unit_test(parts_without_noise),
        cmocka_unit_test(the_mean_at_powers_of_two),
        cmocka_unit_test(not_even_the_best_rest),
        cmocka_unit_test(what_is_not_a_number),
        cmocka_unit_test(other_plans_and_broken_ones_do_not_lead),
        cmocka_unit_test(reports_are_parts),
        cmocka_unit_test(a_lag_hides_the_leader),
        cmocka_unit_test(a_new_state_says_the_same),
        cmocka_unit_test(bad_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
