// A Gaussian process given points: the factor of its covariance, kept up row by row; see gp.h.
//
// A row k of covariances more: L gets the row (lᵀ, λ), l = L⁻¹ k, λ² = s + σ² - lᵀl, and L⁻¹ the
// row
// (-lᵀ L⁻¹ / λ, 1 / λ), both O(n²). Predictions need L⁻¹ only, whose products with vectors are
// quicker than solving with L, and as good: errors grow with the root of the condition.
#include "learn/gp.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "num/many.h"

// What a point more must leave of its own variance: below it the two are one for all purposes.
#define LEAST_PIVOT 1e-12

hone_status hn_gp_init(hn_gp *gp, const hn_gp_space *space, bool plain, hone_error *err)
{
    memset(gp, 0, sizeof *gp);
    gp->la = hn_linalg_open(plain);
    gp->space = *space;
    gp->space.dims = hn_arena_memdup(&gp->arena, space->dims, space->n_dims * sizeof *space->dims);
    gp->hyper = HN_ZNEW(&gp->arena, double, hn_gp_n_hyper(space));
    gp->inverse_length = HN_ZNEW(&gp->arena, double, space->n_dims + 1);
    if (hn_arena_failed(&gp->arena) || !hn_gp_embed_init(&gp->embedding, &gp->space, &gp->arena)) {
        hn_gp_free(gp);
        return hn_fail_memory(err);
    }
    return HONE_OK;
}

void hn_gp_free(hn_gp *gp)
{
    hn_free(gp->block);
    hn_arena_free(&gp->arena);
    memset(gp, 0, sizeof *gp);
}

// --- room ---

// Points the arrays into `at` for `cap` points.
static void lay_out(hn_gp *gp, double *at, size_t cap)
{
    size_t d = gp->space.n_dims, q = gp->embedding.n_coords, k = gp->embedding.n_choices;
    gp->factor = at;
    gp->inverse = gp->factor + cap * cap;
    gp->x = gp->inverse + cap * cap;
    gp->z = gp->x + d * cap;
    gp->columns = gp->z + q * cap;
    gp->codes = gp->columns + q * cap;
    gp->norm = gp->codes + k * cap;
    gp->y = gp->norm + cap;
    gp->alpha = gp->y + cap;
}

static size_t room_for(const hn_gp *gp, size_t cap)
{
    size_t d = gp->space.n_dims, q = gp->embedding.n_coords, k = gp->embedding.n_choices;
    return cap * (2 * cap + d + 2 * q + k + 3) + HN_GP_ALIGN;
}

static void move_rows(double *to, size_t to_ld, const double *from, size_t from_ld, size_t rows,
                      size_t n)
{
    for (size_t i = 0; i < rows && n > 0; i++)
        memcpy(to + i * to_ld, from + i * from_ld, n * sizeof *to);
}

// Rows begin at multiples of 64 bytes, so that products do not depend on where memory was found.
static hone_status reserve(hn_gp *gp, size_t wanted, hone_error *err)
{
    hn_gp old = *gp;
    size_t n = old.n, d = old.space.n_dims, q = old.embedding.n_coords;
    if (wanted <= old.cap)
        return HONE_OK;
    size_t cap = (wanted + wanted / 4 + 16) / HN_GP_ALIGN * HN_GP_ALIGN;
    double *block = hn_reallocarray(NULL, room_for(gp, cap), sizeof *block);
    if (!block)
        return hn_fail_memory(err);
    size_t off = (uintptr_t)block / sizeof *block % HN_GP_ALIGN;
    gp->block = block;
    gp->cap = (uint32_t)cap;
    lay_out(gp, block + (HN_GP_ALIGN - off) % HN_GP_ALIGN, cap);
    move_rows(gp->factor, cap, old.factor, old.cap, n, n);
    move_rows(gp->inverse, cap, old.inverse, old.cap, n, n);
    move_rows(gp->x, d, old.x, d, n, d);
    move_rows(gp->z, q, old.z, q, n, q);
    move_rows(gp->columns, cap, old.columns, old.cap, q, n);
    move_rows(gp->codes, cap, old.codes, old.cap, old.embedding.n_choices, n);
    move_rows(gp->norm, n, old.norm, n, 1, n);
    move_rows(gp->y, n, old.y, n, 1, n);
    move_rows(gp->alpha, n, old.alpha, n, 1, n);
    hn_free(old.block);
    return HONE_OK;
}

// --- points ---

static void put_point(hn_gp *gp, size_t i, const double *x)
{
    size_t d = gp->space.n_dims, q = gp->embedding.n_coords;
    double *z = gp->z + i * q;
    memcpy(gp->x + i * d, x, d * sizeof *x);
    hn_gp_embed(&gp->embedding, gp->hyper, gp->inverse_length, x, z);
    for (size_t c = 0; c < q; c++)
        gp->columns[c * gp->cap + i] = z[c];
    for (size_t c = 0; c < gp->embedding.n_choices; c++)
        gp->codes[c * gp->cap + i] = hn_gp_code(x[gp->embedding.choice_dim[c]]);
    gp->norm[i] = hn_dot(z, z, q);
}

// Adds the choices' parts to the squared distances of point i to the first n.
void hn_gp_add_choices(const hn_gp *gp, const double *x, size_t n, double *r2)
{
    for (uint32_t c = 0; c < gp->embedding.n_choices; c++) {
        uint32_t j = gp->embedding.choice_dim[c];
        hn_add_unequal_many(gp->codes + (size_t)c * gp->cap, hn_gp_code(x[j]),
                            gp->inverse_length[j] * gp->inverse_length[j], n, r2);
    }
}

// The covariance, without noise, into the lower triangle of `inverse`.
static void fill_kernel(hn_gp *gp)
{
    size_t n = gp->n, ld = gp->cap, d = gp->space.n_dims, q = gp->embedding.n_coords;
    hn_times_transpose(&gp->la, n, q, gp->z, q, gp->inverse, ld);
    for (size_t i = 0; i < n; i++) {
        double *r2 = gp->inverse + i * ld;
        hn_distances_many(gp->norm[i], gp->norm, r2, i + 1, r2);
        r2[i] = 0;
        hn_gp_add_choices(gp, gp->x + i * d, i, r2);
        hn_matern52_many(r2, gp->scale, i + 1, r2, NULL);
    }
}

// Noise is raised until there is a factor.
static bool factorise(hn_gp *gp)
{
    size_t n = gp->n, ld = gp->cap;
    double extra = 0;
    for (int try = 0; try<8; try++, extra = extra> 0 ? 10 * extra : 1e-9 * gp->scale) {
        move_rows(gp->factor, ld, gp->inverse, ld, n, n);
        for (size_t i = 0; i < n; i++)
            gp->factor[i * ld + i] += gp->noise + extra;
        if (!hn_cholesky(&gp->la, gp->factor, n, ld))
            continue;
        gp->noise += extra;
        move_rows(gp->inverse, ld, gp->factor, ld, n, n);
        hn_lower_inverse(&gp->la, gp->inverse, n, ld);
        return true;
    }
    return false;
}

static void solve_targets(hn_gp *gp)
{
    memcpy(gp->alpha, gp->y, gp->n * sizeof *gp->y);
    hn_lower_times(gp->inverse, gp->n, gp->cap, false, gp->alpha);
    hn_lower_times(gp->inverse, gp->n, gp->cap, true, gp->alpha);
}

hone_status hn_gp_set(hn_gp *gp, const double *hyper, const double *x, const double *y, uint32_t n,
                      hone_error *err)
{
    size_t d = gp->space.n_dims;
    gp->n = 0;
    HN_TRY(reserve(gp, n > 0 ? n : 1, err)); // of no points, too, the arrays are somewhere
    memcpy(gp->hyper, hyper, hn_gp_n_hyper(&gp->space) * sizeof *hyper);
    hn_gp_inverse_lengths(&gp->space, hyper, gp->inverse_length);
    gp->scale = exp(hyper[hn_gp_at(&gp->space, HN_GP_SCALE)]);
    gp->noise = exp(hyper[hn_gp_at(&gp->space, HN_GP_NOISE)]);
    for (size_t i = 0; i < n; i++)
        put_point(gp, i, x + i * d);
    if (n > 0)
        memcpy(gp->y, y, n * sizeof *y);
    gp->n = n;
    fill_kernel(gp);
    if (!factorise(gp)) {
        gp->n = 0;
        return hn_fail(err, HONE_EINVAL, "the covariance of %u points has no factor", n);
    }
    solve_targets(gp);
    return HONE_OK;
}

hone_status hn_gp_append(hn_gp *gp, const double *x, double y, hone_error *err)
{
    HN_TRY(reserve(gp, (size_t)gp->n + 1, err));
    size_t n = gp->n, ld = gp->cap;
    double *l = gp->factor + n * ld, *inverse = gp->inverse + n * ld;
    put_point(gp, n, x);
    hn_gp_covariances(gp, x, gp->z + n * gp->embedding.n_coords, l, NULL);
    hn_lower_times(gp->inverse, n, ld, false, l);
    double pivot = gp->scale + gp->noise - hn_dot(l, l, n);
    l[n] = sqrt(fmax(pivot, LEAST_PIVOT * gp->scale));
    memcpy(inverse, l, n * sizeof *l);
    hn_lower_times(gp->inverse, n, ld, true, inverse);
    for (size_t j = 0; j < n; j++)
        inverse[j] /= -l[n];
    inverse[n] = 1 / l[n];
    gp->y[n] = y;
    gp->n++;
    solve_targets(gp);
    return HONE_OK;
}

void hn_gp_truncate(hn_gp *gp, uint32_t n)
{
    if (n >= gp->n)
        return;
    gp->n = n;
    solve_targets(gp);
}

void hn_gp_retarget(hn_gp *gp, const double *y)
{
    memcpy(gp->y, y, gp->n * sizeof *y);
    solve_targets(gp);
}
