// Parzen estimators: mixtures of products of one-dimensional kernels around what was observed, and
// of one kernel more that is the prior.
//
//     p(x) = Σ_i w_i Π_d k_id(x_d)            i over the observations and the prior
//
// Bandwidths come from the distances to the neighbours on each axis (parzen.c). The estimator is
// kept up incrementally: adding or taking away an observation moves it in one sorted list an axis
// and changes at most three bandwidths there. What it says depends on the set of observations,
// their keys and weights alone, never on the order in which they came and went, bit for bit.
//
// Conditional spaces: axes that are active together form a block; blocks come in an order in which
// what decides a block's activity stands before it. The density of a point is
//     p(x) = Π_b p(x_b | x_<b),  p(x_b | x_<b) = Σ_i e_i k_ib(x_b) / Σ_i e_i
// over the prior and the observations that have block b, where e_i is w_i times the kernels of the
// earlier blocks of x; where observation i lacks one of these, the prior stands in. It sums to one,
// and drawing block by block with the weights e_i draws from it exactly. Without conditions the
// quotients telescope to the plain mixture.
//
// Memory: (44 bytes · axes + 8 · blocks + 42) an observation. One thread at a time.
#ifndef HN_LEARN_PARZEN_H
#define HN_LEARN_PARZEN_H

#include <hone/error.h>

#include "base/vec.h"
#include "learn/axis.h"
#include "learn/phi.h"
#include "num/single.h"

typedef struct hn_parzen_options {
    double prior_weight; // of the prior kernel, and of the prior inside a kernel over choices
    bool endpoints;      // the ends of an axis count as neighbours of its first and last kernel
    bool magic_clip;     // no bandwidth below width / min(100, 1 + number of kernels)
} hn_parzen_options;

// Which axes there are; borrowed, outlives the estimator.
typedef struct hn_parzen_layout {
    const hn_axis *axes; // [n_axes]
    uint32_t n_axes, n_blocks;
    const uint32_t *block_axes;  // [n_axes] axes by block
    const uint32_t *block_start; // [n_blocks + 1] into block_axes
} hn_parzen_layout;

// The kernels of one axis, by slot.
typedef struct hn_parzen_dim {
    double *value;   // NaN: inactive
    double *mean;    // on the axis' scale
    double *gap;     // bandwidth before it is clipped
    double *inverse; // 1 / bandwidth
    uint32_t *order; // [n] slots by mean
    // The mean (CHOICE: the value) and the inverse in units of the axis' width, single precision.
    float *place, *steep;
    uint32_t n;
    double floor;     // bound of the bandwidths in use
    double hit, miss; // CHOICE: share of the choice that was seen, weight of the prior
} hn_parzen_dim;

typedef struct hn_parzen {
    hn_parzen_options options;
    const hn_parzen_layout *layout;
    const hn_phi *phi;   // borrowed
    hn_parzen_dim *dims; // [n_axes]
    uint32_t cap, n_slots;
    uint64_t *keys;  // [cap] of the observation in a slot
    uint32_t *ranks; // [cap] where a slot stands in `list`
    bool *dirty;     // [cap] a bandwidth changed
    double *peaks;   // [n_blocks × cap] log of the product of the greatest densities in the block
    double *masses;  // [n_axes × cap] STEPPED: one over the share inside the domain
    double *log_weights; // [cap]
    double *room;        // [cap] scratch
    HN_VEC(uint32_t) unused;
    HN_VEC(uint32_t) list;      // slots in the order of the caller's list
    HN_VEC(uint32_t) unsettled; // slots that are dirty
    double log_prior_weight;
} hn_parzen;

// A point of a numeric axis in units of its width, from its middle on.
static inline double hn_parzen_place(const hn_axis *axis, double t)
{
    return (t - axis->left) / (axis->right - axis->left) - 0.5;
}

hone_status hn_parzen_init(hn_parzen *p, const hn_parzen_layout *layout,
                           const hn_parzen_options *options, const hn_phi *phi, hone_error *err);
void hn_parzen_free(hn_parzen *p);

// Adds the observation `x` [n_axes], NaN where inactive; `key` breaks ties between equal values
// and must be unique. `*slot` names it from now on.
hone_status hn_parzen_add(hn_parzen *p, const double *x, uint64_t key, uint32_t *slot,
                          hone_error *err);
void hn_parzen_remove(hn_parzen *p, uint32_t slot);
// To be called after changes: all observations by slot, in an order that follows from their keys
// alone (sums run in it), and their weights, not normalised.
hone_status hn_parzen_settle(hn_parzen *p, const uint32_t *slots, const double *weights, uint32_t n,
                             hone_error *err);

// --- parzen_eval.c ---

// What a normal gave to a cell of a STEPPED axis, kept because few of them differ: kernels over
// integers have few means, and candidates few values.
typedef struct hn_cell_mass {
    double mean, inverse, low, mass;
    uint32_t axis;
} hn_cell_mass;
enum { HN_CELL_MASSES = 512 };

// A walk through the blocks of one point, or of several that share the blocks behind them.
// Observations are named by their places in the list, or by their slots.
typedef struct hn_walk {
    double *e; // [n + 1] log of weight and kernels of the blocks taken so far; the prior is last
    uint32_t block;
    // The kernels of the block in single precision, by slot: `base` is e and the greatest that the
    // block's densities can add, less `reference`, and -inf where there is no such block.
    size_t n_rough; // slots, in whole rows
    float *base, *rough;
    double reference, most_base; // the greatest of `base`
    double log_n;                // of all kernels
    hn_single_factor *factors;   // [n_axes + 1]
    uint32_t *cell_axes;         // [n_axes] the STEPPED ones among these
    hn_single_cell *cells;       // [n_axes]
    float *lanes;                // some kernels and what the masses of their cells need
    // For draws and normalised densities, made when the first one is asked for.
    bool is_weighed;
    uint32_t n_having, *having; // [n_having] places that have the block
    double *share;              // [n_having + 1] exp(e) in units of the greatest; the prior is last
    double total;               // of `share`
    double log_before;          // log of the sum of e over these and the prior
    // The kernels that one density looks at.
    uint32_t *above;         // [n_rough] slots
    uint32_t *near, *slots;  // [n] places, and their slots
    double *exponent, *mass; // [n]
    uint64_t *marks;         // a bit a place
    hn_cell_mass *masses;    // [HN_CELL_MASSES]
} hn_walk;

// log of the product of the priors over the axes of block `b`.
double hn_parzen_log_prior(const hn_parzen_layout *layout, uint32_t b, const double *x);
// How many doubles a walk through `p` needs, once `p` is settled.
size_t hn_walk_room(const hn_parzen *p);
void hn_walk_begin(const hn_parzen *p, hn_walk *walk, double *room);
// Goes on to block `b`, given the blocks taken so far.
void hn_walk_enter(const hn_parzen *p, hn_walk *walk, uint32_t b);
// Draws the values of the block into x; u [1 + axes of the block].
void hn_walk_draw(const hn_parzen *p, hn_walk *walk, const double *u, double *x);
// Conditional log density of the values of the block in x.
double hn_walk_density(const hn_parzen *p, hn_walk *walk, const double *x);
// The same but for a constant of the block and the blocks behind it: what points are ranked by.
double hn_walk_log_sum(const hn_parzen *p, hn_walk *walk, const double *x);
// That to within `*slack`, much cheaper; the number itself with a slack of 0 where it is not.
// `log_prior`: of the block at x.
double hn_walk_estimate(const hn_parzen *p, hn_walk *walk, const double *x, double log_prior,
                        double *slack);
// Decides the values of the block.
void hn_walk_take(const hn_parzen *p, hn_walk *walk, const double *x);

#endif
