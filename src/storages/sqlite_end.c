// Where a journal ends: the numbers in the study's row, brought up to date with the rows of the
// journal that were appended since.
//
// 1. Begin with the study's row, or with what this connection knew last, if that is further on.
// 2. The row of the journal before that place must end there: the two tables fit.
// 3. Each row behind it follows the one before without a gap, and adds its numbers.
//
// Cost: two descents of a B-tree and at most some HN_SQLITE_BEHIND_RECORDS small rows.
#include "storages/sqlite_db.h"

static hone_status fail_gap(hn_sqlite *self, const hn_sqlite_head *head, uint64_t seq,
                            hone_error *err)
{
    return hn_sqlite_fail_record(self, head->id, seq < head->n_records ? seq : head->n_records,
                                 "is missing or does not belong", err);
}

static hone_status add_row(hn_sqlite *self, sqlite3_stmt *statement, hn_sqlite_head *head,
                           hone_error *err)
{
    hn_sqlite_row r;
    hn_record record;
    HN_TRY(hn_sqlite_take_row(self, statement, &r, err));
    const unsigned char *at = r.data, *end = r.data + r.size;
    while (at < end && hn_sqlite_next_record(&at, end, &record))
        head->n_bytes += record.size;
    head->n_records += r.n;
    head->changed_us = r.at_us;
    return HONE_OK;
}

// Of the row before the place nothing but its end is looked at: it was believed already, and may be
// large.
static hone_status walk(hn_sqlite *self, sqlite3_stmt *statement, hn_sqlite_head *head,
                        hone_error *err)
{
    bool joined = head->n_records == 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        uint64_t seq = (uint64_t)sqlite3_column_int64(statement, 0) & (HN_SQLITE_SEQ_END - 1);
        if (joined && seq == head->n_records) {
            HN_TRY(add_row(self, statement, head, err));
            continue;
        }
        uint64_t end = seq + (uint64_t)sqlite3_column_int64(statement, 1);
        if (joined || end != head->n_records)
            return fail_gap(self, head, joined ? head->n_records : end, err);
        joined = true;
    }
    if (code != SQLITE_DONE)
        return hn_sqlite_fail(self, code, "read", err);
    return joined ? HONE_OK : fail_gap(self, head, 0, err);
}

hone_status hn_sqlite_catch_up(hn_sqlite *self, hn_sqlite_head *head, hone_error *err)
{
    sqlite3_stmt *statement = NULL;
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_JOURNAL_END, &statement, err));
    if (self->last.id == head->id && self->last.n_records > head->n_records) {
        head->n_records = self->last.n_records;
        head->n_bytes = self->last.n_bytes;
        head->changed_us = self->last.changed_us;
    }
    hn_sqlite_bind_range(statement, head->id);
    (void)sqlite3_bind_int64(statement, 3, (sqlite3_int64)hn_sqlite_key(head->id, head->n_records));
    hone_status status = walk(self, statement, head, err);
    (void)sqlite3_reset(statement);
    return status;
}

hone_status hn_sqlite_get_end(hn_sqlite *self, uint64_t id, hn_sqlite_head *head, hone_error *err)
{
    HN_TRY(hn_sqlite_get_head(self, id, head, err));
    return hn_sqlite_catch_up(self, head, err);
}

bool hn_sqlite_is_behind(const hn_sqlite_head *head)
{
    return head->n_records - head->kept_records >= HN_SQLITE_BEHIND_RECORDS ||
           head->n_bytes - head->kept_bytes >= HN_SQLITE_BEHIND_BYTES;
}

// A study at rest has exact numbers in its row.
void hn_sqlite_settle(hn_sqlite *self)
{
    static const char doing[] = "append to";
    hn_sqlite_head head;
    bool unsynced = self->unsynced;
    if (!self->db || !self->last.id || self->last.n_records == self->last.kept_records)
        return;
    self->lock_wait = HN_SQLITE_SETTLE_WAIT_S;
    if (hn_sqlite_begin(self, false, doing, NULL) != HONE_OK)
        return;
    hone_status status = hn_sqlite_get_end(self, self->last.id, &head, NULL);
    if (status == HONE_OK)
        status = hn_sqlite_set_head(self, &head, NULL);
    (void)hn_sqlite_end(self, status, doing, NULL);
    self->unsynced = unsynced; // these numbers can be had again
}
