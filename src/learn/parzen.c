// Parzen estimators: keeping the kernels; parzen_eval.c evaluates them.
//
// Method, for one numeric axis with kernels at t_1 <= … <= t_n on a domain of width R
//  1. Bandwidth of kernel i: the greater of the distances to its two neighbours, the ends of the
//     domain being neighbours of the first and the last one. From two kernels on and without
//     `endpoints`, these two look inwards only.
//  2. It is clipped to [R / min(100, n + 2), R] ("magic clip"; n + 1 kernels with the prior's), so
//     that clusters do not become spikes.
//  3. The prior is a kernel of its own: the space's, or a normal as wide as the domain.
// For choices: a kernel gives (1[c = c_i] + C p_c w / (n + 1)) / (1 + C w / (n + 1)) to choice c of
// C, where p is the prior and w its weight.
// Source: Bergstra, Bardenet, Bengio, Kégl. Algorithms for hyper-parameter optimization. NeurIPS
// 2011; Watanabe. Tree-structured Parzen estimator: understanding its algorithm components. 2023.
#include "learn/parzen.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "num/many.h"

#define EPSILON      1e-12 // least bandwidth without magic clip
#define LOG_SQRT_2PI 0.91893853320467274178

void hn_parzen_free(hn_parzen *p)
{
    for (uint32_t a = 0; p->dims && a < p->layout->n_axes; a++) {
        hn_free(p->dims[a].value);
        hn_free(p->dims[a].mean);
        hn_free(p->dims[a].gap);
        hn_free(p->dims[a].inverse);
        hn_free(p->dims[a].order);
        hn_free(p->dims[a].place);
        hn_free(p->dims[a].steep);
    }
    hn_free(p->dims);
    hn_free(p->keys);
    hn_free(p->ranks);
    hn_free(p->dirty);
    hn_free(p->peaks);
    hn_free(p->masses);
    hn_free(p->log_weights);
    hn_free(p->room);
    hn_vec_free(&p->unused);
    hn_vec_free(&p->list);
    hn_vec_free(&p->unsettled);
    memset(p, 0, sizeof *p);
}

// --- room ---

static bool grow_array(void **array, uint32_t cap, size_t size)
{
    void *grown = hn_reallocarray(*array, cap, size);
    if (grown)
        *array = grown;
    return grown != NULL;
}

static bool grow_dim(hn_parzen_dim *dim, uint32_t cap)
{
    return grow_array((void **)&dim->value, cap, sizeof *dim->value) &&
           grow_array((void **)&dim->mean, cap, sizeof *dim->mean) &&
           grow_array((void **)&dim->gap, cap, sizeof *dim->gap) &&
           grow_array((void **)&dim->inverse, cap, sizeof *dim->inverse) &&
           grow_array((void **)&dim->order, cap, sizeof *dim->order) &&
           grow_array((void **)&dim->place, cap, sizeof *dim->place) &&
           grow_array((void **)&dim->steep, cap, sizeof *dim->steep);
}

// Peaks and masses are laid out by capacity: they are not moved but made anew.
static bool grow(hn_parzen *p)
{
    const hn_parzen_layout *layout = p->layout;
    uint32_t cap = p->cap ? 2 * p->cap : HN_SINGLE_ROW;
    bool grown = hn_vec_reserve(&p->unused, cap) && hn_vec_reserve(&p->list, cap) &&
                 hn_vec_reserve(&p->unsettled, cap) &&
                 grow_array((void **)&p->keys, cap, sizeof *p->keys) &&
                 grow_array((void **)&p->ranks, cap, sizeof *p->ranks) &&
                 grow_array((void **)&p->dirty, cap, sizeof *p->dirty) &&
                 grow_array((void **)&p->log_weights, cap, sizeof *p->log_weights) &&
                 grow_array((void **)&p->room, cap, sizeof *p->room);
    for (uint32_t a = 0; grown && a < layout->n_axes; a++)
        grown = grow_dim(&p->dims[a], cap);
    double *peaks = grown ? hn_calloc((size_t)layout->n_blocks * cap + 1, sizeof *peaks) : NULL;
    double *masses = peaks ? hn_calloc((size_t)layout->n_axes * cap + 1, sizeof *masses) : NULL;
    if (!masses) {
        hn_free(peaks);
        return false;
    }
    hn_free(p->peaks);
    hn_free(p->masses);
    p->peaks = peaks;
    p->masses = masses;
    for (uint32_t a = 0; a < layout->n_axes; a++) // whole rows of them are read
        for (uint32_t slot = p->cap; slot < cap; slot++)
            p->dims[a].place[slot] = p->dims[a].steep[slot] = 0;
    p->cap = cap;
    memset(p->dirty, true, cap * sizeof *p->dirty);
    return true;
}

hone_status hn_parzen_init(hn_parzen *p, const hn_parzen_layout *layout,
                           const hn_parzen_options *options, const hn_phi *phi, hone_error *err)
{
    memset(p, 0, sizeof *p);
    p->layout = layout;
    p->options = *options;
    p->phi = phi;
    p->dims = hn_calloc(layout->n_axes + 1, sizeof *p->dims);
    if (p->dims && grow(p)) // so that no array is NULL
        return HONE_OK;
    hn_parzen_free(p);
    return hn_fail_memory(err);
}

// --- bandwidths ---

// Step 1 for the kernels at places from … to of the order.
static void measure_gaps(hn_parzen *p, uint32_t a, int64_t from, int64_t to)
{
    const hn_axis *axis = &p->layout->axes[a];
    hn_parzen_dim *dim = &p->dims[a];
    bool inwards = !p->options.endpoints && dim->n >= 2;
    from = from < 0 ? 0 : from;
    to = to >= (int64_t)dim->n ? (int64_t)dim->n - 1 : to;
    for (int64_t i = from; i <= to; i++) {
        uint32_t slot = dim->order[i];
        bool first = i == 0, last = i == (int64_t)dim->n - 1;
        double t = dim->mean[slot];
        double below = t - (first ? axis->left : dim->mean[dim->order[i - 1]]);
        double above = (last ? axis->right : dim->mean[dim->order[i + 1]]) - t;
        if (inwards && first)
            below = above;
        if (inwards && last)
            above = below;
        dim->gap[slot] = below > above ? below : above;
        p->dirty[slot] = true;
    }
}

static double floor_of(const hn_parzen *p, uint32_t a)
{
    const hn_axis *axis = &p->layout->axes[a];
    double n = 2 + (double)p->dims[a].n; // the prior is a kernel, too
    double least =
        p->options.magic_clip ? (axis->right - axis->left) / (n < 100 ? n : 100) : EPSILON;
    return least > axis->min_sigma ? least : axis->min_sigma;
}

// Step 2, and what follows from the bandwidth.
static void clip(hn_parzen *p, uint32_t a, uint32_t slot)
{
    const hn_axis *axis = &p->layout->axes[a];
    hn_parzen_dim *dim = &p->dims[a];
    double sigma = dim->gap[slot], most = axis->right - axis->left;
    sigma = sigma < dim->floor ? dim->floor : sigma;
    sigma = sigma > most ? most : sigma;
    dim->inverse[slot] = 1 / sigma;
    dim->place[slot] = (float)hn_parzen_place(axis, dim->mean[slot]);
    dim->steep[slot] = (float)(most / sigma);
    p->masses[(size_t)a * p->cap + slot] = 1 / hn_axis_kernel_mass(axis, dim->mean[slot], sigma);
}

// --- the order of an axis ---

static bool comes_before(const hn_parzen *p, uint32_t a, uint32_t x, uint32_t y)
{
    const hn_parzen_dim *dim = &p->dims[a];
    if (dim->mean[x] != dim->mean[y])
        return dim->mean[x] < dim->mean[y];
    return p->keys[x] < p->keys[y];
}

// Number of slots in the order that come before `slot`.
static uint32_t place_of(const hn_parzen *p, uint32_t a, uint32_t slot)
{
    uint32_t low = 0, high = p->dims[a].n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (comes_before(p, a, p->dims[a].order[middle], slot))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void enter(hn_parzen *p, uint32_t a, uint32_t slot)
{
    hn_parzen_dim *dim = &p->dims[a];
    if (p->layout->axes[a].kind == HN_AXIS_CHOICE) {
        dim->n++;
        return;
    }
    dim->mean[slot] = hn_axis_scale(&p->layout->axes[a], dim->value[slot]);
    uint32_t at = place_of(p, a, slot);
    memmove(dim->order + at + 1, dim->order + at, (dim->n - at) * sizeof *dim->order);
    dim->order[at] = slot;
    dim->n++;
    measure_gaps(p, a, (int64_t)at - 1, (int64_t)at + 1);
}

static void leave(hn_parzen *p, uint32_t a, uint32_t slot)
{
    hn_parzen_dim *dim = &p->dims[a];
    if (p->layout->axes[a].kind == HN_AXIS_CHOICE) {
        dim->n--;
        return;
    }
    uint32_t at = place_of(p, a, slot);
    dim->n--;
    memmove(dim->order + at, dim->order + at + 1, (dim->n - at) * sizeof *dim->order);
    measure_gaps(p, a, (int64_t)at - 1, at);
}

hone_status hn_parzen_add(hn_parzen *p, const double *x, uint64_t key, uint32_t *slot,
                          hone_error *err)
{
    if (p->unused.n == 0 && p->n_slots == p->cap && !grow(p))
        return hn_fail_memory(err);
    *slot = p->unused.n > 0 ? p->unused.data[--p->unused.n] : p->n_slots++;
    p->keys[*slot] = key;
    p->dirty[*slot] = true;
    for (uint32_t a = 0; a < p->layout->n_axes; a++) {
        p->dims[a].value[*slot] = x[a];
        p->dims[a].mean[*slot] = p->dims[a].inverse[*slot] = 0;  // defined, if it is inactive
        p->dims[a].place[*slot] = isnan(x[a]) ? 0 : (float)x[a]; // as it stays for a CHOICE
        p->dims[a].steep[*slot] = 0;
        if (!isnan(x[a]))
            enter(p, a, *slot);
    }
    return HONE_OK;
}

void hn_parzen_remove(hn_parzen *p, uint32_t slot)
{
    for (uint32_t a = 0; a < p->layout->n_axes; a++)
        if (!isnan(p->dims[a].value[slot]))
            leave(p, a, slot);
    p->unused.data[p->unused.n++] = slot; // room was made when the slot was
}

// --- settling ---

// The bandwidths of all kernels where their bound has moved, else of those that changed.
static void settle_axis(hn_parzen *p, uint32_t a)
{
    const hn_axis *axis = &p->layout->axes[a];
    hn_parzen_dim *dim = &p->dims[a];
    if (axis->kind == HN_AXIS_CHOICE) {
        double pseudo = p->options.prior_weight * axis->n_choices / (dim->n + 1.0);
        dim->hit = 1 / (1 + pseudo);
        dim->miss = pseudo / (1 + pseudo);
        return;
    }
    double least = floor_of(p, a);
    if (least != dim->floor) {
        dim->floor = least;
        p->unsettled.n = 0;
        for (size_t i = 0; i < p->list.n; i++) {
            p->unsettled.data[p->unsettled.n++] = p->list.data[i];
            p->dirty[p->list.data[i]] = true;
        }
    }
    for (size_t i = 0; i < p->unsettled.n; i++)
        if (!isnan(dim->value[p->unsettled.data[i]]))
            clip(p, a, p->unsettled.data[i]);
}

// Sums from scratch: what is added and taken away again would leave rounding errors behind.
static void settle_peaks(hn_parzen *p, uint32_t slot)
{
    const hn_parzen_layout *layout = p->layout;
    for (uint32_t b = 0; b < layout->n_blocks; b++) {
        double peak = 0;
        for (uint32_t k = layout->block_start[b]; k < layout->block_start[b + 1]; k++) {
            uint32_t a = layout->block_axes[k];
            const hn_parzen_dim *dim = &p->dims[a];
            if (layout->axes[a].kind == HN_AXIS_CONTINUOUS && !isnan(dim->value[slot]))
                peak +=
                    log(dim->inverse[slot] * p->masses[(size_t)a * p->cap + slot]) - LOG_SQRT_2PI;
        }
        p->peaks[(size_t)b * p->cap + slot] = peak;
    }
    p->dirty[slot] = false;
}

static void settle_weights(hn_parzen *p, const uint32_t *slots, const double *weights, uint32_t n)
{
    double prior = n > 0 ? p->options.prior_weight : 1, sum = prior;
    for (uint32_t i = 0; i < n; i++)
        sum += weights[i];
    memcpy(p->room, weights, n * sizeof *weights);
    hn_log_many(p->room, n);
    double log_sum = log(sum);
    for (uint32_t i = 0; i < n; i++)
        p->log_weights[slots[i]] = p->room[i] - log_sum;
    p->log_prior_weight = log(prior) - log_sum;
}

hone_status hn_parzen_settle(hn_parzen *p, const uint32_t *slots, const double *weights, uint32_t n,
                             hone_error *err)
{
    hn_vec_clear(&p->list);
    hn_vec_clear(&p->unsettled);
    if (!hn_vec_reserve(&p->list, n + 1) || !hn_vec_reserve(&p->unsettled, n + 1))
        return hn_fail_memory(err);
    p->list.n = n;
    memcpy(p->list.data, slots, n * sizeof *slots);
    for (uint32_t i = 0; i < n; i++) {
        p->ranks[slots[i]] = i;
        if (p->dirty[slots[i]])
            p->unsettled.data[p->unsettled.n++] = slots[i];
    }
    for (uint32_t a = 0; a < p->layout->n_axes; a++)
        settle_axis(p, a);
    for (size_t i = 0; i < p->unsettled.n; i++)
        settle_peaks(p, p->unsettled.data[i]);
    settle_weights(p, slots, weights, n);
    return HONE_OK;
}
