// The likelihood of a Gaussian process, its gradient, and hyperparameters at a maximum.
//
// Method
//  1. Squared distances by one product of matrices; K and S = ∂k/∂(r²) from them; K + σ² I = L Lᵀ.
//  2. log p = -½ yᵀα - Σ log L_ii - n/2 log 2π, α = (K + σ² I)⁻¹ y (Rasmussen & Williams, 5.8).
//  3. ∂ log p / ∂φ = ½ Σ W ∘ ∂K/∂φ, W = ααᵀ - (K + σ² I)⁻¹ (5.9). With E = W ∘ S and scaled
//     coordinates z the length scales of all dimensions come from one product more:
//     ∂/∂log ℓ_c = -Σ_ab E_ab (z_ac - z_bc)² = -2 (Σ_a e_a z_ac² - z_cᵀ E z_c), e = E 1,
//     and so do derivatives by the coordinates, of which the warp is made: (2 / ℓ_c) (e ∘ z_c - E
//     z_c).
//     For the scale Σ W ∘ K needs no sum: Kα = y - σ² α.
//  4. Log posterior by L-BFGS from the prior's own maximum.
// Priors: length scales lognormal(√2 + ½ log d, √3), so that what the prior expects of the function
// does not grow wilder with the number of dimensions (Hvarfner, Hellsten, Nardi. Vanilla Bayesian
// optimization performs great in high dimensions. ICML 2024); scale lognormal(0, 1); noise
// Gamma(1.1, 30), nearly flat in its logarithm below a thirtieth, above a floor of 1e-9 that keeps
// the factor well; warp lognormal(0, √¾).
// Cost: n³ + n² (2 q + 10) a likelihood with gradient, q coordinates; 3 n² + 3 n q doubles.
#include "learn/gp.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "num/lbfgsb.h"
#include "num/many.h"

#define LOG_2PI 1.83787706640934548356

hn_gp_prior hn_gp_default_prior(uint32_t d)
{
    return (hn_gp_prior){.length_mean = sqrt(2) + 0.5 * log(d > 0 ? d : 1),
                         .length_sd = sqrt(3),
                         .scale_mean = 0,
                         .scale_sd = 1,
                         .noise_shape = 1.1,
                         .noise_rate = 30,
                         .warp_sd = sqrt(0.75),
                         .least_noise = 1e-9};
}

// --- the likelihood ---

typedef struct data {
    const hn_gp_space *space;
    hn_gp_embedding embedding;
    hn_linalg la;
    const double *x, *y; // [n × n_dims], [n]
    uint32_t n, q;       // points, coordinates
    double *codes;       // [n_choices × n] inactive is -1
    // Scratch of a likelihood.
    double *z;              // [n × (q + 1)] scaled coordinates, and a column of ones
    double *norm;           // [n]
    double *k, *s;          // [n × n] K, L, then its inverse and (K + σ²I)⁻¹; S, then E
    double *room;           // [n × n] products; then E z in [n × (q + 1)]
    double *alpha;          // [n]
    double *inverse_length; // [n_dims]
} data;

static bool make_data(data *d, const hn_gp_space *space, const double *x, const double *y,
                      uint32_t n, bool plain, hn_arena *arena)
{
    *d = (data){.space = space, .x = x, .y = y, .n = n, .la = hn_linalg_open(plain)};
    if (!hn_gp_embed_init(&d->embedding, space, arena))
        return false;
    size_t q = d->embedding.n_coords, n_choices = d->embedding.n_choices, m = n;
    size_t widest = m > q + 1 ? m : q + 1;
    d->q = (uint32_t)q;
    d->codes = HN_NEW(arena, double, n_choices *m + 1);
    d->z = HN_NEW(arena, double, m *(q + 1) + 1);
    d->norm = HN_NEW(arena, double, m + 1);
    d->k = HN_NEW(arena, double, m *m + 1);
    d->s = HN_NEW(arena, double, m *m + 1);
    d->room = HN_NEW(arena, double, m *widest + 1);
    d->alpha = HN_NEW(arena, double, m + 1);
    d->inverse_length = HN_NEW(arena, double, space->n_dims + 1);
    if (hn_arena_failed(arena))
        return false;
    for (size_t c = 0; c < n_choices; c++)
        for (size_t i = 0; i < m; i++)
            d->codes[c * m + i] = hn_gp_code(x[i * space->n_dims + d->embedding.choice_dim[c]]);
    return true;
}

static void embed(data *d, const double *hyper)
{
    size_t stride = d->q + 1;
    hn_gp_inverse_lengths(d->space, hyper, d->inverse_length);
    for (size_t i = 0; i < d->n; i++) {
        double *z = d->z + i * stride;
        hn_gp_embed(&d->embedding, hyper, d->inverse_length, d->x + i * d->space->n_dims, z);
        d->norm[i] = hn_dot(z, z, d->q);
        z[d->q] = 1;
    }
}

// K and S, lower triangles, noise included.
static void fill_kernel(data *d, const double *hyper)
{
    size_t n = d->n, stride = d->q + 1;
    double scale = exp(hyper[hn_gp_at(d->space, HN_GP_SCALE)]);
    double noise = exp(hyper[hn_gp_at(d->space, HN_GP_NOISE)]);
    hn_times_transpose(&d->la, n, d->q, d->z, stride, d->room, n);
    for (size_t i = 0; i < n; i++) {
        double *r2 = d->room + i * n;
        hn_distances_many(d->norm[i], d->norm, r2, i + 1, r2);
        r2[i] = 0;
        for (uint32_t c = 0; c < d->embedding.n_choices; c++) {
            const double *codes = d->codes + c * n;
            double inverse = d->inverse_length[d->embedding.choice_dim[c]];
            hn_add_unequal_many(codes, codes[i], inverse * inverse, i, r2);
        }
        hn_matern52_many(r2, scale, i + 1, d->k + i * n, d->s + i * n);
        d->k[i * n + i] += noise;
    }
}

// α and the inverse, in k; returns log p, NAN when there is no factor.
static double solve(data *d)
{
    size_t n = d->n;
    double log_det = 0;
    if (!hn_cholesky(&d->la, d->k, n, n))
        return NAN;
    for (size_t i = 0; i < n; i++)
        log_det += log(d->k[i * n + i]);
    hn_lower_inverse(&d->la, d->k, n, n);
    memcpy(d->alpha, d->y, n * sizeof *d->y);
    hn_lower_times(d->k, n, n, false, d->alpha);
    hn_lower_times(d->k, n, n, true, d->alpha);
    return -0.5 * hn_dot(d->y, d->alpha, n) - log_det - 0.5 * (double)n * LOG_2PI;
}

// E = W ∘ S in place of S; the trace of the inverse.
static double weigh(data *d)
{
    size_t n = d->n;
    double trace = 0;
    for (size_t i = 0; i < n; i++) {
        double *s = d->s + i * n, alpha = d->alpha[i];
        const double *inverse = d->k + i * n;
        for (size_t j = 0; j <= i; j++)
            s[j] *= alpha * d->alpha[j] - inverse[j];
        trace += inverse[i];
    }
    return trace;
}

static void gradient_of_choices(const data *d, double *g)
{
    size_t n = d->n;
    for (uint32_t c = 0; c < d->embedding.n_choices; c++) {
        const double *codes = d->codes + c * n;
        uint32_t j = d->embedding.choice_dim[c];
        double sum = 0;
        for (size_t a = 0; a < n; a++)
            sum += hn_sum_unequal(codes, codes[a], d->s + a * n, a);
        g[j] -= 2 * d->inverse_length[j] * d->inverse_length[j] * sum;
    }
}

// Of one coordinate, by its length scale and its warp; ez is E z, its last column e.
static void gradient_of_coord(const data *d, const double *hyper, uint32_t c, const double *ez,
                              double *g)
{
    const hn_gp_space *space = d->space;
    size_t stride = d->q + 1;
    uint32_t j = d->embedding.coord_dim[c], a = hn_gp_at(space, HN_GP_WARP) + j;
    bool warps = space->warp && !d->embedding.is_flag[c];
    double sum = 0, by_a = 0, by_b = 0;
    for (size_t i = 0; i < d->n; i++) {
        double z = d->z[i * stride + c], pull = ez[i * stride + d->q] * z - ez[i * stride + c];
        double u = d->x[i * space->n_dims + j], da, db;
        sum += z * pull;
        if (!warps || isnan(u))
            continue;
        (void)hn_gp_warp(u, hyper[a], hyper[a + space->n_dims], NULL, &da, &db);
        by_a += pull * da;
        by_b += pull * db;
    }
    g[j] -= 2 * sum;
    if (warps) {
        g[a] += 2 * d->inverse_length[j] * by_a;
        g[a + space->n_dims] += 2 * d->inverse_length[j] * by_b;
    }
}

static void gradient(data *d, const double *hyper, double *g)
{
    size_t n = d->n, stride = d->q + 1;
    double noise = exp(hyper[hn_gp_at(d->space, HN_GP_NOISE)]);
    memset(g, 0, hn_gp_n_hyper(d->space) * sizeof *g);
    hn_lower_square(&d->la, d->k, n, n);
    double trace = weigh(d);
    double fit = hn_dot(d->y, d->alpha, n), square = hn_dot(d->alpha, d->alpha, n);
    g[hn_gp_at(d->space, HN_GP_SCALE)] =
        0.5 * ((fit - noise * square) - ((double)n - noise * trace));
    g[hn_gp_at(d->space, HN_GP_NOISE)] = 0.5 * noise * (square - trace);
    gradient_of_choices(d, g);
    hn_symmetric_times(&d->la, d->s, n, n, d->z, stride, stride, d->room, stride);
    for (uint32_t c = 0; c < d->q; c++)
        gradient_of_coord(d, hyper, c, d->room, g);
}

static double likelihood(data *d, const double *hyper, double *g)
{
    embed(d, hyper);
    fill_kernel(d, hyper);
    double value = solve(d);
    if (g && !isnan(value))
        gradient(d, hyper, g);
    return value;
}

double hn_gp_likelihood(const hn_gp_space *space, const double *x, const double *y, uint32_t n,
                        const double *hyper, double *g, bool plain, hn_arena *arena)
{
    data d;
    return make_data(&d, space, x, y, n, plain, arena) ? likelihood(&d, hyper, g) : NAN;
}

// --- the prior ---

// log of a normal density of `h`, with its derivative.
static double normal(double h, double mean, double sd, double *g)
{
    double z = (h - mean) / sd;
    *g -= z / sd;
    return -0.5 * z * z;
}

double hn_gp_log_prior(const hn_gp_space *space, const hn_gp_prior *prior, const double *hyper,
                       double *g)
{
    uint32_t d = space->n_dims, scale = hn_gp_at(space, HN_GP_SCALE);
    uint32_t noise = hn_gp_at(space, HN_GP_NOISE), warp = hn_gp_at(space, HN_GP_WARP);
    double value = 0, variance = exp(hyper[noise]);
    for (uint32_t j = 0; j < d; j++) { // as a density of ℓ, whose logarithm has - log ℓ
        value += normal(hyper[j], prior->length_mean, prior->length_sd, &g[j]) - hyper[j];
        g[j] -= 1;
    }
    value += normal(hyper[scale], prior->scale_mean, prior->scale_sd, &g[scale]);
    value += (prior->noise_shape - 1) * hyper[noise] - prior->noise_rate * variance;
    g[noise] += (prior->noise_shape - 1) - prior->noise_rate * variance;
    for (uint32_t j = 0; space->warp && j < 2 * d; j++)
        value += normal(hyper[warp + j], 0, prior->warp_sd, &g[warp + j]);
    return value;
}

void hn_gp_start(const hn_gp_space *space, const hn_gp_prior *prior, double *hyper)
{
    uint32_t d = space->n_dims, n = hn_gp_n_hyper(space);
    double length = prior->length_mean - prior->length_sd * prior->length_sd;
    for (uint32_t j = 0; j < n; j++)
        hyper[j] = j < d ? length : 0;
    hyper[hn_gp_at(space, HN_GP_SCALE)] = prior->scale_mean;
    hyper[hn_gp_at(space, HN_GP_NOISE)] = log(fmax(prior->least_noise, 1e-3));
    if (prior->fixed_noise)
        hyper[hn_gp_at(space, HN_GP_NOISE)] = log(prior->least_noise);
}

// --- the fit ---

typedef struct fit {
    data d;
    const hn_gp_prior *prior;
} fit;

static double loss(void *context, const double *hyper, double *g)
{
    fit *f = context;
    uint32_t n = hn_gp_n_hyper(f->d.space);
    double value = likelihood(&f->d, hyper, g);
    if (isnan(value))
        return NAN;
    value += hn_gp_log_prior(f->d.space, f->prior, hyper, g);
    for (uint32_t j = 0; j < n; j++)
        g[j] = -g[j];
    return -value;
}

static void set_bounds(const hn_gp_space *space, const hn_gp_prior *prior, double *low,
                       double *high)
{
    uint32_t n = hn_gp_n_hyper(space), d = space->n_dims;
    uint32_t scale = hn_gp_at(space, HN_GP_SCALE), noise = hn_gp_at(space, HN_GP_NOISE);
    for (uint32_t j = 0; j < n; j++) {
        low[j] = j < d ? log(5e-3) : -2; // a thousandth of the range is below what steps resolve
        high[j] = j < d ? log(1e3) : 2;
    }
    low[scale] = log(1e-3);
    high[scale] = log(1e4);
    low[noise] = log(prior->least_noise);
    high[noise] = prior->fixed_noise ? low[noise] : log(2);
}

hone_status hn_gp_fit(const hn_gp_space *space, const hn_gp_prior *prior, const double *x,
                      const double *y, uint32_t n, const hn_gp_fit_options *options, double *hyper,
                      double *value, hn_arena *arena, hone_error *err)
{
    enum { MEMORY = 8 };
    fit f = {.prior = prior};
    size_t n_hyper = hn_gp_n_hyper(space);
    double *low = HN_NEW(arena, double, n_hyper), *high = HN_NEW(arena, double, n_hyper);
    double *room = HN_NEW(arena, double, HN_LBFGSB_ROOM(n_hyper, MEMORY));
    if (!make_data(&f.d, space, x, y, n, options->plain, arena) || hn_arena_failed(arena))
        return hn_fail_memory(err);
    hn_lbfgsb_options search = {MEMORY, options->max_evaluations, options->pgtol, 1e-6};
    set_bounds(space, prior, low, high);
    hn_lbfgsb_result found = hn_lbfgsb(loss, &f, low, high, hyper, n_hyper, &search, room);
    if (value)
        *value = found.end == HN_LBFGSB_UNDEFINED ? NAN : -found.value;
    return HONE_OK;
}
