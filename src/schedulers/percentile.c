// percentile: stops a trial whose best value so far is worse than a percentile of what completed
// trials had at the same step.
//
// Method
//  1. Nothing is judged before `n_startup` trials are complete, before step `n_warmup`, in the
//     first share `grace` of the longest complete training (where ranks mean little), or at a step
//     that is not the first one in its `interval`.
//  2. A trial without a single number among its reports is stopped.
//  3. The values of the completed trials at this very step are compared with: fewer than
//     `n_min_trials` of them, and the trial goes on. The percentile is linear between neighbours.
//  4. The trial is stopped when its best value so far is worse. Equal is not worse.
// With grace=0 this is the rule of Optuna's PercentilePruner, and with percentile=50 the median
// rule of Golovin, Solnik, Moitra, Kochanski, Karro, Sculley: Google Vizier: A Service for
// Black-Box Optimization. KDD 2017, §3.2.1, but for the running averages there. What counts as a
// report, and where a trial stands, see standing.h. Completed trials that broke a constraint, or
// were answered by a twin, do not count.
//
// With a lag (deterministic studies) the completed trials are those that the judged trial's own
// suggestion could see; they have all ended before it began.
//
// Cost: O(log trials) a report; O(steps · log trials) when a trial completes; 24 bytes a report of
// a completed trial. With a lag of L, up to 2 L curves are searched besides.

#include <hone/sys/scheduler.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "schedulers/percentile_steps.h"
#include "schedulers/standing.h"

typedef struct options {
    double percentile, n_warmup, grace, interval;
    int64_t n_startup, n_min_trials;
    const char *metric;
} options;

static const hn_option option_table[] = {
    {"percentile", HN_OPTION_DOUBLE, offsetof(options, percentile), "50", 0, 100, NULL, "%",
     "the share of trials that is good enough to go on"},
    {"n_startup", HN_OPTION_INT, offsetof(options, n_startup), "10", 0, 1e9, NULL, "trials",
     "complete trials before anything is stopped"},
    {"n_warmup", HN_OPTION_DOUBLE, offsetof(options, n_warmup), "0", 0, 1e15, NULL, "steps",
     "no trial is stopped before this step"},
    {"grace", HN_OPTION_DOUBLE, offsetof(options, grace), "0.1", 0, 1, NULL, NULL,
     "the share of the longest training that no trial is stopped in"},
    {"interval", HN_OPTION_DOUBLE, offsetof(options, interval), "0", 0, 1e15, NULL, "steps",
     "from one judgement to the next; 0: at every report"},
    {"n_min_trials", HN_OPTION_INT, offsetof(options, n_min_trials), "1", 1, 1e9, NULL, "trials",
     "trials that must have reported this very step"},
    {"metric", HN_OPTION_TEXT, offsetof(options, metric), NULL, 1, 0, NULL, NULL,
     "what is compared; the objective if there is just one"},
    {0},
};

typedef struct state {
    const options *options;
    hn_watched watched;
    bool ready; // all of the journal so far has been taken in
    hn_standings standings;
    hn_steps steps;
    HN_VEC(bool) taken; // by trial: its curve is among the steps
    uint32_t n_taken;
    double longest;              // training among them
    HN_VEC(double) lengths;      // by trial, -INFINITY: not taken
    HN_VEC(double) prefix;       // with a lag: the longest among the first trials
    hn_watch_points curve;       // scratch
    HN_VEC(hn_step_pair) hidden; // scratch
    hn_last_stop why;
} state;

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    s->options = given;
    return hn_watch_choose(problem, "percentile", s->options->metric, true, &s->watched, err);
}

static void fini(void *self)
{
    state *s = self;
    hn_vec_free(&s->standings.rows);
    hn_steps_free(&s->steps);
    hn_vec_free(&s->taken);
    hn_vec_free(&s->lengths);
    hn_vec_free(&s->prefix);
    hn_vec_free(&s->curve);
    hn_vec_free(&s->hidden);
}

// --- curves of completed trials ---

static hone_status take_curve(state *s, const hn_view *view, uint32_t trial, hone_error *err)
{
    while (s->taken.n <= trial)
        if (!hn_vec_push(&s->lengths, -INFINITY) || !hn_vec_push(&s->taken, false))
            return hn_fail_memory(err);
    if (s->taken.data[trial] || !hn_watch_finished(view, trial))
        return HONE_OK;
    if (!hn_watch_curve(&s->watched, view->fold, trial, &s->curve))
        return hn_fail_memory(err);
    for (size_t i = 0; i < s->curve.n; i++)
        if (!hn_steps_add(&s->steps, s->curve.data[i].step, s->curve.data[i].value, trial))
            return hn_fail_memory(err);
    if (s->curve.n > 0)
        s->lengths.data[trial] = s->curve.data[s->curve.n - 1].step;
    s->longest = fmax(s->longest, s->lengths.data[trial]);
    if (s->prefix.n > trial)
        s->prefix.n = trial;
    s->taken.data[trial] = true;
    s->n_taken++;
    return HONE_OK;
}

static hone_status observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    state *s = self;
    bool taken = trial < s->taken.n && s->taken.data[trial];
    if (taken && !hn_watch_finished(view, trial))
        s->ready = false; // excluded since
    hone_status status = s->ready ? take_curve(s, view, trial, err) : HONE_OK;
    if (status != HONE_OK)
        s->ready = false; // half of a curve may be in
    return status;
}

static hone_status take_all(state *s, const hn_view *view, hone_error *err)
{
    hn_vec_clear(&s->taken);
    hn_vec_clear(&s->lengths);
    hn_vec_clear(&s->prefix);
    s->longest = -INFINITY;
    hn_steps_clear(&s->steps);
    s->n_taken = 0;
    for (uint32_t t = 0; t < view->fold->trials.n; t++)
        HN_TRY(take_curve(s, view, t, err));
    s->ready = true;
    return HONE_OK;
}

// --- judging ---

static int by_value(const void *a, const void *b)
{
    const hn_step_pair *p = a, *q = b;
    if (p->value != q->value)
        return p->value < q->value ? -1 : 1;
    return p->trial < q->trial ? -1 : p->trial > q->trial;
}

// What lag hides of what was taken in: the number of trials, how many of them have something at
// `step`, and their numbers there, in order, into s->hidden.
static hone_status find_hidden(state *s, const hn_view *view, double step, uint32_t *n_trials,
                               uint32_t *n_given, hone_error *err)
{
    hn_vec_clear(&s->hidden);
    *n_trials = *n_given = 0;
    if (view->problem->lag == 0)
        return HONE_OK;
    for (uint32_t t = view->n_results; t < s->taken.n; t++) {
        if (!s->taken.data[t])
            continue;
        if (!hn_watch_curve(&s->watched, view->fold, t, &s->curve))
            return hn_fail_memory(err);
        ++*n_trials;
        for (size_t i = 0; i < s->curve.n; i++) {
            hn_step_pair pair = {s->curve.data[i].value, t};
            if (s->curve.data[i].step != step)
                continue;
            ++*n_given;
            if (!isnan(pair.value) && !hn_vec_push(&s->hidden, pair))
                return hn_fail_memory(err);
        }
    }
    if (s->hidden.n > 1)
        qsort(s->hidden.data, s->hidden.n, sizeof *s->hidden.data, by_value);
    return HONE_OK;
}

// The longest complete training that may be seen.
static hone_status find_longest(state *s, const hn_view *view, double *out, hone_error *err)
{
    *out = s->longest;
    if (view->problem->lag == 0)
        return HONE_OK;
    size_t n = view->n_results < s->lengths.n ? view->n_results : s->lengths.n;
    for (size_t t = s->prefix.n; t < n; t++) {
        double before = t > 0 ? s->prefix.data[t - 1] : -INFINITY;
        if (!hn_vec_push(&s->prefix, fmax(before, s->lengths.data[t])))
            return hn_fail_memory(err);
    }
    *out = n > 0 ? s->prefix.data[n - 1] : -INFINITY;
    return HONE_OK;
}

static void say_why(state *s, const hn_view *view, uint32_t trial, const hn_standing *standing,
                    double limit, uint32_t n)
{
    char which[32] = "the median";
    if (s->options->percentile != 50)
        (void)snprintf(which, sizeof which, "percentile %g", s->options->percentile);
    hn_stop_because(&s->why, view, trial,
                    "at %g its best, %.6g, is worse than %.6g, %s of %u complete trial%s there",
                    standing->step, standing->best, limit, which, (unsigned)n, n == 1 ? "" : "s");
}

static hone_status report(void *self, const hn_view *view, uint32_t trial, double step,
                          hn_verdict *out, hone_error *err)
{
    state *s = self;
    const options *o = s->options;
    const hn_standing *standing;
    uint32_t n_hidden, n_hidden_given;
    double longest;
    (void)step; // where the trial stands is what counts
    *out = HN_GO_ON;
    if (!s->ready)
        HN_TRY(take_all(s, view, err));
    HN_TRY(hn_standings_update(&s->standings, &s->watched, view, trial, &standing, err));
    HN_TRY(find_longest(s, view, &longest, err));
    double warmup = fmax(o->n_warmup, o->grace * longest);
    if (!hn_watch_counts(view, trial) || !hn_standing_due(standing, warmup, o->interval))
        return HONE_OK;
    HN_TRY(find_hidden(s, view, standing->step, &n_hidden, &n_hidden_given, err));
    int64_t n_complete = (int64_t)s->n_taken - n_hidden;
    if (n_complete == 0 || n_complete < o->n_startup)
        return HONE_OK;
    if (isnan(standing->best)) {
        *out = HN_STOP;
        hn_stop_because(&s->why, view, trial, "no number by %g", standing->step);
        return HONE_OK;
    }
    const hn_step_values *row = hn_steps_find(&s->steps, standing->step);
    if (!row || (int64_t)row->n_given - n_hidden_given < o->n_min_trials)
        return HONE_OK;
    double q = s->watched.maximize ? 100 - o->percentile : o->percentile;
    double limit = hn_steps_percentile(&s->steps, row, q, s->hidden.data, (uint32_t)s->hidden.n);
    bool worse = s->watched.maximize ? standing->best < limit : standing->best > limit;
    if (!worse)
        return HONE_OK;
    *out = HN_STOP;
    say_why(s, view, trial, standing, limit, row->n_given - n_hidden_given);
    return HONE_OK;
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    return hn_stop_explain(&s->why, view, trial);
}

const hn_scheduler_class hn_scheduler_percentile = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "percentile",
             .summary = "stops what is worse than a percentile of the completed trials",
             .source = "Golovin et al., Google Vizier: A Service for Black-Box Optimization, 2017",
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
