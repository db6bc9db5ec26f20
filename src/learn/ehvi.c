// Expected hypervolume improvement, exactly.
//
// Method
//  1. The coordinates of the front cut the first (and, of three, the third) objective into
//     intervals. In interval i and slab k the region that nothing dominates reaches, in the second
//     objective, up to the least of the points whose first coordinate is no more than the
//     interval's lower end and whose third is no more than the slab's; up to the reference where
//     there is none. `least` has these.
//  2. With ψ(a) = E max(a - Y, 0) = σ h((a - μ) / σ) and its differences A_i and C_k over
//  intervals,
//         EHVI = Σ_i Σ_k A_i C_k ψ₂(least_ik)
//     since the objectives are independent (Yang, Emmerich, Deutz, Bäck. Multi-objective Bayesian
//     global optimization using expected hypervolume improvement gradient. 2019).
//  3. Every ψ is taken relative to that of the reference, the greatest, whose logarithm is exact in
//     the tails: the sum is that of moderate numbers.
#include "learn/ehvi.h"

#include <math.h>
#include <stdlib.h>

#include "learn/improve.h"

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static uint32_t place_of(const double *grid, uint32_t n, double x)
{
    uint32_t i = 0;
    while (i < n && grid[i] < x)
        i++;
    return i;
}

// Interval 0 lies below all points; interval i > 0 begins at grid[i - 1].
static void fill_least(hn_ehvi *e, const double *front)
{
    uint32_t n = e->n, slabs = e->m == 3 ? n + 1 : 1;
    for (uint32_t i = 0; i <= n; i++)
        for (uint32_t k = 0; k < slabs; k++) {
            uint32_t least = n; // the reference
            for (uint32_t p = 0; p < n; p++) {
                const double *y = front + (size_t)p * e->m;
                bool before = i > 0 && y[0] <= e->grid[0][i - 1] &&
                              (e->m == 2 || (k > 0 && y[2] <= e->grid[2][k - 1]));
                uint32_t at = before ? place_of(e->grid[1], n, y[1]) : n;
                least = at < least ? at : least;
            }
            e->least[(size_t)i * slabs + k] = least;
        }
}

bool hn_ehvi_make(hn_ehvi *e, const double *front, uint32_t n, uint32_t m, const double *reference,
                  hn_arena *arena)
{
    *e = (hn_ehvi){.m = m, .n = n};
    for (uint32_t j = 0; j < m; j++) {
        e->grid[j] = HN_NEW(arena, double, 4 * ((size_t)n + 1));
        if (!e->grid[j])
            return false;
        e->gain[j] = e->grid[j] + n + 1;
        e->slope[j] = e->gain[j] + n + 1;
        e->bend[j] = e->slope[j] + n + 1;
        for (uint32_t p = 0; p < n; p++)
            e->grid[j][p] = front[(size_t)p * m + j];
        qsort(e->grid[j], n, sizeof *e->grid[j], by_value);
        e->grid[j][n] = reference[j];
    }
    e->least = HN_NEW(arena, uint32_t, ((size_t)n + 1) * (m == 3 ? n + 1 : 1));
    if (!e->least)
        return false;
    fill_least(e, front);
    return true;
}

// ψ at each coordinate relative to the reference's, whose logarithm is returned.
static double fill_gains(hn_ehvi *e, uint32_t j, double mean, double sd)
{
    double most = 0;
    for (uint32_t i = e->n + 1; i-- > 0;) {
        double d, u = (e->grid[j][i] - mean) / sd, value = log(sd) + hn_log_h(u, &d);
        most = i == e->n ? value : most;
        double gain = exp(value - most);
        e->gain[j][i] = gain;
        e->slope[j][i] = -gain * d / sd;
        e->bend[j][i] = gain * (1 - u * d) / sd;
    }
    return most;
}

static double part(const double *of, uint32_t i)
{
    return i > 0 ? of[i] - of[i - 1] : of[0];
}

double hn_ehvi_log(hn_ehvi *e, const double *mean, const double *sd, double *d_mean, double *d_sd)
{
    uint32_t n = e->n, slabs = e->m == 3 ? n + 1 : 1;
    double most = 0, sum = 0, by_mean[HN_EHVI_MOST] = {0}, by_sd[HN_EHVI_MOST] = {0};
    for (uint32_t j = 0; j < e->m; j++)
        most += fill_gains(e, j, mean[j], sd[j]);
    for (uint32_t i = 0; i <= n; i++) {
        double a = part(e->gain[0], i), rest = 0;
        for (uint32_t k = 0; k < slabs; k++) {
            uint32_t at = e->least[(size_t)i * slabs + k];
            double c = e->m == 3 ? part(e->gain[2], k) : 1, b = e->gain[1][at];
            rest += b * c;
            by_mean[1] += a * c * e->slope[1][at];
            by_sd[1] += a * c * e->bend[1][at];
            if (e->m == 3) {
                by_mean[2] += a * b * part(e->slope[2], k);
                by_sd[2] += a * b * part(e->bend[2], k);
            }
        }
        sum += a * rest;
        by_mean[0] += rest * part(e->slope[0], i);
        by_sd[0] += rest * part(e->bend[0], i);
    }
    sum = fmax(sum, 1e-304);
    for (uint32_t j = 0; d_mean && j < e->m; j++) {
        d_mean[j] = by_mean[j] / sum;
        d_sd[j] = by_sd[j] / sum;
    }
    return most + log(sum);
}
