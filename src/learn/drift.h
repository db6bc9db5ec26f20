// A Gaussian process whose function drifts with time:
//
//     k((x, t), (x', t')) = s exp(-|x - x'|² / (2 ℓ²)) e^(-ω |t - t'|)
//
// seen with noise σ². What was seen long ago says less of now. Source: Bogunovic, Scarlett, Cevher.
// Time-varying Gaussian process bandit optimization. AISTATS 2016, whose (1 - ε)^(|t - t'| / 2) is
// e^(-ω |t - t'|) here.
//
// x are rows of numbers in [0, 1], t is in steps from one observation to the next, y is
// standardised. Everything is a function of the arguments. Memory n² doubles, time O(n³) a
// likelihood.
#ifndef HN_LEARN_DRIFT_H
#define HN_LEARN_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

// Logarithms of ℓ, s, σ² and ω.
enum { HN_DRIFT_LENGTH, HN_DRIFT_SCALE, HN_DRIFT_NOISE, HN_DRIFT_FADE, HN_DRIFT_HYPER };

typedef struct hn_drift_data {
    const double *x, *t, *y; // [n × d], [n], [n]
    uint32_t n, d;
} hn_drift_data;

// Logarithm of the marginal likelihood and, unless `g` is NULL, its gradient [HN_DRIFT_HYPER]. NAN:
// the covariance has no factor, or there is no memory.
double hn_drift_likelihood(const hn_drift_data *data, const double *hyper, double *g,
                           hn_arena *scratch);
// The most probable hyperparameters [HN_DRIFT_HYPER] under weak beliefs. False: out of memory.
bool hn_drift_fit(const hn_drift_data *data, double *hyper, hn_arena *scratch);

typedef struct hn_drift {
    hn_drift_data data; // borrowed
    double hyper[HN_DRIFT_HYPER];
    double *inverse, *alpha; // of the factor, [n × n] lower; [n]
    double *room;            // [2 n]
} hn_drift;

// Takes the data in. False when out of memory, or when the covariance has no factor.
bool hn_drift_set(hn_drift *model, const hn_drift_data *data, const double *hyper, hn_arena *arena);
// Mean and standard deviation of the function at x [d], t, with their derivatives by x [d] (NULL:
// not wanted).
void hn_drift_predict(const hn_drift *model, const double *x, double t, double *mean, double *sd,
                      double *d_mean, double *d_sd);

#endif
