// The list of studies: names, ids, sizes. Ids are never used again (AUTOINCREMENT), so a worker
// that still holds the id of a removed study gets HONE_ENOTFOUND instead of another study's
// journal.
#include "storages/sqlite_db.h"

#include <stdio.h>
#include <string.h>

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

hone_status hn_sqlite_create(void *user, const char *name, uint64_t now_us, uint64_t *id,
                             hone_error *err)
{
    static const char doing[] = "create a study in";
    hn_sqlite *self = user;
    sqlite3_stmt *add = NULL;
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_STUDY_ADD, &add, err));
    HN_TRY(bind_text(self, add, 1, name, err));
    (void)sqlite3_bind_int64(add, 2, (sqlite3_int64)now_us);
    HN_TRY(hn_sqlite_begin(self, doing, err));
    hone_status status = run_named(self, add, name, doing, err);
    uint64_t made = (uint64_t)sqlite3_last_insert_rowid(self->db);
    if (status == HONE_OK && made > HN_SQLITE_MAX_STUDY)
        status = hn_fail(err, HONE_EUNSUPPORTED,
                         "%s has had %llu studies, more than one file can: use another",
                         self->where, (unsigned long long)HN_SQLITE_MAX_STUDY);
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

hone_status hn_sqlite_check_study(hn_sqlite *self, uint64_t id, char *name, size_t size,
                                  hone_error *err)
{
    sqlite3_stmt *statement = NULL;
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_STUDY_NAME, &statement, err));
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)id);
    hone_status status = HONE_OK;
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW && name) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        (void)snprintf(name, size, "%s", text ? text : "?");
    } else if (code == SQLITE_DONE) {
        status = hn_fail(err, HONE_ENOTFOUND, "there is no study with the id %llu in %s",
                         (unsigned long long)id, self->where);
    } else if (code != SQLITE_ROW) {
        status = hn_sqlite_fail(self, code, "read", err);
    }
    (void)sqlite3_reset(statement);
    return status;
}

static hone_status visit_row(hn_sqlite *self, sqlite3_stmt *row, hn_list_fn visit, void *user,
                             hone_error *err)
{
    hn_sqlite_tail tail;
    const char *name = (const char *)sqlite3_column_text(row, 1);
    hn_journal_info info = {.id = (uint64_t)sqlite3_column_int64(row, 0),
                            .name = name,
                            .created_us = (uint64_t)sqlite3_column_int64(row, 2)};
    if (!name)
        return hn_fail_memory(err);
    HN_TRY(hn_sqlite_get_tail(self, info.id, &tail, err));
    info.n_records = tail.n_records;
    info.n_bytes = tail.n_bytes;
    info.changed_us = tail.n_records ? tail.at_us : info.created_us;
    return visit(user, &info, err);
}

// Everything is of one state: the inner statements share the outer one's read transaction. The
// list has a statement of its own, so that `visit` may list, too.
static hone_status list(hn_sqlite *self, hn_list_fn visit, void *user, hone_error *err)
{
    sqlite3_stmt *row = NULL;
    hone_status status = HONE_OK;
    int code = sqlite3_prepare_v2(self->db, "SELECT id, name, created_us FROM study ORDER BY id",
                                  -1, &row, NULL);
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

hone_status hn_sqlite_rename(void *user, uint64_t id, const char *name, hone_error *err)
{
    static const char doing[] = "rename a study in";
    hn_sqlite *self = user;
    sqlite3_stmt *statement = NULL;
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_STUDY_RENAME, &statement, err));
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)id);
    HN_TRY(bind_text(self, statement, 2, name, err));
    HN_TRY(hn_sqlite_begin(self, doing, err));
    hone_status status = hn_sqlite_check_study(self, id, NULL, 0, err);
    if (status == HONE_OK)
        status = run_named(self, statement, name, doing, err);
    return hn_sqlite_end(self, status, doing, err);
}

hone_status hn_sqlite_remove(void *user, uint64_t id, hone_error *err)
{
    static const char doing[] = "remove a study from";
    hn_sqlite *self = user;
    sqlite3_stmt *study = NULL, *journal = NULL, *snapshot = NULL;
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_STUDY_REMOVE, &study, err));
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_JOURNAL_REMOVE, &journal, err));
    HN_TRY(hn_sqlite_prepare(self, HN_SQLITE_SNAPSHOT_REMOVE, &snapshot, err));
    HN_TRY(hn_sqlite_begin(self, doing, err));
    hone_status status = hn_sqlite_check_study(self, id, NULL, 0, err);
    if (status != HONE_OK)
        goto out;
    (void)sqlite3_bind_int64(study, 1, (sqlite3_int64)id);
    (void)sqlite3_bind_int64(snapshot, 1, (sqlite3_int64)id);
    hn_sqlite_bind_range(journal, id);
    HN_TRY_OUT(hn_sqlite_run(self, journal, doing, err));
    HN_TRY_OUT(hn_sqlite_run(self, snapshot, doing, err));
    HN_TRY_OUT(hn_sqlite_run(self, study, doing, err));
out:
    return hn_sqlite_end(self, status, doing, err);
}
