// Quadratic models of a function near a point, from whatever values are known there.
//
//     m(z) = a + gᵀz + ½ zᵀHz,     z = (x - centre) / radius
//
// Fitted by weighted least squares with a small ridge, so that any number of points will do: what
// they do not determine stays zero. Several functions that were measured at the same points share
// the work.
#ifndef HN_LEARN_QUADRATIC_H
#define HN_LEARN_QUADRATIC_H

#include "base/arena.h"
#include "num/linalg.h"

#include <stdint.h>

typedef enum hn_quadratic_kind {
    HN_QUADRATIC_LINEAR,   // H = 0; 1 + d terms
    HN_QUADRATIC_DIAGONAL, // 1 + 2 d
    HN_QUADRATIC_FULL      // (d + 1) (d + 2) / 2
} hn_quadratic_kind;

typedef struct hn_quadratic {
    uint32_t d;
    double a;
    double *g; // [d]
    double *H; // [d × d], symmetric
} hn_quadratic;

// What is fitted: Z [n × d], Y [n × m] (a column a function), weights [n] > 0 of the squared
// residuals. Numbers of Z and Y are of order one, and finite.
typedef struct hn_quadratic_data {
    const double *Z, *Y, *weights;
    uint32_t n, d, m;
} hn_quadratic_data;

uint32_t hn_quadratic_terms(hn_quadratic_kind kind, uint32_t d);
// The richest kind that n points determine and that has no more than `most` terms. Linear when
// there are too few for any.
hn_quadratic_kind hn_quadratic_affordable(uint32_t n, uint32_t d, uint32_t most);
// What a local search affords: models of no more terms than these, full ones of fewer, since they
// are what costs most and need as many points; for d axes, fitted to no more points than these. A
// fit takes `work` products of two numbers, at most.
enum { HN_QUADRATIC_MOST_TERMS = 300, HN_QUADRATIC_MOST_FULL = 200 };
hn_quadratic_kind hn_quadratic_local(uint32_t n, uint32_t d);
uint32_t hn_quadratic_most_points(uint32_t d);
double hn_quadratic_work(uint32_t d);
// Memory of the model from the arena; false when there is none.
bool hn_quadratic_alloc(hn_quadratic *model, uint32_t d, hn_arena *arena);
// The models out [m], allocated before. `ridge` > 0: prior variance of the noise beside that of a
// term, 1e-10 passes through the points where it can. Room from `scratch`, which is rewound. False
// when out of memory, or when the numbers were not finite; the models are then of no use.
// O(n p² + p³) for p terms.
bool hn_quadratic_fit(const hn_linalg *la, const hn_quadratic_data *data, hn_quadratic_kind kind,
                      double ridge, hn_quadratic *out, hn_arena *scratch);
// m(z), and its gradient into g [d] unless NULL. O(d²).
double hn_quadratic_value(const hn_quadratic *model, const double *z, double *g);
// Minimises m(z), plus for each of the `n_rules` models c_k of what has to be <= 0
//     penalty[k] · h(c_k(z)),   h(c) = 0 below 0, c² / 2w up to w, c - w/2 beyond (w = 0.01),
// within low <= z <= high [d], from z and from the corner downhill of z = 0. The point goes into z;
// returns what it costs there, NaN when out of memory. `room` of the cost: [d].
typedef struct hn_quadratic_aim {
    const hn_quadratic *model, *rules;
    const double *penalty;
    uint32_t n_rules;
} hn_quadratic_aim;
double hn_quadratic_cost(const hn_quadratic_aim *aim, const double *z, double *g, double *room);
double hn_quadratic_minimise(const hn_quadratic_aim *aim, const double *low, const double *high,
                             double *z, hn_arena *scratch);

#endif
