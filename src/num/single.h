// Logarithms of products of kernels in single precision, for very many of them: where most only
// have to be told from the few that matter, and a value is wanted to three or four digits.
//
// The numbers do not depend on the width of the processor's registers: no step is fused, and sums
// are added up in 16 parts everywhere.
#ifndef HN_NUM_SINGLE_H
#define HN_NUM_SINGLE_H

#include <stddef.h>
#include <stdint.h>

enum { HN_SINGLE_ROW = 64, HN_SINGLE_PART = 16 }; // every n here is a multiple of the first

// A factor of each kernel. With `steep` a normal: exp(-z² / 2), z = max(|at - mean[i]| - half, 0) ·
// steep[i]; without it e^same where mean[i] is `at`, e^other where it is not.
typedef struct hn_single_factor {
    const float *mean, *steep; // [n]
    float at, half, same, other;
} hn_single_factor;

// out[i] = base[i] plus the logarithms of the factors, of which there is one at least; returns the
// greatest. No NaN; a base may be -inf.
float hn_single_logs(const float *base, const hn_single_factor *factors, size_t n_factors, size_t n,
                     float *out);
// Σ exp(x[i] - greatest), relative error below 1e-5 for n <= 4096; a term below e^-87 counts as
// that. `greatest` is finite.
double hn_single_exp_sum(const float *x, float greatest, size_t n);
// A factor of each kernel that is the mass of a cell under a normal cut to a domain:
// inside[i] (Φ(b) - Φ(a)), a and b being the ends of the cell, at - half and at + half, in units of
// 1 / steep[i] from mean[i].
typedef struct hn_single_cell {
    const float *mean, *steep, *inside; // [n]
    float at, half;                     // half > 0
} hn_single_cell;
// Σ exp(x[i] - greatest) times the factors, where x already has what hn_single_logs takes off for
// each of these cells; n is a multiple of HN_SINGLE_PART. Relative error of a term below 3e-5,
// besides that of the places.
double hn_single_cell_sum(const float *x, float greatest, const hn_single_cell *cells,
                          size_t n_cells, size_t n);
// Which x[i] are above `least`: their places, ascending, into out [n]; returns how many.
size_t hn_single_above(const float *x, float least, size_t n, uint32_t *out);

#endif
