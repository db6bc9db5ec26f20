// The loops of many.h, written so that a compiler turns them into vector instructions: no call, no
// branch, no table.
//
// exp(x): k = x / ln 2 rounded, r = x - k ln 2 in two pieces, so that |r| <= 0.347; Taylor's
// polynomial of degree 12, whose rest is below 2e-16 there; times 2^k, put together from its bits.
// Adding ROUND makes the sum's last bits the rounded number itself, without a conversion.
//
// Each loop exists twice, for what every processor of the family has and for AVX2, which has twice
// the width. Fused multiply-add stays off, so both give the same bits.
#include "num/many.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#define ROUND    0x1.8p52
#define LN2_HIGH 0x1.62e42fefap-1 // the first 33 bits: times k it is exact
#define LN2_LOW  0x1.cf79abc9e3b39p-40
#define LOG2_E   0x1.71547652b82fep0

ALWAYS_INLINE double exp_one(double x)
{
    double shifted = x * LOG2_E + ROUND, k = shifted - ROUND;
    double r = (x - k * LN2_HIGH) - k * LN2_LOW, r2 = r * r, r4 = r2 * r2;
    double a = (1 + r) + r2 * (1.0 / 2 + r * (1.0 / 6));
    double b = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
    double c = (1.0 / 40320 + r * (1.0 / 362880)) + r2 * (1.0 / 3628800 + r * (1.0 / 39916800));
    double polynomial = a + r4 * (b + r4 * (c + r4 * (1.0 / 479001600)));
    uint64_t bits;
    double power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    memcpy(&power, &bits, sizeof power);
    return polynomial * power;
}

// x = m 2^k, m in [√½, √2): with the bits of √½ taken away, k is what stands above the fraction.
// log m = 2 artanh f, f = (m - 1) / (m + 1), |f| <= 0.1716, by its series up to f^23.
ALWAYS_INLINE double log_one(double x)
{
    const uint64_t root = 0x3fe6a09e667f3bcd, top = 0xfff0000000000000, round = 0x4338000000000000;
    uint64_t bits, above;
    double m, k;
    memcpy(&bits, &x, sizeof bits);
    above = (bits - root) & top;
    bits -= above;
    memcpy(&m, &bits, sizeof m);
    bits = round + ((above + 0x4000000000000000) >> 52); // of ROUND + 1024 + k
    memcpy(&k, &bits, sizeof k);
    k -= ROUND + 1024;
    double f = (m - 1) / (m + 1), s = f * f, s2 = s * s, s4 = s2 * s2;
    double a = (1.0 / 3 + s * (1.0 / 5)) + s2 * (1.0 / 7 + s * (1.0 / 9));
    double b = (1.0 / 11 + s * (1.0 / 13)) + s2 * (1.0 / 15 + s * (1.0 / 17));
    double c = (1.0 / 19 + s * (1.0 / 21)) + s2 * (1.0 / 23);
    double rest = 2 * f * (s * (a + s4 * (b + s4 * c)));
    return k * LN2_HIGH + (2 * f + (rest + k * LN2_LOW));
}

ALWAYS_INLINE void log_loop(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = log_one(x[i]);
}

ALWAYS_INLINE void exp_loop(double *x, size_t n)
{
    // A loop of its own: compilers fold the constant into what follows, and then see a branch.
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] < -708 ? -708 : x[i];
    for (size_t i = 0; i < n; i++)
        x[i] = exp_one(x[i]);
}

ALWAYS_INLINE void bound_loop(const double *base, const double *mean, const double *inverse,
                              double middle, double half, size_t n, double *restrict out)
{
    for (size_t i = 0; i < n; i++) {
        double far = fabs(middle - mean[i]) - half;
        double z = (far > 0 ? far : 0) * inverse[i];
        out[i] = base[i] - 0.5 * z * z;
    }
}

// In four parts, here and below, so that one step need not wait for the other.
ALWAYS_INLINE double greatest_loop(const double *x, size_t n, double least)
{
    double part[4] = {least, least, least, least};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            part[k] = x[i + k] > part[k] ? x[i + k] : part[k];
    for (size_t k = 0; i < n; i++, k++)
        part[k] = x[i] > part[k] ? x[i] : part[k];
    for (size_t k = 0; k < 4; k++)
        least = part[k] > least ? part[k] : least;
    return least;
}

ALWAYS_INLINE double exp_sum_loop(double *x, const double *mass, double most, size_t n)
{
    double part[4] = {0, 0, 0, 0};
    size_t i = 0;
    for (size_t k = 0; k < n; k++)
        x[k] -= most;
    exp_loop(x, n);
    for (size_t k = 0; mass && k < n; k++)
        x[k] *= mass[k];
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            part[k] += x[i + k];
    for (size_t k = 0; i < n; i++, k++)
        part[k] += x[i];
    return (part[0] + part[1]) + (part[2] + part[3]);
}

// In pieces that stay in the nearest cache.
ALWAYS_INLINE void matern_loop(const double *r2, double scale, size_t n, double *k, double *slope)
{
    enum { PIECE = 128 };
    double z[PIECE], e[PIECE];
    for (size_t from = 0; from < n; from += PIECE) {
        size_t m = n - from < PIECE ? n - from : PIECE;
        for (size_t i = 0; i < m; i++)
            z[i] = e[i] = -sqrt(5 * r2[from + i]);
        exp_loop(e, m);
        for (size_t i = 0; i < m; i++)
            k[from + i] = scale * (1 - z[i] + z[i] * z[i] * (1.0 / 3)) * e[i];
        for (size_t i = 0; slope && i < m; i++)
            slope[from + i] = -(5.0 / 6) * scale * (1 - z[i]) * e[i];
    }
}

ALWAYS_INLINE double dot_loop(const double *x, const double *y, size_t n)
{
    double part[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            part[k] += x[i + k] * y[i + k];
    for (size_t k = 0; i < n; i++, k++)
        part[k] += x[i] * y[i];
    return ((part[0] + part[4]) + (part[1] + part[5])) +
           ((part[2] + part[6]) + (part[3] + part[7]));
}

ALWAYS_INLINE void scaled_loop(const double *x, double factor, size_t n, double *restrict y)
{
    for (size_t i = 0; i < n; i++)
        y[i] += factor * x[i];
}

ALWAYS_INLINE void greater_loop(const double *x, size_t n, double *restrict most)
{
    for (size_t i = 0; i < n; i++)
        most[i] = x[i] > most[i] ? x[i] : most[i];
}

// Compilers do not find by themselves that these four sums want four registers.
typedef double four __attribute__((vector_size(32), aligned(8), may_alias));
#define FOUR(x) (*(const four *)(x))

// The part of four rows of L x that lies left of the diagonal.
ALWAYS_INLINE void four_dots(const double *l, size_t ld, const double *x, size_t n, double *out)
{
    const double *a = l, *b = l + ld, *c = l + 2 * ld, *d = l + 3 * ld;
    four p = {0}, q = {0}, r = {0}, s = {0};
    size_t j = 0;
    for (; j + 4 <= n; j += 4) {
        p += FOUR(a + j) * FOUR(x + j);
        q += FOUR(b + j) * FOUR(x + j);
        r += FOUR(c + j) * FOUR(x + j);
        s += FOUR(d + j) * FOUR(x + j);
    }
    out[0] = (p[0] + p[1]) + (p[2] + p[3]);
    out[1] = (q[0] + q[1]) + (q[2] + q[3]);
    out[2] = (r[0] + r[1]) + (r[2] + r[3]);
    out[3] = (s[0] + s[1]) + (s[2] + s[3]);
}

// From the last row on, so that what a row needs of x is still there.
ALWAYS_INLINE void lower_loop(const double *l, size_t n, size_t ld, double *x)
{
    double dots[4];
    size_t i = n;
    for (; i % 4 != 0; i--)
        x[i - 1] = dot_loop(l + (i - 1) * ld, x, i);
    for (; i > 0; i -= 4) {
        size_t first = i - 4; // a multiple of four
        four_dots(l + first * ld, ld, x, first, dots);
        for (size_t r = 4; r-- > 0;) {
            const double *row = l + (first + r) * ld + first;
            double sum = dots[r];
            for (size_t k = 0; k <= r; k++)
                sum += row[k] * x[first + k];
            x[first + r] = sum;
        }
    }
}

ALWAYS_INLINE void upper_loop(const double *l, size_t n, size_t ld, double *restrict x)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const double *a = l + i * ld, *b = a + ld, *c = b + ld, *d = c + ld;
        double p = x[i], q = x[i + 1], r = x[i + 2], s = x[i + 3];
        for (size_t j = 0; j < i; j++)
            x[j] += (p * a[j] + q * b[j]) + (r * c[j] + s * d[j]);
        x[i] = (p * a[i] + q * b[i]) + (r * c[i] + s * d[i]);
        x[i + 1] = q * b[i + 1] + (r * c[i + 1] + s * d[i + 1]);
        x[i + 2] = r * c[i + 2] + s * d[i + 2];
        x[i + 3] = s * d[i + 3];
    }
    for (; i < n; i++) {
        double factor = x[i];
        for (size_t j = 0; j < i; j++)
            x[j] += factor * l[i * ld + j];
        x[i] = factor * l[i * ld + i];
    }
}

ALWAYS_INLINE void triangle_loop(const double *l, size_t n, size_t ld, bool transposed, double *x)
{
    if (transposed)
        upper_loop(l, n, ld, x);
    else
        lower_loop(l, n, ld, x);
}

ALWAYS_INLINE void squares_loop(const double *x, double at, size_t n, double *restrict sum)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += (x[i] - at) * (x[i] - at);
}

ALWAYS_INLINE void unequal_loop(const double *x, double at, double weight, size_t n,
                                double *restrict sum)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i] != at ? weight : 0;
}

// By a factor, not by a choice: GCC 12 makes of the latter a load under the mask of other lanes.
ALWAYS_INLINE double sum_unequal_loop(const double *x, double at, const double *y, size_t n)
{
    double part[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            part[k] += (x[i + k] != at ? 1.0 : 0.0) * y[i + k];
    for (size_t k = 0; i < n; i++, k++)
        part[k] += (x[i] != at ? 1.0 : 0.0) * y[i];
    return ((part[0] + part[4]) + (part[1] + part[5])) +
           ((part[2] + part[6]) + (part[3] + part[7]));
}

ALWAYS_INLINE void distances_loop(double a, const double *b, const double *product, size_t n,
                                  double *out)
{
    for (size_t i = 0; i < n; i++) {
        double square = (a + b[i]) - 2 * product[i];
        out[i] = square < 0 ? 0 : square; // NaN stays
    }
}

static void exp_plain(double *x, size_t n)
{
    exp_loop(x, n);
}

static void log_plain(double *x, size_t n)
{
    log_loop(x, n);
}

static double greatest_plain(const double *x, size_t n, double least)
{
    return greatest_loop(x, n, least);
}

static double exp_sum_plain(double *x, const double *mass, double most, size_t n)
{
    return exp_sum_loop(x, mass, most, n);
}

static void matern_plain(const double *r2, double scale, size_t n, double *k, double *slope)
{
    matern_loop(r2, scale, n, k, slope);
}

static double dot_plain(const double *x, const double *y, size_t n)
{
    return dot_loop(x, y, n);
}

static void scaled_plain(const double *x, double factor, size_t n, double *y)
{
    scaled_loop(x, factor, n, y);
}

static void triangle_plain(const double *l, size_t n, size_t ld, bool transposed, double *x)
{
    triangle_loop(l, n, ld, transposed, x);
}

static void greater_plain(const double *x, size_t n, double *most)
{
    greater_loop(x, n, most);
}

static void squares_plain(const double *x, double at, size_t n, double *sum)
{
    squares_loop(x, at, n, sum);
}

static void unequal_plain(const double *x, double at, double weight, size_t n, double *sum)
{
    unequal_loop(x, at, weight, n, sum);
}

static double sum_unequal_plain(const double *x, double at, const double *y, size_t n)
{
    return sum_unequal_loop(x, at, y, n);
}

static void distances_plain(double a, const double *b, const double *product, size_t n, double *out)
{
    distances_loop(a, b, product, n, out);
}

static void bound_plain(const double *base, const double *mean, const double *inverse,
                        double middle, double half, size_t n, double *out)
{
    bound_loop(base, mean, inverse, middle, half, n, out);
}

#if defined(__x86_64__)
#define IS_WIDE() __builtin_cpu_supports("avx2")

__attribute__((target("avx2"))) static void exp_wide(double *x, size_t n)
{
    exp_loop(x, n);
}

__attribute__((target("avx2"))) static void log_wide(double *x, size_t n)
{
    log_loop(x, n);
}

__attribute__((target("avx2"))) static double greatest_wide(const double *x, size_t n, double least)
{
    return greatest_loop(x, n, least);
}

__attribute__((target("avx2"))) static double exp_sum_wide(double *x, const double *mass,
                                                           double most, size_t n)
{
    return exp_sum_loop(x, mass, most, n);
}

__attribute__((target("avx2"))) static void matern_wide(const double *r2, double scale, size_t n,
                                                        double *k, double *slope)
{
    matern_loop(r2, scale, n, k, slope);
}

__attribute__((target("avx2"))) static double dot_wide(const double *x, const double *y, size_t n)
{
    return dot_loop(x, y, n);
}

__attribute__((target("avx2"))) static void scaled_wide(const double *x, double factor, size_t n,
                                                        double *y)
{
    scaled_loop(x, factor, n, y);
}

__attribute__((target("avx2"))) static void triangle_wide(const double *l, size_t n, size_t ld,
                                                          bool transposed, double *x)
{
    triangle_loop(l, n, ld, transposed, x);
}

__attribute__((target("avx2"))) static void greater_wide(const double *x, size_t n, double *most)
{
    greater_loop(x, n, most);
}

__attribute__((target("avx2"))) static void squares_wide(const double *x, double at, size_t n,
                                                         double *sum)
{
    squares_loop(x, at, n, sum);
}

__attribute__((target("avx2"))) static void unequal_wide(const double *x, double at, double weight,
                                                         size_t n, double *sum)
{
    unequal_loop(x, at, weight, n, sum);
}

__attribute__((target("avx2"))) static double sum_unequal_wide(const double *x, double at,
                                                               const double *y, size_t n)
{
    return sum_unequal_loop(x, at, y, n);
}

__attribute__((target("avx2"))) static void
distances_wide(double a, const double *b, const double *product, size_t n, double *out)
{
    distances_loop(a, b, product, n, out);
}

__attribute__((target("avx2"))) static void bound_wide(const double *base, const double *mean,
                                                       const double *inverse, double middle,
                                                       double half, size_t n, double *out)
{
    bound_loop(base, mean, inverse, middle, half, n, out);
}
#else
#define IS_WIDE()        0
#define exp_wide         exp_plain
#define log_wide         log_plain
#define bound_wide       bound_plain
#define greatest_wide    greatest_plain
#define exp_sum_wide     exp_sum_plain
#define matern_wide      matern_plain
#define dot_wide         dot_plain
#define squares_wide     squares_plain
#define unequal_wide     unequal_plain
#define sum_unequal_wide sum_unequal_plain
#define distances_wide   distances_plain
#endif

void hn_exp_many(double *x, size_t n)
{
    if (IS_WIDE())
        exp_wide(x, n);
    else
        exp_plain(x, n);
}

void hn_log_many(double *x, size_t n)
{
    if (IS_WIDE())
        log_wide(x, n);
    else
        log_plain(x, n);
}

double hn_greatest_many(const double *x, size_t n, double least)
{
    return IS_WIDE() ? greatest_wide(x, n, least) : greatest_plain(x, n, least);
}

double hn_exp_sum(double *x, const double *mass, double most, size_t n)
{
    return IS_WIDE() ? exp_sum_wide(x, mass, most, n) : exp_sum_plain(x, mass, most, n);
}

void hn_matern52_many(const double *r2, double scale, size_t n, double *k, double *slope)
{
    if (IS_WIDE())
        matern_wide(r2, scale, n, k, slope);
    else
        matern_plain(r2, scale, n, k, slope);
}

double hn_dot(const double *x, const double *y, size_t n)
{
    return IS_WIDE() ? dot_wide(x, y, n) : dot_plain(x, y, n);
}

void hn_add_scaled_many(const double *x, double factor, size_t n, double *y)
{
    if (IS_WIDE())
        scaled_wide(x, factor, n, y);
    else
        scaled_plain(x, factor, n, y);
}

void hn_lower_times(const double *l, size_t n, size_t ld, bool transposed, double *x)
{
    if (IS_WIDE())
        triangle_wide(l, n, ld, transposed, x);
    else
        triangle_plain(l, n, ld, transposed, x);
}

void hn_greater_many(const double *x, size_t n, double *most)
{
    if (IS_WIDE())
        greater_wide(x, n, most);
    else
        greater_plain(x, n, most);
}

void hn_add_squares_many(const double *x, double at, size_t n, double *sum)
{
    if (IS_WIDE())
        squares_wide(x, at, n, sum);
    else
        squares_plain(x, at, n, sum);
}

void hn_add_unequal_many(const double *x, double at, double weight, size_t n, double *sum)
{
    if (IS_WIDE())
        unequal_wide(x, at, weight, n, sum);
    else
        unequal_plain(x, at, weight, n, sum);
}

double hn_sum_unequal(const double *x, double at, const double *y, size_t n)
{
    return IS_WIDE() ? sum_unequal_wide(x, at, y, n) : sum_unequal_plain(x, at, y, n);
}

void hn_distances_many(double a, const double *b, const double *product, size_t n, double *out)
{
    if (IS_WIDE())
        distances_wide(a, b, product, n, out);
    else
        distances_plain(a, b, product, n, out);
}

void hn_bound_many(const double *base, const double *mean, const double *inverse, double middle,
                   double half, size_t n, double *out)
{
    if (IS_WIDE())
        bound_wide(base, mean, inverse, middle, half, n, out);
    else
        bound_plain(base, mean, inverse, middle, half, n, out);
}
