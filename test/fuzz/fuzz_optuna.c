// Fuzzes the readers of Optuna's files, src/exchange/optuna.c, src/exchange/optuna_journal.c,
// src/exchange/optuna_sqlite.c and src/exchange/optuna_space.c, and with a '!' in the first line
// src/exchange/import_optuna.c too: what is taken holds together, what is not is refused in a
// sentence.
//
// The first line says what follows, and after a blank the study that is wanted:
//     J   a journal
//     D   the bytes of a database
//     R   rows of a database, which is made of them: a letter for the table, then fields that are
//         separated by tabs. A digit behind the R leaves out columns or tables as old versions do.
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include <hone/exchange.h>

#include "base/str.h"
#include "exchange/optuna_space.h"
#include "fuzz.h"

enum { MAX_FIELDS = 6, MAX_INPUT = 1 << 16 };

// --- a database of rows ---

static const struct {
    char letter;
    const char *name, *columns;
} tables[] = {
    {'S', "studies", "study_id, study_name"},
    {'D', "study_directions", "direction, study_id, objective"},
    {'u', "study_user_attributes", "study_id, key, value_json"},
    {'y', "study_system_attributes", "study_id, key, value_json"},
    {'T', "trials", "trial_id, number, study_id, state, datetime_start, datetime_complete"},
    {'P', "trial_params", "trial_id, param_name, param_value, distribution_json, param_id"},
    {'V', "trial_values", "trial_id, objective, value, value_type"},
    {'I', "trial_intermediate_values",
     "trial_id, step, intermediate_value, intermediate_value_type"},
    {'U', "trial_user_attributes", "trial_id, key, value_json"},
    {'Y', "trial_system_attributes", "trial_id, key, value_json"},
    {'L', "version_info", "library_version"},
};
enum { N_TABLES = sizeof tables / sizeof *tables };

static void make_tables(sqlite3 *db, char variant)
{
    char sql[256];
    for (int i = 0; i < N_TABLES; i++) {
        const char *columns = tables[i].columns;
        if (variant == '1' && tables[i].letter == 'V')
            columns = "trial_id, objective, value";
        if (variant == '1' && tables[i].letter == 'I')
            columns = "trial_id, step, intermediate_value";
        if (variant == '2' && tables[i].letter == 'V')
            columns = "trial_id, value";
        if ((variant == '3' && tables[i].letter == 'S') ||
            (variant == '4' && tables[i].letter == 'P') ||
            (variant == '5' && tables[i].letter == 'T') ||
            (variant == '6' && tables[i].letter == 'y'))
            continue;
        snprintf(sql, sizeof sql, "CREATE TABLE %s (%s)", tables[i].name, columns);
        sqlite3_exec(db, sql, NULL, NULL, NULL);
    }
}

static void bind(sqlite3_stmt *row, int at, const char *text, size_t n)
{
    char copy[64];
    int64_t whole;
    double real;
    snprintf(copy, sizeof copy, "%.*s", (int)(n < 60 ? n : 60), text);
    if (n == 0)
        sqlite3_bind_null(row, at);
    else if (n < 60 && hn_parse_int(copy, &whole))
        sqlite3_bind_int64(row, at, whole);
    else if (n < 60 && hn_parse_double(copy, &real))
        sqlite3_bind_double(row, at, real);
    else
        sqlite3_bind_text(row, at, text, (int)n, SQLITE_TRANSIENT);
}

static void add_row(sqlite3 *db, const char *line, size_t n)
{
    int table = 0, fields = 0;
    char sql[128], marks[2 * MAX_FIELDS + 1] = "";
    sqlite3_stmt *row = NULL, *look = NULL;
    while (table < N_TABLES && tables[table].letter != line[0])
        table++;
    if (table == N_TABLES)
        return;
    snprintf(sql, sizeof sql, "SELECT * FROM %s", tables[table].name);
    if (sqlite3_prepare_v2(db, sql, -1, &look, NULL) == SQLITE_OK)
        fields = sqlite3_column_count(look);
    sqlite3_finalize(look);
    for (int i = 0; i < fields; i++)
        strcat(marks, i ? ",?" : "?");
    snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(%s)", tables[table].name, marks);
    if (fields == 0 || sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
        return;
    const char *at = line + 1, *end = line + n;
    for (int i = 1; i <= fields && at < end; i++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        bind(row, i, at, (size_t)((tab ? tab : end) - at));
        at = tab ? tab + 1 : end;
    }
    sqlite3_step(row);
    sqlite3_finalize(row);
}

static unsigned char *make_database(const char *rows, size_t size, char variant, size_t *n)
{
    sqlite3 *db = NULL;
    sqlite3_int64 length = 0;
    FUZZ_CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
    make_tables(db, variant);
    for (const char *end = rows + size; rows < end;) {
        const char *stop = memchr(rows, '\n', (size_t)(end - rows));
        size_t line = (size_t)((stop ? stop : end) - rows);
        if (line > 0)
            add_row(db, rows, line);
        rows += line + 1;
    }
    unsigned char *bytes = sqlite3_serialize(db, "main", &length, 0);
    sqlite3_close(db);
    *n = (size_t)length;
    return bytes;
}

// --- what must hold ---

static void check_refusal(hone_status status, const hone_error *err)
{
    FUZZ_CHECK(status != HONE_OK && err->text[0] && !strchr(err->text, '\n'));
}

static void check_trial(const hn_optuna_study *study, const hn_optuna_trial *trial)
{
    FUZZ_CHECK(trial->number == (uint32_t)(trial - study->trials.data));
    FUZZ_CHECK(trial->state >= HN_OPTUNA_RUNNING && trial->state <= HN_OPTUNA_WAITING);
    for (size_t i = 0; i < trial->params.n; i++) {
        FUZZ_CHECK(trial->params.data[i].param < study->names.n);
        FUZZ_CHECK(trial->params.data[i].distribution < study->distributions.n);
        for (size_t k = 0; k < i; k++)
            FUZZ_CHECK(trial->params.data[k].param != trial->params.data[i].param);
    }
    for (size_t i = 1; i < trial->reports.n; i++)
        FUZZ_CHECK(trial->reports.data[i - 1].step < trial->reports.data[i].step);
    for (size_t i = 0; i < trial->attrs.n; i++)
        FUZZ_CHECK(trial->attrs.data[i].key && trial->attrs.data[i].json);
}

static void hear(void *user, const char *text)
{
    FUZZ_CHECK(text && text[0]);
    ++*(int *)user;
}

static void check_space(const hn_optuna_study *study)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_optuna_space found = {0};
    hone_error err = HONE_ERROR_INIT;
    int n_notes = 0;
    hone_status status = hn_optuna_space_find(study, NULL, &arena, hear, &n_notes, &found, &err);
    if (status != HONE_OK)
        check_refusal(status, &err);
    for (size_t i = 0; status == HONE_OK && i < study->names.n; i++) {
        const hn_optuna_param *p = &found.params[i];
        FUZZ_CHECK(!p->param || hn_space_find(found.space, p->name) == p->param);
    }
    hone_space_destroy(found.space);
    hn_arena_free(&arena);
}

static void read_file(const char *path, const char *wanted)
{
    hn_optuna_study study;
    hone_error err = HONE_ERROR_INIT;
    hn_optuna_init(&study);
    hone_status status = hn_optuna_read(path, wanted, &study, &err);
    if (status != HONE_OK) {
        check_refusal(status, &err);
    } else {
        FUZZ_CHECK(study.name && (!wanted || strcmp(study.name, wanted) == 0));
        for (size_t i = 0; i < study.trials.n; i++)
            check_trial(&study, &study.trials.data[i]);
        check_space(&study);
    }
    hn_optuna_free(&study);
}

static void import_file(const char *path, const char *wanted, const char *to)
{
    hone_import_options options = HONE_IMPORT_OPTIONS_INIT;
    hone_error err = HONE_ERROR_INIT;
    char storage[128], *name = NULL;
    int n_notes = 0;
    snprintf(storage, sizeof storage, "sqlite:%s", to);
    options.source = path;
    options.source_study = wanted;
    options.storage = storage;
    options.note = hear;
    options.user = &n_notes;
    hone_status status = hone_import_optuna(&options, &name, &err);
    if (status != HONE_OK)
        check_refusal(status, &err);
    else
        FUZZ_CHECK(name && name[0]);
    // A second time the name is taken, unless an allocation has failed.
    if (status == HONE_OK && !fuzz_starved)
        FUZZ_CHECK(hone_import_optuna(&options, NULL, &err) == HONE_EEXISTS);
    hone_free(name);
}

static void write_file(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
}

static void remove_storage(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char name[128];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

void fuzz_one(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *stop = memchr(data, '\n', size);
    char head[64], path[64], to[72];
    if (!stop || stop - text < 1 || (size_t)(stop - text) >= sizeof head || size > MAX_INPUT)
        return;
    snprintf(head, sizeof head, "%.*s", (int)(stop - text), text);
    const char *body = stop + 1, *wanted = strchr(head, ' ');
    size_t n = size - (size_t)(body - text);
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : P_tmpdir;
    snprintf(path, sizeof path, "%s/hone-fuzz-%d", folder, (int)getpid());
    snprintf(to, sizeof to, "%s.db", path);
    if (head[0] == 'R') {
        unsigned char *bytes = make_database(body, n, head[1], &n);
        write_file(path, bytes, bytes ? n : 0);
        sqlite3_free(bytes);
    } else {
        write_file(path, body, n);
    }
    read_file(path, wanted ? wanted + 1 : NULL);
    if (memchr(head, '!', wanted ? (size_t)(wanted - head) : strlen(head))) {
        import_file(path, wanted ? wanted + 1 : NULL, to);
        remove_storage(to);
    }
    unlink(path);
}
