// Minimising a smooth function within bounds, by its gradient.
#ifndef HN_NUM_LBFGSB_H
#define HN_NUM_LBFGSB_H

#include <stddef.h>
#include <stdint.h>

// Value at x [n]; its gradient goes into g [n]. A value that is not finite makes the step shorter.
typedef double hn_smooth(void *context, const double *x, double *g);

typedef struct hn_lbfgsb_options {
    uint32_t memory;          // pairs kept, >= 1; 8 serves
    uint32_t max_evaluations; // >= 1
    double pgtol;             // stop when no coordinate of the projected gradient is above
    double ftol; // stop when a step gains no more than ftol · max(|f before|, |f after|, 1)
} hn_lbfgsb_options;

typedef enum hn_lbfgsb_end {
    HN_LBFGSB_GRADIENT,    // pgtol
    HN_LBFGSB_VALUE,       // ftol
    HN_LBFGSB_EVALUATIONS, // no more are allowed
    HN_LBFGSB_STUCK,       // no step along the direction gains anything
    HN_LBFGSB_UNDEFINED    // the first value is not finite
} hn_lbfgsb_end;

typedef struct hn_lbfgsb_result {
    double value; // at x
    uint32_t n_evaluations, n_steps;
    hn_lbfgsb_end end;
} hn_lbfgsb_result;

#define HN_LBFGSB_ROOM(n, memory) ((size_t)(n) * (2 * (size_t)(memory) + 5) + 2 * (size_t)(memory))

// Starts at x [n], which is first brought inside `low` <= `high` [n] (infinite ones are no bounds),
// and leaves the best point there. `room`: HN_LBFGSB_ROOM(n, memory) numbers. The result is a
// function of the arguments alone. O(n · memory) a step beside the evaluations.
hn_lbfgsb_result hn_lbfgsb(hn_smooth *f, void *context, const double *low, const double *high,
                           double *x, size_t n, const hn_lbfgsb_options *options, double *room);

#endif
