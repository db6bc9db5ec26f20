// A Gaussian process over the trials of a study, for analyses.
//
// Made of the best trials and of others, evenly over the rest; the worst tenth of the values is cut
// off, so that an outlier does not set the scale. O(n log n) and some 20 ms for the fit.
#ifndef HN_ANALYSIS_SURROGATE_H
#define HN_ANALYSIS_SURROGATE_H

#include "analysis/sample.h"
#include "learn/gp.h"

typedef struct hn_surrogate_data {
    uint32_t limit; // trials with numbers below are taken
    uint32_t n_best, n_others, n_evaluations;
    double noise; // standard deviation of a value; NaN: fitted, too
} hn_surrogate_data;

typedef struct hn_surrogate {
    bool ready; // false: the values do not differ, or there is none
    uint32_t n, n_best;
    uint32_t *row; // [n] of the sample, the best first
    double *x, *y; // [n × n_dims] features, [n] values, standardised
    double unit;   // what values were divided by
    hn_gp gp;
} hn_surrogate;

// Memory from `arena`, which outlives it. hn_surrogate_free after an error, too.
hone_status hn_surrogate_make(const hn_sample *sample, const hn_surrogate_data *data,
                              hn_surrogate *out, hn_arena *arena, hone_error *err);
void hn_surrogate_free(hn_surrogate *surrogate);

#endif
