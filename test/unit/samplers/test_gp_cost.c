// gp with costs: that what is cheap is looked at first, and what is dear found all the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <hone/hone.h>
#include <math.h>
#include <string.h>

enum { DIMS = 4, SEEDS = 6, MOST = 60 };
static const char *const names[DIMS] = {"a", "b", "c", "d"};

// A bowl whose lowest point has a = `at`; a trial costs 1 at a = 0 and 10 at a = 1.
typedef struct bowl {
    double at;
    bool timed; // the cost is the trial's duration, else a metric
    bool dear_fails;
} bowl;

static hone_study *open_study(const char *options, uint64_t seed, hone_space **space,
                              hone_error *err)
{
    static const hone_metric metrics[] = {{"loss", HONE_MINIMIZE}, {"price", HONE_RECORD}};
    hone_study *study = NULL;
    hone_study_options o = HONE_STUDY_OPTIONS_INIT;
    assert_int_equal(hone_space_create(space, NULL), HONE_OK);
    for (int j = 0; j < DIMS; j++)
        assert_int_equal(hone_space_add(*space, names[j], "0..1", NULL), HONE_OK);
    assert_int_equal(hone_space_seal(*space, NULL), HONE_OK);
    o.space = *space;
    o.sampler = "gp";
    o.sampler_options = options;
    o.metrics = metrics;
    o.n_metrics = 2;
    o.has_seed = true;
    o.seed = seed;
    (void)hone_study_open(&o, &study, err);
    return study;
}

// One trial: its loss, INFINITY when it failed; what it cost is added.
static double one_trial(hone_study *study, const bowl *b, double *spent)
{
    hone_trial *trial = NULL;
    hone_result result = HONE_RESULT_INIT;
    double x[DIMS], values[2] = {0};
    assert_int_equal(hone_study_ask(study, NULL, &trial, NULL), HONE_OK);
    for (int j = 0; j < DIMS; j++) {
        x[j] = hone_trial_float(trial, names[j]);
        double away = x[j] - (j == 0 ? b->at : 0.3 + 0.1 * j);
        values[0] += (1 + 3 * j) * away * away;
    }
    double price = pow(10, x[0]);
    values[1] = b->timed ? NAN : price;
    result.duration_us = b->timed ? (uint64_t)(price * 1e6) : 0;
    result.values = values;
    result.state = b->dear_fails && x[0] > 0.8 ? HONE_STATE_FAILED : HONE_STATE_COMPLETE;
    assert_int_equal(hone_study_tell_result(study, trial, &result, NULL), HONE_OK);
    hone_trial_destroy(trial);
    *spent += price;
    return result.state == HONE_STATE_COMPLETE ? values[0] : INFINITY;
}

// What was spent, over all seeds, until the lowest point was reached to within 0.003.
static double spent_to_reach(const char *options, const bowl *b)
{
    double spent = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        hone_error err = HONE_ERROR_INIT;
        hone_space *space = NULL;
        hone_study *study = open_study(options, seed, &space, &err);
        double best = INFINITY;
        assert_non_null(study);
        for (int t = 0; t < MOST && best > 0.003; t++)
            best = fmin(best, one_trial(study, b, &spent));
        assert_true(best <= 0.003);
        hone_study_close(study);
        hone_space_destroy(space);
    }
    return spent;
}

static void less_is_spent(void **state)
{
    (void)state;
    const bowl middle = {.at = 0.5}, timed = {.at = 0.5, .timed = true};
    double plain = spent_to_reach("{}", &middle);
    double priced = spent_to_reach("{\"cost\":\"price\"}", &middle);
    assert_true(priced < 0.8 * plain);
    assert_true(spent_to_reach("{\"cost\":\"duration\"}", &timed) < 0.8 * plain);
}

static void what_is_dear_is_found(void **state)
{
    (void)state;
    const bowl dear = {.at = 0.95};
    double plain = spent_to_reach("{}", &dear);
    assert_true(spent_to_reach("{\"cost\":\"price\"}", &dear) < plain);
    assert_true(spent_to_reach("{\"cost\":\"price\",\"cost_budget\":100}", &dear) < plain);
}

static void failures_cost_too(void **state)
{
    (void)state;
    const bowl b = {.at = 0.5, .timed = true, .dear_fails = true};
    assert_true(spent_to_reach("{\"cost\":\"duration\"}", &b) < spent_to_reach("{}", &b));
}

// Without a cost that is known the option changes nothing.
static void no_cost_is_no_cost(void **state)
{
    (void)state;
    const bowl timed = {.at = 0.5, .timed = true};
    assert_true(spent_to_reach("{\"cost\":\"price\"}", &timed) == spent_to_reach("{}", &timed));
}

static void assert_refused(const char *options, const char *text)
{
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    hone_study *study = open_study(options, 0, &space, &err);
    hone_trial *trial = NULL;
    assert_true(!study || hone_study_ask(study, NULL, &trial, &err) != HONE_OK);
    assert_string_equal(err.text, text);
    hone_study_close(study);
    hone_space_destroy(space);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    assert_refused("{\"cost\":\"prise\"}",
                   "option \"cost\" of gp is \"prise\": it must be \"duration\" or a metric of the "
                   "study (did you mean price?)");
    assert_refused("{\"cost\":\"watts\"}",
                   "option \"cost\" of gp is \"watts\": it must be \"duration\" or a metric of the "
                   "study; --metric watts records it");
    assert_refused(
        "{\"cost_budget\":3}",
        "option \"cost_budget\" of gp is given without \"cost\": add cost=duration or the "
        "name of a metric");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(less_is_spent),         cmocka_unit_test(what_is_dear_is_found),
        cmocka_unit_test(failures_cost_too),     cmocka_unit_test(no_cost_is_no_cost),
        cmocka_unit_test(what_is_wrong_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
