// What a trial that was stopped after a few of its parts (core/parts.h) would have come to.
//
// Its mean so far is that of the first folds or instances, which may be harder or easier than the
// others: beside the means of whole trials it would say more of them than of the configuration. So
// it is moved by how much, on average over the first HN_AHEAD_TRIALS whole trials, the mean of all
// parts is above that of as many. Few are enough, since what is averaged is a difference in which
// the trials themselves cancel out; and that they are the first ones keeps it from changing for
// ever.
#ifndef HN_CORE_AHEAD_H
#define HN_CORE_AHEAD_H

#include "core/fold.h"

enum { HN_AHEAD_TRIALS = 32 };

typedef struct hn_ahead {
    uint16_t folds, repeats; // the plan of the trials that it is about
    uint32_t n_added;
    HN_VEC(double) by;      // [parts] of the first objective, less being better: sums, then means
    HN_VEC(double) scratch; // [parts]
} hn_ahead;

void hn_ahead_free(hn_ahead *ahead);
// Begins anew, for trials of the plan that `like` has; NULL: for none.
void hn_ahead_begin(hn_ahead *ahead, const hn_trial *like);
bool hn_ahead_fits(const hn_ahead *ahead, const hn_trial *trial);
// Takes a whole trial in; one of another plan, or without a finite number in each part, is passed
// over. False when out of memory.
bool hn_ahead_add(hn_ahead *ahead, const hn_fold *fold, const hn_trial *trial);
void hn_ahead_end(hn_ahead *ahead); // after the last one
bool hn_ahead_equal(const hn_ahead *a, const hn_ahead *b);
// To be added to the mean of the parts that the trial has; 0 when nothing is known of its plan.
double hn_ahead_of(const hn_ahead *ahead, const hn_fold *fold, const hn_trial *trial);

#endif
