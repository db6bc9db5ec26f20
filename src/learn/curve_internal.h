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
    double x[HN_CURVE_POINTS + 1], log_x[HN_CURVE_POINTS + 1]; // the end stands behind the points
    double z[HN_CURVE_POINTS];
    double weight[HN_CURVE_POINTS]; // 1: an ordinary one, less: a spike
    double noise;                   // sd of z about a smooth curve, a guess
} hn_curve_points;

// Fills `points`, and origin, end, first, last, sign, centre, scale, reading of `curve`.
bool hn_curve_tidy(const hn_curve_data *data, hn_curve_points *points, hn_curve *curve);
double hn_curve_x(const hn_curve *curve, double step);

// --- curve_family.c ---

// A family falls with x > 0, up to two parameters that shape it and a linear map of its values.
typedef struct hn_curve_family {
    const char *name;
    double prior;
    uint32_t n_shape;
    double low[2], high[2]; // logarithms of the parameters
    uint32_t n_cells[2];    // that this is divided into at first
} hn_curve_family;

extern const hn_curve_family hn_curve_families[HN_CURVE_FAMILIES];

// The parameters a, b [n] of shapes, from their logarithms `first`, `second` [n].
void hn_curve_parameters(int family, const double *first, const double *second, uint32_t n,
                         double *a, double *b);
// Values g [n_x × n] of n shapes of a family at each x [n_x], whose logarithms are `log_x`.
void hn_curve_shapes(int family, const double *a, const double *b, uint32_t n, const double *x,
                     const double *log_x, uint32_t n_x, double *g);

// --- curve_cells.c ---

enum { HN_CURVE_CELLS = 578 }; // 146 at first, three times 16 divided by nine

// A box of a family's parameters, and how likely they are inside; without and with a trend.
typedef struct hn_curve_cell {
    int family;
    double at[2], half[2];
    hn_curve_form form; // at the middle, with a trend
    double variance[2], log_weight[2];
} hn_curve_cell;

// The posterior over shapes, and what all of them are judged against.
typedef struct hn_curve_cells {
    const hn_curve_points *points;
    double weight[HN_CURVE_POINTS]; // of the squared residuals
    double wh[HN_CURVE_POINTS], wz[HN_CURVE_POINTS];
    double w, whh, sum_wh, sum_wz, whz, wzz; // the sums without g; h = x - 1
    double ridge[3], drop;                   // precision of the priors · noise², the drop's mean
    double log_prior[2];                     // of the coefficients, without and with a trend
    double l20, d0, y0, det0, rest0;         // what elimination has of the first coefficient alone
    double df;                               // of the predictions
    double noise2, p_trend;
    hn_curve_cell all[HN_CURVE_CELLS];
    uint32_t n;
} hn_curve_cells;

// The coarse grid over all families.
void hn_curve_look_over(hn_curve_cells *cells, const hn_curve_points *points, bool rising);
// Divides the cells that weigh most.
void hn_curve_look_closer(hn_curve_cells *cells);

// --- curve_predict.c ---

// Means of the parts [n_parts] at x, and their variances in units of the noise's.
void hn_curve_look_ahead(const hn_curve *curve, double x, double *mean, double *spread);

#endif
