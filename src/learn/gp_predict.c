// What a Gaussian process says: means and variances, one point with derivatives or many at once.
//
// Sources: Rasmussen & Williams. Gaussian processes for machine learning. MIT Press 2006, (2.25),
// (2.26); leave one out (5.12). With v = L⁻¹ k: mean kᵀα, variance s - vᵀv, and by a coordinate c
// of x, whose covariances have the slope S by squared distance,
//     ∂ mean = Σ_i α_i S_i 2 (z_c - z_ic) / ℓ_c,   ∂ variance = -2 Σ_i (L⁻ᵀ v)_i S_i 2 (…) / ℓ_c.
#include "learn/gp.h"

#include <math.h>
#include <string.h>

#include "num/many.h"

enum { COLUMNS = 256 }; // points at once: their covariances stay in the second cache

// Of the variance of the function; less is rounding.
#define LEAST_VARIANCE 1e-12

size_t hn_gp_room(const hn_gp *gp, uint32_t m)
{
    size_t n = gp->n, q = gp->embedding.n_coords, k = gp->embedding.n_choices;
    size_t columns = m < COLUMNS ? m : COLUMNS;
    size_t one = q + 5 * n, many = columns * (n + q + k + 1);
    return (one > many ? one : many) + 1;
}

void hn_gp_covariances(const hn_gp *gp, const double *x, const double *z, double *k, double *slope)
{
    size_t n = gp->n;
    memset(k, 0, n * sizeof *k);
    for (uint32_t c = 0; c < gp->embedding.n_coords; c++)
        hn_add_squares_many(gp->columns + (size_t)c * gp->cap, z[c], n, k);
    hn_gp_add_choices(gp, x, n, k);
    hn_matern52_many(k, gp->scale, n, k, slope);
}

// Derivatives of Σ_i k_i fixed_i, where weights are fixed_i S_i.
static void by_coords(const hn_gp *gp, const double *x, const double *z, const double *weights,
                      double factor, double *out)
{
    uint32_t warp = hn_gp_at(&gp->space, HN_GP_WARP), d = gp->space.n_dims;
    double sum = 0;
    memset(out, 0, d * sizeof *out);
    for (size_t i = 0; i < gp->n; i++)
        sum += weights[i];
    for (uint32_t c = 0; c < gp->embedding.n_coords; c++) {
        uint32_t j = gp->embedding.coord_dim[c];
        double by_u = 1;
        if (gp->embedding.is_flag[c] || isnan(x[j]))
            continue;
        if (gp->space.warp)
            (void)hn_gp_warp(x[j], gp->hyper[warp + j], gp->hyper[warp + d + j], &by_u, NULL, NULL);
        double pull = z[c] * sum - hn_dot(weights, gp->columns + (size_t)c * gp->cap, gp->n);
        out[j] = factor * 2 * pull * gp->inverse_length[j] * by_u;
    }
}

void hn_gp_predict(const hn_gp *gp, const double *x, double *mean, double *variance, double *d_mean,
                   double *d_variance, double *room)
{
    size_t n = gp->n;
    double *z = room, *k = z + gp->embedding.n_coords, *slope = k + n, *v = slope + n;
    double *weights = v + n;
    hn_gp_embed(&gp->embedding, gp->hyper, gp->inverse_length, x, z);
    hn_gp_covariances(gp, x, z, k, d_mean ? slope : NULL);
    *mean = hn_dot(k, gp->alpha, n);
    memcpy(v, k, n * sizeof *v);
    hn_lower_times(gp->inverse, n, gp->cap, false, v);
    double left = gp->scale - hn_dot(v, v, n);
    bool certain = !(left > LEAST_VARIANCE * gp->scale);
    *variance = certain ? LEAST_VARIANCE * gp->scale : left;
    if (!d_mean)
        return;
    for (size_t i = 0; i < n; i++)
        weights[i] = gp->alpha[i] * slope[i];
    by_coords(gp, x, z, weights, 1, d_mean);
    hn_lower_times(gp->inverse, n, gp->cap, true, v);
    for (size_t i = 0; i < n; i++)
        weights[i] = v[i] * slope[i];
    by_coords(gp, x, z, weights, certain ? 0 : -2, d_variance);
}

// --- many at once ---

typedef struct batch {
    const hn_gp *gp;
    const double *x; // [m × n_dims]
    size_t m;
    double *z, *norm, *codes; // [m × n_coords], [m], [n_choices × m]
    double *k;                // [n × m]
    hn_gp_wants *wants;       // NULL: all
    void *context;
} batch;

static void embed_batch(batch *b)
{
    const hn_gp *gp = b->gp;
    size_t d = gp->space.n_dims, q = gp->embedding.n_coords;
    for (size_t j = 0; j < b->m; j++) {
        const double *x = b->x + j * d;
        hn_gp_embed(&gp->embedding, gp->hyper, gp->inverse_length, x, b->z + j * q);
        b->norm[j] = hn_dot(b->z + j * q, b->z + j * q, q);
        for (size_t c = 0; c < gp->embedding.n_choices; c++)
            b->codes[c * b->m + j] = hn_gp_code(x[gp->embedding.choice_dim[c]]);
    }
}

static void batch_covariances(batch *b)
{
    const hn_gp *gp = b->gp;
    size_t n = gp->n, q = gp->embedding.n_coords, m = b->m;
    hn_matrix_times(&gp->la, n, m, q, 1, gp->z, q, b->z, q, true, 0, b->k, m);
    for (size_t i = 0; i < n; i++) {
        double *r2 = b->k + i * m;
        hn_distances_many(gp->norm[i], b->norm, r2, m, r2);
        for (size_t c = 0; c < gp->embedding.n_choices; c++) {
            double inverse = gp->inverse_length[gp->embedding.choice_dim[c]];
            hn_add_unequal_many(b->codes + c * m, gp->codes[c * gp->cap + i], inverse * inverse, m,
                                r2);
        }
        hn_matern52_many(r2, gp->scale, m, r2, NULL);
    }
}

static void batch_means(const batch *b, double *mean)
{
    memset(mean, 0, b->m * sizeof *mean);
    for (size_t i = 0; i < b->gp->n; i++)
        hn_add_scaled_many(b->k + i * b->m, b->gp->alpha[i], b->m, mean);
}

// Leaves the columns of those points that are wanted, and says which these are; how many.
static size_t leave_wanted(batch *b, const double *mean, double *room, uint32_t *wanted)
{
    const hn_gp *gp = b->gp;
    size_t m = b->m, n_wanted = 0;
    memset(room, 0, m * sizeof *room);
    for (size_t i = 0; i < gp->n; i++)
        hn_greater_many(b->k + i * m, m, room);
    for (uint32_t j = 0; j < m; j++) {
        double left = gp->scale - room[j] * room[j] / (gp->scale + gp->noise);
        if (b->wants(b->context, mean[j], fmax(left, LEAST_VARIANCE * gp->scale)))
            wanted[n_wanted++] = j;
    }
    for (size_t i = 0; i < gp->n && n_wanted < m; i++)
        for (size_t c = 0; c < n_wanted; c++)
            b->k[i * m + c] = b->k[i * m + wanted[c]];
    return n_wanted;
}

// Of the first `n_columns` columns.
static void batch_variances(const batch *b, size_t n_columns, double *variance)
{
    const hn_gp *gp = b->gp;
    hn_lower_times_matrix(&gp->la, gp->inverse, gp->n, gp->cap, b->k, n_columns, b->m);
    memset(variance, 0, n_columns * sizeof *variance);
    for (size_t i = 0; i < gp->n; i++)
        hn_add_squares_many(b->k + i * b->m, 0, n_columns, variance);
    for (size_t j = 0; j < n_columns; j++)
        variance[j] = fmax(gp->scale - variance[j], LEAST_VARIANCE * gp->scale);
}

static void predict_batch(batch *b, double *mean, double *variance)
{
    uint32_t wanted[COLUMNS];
    size_t m = b->m, n_wanted = m;
    embed_batch(b);
    batch_covariances(b);
    batch_means(b, mean);
    if (variance && b->wants)
        n_wanted = leave_wanted(b, mean, variance, wanted);
    if (variance)
        batch_variances(b, n_wanted, variance);
    for (size_t j = m, c = n_wanted; variance && b->wants && j-- > 0;)
        variance[j] = c > 0 && wanted[c - 1] == j ? variance[--c] : NAN;
}

void hn_gp_predict_wanted(const hn_gp *gp, const double *x, uint32_t m, hn_gp_wants *wants,
                          void *context, double *mean, double *variance, double *room)
{
    size_t q = gp->embedding.n_coords, k = gp->embedding.n_choices;
    for (uint32_t from = 0; from < m; from += COLUMNS) {
        batch b = {.gp = gp, .x = x + (size_t)from * gp->space.n_dims};
        b.wants = wants;
        b.context = context;
        b.m = m - from < COLUMNS ? m - from : COLUMNS;
        b.z = room;
        b.norm = b.z + q * b.m;
        b.codes = b.norm + b.m;
        b.k = b.codes + k * b.m;
        predict_batch(&b, mean + from, variance ? variance + from : NULL);
    }
}

void hn_gp_predict_many(const hn_gp *gp, const double *x, uint32_t m, double *mean,
                        double *variance, double *room)
{
    hn_gp_predict_wanted(gp, x, m, NULL, NULL, mean, variance, room);
}

// --- the points themselves ---

// The diagonal of the inverse is the squared length of the columns of L⁻¹.
void hn_gp_leave_one_out(const hn_gp *gp, double *mean, double *variance)
{
    size_t n = gp->n;
    for (size_t i = 0; i < n; i++)
        variance[i] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            variance[j] += gp->inverse[i * gp->cap + j] * gp->inverse[i * gp->cap + j];
    for (size_t i = 0; i < n; i++) {
        mean[i] = gp->y[i] - gp->alpha[i] / variance[i];
        variance[i] = 1 / variance[i];
    }
}

// K α = y - σ² α.
void hn_gp_fitted(const hn_gp *gp, double *mean)
{
    for (size_t i = 0; i < gp->n; i++)
        mean[i] = gp->y[i] - gp->noise * gp->alpha[i];
}
