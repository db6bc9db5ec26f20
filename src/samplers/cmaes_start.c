// Where a run of cmaes starts.
//
// 1. Cold: mean and widths of the priors, with a share σ₀ of each range as standard deviation.
// 2. Near good points: the normal distribution that is nearest to normals of width SPREAD around
//    each of them (learn/cma.h). Choices are as frequent as among them, and PRIOR_COUNT points more
//    that have the prior's.
// Source: Nomura and others. Warm starting CMA-ES for hyperparameter optimization. AAAI 2021.
// Differences: axes of which the points say nothing, and choices.
#include "samplers/cmaes_start.h"

#include <string.h>

#define SPREAD      0.1 // around each point, of the unit range
#define PRIOR_COUNT 3.0

static size_t at(const hn_cmaes_start *start, uint32_t n, uint32_t i)
{
    return start->separable ? i : (size_t)i * n + i;
}

static size_t n_probabilities(const hn_cmaes_space *s)
{
    size_t n = 0;
    for (uint32_t i = 0; i < s->n_choices; i++)
        n += s->K[i];
    return n;
}

bool hn_cmaes_start_cold(const hn_cmaes_space *s, double sigma0, bool separable, hn_arena *arena,
                         hn_cmaes_start *out)
{
    uint32_t n = s->n;
    *out = (hn_cmaes_start){.sigma = sigma0, .separable = separable};
    out->m = HN_NEW(arena, double, n + 1);
    out->C = HN_ZNEW(arena, double, separable ? n + 1 : (size_t)n *n + 1);
    out->q = HN_NEW(arena, double, n_probabilities(s) + 1);
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        out->m[i] = s->axes[i].m;
        out->C[at(out, n, i)] = s->axes[i].shape * s->axes[i].shape;
    }
    memcpy(out->q, s->q, n_probabilities(s) * sizeof *s->q);
    return true;
}

// picks [k × n_choices]
static void count_choices(const hn_cmaes_space *s, const hn_config *good, uint32_t k,
                          const uint32_t *picks, double *q)
{
    for (uint32_t i = 0; i < s->n_choices; q += s->K[i++]) {
        double n = PRIOR_COUNT;
        for (uint32_t c = 0; c < s->K[i]; c++)
            q[c] *= PRIOR_COUNT;
        for (uint32_t p = 0; p < k; p++) {
            if (!hn_active(good[p].active, s->choices[i].param->index))
                continue;
            q[picks[(size_t)p * s->n_choices + i]]++;
            n++;
        }
        for (uint32_t c = 0; c < s->K[i]; c++)
            q[c] /= n;
    }
}

static bool is_known(const hn_param *param, const hn_config *good, uint32_t k)
{
    bool any = false;
    for (uint32_t p = 0; p < k; p++)
        any |= hn_active(good[p].active, param->index);
    return any;
}

bool hn_cmaes_start_near(const hn_cmaes_space *s, const hn_config *good, uint32_t k, double sigma0,
                         bool separable, hn_arena *arena, hn_cmaes_start *out)
{
    uint32_t n = s->n;
    if (!hn_cmaes_start_cold(s, sigma0, separable, arena, out))
        return false;
    double *X = HN_NEW(arena, double, (size_t)k *n + 1), *scale = HN_NEW(arena, double, n + 1);
    double *spread = HN_NEW(arena, double, n + 1);
    uint32_t *picks = HN_ZNEW(arena, uint32_t, (size_t)k * s->n_choices + 1);
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        bool known = is_known(s->axes[i].param, good, k);
        spread[i] = known ? SPREAD : sigma0 * s->axes[i].shape;
        scale[i] = 1;
    }
    for (uint32_t p = 0; p < k; p++) {
        hn_cmaes_point point = {X + (size_t)p * n, picks + (size_t)p * s->n_choices};
        memcpy(point.x, out->m, n * sizeof *point.x);
        (void)hn_cmaes_fit(s, (hn_cmaes_lens){out->m, scale}, good[p], point);
    }
    count_choices(s, good, k, picks, out->q);
    return n == 0 ||
           hn_cma_learn_start(X, k, n, separable, spread, out->m, &out->sigma, out->C, arena);
}
