// What is on the disk, and when: the syncs that the option `sync` makes, and what a power cut at
// any moment leaves when it takes everything that no sync has covered.
#include "contract/storages/rig.h"
#include "fault/storages/shim.h"

#include "base/clock.h"
#include "storages/sqlite_db.h"

static rig *new_rig(int32_t sync, uint64_t *id)
{
    rig *r = rig_new(rig_class("sqlite"));
    hn_sqlite_config config = {sync, 30};
    assert_ok(rig_open_as(r, &r->self, true, false, &config, ERR));
    assert_ok(r->class->create(r->self, "a", 1, id, ERR));
    return r;
}

// Log syncs that one append makes.
static unsigned syncs_of(rig *r, uint64_t id, uint32_t i, hn_sync sync)
{
    uint64_t first;
    shim.n_log_syncs = 0;
    assert_ok(append_one(r->class, r->self, id, i, 0, i, sync, &first, ERR));
    return shim.n_log_syncs;
}

static unsigned syncs_of_sync(rig *r)
{
    shim.n_log_syncs = 0;
    assert_ok(r->class->sync(r->self, ERR));
    return shim.n_log_syncs;
}

static void test_full(void **state)
{
    uint64_t id;
    (void)state;
    rig *r = new_rig(HN_SQLITE_SYNC_FULL, &id);
    for (uint32_t i = 0; i < 20; i += 2) {
        assert_int_equal(syncs_of(r, id, i, HN_SYNC_LAZY), 0);
        assert_int_equal(syncs_of(r, id, i + 1, HN_SYNC_FULL), 1);
        assert_int_equal(syncs_of_sync(r), 0); // nothing is left to do
    }
    rig_free(r);
}

static void test_normal(void **state)
{
    uint64_t id;
    (void)state;
    rig *r = new_rig(HN_SQLITE_SYNC_NORMAL, &id);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(syncs_of(r, id, i, i % 2 ? HN_SYNC_FULL : HN_SYNC_LAZY), 0);
    assert_int_equal(syncs_of_sync(r), 0);
    rig_free(r);
}

static void test_auto(void **state)
{
    uint64_t id;
    (void)state;
    rig *r = new_rig(HN_SQLITE_SYNC_AUTO, &id);
    uint64_t start = hn_clock_mono_us();
    assert_int_equal(syncs_of(r, id, 0, HN_SYNC_FULL), 1); // the first of this process
    unsigned again = 0;
    for (uint32_t i = 1; i < 10; i++)
        again += syncs_of(r, id, i, HN_SYNC_FULL);
    if (hn_clock_mono_us() - start < 1000000) // not on a machine that was asleep
        assert_int_equal(again, 0);
    assert_int_equal(syncs_of(r, id, 10, HN_SYNC_LAZY), 0);
    assert_int_equal(syncs_of_sync(r), 1);
    assert_int_equal(syncs_of_sync(r), 0);
    // As if a second had gone by.
    ((hn_sqlite *)r->self)->synced_us -= 1000000;
    assert_int_equal(syncs_of(r, id, 11, HN_SYNC_LAZY), 0);
    assert_int_equal(syncs_of(r, id, 12, HN_SYNC_FULL), 1);
    rig_free(r);
}

static void copy_file(const char *from, const char *to)
{
    char block[4096];
    size_t n;
    FILE *in = fopen(from, "rb");
    if (!in)
        return; // no such file was ever synced
    FILE *out = fopen(to, "wb");
    assert_non_null(out);
    while ((n = fread(block, 1, sizeof block, in)) > 0)
        assert_int_equal(fwrite(block, 1, n, out), n);
    (void)fclose(in);
    assert_int_equal(fclose(out), 0);
}

// Opens what is durable as another database; gives the number of records in it.
static uint64_t after_power_cut(const rig *r, uint64_t id)
{
    rig *later = rig_new(r->class);
    char from[256], to[256];
    run seen = {0};
    (void)snprintf(from, sizeof from, "%s.durable", r->where);
    copy_file(from, later->where);
    (void)snprintf(from, sizeof from, "%s-wal.durable", r->where);
    (void)snprintf(to, sizeof to, "%s-wal", later->where);
    copy_file(from, to);
    assert_ok(rig_open_as(later, &later->self, false, false, NULL, ERR));
    assert_ok(r->class->read(later->self, id, 0, run_visit, &seen, ERR));
    assert_false(seen.bad);
    rig_free(later);
    return seen.n;
}

static void test_power_cut(void **state)
{
    uint64_t id, first, promised = 0;
    (void)state;
    shim.keep_durable = true;
    rig *r = new_rig(HN_SQLITE_SYNC_FULL, &id);
    // Long enough for several checkpoints, which begin after some 500 appends.
    for (uint32_t i = 0; i < 2600; i++) {
        hn_sync sync = i % 7 == 0 ? HN_SYNC_FULL : HN_SYNC_LAZY;
        assert_ok(append_one(r->class, r->self, id, i, 0, i, sync, &first, ERR));
        if (sync == HN_SYNC_FULL)
            promised = i + 1;
        if (i % 41 == 0 || (i > 480 && i < 520)) {
            uint64_t n = after_power_cut(r, id);
            assert_in_range(n, promised, i + 1);
        }
    }
    assert_ok(r->class->sync(r->self, ERR));
    assert_int_equal(after_power_cut(r, id), 2600);
    assert_ok(append_one(r->class, r->self, id, 2600, 0, 2600, HN_SYNC_LAZY, &first, ERR));
    rig_close(r); // closing makes it durable, too
    assert_int_equal(after_power_cut(r, id), 2601);
    rig_free(r);
    shim.keep_durable = false;
}

// Another process keeps the log in use, so that closing does not move it into the file.
static void test_close_among_others(void **state)
{
    uint64_t id, first;
    void *other = NULL;
    (void)state;
    shim.keep_durable = true;
    rig *r = new_rig(HN_SQLITE_SYNC_AUTO, &id);
    assert_ok(rig_open_as(r, &other, false, true, NULL, ERR));
    for (uint32_t i = 0; i < 10; i++)
        assert_ok(append_one(r->class, r->self, id, i, 0, i, HN_SYNC_LAZY, &first, ERR));
    rig_close(r);
    assert_int_equal(after_power_cut(r, id), 10);
    rig_shut(r, other);
    rig_free(r);
    shim.keep_durable = false;
}

// An append whose sync fails has not happened; what sync() could not do is still owed.
static void test_sync_fails(void **state)
{
    uint64_t id, first = 99, n = 0;
    (void)state;
    rig *r = new_rig(HN_SQLITE_SYNC_FULL, &id);
    shim_arm(SHIM_SYNC, SQLITE_IOERR_FSYNC, 1, false);
    assert_status(HONE_EIO, "cannot append",
                  append_one(r->class, r->self, id, 0, 0, 0, HN_SYNC_FULL, &first, ERR));
    shim_arm(0, 0, 0, false);
    assert_int_equal(first, 99);
    assert_ok(r->class->count(r->self, id, &n, ERR));
    assert_int_equal(n, 0);
    assert_int_equal(syncs_of(r, id, 0, HN_SYNC_FULL), 1);
    assert_int_equal(syncs_of(r, id, 1, HN_SYNC_LAZY), 0);
    shim_arm(SHIM_SYNC, SQLITE_IOERR_FSYNC, 1, false);
    assert_status(HONE_EIO, "did not confirm", r->class->sync(r->self, ERR));
    shim_arm(0, 0, 0, false);
    assert_int_equal(syncs_of_sync(r), 1);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_normal),
        cmocka_unit_test(test_auto),
        cmocka_unit_test(test_power_cut),
        cmocka_unit_test(test_close_among_others),
        cmocka_unit_test(test_sync_fails),
    };
    shim_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
