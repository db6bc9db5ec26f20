// Gaussian processes against Optuna and BoTorch at equal hyperparameters, against themselves by
// differences, and where covariances have no factor.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "learn/gp.h"
#include "learn/improve.h"
#include "num/dist.h"
#include "num/rng.h"

enum { MOST = 64, DIMS = 8, MOST_HYPER = 3 * DIMS + 2 };

typedef struct gp_case {
    const char *name;
    int n, d, n_points;
    double choices[DIMS], x[30 * DIMS], y[30], hyper[DIMS + 2], gradient[DIMS + 2];
    double points[5 * DIMS], mean[5], variance[5], gain[5], value;
} gp_case;

#include "unit/learn/gp_table.h"

enum { N_CASES = sizeof gp_cases / sizeof *gp_cases, N_TAILS = sizeof gp_tails / sizeof *gp_tails };

static hn_arena arena = HN_ARENA_INIT;

static double draw(uint32_t i, uint32_t j)
{
    hn_rng rng = hn_rng_make(7, HN_PURPOSE_TEST, i);
    return hn_rng_uniform(&rng, j, 0, 0);
}

#define assert_near(a, b, tolerance)                                                               \
    do {                                                                                           \
        double a_ = (a), b_ = (b);                                                                 \
        if (!(fabs(a_ - b_) <= (tolerance) * (1 + fabs(b_))))                                      \
            fail_msg("line %d: %.17g instead of %.17g", __LINE__, a_, b_);                         \
    } while (0)

// --- peers ---

static void check_case(const gp_case *c, bool plain)
{
    hn_gp_dim dims[DIMS] = {0};
    hn_gp_space space = {dims, (uint32_t)c->d, false};
    double g[DIMS + 2], mean[5], variance[5], room[8192];
    hn_gp gp;
    for (int j = 0; j < c->d; j++)
        dims[j].is_choice = c->choices[j] > 0;
    double value = hn_gp_likelihood(&space, c->x, c->y, (uint32_t)c->n, c->hyper, g, plain, &arena);
    assert_near(value, c->value, 1e-9);
    for (int j = 0; j < c->d + 2; j++)
        assert_near(g[j], c->gradient[j], 1e-7);
    assert_int_equal(hn_gp_init(&gp, &space, plain, NULL), HONE_OK);
    assert_int_equal(hn_gp_set(&gp, c->hyper, c->x, c->y, (uint32_t)c->n, NULL), HONE_OK);
    assert_true(hn_gp_room(&gp, (uint32_t)c->n_points) <= 8192);
    hn_gp_predict_many(&gp, c->points, (uint32_t)c->n_points, mean, variance, room);
    double best = INFINITY;
    for (int i = 0; i < c->n; i++)
        best = fmin(best, c->y[i]);
    for (int i = 0; i < c->n_points; i++) {
        double m, v;
        assert_near(mean[i], c->mean[i], 1e-8);
        assert_near(variance[i], c->variance[i], 1e-8);
        hn_gp_predict(&gp, c->points + i * c->d, &m, &v, NULL, NULL, room);
        assert_near(m, c->mean[i], 1e-8);
        assert_near(v, c->variance[i], 1e-8);
        assert_near(hn_log_ei(m, sqrt(v), best, NULL, NULL), c->gain[i], 1e-6);
    }
    hn_gp_free(&gp);
    hn_arena_reset(&arena);
}

// Of the wanted ones the variance is as ever; what decides is a bound of it.
typedef struct bounds {
    int n;
    double most[70];
} bounds;

static bool every_third(void *context, double mean, double most_variance)
{
    bounds *b = context;
    assert_true(isfinite(mean));
    b->most[b->n] = most_variance;
    return b->n++ % 3 == 1;
}

static void wanted_ones_are_as_ever(void **state)
{
    (void)state;
    enum { D = 3, N = 40, M = 70 };
    const hn_gp_dim dims[D] = {{.is_choice = true}, {.optional = true}, {0}};
    const hn_gp_space space = {dims, D, false};
    double hyper[D + 2] = {0, log(0.4), log(0.3), log(2), log(0.01)};
    double x[N * D], y[N], at[M * D], mean[M], variance[M], other[M], some[M];
    for (uint32_t i = 0; i < N + M; i++) {
        double *row = i < N ? x + (size_t)i * D : at + (size_t)(i - N) * D;
        row[0] = floor(3 * draw(i, 0));
        row[1] = i % 4 == 0 ? NAN : draw(i, 1);
        row[2] = draw(i, 2);
        if (i < N)
            y[i] = row[0] + sin(5 * row[2]);
    }
    hn_gp gp;
    assert_int_equal(hn_gp_init(&gp, &space, false, NULL), HONE_OK);
    assert_int_equal(hn_gp_set(&gp, hyper, x, y, N, NULL), HONE_OK);
    double *room = HN_NEW(&arena, double, hn_gp_room(&gp, M));
    assert_non_null(room);
    bounds b = {0};
    hn_gp_predict_many(&gp, at, M, mean, variance, room);
    hn_gp_predict_wanted(&gp, at, M, every_third, &b, other, some, room);
    assert_int_equal(b.n, M);
    for (int i = 0; i < M; i++) {
        assert_true(b.most[i] >= variance[i] && b.most[i] <= 2 + 1e-12);
        assert_near(other[i], mean[i], 1e-14);
        if (i % 3 == 1)
            assert_near(some[i], variance[i], 1e-12);
        else
            assert_true(isnan(some[i]));
    }
    hn_gp_free(&gp);
    hn_arena_reset(&arena);
}

static void it_agrees_with_its_peers(void **state)
{
    (void)state;
    for (int k = 0; k < 2 * N_CASES; k++)
        check_case(&gp_cases[k / 2], k % 2);
}

static void tails_are_exact(void **state)
{
    (void)state;
    for (int k = 0; k < N_TAILS; k++) {
        const double *row = gp_tails[k];
        double d, u = row[0];
        assert_near(hn_log_h(u, &d), row[1], 1e-11);
        assert_near(d / row[2] - 1, 0, 1e-10);
        assert_near(hn_log_probability(u, &d), row[3], 1e-11);
        assert_near(d / row[4] - 1, 0, 1e-10);
    }
    for (double u = -40; u < 8; u += 0.37) {
        double d, h = 1e-5, d_mean, d_sd;
        (void)hn_log_h(u, &d);
        assert_near(d, (hn_log_h(u + h, NULL) - hn_log_h(u - h, NULL)) / (2 * h), 1e-6);
        (void)hn_log_ei(0.3, 0.7, 0.3 + 0.7 * u, &d_mean, &d_sd);
        double best = 0.3 + 0.7 * u;
        assert_near(d_mean,
                    (hn_log_ei(0.3 + h, 0.7, best, NULL, NULL) -
                     hn_log_ei(0.3 - h, 0.7, best, NULL, NULL)) /
                        (2 * h),
                    1e-6);
        assert_near(d_sd,
                    (hn_log_ei(0.3, 0.7 + h, best, NULL, NULL) -
                     hn_log_ei(0.3, 0.7 - h, best, NULL, NULL)) /
                        (2 * h),
                    1e-6);
    }
}

// --- differences ---

// Numbers, some of which may be inactive, and choices, some of which may be.
typedef struct world {
    hn_gp_dim dims[6];
    hn_gp_space space;
    double x[MOST * 6], y[MOST], hyper[MOST_HYPER];
    uint32_t n;
} world;

static void make_world(world *w, uint32_t n, bool warp)
{
    memset(w, 0, sizeof *w);
    w->dims[1].optional = w->dims[4].optional = true;
    w->dims[2].is_choice = w->dims[4].is_choice = true;
    w->space = (hn_gp_space){w->dims, 6, warp};
    w->n = n;
    for (uint32_t i = 0; i < n; i++) {
        double *x = w->x + i * 6;
        for (uint32_t j = 0; j < 6; j++)
            x[j] = w->dims[j].is_choice ? floor(3 * draw(i, j)) : draw(i, j);
        if (draw(i, 20) < 0.4)
            x[1] = x[4] = NAN;
        w->y[i] = sin(5 * x[0]) + x[2] * 0.4 + (isnan(x[1]) ? 0.3 : x[1] * x[3]) - 1;
    }
    for (uint32_t j = 0; j < hn_gp_n_hyper(&w->space); j++)
        w->hyper[j] = draw(100, j) - 0.5;
    w->hyper[hn_gp_at(&w->space, HN_GP_NOISE)] = -5;
}

static double posterior_density(const world *w, const double *hyper, double *g)
{
    hn_gp_prior prior = hn_gp_default_prior(6);
    double unused[MOST_HYPER] = {0};
    double value = hn_gp_likelihood(&w->space, w->x, w->y, w->n, hyper, g, false, &arena);
    value += hn_gp_log_prior(&w->space, &prior, hyper, g ? g : unused);
    hn_arena_reset(&arena);
    return value;
}

static void gradients_are_differences(void **state)
{
    (void)state;
    for (int warp = 0; warp < 2; warp++) {
        world w;
        double g[MOST_HYPER];
        make_world(&w, 30, warp);
        (void)posterior_density(&w, w.hyper, g);
        for (uint32_t j = 0; j < hn_gp_n_hyper(&w.space); j++) {
            double h = 1e-5, at = w.hyper[j];
            w.hyper[j] = at + h;
            double up = posterior_density(&w, w.hyper, NULL);
            w.hyper[j] = at - h;
            double down = posterior_density(&w, w.hyper, NULL);
            w.hyper[j] = at;
            assert_near(g[j], (up - down) / (2 * h), 1e-6);
        }
    }
}

static void predictions_have_their_derivatives(void **state)
{
    (void)state;
    for (int warp = 0; warp < 2; warp++) {
        world w;
        hn_gp gp;
        double room[4096], m, v, dm[6], dv[6], up[2], down[2];
        make_world(&w, 25, warp);
        assert_int_equal(hn_gp_init(&gp, &w.space, false, NULL), HONE_OK);
        assert_int_equal(hn_gp_set(&gp, w.hyper, w.x, w.y, w.n, NULL), HONE_OK);
        for (uint32_t i = 0; i < 6; i++) {
            double x[6];
            for (uint32_t j = 0; j < 6; j++)
                x[j] = w.dims[j].is_choice ? 1 : draw(200 + i, j);
            if (i % 2)
                x[1] = NAN;
            hn_gp_predict(&gp, x, &m, &v, dm, dv, room);
            for (uint32_t j = 0; j < 6; j++) {
                double h = 1e-5, at = x[j];
                if (w.dims[j].is_choice || isnan(at)) {
                    assert_true(dm[j] == 0 && dv[j] == 0);
                    continue;
                }
                x[j] = at + h;
                hn_gp_predict(&gp, x, &up[0], &up[1], NULL, NULL, room);
                x[j] = at - h;
                hn_gp_predict(&gp, x, &down[0], &down[1], NULL, NULL, room);
                x[j] = at;
                assert_near(dm[j], (up[0] - down[0]) / (2 * h), 1e-6);
                assert_near(dv[j], (up[1] - down[1]) / (2 * h), 1e-6);
            }
        }
        hn_gp_free(&gp);
    }
}

// --- points that come and go ---

static void rows_more_are_a_larger_model(void **state)
{
    (void)state;
    world w;
    hn_gp whole, grown;
    double room[8192], mean[2], variance[2], x[6] = {0.3, NAN, 2, 0.9, NAN, 0.1};
    make_world(&w, 40, false);
    assert_int_equal(hn_gp_init(&whole, &w.space, false, NULL), HONE_OK);
    assert_int_equal(hn_gp_init(&grown, &w.space, false, NULL), HONE_OK);
    assert_int_equal(hn_gp_set(&whole, w.hyper, w.x, w.y, 40, NULL), HONE_OK);
    assert_int_equal(hn_gp_set(&grown, w.hyper, w.x, w.y, 20, NULL), HONE_OK);
    for (uint32_t i = 20; i < 40; i++)
        assert_int_equal(hn_gp_append(&grown, w.x + i * 6, w.y[i], NULL), HONE_OK);
    hn_gp_predict(&whole, x, &mean[0], &variance[0], NULL, NULL, room);
    hn_gp_predict(&grown, x, &mean[1], &variance[1], NULL, NULL, room);
    assert_near(mean[1], mean[0], 1e-9);
    assert_near(variance[1], variance[0], 1e-9);
    // Forgotten and taken in again: the same bits.
    hn_gp_truncate(&grown, 27);
    for (uint32_t i = 27; i < 40; i++)
        assert_int_equal(hn_gp_append(&grown, w.x + i * 6, w.y[i], NULL), HONE_OK);
    hn_gp_predict(&grown, x, &mean[0], &variance[0], NULL, NULL, room);
    assert_true(mean[0] == mean[1] && variance[0] == variance[1]);
    // Other targets.
    for (uint32_t i = 0; i < 40; i++)
        w.y[i] = w.y[i] * 2 + 1;
    hn_gp_retarget(&grown, w.y);
    assert_int_equal(hn_gp_set(&whole, w.hyper, w.x, w.y, 40, NULL), HONE_OK);
    hn_gp_predict(&whole, x, &mean[0], &variance[0], NULL, NULL, room);
    hn_gp_predict(&grown, x, &mean[1], &variance[1], NULL, NULL, room);
    assert_near(mean[1], mean[0], 1e-9);
    hn_gp_free(&whole);
    hn_gp_free(&grown);
}

static void leaving_one_out_is_leaving_it_out(void **state)
{
    (void)state;
    world w;
    hn_gp gp, without;
    double mean[MOST], variance[MOST], fitted[MOST], room[8192], m, v;
    make_world(&w, 30, false);
    assert_int_equal(hn_gp_init(&gp, &w.space, false, NULL), HONE_OK);
    assert_int_equal(hn_gp_init(&without, &w.space, false, NULL), HONE_OK);
    assert_int_equal(hn_gp_set(&gp, w.hyper, w.x, w.y, 30, NULL), HONE_OK);
    hn_gp_leave_one_out(&gp, mean, variance);
    hn_gp_fitted(&gp, fitted);
    for (uint32_t i = 0; i < 30; i++) {
        double x[30 * 6], y[30];
        memcpy(x, w.x, sizeof x);
        memcpy(y, w.y, sizeof y);
        memmove(x + i * 6, x + (i + 1) * 6, (29 - i) * 6 * sizeof *x);
        memmove(y + i, y + i + 1, (29 - i) * sizeof *y);
        assert_int_equal(hn_gp_set(&without, w.hyper, x, y, 29, NULL), HONE_OK);
        hn_gp_predict(&without, w.x + i * 6, &m, &v, NULL, NULL, room);
        assert_near(mean[i], m, 1e-8);
        assert_near(variance[i], v + without.noise, 1e-8);
        hn_gp_predict(&gp, w.x + i * 6, &m, &v, NULL, NULL, room);
        assert_near(fitted[i], m, 1e-8);
    }
    hn_gp_free(&gp);
    hn_gp_free(&without);
}

static void duplicates_and_emptiness_are_fine(void **state)
{
    (void)state;
    hn_gp_dim dims[2] = {0};
    hn_gp_space space = {dims, 2, false};
    double x[40 * 2], y[40], hyper[4] = {0, 0, 0, -60}, room[8192], m, v;
    hn_gp gp;
    for (int i = 0; i < 40; i++) {
        x[2 * i] = x[2 * i + 1] = 0.25;
        y[i] = 1;
    }
    assert_int_equal(hn_gp_init(&gp, &space, false, NULL), HONE_OK);
    assert_int_equal(hn_gp_set(&gp, hyper, x, y, 40, NULL), HONE_OK);
    hn_gp_predict(&gp, x, &m, &v, NULL, NULL, room);
    assert_float_equal(m, 1, 1e-6);
    assert_true(v >= 0 && v < 1e-6);
    for (int i = 0; i < 10; i++)
        assert_int_equal(hn_gp_append(&gp, x, 1, NULL), HONE_OK);
    hn_gp_predict(&gp, x, &m, &v, NULL, NULL, room);
    assert_true(isfinite(m) && v >= 0);
    assert_int_equal(hn_gp_set(&gp, hyper, NULL, NULL, 0, NULL), HONE_OK);
    hn_gp_predict(&gp, x, &m, &v, NULL, NULL, room);
    assert_true(m == 0 && v == 1);
    x[3] = NAN; // not optional: it counts as in the middle
    assert_int_equal(hn_gp_set(&gp, hyper, x, y, 2, NULL), HONE_OK);
    hyper[0] = NAN;
    assert_int_equal(hn_gp_set(&gp, hyper, x, y, 2, NULL), HONE_EINVAL);
    hn_gp_free(&gp);
}

// --- the fit ---

// A draw from a process of three dimensions, the third of which does not matter.
static void it_finds_how_long_scales_are(void **state)
{
    (void)state;
    enum { N = 60 };
    hn_gp_dim dims[3] = {0};
    hn_gp_space space = {dims, 3, false};
    hn_gp_prior prior = hn_gp_default_prior(3);
    double truth[5] = {log(0.15), log(0.5), log(50), 0, log(1e-4)}, x[N * 3], y[N], zero[N] = {0};
    double hyper[5], start[5], value, before;
    hn_gp gp;
    for (uint32_t i = 0; i < 3 * N; i++)
        x[i] = draw(i, 40);
    assert_int_equal(hn_gp_init(&gp, &space, false, NULL), HONE_OK);
    assert_int_equal(hn_gp_set(&gp, truth, x, zero, N, NULL), HONE_OK);
    for (uint32_t i = 0; i < N; i++)
        y[i] = hn_normal_quantile(draw(i, 41));
    for (uint32_t i = N; i-- > 0;) {
        double sum = 0;
        for (uint32_t j = 0; j <= i; j++)
            sum += gp.factor[i * gp.cap + j] * y[j];
        y[i] = sum;
    }
    hn_gp_fit_options options = {100, 1e-3, false};
    hn_gp_start(&space, &prior, hyper);
    memcpy(start, hyper, sizeof start);
    assert_int_equal(hn_gp_fit(&space, &prior, x, y, N, &options, hyper, &value, &arena, NULL),
                     HONE_OK);
    double g[5] = {0};
    before = hn_gp_likelihood(&space, x, y, N, start, NULL, false, &arena) +
             hn_gp_log_prior(&space, &prior, start, g);
    assert_true(value > before + 10);
    assert_float_equal(hyper[0], truth[0], 0.7);
    assert_float_equal(hyper[1], truth[1], 0.7);
    assert_true(hyper[2] > 0.5); // longer than the range
    assert_true(hyper[4] < log(1e-2));
    hn_gp_free(&gp);
    hn_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_its_peers),
        cmocka_unit_test(wanted_ones_are_as_ever),
        cmocka_unit_test(tails_are_exact),
        cmocka_unit_test(gradients_are_differences),
        cmocka_unit_test(predictions_have_their_derivatives),
        cmocka_unit_test(rows_more_are_a_larger_model),
        cmocka_unit_test(leaving_one_out_is_leaving_it_out),
        cmocka_unit_test(duplicates_and_emptiness_are_fine),
        cmocka_unit_test(it_finds_how_long_scales_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
