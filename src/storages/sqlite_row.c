// A row of the journal table: how records lie in it, and what is checked before one is believed.
//
// `data` is, for each record, the length as a varint (7 bits a byte, low bits first, the top bit
// set on all but the last byte) and then the bytes. An append of more than ROW_BYTES is spread over
// several rows of the same transaction, so that no blob comes near SQLite's limit.
#include "storages/sqlite_db.h"

#include <string.h>

#include "base/mem.h"

enum { ROW_BYTES = 8 << 20, VARINT_MAX = 5, ROW_KEPT = 1 << 20 };

uint64_t hn_sqlite_key(uint64_t id, uint64_t seq)
{
    return id << HN_SQLITE_SEQ_BITS | seq;
}

void hn_sqlite_bind_range(sqlite3_stmt *statement, uint64_t id)
{
    uint64_t first = hn_sqlite_key(id, 0);
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)first);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)(first + HN_SQLITE_SEQ_END));
}

hone_status hn_sqlite_fail_record(hn_sqlite *self, uint64_t id, uint64_t seq, const char *what,
                                  hone_error *err)
{
    char name[128];
    hn_sqlite_name_study(self, id, name, sizeof name);
    return hn_fail(
        err, HONE_ECORRUPT,
        "%s is damaged: record %llu of study \"%s\" %s; those before it can be read, and "
        "nothing was changed",
        self->where, (unsigned long long)seq, name, what);
}

static uint32_t row_crc(const hn_sqlite *self, const hn_sqlite_row *r)
{
    const uint64_t fields[3] = {r->key, r->n, r->at_us};
    return hn_sqlite_crc(self, fields, 3, r->data, r->size);
}

static size_t put_varint(unsigned char *to, size_t value)
{
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        to[n++] = (unsigned char)(value | 0x80);
    to[n++] = (unsigned char)value;
    return n;
}

static bool take_varint(const unsigned char **at, const unsigned char *end, size_t *value)
{
    *value = 0;
    for (unsigned shift = 0; *at < end && shift < 7 * VARINT_MAX; shift += 7) {
        unsigned char byte = *(*at)++;
        *value |= (size_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

// How many of the records fit into one row (at least one), and the room they may take.
static size_t fit(const hn_record *records, size_t n, size_t *room)
{
    size_t taken = 0;
    *room = 0;
    while (taken < n && (taken == 0 || *room + records[taken].size <= ROW_BYTES))
        *room += VARINT_MAX + records[taken++].size;
    return taken;
}

hone_status hn_sqlite_pack(hn_sqlite *self, const hn_record *records, size_t n, hn_sqlite_row *r,
                           hone_error *err)
{
    size_t room;
    r->n = fit(records, n, &room);
    if (room > self->row_size) {
        size_t size = room < 4096 ? 4096 : room + room / 2;
        unsigned char *larger = hn_realloc(self->row, size);
        if (!larger)
            return hn_fail_memory(err);
        self->row = larger;
        self->row_size = size;
    }
    unsigned char *to = self->row;
    for (size_t i = 0; i < r->n; i++) {
        to += put_varint(to, records[i].size);
        if (records[i].size > 0)
            memcpy(to, records[i].data, records[i].size);
        to += records[i].size;
    }
    r->data = self->row;
    r->size = (size_t)(to - self->row);
    r->crc = row_crc(self, r);
    return HONE_OK;
}

// One large append must not cost its memory for ever.
void hn_sqlite_trim_row(hn_sqlite *self)
{
    if (self->row_size <= ROW_KEPT)
        return;
    hn_free(self->row);
    self->row = NULL;
    self->row_size = 0;
}

bool hn_sqlite_next_record(const unsigned char **at, const unsigned char *end, hn_record *record)
{
    if (!take_varint(at, end, &record->size) || record->size > (size_t)(end - *at))
        return false;
    record->data = *at;
    *at += record->size;
    return true;
}

// Does `data` hold exactly `n` records? Looked at as a whole before the first one is shown.
static bool is_framed(const hn_sqlite_row *r)
{
    const unsigned char *at = r->data, *end = r->data + r->size;
    hn_record record;
    for (uint64_t i = 0; i < r->n; i++) {
        if (!hn_sqlite_next_record(&at, end, &record))
            return false;
    }
    return at == end;
}

hone_status hn_sqlite_take_row(hn_sqlite *self, sqlite3_stmt *statement, hn_sqlite_row *r,
                               hone_error *err)
{
    r->key = (uint64_t)sqlite3_column_int64(statement, 0);
    r->n = (uint64_t)sqlite3_column_int64(statement, 1);
    r->at_us = (uint64_t)sqlite3_column_int64(statement, 2);
    r->crc = (uint64_t)sqlite3_column_int64(statement, 3);
    r->data = sqlite3_column_blob(statement, 4);
    r->size = (size_t)sqlite3_column_bytes(statement, 4);
    if (!r->data && sqlite3_errcode(self->db) == SQLITE_NOMEM)
        return hn_fail_memory(err);
    uint64_t id = r->key >> HN_SQLITE_SEQ_BITS, seq = r->key & (HN_SQLITE_SEQ_END - 1);
    if (row_crc(self, r) != r->crc)
        return hn_sqlite_fail_record(self, id, seq, "does not match its checksum", err);
    if (r->n == 0 || r->n > HN_SQLITE_SEQ_END - seq || !is_framed(r))
        return hn_sqlite_fail_record(self, id, seq, "has a wrong length", err);
    return HONE_OK;
}
