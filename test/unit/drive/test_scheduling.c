// Reports and what schedulers make of them on a scripted executor: stops, pauses, forks.
#include "fake.h"

#include <hone/sys/scheduler.h>

#include "base/fault.h"
#include "core/view.h"

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
             .can = HN_CAN_PAUSE | HN_GIVES_RESOURCE,
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

// What runs the second attempt vanishes before it has said anything.
static void plan_vanishing(fake *f, fake_job *job)
{
    plan_step2(f, job);
    if (job->attempt != 2)
        return;
    job->n_lines = 0;
    job->end = fake_exit(HN_END_LOST, 0, 0);
}

// What the first attempt has said must not be taken for what a vanished one reached.
static void test_what_has_vanished_reports_nothing(void **state)
{
    (void)state;
    fake *f = calloc(1, sizeof *f);
    hone_study_options study = fake_study_options();
    const hn_plugin *const plugins[] = {&step2.head};
    const char *const command[] = {"train", "{x}", "{resource}"};
    study.plugins = plugins;
    study.n_plugins = 1;
    study.scheduler = "step2";
    f->plan = plan_vanishing;
    fake_open(f, study, "0..1");
    hone_run_options options = fake_options(f, 1, 1);
    options.command = command;
    options.n_command = 3;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    hone_trial *trial = fake_look(f, 0);
    assert_int_equal(hone_trial_status(trial), HONE_STATE_COMPLETE);
    assert_int_equal(hone_trial_attempts(trial), 3);
    assert_int_equal(hone_trial_n_reports(trial), 3);
    assert_true(hone_trial_report_step(trial, 2) == 4);
    assert_true(hone_trial_report_value(trial, 2, 0) == 0.7);
    hone_trial_destroy(trial);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_scheduler_stops_and_pauses),
        cmocka_unit_test(test_what_has_vanished_reports_nothing),
        cmocka_unit_test(test_forks_begin_with_a_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
