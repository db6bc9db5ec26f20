// Optuna's journal storage: a file with a JSON object a line, each an operation on studies or
// trials, replayed in order as Optuna does it. Studies and trials are numbered in order of their
// creation, over the whole file; operations on what is deleted, unknown or finished mean nothing.
//
// A last line without its end is being written and not read. Python writes NaN and Infinity as bare
// words, which JSON has not: they become the texts "nan", "inf" and "-inf" before a line is parsed.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "exchange/optuna.h"

enum {
    CREATE_STUDY = 0,
    DELETE_STUDY = 1,
    SET_STUDY_USER_ATTR = 2,
    SET_STUDY_SYSTEM_ATTR = 3,
    CREATE_TRIAL = 4,
    SET_TRIAL_PARAM = 5,
    SET_TRIAL_STATE_VALUES = 6,
    SET_TRIAL_INTERMEDIATE_VALUE = 7,
    SET_TRIAL_USER_ATTR = 8,
    SET_TRIAL_SYSTEM_ATTR = 9
};

#define NOBODY UINT32_MAX

typedef struct study_row {
    const char *name;
    bool deleted;
} study_row;

typedef struct replay {
    const char *path;
    hn_optuna_study *out;
    const char *wanted;
    HN_VEC(study_row) studies;
    HN_VEC(uint32_t) trials; // by id: index into out->trials, NOBODY when of another study
    int64_t chosen;          // study, -1: not met yet
    hn_str text;             // scratch
    uint64_t line;
} replay;

static hone_status fail_line(const replay *r, const char *what, hone_error *err)
{
    return hn_fail(err, HONE_ECORRUPT, "%s, line %llu: %s", r->path, (unsigned long long)r->line,
                   what);
}

// --- lines ---

static hone_status parse_line(replay *r, const char *line, size_t n, json_t **out, hone_error *err)
{
    // Far most lines have no such word.
    if (memmem(line, n, "NaN", 3) || memmem(line, n, "Infinity", 8)) {
        hn_str_clear(&r->text);
        hn_json_quote_words(line, n, &r->text);
        if (hn_str_failed(&r->text))
            return hn_fail_memory(err);
        line = r->text.data;
        n = r->text.n;
    }
    *out = json_loadb(line, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!json_is_object(*out))
        return fail_line(r, "not a JSON object: this is no journal of Optuna", err);
    return HONE_OK;
}

static int64_t integer(const json_t *op, const char *key)
{
    const json_t *value = json_object_get(op, key);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

// --- studies ---

// An operation on the study that is wanted?
static bool of_study(const replay *r, const json_t *op)
{
    return r->chosen >= 0 && integer(op, "study_id") == r->chosen;
}

static hone_status create_study(replay *r, const json_t *op, hone_error *err)
{
    const char *name = json_string_value(json_object_get(op, "study_name"));
    const json_t *directions = json_object_get(op, "directions"), *direction;
    size_t i;
    if (!name)
        return fail_line(r, "a study without a name", err);
    for (i = 0; i < r->studies.n; i++)
        if (!r->studies.data[i].deleted && strcmp(r->studies.data[i].name, name) == 0)
            return HONE_OK; // two processes created it: the first counts
    study_row row = {hn_arena_strdup(&r->out->arena, name), false};
    if (!row.name || !hn_vec_push(&r->studies, row))
        return hn_fail_memory(err);
    if (r->wanted ? strcmp(r->wanted, name) != 0 : r->chosen >= 0)
        return HONE_OK;
    r->chosen = (int64_t)r->studies.n - 1;
    r->out->name = row.name;
    r->out->maximize.n = 0;
    json_array_foreach((json_t *)directions, i, direction)
    {
        if (!hn_vec_push(&r->out->maximize, json_integer_value(direction) == 2))
            return hn_fail_memory(err);
    }
    // Without any it has one objective, to be minimized: Optuna's own default.
    bool none = r->out->maximize.n == 0;
    return none && !hn_vec_push(&r->out->maximize, false) ? hn_fail_memory(err) : HONE_OK;
}

static void forget(replay *r)
{
    hn_optuna_study *study = r->out;
    for (size_t i = 0; i < r->trials.n; i++)
        r->trials.data[i] = NOBODY;
    for (size_t i = 0; i < study->trials.n; i++) {
        hn_vec_free(&study->trials.data[i].params);
        hn_vec_free(&study->trials.data[i].reports);
        hn_vec_free(&study->trials.data[i].values);
        hn_vec_free(&study->trials.data[i].attrs);
    }
    study->trials.n = study->attrs.n = 0;
    r->chosen = -1;
}

static hone_status delete_study(replay *r, const json_t *op)
{
    int64_t id = integer(op, "study_id");
    if (id >= 0 && (size_t)id < r->studies.n)
        r->studies.data[id].deleted = true;
    if (of_study(r, op))
        forget(r);
    return HONE_OK;
}

static const char *dump(replay *r, const json_t *value)
{
    hn_str_clear(&r->text);
    hn_json_write(value, 0, &r->text);
    return hn_str_failed(&r->text) ? NULL : hn_str_text(&r->text);
}

static hone_status set_study_attrs(replay *r, json_t *attrs, bool system, hone_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(attrs, key, value)
    {
        const char *json = dump(r, value);
        if (!json || !hn_optuna_set_attr(r->out, key, json, system))
            return hn_fail_memory(err);
    }
    return HONE_OK;
}

// --- trials ---

static hone_status set_trial_attrs(replay *r, hn_optuna_trial *trial, json_t *attrs, bool system,
                                   hone_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(attrs, key, value)
    {
        const char *json = dump(r, value);
        if (!json || !hn_optuna_set_trial_attr(r->out, trial, key, json, system))
            return hn_fail_memory(err);
    }
    return HONE_OK;
}

static hone_status set_values(replay *r, hn_optuna_trial *trial, const json_t *op, hone_error *err)
{
    json_t *values = json_object_get(op, "values"), *one = json_object_get(op, "value"), *value;
    double number;
    size_t i;
    if (json_is_array(values)) {
        json_array_foreach(values, i, value)
        {
            if (!hn_json_double(value, &number))
                return fail_line(r, "a value that is no number", err);
            if (!hn_optuna_set_value(trial, (uint32_t)i, number))
                return hn_fail_memory(err);
        }
    } else if (one && hn_json_double(one, &number) && !hn_optuna_set_value(trial, 0, number)) {
        return hn_fail_memory(err);
    }
    return HONE_OK;
}

static hone_status set_state(replay *r, hn_optuna_trial *trial, const json_t *op, hone_error *err)
{
    int64_t state = integer(op, "state");
    const char *start = json_string_value(json_object_get(op, "datetime_start"));
    const char *end = json_string_value(json_object_get(op, "datetime_complete"));
    if (state < HN_OPTUNA_RUNNING || state > HN_OPTUNA_WAITING)
        return fail_line(r, "a state that is none", err);
    trial->state = (hn_optuna_state)state;
    if (start)
        trial->start_us = hn_optuna_time(start, true);
    if (end)
        trial->end_us = hn_optuna_time(end, true);
    return set_values(r, trial, op, err);
}

static hone_status set_param(replay *r, hn_optuna_trial *trial, const char *name,
                             const json_t *distribution, const json_t *value, hone_error *err)
{
    double internal;
    const char *text = json_string_value(distribution);
    if (!name || !text || !value || !hn_json_double(value, &internal))
        return fail_line(r, "a parameter without name, value or distribution", err);
    return hn_optuna_set_param(r->out, trial, name, text, internal) ? HONE_OK : hn_fail_memory(err);
}

static hone_status set_report(replay *r, hn_optuna_trial *trial, int64_t step, const json_t *value,
                              hone_error *err)
{
    double number;
    if (!value || !hn_json_double(value, &number))
        return fail_line(r, "an intermediate value that is no number", err);
    return hn_optuna_set_report(trial, step, number) ? HONE_OK : hn_fail_memory(err);
}

// A trial may come whole, from add_trial.
static hone_status fill_trial(replay *r, hn_optuna_trial *trial, const json_t *op, hone_error *err)
{
    json_t *params = json_object_get(op, "params"), *value;
    json_t *distributions = json_object_get(op, "distributions");
    const char *key;
    trial->start_us =
        hn_optuna_time(json_string_value(json_object_get(op, "datetime_start")), true);
    if (json_object_get(op, "state"))
        HN_TRY(set_state(r, trial, op, err));
    json_object_foreach(params, key, value)
        HN_TRY(set_param(r, trial, key, json_object_get(distributions, key), value, err));
    json_object_foreach(json_object_get(op, "intermediate_values"), key, value)
        HN_TRY(set_report(r, trial, strtoll(key, NULL, 10), value, err));
    HN_TRY(set_trial_attrs(r, trial, json_object_get(op, "user_attrs"), false, err));
    return set_trial_attrs(r, trial, json_object_get(op, "system_attrs"), true, err);
}

static hone_status create_trial(replay *r, const json_t *op, hone_error *err)
{
    int64_t study = integer(op, "study_id");
    if (study < 0 || (size_t)study >= r->studies.n || r->studies.data[study].deleted)
        return HONE_OK;
    uint32_t index = of_study(r, op) ? (uint32_t)r->out->trials.n : NOBODY;
    int64_t id = (int64_t)r->trials.n;
    if (!hn_vec_push(&r->trials, index))
        return hn_fail_memory(err);
    if (index == NOBODY)
        return HONE_OK;
    hn_optuna_trial *trial = hn_optuna_add_trial(r->out, id);
    return trial ? fill_trial(r, trial, op, err) : hn_fail_memory(err);
}

static hone_status on_trial(replay *r, int64_t code, const json_t *op, hone_error *err)
{
    int64_t id = integer(op, "trial_id");
    if (id < 0 || (size_t)id >= r->trials.n || r->trials.data[id] == NOBODY)
        return HONE_OK;
    hn_optuna_trial *trial = &r->out->trials.data[r->trials.data[id]];
    if (trial->state != HN_OPTUNA_RUNNING && trial->state != HN_OPTUNA_WAITING)
        return HONE_OK;
    switch (code) {
    case SET_TRIAL_PARAM:
        return set_param(r, trial, json_string_value(json_object_get(op, "param_name")),
                         json_object_get(op, "distribution"),
                         json_object_get(op, "param_value_internal"), err);
    case SET_TRIAL_STATE_VALUES:
        return set_state(r, trial, op, err);
    case SET_TRIAL_INTERMEDIATE_VALUE:
        return set_report(r, trial, integer(op, "step"), json_object_get(op, "intermediate_value"),
                          err);
    case SET_TRIAL_USER_ATTR:
        return set_trial_attrs(r, trial, json_object_get(op, "user_attr"), false, err);
    default:
        return set_trial_attrs(r, trial, json_object_get(op, "system_attr"), true, err);
    }
}

static hone_status apply(replay *r, const json_t *op, hone_error *err)
{
    int64_t code = integer(op, "op_code");
    switch (code) {
    case CREATE_STUDY:
        return create_study(r, op, err);
    case DELETE_STUDY:
        return delete_study(r, op);
    case SET_STUDY_USER_ATTR:
        return of_study(r, op) ? set_study_attrs(r, json_object_get(op, "user_attr"), false, err)
                               : HONE_OK;
    case SET_STUDY_SYSTEM_ATTR:
        return of_study(r, op) ? set_study_attrs(r, json_object_get(op, "system_attr"), true, err)
                               : HONE_OK;
    case CREATE_TRIAL:
        return create_trial(r, op, err);
    case SET_TRIAL_PARAM:
    case SET_TRIAL_STATE_VALUES:
    case SET_TRIAL_INTERMEDIATE_VALUE:
    case SET_TRIAL_USER_ATTR:
    case SET_TRIAL_SYSTEM_ATTR:
        return on_trial(r, code, op, err);
    default:
        return code < 0 ? fail_line(r, "no op_code: this is no journal of Optuna", err) : HONE_OK;
    }
}

// --- the file ---

// The next whole line, zero bytes and all; false at the end of the file.
static bool next_line(FILE *file, hn_str *line)
{
    char part[4096];
    size_t n = 0;
    int c;
    hn_str_clear(line);
    while ((c = getc_unlocked(file)) != EOF) {
        part[n++] = (char)c;
        if (n < sizeof part && c != '\n')
            continue;
        hn_str_add_n(line, part, n);
        n = 0;
        if (c == '\n' || hn_str_failed(line))
            return true;
    }
    return false;
}

static hone_status each_line(replay *r, FILE *file, hone_error *err)
{
    hn_str line = HN_STR_INIT;
    hone_status status = HONE_OK;
    while (status == HONE_OK && next_line(file, &line)) {
        json_t *op = NULL;
        r->line++;
        status =
            hn_str_failed(&line) ? hn_fail_memory(err) : parse_line(r, line.data, line.n, &op, err);
        if (status == HONE_OK)
            status = apply(r, op, err);
        json_decref(op);
    }
    if (status == HONE_OK && ferror(file))
        status = hn_fail_errno(err, errno, "cannot read %s", r->path);
    hn_str_free(&line);
    return status;
}

static hone_status check_chosen(const replay *r, hone_error *err)
{
    HN_VEC(const char *) names = {0};
    hone_status status = HONE_OK;
    for (size_t i = 0; i < r->studies.n; i++)
        if (!r->studies.data[i].deleted && !hn_vec_push(&names, r->studies.data[i].name))
            status = hn_fail_memory(err);
    if (status == HONE_OK && (r->chosen < 0 || (!r->wanted && names.n > 1)))
        status = hn_optuna_no_study(r->path, r->wanted, names.data, names.n, err);
    hn_vec_free(&names);
    return status;
}

hone_status hn_optuna_read_journal(const char *path, const char *name, hn_optuna_study *out,
                                   hone_error *err)
{
    replay r = {.path = path, .out = out, .wanted = name, .chosen = -1};
    FILE *file = fopen(path, "re");
    if (!file)
        return hn_fail_errno(err, errno, "cannot read %s", path);
    hone_status status = each_line(&r, file, err);
    fclose(file);
    if (status == HONE_OK)
        status = check_chosen(&r, err);
    hn_vec_free(&r.studies);
    hn_vec_free(&r.trials);
    hn_str_free(&r.text);
    return status;
}
