// What others ask of a run through the journal: kills, reruns, retests, and runs of certain trials
// only.
#include "fake.h"

static void plan_first_three_held(fake *f, fake_job *job)
{
    fake_plan_well(f, job);
    job->held = job->trial < 3;
}

static bool kill_once(fake *f, bool force)
{
    if (!fake_count(f->log, "asked")) {
        for (uint32_t i = 0; i < f->n_jobs; i++)
            assert_int_equal(
                hone_study_kill(f->study, f->jobs[i].trial, HONE_STATE_FAILED, force, NULL, NULL),
                HONE_OK);
        fake_note(f, "asked\n");
    }
    return false; // only the tick finds out
}

static bool kill_all(fake *f)
{
    return kill_once(f, false);
}

static bool kill_by_force(fake *f)
{
    return kill_once(f, true);
}

// A kill gives the grace, is no failure of the command, and makes room for another trial.
static void test_killed_trials_are_replaced(void **state)
{
    (void)state;
    fake *f = fake_make(plan_first_three_held);
    hone_run_options options = fake_options(f, 2, 3);
    options.retries = 5;
    f->idle = kill_all;
    options.n_trials = 3;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_count(f->log, "FAILED: killed on request\n"), 3);
    assert_int_equal(fake_count(f->log, "COMPLETE"), 3);
    assert_int_equal(fake_count(f->log, "warning"), 0); // three equal ends, but no streak
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(fake_status(f, i), HONE_STATE_FAILED);
    fake_free(f);
}

static void plan_first_held(fake *f, fake_job *job)
{
    fake_plan_well(f, job);
    job->held = job->trial == 0;
}

static void test_a_kill_asks_before_it_kills(void **state)
{
    (void)state;
    fake *f = fake_make(plan_first_held);
    hone_run_options options = fake_options(f, 1, 1);
    f->idle = kill_all;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    hone_trial *trial = fake_look(f, 0);
    assert_int_equal(hone_trial_signal(trial), 15);
    hone_trial_destroy(trial);
    fake_free(f);
}

static void test_by_force_its_end_is_shown_once(void **state)
{
    (void)state;
    fake *f = fake_make(plan_first_held);
    hone_run_options options = fake_options(f, 1, 1);
    f->idle = kill_by_force;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_count(f->log, "end 0 FAILED: killed on request\n"), 1);
    assert_int_equal(fake_count(f->log, "warning"), 0);
    assert_int_equal(fake_status(f, 0), HONE_STATE_FAILED);
    fake_free(f);
}

static void plan_third_fails(fake *f, fake_job *job)
{
    fake_plan_well(f, job);
    if (job->trial == 2 && job->attempt == 1)
        job->end = fake_exit(HN_END_EXIT, 2, 0);
}

static void test_reruns_run_although_the_end_is_reached(void **state)
{
    (void)state;
    fake *f = fake_make(plan_third_fails);
    uint32_t again;
    hone_run_options options = fake_options(f, 4, 2);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_status(f, 2), HONE_STATE_FAILED);
    assert_int_equal(hone_study_rerun(f->study, 2, &again, NULL), HONE_OK);
    assert_int_equal(again, 2);
    assert_int_equal(hone_study_rerun(f->study, 0, &again, NULL), HONE_OK);
    assert_int_equal(again, 5);
    assert_int_equal(hone_study_n_asked_for(f->study), 2);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->n_started, 2);
    assert_int_equal(fake_status(f, 2), HONE_STATE_COMPLETE);
    assert_int_equal(fake_status(f, 5), HONE_STATE_COMPLETE);
    assert_int_equal(hone_study_n_asked_for(f->study), 0);
    assert_int_equal(hone_study_n_trials(f->study), 6);
    fake_free(f);
}

static void test_retests_run_although_the_target_is_reached(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_well);
    hone_run_options options = fake_options(f, 0, 1);
    options.has_target = true;
    options.target = 1; // any
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_trials(f->study), 1);
    assert_int_equal(hone_study_retest(f->study, 0, 3, NULL, NULL), HONE_OK);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_trials(f->study), 4);
    for (uint32_t i = 1; i < 4; i++)
        assert_int_equal(fake_status(f, i), HONE_STATE_COMPLETE);
    fake_free(f);
}

static void test_certain_trials_only(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_held);
    hone_run_options options = fake_options(f, 0, 2);
    uint32_t numbers[4];
    for (int i = 0; i < 4; i++)
        hone_study_enqueue(f->study, "{\"x\":0.75}", HONE_PURPOSE_SEARCH, -1, &numbers[i], NULL);
    f->plan = fake_plan_well;
    options.only_trials = (const uint32_t[]){numbers[1], numbers[3], numbers[2]};
    options.n_only_trials = 3;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->n_started, 3);
    assert_int_equal(f->max_running, 2);
    assert_int_equal(fake_status(f, numbers[0]), HONE_STATE_WAITING);
    // One that is out of the queue is not waited for.
    assert_int_equal(hone_study_kill(f->study, numbers[0], HONE_STATE_FAILED, false, NULL, NULL),
                     HONE_OK);
    options.only_trials = numbers;
    options.n_only_trials = 1;
    assert_int_equal(fake_run(f, &options), HONE_RUN_ALL_FAILED);
    assert_int_equal(f->n_started, 0);
    fake_free(f);
}

static void test_trials_that_are_not_there_are_refused(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_well);
    hone_error err = HONE_ERROR_INIT;
    hone_run_outcome outcome;
    hone_run_options options = fake_options(f, 0, 2);
    options.only_trials = (const uint32_t[]){7};
    options.n_only_trials = 1;
    assert_int_equal(fake_try(f, &options, &outcome, &err), HONE_ENOTFOUND);
    assert_string_equal(err.text, "there is no trial 7 to run: the study has 0");
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_trials_are_replaced),
        cmocka_unit_test(test_a_kill_asks_before_it_kills),
        cmocka_unit_test(test_by_force_its_end_is_shown_once),
        cmocka_unit_test(test_reruns_run_although_the_end_is_reached),
        cmocka_unit_test(test_retests_run_although_the_target_is_reached),
        cmocka_unit_test(test_certain_trials_only),
        cmocka_unit_test(test_trials_that_are_not_there_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
