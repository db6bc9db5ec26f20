// Which trials a forest of smac is grown from, and what they say: values without infinities, on a
// scale on which a forest splits well.
#ifndef HN_SAMPLERS_SMAC_ROWS_H
#define HN_SAMPLERS_SMAC_ROWS_H

#include "core/evidence.h"

// More trials than this are not modelled: the best, the newest and an even sample stand for all.
#define HN_SMAC_MOST_ROWS 1500

// From values to the scale that is modelled, less being better still: log((v - m) / (top - m)),
// where m lies as far below the least value as the fifth percentile lies above it. So the best
// twentieth has half of the scale to itself, over however many decades the values reach.
typedef struct hn_smac_scale {
    double low, top; // the least and the greatest finite value: what is beyond counts as these
    double from;     // m
    double middle;   // median of the values
    double least;    // the scale at `low`
    uint32_t n;      // finite values
    bool flat;       // they are all the same, or there are none
} hn_smac_scale;

// Of values [n], which are sorted on the way.
hn_smac_scale hn_smac_scale_of(double *values, uint32_t n);
double hn_smac_scaled(const hn_smac_scale *scale, double value);

typedef HN_VEC(uint32_t) hn_smac_trials;

// The trials below number `limit` that have ended, ascending: all of them, or HN_SMAC_MOST_ROWS.
hone_status hn_smac_rows(const hn_evidence *e, uint32_t limit, hn_smac_trials *out,
                         hone_error *err);
// By what a trial is better than another: an objective, or (objective = n_objectives) by how much
// it breaks its constraints. NaN when nothing is known. The scale is that of the complete ones.
// `carried`: a trial that rests early has what is expected of it, where that is known.
double hn_smac_value(const hn_evidence *e, const hn_smac_scale *scale, uint32_t objective,
                     uint32_t trial, bool carried);

#endif
