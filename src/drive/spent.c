// What all trials together have cost, for the rule that bounds it: time, or a metric that the
// program reports.
//
// 1. Time. A trial that has ended counts with its duration, whatever became of it, and goes on
//    doing so when it is run again; one that runs here, up to now; one that runs elsewhere, when it
//    has ended: whose worker has died would count for ever.
// 2. A metric. A trial counts with what was reported of it last, whatever became of it, while it
//    runs, too; one of parts with the sum over those that have ended.
// Copied results cost nothing. Cost: the trials above the first unfinished one are looked at again.
#include "drive/run_internal.h"

#include <math.h>

#include "base/clock.h"
#include "drive/peek.h"

static double seconds_of(const hn_trial *trial)
{
    bool runs = trial->state == HONE_STATE_RUNNING; // what it took before it was paused
    return trial->copied >= 0 ? 0 : hn_seconds(runs ? trial->paused_us : trial->duration_us);
}

static double number_or_0(double value)
{
    return isfinite(value) ? value : 0;
}

// Most reports have all metrics, so that the last one does.
static double reported(const hn_fold *fold, const hn_trial *trial, uint32_t metric)
{
    uint32_t last = HN_NONE, i = trial->last_report;
    if (i != HN_NONE && !(fold->reports.data[i].present >> metric & 1))
        i = trial->first_report;
    for (; i != HN_NONE; i = fold->reports.data[i].next)
        if (fold->reports.data[i].present >> metric & 1)
            last = i;
    return last == HN_NONE
               ? 0
               : number_or_0(fold->numbers.data[fold->reports.data[last].values + metric]);
}

static double paid_for(const hn_fold *fold, const hn_trial *trial, uint32_t metric)
{
    const double *values = hn_fold_values(fold, trial);
    double sum = 0;
    if (trial->copied >= 0)
        return 0;
    for (uint32_t i = trial->first_part; i != HN_NONE; i = fold->parts.data[i].next)
        sum += number_or_0(fold->numbers.data[fold->parts.data[i].values + metric]);
    if (trial->first_part != HN_NONE)
        return sum;
    return values && isfinite(values[metric]) ? values[metric] : reported(fold, trial, metric);
}

static double spent_below(hone_run *run, uint32_t limit)
{
    const hn_fold *fold = &run->study->fold;
    hn_spent *spent = &run->spent;
    bool all_below = true;
    double open = 0;
    for (uint32_t i = spent->n_done; i < limit && i < fold->trials.n; i++) {
        const hn_trial *trial = &fold->trials.data[i];
        double cost = run->options.cost ? paid_for(fold, trial, spent->metric) : seconds_of(trial);
        all_below &= hn_state_finished(trial->state);
        *(all_below ? &spent->ended : &open) += cost;
        spent->n_done += all_below;
    }
    return spent->ended + open;
}

static double running_s(const hone_run *run)
{
    uint64_t now_us = hn_clock_wall_us();
    double seconds = 0;
    for (uint32_t i = 0; i < run->n_places; i++)
        if (run->places[i].trial && now_us > run->places[i].started_us)
            seconds += hn_seconds(now_us - run->places[i].started_us);
    return seconds;
}

bool hn_run_is_spent(hone_run *run, uint32_t limit)
{
    if (run->options.cost)
        return spent_below(run, limit) >= run->spent.bound;
    return run->options.cost_s > 0 &&
           spent_below(run, UINT32_MAX) + running_s(run) >= run->options.cost_s;
}

hone_status hn_run_set_cost(hone_run *run, double cost_s, const char *cost, hone_error *err)
{
    run->spent = (hn_spent){0};
    run->options.cost_s = cost_s;
    run->options.cost = NULL;
    if (!cost)
        return HONE_OK;
    HN_TRY(hn_study_cost(run->study, cost, &run->spent.metric, &run->spent.bound, err));
    run->options.cost = hn_arena_strdup(&run->arena, cost);
    return hn_arena_failed(&run->arena) ? hn_fail_memory(err) : HONE_OK;
}
