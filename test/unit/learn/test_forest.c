// Trees and forests: splits on numbers, choices and missing values, leaves, variance.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "learn/forest.h"
#include "num/rng.h"

enum { N = 400, MOST_D = 4 };

typedef struct table {
    uint32_t n, d, n_choices[MOST_D];
    double x[N * MOST_D], y[N];
} table;

static double uniform(uint32_t i, uint32_t lane)
{
    hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, i);
    return hn_rng_uniform(&rng, 0, 0, lane);
}

static const hn_forest_options plain = {1, false, false, {1, 1.0}, 3};
static const hn_forest_options many = {50, true, false, {1, 5.0 / 6}, 3};

static void fit(hn_forest *f, const hn_forest_options *options, const table *t)
{
    hn_forest_rows rows = {t->n, t->x, t->y, NULL};
    assert_int_equal(hn_forest_init(f, options, t->d, t->n_choices, NULL), HONE_OK);
    assert_int_equal(hn_forest_fit(f, &rows, NULL), HONE_OK);
}

static double mean_at(const hn_forest *f, const double *x)
{
    double mean, var;
    assert_int_equal(hn_forest_predict(f, x, 1, &mean, &var, NULL), HONE_OK);
    assert_true(isfinite(mean) && var >= 0);
    return mean;
}

static double var_at(const hn_forest *f, const double *x)
{
    double mean, var;
    assert_int_equal(hn_forest_predict(f, x, 1, &mean, &var, NULL), HONE_OK);
    return var;
}

// A single tree without bootstrap says at each row what the row says.
static void one_tree_repeats_its_rows(void **state)
{
    (void)state;
    static table t = {.n = N, .d = 3, .n_choices = {0, 5, 0}};
    hn_forest f;
    for (uint32_t i = 0; i < N; i++) {
        double *x = t.x + (size_t)i * 3;
        x[0] = uniform(i, 0);
        x[1] = i % 7 == 0 ? NAN : floor(5 * uniform(i, 1));
        x[2] = i % 3 == 0 ? NAN : uniform(i, 2);
        t.y[i] = uniform(i, 3);
    }
    fit(&f, &plain, &t);
    static double mean[N], var[N];
    assert_int_equal(hn_forest_predict(&f, t.x, N, mean, var, NULL), HONE_OK);
    for (uint32_t i = 0; i < N; i++) {
        assert_true(fabs(mean_at(&f, t.x + (size_t)i * 3) - t.y[i]) < 1e-12);
        assert_true(mean[i] == mean_at(&f, t.x + (size_t)i * 3)); // many rows at once
    }
    hn_forest_free(&f);
}

// A step in x0 where x1 is missing, another one in x1 where it is there, and a dead feature.
static double steps(const double *x)
{
    return isnan(x[1]) ? (x[0] < 0.3 ? 5 : 1) : x[1] < 0.6 ? -2 : 3;
}

static void a_step_function_with_inactive_parameters_is_learnt(void **state)
{
    (void)state;
    static table t = {.n = N, .d = 3};
    hn_forest f;
    double worst = 0;
    for (uint32_t i = 0; i < N; i++) {
        double *x = t.x + (size_t)i * 3;
        x[0] = uniform(i, 0);
        x[1] = uniform(i, 1) < 0.5 ? NAN : uniform(i, 2);
        x[2] = uniform(i, 3);
        t.y[i] = steps(x);
    }
    fit(&f, &many, &t);
    for (uint32_t i = 0; i < 300; i++) {
        double x[3] = {uniform(i, 10), i % 2 ? NAN : uniform(i, 11), uniform(i, 12)};
        bool near = isnan(x[1]) ? fabs(x[0] - 0.3) < 0.03 : fabs(x[1] - 0.6) < 0.03;
        if (!near)
            worst = fmax(worst, fabs(mean_at(&f, x) - steps(x)));
    }
    assert_true(worst < 0.5);
    // Far from the step all trees agree; at it they do not.
    assert_true(var_at(&f, (const double[]){0.9, NAN, 0.5}) < 0.01);
    assert_true(var_at(&f, (const double[]){0.302, NAN, 0.5}) > 0.1);
    hn_forest_free(&f);
}

// Sets of choices that no order of their numbers separates, with few bits and with a long list.
static void check_choices(uint32_t n_choices)
{
    static table t;
    hn_forest f;
    t = (table){.n = N, .d = 2, .n_choices = {n_choices, 0}};
    uint32_t n_used = n_choices < 40 ? n_choices : 40;
    for (uint32_t i = 0; i < N; i++) {
        uint32_t k = i % n_used;
        t.x[2 * i] = k;
        t.x[2 * i + 1] = uniform(i, 0);
        t.y[i] = k % 3 == 1 ? 7 : -1;
    }
    fit(&f, &plain, &t);
    // One split is enough: every other one would be of no use.
    assert_int_equal(f.trees[0].nodes.n, 3);
    for (uint32_t k = 0; k < n_used; k++)
        assert_true(mean_at(&f, (const double[]){k, 0.5}) == (k % 3 == 1 ? 7 : -1));
    hn_forest_free(&f);
}

static void choices_are_split_into_sets(void **state)
{
    (void)state;
    check_choices(5);
    check_choices(63);
    check_choices(64);
    check_choices(60000);
}

// What a node has not seen goes to either side: trees disagree about it.
static void unseen_choices_are_uncertain(void **state)
{
    (void)state;
    static table t;
    for (uint32_t n_choices = 30; n_choices <= 3000; n_choices *= 100) {
        hn_forest f;
        t = (table){.n = 200, .d = 1, .n_choices = {n_choices}};
        for (uint32_t i = 0; i < t.n; i++) {
            t.x[i] = i % 10;
            t.y[i] = i % 10 < 5;
        }
        fit(&f, &many, &t);
        for (uint32_t k = 0; k < 10; k++)
            assert_true(var_at(&f, (const double[]){k}) < 1e-6);
        for (uint32_t k = 10; k < 20; k++)
            assert_true(var_at(&f, (const double[]){k}) > 0.05);
        hn_forest_free(&f);
    }
}

static void thresholds_lie_anywhere_between(void **state)
{
    (void)state;
    static table t = {.n = 2, .d = 1, .x = {0.2, 0.8}, .y = {0, 1}};
    hn_forest f;
    hn_forest_options options = {400, false, false, {1, 1.0}, 3};
    fit(&f, &options, &t);
    for (double x = 0.25; x < 0.8; x += 0.05)
        assert_true(fabs(mean_at(&f, &x) - (x - 0.2) / 0.6) < 0.12);
    assert_true(mean_at(&f, (const double[]){0.1}) == 0 && mean_at(&f, (const double[]){0.9}) == 1);
    hn_forest_free(&f);
}

// One split does, whichever side what is missing belongs to.
static void missing_values_go_where_they_fit(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        static table t = {.n = 6, .d = 1, .x = {0.1, 0.2, 0.8, 0.9, NAN, NAN}};
        const double y[6] = {0, 0, 1, 1, side, side}, missing = NAN;
        hn_forest f;
        memcpy(t.y, y, sizeof y);
        fit(&f, &plain, &t);
        assert_int_equal(f.trees[0].nodes.n, 3);
        assert_true(mean_at(&f, &missing) == side);
        hn_forest_free(&f);
    }
}

static void leaves_say_mean_or_log_mean_exp(void **state)
{
    (void)state;
    static table t = {.n = 3, .d = 1, .x = {0.5, 0.5, 0.5}, .y = {-1, -3, -800}};
    hn_forest f;
    hn_forest_options options = plain;
    fit(&f, &options, &t);
    assert_true(fabs(mean_at(&f, t.x) + 268) < 1e-9);
    double m = -268,
           var = ((-1 - m) * (-1 - m) + (-3 - m) * (-3 - m) + (-800 - m) * (-800 - m)) / 3;
    assert_true(fabs(var_at(&f, t.x) / var - 1) < 1e-9);
    hn_forest_free(&f);
    options.log_leaf = true;
    fit(&f, &options, &t);
    assert_true(fabs(mean_at(&f, t.x) - log((exp(-1) + exp(-3)) / 3)) < 1e-12);
    hn_forest_free(&f);
}

static void the_variance_is_that_of_a_mixture(void **state)
{
    (void)state;
    static table t = {.n = 60, .d = 1};
    hn_forest f;
    double leaf[50];
    double sum = 0, within = 0, between = 0, x = 0.37;
    hn_forest_options options = many;
    options.tree.min_leaf = 5;
    for (uint32_t i = 0; i < t.n; i++) {
        t.x[i] = uniform(i, 0);
        t.y[i] = sin(9 * t.x[i]) + uniform(i, 1);
    }
    fit(&f, &options, &t);
    assert_int_equal(hn_forest_predict_each(&f, &x, 1, leaf, &within, NULL), HONE_OK);
    for (int k = 0; k < 50; k++)
        sum += leaf[k] / 50;
    for (int k = 0; k < 50; k++)
        between += (leaf[k] - sum) * (leaf[k] - sum) / 50;
    assert_true(within > 0 && between > 0);
    assert_true(fabs(mean_at(&f, &x) - sum) < 1e-12);
    assert_true(fabs(var_at(&f, &x) - within - between) < 1e-12);
    hn_forest_free(&f);
}

// Trees grown one by one, in any order, from the same rows are those grown at once; the ids and not
// the places of the rows count for the weights.
static void growing_is_a_function_of_the_rows(void **state)
{
    (void)state;
    static table t = {.n = 100, .d = 2};
    static double x[200], y[100];
    uint32_t id[100];
    hn_forest whole, parts;
    bool grow[50];
    for (uint32_t i = 0; i < t.n; i++) {
        t.x[2 * i] = uniform(i, 0);
        t.x[2 * i + 1] = uniform(i, 1);
        t.y[i] = uniform(i, 2);
        uint32_t to = (i * 37) % 100;
        memcpy(x + 2 * (size_t)to, t.x + 2 * (size_t)i, 2 * sizeof *x);
        y[to] = t.y[i];
        id[to] = i;
    }
    fit(&whole, &many, &t);
    hn_forest_rows rows = {100, x, y, id}, few = {10, x, y, id};
    assert_int_equal(hn_forest_init(&parts, &many, 2, t.n_choices, NULL), HONE_OK);
    assert_int_equal(hn_forest_grow(&parts, &few, NULL, NULL), HONE_OK);
    for (uint32_t k = 0; k < 50; k++) {
        memset(grow, 0, sizeof grow);
        grow[(7 * k) % 50] = true;
        assert_int_equal(hn_forest_grow(&parts, &rows, grow, NULL), HONE_OK);
    }
    assert_int_equal(hn_forest_fill(&parts, &rows, NULL), HONE_OK);
    for (uint32_t i = 0; i < 50; i++) {
        const double at[2] = {uniform(i, 5), uniform(i, 6)};
        assert_true(fabs(mean_at(&whole, at) - mean_at(&parts, at)) < 1e-12);
    }
    hn_forest_free(&whole);
    hn_forest_free(&parts);
}

// Leaves without rows speak as what is above them.
static void other_rows_may_fill_the_leaves(void **state)
{
    (void)state;
    static table t = {.n = 4, .d = 1, .x = {0.1, 0.2, 0.8, 0.9}, .y = {0, 1, 5, 6}};
    static const double x[2] = {0.15, 0.21}, y[2] = {10, 20};
    hn_forest f;
    fit(&f, &plain, &t);
    hn_forest_rows rows = {1, x, y, NULL};
    assert_int_equal(hn_forest_fill(&f, &rows, NULL), HONE_OK);
    for (double at = 0; at < 1; at += 0.01)
        assert_true(mean_at(&f, &at) == 10);
    hn_forest_free(&f);
}

static void harsh_data_do_no_harm(void **state)
{
    (void)state;
    static table t;
    hn_forest f;
    for (int kind = 0; kind < 5; kind++) {
        t = (table){.n = kind == 0 ? 1 : 50, .d = 2};
        for (uint32_t i = 0; i < t.n; i++) {
            t.x[2 * i] = kind == 1 ? 0.5 : uniform(i, 0);
            t.x[2 * i + 1] = kind == 2 ? NAN : nextafter(0.5, i % 2);
            t.y[i] = kind == 3 ? 4 : kind == 4 ? pow(10, 20 * uniform(i, 2)) : uniform(i, 2);
        }
        fit(&f, &many, &t);
        for (uint32_t i = 0; i < t.n; i++) {
            double mean = mean_at(&f, t.x + 2 * (size_t)i);
            assert_true(kind != 3 || mean == 4);
        }
        (void)mean_at(&f, (const double[]){NAN, 0.1});
        hn_forest_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_tree_repeats_its_rows),
        cmocka_unit_test(a_step_function_with_inactive_parameters_is_learnt),
        cmocka_unit_test(choices_are_split_into_sets),
        cmocka_unit_test(unseen_choices_are_uncertain),
        cmocka_unit_test(thresholds_lie_anywhere_between),
        cmocka_unit_test(missing_values_go_where_they_fit),
        cmocka_unit_test(leaves_say_mean_or_log_mean_exp),
        cmocka_unit_test(the_variance_is_that_of_a_mixture),
        cmocka_unit_test(growing_is_a_function_of_the_rows),
        cmocka_unit_test(other_rows_may_fill_the_leaves),
        cmocka_unit_test(harsh_data_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
