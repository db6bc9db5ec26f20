// What an extrapolated learning curve says of later steps: a mixture of Student's t over its shapes
// (rule 3 of curve.c).
#include "learn/curve_internal.h"

#include <math.h>

#define FARTHER 0.3

double hn_curve_part_at(const hn_curve_part *part, double x, double log_x, double *phi)
{
    double g = hn_curve_shape(&part->form, x, log_x), sum = 0;
    phi[0] = 1;
    phi[1] = (g - part->g_end) / (part->g_first - part->g_end);
    phi[2] = x - 1;
    for (uint32_t i = 0; i < part->k; i++)
        sum += part->m[i] * phi[i];
    return sum;
}

typedef struct predicted {
    double mean[HN_CURVE_PARTS], sd[HN_CURVE_PARTS];
} predicted;

static void predict(const hn_curve *c, double step, predicted *out)
{
    double x = fmax(hn_curve_x(c, step), hn_curve_x(c, c->first)), log_x = log(x);
    for (uint32_t i = 0; i < c->n_parts; i++) {
        const hn_curve_part *part = &c->parts[i];
        const double *C = part->C;
        double phi[HN_CURVE_COEFFICIENTS];
        out->mean[i] = hn_curve_part_at(part, x, log_x, phi);
        double spread =
            C[0] * phi[0] * phi[0] + 2 * C[1] * phi[0] * phi[1] + C[3] * phi[1] * phi[1];
        if (part->k > 2)
            spread += 2 * phi[2] * (C[2] * phi[0] + C[4] * phi[1]) + C[5] * phi[2] * phi[2];
        double farther = FARTHER * (out->mean[i] - part->now);
        out->sd[i] =
            sqrt(part->variance * (1 + spread) + c->reading * c->reading + farther * farther);
    }
}

// Student's t by the normal distribution (D. L. Wallace: Bounds on normal approximations to
// Student's and the chi-square distributions. Annals of Mathematical Statistics 30, 1959): within
// 0.001 from 3 degrees of freedom on, and quick: quantiles ask for it a thousand times a part.
static double student_below(double t, double df)
{
    double z = (8 * df + 1) / (8 * df + 3) * sqrt(df * log1p(t * t / df));
    return 0.5 * erfc((t < 0 ? z : -z) * M_SQRT1_2);
}

static double share_below(const hn_curve *c, const predicted *p, double z)
{
    double sum = 0;
    for (uint32_t i = 0; i < c->n_parts; i++)
        sum += c->parts[i].weight * student_below((z - p->mean[i]) / p->sd[i], c->df);
    return sum;
}

double hn_curve_below(const hn_curve *curve, double step, double limit)
{
    predicted p;
    double z = (curve->sign * limit - curve->centre) / curve->scale;
    predict(curve, step, &p);
    double below = share_below(curve, &p, z);
    return curve->sign > 0 ? below : 1 - below;
}

double hn_curve_quantile(const hn_curve *curve, double step, double p)
{
    predicted at;
    double low = INFINITY, high = -INFINITY, share = curve->sign > 0 ? p : 1 - p;
    predict(curve, step, &at);
    for (uint32_t i = 0; i < curve->n_parts; i++) {
        low = fmin(low, at.mean[i] - at.sd[i]);
        high = fmax(high, at.mean[i] + at.sd[i]);
    }
    double width = high - low;
    for (int i = 0; i < 60 && share_below(curve, &at, low) > share; i++)
        low -= width *= 2;
    width = high - low;
    for (int i = 0; i < 60 && share_below(curve, &at, high) < share; i++)
        high += width *= 2;
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (low + high);
        if (share_below(curve, &at, middle) < share)
            low = middle;
        else
            high = middle;
    }
    return curve->sign * (curve->centre + curve->scale * 0.5 * (low + high));
}

void hn_curve_moments(const hn_curve *curve, double step, double *mean, double *sd)
{
    predicted p;
    double sum = 0, squares = 0;
    predict(curve, step, &p);
    for (uint32_t i = 0; i < curve->n_parts; i++)
        sum += curve->parts[i].weight * p.mean[i];
    for (uint32_t i = 0; i < curve->n_parts; i++) {
        double off = p.mean[i] - sum;
        squares += curve->parts[i].weight * (p.sd[i] * p.sd[i] + off * off);
    }
    *mean = curve->sign * (curve->centre + curve->scale * sum);
    *sd = curve->scale * sqrt(squares);
}
