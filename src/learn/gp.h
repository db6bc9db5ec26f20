// Gaussian processes: a function is a draw from a process with covariance k, seen with noise.
//
//     k(x, x') = s (1 + z + z²/3) e^-z,  z = √5 r,  r² = Σ_j D_j(x_j, x'_j) / ℓ_j²     Matérn 5/2
//
// D_j is the squared difference of two numbers, and one or zero for two choices that differ or do
// not. A number that may be inactive is the point (u - ½, 0), inactive it is (0, ½): two inactive
// ones are at the same place, and one is as far from the middle of the range as its ends are. Of a
// choice "inactive" is one choice more.
//
// Points are rows x [n_dims]: numbers in [0, 1], the index of a choice, NaN where inactive. Targets
// are standardised by the caller; the process has mean zero. Hyperparameters are one vector of
// logarithms, see hn_gp_at. With `warp` a number u is first turned into 1 - (1 - u^a)^b.
//
// Everything is a function of the arguments alone. Memory: 2 n² doubles a model, 4 n² more while it
// is fitted. One thread at a time.
#ifndef HN_LEARN_GP_H
#define HN_LEARN_GP_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include <hone/error.h>

#include "base/arena.h"
#include "num/linalg.h"

typedef struct hn_gp_dim {
    bool is_choice;
    bool optional; // may be inactive
} hn_gp_dim;

typedef struct hn_gp_space {
    const hn_gp_dim *dims; // [n_dims], borrowed
    uint32_t n_dims;
    bool warp;
} hn_gp_space;

// Places in the vector of hyperparameters: log ℓ_j at j, then these; with `warp` log a_j at
// HN_GP_WARP + j and log b_j at HN_GP_WARP + n_dims + j (of choices, too, where they mean nothing).
enum { HN_GP_SCALE, HN_GP_NOISE, HN_GP_WARP };
static inline uint32_t hn_gp_at(const hn_gp_space *space, uint32_t what)
{
    return space->n_dims + what;
}
static inline uint32_t hn_gp_n_hyper(const hn_gp_space *space)
{
    return space->n_dims + HN_GP_WARP + (space->warp ? 2 * space->n_dims : 0);
}

// What is believed of hyperparameters before there are data.
typedef struct hn_gp_prior {
    double length_mean, length_sd;  // of log ℓ
    double scale_mean, scale_sd;    // of log s
    double noise_shape, noise_rate; // Gamma law of σ²
    double warp_sd;                 // of log a and log b, about zero
    double least_noise;             // floor of σ²; with `fixed_noise` σ² is this
    bool fixed_noise;
} hn_gp_prior;
// For `d` dimensions.
hn_gp_prior hn_gp_default_prior(uint32_t d);

// --- gp_fit.c ---

typedef struct hn_gp_fit_options {
    uint32_t max_evaluations;
    double pgtol;
    bool plain; // no BLAS
} hn_gp_fit_options;

// Logarithm of the marginal likelihood of y [n] given x [n × n_dims], without the prior; with `g`
// (NULL: not wanted) its gradient by the hyperparameters. NAN when the covariance has no factor.
// `arena` gives scratch. Returns NAN when that is exhausted, too.
double hn_gp_likelihood(const hn_gp_space *space, const double *x, const double *y, uint32_t n,
                        const double *hyper, double *g, bool plain, hn_arena *arena);
// Logarithm of the prior's density; its gradient is added to g.
double hn_gp_log_prior(const hn_gp_space *space, const hn_gp_prior *prior, const double *hyper,
                       double *g);
// Where a fit starts: what is most probable before there are data.
void hn_gp_start(const hn_gp_space *space, const hn_gp_prior *prior, double *hyper);
// Moves `hyper` to a local maximum of likelihood times prior; `*value` (may be NULL) gets its
// logarithm. Where the start has no likelihood, it stays, and *value is NAN.
hone_status hn_gp_fit(const hn_gp_space *space, const hn_gp_prior *prior, const double *x,
                      const double *y, uint32_t n, const hn_gp_fit_options *options, double *hyper,
                      double *value, hn_arena *arena, hone_error *err);

// --- gp_embed.c: points as coordinates in which the kernel is a function of distance ---

typedef struct hn_gp_embedding {
    const hn_gp_space *space;
    uint32_t n_coords, n_choices; // numbers' coordinates; dimensions that are choices
    uint32_t *coord_dim;          // [n_coords]
    bool *is_flag;                // [n_coords] the coordinate of being inactive
    uint32_t *choice_dim;         // [n_choices]
} hn_gp_embedding;

bool hn_gp_embed_init(hn_gp_embedding *e, const hn_gp_space *space, hn_arena *arena);
// Coordinates z [n_coords] of x, times `inverse` [n_dims], which hn_gp_inverse_lengths fills.
void hn_gp_embed(const hn_gp_embedding *e, const double *hyper, const double *inverse,
                 const double *x, double *z);
void hn_gp_inverse_lengths(const hn_gp_space *space, const double *hyper, double *inverse);
// Code of a choice: inactive is one more.
static inline double hn_gp_code(double x)
{
    return isnan(x) ? -1 : x;
}
// The warped number, and its derivatives by u, log a and log b (each NULL: not wanted).
double hn_gp_warp(double u, double log_a, double log_b, double *by_u, double *by_a, double *by_b);

// --- gp.c ---

// Rows of matrices begin at multiples of so many doubles.
enum { HN_GP_ALIGN = 8 };

typedef struct hn_gp {
    hn_gp_space space;
    hn_gp_embedding embedding;
    hn_linalg la;
    hn_arena arena; // of the embedding and hyper
    uint32_t n, cap;
    double *hyper, *inverse_length; // [n_hyper], [n_dims]
    double scale, noise;            // noise with what had to be added so that there is a factor
    double *x;                      // [cap × n_dims] as given
    double *z, *norm;               // [cap × n_coords] scaled; their squared lengths
    double *columns;                // [n_coords × cap] the same, column by column
    double *codes;                  // [n_choices × cap] inactive ones are -1
    double *factor, *inverse;       // [cap × cap] L and L⁻¹, lower triangles
    double *y, *alpha;              // [cap] α = (K + σ² I)⁻¹ y
    double *block;                  // what holds them all
} hn_gp;

// `space->dims` is copied.
hone_status hn_gp_init(hn_gp *gp, const hn_gp_space *space, bool plain, hone_error *err);
void hn_gp_free(hn_gp *gp); // all zero is fine
// Takes these points in, instead of what was there: O(n³). Noise is added where the covariance has
// no factor; HONE_EINVAL when that does not help (a hyperparameter or a point is not finite).
hone_status hn_gp_set(hn_gp *gp, const double *hyper, const double *x, const double *y, uint32_t n,
                      hone_error *err);
// Takes one point more: O(n²). The same bits as if it had been among those of another hn_gp_append.
hone_status hn_gp_append(hn_gp *gp, const double *x, double y, hone_error *err);
void hn_gp_truncate(hn_gp *gp, uint32_t n);      // forgets all but the first n points
void hn_gp_retarget(hn_gp *gp, const double *y); // other targets [n] for the same points

// Adds the parts of x's choices to its squared distances to the first n points.
void hn_gp_add_choices(const hn_gp *gp, const double *x, size_t n, double *r2);

// --- gp_predict.c ---

// Covariances k [n] of x, whose scaled coordinates are z, with the points; slope as of
// hn_matern52_many.
void hn_gp_covariances(const hn_gp *gp, const double *x, const double *z, double *k, double *slope);

// Numbers of scratch for a prediction; for `m` points at once.
size_t hn_gp_room(const hn_gp *gp, uint32_t m);
// Mean and variance of the function (without noise) at x; with `d_mean` and `d_variance` [n_dims]
// (both or none) their derivatives by the numbers that are active, zero elsewhere.
void hn_gp_predict(const hn_gp *gp, const double *x, double *mean, double *variance, double *d_mean,
                   double *d_variance, double *room);
// The same without derivatives for x [m × n_dims]; `variance` may be NULL.
void hn_gp_predict_many(const hn_gp *gp, const double *x, uint32_t m, double *mean,
                        double *variance, double *room);
// Is the exact variance of a point wanted, of which the mean and a bound of its variance are known?
typedef bool hn_gp_wants(void *context, double mean, double most_variance);
// The same, with the variance of those that are wanted: NAN elsewhere. Most of the cost of a point
// is its variance; a bound of it, what the one point that is most like it leaves, costs nothing.
void hn_gp_predict_wanted(const hn_gp *gp, const double *x, uint32_t m, hn_gp_wants *wants,
                          void *context, double *mean, double *variance, double *room);
// What the other points say of each point's target: mean and variance, noise included, [n].
void hn_gp_leave_one_out(const hn_gp *gp, double *mean, double *variance);
// Means at the points themselves [n].
void hn_gp_fitted(const hn_gp *gp, double *mean);

#endif
