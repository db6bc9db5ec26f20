// Expected improvement in the logarithm, where it is of use far from the best, too.
//
// For u > -1 directly. Below, with the scaled tail M(t) = Φ(-t) / φ(t), t = -u,
//     h = φ (1 - t M), whose bracket loses digits like t²: from t = 15 on by its asymptotic series
//     1/t² - 3/t⁴ + 15/t⁶ - …, which then is exact before it begins to grow.
// Source: Ament, Daulton, Eriksson, Balandat, Bakshy. Unexpected improvements to expected
// improvement for Bayesian optimization. NeurIPS 2023, (9).
#include "learn/improve.h"

#include <math.h>

#define LOG_SQRT_2PI 0.91893853320467274178
#define INV_SQRT_2PI 0.39894228040143267794
#define SQRT_HALF    0.70710678118654752440
#define SQRT_PI_2    1.25331413731550025121

// M(t) = Φ(-t) / φ(t), t >= 0.
static double tail(double t)
{
    if (t < 15)
        return SQRT_PI_2 * exp(0.5 * t * t) * erfc(t * SQRT_HALF);
    double q = 1 / (t * t), term = 1, sum = 1;
    for (int k = 1; k <= 12; k++) {
        term *= -(2 * k - 1) * q;
        sum += term;
    }
    return sum / t;
}

// 1 - t M(t).
static double bracket(double t)
{
    if (t < 15)
        return 1 - t * tail(t);
    double q = 1 / (t * t), term = q, sum = q;
    for (int k = 1; k <= 12; k++) {
        term *= -(2 * k + 1) * q;
        sum += term;
    }
    return sum;
}

double hn_log_h(double u, double *d)
{
    if (u > -1) {
        double cdf = 0.5 * erfc(-u * SQRT_HALF), h = INV_SQRT_2PI * exp(-0.5 * u * u) + u * cdf;
        if (d)
            *d = cdf / h;
        return log(h);
    }
    double part = bracket(-u);
    if (d)
        *d = tail(-u) / part;
    return -0.5 * u * u - LOG_SQRT_2PI + log(part);
}

double hn_log_ei(double mean, double sd, double best, double *d_mean, double *d_sd)
{
    double u = (best - mean) / sd, d;
    double value = log(sd) + hn_log_h(u, &d);
    if (d_mean) {
        *d_mean = -d / sd;
        *d_sd = (1 - u * d) / sd;
    }
    return value;
}

double hn_log_probability(double u, double *d)
{
    if (u > -1) {
        double cdf = 0.5 * erfc(-u * SQRT_HALF);
        if (d)
            *d = INV_SQRT_2PI * exp(-0.5 * u * u) / cdf;
        return log(cdf);
    }
    double m = tail(-u);
    if (d)
        *d = 1 / m;
    return -0.5 * u * u - LOG_SQRT_2PI + log(m);
}
