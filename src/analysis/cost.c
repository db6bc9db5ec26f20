// What a step of the resource costs; see hone/cost.h.
//
// Method
//  1. A trial's seconds a step are the time between its reports over the steps between them, all
//     attempts together (core/fold_trial.c): buffered output and restarts leave the sum right.
//  2. Their logarithm y is regressed on the features of the configuration, choices as one column
//     each, and on the logarithm of the steps where these differ by a factor of WIDE at least:
//     ridge regression of centred columns. The ridge is the one of RIDGES with the least error when
//     each trial is left out in turn, e_i / (1 - h_i) with the diagonal h of the hat matrix.
//  3. It counts when that error is below ENOUGH of the variance of y. Then exp(|b| range) is the
//     factor of a parameter, with the range that the trials have in it; those below STRONG are not
//     spoken of. The coefficient of log steps plus one is the power.
//  4. The rest: what has not begun takes as long as a trial has taken on average, failures on top;
//     what runs has the rest of its steps at its own pace, up to its limit or to where finished
//     trials have come, or without steps what is left of the average; all of it over the jobs. What
//     is paused may stay so. Copied results count as trials, but took no time.
//
// Times are the wall clock's: jobs that disturb each other, and a program's start, are in them.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <hone/cost.h>

#include "base/arena.h"
#include "core/study_internal.h"
#include "num/linalg.h"
#include "num/many.h"
#include "space/features.h"

enum { MOST_ROWS = 1000, MIN_ROWS = 8, MOST_COLUMNS = 80 };
#define WIDE   2.0
#define ENOUGH 0.75
#define STRONG 1.25

typedef struct table {
    const hone_study *study;
    hn_arena *arena;
    uint32_t n, p; // rows, columns
    uint32_t *trial;
    double *y;      // [n] log seconds a step
    double *x;      // [n × p]
    uint32_t *from; // [n_dims + 1] first column of each feature; then that of log steps
    bool has_steps; // is there one?
    double *beta;   // [p]
} table;

static bool is_timed(const hn_trial *t)
{
    return t->timed_us > 0 && t->timed_steps > 0 && t->copied < 0 &&
           t->purpose != HONE_PURPOSE_FINAL && (t->flags & HN_TRIAL_HAS_PARAMS);
}

static double seconds_a_step(const hn_trial *t)
{
    return hn_seconds(t->timed_us) / t->timed_steps;
}

// --- the table ---

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

// The newest trials that have been timed, and their spread.
static bool take_rows(table *t, hone_cost *out)
{
    const hn_fold *fold = &t->study->fold;
    t->trial = HN_NEW(t->arena, uint32_t, MOST_ROWS);
    t->y = HN_NEW(t->arena, double, MOST_ROWS);
    double *sorted = HN_NEW(t->arena, double, MOST_ROWS);
    if (!t->trial || !t->y || !sorted)
        return false;
    for (size_t i = fold->trials.n; i-- > 0;) {
        const hn_trial *row = &fold->trials.data[i];
        if (!is_timed(row))
            continue;
        out->n++;
        if (t->n == MOST_ROWS)
            continue;
        sorted[t->n] = seconds_a_step(row);
        t->y[t->n] = log(sorted[t->n]);
        t->trial[t->n++] = (uint32_t)i;
    }
    if (t->n == 0)
        return true;
    qsort(sorted, t->n, sizeof *sorted, ascending);
    uint32_t cut = t->n / 20;
    out->step_s = sorted[t->n / 2];
    out->low_s = sorted[cut];
    out->high_s = sorted[t->n - 1 - cut];
    return true;
}

static bool place_columns(table *t, const hn_feature *features)
{
    const hone_space *space = t->study->fold.problem.space;
    double least = INFINITY, most = 0;
    t->from = HN_NEW(t->arena, uint32_t, space->n_dims + 2);
    if (!t->from)
        return false;
    for (uint32_t j = 0; j < space->n_dims; j++) {
        t->from[j] = t->p;
        t->p += features[j].n_choices > 0 ? features[j].n_choices : 1;
    }
    t->from[space->n_dims] = t->p;
    for (uint32_t i = 0; i < t->n; i++) {
        double steps = t->study->fold.trials.data[t->trial[i]].timed_steps;
        least = fmin(least, steps);
        most = fmax(most, steps);
    }
    t->has_steps = most >= WIDE * least;
    t->p += t->has_steps;
    return true;
}

// Rows whose configuration the present space has; columns are centred.
static bool fill(table *t, const hn_feature *features)
{
    const hn_fold *fold = &t->study->fold;
    const hone_space *space = fold->problem.space;
    const hn_view view = {fold, &fold->problem, (uint32_t)fold->trials.n, (uint32_t)fold->trials.n,
                          NULL};
    double *u = HN_NEW(t->arena, double, space->n_dims + 1);
    hn_config config = hn_config_new(t->arena, space);
    uint32_t n = 0;
    t->x = HN_ZNEW(t->arena, double, (size_t)t->n * t->p + 1);
    if (!u || !config.slots || !t->x)
        return false;
    for (uint32_t i = 0; i < t->n; i++) {
        double *x = t->x + (size_t)n * t->p;
        if (!hn_view_config(&view, t->trial[i], config))
            continue;
        hn_features_encode(space, config, u);
        for (uint32_t j = 0; j < space->n_dims; j++)
            if (features[j].n_choices == 0)
                x[t->from[j]] = isnan(u[j]) ? 0.5 : u[j];
            else if (!isnan(u[j]))
                x[t->from[j] + (uint32_t)u[j]] = 1;
        if (t->has_steps)
            x[t->p - 1] = log(fold->trials.data[t->trial[i]].timed_steps);
        t->y[n++] = t->y[i];
    }
    t->n = n;
    return true;
}

static void centre(double *column, uint32_t n, uint32_t stride)
{
    double mean = 0;
    for (uint32_t i = 0; i < n; i++)
        mean += column[(size_t)i * stride] / n;
    for (uint32_t i = 0; i < n; i++)
        column[(size_t)i * stride] -= mean;
}

// --- the regression ---

// The lower triangle of XᵀX.
static void multiply(const table *t, double *gram)
{
    uint32_t p = t->p;
    memset(gram, 0, (size_t)p * p * sizeof *gram);
    for (uint32_t i = 0; i < t->n; i++)
        for (uint32_t j = 0; j < p; j++)
            for (uint32_t k = 0; k <= j; k++)
                gram[(size_t)j * p + k] += t->x[(size_t)i * p + j] * t->x[(size_t)i * p + k];
}

// A = (XᵀX + ridge)⁻¹
static bool invert(const hn_linalg *la, const double *gram, uint32_t p, double ridge, double *a)
{
    memcpy(a, gram, (size_t)p * p * sizeof *a);
    for (uint32_t j = 0; j < p; j++)
        a[(size_t)j * p + j] += ridge;
    if (!hn_cholesky(la, a, p, p))
        return false;
    hn_lower_inverse(la, a, p, p);
    hn_lower_square(la, a, p, p);
    for (uint32_t j = 0; j < p; j++)
        for (uint32_t k = 0; k < j; k++)
            a[(size_t)k * p + j] = a[(size_t)j * p + k];
    return true;
}

// The mean squared error with each row left out in turn; `beta` [p], `room` [p].
static double left_out(const table *t, const double *a, double *beta, double *room)
{
    uint32_t p = t->p;
    double sum = 0;
    memset(room, 0, p * sizeof *room);
    for (uint32_t i = 0; i < t->n; i++)
        for (uint32_t j = 0; j < p; j++)
            room[j] += t->x[(size_t)i * p + j] * t->y[i];
    for (uint32_t j = 0; j < p; j++)
        beta[j] = hn_dot(a + (size_t)j * p, room, p);
    for (uint32_t i = 0; i < t->n; i++) {
        const double *x = t->x + (size_t)i * p;
        double h = 1.0 / t->n;
        for (uint32_t j = 0; j < p; j++)
            h += x[j] * hn_dot(a + (size_t)j * p, x, p);
        double e = (t->y[i] - hn_dot(x, beta, p)) / fmax(1 - h, 1e-6);
        sum += e * e;
    }
    return sum / t->n;
}

// True when the regression explains enough; t->beta is its coefficients.
static bool regress(table *t, bool *explains)
{
    static const double ridges[] = {0.03, 0.1, 0.3, 1, 3, 10, 30};
    const hn_linalg la = hn_linalg_open(true); // small: the same bits everywhere
    double *gram = HN_NEW(t->arena, double, (size_t)t->p * t->p),
           *a = HN_NEW(t->arena, double, (size_t)t->p * t->p),
           *beta = HN_NEW(t->arena, double, t->p);
    double *room = HN_NEW(t->arena, double, t->p), least = INFINITY, total = 0;
    t->beta = HN_ZNEW(t->arena, double, t->p);
    if (!gram || !a || !beta || !room || !t->beta)
        return false;
    for (uint32_t j = 0; j < t->p; j++)
        centre(t->x + j, t->n, t->p);
    centre(t->y, t->n, 1);
    multiply(t, gram);
    for (uint32_t i = 0; i < t->n; i++)
        total += t->y[i] * t->y[i] / t->n;
    for (size_t r = 0; r < sizeof ridges / sizeof *ridges; r++) {
        if (!invert(&la, gram, t->p, ridges[r], a))
            continue;
        double error = left_out(t, a, beta, room);
        if (!(error < least))
            continue;
        least = error;
        memcpy(t->beta, beta, t->p * sizeof *beta);
    }
    double by_chance = total * pow((double)t->n / (t->n - 1), 2); // the mean, with one left out
    *explains = least < ENOUGH * by_chance;
    return true;
}

// --- what it says ---

static void range_of(const table *t, uint32_t column, double *low, double *high)
{
    *low = INFINITY, *high = -INFINITY;
    for (uint32_t i = 0; i < t->n; i++) {
        *low = fmin(*low, t->x[(size_t)i * t->p + column]);
        *high = fmax(*high, t->x[(size_t)i * t->p + column]);
    }
}

static hone_cost_effect effect_of(const table *t, const hn_feature *feature, uint32_t column)
{
    hone_cost_effect e = {.param = feature->param, .factor = 1};
    double low, high, least = INFINITY, most = -INFINITY;
    const hn_param *param = &t->study->fold.problem.space->params[e.param];
    bool one = param->n_dims == 1 && param->type <= HONE_PARAM_BOOL;
    if (!one) // a part of it has no sentence of its own: an item, a place, a share
        return e;
    if (feature->n_choices == 0) {
        range_of(t, column, &low, &high);
        e.factor = exp(fabs(t->beta[column]) * (high - low));
        e.towards = t->beta[column] < 0 ? -1 : 1;
        return e;
    }
    for (uint32_t c = 0; c < feature->n_choices; c++) {
        range_of(t, column + c, &low, &high);
        if (!(high > low)) // nobody has it, or everybody
            continue;
        least = fmin(least, t->beta[column + c]);
        if (t->beta[column + c] > most) {
            most = t->beta[column + c];
            e.dear = c;
        }
    }
    e.factor = most > least ? exp(most - least) : 1;
    return e;
}

// Keeps the strongest; of a parameter with several features the strongest of these.
static void keep(hone_cost *out, hone_cost_effect e)
{
    uint32_t at = 0;
    if (!(e.factor >= STRONG))
        return;
    for (uint32_t i = 0; i < out->n_effects; i++)
        if (out->effects[i].param == e.param) {
            if (e.factor > out->effects[i].factor)
                out->effects[i] = e;
            return;
        }
    while (at < out->n_effects && out->effects[at].factor >= e.factor)
        at++;
    if (at == HONE_COST_MAX_EFFECTS)
        return;
    out->n_effects += out->n_effects < HONE_COST_MAX_EFFECTS;
    for (uint32_t i = out->n_effects - 1; i > at; i--)
        out->effects[i] = out->effects[i - 1];
    out->effects[at] = e;
}

static hone_status explain(table *t, hone_cost *out, hone_error *err)
{
    const hone_space *space = t->study->fold.problem.space;
    bool explains = false;
    if (!space || t->n < MIN_ROWS)
        return HONE_OK;
    hn_feature *features = HN_NEW(t->arena, hn_feature, space->n_dims + 1);
    if (!features)
        return hn_fail_memory(err);
    hn_features_describe(space, features);
    if (!place_columns(t, features))
        return hn_fail_memory(err);
    if (t->p == 0 || t->p > MOST_COLUMNS)
        return HONE_OK;
    if (!fill(t, features) || (t->n >= MIN_ROWS && !regress(t, &explains)))
        return hn_fail_memory(err);
    if (!explains)
        return HONE_OK;
    for (uint32_t j = 0; j < space->n_dims; j++)
        keep(out, effect_of(t, &features[j], t->from[j]));
    if (t->has_steps) {
        double low, high, b = t->beta[t->p - 1];
        range_of(t, t->p - 1, &low, &high);
        if (fabs(b) * (high - low) >= log(STRONG))
            out->power = 1 + b;
    }
    return HONE_OK;
}

// --- the rest of the study ---

typedef struct sums {
    double ended_s, running_s; // of trials that run no more; of those that do
    uint32_t n_begun;          // that have made their way: finished, or paused
    uint32_t n_ran;            // of these, those that are no copies of a result
    uint32_t n_open;           // of the wanted ones
    double steps;              // where finished trials have come, together
    uint32_t n_stepped;
} sums;

static sums add_up(const hn_fold *fold)
{
    sums s = {0};
    for (size_t i = 0; i < fold->trials.n; i++) {
        const hn_trial *t = &fold->trials.data[i];
        bool done = t->state == HONE_STATE_COMPLETE || t->state == HONE_STATE_PRUNED;
        bool search = t->purpose == HONE_PURPOSE_SEARCH && !(t->flags & HN_TRIAL_EXCLUDED);
        bool begun = search && (done || t->state == HONE_STATE_PAUSED);
        s.n_begun += begun;
        if (t->copied >= 0)
            continue;
        s.n_ran += begun;
        if (t->state == HONE_STATE_RUNNING) // up to its last report
            s.running_s += hn_seconds(t->timed_us);
        else
            s.ended_s += hn_seconds(t->duration_us);
        s.n_open += search && t->state == HONE_STATE_RUNNING;
        if (search && done && t->step > 0) {
            s.steps += t->step;
            s.n_stepped++;
        }
    }
    return s;
}

// Of the trials that run, at their own pace, or at that of all; of those whose end or pace is not
// known, what a trial takes less what they have told of. NaN: that is not known either.
static double rest_of_running(const hn_fold *fold, const sums *s, const hone_cost *known)
{
    double mean = s->n_stepped > 0 ? s->steps / s->n_stepped : 0, sum = 0;
    for (size_t i = 0; i < fold->open.n; i++) {
        const hn_trial *t = &fold->trials.data[fold->open.data[i]];
        double end = t->resource > 0 ? t->resource : mean;
        double pace = is_timed(t) ? seconds_a_step(t) : known->step_s;
        if (t->state != HONE_STATE_RUNNING)
            continue;
        double left = end > 0 && isfinite(pace) ? (end - t->step) * pace
                                                : known->trial_s - hn_seconds(t->timed_us);
        sum += left < 0 ? 0 : left;
    }
    return sum;
}

static void look_ahead(const hone_study *study, const hone_cost_options *o, hone_cost *out)
{
    const hn_fold *fold = &study->fold;
    sums s = add_up(fold);
    int64_t wanted = o->n_trials > 0 ? o->n_trials : study->n_trials;
    double n_new = fmax(0, (double)wanted - s.n_begun - s.n_open);
    out->spent_s = s.ended_s + s.running_s;
    if (s.n_ran > 0)
        out->trial_s = s.ended_s / s.n_ran;
    if (wanted <= 0)
        return;
    double rest = rest_of_running(fold, &s, out);
    rest += n_new > 0 ? n_new * out->trial_s : 0;
    out->rest_s = rest / (o->n_jobs > 0 ? o->n_jobs : 1);
}

hone_status hone_study_cost(const hone_study *study, const hone_cost_options *given, hone_cost *out,
                            hone_error *err)
{
    hone_cost_options options = HONE_COST_OPTIONS_INIT;
    hone_cost cost = {
        .step_s = NAN, .low_s = NAN, .high_s = NAN, .power = NAN, .trial_s = NAN, .rest_s = NAN};
    hn_arena arena = HN_ARENA_INIT;
    table t = {.study = study, .arena = &arena};
    if (given)
        memcpy(&options, given, given->size < sizeof options ? given->size : sizeof options);
    cost.size = out->size < sizeof cost ? out->size : sizeof cost;
    hone_status status = take_rows(&t, &cost) ? explain(&t, &cost, err) : hn_fail_memory(err);
    hn_arena_free(&arena);
    if (status != HONE_OK)
        return status;
    look_ahead(study, &options, &cost);
    memcpy(out, &cost, cost.size);
    return HONE_OK;
}
