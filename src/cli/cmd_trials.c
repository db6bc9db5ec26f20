// hone trials: the trials of a study, as a table or as JSON lines.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "trial_view.h"

// What a trial is sorted by: a number, or a text when `text` is set. NaN comes last.
typedef struct row {
    uint32_t number;
    double key;
    char *text;
} row;

enum sort { SORT_NUMBER, SORT_STATE, SORT_DURATION, SORT_ATTEMPTS, SORT_METRIC, SORT_PARAM };

typedef struct listing {
    cli_args *cli;
    hone_study *study;
    bool wanted[HONE_N_STATES];
    enum sort sort;
    uint32_t metric;  // of SORT_METRIC
    const char *name; // of SORT_PARAM
    row *rows;
    size_t n;
} listing;

// --- which ---

static bool add_states(listing *l, const char *list)
{
    char *copy = cli_dup(list), *save = NULL;
    bool good = true;
    for (char *name = strtok_r(copy, ",", &save); name && good; name = strtok_r(NULL, ",", &save)) {
        int state = hone_state_parse(name);
        good = state >= 0;
        if (good) {
            l->wanted[state] = true;
            continue;
        }
        char upper[64];
        const char *names[HONE_N_STATES];
        for (int i = 0; i < HONE_N_STATES; i++)
            names[i] = hone_state_name((hone_trial_state)i);
        snprintf(upper, sizeof upper, "%s", name);
        for (char *p = upper; *p; p++)
            *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
        const char *nearest = cli_nearest(upper, names, HONE_N_STATES);
        cli_usage_option(l->cli, "state", "there is no state '%s'%s%s%s", name,
                         nearest ? "; did you mean " : "", nearest ? nearest : "",
                         nearest ? "?"
                                 : "; there are WAITING, RUNNING, PAUSED, COMPLETE, PRUNED, "
                                   "FAILED, TIMEOUT, OOM, INFEASIBLE, INVALID and LOST");
    }
    free(copy);
    return good;
}

static bool choose_states(listing *l)
{
    int n = cli_count(l->cli, "state");
    for (int i = 0; i < HONE_N_STATES; i++)
        l->wanted[i] = n == 0;
    for (int i = 0; i < n; i++) {
        if (!add_states(l, cli_nth(l->cli, "state", i)))
            return false;
    }
    return true;
}

// --- in which order ---

// In the order of enum sort.
static const char *const own_keys[] = {"number", "state", "duration", "attempts"};
enum { N_OWN_KEYS = sizeof own_keys / sizeof *own_keys };

static int unknown_key(const listing *l, const char *name)
{
    const hone_space *space = hone_study_space(l->study);
    uint32_t n_metrics = hone_study_n_metrics(l->study);
    uint32_t n_params = space ? hone_space_n_params(space) : 0;
    const char **names = cli_alloc((N_OWN_KEYS + n_metrics + n_params) * sizeof *names);
    size_t n = 0;
    while (n < N_OWN_KEYS) {
        names[n] = own_keys[n];
        n++;
    }
    for (uint32_t i = 0; i < n_metrics; i++)
        names[n++] = hone_study_metric(l->study, i).name;
    for (uint32_t i = 0; i < n_params; i++)
        names[n++] = hone_space_name(space, i);
    const char *nearest = cli_nearest(name, names, n);
    free(names);
    if (nearest)
        return cli_usage_option(l->cli, "sort", "no trial has '%s'; did you mean '%s'?", name,
                                nearest);
    return cli_usage_option(l->cli, "sort",
                            "no trial has '%s'; sort by number, state, duration, "
                            "attempts, a metric or a parameter",
                            name);
}

static void set_key(const listing *l, const hone_trial *trial, row *r)
{
    const char *text = NULL;
    r->key = NAN;
    switch (l->sort) {
    case SORT_NUMBER:
        r->key = hone_trial_number(trial);
        break;
    case SORT_STATE:
        text = hone_state_name(hone_trial_status(trial));
        break;
    case SORT_DURATION:
        r->key = trial_seconds(trial);
        break;
    case SORT_ATTEMPTS:
        r->key = hone_trial_attempts(trial);
        break;
    case SORT_METRIC:
        r->key = hone_trial_value(trial, l->metric);
        break;
    case SORT_PARAM:
        text = hone_trial_text(trial, l->name);
        if (text && cli_parse_real(text, &r->key))
            text = NULL;
    }
    r->text = text ? cli_dup(text) : NULL;
}

static int by_key(const void *left, const void *right)
{
    const row *a = left, *b = right;
    bool a_none = !a->text && isnan(a->key), b_none = !b->text && isnan(b->key);
    if (a_none != b_none)
        return a_none ? 1 : -1;
    if (a->text && b->text && strcmp(a->text, b->text) != 0)
        return strcmp(a->text, b->text);
    if (!a->text != !b->text)
        return a->text ? 1 : -1; // numbers before texts
    if (!a->text && !a_none && a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static int by_key_down(const void *left, const void *right)
{
    const row *a = left, *b = right;
    bool a_none = !a->text && isnan(a->key), b_none = !b->text && isnan(b->key);
    return a_none || b_none ? by_key(left, right) : by_key(right, left);
}

// A metric or parameter may be called as one of our own keys: then it is meant.
static bool find_key(listing *l, const char *name)
{
    const hone_space *space = hone_study_space(l->study);
    for (uint32_t i = 0; i < hone_study_n_metrics(l->study); i++) {
        if (strcmp(hone_study_metric(l->study, i).name, name) == 0) {
            l->sort = SORT_METRIC;
            l->metric = i;
            return true;
        }
    }
    l->name = name;
    l->sort = SORT_PARAM;
    if (space && hone_space_index(space, name) >= 0)
        return true;
    for (uint32_t v = 1; v < hone_study_space_version(l->study); v++)
        if (hone_space_index(hone_study_space_at(l->study, v), name) >= 0)
            return true;
    for (size_t i = 0; i < N_OWN_KEYS; i++) {
        if (strcmp(own_keys[i], name) == 0) {
            l->sort = (enum sort)i;
            return true;
        }
    }
    return false;
}

static bool is_wanted(const listing *l, const hone_trial *trial)
{
    hone_trial_state state = hone_trial_status(trial);
    if (!l->wanted[state])
        return false;
    return !cli_has(l->cli, "top") || (state == HONE_STATE_COMPLETE && hone_trial_feasible(trial) &&
                                       hone_trial_purpose_of(trial) == HONE_PURPOSE_SEARCH);
}

static int gather(listing *l)
{
    uint32_t n = hone_study_n_trials(l->study);
    l->rows = cli_alloc((n + (size_t)1) * sizeof *l->rows);
    for (uint32_t i = 0; i < n; i++) {
        hone_error err = HONE_ERROR_INIT;
        hone_trial *trial = NULL;
        hone_status status = hone_study_trial(l->study, i, &trial, &err);
        if (status == HONE_ENOTFOUND)
            continue; // a number that was reserved and never used
        if (status != HONE_OK)
            return cli_fail(l->cli, &err);
        if (is_wanted(l, trial)) {
            l->rows[l->n].number = i;
            set_key(l, trial, &l->rows[l->n++]);
        }
        hone_trial_destroy(trial);
    }
    return CLI_EXIT_OK;
}

static void keep(listing *l, size_t from, size_t n)
{
    for (size_t i = 0; i < l->n; i++) {
        if (i < from || i >= from + n)
            free(l->rows[i].text);
    }
    memmove(l->rows, l->rows + from, n * sizeof *l->rows);
    l->n = n;
}

static void order(listing *l)
{
    bool down = cli_flag(l->cli, "reverse");
    size_t last = (size_t)cli_int(l->cli, "last"), top = (size_t)cli_int(l->cli, "top");
    if (last > 0 && last < l->n)
        keep(l, l->n - last, last);
    if (top > 0 && hone_study_metric(l->study, 0).goal == HONE_MAXIMIZE)
        down = !down;
    qsort(l->rows, l->n, sizeof *l->rows, down ? by_key_down : by_key);
    if (top > 0 && top < l->n)
        keep(l, 0, top);
}

static int choose(listing *l)
{
    bool top = cli_has(l->cli, "top");
    const char *sort = cli_text(l->cli, "sort");
    if (top && (sort || cli_has(l->cli, "last")))
        return cli_usage_option(l->cli, "top",
                                "--top is an order of its own, without --sort and "
                                "--last");
    if (top && hone_study_n_objectives(l->study) > 1)
        return cli_usage_option(l->cli, "top",
                                "--top needs one objective, this study has %u; "
                                "`hone best` shows the Pareto front",
                                (unsigned)hone_study_n_objectives(l->study));
    if (sort && !find_key(l, sort))
        return unknown_key(l, sort);
    if (top)
        l->sort = SORT_METRIC; // metric 0
    if (!choose_states(l))
        return CLI_EXIT_USAGE;
    int code = gather(l);
    if (code == CLI_EXIT_OK)
        order(l);
    return code;
}

// --- printing ---

static int print_json(const listing *l)
{
    for (size_t i = 0; i < l->n; i++) {
        hone_error err = HONE_ERROR_INIT;
        hone_trial *trial = NULL;
        if (hone_study_trial(l->study, l->rows[i].number, &trial, &err) != HONE_OK)
            return cli_fail(l->cli, &err);
        cli_json(trial_json(l->study, trial), 0);
        hone_trial_destroy(trial);
    }
    return CLI_EXIT_OK;
}

static int print_table(const listing *l)
{
    uint32_t *numbers = cli_alloc((l->n + 1) * sizeof *numbers);
    for (size_t i = 0; i < l->n; i++)
        numbers[i] = l->rows[i].number;
    int code = trials_table(l->cli, l->study, numbers, l->n);
    free(numbers);
    return code;
}

static int run(cli_args *cli)
{
    listing l = {.cli = cli};
    int code = cli_open_named(cli, cli_arg(cli, 0), true, &l.study);
    if (code == CLI_EXIT_OK)
        code = choose(&l);
    if (code == CLI_EXIT_OK && l.n == 0 && !cli_flag(cli, "json"))
        cli_note(cli, "%s",
                 hone_study_n_trials(l.study)
                     ? "no trial is like that; without options all are listed"
                     : "the study has no trials yet; `hone resume` runs some");
    if (code == CLI_EXIT_OK)
        code = cli_flag(cli, "json") ? print_json(&l) : print_table(&l);
    for (size_t i = 0; i < l.n; i++)
        free(l.rows[i].text);
    free(l.rows);
    hone_study_close(l.study);
    return code;
}

static const cli_option options[] = {
    {.name = "state",
     .kind = CLI_TEXT,
     .argument = "STATE,…",
     .repeatable = true,
     .no_environment = true,
     .help = "only trials in these states, e.g. complete,pruned"},
    {.name = "last",
     .kind = CLI_INT,
     .argument = "N",
     .low = 1,
     .high = 1e15,
     .no_environment = true,
     .help = "only the N with the highest numbers"},
    CLI_ROW_TOP(),
    {.name = "sort",
     .kind = CLI_TEXT,
     .argument = "NAME",
     .no_environment = true,
     .help = "order by number, state, duration, attempts, a metric or a parameter"},
    {.name = "reverse",
     .letter = 'r',
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "the other way round"},
    {.name = NULL},
};

const cli_verb cli_verb_trials = {
    .name = "trials",
    .group = CLI_GROUP_LOOK,
    .rank = 20,
    .summary = "List the trials of a study",
    .usage = "[study] [options]",
    .about = "With --json, one object a line: number, state, params, values (by metric), "
             "duration_s, attempts, times, origin and more; numbers that are not finite are the "
             "texts \"nan\", \"inf\" and \"-inf\".",
    .examples = "hone trials --top 5\n    the five best\n"
                "hone trials --state failed,oom --json\n    what failed, for a program",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = 1,
    .run = run,
};
