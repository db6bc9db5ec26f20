// `hone try`: a configuration of the user's own; the samplers learn from it.
#include "plan.h"
#include "rows.h"

#include <stdlib.h>
#include <string.h>

// {"lr":"0.01"}: as they were typed.
static int read_values(const cli_args *cli, json_t *values)
{
    for (int i = 0; i < cli_n_args(cli); i++) {
        const char *text = cli_arg(cli, i);
        size_t n = strcspn(text, "=");
        if (n == 0 || text[n] != '=')
            return cli_usage_arg(cli, i, "a value is given as name=value, not '%s'", text);
        char *name = cli_format("%.*s", (int)n, text);
        bool twice = json_object_get(values, name) != NULL;
        json_object_set_new(values, name, json_string(text + n + 1));
        free(name);
        if (twice)
            return cli_usage_arg(cli, i, "'%.*s' is given twice", (int)n, text);
    }
    return CLI_EXIT_OK;
}

// What the texts mean in the study's space, {"lr":0.01}. A name that it does not have is refused
// with the whole.
static hone_status mean_values(const hone_space *space, json_t *values, hone_error *err)
{
    const char *name;
    json_t *typed, *meant = json_object();
    hone_status status = HONE_OK;
    json_object_foreach(values, name, typed)
    {
        char *json = NULL;
        if (hone_space_index(space, name) < 0)
            continue;
        status = hone_space_value_json(space, name, json_string_value(typed), &json, err);
        if (status != HONE_OK)
            break;
        json_object_set_new(meant, name, cli_json_text(json));
        hone_free(json);
    }
    json_object_update(values, meant);
    json_decref(meant);
    return status;
}

static void say_queued(const cli_args *cli, uint32_t number, json_t *values)
{
    if (cli_flag(cli, "json")) {
        cli_json(json_pack("{s:i, s:O}", "trial", (int)number, "params", values), 0);
        return;
    }
    printf("Trial %u is queued: the next free slot runs it (`hone resume`, or one that runs).\n",
           (unsigned)number);
}

static int queue(const cli_args *cli, run_plan *plan, hone_study *study, json_t *values)
{
    hone_error err = HONE_ERROR_INIT;
    uint32_t number = 0;
    bool now = cli_flag(cli, "now");
    if (plan_check_now(plan) != CLI_EXIT_OK)
        return CLI_EXIT_USAGE;
    hone_status status = mean_values(hone_study_space(study), values, &err);
    if (status != HONE_OK)
        return cli_fail(cli, &err);
    char *json = cli_json_dump(values, 0);
    status = hone_study_enqueue(study, json, HONE_PURPOSE_SEARCH, -1, &number, &err);
    free(json);
    if (status != HONE_OK)
        return cli_fail(cli, &err);
    if (cli_text(cli, "note"))
        status = hone_study_note(study, number, cli_text(cli, "note"), &err);
    if (status != HONE_OK)
        return cli_fail(cli, &err);
    if (now)
        return go(plan, study, &number, 1);
    say_queued(cli, number, values);
    return CLI_EXIT_OK;
}

static int run(cli_args *cli)
{
    run_plan plan = {0};
    hone_study *study = NULL;
    json_t *values = json_object();
    int code = read_values(cli, values);
    if (code == CLI_EXIT_OK) {
        code = plan_resume(&plan, cli, NULL, &study);
        if (code == CLI_EXIT_OK)
            code = queue(cli, &plan, study, values);
        hone_study_close(study);
        plan_free(&plan);
    }
    json_decref(values);
    return code;
}

static const cli_option options[] = {
    CLI_ROW_NOW(),
    {.name = "note", .kind = CLI_TEXT, .argument = "TEXT", .help = "a remark to keep with it"},
    {.name = NULL},
};

const cli_verb cli_verb_try = {
    .name = "try",
    .group = CLI_GROUP_TUNE,
    .rank = 30,
    .summary = "Queue or run a configuration of your own",
    .usage = "name=value... [--now]",
    .about = "Parameters that are not given come from the sampler. The samplers learn from the "
             "result as from any other.",
    .examples = "hone try lr=0.01 depth=3\n"
                "hone try lr=0.01 --now",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
