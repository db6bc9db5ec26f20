// hone status: where a study stands.
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cost.h"
#include "findings.h"
#include "from.h"
#include "plan.h"
#include "rungs.h"
#include "trial_view.h"

typedef struct standing {
    cli_args *cli;
    hone_study *study;
    hone_trial **running; // [n_running]
    size_t n_running;
    uint32_t n_search, n_retests, n_finals, n_excluded; // trials by what they are for
} standing;

// The counts by state are of the search; the others are looked for only when there are any.
static int count_purposes(standing *s)
{
    uint32_t n = hone_study_n_trials(s->study), left = n;
    for (int i = 0; i < HONE_N_STATES; i++)
        s->n_search += hone_study_count(s->study, (hone_trial_state)i);
    left -= s->n_search;
    for (uint32_t i = n; left > 0 && i-- > 0;) {
        hone_error err = HONE_ERROR_INIT;
        hone_trial *trial = NULL;
        if (hone_study_trial(s->study, i, &trial, &err) != HONE_OK)
            return cli_fail(s->cli, &err);
        hone_trial_purpose purpose = hone_trial_purpose_of(trial);
        bool retest = purpose == HONE_PURPOSE_RETEST, final = purpose == HONE_PURPOSE_FINAL;
        bool excluded = !retest && !final && hone_trial_excluded(trial);
        s->n_retests += retest;
        s->n_finals += final;
        s->n_excluded += excluded;
        left -= retest || final || excluded;
        hone_trial_destroy(trial);
    }
    return CLI_EXIT_OK;
}

// Of every purpose: repeats and final runs run, too. The newest first.
static int find_running(standing *s)
{
    uint32_t n = hone_study_n_trials(s->study), n_search = 0;
    uint32_t n_wanted = hone_study_count(s->study, HONE_STATE_RUNNING);
    size_t capacity = 0;
    for (int i = 0; i < HONE_N_STATES; i++)
        n_search += hone_study_count(s->study, (hone_trial_state)i);
    for (uint32_t i = n; i-- > 0 && (n_search < n || s->n_running < n_wanted);) {
        hone_error err = HONE_ERROR_INIT;
        hone_trial *trial = NULL;
        hone_status status = hone_study_trial(s->study, i, &trial, &err);
        if (status != HONE_OK && status != HONE_ENOTFOUND)
            return cli_fail(s->cli, &err);
        if (!trial || hone_trial_status(trial) != HONE_STATE_RUNNING) {
            hone_trial_destroy(trial);
            continue;
        }
        if (s->n_running == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            s->running = cli_realloc(s->running, capacity * sizeof *s->running);
        }
        s->running[s->n_running++] = trial;
    }
    return CLI_EXIT_OK;
}

static char *owner_text(const hone_trial *trial)
{
    trial_owner o;
    if (!trial_owner_read(trial, &o))
        return cli_dup(hone_trial_owner(trial));
    return cli_format("process %lld on %s%s", o.pid, o.host,
                      o.gone ? " (gone; the trial is run again)" : "");
}

// Who runs trials now, or could: a row for each owner.
typedef struct worker {
    const char *owner;
    unsigned n_running;
    double since_s; // its oldest trial here; of an idle one, since its last one has ended
} worker;

enum { MOST_IDLE = 64, LOOKED_BACK = 1000 };

// Those that run something come first.
typedef struct roster {
    worker *list; // [n]
    size_t n_busy, n;
    hone_trial *kept[MOST_IDLE]; // of idle ones: the trials that their names are borrowed from
} roster;

static worker *listed(const roster *r, const char *owner)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->list[i].owner, owner) == 0)
            return &r->list[i];
    return NULL;
}

static void find_busy(const standing *s, roster *r)
{
    for (size_t i = s->n_running; i-- > 0;) {
        const char *owner = hone_trial_owner(s->running[i]);
        double seconds = trial_seconds(s->running[i]);
        worker *one = listed(r, owner);
        if (!one) {
            one = &r->list[r->n++];
            *one = (worker){owner, 0, 0};
        }
        one->n_running++;
        one->since_s = seconds > one->since_s ? seconds : one->since_s;
    }
    r->n_busy = r->n;
}

// Who has run this trial, if his process lives on this host; `absent`: the last one that does not,
// whom most trials of an earlier run share.
static bool is_idle(const hone_trial *trial, char **absent)
{
    const char *owner = hone_trial_owner(trial);
    trial_owner o;
    if (hone_trial_ended_us(trial) == 0 || (*absent && strcmp(*absent, owner) == 0))
        return false;
    if (owner_read(owner, &o) && o.here && !o.gone)
        return true;
    free(*absent);
    *absent = cli_dup(owner);
    return false;
}

// Of the newest trials those who have run them.
static void find_idle(const standing *s, roster *r)
{
    uint32_t n_trials = hone_study_n_trials(s->study), from = 0;
    char *absent = NULL;
    if (n_trials > LOOKED_BACK)
        from = n_trials - LOOKED_BACK;
    for (uint32_t i = n_trials; i-- > from && r->n - r->n_busy < MOST_IDLE;) {
        hone_error err = HONE_ERROR_INIT;
        hone_trial *trial = NULL;
        if (hone_study_trial(s->study, i, &trial, &err) != HONE_OK)
            continue;
        uint64_t ended = hone_trial_ended_us(trial), now = now_us();
        double since_s = now > ended ? (double)(now - ended) * 1e-6 : 0;
        worker *known = listed(r, hone_trial_owner(trial));
        if (ended > 0 && known && known->n_running == 0 && since_s < known->since_s)
            known->since_s = since_s; // a trial begun earlier has ended later
        if (known || !is_idle(trial, &absent)) {
            hone_trial_destroy(trial);
            continue;
        }
        r->kept[r->n - r->n_busy] = trial;
        r->list[r->n++] = (worker){hone_trial_owner(trial), 0, since_s};
    }
    free(absent);
}

static void open_roster(const standing *s, roster *r)
{
    *r = (roster){.list = cli_alloc((s->n_running + MOST_IDLE + 1) * sizeof *r->list)};
    find_busy(s, r);
    find_idle(s, r);
}

static void close_roster(roster *r)
{
    for (size_t i = r->n_busy; i < r->n; i++)
        hone_trial_destroy(r->kept[i - r->n_busy]);
    free(r->list);
}

static json_t *workers_json(const standing *s)
{
    json_t *rows = json_array();
    roster r;
    open_roster(s, &r);
    for (size_t i = 0; i < r.n; i++) {
        const worker *one = &r.list[i];
        bool busy = i < r.n_busy;
        trial_owner o;
        json_t *since = cli_json_double(one->since_s);
        json_t *row =
            json_pack("{s:s, s:i, s:o, s:o}", "owner", one->owner, "n_running", (int)one->n_running,
                      "busy_s", busy ? since : json_null(), "idle_s", busy ? json_null() : since);
        bool is_process = owner_read(one->owner, &o);
        json_object_set_new(row, "host", is_process ? json_string(o.host) : json_null());
        json_object_set_new(row, "pid", is_process ? json_integer(o.pid) : json_null());
        json_object_set_new(row, "gone", json_boolean(is_process && o.gone));
        json_array_append_new(rows, row);
    }
    close_roster(&r);
    return rows;
}

static void print_workers(const standing *s)
{
    static const char *const titles[] = {"worker", "host", "trials", "busy for", NULL};
    roster r;
    open_roster(s, &r);
    if (r.n <= 1 && r.n == r.n_busy) { // who it is stands beside its trials
        close_roster(&r);
        return;
    }
    cli_table *table = cli_table_create("rlrl", titles);
    for (size_t i = 0; i < r.n; i++) {
        const worker *one = &r.list[i];
        trial_owner o;
        char text[CLI_SHORT];
        bool is_process = owner_read(one->owner, &o);
        char *cells[] = {
            is_process ? cli_format("%lld", o.pid) : cli_dup(one->owner),
            cli_format("%s%s", is_process ? o.host : "-", is_process && o.gone ? " (gone)" : ""),
            cli_format("%u", one->n_running),
            cli_format("%s%s", i < r.n_busy ? "" : "idle for ", cli_duration(one->since_s, text))};
        for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
            cli_table_cell(table, cells[c]);
            free(cells[c]);
        }
    }
    printf("\n");
    cli_table_print(s->cli, table);
    close_roster(&r);
}

static double last_report(const hone_trial *trial)
{
    uint32_t n = hone_trial_n_reports(trial);
    return n ? hone_trial_report_value(trial, n - 1, 0) : NAN;
}

// --- JSON ---

static json_t *constraints_json(const hone_study *study)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < hone_study_n_constraints(study); i++)
        json_array_append_new(list, json_string(hone_study_constraint(study, i)));
    return list;
}

static json_t *counts_json(const hone_study *study)
{
    json_t *counts = json_object();
    for (int i = 0; i < HONE_N_STATES; i++)
        json_object_set_new(counts, hone_state_name((hone_trial_state)i),
                            json_integer(hone_study_count(study, (hone_trial_state)i)));
    return counts;
}

static json_t *running_json(const standing *s)
{
    json_t *list = json_array();
    for (size_t i = s->n_running; i-- > 0;) {
        const hone_trial *trial = s->running[i];
        json_t *one = json_object();
        trial_owner o;
        json_object_set_new(one, "number", json_integer(hone_trial_number(trial)));
        json_object_set_new(one, "age_s", cli_json_double(trial_seconds(trial)));
        json_object_set_new(one, "attempts", json_integer(hone_trial_attempts(trial)));
        json_object_set_new(one, "n_reports", json_integer(hone_trial_n_reports(trial)));
        json_object_set_new(one, "last_report",
                            isnan(last_report(trial)) ? json_null()
                                                      : cli_json_double(last_report(trial)));
        json_object_set_new(
            one, "pid", hone_trial_pid(trial) ? json_integer(hone_trial_pid(trial)) : json_null());
        json_object_set_new(one, "owner", json_string(hone_trial_owner(trial)));
        json_object_set_new(one, "owner_gone", json_boolean(trial_owner_read(trial, &o) && o.gone));
        json_array_append_new(list, one);
    }
    return list;
}

// {"rule","text"} of the rule that has ended the study; null while it goes on.
static json_t *ended_json(const hone_study *study)
{
    json_t *ended = cli_json_text(hone_study_get(study, "ended"));
    const char *rule = json_string_value(json_object_get(ended, "rule"));
    if (rule && strcmp(rule, "regret") == 0) // as until-regret was once recorded
        json_object_set_new(ended, "rule", json_string("until-regret"));
    return ended;
}

static json_t *checkpoints_json(const hone_study *study)
{
    uint32_t n, n_removed;
    uint64_t bytes = hone_study_checkpoint_bytes(study, &n, &n_removed);
    return json_pack("{s:i, s:I, s:i}", "n", (int)n, "bytes", (json_int_t)bytes, "n_removed",
                     (int)n_removed);
}

// "3.4 GB in 12 trials; 5 were removed"; NULL when there never was one.
static char *checkpoints_text(const hone_study *study)
{
    char size[CLI_SHORT], gone[64] = "";
    uint32_t n, n_removed;
    uint64_t bytes = hone_study_checkpoint_bytes(study, &n, &n_removed);
    if (n_removed > 0)
        snprintf(gone, sizeof gone, "%s%u %s removed", n ? "; " : "", (unsigned)n_removed,
                 n_removed == 1 ? "was" : "were");
    if (n == 0)
        return n_removed ? cli_dup(gone) : NULL;
    return cli_format("%s in %u trial%s%s", cli_bytes((double)bytes, size), (unsigned)n,
                      n == 1 ? "" : "s", gone);
}

// What was recorded to go on with.
static json_t *options_of(const hone_study *study)
{
    const char *text = hone_study_get(study, "options");
    return text ? cli_json_text(text) : json_null();
}

static json_t *best_json(const hone_study *study)
{
    hone_study *looked = (hone_study *)study;
    hone_error err = HONE_ERROR_INIT;
    uint32_t number;
    hone_trial *trial = NULL;
    if (hone_study_n_objectives(study) != 1 || hone_study_best(looked, &number, &err) != HONE_OK ||
        hone_study_trial(looked, number, &trial, &err) != HONE_OK)
        return json_null();
    json_t *best = trial_json(study, trial);
    hone_trial_destroy(trial);
    return best;
}

static uint32_t front_size(hone_study *study)
{
    hone_error err = HONE_ERROR_INIT;
    uint32_t n = 0;
    return hone_study_pareto(study, NULL, 0, &n, &err) == HONE_OK ? n : 0;
}

// Numbers of the trials on the front.
static json_t *front_json(hone_study *study)
{
    uint32_t n, *numbers;
    json_t *list = json_array();
    (void)trials_front(study, &numbers, &n, NULL);
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(list, json_integer(numbers[i]));
    free(numbers);
    return list;
}

static void print_json(const standing *s)
{
    hone_study *study = s->study;
    const hone_space *space = hone_study_space(study);
    json_t *o = json_object();
    json_object_set_new(o, "study", json_string(hone_study_name(study)));
    json_object_set_new(o, "storage", json_string(cli_storage(s->cli)));
    json_object_set_new(o, "metrics", study_metrics_json(study));
    json_object_set_new(o, "n_objectives", json_integer(hone_study_n_objectives(study)));
    json_object_set_new(o, "constraints", constraints_json(study));
    json_object_set_new(o, "n_params", json_integer(space ? hone_space_n_params(space) : 0));
    json_object_set_new(o, "space_version", json_integer(hone_study_space_version(study)));
    uint32_t from = hone_study_narrowed_from(study);
    json_object_set_new(o, "narrowed_from", from ? json_integer(from) : json_null());
    json_object_set_new(o, "sampler", json_string(hone_study_sampler(study)));
    json_object_set_new(o, "sampler_in_use", json_string(hone_study_sampler_in_use(study)));
    json_object_set_new(o, "sampler_options", plugin_options_json(study, "sampler"));
    json_object_set_new(o, "sampler_why", sampler_why_json(study));
    json_object_set_new(o, "scheduler", json_string(hone_study_scheduler(study)));
    json_object_set_new(o, "scheduler_in_use", json_string(hone_study_scheduler_in_use(study)));
    json_object_set_new(o, "scheduler_options", plugin_options_json(study, "scheduler"));
    json_object_set_new(o, "sources", from_json(study));
    json_object_set_new(o, "seed", seed_json(hone_study_seed(study)));
    json_object_set_new(o, "n_trials", json_integer(hone_study_n_trials(study)));
    json_object_set_new(o, "n_retests", json_integer(s->n_retests));
    json_object_set_new(o, "n_finals", json_integer(s->n_finals));
    json_object_set_new(o, "n_excluded", json_integer(s->n_excluded));
    json_object_set_new(o, "n_finished", json_integer(hone_study_n_finished(study)));
    json_object_set_new(o, "counts", counts_json(study));
    json_object_set_new(o, "best", best_json(study));
    json_object_set_new(o, "pareto", front_json(study));
    json_object_set_new(o, "rungs", rungs_json(study));
    json_object_set_new(o, "health", findings_json(study));
    json_object_set_new(o, "workers", workers_json(s));
    json_object_set_new(o, "running", running_json(s));
    json_object_set_new(o, "created", iso_time_json(hone_study_created_us(study)));
    json_object_set_new(o, "changed", iso_time_json(hone_study_changed_us(study)));
    json_object_set_new(o, "ended", ended_json(study));
    json_t *options = options_of(study);
    json_object_set_new(o, "limits", limits_json(options));
    json_object_set_new(o, "cost", cost_json(study, options));
    json_object_set_new(o, "checkpoints", checkpoints_json(study));
    json_decref(options);
    json_object_set_new(o, "notes", study_notes_json(study));
    json_object_set_new(o, "attrs", study_attrs_json(study));
    json_object_set_new(o, "n_events", json_integer((json_int_t)hone_study_n_events(study)));
    cli_json(o, 2);
}

// --- text ---

enum { LABEL = 12 };

static void line(const standing *s, const char *label, char *text)
{
    printf("%s%-*s%s%s\n", cli_ansi(s->cli, stdout, CLI_DIM), LABEL, label,
           cli_ansi(s->cli, stdout, CLI_PLAIN), text);
    free(text);
}

static void paragraph(const standing *s, const char *label, const char *text)
{
    printf("%s%-*s%s", cli_ansi(s->cli, stdout, CLI_DIM), LABEL, label,
           cli_ansi(s->cli, stdout, CLI_PLAIN));
    cli_wrap(stdout, text, LABEL, LABEL, cli_width(stdout));
}

static void print_metrics(const standing *s)
{
    uint32_t n = hone_study_n_objectives(s->study);
    for (uint32_t i = 0; i < n; i++) {
        hone_metric metric = hone_study_metric(s->study, i);
        line(s,
             i       ? ""
             : n > 1 ? "objectives"
                     : "objective",
             cli_format("%s %s", goal_text(metric.goal), metric.name));
    }
    for (uint32_t i = 0; i < hone_study_n_constraints(s->study); i++)
        line(s, i ? "" : "constraint", cli_dup(hone_study_constraint(s->study, i)));
}

static void add_count(FILE *out, uint32_t n, const char *one, const char *many)
{
    if (n > 0)
        fprintf(out, "; %u %s", (unsigned)n, n == 1 ? one : many);
}

// "12: 10 complete, 2 failed; 1 final run"
static char *counts_text(const standing *s)
{
    // What is going on first, then what has ended.
    static const hone_trial_state order[] = {
        HONE_STATE_COMPLETE, HONE_STATE_PRUNED, HONE_STATE_RUNNING,    HONE_STATE_PAUSED,
        HONE_STATE_WAITING,  HONE_STATE_FAILED, HONE_STATE_TIMEOUT,    HONE_STATE_OOM,
        HONE_STATE_INVALID,  HONE_STATE_LOST,   HONE_STATE_INFEASIBLE,
    };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "%u", (unsigned)s->n_search);
    const char *gap = ": ";
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        uint32_t n = hone_study_count(s->study, order[i]);
        if (n == 0)
            continue;
        fprintf(out, "%s%u ", gap, (unsigned)n);
        for (const char *p = hone_state_name(order[i]); *p; p++)
            fputc(tolower((unsigned char)*p), out);
        gap = ", ";
    }
    add_count(out, s->n_retests, "repeat", "repeats");
    add_count(out, s->n_finals, "final run", "final runs");
    add_count(out, s->n_excluded, "excluded", "excluded");
    fclose(out);
    return text;
}

static void print_best(const standing *s)
{
    hone_error err = HONE_ERROR_INIT;
    uint32_t number;
    hone_trial *trial = NULL;
    if (hone_study_n_objectives(s->study) > 1) {
        line(s, "best",
             cli_format("%u on the Pareto front; `hone best` shows them",
                        (unsigned)front_size(s->study)));
        return;
    }
    if (hone_study_best_by_model(s->study, &number, &err) != HONE_OK ||
        hone_study_trial(s->study, number, &trial, &err) != HONE_OK) {
        char *paused = best_paused_text(s->study);
        line(s, "best", paused ? paused : cli_dup("none yet"));
        return;
    }
    char *values = trial_evidence(s->study, trial, false), *params = trial_params_line(trial);
    line(s, "best",
         cli_format("%s %s in trial %u", hone_study_metric(s->study, 0).name, values,
                    (unsigned)number));
    if (*params) {
        // One line: `hone best` has them all.
        char cut[1024];
        int room = cli_is_terminal(stdout) ? cli_width(stdout) - LABEL : (int)sizeof cut / 4;
        line(s, "", cli_dup(cli_elide(params, room, cut, sizeof cut)));
    }
    free(values);
    free(params);
    hone_trial_destroy(trial);
}

static void print_running(const standing *s)
{
    static const char *const titles[] = {"running", "for",   "attempt", "reports",
                                         "last",    "owner", NULL};
    cli_table *table = cli_table_create("rrrrrl", titles);
    char text[CLI_SHORT];
    for (size_t i = s->n_running; i-- > 0;) {
        const hone_trial *trial = s->running[i];
        char *number = cli_format("%u", (unsigned)hone_trial_number(trial));
        char *attempt = cli_format("%u", (unsigned)hone_trial_attempts(trial));
        char *reports = cli_format("%u", (unsigned)hone_trial_n_reports(trial));
        char *who = owner_text(trial);
        cli_table_cell(table, number);
        cli_table_cell(table, cli_duration(trial_seconds(trial), text));
        cli_table_cell(table, attempt);
        cli_table_cell(table, reports);
        cli_table_cell(table, cli_number(last_report(trial), text));
        cli_table_cell(table, who);
        free(number);
        free(attempt);
        free(reports);
        free(who);
    }
    printf("\n");
    cli_table_print(s->cli, table);
}

static void print_attributes(const standing *s)
{
    json_t *attrs = study_attrs_json(s->study), *value;
    const char *name, *label = "attributes";
    json_object_foreach(attrs, name, value)
    {
        char *text = trial_param_text(value);
        line(s, label, cli_format("%s=%s", name, text));
        label = "";
        free(text);
    }
    json_decref(attrs);
}

// A finding a paragraph, indented behind its label.
static void print_health(const standing *s)
{
    hone_health *health = NULL;
    (void)hone_study_health(s->study, &health, NULL);
    for (uint32_t i = 0; health && i < hone_health_n(health); i++) {
        char *text = finding_text(health, i);
        paragraph(s, i ? "" : "health", text);
        free(text);
    }
    hone_health_destroy(health);
}

// "auto (gp)", and what it is up to.
static void print_sampler(const standing *s)
{
    hone_explanation said = HONE_EXPLANATION_INIT;
    if (hone_study_explain(s->study, -1, &said, NULL) != HONE_OK || !*said.sampler)
        return;
    line(s, "sampler", study_sampler_text(s->study));
    if (!*said.why)
        return;
    printf("%*s", LABEL, "");
    cli_wrap(stdout, said.why, LABEL, LABEL, cli_width(stdout));
}

// What it was started from, and how far that agrees.
static void print_sources(const standing *s)
{
    for (uint32_t i = 0; i < hone_study_n_sources(s->study); i++) {
        char *text = from_line(s->study, i);
        paragraph(s, i ? "" : "from", text);
        free(text);
    }
}

static void print_text(const standing *s)
{
    hone_study *study = s->study;
    const hone_space *space = hone_study_space(study);
    char text[CLI_SHORT], ago[CLI_SHORT];
    unsigned n_params = space ? hone_space_n_params(space) : 0;
    line(s, "study", cli_format("%s in %s", hone_study_name(study), cli_storage(s->cli)));
    print_metrics(s);
    line(s, "space",
         cli_format("%u parameter%s, version %u%s", n_params, n_params == 1 ? "" : "s",
                    (unsigned)hone_study_space_version(study),
                    hone_study_narrowed_from(study) ? ", narrowed" : ""));
    print_sampler(s);
    line(s, "scheduler", study_scheduler_text(study));
    print_sources(s);
    line(s, "seed", cli_format("%llu", (unsigned long long)hone_study_seed(study)));
    json_t *options = options_of(study);
    char *limits = limits_text(options), *cost = cost_text(study, options);
    if (limits)
        line(s, "each trial", limits);
    json_decref(options);
    line(s, "trials", counts_text(s));
    if (cost)
        paragraph(s, "cost", cost);
    free(cost);
    char *checkpoints = checkpoints_text(study);
    if (checkpoints)
        line(s, "checkpoints", checkpoints);
    print_best(s);
    line(s, "created",
         cli_format("%s (%s)", cli_date(hone_study_created_us(study), text),
                    cli_ago(hone_study_created_us(study), ago)));
    line(s, "changed",
         cli_format("%s (%s)", cli_date(hone_study_changed_us(study), text),
                    cli_ago(hone_study_changed_us(study), ago)));
    json_t *ended = ended_json(study);
    if (json_is_object(ended))
        line(s, "ended", cli_dup(json_string_value(json_object_get(ended, "text"))));
    json_decref(ended);
    for (uint32_t i = 0; *study_note_at(study, i).text; i++)
        line(s, i ? "" : "notes", cli_dup(study_note_at(study, i).text));
    print_attributes(s);
    print_health(s);
    rungs_print(s->cli, study);
    print_workers(s);
    if (s->n_running > 0)
        print_running(s);
}

static int run(cli_args *cli)
{
    standing s = {.cli = cli};
    int code = cli_open_named(cli, cli_arg(cli, 0), true, &s.study);
    if (code == CLI_EXIT_OK)
        code = find_running(&s);
    if (code == CLI_EXIT_OK)
        code = count_purposes(&s);
    if (code == CLI_EXIT_OK && cli_flag(cli, "json"))
        print_json(&s);
    else if (code == CLI_EXIT_OK)
        print_text(&s);
    for (size_t i = 0; i < s.n_running; i++)
        hone_trial_destroy(s.running[i]);
    free(s.running);
    hone_study_close(s.study);
    return code;
}

const cli_verb cli_verb_status = {
    .name = "status",
    .group = CLI_GROUP_LOOK,
    .rank = 10,
    .summary = "Show where a study stands",
    .usage = "[study] [options]",
    .about = "Objective, sampler, trials by state, the best so far, what the health checks found, "
             "and what runs now. It only looks, also while a run is going on.",
    .common = CLI_WITH_STUDY | CLI_WITH_JSON,
    .max_args = 1,
    .run = run,
};
