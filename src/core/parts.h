// Trials that consist of several runs of their command (`hone run --folds`, `--repeats`), called
// parts here, since a run is also what drives a study. With K folds and N repeats a trial has K·N
// parts; part p is fold p mod K of repeat p / K. Parts end one after another, in order: only those
// that ended well are kept, whatever attempt they belong to, and the trial's value of a metric is
// the mean over them.
#ifndef HN_CORE_PARTS_H
#define HN_CORE_PARTS_H

#include "core/fold.h"

enum { HN_MAX_PARTS = 1000, HN_MAX_PART_CONSTRAINTS = 64 };

// So many folds and repeats make so many parts: 0 for a trial that is one run.
static inline uint64_t hn_parts_count(uint32_t folds, uint32_t repeats)
{
    return folds || repeats ? (uint64_t)(folds ? folds : 1) * (repeats ? repeats : 1) : 0;
}
static inline uint32_t hn_parts_planned(const hn_trial *trial)
{
    return (uint32_t)hn_parts_count(trial->folds, trial->repeats);
}
static inline uint32_t hn_parts_ended(const hn_fold *fold, const hn_trial *trial)
{
    return trial->last_part == HN_NONE ? 0 : fold->parts.data[trial->last_part].index + 1;
}

// Mean, standard deviation and standard error of a metric over the parts that have it; `n_open` are
// those that have not ended. A trial that was served has the parts of the one that it was served
// from.
hone_repeats hn_parts_spread(const hn_fold *fold, const hn_trial *trial, uint32_t metric);

// All that has ended of a trial, taken together.
typedef struct hn_parts_total {
    double step; // steps that were reported; a part that has reported none counts as one
    uint64_t duration_us, cpu_us;                // sums
    int64_t maxrss_kb;                           // the largest
    double constraints[HN_MAX_PART_CONSTRAINTS]; // means of what was told
    uint32_t n_constraints;
} hn_parts_total;

void hn_parts_sum(const hn_fold *fold, const hn_trial *trial, hn_parts_total *out);

#endif
