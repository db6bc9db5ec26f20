// What earlier attempts of a trial have reported counts for the one that went on from their
// checkpoint: a program that finds its work done says nothing any more, and the best value may lie
// before the place where it went on.
//
// An earlier report counts when its step comes before the first one of the present attempt. A
// program that began anew reports from the start and thereby says everything again.
#include <math.h>

#include "drive/peek.h"
#include "drive/run_internal.h"

// The first step that the present attempt has reported; infinite when it has reported nothing.
static double first_step(const hn_fold *fold, const hone_trial *trial)
{
    double first = INFINITY;
    for (uint32_t at = hn_trial_row(trial)->first_report; at != HN_NONE;
         at = fold->reports.data[at].next) {
        const hn_report *report = &fold->reports.data[at];
        if (report->epoch == trial->epoch && report->step < first)
            first = report->step;
    }
    return first;
}

// `said`: by the present attempt, which comes after.
static void merge(const hn_metric_spec *spec, const hn_metrics *earlier, hn_metrics *said)
{
    bool whole = spec->take_best && spec->n_objectives == 1 && (earlier->present & 1) &&
                 hn_metric_is_better(spec, 0, earlier->values[0], said->values[0]);
    for (uint32_t i = 0; i < spec->n_metrics; i++) {
        bool best = spec->take_best && i < spec->n_objectives &&
                    hn_metric_is_better(spec, i, earlier->values[i], said->values[i]);
        bool measured = (spec->builtin != HN_BUILTIN_NONE && i == 0) ||
                        (spec->has_from && i == (uint32_t)spec->from.metric);
        bool missing = !(said->present >> i & 1);
        if (!(earlier->present >> i & 1) || measured || !(missing || whole || best))
            continue;
        said->values[i] = earlier->values[i];
        said->present |= (uint64_t)1 << i;
    }
    if (said->report_rank == HN_RANK_NONE)
        said->step = earlier->step;
}

void hn_metrics_go_on(const hn_metric_spec *spec, const hone_trial *trial, hn_metrics *said)
{
    const hn_fold *fold = &trial->study->fold;
    hn_metrics earlier;
    hn_study_flush(trial->study, NULL); // reports that still wait for the next append count, too
    double first = first_step(fold, trial);
    hn_metrics_reset(&earlier);
    for (uint32_t at = hn_trial_row(trial)->first_report; at != HN_NONE;
         at = fold->reports.data[at].next) {
        const hn_report *report = &fold->reports.data[at];
        if (report->epoch == trial->epoch || report->step >= first)
            continue;
        hn_metrics_take(spec, &earlier, HN_RANK_EXPLICIT, report->present,
                        fold->numbers.data + report->values);
        earlier.step = report->step;
    }
    merge(spec, &earlier, said);
}
