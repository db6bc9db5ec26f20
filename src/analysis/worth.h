// What a complete trial is worth by evidence; see best.c.
#ifndef HN_ANALYSIS_WORTH_H
#define HN_ANALYSIS_WORTH_H

#include "core/fold.h"

typedef struct hn_worth {
    double *sum; // [n_trials] over the retests of each trial
    uint32_t *n; // [n_trials] retests
    double luck; // how much better the retested ones had looked, on average; at least 0
} hn_worth;

// May it be the best: a complete trial of the search that breaks no constraint?
bool hn_best_candidate(const hn_fold *fold, uint32_t number);
// The objectives of a candidate so that less is better, out [n_objectives].
void hn_best_point(const hn_fold *fold, uint32_t number, double *out);
// Retests, and the luck, of a single objective. False when out of memory.
bool hn_worth_make(const hn_fold *fold, hn_worth *out);
void hn_worth_free(hn_worth *worth);
// Of a candidate; smaller is better.
double hn_worth_of(const hn_fold *fold, const hn_worth *worth, uint32_t number);

#endif
