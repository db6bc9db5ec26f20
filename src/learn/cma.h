// CMA-ES: a normal distribution N(m, σ² C) that learns from ranked points where better ones lie.
//
// Usage: hn_cma_init; then, generation after generation, hn_cma_point for as many points as wanted,
// each from standard normals that the caller draws, and hn_cma_tell with the best λ of them ranked.
// Points may come from elsewhere or from an earlier generation, too: hn_cma_shorten first.
// Symbols as in the sources: see cma.c. Matrices are row-major. Memory: O(n²), separable O(n).
#ifndef HN_LEARN_CMA_H
#define HN_LEARN_CMA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

typedef struct hn_cma_setup {
    uint32_t n;      // dimensions, at least 1
    uint32_t lambda; // points of a generation, at least 2; hn_cma_lambda(n) is usual
    bool separable;  // C is diagonal
    bool lr_adapt;   // learning rates follow the ratio of signal to noise
    double sigma;    // > 0
    const double *m; // [n]
    const double *C; // [n × n], separable: [n]; NULL: the identity
} hn_cma_setup;

typedef enum hn_cma_stop {
    HN_CMA_GO_ON,
    HN_CMA_FLAT,       // the objective no longer differs
    HN_CMA_PLATEAU,    // most points of successive generations are equally good
    HN_CMA_SMALL,      // the distribution has become too narrow to matter
    HN_CMA_LARGE,      // it diverges
    HN_CMA_CONDITION,  // C is too ill-conditioned for doubles
    HN_CMA_NO_EFFECT,  // a step of a tenth of it does not change the mean
    HN_CMA_STAGNATION, // medians have not become better for long
    HN_CMA_TOO_LONG    // more generations than any that went well take
} hn_cma_stop;

// Learning-rate adaptation (cma_rates.c).
typedef struct hn_cma_rates {
    double *E_m, *E_C; // moving averages [n], [n × n] or [n] of steps in local coordinates
    double V_m, V_C;   // and of their squared lengths
    double eta_m, eta_C;
    double *old_m, *old_C; // before the step
    double old_sigma;
} hn_cma_rates;

// The best and median values of the generations (cma_stop.c).
typedef struct hn_cma_record {
    double *best, *worst, *median; // rings [size]
    uint32_t size, recent;         // `recent`: the last so many decide whether it is flat
} hn_cma_record;

typedef struct hn_cma {
    uint32_t n, lambda, mu;
    bool separable, lr_adapt;
    // Strategy parameters.
    double mu_eff, c_1, c_mu, c_c, c_sigma, d_sigma, chi, sum_w;
    double *w;   // [λ], from the best on
    double lazy; // generations between decompositions
    // [n] the mean stays between them, and paths learn of no step that it has not made; NULL:
    // anywhere. To be set after hn_cma_init; borrowed.
    const double *low, *up;
    // Successive generations on a plateau that are borne; set after hn_cma_init where values are
    // expected to be equal, since something else has cells of equal values.
    uint32_t most_level;
    // State.
    uint64_t g;       // generations told
    uint32_t n_level; // the last so many of them on a plateau
    double sigma, sigma_0;
    double *m, *p_sigma, *p_c;
    double *C;              // [n × n], separable: [n]
    double *D;              // [n] square roots of the eigenvalues, ascending unless separable
    double *B;              // [n × n] eigenvectors as rows; NULL when separable
    double *root, *inverse; // C^½ and C^-½, symmetric; NULL when separable
    uint64_t g_eigen;       // generation of D, B, root and inverse
    hn_cma_rates rates;
    hn_cma_record record;
    double *Y, *y_w, *t, *room; // for a tell
} hn_cma;

// 4 + ⌊3 ln n⌋.
uint32_t hn_cma_lambda(uint32_t n);
// Memory comes from the arena; false when out of it, or when C is no covariance.
bool hn_cma_init(hn_cma *s, const hn_cma_setup *setup, hn_arena *arena);
// x = m + σ C^½ z; z, x [n]. O(n²).
void hn_cma_point(const hn_cma *s, const double *z, double *x);
// √((x - m)ᵀ C⁻¹ (x - m)) / σ. `room`: [n].
double hn_cma_distance(const hn_cma *s, const double *x, double *room);
// Moves a point that this distribution has not drawn along its line to m until it is no farther
// than √n + 2 n / (n + 2), about what is usual. `room`: [n].
void hn_cma_shorten(const hn_cma *s, double *x, double *room);
// X [λ × n]: the points, the best first. Their values [λ] may be infinite; NaN stands for one that
// has none. O(λ n²), and O(n³) when C is decomposed.
void hn_cma_tell(hn_cma *s, const double *X, const double *values);
// Is more to be expected? `fixed` [n], may be NULL: dimensions that do not count for narrowness,
// since something else keeps them from becoming narrow.
hn_cma_stop hn_cma_should_stop(const hn_cma *s, const bool *fixed);

// --- cma_kept.c ---
// What it has learned, as bytes for another process of this build: so many.
size_t hn_cma_kept_size(const hn_cma *s);
void hn_cma_keep(const hn_cma *s, hn_str *out);
// Goes on from such bytes, hn_cma_kept_size of them, after an init with the same n, λ, separable
// and lr_adapt. False, and the state is void, when they cannot be of a CMA-ES.
bool hn_cma_recall(hn_cma *s, const char *bytes);

// --- cma.c: inside ---
void hn_cma_make_roots(const hn_cma *s); // root and inverse from B and D
// --- cma_rates.c: inside ---
bool hn_cma_rates_init(hn_cma *s, hn_arena *arena);
void hn_cma_rates_before(hn_cma *s);
void hn_cma_rates_after(hn_cma *s);
// --- cma_stop.c: inside ---
bool hn_cma_record_init(hn_cma *s, hn_arena *arena);
void hn_cma_record_add(hn_cma *s, const double *values);

// --- cma_start.c ---
// Where good points of a related problem, or of an earlier search, lie: m, σ and C (room [n × n],
// or [n] when separable) from the best k of them, X [k × n], each widened by `spread` [n]. False
// when out of memory.
bool hn_cma_learn_start(const double *X, uint32_t k, uint32_t n, bool separable,
                        const double *spread, double *m, double *sigma, double *C, hn_arena *arena);

#endif
