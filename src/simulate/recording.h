// Recorded curves, as the simulator reads them.
#ifndef HN_SIMULATE_RECORDING_H
#define HN_SIMULATE_RECORDING_H

#include <math.h>

#include <hone/simulate.h>

#include "base/vec.h"

#define HN_RECORDING_LARGEST 1e15 // step, and seconds of one: sums stay far from infinite

typedef struct hn_point {
    double step, value;
    double seconds; // that this step takes
    double spent;   // steps that it consists of
} hn_point;

typedef struct hn_recorded_curve {
    size_t first; // in `points`
    uint32_t n;
    double result;
} hn_recorded_curve;

struct hone_recording {
    char *metric;
    hone_goal goal;
    HN_VEC(hn_recorded_curve) curves;
    HN_VEC(hn_point) points;
    uint32_t n_stopped, n_failed, n_silent, n_untimed;
};

// Can this be a step of a curve? Not what is infinite or NaN.
static inline bool hn_recording_takes(double step)
{
    return fabs(step) <= HN_RECORDING_LARGEST;
}

// Is result `a` better than `b`?
static inline bool hn_recording_better(const hone_recording *r, double a, double b)
{
    return r->goal == HONE_MAXIMIZE ? a > b : a < b;
}

// The best and the median of the results of these curves (`curves` NULL: of all). False without
// memory.
bool hn_recording_results(const hone_recording *r, const uint32_t *curves, uint32_t n, double *best,
                          double *median);

#endif
