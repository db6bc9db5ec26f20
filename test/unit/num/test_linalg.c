// Each call by the loaded library and by plain loops, against the definition.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "num/linalg.h"
#include "num/many.h"
#include "num/rng.h"

enum { MOST = 70, LD = MOST + 3, COLUMNS = 33 };

static const size_t sizes[] = {1, 2, 3, 7, 16, 17, 40, MOST};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

static double a[MOST * LD], l[MOST * LD], inverse[MOST * LD], square[MOST * LD];

static double draw(uint32_t i, uint32_t j)
{
    hn_rng rng = hn_rng_make(3, HN_PURPOSE_TEST, i);
    return hn_rng_uniform(&rng, j, 0, 0) - 0.5;
}

// a = B Bᵀ + I, and what lies outside of its lower triangle must never count.
static void make_matrix(size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < LD; j++) {
            double sum = i == j;
            for (size_t k = 0; k < n; k++)
                sum += draw((uint32_t)i, (uint32_t)k) * draw((uint32_t)j, (uint32_t)k);
            a[i * LD + j] = j <= i ? sum : 1e9;
        }
}

static void check(const hn_linalg *la, size_t n)
{
    make_matrix(n);
    memcpy(l, a, sizeof a);
    assert_true(hn_cholesky(la, l, n, LD));
    memcpy(inverse, l, sizeof l);
    hn_lower_inverse(la, inverse, n, LD);
    memcpy(square, inverse, sizeof l);
    hn_lower_square(la, square, n, LD);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double product = hn_dot(l + i * LD, l + j * LD, j + 1), one = 0, identity = 0;
            for (size_t k = j; k <= i; k++)
                one += l[i * LD + k] * inverse[k * LD + j];
            for (size_t k = 0; k < n; k++)
                identity += (k <= i ? a[i * LD + k] : a[k * LD + i]) *
                            (k <= j ? square[j * LD + k] : square[k * LD + j]);
            assert_float_equal(product, a[i * LD + j], 1e-12);
            assert_float_equal(one, i == j, 1e-12);
            assert_float_equal(identity, i == j, 1e-10);
            assert_true(l[i * LD + n] == 1e9 || n == LD);
        }
}

static void factors_and_inverses(void **state)
{
    (void)state;
    for (int plain = 0; plain < 2; plain++)
        for (int k = 0; k < N_SIZES; k++) {
            hn_linalg la = hn_linalg_open(plain);
            check(&la, sizes[k]);
        }
}

static void products(void **state)
{
    (void)state;
    static double b[MOST * COLUMNS], c[MOST * COLUMNS], t[COLUMNS * MOST];
    for (int turn = 0; turn < 2 * N_SIZES; turn++) {
        hn_linalg la = hn_linalg_open(turn % 2 == 1);
        size_t n = sizes[turn / 2];
        double x[MOST], y[MOST];
        make_matrix(n);
        for (size_t i = 0; i < n; i++) {
            x[i] = y[i] = draw((uint32_t)i, 500);
            for (size_t j = 0; j < COLUMNS; j++)
                t[j * MOST + i] = b[i * COLUMNS + j] = c[i * COLUMNS + j] =
                    draw((uint32_t)i, 600 + (uint32_t)j);
        }
        hn_lower_times(a, n, LD, false, x);
        hn_lower_times(a, n, LD, true, y);
        hn_lower_times_matrix(&la, a, n, LD, c, COLUMNS, COLUMNS);
        for (size_t i = 0; i < n; i++) {
            double down = 0, up = 0, first = 0;
            for (size_t k = 0; k < n; k++) {
                down += k <= i ? a[i * LD + k] * draw((uint32_t)k, 500) : 0;
                first += k <= i ? a[i * LD + k] * b[k * COLUMNS] : 0;
                up += k >= i ? a[k * LD + i] * draw((uint32_t)k, 500) : 0;
            }
            assert_float_equal(x[i], down, 1e-12);
            assert_float_equal(y[i], up, 1e-12);
            assert_float_equal(c[i * COLUMNS], first, 1e-12);
        }
        // b with itself, both ways round: 2 B Bᵀ - I.
        static double by_rows[MOST * MOST], by_columns[MOST * MOST];
        for (size_t i = 0; i < MOST * MOST; i++)
            by_rows[i] = by_columns[i] = i % (MOST + 1) == 0;
        hn_matrix_times(&la, n, n, COLUMNS, 2, b, COLUMNS, b, COLUMNS, true, -1, by_rows, MOST);
        hn_matrix_times(&la, n, n, COLUMNS, 2, b, COLUMNS, t, MOST, false, -1, by_columns, MOST);
        static double below[MOST * MOST];
        hn_times_transpose(&la, n, COLUMNS, b, COLUMNS, below, MOST);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                assert_float_equal(2 * below[i * MOST + j] - (i == j), by_rows[i * MOST + j],
                                   1e-12);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double sum = 2 * hn_dot(b + i * COLUMNS, b + j * COLUMNS, COLUMNS) - (i == j);
                assert_float_equal(by_rows[i * MOST + j], sum, 1e-12);
                assert_float_equal(by_columns[i * MOST + j], sum, 1e-12);
            }
    }
}

static void what_is_not_positive_is_refused(void **state)
{
    (void)state;
    for (int plain = 0; plain < 2; plain++) {
        hn_linalg la = hn_linalg_open(plain);
        double wrong[] = {1, 2, 2, 1}, singular[] = {1, 1, 1, 1}, nan[] = {NAN, 0, 1, 1};
        double late[] = {1, 0, NAN, 1};
        assert_false(hn_cholesky(&la, wrong, 2, 2));
        assert_false(hn_cholesky(&la, singular, 2, 2));
        assert_false(hn_cholesky(&la, nan, 2, 2));
        assert_false(hn_cholesky(&la, late, 2, 2));
        assert_true(hn_cholesky(&la, NULL, 0, 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_and_inverses),
        cmocka_unit_test(products),
        cmocka_unit_test(what_is_not_positive_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
