// Parzen estimators: drawing and densities.
//
// The factor of a kernel in a block is exp(exponent) · mass: normals of CONTINUOUS axes go into the
// exponent, masses of cells and choices into the product, so that a kernel costs one exponential
// whatever the number of axes.
//
// A density leaves out kernels that cannot matter. The logarithm of what one adds is at most
// e + peak - Σ z² / 2, where z is the distance to the point, or to the nearer end of its
// cell, in bandwidths; who is e^-24 / n below the prior kernel is dropped, which changes the sum by
// a relative 4e-11. With hundreds of kernels most are, since their bandwidths are a hundredth of
// the domain by then. Who they are is found in single precision, in which the bound is off by less
// than the tenth that is allowed for: places are in units of the domain's width, so that a rounded
// one moves z by 1e-5. Where there are kernels narrower than a hundredth of it, which magic clip
// prevents, the distance is taken to be less by what rounding may have added.
//
// The same numbers, with the cells' masses of those that are above the bound, make an estimate of
// the density, and how far it may be off is known. Kernels that are e^-12 / n below the sum do not
// count. Of the others Σ z² / 2 is at most D = (the greatest base) - log of the sum + 12 + log n.
// Places are off by 2^-26 widths, at a hundredth of a width to a bandwidth; with d axes that moves
// the sum of the squares' halves by √(2 D d) · 4e-6 at most, with cells by twice that, since their
// ends are rounded, too; and its 4 (d + 1) steps in single precision by 6e-8 D each; the
// exponentials and their sum are good to 1e-5, the masses of cells to 3e-5 an axis.
#include <math.h>
#include <string.h>

#include "learn/parzen.h"
#include "num/many.h"

#define MARGIN     24.0
#define ROUGH      0.1   // by so much the bound may be off
#define MOST_STEEP 101.0 // bandwidths to a width: with magic clip there are no more than 100
#define FAR_OUT    16.0  // widths from the middle: an unbounded axis has such points
#define MEASURED   0.5   // widths within which an estimate is as exact as said

double hn_parzen_log_prior(const hn_parzen_layout *layout, uint32_t b, const double *x)
{
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

enum { LANE = 2 * HN_SINGLE_ROW }; // kernels whose cells are weighed at a time

static bool has_cells(const hn_parzen_layout *layout)
{
    for (uint32_t a = 0; a < layout->n_axes; a++)
        if (layout->axes[a].kind == HN_AXIS_STEPPED)
            return true;
    return false;
}

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static size_t doubles(size_t n, size_t size)
{
    return (n * size + sizeof(double) - 1) / sizeof(double);
}

size_t hn_walk_room(const hn_parzen *p)
{
    size_t n = p->list.n + 1, rough = round_up(p->n_slots, HN_SINGLE_ROW),
           n_axes = p->layout->n_axes;
    return 4 * n + 3 * doubles(n, sizeof(uint32_t)) + n / 64 + 1 +
           2 * doubles(rough, sizeof(float)) + doubles(rough, sizeof(uint32_t)) +
           doubles(n_axes + 1, sizeof(hn_single_factor)) + doubles(n_axes, sizeof(uint32_t)) +
           doubles(n_axes, sizeof(hn_single_cell)) +
           doubles(LANE * (3 * n_axes + 1), sizeof(float)) +
           doubles(HN_CELL_MASSES, sizeof(hn_cell_mass));
}

// Takes n elements from the room.
static void *take_room(double **room, size_t n, size_t size)
{
    void *got = *room;
    *room += doubles(n, size);
    return got;
}

void hn_walk_begin(const hn_parzen *p, hn_walk *walk, double *room)
{
    size_t n = p->list.n + 1, n_axes = p->layout->n_axes;
    memset(walk, 0, sizeof *walk);
    walk->n_rough = round_up(p->n_slots, HN_SINGLE_ROW);
    walk->e = take_room(&room, n, sizeof *walk->e);
    walk->share = take_room(&room, n, sizeof *walk->share);
    walk->exponent = take_room(&room, n, sizeof *walk->exponent);
    walk->mass = take_room(&room, n, sizeof *walk->mass);
    walk->having = take_room(&room, n, sizeof *walk->having);
    walk->near = take_room(&room, n, sizeof *walk->near);
    walk->slots = take_room(&room, n, sizeof *walk->slots);
    walk->marks = take_room(&room, n / 64 + 1, sizeof *walk->marks);
    walk->base = take_room(&room, walk->n_rough, sizeof *walk->base);
    walk->rough = take_room(&room, walk->n_rough, sizeof *walk->rough);
    walk->above = take_room(&room, walk->n_rough, sizeof *walk->above);
    walk->factors = take_room(&room, n_axes + 1, sizeof *walk->factors);
    walk->cell_axes = take_room(&room, n_axes, sizeof *walk->cell_axes);
    walk->cells = take_room(&room, n_axes, sizeof *walk->cells);
    walk->lanes = take_room(&room, LANE * (3 * n_axes + 1), sizeof *walk->lanes);
    walk->masses = take_room(&room, HN_CELL_MASSES, sizeof *walk->masses);
    bool cells = has_cells(p->layout);
    for (size_t i = 0; i < HN_CELL_MASSES && cells; i++)
        walk->masses[i].mean = NAN;
    for (size_t i = 0; i < p->list.n; i++)
        walk->e[i] = p->log_weights[p->list.data[i]];
    walk->e[p->list.n] = p->log_prior_weight;
    walk->log_n = log((double)p->list.n + 1);
}

static const double *first_values(const hn_parzen *p, uint32_t b)
{
    return p->dims[p->layout->block_axes[p->layout->block_start[b]]].value;
}

static double width(const hn_axis *axis)
{
    return axis->right - axis->left;
}

// The bases of the kernels of the block, by slot.
static void lay_bases(const hn_parzen *p, hn_walk *walk)
{
    const double *first = first_values(p, walk->block), *e = walk->e;
    const double *peaks = p->peaks + (size_t)walk->block * p->cap;
    double reference = walk->reference, most = -INFINITY;
    float *base = walk->base;
    for (size_t i = 0; i < walk->n_rough; i++)
        base[i] = -INFINITY;
    for (size_t i = 0; i < p->list.n; i++) {
        uint32_t slot = p->list.data[i];
        double one = isnan(first[slot]) ? -INFINITY : e[i] + peaks[slot] - reference;
        base[slot] = (float)one;
        most = one > most ? one : most;
    }
    walk->most_base = most;
}

void hn_walk_enter(const hn_parzen *p, hn_walk *walk, uint32_t b)
{
    const hn_parzen_layout *layout = p->layout;
    walk->block = b;
    walk->is_weighed = false;
    walk->reference = walk->e[p->list.n]; // about what the prior adds
    for (uint32_t k = layout->block_start[b]; k < layout->block_start[b + 1]; k++)
        if (layout->axes[layout->block_axes[k]].kind == HN_AXIS_CONTINUOUS)
            walk->reference -= log(width(&layout->axes[layout->block_axes[k]]));
    lay_bases(p, walk);
}

static void weigh(const hn_parzen *p, hn_walk *walk)
{
    const double *first = first_values(p, walk->block);
    double most = walk->e[p->list.n], sum;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->list.n; i++) {
        if (isnan(first[p->list.data[i]]))
            continue;
        walk->having[n] = i;
        walk->share[n++] = walk->e[i];
        most = walk->e[i] > most ? walk->e[i] : most;
    }
    if (!(most > -INFINITY))
        most = 0;
    walk->share[n] = walk->e[p->list.n];
    for (uint32_t i = 0; i <= n; i++)
        walk->share[i] -= most;
    hn_exp_many(walk->share, n + 1);
    sum = walk->share[n];
    for (uint32_t i = 0; i < n; i++)
        sum += walk->share[i];
    walk->n_having = n;
    walk->total = sum;
    walk->log_before = most + log(sum);
    walk->is_weighed = true;
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

void hn_walk_draw(const hn_parzen *p, hn_walk *walk, const double *u, double *x)
{
    const hn_parzen_layout *layout = p->layout;
    if (!walk->is_weighed)
        weigh(p, walk);
    uint32_t b = walk->block, i = 0;
    double left = *u++ * walk->total;
    while (i < walk->n_having && left >= walk->share[i])
        left -= walk->share[i++];
    int64_t slot = i < walk->n_having ? (int64_t)p->list.data[walk->having[i]] : -1;
    for (uint32_t k = layout->block_start[b]; k < layout->block_start[b + 1]; k++)
        x[layout->block_axes[k]] = draw_axis(p, layout->block_axes[k], slot, *u++);
}

// --- in single precision ---

// The factors of a block at a point: `exact` when every axis is among them, as well as an estimate
// needs it; `cells`: how many are STEPPED, of which these are bounds only.
typedef struct factors {
    size_t n, n_cells;
    bool exact;
} factors;

// By how much the distance between two rounded places may be too great, one being `at`.
static double places_off(double at)
{
    return 1.5e-7 * (1 + fabs(at));
}

static hn_single_factor choice_factor(const hn_parzen *p, uint32_t a, double x)
{
    const hn_parzen_dim *dim = &p->dims[a];
    double miss = dim->miss * hn_axis_prior(&p->layout->axes[a], x);
    return (hn_single_factor){.mean = dim->place,
                              .at = (float)x,
                              .same = (float)log(dim->hit + miss),
                              .other = (float)log(miss)};
}

// The factors of the block at x, less those that single precision cannot tell.
static factors make_factors(const hn_parzen *p, hn_walk *walk, const double *x)
{
    const hn_parzen_layout *layout = p->layout;
    uint32_t b = walk->block;
    factors f = {0, 0, true};
    for (uint32_t k = layout->block_start[b]; k < layout->block_start[b + 1]; k++) {
        uint32_t a = layout->block_axes[k];
        const hn_axis *axis = &layout->axes[a];
        const hn_parzen_dim *dim = &p->dims[a];
        if (axis->kind == HN_AXIS_CHOICE) {
            walk->factors[f.n++] = choice_factor(p, a, x[a]);
            continue;
        }
        double low, high, half = 0, at = hn_axis_scale(axis, x[a]);
        if (axis->kind == HN_AXIS_STEPPED) {
            hn_axis_cell(axis, x[a], &low, &high);
            half = 0.5 * (high - low);
            at = 0.5 * (low + high);
        }
        at = hn_parzen_place(axis, at);
        bool usable = fabs(at) <= FAR_OUT; // not NaN either
        bool steep = dim->floor * MOST_STEEP < width(axis);
        f.exact &= fabs(at) <= MEASURED && !steep;
        if (half > 0 && usable)
            walk->cell_axes[f.n_cells++] = a;
        if (usable)
            walk->factors[f.n++] = (hn_single_factor){
                .mean = dim->place,
                .steep = dim->steep,
                .at = (float)at,
                .half = (float)(half / width(axis) + (steep ? places_off(at) : 0))};
    }
    if (f.n == 0) // one that changes nothing
        walk->factors[f.n++] = (hn_single_factor){.mean = p->dims[0].place};
    return f;
}

// The places of the n slots in `above`, in ascending order, and their slots in the same.
static void put_in_order(const hn_parzen *p, hn_walk *walk, size_t n)
{
    size_t n_words = p->list.n / 64 + 1, k = 0;
    memset(walk->marks, 0, n_words * sizeof *walk->marks);
    for (size_t i = 0; i < n; i++) {
        uint32_t place = p->ranks[walk->above[i]];
        walk->marks[place / 64] |= (uint64_t)1 << place % 64;
    }
    for (size_t w = 0; w < n_words; w++)
        for (uint64_t word = walk->marks[w]; word; word &= word - 1) {
            uint32_t place = (uint32_t)(64 * w) + (uint32_t)__builtin_ctzll(word);
            walk->near[k] = place;
            walk->slots[k++] = p->list.data[place];
        }
}

// --- densities ---

// log of e times the kernels' CONTINUOUS axes, at their peaks where these are no part of the sum.
static void sum_exponents(const hn_parzen *p, hn_walk *walk, const double *x, size_t n)
{
    const hn_parzen_layout *layout = p->layout;
    uint32_t b = walk->block;
    const double *peaks = p->peaks + (size_t)b * p->cap;
    for (size_t i = 0; i < n; i++)
        walk->exponent[i] = walk->e[walk->near[i]] + peaks[walk->slots[i]];
    for (uint32_t k = layout->block_start[b]; k < layout->block_start[b + 1]; k++) {
        uint32_t a = layout->block_axes[k];
        if (layout->axes[a].kind != HN_AXIS_CONTINUOUS)
            continue;
        const double *mean = p->dims[a].mean, *inverse = p->dims[a].inverse;
        double t = hn_axis_scale(&layout->axes[a], x[a]);
        for (size_t i = 0; i < n; i++) {
            double z = (t - mean[walk->slots[i]]) * inverse[walk->slots[i]];
            walk->exponent[i] -= 0.5 * z * z;
        }
    }
}

// Kernels whose `rough` is below do not.
static double least_that_counts(const hn_walk *walk, double prior)
{
    return prior - walk->reference - MARGIN - ROUGH - walk->log_n;
}

// log of the sum over the kernels whose `rough` is not far below the prior.
static double sum_near(const hn_parzen *p, hn_walk *walk, const double *x, double prior)
{
    float least = (float)least_that_counts(walk, prior);
    size_t n = hn_single_above(walk->rough, least, walk->n_rough, walk->above);
    put_in_order(p, walk, n);
    sum_exponents(p, walk, x, n);
    times_masses(p, walk, x, walk->slots, n, walk->mass);
    double most = hn_greatest_many(walk->exponent, n, prior);
    if (!(most > -INFINITY))
        return -INFINITY;
    return most + log(exp(prior - most) + hn_exp_sum(walk->exponent, walk->mass, most, n));
}

double hn_walk_log_sum(const hn_parzen *p, hn_walk *walk, const double *x)
{
    double prior = walk->e[p->list.n] + hn_parzen_log_prior(p->layout, walk->block, x);
    factors f = make_factors(p, walk, x);
    (void)hn_single_logs(walk->base, walk->factors, f.n, walk->n_rough, walk->rough);
    return sum_near(p, walk, x, prior);
}

double hn_walk_density(const hn_parzen *p, hn_walk *walk, const double *x)
{
    if (!walk->is_weighed)
        weigh(p, walk);
    return hn_walk_log_sum(p, walk, x) - walk->log_before;
}

// Lays the `n` kernels of `above` side by side: their `rough` and what their cells need, in whole
// parts.
static void lay_cells(const hn_parzen *p, hn_walk *walk, const uint32_t *above, size_t n,
                      const factors *f)
{
    size_t rows = round_up(n, HN_SINGLE_PART);
    float *lane = walk->lanes;
    for (size_t i = 0; i < rows; i++)
        lane[i] = i < n ? walk->rough[above[i]] : -INFINITY;
    for (size_t c = 0, k = 0; c < f->n_cells; c++, k++) {
        const hn_parzen_dim *dim = &p->dims[walk->cell_axes[c]];
        const double *inside = p->masses + (size_t)walk->cell_axes[c] * p->cap;
        while (walk->factors[k].mean != dim->place)
            k++;
        float *mean = lane + LANE * (3 * c + 1), *steep = mean + LANE, *share = steep + LANE;
        for (size_t i = 0; i < rows; i++) {
            uint32_t slot = above[i < n ? i : 0];
            mean[i] = dim->place[slot];
            steep[i] = dim->steep[slot];
            share[i] = (float)inside[slot];
        }
        walk->cells[c] = (hn_single_cell){.mean = mean,
                                          .steep = steep,
                                          .inside = share,
                                          .at = walk->factors[k].at,
                                          .half = walk->factors[k].half};
    }
}

// Σ exp(rough - greatest) over all kernels, the masses of cells included.
static double sum_rough(const hn_parzen *p, hn_walk *walk, const factors *f, float greatest,
                        double prior)
{
    if (f->n_cells == 0)
        return hn_single_exp_sum(walk->rough, greatest, walk->n_rough);
    float least = (float)least_that_counts(walk, prior);
    size_t n = hn_single_above(walk->rough, least, walk->n_rough, walk->above);
    double sum = 0;
    for (size_t from = 0; from < n; from += LANE) {
        size_t m = n - from < LANE ? n - from : LANE;
        lay_cells(p, walk, walk->above + from, m, f);
        sum += hn_single_cell_sum(walk->lanes, greatest, walk->cells, f->n_cells,
                                  round_up(m, HN_SINGLE_PART));
    }
    return sum;
}

double hn_walk_estimate(const hn_parzen *p, hn_walk *walk, const double *x, double log_prior,
                        double *slack)
{
    double n_axes = p->layout->n_axes, prior = walk->e[p->list.n] + log_prior;
    factors f = make_factors(p, walk, x);
    float greatest = hn_single_logs(walk->base, walk->factors, f.n, walk->n_rough, walk->rough);
    *slack = 0;
    if (!f.exact || !isfinite(prior) || !isfinite(greatest))
        return sum_near(p, walk, x, prior);
    double sum = sum_rough(p, walk, &f, greatest, prior);
    double others = walk->reference + greatest, most = prior > others ? prior : others;
    sum = most + log(exp(prior - most) + exp(others - most) * sum);
    double room = fmax(0, walk->reference + walk->most_base - sum) + 12 + walk->log_n;
    double shift = f.n_cells > 0 ? 8e-6 : 4e-6;
    *slack = sqrt(2 * room * n_axes) * shift + 4 * (n_axes + 1) * 6e-8 * room + 1e-5 +
             3e-5 * (double)f.n_cells;
    return sum;
}

void hn_walk_take(const hn_parzen *p, hn_walk *walk, const double *x)
{
    const double *first = first_values(p, walk->block);
    double prior = hn_parzen_log_prior(p->layout, walk->block, x);
    size_t n = 0;
    for (uint32_t i = 0; i < p->list.n; i++) {
        walk->near[n] = i;
        walk->slots[n] = p->list.data[i];
        n += !isnan(first[p->list.data[i]]);
        if (isnan(first[p->list.data[i]]))
            walk->e[i] += prior;
    }
    sum_exponents(p, walk, x, n);
    times_masses(p, walk, x, walk->slots, n, walk->mass);
    for (size_t k = 0; k < n; k++)
        walk->e[walk->near[k]] = walk->exponent[k] + log(walk->mass[k]);
    walk->e[p->list.n] += prior;
}
