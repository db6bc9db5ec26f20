// patient: stops a trial that has not become better for a while.
//
// Method: with more than `patience` + 1 steps reported, the best value of the last `patience` + 1
// of them (by step, not by time) is compared with the best one before. When it is worse by more
// than `min_delta`, the trial is stopped. Values that are not numbers are passed over. This is the
// rule of Optuna's PatientPruner without a pruner inside. What counts as a report: standing.h.
//
// Each trial keeps its last `patience` + 1 steps in order, and the best of all that fell out.
// Cost: O(1) a report that comes in order, else O(patience); 24 bytes a kept step.

#include <hone/sys/scheduler.h>

#include <math.h>
#include <string.h>

#include "schedulers/standing.h"

typedef struct options {
    int64_t patience;
    double min_delta;
    const char *metric;
} options;

static const hn_option option_table[] = {
    {"patience", HN_OPTION_INT, offsetof(options, patience), "10", 0, 1e6, NULL, "steps",
     "steps without a gain that are borne with"},
    {"min_delta", HN_OPTION_DOUBLE, offsetof(options, min_delta), "0", 0, 1e300, NULL, NULL,
     "being worse by no more than this is borne with, too"},
    {"metric", HN_OPTION_TEXT, offsetof(options, metric), NULL, 1, 0, NULL, NULL,
     "what is watched; the objective if there is just one"},
    {0},
};

typedef struct kept {
    double step, value;
} kept;

typedef struct window {
    uint32_t last_seen; // report, HN_NONE
    bool full;          // something has fallen out
    double best_before; // of what fell out, NaN: no number
    HN_VEC(kept) steps; // ascending, at most patience + 1
} window;

typedef struct state {
    const options *options;
    hn_watched watched;
    HN_VEC(window) windows; // by trial
    hn_last_stop why;
} state;

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    s->options = given;
    return hn_watch_choose(problem, "patient", s->options->metric, true, &s->watched, err);
}

static void fini(void *self)
{
    state *s = self;
    for (size_t i = 0; i < s->windows.n; i++)
        hn_vec_free(&s->windows.data[i].steps);
    hn_vec_free(&s->windows);
}

// The better of two, of which either may be NaN.
static double better(const state *s, double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) ? b : a;
    return s->watched.maximize == (a > b) ? a : b;
}

static bool take(const state *s, window *w, double step, double value)
{
    size_t at = w->steps.n, room = (size_t)s->options->patience + 1;
    while (at > 0 && w->steps.data[at - 1].step > step)
        at--;
    if (at > 0 && w->steps.data[at - 1].step == step) {
        w->steps.data[at - 1].value = value;
        return true;
    }
    if (w->steps.n == room) {
        double out = at == 0 ? value : w->steps.data[0].value;
        w->best_before = w->full ? better(s, w->best_before, out) : out;
        w->full = true;
        if (at == 0)
            return true;
        memmove(w->steps.data, w->steps.data + 1, --at * sizeof *w->steps.data);
    } else {
        if (!hn_vec_push(&w->steps, (kept){0, 0}))
            return false;
        memmove(w->steps.data + at + 1, w->steps.data + at,
                (w->steps.n - 1 - at) * sizeof *w->steps.data);
    }
    w->steps.data[at] = (kept){step, value};
    return true;
}

static hone_status update(state *s, const hn_view *view, uint32_t trial, hone_error *err)
{
    double step, value;
    const window blank = {.last_seen = HN_NONE, .best_before = NAN};
    while (s->windows.n <= trial)
        if (!hn_vec_push(&s->windows, blank))
            return hn_fail_memory(err);
    window *w = &s->windows.data[trial];
    uint32_t at = w->last_seen;
    while (hn_watch_next(&s->watched, view->fold, trial, &at, &step, &value)) {
        if (!take(s, w, step, value))
            return hn_fail_memory(err); // not seen: it is taken the next time
        w->last_seen = at;
    }
    w->last_seen = at;
    return HONE_OK;
}

static hone_status report(void *self, const hn_view *view, uint32_t trial, double step,
                          hn_verdict *out, hone_error *err)
{
    state *s = self;
    double recent = NAN, delta = s->options->min_delta;
    (void)step; // where the trial stands is what counts
    *out = HN_GO_ON;
    HN_TRY(update(s, view, trial, err));
    const window *w = &s->windows.data[trial];
    if (!w->full || !hn_watch_counts(view, trial))
        return HONE_OK;
    for (size_t i = 0; i < w->steps.n; i++)
        recent = better(s, recent, w->steps.data[i].value);
    bool worse =
        s->watched.maximize ? w->best_before - delta > recent : w->best_before + delta < recent;
    if (!worse)
        return HONE_OK;
    *out = HN_STOP;
    hn_stop_because(&s->why, view, trial,
                    "%.6g, the best of its last %u steps, is worse than %.6g before them", recent,
                    (unsigned)w->steps.n, w->best_before);
    return HONE_OK;
}

// What has ended needs no window any more.
static hone_status observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    state *s = self;
    (void)err;
    if (trial < s->windows.n && hn_state_finished(view->fold->trials.data[trial].state)) {
        hn_vec_free(&s->windows.data[trial].steps);
        s->windows.data[trial] = (window){.last_seen = HN_NONE, .best_before = NAN};
    }
    return HONE_OK;
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    return hn_stop_explain(&s->why, view, trial);
}

const hn_scheduler_class hn_scheduler_patient = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "patient",
             .summary = "stops what has not become better for some steps",
             .source = "",
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
