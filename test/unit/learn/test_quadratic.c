// Quadratic models: exact where the points determine them, flat where they do not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "learn/quadratic.h"
#include "num/rng.h"

enum { D = 6, MOST = 60 };

static double uniform(uint32_t i, uint32_t lane)
{
    hn_rng rng = hn_rng_make(7, HN_PURPOSE_TEST, i);
    return 2 * hn_rng_uniform(&rng, 0, 0, lane) - 1;
}

// A quadratic with a positive definite, full matrix.
static double bowl(const double *z)
{
    double value = 3;
    for (int j = 0; j < D; j++) {
        double next = z[(j + 1) % D];
        value += (j + 1) * pow(z[j] - 0.3 + 0.1 * j, 2) + 0.5 * z[j] * next;
    }
    return value;
}

static double slope(const double *z)
{
    return 1 - 2 * z[0] + 0.5 * z[D - 1];
}

typedef struct world {
    hn_arena arena;
    double Z[MOST * D], Y[MOST * 2], weights[MOST];
    hn_quadratic models[2];
} world;

static void make(world *w, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < D; j++)
            w->Z[i * D + j] = uniform(i, j);
        w->Y[2 * i] = bowl(w->Z + (size_t)i * D);
        w->Y[2 * i + 1] = slope(w->Z + (size_t)i * D);
        w->weights[i] = 0.1 + fabs(uniform(i, 99));
    }
}

static void fit(world *w, uint32_t n, hn_quadratic_kind kind)
{
    hn_linalg plain = hn_linalg_open(true);
    hn_quadratic_data data = {w->Z, w->Y, w->weights, n, D, 2};
    assert_true(hn_quadratic_alloc(&w->models[0], D, &w->arena));
    assert_true(hn_quadratic_alloc(&w->models[1], D, &w->arena));
    assert_true(hn_quadratic_fit(&plain, &data, kind, 1e-10, w->models, &w->arena));
}

static void it_recovers_quadratics(void **state)
{
    static world w;
    double z[D], g[D];
    (void)state;
    make(&w, 34);
    fit(&w, 34, HN_QUADRATIC_FULL);
    for (uint32_t i = 100; i < 120; i++) {
        for (uint32_t j = 0; j < D; j++)
            z[j] = 2 * uniform(i, j);
        assert_float_equal(hn_quadratic_value(&w.models[0], z, g), bowl(z), 1e-9);
        for (int j = 0; j < D; j++) {
            double h = 1e-4, up[D], down[D];
            memcpy(up, z, sizeof z);
            memcpy(down, z, sizeof z);
            up[j] += h;
            down[j] -= h;
            assert_float_equal(g[j], (bowl(up) - bowl(down)) / (2 * h), 1e-6);
        }
        assert_float_equal(hn_quadratic_value(&w.models[1], z, NULL), slope(z), 1e-9);
    }
    hn_arena_free(&w.arena);
}

static void with_few_points_it_passes_through_them(void **state)
{
    static world w;
    (void)state;
    for (uint32_t n = 1; n <= 27; n++) {
        make(&w, n);
        fit(&w, n, HN_QUADRATIC_FULL);
        for (uint32_t i = 0; i < n; i++)
            assert_float_equal(hn_quadratic_value(&w.models[0], w.Z + (size_t)i * D, NULL),
                               w.Y[2 * i], 1e-5);
        hn_arena_free(&w.arena);
    }
}

static void linear_models_of_slopes_are_exact(void **state)
{
    static world w;
    (void)state;
    make(&w, D + 1);
    fit(&w, D + 1, HN_QUADRATIC_LINEAR);
    assert_float_equal(w.models[1].g[0], -2, 1e-9);
    assert_float_equal(w.models[1].g[1], 0, 1e-9);
    assert_float_equal(w.models[1].H[0], 0, 0);
    hn_arena_free(&w.arena);
}

static void kinds_are_as_rich_as_the_points_allow(void **state)
{
    (void)state;
    assert_int_equal(hn_quadratic_terms(HN_QUADRATIC_FULL, 5), 21);
    assert_int_equal(hn_quadratic_affordable(10, 5, 400), HN_QUADRATIC_LINEAR);
    assert_int_equal(hn_quadratic_affordable(11, 5, 400), HN_QUADRATIC_DIAGONAL);
    assert_int_equal(hn_quadratic_affordable(21, 5, 400), HN_QUADRATIC_FULL);
    assert_int_equal(hn_quadratic_affordable(21, 5, 20), HN_QUADRATIC_DIAGONAL);
    assert_int_equal(hn_quadratic_affordable(4000, 3000, 400), HN_QUADRATIC_LINEAR);
}

// A local search never affords 200 terms of a full model, but as many of a simpler one.
static void full_models_are_for_few_axes(void **state)
{
    (void)state;
    assert_int_equal(hn_quadratic_local(189, 18), HN_QUADRATIC_DIAGONAL);
    assert_int_equal(hn_quadratic_local(190, 18), HN_QUADRATIC_FULL);
    assert_int_equal(hn_quadratic_local(4000, 19), HN_QUADRATIC_DIAGONAL);
    assert_int_equal(hn_quadratic_local(4000, 149), HN_QUADRATIC_DIAGONAL);
    assert_int_equal(hn_quadratic_local(4000, 150), HN_QUADRATIC_LINEAR);
    assert_int_equal(hn_quadratic_most_points(18), 400);
    assert_int_equal(hn_quadratic_most_points(19), 98);
    assert_float_equal(hn_quadratic_work(19), 98.0 * 39 * 39, 0);
}

static void the_minimum_is_found_within_bounds_and_rules(void **state)
{
    static world w;
    double low[D], high[D], z[D] = {0}, at[D] = {0};
    double penalty = 100;
    (void)state;
    make(&w, 34);
    fit(&w, 34, HN_QUADRATIC_FULL);
    for (int j = 0; j < D; j++) {
        low[j] = -0.1;
        high[j] = 0.5;
    }
    hn_quadratic_aim aim = {w.models, NULL, NULL, 0};
    double best = hn_quadratic_minimise(&aim, low, high, z, &w.arena);
    for (int k = 0; k < 2 * D; k++) { // nothing near is better
        memcpy(at, z, sizeof z);
        at[k / 2] = fmin(fmax(at[k / 2] + (k % 2 ? 1e-4 : -1e-4), -0.1), 0.5);
        assert_true(bowl(at) >= best - 1e-9);
    }
    // slope(z) <= 0 asks for z_0 >= ½ + ¼ z_5, which lies at the edge of the box.
    hn_quadratic_aim ruled = {w.models, w.models + 1, &penalty, 1};
    hn_quadratic_minimise(&ruled, low, high, z, &w.arena);
    assert_true(slope(z) < 0.02);
    // A saddle: the corner of the box, not where it begins.
    w.models[0].H[0] = -50;
    memset(z, 0, sizeof z);
    hn_quadratic_minimise(&aim, low, high, z, &w.arena);
    assert_float_equal(z[0], 0.5, 0);
    hn_arena_free(&w.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_recovers_quadratics),
        cmocka_unit_test(with_few_points_it_passes_through_them),
        cmocka_unit_test(linear_models_of_slopes_are_exact),
        cmocka_unit_test(kinds_are_as_rich_as_the_points_allow),
        cmocka_unit_test(full_models_are_for_few_axes),
        cmocka_unit_test(the_minimum_is_found_within_bounds_and_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
