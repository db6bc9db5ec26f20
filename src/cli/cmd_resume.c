// `hone resume`: goes on with a study without repeating its command.
#include "plan.h"

#include <string.h>
#include <unistd.h>

// `-n 200` is the total, `-n +50` so many more than are finished now.
static int take_trials(run_plan *plan, const hone_study *study)
{
    int64_t n;
    const char *text = cli_text(plan->cli, "trials");
    if (!text)
        return CLI_EXIT_OK;
    if (!cli_parse_int(text, &n) || n < 1)
        return cli_usage_option(plan->cli, "trials",
                                "-n takes the total of finished trials (200) or how many more "
                                "(+50), not '%s'",
                                text);
    if (text[0] == '+')
        n += hone_study_n_finished(study);
    json_object_set_new(plan->run, "trials", json_integer(n));
    return CLI_EXIT_OK;
}

static int run(cli_args *cli)
{
    run_plan plan;
    hone_study *study = NULL;
    hone_error err = HONE_ERROR_INIT;
    int code = plan_resume(&plan, cli, cli_arg(cli, 0), &study);
    if (code == CLI_EXIT_OK && !json_object_get(plan.run, "command"))
        code = cli_usage(cli,
                         "the study '%s' has no recorded command: give it with `hone run … -- "
                         "command`",
                         plan.name);
    if (code == CLI_EXIT_OK)
        code = take_trials(&plan, study);
    if (code == CLI_EXIT_OK)
        code = plan_check(&plan, study);
    if (code == CLI_EXIT_OK) {
        plan_note_directory(&plan, study);
        hone_status status = plan_record(&plan, study, &err);
        code = status == HONE_OK ? go(&plan, study, NULL, 0) : cli_fail(cli, &err);
    }
    hone_study_close(study);
    plan_free(&plan);
    return code;
}

static const cli_option options[] = {
    {.name = "trials",
     .letter = 'n',
     .kind = CLI_TEXT,
     .argument = "N|+N",
     .heading = "What may change",
     .help = "stop at N finished trials in all, or after N more"},
    {.name = "jobs",
     .letter = 'j',
     .kind = CLI_INT,
     .argument = "N",
     .low = 1,
     .high = 65536,
     .help = "how many trials run at once"},
    {.name = "time",
     .kind = CLI_DURATION,
     .argument = "TIME",
     .help = "stop after running so long (90s, 10m, 2h, 1h30m)"},
    {.name = "target",
     .kind = CLI_REAL,
     .argument = "VALUE",
     .help = "stop when the objective is at least this good"},
    {.name = "plateau",
     .kind = CLI_INT,
     .argument = "N",
     .low = 0,
     .high = 1e9,
     .help = "stop when N finished trials in a row have not improved the objective; 0: never"},
    {.name = "plateau-delta",
     .kind = CLI_REAL,
     .argument = "D",
     .low = 0,
     .high = 1e308,
     .help = "what counts as an improvement; 0: any"},
    {.name = "sampler", .kind = CLI_TEXT, .argument = "NAME", .help = "see `hone samplers`"},
    {.name = "sampler-option",
     .kind = CLI_TEXT,
     .argument = "NAME=VALUE",
     .repeatable = true,
     .help = "an option of the sampler"},
    {.name = "scheduler", .kind = CLI_TEXT, .argument = "NAME", .help = "see `hone schedulers`"},
    {.name = "scheduler-option",
     .kind = CLI_TEXT,
     .argument = "NAME=VALUE",
     .repeatable = true,
     .help = "an option of the scheduler"},
    {.name = "timeout-trial",
     .kind = CLI_DURATION,
     .argument = "TIME",
     .help = "end a trial that takes longer"},
    {.name = "grace",
     .kind = CLI_DURATION,
     .argument = "TIME",
     .help = "between asking a trial to end and killing it"},
    {.name = "retries",
     .kind = CLI_INT,
     .argument = "N",
     .low = 0,
     .high = 1000,
     .help = "further attempts for a trial that failed"},
    {.name = "final",
     .kind = CLI_FLAG,
     .help = "run the winner once more at the end, with HONE_PHASE=final"},
    {.name = NULL},
};

const cli_verb cli_verb_resume = {
    .name = "resume",
    .group = CLI_GROUP_TUNE,
    .rank = 20,
    .summary = "Go on with a study without repeating its command",
    .usage = "[study] [options]",
    .about = "Runs what the study has recorded: command, objective and options stay as they were "
             "unless they are given here. Trials that were interrupted are run again first. A "
             "--time counts anew.",
    .examples = "hone resume\n"
                "hone resume -n +50 -j 16\n"
                "hone resume mnist --sampler random",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = 1,
    .run = run,
};
