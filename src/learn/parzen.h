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
// Memory: (36 bytes · axes + 8 · blocks + 38) an observation. One thread at a time.
#ifndef HN_LEARN_PARZEN_H
#define HN_LEARN_PARZEN_H

#include <hone/error.h>

#include "base/vec.h"
#include "learn/axis.h"
#include "learn/phi.h"

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
    uint64_t *keys; // [cap] of the observation in a slot
    bool *dirty;    // [cap] a bandwidth changed
    double *peaks;  // [n_blocks × cap] log of the product of the greatest densities in the block
    double *masses; // [n_axes × cap] STEPPED: one over the share inside the domain
    double *log_weights; // [cap]
    double *room;        // [cap] scratch
    HN_VEC(uint32_t) unused;
    HN_VEC(uint32_t) list; // slots in the order of the caller's list
    double log_prior_weight;
} hn_parzen;

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
typedef struct hn_walk {
    double *e; // [n + 1] log of weight and kernels of the blocks taken so far; the prior is last
    uint32_t block, n_having;
    uint32_t *having; // [n_having] the slots that have the block
    double *base;     // [n_having] their e, and the greatest that the block's densities can add
    double *share; // [n_having + 1] exp(e) in units of the greatest, for draws; the prior is last
    double *mean, *inverse; // [n_having] on the block's first axis that is no CHOICE, if it has one
    double total;           // of `share`
    double log_before;      // log of the sum of e over these and the prior
    double *exponent, *bound; // [n] of a density
    uint32_t *slots;          // [n]
    hn_cell_mass *masses;     // [HN_CELL_MASSES]
} hn_walk;
_Static_assert(sizeof(hn_cell_mass) == 5 * sizeof(double), "counted in doubles below");
#define HN_WALK_ROOM(n) (8 * ((size_t)(n) + 2) + 5 * HN_CELL_MASSES) // doubles

void hn_walk_begin(const hn_parzen *p, hn_walk *walk, double *room);
// Goes on to block `b`, given the blocks taken so far.
void hn_walk_enter(const hn_parzen *p, hn_walk *walk, uint32_t b);
// Draws the values of the block into x; u [1 + axes of the block].
void hn_walk_draw(const hn_parzen *p, const hn_walk *walk, const double *u, double *x);
// Conditional log density of the values of the block in x.
double hn_walk_density(const hn_parzen *p, hn_walk *walk, const double *x);
// Decides the values of the block.
void hn_walk_take(const hn_parzen *p, hn_walk *walk, const double *x);

#endif
