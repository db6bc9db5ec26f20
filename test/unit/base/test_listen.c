// Listening to programs: what they say, with and without errors, more than there is room for; one
// that is not there, one that says nothing, one that goes on after it has closed its output; and
// that none of them is left behind, dead or alive.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/listen.h"
#include "base/process.h"

enum { LONG_MS = 60000, SHORT_MS = 50 };

static int hear(const char *script, bool errors_too, char *out, size_t size, int *status)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    return hn_listen_to(argv, errors_too, LONG_MS, out, size, status);
}

static void assert_no_children(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void what_it_says(void **state)
{
    char out[64];
    int status = -1;
    (void)state;
    assert_int_equal(hear("echo a; echo b >&2; exit 3", true, out, sizeof out, &status), 0);
    assert_string_equal(out, "a\nb\n");
    assert_int_equal(WEXITSTATUS(status), 3);
    assert_int_equal(hear("echo a; exec 2>/dev/null; cat", false, out, sizeof out, &status), 0);
    assert_string_equal(out, "a\n");
    assert_int_equal(status, 0);
    assert_no_children();
}

static void more_than_there_is_room_for(void **state)
{
    char out[8];
    int status = -1;
    (void)state;
    assert_int_equal(hear("i=0; while [ $i -lt 9999 ]; do echo 123456789; i=$((i+1)); done", true,
                          out, sizeof out, &status),
                     0);
    assert_string_equal(out, "1234567");
    assert_int_equal(status, 0);
    assert_no_children();
}

static void none_to_run(void **state)
{
    static const char *const argv[] = {"hone-no-such-program", NULL};
    char out[8] = "x";
    int status = -1;
    (void)state;
    assert_int_equal(hn_listen_to(argv, true, LONG_MS, out, sizeof out, &status), ENOENT);
    assert_string_equal(out, "");
    assert_no_children();
}

// The kill is no end that is seen at once: who does not wait for it leaves a zombie.
static void patience_has_an_end(void **state)
{
    static const char *const scripts[] = {"echo a; exec sleep 60",
                                          "echo a; exec >/dev/null 2>&1 sleep 60"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *const argv[] = {"sh", "-c", scripts[i], NULL};
        char out[8];
        int status = -1;
        uint64_t began = hn_clock_mono_us();
        assert_int_equal(hn_listen_to(argv, true, SHORT_MS, out, sizeof out, &status), ETIMEDOUT);
        assert_true(hn_clock_mono_us() - began < 30 * 1000000);
        assert_no_children();
    }
}

static void without_waiting(void **state)
{
    static const char *const argv[] = {"sh", "-c", "echo $$; exec sleep 60", NULL};
    char out[32];
    hn_listening l;
    int status;
    uint64_t ticks;
    (void)state;
    assert_int_equal(hn_listen_begin(&l, argv, true, LONG_MS, out, sizeof out), 0);
    while (l.n == 0) {
        struct pollfd on = {l.from, POLLIN, 0};
        assert_true(poll(&on, 1, LONG_MS) == 1);
        assert_false(hn_listen_go(&l, false));
    }
    assert_int_equal(atoi(out), l.pid);
    int64_t pid = l.pid;
    assert_false(hn_listen_end(&l, &status));
    assert_int_equal(hn_process_look(pid, &ticks), 'X');
    assert_no_children();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_says),    cmocka_unit_test(more_than_there_is_room_for),
        cmocka_unit_test(none_to_run),     cmocka_unit_test(patience_has_an_end),
        cmocka_unit_test(without_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
