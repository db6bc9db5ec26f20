// Expected hypervolume improvement of two or three objectives with independent normal beliefs, all
// to be made less.
#ifndef HN_LEARN_EHVI_H
#define HN_LEARN_EHVI_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum { HN_EHVI_MOST = 3 }; // objectives

typedef struct hn_ehvi {
    uint32_t m, n;               // objectives (2 or 3), points of the front
    double *grid[HN_EHVI_MOST];  // [n + 1] coordinates of the front ascending, then the reference
    uint32_t *least;             // [(n + 1) × slabs] see ehvi.c: index into grid[1]
    double *gain[HN_EHVI_MOST];  // [n + 1] of a belief: scratch
    double *slope[HN_EHVI_MOST]; // [n + 1] by its mean and
    double *bend[HN_EHVI_MOST];  // [n + 1] by its standard deviation
} hn_ehvi;

// `front` [n × m]: mutually non-dominated points below the reference [m]; n may be 0. False when
// out of memory.
bool hn_ehvi_make(hn_ehvi *e, const double *front, uint32_t n, uint32_t m, const double *reference,
                  hn_arena *arena);
// log of the expected improvement of means and standard deviations [m] (> 0), at least -700 below
// that of a point that dominates all; with the derivatives [m] by both (both or none). O(n), O(n²)
// with three objectives.
double hn_ehvi_log(hn_ehvi *e, const double *mean, const double *sd, double *d_mean, double *d_sd);

#endif
