// Projected L-BFGS.
//
// Method
//  1. Coordinates at a bound whose gradient points outwards are held; the others are free.
//  2. The direction is -H g on the free ones, H from the last `memory` pairs (s, y) by the two-loop
//     recursion, with the pairs' free coordinates only; where that is no descent, -g.
//  3. The step goes along the projection of x + t d on the bounds. t starts at 1 (at the length of
//     the first step in a first one) and is shortened by quadratic interpolation until Armijo's
//     condition holds for the projected step.
//  4. A pair enters when sᵀy > 1e-10 |s| |y|: a bound in the way can spoil the curvature.
// Sources: Nocedal. Updating quasi-Newton matrices with limited storage. Math. Comp. 35, 1980;
// Bertsekas. Projected Newton methods for optimization problems with simple constraints. SIAM J.
// Control Optim. 20, 1982. Against Byrd, Lu, Nocedal, Zhu (1995) it has no Cauchy point, which
// matters little in tens of dimensions, and is a tenth as long.
#include "num/lbfgsb.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "num/clamp.h"

typedef struct search {
    hn_smooth *f;
    void *context;
    const double *low, *high;
    size_t n;
    const hn_lbfgsb_options *options;
    double *x, *g;         // [n] where we stand
    double *next, *next_g; // [n] where we try
    double *d;             // [n] direction
    double *s, *y;         // [memory × n] rings of pairs
    double *rho, *weight;  // [memory]
    uint32_t n_pairs, newest;
    double value;
    hn_lbfgsb_result result;
} search;

static bool is_free(const search *q, size_t i)
{
    if (q->low[i] == q->high[i])
        return false;
    return !(q->x[i] <= q->low[i] && q->g[i] > 0) && !(q->x[i] >= q->high[i] && q->g[i] < 0);
}

static double evaluate(search *q, const double *x, double *g)
{
    q->result.n_evaluations++;
    double value = q->f(q->context, x, g);
    for (size_t i = 0; i < q->n; i++)
        value = isfinite(g[i]) ? value : NAN;
    return value;
}

static double projected_gradient(const search *q)
{
    double most = 0;
    for (size_t i = 0; i < q->n; i++) {
        double moved = hn_clamp(q->x[i] - q->g[i], q->low[i], q->high[i]) - q->x[i];
        most = fmax(most, fabs(moved));
    }
    return most;
}

// Over the coordinates that move.
static double product(const search *q, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < q->n; i++)
        sum += is_free(q, i) ? a[i] * b[i] : 0;
    return sum;
}

static uint32_t place(const search *q, uint32_t age)
{
    uint32_t m = q->options->memory;
    return (q->newest + m - age) % m;
}

// d = -H g; rho keeps 1 / sᵀy on the coordinates that are free now, zero for a pair that is of no
// use there.
static void choose_direction(search *q)
{
    double scale = 0;
    for (size_t i = 0; i < q->n; i++)
        q->d[i] = is_free(q, i) ? -q->g[i] : 0;
    for (uint32_t age = 0; age < q->n_pairs; age++) {
        uint32_t k = place(q, age);
        const double *s = q->s + k * q->n, *y = q->y + k * q->n;
        double sy = product(q, s, y), yy = product(q, y, y);
        q->rho[k] = sy > 1e-10 * sqrt(product(q, s, s) * yy) ? 1 / sy : 0;
        if (q->rho[k] == 0)
            continue;
        scale = scale > 0 ? scale : sy / yy;
        q->weight[k] = q->rho[k] * product(q, s, q->d);
        for (size_t i = 0; i < q->n; i++)
            q->d[i] -= is_free(q, i) ? q->weight[k] * y[i] : 0;
    }
    for (size_t i = 0; scale > 0 && i < q->n; i++)
        q->d[i] *= scale;
    for (uint32_t age = q->n_pairs; age-- > 0;) {
        uint32_t k = place(q, age);
        const double *s = q->s + k * q->n, *y = q->y + k * q->n;
        if (q->rho[k] == 0)
            continue;
        double back = q->weight[k] - q->rho[k] * product(q, y, q->d);
        for (size_t i = 0; i < q->n; i++)
            q->d[i] += is_free(q, i) ? back * s[i] : 0;
    }
}

// Makes sure that d descends; the length of the first trial step.
static double prepare_step(search *q)
{
    double slope = product(q, q->d, q->g);
    double gg = product(q, q->g, q->g), dd = product(q, q->d, q->d);
    if (q->n_pairs > 0 && slope < -1e-12 * sqrt(gg * dd) && isfinite(dd))
        return 1;
    q->n_pairs = 0;
    for (size_t i = 0; i < q->n; i++)
        q->d[i] = is_free(q, i) ? -q->g[i] : 0;
    return fmin(1, 1 / sqrt(gg));
}

static void move(const search *q, double t)
{
    for (size_t i = 0; i < q->n; i++)
        q->next[i] = hn_clamp(q->x[i] + t * q->d[i], q->low[i], q->high[i]);
}

// Finds a step that gains; its value, NAN when there is none.
static double line_search(search *q, double t)
{
    enum { MOST = 20 };
    for (int k = 0; k < MOST && q->result.n_evaluations < q->options->max_evaluations; k++) {
        double slope = 0, length = 0;
        move(q, t);
        for (size_t i = 0; i < q->n; i++) {
            slope += q->g[i] * (q->next[i] - q->x[i]);
            length = fmax(length, fabs(q->next[i] - q->x[i]));
        }
        if (length == 0)
            return NAN;
        double value = evaluate(q, q->next, q->next_g);
        if (isfinite(value) && value <= q->value + 1e-4 * slope)
            return value;
        // The minimum of the parabola through value and slope here and the value there.
        double curve = value - q->value - slope;
        double part = isfinite(value) && curve > 0 ? -slope / (2 * curve) : 0.1;
        t *= hn_clamp(part, 0.1, 0.5);
    }
    return NAN;
}

static void keep_pair(search *q)
{
    uint32_t m = q->options->memory, k = (q->newest + 1) % m;
    double *s = q->s + k * q->n, *y = q->y + k * q->n, sy = 0, ss = 0, yy = 0;
    for (size_t i = 0; i < q->n; i++) {
        s[i] = q->next[i] - q->x[i];
        y[i] = q->next_g[i] - q->g[i];
        sy += s[i] * y[i];
        ss += s[i] * s[i];
        yy += y[i] * y[i];
    }
    if (!(sy > 1e-10 * sqrt(ss * yy)))
        return;
    q->newest = k;
    q->n_pairs += q->n_pairs < m;
}

static bool goes_on(search *q)
{
    q->result.end = HN_LBFGSB_GRADIENT;
    if (projected_gradient(q) <= q->options->pgtol)
        return false;
    q->result.end = HN_LBFGSB_EVALUATIONS;
    return q->result.n_evaluations < q->options->max_evaluations;
}

static bool step(search *q)
{
    choose_direction(q);
    double value = line_search(q, prepare_step(q));
    if (isnan(value) && q->n_pairs > 0) { // the pairs mislead: once more, downhill
        q->n_pairs = 0;
        choose_direction(q);
        value = line_search(q, prepare_step(q));
    }
    if (isnan(value)) {
        bool spent = q->result.n_evaluations >= q->options->max_evaluations;
        q->result.end = spent ? HN_LBFGSB_EVALUATIONS : HN_LBFGSB_STUCK;
        return false;
    }
    double gain = q->value - value;
    double size = fmax(fmax(fabs(q->value), fabs(value)), 1);
    keep_pair(q);
    memcpy(q->x, q->next, q->n * sizeof *q->x);
    memcpy(q->g, q->next_g, q->n * sizeof *q->g);
    q->value = value;
    q->result.n_steps++;
    q->result.end = HN_LBFGSB_VALUE;
    return gain > q->options->ftol * size;
}

hn_lbfgsb_result hn_lbfgsb(hn_smooth *f, void *context, const double *low, const double *high,
                           double *x, size_t n, const hn_lbfgsb_options *options, double *room)
{
    size_t m = options->memory;
    search q = {.f = f, .context = context, .low = low, .high = high, .n = n, .options = options};
    q.x = x;
    q.g = room;
    q.next = q.g + n;
    q.next_g = q.next + n;
    q.d = q.next_g + n;
    q.s = q.d + n;
    q.y = q.s + m * n;
    q.rho = q.y + m * n;
    q.weight = q.rho + m;
    for (size_t i = 0; i < n; i++)
        x[i] = hn_clamp(x[i], low[i], high[i]);
    q.value = evaluate(&q, x, q.g);
    if (!isfinite(q.value)) {
        q.result.value = q.value;
        q.result.end = HN_LBFGSB_UNDEFINED;
        return q.result;
    }
    while (goes_on(&q) && step(&q))
        ;
    q.result.value = q.value;
    return q.result;
}
