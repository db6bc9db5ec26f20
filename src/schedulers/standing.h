// What schedulers that judge reports share: which metric they look at, which trials count, and
// where a trial stands by its own reports.
//
// Rules, the same for all of them
//  1. A report that does not give the metric, or whose step is not a finite number, is not seen. A
//     metric that is given as NaN is seen as NaN.
//  2. A trial stands at the highest step that it has reported, whatever came last. Steps are
//     numbers: they may begin anywhere, leave gaps, and need not be whole.
//  3. Of several reports on one step the last one is the value there. The best so far is over all.
//  4. All attempts of a trial are one: what it has shown once counts.
//  5. Trials of the search alone are judged and compared: no retests, no final runs, nothing that
//     was excluded.
#ifndef HN_SCHEDULERS_STANDING_H
#define HN_SCHEDULERS_STANDING_H

#include <hone/sys/scheduler.h>

#include "base/error.h"
#include "core/view.h"

// The `next` of schedulers that pause nothing: always a new trial, without a limit.
hone_status hn_next_new(void *self, const hn_view *view, hn_next *out, hone_error *err);

typedef struct hn_watched {
    uint32_t metric;
    bool maximize;
} hn_watched;

typedef struct hn_standing {
    uint32_t last_seen; // report, HN_NONE
    bool any;           // has reported
    double step;        // the highest
    double before;      // the highest one below it, -INFINITY
    double value;       // at `step`, may be NaN
    double best;        // NaN: no number yet
} hn_standing;

// Why the last trial was stopped that was: what `explain` says right after that verdict.
typedef struct hn_last_stop {
    uint32_t trial;
    uint64_t at; // events that there were
    char text[160];
} hn_last_stop;

#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void hn_stop_because(hn_last_stop *last, const hn_view *view, uint32_t trial, const char *format,
                     ...);
// A copy of that; NULL of another trial, and when something has happened since.
char *hn_stop_explain(const hn_last_stop *last, const hn_view *view, uint32_t trial);

typedef struct hn_standings {
    HN_VEC(hn_standing) rows; // by trial
} hn_standings;

// The metric called `name`, or with NULL the only objective. Errors: HONE_EUNSUPPORTED with several
// objectives and no name, HONE_EINVAL for a name that is none, or that has no direction although
// `needs_goal`.
hone_status hn_watch_choose(const hn_problem *problem, const char *scheduler, const char *name,
                            bool needs_goal, hn_watched *out, hone_error *err);
bool hn_watch_counts(const hn_view *view, uint32_t trial);
// The metric's value in a report; false when the report is not seen (rule 1).
bool hn_watch_value(const hn_watched *watched, const hn_fold *fold, const hn_report *report,
                    double *value);
// Walks over a trial's reports that are seen, in their order. `*at`, HN_NONE before the first call,
// is where the walk stands; from its end it goes on with what is reported later. False at the end.
bool hn_watch_next(const hn_watched *watched, const hn_fold *fold, uint32_t trial, uint32_t *at,
                   double *step, double *value);

typedef struct hn_watch_point {
    double step, value;
    uint32_t order; // of its report among those that are seen
} hn_watch_point;

typedef HN_VEC(hn_watch_point) hn_watch_points;

// The trial's curve into `out`: its last value at each step (rule 3), in order of steps. False
// without memory.
bool hn_watch_curve(const hn_watched *watched, const hn_fold *fold, uint32_t trial,
                    hn_watch_points *out);
// Is its result one that others are compared with? COMPLETE, feasible, and no copy of another's.
bool hn_watch_finished(const hn_view *view, uint32_t trial);

// Takes in what the trial has reported since; amortised O(1) a report. `*out` is valid until the
// next call.
hone_status hn_standings_update(hn_standings *standings, const hn_watched *watched,
                                const hn_view *view, uint32_t trial, const hn_standing **out,
                                hone_error *err);
// Is this step the first one reported at or after a multiple of `interval` (counted from `warmup`)?
// Never before `warmup`; with interval 0 every step is.
bool hn_standing_due(const hn_standing *standing, double warmup, double interval);

#endif
