// Independent categorical distributions that learn from ranked choices by natural gradient, with a
// step size that adapts itself: the part of CatCMA beside the normal.
#ifndef HN_LEARN_ASNG_H
#define HN_LEARN_ASNG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

typedef struct hn_asng {
    uint32_t n;          // variables
    const uint32_t *K;   // [n] choices of each, at least 2; borrowed
    uint32_t *start;     // [n + 1] where its probabilities begin
    double *q;           // probabilities, one after another
    double *least;       // [n] the margin: no probability is below
    uint32_t n_free;     // Σ (K - 1)
    double *path, *step; // [n_free]; step in local coordinates
    double *gradient;    // [Σ K]
    double gamma, Delta, delta;
} hn_asng;

// `q`: probabilities to begin with, NULL: all equal. False when out of memory.
bool hn_asng_init(hn_asng *a, uint32_t n, const uint32_t *K, const double *q, hn_arena *arena);
// Choice of variable `i` for a uniform u in (0, 1).
uint32_t hn_asng_choose(const hn_asng *a, uint32_t i, double u);
// choices [lambda × n], the best first; weights [lambda] ≥ 0 that sum to one. O(lambda n + Σ K).
void hn_asng_tell(hn_asng *a, const uint32_t *choices, const double *weights, uint32_t lambda);

#endif
