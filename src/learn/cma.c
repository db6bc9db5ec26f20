// The covariance matrix adaptation evolution strategy with active update.
//
// Method, one generation
//  1. Points x = m + σ C^½ z with z ~ N(0, I). C^½ is the symmetric root B D Bᵀ, so that the same z
//     gives the same point whatever the signs and the order of the eigenvectors.
//  2. The λ ranked points give y = (x - m) / σ; the mean moves to their weighted mean:
//     m ← m + σ y_w, y_w = Σ_{i ≤ μ} w_i y_i (eqs. 41, 42). Where the mean is held by a bound y_w
//     is what is left of the step: an optimum at the bound draws the mean beyond it time and again,
//     which the paths would take for steps that agree.
//  3. Step size: p_σ ← (1 - c_σ) p_σ + √(c_σ (2 - c_σ) μ_eff) C^-½ y_w,
//     σ ← σ exp(c_σ / d_σ (|p_σ| / χ - 1)), the exponent at most 1 (eqs. 43, 44).
//  4. Covariance: p_c (eq. 45, halted by h_σ), then the rank-one and rank-μ updates with negative
//     weights for the worse half, scaled to the length of their steps (eqs. 46, 47).
//  5. C is decomposed when it has changed enough, after 1 / (10 n (c_1 + c_μ)) generations.
// Separable: C is diagonal, weights are positive, and c_μ is (n + 2) / 3 times as large.
// Source: Hansen. The CMA evolution strategy: a tutorial. arXiv 1604.00772, 2016; Ros, Hansen. A
// simple modification in CMA-ES achieving linear time and space complexity. PPSN 2008; for points
// from elsewhere Hansen. Injecting external solutions into CMA-ES. arXiv 1110.4181, 2011, of which
// only the bound on a point's length is used.
// Symbols: n dimensions, λ points, μ of them with positive weights w, m mean, σ step size, C shape,
// p_σ and p_c paths, χ the expected length of a standard normal.
#include "learn/cma.h"

#include <math.h>
#include <string.h>

#include "num/clamp.h"
#include "num/eigen.h"

#define MOST_SIGMA 1e32

uint32_t hn_cma_lambda(uint32_t n)
{
    return 4 + (uint32_t)floor(3 * log(n));
}

// --- strategy parameters ---

// Σ w′ squared over Σ w′² of weights from … to - 1.
static double effective(const double *w, uint32_t from, uint32_t to)
{
    double sum = 0, squares = 0;
    for (uint32_t i = from; i < to; i++) {
        sum += w[i];
        squares += w[i] * w[i];
    }
    return squares > 0 ? sum * sum / squares : 0;
}

static void set_full_rates(hn_cma *s, double mu_eff_minus)
{
    double n = s->n, mu_eff = s->mu_eff;
    s->c_1 = 2 / ((n + 1.3) * (n + 1.3) + mu_eff);
    s->c_mu = fmin(1 - s->c_1 - 1e-8, // positive also for large populations
                   2 * (mu_eff - 2 + 1 / mu_eff) / ((n + 2) * (n + 2) + mu_eff));
    s->c_sigma = (mu_eff + 2) / (n + mu_eff + 5);
    s->c_c = (4 + mu_eff / n) / (n + 4 + 2 * mu_eff / n);
    // Negative weights: C stays positive definite (eqs. 50 to 53).
    double alpha = 0;
    if (s->c_mu > 0) {
        alpha = fmin(1 + s->c_1 / s->c_mu, 1 + 2 * mu_eff_minus / (mu_eff + 2));
        alpha = fmin(alpha, (1 - s->c_1 - s->c_mu) / (n * s->c_mu));
    }
    double positive = 0, negative = 0;
    for (uint32_t i = 0; i < s->lambda; i++) {
        positive += fmax(s->w[i], 0);
        negative -= fmin(s->w[i], 0);
    }
    for (uint32_t i = 0; i < s->lambda; i++)
        s->w[i] *= s->w[i] >= 0 ? 1 / positive : alpha / negative;
}

static void set_separable_rates(hn_cma *s)
{
    double n = s->n, mu_eff, sum = 0;
    for (uint32_t i = 0; i < s->lambda; i++) {
        s->w[i] = i < s->mu ? log(s->mu + 1.0) - log(i + 1.0) : 0;
        sum += s->w[i];
    }
    for (uint32_t i = 0; i < s->mu; i++)
        s->w[i] /= sum;
    mu_eff = s->mu_eff = effective(s->w, 0, s->mu);
    double full = 2 / mu_eff / ((n + sqrt(2)) * (n + sqrt(2))) +
                  (1 - 1 / mu_eff) * fmin(1, (2 * mu_eff - 1) / ((n + 2) * (n + 2) + mu_eff));
    s->c_1 = 2 / ((n + 1.3) * (n + 1.3) + mu_eff);
    s->c_mu = fmin((n + 2) / 3 * full, 1 - s->c_1);
    s->c_sigma = (mu_eff + 2) / (n + mu_eff + 3);
    s->c_c = 4 / (n + 4);
}

static void set_strategy(hn_cma *s)
{
    double n = s->n;
    s->mu = s->lambda / 2;
    for (uint32_t i = 0; i < s->lambda; i++)
        s->w[i] = log((s->lambda + 1.0) / 2) - log(i + 1.0);
    s->mu_eff = effective(s->w, 0, s->mu);
    if (s->separable)
        set_separable_rates(s);
    else
        set_full_rates(s, effective(s->w, s->mu, s->lambda));
    s->d_sigma = 1 + 2 * fmax(0, sqrt((s->mu_eff - 1) / (n + 1)) - 1) + s->c_sigma;
    s->chi = sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
    s->sum_w = 0;
    for (uint32_t i = 0; i < s->lambda; i++)
        s->sum_w += s->w[i];
    s->lazy = s->lr_adapt ? 1 : 1 / (10 * n * (s->c_1 + s->c_mu));
}

// --- the decomposition ---

// root = Σ_k D_k b_k b_kᵀ, and inverse with 1 / D: their lower triangles, then the upper ones.
void hn_cma_make_roots(const hn_cma *s)
{
    uint32_t n = s->n;
    double *restrict root = s->root, *restrict inverse = s->inverse;
    memset(root, 0, (size_t)n * n * sizeof *root);
    memset(inverse, 0, (size_t)n * n * sizeof *inverse);
    for (uint32_t k = 0; k < n; k++) {
        const double *restrict b = s->B + (size_t)k * n;
        double d = s->D[k];
        for (uint32_t i = 0; i < n; i++) {
            double *row = root + (size_t)i * n, *other = inverse + (size_t)i * n;
            double db = d * b[i], b_d = b[i] / d;
            for (uint32_t j = 0; j <= i; j++) {
                row[j] += db * b[j];
                other[j] += b_d * b[j];
            }
        }
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < i; j++) {
            root[(size_t)j * n + i] = root[(size_t)i * n + j];
            inverse[(size_t)j * n + i] = inverse[(size_t)i * n + j];
        }
}

// A covariance that rounding has made indefinite gets a tiny variance there. False when C is not
// finite; the decomposition is then as before.
static bool decompose(hn_cma *s)
{
    uint32_t n = s->n;
    if (s->separable) {
        for (uint32_t i = 0; i < n; i++)
            s->D[i] = sqrt(s->C[i] > 0 ? s->C[i] : 1e-8);
        return true;
    }
    memcpy(s->B, s->C, (size_t)n * n * sizeof *s->B);
    if (!hn_eigen_symmetric(s->B, n, s->D, s->room))
        return false;
    for (uint32_t k = 0; k < n; k++)
        s->D[k] = sqrt(s->D[k] > 0 ? s->D[k] : 1e-8);
    hn_cma_make_roots(s);
    return true;
}

// --- begin ---

static bool allocate(hn_cma *s, hn_arena *arena)
{
    size_t n = s->n, size = s->separable ? n : n * n;
    s->w = HN_NEW(arena, double, s->lambda);
    s->m = HN_NEW(arena, double, n);
    s->p_sigma = HN_ZNEW(arena, double, n);
    s->p_c = HN_ZNEW(arena, double, n);
    s->C = HN_ZNEW(arena, double, size);
    s->D = HN_NEW(arena, double, n);
    s->Y = HN_NEW(arena, double, (size_t)s->lambda *n);
    s->y_w = HN_NEW(arena, double, n);
    s->t = HN_NEW(arena, double, n);
    if (!s->separable) {
        s->B = HN_NEW(arena, double, size);
        s->root = HN_NEW(arena, double, size);
        s->inverse = HN_NEW(arena, double, size);
        s->room = HN_NEW(arena, double, HN_EIGEN_ROOM(n));
    }
    return !hn_arena_failed(arena);
}

bool hn_cma_init(hn_cma *s, const hn_cma_setup *setup, hn_arena *arena)
{
    uint32_t n = setup->n;
    memset(s, 0, sizeof *s);
    s->n = n;
    s->lambda = setup->lambda;
    s->separable = setup->separable;
    s->lr_adapt = setup->lr_adapt;
    s->sigma = s->sigma_0 = setup->sigma;
    if (!allocate(s, arena))
        return false;
    memcpy(s->m, setup->m, n * sizeof *s->m);
    if (setup->C)
        memcpy(s->C, setup->C, (s->separable ? n : (size_t)n * n) * sizeof *s->C);
    for (uint32_t i = 0; !setup->C && i < n; i++)
        s->C[s->separable ? i : (size_t)i * n + i] = 1;
    set_strategy(s);
    if (!hn_cma_record_init(s, arena) || (s->lr_adapt && !hn_cma_rates_init(s, arena)))
        return false;
    return decompose(s);
}

// --- points ---

// out = M v, M symmetric.
static void multiply(const double *M, const double *v, uint32_t n, double *out)
{
    memset(out, 0, n * sizeof *out);
    for (uint32_t i = 0; i < n; i++) {
        const double *row = M + (size_t)i * n;
        for (uint32_t j = 0; j < n; j++)
            out[j] += row[j] * v[i];
    }
}

void hn_cma_point(const hn_cma *s, const double *z, double *x)
{
    if (!s->separable)
        multiply(s->root, z, s->n, x);
    for (uint32_t i = 0; i < s->n; i++)
        x[i] = s->m[i] + s->sigma * (s->separable ? s->D[i] * z[i] : x[i]);
}

// out = C^-½ y.
static void whiten(const hn_cma *s, const double *y, double *out)
{
    if (!s->separable)
        multiply(s->inverse, y, s->n, out);
    for (uint32_t i = 0; s->separable && i < s->n; i++)
        out[i] = y[i] / s->D[i];
}

static double length(const double *x, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

double hn_cma_distance(const hn_cma *s, const double *x, double *room)
{
    double sum = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        double t = 0;
        for (uint32_t j = 0; !s->separable && j < s->n; j++)
            t += s->inverse[(size_t)i * s->n + j] * (x[j] - s->m[j]);
        room[i] = s->separable ? (x[i] - s->m[i]) / s->D[i] : t;
        sum += room[i] * room[i];
    }
    return sqrt(sum) / s->sigma;
}

void hn_cma_shorten(const hn_cma *s, double *x, double *room)
{
    double n = s->n, most = sqrt(n) + 2 * n / (n + 2);
    double distance = hn_cma_distance(s, x, room);
    if (!(distance > most))
        return;
    for (uint32_t i = 0; i < s->n; i++)
        x[i] = s->m[i] + (x[i] - s->m[i]) * (most / distance);
}

// --- the update ---

static void move_mean(hn_cma *s, const double *X)
{
    uint32_t n = s->n;
    memset(s->y_w, 0, n * sizeof *s->y_w);
    for (uint32_t k = 0; k < s->lambda; k++) {
        double *y = s->Y + (size_t)k * n;
        for (uint32_t i = 0; i < n; i++) {
            y[i] = (X[(size_t)k * n + i] - s->m[i]) / s->sigma;
            if (k < s->mu)
                s->y_w[i] += s->w[k] * y[i];
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        double before = s->m[i];
        s->m[i] += s->sigma * s->y_w[i];
        if (!s->low || (s->m[i] >= s->low[i] && s->m[i] <= s->up[i]))
            continue;
        s->m[i] = hn_clamp(s->m[i], s->low[i], s->up[i]);
        s->y_w[i] = (s->m[i] - before) / s->sigma;
    }
}

// Returns |p_σ|.
static double adapt_sigma(hn_cma *s)
{
    double f = sqrt(s->c_sigma * (2 - s->c_sigma) * s->mu_eff);
    whiten(s, s->y_w, s->t);
    for (uint32_t i = 0; i < s->n; i++)
        s->p_sigma[i] = (1 - s->c_sigma) * s->p_sigma[i] + f * s->t[i];
    double norm = length(s->p_sigma, s->n);
    s->sigma *= exp(fmin(1, s->c_sigma / s->d_sigma * (norm / s->chi - 1)));
    s->sigma = fmin(s->sigma, MOST_SIGMA);
    return norm;
}

// C ← scale C + Σ f v vᵀ over the lower triangle, or the diagonal.
static void add_outer(hn_cma *s, double f, const double *v)
{
    for (uint32_t i = 0; i < s->n; i++) {
        double fv = f * v[i], *row = s->C + (size_t)i * s->n;
        if (s->separable)
            s->C[i] += fv * v[i];
        for (uint32_t j = 0; !s->separable && j <= i; j++)
            row[j] += fv * v[j];
    }
}

// Of a negative weight: more than the usual length would make C indefinite.
static double scaled_weight(hn_cma *s, uint32_t k)
{
    if (s->w[k] >= 0)
        return s->w[k];
    whiten(s, s->Y + (size_t)k * s->n, s->t);
    double norm = length(s->t, s->n);
    return s->w[k] * s->n / (norm * norm + 1e-8);
}

static void adapt_covariance(hn_cma *s, double norm)
{
    uint32_t n = s->n;
    double expected = sqrt(1 - pow(1 - s->c_sigma, 2 * ((double)s->g + 1)));
    bool h = norm / expected < (1.4 + 2 / (n + 1.0)) * s->chi;
    double f = h ? sqrt(s->c_c * (2 - s->c_c) * s->mu_eff) : 0;
    double delta = h ? 0 : s->c_c * (2 - s->c_c);
    for (uint32_t i = 0; i < n; i++)
        s->p_c[i] = (1 - s->c_c) * s->p_c[i] + f * s->y_w[i];
    double keep = 1 + s->c_1 * delta - s->c_1 - s->c_mu * s->sum_w;
    size_t size = s->separable ? n : (size_t)n * n;
    for (size_t i = 0; i < size; i++)
        s->C[i] *= keep;
    add_outer(s, s->c_1, s->p_c);
    for (uint32_t k = 0; k < s->lambda; k++)
        if (s->w[k] != 0)
            add_outer(s, s->c_mu * scaled_weight(s, k), s->Y + (size_t)k * n);
    for (uint32_t i = 0; !s->separable && i < n; i++)
        for (uint32_t j = 0; j < i; j++)
            s->C[(size_t)j * n + i] = s->C[(size_t)i * n + j];
}

void hn_cma_tell(hn_cma *s, const double *X, const double *values)
{
    s->g++;
    hn_cma_record_add(s, values);
    if (s->lr_adapt)
        hn_cma_rates_before(s);
    move_mean(s, X);
    double norm = adapt_sigma(s);
    adapt_covariance(s, norm);
    if (s->lr_adapt)
        hn_cma_rates_after(s);
    if ((double)(s->g - s->g_eigen) >= s->lazy && decompose(s))
        s->g_eigen = s->g;
}
