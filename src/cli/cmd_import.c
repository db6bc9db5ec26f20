// hone import: a study of another tool, with all its trials.
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "trial_view.h"

enum { MAX_METRICS = 62 };

static void note(void *user, const char *text)
{
    cli_note(user, "%s", text);
}

static json_t *summary_json(hone_study *study)
{
    json_t *o = json_object(), *states = json_object();
    char *space = hone_space_to_json(hone_study_space(study));
    uint32_t n = hone_study_n_trials(study);
    for (int s = 0; s < HONE_N_STATES; s++) {
        uint32_t count = hone_study_count(study, (hone_trial_state)s);
        if (count > 0)
            json_object_set_new(states, hone_state_name((hone_trial_state)s), json_integer(count));
    }
    json_object_set_new(o, "study", json_string(hone_study_name(study)));
    json_object_set_new(o, "n_trials", json_integer(n));
    json_object_set_new(o, "states", states);
    json_object_set_new(o, "metrics", study_metrics_json(study));
    json_object_set_new(o, "space", cli_json_text(space));
    hone_free(space);
    return o;
}

static void print_counts(const hone_study *study)
{
    const char *between = ": ";
    uint32_t n = hone_study_n_trials(study);
    printf("%u trial%s", (unsigned)n, n == 1 ? "" : "s");
    for (int s = 0; s < HONE_N_STATES; s++) {
        uint32_t count = hone_study_count(study, (hone_trial_state)s);
        if (count == 0)
            continue;
        printf("%s%u %s", between, (unsigned)count, hone_state_name((hone_trial_state)s));
        between = ", ";
    }
    printf("\n");
}

static void print_best(hone_study *study)
{
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    uint32_t number;
    if (hone_study_n_objectives(study) > 1 || hone_study_best(study, &number, &err) != HONE_OK ||
        hone_study_trial(study, number, &trial, &err) != HONE_OK)
        return;
    char *values = trial_values_line(study, trial), *params = trial_params_line(trial);
    printf("best: %s in trial %u   %s\n", values, (unsigned)number, params);
    free(values);
    free(params);
    hone_trial_destroy(trial);
}

// It goes on with the user's command, which the other tool did not record.
static void print_next(const cli_args *cli, const hone_study *study)
{
    bool own = strcmp(cli_storage(cli), "sqlite:hone.db") != 0;
    printf("Go on with: hone run%s%s --study ", own ? " --storage " : "",
           own ? cli_storage(cli) : "");
    cli_quote(stdout, hone_study_name(study));
    printf(" -n %u -- command\n", (unsigned)hone_study_n_finished(study) + 50);
}

static int show(const cli_args *cli, const char *name)
{
    hone_study *study = NULL;
    int code = cli_open_named(cli, name, true, &study);
    if (code != CLI_EXIT_OK)
        return code;
    if (cli_flag(cli, "json")) {
        cli_json(summary_json(study), 0);
    } else if (!cli_flag(cli, "quiet")) {
        char *space = hone_space_describe(hone_study_space(study), cli_width(stdout));
        printf("Study %s\n\n%s\n", hone_study_name(study), space ? space : "");
        print_counts(study);
        print_best(study);
        print_next(cli, study);
        hone_free(space);
    }
    hone_study_close(study);
    return CLI_EXIT_OK;
}

static int run(cli_args *cli)
{
    hone_import_options options = HONE_IMPORT_OPTIONS_INIT;
    hone_error err = HONE_ERROR_INIT;
    const char *metrics[MAX_METRICS];
    char *name = NULL;
    int n = cli_count(cli, "metric");
    if (n > MAX_METRICS)
        return cli_usage_option(cli, "metric", "at most %d objectives are possible", MAX_METRICS);
    for (int i = 0; i < n; i++)
        metrics[i] = cli_nth(cli, "metric", i);
    options.source = cli_arg(cli, 0);
    options.source_study = cli_text(cli, "from-study");
    options.storage = cli_storage(cli);
    options.name = cli_study_name(cli);
    options.metrics = metrics;
    options.n_metrics = (uint32_t)n;
    options.note = note;
    options.user = cli;
    if (hone_import_optuna(&options, &name, &err) != HONE_OK)
        return cli_fail(cli, &err);
    int code = show(cli, name);
    hone_free(name);
    return code;
}

static const cli_option options[] = {
    {.name = "from-study",
     .kind = CLI_TEXT,
     .argument = "NAME",
     .no_environment = true,
     .help = "which study of FILE; needed when it holds several"},
    CLI_ROW_METRIC(.no_environment = true, .help = "what the objective is called here (Optuna has "
                                                   "no names for it unless they were set); "
                                                   "again for each further one"),
    {.name = NULL},
};

const cli_verb cli_verb_import = {
    .name = "import",
    .group = CLI_GROUP_KEEP,
    .rank = 30,
    .summary = "Take over a study of Optuna, with all its trials",
    .usage = "FILE [options]",
    .about = "FILE is an SQLite database or a journal file of Optuna. The new study has the name "
             "that it has there, or that of --study; it appears whole or not at all.\n\n"
             "The space is worked out from the distributions that the trials recorded: conditions "
             "too, where the value of one parameter decides whether another is there. What could "
             "not be taken over as it was is said.",
    .examples = "hone import optuna.db\n    the only study in it\n"
                "hone import journal.log --from-study cnn --study cnn2 --metric loss\n"
                "    one of several, under a name of its own",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
