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
// What depends on the points alone is summed once, and a cell is solved without and with a trend in
// one elimination. Cost: some 600 cells × 48 points: a fit takes 0.08 to 0.25 ms for up to 10,000
// points; 210 kB of stack. CLEAR: of 16,440 judgements on recorded and drawn curves (those of
// bench/calibration, every step at which the scheduler judges) three quarters were settled by the
// coarse grid at 5 %, each as the fine one has it; from 0.5 to 50 % three were not, of some ninety
// thousand.
#include "learn/curve_internal.h"

#include <math.h>
#include <string.h>

#define N_POINTS    6.0
#define HALF_POINTS 4.0
#define RECENCY     0.7
#define MISFIT      0.1
#define WIDE        2.5  // prior sd of the value at the end and of the drop, in ranges of the curve
#define DF          1.5  // of the prior of σ²
#define DROPPED     2e-3 // share of the mixture that is left out
#define NOTHING     -40.0 // logarithm of a weight that adds nothing to that of the heaviest cell
#define CLEAR       3.0   // by so much the coarse grid is believed, see hn_curve_pass
#define DIVIDED     0.01  // a cell is divided when it weighs at least so much of the heaviest one

// The prior of a trend: its probability, its sd. Losses rise again far more often than accuracies
// fall: a network that is sure of its errors pays for them in its loss alone.
static const double trend_prior[2] = {0.4, 0.2}, trend_wide[2] = {2, 0.3}; // falling, rising

enum { MAX_CELLS = 800, LEVELS = 3, SPLIT = 16, K = HN_CURVE_COEFFICIENTS };

// The entries of the normal equations that depend on the shape, and the shape's values at the first
// point and at the end.
typedef struct shape_sums {
    double g_first, g_end, wg, wgg, wgh, wgz; // h = x - 1
} shape_sums;

// A box of a family's parameters, and how likely they are inside, without and with a trend.
typedef struct cell {
    int family;
    double at[2], half[2];
    double log_weight[2];
    shape_sums sums;
} cell;

// What all cells are judged against.
typedef struct job {
    const hn_curve_points *points;
    double weight[HN_CURVE_POINTS]; // of the squared residuals
    double wh[HN_CURVE_POINTS], wz[HN_CURVE_POINTS];
    double w, whh, sum_wh, sum_wz, whz, wzz; // the sums without g
    double ridge[K], mean[K];                // precision of the coefficients · noise², their mean
    double log_ridge[K];                     // halves of the logarithms
    double total, p_trend;                   // Σ weight
    double shift, log_shifted[HN_CURVE_POINTS]; // ln(x + s) of the last s
    cell cells[MAX_CELLS];
    uint32_t n_cells;
} job;

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
    j->shift = NAN;
    weigh(j, p);
    j->ridge[0] = j->ridge[1] = pow(p->noise / WIDE, 2);
    j->ridge[2] = pow(p->noise / trend_wide[rising], 2);
    j->mean[0] = j->mean[2] = 0;
    j->mean[1] = p->z[0];
    for (int i = 0; i < K; i++)
        j->log_ridge[i] = 0.5 * log(j->ridge[i]);
    j->w = j->whh = j->sum_wh = j->sum_wz = j->whz = j->wzz = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        double h = p->x[i] - 1;
        j->wh[i] = j->weight[i] * h;
        j->wz[i] = j->weight[i] * p->z[i];
        j->w += j->weight[i];
        j->sum_wh += j->wh[i];
        j->sum_wz += j->wz[i];
        j->whh += j->wh[i] * h;
        j->whz += j->wh[i] * p->z[i];
        j->wzz += j->wz[i] * p->z[i];
    }
}

// The shape at the points. Cells of one s come one after another: its logarithms are kept.
static void look_along(job *j, const hn_curve_form *form, double *g)
{
    const hn_curve_points *p = j->points;
    if (form->family != HN_CURVE_SHIFTED) {
        for (uint32_t i = 0; i < p->n; i++)
            g[i] = hn_curve_shape(form, p->x[i], p->log_x[i]);
        return;
    }
    for (uint32_t i = 0; form->b != j->shift && i < p->n; i++)
        j->log_shifted[i] = log(p->x[i] + form->b);
    j->shift = form->b;
    for (uint32_t i = 0; i < p->n; i++)
        g[i] = exp(-form->a * j->log_shifted[i]);
}

// False where the shape is flat between the first point and the end.
static bool gather(job *j, const hn_curve_form *form, shape_sums *out)
{
    double g[HN_CURVE_POINTS];
    look_along(j, form, g);
    *out = (shape_sums){.g_first = g[0], .g_end = hn_curve_shape(form, 1, 0)};
    double span = out->g_first - out->g_end, scale = 1 / span;
    if (!(span > 1e-6 * fabs(out->g_first)))
        return false;
    for (uint32_t i = 0; i < j->points->n; i++) {
        double unit = (g[i] - out->g_end) * scale, weighted = unit * j->weight[i];
        out->wg += weighted;
        out->wgg += weighted * unit;
        out->wgh += unit * j->wh[i];
        out->wgz += unit * j->wz[i];
    }
    return true;
}

// The posterior of the coefficients: its precision L D Lᵀ (in units of 1/σ²; L has ones on its
// diagonal), y = L⁻¹ of the right side, and σ² with the first k = 2 + trend of them integrated out.
typedef struct posterior {
    double L[K][K], d[K], y[K], variance[2], log_evidence[2]; // d: 1 / D
} posterior;

// Elimination goes by coefficients, so that what two of them leave is had on the way to three.
static void solve(const job *j, const shape_sums *s, posterior *p)
{
    const double A[K][K] = {
        {j->w, s->wg, j->sum_wh}, {s->wg, s->wgg, s->wgh}, {j->sum_wh, s->wgh, j->whh}};
    const double b[K] = {j->sum_wz, s->wgz, j->whz};
    double noise2 = j->points->noise * j->points->noise, rest = j->wzz, log_prior = 0, det = 1;
    double free = DF + j->total;
    for (uint32_t i = 0; i < K; i++) {
        double row[K], D = A[i][i] + j->ridge[i], least = 1e-12 * j->ridge[i]; // row: L D
        double ridged = j->ridge[i] * j->mean[i];
        p->y[i] = b[i] + ridged;
        for (uint32_t l = 0; l < i; l++) {
            row[l] = A[i][l];
            for (uint32_t q = 0; q < l; q++)
                row[l] -= row[q] * p->L[l][q];
            p->L[i][l] = row[l] * p->d[l];
            D -= row[l] * p->L[i][l];
            p->y[i] -= p->L[i][l] * p->y[l];
        }
        D = D > least ? D : least;
        p->d[i] = 1 / D;
        rest += ridged * j->mean[i] - p->y[i] * p->y[i] * p->d[i];
        log_prior += j->log_ridge[i];
        det *= D;
        if (i == 0)
            continue;
        p->variance[i - 1] = (DF * noise2 + (rest > 0 ? rest : 0)) / free;
        p->log_evidence[i - 1] = log_prior - 0.5 * (log(det) + free * log(p->variance[i - 1]));
    }
}

static const int upper[K][K] = {{0, 1, 2}, {1, 3, 4}, {2, 4, 5}};

// Mean L⁻ᵀ D⁻¹ y and covariance L⁻ᵀ D⁻¹ L⁻¹ of the coefficients.
static void fill_part(const posterior *p, uint32_t k, hn_curve_part *out)
{
    double inverse[K][K] = {{0}}; // L⁻¹
    for (uint32_t c = 0; c < k; c++)
        for (uint32_t i = c; i < k; i++) {
            inverse[i][c] = i == c;
            for (uint32_t q = c; q < i; q++)
                inverse[i][c] -= p->L[i][q] * inverse[q][c];
        }
    for (uint32_t i = 0; i < k; i++) {
        out->m[i] = 0;
        for (uint32_t q = i; q < k; q++)
            out->m[i] += inverse[q][i] * p->d[q] * p->y[q];
        for (uint32_t l = i; l < k; l++) {
            double sum = 0;
            for (uint32_t q = l; q < k; q++)
                sum += inverse[q][i] * p->d[q] * inverse[q][l];
            out->C[upper[i][l]] = sum;
        }
    }
    out->k = k;
    out->variance = p->variance[k - 2];
}

// `log_share`: prior of the cell's parameters, without and with a trend.
static void add_cell(job *j, int family, const double *at, const double *half,
                     const double *log_share)
{
    hn_curve_form form = hn_curve_form_of(family, at);
    posterior p;
    if (j->n_cells == MAX_CELLS)
        return;
    cell *c = &j->cells[j->n_cells];
    if (!gather(j, &form, &c->sums))
        return;
    solve(j, &c->sums, &p);
    c->family = family;
    for (int i = 0; i < 2; i++) {
        c->at[i] = at[i];
        c->half[i] = half[i];
        c->log_weight[i] = log_share[i] + p.log_evidence[i];
    }
    j->n_cells++;
}

static void add_grid(job *j, int family, const double *middle, const double *half,
                     const uint32_t *n)
{
    const hn_curve_family *f = &hn_curve_families[family];
    double step[2] = {half[0] / n[0], half[1] / n[1]}, at[2], share = f->prior;
    for (uint32_t i = 0; i < f->n_shape; i++)
        share *= 2 * step[i] / (f->high[i] - f->low[i]);
    const double log_share[2] = {log(share * (1 - j->p_trend)), log(share * j->p_trend)};
    for (uint32_t b = 0; b < n[1]; b++)
        for (uint32_t a = 0; a < n[0]; a++) {
            at[0] = middle[0] - half[0] + (2 * a + 1) * step[0];
            at[1] = middle[1] - half[1] + (2 * b + 1) * step[1];
            add_cell(j, family, at, step, log_share);
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
    return c->log_weight[0] > c->log_weight[1] ? c->log_weight[0] : c->log_weight[1];
}

static bool heavier(const cell *p, const cell *q)
{
    double x = greater(p), y = greater(q);
    if (x == y && p->family == q->family) // an order of their own
        return memcmp(p->at, q->at, sizeof p->at) < 0;
    return x == y ? p->family < q->family : x > y;
}

// The heaviest cells [returned, at most SPLIT] that weigh enough to be divided, in order.
static uint32_t find_heaviest(const job *j, uint32_t *out)
{
    double most = -INFINITY;
    uint32_t n = 0;
    for (uint32_t i = 0; i < j->n_cells; i++)
        most = fmax(most, greater(&j->cells[i]));
    double least = most + log(DIVIDED);
    for (uint32_t i = 0; i < j->n_cells; i++) {
        const cell *c = &j->cells[i];
        if (!(greater(c) >= least) || (n == SPLIT && !heavier(c, &j->cells[out[n - 1]])))
            continue;
        uint32_t at = n < SPLIT ? n++ : n - 1;
        for (; at > 0 && heavier(c, &j->cells[out[at - 1]]); at--)
            out[at] = out[at - 1];
        out[at] = i;
    }
    return n;
}

static void split(job *j)
{
    uint32_t heaviest[SPLIT], n = find_heaviest(j, heaviest);
    for (uint32_t i = 0; i < n; i++) {
        cell c = j->cells[heaviest[i]];
        const uint32_t parts[2] = {3, hn_curve_families[c.family].n_shape > 1 ? 3 : 1};
        add_grid(j, c.family, c.at, c.half, parts);
        j->cells[heaviest[i]].log_weight[0] = j->cells[heaviest[i]].log_weight[1] = -INFINITY;
    }
}

// A cell without a trend, or with one.
typedef struct candidate {
    const cell *cell;
    uint32_t trend;
    double weight;
} candidate;

static bool comes_before(const candidate *p, const candidate *q)
{
    if (p->weight != q->weight)
        return p->weight > q->weight;
    return p->cell == q->cell ? p->trend < q->trend : p->cell < q->cell;
}

// Moves the heaviest candidates of [n] to the front, in no order: as many [returned] as it takes to
// have the weight `wanted`, or `most` of them. Quickselect: O(n), where a sort was a fifth of a
// fit.
static uint32_t move_heaviest(candidate *all, uint32_t n, double wanted, uint32_t most)
{
    uint32_t from = 0;
    while (n - from > 1) {
        candidate pivot = all[(from + n) / 2];
        uint32_t to = from;
        double sum = 0;
        all[(from + n) / 2] = all[n - 1];
        for (uint32_t i = from; i + 1 < n; i++)
            if (comes_before(&all[i], &pivot)) {
                candidate other = all[to];
                sum += all[i].weight;
                all[to++] = all[i];
                all[i] = other;
            }
        all[n - 1] = all[to];
        all[to] = pivot;
        if (to >= most || sum >= wanted) { // those before the pivot are enough
            n = to;
        } else {
            wanted -= sum + pivot.weight;
            from = to + 1;
            if (from >= most || wanted <= 0)
                return from;
        }
    }
    return n;
}

// All cells without and with a trend, but for those that add nothing; `*sum`: of their weights.
static uint32_t list_candidates(const job *j, candidate *all, double *sum)
{
    double most = -INFINITY;
    uint32_t n = 0;
    *sum = 0;
    for (uint32_t i = 0; i < j->n_cells; i++)
        most = fmax(most, greater(&j->cells[i]));
    for (uint32_t i = 0; isfinite(most) && i < 2 * j->n_cells; i++) {
        const cell *c = &j->cells[i / 2];
        double log_weight = c->log_weight[i % 2] - most;
        if (!(log_weight > NOTHING))
            continue;
        all[n++] = (candidate){c, i % 2, exp(log_weight)};
        *sum += all[n - 1].weight;
    }
    return n;
}

// All of the mixture but DROPPED of its weight.
static bool keep_parts(const job *j, hn_curve *out)
{
    candidate all[2 * MAX_CELLS];
    double sum, kept = 0, phi[K], last = hn_curve_x(out, out->last), log_last = log(last);
    uint32_t n = list_candidates(j, all, &sum);
    n = move_heaviest(all, n, (1 - DROPPED) * sum, HN_CURVE_PARTS);
    out->n_parts = 0;
    for (uint32_t i = 0; i < n; i++) {
        posterior p;
        const cell *c = all[i].cell;
        hn_curve_part *part = &out->parts[out->n_parts++];
        hn_curve_form form = hn_curve_form_of(c->family, c->at);
        part->form.family = form.family;
        part->form.a = form.a;
        part->form.b = form.b;
        part->g_first = c->sums.g_first;
        part->g_end = c->sums.g_end;
        solve(j, &c->sums, &p);
        fill_part(&p, 2 + all[i].trend, part);
        part->now = hn_curve_part_at(part, last, log_last, phi);
        part->weight = all[i].weight;
        kept += part->weight;
    }
    for (uint32_t i = 0; i < out->n_parts; i++)
        out->parts[i].weight /= kept;
    out->df = DF + j->total;
    return n > 0;
}

// The coarse grid over all families.
static bool look_over(job *j, hn_curve_points *points, const hn_curve_data *data, hn_curve *out)
{
    memset(out, 0, sizeof *out); // padding too: the same data give the same bytes
    if (!hn_curve_tidy(data, points, out))
        return false;
    begin(j, points, data->rising);
    add_families(j);
    return true;
}

static void look_closer(job *j)
{
    for (int level = 0; level < LEVELS; level++)
        split(j);
}

bool hn_curve_fit(hn_curve *out, const hn_curve_data *data)
{
    hn_curve_points points;
    job j;
    if (!look_over(&j, &points, data, out))
        return false;
    if (!data->quick)
        look_closer(&j);
    return keep_parts(&j, out);
}

// The probability of passing the limit at a step.
static double passing(const hn_curve *curve, const hn_curve_goal *goal, double step, bool rising)
{
    double below = hn_curve_below(curve, step, goal->limit);
    return rising ? 1 - below : below;
}

// By the coarse grid: is it settled? The steps that are not move to the front of `goal`.
static bool settle(const hn_curve *curve, bool rising, hn_curve_goal *goal, double *probability)
{
    uint32_t n = goal->n;
    goal->n = 0;
    *probability = 0;
    for (uint32_t i = 0; i < n; i++) {
        double at = passing(curve, goal, goal->ahead[i], rising);
        if (!(at < goal->asked / CLEAR) && at < CLEAR * goal->asked) {
            goal->ahead[goal->n++] = goal->ahead[i];
            continue;
        }
        *probability = fmax(*probability, at);
        if (at >= CLEAR * goal->asked)
            return true;
    }
    return goal->n == 0;
}

bool hn_curve_pass(const hn_curve_data *data, const hn_curve_goal *goal, double *probability)
{
    hn_curve curve;
    hn_curve_points points;
    hn_curve_goal left = *goal;
    job j;
    *probability = 0;
    if (!look_over(&j, &points, data, &curve))
        return false;
    if (goal->asked <= 1 && keep_parts(&j, &curve) &&
        settle(&curve, data->rising, &left, probability))
        return true;
    look_closer(&j);
    if (!keep_parts(&j, &curve))
        return false;
    for (uint32_t i = 0; i < left.n && *probability < goal->asked; i++)
        *probability = fmax(*probability, passing(&curve, goal, left.ahead[i], data->rising));
    return true;
}
