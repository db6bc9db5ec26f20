// hone best: the best trial, the N best, or the Pareto front.
#include <stdlib.h>

#include "findings.h"
#include "rows.h"
#include "trial_view.h"

typedef struct best {
    cli_args *cli;
    hone_study *study;
    uint32_t *numbers; // [n] the best first
    uint32_t n;
} best;

static int find_front(best *b, uint32_t limit)
{
    hone_error err = HONE_ERROR_INIT;
    if (trials_front(b->study, &b->numbers, &b->n, &err) != HONE_OK)
        return cli_fail(b->cli, &err);
    b->n = limit && limit < b->n ? limit : b->n;
    return b->n ? CLI_EXIT_OK
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
        json_t *o = trial_json(b->study, trial);
        json_object_set_new(o, "retests", retests_json(b->study, trial));
        cli_json(o, 0);
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
        params_print(stdout, trial, format);
        hone_trial_destroy(trial);
    }
    return CLI_EXIT_OK;
}

static void print_params(const hone_trial *trial)
{
    json_t *params = cli_json_text(hone_trial_params_json(trial));
    pairs_print(params, pairs_width(params, 0));
    json_decref(params);
}

// "trial 17  loss 0.123", then a parameter a line, then what retests say of the luck.
static int print_one(const best *b)
{
    hone_trial *trial = NULL;
    int code = with_trial(b, b->numbers[0], &trial);
    if (code != CLI_EXIT_OK)
        return code;
    char *evidence = trial_evidence(b->study, trial, true);
    char *luck = luck_text(b->study);
    printf("%strial %u%s  %s %s\n", cli_ansi(b->cli, stdout, CLI_BOLD), (unsigned)b->numbers[0],
           cli_ansi(b->cli, stdout, CLI_PLAIN), hone_study_metric(b->study, 0).name, evidence);
    print_params(trial);
    if (!hone_trial_in_space(trial))
        printf("Its values lie outside of the space as it is now (version %u).\n",
               (unsigned)hone_study_space_version(b->study));
    char *ancestry = trial_ancestry(b->study, b->numbers[0]);
    if (ancestry) {
        printf("Ancestry:");
        cli_wrap(stdout, ancestry, 4, 9, cli_width(stdout));
        printf("These were its last values; `hone replay-schedule` has them all.\n");
    }
    free(ancestry);
    char *noise = findings_noise(b->study);
    if (luck)
        cli_wrap(stdout, luck, 0, 0, cli_width(stdout));
    if (noise)
        cli_wrap(stdout, noise, 0, 0, cli_width(stdout));
    free(evidence);
    free(luck);
    free(noise);
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
    code = hone_study_n_objectives(b.study) > 1
               ? find_front(&b, top)
               : trials_top(cli, b.study, top ? top : 1, &b.numbers, &b.n);
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
    CLI_ROW_TOP(),
    {.name = NULL},
};

const cli_verb cli_verb_best = {
    .name = "best",
    .group = CLI_GROUP_LOOK,
    .rank = 50,
    .summary = "Show the best trial, or the Pareto front",
    .usage = "[study] [options]",
    .about =
        "The best complete trial that breaks no constraint; trials that were retested count "
        "by the mean of their retests, the others with the luck taken off that those turned "
        "out to have had. Where folds, repeats or instances show that chance hides which of the "
        "best is the best, it is the one that a model of all trials expects to be. With several "
        "objectives: every trial that no other one dominates.",
    .examples = "hone best\n    the best trial\n"
                "./train $(hone best --format args)\n    train with its configuration\n"
                "eval \"$(hone best --format env)\"\n    HONE_P_LR=… in this shell",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON,
    .max_args = 1,
    .run = run,
};
