// Where a run's metrics come from, as the options say it.
#include <stdio.h>
#include <string.h>

#include "drive/metrics.h"

static hone_status copy_metrics(const hone_study *study, hn_arena *arena, hn_metric_spec *out,
                                hone_error *err)
{
    uint32_t n = hone_study_n_metrics(study);
    const char **names = HN_NEW(arena, const char *, n);
    hone_goal *goals = HN_NEW(arena, hone_goal, n);
    for (uint32_t m = 0; names && goals && m < n; m++) {
        hone_metric metric = hone_study_metric(study, m);
        names[m] = hn_arena_strdup(arena, metric.name);
        goals[m] = metric.goal;
    }
    out->names = names;
    out->goals = goals;
    out->n_metrics = n;
    out->n_objectives = hone_study_n_objectives(study);
    return hn_arena_failed(arena) ? hn_fail_memory(err) : HONE_OK;
}

// --- regular expressions ---

// POSIX has no \d; people write it all the same.
static void translate(const char *text, hn_str *out)
{
    bool bracket = false;
    for (const char *c = text; *c; c++) {
        if (*c == '[' && !bracket)
            bracket = true;
        else if (*c == ']' && bracket && c[-1] != '[')
            bracket = false;
        if (c[0] == '\\' && (c[1] == 'd' || (c[1] == 'D' && !bracket))) {
            hn_str_add(out, bracket ? "0-9" : c[1] == 'd' ? "[0-9]" : "[^0-9]");
            c++;
        } else {
            hn_str_add_char(out, *c);
            if (*c == '\\' && !bracket && c[1])
                hn_str_add_char(out, *++c);
        }
    }
}

static hone_status compile(const char *text, hn_metric_spec *out, hone_error *err)
{
    char why[200];
    hn_str posix = HN_STR_INIT;
    translate(text, &posix);
    hone_status status = hn_str_failed(&posix) ? hn_fail_memory(err) : HONE_OK;
    int code = status == HONE_OK ? regcomp(&out->regex, hn_str_text(&posix), REG_EXTENDED) : 0;
    out->has_regex = status == HONE_OK && code == 0;
    if (code) {
        regerror(code, &out->regex, why, sizeof why);
        status = hn_fail(err, HONE_EPARSE,
                         "the regular expression %s is wrong: %s (extended POSIX syntax; the value "
                         "is the first group in parentheses)",
                         text, why);
    }
    hn_str_free(&posix);
    return status;
}

// --- the whole ---

static hone_status read_builtin(const char *name, hn_metric_builtin *out, hone_error *err)
{
    if (strcmp(name, "time") == 0)
        *out = HN_BUILTIN_TIME;
    else if (strcmp(name, "maxrss") == 0)
        *out = HN_BUILTIN_MAXRSS;
    else
        return hn_fail(err, HONE_EINVAL,
                       "\"%s\" is no measure: there are time (seconds) and maxrss (KiB)", name);
    return HONE_OK;
}

// "file.json:eval.loss"; without a key the whole file is the number.
static hone_status read_from(const hone_run_options *options, hn_arena *arena, hn_metric_spec *out,
                             hone_error *err)
{
    const char *text = options->metric_from, *colon = strrchr(text, ':');
    if (strncmp(text, "{dir}/", 6) == 0)
        text += 6;
    size_t n = colon ? (size_t)(colon - text) : strlen(text);
    if (!n || (colon && !colon[1]))
        return hn_fail(err, HONE_EINVAL,
                       "\"%s\" does not say where the metric is: FILE:KEY, as in "
                       "results.json:eval.loss",
                       options->metric_from);
    out->from_file = hn_arena_strndup(arena, text, n);
    out->from_key = colon ? hn_arena_strdup(arena, colon + 1) : NULL;
    out->from_cwd = options->n_jobs == 1;
    return hn_arena_failed(arena) ? hn_fail_memory(err) : HONE_OK;
}

hone_status hn_metric_spec_make(const hone_study *study, const hone_run_options *options,
                                hn_arena *arena, hn_metric_spec *out, hone_error *err)
{
    *out = (hn_metric_spec){.read_stderr = options->read_stderr, .take_best = options->take_best};
    HN_TRY(copy_metrics(study, arena, out, err));
    if (options->metric_builtin)
        HN_TRY(read_builtin(options->metric_builtin, &out->builtin, err));
    if (options->metric_from)
        HN_TRY(read_from(options, arena, out, err));
    if (options->regex) {
        out->regex_text = hn_arena_strdup(arena, options->regex);
        if (!out->regex_text)
            return hn_fail_memory(err);
        HN_TRY(compile(options->regex, out, err));
    }
    return HONE_OK;
}

void hn_metric_spec_free(hn_metric_spec *spec)
{
    if (spec->has_regex)
        regfree(&spec->regex);
    spec->has_regex = false;
}
