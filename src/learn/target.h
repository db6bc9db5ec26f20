// Values as targets of a model: turned by a monotone curve so that a Gaussian process fits them,
// then standardised. Less stays less.
#ifndef HN_LEARN_TARGET_H
#define HN_LEARN_TARGET_H

#include <stdbool.h>
#include <stdint.h>

typedef enum hn_target_kind {
    HN_TARGET_PLAIN, // as they are
    HN_TARGET_POWER, // Box-Cox where all are positive, else Yeo-Johnson
    HN_TARGET_RANK,  // the worse half by their ranks, then a logarithm that widens the best
    HN_TARGET_LOG,   // log(y - least + a tenth of the way to the median)
    HN_TARGET_STEEP, // the same with a hundredth
    HN_TARGET_KINDS
} hn_target_kind;

typedef struct hn_target {
    hn_target_kind kind;
    double low, high;    // of the finite values
    double middle;       // their median
    double power, shift; // of the curve
    double shrink;       // RANK: what is left of the range, as a factor on the better half
    bool box_cox;
    double mean, sd; // of what the curve makes of them
} hn_target;

// From values y [n], infinities clipped to the greatest and least finite ones, no NaN, to targets
// out [n]; `room` [2 n]. What the curve is goes into *target. O(n log n).
void hn_target_make(hn_target_kind kind, const double *y, uint32_t n, hn_target *target,
                    double *out, double *room);
// log of the slope d out / d y at a value in units of high - low; of RANK for the better half only.
double hn_target_log_slope(const hn_target *target, double y);

#endif
