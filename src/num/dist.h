// Distributions by inversion: one uniform in (0, 1) in, one variate out, so that streams stay
// aligned. Accuracy: relative 1e-14 for the normal quantile (Wichura's AS 241, PPND16).
#ifndef HN_NUM_DIST_H
#define HN_NUM_DIST_H

#include <stddef.h>
#include <stdint.h>

double hn_normal_cdf(double x);      // Φ, by erfc: no cancellation in the tails
double hn_normal_quantile(double u); // Φ⁻¹; ±inf at 0 and 1
double hn_normal_log_cdf(double x);  // log Φ, accurate far into the left tail
// Quantile of a normal (mean, sd > 0) cut to [low, high], low < high; the result is inside.
double hn_truncnormal_quantile(double u, double mean, double sd, double low, double high);
double hn_truncnormal_cdf(double x, double mean, double sd, double low, double high);
// Index i with probability weights[i] / Σ weights (n ≥ 1, weights ≥ 0, Σ > 0), by inversion.
size_t hn_categorical_quantile(double u, const double *weights, size_t n);
double hn_exponential_quantile(double u); // rate 1

#endif
