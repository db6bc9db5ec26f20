// Snapshots: at most one a study, replaced in place. It is a cache, so that one which is damaged,
// of another version or ahead of the journal is simply not there.
#include "storages/sqlite_db.h"

#include "base/mem.h"

static const char doing_save[] = "save a snapshot in", doing_load[] = "read a snapshot in";

static uint32_t snapshot_crc(const hn_sqlite *self, uint64_t id, uint32_t version, uint64_t seq,
                             const void *data, size_t size)
{
    const uint64_t fields[3] = {id, version, seq};
    return hn_sqlite_crc(self, fields, 3, data, size);
}

static hone_status save(hn_sqlite *self, uint64_t id, uint32_t version, uint64_t seq,
                        const void *data, size_t size, hone_error *err)
{
    sqlite3_stmt *statement = NULL;
    hn_sqlite_head head;
    HN_TRY(hn_sqlite_get_head(self, id, &head, err));
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_SNAPSHOT_SAVE, &statement, err));
    uint32_t crc = snapshot_crc(self, id, version, seq, data, size);
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)id);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)version);
    (void)sqlite3_bind_int64(statement, 3, (sqlite3_int64)seq);
    (void)sqlite3_bind_int64(statement, 4, (sqlite3_int64)crc);
    // A NULL pointer would be stored as NULL instead of as an empty blob.
    int code = sqlite3_bind_blob64(statement, 5, size > 0 ? data : "", size, SQLITE_STATIC);
    hone_status status = code == SQLITE_OK ? hn_sqlite_run(self, statement, doing_save, err)
                                           : hn_sqlite_fail(self, code, doing_save, err);
    (void)sqlite3_clear_bindings(statement);
    return status;
}

hone_status hn_sqlite_save_snapshot(void *user, uint64_t id, uint32_t version, uint64_t seq,
                                    const void *data, size_t size, hone_error *err)
{
    hn_sqlite *self = user;
    HN_TRY(hn_sqlite_begin(self, false, doing_save, err));
    hone_status status = save(self, id, version, seq, data, size, err);
    return hn_sqlite_end(self, status, doing_save, err);
}

// Reads the blob of the row piecewise into memory of our own: SQLite's way to a column would put
// the whole together once more in between.
static hone_status read_blob(hn_sqlite *self, uint64_t id, void **data, size_t *size,
                             hone_error *err)
{
    sqlite3_blob *blob = NULL;
    hone_status status = HONE_OK;
    void *copy = NULL;
    int n = 0,
        code = sqlite3_blob_open(self->db, "main", "snapshot", "data", (sqlite3_int64)id, 0, &blob);
    if (code == SQLITE_OK) {
        n = sqlite3_blob_bytes(blob);
        copy = hn_malloc(n > 0 ? (size_t)n : 1);
        code = copy ? sqlite3_blob_read(blob, copy, n, 0) : SQLITE_NOMEM;
    }
    if (code != SQLITE_OK) {
        status = hn_sqlite_fail(self, code, doing_load, err);
        hn_free(copy);
    } else {
        *data = copy;
        *size = (size_t)n;
    }
    (void)sqlite3_blob_close(blob);
    return status;
}

// What the row holds, if it is sound and not ahead of the journal.
static hone_status take(hn_sqlite *self, sqlite3_stmt *load, uint64_t id, uint32_t version,
                        uint64_t *seq, void **data, size_t *size, hone_error *err)
{
    hn_sqlite_head head;
    uint64_t at = (uint64_t)sqlite3_column_int64(load, 0);
    uint64_t crc = (uint64_t)sqlite3_column_int64(load, 1);
    void *bytes = NULL;
    size_t n = 0;
    // The snapshot's statement is still open, so that the rest is of the same state.
    HN_TRY(hn_sqlite_get_end(self, id, &head, err));
    HN_TRY(read_blob(self, id, &bytes, &n, err));
    if (at > head.n_records || snapshot_crc(self, id, version, at, bytes, n) != crc) {
        hn_free(bytes);
        return hn_fail(err, HONE_ENOTFOUND, "the snapshot of study %llu in %s does not fit",
                       (unsigned long long)id, self->where);
    }
    *data = bytes;
    *size = n;
    *seq = at;
    return HONE_OK;
}

static hone_status load_snapshot(hn_sqlite *self, uint64_t id, uint32_t version, uint64_t *seq,
                                 void **data, size_t *size, hone_error *err)
{
    sqlite3_stmt *load = NULL;
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_SNAPSHOT_LOAD, &load, err));
    (void)sqlite3_bind_int64(load, 1, (sqlite3_int64)id);
    (void)sqlite3_bind_int64(load, 2, (sqlite3_int64)version);
    hone_status status = HONE_OK;
    int code = sqlite3_step(load);
    if (code == SQLITE_ROW)
        status = take(self, load, id, version, seq, data, size, err);
    else if (code == SQLITE_DONE)
        status = hn_fail(err, HONE_ENOTFOUND, "study %llu in %s has no snapshot",
                         (unsigned long long)id, self->where);
    else
        status = hn_sqlite_fail(self, code, doing_load, err);
    (void)sqlite3_reset(load);
    return status;
}

hone_status hn_sqlite_load_snapshot(void *user, uint64_t id, uint32_t version, uint64_t *seq,
                                    void **data, size_t *size, hone_error *err)
{
    hn_sqlite *self = user;
    HN_TRY(hn_sqlite_ready(self, err));
    return hn_sqlite_judge(self, load_snapshot(self, id, version, seq, data, size, err), err);
}
