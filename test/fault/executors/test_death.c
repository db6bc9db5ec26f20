// Sudden deaths: of the engine, of the guardian, of both. Nothing of a trial may survive, and a
// living executor says what became of its jobs.
#include "unit/executors/bed.h"

enum { N_PIDS = 5 };

// A trial with everything: a leader that ignores SIGTERM, a child in the background, one in another
// session, a daemon without its parents. Each says its id.
static const char trial[] =
    "trap '' TERM; echo $$ >&3; sleep 1000 & echo $! >&3; "
    "setsid sh -c 'echo $$ >&3; exec sleep 1000' & "
    "(setsid sh -c '(setsid sh -c \"echo \\$\\$ >&3; exec sleep 1000\" &)' &) ; "
    "(setsid sh -c 'trap \"\" HUP INT TERM; echo $$ >&3; while :; do sleep 1; done' &) ; "
    "while :; do sleep 1; done";

static void start_trial(bed *b, uint64_t id, const char *marker, pid_t pids[N_PIDS])
{
    char variable[128];
    snprintf(variable, sizeof variable, "HONE_STUDY_TAG=%s", marker);
    const char *argv[] = {"sh", "-c", trial, NULL}, *env[] = {variable, NULL};
    hn_job job = bed_job(b, id, argv);
    job.env = env;
    bed_start(b, job);
    for (size_t i = 0; i < N_PIDS; i++)
        pids[i] = (pid_t)strtol(bed_line(b, id, i), NULL, 10);
}

// An engine in a process of its own, with one trial: it says the guardian's id and the trial's.
typedef struct engine {
    pid_t pid, guardian, pids[N_PIDS];
    char base[64];
    int hold; // write end whose closing lets the engine's fork go
} engine;

static void be_engine(int out, int hold, const char *marker, bool forks)
{
    bed b;
    engine e = {0};
    bed_open(&b);
    start_trial(&b, 1, marker, e.pids);
    e.guardian = b.local->guardian.pid;
    strcpy(e.base, b.base);
    if (forks && fork() == 0) {
        // A fork holds the engine's sockets open beyond its death.
        char ignored;
        close(out);
        if (read(hold, &ignored, 1) < 0)
            _exit(1);
        _exit(0);
    }
    if (write(out, &e, sizeof e) != (ssize_t)sizeof e)
        _exit(1);
    for (;;)
        bed_drive(&b);
}

static engine start_engine(const char *marker, bool forks)
{
    int pipes[2], hold[2];
    engine e;
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(pipe(hold), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(hold[1]);
        be_engine(pipes[1], hold[0], marker, forks);
    }
    close(pipes[1]);
    close(hold[0]);
    assert_int_equal(read(pipes[0], &e, sizeof e), sizeof e);
    close(pipes[0]);
    e.pid = pid;
    e.hold = hold[1];
    return e;
}

static void end_engine(const engine *e)
{
    kill(e->pid, SIGKILL);
    waitpid(e->pid, NULL, 0);
}

static void expect_all_dead(const engine *e)
{
    assert_true(bed_wait_death(e->guardian));
    for (int i = 0; i < N_PIDS; i++)
        assert_true(bed_wait_death(e->pids[i]));
    close(e->hold);
    assert_int_equal(hn_fs_remove_tree(e->base, NULL), HONE_OK);
}

static void death_of_the_engine(void **state)
{
    (void)state;
    engine e = start_engine("a", false);
    for (int i = 0; i < N_PIDS; i++)
        assert_true(bed_is_alive(e.pids[i]));
    end_engine(&e);
    expect_all_dead(&e);
}

static void death_of_an_engine_that_has_forked(void **state)
{
    (void)state;
    engine e = start_engine("a", true);
    end_engine(&e);
    expect_all_dead(&e);
}

static void signals_of_the_terminal_do_not_reach_the_guardian(void **state)
{
    bed *b = *state;
    pid_t pids[N_PIDS];
    start_trial(b, 1, "a", pids);
    pid_t guardian = b->local->guardian.pid;
    assert_int_not_equal(getsid(guardian), getsid(0));
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE, SIGALRM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        kill(guardian, signals[i]);
    bed_shell(b, 2, "exit 4");
    assert_int_equal(bed_exit(b, 2)->exit_code, 4);
    assert_true(bed_is_alive(pids[0]));
}

static void death_of_the_guardian(void **state)
{
    bed *b = *state;
    pid_t pids[2][N_PIDS];
    for (int round = 0; round < 3; round++) {
        bed_forget(b);
        start_trial(b, 1, "a", pids[0]);
        start_trial(b, 2, "a", pids[1]);
        pid_t guardian = b->local->guardian.pid;
        kill(guardian, SIGKILL);
        if (round == 1) // noticed by `start`, not by `drive`
            bed_wait_death(guardian);
        if (round > 0)
            bed_shell(b, 3, "exit 6");
        assert_int_equal(bed_exit(b, 1)->cause, HN_END_LOST);
        assert_int_equal(bed_exit(b, 2)->cause, HN_END_LOST);
        for (int i = 0; i < 2 * N_PIDS; i++)
            assert_true(bed_wait_death(pids[i / N_PIDS][i % N_PIDS]));
        if (round == 0)
            bed_shell(b, 3, "exit 6");
        // In the third round it may have been sent to the dying guardian.
        while (!bed_find(b, 3, HN_MSG_EXITED, 0) && !bed_find(b, 3, HN_MSG_FAILED, 0))
            bed_drive(b);
        if (round < 2)
            assert_int_equal(bed_exit(b, 3)->exit_code, 6);
        assert_int_not_equal(b->local->guardian.pid, guardian);
    }
}

static void death_of_both_and_then_a_reaper(void **state)
{
    bed *b = *state;
    pid_t others[N_PIDS], same[N_PIDS];
    start_trial(b, 1, "other", others);
    start_trial(b, 2, "mine", same); // the same study, run by a living engine
    engine e = start_engine("mine", false);
    kill(e.guardian, SIGSTOP); // or it would be quicker than the second kill
    end_engine(&e);
    kill(e.guardian, SIGKILL);
    assert_true(bed_wait_death(e.guardian));
    for (int i = 0; i < N_PIDS; i++)
        assert_true(bed_is_alive(e.pids[i]));
    assert_int_equal(hn_executor_local.reap(b->local, "mine", NULL), HONE_OK);
    for (int i = 0; i < N_PIDS; i++) {
        assert_true(bed_is_alive(others[i]) && bed_is_alive(same[i]));
        assert_true(bed_wait_death(e.pids[i]));
    }
    expect_all_dead(&e);
    assert_int_equal(hn_executor_local.reap(b->local, "mine", NULL), HONE_OK);
}

// A trial that runs Hone itself: the inner guardian is a stray of the outer one when its engine
// dies, and takes its own trials with it.
static void hone_within_a_trial(void **state)
{
    (void)state;
    engine e = start_engine("outer", false);
    char tag[128];
    snprintf(tag, sizeof tag, "%d-1.1", (int)e.guardian);
    setenv(HG_TAG, tag, 1);
    engine inner = start_engine("inner", false);
    unsetenv(HG_TAG);
    char path[64], text[16384];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)inner.pids[0]);
    int file = open(path, O_RDONLY);
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    assert_true(got > 0);
    text[got] = '\0';
    const char *found = NULL;
    for (const char *p = text; p < text + got; p += strlen(p) + 1) {
        if (strncmp(p, HG_TAG "=", sizeof HG_TAG) == 0)
            found = p + sizeof HG_TAG;
    }
    assert_non_null(found);
    assert_true(strncmp(found, tag, strlen(tag)) == 0 && found[strlen(tag)] == '/');
    end_engine(&inner);
    expect_all_dead(&inner);
    end_engine(&e);
    expect_all_dead(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(death_of_the_engine),
        cmocka_unit_test(death_of_an_engine_that_has_forked),
        cmocka_unit_test_setup_teardown(signals_of_the_terminal_do_not_reach_the_guardian,
                                        bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(death_of_the_guardian, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(death_of_both_and_then_a_reaper, bed_setup, bed_teardown),
        cmocka_unit_test(hone_within_a_trial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
