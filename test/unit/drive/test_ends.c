// Ends from outside and new beginnings: interrupts, requests, recovery, the final run, one trial.
#include "fake.h"

#include <unistd.h>

static void plan_held(fake *f, fake_job *job)
{
    (void)f;
    char path[300];
    fake_well(job);
    job->held = true;
    snprintf(path, sizeof path, "%s/ckpt/state", job->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("1", file);
    fclose(file);
}

static void release_all(fake *f)
{
    for (uint32_t i = 0; i < f->n_jobs; i++)
        f->jobs[i].held = false;
}

static uint32_t waiting(fake *f)
{
    return hone_study_count(f->study, HONE_STATE_WAITING);
}

// --- interrupts ---

static bool interrupt_then_release(fake *f)
{
    if (!fake_count(f->log, "stopping")) {
        hone_run_interrupt(f->run, 1);
        return true;
    }
    release_all(f);
    return true;
}

static void test_first_interrupt_lets_them_finish(void **state)
{
    (void)state;
    fake *f = fake_make(plan_held);
    hone_run_options options = fake_options(f, 10, 3);
    f->idle = interrupt_then_release;
    assert_int_equal(fake_run(f, &options), HONE_RUN_STOPPED);
    assert_int_equal(f->n_started, 3);
    assert_int_equal(hone_study_n_finished(f->study), 3);
    assert_int_equal(fake_count(f->log, "stopping 1\n"), 1);
    // With the last ones there is nothing left to resume.
    options.n_trials = 5;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 5);
    fake_free(f);
}

static bool interrupt_twice(fake *f)
{
    if (!fake_count(f->log, "stopping"))
        hone_run_interrupt(f->run, 2);
    return true;
}

// Trial 0 ends well all the same, 1 with exit code 10, 2 by the signal, 3 with the code of a shell.
static void plan_ends_when_told(fake *f, fake_job *job)
{
    plan_held(f, job);
    job->cancelled = job->trial == 0   ? fake_exit(HN_END_CANCELLED, 0, 0)
                     : job->trial == 1 ? fake_exit(HN_END_EXIT, 10, 0)
                     : job->trial == 2 ? fake_exit(HN_END_CANCELLED, -1, 15)
                                       : fake_exit(HN_END_CANCELLED, 143, 0);
}

static void plan_second_time(fake *f, fake_job *job)
{
    (void)f;
    char path[300];
    bool again = job->trial >= 1 && job->trial <= 3;
    assert_int_equal(job->attempt, again ? 2 : 1);
    assert_int_equal(job->append_output, again);
    snprintf(path, sizeof path, "%s/ckpt/state", job->dir);
    bool *keeps = f->user;
    assert_int_equal(hn_fs_exists(path), again && *keeps);
    fake_well(job);
}

static void interrupted_and_resumed(bool keeps)
{
    fake *f = fake_make(plan_ends_when_told);
    hone_run_options options = fake_options(f, 6, 4);
    options.no_checkpoint = !keeps;
    f->idle = interrupt_twice;
    f->user = &keeps;
    assert_int_equal(fake_run(f, &options), HONE_RUN_STOPPED);
    assert_int_equal(fake_count(f->log, "stopping 2\n"), 1);
    assert_int_equal(fake_status(f, 0), HONE_STATE_COMPLETE);
    assert_int_equal(waiting(f), 3);
    assert_non_null(strstr(f->log, "retry 3 WAITING: interrupted\n"));
    for (uint32_t i = 0; i < f->n_jobs; i++)
        assert_int_equal(f->jobs[i].last_cancel, HN_CANCEL_PAUSE);
    f->plan = plan_second_time;
    f->idle = NULL;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 6);
    assert_int_equal(hone_study_n_trials(f->study), 6);
    fake_free(f);
}

static void test_second_interrupt_requeues(void **state)
{
    (void)state;
    interrupted_and_resumed(true);
}

static void test_no_checkpoint_starts_over(void **state)
{
    (void)state;
    interrupted_and_resumed(false);
}

// Deaf to anything but the third call.
static void plan_deaf(fake *f, fake_job *job)
{
    plan_held(f, job);
    job->cancelled.type = HN_MSG_STARTED;
}

static bool interrupt_more(fake *f)
{
    hone_run_interrupt(f->run, 1);
    return true;
}

static void test_third_interrupt_kills(void **state)
{
    (void)state;
    fake *f = fake_make(plan_deaf);
    hone_run_options options = fake_options(f, 6, 2);
    f->idle = interrupt_more;
    assert_int_equal(fake_run(f, &options), HONE_RUN_STOPPED);
    assert_non_null(strstr(f->log, "stopping 1\nstopping 2\nstopping 3\n"));
    assert_int_equal(waiting(f), 2);
    for (uint32_t i = 0; i < f->n_jobs; i++) {
        assert_int_equal(f->jobs[i].n_cancels, 2);
        assert_int_equal(f->jobs[i].last_cancel, HN_CANCEL_KILL);
    }
    fake_free(f);
}

// --- requests of others ---

static void plan_first_three_held(fake *f, fake_job *job)
{
    plan_held(f, job);
    job->held = job->trial < 3;
}

static bool ask_to_end(fake *f)
{
    if (!fake_count(f->log, "asked")) {
        assert_int_equal(hone_study_stop_trial(f->study, 0, HONE_STATE_PRUNED, NULL), HONE_OK);
        assert_int_equal(hone_study_stop_trial(f->study, 1, HONE_STATE_FAILED, NULL), HONE_OK);
        fake_note(f, "asked\n");
        fake_trial(f, 2)->held = false;
    }
    return false; // only the tick finds out
}

static void test_requests(void **state)
{
    (void)state;
    fake *f = fake_make(plan_first_three_held);
    hone_run_options options = fake_options(f, 3, 3);
    options.retries = 5; // what was killed on purpose is not tried again
    f->idle = ask_to_end;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_status(f, 0), HONE_STATE_PRUNED);
    assert_int_equal(fake_status(f, 1), HONE_STATE_FAILED);
    assert_non_null(strstr(f->log, "end 1 FAILED: killed on request\n"));
    fake_free(f);
}

// --- recovery ---

// Trials that a process which no longer lives has started.
static void leave_behind(fake *f, uint32_t n)
{
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial;
    char owner[300], *start;
    assert_int_equal(hone_study_ask(f->study, NULL, &trial, &err), HONE_OK);
    snprintf(owner, sizeof owner, "%s", hone_trial_owner(trial));
    start = strrchr(owner, '/');
    assert_non_null(start);
    strcpy(start, "/1"); // a process of this id began at another time
    assert_int_equal(hone_study_requeue(f->study, trial, "test", &err), HONE_OK);
    hone_trial_destroy(trial);
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    options.owner = owner;
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(hone_study_ask(f->study, &options, &trial, &err), HONE_OK);
        hone_trial_destroy(trial);
    }
}

static void test_recovers(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_well);
    hone_run_options options = fake_options(f, 4, 1);
    leave_behind(f, 2);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(f->recovered,
                        "2 trials that an earlier run left unfinished will run again");
    assert_int_equal(f->n_reaped, 1);
    assert_int_equal(hone_study_n_trials(f->study), 4);
    assert_int_equal(hone_study_n_finished(f->study), 4);
    fake_free(f);
}

// A worker that dies while the other one finishes: its trial is taken over before the end.
static bool die_later(fake *f)
{
    if (!fake_count(f->log, "died")) {
        leave_behind(f, 1);
        fake_note(f, "died\n");
    }
    release_all(f);
    return true;
}

static void test_takes_over(void **state)
{
    (void)state;
    fake *f = fake_make(plan_held);
    hone_run_options options = fake_options(f, 2, 1);
    f->idle = die_later;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 2);
    assert_int_equal(hone_study_count(f->study, HONE_STATE_RUNNING), 0);
    fake_free(f);
}

// --- the final run ---

static void plan_final(fake *f, fake_job *job)
{
    uint32_t *n_final = f->user;
    fake_well(job);
    *n_final += job->is_final;
    if (job->is_final)
        job->held = fake_count(f->recovered, "hold") > 0;
}

static void test_final(void **state)
{
    (void)state;
    uint32_t n_final = 0, best;
    fake *f = fake_make(plan_final);
    hone_run_options options = fake_options(f, 5, 2);
    f->user = &n_final;
    options.final_run = true;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(n_final, 1);
    assert_int_equal(hone_study_best(f->study, &best, NULL), HONE_OK);
    hone_trial *last = fake_look(f, 5), *winner = fake_look(f, best);
    assert_int_equal(hone_trial_purpose_of(last), HONE_PURPOSE_FINAL);
    assert_int_equal(hone_trial_parent(last), best);
    assert_int_equal(hone_trial_status(last), HONE_STATE_COMPLETE);
    assert_string_equal(hone_trial_params_json(last), hone_trial_params_json(winner));
    hone_trial_destroy(last);
    hone_trial_destroy(winner);
    assert_int_equal(hone_study_n_finished(f->study), 5);
    assert_int_equal(fake_count(f->log, "end 5 COMPLETE\n"), 1);
    // Not again for the same winner.
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(n_final, 1);
    fake_free(f);
}

static void plan_final_held(fake *f, fake_job *job)
{
    (void)f;
    fake_well(job);
    job->held = job->is_final;
}

static void test_final_interrupted(void **state)
{
    (void)state;
    fake *f = fake_make(plan_final_held);
    hone_run_options options = fake_options(f, 3, 1);
    options.final_run = true;
    f->idle = interrupt_twice;
    assert_int_equal(fake_run(f, &options), HONE_RUN_STOPPED);
    assert_int_equal(fake_status(f, 3), HONE_STATE_WAITING);
    f->plan = fake_plan_well;
    f->idle = NULL;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_status(f, 3), HONE_STATE_COMPLETE);
    assert_int_equal(hone_study_n_trials(f->study), 4);
    fake_free(f);
}

// --- one trial ---

static void plan_by_value(fake *f, fake_job *job)
{
    (void)f;
    fake_well(job);
    if (job->x < 0.5)
        job->end = fake_exit(HN_END_EXIT, 2, 0);
}

static void test_only_trial(void **state)
{
    (void)state;
    fake *f = fake_make(plan_by_value);
    hone_run_options options = fake_options(f, 0, 4);
    uint32_t good, bad;
    hone_study_enqueue(f->study, "{\"x\":0.75}", HONE_PURPOSE_SEARCH, -1, &good, NULL);
    hone_study_enqueue(f->study, "{\"x\":0.25}", HONE_PURPOSE_SEARCH, -1, &bad, NULL);
    options.only_trial = good;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->n_started, 1);
    assert_int_equal(fake_status(f, good), HONE_STATE_COMPLETE);
    assert_int_equal(fake_status(f, bad), HONE_STATE_WAITING);
    options.only_trial = bad;
    assert_int_equal(fake_run(f, &options), HONE_RUN_ALL_FAILED);
    options.retries = 1;
    assert_int_equal(f->n_started, 1);
    // It has ended: nothing to do.
    assert_int_equal(fake_run(f, &options), HONE_RUN_ALL_FAILED);
    assert_int_equal(f->n_started, 0);
    fake_free(f);
}

// Repeats of finished trials run although the number is reached.
static void test_retests(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_well);
    hone_run_options options = fake_options(f, 2, 2);
    fake_run(f, &options);
    hone_trial *trial = fake_look(f, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(hone_study_enqueue(f->study, hone_trial_params_json(trial),
                                            HONE_PURPOSE_RETEST, 0, NULL, NULL),
                         HONE_OK);
    hone_trial_destroy(trial);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->n_started, 3);
    assert_int_equal(fake_status(f, 4), HONE_STATE_COMPLETE);
    fake_free(f);
}

// --- taken over ---

static void plan_first_attempt_held(fake *f, fake_job *job)
{
    plan_held(f, job);
    job->held = job->attempt == 1;
}

static bool steal(fake *f)
{
    if (!fake_count(f->log, "stolen")) {
        // As recovery does that takes the owner for dead.
        hone_trial *trial = fake_look(f, 0);
        assert_int_equal(hone_study_requeue(f->study, trial, "test", NULL), HONE_OK);
        hone_trial_destroy(trial);
        fake_note(f, "stolen\n");
    }
    return false;
}

static void test_taken_over(void **state)
{
    (void)state;
    fake *f = fake_make(plan_first_attempt_held);
    hone_run_options options = fake_options(f, 1, 1);
    f->idle = steal;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 1);
    assert_non_null(strstr(f->log, "stolen\nwarning: trial 0 was taken over by another worker\n"
                                   "start 0/2\nend 0 COMPLETE best\n"));
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_interrupt_lets_them_finish),
        cmocka_unit_test(test_second_interrupt_requeues),
        cmocka_unit_test(test_no_checkpoint_starts_over),
        cmocka_unit_test(test_third_interrupt_kills),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_recovers),
        cmocka_unit_test(test_takes_over),
        cmocka_unit_test(test_final),
        cmocka_unit_test(test_final_interrupted),
        cmocka_unit_test(test_only_trial),
        cmocka_unit_test(test_retests),
        cmocka_unit_test(test_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
