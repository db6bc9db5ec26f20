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
// Cost: some 600 cells × 48 points: a fit takes 0.03 to 0.13 ms for up to 10,000 points; 200 kB of
// stack. CLEAR: of 16,440 judgements on recorded and drawn curves (those of bench/calibration,
// every step at which the scheduler judges) three quarters were settled by the coarse grid at 5 %,
// each as the fine one has it; from 0.5 to 50 % three were not, of some ninety thousand.
#include "learn/curve_internal.h"

#include <math.h>
#include <string.h>

#include "num/many.h"

#define DROPPED 2e-3  // share of the mixture that is left out
#define NOTHING -40.0 // logarithm of a weight that adds nothing to that of the heaviest cell
#define CLEAR   3.0   // by so much the coarse grid is believed, see hn_curve_pass

// A cell without a trend, or with one.
typedef struct candidate {
    const hn_curve_cell *cell;
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
static uint32_t list_candidates(const hn_curve_cells *cells, candidate *all, double *sum)
{
    double most = -INFINITY, weights[2 * HN_CURVE_CELLS];
    uint32_t n = 0;
    *sum = 0;
    for (uint32_t i = 0; i < 2 * cells->n; i++)
        most = fmax(most, cells->all[i / 2].log_weight[i % 2]);
    for (uint32_t i = 0; isfinite(most) && i < 2 * cells->n; i++) {
        double log_weight = cells->all[i / 2].log_weight[i % 2] - most;
        if (!(log_weight > NOTHING))
            continue;
        all[n] = (candidate){&cells->all[i / 2], i % 2, 0};
        weights[n++] = log_weight;
    }
    hn_exp_many(weights, n);
    for (uint32_t i = 0; i < n; i++)
        *sum += all[i].weight = weights[i];
    return n;
}

// Candidates [n] as parts, family by family.
static void fill_parts(const candidate *all, uint32_t n, hn_curve *out)
{
    double kept = 0;
    out->n_parts = 0;
    for (uint32_t i = 0; i < n; i++)
        kept += all[i].weight;
    for (int family = 0; family < HN_CURVE_FAMILIES; family++) {
        uint32_t before = out->n_parts;
        for (uint32_t i = 0; i < n; i++) {
            const hn_curve_cell *c = all[i].cell;
            if (c->family != family)
                continue;
            hn_curve_part *part = &out->parts[out->n_parts++];
            part->form = c->form;
            part->form.d2 = all[i].trend ? c->form.d2 : 0;
            part->variance = c->variance[all[i].trend];
            part->weight = all[i].weight / kept;
        }
        out->n_of[family] = out->n_parts - before;
    }
}

// All of the mixture but DROPPED of its weight.
static bool keep_parts(const hn_curve_cells *cells, hn_curve *out)
{
    candidate all[2 * HN_CURVE_CELLS];
    double sum, now[HN_CURVE_PARTS], spread[HN_CURVE_PARTS];
    uint32_t n = list_candidates(cells, all, &sum);
    n = move_heaviest(all, n, (1 - DROPPED) * sum, HN_CURVE_PARTS);
    fill_parts(all, n, out);
    out->df = cells->df;
    out->l20 = cells->l20;
    out->d0 = cells->d0;
    out->y0 = cells->y0;
    hn_curve_look_ahead(out, hn_curve_x(out, out->last), now, spread);
    for (uint32_t i = 0; i < n; i++)
        out->parts[i].now = now[i];
    return n > 0;
}

// The coarse grid over all families.
static bool look_over(hn_curve_cells *cells, hn_curve_points *points, const hn_curve_data *data,
                      hn_curve *out)
{
    memset(out, 0, sizeof *out); // padding too: the same data give the same bytes
    if (!hn_curve_tidy(data, points, out))
        return false;
    hn_curve_look_over(cells, points, data->rising);
    return true;
}

bool hn_curve_fit(hn_curve *out, const hn_curve_data *data)
{
    hn_curve_points points;
    hn_curve_cells cells;
    if (!look_over(&cells, &points, data, out))
        return false;
    if (!data->quick)
        hn_curve_look_closer(&cells);
    return keep_parts(&cells, out);
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
    hn_curve_cells cells;
    *probability = 0;
    if (!look_over(&cells, &points, data, &curve))
        return false;
    if (goal->asked <= 1 && keep_parts(&cells, &curve) &&
        settle(&curve, data->rising, &left, probability))
        return true;
    hn_curve_look_closer(&cells);
    if (!keep_parts(&cells, &curve))
        return false;
    for (uint32_t i = 0; i < left.n && *probability < goal->asked; i++)
        *probability = fmax(*probability, passing(&curve, goal, left.ahead[i], data->rising));
    return true;
}
