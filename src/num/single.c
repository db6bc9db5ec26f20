// The loops of single.h, written so that a compiler turns them into vector instructions, for what
// every processor of the family has, for AVX2 and for AVX-512.
//
// exp(x): as in many.c, with Taylor's polynomial of degree 5, whose rest is below 3e-6.
// Φ(-z) = Q(z) exp(-z² / 2), z >= 0: Q is t times a polynomial in t = 1 / (1 + 0.24 z), fitted to
// least relative error, below 5e-7 for z <= 40.
// The mass of a cell between a and b, |a| <= b, without what the nearer end takes off:
//     a >= 0   Q(a) - Q(b) exp(-(b - a)(b + a) / 2)
//     a < 0    1 - Q(|a|) exp(-a² / 2) - Q(b) exp(-b² / 2)
//     narrow   w φ(z) (1 + w² (z² - 1) / 24 + w⁴ (z⁴ - 6 z² + 3) / 1920), z the middle, w = b - a
#include "num/single.h"

#include <math.h>
#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum {
    ROW = HN_SINGLE_ROW,
    PARTS = HN_SINGLE_PART,
    PIECE = 4 * ROW
}; // pieces stay in the nearest cache

#define ROUND    0x1.8p23f
#define LN2_HIGH 0x1.62e4p-1f // the first 15 bits: times k it is exact
#define LN2_LOW  0x1.7f7d1cp-20f
#define LOG2_E   0x1.715476p0f

ALWAYS_INLINE float exp_one(float x)
{
    float shifted = x * LOG2_E + ROUND, k = shifted - ROUND;
    float r = (x - k * LN2_HIGH) - k * LN2_LOW, r2 = r * r;
    float polynomial =
        ((1 + r) + r2 * (1.0f / 2 + r * (1.0f / 6))) + r2 * r2 * (1.0f / 24 + r * (1.0f / 120));
    uint32_t bits;
    float power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    memcpy(&power, &bits, sizeof power);
    return polynomial * power;
}

ALWAYS_INLINE float log_normal(const hn_single_factor *f, size_t i)
{
    float far = fabsf(f->at - f->mean[i]) - f->half, z = (far > 0 ? far : 0) * f->steep[i];
    return -0.5f * z * z;
}

ALWAYS_INLINE float log_choice(const hn_single_factor *f, size_t i)
{
    return f->mean[i] == f->at ? f->same : f->other;
}

// The first factor takes the base along.
ALWAYS_INLINE void start_piece(hn_single_factor f, const float *base, size_t from, size_t to,
                               float *restrict out)
{
    if (f.steep)
        for (size_t i = from; i < to; i++)
            out[i] = base[i] + log_normal(&f, i);
    else
        for (size_t i = from; i < to; i++)
            out[i] = base[i] + log_choice(&f, i);
}

ALWAYS_INLINE void add_to_piece(hn_single_factor f, size_t from, size_t to, float *restrict out)
{
    if (f.steep)
        for (size_t i = from; i < to; i++)
            out[i] += log_normal(&f, i);
    else
        for (size_t i = from; i < to; i++)
            out[i] += log_choice(&f, i);
}

ALWAYS_INLINE float greater(float a, float b)
{
    return a > b ? a : b;
}

ALWAYS_INLINE float logs_loop(const float *base, const hn_single_factor *factors, size_t n_factors,
                              size_t n, float *restrict out)
{
    float part[PARTS], greatest = -INFINITY;
    for (size_t k = 0; k < PARTS; k++)
        part[k] = -INFINITY;
    for (size_t from = 0; from < n; from += PIECE) {
        size_t to = n - from < PIECE ? n : from + PIECE;
        start_piece(factors[0], base, from, to, out);
        for (size_t f = 1; f < n_factors; f++)
            add_to_piece(factors[f], from, to, out);
        for (size_t i = from; i < to; i += ROW)
            for (size_t k = i; k < i + PARTS; k++) {
                float a = greater(out[k], out[k + PARTS]);
                float b = greater(out[k + 2 * PARTS], out[k + 3 * PARTS]);
                part[k - i] = greater(part[k - i], greater(a, b));
            }
    }
    for (size_t k = 0; k < PARTS; k++)
        greatest = greater(part[k], greatest);
    return greatest;
}

// Loops of their own: compilers fold the bound into what follows, and then see a branch.
ALWAYS_INLINE void exp_piece(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] < -87 ? -87 : x[i];
    for (size_t i = 0; i < n; i++)
        x[i] = exp_one(x[i]);
}

ALWAYS_INLINE double exp_sum_loop(const float *x, float greatest, size_t n)
{
    float part[PARTS] = {0}, term[PIECE];
    double sum = 0;
    for (size_t from = 0; from < n; from += PIECE) {
        size_t m = n - from < PIECE ? n - from : PIECE;
        for (size_t i = 0; i < m; i++)
            term[i] = x[from + i] - greatest;
        exp_piece(term, m);
        for (size_t i = 0; i < m; i += ROW)
            for (size_t k = i; k < i + PARTS; k++)
                part[k - i] +=
                    (term[k] + term[k + PARTS]) + (term[k + 2 * PARTS] + term[k + 3 * PARTS]);
    }
    for (size_t k = 0; k < PARTS; k++)
        sum += part[k];
    return sum;
}

ALWAYS_INLINE float tail_ratio(float z)
{
    float t = 1 / (1 + 0.24f * z), t2 = t * t;
    float low = (0.09575379f + t * 0.0955223f) + t2 * (0.0928375f + t * 0.0634018f);
    float high = (0.11838013f - t * 0.06569344f) + t2 * (0.1527886f - t * 0.05299046f);
    return t * (low + t2 * t2 * high);
}

// A cell in bandwidths from a mean. What is chosen is multiplied by one, what is not by nought:
// compilers make branches of choices between expressions.
typedef struct place {
    float a, b, z, w;
    float outside, tight; // 1 or 0: is a > 0; is it narrow
} place;

ALWAYS_INLINE place place_of(const hn_single_cell *cell, size_t i)
{
    float far = fabsf(cell->at - cell->mean[i]), steep = cell->steep[i];
    float a = (far - cell->half) * steep, w = 2 * cell->half * steep;
    return (place){a, (far + cell->half) * steep, far * steep,
                   w, a > 0 ? 1.0f : 0.0f,        w < 0.1f ? 1.0f : 0.0f};
}

// The two exponents that a cell needs.
ALWAYS_INLINE void exponents_at(place p, float *near, float *other)
{
    float inside = 1 - p.outside;
    float far_end = p.outside * (-p.w * p.z) + inside * (-0.5f * p.b * p.b);
    float middle = p.outside * (-0.25f * p.w * (p.z + p.a)) + inside * (-0.5f * p.z * p.z);
    *near = inside * (-0.5f * p.a * p.a);
    *other = p.tight * middle + (1 - p.tight) * far_end;
}

// The mass from the exponentials of these.
ALWAYS_INLINE float mass_at(place p, float near, float other)
{
    float end = tail_ratio(fabsf(p.a)) * near, z2 = p.z * p.z, w2 = p.w * p.w;
    float wide = p.outside * end + (1 - p.outside) * (1 - end) - tail_ratio(p.b) * other;
    float first = w2 * (z2 - 1) * (1.0f / 24);
    float second = w2 * w2 * (z2 * (z2 - 6) + 3) * (1.0f / 1920);
    float narrow = p.w * 0.3989423f * other * (1 + first + second);
    return p.tight * narrow + (1 - p.tight) * wide;
}

ALWAYS_INLINE void times_cell(hn_single_cell cell, size_t from, size_t n, float *restrict term)
{
    float near[PIECE], other[PIECE];
    cell.mean += from;
    cell.steep += from;
    cell.inside += from;
    for (size_t i = 0; i < n; i++)
        exponents_at(place_of(&cell, i), &near[i], &other[i]);
    exp_piece(near, n);
    exp_piece(other, n);
    for (size_t i = 0; i < n; i++)
        term[i] *= cell.inside[i] * mass_at(place_of(&cell, i), near[i], other[i]);
}

ALWAYS_INLINE double cell_sum_loop(const float *x, float greatest, const hn_single_cell *cells,
                                   size_t n_cells, size_t n)
{
    float part[PARTS] = {0}, term[PIECE];
    double sum = 0;
    for (size_t from = 0; from < n; from += PIECE) {
        size_t m = n - from < PIECE ? n - from : PIECE;
        for (size_t i = 0; i < m; i++)
            term[i] = x[from + i] - greatest;
        exp_piece(term, m);
        for (size_t c = 0; c < n_cells; c++)
            times_cell(cells[c], from, m, term);
        for (size_t i = 0; i < m; i += PARTS)
            for (size_t k = 0; k < PARTS; k++)
                part[k] += term[i + k];
    }
    for (size_t k = 0; k < PARTS; k++)
        sum += part[k];
    return sum;
}

// Few are above: whether any of eight is, is found out at once.
ALWAYS_INLINE size_t above_loop(const float *x, float least, size_t n, uint32_t *out)
{
    size_t n_out = 0;
    for (size_t i = 0; i < n; i += ROW) {
        uint8_t is_above[ROW];
        uint64_t words[ROW / 8];
        for (size_t k = 0; k < ROW; k++)
            is_above[k] = x[i + k] > least;
        memcpy(words, is_above, sizeof words);
        for (size_t w = 0; w < ROW / 8; w++)
            for (size_t k = 8 * w; words[w] && k < 8 * w + 8; k++) { // no branch on each
                out[n_out] = (uint32_t)(i + k);
                n_out += is_above[k];
            }
    }
    return n_out;
}

// One function for each set of instructions, and the one that chooses among them.
#if defined(__x86_64__)
#define IN_WIDTHS(type, name, parameters, arguments)                                               \
    static type name##_plain parameters                                                            \
    {                                                                                              \
        return name##_loop arguments;                                                              \
    }                                                                                              \
    __attribute__((target("avx2"))) static type name##_avx2 parameters                             \
    {                                                                                              \
        return name##_loop arguments;                                                              \
    }                                                                                              \
    __attribute__((                                                                                \
        target("avx512f,avx512bw,avx512dq,avx512vl"))) static type name##_avx512 parameters        \
    {                                                                                              \
        return name##_loop arguments;                                                              \
    }                                                                                              \
    type hn_single_##name parameters                                                               \
    {                                                                                              \
        if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&            \
            __builtin_cpu_supports("avx512vl"))                                                    \
            return name##_avx512 arguments;                                                        \
        if (__builtin_cpu_supports("avx2"))                                                        \
            return name##_avx2 arguments;                                                          \
        return name##_plain arguments;                                                             \
    }
#else
#define IN_WIDTHS(type, name, parameters, arguments)                                               \
    type hn_single_##name parameters                                                               \
    {                                                                                              \
        return name##_loop arguments;                                                              \
    }
#endif

IN_WIDTHS(float, logs,
          (const float *base, const hn_single_factor *factors, size_t n_factors, size_t n,
           float *out),
          (base, factors, n_factors, n, out))
IN_WIDTHS(double, exp_sum, (const float *x, float greatest, size_t n), (x, greatest, n))
IN_WIDTHS(double, cell_sum,
          (const float *x, float greatest, const hn_single_cell *cells, size_t n_cells, size_t n),
          (x, greatest, cells, n_cells, n))
IN_WIDTHS(size_t, above, (const float *x, float least, size_t n, uint32_t *out), (x, least, n, out))
