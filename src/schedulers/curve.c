// curve: stops a trial when it is improbable that it will pass the best one.
//
// Method
//  1. The incumbent is the complete trial with the best value; the end of training is the last step
//     of the longest complete trial, or `end`.
//  2. A trial is judged at the first step that it reports at or after w, w f, w f², …, where
//     w = max(`n_warmup`, `grace` · end) and f = `factor`; not before `n_startup` trials are
//     complete, not before it has reported `n_min` numbers, and not at the end.
//  3. Its values are extrapolated (learn/curve.h). Values of its kind are taken to change as much
//     as the incumbent's did: one that stands still has not come to its end for that.
//  4. It is stopped when the probability of being better than the incumbent at the end, half-way
//     there and at the next step, whichever is greatest, is below `probability`.
//  5. Where a trial's result is not its last value in all complete trials (the best one counts), a
//     trial that has been better than the incumbent once goes on.
//  6. A trial whose last `n_min` values all are not finite is stopped.
//  7. A trial of several runs (core/parts.h) is left alone: the means over its runs are no learning
//     curve, `race` compares them.
//
// Source: Domhan, Springenberg, Hutter: Speeding up automatic hyperparameter optimization of deep
//     neural networks by extrapolation of learning curves. IJCAI 2015, §3 and §4.2: the rule. The
//     model is another, see learn/curve.c; a training of another length than the incumbent's is
//     extrapolated to the incumbent's.
//
// With a lag (deterministic studies) complete trials are those that the judged trial's own
// suggestion could see. Completed trials that broke a constraint, or were answered by a twin, do
// not count.
//
// Cost: a walk over the trial's reports and a fit a judgement (0.03 to 0.13 ms for up to 10,000
// points; of most a coarse one, a third of that), of which there are log(1 / grace) / log(factor);
// O(1) for other reports. Invariant: prefix[t] is about trials 0 … t.

#include <hone/sys/scheduler.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/explain.h"
#include "core/parts.h"
#include "learn/curve.h"
#include "schedulers/standing.h"

typedef struct options {
    double probability, n_warmup, grace, factor, end;
    int64_t n_startup, n_min;
    const char *metric;
} options;

static const hn_option option_table[] = {
    {"probability", HN_OPTION_DOUBLE, offsetof(options, probability), "0.05", 0, 1, NULL, NULL,
     "stopped is what passes the best trial with less"},
    {"n_startup", HN_OPTION_INT, offsetof(options, n_startup), "5", 1, 1e9, NULL, "trials",
     "complete trials before anything is stopped"},
    {"n_min", HN_OPTION_INT, offsetof(options, n_min), "4", 2, 1e6, NULL, "steps",
     "numbers that a trial must have reported"},
    {"n_warmup", HN_OPTION_DOUBLE, offsetof(options, n_warmup), "0", 0, 1e15, NULL, "steps",
     "no trial is stopped before this step"},
    {"grace", HN_OPTION_DOUBLE, offsetof(options, grace), "0.1", 0.001, 1, NULL, NULL,
     "the share of the whole training that no trial is stopped in"},
    {"factor", HN_OPTION_DOUBLE, offsetof(options, factor), "1.2", 1.01, 100, NULL, NULL,
     "by which the steps grow at which a trial is judged"},
    {"end", HN_OPTION_DOUBLE, offsetof(options, end), "0", 0, 1e15, NULL, "steps",
     "the last step of a whole training; 0: that of the longest complete trial"},
    {"metric", HN_OPTION_TEXT, offsetof(options, metric), NULL, 1, 0, NULL, NULL,
     "what is extrapolated; the objective if there is just one"},
    {0},
};

// A complete trial.
typedef struct finished {
    bool counts, last_is_result;
    double value, end, range;
} finished;

// The complete ones among the first trials.
typedef struct summary {
    uint32_t n, best; // best: HN_NONE
    bool last_is_result;
    double end;
} summary;

typedef struct judgement {
    bool judged, broken; // broken: its last values are no numbers
    double probability, incumbent, end;
} judgement;

typedef struct state {
    const options *options;
    hn_watched watched;
    hn_standings standings;
    bool ready; // all of the journal so far has been taken in
    HN_VEC(finished) finished;
    HN_VEC(summary) prefix;
    hn_watch_points points;       // scratch: a trial's curve, by step
    HN_VEC(double) steps, values; // scratch: the same as columns
    uint32_t stopped;             // the last trial that was: why, is asked right after
    uint64_t stopped_at;          // events then, + 1
    judgement why;
} state;

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    s->options = given;
    return hn_watch_choose(problem, "curve", s->options->metric, true, &s->watched, err);
}

static void fini(void *self)
{
    state *s = self;
    hn_vec_free(&s->standings.rows);
    hn_vec_free(&s->finished);
    hn_vec_free(&s->prefix);
    hn_vec_free(&s->points);
    hn_vec_free(&s->steps);
    hn_vec_free(&s->values);
}

static bool better(const state *s, double a, double b)
{
    return s->watched.maximize ? a > b : a < b;
}

// --- curves ---

// The trial's curve as columns.
static bool read_curve(state *s, const hn_fold *fold, uint32_t trial)
{
    hn_vec_clear(&s->steps);
    hn_vec_clear(&s->values);
    if (!hn_watch_curve(&s->watched, fold, trial, &s->points))
        return false;
    for (size_t i = 0; i < s->points.n; i++)
        if (!hn_vec_push(&s->steps, s->points.data[i].step) ||
            !hn_vec_push(&s->values, s->points.data[i].value))
            return false;
    return true;
}

// --- complete trials ---

static bool compares(const hn_view *view, uint32_t trial)
{
    return hn_watch_finished(view, trial) &&
           !hn_fold_lacks_objective(view->fold, &view->fold->trials.data[trial]);
}

static hone_status take_finished(state *s, const hn_view *view, uint32_t trial, hone_error *err)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    const finished none = {0};
    while (s->finished.n <= trial)
        if (!hn_vec_push(&s->finished, none))
            return hn_fail_memory(err);
    finished f = none;
    const double *values = compares(view, trial) ? hn_fold_values(view->fold, t) : NULL;
    if (values && isfinite(values[s->watched.metric])) {
        if (!read_curve(s, view->fold, trial))
            return hn_fail_memory(err);
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < s->values.n; i++)
            if (isfinite(s->values.data[i])) {
                low = fmin(low, s->values.data[i]);
                high = fmax(high, s->values.data[i]);
            }
        f.counts = s->values.n > 0;
        f.value = values[s->watched.metric];
        f.range = high > low ? high - low : 0;
        f.end = f.counts ? s->steps.data[s->steps.n - 1] : 0;
        f.last_is_result = f.counts && s->values.data[s->values.n - 1] == f.value;
    }
    s->finished.data[trial] = f;
    if (s->prefix.n > trial)
        s->prefix.n = trial;
    return HONE_OK;
}

static hone_status observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    state *s = self;
    bool taken = trial < s->finished.n && s->finished.data[trial].counts;
    if (!s->ready || (!taken && !compares(view, trial)))
        return HONE_OK;
    hone_status status = take_finished(s, view, trial, err);
    s->ready = status == HONE_OK;
    return status;
}

static hone_status take_all(state *s, const hn_view *view, hone_error *err)
{
    hn_vec_clear(&s->finished);
    hn_vec_clear(&s->prefix);
    for (uint32_t t = 0; t < view->fold->trials.n; t++)
        HN_TRY(take_finished(s, view, t, err));
    s->ready = true;
    return HONE_OK;
}

// Of the complete trials that may be seen.
static hone_status summarise(state *s, const hn_view *view, summary *out, hone_error *err)
{
    size_t n = view->n_results < s->finished.n ? view->n_results : s->finished.n;
    *out = (summary){0, HN_NONE, true, -INFINITY};
    for (size_t t = s->prefix.n; t < n; t++) {
        summary sum = t > 0 ? s->prefix.data[t - 1] : *out;
        const finished *f = &s->finished.data[t];
        if (f->counts) {
            sum.n++;
            sum.last_is_result &= f->last_is_result;
            sum.end = fmax(sum.end, f->end);
            if (sum.best == HN_NONE || better(s, f->value, s->finished.data[sum.best].value))
                sum.best = (uint32_t)t;
        }
        if (!hn_vec_push(&s->prefix, sum))
            return hn_fail_memory(err);
    }
    if (n > 0)
        *out = s->prefix.data[n - 1];
    return HONE_OK;
}

// --- judging ---

// Is this step the first one at or after some w fⁱ?
static bool is_due(const state *s, const hn_standing *standing, double end)
{
    double w = fmax(s->options->n_warmup, s->options->grace * end), log_f = log(s->options->factor);
    if (!standing->any || standing->step < w || standing->step >= end || !(w > 0))
        return false;
    double rung = w * exp(floor(log(standing->step / w) / log_f + 1e-9) * log_f);
    return standing->before < rung * (1 - 1e-9);
}

// The steps that are looked at: the end, half-way there, the next one.
static void look_ahead(const state *s, double end, hn_curve_goal *goal)
{
    size_t n = s->steps.n, first = 0;
    while (!isfinite(s->values.data[first]))
        first++;
    while (!isfinite(s->values.data[n - 1]))
        n--;
    double last = s->steps.data[n - 1];
    double gap = (last - s->steps.data[first]) / (double)(s->steps.n - 1);
    goal->n = 3;
    goal->ahead[0] = end;
    goal->ahead[1] = 0.5 * (last + end);
    goal->ahead[2] = fmin(last + gap, end);
}

// Fewer numbers than `n_min`, or, `*broken`, none among the last so many.
static bool has_too_few(const state *s, bool *broken)
{
    int64_t finite = 0, tail = 0;
    for (size_t i = 0; i < s->values.n; i++) {
        bool is_number = isfinite(s->values.data[i]);
        finite += is_number;
        tail = is_number ? 0 : tail + 1;
    }
    *broken = tail >= s->options->n_min;
    return finite < s->options->n_min;
}

static hone_status judge(state *s, const hn_view *view, uint32_t trial, double asked,
                         judgement *out, hone_error *err)
{
    const options *o = s->options;
    const hn_standing *standing;
    summary sum;
    *out = (judgement){.probability = 1};
    if (hn_parts_planned(&view->fold->trials.data[trial]) > 1)
        return HONE_OK;
    if (!s->ready)
        HN_TRY(take_all(s, view, err));
    HN_TRY(hn_standings_update(&s->standings, &s->watched, view, trial, &standing, err));
    HN_TRY(summarise(s, view, &sum, err));
    out->end = o->end > 0 ? o->end : sum.end;
    if (sum.best == HN_NONE || sum.n < o->n_startup || !hn_watch_counts(view, trial) ||
        !is_due(s, standing, out->end))
        return HONE_OK;
    const finished *best = &s->finished.data[sum.best];
    out->incumbent = best->value;
    if (!sum.last_is_result && better(s, standing->best, best->value))
        return HONE_OK;
    if (!read_curve(s, view->fold, trial))
        return hn_fail_memory(err);
    bool too_few = has_too_few(s, &out->broken);
    hn_curve_data data = {.step = s->steps.data,
                          .value = s->values.data,
                          .n = (uint32_t)s->steps.n,
                          .end = out->end,
                          .scale = best->range,
                          .rising = s->watched.maximize};
    if (out->broken || too_few)
        return HONE_OK;
    hn_curve_goal goal = {.limit = best->value, .asked = asked};
    look_ahead(s, out->end, &goal);
    out->judged = hn_curve_pass(&data, &goal, &out->probability);
    return HONE_OK;
}

static hone_status report(void *self, const hn_view *view, uint32_t trial, double step,
                          hn_verdict *out, hone_error *err)
{
    state *s = self;
    judgement j;
    (void)step; // where the trial stands is what counts
    *out = HN_GO_ON;
    HN_TRY(judge(s, view, trial, s->options->probability, &j, err));
    if (!j.broken && (!j.judged || j.probability >= s->options->probability))
        return HONE_OK;
    *out = HN_STOP;
    s->why = j;
    s->stopped = trial;
    s->stopped_at = view->fold->n_events + 1;
    return HONE_OK;
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    state *s = self;
    judgement j;
    if (hn_state_finished(
            view->fold->trials.data[trial].state)) // what was said then is its message
        return NULL;
    if (s->stopped == trial && s->stopped_at == view->fold->n_events + 1)
        j = s->why;
    else if (judge(s, view, trial, INFINITY, &j, NULL) != HONE_OK)
        return NULL;
    if (!j.judged && !j.broken)
        return NULL;
    if (j.broken)
        return hn_explain("its last %d values are not finite", (int)s->options->n_min);
    if (j.probability < 0.001)
        return hn_explain("could pass %.6g with probability below 0.001", j.incumbent);
    return hn_explain("could pass %.6g with probability %.2g", j.incumbent, j.probability);
}

const hn_scheduler_class hn_scheduler_curve = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "curve",
             .summary = "extrapolates learning curves; stops what will hardly pass the best",
             .source = "Domhan, Springenberg, Hutter: Speeding up automatic hyperparameter "
                       "optimization of deep neural networks by extrapolation of learning curves, "
                       "2015",
             .can = HN_CAN_MULTI_OBJECTIVE,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .next = hn_next_new,
    .report = report,
    .observe = observe,
    .fini = fini,
    .explain = explain,
};
