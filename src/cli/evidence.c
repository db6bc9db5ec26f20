// What retests say: means with their errors, the luck of the first winner, the best trials in
// order.
#include <math.h>
#include <stdlib.h>

#include "trial_view.h"

static char *number(double value, bool full, char *out)
{
    return full ? cli_number_full(value, out) : cli_number(value, out);
}

// An error of a mean is worth two digits, the mean as many as that leaves it.
char *repeats_text(const hone_repeats *repeats, bool full)
{
    char mean[CLI_SHORT], error[CLI_SHORT];
    if (repeats->n == 0)
        return cli_dup("-");
    if (isnan(repeats->std_err) || !isfinite(repeats->mean))
        return cli_dup(number(repeats->mean, full, mean));
    double decimals = repeats->std_err > 0 ? 1 - floor(log10(repeats->std_err)) : -1;
    if (decimals < 0 || decimals > 12)
        number(repeats->mean, full, mean);
    else
        snprintf(mean, sizeof mean, "%.*f", (int)decimals, repeats->mean);
    snprintf(error, sizeof error, "%.2g", repeats->std_err);
    return cli_format("%s %s %s", mean, cli_utf8() ? "±" : "+-", error);
}

static hone_repeats repeats_of(const hone_study *study, uint32_t trial)
{
    hone_repeats repeats = HONE_REPEATS_INIT;
    (void)hone_study_repeats(study, trial, 0, &repeats, NULL);
    return repeats;
}

char *trial_evidence(const hone_study *study, const hone_trial *trial, bool full)
{
    char value[CLI_SHORT];
    hone_repeats repeats = repeats_of(study, hone_trial_number(trial));
    char *spread = trial_spread_text(trial, 0, full);
    if (repeats.n == 0 && spread)
        return spread;
    free(spread);
    number(hone_trial_value(trial, 0), full, value);
    if (repeats.n == 0)
        return cli_dup(value);
    char *mean = repeats_text(&repeats, full);
    char *text = cli_format("%s (mean of %u retest%s, %s in the search)", mean, (unsigned)repeats.n,
                            repeats.n == 1 ? "" : "s", value);
    free(mean);
    return text;
}

json_t *retests_json(const hone_study *study, const hone_trial *trial)
{
    hone_repeats repeats = repeats_of(study, hone_trial_number(trial));
    json_t *o = json_object();
    if (repeats.n == 0 && repeats.n_open == 0) {
        json_decref(o);
        return json_null();
    }
    json_object_set_new(o, "n", json_integer(repeats.n));
    json_object_set_new(o, "n_open", json_integer(repeats.n_open));
    json_object_set_new(o, "mean", repeats.n ? cli_json_double(repeats.mean) : json_null());
    json_object_set_new(o, "stddev", repeats.n > 1 ? cli_json_double(repeats.stddev) : json_null());
    json_object_set_new(o, "std_err",
                        repeats.n > 1 ? cli_json_double(repeats.std_err) : json_null());
    return o;
}

// --- the best in order ---

typedef struct candidate {
    uint32_t number;
    double value; // smaller is better
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
           hone_trial_purpose_of(trial) == HONE_PURPOSE_SEARCH && !hone_trial_excluded(trial);
}

// Complete trials of the search, the best value first. The caller frees.
static candidate *candidates(hone_study *study, size_t *n)
{
    uint32_t n_trials = hone_study_n_trials(study);
    bool up = hone_study_metric(study, 0).goal == HONE_MAXIMIZE;
    candidate *list = cli_alloc((n_trials + (size_t)1) * sizeof *list);
    *n = 0;
    for (uint32_t i = 0; i < n_trials; i++) {
        hone_trial *trial = NULL;
        if (hone_study_trial(study, i, &trial, NULL) == HONE_OK && is_candidate(trial)) {
            double value = hone_trial_value(trial, 0);
            list[(*n)++] = (candidate){i, up ? -value : value};
        }
        hone_trial_destroy(trial);
    }
    qsort(list, *n, sizeof *list, smaller_first);
    return list;
}

int trials_top(const cli_args *cli, hone_study *study, uint32_t top, uint32_t **numbers,
               uint32_t *n)
{
    hone_error err = HONE_ERROR_INIT;
    uint32_t first;
    size_t n_list = 0;
    if (hone_study_best_by_model(study, &first, &err) != HONE_OK)
        return cli_fail(cli, &err);
    candidate *list = top > 1 ? candidates(study, &n_list) : NULL;
    *numbers = cli_alloc((n_list + 1) * sizeof **numbers);
    *n = 0;
    (*numbers)[(*n)++] = first;
    for (size_t i = 0; i < n_list && *n < top; i++)
        if (list[i].number != first)
            (*numbers)[(*n)++] = list[i].number;
    free(list);
    return CLI_EXIT_OK;
}

// --- luck ---

static char *luck_sentence(hone_study *study, const candidate *winner, const hone_repeats *repeats)
{
    uint32_t best = winner->number;
    char value[CLI_SHORT], luck[CLI_SHORT];
    bool up = hone_study_metric(study, 0).goal == HONE_MAXIMIZE;
    double won = up ? -winner->value : winner->value;
    double owed = up ? won - repeats->mean : repeats->mean - won;
    (void)hone_study_best(study, &best, NULL);
    cli_number(won, value);
    snprintf(luck, sizeof luck, "%.2g", owed);
    char *mean = repeats_text(repeats, false);
    char *text = cli_format(
        "Trial %u won the search with %s; its retests give %s: %s%s%s%s.", (unsigned)winner->number,
        value, mean, owed > 0 ? "it owed " : "it owed nothing to luck", owed > 0 ? luck : "",
        owed > 0 ? " to luck" : "", best == winner->number ? ", and is the best all the same" : "");
    free(mean);
    return text;
}

char *luck_text(hone_study *study)
{
    size_t n = 0;
    if (hone_study_n_objectives(study) != 1)
        return NULL;
    candidate *list = candidates(study, &n);
    hone_repeats repeats = n ? repeats_of(study, list[0].number) : (hone_repeats){0};
    char *text = n && repeats.n > 0 ? luck_sentence(study, &list[0], &repeats) : NULL;
    uint32_t best;
    if (n && !text && hone_study_best_by_model(study, &best, NULL) == HONE_OK &&
        best != list[0].number)
        text = cli_format("Trial %u has the best value, but by what all trials say together trial "
                          "%u may be expected to be better.",
                          (unsigned)list[0].number, (unsigned)best);
    free(list);
    return text;
}
