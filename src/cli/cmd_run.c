// `hone run`: tunes a command; goes on with the study if it exists.
#include "plan.h"
#include "rows.h"

#include <stdlib.h>
#include <string.h>

// Opens the study as it is, NULL when it does not exist.
static int find_study(run_plan *plan, hone_study **out)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.storage = plan->storage;
    options.name = plan->name;
    options.mode = HONE_OPEN_EXISTING;
    options.read_only = cli_flag(plan->cli, "dry-run");
    if (strncmp(plan->storage, "memory:", 7) == 0)
        return CLI_EXIT_OK;
    hone_status status = hone_study_open(&options, out, &err);
    return status == HONE_OK || status == HONE_ENOTFOUND ? CLI_EXIT_OK : cli_fail(plan->cli, &err);
}

// The study's sampler or scheduler with its options, as it was recorded.
static void borrow_plugin(const hone_study *study, const char *key, json_t **out)
{
    json_t *had = cli_json_text(hone_study_get(study, key));
    if (!*out && json_is_string(json_object_get(had, "name")))
        *out = json_incref(had);
    json_decref(had);
}

static int dry_run(run_plan *plan, hone_study *existing)
{
    // What is not given is that of the study; its journal stays as it is.
    if (existing && !plan->space) {
        char *json = hone_space_to_json(hone_study_space(existing));
        (void)hone_space_from_json(json, &plan->space, NULL);
        hone_free(json);
    }
    if (existing && plan->n_metrics == 0) {
        plan->n_metrics = hone_study_n_metrics(existing);
        plan->metrics = cli_realloc(plan->metrics, plan->n_metrics * sizeof *plan->metrics);
        for (uint32_t i = 0; i < plan->n_metrics; i++)
            plan->metrics[i] = hone_study_metric(existing, i);
    }
    if (existing) {
        plan->has_seed = true;
        plan->seed = hone_study_seed(existing);
        borrow_plugin(existing, "sampler", &plan->sampler);
        borrow_plugin(existing, "scheduler", &plan->scheduler);
    }
    return go_rehearse(plan, true, existing != NULL);
}

// Whether the run is possible at all: what is wrong must not become the study's. It is kept until
// the run that is made, which takes over what this one has found.
static hone_status try_run(run_plan *plan, hone_study *study, hone_error *err)
{
    hone_run_options options = plan_run_options(plan);
    return hone_run_create(study, &options, &plan->rehearsal, err);
}

// Opens the study with everything that the plan says, or makes it.
static int open_study(run_plan *plan, hone_study **study)
{
    hone_error err = HONE_ERROR_INIT;
    bool exists = *study != NULL;
    hone_status status = HONE_OK;
    // An existing study that changes in nothing is open already.
    bool changes = plan->accept || plan->sampler || plan->scheduler || plan->deterministic;
    if (!exists || changes) {
        hone_study_close(*study);
        *study = NULL;
        hone_study_options options = plan_study_options(plan);
        status = hone_study_open(&options, study, &err);
    }
    if (status == HONE_OK && exists && plan->accept)
        status = try_run(plan, *study, &err);
    if (status == HONE_OK && exists)
        status = plan_record(plan, *study, &err);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(plan->cli, &err);
}

static int run_plan_on(run_plan *plan, hone_study **study)
{
    int code = *study ? plan_check_existing(plan, *study) : CLI_EXIT_OK;
    if (code == CLI_EXIT_OK)
        code = plan_check(plan, *study);
    if (code != CLI_EXIT_OK)
        return code;
    if (cli_flag(plan->cli, "dry-run"))
        return dry_run(plan, *study);
    if (!*study)
        code = go_rehearse(plan, false, false);
    if (code == CLI_EXIT_OK)
        code = open_study(plan, study);
    return code == CLI_EXIT_OK ? go(plan, *study, NULL, 0) : code;
}

static int run(cli_args *cli)
{
    run_plan plan;
    hone_study *study = NULL;
    int code = plan_read(&plan, cli);
    uint32_t n_words;
    const char *const *words = cli_command(cli, &n_words);
    if (code == CLI_EXIT_OK && words && (n_words == 0 || !*words[0]))
        code = cli_usage(cli, "the command is missing: after `--` comes the program with its "
                              "arguments, as in -- ./train --lr {lr}");
    if (code == CLI_EXIT_OK)
        code = find_study(&plan, &study);
    if (code == CLI_EXIT_OK) {
        plan_take_trials(cli, study, plan.run);
        code = run_plan_on(&plan, &study);
    }
    go_forget_rehearsal(&plan); // whose study may be this one
    hone_study_close(study);
    plan_free(&plan);
    return code;
}

static const cli_option options[] = {
    CLI_ROW_MINIMIZE(.heading = "What is tuned"),
    CLI_ROW_MAXIMIZE(),
    CLI_ROW_PARAM(),
    CLI_ROW_FORBID(),
    CLI_ROW_REQUIRE(),
    CLI_ROW_CONSTRAINT(),
    CLI_ROW_METRIC(.help =
                       "another metric to record; time and maxrss are measured by Hone and are the "
                       "objective"),

    CLI_ROW_TRIALS(.heading = "When it ends"),
    CLI_ROW_JOBS(.fallback = "1", .help = CLI_HELP_JOBS),
    CLI_ROW_TIME(),
    CLI_ROW_COST(),
    CLI_ROW_TARGET(),
    CLI_ROW_PLATEAU(.help = CLI_HELP_PLATEAU "; 0: never"),
    CLI_ROW_PLATEAU_DELTA(),
    CLI_ROW_UNTIL_REGRET(),
    CLI_ROW_FINAL(),

    CLI_ROW_SAMPLER(.fallback = "auto", .heading = "How it searches"),
    CLI_ROW_SAMPLER_OPTION(),
    CLI_ROW_SCHEDULER(.fallback = "auto"),
    CLI_ROW_SCHEDULER_OPTION(),
    CLI_ROW_FROM(),
    CLI_ROW_SEED(.help = CLI_HELP_STUDY_SEED),
    {.name = "deterministic",
     .kind = CLI_FLAG,
     .help = "the same trials whatever the timing; the study keeps its -j"},
    CLI_ROW_NOISY(),

    {.name = "shell",
     .kind = CLI_FLAG,
     .heading = "The command",
     .help = "the command is one text for /bin/sh"},
    {.name = "template",
     .kind = CLI_TEXT,
     .argument = "FILE:NAME",
     .repeatable = true,
     .help = "write the text FILE with its placeholders filled in ({lr}, {lr:%.4g}, {opt:json}) "
             "for each trial; the command finds it as {dir}/NAME"},
    {.name = "metric-from",
     .kind = CLI_TEXT,
     .argument = "FILE[:KEY]",
     .help = "read the objective from a file that the command writes: result.json:eval.loss"},
    {.name = "regex",
     .kind = CLI_TEXT,
     .argument = "REGEX",
     .help = "read the objective from the output: the group of this expression"},
    {.name = "stderr", .kind = CLI_FLAG, .help = "look for metrics on standard error, too"},
    {.name = "take",
     .fallback = "last",
     .kind = CLI_CHOICE,
     .argument = "WHICH",
     .choices = "last|best",
     .help = "which value of a trial counts"},
    // HONE_FOLDS is what a trial finds in its environment: a run within a trial must not take it
    // for its own option.
    {.name = "folds",
     .kind = CLI_INT,
     .argument = "K",
     .low = 2,
     .high = 1000,
     .help = "cross-validation: a trial runs the command for each {fold} from 0 to K-1; its values "
             "are the means"},
    {.name = "repeats",
     .kind = CLI_INT,
     .argument = "N",
     .low = 1,
     .high = 1000,
     .help = "a trial runs the command (with --folds: all folds) N times, each time with another "
             "{seed}; its values are the means"},
    {.name = "instances",
     .kind = CLI_TEXT,
     .argument = "FILE|A,B,…",
     .help = "a trial runs the command for each {instance} of a list, or of a file with one a "
             "line; its values are the means. With --scheduler race bad ones run only a few"},
    CLI_ROW_TIMEOUT_TRIAL(),
    CLI_ROW_MEM_TRIAL(),
    CLI_ROW_CPUS_PER_TRIAL(),
    CLI_ROW_GPUS_PER_TRIAL(),
    CLI_ROW_GRACE(.fallback = "10s"),
    CLI_ROW_RETRIES(),
    {.name = "wandb",
     .kind = CLI_CHOICE,
     .argument = "WHICH",
     .choices = "stand-in|real",
     .help = "what a script gets by `import wandb`: Hone's stand-in, which reports to Hone and "
             "sends nothing anywhere (so for sweep files of W&B), or the installed package"},
    {.name = "no-checkpoint", .kind = CLI_FLAG, .help = "a stopped trial starts over"},
    CLI_ROW_KEEP_CKPT(.fallback = "all"),
    CLI_ROW_CKPT_QUOTA(),
    CLI_ROW_DIR(.fallback = "hone/STUDY"),

    {.name = "accept",
     .kind = CLI_FLAG,
     .heading = "The study",
     .help = "take over a changed space, objective or command"},
    {.name = "dry-run",
     .kind = CLI_FLAG,
     .help = "show the space as understood and the first commands; run nothing, keep nothing"},
    {.name = "durability",
     .fallback = "auto",
     .kind = CLI_CHOICE,
     .argument = "WHEN",
     .choices = "auto|normal|full",
     .help = "when a finished trial is forced onto the disk"},
    {.name = NULL},
};

const cli_verb cli_verb_run = {
    .name = "run",
    .group = CLI_GROUP_TUNE,
    .rank = 10,
    .summary = "Tune any command; goes on with the study if it exists",
    .usage = "[options] -- command [argument...]\n[options] study.yaml [-- command [argument...]]",
    .about =
        "Runs the command again and again with other values of its parameters and finds those "
        "that make the objective best. The command gets a trial's values through placeholders "
        "in its arguments ({lr}, {lr:%.4g}, {momentum:--momentum}, {args}, {json}), the "
        "environment (HONE_P_LR) and the file $HONE_DIR/params.json; it says the objective on "
        "its output (loss=0.2).\n\n"
        "Everything is kept in the study. The same command line again goes on where it was; one "
        "with another space, objective or command is refused with the difference, unless --accept "
        "is given: trials keep the values that they have told, by the names of the metrics.\n\n"
        "Ctrl-C once: no new trials, the running ones finish. Twice: they stop at a checkpoint "
        "and are run again by `hone resume`. Three times: they are killed.",
    .examples = "hone run -n 100 -j 4 --minimize loss -p lr=log:1e-5..0.1 \\\n"
                "    -p opt=sgd,adam -- ./train --lr {lr} --optimizer {opt}\n"
                "hone run -n 20 --metric time -p threads=int:1..16 -- ./solve -t {threads}\n"
                "hone run study.yaml --time 2h",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = -1,
    .takes_command = true,
    .run = run,
};
