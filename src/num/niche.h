// Which points of one front to keep, so that what is kept is spread over it. All objectives are
// minimised; infinite values count as ±1e300. Memory comes from the caller's arena.
#ifndef HN_NUM_NICHE_H
#define HN_NUM_NICHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "num/rng.h"

// Crowding distances (NSGA-II): for each of the n points of a front the sum over the objectives of
// the gap between its neighbours, in shares of the front's range; infinite at the ends. values
// [n × m], out [n]. False when out of memory.
bool hn_crowding(const double *values, uint32_t n, uint32_t m, double *out, hn_arena *arena);

// Reference points (NSGA-III): all points of the unit simplex whose coordinates are multiples of
// 1 / p (Das, Dennis). Their number, or UINT32_MAX when it is above a million.
uint32_t hn_reference_count(uint32_t m, uint32_t p);
// out [hn_reference_count(m, p) × m]
void hn_reference_points(uint32_t m, uint32_t p, double *out);

// The niching of NSGA-III: of the points values [n × m] the first n_in are in; chooses `wanted` of
// the others, so that the reference points [n_references × m] get as many each as can be. chosen
// [wanted] gets their indices. False when out of memory.
typedef struct hn_niching {
    const double *values;
    uint32_t n, m, n_in, wanted;
    const double *references;
    uint32_t n_references;
    hn_rng rng; // breaks ties
} hn_niching;
bool hn_niche_choose(const hn_niching *task, uint32_t *chosen, hn_arena *arena);

#endif
