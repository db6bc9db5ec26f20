// Learning curves extrapolated: from the values of a training so far, the distribution of its value
// at a later step.
//
// The mixture is over shapes of curves (families that Domhan et al. 2015 list, up to a rescaling
// equal ones once), each with and without a trend, over their parameters, and over noise; see
// curve.c. It is wide after two or three points, narrow after many, and takes curves of any scale
// that fall or rise, flat ones, noise, spikes, NaN, unevenly spaced steps.
#ifndef HN_LEARN_CURVE_H
#define HN_LEARN_CURVE_H

#include <stdbool.h>
#include <stdint.h>

enum { HN_CURVE_FAMILIES = 5, HN_CURVE_PARTS = 512, HN_CURVE_AHEAD = 3 };

// What is known of a training. `step` [n] ascending and finite, each once; `value` [n], of which
// what is not finite is passed over.
typedef struct hn_curve_data {
    const double *step, *value;
    uint32_t n;
    double end;   // the last step of a whole training, above step[0]
    double scale; // by how much values of such trainings change altogether; 0: not known
    bool rising;  // greater is better, and what training tends to
    bool quick;   // the grid is not divided: a third of the time, for one of many forecasts
} hn_curve_data;

// A shape with its parameters, the coefficients of end, drop and trend integrated out.
typedef struct hn_curve_form {
    double a, b;                     // of α, s, κ, δ those that its family has: curve_family.c
    double g_end, over_span;         // its value at the end; 1 / (that at the first point - g_end)
    double l10, l21, d1, d2, y1, y2; // the coefficients: curve_cells.c; without a trend d2 = 0
} hn_curve_form;

typedef struct hn_curve_part {
    hn_curve_form form;
    double variance; // of the noise
    double now;      // mean of the value at the last step that was seen
    double weight;   // all parts: 1
} hn_curve_part;

// The distribution; no memory of its own.
typedef struct hn_curve {
    double origin, end, first, last; // steps
    double sign, centre, scale;      // value = sign (centre + scale z)
    double reading;                  // sd of a single value about a mean of several, as z
    double df;
    double l20, d0, y0;                        // what the coefficients of all parts have in common
    uint32_t n_parts, n_of[HN_CURVE_FAMILIES]; // parts, of each family, which stand together
    hn_curve_part parts[HN_CURVE_PARTS];
} hn_curve;

// False when fewer than two values are finite, or the numbers are too large to calculate with.
// O(n log n): 0.03 to 0.13 ms for up to 10,000 points; the same data give the same bits.
bool hn_curve_fit(hn_curve *out, const hn_curve_data *data);
// Will the training be better than `limit` at one of `ahead` [n], steps not before its first one?
typedef struct hn_curve_goal {
    double ahead[HN_CURVE_AHEAD];
    uint32_t n;
    double limit;
    double asked; // the probability that it is compared with; above 1: it is wanted as it is
} hn_curve_goal;

// The greatest of the probabilities, as exactly as it takes to say whether it is below `asked`: a
// coarse grid, at a third of the cost, settles most. `quick` has no part in it. False as above.
bool hn_curve_pass(const hn_curve_data *data, const hn_curve_goal *goal, double *probability);
// Probability that the value read at `step` (not before the first one seen) is below `limit`, a
// finite number.
double hn_curve_below(const hn_curve *curve, double step, double limit);
// The value that is not exceeded at `step` with probability p, 0 < p < 1; p = 0.5: the median.
// At most 0.4 ms.
double hn_curve_quantile(const hn_curve *curve, double step, double p);
// Its mean at `step`, and the scale of one Student's t of `df` degrees of freedom in place of the
// mixture: for who asks often, O(parts) once and O(1) then.
void hn_curve_moments(const hn_curve *curve, double step, double *mean, double *sd);

#endif
