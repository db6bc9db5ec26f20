// Shares of the variance of trees: against tables of which they are known, and against the tree
// itself, asked everywhere.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "learn/fanova.h"
#include "num/rng.h"

enum { MOST_N = 600, MOST_D = 4 };

static const hn_forest_options one_tree = {1, false, false, {1, 1.0}, 3};

static double uniform(uint32_t i, uint32_t lane)
{
    hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, i);
    return hn_rng_uniform(&rng, 0, 0, lane);
}

typedef struct table {
    uint32_t n, d, n_choices[MOST_D];
    double n_values[MOST_D];
    double x[MOST_N * MOST_D], y[MOST_N];
} table;

static void fit(hn_forest *f, const hn_forest_options *options, const table *t)
{
    hn_forest_rows rows = {t->n, t->x, t->y, NULL};
    assert_int_equal(hn_forest_init(f, options, t->d, t->n_choices, NULL), HONE_OK);
    assert_int_equal(hn_forest_fit(f, &rows, NULL), HONE_OK);
}

static void assert_near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.9g instead of %.9g", got, want);
}

// --- a whole table of values: a tree repeats it, and the shares are those of its means ---

enum { A = 3, B = 4, C = 2, D = 2 };

static double cell(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    return (a == 1) * 3.0 + b * b * 0.7 + (c ? 1.0 : 0.0) * (a == 2) * 2 + d * (b == 3) * 1.5 + c;
}

static uint32_t part_of(uint32_t i, uint32_t feature)
{
    const uint32_t parts[] = {i % A, i / A % B, i / A / B % C, i / A / B / C};
    return parts[feature];
}

// A choice of three, a number of four values, two choices of two.
static void fill(table *t)
{
    *t = (table){.n = A * B * C * D, .d = 4, .n_choices = {A, 0, C, D}, .n_values = {A, B, C, D}};
    for (uint32_t i = 0; i < t->n; i++) {
        double *x = t->x + (size_t)i * 4;
        for (uint32_t j = 0; j < 4; j++)
            x[j] = part_of(i, j);
        x[1] = (x[1] + 0.5) / B;
        t->y[i] = cell(part_of(i, 0), part_of(i, 1), part_of(i, 2), part_of(i, 3));
    }
}

// The variance of the means of the cells that agree in the features of `mask`, by definition.
static double variance_of_means(const table *t, uint32_t mask)
{
    double mean = 0, sum = 0;
    for (uint32_t i = 0; i < t->n; i++)
        mean += t->y[i] / t->n;
    for (uint32_t i = 0; i < t->n; i++) {
        double here = 0;
        uint32_t n = 0;
        for (uint32_t k = 0; k < t->n; k++) {
            bool same = true;
            for (uint32_t j = 0; j < 4; j++)
                same = same && (!(mask >> j & 1) || part_of(i, j) == part_of(k, j));
            here += same ? t->y[k] : 0;
            n += same;
        }
        sum += (here / n - mean) * (here / n - mean) / t->n;
    }
    return sum;
}

static void a_table_has_the_shares_of_its_means(void **state)
{
    (void)state;
    static table t;
    hn_forest f;
    fill(&t);
    fit(&f, &one_tree, &t);
    const hn_fanova_group groups[] = {{0, 1}, {1, 1}, {2, 1}, {3, 1}, {2, 2}, {1, 3}};
    const uint32_t masks[] = {1, 2, 4, 8, 12, 14};
    double shares[6], all = variance_of_means(&t, 15);
    assert_int_equal(hn_fanova(&f, t.n_values, groups, 6, shares, NULL), HONE_OK);
    for (uint32_t g = 0; g < 6; g++)
        assert_near(shares[g], variance_of_means(&t, masks[g]) / all, 1e-12);
    hn_forest_free(&f);
}

// --- real numbers and long lists of choices: against what the tree says everywhere ---

static double step_of(uint32_t i, uint32_t n)
{
    return (i + 0.5) / n;
}

static void a_tree_is_split_up_as_it_stands(void **state)
{
    (void)state;
    enum { STEPS = 1500, CHOICES = 70 };
    static table t = {.n = 60, .d = 2, .n_choices = {0, CHOICES}, .n_values = {INFINITY, CHOICES}};
    static double said[STEPS * CHOICES], var[STEPS * CHOICES], x[STEPS * CHOICES * 2];
    hn_forest f;
    for (uint32_t i = 0; i < t.n; i++) {
        t.x[2 * i] = uniform(i, 0);
        t.x[2 * i + 1] = floor(CHOICES * uniform(i, 1));
        t.y[i] = 4 * t.x[2 * i] + (t.x[2 * i + 1] > 30) + uniform(i, 2);
    }
    fit(&f, &one_tree, &t);
    for (uint32_t i = 0; i < STEPS * CHOICES; i++) {
        x[2 * i] = step_of(i / CHOICES, STEPS);
        x[2 * i + 1] = i % CHOICES;
    }
    assert_int_equal(hn_forest_predict(&f, x, STEPS * CHOICES, said, var, NULL), HONE_OK);
    double mean = 0, all = 0, by_number = 0, by_choice = 0, n = (double)STEPS * CHOICES;
    for (uint32_t i = 0; i < STEPS * CHOICES; i++)
        mean += said[i] / n;
    for (uint32_t i = 0; i < STEPS * CHOICES; i++)
        all += (said[i] - mean) * (said[i] - mean) / n;
    for (uint32_t k = 0; k < STEPS; k++) {
        double here = 0;
        for (uint32_t c = 0; c < CHOICES; c++)
            here += said[k * CHOICES + c] / CHOICES;
        by_number += (here - mean) * (here - mean) / STEPS;
    }
    for (uint32_t c = 0; c < CHOICES; c++) {
        double here = 0;
        for (uint32_t k = 0; k < STEPS; k++)
            here += said[k * CHOICES + c] / STEPS;
        by_choice += (here - mean) * (here - mean) / CHOICES;
    }
    const hn_fanova_group groups[] = {{0, 1}, {1, 1}};
    double shares[2];
    assert_int_equal(hn_fanova(&f, t.n_values, groups, 2, shares, NULL), HONE_OK);
    assert_near(shares[0], by_number / all, 2e-3);
    assert_near(shares[1], by_choice / all, 2e-3);
    hn_forest_free(&f);
}

// A tree that says one thing everywhere has no shares.
static void a_constant_has_none(void **state)
{
    (void)state;
    static table t = {.n = 8, .d = 1, .n_values = {INFINITY}};
    hn_forest f;
    for (uint32_t i = 0; i < t.n; i++)
        t.x[i] = uniform(i, 0);
    fit(&f, &one_tree, &t);
    const hn_fanova_group group = {0, 1};
    double share = 0;
    assert_int_equal(hn_fanova(&f, t.n_values, &group, 1, &share, NULL), HONE_OK);
    assert_true(isnan(share));
    hn_forest_free(&f);
}

// Out of the bag: of a line nearly right, of noise no better than the mean; unlike the fit, which
// repeats it.
static void rows_are_asked_of_trees_without_them(void **state)
{
    (void)state;
    static table t = {.n = 200, .d = 1, .n_values = {INFINITY}};
    static double said[MOST_N], fitted[MOST_N], var[MOST_N];
    const hn_forest_options many = {64, true, false, {1, 1.0}, 3};
    for (uint32_t noise = 0; noise < 2; noise++) {
        hn_forest f;
        double left = 0, left_fitted = 0;
        for (uint32_t i = 0; i < t.n; i++) {
            t.x[i] = uniform(i, 0);
            t.y[i] = noise ? uniform(i, 1) : t.x[i];
        }
        fit(&f, &many, &t);
        hn_forest_rows rows = {t.n, t.x, t.y, NULL};
        assert_int_equal(hn_forest_out_of_bag(&f, &rows, said, NULL), HONE_OK);
        assert_int_equal(hn_forest_predict(&f, t.x, t.n, fitted, var, NULL), HONE_OK);
        for (uint32_t i = 0; i < t.n; i++) {
            left += (said[i] - t.y[i]) * (said[i] - t.y[i]) / t.n;
            left_fitted += (fitted[i] - t.y[i]) * (fitted[i] - t.y[i]) / t.n;
        }
        if (noise) // the variance of a uniform number is 1/12
            assert_true(left > 1.0 / 12 && left_fitted < 0.5 / 12);
        else
            assert_true(left < 0.001);
        hn_forest_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_has_the_shares_of_its_means),
        cmocka_unit_test(a_tree_is_split_up_as_it_stands),
        cmocka_unit_test(a_constant_has_none),
        cmocka_unit_test(rows_are_asked_of_trees_without_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
