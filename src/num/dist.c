// Distributions by inversion.
//
// Normal quantile: M. J. Wichura, Algorithm AS 241: The percentage points of the normal
// distribution. Applied Statistics 37 (1988), routine PPND16.
//
// Truncated normal on [low, high], in units a = (low - mean) / sd, b = (high - mean) / sd:
//   1. An interval right of the mean is mirrored to the left, where Φ is a small number known to
//      full relative precision instead of one close to 1.
//   2. Usually p = (1 - w) Φ(a) + w Φ(b), x = Φ⁻¹(p).
//   3. Far in the tail, b < -20, Φ itself would underflow. There Φ(b - t) / Φ(b) = exp(-h(t)) with
//          h(t) = t² / 2 + |b| t + log(M(|b|) / M(|b| + t)),
//      M(z) = (1 - Φ(z)) / φ(z) being Mills' ratio, which has a short asymptotic series. h(t) = E
//      is solved by Newton's method; h' = 1 / M(|b| + t). The distance t from the near end is
//      found to full relative precision.
//   4. Over an interval of less than 1e-7 deviations Φ(b) - Φ(a) would be mostly rounding; there
//      log φ is a straight line to 1e-14, and the law a truncated exponential.
#include "num/dist.h"

#include <math.h>
#include <stdbool.h>

#include "num/clamp.h"

#define SQRT_HALF    0.70710678118654752440
#define LOG_SQRT_2PI 0.91893853320467274178
#define TAIL         20.0 // where the series below is exact to 1e-14
#define NARROW       1e-7

double hn_normal_cdf(double x)
{
    return 0.5 * erfc(-x * SQRT_HALF);
}

// z · M(z) = 1 - 1/z² + 1·3/z⁴ - 1·3·5/z⁶ … for z >= TAIL.
static double mills_series(double z)
{
    double y = 1.0 / (z * z), sum = 1.0;
    for (int k = 9; k >= 1; k--)
        sum = 1.0 - (2 * k - 1) * y * sum;
    return sum;
}

double hn_normal_log_cdf(double x)
{
    if (x < -TAIL)
        return -0.5 * x * x - LOG_SQRT_2PI - log(-x) + log(mills_series(-x));
    if (x > 0)
        return log1p(-0.5 * erfc(x * SQRT_HALF));
    return log(hn_normal_cdf(x));
}

// Numerator over denominator, both of degree 7, lowest coefficient first.
static double ratio(const double up[8], const double down[8], double x)
{
    double p = up[7], q = down[7];
    for (int i = 6; i >= 0; i--) {
        p = p * x + up[i];
        q = q * x + down[i];
    }
    return p / q;
}

static const double centre_up[8] = {3.3871328727963666080e+0, 1.3314166789178437745e+2,
                                    1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                    4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                    3.3430575583588128105e+4, 2.5090809287301226727e+3};
static const double centre_down[8] = {1.0,
                                      4.2313330701600911252e+1,
                                      6.8718700749205790830e+2,
                                      5.3941960214247511077e+3,
                                      2.1213794301586595867e+4,
                                      3.9307895800092710610e+4,
                                      2.8729085735721942674e+4,
                                      5.2264952788528545610e+3};
static const double middle_up[8] = {1.42343711074968357734e+0, 4.63033784615654529590e+0,
                                    5.76949722146069140550e+0, 3.64784832476320460504e+0,
                                    1.27045825245236838258e+0, 2.41780725177450611770e-1,
                                    2.27238449892691845833e-2, 7.74545014278341407640e-4};
static const double middle_down[8] = {1.0,
                                      2.05319162663775882187e+0,
                                      1.67638483018380384940e+0,
                                      6.89767334985100004550e-1,
                                      1.48103976427480074590e-1,
                                      1.51986665636164571966e-2,
                                      5.47593808499534494600e-4,
                                      1.05075007164441684324e-9};
static const double tail_up[8] = {6.65790464350110377720e+0, 5.46378491116411436990e+0,
                                  1.78482653991729133580e+0, 2.96560571828504891230e-1,
                                  2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                  2.71155556874348757815e-5, 2.01033439929228813265e-7};
static const double tail_down[8] = {1.0,
                                    5.99832206555887937690e-1,
                                    1.36929880922735805310e-1,
                                    1.48753612908506148525e-2,
                                    7.86869131145613259100e-4,
                                    1.84631831751005468180e-5,
                                    1.42151175831644588870e-7,
                                    2.04426310338993978564e-15};

double hn_normal_quantile(double u)
{
    double q = u - 0.5;
    if (fabs(q) <= 0.425)
        return q * ratio(centre_up, centre_down, 0.180625 - q * q);
    if (!(u > 0 && u < 1))
        return u == 0 ? -INFINITY : u == 1 ? INFINITY : NAN;
    double r = sqrt(-log(q < 0 ? u : 1 - u));
    double x = r <= 5 ? ratio(middle_up, middle_down, r - 1.6) : ratio(tail_up, tail_down, r - 5);
    return q < 0 ? -x : x;
}

// h(t) of step 3; z = |b| >= TAIL, t >= 0.
static double tail_depth(double z, double t)
{
    if (isinf(t))
        return INFINITY;
    return 0.5 * t * t + z * t + log1p(t / z) + log(mills_series(z) / mills_series(z + t));
}

// The t with tail_depth(z, t) = depth. The start leaves out the logarithms, which are of relative
// order 1 / z²: each step of Newton's squares that.
static double tail_distance(double z, double depth)
{
    double t = 2 * depth / (z + sqrt(z * z + 2 * depth));
    for (int i = 0; i < 3; i++)
        t -= (tail_depth(z, t) - depth) * mills_series(z + t) / (z + t);
    return t > 0 ? t : 0;
}

// An interval with both ends left of the mean or around it; after step 1.
typedef struct side {
    double a, b;  // ends in units of sd, a < b
    double width; // b - a, without its rounding error
    bool mirrored;
} side;

static side make_side(double mean, double sd, double low, double high)
{
    side s = {(low - mean) / sd, (high - mean) / sd, (high - low) / sd, false};
    if (s.a > 0)
        s = (side){-s.b, -s.a, s.width, true};
    return s;
}

// Step 3: distance from the near end, in units of sd. `below` and `above` are the shares of the
// mass on both sides of the point; either may be too small to be told from 1 - the other.
static double tail_quantile(const side *s, double below, double above)
{
    double z = -s->b, depth = tail_depth(z, s->width);
    if (isinf(z))
        return 0;
    double whole = -expm1(-depth); // mass of the interval over Φ(b)
    double gone = above * whole;
    if (gone < 0.5)
        return tail_distance(z, -log1p(-gone));
    double left = exp(-depth) + below * whole;
    return left > 0 ? tail_distance(z, -log(left)) : INFINITY;
}

// Step 4: how much the logarithm of the density falls over the interval.
static double narrow_fall(const side *s)
{
    return (s->mirrored ? -s->b : s->a) * s->width;
}

double hn_truncnormal_quantile(double u, double mean, double sd, double low, double high)
{
    side s = make_side(mean, sd, low, high);
    if (s.b < -TAIL) {
        double t = sd * (s.mirrored ? tail_quantile(&s, 1 - u, u) : tail_quantile(&s, u, 1 - u));
        return hn_clamp(s.mirrored ? low + t : high - t, low, high);
    }
    if (s.width < NARROW) {
        double fall = narrow_fall(&s);
        double share = fall == 0 ? u : -log1p(u * expm1(-fall)) / fall;
        return hn_clamp(low + share * (high - low), low, high);
    }
    double pa = hn_normal_cdf(s.a), pb = hn_normal_cdf(s.b);
    double x = hn_normal_quantile(s.mirrored ? u * pa + (1 - u) * pb : (1 - u) * pa + u * pb);
    return hn_clamp(mean + sd * (s.mirrored ? -x : x), low, high);
}

double hn_truncnormal_cdf(double x, double mean, double sd, double low, double high)
{
    if (x <= low)
        return 0;
    if (x >= high)
        return 1;
    side s = make_side(mean, sd, low, high);
    double above, whole; // mass between x and the near end b, and of the interval
    if (s.b < -TAIL) {
        double t = (s.mirrored ? x - low : high - x) / sd;
        above = isinf(s.b) ? 1 : -expm1(-tail_depth(-s.b, t));
        whole = isinf(s.b) ? 1 : -expm1(-tail_depth(-s.b, s.width));
    } else if (s.width < NARROW) {
        double fall = narrow_fall(&s), share = (x - low) / (high - low);
        return fall == 0 ? share : hn_clamp(expm1(-fall * share) / expm1(-fall), 0, 1);
    } else {
        double z = (x - mean) / sd, pb = hn_normal_cdf(s.b);
        above = pb - hn_normal_cdf(s.mirrored ? -z : z);
        whole = pb - hn_normal_cdf(s.a);
    }
    double share = hn_clamp(above / whole, 0, 1);
    return s.mirrored ? share : 1 - share;
}

size_t hn_categorical_quantile(double u, const double *weights, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += weights[i];
    double target = u * sum, before = 0;
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(weights[i] > 0))
            continue; // never chosen, whatever u
        last = i;
        before += weights[i];
        if (target < before)
            break;
    }
    return last;
}

double hn_exponential_quantile(double u)
{
    return -log1p(-u);
}
