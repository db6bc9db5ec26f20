// hone tell: how a trial that was asked for has ended.
#include <stdlib.h>

#include "attr_args.h"
#include "metric_args.h"
#include "trial_view.h"

#define STATES "complete|pruned|failed|timeout|oom|infeasible|invalid|lost"

// Every objective of a complete trial must be there.
static int check_values(const cli_args *cli, const hone_study *study, hone_trial_state state,
                        const metric_args *given)
{
    if (state != HONE_STATE_COMPLETE)
        return CLI_EXIT_OK;
    for (uint32_t i = 0; i < hone_study_n_objectives(study); i++) {
        const char *name = hone_study_metric(study, i).name;
        if (!(given->present & UINT64_C(1) << i))
            return cli_usage(cli,
                             "the value of '%s' is missing: hone tell %s %s=NUMBER, or "
                             "--state failed",
                             name, cli_arg(cli, 0), name);
    }
    return CLI_EXIT_OK;
}

static void print_told(const cli_args *cli, const hone_study *study, const hone_trial *trial)
{
    hone_trial_state state = hone_trial_status(trial);
    if (cli_flag(cli, "json")) {
        cli_json(trial_json(study, trial), 0);
    } else if (!cli_flag(cli, "quiet")) {
        char *values = trial_values_line(study, trial);
        bool told = state == HONE_STATE_COMPLETE;
        printf("trial %u %s%s%s\n", (unsigned)hone_trial_number(trial), hone_state_name(state),
               told ? ": " : "", told ? values : "");
        free(values);
    }
}

static int tell(const cli_args *cli, hone_study *study, hone_trial *trial)
{
    hone_error err = HONE_ERROR_INIT;
    metric_args given;
    const char *wanted = cli_text(cli, "state");
    hone_result result = HONE_RESULT_INIT;
    result.state = wanted ? (hone_trial_state)hone_state_parse(wanted) : HONE_STATE_COMPLETE;
    int code = metric_args_read(cli, 1, study, true, &given);
    if (code == CLI_EXIT_OK)
        code = check_values(cli, study, result.state, &given);
    if (code != CLI_EXIT_OK)
        return code;
    hone_trial_state now = hone_trial_status(trial);
    // A late result counts as long as nobody has run the trial again.
    if (now != HONE_STATE_RUNNING && now != HONE_STATE_LOST)
        return cli_usage_arg(cli, 0, "trial %u is %s: only a RUNNING trial can be told",
                             (unsigned)hone_trial_number(trial), hone_state_name(now));
    result.values = given.present ? given.values : NULL;
    result.present = given.present;
    result.step = given.step;
    result.message = cli_text(cli, "message");
    json_t *attrs = NULL;
    code = attr_args_read(cli, &attrs);
    if (code == CLI_EXIT_OK && (attr_args_set(trial, attrs, &err) != HONE_OK ||
                                hone_study_tell_result(study, trial, &result, &err) != HONE_OK))
        code = cli_fail(cli, &err);
    json_decref(attrs);
    if (code != CLI_EXIT_OK)
        return code;
    print_told(cli, study, trial);
    return CLI_EXIT_OK;
}

static int run(cli_args *cli)
{
    uint32_t number;
    hone_study *study = NULL;
    hone_trial *trial = NULL;
    hone_error err = HONE_ERROR_INIT;
    if (!cli_trial_arg(cli, 0, &number))
        return CLI_EXIT_USAGE;
    int code = cli_open(cli, false, &study);
    if (code != CLI_EXIT_OK)
        return code;
    if (hone_study_trial(study, number, &trial, &err) != HONE_OK)
        code = cli_fail(cli, &err);
    else
        code = tell(cli, study, trial);
    hone_trial_destroy(trial);
    hone_study_close(study);
    return code;
}

static const cli_option options[] = {
    {.name = "state",
     .kind = CLI_CHOICE,
     .argument = "STATE",
     .choices = STATES,
     .no_environment = true,
     .help = "how it ended, when not complete"},
    {.name = "message",
     .kind = CLI_TEXT,
     .argument = "TEXT",
     .no_environment = true,
     .help = "why, for people"},
    CLI_ROW_ATTR("the trial"),
    {.name = NULL},
};

const cli_verb cli_verb_tell = {
    .name = "tell",
    .group = CLI_GROUP_LOOP,
    .rank = 20,
    .summary = "Tell how a trial that was asked for has ended",
    .usage = "TRIAL NAME=VALUE…\nTRIAL VALUE…\nTRIAL --state STATE [NAME=VALUE…]",
    .about = "Values by the name of their metric, or bare for the objectives in order. A failure "
             "is told by its state: it informs the sampler, and is never a made-up bad value.",
    .examples = "hone tell 0 loss=0.3\n    trial 0 is complete\n"
                "hone tell 1 --state failed --message \"diverged\"\n    trial 1 failed",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
