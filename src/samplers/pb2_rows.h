// What a population has shown so far, as rows for pb2's model: one for each member and interval
// between two comparisons.
//
//     x    the member's numbers in [0, 1], and where it stood when the interval began
//     t    the interval, counted from 1
//     y    by how much the metric got better in it, centred and scaled by medians, cut to [-2, 2]
//
// Rows are of the intervals up to the comparison at which the asking fork begins, whatever has been
// reported since: so that neither slots nor timing make a difference.
#ifndef HN_SAMPLERS_PB2_ROWS_H
#define HN_SAMPLERS_PB2_ROWS_H

#include <hone/sys/sampler.h>

#include "core/view.h"

typedef struct hn_pb2_rows {
    const uint32_t *params; // [d - 1] the numbers that are searched
    uint32_t d, n;          // n: rows, the newest last
    uint32_t n_pending;     // members of the coming interval, behind the rows; y of these is 0
    double *x, *t, *y;      // [n + n_pending × d], …
    double *own;            // [d] the asking fork's x before it is varied
    double now;             // the coming interval, that of the pending ones
} hn_pb2_rows;

// Rows for the fork that `request` is of, of the newest `most` at most. `at`: the fork's present
// values. False: out of memory. n is 0 where nothing has been shown.
bool hn_pb2_rows_make(const hn_view *view, const hn_request *request, hn_config at, uint32_t most,
                      hn_pb2_rows *out);

#endif
