// `hone rerun`: the same configuration once more.
#include "plan.h"
#include "rows.h"
#include "trial_view.h"

#include <stdlib.h>

static bool starts_over(hone_study *study, uint32_t number)
{
    hone_trial *trial = NULL;
    bool removed = hone_study_trial(study, number, &trial, NULL) == HONE_OK &&
                   hone_trial_checkpoint_removed(trial);
    hone_trial_destroy(trial);
    return removed;
}

static void say_queued(const cli_args *cli, hone_study *study, uint32_t number, uint32_t again)
{
    if (cli_flag(cli, "json"))
        cli_json(json_pack("{s:i, s:i, s:b}", "trial", (int)number, "runs_as", (int)again, "new",
                           again != number),
                 0);
    else if (again == number)
        printf("Trial %u waits to be run again%s.\n", (unsigned)number,
               starts_over(study, number) ? "; it starts over, its checkpoint was removed" : "");
    else
        printf("Trial %u waits: the configuration of trial %u.\n", (unsigned)again,
               (unsigned)number);
}

// Final runs have no queue: they are run at once or not at all.
static int check_final(const cli_args *cli, hone_study *study, uint32_t number)
{
    hone_trial *trial = NULL;
    bool final = hone_study_trial(study, number, &trial, NULL) == HONE_OK &&
                 hone_trial_purpose_of(trial) == HONE_PURPOSE_FINAL;
    hone_trial_destroy(trial);
    if (final && !cli_flag(cli, "now"))
        return cli_usage(cli, "trial %u is a final run, which never waits in the queue: add --now",
                         (unsigned)number);
    return CLI_EXIT_OK;
}

static int rerun(const cli_args *cli, run_plan *plan, hone_study *study, const uint32_t *numbers,
                 uint32_t n)
{
    hone_error err = HONE_ERROR_INIT;
    bool now = cli_flag(cli, "now");
    uint32_t *again = cli_alloc(((size_t)n + 1) * sizeof *again);
    int code = plan_check_now(plan);
    for (uint32_t i = 0; code == CLI_EXIT_OK && i < n; i++)
        code = check_final(cli, study, numbers[i]);
    for (uint32_t i = 0; code == CLI_EXIT_OK && i < n; i++) {
        if (hone_study_rerun(study, numbers[i], &again[i], &err) != HONE_OK)
            code = cli_fail(cli, &err);
        else if (!now && !cli_flag(cli, "quiet"))
            say_queued(cli, study, numbers[i], again[i]);
    }
    if (code == CLI_EXIT_OK && now)
        code = go(plan, study, again, n);
    else if (code == CLI_EXIT_OK)
        cli_note(cli, "the next free slot runs %s (`hone resume`, or one that runs)",
                 n == 1 ? "it" : "them");
    free(again);
    return code;
}

static int run(cli_args *cli)
{
    run_plan plan = {0};
    hone_study *study = NULL;
    uint32_t n, *numbers = cli_trial_args(cli, &n);
    if (!numbers)
        return CLI_EXIT_USAGE;
    int code = plan_resume(&plan, cli, NULL, &study);
    if (code == CLI_EXIT_OK)
        code = rerun(cli, &plan, study, numbers, n);
    hone_study_close(study);
    plan_free(&plan);
    free(numbers);
    return code;
}

static const cli_option options[] = {
    CLI_ROW_NOW(.no_environment = true),
    CLI_ROW_JOBS_NOW(),
    {.name = NULL},
};

const cli_verb cli_verb_rerun = {
    .name = "rerun",
    .group = CLI_GROUP_ACT,
    .rank = 20,
    .summary = "Run the configuration of a trial again",
    .usage = "TRIAL... [--now [-j N]]",
    .about =
        "A trial that ended without a result (FAILED, TIMEOUT, OOM, INVALID, LOST) is run again "
        "under its own number, as its next attempt: with its checkpoint, and what comes of it "
        "replaces what was. A trial that has a result (COMPLETE, PRUNED, INFEASIBLE) keeps it: its "
        "configuration is run as a new trial, with another seed. A trial that was removed from the "
        "queue is put back.\n\n"
        "What was asked for in this way is run even if the study has as many trials as it wants.",
    .examples = "hone rerun 17\n    queues it\n"
                "hone rerun 17 18 --now\n    runs both here, with the recorded command",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
