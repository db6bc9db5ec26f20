// Fault points: arming, counting, actions; each action in a process of its own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/mem.h"

static void the_list_has_no_twins(void **state)
{
    (void)state;
    int n = 0;
    for (; hn_fault_points[n]; n++) {
        for (int i = 0; i < n; i++)
            assert_string_not_equal(hn_fault_points[i], hn_fault_points[n]);
    }
    assert_int_equal(n, 23);
}

#ifdef HONE_FAULTS
static void the_nth_pass_fails(void **state)
{
    (void)state;
    hn_fault_arm("alloc:3,fs.write:1:enospc,alloc:5");
    for (int pass = 1; pass <= 6; pass++) {
        errno = 0;
        void *p = hn_malloc(1);
        assert_int_equal(p == NULL, pass == 3 || pass == 5);
        if (!p)
            assert_int_equal(errno, EIO);
        hn_free(p);
    }
    assert_int_equal(hn_fault_count("alloc"), 6);
    assert_true(hn_fault("fs.write"));
    assert_int_equal(errno, ENOSPC);
    assert_false(hn_fault("fs.write"));
    assert_false(hn_fault("fs.sync"));
    hn_fault_arm(NULL);
    assert_int_equal(hn_fault_count("alloc"), 0);
    for (int i = 0; i < 10; i++)
        assert_false(hn_fault("alloc"));
    hn_fault_arm("");
    assert_false(hn_fault("alloc"));
}

static void every_door_to_malloc_passes_the_point(void **state)
{
    (void)state;
    char *p = hn_malloc(4);
    hn_fault_arm("alloc:1,alloc:2,alloc:3,alloc:4,alloc:5,alloc:6");
    assert_null(hn_malloc(1));
    assert_null(hn_calloc(1, 1));
    assert_null(hn_realloc(p, 100));
    assert_null(hn_reallocarray(p, 10, 10));
    assert_null(hn_strdup("x"));
    assert_null(hn_strndup("x", 1));
    hn_fault_arm(NULL);
    hn_free(p);
}

// How a child ends that passes "fs.sync" twice with HONE_FAULT set to `spec`.
static int child_status(const char *spec)
{
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        hn_fault_arm(spec);
        (void)hn_fault("fs.sync");
        (void)hn_fault("fs.sync");
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void kill_and_exit_end_the_process(void **state)
{
    (void)state;
    int status = child_status("fs.sync:2:kill");
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    status = child_status("fs.sync:2:exit");
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 134);
    assert_int_equal(child_status("fs.sync:3:kill"), 0);
    assert_int_equal(child_status("fs.sync:2:fail"), 0);
}

static void a_wrong_spec_ends_the_process(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "nonsense:1", "fs.sync", "fs.sync:0", "fs.sync:x",        "fs.sync:1:boom",
        "fs.sync:1x", ":1",      "fs.sync:",  "alloc:1,,alloc:2", "fs.sync:1:"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int status = child_status(wrong[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    }
}

// The environment is read at the first pass: that needs a fresh process.
static void the_environment_arms(void **state)
{
    const char *self = *state;
    pid_t pid = fork();
    if (pid == 0) {
        setenv("HONE_FAULT", "alloc:2:exit", 1);
        execl(self, self, "pass", (char *)NULL);
        _exit(1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 134);
}

static int pass_twice(void)
{
    hn_free(hn_malloc(1));
    hn_free(hn_malloc(1));
    return 0;
}
#else
static void without_the_build_option_it_is_false(void **state)
{
    (void)state;
    assert_false(hn_fault("alloc"));
    assert_false(hn_fault("no such point"));
}
#endif

int main(int argc, char **argv)
{
#ifdef HONE_FAULTS
    if (argc > 1)
        return pass_twice();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_no_twins),
        cmocka_unit_test(the_nth_pass_fails),
        cmocka_unit_test(every_door_to_malloc_passes_the_point),
        cmocka_unit_test(kill_and_exit_end_the_process),
        cmocka_unit_test(a_wrong_spec_ends_the_process),
        cmocka_unit_test_prestate(the_environment_arms, argv[0]),
    };
#else
    (void)argc;
    (void)argv;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_no_twins),
        cmocka_unit_test(without_the_build_option_it_is_false),
    };
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}
