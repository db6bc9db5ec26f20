// Scores; see smac_score.h.
//
// 1. One objective is modelled as the logarithm of a value above zero, so that its improvement is
//    that of a log-normal value: e^η Φ(v) - e^(m + s²/2) Φ(v - s), v = (η - m) / s.
// 2. Several objectives are modelled each from 0 to 1 and made into one by the augmented Chebyshev
//    norm with the weights of this suggestion: what every tree says of each is put together tree by
//    tree, so that mean and variance are those of the scalar.
// 3. Where some trials fail, the improvement counts as far as the point is expected to work.
// Source: Hutter, Hoos, Leyton-Brown, Murphy. An experimental investigation of model-based
// parameter optimisation: SPO and beyond. GECCO 2009, for 1; Knowles. ParEGO. IEEE TEC 10, 2006,
// for 2.

#include "samplers/smac_score.h"

#include <math.h>

#include "learn/improve.h"
#include "num/dist.h"

#define LEAST_VARIANCE 1e-10 // of what the trees agree on
#define LEAST_CHANCE   0.01  // of a point where all have failed: some forest is always wrong
#define RHO            0.05  // share of the weighted sum in the scalar, as in ParEGO

// log(1 - e^-x), x > 0
static double log_of_rest(double x)
{
    return x < 0.7 ? log(-expm1(-x)) : log1p(-exp(-x));
}

double hn_smac_log_ei_of_log(double mean, double sd, double best)
{
    double v = (best - mean) / sd;
    double gain = best + hn_normal_log_cdf(v);
    double loss = mean + 0.5 * sd * sd + hn_normal_log_cdf(v - sd);
    // Far out, or with next to no spread, the two are the same number but for rounding; e^Y is then
    // a straight line about the best, with the slope e^best.
    if (sd < 1e-4 || !(gain - loss > 1e-9 * fmax(1, fabs(gain))))
        return best + hn_log_ei(mean, sd, best, NULL, NULL);
    return gain + log_of_rest(gain - loss);
}

// --- several objectives ---

static double scalar_of(const double *weights, uint32_t n, const double *z, size_t stride)
{
    double most = -INFINITY, sum = 0;
    for (uint32_t k = 0; k < n; k++) {
        double a = weights[k] * z[k * stride];
        most = fmax(most, a);
        sum += a;
    }
    return most + RHO * sum;
}

double hn_smac_scalar_seen(const hn_smac_scorer *s, uint32_t trial)
{
    const hn_smac_model *m = s->model;
    double sum = 0, most = -INFINITY;
    if (m->n_forests == 1 || m->by_violation)
        return hn_smac_model_seen(m, 0, trial);
    for (uint32_t k = 0; k < m->n_forests; k++) {
        double a = s->weights[k] * hn_smac_model_seen(m, k, trial);
        if (isnan(a))
            return NAN;
        most = fmax(most, a);
        sum += a;
    }
    return most + RHO * sum;
}

// each [n_objectives x m x n_trees] and var [n_objectives x m] are used up.
static hone_status predict_scalar(const hn_smac_scorer *s, const double *x, uint32_t m,
                                  double *each, double *var, double *mean, hone_error *err)
{
    const hn_smac_model *model = s->model;
    uint32_t n_trees = (uint32_t)model->options.n_trees, n = model->n_forests;
    size_t stride = (size_t)m * n_trees;
    for (uint32_t k = 0; k < n; k++)
        HN_TRY(
            hn_forest_predict_each(&model->forests[k], x, m, each + k * stride, var + k * m, err));
    for (uint32_t i = 0; i < m; i++) {
        double *of = each + (size_t)i * n_trees, within = 0;
        for (uint32_t k = 0; k < n; k++) {
            double slope = s->weights[k] * (1 + RHO);
            within = fmax(within, slope * slope * var[k * m + i]);
        }
        for (uint32_t t = 0; t < n_trees; t++)
            of[t] = scalar_of(s->weights, n, of + t, stride);
        var[i] = within;
        hn_forest_mixture(of, n_trees, &mean[i], &var[i]);
    }
    return HONE_OK;
}

static hone_status predict(const hn_smac_scorer *s, const double *x, uint32_t m, double *mean,
                           double *var, hone_error *err)
{
    const hn_smac_model *model = s->model;
    if (!hn_smac_model_knows(model)) {
        for (uint32_t i = 0; i < m; i++)
            mean[i] = var[i] = 0;
        return HONE_OK;
    }
    if (model->n_forests == 1 || model->by_violation)
        return hn_forest_predict(&model->forests[0], x, m, mean, var, err);
    hn_arena arena = HN_ARENA_INIT;
    size_t n = model->n_forests;
    double *each = HN_NEW(&arena, double, n *m *(size_t)model->options.n_trees + 1);
    double *vars = HN_NEW(&arena, double, n *m + 1);
    hone_status status =
        each && vars ? predict_scalar(s, x, m, each, vars, mean, err) : hn_fail_memory(err);
    for (uint32_t i = 0; status == HONE_OK && i < m; i++)
        var[i] = vars[i];
    hn_arena_free(&arena);
    return status;
}

// --- scores ---

static double improvement(const hn_smac_scorer *s, double mean, double var)
{
    double sd = sqrt(fmax(var, LEAST_VARIANCE));
    if (!hn_smac_model_knows(s->model))
        return 0;
    return s->model->n_forests == 1 ? hn_smac_log_ei_of_log(mean, sd, s->best)
                                    : hn_log_ei(mean, sd, s->best, NULL, NULL);
}

hone_status hn_smac_score(const hn_smac_scorer *s, const double *x, uint32_t m, double *mean,
                          double *score, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    hone_status status = HONE_OK;
    double *var = HN_NEW(&arena, double, m + 1), *bad = HN_NEW(&arena, double, m + 1);
    if (hn_arena_failed(&arena))
        HN_TRY_OUT(hn_fail_memory(err));
    HN_TRY_OUT(predict(s, x, m, mean, var, err));
    for (uint32_t i = 0; score && i < m; i++)
        score[i] = improvement(s, mean[i], var[i]);
    if (!score || !s->model->has_trouble)
        goto out;
    // `var` has served.
    HN_TRY_OUT(hn_forest_predict(&s->model->trouble, x, m, bad, var, err));
    for (uint32_t i = 0; i < m; i++)
        score[i] += log(fmax(1 - bad[i], LEAST_CHANCE));
out:
    hn_arena_free(&arena);
    return status;
}
