// Objectives and constraints that change: versions of them, and the rows of values that follow.
//
// A row has one number a metric, in the order of the newest version. When a version comes, every
// row is written anew: metrics of the same name keep their values, whatever their goal is now, and
// new ones begin without. What is told in terms of an older version (by a worker that has not seen
// the change) is brought into the new order in the same way. Costs O(rows) a version.

#include <math.h>
#include <string.h>

#include "core/fold.h"

bool hn_fold_first_goals(hn_fold *fold)
{
    const hn_problem *p = &fold->problem;
    hn_goals first = {.metrics = p->metrics,
                      .n_metrics = p->n_metrics,
                      .n_objectives = p->n_objectives,
                      .bounds = p->bounds,
                      .n_bounds = p->n_bounds};
    return hn_vec_push(&fold->goals, first);
}

static uint32_t find_metric(const hn_goals *goals, const char *name)
{
    for (uint32_t m = 0; m < goals->n_metrics; m++)
        if (strcmp(goals->metrics[m].name, name) == 0)
            return m;
    return UINT32_MAX;
}

uint32_t hn_fold_metric_in(const hn_fold *fold, int64_t version, uint32_t m)
{
    if (version < 1 || version >= (int64_t)fold->goals.n)
        return m;
    return find_metric(&fold->goals.data[version - 1], fold->problem.metrics[m].name);
}

bool hn_fold_broken(const hn_fold *fold, const double *values, hn_doubles constraints)
{
    for (size_t i = 0; i < constraints.n; i++)
        if (!(constraints.data[i] <= 0))
            return true;
    for (uint32_t b = 0; values && b < fold->problem.n_bounds; b++) {
        const hn_bound *bound = &fold->problem.bounds[b];
        double value = values[bound->metric];
        if (!(bound->at_most ? value <= bound->bound : value >= bound->bound))
            return true;
    }
    return false;
}

bool hn_fold_lacks_objective(const hn_fold *fold, const hn_trial *trial)
{
    if (fold->goals.n <= 1 || trial->state != HONE_STATE_COMPLETE)
        return false;
    const double *values = hn_fold_values(fold, trial);
    for (uint32_t m = 0; values && m < fold->problem.n_objectives; m++)
        if (isnan(values[m]))
            return true;
    return !values;
}

// The row at `*row` once more, in the order of `next`.
static void rewrite(hn_fold *fold, const hn_goals *next, const uint32_t *from, uint32_t *row)
{
    uint32_t old = *row;
    *row = (uint32_t)fold->numbers.n;
    for (uint32_t m = 0; m < next->n_metrics; m++) {
        double value = from[m] == UINT32_MAX ? NAN : fold->numbers.data[old + from[m]];
        fold->numbers.data[fold->numbers.n++] = value;
    }
}

static void judge_anew(hn_fold *fold, hn_trial *trial)
{
    hn_doubles told = {NULL, 0};
    if (trial->constraints != HN_NONE)
        told = (hn_doubles){fold->numbers.data + trial->constraints, trial->n_constraints};
    trial->flags &= (uint8_t)~HN_TRIAL_INFEASIBLE;
    if (hn_fold_broken(fold, hn_fold_values(fold, trial), told))
        trial->flags |= HN_TRIAL_INFEASIBLE;
}

bool hn_fold_take_goals(hn_fold *fold, hn_goals *next)
{
    uint32_t from[HN_MAX_METRICS];
    size_t n = (fold->trials.n + fold->reports.n + fold->parts.n) * next->n_metrics;
    if (fold->numbers.n + n >= HN_NONE || !hn_vec_reserve(&fold->numbers, n) ||
        !hn_vec_reserve(&fold->goals, 1))
        return false;
    const hn_goals *old = &fold->goals.data[fold->goals.n - 1];
    for (uint32_t m = 0; m < next->n_metrics; m++)
        from[m] = find_metric(old, next->metrics[m].name);
    for (size_t i = 0; i < fold->trials.n; i++)
        if (fold->trials.data[i].values != HN_NONE)
            rewrite(fold, next, from, &fold->trials.data[i].values);
    for (size_t i = 0; i < fold->reports.n; i++)
        rewrite(fold, next, from, &fold->reports.data[i].values);
    for (size_t i = 0; i < fold->parts.n; i++)
        rewrite(fold, next, from, &fold->parts.data[i].values);
    fold->goals.data[fold->goals.n++] = *next;
    fold->problem.metrics = next->metrics;
    fold->problem.n_metrics = next->n_metrics;
    fold->problem.n_objectives = next->n_objectives;
    fold->problem.bounds = next->bounds;
    fold->problem.n_bounds = next->n_bounds;
    for (size_t i = 0; i < fold->trials.n; i++)
        if (hn_state_finished(fold->trials.data[i].state))
            judge_anew(fold, &fold->trials.data[i]);
    return true;
}
