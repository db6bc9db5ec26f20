// hone ask: the next trial for a script that runs it itself.
//
// The process that asks is gone at once, so the trial's owner is no process: it is "ask:HOST", and
// what bounds the trial's time is its lease.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "rows.h"
#include "trial_view.h"

static int check_plan(const run_plan *plan)
{
    const cli_args *cli = plan->cli;
    if (strncmp(plan->storage, "memory:", 7) == 0)
        return cli_usage_option(cli, "storage",
                                "a study in memory is gone when `hone ask` ends; "
                                "use `hone pipe`, or sqlite:PATH");
    return CLI_EXIT_OK;
}

static int check_new(const run_plan *plan)
{
    if (!plan->space)
        return cli_usage(plan->cli,
                         "there is no study '%s' in %s; to begin one give its space and "
                         "aim: hone ask -p lr=log:1e-5..0.1 --minimize loss",
                         plan->name, plan->storage);
    if (json_array_size(plan->objectives) == 0)
        return cli_usage(plan->cli, "what is the aim? Add --minimize NAME or --maximize NAME");
    return CLI_EXIT_OK;
}

// The study as it is, NULL when there is none of that name.
static int find_study(const run_plan *plan, hone_study **out)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.storage = plan->storage;
    // Without a name and a space: the only study there is.
    bool any = !plan->space && !plan->file && !cli_study_name(plan->cli);
    options.name = any ? NULL : plan->name;
    options.mode = HONE_OPEN_EXISTING;
    options.refused = HN_CAN_PAUSE; // there is no verb to pause by
    hone_status status = hone_study_open(&options, out, &err);
    return status == HONE_OK || status == HONE_ENOTFOUND ? CLI_EXIT_OK : cli_fail(plan->cli, &err);
}

static int open_study(run_plan *plan, hone_study **out)
{
    int code = find_study(plan, out);
    if (code == CLI_EXIT_OK)
        code = *out ? plan_check_existing(plan, *out) : check_new(plan);
    if (code != CLI_EXIT_OK)
        return code;
    bool changes = plan->accept || plan->sampler || plan->scheduler || plan->deterministic;
    if (*out && !changes)
        return CLI_EXIT_OK;
    hone_error err = HONE_ERROR_INIT;
    if (*out)
        plan->name = plan_keep(plan, hone_study_name(*out));
    hone_study_close(*out);
    *out = NULL;
    hone_study_options options = plan_study_options(plan);
    options.refused = HN_CAN_PAUSE;
    hone_status status = hone_study_open(&options, out, &err);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(plan->cli, &err);
}

static void print_trial(const cli_args *cli, const hone_trial *trial)
{
    const char *format = cli_text(cli, "format");
    unsigned number = (unsigned)hone_trial_number(trial);
    if (strcmp(format, "env") == 0) {
        printf("HONE_TRIAL=%u\nHONE_SEED=%llu\n", number,
               (unsigned long long)hone_trial_seed(trial));
        params_print(stdout, trial, PARAMS_ENV);
    } else if (strcmp(format, "args") == 0) {
        printf("%u ", number);
        params_print(stdout, trial, PARAMS_ARGS);
    } else {
        json_t *o = json_object();
        json_object_set_new(o, "trial", json_integer(number));
        json_object_set_new(o, "params", cli_json_text(hone_trial_params_json(trial)));
        cli_json(o, 0);
    }
}

static int ask(const cli_args *cli, hone_study *study)
{
    char host[200] = "", owner[256];
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    gethostname(host, sizeof host - 1);
    snprintf(owner, sizeof owner, "ask:%s", host);
    options.owner = owner;
    options.lease_s = cli_real(cli, "lease");
    // Leases that have run out free their trials' place first.
    if (hone_study_recover(study, NULL, NULL, &err) != HONE_OK ||
        hone_study_ask(study, &options, &trial, &err) != HONE_OK)
        return cli_fail(cli, &err);
    print_trial(cli, trial);
    hone_trial_destroy(trial);
    return CLI_EXIT_OK;
}

static int run(cli_args *cli)
{
    run_plan plan;
    hone_study *study = NULL;
    int code = plan_read(&plan, cli);
    if (code == CLI_EXIT_OK)
        code = check_plan(&plan);
    if (code == CLI_EXIT_OK)
        code = open_study(&plan, &study);
    if (code == CLI_EXIT_OK)
        code = ask(cli, study);
    hone_study_close(study);
    plan_free(&plan);
    return code;
}

static const cli_option options[] = {
    {.name = "format",
     .kind = CLI_CHOICE,
     .argument = "FORM",
     .choices = "json|env|args",
     .fallback = "json",
     .no_environment = true,
     .heading = "The trial",
     .help = "how it is printed"},
    {.name = "lease",
     .kind = CLI_DURATION,
     .argument = "TIME",
     .fallback = "24h",
     .low = 1,
     .high = 1e10,
     .help = "told nothing for so long, the trial counts as LOST"},

    CLI_ROW_MINIMIZE(.no_environment = true, .heading = "The study, when there is none yet"),
    CLI_ROW_MAXIMIZE(.no_environment = true),
    CLI_ROW_PARAM(.no_environment = true),
    CLI_ROW_FORBID(.no_environment = true),
    CLI_ROW_REQUIRE(.no_environment = true),
    CLI_ROW_CONSTRAINT(.no_environment = true),
    CLI_ROW_METRIC(.no_environment = true, .help = "another metric to record"),
    CLI_ROW_SAMPLER(),
    CLI_ROW_SAMPLER_OPTION(),
    CLI_ROW_SCHEDULER(),
    CLI_ROW_SCHEDULER_OPTION(),
    CLI_ROW_FROM(),
    CLI_ROW_SEED(.help = CLI_HELP_STUDY_SEED),
    {.name = "deterministic",
     .kind = CLI_FLAG,
     .help = "each suggestion sees every trial before it: tell one before asking the next"},
    CLI_ROW_NOISY(),
    {.name = "accept", .kind = CLI_FLAG, .help = "take over a changed space or objective"},
    {.name = NULL},
};

const cli_verb cli_verb_ask = {
    .name = "ask",
    .group = CLI_GROUP_LOOP,
    .rank = 10,
    .summary = "Ask for the next trial, which a script then runs",
    .usage = "[options]\n-p NAME=SPEC… --minimize NAME [options]\nstudy.yaml [options]",
    .about = "Prints {\"trial\":0,\"params\":{\"lr\":0.01}}; with --format args the trial's number "
             "and its "
             "arguments on one line; with --format env variables for a shell, HONE_TRIAL and "
             "HONE_P_LR. Tell what came of it with `hone tell`.",
    .examples =
        "hone ask -p lr=log:1e-5..0.1 --minimize loss\n    begin a study, or go on with it\n"
        "eval \"$(hone ask --format env)\"; ./train --lr \"$HONE_P_LR\"\n"
        "hone tell $HONE_TRIAL loss=0.3\n    one round in a shell",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_QUIET,
    .max_args = 1,
    .run = run,
};
