// How good a trial is: where it stands among those that have ended.
#ifndef HN_CORE_MERIT_H
#define HN_CORE_MERIT_H

#include "core/view.h"

typedef enum hn_merit_tier {
    HN_MERIT_COMPLETE,
    HN_MERIT_PRUNED,
    HN_MERIT_INFEASIBLE, // a bound or a told constraint is broken
    HN_MERIT_FAILED      // or it has no number for an objective
} hn_merit_tier;

// Lower is better: the tier; inside one COMPLETE by value, PRUNED by how far they came and what
// they had reached, INFEASIBLE by how much they violate; equal ones by number. A paused trial
// stands as one that was pruned there, and so does one that runs again after a pause, by what its
// earlier attempts have reported; one that runs again because its worker died has yet to report.
typedef struct hn_merit {
    int tier;    // hn_merit_tier
    double a, b; // value; minus the last step, value; violation
    uint32_t trial;
} hn_merit;

// Of a trial that has ended or is paused, by its first objective.
hn_merit hn_merit_of(const hn_view *view, uint32_t trial);
// The report by which a trial stands that is PRUNED, paused or runs again after a pause; HN_NONE.
uint32_t hn_merit_report(const hn_view *view, uint32_t trial);
bool hn_merit_better(const hn_merit *x, const hn_merit *y);
// The value so that less is better.
double hn_towards_less(const hn_problem *problem, uint32_t metric, double value);

#endif
