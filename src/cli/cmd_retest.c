// `hone retest`: repeats of the best configurations, which take away the winner's luck.
#include "plan.h"
#include "rows.h"
#include "trial_view.h"

#include <stdlib.h>

typedef struct retesting {
    cli_args *cli;
    run_plan plan;
    hone_study *study;
    uint32_t *numbers; // [n] the trials that are repeated
    uint32_t n;
    int64_t n_wanted; // repeats of each: in all, or with `more` besides those there are
    bool more;
    uint32_t *queued; // [n_queued] the repeats
    size_t n_queued;
} retesting;

static int read_repeats(retesting *r)
{
    const char *text = cli_text(r->cli, "repeats");
    r->more = text[0] == '+';
    if (cli_parse_int(text, &r->n_wanted) && r->n_wanted >= 1 && r->n_wanted <= 10000)
        return CLI_EXIT_OK;
    return cli_usage_option(r->cli, "repeats",
                            "--repeats takes how many each trial is to have (10) or how many more "
                            "(+5), not '%s'",
                            text);
}

static int choose(retesting *r)
{
    const cli_args *cli = r->cli;
    if (cli_n_args(cli) > 0 && cli_has(cli, "top"))
        return cli_usage_arg(cli, 0, "give numbers of trials or --top, not both");
    if (cli_n_args(cli) > 0) {
        r->numbers = cli_trial_args(cli, &r->n);
        return r->numbers ? CLI_EXIT_OK : CLI_EXIT_USAGE;
    }
    if (hone_study_n_objectives(r->study) > 1)
        return cli_usage(cli, "with several objectives there is no order: name the trials, as in "
                              "hone retest 17 18 (`hone best` shows the front)");
    return trials_top(cli, r->study, (uint32_t)cli_int(cli, "top"), &r->numbers, &r->n);
}

static void say_queued(const retesting *r, uint32_t number, uint32_t first, uint32_t n,
                       uint32_t n_had)
{
    if (cli_flag(r->cli, "quiet") || cli_flag(r->cli, "now"))
        return;
    if (cli_flag(r->cli, "json"))
        cli_json(json_pack("{s:i, s:i, s:o, s:i}", "trial", (int)number, "queued", (int)n, "first",
                           n ? json_integer(first) : json_null(), "had", (int)n_had),
                 0);
    else if (n == 0)
        printf("Trial %u has %u repeats already.\n", (unsigned)number, (unsigned)n_had);
    else
        printf("Trial %u: %u repeat%s, trial%s %u%s%.0u.\n", (unsigned)number, (unsigned)n,
               n == 1 ? " waits" : "s wait", n == 1 ? "" : "s", (unsigned)first,
               n == 1 ? "" : " to ", n == 1 ? 0 : (unsigned)(first + n - 1));
}

// Repeats that waited before are run with --now, too.
static void collect_waiting(retesting *r, uint32_t number)
{
    uint32_t n = hone_study_n_trials(r->study);
    r->queued = cli_realloc(r->queued, (r->n_queued + n + 1) * sizeof *r->queued);
    for (uint32_t i = number + 1; i < n; i++) {
        hone_trial *trial = NULL;
        if (hone_study_trial(r->study, i, &trial, NULL) == HONE_OK &&
            hone_trial_purpose_of(trial) == HONE_PURPOSE_RETEST &&
            hone_trial_parent(trial) == number && hone_trial_status(trial) == HONE_STATE_WAITING &&
            !hone_trial_excluded(trial))
            r->queued[r->n_queued++] = i;
        hone_trial_destroy(trial);
    }
}

static int queue_one(retesting *r, uint32_t number)
{
    hone_error err = HONE_ERROR_INIT;
    hone_repeats repeats = HONE_REPEATS_INIT;
    hone_trial *trial = NULL;
    uint32_t first = 0;
    if (hone_study_trial(r->study, number, &trial, &err) != HONE_OK)
        return cli_fail(r->cli, &err);
    // A repeat stands for the trial that it repeats.
    if (hone_trial_purpose_of(trial) == HONE_PURPOSE_RETEST && hone_trial_parent(trial) >= 0)
        number = (uint32_t)hone_trial_parent(trial);
    hone_trial_destroy(trial);
    (void)hone_study_repeats(r->study, number, 0, &repeats, NULL);
    int64_t had = (int64_t)repeats.n + repeats.n_open;
    int64_t n = r->more ? r->n_wanted : r->n_wanted - had;
    if (n > 0 && hone_study_retest(r->study, number, (uint32_t)n, &first, &err) != HONE_OK)
        return cli_fail(r->cli, &err);
    say_queued(r, number, first, n > 0 ? (uint32_t)n : 0, (uint32_t)had);
    if (cli_flag(r->cli, "now"))
        collect_waiting(r, number);
    return CLI_EXIT_OK;
}

// --- what came out ---

static void print_results(const retesting *r)
{
    static const char *const titles[] = {"trial", "retests", "in the search", "mean of retests",
                                         NULL};
    cli_table *table = cli_table_create("rrrl", titles);
    char text[CLI_SHORT];
    for (uint32_t i = 0; i < r->n; i++) {
        hone_trial *trial = NULL;
        hone_repeats repeats = HONE_REPEATS_INIT;
        if (hone_study_trial(r->study, r->numbers[i], &trial, NULL) != HONE_OK)
            continue;
        (void)hone_study_repeats(r->study, r->numbers[i], 0, &repeats, NULL);
        char *cells[] = {
            cli_format("%u", (unsigned)r->numbers[i]), cli_format("%u", (unsigned)repeats.n),
            cli_dup(cli_number(hone_trial_value(trial, 0), text)), repeats_text(&repeats, false)};
        for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
            cli_table_cell(table, cells[c]);
            free(cells[c]);
        }
        hone_trial_destroy(trial);
    }
    cli_table_print(r->cli, table);
    char *luck = luck_text(r->study);
    if (luck)
        cli_wrap(stdout, luck, 0, 0, cli_width(stdout));
    free(luck);
}

static int retest(retesting *r)
{
    bool now = cli_flag(r->cli, "now");
    int code = plan_check_now(&r->plan);
    if (code != CLI_EXIT_OK)
        return code;
    for (uint32_t i = 0; code == CLI_EXIT_OK && i < r->n; i++)
        code = queue_one(r, r->numbers[i]);
    if (code == CLI_EXIT_OK && !now)
        cli_note(r->cli, "`hone resume` runs what waits, if no run does");
    if (code == CLI_EXIT_OK && now && r->n_queued > 0)
        code = go(&r->plan, r->study, r->queued, (uint32_t)r->n_queued);
    if (now && code != CLI_EXIT_USAGE && !cli_flag(r->cli, "json") && !cli_flag(r->cli, "quiet"))
        print_results(r);
    return code;
}

static int run(cli_args *cli)
{
    retesting r = {.cli = cli};
    int code = read_repeats(&r);
    if (code != CLI_EXIT_OK)
        return code;
    code = plan_resume(&r.plan, cli, NULL, &r.study);
    if (code == CLI_EXIT_OK)
        code = choose(&r);
    if (code == CLI_EXIT_OK)
        code = retest(&r);
    hone_study_close(r.study);
    plan_free(&r.plan);
    free(r.numbers);
    free(r.queued);
    return code;
}

static const cli_option options[] = {
    {.name = "top",
     .kind = CLI_INT,
     .argument = "N",
     .fallback = "5",
     .low = 1,
     .high = 10000,
     .no_environment = true,
     .help = "the N best trials"},
    {.name = "repeats",
     .kind = CLI_TEXT,
     .argument = "N|+N",
     .fallback = "10",
     .no_environment = true,
     .help = "until each trial has N repeats, or N more"},
    CLI_ROW_NOW(.no_environment = true),
    CLI_ROW_JOBS_NOW(),
    {.name = NULL},
};

const cli_verb cli_verb_retest = {
    .name = "retest",
    .group = CLI_GROUP_ACT,
    .rank = 30,
    .summary = "Repeat the best configurations, against luck",
    .usage = "[TRIAL...] [--top N] [--repeats N] [--now [-j N]]",
    .about =
        "Where results vary from run to run, the best of many is good partly by luck. Retests run "
        "the best configurations again, each time with another {seed} (HONE_SEED). From then on "
        "`hone best` goes by the means of the retests, and says how much the first winner owed to "
        "luck; samplers learn from them, and -n does not count them.\n\n"
        "The same command again queues nothing that is there already: --repeats is the total.",
    .examples = "hone retest --top 5 --repeats 10 --now -j 4\n    fifty runs, four at a time\n"
                "hone retest 17 --repeats +5\n    five more of trial 17",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = -1,
    .run = run,
};
