// Learning rates that follow the ratio of signal to noise, so that the default population also
// copes with noisy and rugged objectives.
//
// Method
//  1. The step of m and of Σ = σ² C that the update made, in local coordinates: Δ̃m = Σ^-½ Δm,
//     Δ̃Σ = Σ^-½ ΔΣ Σ^-½ / √2, with the old Σ.
//  2. Moving averages E of the steps and V of their squared lengths; the signal to noise ratio is
//     (|E|² - β / (2 - β) V) / (V - |E|²).
//  3. η ← min(1, η exp(min(γ η, β) clip(SNR / (α η) - 1, -1, 1))).
//  4. Only the share η of each step is taken. Σ is split again into σ² = det^(1/n) and C; σ is then
//     corrected by the old η_m over the new one.
// Source: Nomura, Akimoto, Ono. CMA-ES with learning rate adaptation: can CMA-ES with default
// population size solve multimodal and noisy problems? GECCO 2023.
// Cost: O(n³) a generation, separable O(n).
#include "learn/cma.h"

#include <math.h>
#include <string.h>

#include "num/clamp.h"
#include "num/eigen.h"

#define ALPHA  1.4
#define BETA_M 0.1
#define BETA_C 0.03
#define GAMMA  0.1

static size_t size_of(const hn_cma *s)
{
    return s->separable ? s->n : (size_t)s->n * s->n;
}

bool hn_cma_rates_init(hn_cma *s, hn_arena *arena)
{
    size_t size = size_of(s);
    s->rates.E_m = HN_ZNEW(arena, double, s->n);
    s->rates.E_C = HN_ZNEW(arena, double, size);
    s->rates.old_m = HN_NEW(arena, double, s->n);
    s->rates.old_C = HN_NEW(arena, double, 3 * size); // two more for products
    s->rates.eta_m = s->rates.eta_C = 1;
    return !hn_arena_failed(arena);
}

void hn_cma_rates_before(hn_cma *s)
{
    hn_cma_rates *r = &s->rates;
    memcpy(r->old_m, s->m, s->n * sizeof *s->m);
    memcpy(r->old_C, s->C, size_of(s) * sizeof *s->C);
    r->old_sigma = s->sigma;
}

// out = A B.
static void product(const double *A, const double *B, uint32_t n, double *out)
{
    memset(out, 0, (size_t)n * n * sizeof *out);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < n; k++) {
            double a = A[(size_t)i * n + k];
            for (uint32_t j = 0; j < n; j++)
                out[(size_t)i * n + j] += a * B[(size_t)k * n + j];
        }
}

// ΔΣ into the first half of the room, Δ̃Σ into the second; the step of m into s->t, local in y_w.
static void find_steps(hn_cma *s, double *delta, double *local)
{
    hn_cma_rates *r = &s->rates;
    uint32_t n = s->n;
    double now = s->sigma * s->sigma, before = r->old_sigma * r->old_sigma;
    for (uint32_t i = 0; i < n; i++)
        s->t[i] = s->m[i] - r->old_m[i];
    for (size_t i = 0; i < size_of(s); i++)
        delta[i] = now * s->C[i] - before * r->old_C[i];
    for (uint32_t i = 0; i < n; i++) {
        double sum = 0;
        for (uint32_t j = 0; !s->separable && j < n; j++)
            sum += s->inverse[(size_t)i * n + j] * s->t[j];
        s->y_w[i] = (s->separable ? s->t[i] / s->D[i] : sum) / r->old_sigma;
    }
    for (uint32_t i = 0; s->separable && i < n; i++)
        local[i] = delta[i] / (s->D[i] * s->D[i] * before * sqrt(2));
    if (s->separable)
        return;
    product(s->inverse, delta, n, s->room);
    product(s->room, s->inverse, n, local);
    for (size_t i = 0; i < size_of(s); i++)
        local[i] /= before * sqrt(2);
}

static double squared(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

// Steps 2 and 3 for one of the two; returns the new rate.
static double adapt(double *E, double *V, const double *step, size_t n, double beta, double eta)
{
    for (size_t i = 0; i < n; i++)
        E[i] = (1 - beta) * E[i] + beta * step[i];
    *V = (1 - beta) * *V + beta * squared(step, n);
    double e = squared(E, n);
    double ratio = (e - beta / (2 - beta) * *V) / (*V - e);
    double relative = hn_clamp(ratio / (ALPHA * eta) - 1, -1, 1);
    if (isnan(relative)) // no step at all
        return eta;
    return fmin(1, eta * exp(fmin(GAMMA * eta, beta) * relative));
}

// Σ into σ² = det^(1/n) and C; false when it is no covariance.
static bool split(hn_cma *s, double *sigma_C)
{
    double sum = 0;
    uint32_t n = s->n;
    memcpy(s->C, sigma_C, size_of(s) * sizeof *s->C);
    if (s->separable)
        memcpy(s->t, sigma_C, n * sizeof *s->t);
    else if (!hn_eigen_symmetric(sigma_C, n, s->t, s->room))
        return false;
    for (uint32_t i = 0; i < n; i++)
        sum += s->t[i] > 0 ? log(s->t[i]) : NAN;
    if (!isfinite(sum))
        return false;
    s->sigma = exp(sum / 2 / n);
    for (size_t i = 0; i < size_of(s); i++)
        s->C[i] /= s->sigma * s->sigma;
    return true;
}

void hn_cma_rates_after(hn_cma *s)
{
    hn_cma_rates *r = &s->rates;
    double *delta = r->old_C + size_of(s), *local = delta + size_of(s);
    double eta_m = r->eta_m;
    find_steps(s, delta, local);
    r->eta_m = adapt(r->E_m, &r->V_m, s->y_w, s->n, BETA_M, r->eta_m);
    r->eta_C = adapt(r->E_C, &r->V_C, local, size_of(s), BETA_C, r->eta_C);
    for (uint32_t i = 0; i < s->n; i++)
        s->m[i] = r->old_m[i] + r->eta_m * s->t[i];
    for (size_t i = 0; i < size_of(s); i++)
        delta[i] = r->old_sigma * r->old_sigma * r->old_C[i] + r->eta_C * delta[i];
    if (!split(s, delta)) {
        s->sigma = r->old_sigma;
        memcpy(s->C, r->old_C, size_of(s) * sizeof *s->C);
        return;
    }
    s->sigma *= eta_m / r->eta_m;
}
