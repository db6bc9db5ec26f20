// Looking at processes: oneself, one with a name made to mislead, one that is dead but not yet
// buried, one that is gone.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/process.h"

static void the_start_stays(void **state)
{
    uint64_t first = 0, again = 0, init = 0;
    (void)state;
    assert_int_not_equal(hn_process_look(getpid(), &first), 'X');
    assert_int_not_equal(hn_process_look(getpid(), &again), 'X');
    assert_true(first > 0);
    assert_int_equal(first, again);
    assert_int_not_equal(hn_process_look(getppid(), &init), 'X');
    assert_true(init <= first);
}

static void a_name_does_not_mislead(void **state)
{
    uint64_t before = 0, after = 0;
    char name[16] = "";
    (void)state;
    (void)hn_process_look(getpid(), &before);
    assert_int_equal(prctl(PR_GET_NAME, name), 0);
    assert_int_equal(prctl(PR_SET_NAME, "a) Z 1 (b) X 2"), 0);
    assert_int_equal(hn_process_look(getpid(), &after), 'R');
    assert_int_equal(prctl(PR_SET_NAME, name), 0);
    assert_int_equal(before, after);
}

static void the_dead(void **state)
{
    uint64_t ticks = 1;
    (void)state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(hn_process_look(pid, &ticks), 'Z');
    assert_true(ticks > 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(hn_process_look(pid, &ticks), 'X');
    assert_int_equal(ticks, 0);
    assert_int_equal(hn_process_look(-1, &ticks), 'X');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_start_stays),
        cmocka_unit_test(a_name_does_not_mislead),
        cmocka_unit_test(the_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
