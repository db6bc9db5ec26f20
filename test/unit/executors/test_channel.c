// The sockets of HONE_FD: which are used again, and which must not be.
#include "bed.h"

static int n_idle(const bed *b)
{
    int n = 0;
    for (const hn_local_channel *c = b->local->idle; c; c = c->next)
        n++;
    return n;
}

static void run(bed *b, uint64_t id, const char *script)
{
    bed_shell(b, id, script);
    bed_exit(b, id);
}

static void silent_jobs_share_one(void **state)
{
    bed *b = *state;
    run(b, 1, "exit 0");
    const hn_local_channel *channel = b->local->idle;
    assert_non_null(channel);
    for (uint64_t id = 2; id < 5; id++) {
        run(b, id, "echo hello");
        assert_ptr_equal(b->local->idle, channel);
        assert_int_equal(n_idle(b), 1);
    }
    assert_true(b->local->channels_used == 1);
}

static void jobs_at_once_have_one_each(void **state)
{
    bed *b = *state;
    for (uint64_t id = 1; id <= 3; id++)
        bed_shell(b, id, "read line <&3; exit 0");
    for (uint64_t id = 1; id <= 3; id++) {
        hn_executor_local.reply(b->local, id, "go", NULL);
        bed_exit(b, id);
    }
    assert_int_equal(n_idle(b), 0); // something was sent on each
    assert_true(b->local->channels_used == 0);
}

static void one_that_was_spoken_on_is_closed(void **state)
{
    bed *b = *state;
    run(b, 1, "exit 0");
    run(b, 2, "echo one >&3"); // on the channel of 1
    assert_string_equal(bed_line(b, 2, 0), "one");
    assert_int_equal(n_idle(b), 0);
    run(b, 3, "echo two >&3");
    assert_string_equal(bed_line(b, 3, 0), "two");
    assert_true(b->local->channels_used == 0);
}

// It was killed, but who knows what it has given away.
static void one_that_a_stray_had_is_closed(void **state)
{
    bed *b = *state;
    char script[300];
    snprintf(script, sizeof script,
             "cd %s; mkfifo f; setsid sh -c 'echo out > f; exec sleep 1000' & read x < f",
             bed_dir(b, 1));
    run(b, 1, script);
    assert_int_equal(n_idle(b), 0);
    assert_true(b->local->channels_used == 0);
    run(b, 2, "exit 0");
    assert_int_equal(n_idle(b), 1);
}

static void failures_close_theirs(void **state)
{
    bed *b = *state;
    const char *argv[] = {"/no/such/command", NULL};
    run(b, 1, "exit 0");
    bed_start(b, bed_job(b, 2, argv));
    while (!bed_find(b, 2, HN_MSG_FAILED, 0))
        bed_drive(b);
    assert_int_equal(n_idle(b), 0);
    run(b, 3, "echo here >&3");
    assert_string_equal(bed_line(b, 3, 0), "here");
}

static void they_go_with_their_guardian(void **state)
{
    bed *b = *state;
    run(b, 1, "exit 0");
    assert_int_equal(n_idle(b), 1);
    assert_int_equal(kill(b->local->guardian.pid, SIGKILL), 0);
    assert_true(bed_wait_death(b->local->guardian.pid));
    run(b, 2, "echo still here >&3");
    assert_string_equal(bed_line(b, 2, 0), "still here");
    assert_int_equal(n_idle(b), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bed_setup, bed_teardown)
    const struct CMUnitTest tests[] = {
        TEST(silent_jobs_share_one),
        TEST(jobs_at_once_have_one_each),
        TEST(one_that_was_spoken_on_is_closed),
        TEST(one_that_a_stray_had_is_closed),
        TEST(failures_close_theirs),
        TEST(they_go_with_their_guardian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
