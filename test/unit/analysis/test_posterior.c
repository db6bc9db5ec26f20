// The best trial by the model: when it is asked, and what it makes of odd values. How good it is:
// test/stat/test_best.c.
#include "unit/core/study_rig.h"

#include "num/rng.h"

typedef enum history { USUAL, SINGLE_RUNS, NO_NOISE, INFINITIES, EQUAL } history;

// (x - 0.3)² + noise, the mean of two repeats; the luckiest is trial 10, whose x is 0.73.
static hone_study *make(history kind, int n)
{
    hone_space *space = SPACE("x=0..1", "opt=sgd,adam", "m=0..1 if opt==sgd");
    hone_study_options options = options_of("memory:", space);
    options.sampler = "random";
    options.seed = 3;
    hone_study *study = study_open(&options);
    hone_space_destroy(space);
    hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, 1);
    for (int i = 0; i < n; i++) {
        hone_ask_options ask_options = HONE_ASK_OPTIONS_INIT;
        hone_trial *trial = NULL;
        ask_options.repeats = kind == SINGLE_RUNS ? 0 : 2;
        OK(hone_study_ask(study, &ask_options, &trial, &err));
        double x = hone_trial_float(trial, "x") - 0.3, value = x * x - (i == 10 ? 0.36 : 0);
        if (kind == SINGLE_RUNS)
            OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, &err));
        for (uint32_t p = 0; p < 2 && kind != SINGLE_RUNS; p++) {
            double noise = 0.5 * hn_rng_uniform(&rng, (uint32_t)i, p, 0);
            double told = kind == EQUAL ? 1 : kind == NO_NOISE ? value : value + noise;
            told = kind == INFINITIES && i % 7 == 1 ? INFINITY : told;
            hone_result part = HONE_RESULT_INIT;
            part.values = &told;
            part.present = 1;
            OK(hone_trial_part_ended(trial, &part, &err));
        }
        hone_trial_destroy(trial);
    }
    return study;
}

static void best_of(hone_study *study, uint32_t *by_value, uint32_t *by_model)
{
    OK(hone_study_best(study, by_value, &err));
    OK(hone_study_best_by_model(study, by_model, &err));
}

// What is known of chance decides whether the model is asked.
static void when_it_is_asked(void **state)
{
    (void)state;
    static const struct {
        history kind;
        int n;
        bool same;
    } cases[] = {{USUAL, 80, false},   {USUAL, 19, true}, {SINGLE_RUNS, 80, true},
                 {NO_NOISE, 80, true}, {EQUAL, 80, true}, {INFINITIES, 80, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_study *study = make(cases[i].kind, cases[i].n);
        uint32_t by_value, by_model, again;
        best_of(study, &by_value, &by_model);
        if ((by_value == by_model) != cases[i].same)
            fail_msg("case %zu: trial %u by value, %u by the model", i, by_value, by_model);
        OK(hone_study_best_by_model(study, &again, &err));
        assert_int_equal(again, by_model);
        hone_study_close(study);
    }
}

// Retests say more than any model.
static void retests_come_first(void **state)
{
    (void)state;
    hone_study *study = make(USUAL, 80);
    uint32_t by_value, by_model;
    best_of(study, &by_value, &by_model);
    assert_int_not_equal(by_value, by_model);
    OK(hone_study_retest(study, by_value, 1, NULL, &err));
    hone_trial *trial = NULL;
    double value = -9;
    OK(hone_study_ask(study, NULL, &trial, &err));
    OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, &err));
    hone_trial_destroy(trial);
    best_of(study, &by_value, &by_model);
    assert_int_equal(by_value, by_model);
    hone_study_close(study);
}

static void without_a_best_trial(void **state)
{
    (void)state;
    uint32_t number;
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of("memory:", space);
    hone_study *study = study_open(&options);
    FAILS(hone_study_best_by_model(study, &number, &err), HONE_ENOTFOUND, NULL);
    hone_study_close(study);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_it_is_asked),
        cmocka_unit_test(retests_come_first),
        cmocka_unit_test(without_a_best_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
