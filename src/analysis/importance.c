// How much of a metric's variance each parameter explains; see hone/importance.h.
//
// Method
//  1. The complete trials of the search with a finite number for the metric; of more than MOST_ROWS
//     as many, evenly over all. What was pruned has no number that compares, and what failed has
//     none.
//  2. Their features (space/features.h): numbers on the scale of their range, so that a log range
//     counts by its logarithm. Choices that no trial had are left out: nothing is known of them.
//  3. What a condition switches off gets a value drawn from its range. The objective does not
//     depend on it, so that the function is extended to all combinations: a parameter counts as
//     much as it does where it is there, times how often it is there; and whether it is there
//     counts for the parameter that decides it. A mark for "missing" would share that between the
//     two.
//  4. A random forest, and the functional analysis of variance of its trees (learn/fanova.h): share
//     and spread are the mean and the standard deviation over the trees.
//  5. R² is what the forest explains of each trial by the trees that have not seen it.
// All of the space counts alike, also what rules forbid, and no prior or weight of a choice: what
// matters is asked of the ranges, not of where a sampler was.

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <hone/importance.h>

#include "analysis/sample.h"
#include "core/study_internal.h"
#include "learn/fanova.h"
#include "space/features.h"

enum { MIN_ROWS = 3, MOST_ROWS = 5000, N_TREES = 64, SEED = 1 };

struct hone_importance {
    hn_arena arena;
    const char *metric;
    uint32_t n_trials, n_params;
    double r2, rest;
    hone_importance_param *params; // [n_params] the greatest share first
};

// The trials as the forest takes them.
typedef struct table {
    const hn_sample *sample;
    hn_arena *arena;
    uint32_t n, d, metric;
    uint32_t *row;       // [n] of the sample
    double *x, *y;       // [n × d], [n]
    hn_feature *feature; // [d]
    uint32_t *n_choices; // [d] that trials had; 0: a number
    double *n_values;    // [d]
} table;

// --- rows ---

static double value_of(const table *t, uint32_t row)
{
    const hn_fold *fold = t->sample->fold;
    const double *values = hn_fold_values(fold, &fold->trials.data[t->sample->trial[row]]);
    bool complete = t->sample->state[row] == HONE_STATE_COMPLETE;
    return complete && values ? values[t->metric] : NAN;
}

static bool take_rows(table *t)
{
    const hn_sample *s = t->sample;
    uint32_t n = 0;
    t->row = HN_NEW(t->arena, uint32_t, (size_t)s->n + 1);
    if (!t->row)
        return false;
    for (uint32_t i = 0; i < s->n; i++)
        if (isfinite(value_of(t, i)))
            t->row[n++] = i;
    t->n = n < MOST_ROWS ? n : MOST_ROWS;
    for (uint32_t i = 0; i < t->n; i++)
        t->row[i] = t->row[(uint64_t)i * n / t->n];
    t->y = HN_NEW(t->arena, double, (size_t)t->n + 1);
    for (uint32_t i = 0; t->y && i < t->n; i++)
        t->y[i] = value_of(t, t->row[i]);
    return t->y != NULL;
}

static void divide(double *y, uint32_t n)
{
    double most = 0;
    for (uint32_t i = 0; i < n; i++)
        most = fmax(most, fabs(y[i]));
    for (uint32_t i = 0; i < n && most > 0; i++)
        y[i] /= most;
}

// Shares do not change by it, but sums of squares: of great numbers they would be infinite, of
// numbers far from 0 their differences lost.
static void standardise(table *t)
{
    double mean = 0;
    divide(t->y, t->n);
    for (uint32_t i = 0; i < t->n; i++)
        mean += t->y[i] / t->n;
    for (uint32_t i = 0; i < t->n; i++)
        t->y[i] -= mean;
    divide(t->y, t->n);
}

static bool differ(const table *t)
{
    for (uint32_t i = 1; i < t->n; i++)
        if (t->y[i] != t->y[0])
            return true;
    return false;
}

// --- columns ---

// Numbers the choices of feature j that trials had anew, from 0.
static bool renumber(table *t, uint32_t j)
{
    hn_arena_mark mark = hn_arena_get_mark(t->arena);
    uint32_t *place = HN_ZNEW(t->arena, uint32_t, t->feature[j].n_choices);
    if (!place)
        return false;
    for (uint32_t i = 0; i < t->n; i++) {
        double *x = t->x + (size_t)i * t->d + j;
        if (isnan(*x))
            continue;
        uint32_t *here = &place[(uint32_t)*x];
        if (*here == 0)
            *here = ++t->n_choices[j];
        *x = *here - 1;
    }
    // None had it, and it is one value that all of them could have.
    if (t->n_choices[j] == 0)
        t->n_choices[j] = 1;
    hn_arena_rewind(t->arena, mark);
    return true;
}

// Keyed by trial and name: another parameter, or another trial, changes nothing.
static void fill_missing(table *t, uint32_t j)
{
    const hn_param *param = &t->sample->space->params[t->feature[j].param];
    for (uint32_t i = 0; i < t->n; i++) {
        double *x = t->x + (size_t)i * t->d + j;
        if (!isnan(*x))
            continue;
        hn_rng rng = hn_rng_make(SEED, HN_PURPOSE_PRIOR, t->sample->trial[t->row[i]]);
        double u = hn_rng_uniform(&rng, param->hash, 0, j - param->dim);
        double n = t->n_choices[j] > 0 ? t->n_choices[j] : t->n_values[j];
        *x = t->n_choices[j] > 0 ? floor(u * n) : isfinite(n) ? (floor(u * n) + 0.5) / n : u;
    }
}

static bool make_columns(table *t)
{
    const hone_space *space = t->sample->space;
    t->d = space->n_dims;
    t->x = HN_NEW(t->arena, double, (size_t)t->n * t->d + 1);
    t->feature = HN_NEW(t->arena, hn_feature, t->d + 1);
    t->n_choices = HN_ZNEW(t->arena, uint32_t, t->d + 1);
    t->n_values = HN_NEW(t->arena, double, t->d + 1);
    if (hn_arena_failed(t->arena))
        return false;
    hn_features_describe(space, t->feature);
    for (uint32_t i = 0; i < t->n; i++)
        hn_features_encode(space, t->sample->point[t->row[i]], t->x + (size_t)i * t->d);
    for (uint32_t j = 0; j < t->d; j++) {
        const hn_param *param = &space->params[t->feature[j].param];
        // The cells of a log range of integers are not equal: as good as any number.
        bool uneven = param->type == HONE_PARAM_INT && param->scale == HN_LOG;
        t->n_values[j] = uneven ? INFINITY : t->feature[j].n_values;
        bool single = param->n_dims == 1; // of several, the two of an item stay two
        if (t->feature[j].n_choices > 0 && single && !renumber(t, j))
            return false;
        if (t->feature[j].n_choices > 0 && !single)
            t->n_choices[j] = 2;
        fill_missing(t, j);
    }
    return true;
}

// --- the model ---

static double r2_of(const table *t, const double *said)
{
    double mean = 0, all = 0, left = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        mean += isnan(said[i]) ? 0 : t->y[i];
        n += !isnan(said[i]);
    }
    mean /= n;
    for (uint32_t i = 0; i < t->n; i++) {
        if (isnan(said[i]))
            continue;
        all += (t->y[i] - mean) * (t->y[i] - mean);
        left += (t->y[i] - said[i]) * (t->y[i] - said[i]);
    }
    return all > 0 ? 1 - left / all : 0;
}

// shares [N_TREES × n_params]
static hone_status model(table *t, double *shares, double *r2, hone_error *err)
{
    const hone_space *space = t->sample->space;
    const hn_forest_options options = {N_TREES, true, false, {1, 1.0}, SEED};
    hn_forest_rows rows = {t->n, t->x, t->y, NULL};
    hn_forest forest = {0};
    hone_status status = HONE_OK;
    hn_fanova_group *groups = HN_NEW(t->arena, hn_fanova_group, space->n_params + 1);
    double *said = HN_NEW(t->arena, double, t->n);
    if (!groups || !said)
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < space->n_params; i++)
        groups[i] = (hn_fanova_group){space->params[i].dim, space->params[i].n_dims};
    HN_TRY_OUT(hn_forest_init(&forest, &options, t->d, t->n_choices, err));
    HN_TRY_OUT(hn_forest_fit(&forest, &rows, err));
    HN_TRY_OUT(hn_forest_out_of_bag(&forest, &rows, said, err));
    HN_TRY_OUT(hn_fanova(&forest, t->n_values, groups, space->n_params, shares, err));
    *r2 = r2_of(t, said);
out:
    hn_forest_free(&forest);
    return status;
}

// --- what it says ---

static uint32_t count_active(const table *t, uint32_t param)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n; i++)
        n += hn_active(t->sample->point[t->row[i]].active, param);
    return n;
}

static void summarise(const double *shares, uint32_t n_params, uint32_t param,
                      hone_importance_param *out)
{
    double sum = 0, squares = 0;
    uint32_t n = 0;
    for (uint32_t k = 0; k < N_TREES; k++) {
        double share = shares[(size_t)k * n_params + param];
        if (isnan(share))
            continue;
        sum += share;
        squares += share * share;
        n++;
    }
    if (n == 0)
        return;
    out->share = sum / n;
    out->spread = sqrt(fmax(squares / n - out->share * out->share, 0));
}

// Params are in order of declaration; equal ones stay so.
static void sort_params(hone_importance_param *params, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        hone_importance_param p = params[i];
        uint32_t at = i;
        for (; at > 0 && params[at - 1].share < p.share; at--)
            params[at] = params[at - 1];
        params[at] = p;
    }
}

static hone_status tell(const table *t, hone_importance *out, hone_error *err)
{
    const hone_space *space = t->sample->space;
    uint32_t n = space->n_params;
    double *shares = HN_NEW(t->arena, double, (size_t)N_TREES *n + 1);
    out->params = HN_ZNEW(&out->arena, hone_importance_param, n + 1);
    if (!shares || !out->params)
        return hn_fail_memory(err);
    HN_TRY(model((table *)t, shares, &out->r2, err));
    out->rest = 1;
    out->n_trials = t->n;
    out->n_params = n;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = space->declared[i];
        hone_importance_param *p = &out->params[i];
        p->name = hn_arena_strdup(&out->arena, space->params[at].name);
        p->n_trials = count_active(t, at);
        summarise(shares, n, at, p);
        out->rest -= p->share;
    }
    out->rest = fmax(out->rest, 0);
    sort_params(out->params, n);
    return hn_arena_failed(&out->arena) ? hn_fail_memory(err) : HONE_OK;
}

// --- what it is asked of ---

static void list_metrics(const hn_problem *problem, uint32_t n, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < n && used + 1 < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s'%s'", i == 0 ? "" : ", ",
                                 problem->metrics[i].name);
}

static hone_status find_metric(const hn_problem *problem, const char *name, uint32_t *out,
                               hone_error *err)
{
    char names[300];
    *out = 0;
    if (!name && problem->n_objectives <= 1)
        return HONE_OK;
    list_metrics(problem, name ? problem->n_metrics : problem->n_objectives, names, sizeof names);
    if (!name)
        return hn_fail(err, HONE_EINVAL, "the study has %u objectives; name one of them: %s",
                       problem->n_objectives, names);
    for (uint32_t i = 0; i < problem->n_metrics; i++)
        if (strcmp(problem->metrics[i].name, name) == 0) {
            *out = i;
            return HONE_OK;
        }
    return hn_fail(err, HONE_ENOTFOUND, "the study has no metric '%s'; it has %s", name, names);
}

static hone_status look(table *t, hone_importance *out, hone_error *err)
{
    if (!take_rows(t))
        return hn_fail_memory(err);
    if (t->n < MIN_ROWS)
        return hn_fail(err, HONE_ESTATE,
                       "what matters takes %d complete trials with a number for '%s', there %s %u",
                       MIN_ROWS, out->metric, t->n == 1 ? "is" : "are", t->n);
    if (!differ(t))
        return hn_fail(err, HONE_ESTATE,
                       "'%s' is %.6g in all %u complete trials: there is nothing to explain",
                       out->metric, t->y[0], t->n);
    standardise(t);
    return make_columns(t) ? tell(t, out, err) : hn_fail_memory(err);
}

hone_status hone_study_importance(const hone_study *study, const hone_importance_options *given,
                                  hone_importance **out, hone_error *err)
{
    hone_importance_options options = HONE_IMPORTANCE_OPTIONS_INIT;
    const hn_problem *problem = &study->fold.problem;
    hn_arena arena = HN_ARENA_INIT;
    table t = {.arena = &arena};
    hn_sample sample;
    *out = NULL;
    if (given)
        memcpy(&options, given, given->size < sizeof options ? given->size : sizeof options);
    HN_TRY(find_metric(problem, options.metric, &t.metric, err));
    if (!problem->space)
        return hn_fail(err, HONE_ESTATE, "the study has no parameters yet");
    hone_importance *result = hn_calloc(1, sizeof *result);
    if (!result)
        return hn_fail_memory(err);
    result->metric = hn_arena_strdup(&result->arena, problem->metrics[t.metric].name);
    hone_status status =
        result->metric ? hn_sample_make(&study->fold, &sample, err) : hn_fail_memory(err);
    if (status == HONE_OK) {
        t.sample = &sample;
        status = look(&t, result, err);
        hn_sample_free(&sample);
    }
    hn_arena_free(&arena);
    if (status == HONE_OK)
        *out = result;
    else
        hone_importance_destroy(result);
    return status;
}

void hone_importance_destroy(hone_importance *importance)
{
    if (!importance)
        return;
    hn_arena_free(&importance->arena);
    hn_free(importance);
}

const char *hone_importance_metric(const hone_importance *importance)
{
    return importance->metric;
}

uint32_t hone_importance_n_trials(const hone_importance *importance)
{
    return importance->n_trials;
}

double hone_importance_r2(const hone_importance *importance)
{
    return importance->r2;
}

double hone_importance_rest(const hone_importance *importance)
{
    return importance->rest;
}

uint32_t hone_importance_n_params(const hone_importance *importance)
{
    return importance->n_params;
}

hone_importance_param hone_importance_param_at(const hone_importance *importance, uint32_t index)
{
    return index < importance->n_params ? importance->params[index] : (hone_importance_param){0};
}
