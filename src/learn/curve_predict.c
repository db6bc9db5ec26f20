// What an extrapolated learning curve says of later steps: a mixture of Student's t over its shapes
// (rule 3 of curve.c).
#include "learn/curve_internal.h"

#include <math.h>

#include "num/many.h"

#define FARTHER 0.3

// The shapes of all parts [n_parts] at x.
static void look_at_shapes(const hn_curve *c, double x, double *g)
{
    double log_x = log(x), a[HN_CURVE_PARTS], b[HN_CURVE_PARTS];
    for (uint32_t i = 0; i < c->n_parts; i++) {
        a[i] = c->parts[i].form.a;
        b[i] = c->parts[i].form.b;
    }
    uint32_t from = 0;
    for (int family = 0; family < HN_CURVE_FAMILIES; from += c->n_of[family++])
        hn_curve_shapes(family, a + from, b + from, c->n_of[family], &x, &log_x, 1, g + from);
}

void hn_curve_look_ahead(const hn_curve *c, double x, double *mean, double *spread)
{
    double g[HN_CURVE_PARTS];
    look_at_shapes(c, x, g);
    for (uint32_t i = 0; i < c->n_parts; i++) {
        const hn_curve_form *f = &c->parts[i].form;
        double u1 = (g[i] - f->g_end) * f->over_span - f->l10;
        double u2 = x - 1 - c->l20 - f->l21 * u1, v1 = u1 * f->d1, v2 = u2 * f->d2;
        mean[i] = c->d0 * c->y0 + v1 * f->y1 + v2 * f->y2;
        spread[i] = c->d0 + v1 * u1 + v2 * u2;
    }
}

typedef struct predicted {
    double mean[HN_CURVE_PARTS], sd[HN_CURVE_PARTS];
} predicted;

static void predict(const hn_curve *c, double step, predicted *out)
{
    double x = fmax(hn_curve_x(c, step), hn_curve_x(c, c->first));
    hn_curve_look_ahead(c, x, out->mean, out->sd);
    for (uint32_t i = 0; i < c->n_parts; i++) {
        const hn_curve_part *part = &c->parts[i];
        double farther = FARTHER * (out->mean[i] - part->now);
        out->sd[i] =
            sqrt(part->variance * (1 + out->sd[i]) + c->reading * c->reading + farther * farther);
    }
}

// Σ weight · P(T < (z - mean) / sd) over the parts, T of Student's t, by the normal distribution
// (D. L. Wallace: Bounds on normal approximations to Student's and the chi-square distributions.
// Annals of Mathematical Statistics 30, 1959), within 0.001 from 3 degrees of freedom on; this by
// a polynomial (M. Abramowitz, I. A. Stegun: Handbook of Mathematical Functions, 26.2.17), within
// 1e-7. Quick: quantiles ask for it a hundred times.
static double share_below(const hn_curve *c, const predicted *p, double z)
{
    static const double q[] = {0.319381530, -0.356563782, 1.781477937, -1.821255978, 1.330274429};
    double t[HN_CURVE_PARTS], root[HN_CURVE_PARTS], tail[HN_CURVE_PARTS], sum = 0;
    double widen = (8 * c->df + 1) / (8 * c->df + 3);
    uint32_t n = c->n_parts;
    for (uint32_t i = 0; i < n; i++) {
        t[i] = (z - p->mean[i]) / p->sd[i];
        double far = fabs(t[i]) < 1e100 ? fabs(t[i]) : 1e100;
        tail[i] = 1 + far * far / c->df;
    }
    hn_log_many(tail, n);
    for (uint32_t i = 0; i < n; i++) {
        double square = widen * widen * c->df * tail[i];
        root[i] = sqrt(square);
        tail[i] = -0.5 * square;
    }
    hn_exp_many(tail, n);
    for (uint32_t i = 0; i < n; i++) {
        double k = 1 / (1 + 0.2316419 * root[i]);
        double beyond = tail[i] * (0.5 * M_SQRT1_2 * M_2_SQRTPI) * k *
                        (q[0] + k * (q[1] + k * (q[2] + k * (q[3] + k * q[4]))));
        sum += c->parts[i].weight * (t[i] < 0 ? beyond : 1 - beyond);
    }
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
