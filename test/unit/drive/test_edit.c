// Options that change while a run goes on, the plateau rule, and which rule is said to have ended
// it.
#include "fake.h"

#include <limits.h>
#include <unistd.h>

// Which rule has ended the last run.
static void assert_ended(fake *f, const char *json)
{
    const char *ended = hone_study_get(f->study, "ended");
    assert_non_null(ended);
    assert_string_equal(ended, json);
}

static void edit(fake *f, const char *changes)
{
    hone_error err = HONE_ERROR_INIT;
    if (hone_study_edit(f->study, changes, &err) != HONE_OK)
        fail_msg("%s", err.text);
}

// --- edits ---

static bool let_go(fake *f)
{
    for (uint32_t i = 0; i < f->n_jobs; i++)
        f->jobs[i].held = false;
    return true;
}

static bool edit_then_let_go(fake *f)
{
    if (!f->user) {
        f->user = f;
        edit(f, "{\"trials\":5,\"jobs\":3,\"retries\":2,\"grace\":1.5}");
        return false; // the tick finds out
    }
    if (fake_count(f->log, "start") < 3)
        return false;
    f->plan = fake_plan_well;
    return let_go(f);
}

static void test_a_live_run_takes_edits_over(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_held);
    hone_run_options options = fake_options(f, 2, 1);
    f->idle = edit_then_let_go;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->max_running, 3);
    assert_int_equal(hone_study_n_finished(f->study), 5);
    assert_int_equal(fake_count(f->log, "--trials 5, --jobs 3, --retries 2, --grace 1.5s\n"), 1);
    assert_ended(f, "{\"rule\":\"trials\",\"text\":\"5 trials are finished (-n)\"}");
    assert_string_equal(hone_study_get(f->study, "options"),
                        "{\"trials\":5,\"jobs\":3,\"retries\":2,\"grace\":1.5}");
    // The next one has options of its own: what was edited before is no news.
    f->idle = NULL;
    options.n_trials = 6;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->max_running, 1);
    assert_int_equal(hone_study_n_finished(f->study), 6);
    fake_free(f);
}

static bool edit_jobs(fake *f)
{
    if (!f->user) {
        f->user = f;
        edit(f, "{\"jobs\":1}");
        edit(f, "{\"trials\":6}"); // both within one look
        return false;
    }
    if (!fake_count(f->log, "--trials"))
        return false;
    f->plan = fake_plan_well;
    f->max_running = 0;
    return let_go(f);
}

static void test_fewer_jobs_let_what_runs_finish(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_held);
    hone_run_options options = fake_options(f, 4, 3);
    f->idle = edit_jobs;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 6);
    assert_int_equal(fake_count(f->log, "COMPLETE"), 6);
    assert_true(f->max_running <= 3);
    fake_free(f);
}

// As many jobs as there are GPUs: without that limit they are no more than before.
static bool lift_gpus(fake *f)
{
    if (!f->user) {
        f->user = f;
        edit(f, "{\"gpus-per-trial\":null,\"trials\":8}");
        return false;
    }
    if (!fake_count(f->log, "--trials"))
        return false;
    f->plan = fake_plan_well;
    return let_go(f);
}

static void test_a_lifted_limit_starts_no_crowd(void **state)
{
    (void)state;
    setenv("CUDA_VISIBLE_DEVICES", "0,1", 1);
    fake *f = fake_make(fake_plan_held);
    hone_run_options options = fake_options(f, 4, 0);
    options.gpus_per_trial = 1;
    f->idle = lift_gpus;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_count(f->log, "--gpus-per-trial no more, --trials 8\n"), 1);
    assert_int_equal(hone_study_n_finished(f->study), 8);
    assert_int_equal(f->max_running, 2);
    fake_free(f);
    unsetenv("CUDA_VISIBLE_DEVICES");
}

// Each trial writes its result into the working directory.
static void plan_cwd(fake *f, fake_job *job)
{
    FILE *file = fopen("result", "w");
    assert_true(file && fputs("0.5\n", file) >= 0 && fclose(file) == 0);
    fake_plan_held(f, job);
}

static bool more_jobs_then_let_go(fake *f)
{
    if (f->user)
        return fake_count(f->log, "--jobs") && let_go(f);
    f->user = f;
    edit(f, "{\"jobs\":2}");
    return false;
}

// With several jobs such a file is anybody's, whenever they became several.
static void test_more_jobs_share_the_working_directory(void **state)
{
    (void)state;
    char before[PATH_MAX];
    for (int edited = 0; edited < 2; edited++) {
        fake *f = fake_make(plan_cwd);
        assert_non_null(getcwd(before, sizeof before));
        assert_int_equal(chdir(f->dir), 0);
        hone_run_options options = fake_options(f, 1, 1);
        options.metric_from = "result";
        f->idle = edited ? more_jobs_then_let_go : let_go;
        fake_run(f, &options);
        assert_int_equal(fake_status(f, 0), edited ? HONE_STATE_INVALID : HONE_STATE_COMPLETE);
        assert_int_equal(chdir(before), 0);
        fake_free(f);
    }
}

static void test_own_jobs_are_kept(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_held);
    hone_run_options options = fake_options(f, 4, 2);
    options.keeps_jobs = true;
    f->idle = edit_jobs;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 6);
    fake_free(f);
}

static bool lift_target(fake *f)
{
    if (!f->user) {
        f->user = f;
        fake_trial(f, 0)->held = false; // reaches the target
        return true;
    }
    if (fake_count(f->log, "end 0") && f->user == f) {
        f->user = f->log;
        edit(f, "{\"target\":null,\"trials\":4}");
        return false;
    }
    if (!fake_count(f->log, "--target no more"))
        return false;
    f->plan = fake_plan_well;
    return let_go(f);
}

static void test_a_lifted_rule_lets_the_run_go_on(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_held);
    hone_run_options options = fake_options(f, 0, 2);
    options.has_target = true;
    options.target = 1;
    f->idle = lift_target;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 4);
    fake_free(f);
}

static void test_what_cannot_be_edited(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    fake *f = calloc(1, sizeof *f);
    hone_study_options options = fake_study_options();
    options.lag = 2;
    f->plan = fake_plan_well;
    fake_open(f, options, "0..1");
    assert_int_equal(hone_study_edit(f->study, "{\"jobs\":4}", &err), HONE_ESTATE);
    assert_string_equal(err.text, "study \"default\" is deterministic: it keeps its -j");
    assert_int_equal(hone_study_edit(f->study, "[]", &err), HONE_EINVAL);
    assert_int_equal(hone_study_edit(f->study, "{", &err), HONE_EPARSE);
    assert_int_equal(hone_study_edit(f->study, "{}", &err), HONE_OK);
    assert_null(hone_study_get(f->study, "edits"));
    fake_free(f);
}

// --- rules ---

// 5, 4, 4, 4 …: trial 1 is the last that improves. Trial 2 fails and does not count.
static void plan_flat(fake *f, fake_job *job)
{
    (void)f;
    fake_say(job, HN_LINE_STDOUT, job->trial == 0 ? "loss=5" : "loss=4");
    job->end = fake_exit(HN_END_EXIT, job->trial == 2 ? 2 : 0, 0);
}

static void test_a_plateau_ends_it(void **state)
{
    (void)state;
    fake *f = fake_make(plan_flat);
    hone_run_options options = fake_options(f, 50, 1);
    options.plateau = 3;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_trials(f->study), 6);
    assert_ended(f, "{\"rule\":\"plateau\",\"text\":\"3 finished trials in a row have not improved "
                    "loss (--plateau)\"}");
    // Counted from the journal: a run that is begun again knows what was.
    options.plateau = 5;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_trials(f->study), 8);
    options.plateau = 4;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->n_started, 0);
    fake_free(f);
}

// 1, 0.9, 0.8, …: each is better, by less than the wanted difference; three of them make it up.
static void plan_slow(fake *f, fake_job *job)
{
    char text[64];
    (void)f;
    snprintf(text, sizeof text, "loss=%.2f", 1 - 0.1 * job->trial);
    fake_say(job, HN_LINE_STDOUT, text);
    job->end = fake_exit(HN_END_EXIT, 0, 0);
}

static void test_small_steps_add_up(void **state)
{
    (void)state;
    fake *f = fake_make(plan_slow);
    hone_run_options options = fake_options(f, 10, 1);
    options.plateau = 3;
    options.plateau_delta = 0.25;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 10);
    fake_free(f);
    f = fake_make(plan_slow);
    options = fake_options(f, 10, 1);
    options.plateau = 2;
    options.plateau_delta = 0.25;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 3);
    assert_ended(f, "{\"rule\":\"plateau\",\"text\":\"2 finished trials in a row have not improved "
                    "loss by 0.25 (--plateau)\"}");
    fake_free(f);
}

// The same trials for any number of jobs and order of ends, when the study is deterministic.
static void test_a_deterministic_plateau(void **state)
{
    (void)state;
    uint32_t n[2];
    for (int i = 0; i < 2; i++) {
        fake *f = calloc(1, sizeof *f);
        hone_study_options options = fake_study_options();
        options.lag = 3;
        f->plan = plan_flat;
        fake_open(f, options, "0..1");
        hone_run_options run = fake_options(f, 50, i ? 1 : 3);
        run.plateau = 4;
        assert_int_equal(fake_run(f, &run), HONE_RUN_FINISHED_ALL);
        n[i] = hone_study_n_trials(f->study);
        fake_free(f);
    }
    assert_int_equal(n[0], n[1]);
}

static void test_each_rule_says_so(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_well);
    hone_run_options options = fake_options(f, 0, 1);
    options.has_target = true;
    options.target = 1;
    fake_run(f, &options);
    assert_ended(f, "{\"rule\":\"target\",\"text\":\"loss has reached 1 (--target)\"}");
    options.has_target = false;
    options.time_s = 1e-6;
    fake_run(f, &options);
    assert_ended(f, "{\"rule\":\"time\",\"text\":\"it has run for 1e-6s (--time)\"}");
    fake_free(f);
}

static bool interrupt_now(fake *f)
{
    hone_run_interrupt(f->run, 2);
    return true;
}

static void test_an_interrupt_is_recorded_until_it_goes_on(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_held);
    hone_run_options options = fake_options(f, 2, 1);
    f->idle = interrupt_now;
    assert_int_equal(fake_run(f, &options), HONE_RUN_STOPPED);
    assert_ended(f, "{\"rule\":\"interrupted\",\"text\":\"it was interrupted\"}");
    edit(f, "{\"trials\":3}");
    assert_ended(f, "null");
    fake_free(f);
}

// A follower ends when another run has ended the study, and begins nothing afterwards.
static void test_a_follower_ends_with_the_study(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_well);
    hone_run_options options = fake_options(f, 3, 1);
    fake_run(f, &options);
    options.n_trials = 0;
    options.follows = true;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->n_started, 0);
    assert_ended(f, "{\"rule\":\"trials\",\"text\":\"3 trials are finished (-n)\"}");
    // What earlier releases have recorded for --until-regret.
    hone_study_set(f->study, "ended", "{\"rule\":\"regret\",\"text\":\"\"}", NULL);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->n_started, 0);
    edit(f, "{\"trials\":5}");
    options.n_trials = 5;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->n_started, 2);
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_live_run_takes_edits_over),
        cmocka_unit_test(test_fewer_jobs_let_what_runs_finish),
        cmocka_unit_test(test_a_lifted_limit_starts_no_crowd),
        cmocka_unit_test(test_more_jobs_share_the_working_directory),
        cmocka_unit_test(test_own_jobs_are_kept),
        cmocka_unit_test(test_a_lifted_rule_lets_the_run_go_on),
        cmocka_unit_test(test_what_cannot_be_edited),
        cmocka_unit_test(test_a_plateau_ends_it),
        cmocka_unit_test(test_small_steps_add_up),
        cmocka_unit_test(test_a_deterministic_plateau),
        cmocka_unit_test(test_each_rule_says_so),
        cmocka_unit_test(test_an_interrupt_is_recorded_until_it_goes_on),
        cmocka_unit_test(test_a_follower_ends_with_the_study),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
