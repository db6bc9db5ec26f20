// What a trial that was stopped after some of its parts is expected to come to, as samplers see it.
#include "core/evidence.h"
#include "unit/schedulers/race_desk.h"

static double last_of(hn_evidence *e, const hn_fold *fold, uint32_t trial)
{
    hn_view view = hn_view_of(fold, (uint32_t)fold->trials.n);
    assert_int_equal(hn_evidence_sync(e, &view, NULL), HONE_OK);
    return e->rows.data[trial].last;
}

#define NEAR(got, want) assert_true(fabs((got) - (want)) < 1e-12)

// Ends a new trial after the first `n` of these parts.
static uint32_t stopped(desk *d, const double *values, uint32_t n, uint32_t n_planned)
{
    uint32_t t = race_start(d, n_planned, 0);
    for (uint32_t i = 0; i < n; i++)
        (void)race_part(d, t, values[i]);
    race_end(d, t, HONE_STATE_PRUNED);
    return t;
}

static void hard_folds_are_taken_into_account(void **state)
{
    (void)state;
    hn_evidence e = {0};
    desk d = desk_new("none", "{}");
    const hn_fold *fold = &d.world->fold;
    uint32_t early = stopped(&d, (const double[]){12}, 1, 3);
    NEAR(last_of(&e, fold, early), 12); // nothing is known yet
    race_trial(&d, (const double[]){10, 1, 1}, 3);
    NEAR(last_of(&e, fold, early), 6); // the first fold is 6 above the mean
    race_trial(&d, (const double[]){20, 2, 2}, 3);
    NEAR(last_of(&e, fold, early), 12 - 9); // 6 and 12
    uint32_t later = stopped(&d, (const double[]){12, 4}, 2, 3);
    NEAR(last_of(&e, fold, later), 8 - (1.5 + 3) / 2);
    // Trials that are excluded, or lack a number, say nothing.
    race_trial(&d, (const double[]){20, NAN, 2}, 3);
    NEAR(last_of(&e, fold, early), 3);
    desk_exclude(&d, 2, true);
    NEAR(last_of(&e, fold, early), 6);
    // Another plan begins anew.
    uint32_t other = stopped(&d, (const double[]){5}, 1, 4);
    NEAR(last_of(&e, fold, other), 5);
    NEAR(last_of(&e, fold, early), 12);
    hn_evidence_free(&e);
    desk_free(&d);
}

static void the_direction_does_not_matter(void **state)
{
    (void)state;
    hn_evidence e = {0};
    desk d = desk_of("none", "{}", desk_world(true, 0));
    race_trial(&d, (const double[]){0.9, 0.6, 0.6}, 3);
    uint32_t t = stopped(&d, (const double[]){0.8}, 1, 3);
    NEAR(last_of(&e, &d.world->fold, t), -(0.8 - 0.2));
    hn_evidence_free(&e);
    desk_free(&d);
}

// Only the first ones are averaged: later ones change nothing any more.
static void it_settles(void **state)
{
    (void)state;
    hn_evidence e = {0};
    desk d = desk_new("none", "{}");
    uint32_t t = stopped(&d, (const double[]){5}, 1, 2);
    for (int i = 0; i < HN_AHEAD_TRIALS; i++)
        race_trial(&d, (const double[]){1, 3}, 2);
    NEAR(last_of(&e, &d.world->fold, t), 6);
    size_t n_looks = e.log.n;
    race_trial(&d, (const double[]){1, 30}, 2);
    NEAR(last_of(&e, &d.world->fold, t), 6);
    assert_true(e.log.n - n_looks < 10);
    hn_evidence_free(&e);
    desk_free(&d);
}

// Kept up step by step it is what it is when made anew; by a trial that may not see the last two
// results, too.
static void a_function_of_the_view(void **state)
{
    (void)state;
    hn_evidence kept = {0}, lagging = {0};
    desk d = desk_new("none", "{}");
    const hn_fold *fold = &d.world->fold;
    hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, 1);
    for (uint32_t i = 0; i < 200; i++) {
        double v[4], u = hn_rng_uniform(&rng, i, 0, 0);
        for (uint32_t k = 0; k < 4; k++)
            v[k] = k + hn_rng_uniform(&rng, i, 1, k);
        if (u < 0.4)
            race_trial(&d, v, 4);
        else if (u < 0.8)
            stopped(&d, v, 1 + i % 3, 4);
        else if (u < 0.9)
            stopped(&d, v, 1, i % 2 ? 3 : 4);
        else
            desk_exclude(&d, i / 3, i % 2);
        hn_problem problem = fold->problem;
        problem.lag = 2;
        uint32_t n = (uint32_t)fold->trials.n, seen = i % 5 ? n : n - n / 7;
        hn_view views[] = {hn_view_of(fold, n),
                           {fold, &problem, seen, seen > 2 ? seen - 2 : 0, NULL}};
        for (int k = 0; k < 2; k++) {
            hn_evidence *e = k ? &lagging : &kept, anew = {0};
            assert_int_equal(hn_evidence_sync(e, &views[k], NULL), HONE_OK);
            assert_int_equal(hn_evidence_sync(&anew, &views[k], NULL), HONE_OK);
            for (uint32_t t = 0; t < views[k].n_trials; t++) {
                double a = e->rows.data[t].last, b = anew.rows.data[t].last;
                assert_true(isnan(a) ? isnan(b) : a == b);
            }
            hn_evidence_free(&anew);
        }
    }
    hn_evidence_free(&kept);
    hn_evidence_free(&lagging);
    desk_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_folds_are_taken_into_account),
        cmocka_unit_test(the_direction_does_not_matter),
        cmocka_unit_test(it_settles),
        cmocka_unit_test(a_function_of_the_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
