// `hone edit`: changes a study while it runs.
#include "edit_space.h"
#include "rows.h"
#include "trial_view.h"

#include <stdlib.h>
#include <string.h>

// What may be edited, as keys of a study file's `run`.
static const struct {
    const char *key, *unset; // unset: what it is when nothing is recorded
    bool is_rule;            // may be lifted
} editable[] = {
    {"trials", "no limit", true},      {"time", "no limit", true},
    {"cost", "no limit", true},        {"target", "none", true},
    {"plateau", "none", true},         {"plateau-delta", "0", false},
    {"until-regret", "none", true},    {"jobs", "1", false},
    {"timeout-trial", "none", false},  {"grace", "10s", false},
    {"retries", "0", false},           {"mem-trial", "none", false},
    {"cpus-per-trial", "none", false}, {"gpus-per-trial", "none", false},
    {"keep-ckpt", "all", false},       {"ckpt-quota", "none", false},
};
enum { N_EDITABLE = sizeof editable / sizeof *editable };

static bool is_duration(const char *key)
{
    return strcmp(key, "time") == 0 || strcmp(key, "cost") == 0 ||
           strcmp(key, "timeout-trial") == 0 || strcmp(key, "grace") == 0;
}

static bool is_size(const char *key)
{
    return strcmp(key, "mem-trial") == 0 || strcmp(key, "ckpt-quota") == 0;
}

// --- what is asked for ---

static int take_changes(const run_plan *plan, const hone_study *study, json_t *changes)
{
    const cli_args *cli = plan->cli;
    int code = check_limits(cli);
    plan_take_trials(cli, study, changes);
    for (size_t i = 1; code == CLI_EXIT_OK && i < N_EDITABLE; i++) {
        const char *key = editable[i].key;
        if (cli_has(cli, key))
            json_object_set_new(changes, key, cli_option_json(cli, key));
    }
    if (code == CLI_EXIT_OK)
        code = plan_check_lifts(cli);
    for (int i = 0; code == CLI_EXIT_OK && i < cli_count(cli, "lift"); i++)
        json_object_set_new(changes, cli_nth(cli, "lift", i), json_null());
    bool one_objective = json_object_get(changes, "target") ||
                         json_object_get(changes, "plateau") ||
                         json_object_get(changes, "until-regret");
    if (code == CLI_EXIT_OK && one_objective && hone_study_n_objectives(study) > 1)
        return cli_usage(
            cli, "--target, --plateau and --until-regret need a single objective, there are %u",
            (unsigned)hone_study_n_objectives(study));
    return code == CLI_EXIT_OK && cli_has(cli, "until-regret") ? plan_check_regret(plan, study)
                                                               : code;
}

// --- showing ---

static char *value_text(const char *key, const json_t *value, const char *unset)
{
    char text[CLI_SHORT], size[HONE_SIZE_TEXT];
    bool zero_is_unset = is_size(key) || strstr(key, "-per-trial");
    if (!value || json_is_null(value) || (zero_is_unset && json_number_value(value) == 0))
        return cli_dup(unset);
    if (strcmp(key, "keep-ckpt") == 0)
        return cli_dup(hone_keep_text(json_integer_value(value), size));
    if (is_size(key))
        return cli_dup(hone_size_text((uint64_t)json_integer_value(value), size));
    if (json_is_string(value))
        return cli_dup(json_string_value(value));
    if (is_duration(key))
        return cli_dup(cli_duration(json_number_value(value), text));
    return cli_dup(cli_number(json_number_value(value), text));
}

static void show_json(const hone_study *study, const json_t *options)
{
    json_t *o = json_object();
    for (size_t i = 0; i < N_EDITABLE; i++) {
        json_t *value = json_object_get(options, editable[i].key);
        json_object_set(o, editable[i].key, value ? value : json_null());
    }
    json_object_set_new(o, "space_version", json_integer(hone_study_space_version(study)));
    json_object_set_new(o, "sampler", json_string(hone_study_sampler(study)));
    json_object_set_new(o, "sampler_options", plugin_options_json(study, "sampler"));
    json_object_set_new(o, "scheduler", json_string(hone_study_scheduler(study)));
    json_object_set_new(o, "scheduler_options", plugin_options_json(study, "scheduler"));
    cli_json(o, 0);
}

// "--sampler        gp", and a line for each of its options.
static void show_plugin(const hone_study *study, const char *kind, const char *name)
{
    const char *key;
    json_t *value, *options = plugin_options_json(study, kind);
    printf("--%-15s%s\n", kind, name);
    json_object_foreach(options, key, value)
    {
        char *text = trial_param_text(value);
        printf("--%s-option %s=%s\n", kind, key, text);
        free(text);
    }
    json_decref(options);
}

static void show(const cli_args *cli, const hone_study *study)
{
    json_t *options = cli_json_text(hone_study_get(study, "options"));
    if (cli_flag(cli, "json")) {
        show_json(study, options);
    } else {
        for (size_t i = 0; i < N_EDITABLE; i++) {
            const char *key = editable[i].key;
            char *text = value_text(key, json_object_get(options, key), editable[i].unset);
            printf("--%-15s%s\n", key, text);
            free(text);
        }
        show_plugin(study, "sampler", hone_study_sampler(study));
        show_plugin(study, "scheduler", hone_study_scheduler(study));
    }
    json_decref(options);
}

static void say_changes(const cli_args *cli, const hone_study *study, const json_t *changes)
{
    const char *key;
    json_t *value;
    for (size_t i = 0; i < N_EDITABLE; i++) {
        key = editable[i].key;
        value = json_object_get(changes, key);
        char *text = value_text(key, value, editable[i].unset);
        if (value)
            printf("--%-15s%s\n", key, text);
        free(text);
    }
    if (cli_has(cli, "sampler") || cli_has(cli, "sampler-option"))
        show_plugin(study, "sampler", hone_study_sampler(study));
    if (cli_has(cli, "scheduler") || cli_has(cli, "scheduler-option"))
        show_plugin(study, "scheduler", hone_study_scheduler(study));
}

// --- the verb ---

// Everything has been checked; the space can still have been changed by somebody else.
static hone_status record(hone_study *study, const json_t *changes, const hone_space *space,
                          hone_space_change *change, hone_error *err)
{
    char *json = cli_json_dump(changes, 0);
    hone_status status = space ? hone_study_change_space(study, space, change, err) : HONE_OK;
    if (status == HONE_OK)
        status = hone_study_edit(study, json, err);
    free(json);
    return status;
}

static int edit(run_plan *plan, hone_study *study)
{
    const cli_args *cli = plan->cli;
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    hone_space_change change = HONE_SPACE_CHANGE_INIT;
    json_t *changes = json_object();
    bool rehearsal = cli_flag(cli, "dry-run");
    int code = take_changes(plan, study, changes);
    if (code == CLI_EXIT_OK && edit_space_asked(cli))
        code = edit_space_make(plan, study, &space, &change);
    if (code == CLI_EXIT_OK && !rehearsal &&
        record(study, changes, space, &change, &err) != HONE_OK)
        code = cli_fail(cli, &err);
    if (code == CLI_EXIT_OK && cli_flag(cli, "json"))
        show(cli, study);
    else if (code == CLI_EXIT_OK && !cli_flag(cli, "quiet")) {
        say_changes(cli, study, changes);
        if (space)
            edit_space_say(study, space, &change);
    }
    hone_space_destroy(space);
    json_decref(changes);
    return code;
}

static bool asks_for_options(const cli_args *cli)
{
    static const char *const more[] = {"lift", "sampler", "sampler-option", "scheduler",
                                       "scheduler-option"};
    bool any = false;
    for (size_t i = 0; i < N_EDITABLE; i++)
        any |= cli_has(cli, editable[i].key);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        any |= cli_has(cli, more[i]);
    return any;
}

static int run(cli_args *cli)
{
    run_plan plan = {0};
    hone_study *study = NULL;
    bool rehearsal = cli_flag(cli, "dry-run");
    if (rehearsal && (asks_for_options(cli) || !edit_space_asked(cli)))
        return cli_usage_option(cli, "dry-run",
                                "--dry-run shows a change of the space: it goes with -p, --drop, "
                                "--forbid, --require and their lifting alone");
    if (!asks_for_options(cli) && !edit_space_asked(cli)) {
        int looked = cli_open_named(cli, cli_arg(cli, 0), true, &study);
        if (looked == CLI_EXIT_OK)
            show(cli, study);
        hone_study_close(study);
        return looked;
    }
    int code = plan_resume(&plan, cli, cli_arg(cli, 0), &study);
    if (code == CLI_EXIT_OK)
        code = edit(&plan, study);
    hone_study_close(study);
    plan_free(&plan);
    return code;
}

static const cli_option options[] = {
    CLI_ROW_TRIALS(.no_environment = true, .heading = "When it ends"),
    CLI_ROW_TIME(.no_environment = true),
    CLI_ROW_COST(.no_environment = true),
    CLI_ROW_TARGET(.no_environment = true),
    CLI_ROW_PLATEAU(.low = 1, .no_environment = true, .help = CLI_HELP_PLATEAU),
    CLI_ROW_PLATEAU_DELTA(.no_environment = true),
    CLI_ROW_UNTIL_REGRET(.no_environment = true),
    CLI_ROW_LIFT(),
    CLI_ROW_JOBS(.no_environment = true, .heading = "How it runs", .help = CLI_HELP_JOBS),
    CLI_ROW_TIMEOUT_TRIAL(.no_environment = true),
    CLI_ROW_MEM_TRIAL(.no_environment = true),
    CLI_ROW_CPUS_PER_TRIAL(.no_environment = true),
    CLI_ROW_GPUS_PER_TRIAL(.no_environment = true),
    CLI_ROW_KEEP_CKPT(.no_environment = true),
    CLI_ROW_CKPT_QUOTA(.no_environment = true),
    CLI_ROW_GRACE(.no_environment = true),
    CLI_ROW_RETRIES(.no_environment = true),
    CLI_ROW_SAMPLER(.no_environment = true, .heading = "How it searches"),
    CLI_ROW_SAMPLER_OPTION(.no_environment = true),
    CLI_ROW_SCHEDULER(.no_environment = true),
    CLI_ROW_SCHEDULER_OPTION(.no_environment = true),
    CLI_ROW_PARAM(.no_environment = true, .heading = "What is tuned"),
    {.name = "drop",
     .kind = CLI_TEXT,
     .argument = "NAME",
     .repeatable = true,
     .no_environment = true,
     .help = "tune this parameter no more"},
    CLI_ROW_FORBID(.no_environment = true),
    CLI_ROW_REQUIRE(.no_environment = true),
    {.name = "lift-forbid",
     .kind = CLI_TEXT,
     .argument = "EXPR",
     .repeatable = true,
     .no_environment = true,
     .help = "this holds no more"},
    {.name = "lift-require",
     .kind = CLI_TEXT,
     .argument = "EXPR",
     .repeatable = true,
     .no_environment = true,
     .help = "likewise"},
    {.name = "dry-run",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "show what would become of the space, and change nothing"},
    {.name = NULL},
};

const cli_verb cli_verb_edit = {
    .name = "edit",
    .group = CLI_GROUP_ACT,
    .rank = 40,
    .summary = "Change a study while it runs",
    .usage = "[study] [options]",
    .about = "Every run and worker of the study, on any host, takes the new values over within a "
             "second or so and says that; `hone resume` goes on with them. A worker that was "
             "started with a -j of its own keeps it. Fewer jobs disturb nothing that runs, "
             "and what bounds a trial holds for those that start from now on. Without an option: "
             "what may be changed, and the present values.\n\n"
             "A changed space is a new version: running trials finish in theirs, later ones are "
             "suggested in the new one, and what earlier trials have shown counts where it has "
             "their values. A parameter that is added with a default counts as having had it.",
    .examples = "hone edit\n    what may be changed\n"
                "hone edit -n +50 -j 8\n    fifty more, eight at a time\n"
                "hone edit --lift time --sampler tpe\n"
                "hone edit -p lr=log:1e-6..0.1 --drop momentum\n    another space from now on",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = 1,
    .run = run,
};
