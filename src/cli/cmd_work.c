// `hone work`: one more worker on a study, here or on another host.
#include "plan.h"
#include "rows.h"

// Nothing is recorded: command, place and options of the study stay those of the run that began it.
static int work(run_plan *plan, hone_study *study)
{
    const cli_args *cli = plan->cli;
    if (!json_object_get(plan->run, "command"))
        return cli_usage(cli,
                         "the study '%s' has no recorded command: begin it with `hone run … -- "
                         "command`",
                         plan->name);
    // The winner's last run belongs to the run that was asked for it.
    json_object_del(plan->run, "final");
    plan->follows = true;
    plan->keeps_jobs = cli_has(cli, "jobs");
    int code = plan_check(plan, study);
    if (code != CLI_EXIT_OK)
        return code;
    plan_note_directory(plan, study);
    return go(plan, study, NULL, 0);
}

static int run(cli_args *cli)
{
    run_plan plan;
    hone_study *study = NULL;
    int code = plan_resume(&plan, cli, cli_arg(cli, 0), &study);
    if (code == CLI_EXIT_OK)
        code = work(&plan, study);
    hone_study_close(study);
    plan_free(&plan);
    return code;
}

static const cli_option options[] = {
    CLI_ROW_JOBS(.help =
                     "how many trials run here at once; `hone edit -j` does not change it then"),
    CLI_ROW_MEM_TRIAL(),
    CLI_ROW_CPUS_PER_TRIAL(),
    CLI_ROW_GPUS_PER_TRIAL(),
    CLI_ROW_DIR(),
    {.name = NULL},
};

const cli_verb cli_verb_work = {
    .name = "work",
    .group = CLI_GROUP_ACT,
    .rank = 50,
    .summary = "Be one more worker on a study, here or on another host",
    .usage = "[study] [-j N]",
    .about =
        "Takes command, space and options from the study and runs trials until the study is done: "
        "-n and the other rules count over all workers, and when a run has ended the study by one "
        "of them, its workers end, too. Many workers make exactly as many trials as one. Nothing "
        "of the study changes by it; the final run is left to the run that was asked for it.\n\n"
        "Workers share the storage: on one host the SQLite file will do; it must not lie on a "
        "network file system. `hone status` shows who runs what.",
    .examples = "hone work -j 4\n    four more at a time\n"
                "hone work mnist --storage sqlite:/data/hone.db",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = 1,
    .run = run,
};
