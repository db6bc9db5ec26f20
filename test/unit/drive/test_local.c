// The loop with real processes.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "drive/run_internal.h"

typedef struct bed {
    hone_study *study;
    char dir[64];
    char log[8192];
    int interrupt_at_report; // levels
} bed;

static void on_event(void *user, hone_run *run, const hone_run_event *e)
{
    bed *b = user;
    size_t n = strlen(b->log);
    if (e->type == HONE_RUN_FINISHED || e->type == HONE_RUN_RETRY)
        snprintf(b->log + n, sizeof b->log - n, "%u %s %s\n", e->trial, hone_state_name(e->state),
                 e->text ? e->text : "");
    if (e->type == HONE_RUN_REPORT && b->interrupt_at_report)
        hone_run_interrupt(run, b->interrupt_at_report);
}

static int set_up(void **state)
{
    static bed b;
    static const hone_metric metrics[] = {{"loss", HONE_MINIMIZE}};
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    memset(&b, 0, sizeof b);
    hone_space_create(&space, &err);
    hone_space_add(space, "x", "0..1", &err);
    hone_space_seal(space, &err);
    options.space = space;
    options.metrics = metrics;
    options.n_metrics = 1;
    if (hone_study_open(&options, &b.study, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_space_destroy(space);
    strcpy(b.dir, "/tmp/hone-drive-XXXXXX");
    assert_non_null(mkdtemp(b.dir));
    *state = &b;
    return 0;
}

static int tear_down(void **state)
{
    bed *b = *state;
    hone_study_close(b->study);
    hn_fs_remove_tree(b->dir, NULL);
    return 0;
}

static hone_run_options shell(bed *b, const char *const *text, int64_t n_trials, uint32_t n_jobs)
{
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    options.command = text;
    options.n_command = 1;
    options.shell = true;
    options.dir = b->dir;
    options.n_trials = n_trials;
    options.n_jobs = n_jobs;
    options.on_event = on_event;
    options.user = b;
    return options;
}

static hone_run_outcome go(const hone_run_options *options, hone_study *study)
{
    hone_error err = HONE_ERROR_INIT;
    hone_run *run = NULL;
    hone_run_outcome outcome = HONE_RUN_STOPPED;
    if (hone_run_create(study, options, &run, &err) != HONE_OK ||
        hone_run_go(run, &outcome, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_run_destroy(run);
    return outcome;
}

static char *read_text(bed *b, uint32_t trial, const char *name)
{
    static char text[4096];
    char path[200];
    snprintf(path, sizeof path, "%s/%u/%s", b->dir, trial, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void test_lines(void **state)
{
    bed *b = *state;
    const char *command = "echo loss={x}; echo done >&2";
    hone_run_options options = shell(b, &command, 20, 4);
    assert_int_equal(go(&options, b->study), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(b->study), 20);
    for (uint32_t i = 0; i < 20; i++) {
        hone_trial *trial = NULL;
        assert_int_equal(hone_study_trial(b->study, i, &trial, NULL), HONE_OK);
        assert_true(hone_trial_value(trial, 0) == hone_trial_float(trial, "x"));
        assert_true(hone_trial_duration_s(trial) > 0);
        assert_string_equal(read_text(b, i, "stderr"), "done\n");
        hone_trial_destroy(trial);
    }
}

static void test_descriptor_and_environment(void **state)
{
    bed *b = *state;
    const char *command =
        "echo '{\"loss\":0.5,\"step\":1,\"reply\":7}' >&$HONE_FD; read reply <&$HONE_FD;"
        "echo \"$reply\" > {dir}/reply; echo '{\"loss\":0.25,\"step\":2}' >> "
        "$HONE_DIR/metrics.jsonl;"
        "test -d $HONE_CKPT && echo $HONE_TRIAL $HONE_ATTEMPT $HONE_PHASE $HONE_P_X >> {dir}/env";
    hone_run_options options = shell(b, &command, 1, 1);
    assert_int_equal(go(&options, b->study), HONE_RUN_FINISHED_ALL);
    assert_string_equal(read_text(b, 0, "reply"), "{\"ok\":true,\"stop\":false,\"reply\":7}\n");
    hone_trial *trial = NULL;
    char want[100];
    assert_int_equal(hone_study_trial(b->study, 0, &trial, NULL), HONE_OK);
    assert_true(hone_trial_value(trial, 0) == 0.5); // the descriptor outranks the file
    assert_int_equal(hone_trial_n_reports(trial), 1);
    snprintf(want, sizeof want, "0 1 search %s\n", hone_trial_text(trial, "x"));
    assert_string_equal(read_text(b, 0, "env"), want);
    hone_trial_destroy(trial);
}

static void test_timeout(void **state)
{
    bed *b = *state;
    const char *command = "echo loss=1; test {trial} = 0 && exec sleep 1000; exit 0";
    hone_run_options options = shell(b, &command, 1, 1);
    options.timeout_trial_s = 0.2;
    options.retries = 1;
    assert_int_equal(go(&options, b->study), HONE_RUN_FINISHED_ALL);
    assert_string_equal(b->log, "0 TIMEOUT took longer than 0.2 s\n"
                                "0 TIMEOUT took longer than 0.2 s\n1 COMPLETE \n");
}

static void test_missing_command(void **state)
{
    bed *b = *state;
    static const char *const command[] = {"/no/such/program", "{x}"};
    hone_run_options options = shell(b, command, 10, 1);
    options.shell = false;
    options.n_command = 2;
    assert_int_equal(go(&options, b->study), HONE_RUN_ALL_FAILED);
    assert_int_equal(hone_study_count(b->study, HONE_STATE_FAILED), 3);
    assert_non_null(strstr(b->log, "command not found"));
}

static void test_failure_shows_its_last_words(void **state)
{
    bed *b = *state;
    const char *command = "echo one >&2; echo \"no data for {x}\" >&2; exit 7";
    hone_run_options options = shell(b, &command, 10, 2);
    assert_int_equal(go(&options, b->study), HONE_RUN_ALL_FAILED);
    assert_non_null(strstr(b->log, "0 FAILED exit code 7: no data for 0."));
}

// The trial saves what it has when it is told to stop, and goes on from there.
static void test_interrupt_and_resume(void **state)
{
    bed *b = *state;
    const char *command = "trap 'echo saved > {ckpt}/state; exit 10' TERM;"
                          "test -e {ckpt}/state && { echo loss=0.5; exit 0; };"
                          "echo 'loss=1 step=1'; while :; do sleep 0.05; done";
    hone_run_options options = shell(b, &command, 2, 2);
    b->interrupt_at_report = 2;
    assert_int_equal(go(&options, b->study), HONE_RUN_STOPPED);
    assert_int_equal(hone_study_n_finished(b->study), 0);
    b->interrupt_at_report = 0;
    // The one that was interrupted before it could report has no checkpoint yet, and never ends.
    for (uint32_t i = 0; i < 2; i++) {
        char path[200];
        snprintf(path, sizeof path, "%s/%u/ckpt/state", b->dir, i);
        FILE *file = fopen(path, "a");
        assert_non_null(file);
        fclose(file);
    }
    assert_int_equal(go(&options, b->study), HONE_RUN_FINISHED_ALL);
    assert_int_equal(hone_study_n_finished(b->study), 2);
    assert_int_equal(hone_study_n_trials(b->study), 2);
}

static void test_metric_from_file(void **state)
{
    bed *b = *state;
    const char *command = "echo '{\"eval\":{\"loss\":{x}}}' > {dir}/r.json; echo loss=7";
    hone_run_options options = shell(b, &command, 3, 2);
    options.metric_from = "r.json:eval.loss";
    assert_int_equal(go(&options, b->study), HONE_RUN_FINISHED_ALL);
    hone_trial *trial = NULL;
    assert_int_equal(hone_study_trial(b->study, 2, &trial, NULL), HONE_OK);
    assert_true(hone_trial_value(trial, 0) == hone_trial_float(trial, "x"));
    hone_trial_destroy(trial);
}

static void leave(bed *b, uint32_t trial)
{
    static const char *const names[] = {"ckpt/model", "stdout", "metrics.jsonl", "STOP"};
    char path[200];
    snprintf(path, sizeof path, "%s/%u/ckpt", b->dir, trial);
    assert_int_equal(hn_fs_mkdirs(path, NULL), HONE_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%u/%s", b->dir, trial, names[i]);
        assert_int_equal(hn_fs_write_atomic(path, "loss=-9\n", 8, false, NULL), HONE_OK);
    }
}

// Folders that a deleted study has left, some of which are at the numbers of new trials, whether or
// not anybody reads what these say.
static void test_what_lies_there_is_not_theirs(void **state)
{
    bed *b = *state;
    const char *command = "ls $HONE_CKPT; echo loss=1; echo new > $HONE_CKPT/model; : {x}";
    for (uint32_t from = 0; from < 12; from += 6) {
        hone_run_options options = shell(b, &command, from + 6, 2);
        options.metric_builtin = from ? "time" : NULL;
        for (uint32_t i = 0; i < 5; i++)
            if (i != 3)
                leave(b, from + i);
        assert_int_equal(go(&options, b->study), HONE_RUN_FINISHED_ALL);
        assert_int_equal(hone_study_n_trials(b->study), from + 6);
        for (uint32_t i = from; i < from + 6; i++) {
            hone_trial *trial = NULL;
            assert_int_equal(hone_study_trial(b->study, i, &trial, NULL), HONE_OK);
            assert_true(from ? hone_trial_value(trial, 0) > 0 : hone_trial_value(trial, 0) == 1);
            assert_int_equal(hone_trial_attempts(trial), 1);
            hone_trial_destroy(trial);
            assert_string_equal(read_text(b, i, "stdout"), "loss=1\n");
            assert_string_equal(read_text(b, i, "ckpt/model"), "new\n");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_descriptor_and_environment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_timeout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing_command, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failure_shows_its_last_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_interrupt_and_resume, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_metric_from_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_lies_there_is_not_theirs, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
