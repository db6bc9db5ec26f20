// Where a journal of the SQLite storage ends: the study's row is behind the journal most of the
// time, and nobody who asks for lengths, sizes and times may notice. Seen from outside with SQLite
// itself.
#include <sqlite3.h>

#include "contract/storages/rig.h"
#include "storages/sqlite_db.h"

static int setup(void **state)
{
    *state = rig_new(rig_class("sqlite"));
    return 0;
}

static int teardown(void **state)
{
    rig_free(*state);
    return 0;
}

static int64_t ask(const char *path, const char *text)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
    int code = sqlite3_step(statement);
    int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    assert_true(code == SQLITE_ROW || code == SQLITE_DONE);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return value;
}

static int64_t row_says(const rig *r)
{
    return ask(r->where, "SELECT n_records FROM study WHERE id = 1");
}

static uint64_t make_study(rig *r)
{
    uint64_t id = 0;
    rig_open(r);
    assert_ok(r->class->create(r->self, "a", 1, &id, ERR));
    return id;
}

static void append_some(rig *r, uint64_t id, uint32_t from, uint32_t to)
{
    uint64_t first;
    for (uint32_t i = from; i < to; i++)
        assert_ok(append_one(r->class, r->self, id, i, 0, i, HN_SYNC_LAZY, &first, ERR));
}

static hone_status keep_info(void *user, const hn_journal_info *info, hone_error *err)
{
    (void)err;
    *(hn_journal_info *)user = *info;
    return HONE_OK;
}

// What `self` tells of a journal with the records 0 to n - 1.
static void check_numbers(const rig *r, void *self, uint64_t id, uint32_t n)
{
    unsigned char bytes[RECORD_MAX];
    hn_journal_info info = {0};
    run seen = {0};
    uint64_t count = 0, size = 0;
    for (uint32_t i = 0; i < n; i++)
        size += record_make(0, i, bytes);
    assert_ok(r->class->count(self, id, &count, ERR));
    assert_int_equal(count, n);
    assert_ok(r->class->list(self, keep_info, &info, ERR));
    assert_int_equal(info.n_records, n);
    assert_int_equal(info.n_bytes, size);
    assert_int_equal(info.changed_us, n ? 1000 + n - 1 : 1);
    assert_ok(r->class->read(self, id, 0, run_visit, &seen, ERR));
    assert_int_equal(seen.n, n);
    seen = (run){.n = n};
    assert_ok(r->class->read(self, id, n, run_visit, &seen, ERR));
    assert_int_equal(seen.n, n);
}

static void test_an_append_leaves_the_row_alone(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r);
    int64_t n_writes = 0, before = 0;
    for (uint32_t i = 0; i < 300; i++) {
        append_some(r, id, i, i + 1);
        int64_t now = row_says(r);
        assert_in_range(i + 1 - now, 0, HN_SQLITE_BEHIND_RECORDS - 1);
        n_writes += now != before;
        before = now;
    }
    assert_in_range(n_writes, 2, 10);
}

static void test_large_records_write_the_row(void **state)
{
    rig *r = *state;
    static unsigned char bytes[50000];
    hn_record record = {bytes, sizeof bytes};
    uint64_t id = make_study(r), first;
    for (uint64_t i = 0; i < 7; i++) {
        assert_ok(r->class->append(r->self, id, i, &record, 1, HN_SYNC_LAZY, 1000, &first, ERR));
        assert_in_range(i + 1 - (uint64_t)row_says(r), 0, 1);
    }
}

static void test_nobody_notices(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r);
    void *other = NULL, *fresh = NULL;
    assert_ok(rig_open_as(r, &other, false, true, NULL, ERR));
    for (uint32_t n = 0; n < 150; n += 7) {
        append_some(r, id, n ? n - 7 : 0, n);
        check_numbers(r, r->self, id, n);
        check_numbers(r, other, id, n);
        assert_ok(rig_open_as(r, &fresh, false, true, NULL, ERR));
        check_numbers(r, fresh, id, n);
        rig_shut(r, fresh);
    }
    rig_shut(r, other);
}

static void test_at_rest_the_row_is_exact(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r);
    append_some(r, id, 0, 90);
    assert_true(row_says(r) < 90);
    rig_close(r);
    assert_int_equal(row_says(r), 90);
    rig_open(r); // the one append of a `hone tell`
    append_some(r, id, 90, 91);
    assert_int_equal(row_says(r), 91);
}

// Two that append in turn: each goes on from what it knew last.
static void test_in_turn(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r), first;
    void *other = NULL;
    assert_ok(rig_open_as(r, &other, false, false, NULL, ERR));
    for (uint32_t i = 0; i < 400; i++) {
        void *self = i % 3 && i > 100 ? other : r->self;
        assert_ok(append_one(r->class, self, id, i, 0, i, HN_SYNC_LAZY, &first, ERR));
        assert_int_equal(first, i);
        assert_in_range(i + 1 - row_says(r), 0, HN_SQLITE_BEHIND_RECORDS);
    }
    check_numbers(r, other, id, 400);
    rig_shut(r, other);
}

static void copy_file(const char *from, const char *to)
{
    static unsigned char bytes[1 << 20];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    assert_true(n < sizeof bytes);
    assert_int_equal(fwrite(bytes, 1, n, out), n);
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

// File and log as a killed process leaves them, the row behind.
static void test_after_a_kill(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r), first;
    char left[sizeof r->where], log[160], left_log[160];
    (void)snprintf(left, sizeof left, "%.60s/left.db", r->folder);
    (void)snprintf(log, sizeof log, "%s-wal", r->where);
    (void)snprintf(left_log, sizeof left_log, "%s-wal", left);
    append_some(r, id, 0, 60);
    assert_true(row_says(r) < 60);
    copy_file(r->where, left);
    copy_file(log, left_log);
    rig_close(r);
    memcpy(r->where, left, sizeof left);
    rig_open(r);
    check_numbers(r, r->self, id, 60);
    assert_status(HONE_EBUSY, "holds 60 records, not 59",
                  append_one(r->class, r->self, id, 59, 0, 59, HN_SYNC_LAZY, &first, ERR));
    append_some(r, id, 60, 61);
    check_numbers(r, r->self, id, 61);
}

// A file of format 1 stays one that an older Hone can go on with: the row is exact at any time.
static void test_format_1(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r);
    append_some(r, id, 0, 5);
    assert_int_equal(ask(r->where, "PRAGMA user_version"), 2);
    rig_close(r);
    (void)ask(r->where, "PRAGMA user_version=1");
    rig_open(r);
    for (uint32_t i = 5; i < 40; i++) {
        append_some(r, id, i, i + 1);
        assert_int_equal(row_says(r), i + 1);
    }
    check_numbers(r, r->self, id, 40);
    rig_close(r);
    assert_int_equal(ask(r->where, "PRAGMA user_version"), 1);
}

static void check_damaged(const rig *r, void *self, uint64_t id, const char *word)
{
    hn_journal_info info;
    run seen = {0};
    uint64_t n, first;
    assert_status(HONE_ECORRUPT, word, r->class->count(self, id, &n, ERR));
    assert_status(HONE_ECORRUPT, word, r->class->list(self, keep_info, &info, ERR));
    assert_status(HONE_ECORRUPT, word, r->class->read(self, id, 0, run_visit, &seen, ERR));
    assert_status(HONE_ECORRUPT, word,
                  append_one(r->class, self, id, HN_SEQ_ANY, 0, 1, HN_SYNC_LAZY, &first, ERR));
}

// Somebody else who comes to the file while it is as it is.
static void check_damaged_for_others(const rig *r, uint64_t id, const char *word)
{
    void *other = NULL;
    assert_ok(rig_open_as(r, &other, false, false, NULL, ERR));
    check_damaged(r, other, id, word);
    rig_shut(r, other);
}

// Rows that went missing at the end are betrayed by the study's row, and by what the connection
// itself has seen.
static void test_lost_end(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r);
    append_some(r, id, 0, 70);
    assert_in_range(row_says(r), 60, 69);
    (void)ask(r->where, "DELETE FROM journal WHERE key = (SELECT max(key) FROM journal)");
    check_damaged(r, r->self, id, "record 69 of study \"a\" is missing");
    rig_close(r);
    assert_in_range(row_says(r), 60, 69); // nothing was mended over the loss
    rig_open(r);
    append_some(r, id, 69, 90);
    rig_close(r);
    (void)ask(r->where, "DELETE FROM journal WHERE key > 1099511627776 + 75");
    rig_open(r);
    check_damaged(r, r->self, id, "record 76 of study \"a\" is missing");
}

// Behind the row, too, every record is looked at.
static void test_damage_behind_the_row(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r);
    append_some(r, id, 0, 50);
    assert_in_range(row_says(r), 1, 40);
    (void)ask(r->where, "UPDATE journal SET at_us = 7 WHERE key = 1099511627776 + 45");
    check_damaged_for_others(r, id, "record 45 of study \"a\" does not match its checksum");
    (void)ask(r->where, "DELETE FROM journal WHERE key = 1099511627776 + 42");
    check_damaged_for_others(r, id, "record 42 of study \"a\" is missing");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_an_append_leaves_the_row_alone),
        TEST(test_large_records_write_the_row),
        TEST(test_nobody_notices),
        TEST(test_at_rest_the_row_is_exact),
        TEST(test_in_turn),
        TEST(test_after_a_kill),
        TEST(test_format_1),
        TEST(test_lost_end),
        TEST(test_damage_behind_the_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
