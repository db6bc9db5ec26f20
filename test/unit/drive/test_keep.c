// Which checkpoints stay: by number, by quota, and never one that somebody needs.
#include "fake.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "core/study_internal.h"
#include "drive/folder.h"

enum { BYTES = 40960 }; // of each checkpoint

static char *path_of(fake *f, uint32_t trial, const char *name)
{
    static char path[4][300];
    static int at;
    at = (at + 1) % 4;
    snprintf(path[at], sizeof path[at], "%s/%u/%s", f->dir, trial, name);
    return path[at];
}

static void save(const char *dir, size_t bytes)
{
    static const char data[BYTES] = "weights";
    char path[300];
    snprintf(path, sizeof path, "%s/ckpt/model", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, bytes), bytes);
    assert_int_equal(fsync(fd), 0); // its blocks count at once
    close(fd);
}

// Saves a checkpoint; the loss goes down and up again: 3 1 4 1.5 9 2.
static void plan_saves(fake *f, fake_job *job)
{
    static const double losses[] = {3, 1, 4, 1.5, 9, 2};
    char text[64];
    (void)f;
    save(job->dir, BYTES);
    snprintf(text, sizeof text, "loss=%g", losses[job->trial % 6]);
    fake_say(job, HN_LINE_STDOUT, text);
    job->end = fake_exit(HN_END_EXIT, job->trial == 4 ? 1 : 0, 0);
}

// "0 1 5": the trials whose checkpoint is there. What is gone must be recorded, and the other way.
static const char *there(fake *f)
{
    static char list[128];
    list[0] = '\0';
    for (uint32_t i = 0; i < hone_study_n_trials(f->study); i++) {
        hone_trial *trial = fake_look(f, i);
        bool exists = hn_fs_exists(path_of(f, i, "ckpt/model"));
        assert_int_equal(exists, !hone_trial_checkpoint_removed(trial));
        assert_false(hn_fs_exists(path_of(f, i, "ckpt.aside")));
        assert_false(hn_fs_exists(path_of(f, i, "ckpt.removed")));
        if (exists)
            snprintf(list + strlen(list), 16, "%s%u", *list ? " " : "", i);
        hone_trial_destroy(trial);
    }
    return list;
}

static uint64_t one_checkpoint(fake *f, uint32_t trial)
{
    return hn_checkpoint_size(path_of(f, trial, "ckpt"), NULL);
}

static void test_by_number(void **state)
{
    (void)state;
    // Trial 4 fails, so that there is a sixth trial with a loss of 2; it is the newest.
    static const struct {
        int64_t keep;
        const char *left;
    } cases[] = {{-1, "0 1 2 3 4 5"}, {0, ""},        {1, "1 5"},
                 {2, "1 3 5"},        {4, "0 1 3 5"}, {99, "0 1 2 3 4 5"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake *f = fake_make(plan_saves);
        hone_run_options options = fake_options(f, 5, 1);
        options.keep_ckpts = cases[i].keep;
        assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
        assert_string_equal(there(f), cases[i].left);
        assert_int_equal(fake_count(f->log, "warning"), 0); // it was asked for
        fake_free(f);
    }
}

static void test_by_quota(void **state)
{
    (void)state;
    fake *f = fake_make(plan_saves);
    hone_run_options options = fake_options(f, 5, 1);
    char want[300];
    options.ckpt_quota_bytes = 1 << 30;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(there(f), "0 1 2 3 4 5");
    uint64_t one = one_checkpoint(f, 0);
    // The failed one first, then the losses 4 and 3.
    options.ckpt_quota_bytes = 5 * one;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(there(f), "0 1 2 3 5");
    options.ckpt_quota_bytes = 4 * one - 1;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(there(f), "1 3 5");
    assert_int_equal(fake_count(f->log, "warning"), 1);
    snprintf(want, sizeof want, "the worst finished trials go, the first is that of trial 2 (");
    assert_int_equal(fake_count(f->log, want), 1);
    // The best and the newest stay whatever they take, and that is said.
    options.ckpt_quota_bytes = 1;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(there(f), "1 5");
    assert_int_equal(fake_count(f->log, "the checkpoints that are needed take "), 1);
    fake_free(f);
}

static void plan_maximizes(fake *f, fake_job *job)
{
    plan_saves(f, job);
    job->end = fake_exit(HN_END_EXIT, job->trial == 0 ? 10 : 0, 0); // pruned
}

static void test_the_worst_by_a_maximum(void **state)
{
    (void)state;
    static const hone_metric metrics[] = {{"loss", HONE_MAXIMIZE}};
    fake *f = calloc(1, sizeof *f);
    hone_study_options study = fake_study_options();
    study.metrics = metrics;
    f->plan = plan_maximizes;
    fake_open(f, study, "0..1");
    hone_run_options options = fake_options(f, 6, 1);
    options.keep_ckpts = 3;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(there(f), "2 4 5"); // 4, 9, 2
    options.keep_ckpts = -1;
    options.ckpt_quota_bytes = 2 * one_checkpoint(f, 4) + 1;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(there(f), "4 5");
    fake_free(f);
}

// A final run's model is what the study was made for.
static void test_final_and_lost_stay(void **state)
{
    (void)state;
    fake *f = fake_make(plan_saves);
    hone_run_options options = fake_options(f, 2, 1);
    options.keep_ckpts = 0;
    options.final_run = true;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(there(f), "2");
    hone_trial *trial = fake_look(f, 2);
    assert_int_equal(hone_trial_purpose_of(trial), HONE_PURPOSE_FINAL);
    hone_trial_destroy(trial);
    fake_free(f);
}

// A trial of several parts has a checkpoint for each; they go and come together.
static void test_parts(void **state)
{
    (void)state;
    fake *f = fake_make(plan_saves);
    hone_run_options options = fake_options(f, 3, 1);
    options.folds = 2;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    hone_trial *trial = fake_look(f, 0);
    assert_in_range(hone_trial_checkpoint_bytes(trial), 2 * BYTES, 3 * BYTES);
    hone_trial_destroy(trial);
    assert_int_equal(rename(path_of(f, 2, "run-0/ckpt"), path_of(f, 2, "run-0/ckpt.aside")), 0);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_true(hn_fs_exists(path_of(f, 2, "run-0/ckpt/model")));
    options.keep_ckpts = 1;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    for (uint32_t i = 0; i < 3; i++) // trial 1 is the best, 2 the newest
        for (uint32_t k = 0; k < 2; k++) {
            char name[32];
            snprintf(name, sizeof name, "run-%u/ckpt/model", k);
            assert_int_equal(hn_fs_exists(path_of(f, i, name)), i > 0);
            snprintf(name, sizeof name, "run-%u/ckpt.removed", k);
            assert_false(hn_fs_exists(path_of(f, i, name)));
        }
    fake_free(f);
}

// Forks each new trial from trial 0, and for a while may do so again.
static hone_status fork0_init(void *self, const struct hn_problem *problem, const void *options,
                              hone_error *err)
{
    (void)self, (void)problem, (void)options, (void)err;
    return HONE_OK;
}

static hone_status fork0_next(void *self, const struct hn_view *view, hn_next *out, hone_error *err)
{
    (void)self, (void)err;
    *out = (hn_next){view->n_trials ? HN_NEXT_FORK : HN_NEXT_NEW, 0, 0};
    return HONE_OK;
}

static bool fork0_may(void *self, const struct hn_view *view, uint32_t trial)
{
    (void)self;
    return trial == 0 && view->n_trials < 3;
}

static void test_parents_stay(void **state)
{
    (void)state;
    for (int knows = 0; knows < 2; knows++) {
        hn_scheduler_class class = {.head = {.kind = HN_KIND_SCHEDULER,
                                             .name = "fork0",
                                             .summary = "",
                                             .source = "",
                                             .can = HN_CAN_FORK,
                                             .state_size = 1},
                                    .init = fork0_init,
                                    .next = fork0_next,
                                    .may_fork = knows ? fork0_may : NULL};
        const hn_plugin *const plugins[] = {&class.head};
        fake *f = calloc(1, sizeof *f);
        hone_study_options study = fake_study_options();
        study.plugins = plugins;
        study.n_plugins = 1;
        study.scheduler = "fork0";
        f->plan = plan_saves;
        fake_open(f, study, "0..1");
        hone_run_options options = fake_options(f, 4, 1);
        options.keep_ckpts = 1;
        assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
        // Trial 1 is the best, 3 the newest.
        assert_string_equal(there(f), knows ? "1 3" : "0 1 2 3");
        assert_int_equal(fake_count(f->log, "begins without the checkpoint of trial 0, which was "
                                            "removed"),
                         knows);
        fake_free(f);
    }
}

static void test_somebody_holds_it(void **state)
{
    (void)state;
    fake *f = fake_make(plan_saves);
    hone_run_options options = fake_options(f, 3, 1);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    int held = hn_trial_hold(path_of(f, 0, "."), HN_HOLD_SHARED);
    assert_true(held >= 0);
    options.keep_ckpts = 0;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(there(f), "0");
    close(held);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(there(f), "");
    fake_free(f);
}

static void test_links_are_not_followed(void **state)
{
    (void)state;
    fake *f = fake_make(plan_saves);
    hone_run_options options = fake_options(f, 2, 1);
    char mine[300];
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    snprintf(mine, sizeof mine, "%s/mine", f->dir);
    assert_int_equal(mkdir(mine, 0777), 0);
    snprintf(mine, sizeof mine, "%s/mine/data", f->dir);
    assert_int_equal(hn_fs_write_atomic(mine, "1", 1, false, NULL), HONE_OK);
    snprintf(mine, sizeof mine, "%s/mine", f->dir);
    assert_int_equal(symlink(mine, path_of(f, 0, "ckpt/data")), 0);
    // The checkpoint itself may be elsewhere, too.
    snprintf(mine, sizeof mine, "%s/elsewhere", f->dir);
    assert_int_equal(rename(path_of(f, 1, "ckpt"), mine), 0);
    assert_int_equal(symlink(mine, path_of(f, 1, "ckpt")), 0);
    options.keep_ckpts = 0;
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(there(f), "");
    snprintf(mine, sizeof mine, "%s/mine/data", f->dir);
    assert_true(hn_fs_exists(mine));
    snprintf(mine, sizeof mine, "%s/elsewhere/model", f->dir);
    assert_true(hn_fs_exists(mine));
    fake_free(f);
}

static void plan_fails(fake *f, fake_job *job)
{
    (void)f;
    save(job->dir, BYTES);
    job->end = fake_exit(HN_END_EXIT, 3, 0);
}

static void plan_empty(fake *f, fake_job *job)
{
    char path[300];
    snprintf(path, sizeof path, "%s/ckpt/model", job->dir);
    f->user = (void *)(uintptr_t)(hn_fs_exists(path) ? 1 : 2);
    fake_well(job);
}

static void rerun(fake *f, const hone_run_options *options, bool found, const char *said)
{
    uint32_t number;
    f->plan = plan_empty;
    assert_int_equal(hone_study_rerun(f->study, 0, &number, NULL), HONE_OK);
    assert_int_equal(fake_run(f, options), HONE_RUN_FINISHED_ALL);
    assert_int_equal((uintptr_t)f->user, found ? 1 : 2);
    assert_int_equal(fake_count(f->log, "warning: "), said ? 1 : 0);
    if (said)
        assert_non_null(strstr(f->log, said));
}

static fake *one_failure(hone_run_options *options, int64_t keep)
{
    fake *f = fake_make(plan_fails);
    *options = fake_options(f, 1, 1);
    uint32_t number;
    assert_int_equal(
        hone_study_enqueue(f->study, "{\"x\":0.5}", HONE_PURPOSE_SEARCH, -1, &number, NULL),
        HONE_OK);
    options->only_trial = 0;
    options->keep_ckpts = keep;
    assert_int_equal(fake_run(f, options), HONE_RUN_ALL_FAILED);
    options->only_trial = -1;
    return f;
}

static void test_starting_over_is_said(void **state)
{
    (void)state;
    hone_run_options options;
    fake *f = one_failure(&options, -1);
    rerun(f, &options, true, NULL);
    fake_free(f);

    f = one_failure(&options, 0);
    rerun(f, &options, false,
          "warning: trial 0 starts over: its checkpoint was removed (--keep-ckpt, --ckpt-quota)\n");
    fake_free(f);

    f = one_failure(&options, -1);
    assert_int_equal(hn_fs_remove_tree(path_of(f, 0, "ckpt"), NULL), HONE_OK);
    rerun(f, &options, false, "warning: trial 0 starts over: its checkpoint is no longer in ");
    fake_free(f);

    f = one_failure(&options, -1); // the whole folder
    assert_int_equal(hn_fs_remove_tree(path_of(f, 0, ""), NULL), HONE_OK);
    rerun(f, &options, false, "warning: trial 0 starts over: its checkpoint is no longer in ");
    fake_free(f);
}

// Set aside but not recorded: it is put back, at the next start or when the trial runs again.
static void test_what_was_left_aside(void **state)
{
    (void)state;
    hone_run_options options;
    fake *f = one_failure(&options, -1);
    assert_int_equal(rename(path_of(f, 0, "ckpt"), path_of(f, 0, "ckpt.aside")), 0);
    rerun(f, &options, true, NULL);
    fake_free(f);

    f = fake_make(plan_saves);
    options = fake_options(f, 3, 1);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(rename(path_of(f, 0, "ckpt"), path_of(f, 0, "ckpt.aside")), 0);
    assert_int_equal(mkdir(path_of(f, 1, "ckpt.removed"), 0777), 0); // half deleted
    assert_int_equal(mkdir(path_of(f, 2, "ckpt.aside"), 0777), 0);   // of an earlier attempt
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_string_equal(there(f), "0 1 2");
    fake_free(f);
}

#ifdef HONE_FAULTS
// At each step a failure: nothing is lost that is not recorded, and the next run ends what was
// begun.
static void test_failures(void **state)
{
    (void)state;
    static const struct {
        const char *fault, *left;
    } cases[] = {{"keep.aside:1", "0 1 2"}, {"keep.recorded:1", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake *f = fake_make(plan_saves);
        hone_run_options options = fake_options(f, 3, 1);
        hone_run_outcome outcome;
        assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
        options.keep_ckpts = 1;
        hn_fault_arm(cases[i].fault);
        assert_int_equal(fake_try(f, &options, &outcome, NULL), HONE_EIO);
        hn_fault_arm(NULL);
        if (cases[i].left)
            assert_string_equal(there(f), cases[i].left);
        assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
        assert_string_equal(there(f), "1 2");
        fake_free(f);
    }
}
#endif

static void leave(const char *dir, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/ckpt/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT, 0666);
    assert_true(fd >= 0);
    close(fd);
}

// Trial 1 leaves a file of no bytes, trial 2 fails, trial 4 closes its folder.
static void plan_leaves_little(fake *f, fake_job *job)
{
    assert_true(rmdir(path_of(f, job->trial, "ckpt")) == 0 &&
                mkdir(path_of(f, job->trial, "ckpt"), 0777) == 0);
    fake_well(job);
    if (job->trial == 1)
        leave(job->dir, "mark");
    if (job->trial == 2)
        job->end = fake_exit(HN_END_EXIT, 1, 0);
    if (job->trial == 4)
        assert_int_equal(chmod(path_of(f, 4, "ckpt"), 0500), 0);
}

static void test_an_empty_one_goes_to_the_next_trial(void **state)
{
    (void)state;
    fake *f = fake_make(plan_leaves_little);
    hone_run_options options = fake_options(f, 6, 1);
    static const bool left[] = {false, true, true, false, true, false, true};
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_trials(f->study), 7);
    for (uint32_t i = 0; i < 7; i++)
        assert_int_equal(hn_fs_exists(path_of(f, i, "ckpt")), left[i]);
    assert_true(hn_fs_exists(path_of(f, 1, "ckpt/mark")));
    assert_int_equal(chmod(path_of(f, 4, "ckpt"), 0700), 0);
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_number),
        cmocka_unit_test(test_by_quota),
        cmocka_unit_test(test_the_worst_by_a_maximum),
        cmocka_unit_test(test_final_and_lost_stay),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_parents_stay),
        cmocka_unit_test(test_somebody_holds_it),
        cmocka_unit_test(test_links_are_not_followed),
        cmocka_unit_test(test_starting_over_is_said),
        cmocka_unit_test(test_what_was_left_aside),
#ifdef HONE_FAULTS
        cmocka_unit_test(test_failures),
#endif
        cmocka_unit_test(test_an_empty_one_goes_to_the_next_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
