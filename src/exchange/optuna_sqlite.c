// Optuna's SQLite storage (schema of its versions 2.4 and later), read in one transaction.
//
// 1. Its tables trials, trial_params, trial_values, trial_intermediate_values,
// trial_user_attributes
//    and trial_system_attributes are each visited once, ordered by trial, so that the cost grows
//    with the rows alone.
// 2. Non-finite values: since schema 3.0 a column value_type says INF_POS, INF_NEG or NAN, before
//    that a value was a number or NULL for NaN.
// 3. Times without a zone are UTC since library version 5, local time before.

#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/optuna.h"

typedef struct id_row {
    int64_t id;
    size_t index; // into the trials
} id_row;

typedef struct reading {
    sqlite3 *db;
    const char *path;
    hn_optuna_study *out;
    int64_t study_id;
    bool utc;             // times are
    size_t cursor;        // trial that the last row belonged to
    HN_VEC(id_row) by_id; // by rising id
} reading;

// What a row means; `trial` is NULL for rows of the study itself.
typedef bool (*row_fn)(reading *r, hn_optuna_trial *trial, sqlite3_stmt *row);

static hone_status fail_sqlite(reading *r, hone_error *err)
{
    return hn_fail(err, sqlite3_errcode(r->db) == SQLITE_NOMEM ? HONE_ENOMEM : HONE_ECORRUPT,
                   "cannot read %s: %s", r->path, sqlite3_errmsg(r->db));
}

static hone_status prepare(reading *r, const char *sql, sqlite3_stmt **out, hone_error *err)
{
    if (sqlite3_prepare_v2(r->db, sql, -1, out, NULL) != SQLITE_OK)
        return fail_sqlite(r, err);
    if (sqlite3_bind_parameter_count(*out) > 0)
        sqlite3_bind_int64(*out, 1, r->study_id);
    return HONE_OK;
}

static bool has_column(reading *r, const char *table, const char *column)
{
    return sqlite3_table_column_metadata(r->db, NULL, table, column, NULL, NULL, NULL, NULL,
                                         NULL) == SQLITE_OK;
}

static const char *text_at(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text ? text : "";
}

// The trial with the id in column 0; rows come by rising id, so that the next is nearly always the
// same or the following one.
static hn_optuna_trial *trial_of(reading *r, int64_t id)
{
    while (r->cursor < r->by_id.n && r->by_id.data[r->cursor].id < id)
        r->cursor++;
    if (r->cursor == r->by_id.n || r->by_id.data[r->cursor].id != id)
        return NULL;
    return &r->out->trials.data[r->by_id.data[r->cursor].index];
}

// Visits the rows of a query whose first column is the trial's id.
static hone_status each_row(reading *r, const char *sql, row_fn visit, hone_error *err)
{
    sqlite3_stmt *row = NULL;
    hone_status status = prepare(r, sql, &row, err);
    int code = SQLITE_DONE;
    r->cursor = 0;
    while (status == HONE_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        hn_optuna_trial *trial = trial_of(r, sqlite3_column_int64(row, 0));
        if (trial && !visit(r, trial, row))
            status = hn_fail_memory(err);
    }
    if (status == HONE_OK && code != SQLITE_DONE)
        status = fail_sqlite(r, err);
    sqlite3_finalize(row);
    return status;
}

// --- which study ---

static hone_status check_tables(reading *r, hone_error *err)
{
    if (!has_column(r, "studies", "study_name"))
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "%s is an SQLite database, but not one of Optuna: it has no studies",
                       r->path);
    if (!has_column(r, "trial_values", "objective") ||
        !has_column(r, "study_directions", "objective"))
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "%s was written by a very old Optuna: `optuna storage upgrade` of any "
                       "version from 2.4 on brings it up to date",
                       r->path);
    return HONE_OK;
}

static hone_status choose_study(reading *r, const char *wanted, hone_error *err)
{
    sqlite3_stmt *row = NULL;
    HN_VEC(const char *) names = {0};
    bool found = false;
    hone_status status =
        prepare(r, "SELECT study_id, study_name FROM studies ORDER BY study_id", &row, err);
    int code = SQLITE_DONE;
    while (status == HONE_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        const char *name = hn_arena_strdup(&r->out->arena, text_at(row, 1));
        if (!name || !hn_vec_push(&names, name)) {
            status = hn_fail_memory(err);
        } else if (!wanted || strcmp(wanted, name) == 0) {
            found = true;
            r->study_id = sqlite3_column_int64(row, 0);
            r->out->name = name;
        }
    }
    if (status == HONE_OK && code != SQLITE_DONE)
        status = fail_sqlite(r, err);
    if (status == HONE_OK && (!found || (!wanted && names.n > 1)))
        status = hn_optuna_no_study(r->path, wanted, names.data, names.n, err);
    sqlite3_finalize(row);
    hn_vec_free(&names);
    return status;
}

static hone_status read_directions(reading *r, hone_error *err)
{
    sqlite3_stmt *row = NULL;
    hone_status status =
        prepare(r, "SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective",
                &row, err);
    while (status == HONE_OK && sqlite3_step(row) == SQLITE_ROW)
        if (!hn_vec_push(&r->out->maximize, strcmp(text_at(row, 0), "MAXIMIZE") == 0))
            status = hn_fail_memory(err);
    if (status == HONE_OK && r->out->maximize.n == 0 && !hn_vec_push(&r->out->maximize, false))
        status = hn_fail_memory(err);
    sqlite3_finalize(row);
    return status;
}

static void read_version(reading *r)
{
    sqlite3_stmt *row = NULL;
    r->utc = true;
    if (prepare(r, "SELECT library_version FROM version_info", &row, NULL) == HONE_OK &&
        sqlite3_step(row) == SQLITE_ROW)
        r->utc = atoi(text_at(row, 0)) >= 5;
    sqlite3_finalize(row);
}

static hone_status read_attrs(reading *r, const char *sql, bool system, hone_error *err)
{
    sqlite3_stmt *row = NULL;
    hone_status status = prepare(r, sql, &row, err);
    while (status == HONE_OK && sqlite3_step(row) == SQLITE_ROW)
        if (!hn_optuna_set_attr(r->out, text_at(row, 0), text_at(row, 1), system))
            status = hn_fail_memory(err);
    sqlite3_finalize(row);
    return status;
}

// --- trials ---

static bool state_of(const char *name, hn_optuna_state *out)
{
    static const char *const names[] = {"RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (hn_optuna_state)i;
            return true;
        }
    }
    return false;
}

static hone_status read_trial(reading *r, sqlite3_stmt *row, hone_error *err)
{
    hn_optuna_trial *trial = hn_optuna_add_trial(r->out, sqlite3_column_int64(row, 0));
    if (!trial)
        return hn_fail_memory(err);
    if (!state_of(text_at(row, 1), &trial->state))
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "%s: trial %u has the state \"%.40s\", which is none", r->path,
                       trial->number, text_at(row, 1));
    trial->start_us = hn_optuna_time(text_at(row, 2), r->utc);
    trial->end_us = hn_optuna_time(text_at(row, 3), r->utc);
    return HONE_OK;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = ((const id_row *)a)->id, y = ((const id_row *)b)->id;
    return (x > y) - (x < y);
}

static hone_status read_trials(reading *r, hone_error *err)
{
    sqlite3_stmt *row = NULL;
    hone_status status = prepare(r,
                                 "SELECT trial_id, state, datetime_start, datetime_complete "
                                 "FROM trials WHERE study_id = ? ORDER BY number, trial_id",
                                 &row, err);
    int code = SQLITE_DONE;
    while (status == HONE_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        id_row at = {sqlite3_column_int64(row, 0), r->out->trials.n};
        status = hn_vec_push(&r->by_id, at) ? read_trial(r, row, err) : hn_fail_memory(err);
    }
    if (status == HONE_OK && code != SQLITE_DONE)
        status = fail_sqlite(r, err);
    sqlite3_finalize(row);
    if (r->by_id.n > 0)
        qsort(r->by_id.data, r->by_id.n, sizeof *r->by_id.data, compare_ids);
    return status;
}

// A number as its columns (value, type) have it.
static double number_at(sqlite3_stmt *row, int column)
{
    const char *type = text_at(row, column + 1);
    if (strcmp(type, "INF_POS") == 0)
        return INFINITY;
    if (strcmp(type, "INF_NEG") == 0)
        return -INFINITY;
    if (sqlite3_column_type(row, column) == SQLITE_NULL)
        return NAN;
    return sqlite3_column_double(row, column);
}

static bool on_param(reading *r, hn_optuna_trial *trial, sqlite3_stmt *row)
{
    return hn_optuna_set_param(r->out, trial, text_at(row, 1), text_at(row, 3),
                               sqlite3_column_double(row, 2));
}

static bool on_value(reading *r, hn_optuna_trial *trial, sqlite3_stmt *row)
{
    int64_t objective = sqlite3_column_int64(row, 1);
    if (objective < 0 || (size_t)objective >= r->out->maximize.n)
        return true;
    return hn_optuna_set_value(trial, (uint32_t)objective, number_at(row, 2));
}

static bool on_report(reading *r, hn_optuna_trial *trial, sqlite3_stmt *row)
{
    (void)r;
    return hn_optuna_set_report(trial, sqlite3_column_int64(row, 1), number_at(row, 2));
}

static bool on_user_attr(reading *r, hn_optuna_trial *trial, sqlite3_stmt *row)
{
    return hn_optuna_set_trial_attr(r->out, trial, text_at(row, 1), text_at(row, 2), false);
}

static bool on_system_attr(reading *r, hn_optuna_trial *trial, sqlite3_stmt *row)
{
    return hn_optuna_set_trial_attr(r->out, trial, text_at(row, 1), text_at(row, 2), true);
}

// What belongs to trials. Schemas before 3.0 have no column that says what a NULL means.
static hone_status read_rows(reading *r, hone_error *err)
{
    static const struct {
        const char *columns, *type, *table, *order;
        row_fn visit;
    } queries[] = {
        {"param_name, param_value, distribution_json", NULL, "trial_params", "param_id", on_param},
        {"objective, value", "value_type", "trial_values", "objective", on_value},
        {"step, intermediate_value", "intermediate_value_type", "trial_intermediate_values", "step",
         on_report},
        {"key, value_json", NULL, "trial_user_attributes", "1", on_user_attr},
        {"key, value_json", NULL, "trial_system_attributes", "1", on_system_attr},
    };
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        const char *type = queries[i].type;
        if (type && !has_column(r, queries[i].table, type))
            type = "'FINITE'";
        char *sql =
            sqlite3_mprintf("SELECT trial_id, %s%s%s FROM %s WHERE trial_id IN (SELECT "
                            "trial_id FROM trials WHERE study_id = ?) ORDER BY trial_id, %s",
                            queries[i].columns, type ? ", " : "", type ? type : "",
                            queries[i].table, queries[i].order);
        hone_status status = sql ? each_row(r, sql, queries[i].visit, err) : hn_fail_memory(err);
        sqlite3_free(sql);
        HN_TRY(status);
    }
    return HONE_OK;
}

static hone_status read_all(reading *r, const char *wanted, hone_error *err)
{
    // One transaction, so that what a running study writes meanwhile is seen whole or not at all.
    if (sqlite3_exec(r->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return fail_sqlite(r, err);
    HN_TRY(check_tables(r, err));
    HN_TRY(choose_study(r, wanted, err));
    read_version(r);
    HN_TRY(read_directions(r, err));
    HN_TRY(read_attrs(r, "SELECT key, value_json FROM study_user_attributes WHERE study_id = ?",
                      false, err));
    HN_TRY(read_attrs(r, "SELECT key, value_json FROM study_system_attributes WHERE study_id = ?",
                      true, err));
    HN_TRY(read_trials(r, err));
    return read_rows(r, err);
}

hone_status hn_optuna_read_sqlite(const char *path, const char *name, hn_optuna_study *out,
                                  hone_error *err)
{
    reading r = {.path = path, .out = out};
    hone_status status;
    int code = sqlite3_open_v2(path, &r.db, SQLITE_OPEN_READONLY, NULL);
    if (code != SQLITE_OK) {
        status = hn_fail(err, HONE_EIO, "cannot open %s: %s", path,
                         r.db ? sqlite3_errmsg(r.db) : "out of memory");
    } else {
        sqlite3_busy_timeout(r.db, 30000);
        status = read_all(&r, name, err);
    }
    sqlite3_close(r.db);
    hn_vec_free(&r.by_id);
    return status;
}
