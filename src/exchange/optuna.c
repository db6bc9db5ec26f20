// The plain form of an Optuna study: filling it, and telling Optuna's two kinds of files apart.

#include "exchange/optuna.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/chars.h"
#include "base/str.h"

void hn_optuna_init(hn_optuna_study *study)
{
    memset(study, 0, sizeof *study);
}

void hn_optuna_free(hn_optuna_study *study)
{
    for (size_t i = 0; i < study->trials.n; i++) {
        hn_optuna_trial *trial = &study->trials.data[i];
        hn_vec_free(&trial->params);
        hn_vec_free(&trial->reports);
        hn_vec_free(&trial->values);
        hn_vec_free(&trial->attrs);
    }
    hn_vec_free(&study->maximize);
    hn_vec_free(&study->attrs);
    hn_vec_free(&study->trials);
    hn_vec_free(&study->names);
    hn_vec_free(&study->distributions);
    hn_map_free(&study->name_index);
    hn_map_free(&study->distribution_index);
    hn_arena_free(&study->arena);
    hn_optuna_init(study);
}

hn_optuna_trial *hn_optuna_add_trial(hn_optuna_study *study, int64_t id)
{
    hn_optuna_trial trial = {.id = id, .number = (uint32_t)study->trials.n};
    if (!hn_vec_push(&study->trials, trial))
        return NULL;
    return &study->trials.data[study->trials.n - 1];
}

// Index of a text that is kept once.
static bool intern(hn_optuna_study *study, hn_map *map, const char ***texts, size_t *n, size_t *cap,
                   const char *text, uint32_t *out)
{
    uint64_t found;
    if (hn_map_get(map, text, &found)) {
        *out = (uint32_t)found;
        return true;
    }
    const char *copy = hn_arena_strdup(&study->arena, text);
    if (!copy || !hn_vec_grow((void **)texts, cap, *n, 1, sizeof **texts) ||
        !hn_map_put(map, text, *n))
        return false;
    *out = (uint32_t)*n;
    (*texts)[(*n)++] = copy;
    return true;
}

#define INTERN(study, list, map, text, out)                                                        \
    intern((study), &(study)->map, &(study)->list.data, &(study)->list.n, &(study)->list.cap,      \
           (text), (out))

bool hn_optuna_set_param(hn_optuna_study *study, hn_optuna_trial *trial, const char *name,
                         const char *distribution, double internal)
{
    hn_optuna_value value = {.internal = internal};
    if (!INTERN(study, names, name_index, name, &value.param) ||
        !INTERN(study, distributions, distribution_index, distribution, &value.distribution))
        return false;
    for (size_t i = 0; i < trial->params.n; i++) {
        if (trial->params.data[i].param == value.param) {
            trial->params.data[i] = value;
            return true;
        }
    }
    return hn_vec_push(&trial->params, value);
}

// Reports come in almost always by rising step, so that looking from the end is quick.
bool hn_optuna_set_report(hn_optuna_trial *trial, int64_t step, double value)
{
    hn_optuna_report report = {step, value};
    size_t at = trial->reports.n;
    while (at > 0 && trial->reports.data[at - 1].step > step)
        at--;
    if (at > 0 && trial->reports.data[at - 1].step == step) {
        trial->reports.data[at - 1] = report;
        return true;
    }
    if (!hn_vec_reserve(&trial->reports, 1))
        return false;
    hn_optuna_report *to = trial->reports.data + at;
    memmove(to + 1, to, (trial->reports.n - at) * sizeof *to);
    *to = report;
    trial->reports.n++;
    return true;
}

bool hn_optuna_set_value(hn_optuna_trial *trial, uint32_t objective, double value)
{
    while (trial->values.n <= objective)
        if (!hn_vec_push(&trial->values, NAN))
            return false;
    trial->values.data[objective] = value;
    return true;
}

static bool copy_attr(hn_arena *arena, const char *key, const char *json, bool system,
                      hn_optuna_attr *out)
{
    *out = (hn_optuna_attr){hn_arena_strdup(arena, key), hn_arena_strdup(arena, json), system};
    return !hn_arena_failed(arena);
}

static hn_optuna_attr *find_attr(hn_optuna_attr *attrs, size_t n, const char *key, bool system)
{
    for (size_t i = 0; i < n; i++)
        if (attrs[i].system == system && strcmp(attrs[i].key, key) == 0)
            return &attrs[i];
    return NULL;
}

bool hn_optuna_set_trial_attr(hn_optuna_study *study, hn_optuna_trial *trial, const char *key,
                              const char *json, bool system)
{
    hn_optuna_attr attr;
    hn_optuna_attr *had = find_attr(trial->attrs.data, trial->attrs.n, key, system);
    if (!copy_attr(&study->arena, key, json, system, &attr))
        return false;
    if (had)
        *had = attr;
    return had || hn_vec_push(&trial->attrs, attr);
}

bool hn_optuna_set_attr(hn_optuna_study *study, const char *key, const char *json, bool system)
{
    hn_optuna_attr attr;
    hn_optuna_attr *had = find_attr(study->attrs.data, study->attrs.n, key, system);
    if (!copy_attr(&study->arena, key, json, system, &attr))
        return false;
    if (had)
        *had = attr;
    return had || hn_vec_push(&study->attrs, attr);
}

hone_status hn_optuna_no_study(const char *path, const char *wanted, const char *const *names,
                               size_t n, hone_error *err)
{
    hn_str list = HN_STR_INIT;
    for (size_t i = 0; i < n && i < 20; i++)
        hn_str_printf(&list, "%s\"%s\"", i ? ", " : "", names[i]);
    if (n > 20)
        hn_str_printf(&list, " and %zu more", n - 20);
    const char *near = wanted ? hn_nearest(wanted, names, n) : NULL;
    hone_status status;
    if (n == 0)
        status = hn_fail(err, HONE_ENOTFOUND, "%s holds no Optuna study", path);
    else if (!wanted)
        status = hn_fail(err, HONE_ENOTFOUND,
                         "%s holds %zu Optuna studies: name one with --from-study, of %s", path, n,
                         hn_str_text(&list));
    else
        status = hn_fail(err, HONE_ENOTFOUND, "%s holds no Optuna study \"%s\"%s%s%s; it holds %s",
                         path, wanted, near ? " (did you mean \"" : "", near ? near : "",
                         near ? "\"?)" : "", hn_str_text(&list));
    hn_str_free(&list);
    return status;
}

// Digits behind the decimal point as microseconds; `*text` ends behind them. Not strtod, which
// would expect the decimal point of the program's locale.
static int64_t fraction_us(const char **text)
{
    int64_t us = 0, unit = 100000;
    if (**text != '.')
        return 0;
    for ((*text)++; hn_is_digit(**text); (*text)++, unit /= 10)
        us += (**text - '0') * unit;
    return us;
}

int64_t hn_optuna_time(const char *text, bool utc)
{
    struct tm tm = {.tm_isdst = -1};
    int n = 0, zone_h = 0, zone_m = 0;
    char sign[2] = "";
    if (!text || sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon,
                        &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &n) != 6)
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    text += n;
    int64_t us = fraction_us(&text), offset_s = 0;
    bool zoned = *text == 'Z' || sscanf(text, "%1[+-]%2d:%2d", sign, &zone_h, &zone_m) == 3;
    if (zoned)
        offset_s = (zone_h * 60 + zone_m) * (sign[0] == '-' ? -60 : 60);
    time_t at = zoned || utc ? timegm(&tm) : mktime(&tm);
    return ((int64_t)at - offset_s) * 1000000 + us;
}

hone_status hn_optuna_read(const char *path, const char *name, hn_optuna_study *out,
                           hone_error *err)
{
    char head[16] = {0};
    FILE *file = fopen(path, "rbe");
    if (!file)
        return hn_fail_errno(err, errno, "cannot read %s", path);
    size_t n = fread(head, 1, sizeof head, file);
    fclose(file);
    if (n == sizeof head && memcmp(head, "SQLite format 3", sizeof head) == 0)
        return hn_optuna_read_sqlite(path, name, out, err);
    if (n > 0 && head[0] == '{')
        return hn_optuna_read_journal(path, name, out, err);
    return hn_fail(err, HONE_EUNSUPPORTED,
                   "%s is neither an SQLite database nor a journal of Optuna: optuna.copy_study "
                   "brings a study of another storage into one",
                   path);
}
