// Trials of several parts: folds, repeats, their means, and what ends a trial between two of them.
#include "fake.h"

#include <math.h>

// loss = x + fold / 10 + repeat; each start is noted with the last piece of its folder.
static void plan_parts(fake *f, fake_job *job)
{
    char text[64];
    double loss = job->x + (job->fold > 0 ? job->fold / 10.0 : 0) + (job->repeat > 0);
    fake_note(f, "run %u fold %d repeat %d in %s%s\n", job->trial, job->fold, job->repeat,
              strrchr(job->dir, '/') + 1, job->append_output ? " again" : "");
    snprintf(text, sizeof text, "loss=%.17g", loss);
    fake_say(job, HN_LINE_STDOUT, text);
    job->end = fake_exit(HN_END_EXIT, 0, 0);
}

static fake *parts_make(void (*plan)(fake *f, fake_job *job), const char *scheduler,
                        const char *scheduler_options)
{
    fake *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->plan = plan;
    hone_study_options options = fake_study_options();
    options.scheduler = scheduler;
    options.scheduler_options = scheduler_options;
    fake_open(f, options, "0..1 = 0.5");
    return f;
}

static void assert_value(fake *f, uint32_t number, double want)
{
    hone_trial *trial = fake_look(f, number);
    double got = hone_trial_value(trial, 0);
    if (!(fabs(got - want) < 1e-12) && !(isnan(got) && isnan(want)))
        fail_msg("trial %u: %.17g instead of %.17g", number, got, want);
    hone_trial_destroy(trial);
}

static void assert_ended(fake *f, uint32_t number, uint32_t want)
{
    hone_trial *trial = fake_look(f, number);
    assert_int_equal(hone_trial_n_parts_ended(trial), want);
    hone_trial_destroy(trial);
}

static void test_a_trial_is_the_mean_of_its_folds(void **state)
{
    (void)state;
    fake *f = parts_make(plan_parts, NULL, NULL);
    hone_run_options options = fake_options(f, 1, 2);
    options.folds = 3;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(f->log, "run 0 fold 0 repeat -1 in run-0\nstart 0/1\n"
                                "part 0/3 of 0 0.5\nrun 0 fold 1 repeat -1 in run-1\n"
                                "part 1/3 of 0 0.6\nrun 0 fold 2 repeat -1 in run-2\n"
                                "part 2/3 of 0 0.7\nend 0 COMPLETE best\n"
                                "source: loss is read from lines such as loss=0.2 on standard "
                                "output\nover\n");
    assert_int_equal(f->max_running, 1);
    assert_value(f, 0, 0.6);
    hone_trial *trial = fake_look(f, 0);
    hone_repeats spread = HONE_REPEATS_INIT;
    assert_int_equal(hone_trial_spread(trial, 0, &spread, NULL), HONE_OK);
    assert_int_equal(spread.n, 3);
    assert_int_equal(spread.n_open, 0);
    assert_true(fabs(spread.stddev - 0.1) < 1e-12);
    assert_true(fabs(spread.std_err - 0.1 / sqrt(3)) < 1e-12);
    // Time adds up, memory does not.
    assert_true(fabs(hone_trial_duration_s(trial) - 0.003) < 1e-12);
    assert_int_equal(hone_trial_maxrss_kb(trial), 2048);
    assert_int_equal(hone_trial_n_reports(trial), 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(hone_trial_report_step(trial, i) == i + 1);
        assert_true(fabs(hone_trial_report_value(trial, i, 0) - (0.5 + i * 0.05)) < 1e-12);
    }
    hone_trial_destroy(trial);
    fake_free(f);
}

// The folds of a repeat share a seed: they are one partition.
static void plan_seeds(fake *f, fake_job *job)
{
    static long seeds[2];
    plan_parts(f, job);
    if (job->fold == 0)
        seeds[job->repeat] = job->seed;
    assert_int_equal(job->seed, seeds[job->repeat]);
    if (job->repeat == 1)
        assert_int_not_equal(seeds[0], seeds[1]);
}

static void test_repeats_of_folds(void **state)
{
    (void)state;
    fake *f = parts_make(plan_seeds, NULL, NULL);
    hone_run_options options = fake_options(f, 1, 1);
    options.folds = 2;
    options.repeats = 2;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_non_null(strstr(f->log, "run 0 fold 1 repeat 0 in run-1\n"));
    assert_non_null(strstr(f->log, "run 0 fold 0 repeat 1 in run-2\n"));
    assert_non_null(strstr(f->log, "run 0 fold 1 repeat 1 in run-3\n"));
    assert_value(f, 0, 1.05);
    fake_free(f);
}

static void test_one_repeat_is_a_trial_like_any(void **state)
{
    (void)state;
    fake *f = parts_make(plan_parts, NULL, NULL);
    hone_run_options options = fake_options(f, 1, 1);
    options.repeats = 1;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_non_null(strstr(f->log, "run 0 fold -1 repeat -1 in 0\n"));
    fake_free(f);
}

// --- failures ---

static void plan_second_fails(fake *f, fake_job *job)
{
    plan_parts(f, job);
    if (job->fold == 1 && job->attempt == 1)
        job->end = fake_exit(HN_END_EXIT, 3, 0);
}

static void test_a_retry_repeats_that_fold_alone(void **state)
{
    (void)state;
    fake *f = parts_make(plan_second_fails, NULL, NULL);
    hone_run_options options = fake_options(f, 1, 1);
    options.folds = 3;
    options.retries = 1;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_count(f->log, "run 0 fold 0 "), 1);
    assert_int_equal(fake_count(f->log, "run 0 fold 1 repeat -1 in run-1 again\n"), 1);
    assert_int_equal(fake_count(f->log, "run 0 fold 2 repeat -1 in run-2\n"), 1);
    assert_non_null(strstr(f->log, "retry 0 FAILED: fold 1: exit code 3\n"));
    assert_value(f, 0, 0.6);
    fake_free(f);
}

static void test_a_failed_fold_fails_the_trial(void **state)
{
    (void)state;
    fake *f = parts_make(plan_second_fails, NULL, NULL);
    hone_run_options options = fake_options(f, 0, 1);
    options.folds = 3;
    options.only_trial = 0;
    uint32_t number;
    assert_int_equal(
        hone_study_enqueue(f->study, "{\"x\":0.25}", HONE_PURPOSE_SEARCH, -1, &number, NULL),
        HONE_OK);
    assert_int_equal(fake_run(f, &options), HONE_RUN_ALL_FAILED);
    assert_int_equal(fake_status(f, 0), HONE_STATE_FAILED);
    assert_non_null(strstr(f->log, "end 0 FAILED: fold 1: exit code 3\n"));
    assert_value(f, 0, NAN); // one fold of three is not its value
    assert_ended(f, 0, 1);
    fake_free(f);
}

static void plan_second_is_silent(fake *f, fake_job *job)
{
    plan_parts(f, job);
    if (job->repeat == 1)
        job->n_lines = 0;
}

static void test_a_repeat_without_its_metric(void **state)
{
    (void)state;
    fake *f = parts_make(plan_second_is_silent, NULL, NULL);
    hone_run_options options = fake_options(f, 1, 1);
    options.repeats = 2;
    assert_int_equal(fake_run(f, &options), HONE_RUN_ALL_FAILED);
    assert_non_null(strstr(f->log, "end 0 INVALID: repeat 1: it ended well, but without loss\n"));
    fake_free(f);
}

static void plan_slow(fake *f, fake_job *job)
{
    plan_parts(f, job);
    assert_true(fabs(job->timeout_s - (5 - 2 * job->fold)) < 1e-9);
    job->end.wall_us = 2000000;
    if (job->fold == 2) {
        job->end.cause = HN_END_TIMEOUT;
        job->end.exit_code = -1;
        job->end.signal = 15;
    }
}

static void test_the_time_limit_is_the_whole_trials(void **state)
{
    (void)state;
    fake *f = parts_make(plan_slow, NULL, NULL);
    hone_run_options options = fake_options(f, 0, 1);
    options.folds = 4;
    options.timeout_trial_s = 5;
    options.only_trial = 0;
    uint32_t number;
    assert_int_equal(
        hone_study_enqueue(f->study, "{\"x\":0.25}", HONE_PURPOSE_SEARCH, -1, &number, NULL),
        HONE_OK);
    assert_int_equal(fake_run(f, &options), HONE_RUN_ALL_FAILED);
    assert_non_null(strstr(f->log, "end 0 TIMEOUT: fold 2: the trial took longer than 5 s\n"));
    hone_trial *trial = fake_look(f, 0);
    assert_true(fabs(hone_trial_duration_s(trial) - 6) < 1e-9);
    hone_trial_destroy(trial);
    fake_free(f);
}

// --- schedulers ---

static void test_a_bad_trial_stops_after_two_folds(void **state)
{
    (void)state;
    fake *f = parts_make(plan_parts, "threshold", "{\"upper\":0.54}");
    hone_run_options options = fake_options(f, 1, 1);
    options.folds = 5;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_status(f, 0), HONE_STATE_PRUNED);
    assert_int_equal(f->n_started, 2);
    assert_value(f, 0, 0.55);
    assert_int_equal(hone_study_best(f->study, &(uint32_t){0}, NULL), HONE_ENOTFOUND);
    hone_trial *trial = fake_look(f, 0);
    hone_repeats spread = HONE_REPEATS_INIT;
    assert_int_equal(hone_trial_spread(trial, 0, &spread, NULL), HONE_OK);
    assert_int_equal(spread.n, 2);
    assert_int_equal(spread.n_open, 3);
    hone_trial_destroy(trial);
    fake_free(f);
}

static void plan_with_steps(fake *f, fake_job *job)
{
    plan_parts(f, job);
    job->n_lines = 0;
    fake_say(job, HN_LINE_FD, "{\"loss\":0.9,\"step\":1}");
    fake_say(job, HN_LINE_FD,
             job->fold == 0 ? "{\"loss\":0.4,\"step\":4}" : "{\"loss\":0.6,\"step\":4}");
}

static void test_own_reports_are_those_of_the_first_fold(void **state)
{
    (void)state;
    fake *f = parts_make(plan_with_steps, NULL, NULL);
    hone_run_options options = fake_options(f, 1, 1);
    options.folds = 3;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    hone_trial *trial = fake_look(f, 0);
    static const double steps[] = {1, 4, 8, 12}, values[] = {0.9, 0.4, 0.5, 1.6 / 3};
    assert_int_equal(hone_trial_n_reports(trial), 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(hone_trial_report_step(trial, i) == steps[i]);
        assert_true(fabs(hone_trial_report_value(trial, i, 0) - values[i]) < 1e-12);
    }
    hone_trial_destroy(trial);
    fake_free(f);
}

static void plan_gives_up(fake *f, fake_job *job)
{
    plan_parts(f, job);
    if (job->fold == 2)
        job->end = fake_exit(HN_END_EXIT, 10, 0);
}

static void test_what_a_fold_that_gave_up_said_does_not_count(void **state)
{
    (void)state;
    fake *f = parts_make(plan_gives_up, NULL, NULL);
    hone_run_options options = fake_options(f, 1, 1);
    options.folds = 3;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_status(f, 0), HONE_STATE_PRUNED);
    assert_value(f, 0, 0.55);
    fake_free(f);
}

// Its trials pause after one fold; those promoted go on with the second.
static void test_folds_as_a_resource(void **state)
{
    (void)state;
    fake *f = parts_make(plan_parts, "asha",
                         "{\"variant\":\"pause\",\"min_resource\":1,\"max_resource\":3,\"eta\":3}");
    hone_run_options options = fake_options(f, 2, 1);
    options.folds = 3;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    uint32_t n_trials = hone_study_n_trials(f->study), n_ended = 0;
    assert_true(n_trials >= 2);
    for (uint32_t i = 0; i < n_trials; i++) {
        char line[64];
        hone_trial *trial = fake_look(f, i);
        n_ended += hone_trial_n_parts_ended(trial);
        hone_trial_destroy(trial);
        snprintf(line, sizeof line, "run %u fold 0 ", i);
        assert_int_equal(fake_count(f->log, line), 1);
    }
    assert_int_equal(f->n_started, n_ended); // nothing was run twice
    assert_int_equal(fake_count(f->log, "warning"), 0);
    fake_free(f);
}

// --- ends from outside ---

static void plan_third_held(fake *f, fake_job *job)
{
    plan_parts(f, job);
    job->held = job->fold == 2;
}

static bool interrupt_twice(fake *f)
{
    if (!fake_count(f->log, "stopping"))
        hone_run_interrupt(f->run, 2);
    return true;
}

static void test_an_interrupted_trial_goes_on_with_its_fold(void **state)
{
    (void)state;
    fake *f = parts_make(plan_third_held, NULL, NULL);
    hone_run_options options = fake_options(f, 1, 1);
    options.folds = 4;
    f->idle = interrupt_twice;
    assert_int_equal(fake_run(f, &options), HONE_RUN_STOPPED);
    assert_int_equal(fake_status(f, 0), HONE_STATE_WAITING);
    assert_ended(f, 0, 2);
    f->plan = plan_parts;
    f->idle = NULL;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->n_started, 2);
    assert_int_equal(fake_count(f->log, "run 0 fold 2 repeat -1 in run-2 again\n"), 1);
    assert_int_equal(fake_count(f->log, "run 0 fold 3 repeat -1 in run-3\n"), 1);
    assert_value(f, 0, 0.65);
    fake_free(f);
}

// The fold ends well although it was asked to end; the rest is for later.
static void plan_third_ends_well(fake *f, fake_job *job)
{
    plan_third_held(f, job);
    job->cancelled = fake_exit(HN_END_CANCELLED, 0, 0);
}

static void test_no_fold_begins_after_the_second_interrupt(void **state)
{
    (void)state;
    fake *f = parts_make(plan_third_ends_well, NULL, NULL);
    hone_run_options options = fake_options(f, 1, 1);
    options.folds = 4;
    f->idle = interrupt_twice;
    assert_int_equal(fake_run(f, &options), HONE_RUN_STOPPED);
    assert_int_equal(f->n_started, 3);
    assert_ended(f, 0, 3);
    assert_int_equal(fake_status(f, 0), HONE_STATE_WAITING);
    fake_free(f);
}

static bool interrupt_once(fake *f)
{
    if (!fake_count(f->log, "stopping"))
        hone_run_interrupt(f->run, 1);
    else
        for (uint32_t i = 0; i < f->n_jobs; i++)
            f->jobs[i].held = false;
    return true;
}

static void test_after_one_interrupt_a_trial_has_its_folds_yet(void **state)
{
    (void)state;
    fake *f = parts_make(plan_third_held, NULL, NULL);
    hone_run_options options = fake_options(f, 2, 1);
    options.folds = 4;
    f->idle = interrupt_once;
    assert_int_equal(fake_run(f, &options), HONE_RUN_STOPPED);
    assert_int_equal(fake_status(f, 0), HONE_STATE_COMPLETE);
    assert_int_equal(f->n_started, 4);
    fake_free(f);
}

static void plan_stop_is_asked(fake *f, fake_job *job)
{
    plan_parts(f, job);
    if (job->fold == 1 && job->trial == 0)
        assert_int_equal(
            hone_study_kill(f->study, job->trial, HONE_STATE_FAILED, false, NULL, NULL), HONE_OK);
}

static void test_a_kill_is_heeded_between_folds(void **state)
{
    (void)state;
    fake *f = parts_make(plan_stop_is_asked, NULL, NULL);
    hone_run_options options = fake_options(f, 1, 1);
    options.folds = 3;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_count(f->log, "end 0 FAILED: killed on request\n"), 1);
    assert_int_equal(fake_count(f->log, "run 0 "), 2);
    assert_int_equal(fake_status(f, 1), HONE_STATE_COMPLETE);
    fake_free(f);
}

// --- the rest ---

static void test_the_final_run_has_no_fold(void **state)
{
    (void)state;
    fake *f = parts_make(plan_parts, NULL, NULL);
    hone_run_options options = fake_options(f, 1, 1);
    options.folds = 2;
    options.final_run = true;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_count(f->log, "run 1 fold -1 repeat -1 in 1\n"), 1);
    assert_int_equal(f->n_started, 3);
    fake_free(f);
}

static void test_a_retest_has_all_folds(void **state)
{
    (void)state;
    fake *f = parts_make(plan_parts, "threshold", "{\"upper\":0.55}");
    hone_run_options options = fake_options(f, 1, 1);
    options.folds = 2;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_retest(f->study, 0, 1, NULL, NULL), HONE_OK);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_value(f, 1, 0.55);
    fake_free(f);
}

// Fold 0 of 2 is not fold 0 of 3, and has its own checkpoint.
static void test_other_folds_begin_anew(void **state)
{
    (void)state;
    char path[300];
    fake *f = parts_make(plan_second_fails, NULL, NULL);
    hone_run_options options = fake_options(f, 0, 1);
    uint32_t number;
    options.folds = 3;
    options.only_trial = 0;
    assert_int_equal(
        hone_study_enqueue(f->study, "{\"x\":0.5}", HONE_PURPOSE_SEARCH, -1, &number, NULL),
        HONE_OK);
    assert_int_equal(fake_run(f, &options), HONE_RUN_ALL_FAILED);
    assert_ended(f, 0, 1);
    snprintf(path, sizeof path, "%s/0/run-0/ckpt/state", f->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(hone_study_rerun(f->study, 0, NULL, NULL), HONE_OK);
    options.folds = 2;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_count(f->log, "run 0 fold 0 repeat -1 in run-0\n"), 1);
    assert_int_equal(fake_count(f->log, "run 0 "), 2);
    assert_false(hn_fs_exists(path));
    assert_value(f, 0, 0.55);
    fake_free(f);
}

static void test_wrong_numbers(void **state)
{
    (void)state;
    fake *f = parts_make(plan_parts, NULL, NULL);
    hone_error err = HONE_ERROR_INIT;
    hone_run_outcome outcome;
    hone_run_options options = fake_options(f, 1, 1);
    options.folds = 1;
    assert_int_equal(fake_try(f, &options, &outcome, &err), HONE_EINVAL);
    assert_string_equal(err.text, "with one fold there is nothing to validate on: --folds takes 2 "
                                  "or more");
    options.folds = 101;
    options.repeats = 10;
    assert_int_equal(fake_try(f, &options, &outcome, &err), HONE_EINVAL);
    assert_string_equal(err.text,
                        "--folds and --repeats make 1010 runs of each trial: 1000 are possible");
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_trial_is_the_mean_of_its_folds),
        cmocka_unit_test(test_repeats_of_folds),
        cmocka_unit_test(test_one_repeat_is_a_trial_like_any),
        cmocka_unit_test(test_a_retry_repeats_that_fold_alone),
        cmocka_unit_test(test_a_failed_fold_fails_the_trial),
        cmocka_unit_test(test_a_repeat_without_its_metric),
        cmocka_unit_test(test_the_time_limit_is_the_whole_trials),
        cmocka_unit_test(test_a_bad_trial_stops_after_two_folds),
        cmocka_unit_test(test_own_reports_are_those_of_the_first_fold),
        cmocka_unit_test(test_what_a_fold_that_gave_up_said_does_not_count),
        cmocka_unit_test(test_folds_as_a_resource),
        cmocka_unit_test(test_an_interrupted_trial_goes_on_with_its_fold),
        cmocka_unit_test(test_no_fold_begins_after_the_second_interrupt),
        cmocka_unit_test(test_after_one_interrupt_a_trial_has_its_folds_yet),
        cmocka_unit_test(test_a_kill_is_heeded_between_folds),
        cmocka_unit_test(test_the_final_run_has_no_fold),
        cmocka_unit_test(test_a_retest_has_all_folds),
        cmocka_unit_test(test_other_folds_begin_anew),
        cmocka_unit_test(test_wrong_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
