// A run of trials of several parts fails or is killed at every step: a part that was recorded is
// never run again, and every trial ends with the mean over all of its parts.
#include "core/parts.h"
#include "core/study_internal.h"
#include "fault/drive/faults.h"

#ifdef HONE_FAULTS

enum { N_FOLDS = 3, N_TRIALS = 2 };

// loss = fold: the mean of a whole trial is 1. No part that is in the journal starts again.
static void plan(fake *f, fake_job *job)
{
    char text[64];
    const hn_trial *row = &f->study->fold.trials.data[job->trial];
    if (hn_parts_ended(&f->study->fold, row) != (uint32_t)job->fold)
        fail_msg("fold %d of trial %u starts after %u", job->fold, job->trial,
                 hn_parts_ended(&f->study->fold, row));
    snprintf(text, sizeof text, "loss=%d", job->fold);
    fake_say(job, HN_LINE_STDOUT, text);
    job->end = fake_exit(HN_END_EXIT, 0, 0);
    if (job->fold == 1 && job->attempt == 1)
        job->end = fake_exit(HN_END_EXIT, 1, 0); // is retried
}

static hone_run_options options_of(fake *f)
{
    hone_run_options options = fake_options(f, N_TRIALS, 2);
    options.folds = N_FOLDS;
    options.retries = 1;
    return options;
}

// Goes on without faults, and checks what has come out. Parts may be lost that ended, but were not
// recorded; of those that were, none.
static void check_after(fake *f, uint32_t n_lost)
{
    uint32_t n_ended = 0, n_started;
    hn_fault_arm(NULL);
    hone_study_refresh(f->study, NULL);
    for (uint32_t i = 0; i < hone_study_n_trials(f->study); i++)
        n_ended += hn_parts_ended(&f->study->fold, &f->study->fold.trials.data[i]);
    hone_run_options options = options_of(f);
    options.retries = 100;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    n_started = f->n_started - fake_count(f->log, "retry");
    uint32_t n_running = hone_study_count(f->study, HONE_STATE_RUNNING);
    assert_true(n_running <= n_lost);
    assert_int_equal(hone_study_n_finished(f->study) + n_running, N_TRIALS);
    if (!n_running)
        assert_int_equal(n_started, N_TRIALS * N_FOLDS - n_ended);
    for (uint32_t i = 0; i < hone_study_n_trials(f->study); i++) {
        const hn_trial *row = &f->study->fold.trials.data[i];
        if (row->state != HONE_STATE_COMPLETE)
            continue;
        assert_int_equal(hn_parts_ended(&f->study->fold, row), N_FOLDS);
        assert_true(f->study->fold.numbers.data[row->values] == 1);
        assert_int_equal(row->n_reports, N_FOLDS);
    }
}

static const fault_case runs = {plan, options_of, check_after};
static const char *const points[] = {"append.before", "append.after", "spawn.before",
                                     "spawn.after",   "part.before",  "part.after"};
enum { N_POINTS = sizeof points / sizeof *points, N_APPENDS = 2 };

static void test_points(void **state)
{
    (void)state;
    fault_points(&runs, points + N_APPENDS, N_POINTS - N_APPENDS, N_TRIALS * N_FOLDS);
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
    check_after(f, 0);
    assert_int_equal(hone_study_n_trials(f->study), N_TRIALS);
    fake_free(f);
}

static void test_kill(void **state)
{
    (void)state;
    // Every append once: there are so many at least.
    for (size_t i = 0; i < N_POINTS; i++)
        for (int n = 1; n <= (i < N_APPENDS ? 14 : N_TRIALS * N_FOLDS); n++)
            kill_at(points[i], n);
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
