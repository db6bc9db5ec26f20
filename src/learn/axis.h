// One dimension of a density estimate: its scale, its domain, its prior, and one kernel on it.
//
// Values are what a parameter has (0.01, 64, index of a choice). Kernels live on the axis' own
// scale t(x) = x, or log x. Three kinds:
//     CONTINUOUS  a normal cut to the domain; a density on the scale t (no Jacobian)
//     STEPPED     the mass that such a normal gives to the cell of a value, half a step to each
//                 side; the domain is wider than the range by half a step
//     CHOICE      a share of one for the choice that was seen, the rest by the prior
#ifndef HN_LEARN_AXIS_H
#define HN_LEARN_AXIS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum hn_axis_kind { HN_AXIS_CONTINUOUS, HN_AXIS_STEPPED, HN_AXIS_CHOICE } hn_axis_kind;

typedef struct hn_axis {
    hn_axis_kind kind;
    bool log;
    double low, high, step; // of the values; step > 0 of a STEPPED one
    double from, to;        // domain on the scale t; ±inf when unbounded
    double left, right;     // between these bandwidths are measured: the domain, or what matters of
                            // an unbounded one
    double min_sigma;       // no bandwidth is below; 0: no such bound
    // The prior: a normal with this share, and for the rest what `prior_rest` says.
    double prior_share, prior_mean, prior_sd;
    bool prior_log;              // the normal lives on log x, whatever the scale of the kernels
    double prior_from, prior_to; // to where it is cut, on its own scale
    bool flat_rest;              // the rest is uniform; else a wide normal, N(middle, width)
    double wide_mass;            // what of that normal lies inside the domain
    uint32_t n_choices;          // CHOICE; STEPPED: 0, or the number of values, for `shares`
    const double *shares;        // [n_choices] prior of the choices, sums to one; borrowed
} hn_axis;

// Fill an axis with the plain prior. `log`: low > 0 (STEPPED: low > step / 2).
hn_axis hn_axis_continuous(double low, double high, bool log);
hn_axis hn_axis_stepped(double low, double high, double step, bool log);
hn_axis hn_axis_choice(uint32_t n_choices, const double *shares);
// Standard normal prior, no bounds.
hn_axis hn_axis_normal(void);
// Puts a normal (mean, sd on its own scale) with this share over the plain prior, the rest flat.
void hn_axis_believe(hn_axis *axis, double share, double mean, double sd, bool log);

double hn_axis_scale(const hn_axis *axis, double x); // t(x), inside the domain
// The cell of a STEPPED value on the scale t.
void hn_axis_cell(const hn_axis *axis, double x, double *low, double *high);
// Prior density (CONTINUOUS, on the scale t) or mass of a value.
double hn_axis_prior(const hn_axis *axis, double x);
// A value with the prior's law from one uniform number.
double hn_axis_prior_quantile(const hn_axis *axis, double u);
// A value with the law of the kernel (mean and sigma on the scale t) on a numeric axis.
double hn_axis_kernel_quantile(const hn_axis *axis, double u, double mean, double sigma);
// Share of the kernel's normal that lies inside the domain.
double hn_axis_kernel_mass(const hn_axis *axis, double mean, double sigma);

#endif
