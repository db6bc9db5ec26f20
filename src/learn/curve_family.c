// The shapes that learning curves are made of.
//
// Domhan, Springenberg, Hutter: Speeding up automatic hyperparameter optimization of deep neural
// networks by extrapolation of learning curves. IJCAI 2015, table 1, lists eleven. Their first
// coefficients enter linearly: value = c + a g(x). Freed from these, most are one of four
//
//     power    g = x^-α                    pow3
//     shifted  g = (x + s)^-α              pow4
//     hill     g = 1 / (1 + (x / κ)^δ)     mmf, hill3, log power
//     weibull  g = exp(-(x / κ)^δ)         weibull, janoschek, exp4
//     inverse  g = 1 / ln(1 + x / κ)       ilog2, with κ = 1 step
//
// so that only α, s, κ, δ are left to be searched. vap and loglog, which have no limit, are left
// out: the power with a small α does what they do. x is a share of the whole training, hence the
// ranges: a training whose curve bends after hundred times its length, or before a thousandth of
// it, is straight or over.
#include "learn/curve_internal.h"

#include <math.h>

enum { POWER, SHIFTED = HN_CURVE_SHIFTED, HILL, WEIBULL, INVERSE };

// Logarithms of the bounds of α, s, κ, δ: 0.1 to 5, 0.003 to 1, 0.005 to 3, 0.5 to 5, 0.4 to 3;
// κ of the inverse: 0.0003 to 0.3.
const hn_curve_family hn_curve_families[HN_CURVE_FAMILIES] = {
    [POWER] = {"power", 0.25, 1, {-2.3}, {1.6}, {12, 1}},
    [SHIFTED] = {"shifted", 0.2, 2, {-2.3, -5.8}, {1.6, 0}, {8, 4}},
    [HILL] = {"hill", 0.2, 2, {-5.3, -0.7}, {1.1, 1.6}, {8, 6}},
    [WEIBULL] = {"weibull", 0.25, 2, {-5.3, -0.9}, {1.1, 1.1}, {8, 6}},
    [INVERSE] = {"inverse", 0.1, 1, {-8.1}, {-1.2}, {6, 1}},
};

hn_curve_form hn_curve_form_of(int family, const double *shape)
{
    switch (family) {
    case POWER:
        return (hn_curve_form){family, exp(shape[0]), 0};
    case SHIFTED:
        return (hn_curve_form){family, exp(shape[0]), exp(shape[1])};
    case INVERSE:
        return (hn_curve_form){family, exp(-shape[0]), 0};
    default:
        return (hn_curve_form){family, shape[0], exp(shape[1])};
    }
}

double hn_curve_shape(const hn_curve_form *form, double x, double log_x)
{
    double a = form->a, b = form->b;
    switch (form->family) {
    case POWER:
        return exp(-a * log_x);
    case SHIFTED:
        return exp(-a * log(x + b));
    case HILL:
        return 1 / (1 + exp(b * (log_x - a)));
    case WEIBULL:
        return exp(-exp(b * (log_x - a)));
    default:
        return 1 / log1p(x * a);
    }
}
