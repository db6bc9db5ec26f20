// What every part of the SQLite storage needs: statements, transactions, waiting, syncing,
// checkpoints, and the translation of SQLite's result codes into sentences.
#include "storages/sqlite_db.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"

// A checkpoint is tried when the log holds CHECKPOINT_PAGES (8 MB), and again each time it has
// grown by a quarter of that because a reader kept it from starting over. Not at every commit: each
// checkpoint waits twice for the disk. Readers that come without a pause could keep it so for ever;
// from RESTART_PAGES (16 MB) on the checkpoint lets those that are in the log finish, for at most
// RESTART_WAIT_S, and sends the others to the file.
enum { CHECKPOINT_PAGES = 2000, RESTART_PAGES = 4000, LOOK_EVERY_US = 1000 };
#define RESTART_WAIT_S 0.1

uint32_t hn_sqlite_crc(const hn_sqlite *self, const uint64_t *fields, int n_fields,
                       const void *data, size_t size)
{
    uint32_t crc = 0;
    for (int i = 0; i < n_fields; i++) {
        unsigned char bytes[8];
        for (int k = 0; k < 8; k++)
            bytes[k] = (unsigned char)(fields[i] >> (8 * k));
        crc = hn_crc32c(&self->crc_table, crc, bytes, sizeof bytes);
    }
    return hn_crc32c(&self->crc_table, crc, data, size);
}

static hone_status fail_full(hn_sqlite *self, const char *doing, hone_error *err)
{
    return hn_fail(err, HONE_EIO,
                   "cannot %s %s: the disk is full; nothing was changed, and it goes on as soon as "
                   "there is space",
                   doing, self->where);
}

hone_status hn_sqlite_fail_errno(hn_sqlite *self, int code, const char *doing, hone_error *err)
{
    // EFBIG is a quota of another kind (ulimit -f), with the same remedy.
    if (code == ENOSPC || code == EDQUOT || code == EFBIG)
        return fail_full(self, doing, err);
    return hn_fail_errno(err, code, "cannot %s %s", doing, self->where);
}

// The errno that the file kept, 0 when it has none. (sqlite3_system_errno does not know of writes.)
static int errno_of(hn_sqlite *self, int which)
{
    sqlite3_file *file = NULL;
    int number = 0;
    if (sqlite3_file_control(self->db, "main", which, &file) != SQLITE_OK || !file ||
        !file->pMethods)
        return 0;
    (void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
    return number;
}

static hone_status fail_io(hn_sqlite *self, int code, const char *doing, hone_error *err)
{
    if (code == SQLITE_IOERR_NOMEM)
        return hn_fail_memory(err);
    if (code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_CORRUPTFS)
        return hn_fail(err, HONE_ECORRUPT,
                       "%s is damaged: it is shorter than it says; nothing was changed",
                       self->where);
    if (code == SQLITE_IOERR_SHMSIZE) // the log's index could not be made larger
        return fail_full(self, doing, err);
    int number = self->db ? errno_of(self, SQLITE_FCNTL_JOURNAL_POINTER) : 0;
    if (self->db && number == 0)
        number = errno_of(self, SQLITE_FCNTL_FILE_POINTER);
    if (self->db && number == 0)
        number = sqlite3_system_errno(self->db);
    if (number)
        return hn_sqlite_fail_errno(self, number, doing, err);
    return hn_fail(err, HONE_EIO, "cannot %s %s: %s%s", doing, self->where, sqlite3_errstr(code),
                   code == SQLITE_IOERR_WRITE ? " (is the disk full?)" : "");
}

hone_status hn_sqlite_fail(hn_sqlite *self, int code, const char *doing, hone_error *err)
{
    const char *detail = self->db ? sqlite3_errmsg(self->db) : sqlite3_errstr(code);
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return hn_fail_memory(err);
    case SQLITE_FULL:
        return fail_full(self, doing, err);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return fail_io(self, code, doing, err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return hn_fail(err, HONE_EIO,
                       "cannot %s %s: another process has kept it locked for %g s; look for a "
                       "program that holds it open in a transaction",
                       doing, self->where, self->config.lock_wait);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return hn_fail(err, HONE_EIO, "cannot %s %s: no permission to write it", doing,
                       self->where);
    case SQLITE_TOOBIG:
        return hn_fail(err, HONE_EINVAL, "cannot %s %s: a record is larger than SQLite takes",
                       doing, self->where);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    default: // a statement that does not compile: tables are missing or not ours
        return hn_fail(err, HONE_ECORRUPT, "%s is damaged (%s); nothing was changed", self->where,
                       detail);
    }
}

hone_status hn_sqlite_prepare(hn_sqlite *self, hn_sqlite_stmt_id id, sqlite3_stmt **out,
                              hone_error *err)
{
    static const char *const sql[] = {
#define STATEMENT_SQL(name, text) text,
        HN_SQLITE_STATEMENTS(STATEMENT_SQL)
#undef STATEMENT_SQL
    };
    sqlite3_stmt **kept = &self->statements[id];
    if (!*kept) {
        int code = sqlite3_prepare_v3(self->db, sql[id], -1, SQLITE_PREPARE_PERSISTENT, kept, NULL);
        if (code != SQLITE_OK)
            return hn_sqlite_fail(self, code, "use", err);
    }
    *out = *kept;
    return HONE_OK;
}

void hn_sqlite_finalize(hn_sqlite *self)
{
    for (int i = 0; i < HN_SQLITE_N_STATEMENTS; i++) {
        (void)sqlite3_finalize(self->statements[i]);
        self->statements[i] = NULL;
    }
}

hone_status hn_sqlite_run(hn_sqlite *self, sqlite3_stmt *statement, const char *doing,
                          hone_error *err)
{
    int code = sqlite3_step(statement);
    // The sentence is made before the reset, which may overwrite SQLite's own text.
    hone_status status = code == SQLITE_DONE ? HONE_OK : hn_sqlite_fail(self, code, doing, err);
    (void)sqlite3_reset(statement);
    return status;
}

hone_status hn_sqlite_exec(hn_sqlite *self, const char *sql, const char *doing, hone_error *err)
{
    int code = sqlite3_exec(self->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? HONE_OK : hn_sqlite_fail(self, code, doing, err);
}

// Ends a transaction without its changes. When even that fails, which takes a lasting want of
// memory, the connection is given up, for it might hold the write lock; hn_sqlite_ready opens
// another.
static void roll_back(hn_sqlite *self)
{
    for (int i = 0; i < 3 && !sqlite3_get_autocommit(self->db); i++)
        (void)hn_sqlite_run(self, self->statements[HN_SQLITE_ROLLBACK], "use", NULL);
    if (!sqlite3_get_autocommit(self->db))
        hn_sqlite_disconnect(self);
}

// A pragma takes effect when it is compiled, so there is no statement to keep; but it is needed
// only when the level changes.
static hone_status set_level(hn_sqlite *self, bool full, const char *doing, hone_error *err)
{
    if (self->is_full == full)
        return HONE_OK;
    HN_TRY(hn_sqlite_exec(self, full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
                          doing, err));
    self->is_full = full;
    return HONE_OK;
}

// Whoever deletes the file under a running study would otherwise lose the rest of it silently. The
// look costs as much as a tenth of an append, hence not at every one of a quick series.
static hone_status check_in_place(hn_sqlite *self, const char *doing, hone_error *err)
{
    int moved = 0;
    uint64_t now = hn_clock_mono_us();
    if (self->looked_us > 0 && now - self->looked_us < LOOK_EVERY_US)
        return HONE_OK;
    (void)sqlite3_file_control(self->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    self->looked_us = moved ? 0 : now;
    return moved ? hn_fail(err, HONE_EIO,
                           "cannot %s %s: the file was deleted or replaced while it was in use",
                           doing, self->where)
                 : HONE_OK;
}

hone_status hn_sqlite_begin(hn_sqlite *self, bool durable, const char *doing, hone_error *err)
{
    sqlite3_stmt *statement = NULL;
    if (self->read_only)
        return hn_fail(err, HONE_ESTATE, "cannot %s %s: it was opened for reading only", doing,
                       self->where);
    if (self->n_visiting)
        return hn_fail(err, HONE_ESTATE, "cannot %s %s while it is being read", doing, self->where);
    HN_TRY(hn_sqlite_ready(self, err));
    HN_TRY(check_in_place(self, doing, err));
    // Ready beforehand: to end a transaction must not need memory.
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_COMMIT, &statement, err));
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_ROLLBACK, &statement, err));
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_BEGIN, &statement, err));
    HN_TRY(set_level(self, durable, doing, err));
    return hn_sqlite_run(self, statement, doing, err);
}

static void set_synced(hn_sqlite *self)
{
    self->unsynced = false;
    self->synced = true;
    self->synced_us = hn_clock_mono_us();
}

hone_status hn_sqlite_end(hn_sqlite *self, hone_status status, const char *doing, hone_error *err)
{
    if (status == HONE_OK)
        status = hn_sqlite_run(self, self->statements[HN_SQLITE_COMMIT], doing, err);
    if (status != HONE_OK)
        roll_back(self);
    else if (self->is_full)
        set_synced(self); // all of the log, thus the earlier commits as well
    else
        self->unsynced = true;
    return status;
}

hone_status hn_sqlite_begin_reading(hn_sqlite *self, bool *begun, hone_error *err)
{
    sqlite3_stmt *statement = NULL;
    *begun = false;
    if (self->n_visiting) // the statement around it holds a state
        return HONE_OK;
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_ROLLBACK, &statement, err));
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_BEGIN_READING, &statement, err));
    HN_TRY(hn_sqlite_run(self, statement, "read", err));
    *begun = true;
    return HONE_OK;
}

hone_status hn_sqlite_end_reading(hn_sqlite *self, bool begun, hone_status status)
{
    if (begun)
        roll_back(self); // nothing was written: it lets go of the state
    return status;
}

hone_status hn_sqlite_flush(hn_sqlite *self, hone_error *err)
{
    // SQLite's own handle of the log: the sync reaches exactly the file that holds the commits and,
    // the first time, the folder that names it; nothing is written and no lock is taken. Commits
    // that have left the log were synced by the checkpoint that moved them.
    if (!self->unsynced)
        return HONE_OK;
    sqlite3_file *log = NULL;
    int code = sqlite3_file_control(self->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (code == SQLITE_OK && !(log && log->pMethods))
        return HONE_OK; // no log is open: it was moved into the file, with a sync
    if (code == SQLITE_OK)
        code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK)
        return hn_fail(err, HONE_EIO,
                       "the disk did not confirm the latest records of %s (%s): they are in the "
                       "journal, but a power cut may take them",
                       self->where, sqlite3_errstr(code));
    set_synced(self);
    return HONE_OK;
}

int hn_sqlite_wait(void *user, int n_calls)
{
    // Short waits, since an append holds the lock for some 20 µs; stretched by the process id so
    // that several waiters do not wake in step.
    hn_sqlite *self = user;
    uint64_t now = hn_clock_mono_us();
    if (n_calls == 0)
        self->lock_us = now;
    if ((double)(now - self->lock_us) >= self->lock_wait * 1e6)
        return 0;
    unsigned spread = ((unsigned)getpid() + (unsigned)n_calls) % 7;
    unsigned shift = n_calls < 6 ? (unsigned)n_calls : 6;
    (void)usleep((50u << shift) + 10u * (spread << shift) / 4);
    return 1;
}

int hn_sqlite_checkpoint(void *user, sqlite3 *db, const char *name, int n_pages)
{
    hn_sqlite *self = user;
    if (n_pages < CHECKPOINT_PAGES)
        self->checkpoint_at = CHECKPOINT_PAGES;
    if (n_pages < self->checkpoint_at)
        return SQLITE_OK;
    // A failure is left to the next attempt, for the commit itself is safe in the log.
    bool restart = n_pages >= RESTART_PAGES;
    double lock_wait = self->lock_wait;
    self->lock_wait = RESTART_WAIT_S;
    (void)sqlite3_wal_checkpoint_v2(
        db, name, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    self->lock_wait = lock_wait;
    self->checkpoint_at = n_pages + CHECKPOINT_PAGES / 4;
    return SQLITE_OK;
}
