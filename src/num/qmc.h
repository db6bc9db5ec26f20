// Sobol sequence with Joe & Kuo's direction numbers (new-joe-kuo-6: Constructing Sobol sequences
// with better two-dimensional projections. SIAM J. Sci. Comput. 2008), scrambled by a random
// linear matrix (Matoušek: On the L2-discrepancy for anchored boxes. J. Complexity 1998) with a
// digital shift, per dimension and seed.
//
// Random access: point `index` costs O(log index) a dimension and needs no state, so that a
// suggestion stays a function of the trial's number.
#ifndef HN_NUM_QMC_H
#define HN_NUM_QMC_H

#include <stdint.h>

// Dimensions with direction numbers; beyond it, the caller falls back to plain uniforms.
#define HN_SOBOL_MAX_DIM 256

// Coordinate `dim` (< HN_SOBOL_MAX_DIM) of point `index` of the scrambled sequence, in (0, 1).
// `index` 0 is the first point (scrambled, thus not the origin). 32 bits of resolution, filled up
// below by the shift.
double hn_sobol(uint64_t seed, uint32_t dim, uint32_t index);
// The unscrambled integer coordinate (for tests against published points), in plain binary order:
// point i in the Gray code order of other programs is index i ^ (i >> 1) here.
uint32_t hn_sobol_raw(uint32_t dim, uint32_t index);

#endif
