// The hypotheses of curve.c: cells of each family's parameters, and how likely each is, its
// coefficients integrated out.
//
// In units of 1/σ² the coefficients (v, a, b) have the precision A + ridge = L D Lᵀ, where
//     A = Σ w φ φᵀ,   φ = (1, g̃(x), h),   h = x - 1,
// and L has ones on its diagonal; y = L⁻¹ (Σ w φ z + ridge · mean). Elimination goes by
// coefficients, so that the two of no trend are had on the way to three: with d = 1 / D
//     mean of φᵀ(v, a, b) = Σ d y u,   its variance = Σ d u²,   u = L⁻¹ φ,
// over two terms or three. L10, L21, d, y of the later two are each shape's own.
//
// Cells are reckoned a grid at a time, in arrays over its cells: exponentials and logarithms are
// nearly all of the cost, and many of them at once take a third of the time.
#include "learn/curve_internal.h"

#include <math.h>

#include "num/many.h"

#define N_POINTS    6.0
#define HALF_POINTS 4.0
#define RECENCY     0.7
#define MISFIT      0.1
#define WIDE        2.5  // prior sd of the value at the end and of the drop, in ranges of the curve
#define DF          1.5  // of the prior of σ²
#define DIVIDED     0.01 // a cell is divided when it weighs at least so much of the heaviest one

// The prior of a trend: its probability, its sd. Losses rise again far more often than accuracies
// fall: a network that is sure of its errors pays for them in its loss alone.
static const double trend_prior[2] = {0.4, 0.2}, trend_wide[2] = {2, 0.3}; // falling, rising

enum { LEVELS = 3, SPLIT = 16, GRID = 48 }; // GRID: the most cells of one

// --- the points ---

static void weigh(hn_curve_cells *c, const hn_curve_points *p)
{
    double sum = 0, size = N_POINTS * p->n / (p->n + HALF_POINTS);
    for (uint32_t i = 0; i < p->n; i++) {
        double off = MISFIT * p->z[i] / p->noise;
        c->weight[i] = RECENCY * (p->log_x[i] - p->log_x[p->n - 1]);
        c->wz[i] = p->weight[i] / (1 + off * off);
    }
    hn_exp_many(c->weight, p->n);
    for (uint32_t i = 0; i < p->n; i++)
        sum += c->weight[i] *= c->wz[i];
    for (uint32_t i = 0; i < p->n; i++)
        c->weight[i] *= size / sum;
    c->df = DF + size;
}

static void add_up(hn_curve_cells *c, const hn_curve_points *p)
{
    c->w = c->whh = c->sum_wh = c->sum_wz = c->whz = c->wzz = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        double h = p->x[i] - 1;
        c->wh[i] = c->weight[i] * h;
        c->wz[i] = c->weight[i] * p->z[i];
        c->w += c->weight[i];
        c->sum_wh += c->wh[i];
        c->sum_wz += c->wz[i];
        c->whh += c->wh[i] * h;
        c->whz += c->wh[i] * p->z[i];
        c->wzz += c->wz[i] * p->z[i];
    }
}

static void begin(hn_curve_cells *c, const hn_curve_points *p, bool rising)
{
    c->points = p;
    c->n = 0;
    c->p_trend = trend_prior[rising];
    weigh(c, p);
    add_up(c, p);
    c->noise2 = p->noise * p->noise;
    c->ridge[0] = c->ridge[1] = c->noise2 / (WIDE * WIDE);
    c->ridge[2] = c->noise2 / (trend_wide[rising] * trend_wide[rising]);
    c->drop = p->z[0];
    c->log_prior[0] = 0.5 * log(c->ridge[0] * c->ridge[1]);
    c->log_prior[1] = c->log_prior[0] + 0.5 * log(c->ridge[2]);
    c->det0 = c->w + c->ridge[0];
    c->d0 = 1 / c->det0;
    c->y0 = c->sum_wz;
    c->l20 = c->sum_wh * c->d0;
    c->rest0 = c->wzz + c->ridge[1] * c->drop * c->drop - c->y0 * c->y0 * c->d0;
}

// --- cells ---

// A grid of one family: its shapes, and what the normal equations have of them.
typedef struct grid {
    uint32_t n;
    double a[GRID], b[GRID];
    double g_end[GRID], over_span[GRID];
    double wg[GRID], wgg[GRID], wgh[GRID], wgz[GRID];
} grid;

// over_span is 0 where a shape is flat between the first point and the end.
static void gather(const hn_curve_cells *c, int family, grid *t)
{
    double g[(HN_CURVE_POINTS + 1) * GRID];
    const hn_curve_points *p = c->points;
    uint32_t n = t->n;
    hn_curve_shapes(family, t->a, t->b, n, p->x, p->log_x, p->n + 1, g);
    for (uint32_t k = 0; k < n; k++) {
        double span = g[k] - g[p->n * n + k];
        t->g_end[k] = g[p->n * n + k];
        t->over_span[k] = span > 1e-6 * fabs(g[k]) ? 1 / span : 0;
        t->wg[k] = t->wgg[k] = t->wgh[k] = t->wgz[k] = 0;
    }
    for (uint32_t i = 0; i < p->n; i++)
        for (uint32_t k = 0; k < n; k++) {
            double unit = (g[i * n + k] - t->g_end[k]) * t->over_span[k];
            double weighted = unit * c->weight[i];
            t->wg[k] += weighted;
            t->wgg[k] += weighted * unit;
            t->wgh[k] += unit * c->wh[i];
            t->wgz[k] += unit * c->wz[i];
        }
}

static double at_least(double x, double least)
{
    return x > least ? x : least;
}

// `det` [2]: determinants of the precision, without and with a trend.
static void solve(const hn_curve_cells *c, const grid *t, uint32_t k, hn_curve_cell *out,
                  double *det)
{
    hn_curve_form *f = &out->form;
    const double *ridge = c->ridge;
    f->l10 = t->wg[k] * c->d0;
    double D1 = at_least(t->wgg[k] + ridge[1] - t->wg[k] * f->l10, 1e-12 * ridge[1]);
    f->d1 = 1 / D1;
    f->y1 = t->wgz[k] + ridge[1] * c->drop - f->l10 * c->y0;
    double left = t->wgh[k] - c->sum_wh * f->l10;
    f->l21 = left * f->d1;
    double D2 = at_least(c->whh + ridge[2] - c->sum_wh * c->l20 - left * f->l21, 1e-12 * ridge[2]);
    f->d2 = 1 / D2;
    f->y2 = c->whz - c->l20 * c->y0 - f->l21 * f->y1;
    double rest = c->rest0 - f->y1 * f->y1 * f->d1;
    out->variance[0] = (DF * c->noise2 + (rest < 0 ? 0 : rest)) / c->df;
    rest -= f->y2 * f->y2 * f->d2;
    out->variance[1] = (DF * c->noise2 + (rest < 0 ? 0 : rest)) / c->df;
    det[0] = c->det0 * D1;
    det[1] = det[0] * D2;
}

// Cells [n] with their middles `at`. `log_share` [2]: prior of one, without and with a trend.
static void judge(hn_curve_cells *c, int family, double at[2][GRID], uint32_t n, const double *half,
                  const double *log_share)
{
    enum { NUMBERS = 4 };
    double logs[NUMBERS * GRID];
    hn_curve_cell *cells = c->all + c->n;
    grid t;
    t.n = n;
    hn_curve_parameters(family, at[0], at[1], n, t.a, t.b);
    gather(c, family, &t);
    for (uint32_t k = 0; k < n; k++) {
        double *of_cell = logs + NUMBERS * k;
        cells[k] = (hn_curve_cell){.family = family,
                                   .at = {at[0][k], at[1][k]},
                                   .half = {half[0], half[1]},
                                   .form = {.a = t.a[k], .b = t.b[k]}};
        cells[k].form.g_end = t.g_end[k];
        cells[k].form.over_span = t.over_span[k];
        solve(c, &t, k, &cells[k], of_cell);
        of_cell[2] = cells[k].variance[0];
        of_cell[3] = cells[k].variance[1];
    }
    hn_log_many(logs, (size_t)NUMBERS * n);
    for (uint32_t k = 0; k < n; k++)
        for (uint32_t i = 0; i < 2; i++) {
            const double *of_cell = logs + NUMBERS * k;
            bool sound = t.over_span[k] > 0 && isfinite(cells[k].variance[i]);
            cells[k].log_weight[i] =
                sound ? log_share[i] + c->log_prior[i] - 0.5 * (of_cell[i] + c->df * of_cell[2 + i])
                      : -INFINITY;
        }
    c->n += n;
}

static void add_grid(hn_curve_cells *c, int family, const double *middle, const double *half,
                     const uint32_t *n)
{
    const hn_curve_family *f = &hn_curve_families[family];
    const double step[2] = {half[0] / n[0], half[1] / n[1]};
    double share = f->prior, at[2][GRID] = {{0}};
    uint32_t m = 0;
    for (uint32_t i = 0; i < f->n_shape; i++)
        share *= 2 * step[i] / (f->high[i] - f->low[i]);
    const double log_share[2] = {log(share * (1 - c->p_trend)), log(share * c->p_trend)};
    for (uint32_t l = 0; l < n[1]; l++)
        for (uint32_t k = 0; k < n[0]; k++, m++) {
            at[0][m] = middle[0] - half[0] + (2 * k + 1) * step[0];
            at[1][m] = middle[1] - half[1] + (2 * l + 1) * step[1];
        }
    judge(c, family, at, m, step, log_share);
}

void hn_curve_look_over(hn_curve_cells *cells, const hn_curve_points *points, bool rising)
{
    begin(cells, points, rising);
    for (int f = 0; f < HN_CURVE_FAMILIES; f++) {
        const hn_curve_family *family = &hn_curve_families[f];
        double middle[2], half[2];
        for (int i = 0; i < 2; i++) {
            middle[i] = (family->low[i] + family->high[i]) / 2;
            half[i] = (family->high[i] - family->low[i]) / 2;
        }
        add_grid(cells, f, middle, half, family->n_cells);
    }
}

// --- dividing ---

static double greater(const hn_curve_cell *c)
{
    return c->log_weight[0] > c->log_weight[1] ? c->log_weight[0] : c->log_weight[1];
}

// The heaviest cells [returned, at most SPLIT] that weigh enough to be divided, in order.
static uint32_t find_heaviest(const hn_curve_cells *c, uint32_t *out)
{
    double most = -INFINITY;
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n; i++)
        most = at_least(greater(&c->all[i]), most);
    double least = most + log(DIVIDED);
    for (uint32_t i = 0; i < c->n; i++) {
        double weight = greater(&c->all[i]);
        if (!(weight >= least) || (n == SPLIT && !(weight > greater(&c->all[out[n - 1]]))))
            continue;
        uint32_t at = n < SPLIT ? n++ : n - 1;
        for (; at > 0 && weight > greater(&c->all[out[at - 1]]); at--)
            out[at] = out[at - 1];
        out[at] = i;
    }
    return n;
}

static void split(hn_curve_cells *c)
{
    uint32_t heaviest[SPLIT], n = find_heaviest(c, heaviest);
    for (uint32_t i = 0; i < n; i++) {
        hn_curve_cell *whole = &c->all[heaviest[i]];
        const uint32_t parts[2] = {3, hn_curve_families[whole->family].n_shape > 1 ? 3 : 1};
        add_grid(c, whole->family, whole->at, whole->half, parts);
        whole->log_weight[0] = whole->log_weight[1] = -INFINITY;
    }
}

void hn_curve_look_closer(hn_curve_cells *cells)
{
    for (int level = 0; level < LEVELS; level++)
        split(cells);
}
