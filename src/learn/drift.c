// Gaussian processes that drift; see drift.h.
//
// Beliefs: the logarithms of the hyperparameters are normal, ℓ about half a range, s about one, σ²
// about a tenth, ω about 0.05 (ε about a tenth), each within a factor of three or so. With the
// dozen points that a population has at first they decide, later the data do.
#include "learn/drift.h"

#include <math.h>

#include "num/lbfgsb.h"
#include "num/linalg.h"
#include "num/many.h"

static const double centre[HN_DRIFT_HYPER] = {-0.7, 0, -2.3, -3};
static const double width[HN_DRIFT_HYPER] = {0.7, 0.7, 1, 1.2};
static const double low[HN_DRIFT_HYPER] = {-3, -3, -9, -12}, high[HN_DRIFT_HYPER] = {2.5, 3, 1, -1};

// --- covariances ---

static double squared(const double *a, const double *b, uint32_t d)
{
    double sum = 0;
    for (uint32_t j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

static double covariance(const hn_drift_data *data, const double *hyper, const double *x, double t,
                         uint32_t i)
{
    double r2 = squared(x, data->x + (size_t)i * data->d, data->d);
    double fade = exp(hyper[HN_DRIFT_FADE]) * fabs(t - data->t[i]);
    return exp(hyper[HN_DRIFT_SCALE] - r2 * exp(-2 * hyper[HN_DRIFT_LENGTH]) / 2 - fade);
}

// The lower triangle of K + σ² I.
static void fill(const hn_drift_data *data, const double *hyper, double *a)
{
    for (uint32_t i = 0; i < data->n; i++) {
        const double *x = data->x + (size_t)i * data->d;
        for (uint32_t j = 0; j <= i; j++)
            a[(size_t)i * data->n + j] = covariance(data, hyper, x, data->t[i], j);
        a[(size_t)i * data->n + i] += exp(hyper[HN_DRIFT_NOISE]) + 1e-8;
    }
}

// --- likelihood ---

// ½ Σ (α αᵀ - A⁻¹) ∘ ∂A: symmetric, so that what is off the diagonal counts twice.
static void add_gradient(const hn_drift_data *data, const double *hyper, const double *inverse,
                         const double *alpha, double *g)
{
    double noise = exp(hyper[HN_DRIFT_NOISE]), omega = exp(hyper[HN_DRIFT_FADE]);
    double by_length = exp(-2 * hyper[HN_DRIFT_LENGTH]);
    for (int k = 0; k < HN_DRIFT_HYPER; k++)
        g[k] = 0;
    for (uint32_t i = 0; i < data->n; i++) {
        const double *x = data->x + (size_t)i * data->d;
        for (uint32_t j = 0; j <= i; j++) {
            double w = alpha[i] * alpha[j] - inverse[(size_t)i * data->n + j];
            double k = covariance(data, hyper, x, data->t[i], j);
            w = i == j ? w / 2 : w;
            g[HN_DRIFT_LENGTH] +=
                w * k * by_length * squared(x, data->x + (size_t)j * data->d, data->d);
            g[HN_DRIFT_SCALE] += w * k;
            g[HN_DRIFT_FADE] -= w * k * omega * fabs(data->t[i] - data->t[j]);
            g[HN_DRIFT_NOISE] += i == j ? w * noise : 0;
        }
    }
}

double hn_drift_likelihood(const hn_drift_data *data, const double *hyper, double *g,
                           hn_arena *scratch)
{
    hn_linalg la = hn_linalg_open(false);
    hn_arena_mark mark = hn_arena_get_mark(scratch);
    uint32_t n = data->n;
    double *a = HN_NEW(scratch, double, (size_t)n *n), *alpha = HN_NEW(scratch, double, n);
    double sum = NAN;
    if (!a || !alpha)
        goto out;
    fill(data, hyper, a);
    if (!hn_cholesky(&la, a, n, n))
        goto out;
    sum = -0.5 * n * log(2 * acos(-1));
    for (uint32_t i = 0; i < n; i++) {
        sum -= log(a[(size_t)i * n + i]);
        alpha[i] = data->y[i];
    }
    hn_lower_inverse(&la, a, n, n);
    hn_lower_times(a, n, n, false, alpha);
    for (uint32_t i = 0; i < n; i++)
        sum -= alpha[i] * alpha[i] / 2;
    if (g) {
        hn_lower_times(a, n, n, true, alpha);
        hn_lower_square(&la, a, n, n);
        add_gradient(data, hyper, a, alpha, g);
    }
out:
    hn_arena_rewind(scratch, mark);
    return sum;
}

typedef struct fitting {
    const hn_drift_data *data;
    hn_arena *scratch;
} fitting;

static double posterior(void *context, const double *hyper, double *g)
{
    const fitting *f = context;
    for (int k = 0; k < HN_DRIFT_HYPER; k++)
        g[k] = 0; // where there is no likelihood
    double sum = -hn_drift_likelihood(f->data, hyper, g, f->scratch);
    for (int k = 0; k < HN_DRIFT_HYPER; k++) {
        double z = (hyper[k] - centre[k]) / width[k];
        sum += z * z / 2;
        g[k] = -g[k] + z / width[k];
    }
    return sum;
}

bool hn_drift_fit(const hn_drift_data *data, double *hyper, hn_arena *scratch)
{
    enum { MEMORY = 6 };
    hn_lbfgsb_options options = {MEMORY, 60, 1e-3, 1e-6};
    double room[HN_LBFGSB_ROOM(HN_DRIFT_HYPER, MEMORY)];
    fitting f = {data, scratch};
    for (int k = 0; k < HN_DRIFT_HYPER; k++)
        hyper[k] = centre[k];
    (void)hn_lbfgsb(posterior, &f, low, high, hyper, HN_DRIFT_HYPER, &options, room);
    return !hn_arena_failed(scratch);
}

// --- predictions ---

bool hn_drift_set(hn_drift *model, const hn_drift_data *data, const double *hyper, hn_arena *arena)
{
    hn_linalg la = hn_linalg_open(false);
    uint32_t n = data->n;
    *model = (hn_drift){.data = *data};
    for (int k = 0; k < HN_DRIFT_HYPER; k++)
        model->hyper[k] = hyper[k];
    model->inverse = HN_NEW(arena, double, (size_t)n *n);
    model->alpha = HN_NEW(arena, double, n);
    model->room = HN_NEW(arena, double, 2 * (size_t)n);
    if (hn_arena_failed(arena))
        return false;
    fill(data, hyper, model->inverse);
    if (!hn_cholesky(&la, model->inverse, n, n))
        return false;
    hn_lower_inverse(&la, model->inverse, n, n);
    for (uint32_t i = 0; i < n; i++)
        model->alpha[i] = data->y[i];
    hn_lower_times(model->inverse, n, n, false, model->alpha);
    hn_lower_times(model->inverse, n, n, true, model->alpha);
    return true;
}

// With k the covariances and w = A⁻¹ k: mean k·α, variance s - k·w; by x_j the covariance with
// point i changes by k_i (x_ij - x_j) / ℓ².
void hn_drift_predict(const hn_drift *model, const double *x, double t, double *mean, double *sd,
                      double *d_mean, double *d_sd)
{
    const hn_drift_data *data = &model->data;
    uint32_t n = data->n;
    double *k = model->room, *w = k + n, variance = exp(model->hyper[HN_DRIFT_SCALE]);
    double by_length = exp(-2 * model->hyper[HN_DRIFT_LENGTH]);
    *mean = 0;
    for (uint32_t i = 0; i < n; i++) {
        k[i] = w[i] = covariance(data, model->hyper, x, t, i);
        *mean += k[i] * model->alpha[i];
    }
    hn_lower_times(model->inverse, n, n, false, w);
    for (uint32_t i = 0; i < n; i++)
        variance -= w[i] * w[i];
    *sd = sqrt(fmax(variance, 1e-12));
    if (!d_mean || !d_sd)
        return;
    hn_lower_times(model->inverse, n, n, true, w);
    for (uint32_t j = 0; j < data->d; j++) {
        d_mean[j] = d_sd[j] = 0;
        for (uint32_t i = 0; i < n; i++) {
            double change = k[i] * (data->x[(size_t)i * data->d + j] - x[j]) * by_length;
            d_mean[j] += change * model->alpha[i];
            d_sd[j] -= change * w[i] / *sd;
        }
    }
}
