// Every sampler in a study whose trials define the space as they run, and do not all ask for the
// same: each suggestion has a value for whatever a trial may ask for.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <hone/hone.h>

enum { N_TRIALS = 60, N_FEW = 30, N_BEFORE = 20 };

// An objective of three numbers, of which the branch decides between two.
static void run_branching(hone_study *study, uint32_t i)
{
    hone_trial *trial = NULL;
    hone_error err;
    double x, y;
    int64_t n;
    if (hone_study_ask(study, NULL, &trial, &err) != HONE_OK)
        fail_msg("trial %u: %s", (unsigned)i, err.text);
    assert_int_equal(hone_trial_suggest_float(trial, "x", 0, 1, 0, 0, &x, &err), HONE_OK);
    if (i < N_BEFORE || x < 0.5) {
        assert_int_equal(hone_trial_suggest_int(trial, "n", 1, 9, 0, 0, &n, &err), HONE_OK);
        assert_true(n >= 1 && n <= 9);
        y = (double)n;
    } else {
        assert_int_equal(
            hone_trial_suggest_float(trial, "y", 1e-3, 1, 0, HONE_SUGGEST_LOG, &y, &err), HONE_OK);
        assert_true(y >= 1e-3 && y <= 1);
    }
    double value = x + y;
    assert_int_equal(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, &err), HONE_OK);
    hone_trial_destroy(trial);
}

static void test_branches(void **state)
{
    (void)state;
    uint32_t n_run = 0;
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++) {
        hone_study_options options = HONE_STUDY_OPTIONS_INIT;
        hone_study *study = NULL;
        hone_error err;
        options.sampler = plugin->name;
        options.has_seed = true;
        options.seed = 3;
        if (hone_study_open(&options, &study, &err) != HONE_OK)
            continue; // grid has to know the space, others have to be under a scheduler
        print_message("%s\n", plugin->name);
        for (uint32_t t = 0; t < N_TRIALS; t++)
            run_branching(study, t);
        hone_study_close(study);
        n_run++;
    }
    assert_true(n_run >= 8);
}

// auto models a space that all trials ask for in full as if it had been declared.
static void test_auto_tells_branches(void **state)
{
    (void)state;
    for (int branching = 0; branching <= 1; branching++) {
        hone_study_options options = HONE_STUDY_OPTIONS_INIT;
        hone_study *study = NULL;
        hone_error err;
        options.has_seed = true;
        assert_int_equal(hone_study_open(&options, &study, &err), HONE_OK);
        for (uint32_t t = 0; t < N_FEW; t++)
            run_branching(study, branching ? t + N_BEFORE : 0);
        const char *name = hone_study_sampler_in_use(study);
        if (branching)
            assert_string_equal(name, "tpe");
        else
            assert_string_not_equal(name, "tpe");
        hone_study_close(study);
    }
}

// Search ends up in the corner, where a model sees nothing better than the corner again.
static void test_models_do_not_repeat(void **state)
{
    (void)state;
    static const char *const names[] = {"gp", "trust", "auto"};
    enum { N = 40 };
    for (size_t s = 0; s < sizeof names / sizeof *names; s++) {
        hone_study_options options = HONE_STUDY_OPTIONS_INIT;
        hone_study *study = NULL;
        hone_error err;
        double x[N], y[N];
        options.sampler = names[s];
        options.has_seed = true;
        options.seed = 3;
        assert_int_equal(hone_study_open(&options, &study, &err), HONE_OK);
        for (int i = 0; i < N; i++) {
            hone_trial *trial = NULL;
            assert_int_equal(hone_study_ask(study, NULL, &trial, &err), HONE_OK);
            hone_trial_suggest_float(trial, "x", 0, 1, 0, 0, &x[i], NULL);
            hone_trial_suggest_float(trial, "y", 0, 1, 0, 0, &y[i], NULL);
            double value = x[i] + 2 * y[i];
            assert_int_equal(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, &err),
                             HONE_OK);
            hone_trial_destroy(trial);
            for (int k = 0; k < i; k++)
                if (x[k] == x[i] && y[k] == y[i])
                    fail_msg("%s: trial %d is trial %d: %g, %g", names[s], i, k, x[i], y[i]);
        }
        hone_study_close(study);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_branches),
        cmocka_unit_test(test_models_do_not_repeat),
        cmocka_unit_test(test_auto_tells_branches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
