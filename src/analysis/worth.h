// What a complete trial is worth by evidence; see best.c.
#ifndef HN_ANALYSIS_WORTH_H
#define HN_ANALYSIS_WORTH_H

#include "core/fold.h"

typedef struct hn_worth {
    double *sum; // [n_trials] over the retests of each trial
    uint32_t *n; // [n_trials] retests
    double luck; // how much better the retested ones had looked, on average; at least 0
} hn_worth;

// Sign that makes smaller better.
double hn_best_sign(const hn_problem *problem, uint32_t objective);
// May it be the best: a complete trial of the search that breaks no constraint?
bool hn_best_candidate(const hn_fold *fold, uint32_t number);
// Retests, and the luck, of a single objective. False when out of memory.
bool hn_worth_make(const hn_fold *fold, hn_worth *out);
void hn_worth_free(hn_worth *worth);
// Of a candidate; smaller is better.
double hn_worth_of(const hn_fold *fold, const hn_worth *worth, uint32_t number);

#endif
