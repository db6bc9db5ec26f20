// Exponentials and logarithms of many numbers at once, where the C library's would be most of the
// cost.
//
// The result of each number depends on nothing but that number: not on its place, on its
// neighbours or on the width of the processor's registers, since no step is fused or reordered.
#ifndef HN_NUM_MANY_H
#define HN_NUM_MANY_H

#include <stddef.h>

// x[i] = exp(x[i]) for x[i] <= 0, relative error below 4e-16; what is below -708 counts as -708.
// NaN stays NaN.
void hn_exp_many(double *x, size_t n);
// x[i] = log(x[i]) for normal x[i] > 0, error below 2e-16 + 3e-16 |log x|.
void hn_log_many(double *x, size_t n);
// The greatest of `least` and all x[i].
double hn_greatest_many(const double *x, size_t n, double least);
// Σ mass[i] exp(x[i] - most), added up in four parts; mass NULL: all are one. x is overwritten.
double hn_exp_sum(double *x, const double *mass, double most, size_t n);
// out[i] = base[i] - z² / 2, where z = max(|middle - mean[i]| - half, 0) · inverse[i].
void hn_bound_many(const double *base, const double *mean, const double *inverse, double middle,
                   double half, size_t n, double *out);

#endif
