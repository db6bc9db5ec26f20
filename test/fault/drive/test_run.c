// Every step of a run fails once: the run ends with an error and nothing running, and the next one
// finishes the study, without a trial that was recorded being run again.
#include "../../unit/drive/fake.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "core/study_internal.h"

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

static void check_after(fake *f, const hone_run_options *options, uint32_t max_running)
{
    hn_fault_arm(NULL);
    assert_int_equal(fake_run(f, options), HONE_RUN_FINISHED_ALL);
    uint32_t n_running = hone_study_count(f->study, HONE_STATE_RUNNING);
    assert_true(n_running <= max_running);
    assert_int_equal(hone_study_n_finished(f->study) + n_running, 3);
}

static void test_points(void **state)
{
    (void)state;
    static const char *const points[] = {"spawn.before",      "spawn.after",     "metric.before",
                                         "metric.after",      "told.before",     "told.after",
                                         "checkpoint.before", "checkpoint.after"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        for (int n = 1; n <= 3; n++) {
            char spec[64];
            hone_error err = HONE_ERROR_INIT;
            hone_run_outcome outcome;
            fake *f = fake_make(plan);
            hone_run_options options = fake_options(f, 3, 2);
            options.retries = 1;
            snprintf(spec, sizeof spec, "%s:%d", points[i], n);
            hn_fault_arm(spec);
            hone_status status = fake_try(f, &options, &outcome, &err);
            bool reached = strncmp(points[i], "checkpoint", 10) != 0 || n == 1;
            assert_int_equal(status, reached ? HONE_EIO : HONE_OK);
            assert_int_equal(hone_study_count(f->study, HONE_STATE_RUNNING), 0);
            check_after(f, &options, 0);
            fake_free(f);
        }
    }
}

// The n-th allocation, for n = 1, 2, … until none fails.
static void test_memory(void **state)
{
    (void)state;
    for (int n = 1, lacking = 1; lacking; n++) {
        char spec[64];
        hone_error err = HONE_ERROR_INIT;
        hone_run_outcome outcome;
        fake *f = fake_make(plan);
        hone_run_options options = fake_options(f, 3, 2);
        options.retries = 1;
        snprintf(spec, sizeof spec, "alloc:%d", n);
        hn_fault_arm(spec);
        hone_status status = fake_try(f, &options, &outcome, &err);
        lacking = hn_fault_count("alloc") >= (uint64_t)n;
        hn_fault_arm(NULL);
        if (status != HONE_OK && status != HONE_ENOMEM)
            fail_msg("allocation %d: %s", n, err.text);
        // A start that was recorded when memory ran out looks alive as long as this process lives.
        check_after(f, &options, 1);
        fake_free(f);
    }
}

// --- kill -9 of the whole process, on a file that stays ---

static hone_study *open_file(const char *path)
{
    hone_error err = HONE_ERROR_INIT;
    char storage[300];
    hone_space *space = NULL;
    hone_study *study = NULL;
    hone_study_options options = fake_study_options();
    hone_space_create(&space, &err);
    hone_space_add(space, "x", "0..1", &err);
    hone_space_seal(space, &err);
    snprintf(storage, sizeof storage, "sqlite:%s", path);
    options.storage = storage;
    options.space = space;
    if (hone_study_open(&options, &study, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_space_destroy(space);
    return study;
}

static void run_and_die(const char *dir, const char *path, const char *spec)
{
    fake *f = calloc(1, sizeof *f);
    f->plan = plan;
    f->study = open_file(path);
    snprintf(f->dir, sizeof f->dir, "%s", dir);
    hone_run_options options = fake_options(f, 3, 2);
    options.retries = 1;
    hn_fault_arm(spec);
    fake_run(f, &options);
    _exit(0);
}

static void kill_at(const char *point, int n)
{
    char dir[] = "/tmp/hone-drive-XXXXXX", path[64], spec[64];
    int status;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/hone.db", dir);
    snprintf(spec, sizeof spec, "%s:%d:kill", point, n);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_and_die(dir, path, spec);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    fake *f = calloc(1, sizeof *f);
    f->plan = plan;
    f->study = open_file(path);
    snprintf(f->dir, sizeof f->dir, "%s", dir);
    uint32_t before = hone_study_n_finished(f->study);
    hone_run_options options = fake_options(f, 3, 2);
    options.retries = 1;
    check_after(f, &options, 0);
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
