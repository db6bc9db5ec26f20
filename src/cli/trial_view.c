// How a trial reads: as JSON and as texts for people.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trial_view.h"

// --- times ---

uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

char *iso_time(uint64_t wall_us, char *out)
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm t;
    gmtime_r(&seconds, &t);
    size_t n = strftime(out, CLI_SHORT, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(out + n, CLI_SHORT - n, ".%06uZ", (unsigned)(wall_us % 1000000));
    return out;
}

json_t *iso_time_json(uint64_t wall_us)
{
    char text[CLI_SHORT];
    return wall_us ? json_string(iso_time(wall_us, text)) : json_null();
}

double trial_seconds(const hone_trial *trial)
{
    uint64_t started = hone_trial_started_us(trial), now = now_us();
    if (!started)
        return NAN;
    if (hone_trial_status(trial) == HONE_STATE_RUNNING)
        return now > started ? (double)(now - started) / 1e6 : 0;
    // It is kept in microseconds: no more digits than those.
    return round(hone_trial_duration_s(trial) * 1e6) / 1e6;
}

// --- words ---

const char *trial_origin_text(hone_trial_origin origin)
{
    static const char *const texts[] = {"sampled", "default", "manual", "fork", "served", "rerun"};
    return (size_t)origin < sizeof texts / sizeof *texts ? texts[origin] : "unknown";
}

const char *trial_purpose_text(hone_trial_purpose purpose)
{
    static const char *const texts[] = {"search", "retest", "final"};
    return (size_t)purpose < sizeof texts / sizeof *texts ? texts[purpose] : "unknown";
}

const char *goal_text(hone_goal goal)
{
    return goal == HONE_MINIMIZE ? "minimize" : goal == HONE_MAXIMIZE ? "maximize" : "record";
}

const char *trial_state_text(const hone_trial *trial)
{
    hone_trial_state state = hone_trial_status(trial);
    bool removed = state == HONE_STATE_WAITING && hone_trial_excluded(trial);
    return removed ? "REMOVED" : hone_state_name(state);
}

json_t *seed_json(uint64_t seed)
{
    char text[CLI_SHORT];
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    return seed <= UINT64_C(1) << 53 ? json_integer((json_int_t)seed) : json_string(text);
}

// --- owners ---

bool trial_owner_read(const hone_trial *trial, trial_owner *out)
{
    return owner_read(hone_trial_owner(trial), out);
}

bool owner_read(const char *owner, trial_owner *out)
{
    char boot[64];
    long long start;
    out->here = out->gone = false;
    if (sscanf(owner, "%64[^/]/%63[^/]/%lld/%lld", out->host, boot, &out->pid, &start) != 4)
        return false;
    int lives = hone_owner_lives(owner);
    out->here = lives >= 0;
    out->gone = lives == 0;
    return true;
}

// --- JSON ---

static json_t *finite_or_null(double value)
{
    return isnan(value) ? json_null() : cli_json_double(value);
}

json_t *trial_values_json(const hone_study *study, const hone_trial *trial, uint32_t from,
                          uint32_t to)
{
    json_t *values = json_object();
    for (uint32_t i = from; i < to; i++) {
        double value = hone_trial_value(trial, i);
        if (!isnan(value))
            json_object_set_new(values, hone_study_metric(study, i).name, cli_json_double(value));
    }
    return values;
}

static json_t *constraints_json(const hone_trial *trial)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < hone_trial_n_constraint_values(trial); i++)
        json_array_append_new(list, cli_json_double(hone_trial_constraint_value(trial, i)));
    return list;
}

static json_t *number_or_null(int64_t number, bool is)
{
    return is ? json_integer(number) : json_null();
}

static void add_origin(json_t *o, const hone_trial *trial)
{
    int64_t parent = hone_trial_parent(trial), copied = hone_trial_copied_from(trial);
    json_object_set_new(o, "origin", json_string(trial_origin_text(hone_trial_origin_of(trial))));
    json_object_set_new(o, "purpose",
                        json_string(trial_purpose_text(hone_trial_purpose_of(trial))));
    json_object_set_new(o, "parent", number_or_null(parent, parent >= 0));
    json_object_set_new(o, "forked_at", finite_or_null(hone_trial_forked_at(trial)));
    json_object_set_new(o, "copied_from", number_or_null(copied, copied >= 0));
    json_object_set_new(o, "space_version", json_integer(hone_trial_space_version(trial)));
}

static void add_process(json_t *o, const hone_trial *trial)
{
    int code = hone_trial_exit_code(trial);
    json_object_set_new(o, "exit_code", number_or_null(code, code >= 0));
    json_object_set_new(o, "signal",
                        number_or_null(hone_trial_signal(trial), hone_trial_signal(trial) > 0));
    json_object_set_new(o, "cpu_s", finite_or_null(hone_trial_cpu_s(trial)));
    json_object_set_new(
        o, "maxrss_kb",
        number_or_null(hone_trial_maxrss_kb(trial), hone_trial_maxrss_kb(trial) > 0));
}

static void add_attr(json_t *attrs, const char *key, const char *json)
{
    // The JSON of an old journal may be none.
    json_object_set_new(attrs, key, cli_json_text(json));
}

json_t *trial_attrs_json(const hone_trial *trial)
{
    json_t *attrs = json_object();
    const char *key;
    for (uint32_t i = 0; (key = hone_trial_attr_key(trial, i)); i++)
        add_attr(attrs, key, hone_trial_attr(trial, key));
    return attrs;
}

json_t *study_attrs_json(const hone_study *study)
{
    json_t *attrs = json_object();
    const char *key;
    for (uint32_t i = 0; (key = hone_study_attr_key(study, i)); i++)
        add_attr(attrs, key, hone_study_attr(study, key));
    return attrs;
}

json_t *trial_json(const hone_study *study, const hone_trial *trial)
{
    json_t *o = json_object();
    json_object_set_new(o, "number", json_integer(hone_trial_number(trial)));
    json_object_set_new(o, "state", json_string(hone_state_name(hone_trial_status(trial))));
    json_object_set_new(o, "params", cli_json_text(hone_trial_params_json(trial)));
    json_object_set_new(o, "values",
                        trial_values_json(study, trial, 0, hone_study_n_metrics(study)));
    json_object_set_new(o, "duration_s", finite_or_null(trial_seconds(trial)));
    json_object_set_new(o, "attempts", json_integer(hone_trial_attempts(trial)));
    json_object_set_new(o, "created", iso_time_json(hone_trial_created_us(trial)));
    json_object_set_new(o, "started", iso_time_json(hone_trial_started_us(trial)));
    json_object_set_new(o, "ended", iso_time_json(hone_trial_ended_us(trial)));
    add_origin(o, trial);
    json_object_set_new(o, "feasible", json_boolean(hone_trial_feasible(trial)));
    json_object_set_new(o, "constraints", constraints_json(trial));
    json_object_set_new(o, "n_reports", json_integer(hone_trial_n_reports(trial)));
    add_process(o, trial);
    json_object_set_new(o, "message", json_string(hone_trial_message(trial)));
    json_object_set_new(o, "note", json_string(hone_trial_note(trial)));
    json_object_set_new(o, "removed", json_boolean(hone_trial_excluded(trial)));
    trial_add_parts(o, study, trial);
    json_object_set_new(o, "attrs", trial_attrs_json(trial));
    return o;
}

json_t *study_metrics_json(const hone_study *study)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < hone_study_n_metrics(study); i++) {
        hone_metric metric = hone_study_metric(study, i);
        json_t *one = json_object();
        json_object_set_new(one, "name", json_string(metric.name));
        json_object_set_new(one, "goal", json_string(goal_text(metric.goal)));
        json_array_append_new(list, one);
    }
    return list;
}

hone_log study_note_at(const hone_study *study, uint32_t index)
{
    for (uint32_t i = 0; i < hone_study_n_logs(study); i++) {
        hone_log log = hone_study_log_at(study, i);
        if (log.trial < 0 && strcmp(log.level, "note") == 0 && index-- == 0)
            return log;
    }
    return (hone_log){-1, 0, "note", ""};
}

json_t *study_notes_json(const hone_study *study)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < hone_study_n_logs(study); i++) {
        hone_log log = hone_study_log_at(study, i);
        if (log.trial < 0 && strcmp(log.level, "note") == 0)
            json_array_append_new(list, json_pack("{s:o, s:s}", "time", iso_time_json(log.time_us),
                                                  "text", log.text));
    }
    return list;
}

json_t *trial_reports_json(const hone_study *study, const hone_trial *trial)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < hone_trial_n_reports(trial); i++) {
        json_t *values = json_object(), *report = json_object();
        for (uint32_t k = 0; k < hone_study_n_metrics(study); k++) {
            double value = hone_trial_report_value(trial, i, k);
            if (!isnan(value))
                json_object_set_new(values, hone_study_metric(study, k).name,
                                    cli_json_double(value));
        }
        json_object_set_new(report, "step", cli_json_double(hone_trial_report_step(trial, i)));
        json_object_set_new(report, "values", values);
        json_array_append_new(list, report);
    }
    return list;
}

// --- texts ---

// Would the text, without quotes, read as something else?
static bool reads_otherwise(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    bool other = value && !json_is_string(value);
    json_decref(value);
    return other;
}

static char *number_text(double number, bool exact)
{
    char text[CLI_SHORT];
    return cli_dup(exact ? cli_number_full(number, text) : cli_number(number, text));
}

static char *value_text(const json_t *value, bool exact, bool quotes)
{
    const char *text = json_string_value(value);
    if (text && quotes && reads_otherwise(text))
        return cli_format("\"%s\"", text);
    if (text)
        return cli_dup(text);
    return json_is_real(value) ? number_text(json_real_value(value), exact)
                               : cli_json_dump(value, 0);
}

char *trial_param_text(const json_t *value)
{
    return value_text(value, false, true);
}

char *trial_param_exact(const json_t *value)
{
    return value_text(value, true, false);
}

int pairs_width(const json_t *pairs, int least)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)pairs, name, value)
    {
        int columns = cli_columns(name) + 2;
        least = columns > least ? columns : least;
    }
    return least;
}

void pairs_print(const json_t *pairs, int width)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)pairs, name, value)
    {
        char *text = value_text(value, true, true);
        printf("  %s%*s%s\n", name, width - cli_columns(name), "", text);
        free(text);
    }
}

char *trial_param_shown(const hone_trial *trial, const char *name)
{
    const char *json = hone_trial_value_json(trial, name);
    json_t *value = json && json[0] == '"' ? cli_json_text(json) : NULL;
    const char *plain = value ? NULL : hone_trial_text(trial, name);
    char *text = value ? trial_param_text(value) : cli_dup(plain ? plain : "");
    json_decref(value);
    return text;
}

char *trial_params_line(const hone_trial *trial)
{
    char *line = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&line, &size);
    json_t *params = cli_json_text(hone_trial_params_json(trial));
    const char *name;
    json_t *value;
    const char *gap = "";
    json_object_foreach(params, name, value)
    {
        char *text = trial_param_text(value);
        fprintf(out, "%s%s=%s", gap, name, text);
        gap = " ";
        free(text);
    }
    json_decref(params);
    fclose(out);
    return line;
}

uint32_t *trial_ancestors(hone_study *study, uint32_t number, uint32_t *n)
{
    uint32_t *line = cli_alloc(((size_t)number + 1) * sizeof *line), from = number + 1;
    for (int64_t at = number; at >= 0;) { // a parent's number is smaller
        hone_trial *trial = NULL;
        line[--from] = (uint32_t)at;
        if (hone_study_trial(study, (uint32_t)at, &trial, NULL) != HONE_OK)
            break;
        at = isnan(hone_trial_forked_at(trial)) ? -1 : hone_trial_parent(trial);
        hone_trial_destroy(trial);
    }
    *n = number + 1 - from;
    memmove(line, line + from, *n * sizeof *line);
    return line;
}

char *trial_ancestry(hone_study *study, uint32_t number)
{
    char *text = NULL, step[CLI_SHORT];
    size_t size = 0;
    uint32_t n, *line = trial_ancestors(study, number, &n);
    if (n > 1) {
        FILE *out = open_memstream(&text, &size);
        fprintf(out, "trial %u", (unsigned)line[0]);
        for (uint32_t i = 1; i < n; i++) {
            hone_trial *trial = NULL;
            double at = NAN;
            if (hone_study_trial(study, line[i], &trial, NULL) == HONE_OK)
                at = hone_trial_forked_at(trial);
            hone_trial_destroy(trial);
            fprintf(out, " to step %s, then trial %u", cli_number(at, step), (unsigned)line[i]);
        }
        fclose(out);
    }
    free(line);
    return text;
}

char *trial_values_line(const hone_study *study, const hone_trial *trial)
{
    char *line = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&line, &size);
    for (uint32_t i = 0; i < hone_study_n_objectives(study); i++) {
        char text[CLI_SHORT];
        fprintf(out, "%s%s %s", i ? ", " : "", hone_study_metric(study, i).name,
                cli_number(hone_trial_value(trial, i), text));
    }
    fclose(out);
    return line;
}

char *sampler_text(const hone_explanation *said)
{
    if (strcmp(said->sampler, said->in_use) == 0)
        return cli_dup(said->sampler);
    return cli_format("%s (%s)", said->sampler, said->in_use);
}

json_t *plugin_options_json(const hone_study *study, const char *kind)
{
    json_t *setting = cli_json_text(hone_study_get(study, kind));
    json_t *options = json_object_get(setting, "options");
    json_t *found = options ? json_incref(options) : json_object();
    json_decref(setting);
    return found;
}

static char *plugin_text(const hone_study *study, const char *kind, const char *name,
                         const char *in_use)
{
    char *text = NULL;
    size_t size = 0;
    json_t *value, *options = plugin_options_json(study, kind);
    const char *gap = " (", *key;
    FILE *out = open_memstream(&text, &size);
    fputs(name, out);
    if (strcmp(name, in_use) != 0) {
        fprintf(out, " (%s", in_use);
        gap = ", ";
    }
    json_object_foreach(options, key, value)
    {
        char *shown = trial_param_text(value);
        fprintf(out, "%s%s=%s", gap, key, shown);
        gap = ", ";
        free(shown);
    }
    fputs(gap[0] == ',' ? ")" : "", out);
    fclose(out);
    json_decref(options);
    return text;
}

char *best_paused_text(const hone_study *study)
{
    bool maximize = hone_study_metric(study, 0).goal == HONE_MAXIMIZE;
    double best = NAN, step = 0;
    uint32_t number = 0, n = hone_study_n_trials(study);
    char value[CLI_SHORT], at[CLI_SHORT];
    if (hone_study_n_objectives(study) > 1 || hone_study_count(study, HONE_STATE_PAUSED) == 0)
        return NULL;
    for (uint32_t i = 0; i < n; i++) {
        hone_trial *trial = NULL;
        if (hone_study_trial((hone_study *)study, i, &trial, NULL) != HONE_OK)
            continue;
        uint32_t n_reports = hone_trial_n_reports(trial);
        bool paused = hone_trial_status(trial) == HONE_STATE_PAUSED && n_reports > 0;
        double x = paused ? hone_trial_report_value(trial, n_reports - 1, 0) : NAN;
        if (!isnan(x) && (isnan(best) || (maximize ? x > best : x < best))) {
            best = x;
            step = hone_trial_report_step(trial, n_reports - 1);
            number = i;
        }
        hone_trial_destroy(trial);
    }
    return isnan(best)
               ? NULL
               : cli_format("none complete yet; %s in trial %u, paused at %s",
                            cli_number(best, value), (unsigned)number, cli_number(step, at));
}

char *study_sampler_text(const hone_study *study)
{
    return plugin_text(study, "sampler", hone_study_sampler(study),
                       hone_study_sampler_in_use(study));
}

char *study_scheduler_text(const hone_study *study)
{
    return plugin_text(study, "scheduler", hone_study_scheduler(study),
                       hone_study_scheduler_in_use(study));
}

json_t *sampler_why_json(const hone_study *study)
{
    hone_explanation said = HONE_EXPLANATION_INIT;
    (void)hone_study_explain(study, -1, &said, NULL);
    return *said.why ? json_string(said.why) : json_null();
}
