// The SQLite storage, seen by its own files: sqlite.c (the class), sqlite_open.c (finding, checking
// and making a database file), sqlite_base.c (statements, transactions, sync, errors),
// sqlite_study.c, sqlite_journal.c and sqlite_snapshot.c (one table each), sqlite_row.c (a row of
// the journal), sqlite_end.c (where a journal ends).
//
// Invariants
// 1. A file is changed only after it was recognised as Hone's own or as empty.
// 2. A row of `journal` is one append (or a piece of a very large one): `n` records, one after the
//    other in `data`, each with its length in front. Its key is study << 40 | number of its first
//    record, so the rows of a study lie in one range, in order and without gaps.
// 3. A row of `study` says how many records its journal held when it was last written: at rest all
//    of them, otherwise the last few may be missing in it. It makes count and list cheap, and
//    betrays a journal that has lost its end.
// 4. `crc` covers the other columns of a row of `journal`, and the numbers in a row of `study`. No
//    record is shown before its row's crc, place and framing were found right.
// 5. A writing transaction takes the write lock first (BEGIN IMMEDIATE), so it never fails half-way
//    because of another writer.
// 6. A connection runs at synchronous=NORMAL: a commit reaches the operating system, a checkpoint
//    syncs. An append that must be on the disk is committed at FULL: the log is synced before the
//    commit counts, so that an append whose sync fails has not happened.
#ifndef HN_STORAGES_SQLITE_DB_H
#define HN_STORAGES_SQLITE_DB_H

#include <sqlite3.h>
#include <sys/types.h>
#include <time.h>

#include <hone/sys/storage.h>

#include "base/error.h"
#include "storages/crc32c.h"

// One entry a prepared statement, kept for the life of the connection.
#define HN_SQLITE_STATEMENTS(X)                                                                    \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(BEGIN_READING, "BEGIN")                                                                      \
    X(STUDY_ADD, "INSERT INTO study(name, created_us, n_records, n_bytes, changed_us, crc) "       \
                 "VALUES(?1, ?2, 0, 0, ?2, 0)")                                                    \
    X(STUDY_FIND, "SELECT id FROM study WHERE name = ?1")                                          \
    X(STUDY_NAME, "SELECT name FROM study WHERE id = ?1")                                          \
    X(STUDY_HEAD, "SELECT created_us, n_records, n_bytes, changed_us, crc FROM study "             \
                  "WHERE id = ?1")                                                                 \
    X(STUDY_SET, "UPDATE study SET n_records = ?2, n_bytes = ?3, changed_us = ?4, crc = ?5 "       \
                 "WHERE id = ?1")                                                                  \
    X(STUDY_RENAME, "UPDATE study SET name = ?2 WHERE id = ?1")                                    \
    X(STUDY_REMOVE, "DELETE FROM study WHERE id = ?1")                                             \
    X(JOURNAL_REMOVE, "DELETE FROM journal WHERE key >= ?1 AND key < ?2")                          \
    X(SNAPSHOT_REMOVE, "DELETE FROM snapshot WHERE study = ?1")                                    \
    X(JOURNAL_END, "SELECT key, n, at_us, crc, data FROM journal WHERE key >= "                    \
                   "coalesce((SELECT key FROM journal WHERE key >= ?1 AND key < ?3 "               \
                   "ORDER BY key DESC LIMIT 1), ?3) AND key < ?2 ORDER BY key")                    \
    X(JOURNAL_ADD, "INSERT INTO journal(key, n, at_us, crc, data) VALUES(?1, ?2, ?3, ?4, ?5)")     \
    X(JOURNAL_READ, "SELECT key, n, at_us, crc, data FROM journal WHERE key >= "                   \
                    "coalesce((SELECT key FROM journal WHERE key >= ?1 AND key <= ?3 "             \
                    "ORDER BY key DESC LIMIT 1), ?3) AND key < ?2 ORDER BY key")                   \
    X(SNAPSHOT_SAVE, "INSERT INTO snapshot(study, version, seq, crc, data) "                       \
                     "VALUES(?1, ?2, ?3, ?4, ?5) "                                                 \
                     "ON CONFLICT(study) DO UPDATE SET version = excluded.version, "               \
                     "seq = excluded.seq, crc = excluded.crc, data = excluded.data "               \
                     "WHERE excluded.version <> version OR excluded.seq >= seq")                   \
    X(SNAPSHOT_LOAD, "SELECT seq, crc FROM snapshot WHERE study = ?1 AND version = ?2")

typedef enum hn_sqlite_stmt_id {
#define HN_SQLITE_STATEMENT_ID(id, sql) HN_SQLITE_##id,
    HN_SQLITE_STATEMENTS(HN_SQLITE_STATEMENT_ID)
#undef HN_SQLITE_STATEMENT_ID
        HN_SQLITE_N_STATEMENTS
} hn_sqlite_stmt_id;

enum { HN_SQLITE_SYNC_AUTO, HN_SQLITE_SYNC_NORMAL, HN_SQLITE_SYNC_FULL };

typedef struct hn_sqlite_config {
    int32_t sync;     // HN_SQLITE_SYNC_…
    double lock_wait; // seconds
} hn_sqlite_config;

#define HN_SQLITE_CONFIG_INIT                                                                      \
    {                                                                                              \
        HN_SQLITE_SYNC_AUTO, 30                                                                    \
    }

// By what a file is known again, and whether it was written to.
typedef struct hn_sqlite_stamp {
    dev_t device;
    ino_t inode;
    off_t size, log_size;
    struct timespec changed;
} hn_sqlite_stamp;

// The numbers of a study, and those among them that its row has.
typedef struct hn_sqlite_head {
    uint64_t id, created_us, n_records, n_bytes, changed_us;
    uint64_t kept_records, kept_bytes;
} hn_sqlite_head;

typedef struct hn_sqlite_row {
    uint64_t key, n, at_us, crc;
    const unsigned char *data;
    size_t size;
} hn_sqlite_row;

typedef struct hn_sqlite {
    sqlite3 *db;
    sqlite3_stmt *statements[HN_SQLITE_N_STATEMENTS]; // NULL until first used
    char *where;                                      // as the user wrote it, for sentences
    char *path;                                       // as SQLite opens it
    hn_sqlite_config config;
    int64_t format; // of the file: in one of format 1 every append writes the study's row
    bool read_only;
    bool immutable;        // opened without locks, see sqlite_open.c
    hn_sqlite_stamp stamp; // of an immutable file, when it was opened
    double lock_wait;      // how long hn_sqlite_wait waits, seconds
    int n_visiting;        // read and list calls under way
    int checkpoint_at;     // pages in the log from which on the next checkpoint is tried
    bool unsynced;         // something was committed that no sync has covered
    bool is_full;          // the connection is at synchronous=FULL
    bool synced;           // `synced_us` is set
    uint64_t synced_us;    // monotonic time of the last sync
    uint64_t looked_us;    // monotonic time at which the file was last seen in its place, 0: never
    uint64_t lock_us;      // monotonic time at which the present wait for a lock began
    hn_sqlite_head last;   // what our last append has left; id 0: none on this connection
    unsigned last_version; // of the file after that append
    unsigned char *row;    // where a row's data is put together
    size_t row_size;
    hn_crc32c_table crc_table;
} hn_sqlite;

enum { HN_SQLITE_SEQ_BITS = 40 };
#define HN_SQLITE_SEQ_END   (UINT64_C(1) << HN_SQLITE_SEQ_BITS)
#define HN_SQLITE_MAX_STUDY ((UINT64_C(1) << 23) - 1)

// By so much, less one append, the row of a study may be behind its journal; and how long the end
// of a connection waits for the lock to mend that, seconds.
enum { HN_SQLITE_BEHIND_RECORDS = 64, HN_SQLITE_BEHIND_BYTES = 64 << 10 };
#define HN_SQLITE_SETTLE_WAIT_S 0.1

// sqlite_open.c
hone_status hn_sqlite_open(hn_sqlite *self, bool create, hone_error *err);
// Statements and connection gone; hn_sqlite_ready opens it again.
void hn_sqlite_disconnect(hn_sqlite *self);
// Before any reading: a connection that was given up is made again, and an immutable file that has
// been written to since is opened anew.
hone_status hn_sqlite_ready(hn_sqlite *self, hone_error *err);
// After any reading: what looks like damage in a file that changed meanwhile is HONE_EBUSY.
hone_status hn_sqlite_judge(hn_sqlite *self, hone_status status, hone_error *err);

// sqlite_base.c
// CRC-32C of the fields, low byte first, and of the data.
uint32_t hn_sqlite_crc(const hn_sqlite *self, const uint64_t *fields, int n_fields,
                       const void *data, size_t size);
// What the result code `code` of SQLite means, as a sentence; `doing` is "append to", "read", …
hone_status hn_sqlite_fail(hn_sqlite *self, int code, const char *doing, hone_error *err);
// The same for errno.
hone_status hn_sqlite_fail_errno(hn_sqlite *self, int code, const char *doing, hone_error *err);
// The statement, reset and ready to bind.
hone_status hn_sqlite_prepare(hn_sqlite *self, hn_sqlite_stmt_id id, sqlite3_stmt **out,
                              hone_error *err);
// Runs a statement that gives no rows, and resets it.
hone_status hn_sqlite_run(hn_sqlite *self, sqlite3_stmt *statement, const char *doing,
                          hone_error *err);
hone_status hn_sqlite_exec(hn_sqlite *self, const char *sql, const char *doing, hone_error *err);
void hn_sqlite_finalize(hn_sqlite *self); // all statements

// Takes the write lock; `durable` has the commit wait for the disk. HONE_ESTATE when read-only or
// while a visit is under way.
hone_status hn_sqlite_begin(hn_sqlite *self, bool durable, const char *doing, hone_error *err);
// Commits when `status` is HONE_OK, else rolls back; gives the status of the whole.
hone_status hn_sqlite_end(hn_sqlite *self, hone_status status, const char *doing, hone_error *err);
// A read transaction: everything until the end is of one state. Inside another one it is part of
// that. `hn_sqlite_end_reading` passes `status` on.
hone_status hn_sqlite_begin_reading(hn_sqlite *self, bool *begun, hone_error *err);
hone_status hn_sqlite_end_reading(hn_sqlite *self, bool begun, hone_status status);
// The log onto the disk.
hone_status hn_sqlite_flush(hn_sqlite *self, hone_error *err);
int hn_sqlite_wait(void *self, int n_calls);                                      // busy handler
int hn_sqlite_checkpoint(void *self, sqlite3 *db, const char *name, int n_pages); // WAL hook

// sqlite_study.c
hone_status hn_sqlite_create(void *self, const char *name, uint64_t now_us, uint64_t *id,
                             hone_error *err);
hone_status hn_sqlite_find(void *self, const char *name, uint64_t *id, hone_error *err);
hone_status hn_sqlite_list(void *self, hn_list_fn visit, void *user, hone_error *err);
hone_status hn_sqlite_rename(void *self, uint64_t id, const char *name, hone_error *err);
hone_status hn_sqlite_remove(void *self, uint64_t id, hone_error *err);
hone_status hn_sqlite_count(void *self, uint64_t id, uint64_t *n_records, hone_error *err);

// The row alone, which may be behind the journal. HONE_ENOTFOUND when there is no such study,
// HONE_ECORRUPT when its row is damaged.
hone_status hn_sqlite_get_head(hn_sqlite *self, uint64_t id, hn_sqlite_head *head, hone_error *err);
// Writes the numbers into the row.
hone_status hn_sqlite_set_head(hn_sqlite *self, hn_sqlite_head *head, hone_error *err);
// The name for a sentence; "?" when it cannot be had.
void hn_sqlite_name_study(hn_sqlite *self, uint64_t id, char *name, size_t size);

// sqlite_journal.c
hone_status hn_sqlite_append(void *self, uint64_t id, uint64_t expect, const hn_record *records,
                             size_t n, hn_sync sync, uint64_t now_us, uint64_t *first,
                             hone_error *err);
hone_status hn_sqlite_read(void *self, uint64_t id, uint64_t from, hn_read_fn visit, void *user,
                           hone_error *err);

// sqlite_end.c
// From the numbers of the row to those as of now, in the transaction in which the row was read.
// HONE_ECORRUPT when the rows of the journal do not follow each other to the end, or are fewer than
// is known.
hone_status hn_sqlite_catch_up(hn_sqlite *self, hn_sqlite_head *head, hone_error *err);
// Both.
hone_status hn_sqlite_get_end(hn_sqlite *self, uint64_t id, hn_sqlite_head *head, hone_error *err);
// Is it time to write the row?
bool hn_sqlite_is_behind(const hn_sqlite_head *head);
// Writes the row of the study that was appended to last, if it is behind and nothing hinders.
void hn_sqlite_settle(hn_sqlite *self);

// sqlite_row.c
uint64_t hn_sqlite_key(uint64_t id, uint64_t seq);
// Binds the first key of the study, and the first one behind it.
void hn_sqlite_bind_range(sqlite3_stmt *statement, uint64_t id);
// Puts as many of the records together in `self->row` as one row may hold; key and time are given.
hone_status hn_sqlite_pack(hn_sqlite *self, const hn_record *records, size_t n, hn_sqlite_row *r,
                           hone_error *err);
void hn_sqlite_trim_row(hn_sqlite *self);
// From the columns key, n, at_us, crc, data; HONE_ECORRUPT unless crc and framing are right.
hone_status hn_sqlite_take_row(hn_sqlite *self, sqlite3_stmt *statement, hn_sqlite_row *r,
                               hone_error *err);
// The record at `*at`, which goes on; false at the end.
bool hn_sqlite_next_record(const unsigned char **at, const unsigned char *end, hn_record *record);
hone_status hn_sqlite_fail_record(hn_sqlite *self, uint64_t id, uint64_t seq, const char *what,
                                  hone_error *err);

// sqlite_snapshot.c
hone_status hn_sqlite_save_snapshot(void *self, uint64_t id, uint32_t version, uint64_t seq,
                                    const void *data, size_t size, hone_error *err);
hone_status hn_sqlite_load_snapshot(void *self, uint64_t id, uint32_t version, uint64_t *seq,
                                    void **data, size_t *size, hone_error *err);

#endif
