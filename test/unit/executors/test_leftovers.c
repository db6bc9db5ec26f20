// What trials leave behind: helpers in the background, daemons, grandchildren. None may survive its
// job, and none may die for another job's sake.
#include "unit/executors/bed.h"

static pid_t pid_said(bed *b, uint64_t id, size_t nth)
{
    return (pid_t)strtol(bed_line(b, id, nth), NULL, 10);
}

// Each says the ids of processes that outlive their parents, then ends.
static const char *const leavers[] = {
    "sleep 1000 & echo $! >&3",
    "sleep 1000 & sleep 1000 & echo $! >&3; kill -KILL $$",
    "setsid sh -c 'echo $$ >&3; exec sleep 1000' & read x <&3",
    "(setsid sh -c 'echo $$ >&3; exec sleep 1000' &) ; read x <&3",
    "(setsid sh -c '(setsid sh -c \"echo \\$\\$ >&3; sleep 1000 & wait\" &)' &) ; read x <&3",
    "env -i setsid sh -c 'echo $$ >&3; exec sleep 1000' & read x <&3",
    "(env -u HONE_JOB_TAG setsid sh -c 'trap \"\" TERM; echo $$ >&3; sleep 99' &); read x <&3",
    "nohup sleep 1000 >/dev/null 2>&1 & echo $! >&3",
    "sh -mc 'sleep 1000 & echo $! >&3'",
};

static void nothing_outlives_a_job_that_ends(void **state)
{
    bed *b = *state;
    for (size_t i = 0; i < sizeof leavers / sizeof *leavers; i++) {
        bed_shell(b, i, leavers[i]);
        pid_t pid = pid_said(b, i, 0);
        hn_executor_local.reply(b->local, i, "go", NULL);
        bed_exit(b, i);
        if (bed_is_alive(pid))
            fail_msg("process %d is left of: %s", (int)pid, leavers[i]);
    }
}

static void nothing_outlives_a_job_that_is_killed(void **state)
{
    bed *b = *state;
    for (size_t i = 0; i < sizeof leavers / sizeof *leavers; i++) {
        char script[500];
        snprintf(script, sizeof script, "%s; while :; do sleep 1; done", leavers[i]);
        bed_shell(b, i, script);
        pid_t pid = pid_said(b, i, 0);
        hn_executor_local.cancel(b->local, i, HN_CANCEL_KILL, NULL);
        bed_exit(b, i);
        if (bed_is_alive(pid))
            fail_msg("process %d is left of: %s", (int)pid, leavers[i]);
    }
}

// Two jobs with a stray each, one without its tag; the first job's end is nothing to the second's.
static void strays_of_another_job_are_spared(void **state)
{
    bed *b = *state;
    const char *keeper = "(setsid sh -c 'echo $$ >&3; exec sleep 1000' &); read x <&3; "
                         "(env -i setsid sh -c 'echo $$ >&3; exec sleep 1000' &); "
                         "read x <&3; read x <&3";
    bed_shell(b, 1, keeper);
    pid_t tagged = pid_said(b, 1, 0);
    hn_executor_local.reply(b->local, 1, "", NULL);
    pid_t bare = pid_said(b, 1, 1);
    hn_executor_local.reply(b->local, 1, "", NULL);
    for (uint64_t id = 2; id < 6; id++) {
        bed_shell(b, id, leavers[id]);
        pid_t pid = pid_said(b, id, 0);
        hn_executor_local.reply(b->local, id, "go", NULL);
        bed_exit(b, id);
        // A bare one could be job 1's: it is spared until that ends too.
        assert_true(id == 5 || !bed_is_alive(pid));
        assert_true(bed_is_alive(tagged) && bed_is_alive(bare));
    }
    hn_executor_local.reply(b->local, 1, "", NULL);
    bed_exit(b, 1);
    assert_false(bed_is_alive(tagged) || bed_is_alive(bare));
    assert_false(bed_is_alive(pid_said(b, 5, 0)));
}

static void a_helper_may_finish_its_work(void **state)
{
    bed *b = *state;
    const char *argv[] = {"bash", "-c", "exec > >(read l; echo heard $l >&3); echo hello", NULL};
    bed_start(b, bed_job(b, 1, argv));
    bed_exit(b, 1);
    assert_string_equal(bed_line(b, 1, 0), "heard hello");
}

static void a_stray_hears_sigterm_once(void **state)
{
    bed *b = *state;
    const char *child = "trap \"echo term >&3\" TERM; echo up >&3; while :; do sleep 0.02; done";
    char script[300];
    for (uint64_t id = 1; id <= 2; id++) {
        snprintf(script, sizeof script, "%s sh -c '%s' & wait", id == 1 ? "setsid" : "", child);
        const char *argv[] = {"sh", "-c", script, NULL};
        hn_job job = bed_job(b, id, argv);
        job.grace_s = 0.4;
        bed_start(b, job);
        bed_line(b, id, 0);
        hn_executor_local.cancel(b->local, id, HN_CANCEL_STOP, NULL);
        bed_exit(b, id);
        assert_string_equal(bed_line(b, id, 1), "term");
        assert_null(bed_find(b, id, HN_MSG_LINE, 2));
    }
}

static void no_zombie_and_no_stranger_stays(void **state)
{
    bed *b = *state;
    char path[64], text[256];
    for (size_t i = 0; i < sizeof leavers / sizeof *leavers; i++) {
        bed_shell(b, i, leavers[i]);
        bed_line(b, i, 0);
        hn_executor_local.reply(b->local, i, "go", NULL);
        bed_exit(b, i);
    }
    pid_t guardian = b->local->guardian.pid;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)guardian, (int)guardian);
    int file = open(path, O_RDONLY);
    assert_true(file >= 0);
    assert_int_equal(read(file, text, sizeof text), 0);
    close(file);
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    file = open(path, O_RDONLY);
    ssize_t got = read(file, text, sizeof text - 1);
    text[got > 0 ? got : 0] = '\0';
    close(file);
    assert_int_equal(strtol(text, NULL, 10), guardian);
}

static void fini_leaves_nothing(void **state)
{
    (void)state;
    bed b;
    pid_t pids[16];
    size_t n = sizeof leavers / sizeof *leavers;
    bed_open(&b);
    for (size_t i = 0; i < n; i++) {
        bed_shell(&b, i, leavers[i]);
        pids[i] = pid_said(&b, i, 0);
    }
    bed_shell(&b, 99, "trap '' TERM; echo $$ >&3; while :; do sleep 1000; done");
    pids[n] = pid_said(&b, 99, 0);
    pid_t guardian = b.local->guardian.pid;
    bed_close(&b);
    for (size_t i = 0; i <= n; i++)
        assert_false(bed_is_alive(pids[i]));
    assert_false(bed_is_alive(guardian));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_outlives_a_job_that_ends, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(nothing_outlives_a_job_that_is_killed, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(strays_of_another_job_are_spared, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(a_helper_may_finish_its_work, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(a_stray_hears_sigterm_once, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(no_zombie_and_no_stranger_stays, bed_setup, bed_teardown),
        cmocka_unit_test(fini_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
