// Adaptive stochastic natural gradient on categorical distributions, with a margin.
//
// Method
//  1. The natural gradient of the expected utility is Σ_i w_i (c_i - q), c_i the i-th best choice
//     as a unit vector; it is scaled to length δ in the Fisher metric and added to q.
//  2. δ = 1 / Δ; Δ grows while successive gradients, accumulated in a path, do not agree more than
//     they would by chance (α), and shrinks when they do.
//  3. No probability falls below the margin (1 - 0.73^(1/n)) / (K - 1): with 27 % at most a point
//     has a choice that has all but died out.
// Source: Akimoto, Shirakawa, Yoshinari, Uchida, Saito, Nishida. Adaptive stochastic natural
// gradient method for one-shot neural architecture search. ICML 2019, appendix B; Hamano, Saito,
// Nomura, Uchida, Shirakawa. CatCMA: stochastic optimization for mixed-category problems. GECCO
// 2024, whose constants are used.
#include "learn/asng.h"

#include <math.h>
#include <string.h>

#define ALPHA 1.5

// Raises what is below the margin and takes that from the rest in proportion.
static void keep_margin(double *q, uint32_t K, double least)
{
    double sum = 0, excess, total = 0;
    for (uint32_t k = 0; k < K; k++) {
        q[k] = fmax(q[k], least);
        sum += q[k];
    }
    excess = sum - least * K;
    for (uint32_t k = 0; k < K; k++) {
        if (excess > 0)
            q[k] -= (sum - 1) * (q[k] - least) / excess;
        total += q[k];
    }
    for (uint32_t k = 0; k < K; k++)
        q[k] /= total;
}

bool hn_asng_init(hn_asng *a, uint32_t n, const uint32_t *K, const double *q, hn_arena *arena)
{
    memset(a, 0, sizeof *a);
    a->n = n;
    a->K = K;
    a->start = HN_NEW(arena, uint32_t, n + 1);
    a->least = HN_NEW(arena, double, n + 1);
    if (hn_arena_failed(arena))
        return false;
    a->start[0] = 0;
    for (uint32_t i = 0; i < n; i++) {
        a->start[i + 1] = a->start[i] + K[i];
        a->n_free += K[i] - 1;
        a->least[i] = (1 - pow(0.73, 1.0 / n)) / (K[i] - 1);
    }
    a->q = HN_NEW(arena, double, a->start[n] + 1);
    a->gradient = HN_NEW(arena, double, a->start[n] + 1);
    a->path = HN_ZNEW(arena, double, a->n_free + 1);
    a->step = HN_NEW(arena, double, a->n_free + 1);
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = a->start[i]; k < a->start[i + 1]; k++)
            a->q[k] = q ? q[k] : 1.0 / K[i];
        if (q)
            keep_margin(a->q + a->start[i], K[i], a->least[i]);
    }
    a->Delta = a->delta = 1;
    return true;
}

uint32_t hn_asng_choose(const hn_asng *a, uint32_t i, double u)
{
    const double *q = a->q + a->start[i];
    uint32_t k = 0;
    for (double sum = q[0]; k + 1 < a->K[i] && u >= sum; sum += q[k])
        k++;
    return k;
}

static void find_gradient(hn_asng *a, const uint32_t *choices, const double *weights,
                          uint32_t lambda)
{
    double total = 0;
    for (uint32_t p = 0; p < lambda; p++)
        total += weights[p];
    for (uint32_t k = 0; k < a->start[a->n]; k++)
        a->gradient[k] = -total * a->q[k];
    for (uint32_t p = 0; p < lambda; p++)
        for (uint32_t i = 0; i < a->n; i++)
            a->gradient[a->start[i] + choices[(size_t)p * a->n + i]] += weights[p];
}

// The gradient times the square root of the Fisher matrix; returns its length.
static double find_step(hn_asng *a)
{
    double squares = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        const double *q = a->q + a->start[i], *g = a->gradient + a->start[i];
        uint32_t last = a->K[i] - 1;
        double sum = 0, rest = q[last] + sqrt(q[last]);
        for (uint32_t k = 0; k < last; k++)
            sum += g[k];
        for (uint32_t k = 0; k < last; k++, at++) {
            a->step[at] = g[k] / sqrt(q[k]) + sqrt(q[k]) * sum / rest;
            squares += a->step[at] * a->step[at];
        }
    }
    return sqrt(squares) + 1e-30;
}

void hn_asng_tell(hn_asng *a, const uint32_t *choices, const double *weights, uint32_t lambda)
{
    double path = 0;
    if (a->n == 0)
        return;
    find_gradient(a, choices, weights, lambda);
    double norm = find_step(a);
    for (uint32_t k = 0; k < a->start[a->n]; k++)
        a->q[k] += a->delta / norm * a->gradient[k];
    a->delta = 1 / a->Delta;
    double beta = a->delta / sqrt(a->n_free), f = sqrt(beta * (2 - beta));
    for (uint32_t k = 0; k < a->n_free; k++) {
        a->path[k] = (1 - beta) * a->path[k] + f * a->step[k] / norm;
        path += a->path[k] * a->path[k];
    }
    a->gamma = (1 - beta) * (1 - beta) * a->gamma + beta * (2 - beta);
    a->Delta *= exp(beta * (a->gamma - path / ALPHA));
    for (uint32_t i = 0; i < a->n; i++)
        keep_margin(a->q + a->start[i], a->K[i], a->least[i]);
}
