// `hone resume`: goes on with a study without repeating its command.
#include "plan.h"
#include "rows.h"

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
        code = plan_check_lifts(cli);
    if (code == CLI_EXIT_OK) {
        plan_take_trials(cli, study, plan.run);
        code = plan_check(&plan, study);
    }
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
    CLI_ROW_TRIALS(.heading = "What may change"),
    CLI_ROW_JOBS(.help = CLI_HELP_JOBS),
    CLI_ROW_TIME(),
    CLI_ROW_COST(),
    CLI_ROW_TARGET(),
    CLI_ROW_PLATEAU(.help = CLI_HELP_PLATEAU "; 0: never"),
    CLI_ROW_PLATEAU_DELTA(),
    CLI_ROW_UNTIL_REGRET(),
    CLI_ROW_LIFT(),
    CLI_ROW_SAMPLER(),
    CLI_ROW_SAMPLER_OPTION(),
    CLI_ROW_SCHEDULER(),
    CLI_ROW_SCHEDULER_OPTION(),
    CLI_ROW_TIMEOUT_TRIAL(),
    CLI_ROW_MEM_TRIAL(),
    CLI_ROW_CPUS_PER_TRIAL(),
    CLI_ROW_GPUS_PER_TRIAL(),
    CLI_ROW_KEEP_CKPT(),
    CLI_ROW_CKPT_QUOTA(),
    CLI_ROW_GRACE(),
    CLI_ROW_RETRIES(),
    CLI_ROW_FINAL(),
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
                "hone resume --lift target -n +50\n    on from where a target has ended it\n"
                "hone resume mnist --sampler random",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = 1,
    .run = run,
};
