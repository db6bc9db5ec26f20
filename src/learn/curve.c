// Learning curves extrapolated, by Bayes' rule over shapes instead of a search for the best one.
//
// Model of the values, scaled as in curve_points.c so that they fall, over x = share of the
// training
//     z = v + a g̃(x) + b (x - 1) + ε,   g̃(x) = (g(x) - g(1)) / (g(x_1) - g(1)),   ε ~ N(0, σ²)
// with a shape g of curve_family.c. Since g̃ is 1 at the first point and 0 at the end, v is the
// value at the end, a the drop until there, and b a trend, without which b = 0: curves that overfit
// turn.
//
//  1. Points weigh less the earlier they are, the more they stand out (spikes), and the farther
//     they are above the present value, where shapes need fit only in proportion (MISFIT):
//         w ∝ spike x^RECENCY / (1 + (MISFIT z / noise)²),   Σ w = N_POINTS n / (n + HALF_POINTS).
//     The sum is what n points are worth. It stays small since their errors go together: a curve
//     wanders about any shape.
//  2. v, a, b have normal priors, σ² an inverse gamma one; they are integrated out exactly
//     (conjugate linear regression). What remains is an integral over the shape's parameters: by
//     midpoints of a grid, whose cells that weigh most are divided by three, LEVELS times.
//  3. The value at a later x is a mixture of Student's t with DF + Σ w degrees of freedom over the
//     cells: the variance of the coefficients, of the noise, that of a single value where points
//     are means of several, and (FARTHER · the change that is foretold)², since shapes are only
//     shapes.
//
// Sources: families from Domhan, Springenberg, Hutter, IJCAI 2015. They sample all parameters of a
// sum of families by MCMC; here each shape is a hypothesis of its own, and the integral is done by
// quadrature, which is deterministic and takes a thousandth of the time. No least squares are
// searched for (Levenberg-Marquardt): all but two parameters are linear, and these two have a grid.
//
// The constants were chosen by interval scores and coverage on half of the curves of bench/curves
// and of curves drawn from LC-PFN's prior; the other half judges them: docs/algorithms/curve.md.
//
// Cost: some 600 cells × 48 points: a fit takes 0.2 to 0.65 ms for up to 10,000 points, a quantile
// at most 0.9 ms; 100 kB of stack.
#include "learn/curve_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_POINTS    6.0
#define HALF_POINTS 4.0
#define RECENCY     0.7
#define MISFIT      0.1
#define WIDE        2.5 // prior sd of the value at the end and of the drop, in ranges of the curve
#define FARTHER     0.3
#define DF          1.5  // of the prior of σ²
#define DROPPED     2e-3 // share of the mixture that is left out
#define DIVIDED     0.01 // a cell is divided when it weighs at least so much of the heaviest one

// The prior of a trend: its probability, its sd. Losses rise again far more often than accuracies
// fall: a network that is sure of its errors pays for them in its loss alone.
static const double trend_prior[2] = {0.4, 0.2}, trend_wide[2] = {2, 0.3}; // falling, rising

enum { MAX_CELLS = 800, LEVELS = 3, SPLIT = 16, K = 3 };

// A box of a family's parameters, and how likely they are inside, without and with a trend.
typedef struct cell {
    int family;
    double at[2], half[2];
    double log_weight[2];
} cell;

// What all cells are judged against.
typedef struct job {
    const hn_curve_points *points;
    double weight[HN_CURVE_POINTS]; // of the squared residuals
    double ridge[K], mean[K];       // prior of the coefficients: precision · noise², mean
    double total, p_trend;          // Σ weight
    cell cells[MAX_CELLS];
    uint32_t n_cells;
} job;

typedef struct normal_equations {
    double g_first, g_end;
    double A[6], b[K], c; // upper triangle 00 01 02 11 12 22; Σ w φ z; Σ w z²
} normal_equations;

static void weigh(job *j, const hn_curve_points *p)
{
    double sum = 0, size = N_POINTS * p->n / (p->n + HALF_POINTS);
    for (uint32_t i = 0; i < p->n; i++) {
        double off = MISFIT * p->z[i] / p->noise;
        j->weight[i] = p->weight[i] * pow(p->x[i] / p->x[p->n - 1], RECENCY) / (1 + off * off);
        sum += j->weight[i];
    }
    for (uint32_t i = 0; i < p->n; i++)
        j->weight[i] *= size / sum;
    j->total = size;
}

static void begin(job *j, const hn_curve_points *p, bool rising)
{
    j->points = p;
    j->n_cells = 0;
    j->p_trend = trend_prior[rising];
    weigh(j, p);
    j->ridge[0] = j->ridge[1] = pow(p->noise / WIDE, 2);
    j->ridge[2] = pow(p->noise / trend_wide[rising], 2);
    j->mean[0] = j->mean[2] = 0;
    j->mean[1] = p->z[0];
}

// False where the shape is flat between the first point and the end.
static bool gather(const job *j, int family, const double *shape, normal_equations *e)
{
    const hn_curve_points *p = j->points;
    memset(e, 0, sizeof *e);
    e->g_first = hn_curve_shape(family, shape, p->x[0], p->log_x[0]);
    e->g_end = hn_curve_shape(family, shape, 1, 0);
    double span = e->g_first - e->g_end;
    if (!(span > 1e-6 * fabs(e->g_first)))
        return false;
    for (uint32_t i = 0; i < p->n; i++) {
        double g = (hn_curve_shape(family, shape, p->x[i], p->log_x[i]) - e->g_end) / span;
        double w = j->weight[i], h = p->x[i] - 1, z = p->z[i];
        e->A[0] += w;
        e->A[1] += w * g;
        e->A[2] += w * h;
        e->A[3] += w * g * g;
        e->A[4] += w * g * h;
        e->A[5] += w * h * h;
        e->b[0] += w * z;
        e->b[1] += w * g * z;
        e->b[2] += w * h * z;
        e->c += w * z * z;
    }
    return true;
}

static const int upper[K][K] = {{0, 1, 2}, {1, 3, 4}, {2, 4, 5}};

// The posterior of the k coefficients: its precision L Lᵀ (in units of 1/σ²), y = L⁻¹ of the right
// side, and σ² with them integrated out.
typedef struct posterior {
    double L[K][K], y[K], variance, log_evidence;
} posterior;

static void solve(const job *j, const normal_equations *e, uint32_t k, posterior *p)
{
    double noise2 = j->points->noise * j->points->noise, rest = e->c, log_det = 0;
    for (uint32_t i = 0; i < k; i++) {
        p->y[i] = e->b[i] + j->ridge[i] * j->mean[i];
        rest += j->ridge[i] * j->mean[i] * j->mean[i];
        for (uint32_t l = 0; l <= i; l++) {
            double sum = e->A[upper[i][l]] + (i == l ? j->ridge[i] : 0);
            for (uint32_t q = 0; q < l; q++)
                sum -= p->L[i][q] * p->L[l][q];
            p->L[i][l] = i == l ? sqrt(fmax(sum, 1e-12 * j->ridge[i])) : sum / p->L[l][l];
        }
        for (uint32_t q = 0; q < i; q++)
            p->y[i] -= p->L[i][q] * p->y[q];
        p->y[i] /= p->L[i][i];
        rest -= p->y[i] * p->y[i];
        log_det += 0.5 * log(j->ridge[i]) - log(p->L[i][i]);
    }
    double free = DF + j->total;
    p->variance = (DF * noise2 + fmax(rest, 0)) / free;
    p->log_evidence = log_det - 0.5 * free * log(p->variance);
}

// Mean L⁻ᵀ y and covariance L⁻ᵀ L⁻¹ of the coefficients.
static void fill_part(const posterior *p, const normal_equations *e, uint32_t k, hn_curve_part *out)
{
    double inverse[K][K] = {{0}}; // L⁻¹
    for (uint32_t c = 0; c < k; c++)
        for (uint32_t i = c; i < k; i++) {
            double sum = i == c;
            for (uint32_t q = c; q < i; q++)
                sum -= p->L[i][q] * inverse[q][c];
            inverse[i][c] = sum / p->L[i][i];
        }
    for (uint32_t i = 0; i < k; i++) {
        out->m[i] = 0;
        for (uint32_t q = i; q < k; q++)
            out->m[i] += inverse[q][i] * p->y[q];
        for (uint32_t l = i; l < k; l++) {
            double sum = 0;
            for (uint32_t q = l; q < k; q++)
                sum += inverse[q][i] * inverse[q][l];
            out->C[upper[i][l]] = sum;
        }
    }
    out->k = k;
    out->variance = p->variance;
    out->g_first = e->g_first;
    out->g_end = e->g_end;
}

static void add_cell(job *j, int family, const double *at, const double *half)
{
    const hn_curve_family *f = &hn_curve_families[family];
    if (j->n_cells == MAX_CELLS)
        return;
    cell *c = &j->cells[j->n_cells];
    normal_equations e;
    double share = f->prior;
    *c = (cell){.family = family};
    for (uint32_t i = 0; i < f->n_shape; i++) {
        c->at[i] = at[i];
        c->half[i] = half[i];
        share *= 2 * half[i] / (f->high[i] - f->low[i]);
    }
    if (!gather(j, family, at, &e))
        return;
    for (uint32_t trend = 0; trend < 2; trend++) {
        posterior p;
        solve(j, &e, 2 + trend, &p);
        c->log_weight[trend] = log(share * (trend ? j->p_trend : 1 - j->p_trend)) + p.log_evidence;
    }
    j->n_cells++;
}

static void add_grid(job *j, int family, const double *middle, const double *half,
                     const uint32_t *n)
{
    double step[2] = {half[0] / n[0], half[1] / n[1]}, at[2];
    for (uint32_t a = 0; a < n[0]; a++)
        for (uint32_t b = 0; b < n[1]; b++) {
            at[0] = middle[0] - half[0] + (2 * a + 1) * step[0];
            at[1] = middle[1] - half[1] + (2 * b + 1) * step[1];
            add_cell(j, family, at, step);
        }
}

static void add_families(job *j)
{
    for (int f = 0; f < HN_CURVE_FAMILIES; f++) {
        const hn_curve_family *family = &hn_curve_families[f];
        double middle[2], half[2];
        for (int i = 0; i < 2; i++) {
            middle[i] = (family->low[i] + family->high[i]) / 2;
            half[i] = (family->high[i] - family->low[i]) / 2;
        }
        add_grid(j, f, middle, half, family->n_cells);
    }
}

static double greater(const cell *c)
{
    return fmax(c->log_weight[0], c->log_weight[1]);
}

static int by_weight(const void *a, const void *b)
{
    const cell *p = a, *q = b;
    double x = greater(p), y = greater(q);
    if (x == y && p->family == q->family) // an order of their own
        return memcmp(p->at, q->at, sizeof p->at);
    return x == y ? p->family - q->family : (x < y) - (x > y);
}

static void split(job *j)
{
    qsort(j->cells, j->n_cells, sizeof *j->cells, by_weight);
    double most = j->n_cells ? greater(&j->cells[0]) : 0;
    uint32_t n = j->n_cells;
    for (uint32_t i = 0; i < n && i < SPLIT; i++) {
        cell c = j->cells[i];
        if (greater(&c) < most + log(DIVIDED))
            break;
        const uint32_t parts[2] = {3, hn_curve_families[c.family].n_shape > 1 ? 3 : 1};
        add_grid(j, c.family, c.at, c.half, parts);
        j->cells[i].log_weight[0] = j->cells[i].log_weight[1] = -INFINITY;
    }
}

// A cell without a trend, or with one.
typedef struct candidate {
    const cell *cell;
    uint32_t trend;
    double weight;
} candidate;

static int by_candidate(const void *a, const void *b)
{
    const candidate *p = a, *q = b;
    if (p->weight == q->weight && p->cell == q->cell)
        return (int)p->trend - (int)q->trend;
    return p->weight == q->weight ? (p->cell > q->cell) - (p->cell < q->cell)
                                  : (p->weight < q->weight) - (p->weight > q->weight);
}

// All of the mixture but DROPPED of its weight.
static bool keep_parts(const job *j, hn_curve *out)
{
    candidate all[2 * MAX_CELLS];
    double most = -INFINITY, sum = 0, kept = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < j->n_cells; i++)
        most = fmax(most, greater(&j->cells[i]));
    if (!isfinite(most))
        return false;
    for (uint32_t i = 0; i < 2 * j->n_cells; i++) {
        const cell *c = &j->cells[i / 2];
        all[n++] = (candidate){c, i % 2, exp(c->log_weight[i % 2] - most)};
        sum += all[n - 1].weight;
    }
    qsort(all, n, sizeof *all, by_candidate);
    out->n_parts = 0;
    for (uint32_t i = 0; i < n && i < HN_CURVE_PARTS && kept < (1 - DROPPED) * sum; i++) {
        normal_equations e;
        posterior p;
        const cell *c = all[i].cell;
        hn_curve_part *part = &out->parts[out->n_parts++];
        *part = (hn_curve_part){.family = c->family, .shape = {c->at[0], c->at[1]}};
        (void)gather(j, c->family, c->at, &e);
        solve(j, &e, 2 + all[i].trend, &p);
        fill_part(&p, &e, 2 + all[i].trend, part);
        part->weight = all[i].weight;
        kept += part->weight;
    }
    for (uint32_t i = 0; i < out->n_parts; i++)
        out->parts[i].weight /= kept;
    out->df = DF + j->total;
    return true;
}

bool hn_curve_fit(hn_curve *out, const hn_curve_data *data)
{
    hn_curve_points points;
    job j;
    memset(out, 0, sizeof *out);
    if (!hn_curve_tidy(data, &points, out))
        return false;
    begin(&j, &points, data->rising);
    add_families(&j);
    for (int level = 0; level < LEVELS; level++)
        split(&j);
    return keep_parts(&j, out);
}

// --- predictions ---

typedef struct predicted {
    double mean[HN_CURVE_PARTS], sd[HN_CURVE_PARTS];
} predicted;

static double value_at(const hn_curve_part *part, double x, double *phi)
{
    double g = hn_curve_shape(part->family, part->shape, x, log(x)), sum = 0;
    phi[0] = 1;
    phi[1] = (g - part->g_end) / (part->g_first - part->g_end);
    phi[2] = x - 1;
    for (uint32_t i = 0; i < part->k; i++)
        sum += part->m[i] * phi[i];
    return sum;
}

static void predict(const hn_curve *c, double step, predicted *out)
{
    double last = hn_curve_x(c, c->last), x = fmax(hn_curve_x(c, step), hn_curve_x(c, c->first));
    for (uint32_t i = 0; i < c->n_parts; i++) {
        const hn_curve_part *part = &c->parts[i];
        double phi[K], now = value_at(part, last, phi), C[6];
        out->mean[i] = value_at(part, x, phi);
        memcpy(C, part->C, sizeof C);
        double spread =
            C[0] * phi[0] * phi[0] + 2 * C[1] * phi[0] * phi[1] + C[3] * phi[1] * phi[1];
        if (part->k > 2)
            spread += 2 * phi[2] * (C[2] * phi[0] + C[4] * phi[1]) + C[5] * phi[2] * phi[2];
        double farther = FARTHER * (out->mean[i] - now);
        out->sd[i] =
            sqrt(part->variance * (1 + spread) + c->reading * c->reading + farther * farther);
    }
}

// Student's t by the normal distribution (D. L. Wallace: Bounds on normal approximations to
// Student's and the chi-square distributions. Annals of Mathematical Statistics 30, 1959): within
// 0.001 from 3 degrees of freedom on, and quick: quantiles ask for it a thousand times a part.
static double student_below(double t, double df)
{
    double z = (8 * df + 1) / (8 * df + 3) * sqrt(df * log1p(t * t / df));
    return 0.5 * erfc((t < 0 ? z : -z) * M_SQRT1_2);
}

static double share_below(const hn_curve *c, const predicted *p, double z)
{
    double sum = 0;
    for (uint32_t i = 0; i < c->n_parts; i++)
        sum += c->parts[i].weight * student_below((z - p->mean[i]) / p->sd[i], c->df);
    return sum;
}

double hn_curve_below(const hn_curve *curve, double step, double limit)
{
    predicted p;
    double z = (curve->sign * limit - curve->centre) / curve->scale;
    predict(curve, step, &p);
    double below = share_below(curve, &p, z);
    return curve->sign > 0 ? below : 1 - below;
}

double hn_curve_quantile(const hn_curve *curve, double step, double p)
{
    predicted at;
    double low = INFINITY, high = -INFINITY, share = curve->sign > 0 ? p : 1 - p;
    predict(curve, step, &at);
    for (uint32_t i = 0; i < curve->n_parts; i++) {
        low = fmin(low, at.mean[i] - at.sd[i]);
        high = fmax(high, at.mean[i] + at.sd[i]);
    }
    double width = high - low;
    for (int i = 0; i < 60 && share_below(curve, &at, low) > share; i++)
        low -= width *= 2;
    width = high - low;
    for (int i = 0; i < 60 && share_below(curve, &at, high) < share; i++)
        high += width *= 2;
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);
        if (share_below(curve, &at, middle) < share)
            low = middle;
        else
            high = middle;
    }
    return curve->sign * (curve->centre + curve->scale * 0.5 * (low + high));
}
