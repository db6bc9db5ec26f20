// Parzen estimators: drawing and densities.
//
// The factor of a kernel in a block is exp(exponent) · mass: normals of CONTINUOUS axes go into the
// exponent, masses of cells and choices into the product, so that a kernel costs one exponential
// whatever the number of axes.
//
// A density leaves out kernels that cannot matter. The logarithm of what one adds is at most
// e + peak - Σ z² / 2, where z is the distance to the point, or to the nearer end of its
// cell, in bandwidths; who is e^-30 / n below the prior kernel after some axes is dropped, which
// changes the sum by a relative 1e-13. With hundreds of kernels most have gone after one axis or
// two, since their bandwidths are a hundredth of the domain by then. The first numeric axis is
// therefore looked at for all kernels, in arrays that a walk lines up once for all its points.
#include <math.h>
#include <string.h>

#include "learn/parzen.h"
#include "num/many.h"

#define MARGIN 30.0

// log of Π of the prior over the axes of a block.
static double log_prior(const hn_parzen *p, uint32_t b, const double *x)
{
    const hn_parzen_layout *layout = p->layout;
    double product = 1, sum = 0;
    for (uint32_t k = layout->block_start[b]; k < layout->block_start[b + 1]; k++) {
        uint32_t a = layout->block_axes[k];
        product *= hn_axis_prior(&layout->axes[a], x[a]);
        if (product < 1e-200 || product > 1e200) {
            sum += log(product);
            product = 1;
        }
    }
    return sum + log(product);
}

// --- one axis for many kernels; `slots` and the array beside it have n entries ---

static hn_cell_mass *place_of_mass(hn_cell_mass *masses, double mean, double inverse, double low)
{
    uint64_t a, b, c;
    memcpy(&a, &mean, sizeof a);
    memcpy(&b, &inverse, sizeof b);
    memcpy(&c, &low, sizeof c);
    uint64_t mixed = (a ^ (b << 21 | b >> 43) ^ (c << 42 | c >> 22)) * 0x9e3779b97f4a7c15u;
    return &masses[mixed >> 55 & (HN_CELL_MASSES - 1)]; // the top bits depend on all
}

static void times_stepped(const hn_parzen *p, uint32_t a, double x, hn_cell_mass *masses,
                          const uint32_t *slots, size_t n, double *mass)
{
    const hn_parzen_dim *dim = &p->dims[a];
    const double *inside = p->masses + (size_t)a * p->cap;
    double low, high;
    hn_axis_cell(&p->layout->axes[a], x, &low, &high);
    for (size_t i = 0; i < n; i++) {
        double mean = dim->mean[slots[i]], inverse = dim->inverse[slots[i]];
        hn_cell_mass *known = place_of_mass(masses, mean, inverse, low);
        if (known->mean != mean || known->inverse != inverse || known->low != low ||
            known->axis != a)
            *known = (hn_cell_mass){
                mean, inverse, low,
                hn_phi_between(p->phi, (low - mean) * inverse, (high - mean) * inverse), a};
        mass[i] *= inside[slots[i]] * known->mass;
    }
}

static void times_choice(const hn_parzen *p, uint32_t a, double x, const uint32_t *slots, size_t n,
                         double *mass)
{
    const hn_parzen_dim *dim = &p->dims[a];
    double miss = dim->miss * hn_axis_prior(&p->layout->axes[a], x), hit = dim->hit + miss;
    for (size_t i = 0; i < n; i++)
        mass[i] *= dim->value[slots[i]] == x ? hit : miss;
}

static void times_masses(const hn_parzen *p, hn_walk *walk, const double *x, const uint32_t *slots,
                         size_t n, double *mass)
{
    const hn_parzen_layout *layout = p->layout;
    uint32_t b = walk->block;
    for (size_t i = 0; i < n; i++)
        mass[i] = 1;
    for (uint32_t k = layout->block_start[b]; k < layout->block_start[b + 1]; k++) {
        uint32_t a = layout->block_axes[k];
        if (layout->axes[a].kind == HN_AXIS_STEPPED)
            times_stepped(p, a, x[a], walk->masses, slots, n, mass);
        else if (layout->axes[a].kind == HN_AXIS_CHOICE)
            times_choice(p, a, x[a], slots, n, mass);
    }
}

// --- walking ---

static bool has_cells(const hn_parzen_layout *layout)
{
    for (uint32_t a = 0; a < layout->n_axes; a++)
        if (layout->axes[a].kind == HN_AXIS_STEPPED)
            return true;
    return false;
}

void hn_walk_begin(const hn_parzen *p, hn_walk *walk, double *room)
{
    size_t n = p->list.n + 2;
    *walk = (hn_walk){.e = room,
                      .base = room + n,
                      .share = room + 2 * n,
                      .exponent = room + 3 * n,
                      .bound = room + 4 * n,
                      .mean = room + 5 * n,
                      .inverse = room + 6 * n,
                      .slots = (uint32_t *)(void *)(room + 7 * n),
                      .masses = (hn_cell_mass *)(void *)(room + 8 * n)};
    walk->having = walk->slots + n;
    bool cells = has_cells(p->layout);
    for (size_t i = 0; i < HN_CELL_MASSES && cells; i++)
        walk->masses[i].mean = NAN;
    for (size_t i = 0; i < p->list.n; i++)
        walk->e[i] = p->log_weights[p->list.data[i]];
    walk->e[p->list.n] = p->log_prior_weight;
}

static const double *first_values(const hn_parzen *p, uint32_t b)
{
    return p->dims[p->layout->block_axes[p->layout->block_start[b]]].value;
}

// The first axis of the block that is no CHOICE; its end when all are.
static uint32_t first_numeric(const hn_parzen_layout *layout, uint32_t b)
{
    uint32_t k = layout->block_start[b];
    while (k < layout->block_start[b + 1] &&
           layout->axes[layout->block_axes[k]].kind == HN_AXIS_CHOICE)
        k++;
    return k;
}

static void line_up(const hn_parzen *p, hn_walk *walk)
{
    const hn_parzen_layout *layout = p->layout;
    uint32_t k = first_numeric(layout, walk->block);
    if (k == layout->block_start[walk->block + 1])
        return;
    const hn_parzen_dim *dim = &p->dims[layout->block_axes[k]];
    for (uint32_t i = 0; i < walk->n_having; i++) {
        walk->mean[i] = dim->mean[walk->having[i]];
        walk->inverse[i] = dim->inverse[walk->having[i]];
    }
}

void hn_walk_enter(const hn_parzen *p, hn_walk *walk, uint32_t b)
{
    const double *first = first_values(p, b), *peaks = p->peaks + (size_t)b * p->cap;
    double prior = walk->e[p->list.n], most = prior, sum;
    uint32_t n = 0;
    walk->block = b;
    for (size_t i = 0; i < p->list.n; i++) {
        uint32_t slot = p->list.data[i];
        if (isnan(first[slot]))
            continue;
        walk->having[n] = slot;
        walk->base[n] = walk->e[i] + peaks[slot];
        walk->share[n++] = walk->e[i];
        most = walk->e[i] > most ? walk->e[i] : most;
    }
    walk->n_having = n;
    line_up(p, walk);
    if (!(most > -INFINITY))
        most = 0;
    walk->share[n] = prior;
    for (uint32_t i = 0; i <= n; i++)
        walk->share[i] -= most;
    hn_exp_many(walk->share, n + 1);
    sum = walk->share[n];
    for (uint32_t i = 0; i < n; i++)
        sum += walk->share[i];
    walk->total = sum;
    walk->log_before = most + log(sum);
}

static double draw_axis(const hn_parzen *p, uint32_t a, int64_t slot, double u)
{
    const hn_axis *axis = &p->layout->axes[a];
    const hn_parzen_dim *dim = &p->dims[a];
    if (slot < 0)
        return hn_axis_prior_quantile(axis, u);
    if (axis->kind != HN_AXIS_CHOICE)
        return hn_axis_kernel_quantile(axis, u, dim->mean[slot], 1 / dim->inverse[slot]);
    if (u < dim->hit)
        return dim->value[slot];
    return hn_axis_prior_quantile(axis, (u - dim->hit) / (1 - dim->hit));
}

void hn_walk_draw(const hn_parzen *p, const hn_walk *walk, const double *u, double *x)
{
    const hn_parzen_layout *layout = p->layout;
    uint32_t b = walk->block, i = 0;
    double left = *u++ * walk->total;
    while (i < walk->n_having && left >= walk->share[i])
        left -= walk->share[i++];
    int64_t slot = i < walk->n_having ? (int64_t)walk->having[i] : -1;
    for (uint32_t k = layout->block_start[b]; k < layout->block_start[b + 1]; k++)
        x[layout->block_axes[k]] = draw_axis(p, layout->block_axes[k], slot, *u++);
}

// --- densities ---

typedef struct cell {
    double middle, half; // on the axis' scale; half 0 of a CONTINUOUS one
} cell;

static cell cell_of(const hn_axis *axis, double x)
{
    double low, high;
    if (axis->kind == HN_AXIS_CONTINUOUS)
        return (cell){hn_axis_scale(axis, x), 0};
    hn_axis_cell(axis, x, &low, &high);
    return (cell){0.5 * (low + high), 0.5 * (high - low)};
}

// Of all kernels those whose bound on the block's first numeric axis is above `least`; returns how
// many.
static size_t keep_first(hn_walk *walk, cell c, double least)
{
    size_t n = walk->n_having, kept = 0;
    hn_bound_many(walk->base, walk->mean, walk->inverse, c.middle, c.half, n, walk->bound);
    for (size_t i = 0; i < n; i++) { // no branch: which ones are near follows no pattern
        walk->slots[kept] = (uint32_t)i;
        kept += walk->bound[i] > least;
    }
    const double *exponent = c.half > 0 ? walk->base : walk->bound;
    for (size_t k = 0; k < kept; k++) {
        uint32_t i = walk->slots[k];
        walk->slots[k] = walk->having[i];
        walk->exponent[k] = exponent[i];
        walk->bound[k] = walk->bound[i];
    }
    return kept;
}

// The same for one more axis and the n kernels that are left.
static size_t keep_near(const hn_parzen *p, uint32_t a, cell c, double least, size_t n,
                        hn_walk *walk)
{
    const double *mean = p->dims[a].mean, *inverse = p->dims[a].inverse;
    double in_exponent = c.half > 0 ? 0 : 1;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t slot = walk->slots[i];
        double far = fabs(c.middle - mean[slot]) - c.half;
        double z = (far > 0 ? far : 0) * inverse[slot], loss = 0.5 * z * z;
        double left = walk->bound[i] - loss;
        walk->slots[kept] = slot;
        walk->exponent[kept] = walk->exponent[i] - in_exponent * loss;
        walk->bound[kept] = left;
        kept += left > least;
    }
    return kept;
}

// One CONTINUOUS axis and nothing else.
static bool is_alone(const hn_parzen_layout *layout, uint32_t b)
{
    uint32_t k = layout->block_start[b];
    return layout->block_start[b + 1] - k == 1 &&
           layout->axes[layout->block_axes[k]].kind == HN_AXIS_CONTINUOUS;
}

// The kernels that are near enough on the numeric axes of the block; `slots` stays as it is when
// these are all, and no other axis will ask for them.
static size_t find_near(const hn_parzen *p, hn_walk *walk, const double *x, double least)
{
    const hn_parzen_layout *layout = p->layout;
    uint32_t b = walk->block, k = first_numeric(layout, b), end = layout->block_start[b + 1];
    size_t n = walk->n_having;
    if (k == end) {
        memcpy(walk->slots, walk->having, n * sizeof *walk->slots);
        memcpy(walk->exponent, walk->base, n * sizeof *walk->exponent);
        return n;
    }
    uint32_t first = layout->block_axes[k];
    // Of one axis alone so many are near that looking for them costs more than it saves.
    if (is_alone(layout, b)) {
        cell c = cell_of(&layout->axes[first], x[first]);
        hn_bound_many(walk->base, walk->mean, walk->inverse, c.middle, 0, n, walk->exponent);
        return n;
    }
    n = keep_first(walk, cell_of(&layout->axes[first], x[first]), least);
    for (k++; k < end; k++) {
        uint32_t a = layout->block_axes[k];
        if (layout->axes[a].kind != HN_AXIS_CHOICE)
            n = keep_near(p, a, cell_of(&layout->axes[a], x[a]), least, n, walk);
    }
    return n;
}

double hn_walk_density(const hn_parzen *p, hn_walk *walk, const double *x)
{
    double prior = walk->e[p->list.n] + log_prior(p, walk->block, x);
    size_t n = find_near(p, walk, x, prior - MARGIN - log(walk->n_having + 1.0));
    double *mass = walk->bound; // no longer needed
    bool has_masses = !is_alone(p->layout, walk->block);
    if (has_masses)
        times_masses(p, walk, x, walk->slots, n, mass);
    double most = hn_greatest_many(walk->exponent, n, prior);
    if (!(most > -INFINITY))
        return -INFINITY;
    double sum = exp(prior - most) + hn_exp_sum(walk->exponent, has_masses ? mass : NULL, most, n);
    return most + log(sum) - walk->log_before;
}

void hn_walk_take(const hn_parzen *p, hn_walk *walk, const double *x)
{
    const hn_parzen_layout *layout = p->layout;
    uint32_t b = walk->block, n = walk->n_having;
    const double *first = first_values(p, b);
    double prior = log_prior(p, b, x), *exponent = walk->exponent, *mass = walk->bound;
    for (uint32_t i = 0; i < n; i++)
        exponent[i] = walk->base[i];
    for (uint32_t k = layout->block_start[b]; k < layout->block_start[b + 1]; k++) {
        uint32_t a = layout->block_axes[k];
        const hn_parzen_dim *dim = &p->dims[a];
        if (layout->axes[a].kind != HN_AXIS_CONTINUOUS)
            continue;
        double t = hn_axis_scale(&layout->axes[a], x[a]);
        for (uint32_t i = 0; i < n; i++) {
            double z = (t - dim->mean[walk->having[i]]) * dim->inverse[walk->having[i]];
            exponent[i] -= 0.5 * z * z;
        }
    }
    times_masses(p, walk, x, walk->having, n, mass);
    for (size_t i = 0, k = 0; i < p->list.n; i++) {
        if (isnan(first[p->list.data[i]])) {
            walk->e[i] += prior;
            continue;
        }
        walk->e[i] = exponent[k] + log(mass[k]);
        k++;
    }
    walk->e[p->list.n] += prior;
}
