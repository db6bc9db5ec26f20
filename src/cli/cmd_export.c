// hone export: a study for other programs, as CSV, JSON, or the journal's events.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trial_view.h"

enum { EVENTS_AT_ONCE = 50000 };

typedef struct names {
    char **list; // [n]
    size_t n;
} names;

typedef struct exporting {
    const cli_args *cli;
    hone_study *study;
    FILE *out;
    names params; // of every parameter that some trial has
    names attrs;  // and of every attribute
    size_t n_written;
} exporting;

typedef int (*trial_visit)(exporting *e, const hone_trial *trial);

static int each_trial(exporting *e, trial_visit visit)
{
    int code = CLI_EXIT_OK;
    for (uint32_t i = 0; i < hone_study_n_trials(e->study) && code == CLI_EXIT_OK; i++) {
        hone_error err = HONE_ERROR_INIT;
        hone_trial *trial = NULL;
        hone_status status = hone_study_trial(e->study, i, &trial, &err);
        if (status == HONE_OK)
            code = visit(e, trial);
        else if (status != HONE_ENOTFOUND)
            code = cli_fail(e->cli, &err);
        hone_trial_destroy(trial);
    }
    return code;
}

// --- CSV: RFC 4180, with plain line ends ---

static void put_field(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n") && *text != ' ' && (!*text || text[strlen(text) - 1] != ' ')) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (const char *p = text; *p; p++) {
        if (*p == '"')
            fputc('"', out);
        fputc(*p, out);
    }
    fputc('"', out);
}

static void put_number(FILE *out, double value, bool nan_is_none)
{
    char text[CLI_SHORT];
    if (!nan_is_none || !isnan(value))
        fputs(cli_number_full(value, text), out);
}

static void add_name(names *to, const char *name)
{
    for (size_t i = 0; i < to->n; i++) {
        if (strcmp(to->list[i], name) == 0)
            return;
    }
    to->list = cli_realloc(to->list, (to->n + 1) * sizeof *to->list);
    to->list[to->n++] = cli_dup(name);
}

static void free_names(names *of)
{
    for (size_t i = 0; i < of->n; i++)
        free(of->list[i]);
    free(of->list);
}

// Older versions of the space may have had other parameters.
static int find_names(exporting *e, const hone_trial *trial)
{
    const char *name;
    json_t *value;
    for (uint32_t i = 0; (name = hone_trial_attr_key(trial, i)); i++)
        add_name(&e->attrs, name);
    if (!hone_trial_has_params(trial))
        return CLI_EXIT_OK;
    json_t *params = cli_json_text(hone_trial_params_json(trial));
    json_object_foreach(params, name, value) add_name(&e->params, name);
    json_decref(params);
    return CLI_EXIT_OK;
}

static const char *const tail_titles[] = {"duration_s", "attempts", "created", "started", "ended",
                                          "origin",     "purpose",  "parent",  "message", "note"};

static void put_prefixed(FILE *out, const char *prefix, const names *of)
{
    for (size_t i = 0; i < of->n; i++) {
        char *title = cli_format("%s.%s", prefix, of->list[i]);
        fputc(',', out);
        put_field(out, title);
        free(title);
    }
}

// A field for each name; empty where `values` has none.
static void put_members(FILE *out, const names *of, const json_t *values)
{
    for (size_t i = 0; i < of->n; i++) {
        const json_t *value = json_object_get(values, of->list[i]);
        char *text = value ? trial_param_exact(value) : NULL;
        fputc(',', out);
        put_field(out, text ? text : "");
        free(text);
    }
}

static void put_titles(const exporting *e)
{
    fputs("number,state", e->out);
    for (uint32_t i = 0; i < hone_study_n_metrics(e->study); i++) {
        char *title = cli_format("values.%s", hone_study_metric(e->study, i).name);
        fputc(',', e->out);
        put_field(e->out, title);
        free(title);
    }
    put_prefixed(e->out, "params", &e->params);
    put_prefixed(e->out, "attrs", &e->attrs);
    for (size_t i = 0; i < sizeof tail_titles / sizeof *tail_titles; i++)
        fprintf(e->out, ",%s", tail_titles[i]);
    fputc('\n', e->out);
}

static void put_time(FILE *out, uint64_t wall_us)
{
    char text[CLI_SHORT];
    fprintf(out, ",%s", wall_us ? iso_time(wall_us, text) : "");
}

static int put_row(exporting *e, const hone_trial *trial)
{
    json_t *params = cli_json_text(hone_trial_params_json(trial));
    fprintf(e->out, "%u,%s", (unsigned)hone_trial_number(trial),
            hone_state_name(hone_trial_status(trial)));
    for (uint32_t i = 0; i < hone_study_n_metrics(e->study); i++) {
        fputc(',', e->out);
        put_number(e->out, hone_trial_value(trial, i), true);
    }
    json_t *attrs = trial_attrs_json(trial);
    put_members(e->out, &e->params, params);
    put_members(e->out, &e->attrs, attrs);
    json_decref(attrs);
    json_decref(params);
    fputc(',', e->out);
    put_number(e->out, trial_seconds(trial), true);
    fprintf(e->out, ",%u", (unsigned)hone_trial_attempts(trial));
    put_time(e->out, hone_trial_created_us(trial));
    put_time(e->out, hone_trial_started_us(trial));
    put_time(e->out, hone_trial_ended_us(trial));
    fprintf(e->out, ",%s,%s,", trial_origin_text(hone_trial_origin_of(trial)),
            trial_purpose_text(hone_trial_purpose_of(trial)));
    if (hone_trial_parent(trial) >= 0)
        fprintf(e->out, "%lld", (long long)hone_trial_parent(trial));
    fputc(',', e->out);
    put_field(e->out, hone_trial_message(trial));
    fputc(',', e->out);
    put_field(e->out, hone_trial_note(trial));
    fputc('\n', e->out);
    return CLI_EXIT_OK;
}

static int export_csv(exporting *e)
{
    const hone_space *space = hone_study_space(e->study);
    for (uint32_t i = 0; space && i < hone_space_n_params(space); i++)
        add_name(&e->params, hone_space_name(space, i));
    int code = each_trial(e, find_names);
    if (code != CLI_EXIT_OK)
        return code;
    put_titles(e);
    return each_trial(e, put_row);
}

// --- JSON: one object, a trial a line ---

static void put_member(const exporting *e, const char *key, json_t *value)
{
    char *text = cli_json_dump(value, 0);
    fprintf(e->out, "\"%s\":%s,\n", key, text);
    free(text);
    json_decref(value);
}

static int put_trial(exporting *e, const hone_trial *trial)
{
    json_t *o = trial_json(e->study, trial);
    json_object_set_new(o, "reports", trial_reports_json(e->study, trial));
    char *text = cli_json_dump(o, 0);
    fprintf(e->out, "%s%s", e->n_written++ ? ",\n" : "\n", text);
    free(text);
    json_decref(o);
    return CLI_EXIT_OK;
}

static int export_json(exporting *e)
{
    const hone_space *space = hone_study_space(e->study);
    char *space_text = space ? hone_space_to_json(space) : NULL;
    fputs("{", e->out);
    put_member(e, "study", json_string(hone_study_name(e->study)));
    put_member(e, "metrics", study_metrics_json(e->study));
    put_member(e, "space", cli_json_text(space_text));
    put_member(e, "sampler", json_string(hone_study_sampler(e->study)));
    put_member(e, "scheduler", json_string(hone_study_scheduler(e->study)));
    put_member(e, "seed", seed_json(hone_study_seed(e->study)));
    put_member(e, "attrs", study_attrs_json(e->study));
    put_member(e, "created", iso_time_json(hone_study_created_us(e->study)));
    fputs("\"trials\":[", e->out);
    int code = each_trial(e, put_trial);
    fputs("\n]}\n", e->out);
    hone_free(space_text);
    return code;
}

// --- events ---

static int export_events(exporting *e)
{
    uint64_t n = hone_study_n_events(e->study);
    for (uint64_t from = 0; from < n; from += EVENTS_AT_ONCE) {
        hone_error err = HONE_ERROR_INIT;
        char *lines = NULL;
        uint32_t limit = n - from < EVENTS_AT_ONCE ? (uint32_t)(n - from) : EVENTS_AT_ONCE;
        if (hone_study_events_json(e->study, from, limit, &lines, &err) != HONE_OK)
            return cli_fail(e->cli, &err);
        fputs(lines, e->out);
        hone_free(lines);
    }
    return CLI_EXIT_OK;
}

// --- where to ---

static int write_out(exporting *e)
{
    const char *format = cli_text(e->cli, "format"), *path = cli_text(e->cli, "output");
    size_t n = path ? strlen(path) : 0;
    if (cli_flag(e->cli, "events"))
        return export_events(e);
    if (!format)
        format = n > 5 && strcmp(path + n - 5, ".json") == 0 ? "json" : "csv";
    return strcmp(format, "json") == 0 ? export_json(e) : export_csv(e);
}

// The file appears when it is complete: it is written under another name, which is then changed.
static int write_file(exporting *e, const char *path)
{
    char *other = cli_format("%s.tmp-%ld", path, (long)getpid());
    e->out = fopen(other, "we");
    if (!e->out) {
        int code = cli_error(e->cli, "cannot write %s: %s", path, strerror(errno));
        free(other);
        return code;
    }
    int code = write_out(e);
    bool written = fflush(e->out) == 0 && !ferror(e->out) && fsync(fileno(e->out)) == 0;
    written = fclose(e->out) == 0 && written;
    if (code == CLI_EXIT_OK && !(written && rename(other, path) == 0))
        code = cli_error(e->cli, "cannot write %s: %s", path, strerror(errno));
    bool events = cli_flag(e->cli, "events");
    unsigned long long n = events ? hone_study_n_events(e->study) : hone_study_n_trials(e->study);
    if (code == CLI_EXIT_OK)
        cli_note(e->cli, "%s: %llu %s%s", path, n, events ? "event" : "trial", n == 1 ? "" : "s");
    else
        unlink(other);
    free(other);
    return code;
}

static int run(cli_args *cli)
{
    exporting e = {.cli = cli, .out = stdout};
    const char *path = cli_text(cli, "output");
    if (cli_flag(cli, "events") && cli_has(cli, "format"))
        return cli_usage_option(cli, "format", "--events has a form of its own, JSON lines");
    int code = cli_open_named(cli, cli_arg(cli, 0), true, &e.study);
    if (code == CLI_EXIT_OK)
        code = path && strcmp(path, "-") != 0 ? write_file(&e, path) : write_out(&e);
    free_names(&e.params);
    free_names(&e.attrs);
    hone_study_close(e.study);
    return code;
}

static const cli_option options[] = {
    {.name = "format",
     .kind = CLI_CHOICE,
     .argument = "FORM",
     .choices = "csv|json",
     .no_environment = true,
     .help = "csv when not given, or what the file's name says"},
    {.name = "events",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "the journal instead: every event, as JSON lines"},
    {.name = "output",
     .letter = 'o',
     .kind = CLI_TEXT,
     .argument = "FILE",
     .no_environment = true,
     .help = "write there instead of to standard output"},
    {.name = NULL},
};

const cli_verb cli_verb_export = {
    .name = "export",
    .group = CLI_GROUP_KEEP,
    .rank = 20,
    .summary = "Write a study for other programs: CSV, JSON, or its events",
    .usage = "[study] [options]",
    .about = "CSV has a row a trial, with columns values.<metric> and params.<parameter>; an empty "
             "field is a value that is not there. JSON is one object with the study and its "
             "trials, reports included.",
    .examples = "hone export -o trials.csv\n    for a spreadsheet or pandas\n"
                "hone export --events\n    the journal, as it happened",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_QUIET,
    .max_args = 1,
    .run = run,
};
