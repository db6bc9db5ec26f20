// `hone simulate`: which scheduler would have done best, from curves that a study has recorded.
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "simulated.h"

// --- which schedulers ---

typedef struct candidates {
    const cli_args *cli;
    simulated *list;
    int n;
    bool by_default;
} candidates;

static simulated *add(candidates *c, const char *label, const char *name, json_t *options)
{
    c->list = cli_realloc(c->list, ((size_t)c->n + 1) * sizeof *c->list);
    simulated *one = &c->list[c->n++];
    *one = (simulated){.label = cli_dup(label), .name = cli_dup(name), .options = options};
    return one;
}

// "asha:eta=2,n_startup=5", the value of the `index`-th --scheduler.
static int take_one(candidates *c, int index)
{
    const char *text = cli_nth(c->cli, "scheduler", index);
    size_t length = strcspn(text, ":");
    char *name = cli_format("%.*s", (int)length, text);
    const hn_plugin *plugin = NULL;
    hone_error err = HONE_ERROR_INIT;
    json_t *options = json_object();
    int code = CLI_EXIT_OK;
    if (hone_plugin_find(HN_KIND_SCHEDULER, name, &plugin, &err) != HONE_OK)
        code = cli_usage_nth(c->cli, "scheduler", index, "%s", err.text);
    else if (!simulated_options(plugin, text[length] ? text + length + 1 : "", options, &err))
        code = cli_usage_nth(c->cli, "scheduler", index, "%s", err.text);
    if (code == CLI_EXIT_OK)
        add(c, text, name, options);
    else
        json_decref(options);
    free(name);
    return code;
}

static bool takes_longest(const hn_plugin *plugin)
{
    for (const hn_option *row = plugin->options; row && row->name; row++)
        if (strcmp(row->name, "max_resource") == 0)
            return true;
    return false;
}

// Does it hand the resource out without being told how much there is?
static bool guesses_longest(const char *name)
{
    hone_study *study = NULL;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.storage = "memory:";
    options.sampler = "random";
    options.scheduler = name;
    bool guesses = hone_study_open(&options, &study, NULL) == HONE_OK &&
                   (hone_study_scheduler_can(study) & HN_GIVES_RESOURCE);
    hone_study_close(study);
    return guesses;
}

// One simulation as the command asks for, in the first order.
static hone_simulate_options options_of(const cli_args *cli, const char *name, const char *given)
{
    hone_simulate_options options = HONE_SIMULATE_OPTIONS_INIT;
    options.scheduler = name;
    options.scheduler_options = given;
    options.n_workers = (uint32_t)cli_int(cli, "jobs");
    options.n_trials = (uint32_t)cli_int(cli, "trials");
    options.seed = (uint64_t)cli_int(cli, "seed");
    options.no_checkpoint = cli_flag(cli, "no-checkpoint");
    options.in_order = cli_flag(cli, "as-recorded");
    return options;
}

// Would it work with these options? Tried, since some refuse only as they begin, or few trials.
static bool works(const cli_args *cli, const hone_recording *recording, const char *name,
                  const char *given, hone_error *err)
{
    hone_simulation trial = HONE_SIMULATION_INIT;
    hone_simulate_options options = options_of(cli, name, given);
    return hone_simulate(recording, &options, &trial, err) == HONE_OK;
}

// What there is, under the names and options that need no choice of the user's. Who hands the
// resource out has to know the longest training; the curves tell.
static void take_default(candidates *c, const char *name, const hone_recording *recording)
{
    hone_recording_info info = HONE_RECORDING_INFO_INIT;
    const hn_plugin *plugin = NULL;
    hone_error err = HONE_ERROR_INIT;
    char number[CLI_SHORT];
    hone_recording_look(recording, &info);
    if (hone_plugin_find(HN_KIND_SCHEDULER, name, &plugin, NULL) != HONE_OK)
        return;
    bool good = works(c->cli, recording, name, NULL, &err);
    bool longest = takes_longest(plugin) && (!good || guesses_longest(name));
    char *given = cli_format("{\"max_resource\":%s}", cli_number_full(info.last_step, number));
    if (longest && works(c->cli, recording, name, given, good ? NULL : &err)) {
        char *label = cli_format("%s:max_resource=%s", name, number);
        add(c, label, name, cli_json_text(given));
        free(label);
    } else if (good) {
        add(c, name, name, json_object());
    } else {
        cli_note(c->cli, "%s is left out: %s", name, err.text);
    }
    free(given);
}

static int take_schedulers(candidates *c, const hone_recording *recording)
{
    int n = cli_count(c->cli, "scheduler"), code = CLI_EXIT_OK;
    for (int i = 0; i < n && code == CLI_EXIT_OK; i++)
        code = take_one(c, i);
    if (n > 0)
        return code;
    c->by_default = true;
    take_default(c, "none", recording);
    for (uint32_t i = 0; hone_plugin_at(HN_KIND_SCHEDULER, i); i++)
        if (strcmp(hone_plugin_at(HN_KIND_SCHEDULER, i)->name, "none") != 0)
            take_default(c, hone_plugin_at(HN_KIND_SCHEDULER, i)->name, recording);
    for (uint32_t i = 0; hone_preset_at(i); i++)
        if (!hone_preset_at(i)->sampler) // without its sampler it would be its scheduler
            take_default(c, hone_preset_at(i)->name, recording);
    return CLI_EXIT_OK;
}

// --- the curves ---

static int read_file(const cli_args *cli, hone_recording **out)
{
    hone_error err = HONE_ERROR_INIT;
    const char *low = cli_text(cli, "minimize"), *high = cli_text(cli, "maximize");
    if (cli_arg(cli, 0) || cli_has(cli, "metric") || cli_has(cli, "unfinished"))
        return cli_usage_option(cli, "curves",
                                "--curves takes the place of a study, with --minimize or "
                                "--maximize");
    if (!low == !high)
        return cli_usage_option(cli, "curves",
                                "say which way is better: --minimize NAME or --maximize NAME");
    hone_status status = hone_recording_load(cli_text(cli, "curves"), low ? low : high,
                                             low ? HONE_MINIMIZE : HONE_MAXIMIZE, out, &err);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(cli, &err);
}

static int read_curves(const cli_args *cli, hone_recording **out)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study *study = NULL;
    hone_recording_options options = HONE_RECORDING_OPTIONS_INIT;
    if (cli_has(cli, "curves"))
        return read_file(cli, out);
    for (int i = 0; i < 2; i++)
        if (cli_has(cli, i ? "maximize" : "minimize"))
            return cli_usage_option(cli, i ? "maximize" : "minimize",
                                    "a study knows which way is better: --%s goes with --curves",
                                    i ? "maximize" : "minimize");
    options.metric = cli_text(cli, "metric");
    options.unfinished =
        strcmp(cli_text(cli, "unfinished"), "hold") == 0 ? HONE_HOLD : HONE_LEAVE_OUT;
    int code = cli_open_named(cli, cli_arg(cli, 0), true, &study);
    if (code == CLI_EXIT_OK && hone_recording_read(study, &options, out, &err) != HONE_OK)
        code = cli_fail(cli, &err);
    hone_study_close(study);
    return code;
}

// --- the verb ---

// All orders under one scheduler.
static int simulate(const cli_args *cli, const hone_recording *recording, simulated *one)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status = HONE_OK;
    char *json = cli_json_dump(one->options, 0);
    hone_simulate_options options = options_of(cli, one->name, json);
    one->n = cli_flag(cli, "as-recorded") ? 1 : (uint32_t)cli_int(cli, "orders");
    one->runs = cli_alloc(one->n * sizeof *one->runs);
    clock_t began = clock();
    for (uint32_t i = 0; status == HONE_OK && i < one->n; i++, options.seed++) {
        one->runs[i] = (hone_simulation)HONE_SIMULATION_INIT;
        status = hone_simulate(recording, &options, &one->runs[i], &err);
    }
    one->cpu_s = (double)(clock() - began) / CLOCKS_PER_SEC;
    free(json);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(cli, &err);
}

static int run(cli_args *cli)
{
    hone_recording *recording = NULL;
    candidates c = {.cli = cli};
    if (cli_flag(cli, "as-recorded") && cli_has(cli, "orders"))
        return cli_usage_option(cli, "orders", "--as-recorded is one order: leave out --orders");
    int code = read_curves(cli, &recording);
    if (code == CLI_EXIT_OK)
        code = take_schedulers(&c, recording);
    for (int i = 0; i < c.n && code == CLI_EXIT_OK; i++)
        code = simulate(cli, recording, &c.list[i]);
    if (code == CLI_EXIT_OK && cli_flag(cli, "json"))
        simulated_json(cli, recording, c.list, c.n);
    else if (code == CLI_EXIT_OK)
        simulated_table(cli, recording, c.list, c.n);
    for (int i = 0; i < c.n; i++)
        simulated_free(&c.list[i]);
    free(c.list);
    hone_recording_destroy(recording);
    return code;
}

static const cli_option options[] = {
    {.name = "scheduler",
     .kind = CLI_TEXT,
     .argument = "NAME[:OPTION=VALUE,...]",
     .repeatable = true,
     .no_environment = true,
     .help = "one to compare; without any, all that need no option"},
    {.name = "jobs",
     .letter = 'j',
     .kind = CLI_INT,
     .argument = "N",
     .fallback = "8",
     .low = 1,
     .high = 65536,
     .no_environment = true,
     .help = "how many simulated workers there are"},
    {.name = "trials",
     .letter = 'n',
     .kind = CLI_INT,
     .argument = "N",
     .low = 1,
     .high = 1e9,
     .no_environment = true,
     .help = "how many of the curves each study tries; all of them when not given"},
    {.name = "orders",
     .kind = CLI_INT,
     .argument = "N",
     .fallback = "20",
     .low = 1,
     .high = 1e5,
     .no_environment = true,
     .help = "studies for each scheduler, each with the curves in an order of its own"},
    {.name = "seed",
     .kind = CLI_INT,
     .argument = "N",
     .fallback = "1",
     .low = 0,
     .high = 9e18,
     .no_environment = true,
     .help = "of the first order; the others count on from it"},
    {.name = "as-recorded",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "one study with the curves as they came, so that a sampler that has learnt shows"},
    {.name = "metric",
     .kind = CLI_TEXT,
     .argument = "NAME",
     .no_environment = true,
     .help = "the objective to compare by, when there are several"},
    {.name = "unfinished",
     .kind = CLI_CHOICE,
     .argument = "HOW",
     .choices = "leave-out|hold",
     .fallback = "leave-out",
     .no_environment = true,
     .help = "trials stopped early or paused: left out, or held at their last value to the end"},
    {.name = "no-checkpoint",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "paused trials start over when they go on"},
    {.name = "curves",
     .kind = CLI_TEXT,
     .argument = "FILE",
     .no_environment = true,
     .help = "curves from a file instead of a study, one JSON object a line: its \"values\", and "
             "if known its \"steps\" and \"seconds\""},
    {.name = "minimize",
     .kind = CLI_TEXT,
     .argument = "NAME",
     .no_environment = true,
     .help = "with --curves: what the values are, smaller ones being better"},
    {.name = "maximize",
     .kind = CLI_TEXT,
     .argument = "NAME",
     .no_environment = true,
     .help = "with --curves: what the values are, larger ones being better"},
    {.name = NULL},
};

const cli_verb cli_verb_simulate = {
    .name = "simulate",
    .group = CLI_GROUP_KNOW,
    .rank = 35,
    .summary = "Compare schedulers on the learning curves of a study",
    .usage = "[study] [--scheduler NAME]... [options]",
    .about =
        "Replays what the complete trials of a study have reported, with simulated workers in "
        "simulated time: what each scheduler would have stopped, how long the study would have "
        "taken, and whether it would have found the best trial. Nothing is run or changed. The "
        "curves come in random orders (or --as-recorded): the sampler takes no part.\n\n"
        "The columns, as means over the orders: the simulated time; the steps that were trained, "
        "and the share of all that was saved; how much worse the best result is than that of the "
        "best curve; in how many orders that curve was stopped; and when, in the middle one of "
        "the orders, a complete trial first was within 1% of the best (of what the median trial "
        "and the best differ by).\n\n"
        "The study should have been run with --scheduler none: how trials that were stopped early "
        "would have gone on is not known.",
    .examples = "hone simulate\n    every scheduler there is\n"
                "hone simulate -j 16 --scheduler none --scheduler asha:eta=2,n_startup=5\n"
                "    two of them, on sixteen workers",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = 1,
    .run = run,
};
