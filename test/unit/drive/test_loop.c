// The loop on a scripted executor: ends, retries, numbers of trials, reports, schedulers.
#include "fake.h"

#include <math.h>
#include <unistd.h>

#include <hone/sys/scheduler.h>

#include "base/clock.h"
#include "base/fault.h"
#include "core/view.h"

static void plan_well(fake *f, fake_job *job)
{
    (void)f;
    fake_well(job);
}

static void test_runs_all(void **state)
{
    (void)state;
    fake *f = fake_make(plan_well);
    hone_run_options options = fake_options(f, 20, 3);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 20);
    assert_int_equal(hone_study_n_trials(f->study), 20);
    assert_int_equal(f->max_running, 3);
    assert_int_equal(fake_count(f->log, "source: loss is read from lines such as loss=0.2 on "
                                        "standard output\n"),
                     1);
    assert_int_equal(fake_count(f->log, "over"), 1);
    assert_string_equal(f->recovered, "");
    hone_trial *trial = fake_look(f, 7);
    assert_true(hone_trial_value(trial, 0) == hone_trial_float(trial, "x"));
    assert_int_equal(hone_trial_exit_code(trial), 0);
    assert_true(hone_trial_duration_s(trial) == 0.001 && hone_trial_cpu_s(trial) == 0.0005);
    assert_int_equal(hone_trial_maxrss_kb(trial), 2048);
    hone_trial_destroy(trial);
    char *events = NULL;
    assert_int_equal(hone_study_events_json(f->study, 0, UINT32_MAX, &events, NULL), HONE_OK);
    assert_int_equal(fake_count(events, "\"pid\":77,"), 20);
    hone_free(events);
    // Nothing is left to do.
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->n_started, 0);
    options.n_trials = 22;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_trials(f->study), 22);
    fake_free(f);
}

static void test_folder(void **state)
{
    (void)state;
    fake *f = fake_make(plan_well);
    hone_run_options options = fake_options(f, 1, 1);
    hn_arena arena = HN_ARENA_INIT;
    char *text, path[300];
    fake_run(f, &options);
    snprintf(path, sizeof path, "%s/0/params.json", f->dir);
    assert_int_equal(hn_fs_read(path, 0, &arena, &text, NULL, NULL), HONE_OK);
    hone_trial *trial = fake_look(f, 0);
    char want[300];
    snprintf(want, sizeof want, "%s\n", hone_trial_params_json(trial));
    assert_string_equal(text, want);
    hone_trial_destroy(trial);
    snprintf(path, sizeof path, "%s/0/ckpt", f->dir);
    assert_true(hn_fs_exists(path));
    hn_arena_free(&arena);
    fake_free(f);
}

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

// --- how many ---

// Every third fails; four at a time; the youngest end first.
static void plan_thirds(fake *f, fake_job *job)
{
    uint32_t open =
        hone_study_n_finished(f->study) + hone_study_count(f->study, HONE_STATE_RUNNING);
    assert_true(open <= 10);
    fake_well(job);
    if (job->trial % 3 == 1)
        job->end = fake_exit(HN_END_EXIT, (int)(job->trial % 5 + 1), 0);
}

static void test_no_overshoot(void **state)
{
    (void)state;
    for (uint32_t n_jobs = 1; n_jobs <= 16; n_jobs *= 4) {
        fake *f = fake_make(plan_thirds);
        hone_run_options options = fake_options(f, 10, n_jobs);
        assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
        assert_int_equal(hone_study_n_finished(f->study), 10);
        assert_int_equal(hone_study_n_trials(f->study), 15);
        fake_free(f);
    }
}

static void test_finite_space(void **state)
{
    (void)state;
    fake *f = calloc(1, sizeof *f);
    hone_study_options study = fake_study_options();
    study.sampler = "grid";
    f->plan = plan_well;
    fake_open(f, study, "int:1..3");
    hone_run_options options = fake_options(f, 0, 2);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 3);
    fake_free(f);
}

// Points that were evaluated already are served, and count.
static void test_served(void **state)
{
    (void)state;
    fake *f = calloc(1, sizeof *f);
    hone_study_options study = fake_study_options();
    study.sampler = "random";
    f->plan = plan_well;
    fake_open(f, study, "int:1..3");
    hone_run_options options = fake_options(f, 10, 2);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(f->study), 10);
    assert_int_equal(f->n_started, 3);
    assert_int_equal(fake_count(f->log, "COMPLETE: the same point as trial "), 7);
    fake_free(f);
}

static void test_target(void **state)
{
    (void)state;
    fake *f = fake_make(plan_well);
    hone_run_options options = fake_options(f, 0, 1);
    uint32_t best;
    options.has_target = true;
    options.target = 0.2;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_best(f->study, &best, NULL), HONE_OK);
    assert_int_equal(best, hone_study_n_trials(f->study) - 1);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(f->n_started, 0);
    fake_free(f);
}

static void test_time(void **state)
{
    (void)state;
    fake *f = fake_make(plan_well);
    hone_run_options options = fake_options(f, 0, 1);
    options.time_s = 0.02;
    uint64_t before = hn_clock_mono_us();
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_true(hn_clock_mono_us() - before >= 20000);
    assert_true(hone_study_n_finished(f->study) > 0);
    fake_free(f);
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
    f->plan = plan_well;
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

// --- reports and schedulers ---

static void plan_reports(fake *f, fake_job *job)
{
    (void)f;
    fake_say(job, HN_LINE_FD, "{\"loss\":0.9,\"step\":1,\"reply\":11}");
    fake_say(job, HN_LINE_FD, "{\"loss\":0.8,\"step\":2,\"reply\":\"b\"}");
    fake_say(job, HN_LINE_STDOUT, "loss=0.1 step=7");
    fake_say(job, HN_LINE_FD, "{\"lost\":1}");
    job->end = fake_exit(HN_END_EXIT, 0, 0);
}

static void test_reports(void **state)
{
    (void)state;
    fake *f = fake_make(plan_reports);
    hone_run_options options = fake_options(f, 1, 1);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    hone_trial *trial = fake_look(f, 0);
    assert_int_equal(hone_trial_n_reports(trial), 2);
    assert_true(hone_trial_report_step(trial, 1) == 2);
    assert_true(hone_trial_report_value(trial, 1, 0) == 0.8);
    assert_true(hone_trial_value(trial, 0) == 0.8);
    hone_trial_destroy(trial);
    assert_non_null(strstr(f->log, "report 0 1 0.9\nreport 0 2 0.8\n"));
    assert_non_null(strstr(f->replies, "{\"ok\":true,\"stop\":false,\"reply\":11}\n"
                                       "{\"ok\":true,\"stop\":false,\"reply\":\"b\"}\n"
                                       "{\"ok\":false,\"stop\":false,\"error\":\""));
    fake_free(f);
}

// A scheduler that stops odd trials at step 2, pauses even ones there and resumes them later.
static hone_status step2_init(void *self, const struct hn_problem *problem, const void *options,
                              hone_error *err)
{
    (void)self, (void)problem, (void)options, (void)err;
    return HONE_OK;
}

static hone_status step2_next(void *self, const struct hn_view *view, hn_next *out, hone_error *err)
{
    (void)self, (void)err;
    *out = (hn_next){HN_NEXT_NEW, 0, 2};
    for (uint32_t i = 0; i < view->n_trials; i++)
        if (hn_view_state(view, i) == HONE_STATE_PAUSED)
            *out = (hn_next){HN_NEXT_RESUME, i, 4};
    return HONE_OK;
}

static hone_status step2_report(void *self, const struct hn_view *view, uint32_t trial, double step,
                                hn_verdict *out, hone_error *err)
{
    (void)self, (void)view, (void)err;
    *out = step != 2 ? HN_GO_ON : trial % 2 ? HN_STOP : HN_PAUSE;
    return HONE_OK;
}

static const hn_scheduler_class step2 = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "step2",
             .summary = "",
             .source = "",
             .can = HN_CAN_PAUSE,
             .state_size = 1},
    .init = step2_init,
    .next = step2_next,
    .report = step2_report,
};

// Trials that were asked to stop end with exit code 10, by the signal, or with 0 all the same.
static void plan_step2(fake *f, fake_job *job)
{
    (void)f;
    char path[300];
    snprintf(path, sizeof path, "%s/ckpt/state", job->dir);
    if (job->attempt == 1) {
        assert_false(hn_fs_exists(path));
        fake_say(job, HN_LINE_FD, "{\"loss\":0.9,\"step\":1}");
        fake_say(job, HN_LINE_FD, "{\"loss\":0.8,\"step\":2}");
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs("123", file);
        fclose(file);
    } else {
        assert_true(hn_fs_exists(path));
        assert_int_equal(job->attempt, 2);
        fake_say(job, HN_LINE_FD, "{\"loss\":0.7,\"step\":4}");
    }
    job->held = job->attempt == 1 && !job->is_final;
    if (job->trial % 3 == 0)
        job->cancelled = fake_exit(HN_END_EXIT, 10, 0);
    if (job->trial % 3 == 1)
        job->cancelled = fake_exit(HN_END_CANCELLED, 0, 0);
}

static void test_scheduler_stops_and_pauses(void **state)
{
    (void)state;
    fake *f = calloc(1, sizeof *f);
    hone_study_options study = fake_study_options();
    const hn_plugin *const plugins[] = {&step2.head};
    study.plugins = plugins;
    study.n_plugins = 1;
    study.scheduler = "step2";
    f->plan = plan_step2;
    fake_open(f, study, "0..1");
    hone_run_options options = fake_options(f, 6, 1);
    options.final_run = true;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_status(f, 6), HONE_STATE_COMPLETE); // nobody stops the final run
    for (uint32_t i = 0; i < 6; i++) {
        hone_trial *trial = fake_look(f, i);
        assert_int_equal(hone_trial_status(trial), i % 2 ? HONE_STATE_PRUNED : HONE_STATE_COMPLETE);
        assert_int_equal(hone_trial_attempts(trial), i % 2 ? 1 : 2);
        assert_true(hone_trial_value(trial, 0) == (i % 2 ? 0.8 : 0.7));
        hone_trial_destroy(trial);
    }
    assert_int_equal(fake_count(f->replies, "{\"ok\":true,\"stop\":true}\n"), 6);
    assert_int_equal(fake_count(f->log, "end 0 PAUSED\n"), 1);
    fake_free(f);
}

// A scheduler that forks each new trial from trial 0, once that has finished.
static hone_status fork0_next(void *self, const struct hn_view *view, hn_next *out, hone_error *err)
{
    (void)self, (void)err;
    if (view->n_trials == 0)
        *out = (hn_next){HN_NEXT_NEW, 0, 0};
    else if (hn_view_state(view, 0) != HONE_STATE_COMPLETE)
        *out = (hn_next){HN_NEXT_WAIT, 0, 0};
    else
        *out = (hn_next){HN_NEXT_FORK, 0, 0};
    return HONE_OK;
}

static const hn_scheduler_class fork0 = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "fork0",
             .summary = "",
             .source = "",
             .can = HN_CAN_FORK,
             .state_size = 1},
    .init = step2_init,
    .next = fork0_next,
};

static void read_text(const char *dir, const char *name, char out[64])
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    out[fread(out, 1, 63, file)] = '\0';
    fclose(file);
}

// Trial 0 leaves a checkpoint; each fork finds it, and writes its own number into the file itself.
static void plan_fork0(fake *f, fake_job *job)
{
    char path[300], found[64], want[64] = "from 0, by 0";
    (void)f;
    snprintf(path, sizeof path, "%s/ckpt/state", job->dir);
    if (job->trial > 0)
        read_text(job->dir, "ckpt/state", found);
    if (job->attempt > 1 && job->trial == 2)
        snprintf(want, sizeof want, "from 0, by %u", job->trial);
    if (job->trial > 0)
        assert_string_equal(found, want);
    FILE *file = fopen(path, job->trial ? "r+" : "w");
    assert_non_null(file);
    fprintf(file, "from 0, by %u", job->trial);
    fclose(file);
    fake_well(job);
    if (job->trial == 2 && job->attempt == 1)
        job->end = fake_exit(HN_END_EXIT, 1, 0); // its second attempt has its own checkpoint
}

static void test_forks_begin_with_a_copy(void **state)
{
    (void)state;
    fake *f = calloc(1, sizeof *f);
    hone_study_options study = fake_study_options();
    const hn_plugin *const plugins[] = {&fork0.head};
    char text[64], want[64], name[80];
    study.plugins = plugins;
    study.n_plugins = 1;
    study.scheduler = "fork0";
    f->plan = plan_fork0;
    fake_open(f, study, "0..1");
    hone_run_options options = fake_options(f, 4, 1);
    options.retries = 1;
#ifdef HONE_FAULTS
    // The copy for trial 1 fails once: the next attempt makes it.
    hone_run_outcome outcome;
    hn_fault_arm("checkpoint.file:1");
    assert_int_equal(fake_try(f, &options, &outcome, NULL), HONE_EIO);
    hn_fault_arm(NULL);
    snprintf(name, sizeof name, "%s/1/ckpt", f->dir);
    assert_false(hn_fs_exists(name));
#endif
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    for (uint32_t i = 0; i < 4; i++) {
        hone_trial *trial = fake_look(f, i);
        assert_int_equal(hone_trial_parent(trial), i ? 0 : -1);
        hone_trial_destroy(trial);
        snprintf(name, sizeof name, "%u/ckpt/state", i);
        snprintf(want, sizeof want, "from 0, by %u", i);
        read_text(f->dir, name, text);
        assert_string_equal(text, want);
    }
    fake_free(f);
}

// --- formats ---

static void plan_argument(fake *f, fake_job *job)
{
    (void)f;
    fake_well(job);
}

static void test_rendered_value_is_recorded(void **state)
{
    (void)state;
    static const char *const command[] = {"train", "{x:%.2f}"};
    fake *f = fake_make(plan_argument);
    hone_run_options options = fake_options(f, 10, 1);
    hone_error err = HONE_ERROR_INIT;
    options.command = command;
    fake_run(f, &options);
    assert_int_equal(hn_run_create(f->study, &options, &fake_executor, f, &f->run, &err), HONE_OK);
    for (uint32_t i = 0; i < 10; i++) {
        hone_trial *trial = fake_look(f, i);
        char *text = NULL, want[64];
        assert_int_equal(hone_run_render(f->run, trial, &text, &err), HONE_OK);
        snprintf(want, sizeof want, "train\n%.2f\n", hone_trial_float(trial, "x"));
        assert_string_equal(text, want);
        assert_true(hone_trial_float(trial, "x") == atof(text + 6));
        hone_free(text);
        hone_trial_destroy(trial);
    }
    assert_string_equal(hone_run_notice(f->run), "");
    hone_run_destroy(f->run);
    fake_free(f);
}

static void refuse(fake *f, hone_run_options options, hone_status status, const char *words)
{
    hone_error err = HONE_ERROR_INIT;
    hone_run *run = NULL;
    assert_int_equal(hn_run_create(f->study, &options, &fake_executor, f, &run, &err), status);
    assert_null(run);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

typedef struct clocks {
    fake *f;
    uint64_t finished_us, tick_us; // the first of each
    uint32_t n_ticks;
} clocks;

static void plan_two(fake *f, fake_job *job)
{
    (void)f;
    fake_well(job);
    job->held = job->trial > 0;
}

static void on_clocks(void *user, hone_run *run, const hone_run_event *event)
{
    clocks *c = user;
    (void)run;
    if (event->type == HONE_RUN_FINISHED && !c->finished_us)
        c->finished_us = hn_clock_mono_us();
    if (event->type != HONE_RUN_TICK)
        return;
    c->n_ticks++;
    if (c->finished_us && !c->tick_us) {
        c->tick_us = hn_clock_mono_us();
        fake_trial(c->f, 1)->held = false;
    }
}

// A display that has drawn just before an end hears of it a tenth of a second later, though nothing
// else happens.
static void test_a_display_is_told_soon(void **state)
{
    (void)state;
    clocks c = {0};
    fake *f = c.f = fake_make(plan_two);
    hone_run_options options = fake_options(f, 2, 2);
    options.on_event = on_clocks;
    options.user = &c;
    options.want_ticks = true;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_true(c.tick_us >= c.finished_us && c.tick_us - c.finished_us < 700000);
    assert_true(c.n_ticks <= 4);
    fake_free(f);
}

static void test_refusals(void **state)
{
    (void)state;
    static const char *const wrong[] = {"t", "{y:%d}", "{xx}"};
    fake *f = fake_make(plan_well);
    hone_run_options good = fake_options(f, 1, 1), o = good;
    o.n_jobs = 0;
    refuse(f, o, HONE_EINVAL, "number of jobs");
    o = good;
    o.n_trials = -1;
    refuse(f, o, HONE_EINVAL, "negative");
    o = good;
    o.grace_s = NAN;
    refuse(f, o, HONE_EINVAL, "negative");
    o = good;
    o.regex = "(.)";
    o.metric_builtin = "time";
    refuse(f, o, HONE_EINVAL, "one place");
    o = good;
    o.metric_builtin = "clock";
    refuse(f, o, HONE_EINVAL, "time (seconds) and maxrss");
    o = good;
    o.dir = "/proc/self/nowhere";
    refuse(f, o, HONE_EIO, "/proc/self");
    o = good;
    o.command = wrong;
    o.n_command = 3;
    refuse(f, o, HONE_EPARSE, "did you mean {x}?");
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_all),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_retries),
        cmocka_unit_test(test_no_overshoot),
        cmocka_unit_test(test_finite_space),
        cmocka_unit_test(test_served),
        cmocka_unit_test(test_target),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_three_equal_failures),
        cmocka_unit_test(test_streak_waits_for_the_running),
        cmocka_unit_test(test_far_too_many_failures),
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_scheduler_stops_and_pauses),
        cmocka_unit_test(test_forks_begin_with_a_copy),
        cmocka_unit_test(test_rendered_value_is_recorded),
        cmocka_unit_test(test_a_display_is_told_soon),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
