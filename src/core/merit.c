// Merit of trials; see merit.h.
#include "core/merit.h"

#include <math.h>

double hn_towards_less(const hn_problem *problem, uint32_t metric, double value)
{
    return problem->metrics[metric].goal == HONE_MAXIMIZE ? -value : value;
}

// How much a trial violates its bounds and told constraints in all; what is missing, infinitely.
static double violation(const hn_view *view, uint32_t trial)
{
    const hn_problem *problem = view->problem;
    const hn_fold *fold = view->fold;
    const hn_trial *row = &fold->trials.data[trial];
    double sum = 0;
    for (uint32_t b = 0; b < problem->n_bounds; b++) {
        const hn_bound *bound = &problem->bounds[b];
        double value = hn_view_value(view, trial, bound->metric);
        double excess = bound->at_most ? value - bound->bound : bound->bound - value;
        sum += isnan(value) ? INFINITY : excess > 0 ? excess : 0;
    }
    for (uint32_t c = 0; row->constraints != HN_NONE && c < row->n_constraints; c++) {
        double excess = fold->numbers.data[row->constraints + c];
        sum += isnan(excess) ? INFINITY : excess > 0 ? excess : 0;
    }
    return isnan(sum) ? INFINITY : sum;
}

static bool has_objectives(const hn_view *view, uint32_t trial)
{
    for (uint32_t m = 0; m < view->problem->n_objectives; m++)
        if (isnan(hn_view_value(view, trial, m)))
            return false;
    return true;
}

uint32_t hn_merit_report(const hn_view *view, uint32_t trial)
{
    const hn_fold *fold = view->fold;
    const hn_trial *row = &fold->trials.data[trial];
    hone_trial_state state = hn_view_state(view, trial); // of a hidden one no end may be seen
    uint32_t last = HN_NONE;
    if (state == HONE_STATE_PRUNED || state == HONE_STATE_PAUSED)
        return row->last_report;
    // Promoted: what it reports now has yet to count, else a suggestion would hang on the moment.
    bool promoted =
        state == HONE_STATE_RUNNING && (row->flags & HN_TRIAL_RESUMED) && view->problem->lag == 0;
    for (uint32_t at = row->first_report; promoted && at != HN_NONE;
         at = fold->reports.data[at].next)
        if (fold->reports.data[at].epoch < row->epoch)
            last = at;
    return last;
}

static hn_merit merit_of_pruned(const hn_view *view, uint32_t trial)
{
    const hn_fold *fold = view->fold;
    uint32_t last = hn_merit_report(view, trial);
    hn_merit merit = {HN_MERIT_PRUNED, 1, 0, trial}; // without a report: after those with one
    if (last != HN_NONE) {
        const hn_report *report = &fold->reports.data[last];
        double value = fold->numbers.data[report->values];
        merit.a = -report->step;
        merit.b = isnan(value) ? INFINITY : hn_towards_less(view->problem, 0, value);
    }
    return merit;
}

hn_merit hn_merit_of(const hn_view *view, uint32_t trial)
{
    const hn_trial *row = &view->fold->trials.data[trial];
    hone_trial_state state = hn_view_state(view, trial);
    bool complete = state == HONE_STATE_COMPLETE && has_objectives(view, trial);
    bool stopped = state == HONE_STATE_PRUNED || hn_merit_report(view, trial) != HN_NONE;
    if (!complete && !stopped)
        return (hn_merit){HN_MERIT_FAILED, 0, 0, trial};
    if (row->flags & HN_TRIAL_INFEASIBLE)
        return (hn_merit){HN_MERIT_INFEASIBLE, violation(view, trial), 0, trial};
    if (!complete)
        return merit_of_pruned(view, trial);
    double value = hn_view_value(view, trial, 0);
    return (hn_merit){HN_MERIT_COMPLETE, hn_towards_less(view->problem, 0, value), 0, trial};
}

bool hn_merit_better(const hn_merit *x, const hn_merit *y)
{
    if (x->tier != y->tier)
        return x->tier < y->tier;
    if (x->a != y->a)
        return x->a < y->a;
    if (x->b != y->b)
        return x->b < y->b;
    return x->trial < y->trial;
}
