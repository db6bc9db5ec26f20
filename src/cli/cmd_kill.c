// `hone kill`: ends trials, wherever they run.
//
// A running trial is asked to end through the journal: the process that runs it sees that within a
// second and ends it as a timeout would (please end, SIGTERM, after the grace SIGKILL). The command
// waits until that is recorded.
#include <stdlib.h>
#include <time.h>

#include "trial_view.h"

#define PATIENCE_S 15.0 // beyond the grace

typedef struct killing {
    cli_args *cli;
    hone_study *study;
    uint32_t *numbers; // [n]
    uint32_t n;
    bool *waits; // [n] it was asked to end, and its end is waited for
    int code;
} killing;

// --- which ---

static void add_trials(killing *k, hone_trial_state state)
{
    uint32_t n = hone_study_n_trials(k->study);
    k->numbers = cli_realloc(k->numbers, ((size_t)k->n + n + 1) * sizeof *k->numbers);
    for (uint32_t i = 0; i < n; i++) {
        hone_trial *trial = NULL;
        bool fits = hone_study_trial(k->study, i, &trial, NULL) == HONE_OK &&
                    hone_trial_status(trial) == state && !hone_trial_excluded(trial);
        if (fits)
            k->numbers[k->n++] = i;
        hone_trial_destroy(trial);
    }
}

static int choose(killing *k)
{
    const cli_args *cli = k->cli;
    bool all = cli_flag(cli, "all"), waiting = cli_flag(cli, "waiting");
    if ((all || waiting) && cli_n_args(cli) > 0)
        return cli_usage_arg(cli, 0, "give numbers of trials or --%s, not both",
                             all ? "all" : "waiting");
    if (!all && !waiting && cli_n_args(cli) == 0)
        return cli_usage(cli, "which trials? Give their numbers, --all (what runs) or --waiting "
                              "(the queue)");
    k->numbers = cli_trial_args(cli, &k->n);
    if (!k->numbers)
        return CLI_EXIT_USAGE;
    if (all)
        add_trials(k, HONE_STATE_RUNNING);
    if (waiting)
        add_trials(k, HONE_STATE_WAITING);
    if (k->n == 0)
        cli_note(cli, all ? "no trial runs" : "no trial waits");
    return CLI_EXIT_OK;
}

// --- what became of it ---

static void say(const killing *k, uint32_t number, const char *result, const char *text)
{
    hone_trial *trial = NULL;
    if (hone_study_trial(k->study, number, &trial, NULL) != HONE_OK)
        return;
    const char *message = text ? text : hone_trial_message(trial);
    if (cli_flag(k->cli, "json"))
        cli_json(json_pack("{s:i, s:s, s:s, s:s}", "trial", (int)number, "result", result, "state",
                           hone_state_name(hone_trial_status(trial)), "message", message),
                 0);
    else if (!cli_flag(k->cli, "quiet"))
        printf("trial %u  %s%s%s\n", (unsigned)number, trial_state_text(trial),
               *message ? "  " : "", message);
    fflush(stdout);
    hone_trial_destroy(trial);
}

static void say_before(killing *k, uint32_t number)
{
    hone_trial *trial = NULL;
    if (hone_study_trial(k->study, number, &trial, NULL) == HONE_OK)
        k->code =
            cli_usage(k->cli, "trial %u is %s already", (unsigned)number, trial_state_text(trial));
    hone_trial_destroy(trial);
}

// Whoever holds a lease is no process that could be waited for.
static bool has_lease(const killing *k, uint32_t number)
{
    hone_trial *trial = NULL;
    bool lease = hone_study_trial(k->study, number, &trial, NULL) == HONE_OK &&
                 hone_trial_lease_us(trial) > 0;
    hone_trial_destroy(trial);
    return lease;
}

static void kill_one(killing *k, uint32_t i)
{
    hone_error err = HONE_ERROR_INIT;
    hone_kill result = HONE_KILL_BEFORE;
    uint32_t number = k->numbers[i];
    hone_trial_state how = cli_flag(k->cli, "prune") ? HONE_STATE_PRUNED : HONE_STATE_FAILED;
    bool force = cli_flag(k->cli, "force");
    if (hone_study_kill(k->study, number, how, force, &result, &err) != HONE_OK) {
        k->code = cli_fail(k->cli, &err);
    } else if (result == HONE_KILL_BEFORE) {
        say_before(k, number);
    } else if (result == HONE_KILL_REMOVED) {
        char *text = cli_format("from the queue; `hone rerun %u` puts it back", (unsigned)number);
        say(k, number, "removed", text);
        free(text);
    } else if (result == HONE_KILL_ENDED) {
        say(k, number, "ended", NULL);
    } else if (has_lease(k, number)) {
        say(k, number, "asked", "is asked to end with its next report; --force ends it now");
    } else if (cli_flag(k->cli, "no-wait")) {
        say(k, number, "asked", "is asked to end");
    } else {
        k->waits[i] = true;
    }
}

// --- waiting ---

static double grace_s(const hone_study *study)
{
    json_t *options = cli_json_text(hone_study_get(study, "options"));
    json_t *grace = json_object_get(options, "grace");
    double seconds = json_is_number(grace) ? json_number_value(grace) : 10;
    json_decref(options);
    return seconds;
}

typedef enum standing { RUNS, ADRIFT, ENDED } standing;

// Where it stands now. One whose runner died, or gave it back, is adrift: it is killed once more.
static standing look(const killing *k, uint32_t number)
{
    hone_trial *trial = NULL;
    trial_owner owner;
    standing where = ENDED;
    if (hone_study_trial(k->study, number, &trial, NULL) != HONE_OK)
        return ENDED;
    hone_trial_state state = hone_trial_status(trial);
    bool gone = trial_owner_read(trial, &owner) && owner.gone;
    if (state == HONE_STATE_RUNNING)
        where = gone && hone_trial_lease_us(trial) == 0 ? ADRIFT : RUNS;
    else if (!hone_state_is_finished(state) && !hone_trial_excluded(trial))
        where = ADRIFT;
    hone_trial_destroy(trial);
    return where;
}

// Says what has ended meanwhile; how many are still waited for?
static uint32_t look_again(killing *k)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < k->n; i++) {
        if (!k->waits[i])
            continue;
        if (look(k, k->numbers[i]) == ADRIFT)
            (void)hone_study_kill(k->study, k->numbers[i], HONE_STATE_FAILED, false, NULL, NULL);
        k->waits[i] = look(k, k->numbers[i]) != ENDED;
        left += k->waits[i];
        if (!k->waits[i])
            say(k, k->numbers[i], "ended", NULL);
    }
    return left;
}

static int wait_for_ends(killing *k)
{
    hone_error err = HONE_ERROR_INIT;
    struct timespec nap = {0, 30000000};
    double patience = grace_s(k->study) + PATIENCE_S;
    uint64_t begun = now_us();
    while (look_again(k) > 0 && (double)(now_us() - begun) * 1e-6 < patience) {
        nanosleep(&nap, NULL);
        if (hone_study_refresh(k->study, &err) != HONE_OK)
            return cli_fail(k->cli, &err);
    }
    for (uint32_t i = 0; i < k->n; i++)
        if (k->waits[i])
            k->code = cli_error(k->cli,
                                "trial %u was asked to end %.0f s ago, but whoever runs it has not "
                                "done so; `hone kill --force %u` records it as ended",
                                (unsigned)k->numbers[i], patience, (unsigned)k->numbers[i]);
    return k->code;
}

static int run(cli_args *cli)
{
    killing k = {.cli = cli};
    int code = cli_open(cli, false, &k.study);
    if (code == CLI_EXIT_OK)
        code = choose(&k);
    if (code == CLI_EXIT_OK) {
        k.waits = cli_alloc(((size_t)k.n + 1) * sizeof *k.waits);
        for (uint32_t i = 0; i < k.n; i++)
            kill_one(&k, i);
        code = wait_for_ends(&k);
    }
    free(k.numbers);
    free(k.waits);
    hone_study_close(k.study);
    return code;
}

static const cli_option options[] = {
    {.name = "all", .kind = CLI_FLAG, .no_environment = true, .help = "every trial that runs"},
    {.name = "waiting",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "every trial that waits: empties the queue"},
    {.name = "prune",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "end it early as PRUNED: what it has reported counts"},
    {.name = "force",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "record it as ended at once; whoever runs it kills it when it sees that"},
    {.name = "no-wait",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "do not wait until it has ended"},
    {.name = NULL},
};

const cli_verb cli_verb_kill = {
    .name = "kill",
    .group = CLI_GROUP_ACT,
    .rank = 10,
    .summary = "End trials, wherever they run",
    .usage = "TRIAL...\n--all | --waiting",
    .about =
        "A trial that runs becomes FAILED. Whoever runs it, here or on another host, sees the "
        "request within a second, asks it to end, sends SIGTERM, and SIGKILL after the grace. If "
        "its runner is gone it is LOST at once. A paused trial ends at once; one that waits is "
        "removed from the queue, and `hone rerun` puts it back.\n\n"
        "The study goes on: a killed trial is not tried again by itself, another configuration "
        "takes its place.",
    .examples = "hone kill 17\n    ends trial 17\n"
                "hone kill 17 18 --prune\n    ends them early; their reports count\n"
                "hone kill --all\n    ends what runs now",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = -1,
    .run = run,
};
