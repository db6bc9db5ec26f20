// A plan and the study: opening it, what differs, what is recorded.
#include "from.h"
#include "plan.h"
#include "trial_view.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *run_text(const run_plan *plan, const char *key)
{
    return json_string_value(json_object_get(plan->run, key));
}

static double run_number(const run_plan *plan, const char *key, double fallback)
{
    json_t *value = json_object_get(plan->run, key);
    return value ? json_number_value(value) : fallback;
}

static bool run_flag(const run_plan *plan, const char *key)
{
    return json_is_true(json_object_get(plan->run, key));
}

char *plan_command_text(const json_t *run)
{
    char *text = NULL;
    size_t size = 0, i;
    json_t *word, *words = json_object_get(run, "command");
    bool shell = json_is_true(json_object_get(run, "shell"));
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return cli_dup("");
    json_array_foreach(words, i, word)
    {
        fputs(i ? " " : "", out);
        if (shell)
            fputs(json_string_value(word), out);
        else
            cli_quote(out, json_string_value(word));
    }
    fclose(out);
    return text;
}

static const char *dir_of(run_plan *plan)
{
    if (!plan->dir)
        plan->dir = run_text(plan, "dir") ? cli_dup(run_text(plan, "dir"))
                                          : cli_format("hone/%s", plan->name);
    return plan->dir;
}

// --- what is recorded ---

// First line that a command of ours prints, NULL when it fails or prints none.
static char *line_of(const char *command)
{
    char text[256];
    FILE *pipe = popen(command, "r");
    if (!pipe)
        return NULL;
    bool got = fgets(text, sizeof text, pipe) != NULL;
    pclose(pipe);
    text[strcspn(text, "\n")] = '\0';
    return got && text[0] ? cli_dup(text) : NULL;
}

// {"commit","dirty"} of the working directory, null outside of a git tree.
static json_t *git_json(void)
{
    char *commit = line_of("git rev-parse HEAD 2>/dev/null </dev/null");
    if (!commit)
        return json_null();
    char *changed =
        line_of("git --no-optional-locks status --porcelain -uno 2>/dev/null </dev/null");
    json_t *git = json_pack("{s:s, s:b}", "commit", commit, "dirty", changed != NULL);
    free(commit);
    free(changed);
    return git;
}

// Everything that is needed to reproduce the study, and to go on with it.
static json_t *settings_json(run_plan *plan)
{
    char host[256] = "", cwd[4096] = "", *line = cli_line(plan->cli);
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    if (!getcwd(cwd, sizeof cwd))
        cwd[0] = '\0';
    json_t *settings =
        json_pack("{s:O, s:b, s:s, s:O, s:s*, s:s*, s:s*, s:s, s:o}", "command",
                  json_object_get(plan->run, "command"), "shell", run_flag(plan, "shell"), "dir",
                  dir_of(plan), "options", plan->run, "line", line, "host", host, "cwd", cwd,
                  "version", hone_version(), "git", git_json());
    free(line);
    if (settings && json_array_size(plan->templates) > 0)
        json_object_set(settings, "templates", plan->templates);
    return settings ? settings : json_object();
}

hone_status plan_record(run_plan *plan, hone_study *study, hone_error *err)
{
    const char *key;
    json_t *value, *settings = settings_json(plan);
    hone_status status = HONE_OK;
    if (hone_study_get(study, "templates")) // there may be none any more
        json_object_set(settings, "templates", plan->templates);
    json_object_foreach(settings, key, value)
    {
        const char *text = hone_study_get(study, key);
        json_t *had = text ? cli_json_text(text) : NULL;
        if (status == HONE_OK && (!had || !json_equal(had, value))) {
            char *json = cli_json_dump(value, 0);
            status = hone_study_set(study, key, json, err);
            free(json);
        }
        json_decref(had);
    }
    json_decref(settings);
    return status;
}

void plan_note_directory(const run_plan *plan, const hone_study *study)
{
    char here[4096];
    json_t *cwd = cli_json_text(hone_study_get(study, "cwd"));
    const char *there = json_string_value(cwd);
    if (there && getcwd(here, sizeof here) && strcmp(here, there) != 0)
        cli_note(plan->cli, "the study was begun in %s; its command now runs in %s", there, here);
    json_decref(cwd);
}

// --- options of the library ---

static char *plugin_options(const json_t *plugin)
{
    json_t *options = json_object_get(plugin, "options");
    return json_object_size(options) > 0 ? cli_json_dump(options, 0) : NULL;
}

hone_study_options plan_study_options(run_plan *plan)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    const char *durability = run_text(plan, "durability");
    options.storage = plan->storage;
    options.name = plan->name;
    options.accept_changes = plan->accept;
    options.space = plan->space;
    options.metrics = plan->metrics;
    options.n_metrics = plan->n_metrics;
    options.constraints = plan->constraints;
    options.n_constraints = plan->n_constraints;
    options.has_seed = plan->has_seed;
    options.seed = plan->seed;
    options.n_trials = (int64_t)run_number(plan, "trials", 0);
    options.lag = plan->deterministic ? (uint32_t)run_number(plan, "jobs", 1) : 0;
    options.noisy = plan->noisy;
    if (!plan->sources)
        plan->sources = from_array(plan->from);
    options.from = plan->sources;
    options.n_from = (uint32_t)json_array_size(plan->from);
    options.sampler = json_string_value(json_object_get(plan->sampler, "name"));
    options.scheduler = json_string_value(json_object_get(plan->scheduler, "name"));
    if (!plan->sampler_options)
        plan->sampler_options = plugin_options(plan->sampler);
    if (!plan->scheduler_options)
        plan->scheduler_options = plugin_options(plan->scheduler);
    if (!plan->storage_options && durability && strncmp(plan->storage, "sqlite:", 7) == 0)
        plan->storage_options = cli_format("{\"sync\":\"%s\"}", durability);
    if (!plan->attributes && json_object_get(plan->run, "command")) {
        json_t *settings = settings_json(plan);
        plan->attributes = cli_json_dump(settings, 0);
        json_decref(settings);
    }
    options.sampler_options = plan->sampler_options;
    options.scheduler_options = plan->scheduler_options;
    options.attributes = plan->attributes;
    options.storage_options = plan->storage_options;
    return options;
}

// Without -j: one at a time, or as many as there are CPUs and GPUs for (0). A deterministic study
// counts with a number that is the same everywhere.
static uint32_t plan_jobs(const run_plan *plan)
{
    bool fits =
        run_number(plan, "cpus-per-trial", 0) > 0 || run_number(plan, "gpus-per-trial", 0) > 0;
    return (uint32_t)run_number(plan, "jobs", fits && !plan->deterministic ? 0 : 1);
}

hone_run_options plan_run_options(run_plan *plan)
{
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    size_t i;
    json_t *word, *command = json_object_get(plan->run, "command");
    if (!plan->words) {
        plan->words = cli_alloc((json_array_size(command) + 1) * sizeof *plan->words);
        json_array_foreach(command, i, word) plan->words[i] = json_string_value(word);
    }
    if (!plan->files) {
        plan->files = cli_alloc((json_array_size(plan->templates) + 1) * sizeof *plan->files);
        json_array_foreach(plan->templates, i, word) plan->files[i] =
            (hone_run_template){json_string_value(json_object_get(word, "source")),
                                json_string_value(json_object_get(word, "name")),
                                json_string_value(json_object_get(word, "text"))};
    }
    options.templates = plan->files;
    options.n_templates = (uint32_t)json_array_size(plan->templates);
    options.command = plan->words;
    options.n_command = (uint32_t)json_array_size(command);
    options.shell = run_flag(plan, "shell");
    options.dir = dir_of(plan);
    options.n_trials = (int64_t)run_number(plan, "trials", 0);
    options.time_s = run_number(plan, "time", 0);
    options.cost_s = run_number(plan, "cost", 0);
    options.cost = run_text(plan, "cost");
    options.has_target = json_object_get(plan->run, "target") != NULL;
    options.target = run_number(plan, "target", 0);
    options.plateau = (uint32_t)run_number(plan, "plateau", 0);
    options.plateau_delta = run_number(plan, "plateau-delta", 0);
    options.has_until_regret = json_object_get(plan->run, "until-regret") != NULL;
    options.until_regret = run_number(plan, "until-regret", 0);
    options.follows = plan->follows;
    options.keeps_jobs = plan->keeps_jobs;
    options.timeout_trial_s = run_number(plan, "timeout-trial", 0);
    options.grace_s = run_number(plan, "grace", 10);
    options.retries = (uint32_t)run_number(plan, "retries", 0);
    options.cpus_per_trial = (uint32_t)run_number(plan, "cpus-per-trial", 0);
    options.gpus_per_trial = run_number(plan, "gpus-per-trial", 0);
    options.n_jobs = plan_jobs(plan);
    options.fewer_jobs = !plan->says_jobs;
    options.mem_trial_bytes = (uint64_t)run_number(plan, "mem-trial", 0);
    options.keep_ckpts = (int64_t)run_number(plan, "keep-ckpt", -1);
    options.ckpt_quota_bytes = (uint64_t)run_number(plan, "ckpt-quota", 0);
    options.metric_from = run_text(plan, "metric-from");
    options.regex = run_text(plan, "regex");
    options.metric_builtin = run_text(plan, "metric");
    options.read_stderr = run_flag(plan, "stderr");
    options.take_best = run_text(plan, "take") && strcmp(run_text(plan, "take"), "best") == 0;
    options.no_checkpoint = run_flag(plan, "no-checkpoint");
    options.final_run = run_flag(plan, "final");
    options.executor = run_text(plan, "executor");
    options.folds = (uint32_t)run_number(plan, "folds", 0);
    options.repeats = (uint32_t)run_number(plan, "repeats", 0);
    plan_name_folds(plan, &options);
    return options;
}

// --- an existing study ---

static void inherit_objectives(run_plan *plan, const hone_study *study)
{
    if (plan->n_metrics + plan->n_constraints == 0 || json_array_size(plan->objectives) > 0)
        return;
    uint32_t n = hone_study_n_objectives(study);
    hone_metric *metrics = cli_alloc((n + plan->n_metrics) * sizeof *metrics);
    for (uint32_t i = 0; i < n; i++) {
        metrics[i] = hone_study_metric(study, i);
        metrics[i].name = plan_keep(plan, metrics[i].name);
    }
    if (plan->n_metrics > 0)
        memcpy(metrics + n, plan->metrics, plan->n_metrics * sizeof *metrics);
    free(plan->metrics);
    plan->metrics = metrics;
    plan->n_metrics += n;
}

void plan_inherit(run_plan *plan, const hone_study *study)
{
    inherit_objectives(plan, study);
    if (json_object_get(plan->run, "command"))
        return;
    json_t *options = cli_json_text(hone_study_get(study, "options"));
    if (!json_object_get(plan->run, "template"))
        plan_inherit_templates(plan, study);
    json_object_update_missing(plan->run, options);
    json_decref(options);
}

// "minimize loss, maximize accuracy; latency<=20"
static char *goals_text(const hone_metric *metrics, uint32_t n, const char *const *constraints,
                        uint32_t n_constraints)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return cli_dup("");
    for (uint32_t i = 0; i < n; i++)
        if (metrics[i].goal != HONE_RECORD)
            fprintf(out, "%s%s %s", i ? ", " : "", goal_text(metrics[i].goal), metrics[i].name);
    for (uint32_t i = 0; i < n_constraints; i++)
        fprintf(out, "%s%s", i ? ", " : "; ", constraints[i]);
    fclose(out);
    return text;
}

static char *study_goals_text(const hone_study *study)
{
    uint32_t n = hone_study_n_objectives(study), m = hone_study_n_constraints(study);
    hone_metric *metrics = cli_alloc(n * sizeof *metrics);
    const char **constraints = cli_alloc(m * sizeof *constraints);
    for (uint32_t i = 0; i < n; i++)
        metrics[i] = hone_study_metric(study, i);
    for (uint32_t i = 0; i < m; i++)
        constraints[i] = hone_study_constraint(study, i);
    char *text = goals_text(metrics, n, constraints, m);
    free(metrics);
    free(constraints);
    return text;
}

static void add_change(FILE *out, const char *what, const char *had, const char *asked)
{
    if (strcmp(had, asked) != 0)
        fprintf(out, "  %s\n    - %s\n    + %s\n", what, had, asked);
}

static void add_space_change(FILE *out, const run_plan *plan, const hone_study *study)
{
    if (!plan->space || !hone_study_space(study))
        return;
    char *diff = hone_space_diff(hone_study_space(study), plan->space);
    if (diff && diff[0])
        fputs("  parameters\n", out);
    cli_indent(out, diff, 4);
    hone_free(diff);
}

static void add_command_change(FILE *out, const run_plan *plan, const hone_study *study)
{
    const char *text = hone_study_get(study, "command"), *shell = hone_study_get(study, "shell");
    if (!text || !json_object_get(plan->run, "command"))
        return;
    json_t *had =
        json_pack("{s:o, s:o}", "command", cli_json_text(text), "shell", cli_json_text(shell));
    char *old = plan_command_text(had), *new = plan_command_text(plan->run);
    add_change(out, "command", old, new);
    free(old);
    free(new);
    json_decref(had);
}

// A mean over other folds is another quantity.
static void add_parts_change(FILE *out, const run_plan *plan, const hone_study *study)
{
    static const struct {
        const char *key, *none;
    } rows[] = {{"folds", "none"}, {"repeats", "1"}};
    const char *text = hone_study_get(study, "options");
    json_t *had = text ? cli_json_text(text) : NULL;
    for (size_t i = 0; had && i < sizeof rows / sizeof *rows; i++) {
        char texts[2][CLI_SHORT];
        const json_t *values[2] = {json_object_get(had, rows[i].key),
                                   json_object_get(plan->run, rows[i].key)};
        for (int k = 0; k < 2; k++)
            snprintf(texts[k], CLI_SHORT, "%s", rows[i].none);
        for (int k = 0; k < 2; k++)
            if (json_integer_value(values[k]) > 0)
                snprintf(texts[k], CLI_SHORT, "%lld", (long long)json_integer_value(values[k]));
        add_change(out, rows[i].key, texts[0], texts[1]);
    }
    if (had)
        plan_instances_difference(out, plan, json_object_get(had, "instances"));
    json_decref(had);
}

static void add_goals_change(FILE *out, const run_plan *plan, const hone_study *study)
{
    if (plan->n_metrics + plan->n_constraints == 0)
        return;
    char *had = study_goals_text(study);
    char *asked =
        goals_text(plan->metrics, plan->n_metrics, plan->constraints, plan->n_constraints);
    add_change(out, "objective", had, asked);
    free(had);
    free(asked);
}

// What differs from the study, as lines for people; NULL when nothing does. The caller frees.
static char *difference_from(const run_plan *plan, const hone_study *study)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    add_space_change(out, plan, study);
    add_goals_change(out, plan, study);
    add_command_change(out, plan, study);
    plan_template_difference(out, plan, study);
    add_parts_change(out, plan, study);
    fclose(out);
    if (size > 0)
        return text;
    free(text);
    return NULL;
}

static int refuse(const run_plan *plan, const hone_study *study, const char *difference)
{
    bool runs = cli_verb_of(plan->cli)->takes_command;
    cli_usage(plan->cli, "the study '%s' differs from what is asked for (- has, + asked for):",
              hone_study_name(study));
    fprintf(stderr,
            "%sChange it with --accept, begin another study with --study NAME, or go on with what "
            "it\nhas by %s.\n",
            difference, runs ? "`hone resume`" : "`hone ask` alone");
    return CLI_EXIT_USAGE;
}

// The space that is asked for may have been narrowed since: the study goes on with what it is now.
static void take_narrowed(run_plan *plan, const hone_study *study)
{
    if (!plan->space || plan->accept || !hone_study_was_narrowed(study, plan->space))
        return;
    hone_space_destroy(plan->space);
    plan->space = NULL;
    cli_note(
        plan->cli,
        "the study '%s' goes on in the space that `hone narrow` made of this one; `hone narrow "
        "--undo` takes it back",
        hone_study_name(study));
}

// What a study starts from is decided when it begins.
static int check_from(run_plan *plan, const hone_study *study)
{
    if (json_array_size(plan->from) == 0)
        return CLI_EXIT_OK;
    json_t *had = from_of((hone_study *)study);
    bool same = json_array_size(had) == json_array_size(plan->from);
    for (size_t i = 0; same && i < json_array_size(had); i++) {
        const json_t *one = json_array_get(plan->from, i), *other = json_array_get(had, i);
        const json_t *name = json_object_get(one, "study");
        same = json_equal(json_object_get(one, "storage"), json_object_get(other, "storage")) &&
               (!name || json_equal(name, json_object_get(other, "study")));
    }
    char *began = from_text(had, plan->storage), *asked = from_text(plan->from, plan->storage);
    json_decref(had);
    json_array_clear(plan->from); // it has its copy
    int code = CLI_EXIT_OK;
    if (!same && strcmp(asked, hone_study_name(study)) == 0)
        code = cli_usage(plan->cli,
                         "the study '%s' cannot start from itself: `hone resume` goes "
                         "on with it, --study NAME begins another one",
                         asked);
    else if (!same)
        code = cli_usage(plan->cli,
                         "the study '%s' was begun from %s, which stays; --study NAME begins "
                         "another one from %s",
                         hone_study_name(study), *began ? began : "no other study", asked);
    free(began);
    free(asked);
    return code;
}

int plan_check_existing(run_plan *plan, const hone_study *study)
{
    int code = check_from(plan, study);
    if (code != CLI_EXIT_OK)
        return code;
    if (plan->has_seed && plan->seed != hone_study_seed(study))
        return cli_usage_option(plan->cli, "seed",
                                "the study '%s' has the seed %llu, which stays; --study NAME "
                                "begins another one",
                                hone_study_name(study), (unsigned long long)hone_study_seed(study));
    plan_inherit(plan, study);
    take_narrowed(plan, study);
    char *difference = difference_from(plan, study);
    code = difference && !plan->accept ? refuse(plan, study, difference) : CLI_EXIT_OK;
    free(difference);
    return code;
}
