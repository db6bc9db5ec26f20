// Local quadratic models; see quadratic.h.
//
// Method
//  1. Row i of Φ [n × p] holds the terms of point i: 1; z_j; ½ z_j²; z_j z_k. Columns are scaled by
//     the prior deviations of their coefficients, those of curvature being smaller: among the
//     models that pass through too few points, the one with the least curvature is taken, and
//     curvature along the axes before that between them.
//  2. (ΦᵀWΦ + λI) b = ΦᵀWy by a Cholesky factor, λ the ridge times the mean of the diagonal.
//  3. b ← b + (ΦᵀWΦ + λI)⁻¹ ΦᵀW (y - Φb), a few times: what the points do determine loses the bias
//     of the ridge, and the rounding of the normal equations with it; what they do not stays near
//     zero.
// Sources: Powell. The NEWUOA software for unconstrained optimization without derivatives. 2006
// (the least Frobenius norm); Riley. Solving systems of linear equations with a positive definite,
// symmetric, but possibly ill-conditioned matrix. Math. Tables Aids Comp. 9, 1955 (step 3).
#include "learn/quadratic.h"

#include <math.h>
#include <string.h>

#include "num/lbfgsb.h"
#include "num/many.h"

enum { REFINEMENTS = 4, MEMORY = 8, MOST_EVALUATIONS = 200 };
// Prior deviations of curvature beside those of slopes.
#define ALONG_AXES   0.3
#define BETWEEN_AXES 0.1
#define HINGE        0.01 // below this a broken rule costs a square, so that there is a gradient

uint32_t hn_quadratic_terms(hn_quadratic_kind kind, uint32_t d)
{
    if (kind == HN_QUADRATIC_FULL)
        return (d + 1) * (d + 2) / 2;
    return 1 + (kind == HN_QUADRATIC_DIAGONAL ? 2 : 1) * d;
}

hn_quadratic_kind hn_quadratic_affordable(uint32_t n, uint32_t d, uint32_t most)
{
    uint32_t limit = n < most ? n : most;
    if (d < 2000 && hn_quadratic_terms(HN_QUADRATIC_FULL, d) <= limit)
        return HN_QUADRATIC_FULL;
    bool diagonal = hn_quadratic_terms(HN_QUADRATIC_DIAGONAL, d) <= limit;
    return diagonal ? HN_QUADRATIC_DIAGONAL : HN_QUADRATIC_LINEAR;
}

hn_quadratic_kind hn_quadratic_local(uint32_t n, uint32_t d)
{
    hn_quadratic_kind kind = hn_quadratic_affordable(n, d, HN_QUADRATIC_MOST_TERMS);
    bool too_full =
        kind == HN_QUADRATIC_FULL && hn_quadratic_terms(kind, d) > HN_QUADRATIC_MOST_FULL;
    return too_full ? HN_QUADRATIC_DIAGONAL : kind;
}

static uint32_t most_terms(uint32_t d)
{
    return hn_quadratic_terms(hn_quadratic_local(UINT32_MAX, d), d);
}

uint32_t hn_quadratic_most_points(uint32_t d)
{
    return 2 * most_terms(d) + 20;
}

double hn_quadratic_work(uint32_t d)
{
    double terms = most_terms(d);
    return hn_quadratic_most_points(d) * terms * terms;
}

bool hn_quadratic_alloc(hn_quadratic *model, uint32_t d, hn_arena *arena)
{
    model->d = d;
    model->a = 0;
    model->g = HN_ZNEW(arena, double, d + 1);
    model->H = HN_ZNEW(arena, double, (size_t)d *d + 1);
    return model->g && model->H;
}

// --- fitting ---

static void fill_terms(const double *z, uint32_t d, hn_quadratic_kind kind, double *phi)
{
    *phi++ = 1;
    memcpy(phi, z, d * sizeof *z);
    phi += d;
    if (kind == HN_QUADRATIC_LINEAR)
        return;
    for (uint32_t j = 0; j < d; j++)
        *phi++ = ALONG_AXES * 0.5 * z[j] * z[j];
    if (kind == HN_QUADRATIC_DIAGONAL)
        return;
    for (uint32_t j = 0; j < d; j++)
        for (uint32_t k = 0; k < j; k++)
            *phi++ = BETWEEN_AXES * z[j] * z[k];
}

static void read_terms(const double *b, hn_quadratic_kind kind, hn_quadratic *out)
{
    uint32_t d = out->d;
    out->a = *b++;
    memcpy(out->g, b, d * sizeof *b);
    b += d;
    memset(out->H, 0, (size_t)d * d * sizeof *b);
    for (uint32_t j = 0; kind != HN_QUADRATIC_LINEAR && j < d; j++)
        out->H[(size_t)j * d + j] = ALONG_AXES * *b++;
    for (uint32_t j = 0; kind == HN_QUADRATIC_FULL && j < d; j++)
        for (uint32_t k = 0; k < j; k++, b++)
            out->H[(size_t)j * d + k] = out->H[(size_t)k * d + j] = BETWEEN_AXES * *b;
}

// x ← (L Lᵀ)⁻¹ x
static void solve(const double *L, uint32_t p, double *x)
{
    for (uint32_t i = 0; i < p; i++)
        x[i] = (x[i] - hn_dot(L + (size_t)i * p, x, i)) / L[(size_t)i * p + i];
    for (uint32_t i = p; i-- > 0;) {
        x[i] /= L[(size_t)i * p + i];
        for (uint32_t k = 0; k < i; k++)
            x[k] -= L[(size_t)i * p + k] * x[i];
    }
}

typedef struct fit {
    uint32_t n, p;
    double *phi, *turned; // [n × p] rows times the root of their weights, [p × n] the same turned
    double *L;            // [p × p]
    double *b, *step;     // [p]
    double *y, *left;     // [n]
} fit;

static bool make_room(fit *f, hn_arena *scratch)
{
    f->phi = HN_NEW(scratch, double, (size_t)f->n * f->p);
    f->turned = HN_NEW(scratch, double, (size_t)f->n * f->p);
    f->L = HN_ZNEW(scratch, double, (size_t)f->p * f->p);
    f->b = HN_NEW(scratch, double, f->p);
    f->step = HN_NEW(scratch, double, f->p);
    f->y = HN_NEW(scratch, double, f->n);
    f->left = HN_NEW(scratch, double, f->n);
    return !hn_arena_failed(scratch);
}

static bool factorise(fit *f, const hn_linalg *la, const hn_quadratic_data *data,
                      hn_quadratic_kind kind, double ridge)
{
    uint32_t n = f->n, p = f->p;
    double trace = 0;
    for (uint32_t i = 0; i < n; i++) {
        double root = sqrt(data->weights[i]);
        fill_terms(data->Z + (size_t)i * data->d, data->d, kind, f->phi + (size_t)i * p);
        for (uint32_t j = 0; j < p; j++) {
            f->phi[(size_t)i * p + j] *= root;
            f->turned[(size_t)j * n + i] = f->phi[(size_t)i * p + j];
        }
    }
    hn_matrix_times(la, p, p, n, 1, f->turned, n, f->turned, n, true, 0, f->L, p);
    for (uint32_t j = 0; j < p; j++)
        trace += f->L[(size_t)j * p + j];
    for (uint32_t j = 0; j < p; j++)
        f->L[(size_t)j * p + j] += ridge * trace / p;
    return hn_cholesky(la, f->L, p, p);
}

static bool fit_one(fit *f, const hn_quadratic_data *data, uint32_t column)
{
    bool finite = true;
    for (uint32_t i = 0; i < f->n; i++)
        f->y[i] = sqrt(data->weights[i]) * data->Y[(size_t)i * data->m + column];
    memset(f->b, 0, f->p * sizeof *f->b);
    for (int round = 0; round <= REFINEMENTS; round++) {
        for (uint32_t i = 0; i < f->n; i++)
            f->left[i] = f->y[i] - hn_dot(f->phi + (size_t)i * f->p, f->b, f->p);
        for (uint32_t j = 0; j < f->p; j++)
            f->step[j] = hn_dot(f->turned + (size_t)j * f->n, f->left, f->n);
        solve(f->L, f->p, f->step);
        for (uint32_t j = 0; j < f->p; j++)
            f->b[j] += f->step[j];
    }
    for (uint32_t j = 0; j < f->p; j++)
        finite &= isfinite(f->b[j]) != 0;
    return finite;
}

bool hn_quadratic_fit(const hn_linalg *la, const hn_quadratic_data *data, hn_quadratic_kind kind,
                      double ridge, hn_quadratic *out, hn_arena *scratch)
{
    hn_arena_mark mark = hn_arena_get_mark(scratch);
    fit f = {.n = data->n, .p = hn_quadratic_terms(kind, data->d)};
    bool ok = data->n > 0 && make_room(&f, scratch) && factorise(&f, la, data, kind, ridge);
    for (uint32_t k = 0; ok && k < data->m; k++) {
        ok = fit_one(&f, data, k);
        if (ok)
            read_terms(f.b, kind, &out[k]);
    }
    hn_arena_rewind(scratch, mark);
    return ok;
}

// --- using ---

double hn_quadratic_value(const hn_quadratic *m, const double *z, double *g)
{
    double value = m->a;
    for (uint32_t j = 0; j < m->d; j++) {
        double curve = hn_dot(m->H + (size_t)j * m->d, z, m->d);
        value += z[j] * (m->g[j] + 0.5 * curve);
        if (g)
            g[j] = m->g[j] + curve;
    }
    return value;
}

// `room` [d]
double hn_quadratic_cost(const hn_quadratic_aim *aim, const double *z, double *g, double *room)
{
    double cost = hn_quadratic_value(aim->model, z, g);
    for (uint32_t k = 0; k < aim->n_rules; k++) {
        double c = hn_quadratic_value(&aim->rules[k], z, room);
        if (!(c > 0))
            continue;
        double slope = c < HINGE ? c / HINGE : 1;
        cost += aim->penalty[k] * (c < HINGE ? 0.5 * c * slope : c - 0.5 * HINGE);
        for (uint32_t j = 0; g && j < aim->model->d; j++)
            g[j] += aim->penalty[k] * slope * room[j];
    }
    return cost;
}

typedef struct search {
    const hn_quadratic_aim *aim;
    double *room;
} search;

static double smooth(void *context, const double *z, double *g)
{
    const search *s = context;
    return hn_quadratic_cost(s->aim, z, g, s->room);
}

double hn_quadratic_minimise(const hn_quadratic_aim *aim, const double *low, const double *high,
                             double *z, hn_arena *scratch)
{
    static const hn_lbfgsb_options options = {MEMORY, MOST_EVALUATIONS, 1e-12, 1e-15};
    hn_arena_mark mark = hn_arena_get_mark(scratch);
    uint32_t d = aim->model->d;
    double best = NAN;
    double *room = HN_NEW(scratch, double, HN_LBFGSB_ROOM(d, MEMORY));
    double *corner = HN_ZNEW(scratch, double, d + 1), *g = HN_ZNEW(scratch, double, d + 1);
    search s = {aim, HN_NEW(scratch, double, d + 1)};
    if (!hn_arena_failed(scratch)) {
        (void)hn_quadratic_cost(aim, corner, g, s.room);
        for (uint32_t j = 0; j < d; j++)
            corner[j] = g[j] > 0 ? low[j] : high[j];
        double there = hn_lbfgsb(smooth, &s, low, high, corner, d, &options, room).value;
        best = hn_lbfgsb(smooth, &s, low, high, z, d, &options, room).value;
        if (there < best || (isnan(best) && !isnan(there))) {
            memcpy(z, corner, d * sizeof *z);
            best = there;
        }
    }
    hn_arena_rewind(scratch, mark);
    return best;
}
