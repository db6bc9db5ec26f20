// Finding, recognising and making a database file.
//
// 1. The path: a file or a free place in an existing folder, on a local file system (the log's
//    index is shared memory, which no network file system keeps in step between hosts).
// 2. What is in it? Read in one transaction: SQLite's application_id, user_version and the number
//    of tables. Hone's id: ours. Nothing at all (also a file of 0 bytes, and what a creation that
//    was interrupted leaves): new. Everything else belongs to somebody and is left alone.
// 3. New: first the WAL mode, then all tables and both numbers in one transaction that looks again
//    after it has the lock. Of two processes that create at once, one finds the other's tables.
// 4. An existing file is never given tables or another version. Of formats 1 and 2, which have the
//    same tables, each is kept up as it is: a Hone that knows only 1 can go on with its file.
//
// A reader without the right to create files beside the database (the log's index) opens it as
// "immutable", without locks, if there is no log with content: then nobody is writing, and if
// somebody with more rights starts to, hn_sqlite_ready notices and opens the file anew.
#include "storages/sqlite_db.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

enum { APPLICATION_ID = 0x486f6e65 /* "Hone" */, FORMAT = 2, LOG_BYTES_KEPT = 16 << 20 };

static const char schema[] =
    "CREATE TABLE study(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL,"
    " created_us INTEGER NOT NULL, n_records INTEGER NOT NULL, n_bytes INTEGER NOT NULL,"
    " changed_us INTEGER NOT NULL, crc INTEGER NOT NULL);"
    "CREATE TABLE journal(key INTEGER PRIMARY KEY, n INTEGER NOT NULL, at_us INTEGER NOT NULL,"
    " crc INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE TABLE snapshot(study INTEGER PRIMARY KEY, version INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL);"
    "PRAGMA application_id=1215262309;"
    "PRAGMA user_version=2;";
_Static_assert(APPLICATION_ID == 1215262309 && FORMAT == 2, "as in the schema");

typedef enum file_kind { KIND_NEW, KIND_OURS } file_kind;

static hone_status fail_open(hn_sqlite *self, int code, hone_error *err)
{
    int kind = code & 0xff;
    if (kind == SQLITE_NOTADB)
        return hn_fail(err, HONE_ECORRUPT,
                       "%s is not a Hone database (it is not an SQLite file); nothing was changed",
                       self->where);
    if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED || kind == SQLITE_PROTOCOL)
        return hn_fail(err, HONE_EBUSY,
                       "cannot open %s: another process has kept it locked for %g s", self->where,
                       self->config.lock_wait);
    return hn_sqlite_fail(self, code, "open", err);
}

// The folder of `path`; false when out of memory.
static bool folder_of(const char *path, hn_str *out)
{
    const char *slash = strrchr(path, '/');
    hn_str_add_n(out, path, slash == path ? 1 : (size_t)(slash - path));
    return !hn_str_failed(out);
}

static hone_status check_folder(hn_sqlite *self, hone_error *err)
{
    struct stat st;
    hn_str folder = HN_STR_INIT;
    hone_status status = HONE_OK;
    if (!folder_of(self->path, &folder))
        status = hn_fail_memory(err);
    else if (stat(folder.data, &st) != 0 && errno == ENOENT)
        status = hn_fail(err, HONE_EIO, "cannot create %s: its folder does not exist", self->where);
    else if (access(folder.data, W_OK | X_OK) != 0)
        status = hn_fail_errno(err, errno, "cannot create %s in its folder", self->where);
    hn_str_free(&folder);
    return status;
}

static hone_status check_path(hn_sqlite *self, bool create, hone_error *err)
{
    struct stat st;
    char kind[32] = "";
    if (hn_fault("open.io"))
        return hn_sqlite_fail_errno(self, errno, "open", err);
    if (hn_fs_is_network(self->path, kind))
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "%s is on a network file system (%s), where SQLite's locks do not hold: "
                       "use a file on a local disk, and workers on this machine only",
                       self->where, kind);
    if (stat(self->path, &st) != 0) {
        if (errno != ENOENT)
            return hn_fail_errno(err, errno, "cannot open %s", self->where);
        return create ? check_folder(self, err)
                      : hn_fail(err, HONE_ENOTFOUND,
                                "there is no database %s: `hone run` begins a study, --storage "
                                "names another "
                                "database",
                                self->where);
    }
    if (S_ISDIR(st.st_mode))
        return hn_fail(err, HONE_EIO, "cannot open %s: it is a folder, not a file", self->where);
    if (!S_ISREG(st.st_mode))
        return hn_fail(err, HONE_EIO, "cannot open %s: it is not a regular file", self->where);
    if (st.st_size == 1) // which SQLite would take for an empty file
        return fail_open(self, SQLITE_NOTADB, err);
    return HONE_OK;
}

// "./" in front keeps SQLite from giving a meaning to ":memory:" or "file:…".
static hone_status make_path(hn_sqlite *self, hone_error *err)
{
    hn_str path = HN_STR_INIT;
    if (self->where[0] != '/')
        hn_str_add(&path, "./");
    hn_str_add(&path, self->where);
    self->path = hn_str_take(&path);
    return self->path ? HONE_OK : hn_fail_memory(err);
}

void hn_sqlite_disconnect(hn_sqlite *self)
{
    hn_sqlite_finalize(self);
    (void)sqlite3_close(self->db);
    self->db = NULL;
    self->last.id = 0;
    self->looked_us = 0;
}

static hone_status connect(hn_sqlite *self, const char *name, int flags, hone_error *err)
{
    int code = sqlite3_open_v2(name, &self->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_extended_result_codes(self->db, 1);
    if (code == SQLITE_OK)
        code = sqlite3_busy_handler(self->db, hn_sqlite_wait, self);
    if (code != SQLITE_OK)
        return self->db ? fail_open(self, code, err) : hn_fail_memory(err);
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return HONE_OK;
}

static hone_status connect_immutable(hn_sqlite *self, hone_error *err)
{
    hn_str uri = HN_STR_INIT;
    hn_str_add(&uri, "file:");
    for (const char *p = self->path; *p; p++) {
        if (strchr("%?#", *p))
            hn_str_printf(&uri, "%%%02X", (unsigned)(unsigned char)*p);
        else
            hn_str_add_char(&uri, *p);
    }
    hn_str_add(&uri, "?immutable=1");
    hone_status status = hn_str_failed(&uri) ? hn_fail_memory(err)
                                             : connect(self, hn_str_text(&uri),
                                                       SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    hn_str_free(&uri);
    self->immutable = true;
    return status;
}

static int get_int(hn_sqlite *self, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(self->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        *value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    }
    (void)sqlite3_finalize(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static hone_status judge_header(hn_sqlite *self, int64_t app, int64_t version, int64_t n_tables,
                                file_kind *kind, hone_error *err)
{
    if (app == 0 && version == 0 && n_tables == 0) {
        *kind = KIND_NEW;
        return HONE_OK;
    }
    *kind = KIND_OURS;
    if (app != APPLICATION_ID)
        return hn_fail(err, HONE_ECORRUPT,
                       "%s is not a Hone database (it is another program's SQLite file); nothing "
                       "was changed",
                       self->where);
    if (version > FORMAT)
        return hn_fail(err, HONE_EVERSION,
                       "%s was made by a newer Hone (format %lld, this one knows %d): "
                       "update this one",
                       self->where, (long long)version, FORMAT);
    if (version < 1 || n_tables == 0)
        return hn_fail(err, HONE_ECORRUPT,
                       "%s is damaged (its header is wrong); nothing was changed", self->where);
    self->format = version;
    return HONE_OK;
}

// `*code` is SQLite's own when the file could not be read at all.
static hone_status recognise(hn_sqlite *self, file_kind *kind, int *code, hone_error *err)
{
    int64_t app = 0, version = 0, n_tables = 0;
    bool inside = !sqlite3_get_autocommit(self->db);
    *code = inside ? SQLITE_OK : sqlite3_exec(self->db, "BEGIN", NULL, NULL, NULL);
    if (*code == SQLITE_OK)
        *code = get_int(self, "PRAGMA application_id", &app);
    if (*code == SQLITE_OK)
        *code = get_int(self, "PRAGMA user_version", &version);
    if (*code == SQLITE_OK)
        *code = get_int(self, "SELECT count(*) FROM sqlite_master", &n_tables);
    hone_status status = *code == SQLITE_OK ? judge_header(self, app, version, n_tables, kind, err)
                                            : fail_open(self, *code, err);
    if (!inside && !sqlite3_get_autocommit(self->db)) {
        int code_of_end = sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
        if (status == HONE_OK && code_of_end != SQLITE_OK)
            status = fail_open(self, code_of_end, err);
    }
    return status;
}

static void take_stamp(const hn_sqlite *self, hn_sqlite_stamp *stamp)
{
    struct stat st;
    const char *log = sqlite3_filename_wal(sqlite3_db_filename(self->db, "main"));
    memset(stamp, 0, sizeof *stamp);
    if (stat(self->path, &st) == 0) {
        stamp->device = st.st_dev;
        stamp->inode = st.st_ino;
        stamp->size = st.st_size;
        stamp->changed = st.st_mtim;
    }
    if (log && stat(log, &st) == 0)
        stamp->log_size = st.st_size;
}

static bool same_stamp(const hn_sqlite_stamp *a, const hn_sqlite_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->log_size == b->log_size && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

// Into WAL mode, which needs the file for itself for a moment; SQLite does not wait by itself.
static hone_status enter_wal(hn_sqlite *self, hone_error *err)
{
    sqlite3_stmt *statement = NULL;
    for (int n = 0;; n++) {
        bool done = false;
        int code = sqlite3_prepare_v2(self->db, "PRAGMA journal_mode=WAL", -1, &statement, NULL);
        if (code == SQLITE_OK)
            code = sqlite3_step(statement);
        if (code == SQLITE_ROW)
            done = sqlite3_stricmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
        (void)sqlite3_finalize(statement);
        if (done)
            return HONE_OK;
        if (code == SQLITE_ROW)
            return hn_fail(err, HONE_EUNSUPPORTED,
                           "%s cannot have a write-ahead log on this file system: use a file on a "
                           "local disk",
                           self->where);
        if ((code & 0xff) != SQLITE_BUSY || !hn_sqlite_wait(self, n))
            return fail_open(self, code, err);
    }
}

static hone_status make_tables(hn_sqlite *self, hone_error *err)
{
    file_kind kind = KIND_NEW;
    int code = SQLITE_OK;
    HN_TRY(hn_sqlite_begin(self, false, "create", err));
    hone_status status = recognise(self, &kind, &code, err);
    if (status == HONE_OK && kind == KIND_NEW) {
        status = hn_sqlite_exec(self, schema, "create", err);
        self->format = FORMAT;
    }
    return hn_sqlite_end(self, status, "create", err);
}

// Recognises the file; a reader that may not create the log's index tries without.
static hone_status look(hn_sqlite *self, file_kind *kind, hone_error *err)
{
    int code = SQLITE_OK;
    // A foreign log with content is not moved into its file when we turn away again.
    hn_sqlite_stamp before;
    take_stamp(self, &before);
    if (before.log_size > 0)
        (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    hone_status status = recognise(self, kind, &code, err);
    bool denied = (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY;
    if (!denied)
        return status;
    if (!self->read_only)
        return hn_fail(
            err, HONE_EIO,
            "cannot open %s: its folder must be writable, for SQLite keeps its log there",
            self->where);
    if (before.log_size > 0)
        return hn_fail(err, HONE_EIO,
                       "cannot read %s: its log holds records, and reading those needs the right "
                       "to create files in its folder",
                       self->where);
    hn_sqlite_disconnect(self);
    HN_TRY(connect_immutable(self, err));
    self->stamp = before;
    return recognise(self, kind, &code, err);
}

static hone_status settle(hn_sqlite *self, hone_error *err)
{
    char sql[256];
    (void)sqlite3_db_config(self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    (void)sqlite3_wal_hook(self->db, hn_sqlite_checkpoint, self);
    (void)sqlite3_snprintf(sizeof sql, sql,
                           "PRAGMA synchronous=NORMAL; PRAGMA cell_size_check=ON;"
                           "PRAGMA secure_delete=OFF; PRAGMA journal_size_limit=%d;"
                           "PRAGMA query_only=%d",
                           LOG_BYTES_KEPT, self->read_only);
    return hn_sqlite_exec(self, sql, "open", err);
}

static hone_status open_file(hn_sqlite *self, bool create, hone_error *err)
{
    file_kind kind = KIND_NEW;
    HN_TRY(check_path(self, create, err));
    self->immutable = false;
    HN_TRY(
        connect(self, self->path, SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0), err));
    HN_TRY(look(self, &kind, err));
    if (kind == KIND_NEW && !create)
        return hn_fail(err, HONE_ENOTFOUND, "%s is empty: `hone run` begins a study in it",
                       self->where);
    if (!self->read_only && sqlite3_db_readonly(self->db, "main") == 1)
        return hn_fail(err, HONE_EIO, "cannot open %s for writing: it is write-protected",
                       self->where);
    if (kind == KIND_NEW)
        HN_TRY(hn_sqlite_exec(self, "PRAGMA page_size=4096", "create", err));
    if (!self->read_only)
        HN_TRY(enter_wal(self, err));
    if (kind == KIND_NEW)
        HN_TRY(make_tables(self, err));
    return settle(self, err);
}

hone_status hn_sqlite_open(hn_sqlite *self, bool create, hone_error *err)
{
    HN_TRY(make_path(self, err));
    hone_status status = open_file(self, create, err);
    if (status != HONE_OK)
        hn_sqlite_disconnect(self);
    return status;
}

hone_status hn_sqlite_ready(hn_sqlite *self, hone_error *err)
{
    if (self->n_visiting)
        return HONE_OK;
    if (self->db) {
        hn_sqlite_stamp now;
        if (!self->immutable)
            return HONE_OK;
        take_stamp(self, &now);
        if (same_stamp(&now, &self->stamp))
            return HONE_OK;
        hn_sqlite_disconnect(self);
    }
    hone_status status = open_file(self, false, err);
    if (status != HONE_OK)
        hn_sqlite_disconnect(self);
    return status;
}

hone_status hn_sqlite_judge(hn_sqlite *self, hone_status status, hone_error *err)
{
    hn_sqlite_stamp now;
    if (status != HONE_ECORRUPT || !self->immutable)
        return status;
    take_stamp(self, &now);
    if (same_stamp(&now, &self->stamp))
        return status;
    return hn_fail(err, HONE_EBUSY, "%s was written to while it was read: try again", self->where);
}
