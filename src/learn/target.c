// Values as targets; see target.h.
//
// Everything begins with v = (y - low) / (high - low) in [0, 1], so that nothing overflows.
//     POWER  Box-Cox ((y / high)^p - 1) / p where all y are positive, else Yeo-Johnson of
//            (y - median) / sd; p in [-3, 3] maximises the profile likelihood of a normal
//            (Box & Cox 1964; Yeo & Johnson 2000; Cowen-Rivers et al., HEBO, JAIR 2022)
//     RANK   of n values the rank r > n/2 becomes median + s Φ⁻¹(½ + ½ (r - n/2) / (n/2 + 1)), s
//            the root mean square of the better half about the median; then
//            -log(1 + ½ (1 - v)) / log 1.5 (Song et al., The Vizier Gaussian process bandit
//            algorithm, 2024)
//     LOG    log(v + a v_median): near the best in the small, far away in the large
#include "learn/target.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "num/dist.h"

#define SHARE_LOG   0.1
#define SHARE_STEEP 0.01

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double unit(const hn_target *t, double y)
{
    double range = t->high / 2 - t->low / 2;
    return range > 0 ? (y / 2 - t->low / 2) / range : 0;
}

// --- the curves, on v ---

static double yeo_johnson(double z, double p)
{
    if (z >= 0)
        return p != 0 ? expm1(p * log1p(z)) / p : log1p(z);
    return p != 2 ? -expm1((2 - p) * log1p(-z)) / (2 - p) : -log1p(-z);
}

// The number whose power is taken: its logarithm for Box-Cox.
static double base(const hn_target *t, double v)
{
    if (!t->box_cox)
        return (v - t->middle) / t->shift;
    return log(t->low / t->high + v * (1 - t->low / t->high));
}

static double powered(const hn_target *t, double b)
{
    if (!t->box_cox)
        return yeo_johnson(b, t->power);
    return t->power != 0 ? expm1(t->power * b) / t->power : b;
}

static double log_power_slope(const hn_target *t, double b)
{
    if (t->box_cox)
        return (t->power - 1) * b;
    return (t->power - 1) * copysign(log1p(fabs(b)), b);
}

static double curve(const hn_target *t, double v)
{
    switch (t->kind) {
    case HN_TARGET_POWER:
        return powered(t, base(t, v));
    case HN_TARGET_RANK:
        return -log1p(0.5 * (1 - v)) / log(1.5);
    case HN_TARGET_LOG:
    case HN_TARGET_STEEP:
        return log(v + t->shift);
    default:
        return v;
    }
}

// --- what the curves need ---

static double mean_of(const double *x, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += x[i];
    return n > 0 ? sum / n : 0;
}

static double sd_of(const double *x, uint32_t n, double mean)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return n > 0 ? sqrt(sum / n) : 0;
}

// Profile likelihood of a power; v [n].
static double fit_of_power(hn_target *t, double power, const double *v, uint32_t n, double *room)
{
    double slopes = 0;
    t->power = power;
    for (uint32_t i = 0; i < n; i++) {
        double b = base(t, v[i]);
        room[i] = powered(t, b);
        slopes += log_power_slope(t, b);
    }
    double sd = sd_of(room, n, mean_of(room, n));
    return sd > 0 && isfinite(sd) ? slopes - n * log(sd) : -INFINITY;
}

// The best of a grid, then between its neighbours: the likelihood has one hill but for rounding.
static void choose_power(hn_target *t, const double *v, uint32_t n, double *room)
{
    double best = 1, most = -INFINITY, step = 0.5;
    for (double p = -3; p <= 3; p += step) {
        double fit = fit_of_power(t, p, v, n, room);
        if (fit > most) {
            most = fit;
            best = p;
        }
    }
    for (; step > 0.02; step /= 2)
        for (int side = -1; side <= 1; side += 2) {
            double p = best + side * step / 2, fit = fit_of_power(t, p, v, n, room);
            if (fit > most) {
                most = fit;
                best = p;
            }
        }
    t->power = best;
}

// v with the worse half by ranks; `sorted` [n] ascending.
static void rank_worse_half(hn_target *t, const double *sorted, uint32_t n, double *v)
{
    double square = 0, spread, median = t->middle;
    uint32_t n_good = 0;
    for (uint32_t i = 0; i < n && sorted[i] <= median; i++, n_good++)
        square += (sorted[i] - median) * (sorted[i] - median);
    spread = n_good > 0 ? sqrt(square / n_good) : 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t low = n_good, high = n; // the place of the first that is as great
        if (v[i] <= median)
            continue;
        while (low < high) {
            uint32_t at = low + (high - low) / 2;
            if (sorted[at] < v[i])
                low = at + 1;
            else
                high = at;
        }
        double share = (low - n_good + 1) / (double)(n - n_good + 1);
        v[i] = median + spread * hn_normal_quantile(0.5 + 0.5 * share);
    }
    double least = sorted[0], most = least;
    for (uint32_t i = 0; i < n; i++)
        most = fmax(most, v[i]);
    t->shrink = most > least ? 1 / (most - least) : 1;
    for (uint32_t i = 0; i < n; i++)
        v[i] = (v[i] - least) * t->shrink;
}

static void find_range(hn_target *t, const double *y, uint32_t n)
{
    t->low = INFINITY;
    t->high = -INFINITY;
    for (uint32_t i = 0; i < n; i++) {
        if (!isfinite(y[i]))
            continue;
        t->low = fmin(t->low, y[i]);
        t->high = fmax(t->high, y[i]);
    }
    if (t->low > t->high)
        t->low = t->high = 0;
}

static void prepare(hn_target *t, double *v, uint32_t n, double *sorted)
{
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = v[i];
    qsort(sorted, n, sizeof *sorted, by_value);
    t->middle = n > 0 ? 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]) : 0;
    switch (t->kind) {
    case HN_TARGET_RANK:
        if (n > 0)
            rank_worse_half(t, sorted, n, v);
        break;
    case HN_TARGET_LOG:
    case HN_TARGET_STEEP:
        t->shift = fmax(t->kind == HN_TARGET_LOG ? SHARE_LOG : SHARE_STEEP, 1e-12);
        t->shift = fmax(t->shift * t->middle, 1e-12);
        break;
    case HN_TARGET_POWER:
        t->box_cox = t->low > 0 && t->high < DBL_MAX / 4;
        t->shift = fmax(sd_of(v, n, mean_of(v, n)), 1e-12);
        choose_power(t, v, n, sorted);
        break;
    default:
        break;
    }
}

void hn_target_make(hn_target_kind kind, const double *y, uint32_t n, hn_target *target,
                    double *out, double *room)
{
    *target = (hn_target){.kind = kind};
    find_range(target, y, n);
    if (target->low == target->high)
        target->kind = HN_TARGET_PLAIN;
    for (uint32_t i = 0; i < n; i++)
        out[i] = unit(target, fmin(fmax(y[i], target->low), target->high));
    prepare(target, out, n, room);
    for (uint32_t i = 0; i < n; i++)
        out[i] = curve(target, out[i]);
    target->mean = mean_of(out, n);
    target->sd = sd_of(out, n, target->mean);
    if (!(target->sd > 1e-12) || !isfinite(target->sd))
        target->sd = 1;
    for (uint32_t i = 0; i < n; i++)
        out[i] = (out[i] - target->mean) / target->sd;
}

double hn_target_log_slope(const hn_target *t, double y)
{
    double v = unit(t, fmin(fmax(y, t->low), t->high)), slope = -log(t->sd);
    switch (t->kind) {
    case HN_TARGET_POWER:
        return slope + log_power_slope(t, base(t, v)) -
               (t->box_cox ? -log1p(-t->low / t->high) : log(t->shift));
    case HN_TARGET_RANK: // v of the better half is shrunk by what the ranks made of the range
        return slope + log(0.5 / log(1.5)) - log1p(0.5 * (1 - fmin(v * t->shrink, 1))) +
               log(t->shrink);
    case HN_TARGET_LOG:
    case HN_TARGET_STEEP:
        return slope - log(v + t->shift);
    default:
        return slope;
    }
}
