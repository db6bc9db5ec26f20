// Starting where good points of an earlier search lie.
//
// Method: the distribution that is nearest to equal mixtures of N(x_i, S) around the best points
// x_i, S the diagonal of spread²: m is their mean, Σ = S + (1 / k) Σ x xᵀ - m mᵀ; σ² = det Σ^(1/n),
// C = Σ / σ². Source: Nomura, Watanabe, Akimoto, Ozaki, Onishi. Warm starting CMA-ES for
// hyperparameter optimization. AAAI 2021, eqs. 8 to 10.
#include <math.h>
#include <string.h>

#include "learn/cma.h"
#include "num/eigen.h"

static void covariance(const double *X, uint32_t k, uint32_t n, bool separable,
                       const double *spread, const double *m, double *C)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = separable ? i : 0; j <= i; j++) {
            double sum = 0;
            for (uint32_t p = 0; p < k; p++)
                sum += (X[(size_t)p * n + i] - m[i]) * (X[(size_t)p * n + j] - m[j]);
            sum = sum / k + (i == j ? spread[i] * spread[i] : 0);
            if (separable)
                C[i] = sum;
            else
                C[(size_t)i * n + j] = C[(size_t)j * n + i] = sum;
        }
}

bool hn_cma_learn_start(const double *X, uint32_t k, uint32_t n, bool separable,
                        const double *spread, double *m, double *sigma, double *C, hn_arena *arena)
{
    size_t size = separable ? n : (size_t)n * n;
    double *A = HN_NEW(arena, double, size), *values = HN_NEW(arena, double, n), log_det = 0;
    double *room = HN_NEW(arena, double, separable ? 1 : HN_EIGEN_ROOM(n));
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        m[i] = 0;
        for (uint32_t p = 0; p < k; p++)
            m[i] += X[(size_t)p * n + i] / k;
    }
    covariance(X, k, n, separable, spread, m, C);
    memcpy(A, C, size * sizeof *A);
    if (!separable && !hn_eigen_symmetric(A, n, values, room))
        return false;
    for (uint32_t i = 0; i < n; i++)
        log_det += log(separable ? C[i] : values[i]);
    *sigma = exp(log_det / 2 / n);
    for (size_t i = 0; i < size; i++)
        C[i] /= *sigma * *sigma;
    return true;
}
