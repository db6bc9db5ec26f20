// Is a plan complete, and does everything in it go together? Printed before anything is recorded.
#include "from.h"
#include "plan.h"

#include <stdlib.h>
#include <string.h>

static double run_number(const run_plan *plan, const char *key, double fallback)
{
    json_t *value = json_object_get(plan->run, key);
    return value ? json_number_value(value) : fallback;
}

static bool run_flag(const run_plan *plan, const char *key)
{
    return json_is_true(json_object_get(plan->run, key));
}

int plan_check_lifts(const cli_args *cli)
{
    for (int i = 0; i < cli_count(cli, "lift"); i++) {
        const char *rule = cli_nth(cli, "lift", i);
        if (cli_has(cli, rule))
            return cli_usage_option(cli, "lift", "--%s and --lift %s exclude each other", rule,
                                    rule);
    }
    return CLI_EXIT_OK;
}

static int check_metric_sources(const run_plan *plan)
{
    int n = (json_object_get(plan->run, "metric-from") != NULL) +
            (json_object_get(plan->run, "regex") != NULL) +
            (json_object_get(plan->run, "metric") != NULL);
    if (n > 1)
        return cli_usage(plan->cli, "the objective can be read in one way only: --metric-from, "
                                    "--regex or --metric time|maxrss");
    return CLI_EXIT_OK;
}

int plan_check_now(const run_plan *plan)
{
    if (!cli_flag(plan->cli, "now") && cli_typed(plan->cli, "jobs"))
        return cli_usage_option(plan->cli, "jobs",
                                "--jobs goes with --now: what is queued runs in the slots of the "
                                "run that takes it");
    if (cli_flag(plan->cli, "now") && !json_object_get(plan->run, "command"))
        return cli_usage(plan->cli, "the study '%s' has no recorded command to run now",
                         plan->name);
    return CLI_EXIT_OK;
}

// A study that is not there yet is none to start from.
static int check_itself(const run_plan *plan)
{
    size_t i;
    const json_t *one;
    json_array_foreach(plan->from, i, one)
    {
        const char *study = json_string_value(json_object_get(one, "study"));
        const char *storage = json_string_value(json_object_get(one, "storage"));
        if (study && strcmp(study, plan->name) == 0 && strcmp(storage, plan->storage) == 0)
            return cli_usage_option(plan->cli, "from",
                                    "the study '%s' cannot start from itself: name an earlier one, "
                                    "or begin this one under another name with --study",
                                    study);
    }
    return CLI_EXIT_OK;
}

// The rule that compares with chance, where nothing says how much that is.
static bool wants_noise(const run_plan *plan, const hone_study *study)
{
    const json_t *regret = json_object_get(plan->run, "until-regret");
    bool known = (study ? hone_study_is_noisy(study) : plan->noisy) ||
                 run_number(plan, "folds", 0) > 1 || run_number(plan, "repeats", 0) > 1 ||
                 json_object_get(plan->run, "instances");
    return regret && json_number_value(regret) == 0 && !known;
}

int plan_check_regret(const run_plan *plan, const hone_study *study)
{
    if (!wants_noise(plan, study))
        return CLI_EXIT_OK;
    return cli_usage(plan->cli,
                     "--until-regret 0 needs trials that are run more than once, to know how much "
                     "chance moves them: %ssay how little may be left, as in --until-regret 0.01",
                     study ? "" : "add --folds, --repeats, --instances or --noisy, or ");
}

int plan_check(const run_plan *plan, const hone_study *existing)
{
    const cli_args *cli = plan->cli;
    json_t *command = json_object_get(plan->run, "command");
    size_t n_objectives =
        existing ? hone_study_n_objectives(existing) : json_array_size(plan->objectives);
    if (json_array_size(command) == 0)
        return cli_usage(cli, "there is nothing to run: the command comes after `--`, as in\n"
                              "    hone run -n 50 --minimize loss -p lr=log:1e-5..0.1 -- "
                              "./train --lr {lr}");
    if (!existing && !plan->space)
        return cli_usage(cli, "there is no parameter to tune: add -p NAME=SPEC, as in "
                              "-p lr=log:1e-5..0.1");
    if (n_objectives == 0)
        return cli_usage(cli, "what is the aim? Add --minimize NAME or --maximize NAME, where NAME "
                              "is a metric that the command prints, as in loss=0.2");
    if (n_objectives > 1 && json_object_get(plan->run, "target"))
        return cli_usage(cli, "--target needs a single objective, there are %zu", n_objectives);
    if (n_objectives > 1 && json_object_get(plan->run, "plateau"))
        return cli_usage(cli, "--plateau needs a single objective, there are %zu", n_objectives);
    if (n_objectives > 1 && json_object_get(plan->run, "until-regret"))
        return cli_usage(cli, "--until-regret needs a single objective, there are %zu",
                         n_objectives);
    if (plan_check_regret(plan, existing) != CLI_EXIT_OK)
        return CLI_EXIT_USAGE;
    if (run_flag(plan, "shell") && json_array_size(command) != 1)
        return cli_usage(cli, "--shell takes the command as one text: put it in quotes");
    if (check_limits(cli) != CLI_EXIT_OK)
        return CLI_EXIT_USAGE;
    if (check_metric_sources(plan) != CLI_EXIT_OK)
        return CLI_EXIT_USAGE;
    return existing ? CLI_EXIT_OK : check_itself(plan);
}

// --- another scheduler ---

// On a study in memory, so that what does not suit is never recorded.
int plan_check_scheduler(run_plan *plan, const hone_study *study)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study *rehearsed = NULL;
    uint32_t n = hone_study_n_metrics(study), m = hone_study_n_constraints(study);
    hone_metric *metrics = cli_alloc((n + 1) * sizeof *metrics);
    const char **constraints = cli_alloc((m + 1) * sizeof *constraints);
    plan_take_trials(plan->cli, study, plan->run);
    hone_study_options options = plan_study_options(plan);
    hone_run_options command = plan_run_options(plan);
    for (uint32_t i = 0; i < n; i++)
        metrics[i] = hone_study_metric(study, i);
    for (uint32_t i = 0; i < m; i++)
        constraints[i] = hone_study_constraint(study, i);
    options.storage = "memory:";
    options.storage_options = options.attributes = NULL;
    options.sampler = options.sampler_options = NULL;
    options.space = hone_study_space(study);
    options.metrics = metrics;
    options.n_metrics = n;
    options.constraints = constraints;
    options.n_constraints = m;
    int code = CLI_EXIT_OK;
    if (hone_study_open(&options, &rehearsed, &err) != HONE_OK ||
        hone_run_check_scheduler(rehearsed, &command, &err) != HONE_OK)
        code = cli_fail(plan->cli, &err);
    hone_study_close(rehearsed);
    free(metrics);
    free(constraints);
    return code;
}
