// A learning curve as it was reported, made fit for a fit: what is not finite is left out, spikes
// weigh little, very long ones are averaged piece by piece, and steps and values get a common
// scale.
//
//  1. A value is a spike by how far it is from the median of the five about it (three at the end),
//     in units of the median such distance. On a curve that only falls the median of five is the
//     middle one, so that steep beginnings are no spikes.
//  2. Of n > 48 values, 48 means are taken, of the pieces that end at n (j / 48)², j = 1 … 48: the
//     beginning, where curves bend, keeps its detail.
//  3. Noise is what remains between a value and the straight line through its two neighbours, by
//     the median, over the later two thirds.
#include "learn/curve_internal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 2, SAMPLE = 512 };
#define SPIKE   4.0  // of the median distances
#define LEAST   1e-3 // noise, in units of the curve's range
#define UNKNOWN 0.05 // noise of two or three points
#define FLAT    1e-4 // range of a flat curve, in units of its values
#define FAINT   1e-4 // the least weight: where most values are equal, any other one is a spike
#define TO_SD   1.4826

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, uint32_t n)
{
    if (n == 0)
        return 0;
    qsort(values, n, sizeof *values, ascending);
    return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

// Walks over the finite values of the data.
typedef struct walk {
    const hn_curve_data *data;
    double sign;
    uint32_t at;
} walk;

static bool next(walk *w, double *step, double *value)
{
    for (; w->at < w->data->n; w->at++)
        if (isfinite(w->data->value[w->at])) {
            *step = w->data->step[w->at];
            *value = w->sign * w->data->value[w->at++];
            return true;
        }
    return false;
}

// --- pieces ---

static double middle_of(const double *values, uint32_t n, uint32_t at)
{
    double window[2 * WINDOW + 1];
    uint32_t from = at > WINDOW ? at - WINDOW : 0, to = at + WINDOW;
    if (to >= n) {
        to = n - 1;
        from = n > WINDOW + 1 ? n - 1 - WINDOW : 0;
    }
    memcpy(window, values + from, (to - from + 1) * sizeof *window);
    return median(window, to - from + 1);
}

// The least and the greatest value, spikes left out.
static double range_of(const double *z, const double *weight, uint32_t n)
{
    double low = INFINITY, high = -INFINITY;
    for (uint32_t i = 0; i < n; i++)
        if (weight[i] >= 0.5) {
            low = fmin(low, z[i]);
            high = fmax(high, z[i]);
        }
    return high > low ? high - low : 0;
}

// The weights of z [n], by rule 1.
static void find_spikes(const double *z, uint32_t n, double *weight)
{
    double far[SAMPLE], sorted[SAMPLE];
    for (uint32_t i = 0; i < n; i++) {
        weight[i] = 1;
        far[i] = i == 0 ? 0 : fabs(z[i] - middle_of(z, n, i));
    }
    if (n < 2 * WINDOW + 1)
        return;
    memcpy(sorted, z, n * sizeof *z);
    qsort(sorted, n, sizeof *sorted, ascending);
    double spread = sorted[n - 1 - n / 10] - sorted[n / 10];
    memcpy(sorted, far, n * sizeof *far);
    double limit = SPIKE * fmax(TO_SD * median(sorted, n), 0.02 * spread);
    for (uint32_t i = 1; i < n; i++)
        if (far[i] > limit)
            weight[i] = fmax((limit / far[i]) * (limit / far[i]), FAINT);
}

// Standard deviation of a value about the line between its neighbours (rule 3).
static double noise_of(const double *x, const double *z, uint32_t n)
{
    double far[SAMPLE];
    uint32_t count = 0;
    for (uint32_t i = n / 3 > 0 ? n / 3 : 1; i + 1 < n; i++) {
        double share = (x[i] - x[i - 1]) / (x[i + 1] - x[i - 1]);
        double line = z[i - 1] + share * (z[i + 1] - z[i - 1]);
        double widening = sqrt(1 + share * share + (1 - share) * (1 - share));
        far[count++] = fabs(z[i] - line) / widening;
    }
    return TO_SD * median(far, count);
}

// --- the whole ---

typedef struct sample {
    uint32_t n;
    double step[SAMPLE], z[SAMPLE], weight[SAMPLE];
} sample;

// At most SAMPLE values: means of equally many neighbours where there are more.
static bool take(const hn_curve_data *data, sample *s, double *n_values)
{
    walk w = {data, data->rising ? -1 : 1, 0};
    double step, value;
    uint32_t total = 0, seen = 0;
    while (next(&w, &step, &value))
        total++;
    w.at = 0;
    s->n = 0;
    uint32_t size = (total + SAMPLE - 1) / SAMPLE, inside = 0;
    double sum_step = 0, sum = 0;
    while (next(&w, &step, &value)) {
        sum_step += step;
        sum += value;
        seen++;
        if (++inside < size && seen < total)
            continue;
        s->step[s->n] = sum_step / inside;
        s->z[s->n++] = sum / inside;
        sum_step = sum = 0;
        inside = 0;
    }
    *n_values = total;
    return s->n >= 2;
}

// Where the axis of x begins: at 0 where the steps are above it, else one step before the first.
static double origin_of(const sample *s)
{
    double gap = (s->step[s->n - 1] - s->step[0]) / (s->n - 1);
    return s->step[0] > 0 ? 0 : s->step[0] - gap;
}

double hn_curve_x(const hn_curve *curve, double step)
{
    return (step - curve->origin) / (curve->end - curve->origin);
}

// Weighted means of the pieces (rule 2). Returns how many values the last one has.
static uint32_t gather(const sample *s, const hn_curve *curve, hn_curve_points *p)
{
    uint32_t from = 0, size = 1, pieces = s->n < HN_CURVE_POINTS ? s->n : HN_CURVE_POINTS;
    p->n = 0;
    for (uint32_t j = 1; j <= pieces; j++) {
        uint32_t to = s->n <= HN_CURVE_POINTS ? j : s->n * j * j / (pieces * pieces);
        double x = 0, z = 0, weight = 0;
        if (to <= from)
            continue;
        for (uint32_t i = from; i < to; i++) {
            x += s->weight[i] * hn_curve_x(curve, s->step[i]);
            z += s->weight[i] * s->z[i];
            weight += s->weight[i];
        }
        size = to - from;
        p->x[p->n] = x / weight;
        p->z[p->n] = z / weight;
        p->weight[p->n++] = weight / size;
        from = to;
    }
    return size;
}

static bool scale_points(const hn_curve_data *data, hn_curve_points *p, hn_curve *curve)
{
    uint32_t recent = p->n < 5 ? 1 : 3;
    double last[3], range = range_of(p->z, p->weight, p->n), most = 0;
    memcpy(last, p->z + p->n - recent, recent * sizeof *last);
    curve->centre = median(last, recent);
    for (uint32_t i = 0; i < p->n; i++)
        most = fmax(most, fabs(p->z[i]));
    double least = fmax(FLAT * most, 0.1 * (data->scale > 0 ? data->scale : 0));
    curve->scale = fmax(fmax(range, least), DBL_MIN / LEAST);
    for (uint32_t i = 0; i < p->n; i++) {
        p->z[i] = (p->z[i] - curve->centre) / curve->scale;
        p->log_x[i] = log(p->x[i]);
    }
    p->x[p->n] = 1;
    p->log_x[p->n] = 0;
    return isfinite(curve->scale) && most < DBL_MAX / 1e6;
}

bool hn_curve_tidy(const hn_curve_data *data, hn_curve_points *points, hn_curve *curve)
{
    sample s;
    double total;
    if (!take(data, &s, &total))
        return false;
    curve->sign = data->rising ? -1 : 1;
    curve->origin = origin_of(&s);
    curve->end = data->end;
    curve->first = s.step[0];
    curve->last = s.step[s.n - 1];
    if (!(curve->end > curve->first))
        return false;
    find_spikes(s.z, s.n, s.weight);
    double each = noise_of(s.step, s.z, s.n) * sqrt(ceil(total / SAMPLE));
    double together = ceil(total / SAMPLE) * gather(&s, curve, points);
    if (!scale_points(data, points, curve))
        return false;
    points->noise = points->n < 4 ? UNKNOWN : noise_of(points->x, points->z, points->n);
    points->noise = fmax(points->noise, LEAST);
    curve->reading = each / curve->scale * sqrt(1 - 1 / together);
    return isfinite(curve->reading);
}
