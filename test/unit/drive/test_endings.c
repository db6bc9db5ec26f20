// How trials end on a scripted executor: every way there is, retries, and failures that stop a run.
#include "fake.h"

// --- every way to end ---

static void plan_endings(fake *f, fake_job *job)
{
    static const hn_message ends[] = {
        {.type = HN_MSG_EXITED, .cause = HN_END_EXIT, .exit_code = 0}, // 0: COMPLETE, see below
        {.type = HN_MSG_EXITED, .cause = HN_END_EXIT, .exit_code = 10},
        {.type = HN_MSG_EXITED, .cause = HN_END_EXIT, .exit_code = 3},
        {.type = HN_MSG_EXITED, .cause = HN_END_SIGNAL, .exit_code = -1, .signal = 11},
        {.type = HN_MSG_EXITED, .cause = HN_END_TIMEOUT, .exit_code = -1, .signal = 15},
        {.type = HN_MSG_EXITED, .cause = HN_END_OOM, .exit_code = -1, .signal = 9},
        {.type = HN_MSG_EXITED, .cause = HN_END_EXIT, .exit_code = 0}, // 6: no metric
        {.type = HN_MSG_EXITED, .cause = HN_END_EXIT, .exit_code = 0}, // 7: NaN
        {.type = HN_MSG_EXITED, .cause = HN_END_EXIT, .exit_code = 0}, // 8: infeasible
        {.type = HN_MSG_EXITED, .cause = HN_END_LOST, .exit_code = -1},
        {.type = HN_MSG_FAILED, .text = "cannot run train", .status = HONE_EIO}};
    char path[300];
    (void)f;
    if (job->trial > 10 || job->attempt > 1) {
        fake_well(job);
        return;
    }
    if (job->trial == 0)
        fake_say(job, HN_LINE_FD, "{\"loss\":0.5}");
    if (job->trial == 7)
        fake_say(job, HN_LINE_STDOUT, "loss=nan");
    if (job->trial == 8)
        fake_say(job, HN_LINE_FILE, "{\"infeasible\":true}");
    if (job->trial == 2 || job->trial == 6) {
        snprintf(path, sizeof path, "%s/%s", job->dir, job->trial == 2 ? "stderr" : "stdout");
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        for (int i = 0; i < 30; i++)
            fprintf(file, "line %d\n", i);
        fclose(file);
    }
    job->end = ends[job->trial];
}

static void test_endings(void **state)
{
    (void)state;
    static const struct {
        hone_trial_state state;
        const char *message;
    } want[] = {{HONE_STATE_COMPLETE, ""},
                {HONE_STATE_PRUNED, ""},
                {HONE_STATE_FAILED, "exit code 3: line 29"},
                {HONE_STATE_FAILED, "killed by signal 11 (Segmentation fault)"},
                {HONE_STATE_TIMEOUT, "took longer than 60 s"},
                {HONE_STATE_OOM, "killed by the system for want of memory"},
                {HONE_STATE_INVALID, "it ended well, but without loss"},
                {HONE_STATE_INVALID, "loss is not a number"},
                {HONE_STATE_INFEASIBLE, ""},
                {HONE_STATE_COMPLETE, ""}, // lost at first
                {HONE_STATE_FAILED, "cannot run train"},
                {HONE_STATE_COMPLETE, ""}};
    fake *f = fake_make(plan_endings);
    hone_run_options options = fake_options(f, 4, 1);
    options.timeout_trial_s = 60;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_trials(f->study), 12);
    for (uint32_t i = 0; i < 12; i++) {
        hone_trial *trial = fake_look(f, i);
        if (hone_trial_status(trial) != want[i].state ||
            strcmp(hone_trial_message(trial), want[i].message) != 0)
            fail_msg("trial %u: %s, \"%s\"", i, hone_state_name(hone_trial_status(trial)),
                     hone_trial_message(trial));
        assert_int_equal(hone_trial_attempts(trial), i == 9 ? 2 : 1);
        hone_trial_destroy(trial);
    }
    assert_non_null(strstr(f->log, "end 0 COMPLETE best\nsource: loss is read from the descriptor "
                                   "HONE_FD\n"));
    assert_non_null(strstr(f->log, "retry 9 WAITING: what ran it is gone\n"));
    // The output of the one without a metric is shown, at once.
    assert_non_null(strstr(f->log, "end 6 INVALID: it ended well, but without loss\nmissing 6\n"));
    assert_int_equal(fake_count(f->missing, "line "), 20);
    assert_non_null(strstr(f->missing, "line 10\n"));
    assert_null(strstr(f->missing, "line 9\n"));
    assert_int_equal(fake_count(f->replies, "{\"ok\":true,\"stop\":false}\n"), 1);
    fake_free(f);
}

// --- retries ---

static void plan_flaky(fake *f, fake_job *job)
{
    uint32_t *n_bad = f->user;
    if (job->trial == 0 && job->attempt <= *n_bad)
        job->end = fake_exit(HN_END_EXIT, 1, 0);
    else
        fake_well(job);
    assert_int_equal(job->append_output, job->attempt > 1);
}

static void test_retries(void **state)
{
    (void)state;
    uint32_t n_bad = 2;
    fake *f = fake_make(plan_flaky);
    hone_run_options options = fake_options(f, 2, 1);
    f->user = &n_bad;
    options.retries = 2;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(f->log, "start 0/1\nretry 0 FAILED: exit code 1\n"
                                "start 0/2\nretry 0 FAILED: exit code 1\n"
                                "start 0/3\nend 0 COMPLETE best\n"
                                "source: loss is read from lines such as loss=0.2 on standard "
                                "output\n"
                                "start 1/1\nend 1 COMPLETE\nover\n");
    fake_free(f);
    f = fake_make(plan_flaky);
    options = fake_options(f, 2, 1);
    n_bad = 3;
    f->user = &n_bad;
    options.retries = 2;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_status(f, 0), HONE_STATE_FAILED);
    assert_int_equal(hone_study_n_trials(f->study), 3);
    fake_free(f);
}

// The first attempt says all there is, one metric at a time, and leaves a checkpoint; the second
// finds nothing to do.
static void plan_said_before(fake *f, fake_job *job)
{
    static const char *const lines[] = {"{\"loss\":0.5,\"step\":1}", "{\"acc\":0.6,\"step\":2}",
                                        "{\"loss\":0.3,\"step\":3}", "{\"acc\":0.7,\"step\":4}",
                                        "{\"loss\":0.4,\"step\":5}"};
    char path[300];
    (void)f;
    if (job->attempt > 1)
        return;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        fake_say(job, HN_LINE_FD, lines[i]);
    snprintf(path, sizeof path, "%s/ckpt/state", job->dir);
    FILE *file = fopen(path, "w");
    assert_true(file && fputs("done", file) >= 0 && fclose(file) == 0);
    job->end = fake_exit(HN_END_EXIT, 1, 0);
}

// What an earlier attempt has reported counts as if the last one had said it.
static void test_earlier_reports_count_as_lines(void **state)
{
    (void)state;
    static const hone_metric metrics[] = {{"loss", HONE_MINIMIZE}, {"acc", HONE_RECORD}};
    for (int best = 0; best < 2; best++) {
        fake *f = calloc(1, sizeof *f);
        hone_study_options study = fake_study_options();
        study.metrics = metrics;
        study.n_metrics = 2;
        f->plan = plan_said_before;
        fake_open(f, study, "0..1");
        hone_run_options options = fake_options(f, 1, 1);
        options.retries = 1;
        options.take_best = best;
        assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
        hone_trial *trial = fake_look(f, 0);
        assert_int_equal(hone_trial_attempts(trial), 2);
        assert_true(hone_trial_value(trial, 0) == (best ? 0.3 : 0.4));
        assert_true(hone_trial_value(trial, 1) == 0.7);
        hone_trial_destroy(trial);
        fake_free(f);
    }
}

// --- failures at the start ---

static void plan_fail(fake *f, fake_job *job)
{
    (void)f;
    job->end = fake_exit(HN_END_EXIT, 3, 0);
}

static void test_three_equal_failures(void **state)
{
    (void)state;
    fake *f = fake_make(plan_fail);
    hone_run_options options = fake_options(f, 100, 1);
    assert_int_equal(fake_run(f, &options), HONE_RUN_ALL_FAILED);
    assert_int_equal(f->n_started, 3);
    assert_non_null(strstr(f->log, "warning: 3 trials failed in the same way and none has finished "
                                   "(FAILED, exit code 3): stopping\n"));
    // It is tried again when the user says so.
    assert_int_equal(fake_run(f, &options), HONE_RUN_ALL_FAILED);
    assert_int_equal(f->n_started, 3);
    f->plan = fake_plan_well;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 100);
    fake_free(f);
}

// Trial 0 takes its time while the others fail; what it makes of itself decides.
static void plan_first_held(fake *f, fake_job *job)
{
    (void)f;
    if (job->trial == 0 || job->trial > 4)
        fake_well(job);
    else
        job->end = fake_exit(HN_END_EXIT, 3, 0);
    job->held = job->trial == 0;
}

static bool release_first(fake *f)
{
    fake_job *job = fake_trial(f, 0);
    if (!job)
        return false;
    assert_true(f->n_started <= 5); // nothing is started while it is in doubt
    job->held = false;
    return true;
}

static void test_streak_waits_for_the_running(void **state)
{
    (void)state;
    fake *f = fake_make(plan_first_held);
    hone_run_options options = fake_options(f, 8, 4);
    f->idle = release_first;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 8);
    assert_null(strstr(f->log, "warning"));
    fake_free(f);
}

static void plan_fail_differently(fake *f, fake_job *job)
{
    (void)f;
    job->end = fake_exit(HN_END_EXIT, (int)(20 + job->trial % 2), 0);
}

static void test_far_too_many_failures(void **state)
{
    (void)state;
    fake *f = fake_make(plan_fail_differently);
    hone_run_options options = fake_options(f, 2, 1);
    assert_int_equal(fake_run(f, &options), HONE_RUN_ALL_FAILED);
    assert_int_equal(f->n_started, 27); // more than 3 · 2 + 20
    fake_free(f);
    f = fake_make(plan_fail_differently);
    options = fake_options(f, 0, 1);
    assert_int_equal(fake_run(f, &options), HONE_RUN_ALL_FAILED);
    assert_int_equal(f->n_started, 21);
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_earlier_reports_count_as_lines),
        cmocka_unit_test(test_three_equal_failures),
        cmocka_unit_test(test_streak_waits_for_the_running),
        cmocka_unit_test(test_far_too_many_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
