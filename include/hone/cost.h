// What training costs: how many seconds a step of the resource takes, what makes it dearer, and how
// long the rest of a study may take. Learnt from the times of what trials have reported.
#ifndef HONE_COST_H
#define HONE_COST_H

#include <hone/study.h>

HONE_BEGIN_DECLS

#define HONE_COST_MAX_EFFECTS 3

// A parameter that moves the seconds of a step, the others being equal.
typedef struct hone_cost_effect {
    uint32_t param; // index in the study's space
    double factor;  // from its cheapest value among the trials to its dearest, above 1
    int towards;    // 1: the greater the dearer, -1: the smaller, 0: by choice
    uint32_t dear;  // towards 0: index of the dearest choice
} hone_cost_effect;

typedef struct hone_cost_options {
    size_t size;
    int64_t n_trials; // finished trials that are wanted; 0: as when the study was opened
    uint32_t n_jobs;  // that run at once, 0: one
} hone_cost_options;

#define HONE_COST_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(hone_cost_options), 0, 0                                                            \
    }

typedef struct hone_cost {
    size_t size;
    uint32_t n; // trials whose steps have been timed
    // Seconds a step: the median of these trials, and what nine in ten of them lie between; NaN
    // without any.
    double step_s, low_s, high_s;
    // The seconds of a training grow with the resource to this power; NaN: not told from 1.
    double power;
    uint32_t n_effects; // the strongest first; none where they explain little
    hone_cost_effect effects[HONE_COST_MAX_EFFECTS];
    double trial_s; // of a trial so far, whatever became of it: the mean; NaN: none has ended
    double spent_s; // of all trials together, of those that run up to their last report
    double rest_s;  // until the wanted trials have finished, about; NaN: not known
} hone_cost;

#define HONE_COST_INIT                                                                             \
    {                                                                                              \
        .size = sizeof(hone_cost)                                                                  \
    }

// Looks at all trials that there are; `options` may be NULL. Errors: HONE_ENOMEM. Time: O(trials)
// and O(n features²) for the n newest of them, at most 1,000.
HONE_API hone_status hone_study_cost(const hone_study *study, const hone_cost_options *options,
                                     hone_cost *out, hone_error *err);

HONE_END_DECLS

#endif
