// What the files of curve.h share.
#ifndef HN_LEARN_CURVE_INTERNAL_H
#define HN_LEARN_CURVE_INTERNAL_H

#include "learn/curve.h"

// --- curve_points.c ---

enum { HN_CURVE_POINTS = 48 };

// A curve made small and regular: x is 1 at the end of training, z falls, is 0 where it stands now
// and changes by about 1.
typedef struct hn_curve_points {
    uint32_t n;
    double x[HN_CURVE_POINTS], log_x[HN_CURVE_POINTS], z[HN_CURVE_POINTS];
    double weight[HN_CURVE_POINTS]; // 1: an ordinary one, less: a spike
    double noise;                   // sd of z about a smooth curve, a guess
} hn_curve_points;

// Fills `points`, and origin, end, first, last, sign, centre, scale, reading of `curve`.
bool hn_curve_tidy(const hn_curve_data *data, hn_curve_points *points, hn_curve *curve);
double hn_curve_x(const hn_curve *curve, double step);

// --- curve_predict.c ---

enum { HN_CURVE_COEFFICIENTS = 3 };

// The mean of the part at x, whose logarithm is `log_x`; `phi` [HN_CURVE_COEFFICIENTS]: what its
// coefficients are multiplied by there.
double hn_curve_part_at(const hn_curve_part *part, double x, double log_x, double *phi);

// --- curve_family.c ---

enum { HN_CURVE_SHIFTED = 1, HN_CURVE_FAMILIES = 5 }; // the one whose values take a logarithm

// A family falls with x > 0, up to two parameters that shape it and a linear map of its values.
typedef struct hn_curve_family {
    const char *name;
    double prior;
    uint32_t n_shape;
    double low[2], high[2]; // logarithms of the parameters
    uint32_t n_cells[2];    // that this is divided into at first
} hn_curve_family;

extern const hn_curve_family hn_curve_families[HN_CURVE_FAMILIES];

// The parameters of a shape from their logarithms [n_shape].
hn_curve_form hn_curve_form_of(int family, const double *shape);
// Its value at x, where `log_x` is its logarithm.
double hn_curve_shape(const hn_curve_form *form, double x, double log_x);

#endif
