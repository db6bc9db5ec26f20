// Making a plan: the study file first, the command line over it.
#include "plan.h"
#include "from.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// Keys of `run` that are options of the same name.
static const char *const run_keys[] = {
    "trials",         "jobs",           "time",          "cost",    "target",    "plateau",
    "plateau-delta",  "until-regret",   "timeout-trial", "grace",   "retries",   "regex",
    "stderr",         "metric-from",    "take",          "shell",   "final",     "dir",
    "no-checkpoint",  "executor",       "durability",    "wandb",   "template",  "mem-trial",
    "gpus-per-trial", "cpus-per-trial", "folds",         "repeats", "instances", "keep-ckpt",
    "ckpt-quota"};

// What `-n +50` comes to is known when the study is: plan_take_trials. --repeats of `hone retest`
// says how many retests there are to be, not what a trial consists of.
static bool is_of_run(const run_plan *plan, const char *key)
{
    if (strcmp(key, "repeats") == 0)
        return cli_verb_of(plan->cli)->takes_command;
    return strcmp(key, "trials") != 0;
}

void plan_overlay(run_plan *plan)
{
    const cli_args *cli = plan->cli;
    plan->says_jobs |= cli_takes(cli, "jobs") && cli_has(cli, "jobs");
    uint32_t n_words;
    const char *const *words = cli_command(cli, &n_words);
    for (size_t i = 0; i < sizeof run_keys / sizeof *run_keys; i++) {
        const char *key = run_keys[i];
        if (cli_takes(cli, key) && cli_has(cli, key) && is_of_run(plan, key))
            json_object_set_new(plan->run, key, cli_option_json(cli, key));
    }
    if (words) {
        json_t *command = json_array();
        for (uint32_t i = 0; i < n_words; i++)
            json_array_append_new(command, json_string(words[i]));
        json_object_set_new(plan->run, "command", command);
        // A command of its own is run as it says, whatever the file's was.
        if (!cli_flag(cli, "shell"))
            json_object_del(plan->run, "shell");
    }
}

// --- the study file ---

static json_t *taken(const json_t *file, const char *section)
{
    json_t *value = json_object_get(file, section);
    return value ? json_deep_copy(value) : NULL;
}

static void take_study_section(run_plan *plan, const json_t *study)
{
    const char *text;
    if ((text = json_string_value(json_object_get(study, "name"))))
        plan->name = plan_keep(plan, text);
    if ((text = json_string_value(json_object_get(study, "storage")))) {
        char *url = cli_storage_url(text);
        plan->storage = plan_keep(plan, url);
        free(url);
    }
    json_t *seed = json_object_get(study, "seed");
    plan->has_seed = seed != NULL;
    plan->seed = (uint64_t)json_integer_value(seed);
    plan->noisy = json_is_true(json_object_get(study, "noisy"));
    plan->deterministic = json_is_true(json_object_get(study, "deterministic"));
    json_array_extend(plan->recorded, json_object_get(study, "metrics"));
    json_array_extend(plan->from, json_object_get(study, "from"));
}

// What became of a file of another tool.
static void say_foreign(const run_plan *plan, const json_t *file)
{
    size_t i;
    json_t *note, *tool = json_object_get(file, "tool");
    if (tool)
        cli_note(plan->cli, "%s is read as: %s", plan->file, json_string_value(tool));
    json_array_foreach(json_object_get(file, "notes"), i, note)
        cli_note(plan->cli, "%s", json_string_value(note));
}

static int read_file(run_plan *plan)
{
    hone_error err = HONE_ERROR_INIT;
    char *text = NULL;
    hone_status status = hone_study_file_to_json(plan->file, &text, &err);
    if (status == HONE_EIO)
        return cli_usage_arg(plan->cli, 0, "%s", err.text);
    if (status != HONE_OK)
        return cli_fail(plan->cli, &err);
    json_t *file = cli_json_text(text);
    hone_free(text);
    say_foreign(plan, file);
    take_study_section(plan, json_object_get(file, "study"));
    json_array_extend(plan->objectives, json_object_get(file, "objectives"));
    json_array_extend(plan->params, json_object_get(file, "space"));
    json_object_update(plan->rules, json_object_get(file, "constraints"));
    json_object_update(plan->run, json_object_get(file, "run"));
    plan->says_jobs = json_object_get(plan->run, "jobs") != NULL;
    plan->sampler = taken(file, "sampler");
    plan->scheduler = taken(file, "scheduler");
    json_decref(file);
    return CLI_EXIT_OK;
}

// --- the command line ---

// -p of a parameter that the file has replaces it.
static void take_params(run_plan *plan)
{
    int n = cli_count(plan->cli, "param");
    for (int i = 0; i < n; i++) {
        const char *text = cli_nth(plan->cli, "param", i);
        json_t *entry = json_pack("{s:s, s:s%, s:b}", "text", text, "name", text,
                                  strcspn(text, "="), "typed", 1);
        const char *name = json_string_value(json_object_get(entry, "name"));
        size_t at = 0, n_params = json_array_size(plan->params);
        for (; name && at < n_params; at++) {
            json_t *had = json_array_get(plan->params, at);
            if (!json_object_get(had, "typed") &&
                strcmp(json_string_value(json_object_get(had, "name")), name) == 0)
                break;
        }
        if (at < n_params)
            json_array_set_new(plan->params, at, entry);
        else
            json_array_append_new(plan->params, entry);
    }
}

static void take_texts(const run_plan *plan, const char *option, json_t *list)
{
    for (int i = 0; i < cli_count(plan->cli, option); i++)
        json_array_append_new(list, json_string(cli_nth(plan->cli, option, i)));
}

static void take_rules(run_plan *plan)
{
    static const char *const names[][2] = {
        {"forbid", "forbid"}, {"require", "require"}, {"constraint", "metrics"}};
    for (size_t i = 0; i < 3; i++) {
        json_t *list = json_object_get(plan->rules, names[i][1]);
        if (!list) {
            json_object_set_new(plan->rules, names[i][1], json_array());
            list = json_object_get(plan->rules, names[i][1]);
        }
        take_texts(plan, names[i][0], list);
    }
}

// What becomes an objective is recorded as such alone.
static void drop_recorded(run_plan *plan, const char *name)
{
    for (size_t i = json_array_size(plan->recorded); i-- > 0;)
        if (strcmp(json_string_value(json_array_get(plan->recorded, i)), name) == 0)
            json_array_remove(plan->recorded, i);
}

// Objectives in their order on the command line; they replace those of the file.
static void take_objectives(run_plan *plan)
{
    bool first = true;
    for (int i = 0; i < cli_n_given(plan->cli); i++) {
        const char *name = cli_given_name(plan->cli, i);
        if (strcmp(name, "minimize") != 0 && strcmp(name, "maximize") != 0)
            continue;
        if (first)
            json_array_clear(plan->objectives);
        first = false;
        drop_recorded(plan, cli_given_text(plan->cli, i));
        json_array_append_new(
            plan->objectives,
            json_pack("{s:s, s:s}", "name", cli_given_text(plan->cli, i), "goal", name));
    }
}

// `--metric time|maxrss`: Hone measures the objective itself, which may go without a name.
// Any other name is a metric that is recorded.
static void take_metrics(run_plan *plan)
{
    for (int i = 0; i < cli_count(plan->cli, "metric"); i++) {
        const char *name = cli_nth(plan->cli, "metric", i);
        if (strcmp(name, "time") == 0 || strcmp(name, "maxrss") == 0)
            json_object_set_new(plan->run, "metric", json_string(name));
        else
            json_array_append_new(plan->recorded, json_string(name));
    }
    json_t *builtin = json_object_get(plan->run, "metric");
    if (builtin && json_array_size(plan->objectives) == 0)
        json_array_append_new(plan->objectives,
                              json_pack("{s:O, s:s}", "name", builtin, "goal", "minimize"));
}

// Earlier studies: those of the command line replace those of the file.
static int take_from(run_plan *plan)
{
    const cli_args *cli = plan->cli;
    bool given = cli_takes(cli, "from") && cli_has(cli, "from");
    json_t *names = plan->from, *name;
    size_t i;
    plan->from = json_array();
    if (given) {
        json_array_clear(names);
        take_texts(plan, "from", names);
    }
    int code = CLI_EXIT_OK;
    json_array_foreach(names, i, name)
    {
        const char *text = json_string_value(name);
        if (code == CLI_EXIT_OK && !from_add(plan->from, text, plan->storage))
            code = given ? cli_usage_option(cli, "from",
                                            "--from takes names of studies, such as old,older or "
                                            "old.db#NAME, not '%s'",
                                            text)
                         : cli_usage(cli,
                                     "%s: study.from takes names of studies, such as old or "
                                     "old.db#NAME, not '%s'",
                                     plan->file, text);
    }
    json_decref(names);
    return code;
}

// What -n counts (drive/stop.c): where trials are paused, these have had their start.
static int64_t n_counted(const hone_study *study)
{
    bool pauses = hone_study_scheduler_can(study) & HN_CAN_PAUSE;
    return (int64_t)hone_study_n_finished(study) +
           (pauses ? hone_study_count(study, HONE_STATE_PAUSED) : 0);
}

void plan_take_trials(const cli_args *cli, const hone_study *study, json_t *run)
{
    if (!cli_has(cli, "trials"))
        return;
    int64_t n = cli_int(cli, "trials");
    if (study && cli_text(cli, "trials")[0] == '+')
        n += n_counted(study);
    json_object_set_new(run, "trials", json_integer(n));
}

// --- checked and made ---

static int make_space(run_plan *plan)
{
    hone_error err = HONE_ERROR_INIT;
    size_t i;
    json_t *entry;
    if (json_array_size(plan->params) == 0)
        return CLI_EXIT_OK;
    hone_status status = hone_space_create(&plan->space, &err);
    json_array_foreach(plan->params, i, entry)
    {
        const char *text = json_string_value(json_object_get(entry, "text"));
        char *json = text ? NULL : cli_json_dump(entry, 0);
        if (status == HONE_OK)
            status = text ? hone_space_add_text(plan->space, text, &err)
                          : hone_space_add_json(plan->space, json, &err);
        free(json);
    }
    json_array_foreach(json_object_get(plan->rules, "forbid"), i, entry) if (status == HONE_OK)
        status = hone_space_forbid(plan->space, json_string_value(entry), &err);
    json_array_foreach(json_object_get(plan->rules, "require"), i, entry) if (status == HONE_OK)
        status = hone_space_require(plan->space, json_string_value(entry), &err);
    if (status == HONE_OK)
        status = hone_space_seal(plan->space, &err);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(plan->cli, &err);
}

static void make_metrics(run_plan *plan)
{
    size_t i, n = json_array_size(plan->objectives), m = json_array_size(plan->recorded);
    json_t *item, *constraints = json_object_get(plan->rules, "metrics");
    // Metrics and constraints without an objective belong to those of the study.
    plan->metrics = cli_alloc((n + m) * sizeof *plan->metrics);
    json_array_foreach(plan->objectives, i, item)
    {
        const char *goal = json_string_value(json_object_get(item, "goal"));
        plan->metrics[plan->n_metrics++] =
            (hone_metric){json_string_value(json_object_get(item, "name")),
                          strcmp(goal, "maximize") == 0 ? HONE_MAXIMIZE : HONE_MINIMIZE};
    }
    json_array_foreach(plan->recorded, i, item) plan->metrics[plan->n_metrics++] =
        (hone_metric){json_string_value(item), HONE_RECORD};
    plan->constraints = cli_alloc(json_array_size(constraints) * sizeof *plan->constraints);
    json_array_foreach(constraints, i, item) plan->constraints[plan->n_constraints++] =
        json_string_value(item);
}

static bool looks_like_file(const char *path)
{
    static const char *const endings[] = {".yaml", ".yml", ".json"};
    size_t n = strlen(path);
    for (size_t i = 0; i < 3; i++)
        if (n > strlen(endings[i]) && strcmp(path + n - strlen(endings[i]), endings[i]) == 0)
            return true;
    return false;
}

// A positional argument that is no study file: what was meant?
static int wrong_argument(const run_plan *plan, int index)
{
    const cli_args *cli = plan->cli;
    const char *text = cli_arg(cli, index);
    size_t length = strcspn(text, "=");
    if (index > 0 && looks_like_file(text))
        return cli_usage_arg(cli, index, "one study file at a time: '%s' is the second", text);
    for (int i = 0; text[length] == '=' && i < cli_count(cli, "param"); i++) {
        const char *param = cli_nth(cli, "param", i);
        if (strncmp(param, text, length + 1) == 0)
            return cli_usage_arg(cli, index,
                                 "the shell has split '%.*s={…}' into several words; write "
                                 "'%s,%s' without braces, or quote it",
                                 (int)length, text, param, text + length + 1);
    }
    size_t n = strlen(text);
    if (cli_count(cli, "param") > 0 && n > 0 && text[n - 1] == '}' && !strchr(text, '{'))
        return cli_usage_arg(cli, index,
                             "'%s' looks like the end of a {…} that the shell has split; write the "
                             "choices without braces and blanks: name=a,b,c",
                             text);
    if (text[length] == '=')
        return cli_usage_arg(cli, index, "a parameter is given as -p '%s'", text);
    return cli_usage_arg(
        cli, index, "'%s' is no study file (.yaml, .yml, .json); a command comes after `--`", text);
}

static int read_arguments(run_plan *plan)
{
    const char *path = cli_arg(plan->cli, 0);
    if (!path)
        return CLI_EXIT_OK;
    if (!looks_like_file(path))
        return wrong_argument(plan, 0);
    if (cli_n_args(plan->cli) > 1)
        return wrong_argument(plan, 1);
    plan->file = path;
    return read_file(plan);
}

const char *plan_keep(run_plan *plan, const char *text)
{
    json_t *copy = json_string_nocheck(text);
    json_array_append_new(plan->kept, copy);
    return json_string_value(copy);
}

static void begin(run_plan *plan, const cli_args *cli)
{
    *plan = (run_plan){.cli = cli};
    plan->run = json_object();
    plan->params = json_array();
    plan->rules = json_object();
    plan->objectives = json_array();
    plan->recorded = json_array();
    plan->from = json_array();
    plan->templates = json_array();
    plan->kept = json_array();
}

int plan_read(run_plan *plan, const cli_args *cli)
{
    int code;
    begin(plan, cli);
    if ((code = read_arguments(plan)) != CLI_EXIT_OK)
        return code;
    if (!plan->storage || cli_has(cli, "storage"))
        plan->storage = cli_storage(cli);
    if (!plan->name || cli_has(cli, "study"))
        plan->name = cli_study_name(cli) ? cli_study_name(cli) : "default";
    plan_overlay(plan);
    take_params(plan);
    take_rules(plan);
    take_objectives(plan);
    take_metrics(plan);
    if (cli_has(cli, "seed")) {
        plan->has_seed = true;
        plan->seed = (uint64_t)cli_int(cli, "seed");
    }
    plan->noisy |= cli_flag(cli, "noisy");
    plan->deterministic |= cli_flag(cli, "deterministic");
    plan->accept = cli_flag(cli, "accept");
    if ((code = take_from(plan)) != CLI_EXIT_OK ||
        (code = plan_read_templates(plan)) != CLI_EXIT_OK ||
        (code = plan_read_instances(plan)) != CLI_EXIT_OK ||
        (code = plan_take_plugins(plan, true)) != CLI_EXIT_OK)
        return code;
    make_metrics(plan);
    return make_space(plan);
}

int plan_resume(run_plan *plan, const cli_args *cli, const char *name, hone_study **study)
{
    hone_error err = HONE_ERROR_INIT;
    begin(plan, cli);
    plan->storage = cli_storage(cli);
    plan->name = name ? name : cli_study_name(cli);
    int code = cli_takes(cli, "sampler") ? plan_take_plugins(plan, false) : CLI_EXIT_OK;
    if (code != CLI_EXIT_OK)
        return code;
    hone_study_options options = plan_study_options(plan);
    options.mode = HONE_OPEN_EXISTING;
    options.read_only = plan->scheduler; // what the command does not suit is not recorded
    if (hone_study_open(&options, study, &err) != HONE_OK)
        return cli_fail(cli, &err);
    plan->name = plan_keep(plan, hone_study_name(*study));
    plan_inherit(plan, *study);
    plan_overlay(plan);
    for (int i = 0; cli_takes(cli, "lift") && i < cli_count(cli, "lift"); i++)
        json_object_del(plan->run, cli_nth(cli, "lift", i)); // a scheduler is judged without it
    if (plan->scheduler && (code = plan_check_scheduler(plan, *study)) == CLI_EXIT_OK) {
        options.name = plan->name;
        options.read_only = false;
        hone_study_close(*study);
        *study = NULL;
        if (hone_study_open(&options, study, &err) != HONE_OK)
            code = cli_fail(cli, &err);
    }
    return code;
}

void plan_free(run_plan *plan)
{
    go_forget_rehearsal(plan);
    json_decref(plan->run);
    json_decref(plan->params);
    json_decref(plan->rules);
    json_decref(plan->objectives);
    json_decref(plan->recorded);
    json_decref(plan->from);
    json_decref(plan->templates);
    json_decref(plan->kept);
    json_decref(plan->sampler);
    json_decref(plan->scheduler);
    hone_space_destroy(plan->space);
    free(plan->metrics);
    free(plan->constraints);
    free(plan->sampler_options);
    free(plan->scheduler_options);
    free(plan->storage_options);
    free(plan->attributes);
    free(plan->sources);
    free(plan->words);
    free(plan->files);
    free(plan->instances);
    free(plan->dir);
}
