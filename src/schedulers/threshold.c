// threshold: stops a trial whose value leaves given bounds, or is not a number.
//
// Method: at the first step in each `interval` from `n_warmup` on, the value at the trial's highest
// step is looked at; NaN, below `lower` or above `upper`, and the trial is stopped. Other trials do
// not matter. This is the rule of Optuna's ThresholdPruner. What counts as a report: standing.h.
//
// Cost: O(1) a report.

#include <hone/sys/scheduler.h>

#include <math.h>

#include "schedulers/standing.h"

typedef struct options {
    double lower, upper, n_warmup, interval;
    const char *metric;
} options;

static const hn_option option_table[] = {
    {"lower", HN_OPTION_DOUBLE, offsetof(options, lower), "-inf", 1, 0, NULL, NULL,
     "a value below it stops the trial"},
    {"upper", HN_OPTION_DOUBLE, offsetof(options, upper), "inf", 1, 0, NULL, NULL,
     "a value above it stops the trial"},
    {"n_warmup", HN_OPTION_DOUBLE, offsetof(options, n_warmup), "0", 0, 1e15, NULL, "steps",
     "no trial is stopped before this step"},
    {"interval", HN_OPTION_DOUBLE, offsetof(options, interval), "0", 0, 1e15, NULL, "steps",
     "from one judgement to the next; 0: at every report"},
    {"metric", HN_OPTION_TEXT, offsetof(options, metric), NULL, 1, 0, NULL, NULL,
     "what is watched, recorded metrics included; the objective if there is just one"},
    {0},
};

typedef struct state {
    const options *options;
    hn_watched watched;
    hn_standings standings;
    hn_last_stop why;
} state;

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    s->options = given;
    const options *o = s->options;
    if (!(o->lower <= o->upper))
        return hn_fail(err, HONE_EINVAL,
                       "option \"lower\" of threshold is %g: it must not be above \"upper\", %g",
                       o->lower, o->upper);
    return hn_watch_choose(problem, "threshold", o->metric, false, &s->watched, err);
}

static void fini(void *self)
{
    state *s = self;
    hn_vec_free(&s->standings.rows);
}

static hone_status report(void *self, const hn_view *view, uint32_t trial, double step,
                          hn_verdict *out, hone_error *err)
{
    state *s = self;
    const options *o = s->options;
    const hn_standing *standing;
    (void)step; // where the trial stands is what counts
    *out = HN_GO_ON;
    HN_TRY(hn_standings_update(&s->standings, &s->watched, view, trial, &standing, err));
    if (!hn_watch_counts(view, trial) || !hn_standing_due(standing, o->n_warmup, o->interval))
        return HONE_OK;
    double value = standing->value;
    if (value >= o->lower && value <= o->upper)
        return HONE_OK;
    *out = HN_STOP;
    if (isnan(value))
        hn_stop_because(&s->why, view, trial, "its value at %g is not a number", standing->step);
    else
        hn_stop_because(&s->why, view, trial, "%.6g at %g is %s %g", value, standing->step,
                        value > o->upper ? "above" : "below",
                        value > o->upper ? o->upper : o->lower);
    return HONE_OK;
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    return hn_stop_explain(&s->why, view, trial);
}

const hn_scheduler_class hn_scheduler_threshold = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "threshold",
             .summary = "stops what leaves given bounds, or is not a number",
             .source = "",
             .can = HN_CAN_MULTI_OBJECTIVE,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .next = hn_next_new,
    .report = report,
    .fini = fini,
    .explain = explain,
};
