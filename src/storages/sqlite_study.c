// The list of studies: names, ids, sizes. Ids are never used again (AUTOINCREMENT), so a worker
// that still holds the id of a removed study gets HONE_ENOTFOUND instead of another study's
// journal.
#include "storages/sqlite_db.h"

#include <stdio.h>

static uint32_t head_crc(const hn_sqlite *self, const hn_sqlite_head *head)
{
    const uint64_t fields[5] = {head->id, head->created_us, head->n_records, head->n_bytes,
                                head->changed_us};
    return hn_sqlite_crc(self, fields, 5, NULL, 0);
}

static hone_status fail_taken(hn_sqlite *self, const char *name, hone_error *err)
{
    return hn_fail(err, HONE_EEXISTS, "there is a study \"%s\" already in %s", name, self->where);
}

static hone_status bind_text(hn_sqlite *self, sqlite3_stmt *statement, int at, const char *text,
                             hone_error *err)
{
    int code = sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
    return code == SQLITE_OK ? HONE_OK : hn_sqlite_fail(self, code, "use", err);
}

// Runs a statement that may meet a name that is taken.
static hone_status run_named(hn_sqlite *self, sqlite3_stmt *statement, const char *name,
                             const char *doing, hone_error *err)
{
    int code = sqlite3_step(statement);
    hone_status status = HONE_OK;
    if (code == SQLITE_CONSTRAINT_UNIQUE)
        status = fail_taken(self, name, err);
    else if (code != SQLITE_DONE)
        status = hn_sqlite_fail(self, code, doing, err);
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return status;
}

static hone_status add_study(hn_sqlite *self, const char *name, uint64_t now_us, const char *doing,
                             hone_error *err)
{
    sqlite3_stmt *add = NULL;
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_STUDY_ADD, &add, err));
    HN_TRY(bind_text(self, add, 1, name, err));
    (void)sqlite3_bind_int64(add, 2, (sqlite3_int64)now_us);
    HN_TRY(run_named(self, add, name, doing, err));
    hn_sqlite_head head = {.id = (uint64_t)sqlite3_last_insert_rowid(self->db),
                           .created_us = now_us,
                           .changed_us = now_us};
    if (head.id > HN_SQLITE_MAX_STUDY)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "%s has had %llu studies, more than one file can: use another", self->where,
                       (unsigned long long)HN_SQLITE_MAX_STUDY);
    return hn_sqlite_set_head(self, &head, err); // now that the id, which the crc covers, is known
}

hone_status hn_sqlite_create(void *user, const char *name, uint64_t now_us, uint64_t *id,
                             hone_error *err)
{
    static const char doing[] = "create a study in";
    hn_sqlite *self = user;
    HN_TRY(hn_sqlite_begin(self, false, doing, err));
    hone_status status = add_study(self, name, now_us, doing, err);
    uint64_t made = (uint64_t)sqlite3_last_insert_rowid(self->db);
    status = hn_sqlite_end(self, status, doing, err);
    if (status == HONE_OK)
        *id = made;
    return status;
}

static hone_status find(hn_sqlite *self, const char *name, uint64_t *id, hone_error *err)
{
    sqlite3_stmt *statement = NULL;
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_STUDY_FIND, &statement, err));
    HN_TRY(bind_text(self, statement, 1, name, err));
    hone_status status = HONE_OK;
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *id = (uint64_t)sqlite3_column_int64(statement, 0);
    else if (code == SQLITE_DONE)
        status = hn_fail(err, HONE_ENOTFOUND, "there is no study \"%s\" in %s", name, self->where);
    else
        status = hn_sqlite_fail(self, code, "read", err);
    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return status;
}

hone_status hn_sqlite_find(void *user, const char *name, uint64_t *id, hone_error *err)
{
    hn_sqlite *self = user;
    HN_TRY(hn_sqlite_ready(self, err));
    return hn_sqlite_judge(self, find(self, name, id, err), err);
}

void hn_sqlite_name_study(hn_sqlite *self, uint64_t id, char *name, size_t size)
{
    sqlite3_stmt *statement = NULL;
    (void)snprintf(name, size, "?");
    if (hn_sqlite_prepare(self, HN_SQLITE_STUDY_NAME, &statement, NULL) != HONE_OK)
        return;
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)id);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (text)
            (void)snprintf(name, size, "%s", text);
    }
    (void)sqlite3_reset(statement);
}

// From the columns of a row of numbers, which begin at `at`.
static hone_status take_head(hn_sqlite *self, sqlite3_stmt *row, int at, uint64_t id,
                             hn_sqlite_head *head, hone_error *err)
{
    char name[128];
    *head = (hn_sqlite_head){.id = id,
                             .created_us = (uint64_t)sqlite3_column_int64(row, at),
                             .n_records = (uint64_t)sqlite3_column_int64(row, at + 1),
                             .n_bytes = (uint64_t)sqlite3_column_int64(row, at + 2),
                             .changed_us = (uint64_t)sqlite3_column_int64(row, at + 3)};
    head->kept_records = head->n_records;
    head->kept_bytes = head->n_bytes;
    if ((uint64_t)sqlite3_column_int64(row, at + 4) == head_crc(self, head))
        return HONE_OK;
    hn_sqlite_name_study(self, id, name, sizeof name);
    return hn_fail(err, HONE_ECORRUPT,
                   "%s is damaged: the entry of study \"%s\" does not match its checksum; nothing "
                   "was changed",
                   self->where, name);
}

hone_status hn_sqlite_get_head(hn_sqlite *self, uint64_t id, hn_sqlite_head *head, hone_error *err)
{
    sqlite3_stmt *statement = NULL;
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_STUDY_HEAD, &statement, err));
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)id);
    hone_status status = HONE_OK;
    int code = id <= HN_SQLITE_MAX_STUDY ? sqlite3_step(statement) : SQLITE_DONE;
    if (code == SQLITE_ROW)
        status = take_head(self, statement, 0, id, head, err);
    else if (code == SQLITE_DONE)
        status = hn_fail(err, HONE_ENOTFOUND,
                         "the study with the id %llu is no longer in %s: somebody has deleted it",
                         (unsigned long long)id, self->where);
    else
        status = hn_sqlite_fail(self, code, "read", err);
    (void)sqlite3_reset(statement);
    return status;
}

hone_status hn_sqlite_set_head(hn_sqlite *self, hn_sqlite_head *head, hone_error *err)
{
    sqlite3_stmt *statement = NULL;
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_STUDY_SET, &statement, err));
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)head->id);
    (void)sqlite3_bind_int64(statement, 2, (sqlite3_int64)head->n_records);
    (void)sqlite3_bind_int64(statement, 3, (sqlite3_int64)head->n_bytes);
    (void)sqlite3_bind_int64(statement, 4, (sqlite3_int64)head->changed_us);
    (void)sqlite3_bind_int64(statement, 5, (sqlite3_int64)head_crc(self, head));
    head->kept_records = head->n_records;
    head->kept_bytes = head->n_bytes;
    return hn_sqlite_run(self, statement, "append to", err);
}

hone_status hn_sqlite_count(void *user, uint64_t id, uint64_t *n_records, hone_error *err)
{
    hn_sqlite *self = user;
    hn_sqlite_head head;
    bool begun = false;
    HN_TRY(hn_sqlite_ready(self, err));
    HN_TRY(hn_sqlite_begin_reading(self, &begun, err));
    hone_status status = hn_sqlite_get_end(self, id, &head, err);
    if (status == HONE_OK)
        *n_records = head.n_records;
    status = hn_sqlite_end_reading(self, begun, status);
    return hn_sqlite_judge(self, status, err);
}

static hone_status visit_row(hn_sqlite *self, sqlite3_stmt *row, hn_list_fn visit, void *user,
                             hone_error *err)
{
    hn_sqlite_head head;
    uint64_t id = (uint64_t)sqlite3_column_int64(row, 0);
    const char *name = (const char *)sqlite3_column_text(row, 1);
    if (!name)
        return hn_fail_memory(err);
    HN_TRY(take_head(self, row, 2, id, &head, err));
    HN_TRY(hn_sqlite_catch_up(self, &head, err));
    hn_journal_info info = {.id = id,
                            .name = name,
                            .n_records = head.n_records,
                            .n_bytes = head.n_bytes,
                            .created_us = head.created_us,
                            .changed_us = head.changed_us};
    return visit(user, &info, err);
}

// The statement is its own each time, so that `visit` may list, too.
static hone_status list(hn_sqlite *self, hn_list_fn visit, void *user, hone_error *err)
{
    static const char sql[] = "SELECT id, name, created_us, n_records, n_bytes, changed_us, crc "
                              "FROM study ORDER BY id";
    sqlite3_stmt *row = NULL;
    hone_status status = HONE_OK;
    int code = sqlite3_prepare_v2(self->db, sql, -1, &row, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(row);
    self->n_visiting++;
    while (code == SQLITE_ROW && status == HONE_OK) {
        status = visit_row(self, row, visit, user, err);
        if (status == HONE_OK)
            code = sqlite3_step(row);
    }
    self->n_visiting--;
    if (status == HONE_OK && code != SQLITE_DONE)
        status = hn_sqlite_fail(self, code, "read", err);
    (void)sqlite3_finalize(row);
    return status;
}

hone_status hn_sqlite_list(void *user, hn_list_fn visit, void *visit_user, hone_error *err)
{
    hn_sqlite *self = user;
    HN_TRY(hn_sqlite_ready(self, err));
    return hn_sqlite_judge(self, list(self, visit, visit_user, err), err);
}

static hone_status set_name(hn_sqlite *self, uint64_t id, const char *name, const char *doing,
                            hone_error *err)
{
    sqlite3_stmt *statement = NULL;
    hn_sqlite_head head;
    HN_TRY(hn_sqlite_get_head(self, id, &head, err));
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_STUDY_RENAME, &statement, err));
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)id);
    HN_TRY(bind_text(self, statement, 2, name, err));
    return run_named(self, statement, name, doing, err);
}

hone_status hn_sqlite_rename(void *user, uint64_t id, const char *name, hone_error *err)
{
    static const char doing[] = "rename a study in";
    hn_sqlite *self = user;
    HN_TRY(hn_sqlite_begin(self, false, doing, err));
    return hn_sqlite_end(self, set_name(self, id, name, doing, err), doing, err);
}

static hone_status remove_rows(hn_sqlite *self, uint64_t id, const char *doing, hone_error *err)
{
    sqlite3_stmt *study = NULL, *journal = NULL, *snapshot = NULL;
    hn_sqlite_head head;
    hone_status status = hn_sqlite_get_head(self, id, &head, err);
    if (status != HONE_OK && status != HONE_ECORRUPT)
        return status;
    hn_error_clear(err); // to be rid of a damaged study is possible
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_STUDY_REMOVE, &study, err));
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_JOURNAL_REMOVE, &journal, err));
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_SNAPSHOT_REMOVE, &snapshot, err));
    (void)sqlite3_bind_int64(study, 1, (sqlite3_int64)id);
    (void)sqlite3_bind_int64(snapshot, 1, (sqlite3_int64)id);
    hn_sqlite_bind_range(journal, id);
    HN_TRY(hn_sqlite_run(self, journal, doing, err));
    HN_TRY(hn_sqlite_run(self, snapshot, doing, err));
    return hn_sqlite_run(self, study, doing, err);
}

hone_status hn_sqlite_remove(void *user, uint64_t id, hone_error *err)
{
    static const char doing[] = "remove a study from";
    hn_sqlite *self = user;
    HN_TRY(hn_sqlite_begin(self, false, doing, err));
    return hn_sqlite_end(self, remove_rows(self, id, doing, err), doing, err);
}
