// Exponentials and logarithms of many numbers at once, where the C library's would be most of the
// cost.
//
// The result of each number depends on nothing but that number: not on its place, on its
// neighbours or on the width of the processor's registers, since no step is fused or reordered.
#ifndef HN_NUM_MANY_H
#define HN_NUM_MANY_H

#include <stdbool.h>
#include <stddef.h>

// x[i] = exp(x[i]) for x[i] <= 709, relative error below 4e-16; what is below -708 counts as -708.
// NaN stays NaN.
void hn_exp_many(double *x, size_t n);
// x[i] = log(x[i]) for normal x[i] > 0, error below 2e-16 + 3e-16 |log x|.
void hn_log_many(double *x, size_t n);
// The greatest of `least` and all x[i].
double hn_greatest_many(const double *x, size_t n, double least);
// Σ mass[i] exp(x[i] - most), added up in four parts; mass NULL: all are one. x is overwritten.
double hn_exp_sum(double *x, const double *mass, double most, size_t n);
// k[i] = scale (1 + z + z²/3) e^-z, z = √(5 r2[i]), the Matérn 5/2 covariance at squared distance
// r2[i] >= 0, which may be k itself; slope[i] (NULL: not wanted) = its derivative by r2.
void hn_matern52_many(const double *r2, double scale, size_t n, double *k, double *slope);
// Σ x y, added up in eight parts.
double hn_dot(const double *x, const double *y, size_t n);
// y[i] += factor x[i]
void hn_add_scaled_many(const double *x, double factor, size_t n, double *y);
// most[i] = the greater of itself and x[i]
void hn_greater_many(const double *x, size_t n, double *most);
// x = L x, or Lᵀ x: of a lower triangle with rows `ld` apart, four of them at a time.
void hn_lower_times(const double *l, size_t n, size_t ld, bool transposed, double *x);
// sum[i] += (x[i] - at)²
void hn_add_squares_many(const double *x, double at, size_t n, double *sum);
// sum[i] += weight where x[i] is not `at`
void hn_add_unequal_many(const double *x, double at, double weight, size_t n, double *sum);
// Σ y[i] where x[i] is not `at`, added up in eight parts.
double hn_sum_unequal(const double *x, double at, const double *y, size_t n);
// out[i] = max(0, a + b[i] - 2 product[i]): squared distances by a product of matrices.
void hn_distances_many(double a, const double *b, const double *product, size_t n, double *out);
// out[i] = base[i] - z² / 2, where z = max(|middle - mean[i]| - half, 0) · inverse[i].
void hn_bound_many(const double *base, const double *mean, const double *inverse, double middle,
                   double half, size_t n, double *out);

#endif
