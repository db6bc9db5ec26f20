// hone show: everything about one trial.
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trial_files.h"

typedef struct showing {
    cli_args *cli;
    hone_study *study;
    hone_trial *trial;
    hone_explanation said; // why it was proposed, and why it stands where it does
} showing;

// --- JSON ---

static void add_file(json_t *o, const char *folder, const char *key, const char *name)
{
    char *path = folder_file(folder, -1, name);
    json_object_set_new(o, key, access(path, F_OK) == 0 ? json_string(path) : json_null());
    free(path);
}

// Who proposed it, and why; null when that was no sampler.
static json_t *proposal_json(const showing *s)
{
    const hone_explanation *said = &s->said;
    if (!*said->sampler)
        return json_null();
    return json_pack("{s:s, s:s, s:o}", "sampler", said->sampler, "in_use", said->in_use, "why",
                     *said->why ? json_string(said->why) : json_null());
}

// Why the scheduler lets it wait, go on or end; null when it has nothing to say.
static json_t *standing_json(const showing *s)
{
    return *s->said.standing ? json_string(s->said.standing) : json_null();
}

// Once: it folds the journal up to where the trial was proposed.
static void explain(showing *s)
{
    hone_explanation said = HONE_EXPLANATION_INIT;
    if (hone_study_explain(s->study, hone_trial_number(s->trial), &said, NULL) == HONE_OK)
        s->said = said;
}

static void print_json(const showing *s)
{
    json_t *o = trial_json(s->study, s->trial);
    char *command = trial_command_line(s->study, s->trial);
    char *folder = trial_folder(s->study, s->trial);
    json_object_set_new(o, "study", json_string(hone_study_name(s->study)));
    json_object_set_new(o, "retests", retests_json(s->study, s->trial));
    json_object_set_new(o, "reports", trial_reports_json(s->study, s->trial));
    if (hone_trial_n_parts(s->trial) > 0)
        json_object_set_new(o, "runs", trial_parts_json(s->study, s->trial));
    json_object_set_new(o, "seed", seed_json(hone_trial_seed(s->trial)));
    json_object_set_new(o, "owner", json_string(hone_trial_owner(s->trial)));
    json_object_set_new(
        o, "pid", hone_trial_pid(s->trial) ? json_integer(hone_trial_pid(s->trial)) : json_null());
    json_object_set_new(o, "saw", json_integer(hone_trial_saw(s->trial)));
    json_object_set_new(o, "proposed", proposal_json(s));
    json_object_set_new(o, "standing", standing_json(s));
    json_object_set_new(o, "command", command ? json_string(command) : json_null());
    uint64_t bytes = hone_trial_checkpoint_bytes(s->trial);
    json_object_set_new(o, "checkpoint_bytes",
                        bytes ? json_integer((json_int_t)bytes) : json_null());
    json_object_set_new(o, "checkpoint_removed",
                        json_boolean(hone_trial_checkpoint_removed(s->trial)));
    add_file(o, folder, "stdout", "stdout");
    add_file(o, folder, "stderr", "stderr");
    cli_json(o, 2);
    free(folder);
    free(command);
}

// --- text ---

enum { LABEL = 11 };

static void line(const char *label, const char *format, ...) HONE_PRINTF(2, 3);
static void line(const char *label, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    printf("  %-*s%s\n", LABEL, label, text ? text : "");
    free(text);
}

static void title(const showing *s, const char *text)
{
    printf("\n%s%s%s\n", cli_ansi(s->cli, stdout, CLI_BOLD), text,
           cli_ansi(s->cli, stdout, CLI_PLAIN));
}

static void print_head(const showing *s)
{
    hone_trial_state state = hone_trial_status(s->trial);
    const char *message = hone_trial_message(s->trial), *note = hone_trial_note(s->trial);
    printf("%strial %u%s of study %s: %s%s%s\n", cli_ansi(s->cli, stdout, CLI_BOLD),
           (unsigned)hone_trial_number(s->trial), cli_ansi(s->cli, stdout, CLI_PLAIN),
           hone_study_name(s->study), cli_ansi(s->cli, stdout, cli_state_style(state)),
           trial_state_text(s->trial), cli_ansi(s->cli, stdout, CLI_PLAIN));
    if (*message)
        line("message", "%s", message);
    if (*note)
        line("note", "%s", note);
}

static bool is_best(const showing *s)
{
    uint32_t best;
    hone_error err = HONE_ERROR_INIT;
    return hone_study_n_objectives(s->study) == 1 &&
           hone_study_best_by_model(s->study, &best, &err) == HONE_OK &&
           best == hone_trial_number(s->trial);
}

// "retests     0.131 ± 0.004, the mean of 10"
static void print_retests(const showing *s)
{
    hone_repeats repeats;
    (void)hone_study_repeats(s->study, hone_trial_number(s->trial), 0, &repeats, NULL);
    char *mean = repeats_text(&repeats, true);
    if (repeats.n > 0)
        line("retests", " %s, the mean of %u", mean, (unsigned)repeats.n);
    if (repeats.n_open > 0)
        line(repeats.n ? "" : "retests", " %u %s to come", (unsigned)repeats.n_open,
             repeats.n_open == 1 ? "is" : "are");
    free(mean);
}

static void print_values(const showing *s)
{
    char text[CLI_SHORT];
    title(s, "values");
    bool any = false;
    for (uint32_t i = 0; i < hone_study_n_metrics(s->study); i++) {
        hone_metric metric = hone_study_metric(s->study, i);
        double value = hone_trial_value(s->trial, i);
        if (isnan(value))
            continue;
        const char *remark = metric.goal == HONE_RECORD ? ""
                             : i == 0 && is_best(s)     ? ", the best of the study"
                                                        : "";
        char *spread = trial_spread_text(s->trial, i, true);
        cli_number_full(value, text);
        if (metric.goal == HONE_RECORD)
            line(metric.name, " %s", spread ? spread : text);
        else
            line(metric.name, " %s  (%s%s)", spread ? spread : text, goal_text(metric.goal),
                 remark);
        free(spread);
        any = true;
    }
    print_retests(s);
    for (uint32_t i = 0; i < hone_trial_n_constraint_values(s->trial); i++)
        line(i ? "" : "constraint", " %s  (satisfied at 0 and below)",
             cli_number_full(hone_trial_constraint_value(s->trial, i), text));
    if (!any)
        printf("  none%s\n", hone_state_is_finished(hone_trial_status(s->trial)) ? "" : " yet");
    if (!hone_trial_feasible(s->trial))
        printf("  a constraint is broken\n");
}

static void print_params(const showing *s)
{
    const hone_space *space = hone_study_space(s->study);
    json_t *params = cli_json_text(hone_trial_params_json(s->trial));
    int width = pairs_width(params, LABEL);
    uint32_t n = space ? hone_space_n_params(space) : 0;
    title(s, "parameters");
    for (uint32_t i = 0; i < n; i++) {
        int columns = cli_columns(hone_space_name(space, i)) + 2;
        width = columns > width ? columns : width;
    }
    pairs_print(params, width);
    // An older version of the space may have had others: those are not missed.
    bool waits = !hone_trial_has_params(s->trial);
    bool current =
        waits || hone_trial_space_version(s->trial) == hone_study_space_version(s->study);
    for (uint32_t i = 0; current && i < n; i++) {
        const char *other = hone_space_name(space, i);
        if (!json_object_get(params, other))
            printf("  %s%*s%s-  (%s)%s\n", other, width - cli_columns(other), "",
                   cli_ansi(s->cli, stdout, CLI_DIM), waits ? "not chosen yet" : "not active",
                   cli_ansi(s->cli, stdout, CLI_PLAIN));
    }
    json_decref(params);
}

static void print_attributes(const showing *s)
{
    json_t *attrs = trial_attrs_json(s->trial);
    if (json_object_size(attrs) > 0)
        title(s, "attributes");
    pairs_print(attrs, pairs_width(attrs, LABEL));
    json_decref(attrs);
}

static void print_times(const showing *s)
{
    char text[CLI_SHORT], ago[CLI_SHORT];
    double seconds = trial_seconds(s->trial), cpu = hone_trial_cpu_s(s->trial);
    title(s, "run");
    if (hone_trial_started_us(s->trial))
        line("started", "%s (%s)", cli_date(hone_trial_started_us(s->trial), text),
             cli_ago(hone_trial_started_us(s->trial), ago));
    if (hone_trial_ended_us(s->trial))
        line("ended", "%s", cli_date(hone_trial_ended_us(s->trial), text));
    if (!isnan(seconds))
        line("duration", "%s%s", cli_duration(seconds, text),
             hone_trial_status(s->trial) == HONE_STATE_RUNNING ? " so far" : "");
    if (!isnan(cpu))
        line("cpu", "%s", cli_duration(cpu, text));
    if (hone_trial_maxrss_kb(s->trial) > 0)
        line("memory", "%s at most",
             cli_bytes((double)hone_trial_maxrss_kb(s->trial) * 1024, text));
    if (hone_trial_checkpoint_removed(s->trial))
        line("checkpoint", "removed; it took %s",
             cli_bytes((double)hone_trial_checkpoint_bytes(s->trial), text));
    else if (hone_trial_checkpoint_bytes(s->trial) > 0)
        line("checkpoint", "%s", cli_bytes((double)hone_trial_checkpoint_bytes(s->trial), text));
    line("attempts", "%u", (unsigned)hone_trial_attempts(s->trial));
    if (hone_trial_signal(s->trial) > 0)
        line("ended by", "signal %d (%s)", hone_trial_signal(s->trial),
             strsignal(hone_trial_signal(s->trial)));
    else if (hone_trial_exit_code(s->trial) >= 0)
        line("exit code", "%d", hone_trial_exit_code(s->trial));
    if (hone_trial_status(s->trial) == HONE_STATE_RUNNING) {
        line("owner", "%s", hone_trial_owner(s->trial));
        if (hone_trial_pid(s->trial))
            line("process", "%lld", (long long)hone_trial_pid(s->trial));
    }
}

static void print_why(const char *text)
{
    printf("%*s", LABEL + 2, "");
    cli_wrap(stdout, text, LABEL + 2, LABEL + 2, cli_width(stdout));
}

static void print_proposal(const showing *s)
{
    if (!*s->said.sampler)
        return;
    char *name = sampler_text(&s->said);
    line("sampler", "%s", name);
    free(name);
    if (*s->said.why)
        print_why(s->said.why);
}

// Why it waits, goes on or was stopped.
static void print_standing(const showing *s)
{
    if (!*s->said.standing)
        return;
    line("scheduler", "%s", hone_study_scheduler_in_use(s->study));
    print_why(s->said.standing);
}

static void print_origin(const showing *s)
{
    hone_trial_purpose purpose = hone_trial_purpose_of(s->trial);
    int64_t parent = hone_trial_parent(s->trial), copied = hone_trial_copied_from(s->trial);
    line("origin", "%s%s%s", trial_origin_text(hone_trial_origin_of(s->trial)),
         purpose == HONE_PURPOSE_SEARCH ? "" : ", ",
         purpose == HONE_PURPOSE_SEARCH ? "" : trial_purpose_text(purpose));
    print_proposal(s);
    print_standing(s);
    char step[CLI_SHORT], *ancestry = trial_ancestry(s->study, hone_trial_number(s->trial));
    double forked_at = hone_trial_forked_at(s->trial);
    if (parent >= 0 && !isnan(forked_at))
        line("parent", "trial %lld, from its checkpoint at step %s", (long long)parent,
             cli_number(forked_at, step));
    else if (parent >= 0)
        line("parent", "trial %lld", (long long)parent);
    if (ancestry) {
        printf("  %-*s", LABEL, "ancestry");
        cli_wrap(stdout, ancestry, LABEL + 2, LABEL + 2, cli_width(stdout));
    }
    free(ancestry);
    if (copied >= 0)
        line("copied", "from trial %lld, the same point", (long long)copied);
    line("seed", "%llu", (unsigned long long)hone_trial_seed(s->trial));
    uint32_t version = hone_trial_space_version(s->trial);
    if (version > 0 && version < hone_study_space_version(s->study))
        line("space", "version %u; %s the present version %u", (unsigned)version,
             hone_trial_in_space(s->trial) ? "inside" : "outside of",
             (unsigned)hone_study_space_version(s->study));
    else
        line("space", "version %u", (unsigned)version);
}

// The first metrics of each part that has ended.
static void print_parts(const showing *s)
{
    enum { METRICS = 4, MAX_SHOWN = 40 };
    uint32_t n = hone_trial_n_parts_ended(s->trial), n_metrics = hone_study_n_metrics(s->study);
    uint32_t folds = hone_trial_folds(s->trial), repeats = hone_trial_repeats(s->trial);
    const char *titles[METRICS + 5] = {"run"};
    int c = 1;
    bool served = hone_trial_copied_from(s->trial) >= 0; // it ran nothing itself
    char *parts = served ? NULL : trial_parts_text(s->trial), text[CLI_SHORT];
    if (parts)
        title(s, parts);
    free(parts);
    if (n == 0)
        return;
    json_t *instances = trial_instances(s->trial);
    if (folds)
        titles[c++] = instances ? "instance" : "fold";
    if (repeats)
        titles[c++] = "repeat";
    n_metrics = n_metrics > METRICS ? METRICS : n_metrics;
    for (uint32_t k = 0; k < n_metrics; k++)
        titles[c++] = hone_study_metric(s->study, k).name;
    titles[c] = "duration";
    cli_table *table = cli_table_create("rrrrrrrrr", titles);
    for (uint32_t p = 0; p < n && (p < MAX_SHOWN || cli_flag(s->cli, "all")); p++) {
        snprintf(text, sizeof text, "%u", (unsigned)p);
        cli_table_cell(table, text);
        snprintf(text, sizeof text, "%u", folds ? (unsigned)(p % folds) : (unsigned)p);
        if (folds)
            cli_table_cell(
                table, instances ? json_string_value(json_array_get(instances, p % folds)) : text);
        snprintf(text, sizeof text, "%u", folds ? (unsigned)(p / folds) : (unsigned)p);
        if (repeats)
            cli_table_cell(table, text);
        for (uint32_t k = 0; k < n_metrics; k++)
            cli_table_cell(table, cli_number(hone_trial_part_value(s->trial, p, k), text));
        cli_table_cell(table, cli_duration(hone_trial_part_duration_s(s->trial, p), text));
    }
    json_decref(instances);
    cli_table_print(s->cli, table);
}

// The first metrics of each report; long series show their first and last lines.
static void print_reports(const showing *s)
{
    enum { MAX_SHOWN = 20, METRICS = 4 };
    uint32_t n = hone_trial_n_reports(s->trial), n_metrics = hone_study_n_metrics(s->study);
    const char *titles[METRICS + 2] = {"step"};
    if (n == 0)
        return;
    n_metrics = n_metrics > METRICS ? METRICS : n_metrics;
    for (uint32_t k = 0; k < n_metrics; k++)
        titles[k + 1] = hone_study_metric(s->study, k).name;
    char heading[64], text[CLI_SHORT];
    snprintf(heading, sizeof heading, "reports (%u)", (unsigned)n);
    title(s, heading);
    cli_table *table = cli_table_create("rrrrr", titles);
    for (uint32_t i = 0; i < n; i++) {
        bool gap = n > MAX_SHOWN && i == MAX_SHOWN / 2 && !cli_flag(s->cli, "all");
        cli_table_cell(table, gap ? (cli_utf8() ? "⋮" : ":")
                                  : cli_number(hone_trial_report_step(s->trial, i), text));
        for (uint32_t k = 0; k < n_metrics; k++)
            cli_table_cell(table,
                           gap ? "" : cli_number(hone_trial_report_value(s->trial, i, k), text));
        if (gap)
            i = n - MAX_SHOWN / 2 - 1;
    }
    cli_table_print(s->cli, table);
}

static void print_files(const showing *s)
{
    static const char *const names[] = {"stdout", "stderr"};
    char *command = trial_command_line(s->study, s->trial);
    if (command) {
        title(s, "command");
        printf("  %s\n", command);
    }
    bool any = false;
    char *folder = trial_folder(s->study, s->trial);
    uint32_t n_parts = trial_n_parts(s->study, s->trial);
    for (uint32_t p = 0; p < (n_parts ? n_parts : 1); p++) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            char *path = folder_file(folder, n_parts ? (int64_t)p : -1, names[i]);
            if (access(path, F_OK) == 0) {
                if (!any)
                    title(s, "files");
                any = true;
                printf("  %s\n", path);
            }
            free(path);
        }
    }
    free(folder);
    free(command);
}

static int run(cli_args *cli)
{
    showing s = {.cli = cli, .said = HONE_EXPLANATION_INIT};
    uint32_t number;
    hone_error err = HONE_ERROR_INIT;
    if (!cli_trial_arg(cli, 0, &number))
        return CLI_EXIT_USAGE;
    int code = cli_open(cli, true, &s.study);
    if (code != CLI_EXIT_OK)
        return code;
    if (hone_study_trial(s.study, number, &s.trial, &err) != HONE_OK) {
        code = cli_fail(cli, &err);
    } else if (cli_flag(cli, "json")) {
        explain(&s);
        print_json(&s);
    } else {
        explain(&s);
        print_head(&s);
        print_values(&s);
        print_params(&s);
        print_attributes(&s);
        print_times(&s);
        print_origin(&s);
        print_parts(&s);
        print_reports(&s);
        print_files(&s);
    }
    hone_trial_destroy(s.trial);
    hone_study_close(s.study);
    return code;
}

static const cli_option options[] = {
    {.name = "all",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "every report, not only the first and last ones"},
    {.name = NULL},
};

const cli_verb cli_verb_show = {
    .name = "show",
    .group = CLI_GROUP_LOOK,
    .rank = 30,
    .summary = "Show everything about one trial",
    .usage = "TRIAL [options]",
    .about = "Values, parameters, attributes, times, reports, files, and the command line that "
             "runs the same configuration again.",
    .examples = "hone show 17\n    trial 17\nhone show 17 --json\n    the same for a program",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
