// Several objectives, all minimised: fronts, hypervolume, and the subset that keeps most of it.
// Values are [n × m] row-major and finite where it is said; memory comes from the caller's arena.
#ifndef HN_NUM_PARETO_H
#define HN_NUM_PARETO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

// Does x [m] dominate y: nowhere greater, somewhere less?
bool hn_pareto_dominates(const double *x, const double *y, uint32_t m);
// Front of each point: 0 for those that no other dominates, 1 without these, … Infinite values are
// fine. Equal points share a front. O(n log n) for two objectives, else O(m n²) at worst. False
// when out of memory.
bool hn_pareto_fronts(const double *values, uint32_t n, uint32_t m, uint32_t *front,
                      hn_arena *arena);
// The first front alone: indices of the points that no other dominates, in their order, into `kept`
// [n]; returns how many. O(m n · front).
uint32_t hn_pareto_first(const double *values, uint32_t n, uint32_t m, uint32_t *kept);
// Volume that the points dominate below the reference point [m]. Finite values; m >= 1. NaN when
// out of memory. O(n log n) for two objectives, exponential in m beyond.
double hn_hypervolume(const double *values, uint32_t n, uint32_t m, const double *reference,
                      hn_arena *arena);
// Chooses k of n points (k <= n), one after the other, each the one that adds most hypervolume: at
// least 1 - 1/e of what is best. chosen [k] gets their indices. False when out of memory.
bool hn_hypervolume_subset(const double *values, uint32_t n, uint32_t m, const double *reference,
                           uint32_t k, uint32_t *chosen, hn_arena *arena);

#endif
