// The n-th allocation and the n-th request fail, for n = 1, 2, …: a call says so, nothing is lost
// that was promised, nothing leaks and nothing is left running.
#include "base/fault.h"
#include "unit/executors/bed.h"

#ifdef HONE_FAULTS

// One executor from init to fini with a job that talks; true when no fault was met.
static bool run_once(const char *point, int n)
{
    bed b;
    char spec[64];
    hone_error err = HONE_ERROR_INIT;
    const char *argv[] = {"sh", "-c", "echo line >&3; echo out; exit 9", NULL};
    bed_open(&b);
    snprintf(spec, sizeof spec, "%s:%d", point, n);
    hn_fault_arm(spec);
    hn_job job = bed_job(&b, 1, argv);
    job.dir = bed_dir(&b, 1);
    job.read_stdout = true;
    bool clean = true;
    while (hn_executor_local.start(b.local, &job, &err) != HONE_OK) {
        assert_true(clean && err.text[0]);
        clean = false;
    }
    size_t n_lines = 0;
    for (bool over = false; !over;) {
        hn_message out[4];
        size_t got;
        if (hn_executor_local.drive(b.local, BED_WAIT_S * 1000, out, 4, &got, &err) != HONE_OK) {
            assert_int_equal(err.status, HONE_ENOMEM);
            clean = false;
        }
        for (size_t i = 0; i < got; i++) {
            n_lines += out[i].type == HN_MSG_LINE;
            over = over || out[i].type == HN_MSG_EXITED;
            assert_int_not_equal(out[i].type, HN_MSG_FAILED);
        }
    }
    assert_int_equal(n_lines, 2);
    hn_fault_arm(NULL);
    pid_t guardian = b.local->guardian.pid;
    bed_close(&b);
    assert_false(bed_is_alive(guardian));
    return clean;
}

static void allocations(void **state)
{
    (void)state;
    int n = 1;
    while (!run_once("alloc", n) && n < 100)
        n++;
    assert_true(n > 4 && n < 100);
}

static void requests(void **state)
{
    (void)state;
    assert_false(run_once("spawn.before", 1));
    assert_true(run_once("spawn.before", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(allocations), cmocka_unit_test(requests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}

#endif
