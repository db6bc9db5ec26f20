// What freeze-thaw knows of each trial: how far it has come, what it shows, what its curve
// foretells, what it has cost. Trials are looked at again when they have begun, paused or ended;
// sets and sums over all of them are kept as they change.
#include <math.h>
#include <string.h>

#include "schedulers/freeze_thaw.h"

#define OPTIMISM 2.0 // scales
#define EARLY    0.1 // of a training: before that forecasts are wider than their curves say

static void leave_sets(hn_thaw *s, uint32_t trial)
{
    hn_thaw_row *r = &s->rows.data[trial];
    for (int k = 0; k < THAW_SETS; k++)
        if (hn_thaw_in(r, (hn_thaw_set)k))
            (void)hn_ranks_remove(&s->ranks, &s->sets[k], r->key[k], trial);
    s->n_begun -= r->spent > 0;
    s->n_anew -= r->resumed > 0;
    s->n_kept -= r->resumed < 0;
    s->spent -= r->spent;
    s->given -= r->given;
    s->given_late -= r->given_late;
    s->n_finishing -= r->finishing;
    s->timed -= r->timed;
    s->timed_us -= r->timed_us;
    *r = (hn_thaw_row){.due = r->due, .early = NAN, .last = r->last};
}

static bool join(hn_thaw *s, hn_thaw_set k, double key, uint32_t trial)
{
    hn_thaw_row *r = &s->rows.data[trial];
    if (!hn_ranks_add(&s->ranks, &s->sets[k], key, trial))
        return false;
    r->in |= UINT32_C(1) << k;
    r->key[k] = key;
    return true;
}

// The last value of each step into s->steps and s->values.
static bool take(hn_thaw *s, double step, double value)
{
    size_t at = s->steps.n;
    while (at > 0 && s->steps.data[at - 1] > step)
        at--;
    if (at > 0 && s->steps.data[at - 1] == step) {
        s->values.data[at - 1] = value;
        return true;
    }
    if (!hn_vec_push(&s->steps, step) || !hn_vec_push(&s->values, value))
        return false;
    size_t n_behind = s->steps.n - 1 - at;
    memmove(s->steps.data + at + 1, s->steps.data + at, n_behind * sizeof step);
    memmove(s->values.data + at + 1, s->values.data + at, n_behind * sizeof value);
    s->steps.data[at] = step;
    s->values.data[at] = value;
    return true;
}

// The curve up to the trial's last pause into s->steps and s->values, the reports that it is of
// into s->n_read, and how it was resumed into its row. What an attempt has reported that still runs
// is not known yet: the order of reports of several trials would count otherwise.
static bool read_curve(hn_thaw *s, const hn_fold *fold, uint32_t trial)
{
    hn_thaw_row *r = &s->rows.data[trial];
    const hn_trial *t = &fold->trials.data[trial];
    uint32_t before = t->state == HONE_STATE_RUNNING ? t->epoch : UINT32_MAX, epoch = 0;
    hn_vec_clear(&s->steps);
    hn_vec_clear(&s->values);
    s->n_read = 0;
    for (uint32_t i = t->first_report; i != HN_NONE; i = fold->reports.data[i].next) {
        const hn_report *report = &fold->reports.data[i];
        double value;
        if (report->epoch >= before)
            break;
        if (!hn_watch_value(&s->watched, fold, report, &value))
            continue;
        if (s->steps.n > 1 && report->epoch != epoch) // of a single step either may be
            r->resumed = report->step <= s->steps.data[0] ? 1 : -1;
        epoch = report->epoch;
        if (!take(s, report->step, value))
            return false;
        s->n_read++;
    }
    return true;
}

static bool fit(hn_thaw *s, hn_thaw_row *r)
{
    hn_curve_data data = {.step = s->steps.data,
                          .value = s->values.data,
                          .n = (uint32_t)s->steps.n,
                          .end = s->options->max_resource,
                          .rising = s->watched.maximize,
                          .quick = true};
    if (data.n < 2 || !(data.step[0] < data.end) || !hn_curve_fit(&s->curve, &data))
        return false;
    hn_curve_moments(&s->curve, fmax(data.end, r->step), &r->m, &r->s);
    double ahead = EARLY * s->options->max_resource / r->step;
    r->s *= sqrt(1 + ahead * ahead);
    r->m = hn_thaw_score(s, r->m);
    r->df = s->curve.df;
    return isfinite(r->m) && isfinite(r->s);
}

// Step 2, for a curve. False where it does not foretell anything. The same reports, as when a trial
// that was paused goes on, foretell the same.
static bool foretell(hn_thaw *s, hn_thaw_row *r)
{
    if (r->last.n != s->n_read || s->n_read == 0) {
        bool foretells = fit(s, r);
        r->last = (hn_thaw_forecast){s->n_read, foretells, r->m, r->s, r->df};
    }
    r->m = r->last.m;
    r->s = r->last.s;
    r->df = r->last.df;
    return r->last.foretells;
}

// The trial's score at a step, NaN: it has none there.
static double score_at(const hn_thaw *s, double step)
{
    for (size_t i = 0; i < s->steps.n && s->steps.data[i] <= step; i++)
        if (s->steps.data[i] == step)
            return hn_thaw_score(s, s->values.data[i]);
    return NAN;
}

static uint64_t share_of(const hn_thaw *s, double steps)
{
    double share = fmin(steps / s->options->max_resource, 1e6);
    return share > 0 ? (uint64_t)(share * THAW_UNIT) + 1 : 1;
}

// What it has been given, steps that run and are yet to come included.
static void take_given(hn_thaw *s, const hn_trial *t, hn_thaw_row *r)
{
    bool runs = t->state == HONE_STATE_RUNNING && t->resource > 0;
    double to = runs ? fmax(r->step, t->resource) : r->step;
    double late = to - THAW_LATE * s->options->max_resource;
    r->given = to > 0 ? share_of(s, to) : 0;
    r->given_late = late > 0 ? share_of(s, late) : 0;
    s->given += r->given;
    s->given_late += r->given_late;
    r->finishing = runs && late > 0;
    s->n_finishing += r->finishing;
}

// What it has cost. An attempt that runs counts when it has ended.
static void take_cost(hn_thaw *s, const hn_trial *t, hn_thaw_row *r)
{
    r->spent = share_of(s, r->step);
    s->n_begun++;
    s->spent += r->spent;
    bool runs = t->state == HONE_STATE_RUNNING;
    uint64_t us = runs ? t->timed_before_us : t->timed_us;
    double steps = runs ? t->timed_before_steps : t->timed_steps;
    if (s->options->cost == THAW_BY_STEPS || us == 0 || !(steps > 0))
        return;
    r->timed = share_of(s, steps);
    r->timed_us = us;
    s->timed += r->timed;
    s->timed_us += r->timed_us;
}

static bool add_result(hn_thaw *s, const hn_fold *fold, uint32_t trial)
{
    hn_thaw_row *r = &s->rows.data[trial];
    const double *values = hn_fold_values(fold, &fold->trials.data[trial]);
    double result = values ? hn_thaw_score(s, values[s->watched.metric]) : NAN;
    if (!isfinite(result))
        return true;
    r->now = r->m = result;
    return join(s, THAW_NOW, result, trial) && join(s, THAW_AT_END, result, trial) &&
           join(s, THAW_FAR, -s->options->max_resource, trial) &&
           join(s, THAW_RESULT, result, trial);
}

static bool add_open(hn_thaw *s, uint32_t trial, bool paused)
{
    hn_thaw_row *r = &s->rows.data[trial];
    if (!isfinite(r->now))
        return true;
    if (!foretell(s, r))
        return join(s, THAW_NOW, r->now, trial) && join(s, THAW_AT_END, r->now, trial) &&
               join(s, THAW_SINGLE, r->now, trial) &&
               (!paused || join(s, THAW_SINGLE_PAUSED, r->now, trial));
    double bound = r->m - OPTIMISM * r->s;
    return join(s, THAW_NOW, r->now, trial) && join(s, THAW_AT_END, r->m, trial) &&
           join(s, THAW_BOUND, bound, trial) && join(s, THAW_FAR, -r->step, trial) &&
           (!paused ||
            (join(s, THAW_BOUND_PAUSED, bound, trial) && join(s, THAW_END_PAUSED, r->m, trial)));
}

static bool refresh(hn_thaw *s, const hn_view *view, uint32_t trial)
{
    const hn_fold *fold = view->fold;
    const hn_trial *t = &fold->trials.data[trial];
    hn_thaw_row *r = &s->rows.data[trial];
    leave_sets(s, trial);
    r->due = false;
    r->epoch = t->epoch;
    r->flags = t->flags;
    if (!hn_watch_counts(view, trial) || t->copied >= 0)
        return true;
    if (!read_curve(s, fold, trial))
        return false;
    s->n_anew += r->resumed > 0;
    s->n_kept += r->resumed < 0;
    if (s->steps.n > 0)
        r->step = s->steps.data[s->steps.n - 1];
    take_given(s, t, r);
    if (s->steps.n == 0)
        return t->state != HONE_STATE_COMPLETE || !hn_watch_finished(view, trial) ||
               hn_fold_lacks_objective(fold, t) || add_result(s, fold, trial);
    r->now = hn_thaw_score(s, s->values.data[s->values.n - 1]);
    r->early = score_at(s, s->interval);
    take_cost(s, t, r);
    if (hn_watch_finished(view, trial) && !hn_fold_lacks_objective(fold, t))
        return add_result(s, fold, trial);
    return hn_state_finished(t->state) || add_open(s, trial, t->state == HONE_STATE_PAUSED);
}

static bool mark_due(hn_thaw *s, uint32_t trial)
{
    while (s->rows.n <= trial)
        if (!hn_vec_push(&s->rows, (hn_thaw_row){0}))
            return false;
    if (s->rows.data[trial].due)
        return true;
    s->rows.data[trial].due = true;
    return hn_vec_push(&s->due, trial);
}

hone_status hn_thaw_observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    hn_thaw *s = self;
    const hn_trial *t = &view->fold->trials.data[trial];
    (void)err;
    const hn_thaw_row *r = trial < s->rows.n ? &s->rows.data[trial] : NULL;
    if (r && t->state == HONE_STATE_RUNNING && r->epoch == t->epoch && r->flags == t->flags)
        return HONE_OK;                        // a report on the way
    s->ready = s->ready && mark_due(s, trial); // or else all is looked at again
    return HONE_OK;
}

static void forget(hn_thaw *s)
{
    hn_ranks_clear(&s->ranks);
    hn_vec_clear(&s->rows);
    hn_vec_clear(&s->due);
    s->n_begun = s->n_finishing = s->n_anew = s->n_kept = 0;
    s->spent = s->given = s->given_late = s->timed = s->timed_us = 0;
    for (int k = 0; k < THAW_SETS; k++)
        s->sets[k] = HN_RANKS_EMPTY;
}

hone_status hn_thaw_sync(hn_thaw *s, const hn_view *view, hone_error *err)
{
    if (!s->ready) {
        forget(s);
        for (uint32_t t = 0; t < view->fold->trials.n; t++)
            if (!mark_due(s, t))
                return hn_fail_memory(err);
    }
    s->ready = false; // unless all goes well
    for (size_t i = 0; i < s->due.n; i++)
        if (!refresh(s, view, s->due.data[i]))
            return hn_fail_memory(err);
    hn_vec_clear(&s->due);
    s->ready = true;
    return HONE_OK;
}

void hn_thaw_free(void *self)
{
    hn_thaw *s = self;
    hn_ranks_free(&s->ranks);
    hn_vec_free(&s->rows);
    hn_vec_free(&s->due);
    hn_vec_free(&s->steps);
    hn_vec_free(&s->values);
    hn_vec_free(&s->front);
}
