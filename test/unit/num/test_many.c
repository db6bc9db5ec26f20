// hn_exp_many, hn_log_many and hn_bound_many beside the C library, number by number.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "num/many.h"
#include "num/rng.h"

enum { N = 4099 }; // no multiple of any width

static double random_between(uint32_t i, double low, double high)
{
    hn_rng rng = hn_rng_make(1, HN_PURPOSE_SUGGEST, 0);
    return low + (high - low) * hn_rng_uniform(&rng, i, 0, 0);
}

static void exp_is_exact_enough(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        double x = random_between(i, i % 2 ? -700 : -2, i % 4 ? 0 : 709), got = x;
        hn_exp_many(&got, 1);
        assert_true(fabs(got / exp(x) - 1) < 5e-16);
    }
}

static void exp_has_ends(void **state)
{
    (void)state;
    double x[] = {0, -0.0, -708, -709, -1e300, -INFINITY, NAN};
    hn_exp_many(x, sizeof x / sizeof *x);
    assert_true(x[0] == 1 && x[1] == 1);
    for (int i = 2; i < 6; i++)
        assert_true(x[i] > 0 && x[i] < 1e-307);
    assert_true(isnan(x[6]));
}

static void log_is_exact_enough(void **state)
{
    double ends[] = {1, 2, 0.5, 0x1p-1022, 0x1.fffffffffffffp1023};
    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        double x = i % 2 ? exp(random_between(i, -700, 700)) : random_between(i, 0.9, 1.1), got = x;
        hn_log_many(&got, 1);
        assert_true(fabs(got - log(x)) < 3e-16 + 3e-16 * fabs(log(x)));
    }
    hn_log_many(ends, sizeof ends / sizeof *ends);
    assert_true(ends[0] == 0 && ends[1] == log(2) && ends[2] == -log(2));
    assert_true(fabs(ends[3] / log(0x1p-1022) - 1) < 1e-15);
    assert_true(fabs(ends[4] / log(0x1.fffffffffffffp1023) - 1) < 1e-15);
}

// The same bits, whatever stands beside a number and wherever it stands.
static void neighbours_do_not_matter(void **state)
{
    static double all[N], logs[N];
    (void)state;
    for (uint32_t i = 0; i < N; i++)
        all[i] = random_between(i, -40, 0);
    hn_exp_many(all, N);
    memcpy(logs, all, sizeof logs);
    hn_log_many(logs, N);
    for (uint32_t i = 0; i < N; i++) {
        double alone = random_between(i, -40, 0);
        hn_exp_many(&alone, 1);
        assert_memory_equal(&alone, &all[i], sizeof alone);
        hn_log_many(&alone, 1);
        assert_memory_equal(&alone, &logs[i], sizeof alone);
    }
}

static void bounds_are_the_formula(void **state)
{
    static double base[N], mean[N], inverse[N], out[N];
    const double middle = 0.5;
    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        base[i] = random_between(3 * i, -9, 9);
        mean[i] = random_between(3 * i + 1, 0, 1);
        inverse[i] = random_between(3 * i + 2, 1, 100);
    }
    for (double half = 0; half < 0.2; half += 0.1) {
        hn_bound_many(base, mean, inverse, middle, half, N, out);
        for (uint32_t i = 0; i < N; i++) {
            double far = fabs(middle - mean[i]) - half, z = (far > 0 ? far : 0) * inverse[i];
            double want = base[i] - 0.5 * z * z;
            assert_memory_equal(&want, &out[i], sizeof want);
        }
    }
}

static void sums_and_the_greatest(void **state)
{
    static double x[N], mass[N];
    (void)state;
    for (size_t n = 0; n < 30; n++) {
        for (int weighted = 0; weighted < 2; weighted++) {
            double want = 0, most = -30;
            for (uint32_t i = 0; i < n; i++) {
                x[i] = random_between(i, -20, 3);
                mass[i] = weighted ? random_between(N + i, 0, 2) : 1;
                most = fmax(most, x[i]);
            }
            assert_true(hn_greatest_many(x, n, -30) == most);
            assert_true(hn_greatest_many(x, n, 7) == 7);
            for (uint32_t i = 0; i < n; i++)
                want += mass[i] * exp(x[i] - most);
            double got = hn_exp_sum(x, weighted ? mass : NULL, most, n);
            assert_true(fabs(got - want) <= 1e-14 * want);
        }
    }
}

// In no order that lanes could share: a compiler that loads under the mask of another lane has gone
// unseen with one.
static void sums_of_what_is_unequal(void **state)
{
    (void)state;
    double code[61], y[61];
    for (uint32_t n = 0; n <= 61; n++) {
        hn_rng rng = hn_rng_make(5, HN_PURPOSE_TEST, n);
        double others = 0;
        for (uint32_t i = 0; i < n; i++) {
            code[i] = floor(3 * hn_rng_uniform(&rng, 0, i, 0)) - 1;
            y[i] = floor(100 * hn_rng_uniform(&rng, 1, i, 0)); // sums are exact
            others += code[i] != 1 ? y[i] : 0;
        }
        assert_true(hn_sum_unequal(code, 1, y, n) == others);
    }
}

static void kernels_and_distances_are_what_they_say(void **state)
{
    (void)state;
    double r2[N], k[N], slope[N], sum[N], other[N], scale = 1.7;
    for (int i = 0; i < N; i++) {
        r2[i] = 1e-3 * i * i;
        sum[i] = i;
        other[i] = i % 3;
    }
    hn_matern52_many(r2, scale, N, k, slope);
    for (int i = 0; i < N; i++) {
        double z = sqrt(5 * r2[i]), right = scale * (1 + z + z * z / 3) * exp(-z);
        assert_true(fabs(k[i] - right) <= 1e-14 * scale);
        assert_true(fabs(slope[i] + 5.0 / 6 * scale * (1 + z) * exp(-z)) <= 1e-14 * scale);
    }
    hn_matern52_many(r2, scale, N, r2, NULL);
    assert_memory_equal(r2, k, sizeof k);
    hn_add_squares_many(other, 0.5, N, sum);
    hn_add_unequal_many(other, 2, 10, N, sum);
    for (int i = 0; i < N; i++) {
        double right = i + (i % 3 - 0.5) * (i % 3 - 0.5) + (i % 3 == 2 ? 0 : 10);
        assert_true(sum[i] == right);
    }
    double before = sum[7];
    hn_add_scaled_many(other, 3, N, sum);
    assert_true(sum[7] == before + 3);
    hn_greater_many(other, N, k);
    for (int i = 0; i < N; i++)
        assert_true(k[i] == fmax(r2[i], other[i]));
    double exact = 0;
    for (int i = 0; i < N; i++)
        exact += other[i] * i;
    for (int i = 0; i < N; i++)
        sum[i] = i;
    assert_true(hn_dot(other, sum, N) == exact && hn_dot(other, sum, 0) == 0);
    hn_distances_many(4, other, sum, N, k);
    assert_true(k[0] == 4 && k[1] == 3 && k[2] == 2 && k[3] == 0);
    sum[0] = NAN;
    hn_distances_many(4, other, sum, N, k);
    assert_true(isnan(k[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_exact_enough),
        cmocka_unit_test(exp_has_ends),
        cmocka_unit_test(log_is_exact_enough),
        cmocka_unit_test(neighbours_do_not_matter),
        cmocka_unit_test(bounds_are_the_formula),
        cmocka_unit_test(sums_and_the_greatest),
        cmocka_unit_test(kernels_and_distances_are_what_they_say),
        cmocka_unit_test(sums_of_what_is_unequal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
