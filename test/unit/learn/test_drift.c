// Gaussian processes that drift: the gradient is that of the likelihood, predictions agree with the
// formula, what is new counts more than what is old.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "learn/drift.h"
#include "num/rng.h"

enum { N = 30, D = 2 };

typedef struct table {
    double x[N * D], t[N], y[N];
    hn_drift_data data;
} table;

static void make(table *out)
{
    hn_rng rng = hn_rng_make(5, HN_PURPOSE_TEST, 0);
    for (uint32_t i = 0; i < N; i++) {
        for (uint32_t j = 0; j < D; j++)
            out->x[i * D + j] = hn_rng_uniform(&rng, i, j, 0);
        out->t[i] = i / 5;
        out->y[i] = sin(6 * out->x[i * D]) + 0.2 * out->t[i] * out->x[i * D + 1];
    }
    out->data = (hn_drift_data){out->x, out->t, out->y, N, D};
}

static const double some[HN_DRIFT_HYPER] = {-0.5, 0.3, -2, -2.5};

static void the_gradient_is_right(void **state)
{
    (void)state;
    table all;
    hn_arena arena = HN_ARENA_INIT;
    double g[HN_DRIFT_HYPER], h = 1e-5;
    make(&all);
    (void)hn_drift_likelihood(&all.data, some, g, &arena);
    for (int k = 0; k < HN_DRIFT_HYPER; k++) {
        double up[HN_DRIFT_HYPER], down[HN_DRIFT_HYPER];
        for (int j = 0; j < HN_DRIFT_HYPER; j++)
            up[j] = down[j] = some[j];
        up[k] += h;
        down[k] -= h;
        double slope = (hn_drift_likelihood(&all.data, up, NULL, &arena) -
                        hn_drift_likelihood(&all.data, down, NULL, &arena)) /
                       (2 * h);
        if (!(fabs(slope - g[k]) < 1e-4 * (1 + fabs(slope))))
            fail_msg("by hyperparameter %d: %g, by differences %g", k, g[k], slope);
    }
    hn_arena_free(&arena);
}

// Two points by hand: s = 1, ℓ = 1, σ² = 1/4, ω = log 2.
static void predictions_are_the_formula_s(void **state)
{
    (void)state;
    double x[] = {0, 1}, t[] = {0, 1}, y[] = {1, -1}, at = 0.5, mean, sd;
    double hyper[] = {0, 0, log(0.25), log(log(2))};
    hn_arena arena = HN_ARENA_INIT;
    hn_drift model;
    hn_drift_data data = {x, t, y, 2, 1};
    assert_true(hn_drift_set(&model, &data, hyper, &arena));
    hn_drift_predict(&model, &at, 1, &mean, &sd, NULL, NULL);
    double b = exp(-0.5) / 2, a = 1.25, det = a * a - b * b;
    double k0 = exp(-0.125) / 2, k1 = exp(-0.125);
    double w0 = (a * k0 - b * k1) / det, w1 = (a * k1 - b * k0) / det;
    assert_true(fabs(mean - (w0 - w1)) < 1e-6);
    assert_true(fabs(sd * sd - (1 - w0 * k0 - w1 * k1)) < 1e-6);
    hn_arena_free(&arena);
}

static void slopes_of_predictions_are_right(void **state)
{
    (void)state;
    table all;
    hn_arena arena = HN_ARENA_INIT;
    hn_drift model;
    make(&all);
    double x[] = {0.4, 0.7}, mean, sd, d_mean[D], d_sd[D], h = 1e-5;
    assert_true(hn_drift_set(&model, &all.data, some, &arena));
    hn_drift_predict(&model, x, 6, &mean, &sd, d_mean, d_sd);
    for (uint32_t j = 0; j < D; j++) {
        double up[D] = {x[0], x[1]}, down[D] = {x[0], x[1]}, m[2], s[2];
        up[j] += h;
        down[j] -= h;
        hn_drift_predict(&model, up, 6, &m[0], &s[0], NULL, NULL);
        hn_drift_predict(&model, down, 6, &m[1], &s[1], NULL, NULL);
        assert_true(fabs((m[0] - m[1]) / (2 * h) - d_mean[j]) < 1e-5);
        assert_true(fabs((s[0] - s[1]) / (2 * h) - d_sd[j]) < 1e-5);
    }
    hn_arena_free(&arena);
}

// Where the optimum moves, the fit finds that what is old says little; where it stays, much.
static void drift_is_found(void **state)
{
    (void)state;
    double fade[2];
    for (int moves = 0; moves < 2; moves++) {
        table all;
        hn_arena arena = HN_ARENA_INIT;
        double hyper[HN_DRIFT_HYPER];
        make(&all);
        for (uint32_t i = 0; i < N; i++)
            all.y[i] = 2 * cos(3 * all.x[i * D] + (moves ? 1.5 * all.t[i] : 0));
        assert_true(hn_drift_fit(&all.data, hyper, &arena));
        fade[moves] = hyper[HN_DRIFT_FADE];
        hn_arena_free(&arena);
    }
    if (!(fade[1] > fade[0] + 1))
        fail_msg("log omega is %g where it moves, %g where it stays", fade[1], fade[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_is_right),
        cmocka_unit_test(predictions_are_the_formula_s),
        cmocka_unit_test(slopes_of_predictions_are_right),
        cmocka_unit_test(drift_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
