// The SQLite storage and its file: what it opens, what it refuses and leaves as it was, and readers
// without the right to write.
#include <sys/stat.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "contract/storages/rig.h"
#include "storages/sqlite_db.h"

static int setup(void **state)
{
    *state = rig_new(rig_class("sqlite"));
    return 0;
}

static int teardown(void **state)
{
    rig *r = *state;
    (void)chmod(r->folder, 0755);
    rig_free(r);
    return 0;
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static size_t read_file(const char *path, unsigned char *to, size_t room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(to, 1, room, file);
    assert_int_equal(fclose(file), 0);
    return n;
}

static void sql(const char *path, const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static uint64_t make_study(rig *r, uint32_t n)
{
    uint64_t id = 0, first;
    assert_ok(r->class->create(r->self, "a", 1, &id, ERR));
    for (uint32_t i = 0; i < n; i++)
        assert_ok(append_one(r->class, r->self, id, i, 0, i, HN_SYNC_LAZY, &first, ERR));
    return id;
}

static hone_status open_as(rig *r, bool create, bool read_only)
{
    return rig_open_as(r, &r->self, create, read_only, NULL, ERR);
}

// Refused in every way of opening, with every byte left in place and nothing beside it.
static void check_refused(rig *r, hone_status want, const char *word)
{
    static unsigned char before[1 << 17], after[1 << 17];
    char beside[160];
    size_t n = read_file(r->where, before, sizeof before);
    for (int way = 0; way < 4; way++) {
        assert_status(want, word, open_as(r, way & 1, way & 2));
        assert_non_null(strstr(rig_err.text, "hone.db"));
        assert_int_equal(read_file(r->where, after, sizeof after), n);
        assert_memory_equal(before, after, n);
        (void)snprintf(beside, sizeof beside, "%s-wal", r->where);
        assert_false(hn_fs_exists(beside));
        (void)snprintf(beside, sizeof beside, "%s-journal", r->where);
        assert_false(hn_fs_exists(beside));
    }
}

static void test_not_a_database(void **state)
{
    rig *r = *state;
    static unsigned char noise[20000];
    write_file(r->where, "x", 1);
    check_refused(r, HONE_ECORRUPT, "is not a Hone database");
    write_file(r->where, "epoch,loss\n1,0.3\n", 17);
    check_refused(r, HONE_ECORRUPT, "is not a Hone database");
    for (size_t k = 0; k < sizeof noise; k++)
        noise[k] = (unsigned char)(k * k >> 3);
    write_file(r->where, noise, sizeof noise);
    check_refused(r, HONE_ECORRUPT, "is not a Hone database");
    write_file(r->where, "SQLite format 3", 16);
    check_refused(r, HONE_ECORRUPT, "");
}

static void test_foreign_database(void **state)
{
    rig *r = *state;
    sql(r->where, "CREATE TABLE trials(x); INSERT INTO trials VALUES(1)");
    check_refused(r, HONE_ECORRUPT, "another program's SQLite file");
    assert_int_equal(unlink(r->where), 0);
    sql(r->where, "PRAGMA application_id=77");
    check_refused(r, HONE_ECORRUPT, "another program's SQLite file");
    assert_int_equal(unlink(r->where), 0);
    sql(r->where, "PRAGMA user_version=1");
    check_refused(r, HONE_ECORRUPT, "another program's SQLite file");
    assert_int_equal(unlink(r->where), 0);
    sql(r->where, "PRAGMA journal_mode=WAL; CREATE TABLE study(id, name); PRAGMA user_version=1");
    check_refused(r, HONE_ECORRUPT, "another program's SQLite file");
}

// The log of a foreign program that crashed stays where it is.
static void test_foreign_log(void **state)
{
    rig *r = *state;
    char copy[160], log[176], copied_log[160];
    static unsigned char bytes[1 << 17];
    sqlite3 *db = NULL;
    (void)snprintf(copy, sizeof copy, "%s/other.db", r->folder);
    (void)snprintf(log, sizeof log, "%s-wal", copy);
    (void)snprintf(copied_log, sizeof copied_log, "%s-wal", r->where);
    assert_int_equal(sqlite3_open(copy, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(x)", NULL, NULL, NULL),
        SQLITE_OK);
    size_t n = read_file(copy, bytes, sizeof bytes);
    write_file(r->where, bytes, n);
    size_t n_log = read_file(log, bytes, sizeof bytes);
    write_file(copied_log, bytes, n_log);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_status(HONE_ECORRUPT, "is not a Hone database", open_as(r, true, false));
    assert_int_equal(read_file(copied_log, bytes, sizeof bytes), n_log);
    assert_int_equal(read_file(r->where, bytes, sizeof bytes), n);
}

static void test_newer_version(void **state)
{
    rig *r = *state;
    rig_open(r);
    (void)make_study(r, 3);
    rig_close(r);
    sql(r->where, "PRAGMA user_version=3");
    check_refused(r, HONE_EVERSION, "was made by a newer Hone (format 3, this one knows 2)");
    sql(r->where, "PRAGMA user_version=0");
    check_refused(r, HONE_ECORRUPT, "is damaged");
}

static void test_missing_table(void **state)
{
    rig *r = *state;
    run seen = {0};
    rig_open(r);
    uint64_t id = make_study(r, 3);
    rig_close(r);
    sql(r->where, "DROP TABLE journal");
    assert_ok(open_as(r, true, false));
    assert_status(HONE_ECORRUPT, "no such table: journal",
                  r->class->read(r->self, id, 0, run_visit, &seen, ERR));
}

static void test_empty_file_is_new(void **state)
{
    rig *r = *state;
    write_file(r->where, "", 0);
    assert_status(HONE_ENOTFOUND, "is empty", open_as(r, false, false));
    assert_status(HONE_ENOTFOUND, "is empty", open_as(r, false, true));
    assert_ok(open_as(r, true, false));
    (void)make_study(r, 3);
    rig_close(r);
    assert_ok(open_as(r, false, false));
}

static void test_interrupted_creation_is_new(void **state)
{
    rig *r = *state;
    sql(r->where, "PRAGMA journal_mode=WAL"); // the first step of a creation
    assert_status(HONE_ENOTFOUND, "is empty", open_as(r, false, false));
    assert_ok(open_as(r, true, false));
    (void)make_study(r, 3);
}

static void test_absent(void **state)
{
    rig *r = *state;
    assert_status(HONE_ENOTFOUND, "there is no database", open_as(r, false, false));
    assert_status(HONE_ENOTFOUND, "there is no database", open_as(r, true, true));
    assert_false(hn_fs_exists(r->where));
}

static void test_wrong_places(void **state)
{
    rig *r = *state;
    assert_int_equal(mkdir(r->where, 0755), 0);
    assert_status(HONE_EIO, "it is a folder", open_as(r, true, false));
    assert_int_equal(rmdir(r->where), 0);
    assert_int_equal(mkfifo(r->where, 0644), 0);
    assert_status(HONE_EIO, "not a regular file", open_as(r, true, false));
    assert_int_equal(unlink(r->where), 0);
    write_file(r->where, "", 0);
    (void)strcat(r->where, "/x.db");
    assert_status(HONE_EIO, "Not a directory", open_as(r, true, false));
    (void)snprintf(r->where, sizeof r->where, "%s/no/x.db", r->folder);
    assert_status(HONE_EIO, "its folder does not exist", open_as(r, true, false));
    assert_status(HONE_ENOTFOUND, "no/x.db", open_as(r, false, false));
    r->where[0] = '\0';
    assert_status(HONE_EINVAL, "needs the path", open_as(r, true, false));
}

// Names to which SQLite gives a meaning are ordinary names here.
static void test_odd_names(void **state)
{
    static const char *const names[] = {":memory:", "file:x?mode=memory", "a b%20?#'.db", "-x"};
    rig *r = *state;
    char before[512];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(r->folder), 0);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        uint64_t id = 0;
        (void)snprintf(r->where, sizeof r->where, "%s", names[k]);
        assert_ok(open_as(r, true, false));
        (void)make_study(r, 2);
        rig_close(r);
        assert_true(hn_fs_exists(names[k]));
        assert_ok(open_as(r, false, true));
        assert_ok(r->class->find(r->self, "a", &id, ERR));
        rig_close(r);
    }
    assert_int_equal(chdir(before), 0);
}

static void test_locked(void **state)
{
    rig *r = *state;
    hn_sqlite_config config = {HN_SQLITE_SYNC_AUTO, 0.05};
    sqlite3 *db = NULL;
    uint64_t n = 0, first;
    rig_open(r);
    uint64_t id = make_study(r, 3);
    rig_close(r);
    assert_ok(rig_open_as(r, &r->self, true, false, &config, ERR));
    assert_int_equal(sqlite3_open(r->where, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_status(HONE_EIO, "another process has kept it locked for 0.05 s",
                  append_one(r->class, r->self, id, 3, 0, 3, HN_SYNC_LAZY, &first, ERR));
    assert_ok(r->class->count(r->self, id, &n, ERR)); // readers do not mind
    assert_int_equal(n, 3);
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_ok(append_one(r->class, r->self, id, 3, 0, 3, HN_SYNC_LAZY, &first, ERR));
    rig_close(r);
    assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_status(HONE_EBUSY, "another process has kept it locked",
                  rig_open_as(r, &r->self, true, false, &config, ERR));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_ok(open_as(r, false, false));
}

static void test_deleted_under_us(void **state)
{
    rig *r = *state;
    uint64_t first;
    rig_open(r);
    uint64_t id = make_study(r, 3);
    assert_int_equal(unlink(r->where), 0);
    uint64_t start = hn_clock_mono_us();
    while (hn_clock_mono_us() - start < 1000) // it looks once in a millisecond
        continue;
    for (int i = 0; i < 2; i++) // what was refused stays refused
        assert_status(HONE_EIO, "was deleted or replaced",
                      append_one(r->class, r->self, id, 3, 0, 3, HN_SYNC_LAZY, &first, ERR));
}

// A copy made by VACUUM INTO, say, is not in WAL mode.
static void test_without_wal(void **state)
{
    rig *r = *state;
    run seen = {0};
    uint64_t first;
    rig_open(r);
    uint64_t id = make_study(r, 3);
    rig_close(r);
    sql(r->where, "PRAGMA journal_mode=DELETE");
    assert_ok(open_as(r, false, true));
    assert_ok(r->class->read(r->self, id, 0, run_visit, &seen, ERR));
    assert_int_equal(seen.n, 3);
    rig_close(r);
    assert_ok(open_as(r, false, false));
    assert_ok(append_one(r->class, r->self, id, 3, 0, 3, HN_SYNC_LAZY, &first, ERR));
}

static void test_nothing_left_behind(void **state)
{
    rig *r = *state;
    char path[160];
    rig_open(r);
    (void)make_study(r, 3);
    rig_close(r);
    assert_ok(open_as(r, false, true));
    rig_close(r);
    (void)snprintf(path, sizeof path, "%s-wal", r->where);
    assert_false(hn_fs_exists(path));
    (void)snprintf(path, sizeof path, "%s-shm", r->where);
    assert_false(hn_fs_exists(path));
}

// From here on the reader is a process of its own, without rights.

// In the child: as nobody when we are root, whom no permission stops.
static void drop_rights(void)
{
    (void)alarm(60);
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        _exit(3);
}

static void expect_exit(pid_t pid)
{
    int how = 0;
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
}

static int child_fails(const char *what)
{
    (void)fprintf(stderr, "reader: %s: %s\n", what, rig_err.text);
    return 1;
}

static int read_back(rig *r, uint64_t n)
{
    run seen = {0};
    hone_status status = r->class->read(r->self, 1, 0, run_visit, &seen, ERR);
    return status != HONE_OK || seen.bad || seen.n != n ? child_fails("read") : 0;
}

static int reader_in_folder(rig *r)
{
    if (open_as(r, false, true) != HONE_OK)
        return child_fails("open");
    int bad = read_back(r, 10);
    rig_close(r);
    if (open_as(r, true, false) != HONE_EIO || !strstr(rig_err.text, "writ"))
        return child_fails("opened for writing");
    return bad;
}

static void test_read_only_folder(void **state)
{
    rig *r = *state;
    rig_open(r);
    (void)make_study(r, 10);
    rig_close(r);
    assert_int_equal(chmod(r->folder, 0555), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        drop_rights();
        _exit(reader_in_folder(r));
    }
    expect_exit(pid);
}

// Follows the writer: reads, says so, waits for its answer.
static int follow(rig *r, int to_parent, int from_parent)
{
    char byte;
    if (open_as(r, false, true) != HONE_OK)
        return child_fails("open");
    for (uint64_t n = 10; n <= 13; n++) {
        if (read_back(r, n) != 0)
            return 1;
        if (write(to_parent, "x", 1) != 1 || read(from_parent, &byte, 1) != 1)
            return child_fails("pipe");
    }
    rig_close(r);
    return 0;
}

// The reader begins while nobody writes; then a writer comes, goes, and comes again.
static void test_read_only_folder_with_a_writer(void **state)
{
    rig *r = *state;
    int up[2], down[2];
    char byte;
    uint64_t first;
    if (geteuid() != 0)
        skip(); // the writer needs more rights than the reader
    rig_open(r);
    uint64_t id = make_study(r, 10);
    rig_close(r);
    assert_int_equal(chmod(r->folder, 0555), 0);
    assert_int_equal(pipe(up), 0);
    assert_int_equal(pipe(down), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        drop_rights();
        _exit(follow(r, up[1], down[0]));
    }
    (void)close(up[1]);
    for (uint32_t n = 10; n <= 13; n++) {
        assert_int_equal(read(up[0], &byte, 1), 1);
        if (!r->self)
            rig_open(r);
        assert_ok(append_one(r->class, r->self, id, n, 0, n, HN_SYNC_LAZY, &first, ERR));
        if (n != 11) // once it stays, so that its log has content
            rig_close(r);
        assert_int_equal(write(down[1], "x", 1), 1);
    }
    expect_exit(pid);
    (void)close(up[0]);
    (void)close(down[0]);
    (void)close(down[1]);
}

static int reader_of_crashed(rig *r)
{
    hone_status status = open_as(r, false, true);
    if (status == HONE_OK) // SQLite could read the log without the right to write: then all of it
        return read_back(r, 20);
    return status == HONE_EIO && strstr(rig_err.text, "its log holds records")
               ? 0
               : child_fails("open");
}

// A writer crashed; its log has content, which must not be passed over.
static void test_read_only_folder_after_a_crash(void **state)
{
    rig *r = *state;
    char index[160];
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        rig_open(r);
        (void)make_study(r, 20);
        _exit(0); // without closing
    }
    expect_exit(pid);
    assert_int_equal(chmod(r->folder, 0555), 0);
    for (int with_index = 1; with_index >= 0; with_index--) {
        (void)snprintf(index, sizeof index, "%s-shm", r->where);
        assert_true(hn_fs_exists(index));
        if (!with_index) {
            assert_int_equal(chmod(r->folder, 0755), 0);
            assert_int_equal(unlink(index), 0);
            assert_int_equal(chmod(r->folder, 0555), 0);
        }
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            drop_rights();
            _exit(reader_of_crashed(r));
        }
        expect_exit(pid);
    }
}

static int writer_of_protected_file(rig *r)
{
    if (open_as(r, true, false) != HONE_EIO || !strstr(rig_err.text, "write-protected"))
        return child_fails("opened for writing");
    if (open_as(r, false, true) != HONE_OK)
        return child_fails("open");
    return read_back(r, 10);
}

static void test_write_protected_file(void **state)
{
    rig *r = *state;
    rig_open(r);
    (void)make_study(r, 10);
    rig_close(r);
    assert_int_equal(chmod(r->where, 0444), 0);
    assert_int_equal(chmod(r->folder, 0777), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        drop_rights();
        _exit(writer_of_protected_file(r));
    }
    expect_exit(pid);
}

static int creator_in_protected_folder(rig *r)
{
    return open_as(r, true, false) == HONE_EIO && strstr(rig_err.text, "Permission denied")
               ? 0
               : child_fails("created");
}

static void test_write_protected_folder(void **state)
{
    rig *r = *state;
    assert_int_equal(chmod(r->folder, 0555), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        drop_rights();
        _exit(creator_in_protected_folder(r));
    }
    expect_exit(pid);
}

// The log must not grow without bound under readers that never pause.
static void test_log_stays_small(void **state)
{
    rig *r = *state;
    struct stat st;
    char log[160];
    uint64_t first;
    off_t largest = 0;
    rig_open(r);
    uint64_t id = make_study(r, 1);
    (void)snprintf(log, sizeof log, "%s-wal", r->where);
    for (uint32_t i = 1; i < 6000; i++) {
        assert_ok(append_one(r->class, r->self, id, i, 0, i, HN_SYNC_LAZY, &first, ERR));
        assert_int_equal(stat(log, &st), 0);
        largest = st.st_size > largest ? st.st_size : largest;
    }
    assert_in_range(largest, 1 << 20, 10 << 20);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_not_a_database),
        TEST(test_foreign_database),
        TEST(test_foreign_log),
        TEST(test_newer_version),
        TEST(test_missing_table),
        TEST(test_empty_file_is_new),
        TEST(test_interrupted_creation_is_new),
        TEST(test_absent),
        TEST(test_wrong_places),
        TEST(test_odd_names),
        TEST(test_locked),
        TEST(test_deleted_under_us),
        TEST(test_without_wal),
        TEST(test_nothing_left_behind),
        TEST(test_read_only_folder),
        TEST(test_read_only_folder_with_a_writer),
        TEST(test_read_only_folder_after_a_crash),
        TEST(test_write_protected_file),
        TEST(test_write_protected_folder),
        TEST(test_log_stays_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
