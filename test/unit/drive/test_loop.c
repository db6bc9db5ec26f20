// The loop on a scripted executor: numbers of trials, stop rules, folders, formats, refusals.
#include "fake.h"

#include <math.h>

#include "base/clock.h"

static void test_runs_all(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_well);
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
    fake *f = fake_make(fake_plan_well);
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
    f->plan = fake_plan_well;
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
    f->plan = fake_plan_well;
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
    fake *f = fake_make(fake_plan_well);
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
    fake *f = fake_make(fake_plan_well);
    hone_run_options options = fake_options(f, 0, 1);
    options.time_s = 0.02;
    uint64_t before = hn_clock_mono_us();
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_true(hn_clock_mono_us() - before >= 20000);
    assert_true(hone_study_n_finished(f->study) > 0);
    fake_free(f);
}

// --- formats ---

static void test_rendered_value_is_recorded(void **state)
{
    (void)state;
    static const char *const command[] = {"train", "{x:%.2f}"};
    fake *f = fake_make(fake_plan_well);
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
    fake *f = fake_make(fake_plan_well);
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
        cmocka_unit_test(test_no_overshoot),
        cmocka_unit_test(test_finite_space),
        cmocka_unit_test(test_served),
        cmocka_unit_test(test_target),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_rendered_value_is_recorded),
        cmocka_unit_test(test_a_display_is_told_soon),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
