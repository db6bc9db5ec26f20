// hone best: the best trial, the N best, or the Pareto front.
#include <stdlib.h>
#include <string.h>

#include "trial_view.h"

typedef struct best {
    cli_args *cli;
    hone_study *study;
    uint32_t *numbers; // [n] the best first
    uint32_t n;
} best;

// --- which ---

typedef struct candidate {
    uint32_t number;
    double value;
} candidate;

static int smaller_first(const void *left, const void *right)
{
    const candidate *a = left, *b = right;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static bool is_candidate(const hone_trial *trial)
{
    return hone_trial_status(trial) == HONE_STATE_COMPLETE && hone_trial_feasible(trial) &&
           hone_trial_purpose_of(trial) == HONE_PURPOSE_SEARCH;
}

// The first is what the study says, by evidence; the others follow by their values.
static int find_top(best *b, uint32_t n)
{
    hone_error err = HONE_ERROR_INIT;
    uint32_t first, n_trials = hone_study_n_trials(b->study);
    if (hone_study_best(b->study, &first, &err) != HONE_OK)
        return cli_fail(b->cli, &err);
    bool up = hone_study_metric(b->study, 0).goal == HONE_MAXIMIZE;
    candidate *list = cli_alloc((n_trials + (size_t)1) * sizeof *list);
    size_t n_list = 0;
    for (uint32_t i = 0; i < n_trials && n > 1; i++) {
        hone_trial *trial = NULL;
        if (hone_study_trial(b->study, i, &trial, &err) == HONE_OK && i != first &&
            is_candidate(trial)) {
            double value = hone_trial_value(trial, 0);
            list[n_list++] = (candidate){i, up ? -value : value};
        }
        hone_trial_destroy(trial);
    }
    qsort(list, n_list, sizeof *list, smaller_first);
    b->numbers = cli_alloc((n_list + 1) * sizeof *b->numbers);
    b->numbers[b->n++] = first;
    for (size_t i = 0; i < n_list && b->n < n; i++)
        b->numbers[b->n++] = list[i].number;
    free(list);
    return CLI_EXIT_OK;
}

static int find_front(best *b, uint32_t limit)
{
    hone_error err = HONE_ERROR_INIT;
    uint32_t n = 0, filled = 0;
    if (hone_study_pareto(b->study, NULL, 0, &n, &err) != HONE_OK)
        return cli_fail(b->cli, &err);
    b->numbers = cli_alloc((n + (size_t)1) * sizeof *b->numbers);
    if (hone_study_pareto(b->study, b->numbers, n, &filled, &err) != HONE_OK)
        return cli_fail(b->cli, &err);
    b->n = limit && limit < n ? limit : n;
    return n ? CLI_EXIT_OK
             : cli_usage(b->cli, "no trial is complete yet: `hone trials` shows how they stand");
}

// --- printing ---

static int with_trial(const best *b, uint32_t number, hone_trial **out)
{
    hone_error err = HONE_ERROR_INIT;
    if (hone_study_trial(b->study, number, out, &err) != HONE_OK)
        return cli_fail(b->cli, &err);
    return CLI_EXIT_OK;
}

static int print_json(const best *b)
{
    for (uint32_t i = 0; i < b->n; i++) {
        hone_trial *trial = NULL;
        int code = with_trial(b, b->numbers[i], &trial);
        if (code != CLI_EXIT_OK)
            return code;
        cli_json(trial_json(b->study, trial), 0);
        hone_trial_destroy(trial);
    }
    return CLI_EXIT_OK;
}

static int print_formatted(const best *b, params_format format)
{
    if (format == PARAMS_ENV && b->n > 1)
        return cli_usage_option(b->cli, "format",
                                "variables can hold one configuration, not %u; give --top 1",
                                (unsigned)b->n);
    for (uint32_t i = 0; i < b->n; i++) {
        hone_trial *trial = NULL;
        int code = with_trial(b, b->numbers[i], &trial);
        if (code != CLI_EXIT_OK)
            return code;
        if (format == PARAMS_YAML && b->n > 1)
            puts("---");
        json_t *params = cli_json_text(hone_trial_params_json(trial));
        params_print(stdout, params, format);
        json_decref(params);
        hone_trial_destroy(trial);
    }
    return CLI_EXIT_OK;
}

// "trial 17  loss 0.123", then a parameter a line.
static int print_one(const best *b)
{
    hone_trial *trial = NULL;
    int code = with_trial(b, b->numbers[0], &trial);
    if (code != CLI_EXIT_OK)
        return code;
    hone_metric metric = hone_study_metric(b->study, 0);
    char text[CLI_SHORT];
    printf("%strial %u%s  %s %s\n", cli_ansi(b->cli, stdout, CLI_BOLD), (unsigned)b->numbers[0],
           cli_ansi(b->cli, stdout, CLI_PLAIN), metric.name,
           cli_number_full(hone_trial_value(trial, 0), text));
    json_t *params = cli_json_text(hone_trial_params_json(trial));
    const char *name;
    json_t *value;
    int width = 0;
    json_object_foreach(params, name, value) width =
        cli_columns(name) > width ? cli_columns(name) : width;
    json_object_foreach(params, name, value)
    {
        char *exact = trial_param_exact(value);
        printf("  %s%*s  %s\n", name, width - cli_columns(name), "", exact);
        free(exact);
    }
    json_decref(params);
    hone_trial_destroy(trial);
    return CLI_EXIT_OK;
}

static int print(const best *b)
{
    if (cli_has(b->cli, "format"))
        return print_formatted(b, params_format_of(cli_text(b->cli, "format")));
    if (cli_flag(b->cli, "json"))
        return print_json(b);
    bool several = hone_study_n_objectives(b->study) > 1 || cli_has(b->cli, "top");
    return several ? trials_table(b->cli, b->study, b->numbers, b->n) : print_one(b);
}

static int run(cli_args *cli)
{
    best b = {.cli = cli};
    if (cli_has(cli, "format") && cli_flag(cli, "json"))
        return cli_usage_option(cli, "format", "--format and --json exclude each other");
    int code = cli_open_named(cli, cli_arg(cli, 0), true, &b.study);
    if (code != CLI_EXIT_OK)
        return code;
    int64_t asked = cli_int(cli, "top");
    uint32_t top = asked > UINT32_MAX ? UINT32_MAX : (uint32_t)asked;
    code = hone_study_n_objectives(b.study) > 1 ? find_front(&b, top) : find_top(&b, top ? top : 1);
    if (code == CLI_EXIT_OK)
        code = print(&b);
    free(b.numbers);
    hone_study_close(b.study);
    return code;
}

static const cli_option options[] = {
    {.name = "format",
     .kind = CLI_CHOICE,
     .argument = "FORM",
     .choices = PARAMS_FORMATS,
     .no_environment = true,
     .help = "only the configuration: as arguments, JSON, YAML or variables for a shell"},
    {.name = "top",
     .kind = CLI_INT,
     .argument = "N",
     .low = 1,
     .high = 1e15,
     .no_environment = true,
     .help = "the N best, the best first"},
    {.name = NULL},
};

const cli_verb cli_verb_best = {
    .name = "best",
    .group = CLI_GROUP_LOOK,
    .rank = 50,
    .summary = "Show the best trial, or the Pareto front",
    .usage = "[study] [options]",
    .about = "The best complete trial that breaks no constraint; trials that were retested count "
             "by their mean. With several objectives: every trial that no other one dominates.",
    .examples = "hone best\n    the best trial\n"
                "./train $(hone best --format args)\n    train with its configuration\n"
                "eval \"$(hone best --format env)\"\n    HONE_P_LR=… in this shell",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON,
    .max_args = 1,
    .run = run,
};
