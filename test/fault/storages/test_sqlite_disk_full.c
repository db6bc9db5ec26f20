// A disk that is really full: a limit on the size of files, and a small file system. What was
// acknowledged stays, nothing is half-written, and it goes on when there is space again.
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "contract/storages/rig.h"

// Appends until that fails; gives how many records there are.
static uint32_t fill_up(rig *r, uint64_t id, uint32_t from)
{
    hone_error err = HONE_ERROR_INIT;
    uint64_t first, n = 0;
    uint32_t i = from;
    run seen = {0};
    while (append_one(r->class, r->self, id, i, 0, i, HN_SYNC_FULL, &first, &err) == HONE_OK)
        i++;
    if (err.status != HONE_EIO || !strstr(err.text, "the disk is full"))
        fail_msg("a full disk gave %s: %s", hone_status_name(err.status), err.text);
    assert_true(i > from);
    assert_ok(r->class->read(r->self, id, 0, run_visit, &seen, ERR));
    assert_ok(r->class->count(r->self, id, &n, ERR));
    assert_false(seen.bad);
    assert_int_equal(seen.n, i);
    assert_int_equal(n, i);
    return i;
}

static void go_on(rig *r, uint64_t id, uint32_t from)
{
    uint64_t first;
    run seen = {0};
    for (uint32_t i = from; i < from + 20; i++)
        assert_ok(append_one(r->class, r->self, id, i, 0, i, HN_SYNC_FULL, &first, ERR));
    rig_close(r);
    rig_open(r);
    assert_ok(r->class->read(r->self, id, 0, run_visit, &seen, ERR));
    assert_false(seen.bad);
    assert_int_equal(seen.n, from + 20);
}

static void test_file_size_limit(void **state)
{
    struct rlimit before, small;
    uint64_t id = 0;
    (void)state;
    rig *r = rig_new(rig_class("sqlite"));
    rig_open(r);
    assert_ok(r->class->create(r->self, "a", 1, &id, ERR));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    uint32_t n = 0;
    for (rlim_t size = 100000; size <= 400000; size += 100000) {
        small.rlim_cur = size;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        n = fill_up(r, id, n);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    go_on(r, id, n);
    rig_free(r);
}

static void test_new_database_on_full_disk(void **state)
{
    struct rlimit before, small;
    void *self = NULL;
    (void)state;
    rig *r = rig_new(rig_class("sqlite"));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    for (rlim_t size = 0; size < 30000; size += 3000) {
        small.rlim_cur = size;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        assert_status(HONE_EIO, "full", rig_open_as(r, &self, true, false, NULL, ERR));
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    rig_open(r); // what the attempts have left is no hindrance
    rig_free(r);
}

static void test_small_file_system(void **state)
{
    char filler[160];
    uint64_t id = 0;
    (void)state;
    rig *r = rig_new(rig_class("sqlite"));
    if (mount("tmpfs", r->folder, "tmpfs", 0, "size=600k") != 0) {
        rig_free(r);
        skip();
    }
    (void)snprintf(filler, sizeof filler, "%s/filler", r->folder);
    FILE *file = fopen(filler, "wb");
    assert_non_null(file);
    static const char block[300 * 1024];
    assert_int_equal(fwrite(block, 1, sizeof block, file), sizeof block);
    assert_int_equal(fclose(file), 0);
    rig_open(r);
    assert_ok(r->class->create(r->self, "a", 1, &id, ERR));
    uint32_t n = fill_up(r, id, 0);
    // The log cannot be moved into the file; closing must not lose it.
    rig_close(r);
    rig_open(r);
    run seen = {0};
    assert_ok(r->class->read(r->self, id, 0, run_visit, &seen, ERR));
    assert_int_equal(seen.n, n);
    assert_int_equal(unlink(filler), 0);
    go_on(r, id, n);
    rig_close(r);
    assert_int_equal(umount(r->folder), 0);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_size_limit),
        cmocka_unit_test(test_new_database_on_full_disk),
        cmocka_unit_test(test_small_file_system),
    };
    (void)signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
