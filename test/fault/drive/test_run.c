// Every step of a run fails once: the run ends with an error and nothing running, and the next one
// finishes the study, without a trial that was recorded being run again.
#include "core/study_internal.h"
#include "fault/drive/faults.h"

#ifdef HONE_FAULTS

static void plan(fake *f, fake_job *job)
{
    (void)f;
    char path[300];
    uint8_t before = f->study->fold.trials.data[job->trial].state; // without allocating
    if (before != HONE_STATE_RUNNING)
        fail_msg("trial %u attempt %u starts as %s", job->trial, job->attempt,
                 hone_state_name((hone_trial_state)before));
    snprintf(path, sizeof path, "%s/ckpt/state", job->dir);
    FILE *file = fopen(path, "w");
    if (file) {
        fputs("1", file);
        fclose(file);
    }
    fake_say(job, HN_LINE_FD, "{\"loss\":0.5,\"step\":1}");
    fake_well(job);
    if (job->trial == 1 && job->attempt == 1)
        job->end = fake_exit(HN_END_EXIT, 1, 0); // is retried: its checkpoint is recorded
}

static hone_run_options options_of(fake *f)
{
    hone_run_options options = fake_options(f, 3, 2);
    options.retries = 1;
    return options;
}

static void check_after(fake *f, uint32_t max_running)
{
    hone_run_options options = options_of(f);
    hn_fault_arm(NULL);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    uint32_t n_running = hone_study_count(f->study, HONE_STATE_RUNNING);
    assert_true(n_running <= max_running);
    assert_int_equal(hone_study_n_finished(f->study) + n_running, 3);
}

static const fault_case runs = {plan, options_of, check_after};

static void test_points(void **state)
{
    (void)state;
    static const char *const points[] = {"spawn.before",      "spawn.after",     "metric.before",
                                         "metric.after",      "told.before",     "told.after",
                                         "checkpoint.before", "checkpoint.after"};
    fault_points(&runs, points, sizeof points / sizeof *points, 3);
}

static void test_memory(void **state)
{
    (void)state;
    fault_memory(&runs);
}

// --- kill -9 of the whole process, on a file that stays ---

static void kill_at(const char *point, int n)
{
    fake *f = fault_kill(&runs, point, n);
    uint32_t before = hone_study_n_finished(f->study);
    check_after(f, 0);
    assert_int_equal(hone_study_n_trials(f->study), 3);
    assert_int_equal(fake_count(f->log, "end "), 3 - before);
    fake_free(f);
}

static void test_kill(void **state)
{
    (void)state;
    static const char *const points[] = {"spawn.before", "spawn.after", "metric.before",
                                         "metric.after", "told.before", "told.after"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        for (int n = 1; n <= 3; n += 2)
            kill_at(points[i], n);
    kill_at("checkpoint.before", 1);
    kill_at("checkpoint.after", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_kill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}

#endif
