// What came out of a run, said once at its end.
#include "findings.h"
#include "trial_view.h"
#include "watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// " --storage X --study Y" as far as they are not the defaults, for the commands that are named.
static char *where(const run_watch *watch)
{
    const char *storage = watch->storage, *name = hone_study_name(watch->study);
    bool own_storage = strcmp(storage, "sqlite:hone.db") != 0;
    bool own_name = strcmp(name, "default") != 0;
    return cli_format("%s%s%s%s", own_storage ? " --storage " : "", own_storage ? storage : "",
                      own_name ? " --study " : "", own_name ? name : "");
}

static void print_counts(const run_watch *watch)
{
    bool first = true;
    for (int i = HONE_STATE_COMPLETE; i <= HONE_N_STATES; i++) {
        int s = i < HONE_N_STATES ? i : HONE_STATE_PAUSED; // which may go on yet
        uint32_t n = hone_study_count(watch->study, (hone_trial_state)s);
        if (n == 0)
            continue;
        printf("%s%u %s", first ? "" : ", ", (unsigned)n, hone_state_name((hone_trial_state)s));
        first = false;
    }
    if (first)
        printf("no trial ended");
}

static void print_params(const hone_trial *trial)
{
    const hone_space *space = hone_trial_space(trial);
    int widest = 0;
    for (uint32_t i = 0; i < hone_space_n_params(space); i++) {
        int columns = cli_columns(hone_space_name(space, i));
        if (hone_trial_active(trial, hone_space_name(space, i)))
            widest = columns > widest ? columns : widest;
    }
    for (uint32_t i = 0; i < hone_space_n_params(space); i++) {
        const char *name = hone_space_name(space, i);
        if (!hone_trial_active(trial, name))
            continue;
        char *text = trial_param_shown(trial, name);
        printf("    %s%*s  %s\n", name, widest - cli_columns(name), "", text);
        free(text);
    }
}

// Is there anything that `hone best` would show?
static bool has_best(const run_watch *watch)
{
    uint32_t number, n = 0;
    if (hone_study_n_objectives(watch->study) == 1)
        return hone_study_best(watch->study, &number, NULL) == HONE_OK;
    return hone_study_pareto(watch->study, &number, 0, &n, NULL) == HONE_OK && n > 0;
}

// Are there complete trials, each of which breaks a constraint or did not say its metric?
static bool none_is_feasible(hone_study *study)
{
    bool any = false;
    for (uint32_t i = 0; i < hone_study_n_trials(study); i++) {
        hone_trial *trial = NULL;
        if (hone_study_trial(study, i, &trial, NULL) != HONE_OK)
            continue;
        bool complete = hone_trial_status(trial) == HONE_STATE_COMPLETE;
        bool feasible = hone_trial_feasible(trial);
        hone_trial_destroy(trial);
        if (complete && feasible)
            return false;
        any |= complete;
    }
    return any;
}

static void print_best(run_watch *watch)
{
    uint32_t number;
    hone_trial *trial = NULL;
    if (hone_study_best_by_model(watch->study, &number, NULL) != HONE_OK ||
        hone_study_trial(watch->study, number, &trial, NULL) != HONE_OK) {
        if (hone_study_n_objectives(watch->study) == 1)
            printf("No best trial yet%s.\n", none_is_feasible(watch->study)
                                                 ? ": no complete trial satisfies the constraints"
                                                 : "");
        return;
    }
    char *evidence = trial_evidence(watch->study, trial, false);
    printf("%sBest: %s %s in trial %u%s\n", cli_ansi(watch->cli, stdout, CLI_GREEN),
           hone_study_metric(watch->study, 0).name, evidence, (unsigned)number,
           cli_ansi(watch->cli, stdout, CLI_PLAIN));
    free(evidence);
    print_params(trial);
    hone_trial_destroy(trial);
}

enum { FRONT_SHOWN = 10, MOST_FINDINGS = 3 };

static void print_front(run_watch *watch)
{
    uint32_t numbers[FRONT_SHOWN], n = 0;
    if (hone_study_n_objectives(watch->study) < 2 ||
        hone_study_pareto(watch->study, numbers, FRONT_SHOWN, &n, NULL) != HONE_OK || n == 0)
        return;
    printf("Best compromises (%u):\n", (unsigned)n);
    for (uint32_t i = 0; i < n && i < FRONT_SHOWN; i++) {
        hone_trial *trial = NULL;
        if (hone_study_trial(watch->study, numbers[i], &trial, NULL) != HONE_OK)
            continue;
        char *values = watch_values(watch->study, trial);
        char *params = watch_params(trial, 4);
        printf("    trial %-5u %s  %s\n", (unsigned)numbers[i], values, params);
        free(values);
        free(params);
        hone_trial_destroy(trial);
    }
    if (n > FRONT_SHOWN)
        printf("    and %u more\n", (unsigned)(n - FRONT_SHOWN));
}

// The winner's last run, and what it scored.
static void print_final(run_watch *watch)
{
    for (uint32_t i = hone_study_n_trials(watch->study); i-- > 0;) {
        hone_trial *trial = NULL;
        if (hone_study_trial(watch->study, i, &trial, NULL) != HONE_OK)
            continue;
        bool found = hone_trial_purpose_of(trial) == HONE_PURPOSE_FINAL;
        if (found) {
            char *values = watch_values(watch->study, trial);
            printf("Final run (trial %u): %s  %s\n", (unsigned)i,
                   hone_state_name(hone_trial_status(trial)), values);
            free(values);
        }
        hone_trial_destroy(trial);
        if (found)
            return;
    }
}

enum { TAIL_BYTES = 2000, TAIL_LINES = 10 };

// The last lines of a file, indented, under a line that leads them in.
static void print_tail(const char *path, const char *lead)
{
    char text[TAIL_BYTES + 1];
    FILE *file = path ? fopen(path, "rb") : NULL;
    if (!file)
        return;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
    fseek(file, size > TAIL_BYTES ? size - TAIL_BYTES : 0, SEEK_SET);
    size_t n = fread(text, 1, TAIL_BYTES, file);
    fclose(file);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    size_t from = n;
    for (int lines = 0; from > 0 && lines < TAIL_LINES; from--)
        if (text[from - 1] == '\n' && ++lines == TAIL_LINES)
            break;
    if (n > 0)
        fprintf(stderr, "%s\n", lead);
    while (from < n) {
        const char *end = memchr(text + from, '\n', n - from);
        size_t length = end ? (size_t)(end - text) - from : n - from;
        fprintf(stderr, "    %.*s\n", (int)length, text + from);
        from += length + 1;
    }
}

void summary_failure(const run_watch *watch)
{
    fflush(stdout);
    if (watch->mode == WATCH_QUIET)
        fprintf(stderr, "hone: Every trial failed%s%s%s%s\n", watch->failure ? "; last: " : "",
                watch->failure ? watch->failure : "", watch->failure_log ? "  log " : "",
                watch->failure_log ? watch->failure_log : "");
    char *lead = cli_format("hone: The output of trial %u ends:", (unsigned)watch->last_failed);
    if (!watch->output_shown)
        print_tail(watch->failure_log, lead);
    free(lead);
}

// Is it a rule about what was found, or spent? More trials alone would end by it at once.
static bool is_quality(const char *rule)
{
    return strcmp(rule, "cost") == 0 || strcmp(rule, "target") == 0 ||
           strcmp(rule, "plateau") == 0 || strcmp(rule, "until-regret") == 0;
}

// What to look at next, and how to go on if there is a way to.
static void print_more(const run_watch *watch, const char *options)
{
    bool exhausted = false;
    bool finite = isfinite(hone_space_cardinality(hone_study_space(watch->study)));
    (void)hone_study_exhausted(watch->study, &exhausted, NULL);
    printf("More: ");
    if (has_best(watch))
        printf("`hone best%s`, ", options);
    if (strcmp(hone_run_rule(watch->run), "exhausted") == 0 &&
        (hone_study_scheduler_can(watch->study) & HN_CAN_FORK)) {
        printf("`hone trials%s`, `hone replay-schedule%s`.\n", options, options);
        return;
    }
    printf("`hone trials%s`; ", options);
    if (exhausted && finite)
        printf("every configuration has been tried.\n");
    else if (exhausted)
        printf("the sampler %s has nothing new left, `hone resume%s --sampler auto -n +50` goes "
               "on.\n",
               hone_study_sampler_in_use(watch->study), options);
    else if (is_quality(hone_run_rule(watch->run)))
        printf("`hone resume%s --lift %s -n +50` goes on.\n", options, hone_run_rule(watch->run));
    else
        printf("`hone resume%s -n +50` goes on.\n", options);
}

static void print_next(const run_watch *watch, hone_run_outcome outcome)
{
    char *options = where(watch);
    uint32_t n_waiting = hone_study_count(watch->study, HONE_STATE_WAITING) +
                         hone_study_count(watch->study, HONE_STATE_PAUSED);
    if (strncmp(watch->storage, "memory:", 7) == 0)
        printf("The study was in memory alone: what is left are the files of its trials.\n");
    else if (outcome == HONE_RUN_STOPPED && n_waiting > 0)
        printf("Stopped before the end, %u trial%s to be run again; `hone resume%s` goes on.\n",
               (unsigned)n_waiting, n_waiting == 1 ? " is" : "s are", options);
    else if (outcome == HONE_RUN_STOPPED)
        printf("Stopped before the end; `hone resume%s` goes on.\n", options);
    else if (outcome == HONE_RUN_ALL_FAILED)
        printf("Every trial failed; `hone logs -a %u%s` shows the output of the last.\n",
               (unsigned)watch->last_failed, options);
    else
        print_more(watch, options);
    free(options);
}

void summary_print(run_watch *watch, const hone_run_options *options, hone_run_outcome outcome)
{
    char duration[CLI_SHORT];
    printf("%s%s%s: ", cli_ansi(watch->cli, stdout, CLI_BOLD), hone_study_name(watch->study),
           cli_ansi(watch->cli, stdout, CLI_PLAIN));
    print_counts(watch);
    printf(" (this run: %u in %s)\n", (unsigned)watch->n_ended,
           cli_duration(watch_now_s() - watch->began_s, duration));
    print_best(watch);
    print_front(watch);
    if (options->final_run && outcome == HONE_RUN_FINISHED_ALL)
        print_final(watch);
    if (watch->failure)
        printf("%sFailed: %u in this run; last: %s%s%s%s\n", cli_ansi(watch->cli, stdout, CLI_RED),
               (unsigned)watch->n_failed, watch->failure, watch->failure_log ? "\n    log " : "",
               watch->failure_log ? watch->failure_log : "",
               cli_ansi(watch->cli, stdout, CLI_PLAIN));
    const char *rule = hone_run_rule(watch->run);
    // That nothing is left to try is said below.
    bool forks = hone_study_scheduler_can(watch->study) & HN_CAN_FORK;
    bool said = strcmp(rule, "none") == 0 || (strcmp(rule, "exhausted") == 0 && !forks);
    if (outcome == HONE_RUN_FINISHED_ALL && !said)
        printf("Ended: %s.\n", hone_run_why(watch->run));
    if (outcome != HONE_RUN_ALL_FAILED)
        findings_print(watch->cli, watch->study, "Note: ", MOST_FINDINGS);
    print_next(watch, outcome);
}

void summary_best(run_watch *watch)
{
    uint32_t number;
    hone_trial *trial = NULL;
    if (hone_study_best_by_model(watch->study, &number, NULL) != HONE_OK ||
        hone_study_trial(watch->study, number, &trial, NULL) != HONE_OK)
        return;
    char *values = watch_values(watch->study, trial);
    char *params = watch_params(trial, 0);
    printf("trial %u  %s  %s\n", (unsigned)number, values, params);
    free(values);
    free(params);
    hone_trial_destroy(trial);
}
