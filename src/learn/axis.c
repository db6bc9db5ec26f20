// One dimension of a density estimate; see axis.h.
//
// The plain prior of a numeric axis is the wide normal N(middle, width of the domain), cut to the
// domain: nearly uniform, as in the implementations of the method that others measure against.
#include "learn/axis.h"

#include <math.h>

#include "num/clamp.h"
#include "num/dist.h"

#define SQRT_2PI 2.50662827463100050242

static void set_domain(hn_axis *axis, double low, double high)
{
    axis->from = axis->left = axis->log ? log(low) : low;
    axis->to = axis->right = axis->log ? log(high) : high;
    axis->wide_mass =
        hn_axis_kernel_mass(axis, 0.5 * (axis->from + axis->to), axis->to - axis->from);
}

hn_axis hn_axis_continuous(double low, double high, bool log_scale)
{
    hn_axis axis = {.kind = HN_AXIS_CONTINUOUS, .log = log_scale, .low = low, .high = high};
    set_domain(&axis, low, high);
    return axis;
}

hn_axis hn_axis_stepped(double low, double high, double step, bool log_scale)
{
    hn_axis axis = {
        .kind = HN_AXIS_STEPPED, .log = log_scale, .low = low, .high = high, .step = step};
    set_domain(&axis, low - step / 2, high + step / 2);
    return axis;
}

hn_axis hn_axis_choice(uint32_t n_choices, const double *shares)
{
    return (hn_axis){.kind = HN_AXIS_CHOICE, .n_choices = n_choices, .shares = shares};
}

hn_axis hn_axis_normal(void)
{
    return (hn_axis){.kind = HN_AXIS_CONTINUOUS,
                     .low = -INFINITY,
                     .high = INFINITY,
                     .from = -INFINITY,
                     .to = INFINITY,
                     .left = -3,
                     .right = 3,
                     .prior_share = 1,
                     .prior_sd = 1,
                     .prior_from = -INFINITY,
                     .prior_to = INFINITY};
}

void hn_axis_believe(hn_axis *axis, double share, double mean, double sd, bool log_scale)
{
    double low = axis->low - axis->step / 2, high = axis->high + axis->step / 2;
    if (log_scale && low <= 0)
        low = axis->low;
    axis->prior_share = share;
    axis->prior_mean = mean;
    axis->prior_sd = sd;
    axis->prior_log = log_scale;
    axis->prior_from = log_scale ? log(low) : low;
    axis->prior_to = log_scale ? log(high) : high;
    axis->flat_rest = true;
}

double hn_axis_scale(const hn_axis *axis, double x)
{
    double low = axis->low - axis->step / 2;
    return hn_clamp(axis->log ? log(x > low ? x : low) : x, axis->from, axis->to);
}

void hn_axis_cell(const hn_axis *axis, double x, double *low, double *high)
{
    *low = x - axis->step / 2;
    *high = x + axis->step / 2;
    if (axis->log) {
        *low = log(*low);
        *high = log(*high);
    }
}

double hn_axis_kernel_mass(const hn_axis *axis, double mean, double sigma)
{
    if (isinf(axis->to))
        return 1;
    // The mean lies inside, so both terms are at most one half and nothing cancels.
    return 1 - hn_normal_cdf((axis->from - mean) / sigma) -
           hn_normal_cdf((mean - axis->to) / sigma);
}

// --- the prior ---

// Density of the normal part, cut, at a point of its own scale.
static double belief_density(const hn_axis *axis, double y)
{
    double z = (y - axis->prior_mean) / axis->prior_sd;
    double mass = hn_normal_cdf((axis->prior_to - axis->prior_mean) / axis->prior_sd) -
                  hn_normal_cdf((axis->prior_from - axis->prior_mean) / axis->prior_sd);
    return y < axis->prior_from || y > axis->prior_to
               ? 0
               : exp(-0.5 * z * z) / (SQRT_2PI * axis->prior_sd * mass);
}

// The same, on the scale of the kernels.
static double belief_at(const hn_axis *axis, double x)
{
    if (axis->prior_log == axis->log)
        return belief_density(axis, axis->log ? log(x) : x);
    if (axis->prior_log) // dt = dx, dy = dx / x
        return x > 0 ? belief_density(axis, log(x)) / x : 0;
    return belief_density(axis, x) * x; // dt = dx / x
}

static double belief_below(const hn_axis *axis, double x)
{
    double y = axis->prior_log ? (x > 0 ? log(x) : -INFINITY) : x;
    return hn_truncnormal_cdf(y, axis->prior_mean, axis->prior_sd, axis->prior_from,
                              axis->prior_to);
}

static double rest_density(const hn_axis *axis, double t)
{
    double width = axis->to - axis->from;
    if (axis->flat_rest)
        return 1 / width;
    double middle = 0.5 * (axis->from + axis->to), z = (t - middle) / width;
    return exp(-0.5 * z * z) / (SQRT_2PI * width * axis->wide_mass);
}

static double rest_mass(const hn_axis *axis, double x)
{
    double low, high, width = axis->to - axis->from;
    hn_axis_cell(axis, x, &low, &high);
    if (axis->flat_rest)
        return (high - low) / width;
    double middle = 0.5 * (axis->from + axis->to);
    return (hn_normal_cdf((high - middle) / width) - hn_normal_cdf((low - middle) / width)) /
           axis->wide_mass;
}

double hn_axis_prior(const hn_axis *axis, double x)
{
    double share = axis->prior_share;
    if (axis->shares) {
        double k = axis->kind == HN_AXIS_CHOICE ? x : round((x - axis->low) / axis->step);
        return axis->shares[(uint32_t)hn_clamp(k, 0, axis->n_choices - 1)];
    }
    if (axis->kind == HN_AXIS_CHOICE)
        return 1 / (double)axis->n_choices;
    if (axis->kind == HN_AXIS_STEPPED) {
        double belief = share > 0 ? belief_below(axis, x + axis->step / 2) -
                                        belief_below(axis, x - axis->step / 2)
                                  : 0;
        return share * belief + (1 - share) * rest_mass(axis, x);
    }
    double density = share > 0 ? share * belief_at(axis, x) : 0;
    return share < 1 ? density + (1 - share) * rest_density(axis, hn_axis_scale(axis, x)) : density;
}

// The value whose cell, or which itself, is at t.
static double value_at(const hn_axis *axis, double t)
{
    double x = axis->log ? exp(t) : t;
    if (axis->kind == HN_AXIS_STEPPED)
        x = axis->low + round((x - axis->low) / axis->step) * axis->step;
    return hn_clamp(x, axis->low, axis->high);
}

double hn_axis_kernel_quantile(const hn_axis *axis, double u, double mean, double sigma)
{
    if (isinf(axis->to))
        return mean + sigma * hn_normal_quantile(u);
    return value_at(axis, hn_truncnormal_quantile(u, mean, sigma, axis->from, axis->to));
}

double hn_axis_prior_quantile(const hn_axis *axis, double u)
{
    if (axis->shares) {
        double k = (double)hn_categorical_quantile(u, axis->shares, axis->n_choices);
        return axis->kind == HN_AXIS_CHOICE ? k : axis->low + k * axis->step;
    }
    if (axis->kind == HN_AXIS_CHOICE)
        return fmin(floor(u * axis->n_choices), axis->n_choices - 1);
    if (u < axis->prior_share) {
        u /= axis->prior_share;
        if (isinf(axis->prior_to))
            return axis->prior_mean + axis->prior_sd * hn_normal_quantile(u);
        double y = hn_truncnormal_quantile(u, axis->prior_mean, axis->prior_sd, axis->prior_from,
                                           axis->prior_to);
        double x = axis->prior_log ? exp(y) : y;
        return value_at(axis, axis->log ? log(x) : x);
    }
    u = (u - axis->prior_share) / (1 - axis->prior_share);
    double width = axis->to - axis->from;
    if (axis->flat_rest)
        return value_at(axis, axis->from + u * width);
    return hn_axis_kernel_quantile(axis, u, axis->from + width / 2, width);
}
