// Trials of several parts: what follows from the end of one. Everything is decided on what the fold
// has, so that a run that dies at any moment leaves nothing but parts that ended and parts that did
// not; what it had still to say of the former is said by whoever goes on.

#include <math.h>

#include "core/parts.h"
#include "core/study_internal.h"

uint64_t hn_trial_means(const hone_trial *trial, double *values)
{
    const hone_study *study = trial->study;
    const hn_fold *fold = &study->fold;
    uint64_t present = 0;
    for (uint32_t m = 0; m < HN_MAX_METRICS; m++)
        values[m] = NAN;
    for (uint32_t m = 0; m < fold->problem.n_metrics; m++) {
        hone_repeats spread = hn_parts_spread(fold, hn_trial_row(trial), m);
        uint32_t at = hn_fold_metric_in(fold, (int64_t)study->goals, m);
        if (spread.n == 0 || at >= HN_MAX_METRICS)
            continue;
        values[at] = spread.mean;
        present |= (uint64_t)1 << at;
    }
    return present;
}

// --- what follows ---

static hone_status tell_means(hone_trial *trial, const hn_parts_total *total, hone_error *err)
{
    double values[HN_MAX_METRICS];
    hone_result result = HONE_RESULT_INIT;
    result.present = hn_trial_means(trial, values);
    result.values = values;
    result.constraints = total->constraints;
    result.n_constraints = total->n_constraints;
    result.step = total->step;
    result.exit_code = 0;
    result.duration_us = total->duration_us;
    result.cpu_us = total->cpu_us;
    result.maxrss_kb = total->maxrss_kb;
    return hone_study_tell_result(trial->study, trial, &result, err);
}

// The mean so far, unless the part's own reports, or those of an earlier attempt, say as much.
static hone_status report_means(hone_trial *trial, const hn_parts_total *total, hone_error *err)
{
    double values[HN_MAX_METRICS];
    uint64_t present = hn_trial_means(trial, values);
    if (hn_trial_row(trial)->step < total->step)
        return hone_trial_report_values(trial, total->step, values, present, err);
    HN_TRY(hn_study_plug(trial->study, err));
    return hn_trial_judged(trial) ? hn_trial_judge(trial, total->step, err) : HONE_OK;
}

static hone_status follow(hone_trial *trial, hone_error *err)
{
    hone_study *study = trial->study;
    const hn_trial *row = hn_trial_row(trial);
    hn_parts_total total;
    hn_parts_sum(&study->fold, row, &total);
    if (hn_parts_ended(&study->fold, row) < hn_parts_planned(row))
        return report_means(trial, &total, err);
    if (row->step < total.step) { // schedulers learn from complete trials how long they are
        double values[HN_MAX_METRICS];
        hn_event event = hn_trial_event(trial, HN_EV_REPORTED);
        hn_study_give_values(study, values, hn_trial_means(trial, values), &event);
        event.step = total.step;
        HN_TRY(hn_study_later(study, &event, err));
    }
    return tell_means(trial, &total, err);
}

hone_status hone_trial_part_ended(hone_trial *trial, const hone_result *part, hone_error *err)
{
    hone_study *study = trial->study;
    const hn_trial *row = hn_trial_row(trial);
    uint32_t n_ended = hn_parts_ended(&study->fold, row);
    if (hn_parts_planned(row) == 0)
        return hn_fail(err, HONE_ESTATE, "trial %u is one run, without folds and repeats",
                       trial->number);
    hn_event event = hn_trial_event(trial, HN_EV_RUN_ENDED);
    event.run = n_ended;
    event.step = part->step;
    hn_study_give_values(study, part->values, part->present, &event);
    event.constraints = (hn_doubles){part->constraints, part->n_constraints};
    event.exit_code = part->exit_code;
    event.duration_us = (int64_t)part->duration_us;
    event.cpu_us = (int64_t)part->cpu_us;
    event.maxrss_kb = part->maxrss_kb;
    HN_TRY(hn_trial_act(trial, &event, HN_SYNC_FULL, err));
    return follow(trial, err);
}

hone_status hone_trial_parts_resume(hone_trial *trial, hone_error *err)
{
    if (hone_trial_n_parts_ended(trial) == 0)
        return HONE_OK;
    HN_TRY(follow(trial, err));
    trial->pause = false; // that it goes on is a later decision
    return HONE_OK;
}

// --- looking ---

uint32_t hone_trial_folds(const hone_trial *trial)
{
    return hn_trial_row(trial)->folds;
}

uint32_t hone_trial_repeats(const hone_trial *trial)
{
    return hn_trial_row(trial)->repeats;
}

uint32_t hone_trial_n_parts(const hone_trial *trial)
{
    return hn_parts_planned(hn_trial_row(trial));
}

uint32_t hone_trial_n_parts_ended(const hone_trial *trial)
{
    return hn_parts_ended(&trial->study->fold, hn_trial_row(trial));
}

static const hn_part *find_part(const hone_trial *trial, uint32_t index)
{
    const hn_fold *fold = &trial->study->fold;
    uint32_t at = hn_trial_row(trial)->first_part;
    while (at != HN_NONE && fold->parts.data[at].index != index)
        at = fold->parts.data[at].next;
    return at == HN_NONE ? NULL : &fold->parts.data[at];
}

double hone_trial_part_value(const hone_trial *trial, uint32_t part, uint32_t metric)
{
    const hn_fold *fold = &trial->study->fold;
    const hn_part *p = find_part(trial, part);
    return p && metric < fold->problem.n_metrics ? fold->numbers.data[p->values + metric] : NAN;
}

double hone_trial_part_duration_s(const hone_trial *trial, uint32_t part)
{
    const hn_part *p = find_part(trial, part);
    return p ? hn_seconds(p->duration_us) : NAN;
}

int64_t hone_trial_part_maxrss_kb(const hone_trial *trial, uint32_t part)
{
    const hn_part *p = find_part(trial, part);
    return p ? p->maxrss_kb : 0;
}

hone_status hone_trial_spread(const hone_trial *trial, uint32_t metric, hone_repeats *out,
                              hone_error *err)
{
    const hn_fold *fold = &trial->study->fold;
    if (metric >= fold->problem.n_metrics)
        return hn_fail(err, HONE_EINVAL, "there is no metric %u: the study has %u, counted from 0",
                       metric, fold->problem.n_metrics);
    *out = hn_parts_spread(fold, hn_trial_row(trial), metric);
    return HONE_OK;
}
