// dehb in whole studies: one that is closed and opened again in the middle, at any trial, goes on
// as one that was not.
#include "unit/core/study_rig.h"

enum { N = 60, R = 9 };

static hone_study *open_at(const char *storage)
{
    hone_space *space = SPACE("x=0..1", "n=int:1..9", "c=a,b,d");
    hone_study_options options = options_of(storage, space);
    options.sampler = NULL;
    options.scheduler = "dehb";
    options.scheduler_options = "{\"max_resource\":9}";
    options.n_trials = N;
    hone_study *study = study_open(&options);
    hone_space_destroy(space);
    return study;
}

// Trains what is asked for up to its limit; false when nothing is left.
static bool one(hone_study *study, double *asked)
{
    hone_error why = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    hone_status status = hone_study_ask(study, NULL, &trial, &why);
    if (status == HONE_EBUSY || status == HONE_EEXHAUSTED || hone_study_n_trials(study) > N) {
        hone_trial_destroy(trial);
        return false;
    }
    assert_int_equal(status, HONE_OK);
    double x = hone_trial_float(trial, "x"), limit = hone_trial_resource(trial), value = 1;
    *asked = x + 10 * (double)hone_trial_int(trial, "n") + 1000 * hone_trial_number(trial);
    uint32_t n = hone_trial_n_reports(trial);
    for (double step = n ? hone_trial_report_step(trial, n - 1) + 1 : 1; step <= limit; step++) {
        value = fabs(x - 0.3) + 1 / step;
        OK(hone_trial_report(trial, step, value, &err));
    }
    if (hone_trial_should_pause(trial))
        OK(hone_study_pause(study, trial, limit, &err));
    else
        OK(hone_study_tell(study, trial,
                           hone_trial_should_stop(trial) ? HONE_STATE_PRUNED : HONE_STATE_COMPLETE,
                           &value, &err));
    hone_trial_destroy(trial);
    return true;
}

// What each ask gets, reopening after every `each` of them (0: never).
static uint32_t run(const char *storage, uint32_t each, double *asked, uint32_t most)
{
    hone_study *study = open_at(storage);
    uint32_t n = 0;
    while (n < most && one(study, &asked[n])) {
        n++;
        if (each == 0 || n % each != 0)
            continue;
        hone_study_close(study);
        study = open_at(storage);
    }
    hone_study_close(study);
    return n;
}

static void closed_and_opened_again(void **state)
{
    (void)state;
    enum { MOST = 400 };
    static double straight[MOST], again[MOST];
    static const uint32_t each[] = {1, 7};
    folder f = folder_new();
    uint32_t n = run(f.url, 0, straight, MOST);
    folder_free(&f);
    assert_true(n > N && n < MOST);
    for (size_t k = 0; k < sizeof each / sizeof *each; k++) {
        f = folder_new();
        assert_int_equal(run(f.url, each[k], again, MOST), n);
        for (uint32_t i = 0; i < n; i++)
            if (again[i] != straight[i])
                fail_msg("ask %u, opened again after each %u: %.17g instead of %.17g", i, each[k],
                         again[i], straight[i]);
        folder_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_and_opened_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
