// CMA-ES: the peer's generations step by step, convergence, and what must not go wrong.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/asng.h"
#include "learn/cma.h"
#include "learn/cma_margin.h"
#include "learn/cma_restarts.h"
#include "num/dist.h"
#include "num/eigen.h"
#include "num/rng.h"

typedef struct peer_case {
    const char *name;
    uint32_t n, lambda, n_generations;
    bool separable, lr_adapt;
    const double *mean, *z;
    const unsigned *order;
    const double *state;
} peer_case;
#include "unit/learn/cma_table.h"

enum { MAX_N = 20, MAX_LAMBDA = 40 };
static double rising[MAX_LAMBDA]; // values of points that are told in order

static void assert_near(double got, double want, const char *name, uint32_t g, const char *what)
{
    if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
        fail_msg("%s, generation %u: %s is %.17g, not %.17g", name, g, what, got, want);
}

static void assert_all_near(const double *got, const double **want, size_t n, const char *name,
                            uint32_t g, const char *what)
{
    for (size_t i = 0; i < n; i++)
        assert_near(got[i], (*want)[i], name, g, what);
    *want += n;
}

static void check_peer(const peer_case *c)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_cma_setup setup = {c->n, c->lambda, c->separable, c->lr_adapt, 0.5, c->mean, NULL};
    hn_cma cma;
    double x[MAX_N], X[MAX_LAMBDA * MAX_N];
    const double *want = c->state;
    assert_int_equal(c->lambda, hn_cma_lambda(c->n));
    assert_true(hn_cma_init(&cma, &setup, &arena));
    for (uint32_t g = 0; g < c->n_generations; g++) {
        const double *z = c->z + (size_t)g * c->lambda * c->n;
        const unsigned *order = c->order + (size_t)g * c->lambda;
        for (uint32_t k = 0; k < c->lambda; k++) {
            hn_cma_point(&cma, z + (size_t)order[k] * c->n, x);
            memcpy(X + (size_t)k * c->n, x, c->n * sizeof *x);
        }
        hn_cma_tell(&cma, X, rising);
        assert_all_near(cma.m, &want, c->n, c->name, g, "the mean");
        assert_all_near(&cma.sigma, &want, 1, c->name, g, "sigma");
        size_t size = c->separable ? c->n : (size_t)c->n * c->n;
        assert_all_near(cma.C, &want, size, c->name, g, "C");
        assert_all_near(cma.p_sigma, &want, c->n, c->name, g, "p_sigma");
        assert_all_near(cma.p_c, &want, c->n, c->name, g, "p_c");
    }
    hn_arena_free(&arena);
}

static void generations_are_the_peers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof peer_cases / sizeof *peer_cases; i++)
        check_peer(&peer_cases[i]);
}

// Thresholds next to the value that `m` is read as, of integers 0 … last.
static void thresholds(double m, double last, double *low, double *up)
{
    double value = fmin(fmax(ceil(m - 0.5), 0), last);
    *low = fmax(value - 1, 0) + 0.5;
    *up = fmin(value, last - 1) + 0.5;
}

static void margins_are_the_peers(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    double m[] = {1, -1, 5.3, 0.4}, scale[] = {1, 1, 1, 1}, X[MAX_LAMBDA * 4];
    hn_cma_setup setup = {4, hn_cma_lambda(4), false, false, 1.5, m, NULL};
    hn_cma cma;
    const double *want = state_margin;
    assert_true(hn_cma_init(&cma, &setup, &arena));
    for (uint32_t g = 0; g < generations_margin; g++) {
        for (uint32_t k = 0; k < cma.lambda; k++)
            hn_cma_point(&cma, z_margin + (g * cma.lambda + order_margin[g * cma.lambda + k]) * 4,
                         X + k * 4);
        hn_cma_tell(&cma, X, rising);
        for (uint32_t i = 2; i < 4; i++) {
            double low, up;
            thresholds(cma.m[i], i == 2 ? 10 : 1, &low, &up);
            hn_cma_keep_margin(&cma, i, low, up, 1.0 / (4 * cma.lambda), &scale[i]);
        }
        assert_all_near(cma.m, &want, 4, "margin", g, "the mean");
        assert_all_near(scale, &want, 4, "margin", g, "the scale");
        assert_all_near(&cma.sigma, &want, 1, "margin", g, "sigma");
    }
    hn_arena_free(&arena);
}

static void choices_are_the_peers(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    const uint32_t K[] = {2, 3, 5};
    hn_asng a;
    const double *want = q_cat;
    assert_true(hn_asng_init(&a, 3, K, NULL, &arena));
    for (uint32_t g = 0; g < generations_cat; g++) {
        hn_asng_tell(&a, picks_cat + g * lambda_cat * 3, weights_cat, lambda_cat);
        assert_all_near(a.q, &want, 10, "choices", g, "q");
    }
    assert_int_equal(hn_asng_choose(&a, 1, 1e-9), 0);
    assert_int_equal(hn_asng_choose(&a, 1, 1 - 1e-9), 2);
    hn_arena_free(&arena);
}

static void a_start_is_the_peers(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    double m[4], sigma, C[16];
    const double *want = start_warm;
    assert_true(hn_cma_learn_start(best_warm, 4, 4, false, (const double[]){0.1, 0.1, 0.1, 0.1}, m,
                                   &sigma, C, &arena));
    assert_all_near(m, &want, 4, "warm", 0, "the mean");
    assert_all_near(&sigma, &want, 1, "warm", 0, "sigma");
    assert_all_near(C, &want, 16, "warm", 0, "C");
    hn_arena_free(&arena);
}

// --- the eigenproblem ---

static void eigenvectors_make_the_matrix(void **state)
{
    (void)state;
    enum { N = 30 };
    static double A[N * N], V[N * N], values[N], room[HN_EIGEN_ROOM(N)];
    for (uint32_t n = 1; n <= N; n++) {
        hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, n);
        double most = 0;
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; j <= i; j++) {
                double decades = n % 3 == 0 ? pow(10, -0.3 * (i + j)) : 1; // ill-conditioned
                double u = hn_rng_uniform(&rng, i, j, 0) - 0.5;
                A[i * n + j] = A[j * n + i] = n % 5 == 0 ? (i == j) : u * decades;
                most = fmax(most, fabs(A[i * n + j]));
            }
        memcpy(V, A, n * n * sizeof *V);
        assert_true(hn_eigen_symmetric(V, n, values, room));
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; j < n; j++) {
                double sum = 0, inner = 0;
                for (uint32_t k = 0; k < n; k++) {
                    sum += values[k] * V[k * n + i] * V[k * n + j];
                    inner += V[i * n + k] * V[j * n + k];
                }
                assert_true(fabs(sum - A[i * n + j]) < 1e-13 * most * n);
                assert_true(fabs(inner - (i == j)) < 1e-13 * n);
            }
        for (uint32_t k = 1; k < n; k++)
            assert_true(values[k - 1] <= values[k]);
    }
    A[0] = NAN;
    assert_false(hn_eigen_symmetric(A, N, values, room));
}

// --- searching ---

typedef double objective(const double *x, uint32_t n);

static double sphere(const double *x, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

static double cigar_turned(const double *x, uint32_t n)
{
    double sum = 0, along = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += x[i] * x[i];
        along += x[i] / sqrt(n);
    }
    return 1e6 * sum - (1e6 - 1) * along * along;
}

static double constant(const double *x, uint32_t n)
{
    (void)x, (void)n;
    return 3;
}

static double endless(const double *x, uint32_t n)
{
    (void)n;
    return -x[0];
}

typedef struct entry {
    double f, x[MAX_N];
} entry;

static int by_value(const void *a, const void *b)
{
    double x = ((const entry *)a)->f, y = ((const entry *)b)->f;
    return (x > y) - (x < y);
}

// Evaluations until `target` or a stop; `low` and `up`: bounds of the mean.
static uint32_t search_within(objective *f, hn_cma_setup setup, const double *low, const double *up,
                              double target, uint32_t most, hn_cma_stop *why)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_cma cma;
    double z[MAX_N], X[MAX_LAMBDA * MAX_N], values[MAX_LAMBDA];
    entry points[MAX_LAMBDA];
    uint32_t n = setup.n, n_done = 0;
    assert_true(hn_cma_init(&cma, &setup, &arena));
    cma.low = low;
    cma.up = up;
    *why = HN_CMA_GO_ON;
    while (n_done < most && *why == HN_CMA_GO_ON) {
        bool hit = false;
        for (uint32_t k = 0; k < cma.lambda; k++, n_done++) {
            hn_rng rng = hn_rng_make(3, HN_PURPOSE_TEST, n_done);
            for (uint32_t i = 0; i < n; i++)
                z[i] = hn_normal_quantile(hn_rng_uniform(&rng, i, 0, 0));
            hn_cma_point(&cma, z, points[k].x);
            points[k].f = f(points[k].x, n);
            hit |= points[k].f < target;
        }
        if (hit)
            break;
        qsort(points, cma.lambda, sizeof *points, by_value);
        for (uint32_t k = 0; k < cma.lambda; k++) {
            memcpy(X + (size_t)k * n, points[k].x, n * sizeof *X);
            values[k] = points[k].f;
        }
        hn_cma_tell(&cma, X, values);
        *why = hn_cma_should_stop(&cma, NULL);
        for (uint32_t i = 0; low && i < n; i++)
            assert_true(cma.m[i] >= low[i] && cma.m[i] <= up[i]);
    }
    hn_arena_free(&arena);
    return n_done;
}

static uint32_t search(objective *f, hn_cma_setup setup, double target, uint32_t most,
                       hn_cma_stop *why)
{
    return search_within(f, setup, NULL, NULL, target, most, why);
}

static void it_finds_optima(void **state)
{
    (void)state;
    double m[10];
    hn_cma_stop why;
    for (int i = 0; i < 10; i++)
        m[i] = 2;
    hn_cma_setup setup = {10, 10, false, false, 1, m, NULL};
    uint32_t n = search(sphere, setup, 1e-10, 10000, &why);
    assert_true(n > 1000 && n < 2500);
    // A narrow valley that no axis follows: only a full covariance gets through.
    n = search(cigar_turned, setup, 1e-8, 20000, &why);
    assert_true(n < 8000);
    setup.separable = true;
    assert_true(search(sphere, setup, 1e-10, 10000, &why) < 2500);
    setup.separable = false;
    setup.lr_adapt = true;
    assert_true(search(sphere, setup, 1e-10, 20000, &why) < 20000);
    // One dimension, two points a generation.
    setup = (hn_cma_setup){1, 2, false, false, 1, m, NULL};
    assert_true(search(sphere, setup, 1e-10, 3000, &why) < 3000);
}

// An optimum at the bounds of the mean draws it beyond them in every generation. To the paths that
// would be steps that agree, and the step size would shrink too late: 2,390
// evaluations instead of 1,570, and 1,850 where nothing is held.
static void a_mean_that_is_held_widens_nothing(void **state)
{
    (void)state;
    double m[10], low[10], up[10];
    hn_cma_stop why;
    for (int i = 0; i < 10; i++) {
        m[i] = 2;
        low[i] = i % 2 ? 0 : -INFINITY;
        up[i] = 3;
    }
    hn_cma_setup setup = {10, 10, false, false, 1, m, NULL};
    uint32_t n = search(sphere, setup, 1e-10, 10000, &why);
    uint32_t n_held = search_within(sphere, setup, low, up, 1e-10, 10000, &why);
    assert_true(n_held < 0.95 * n);
}

static void it_stops_when_there_is_no_more_to_find(void **state)
{
    (void)state;
    double m[4] = {1, 1, 1, 1};
    hn_cma_stop why;
    hn_cma_setup setup = {4, 8, false, false, 1, m, NULL};
    (void)search(endless, setup, -INFINITY, 100000, &why);
    assert_int_equal(why, HN_CMA_LARGE);
    (void)search(sphere, setup, -1, 100000, &why);
    assert_true(why == HN_CMA_SMALL || why == HN_CMA_NO_EFFECT);
}

// Told `n_generations`, of which all but the last `n_worse` points are equally good.
static hn_cma_stop tell_level(hn_cma *cma, uint32_t n_generations, uint32_t n_worse)
{
    double X[MAX_LAMBDA * MAX_N], z[MAX_N], values[MAX_LAMBDA];
    for (uint32_t g = 0; g < n_generations; g++) {
        for (uint32_t k = 0; k < cma->lambda; k++) {
            hn_rng rng = hn_rng_make(5, HN_PURPOSE_TEST, (uint32_t)cma->g * cma->lambda + k);
            for (uint32_t i = 0; i < cma->n; i++)
                z[i] = hn_normal_quantile(hn_rng_uniform(&rng, i, 0, 0));
            hn_cma_point(cma, z, X + (size_t)k * cma->n);
            values[k] = 7 + (k + n_worse >= cma->lambda ? k : 0);
        }
        hn_cma_tell(cma, X, values);
    }
    return hn_cma_should_stop(cma, NULL);
}

static void it_leaves_a_plateau(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    hn_str kept = HN_STR_INIT;
    double m[4] = {1, 1, 1, 1};
    hn_cma_stop why;
    hn_cma_setup setup = {4, 8, false, false, 1, m, NULL};
    assert_int_equal(search(constant, setup, 0, 100000, &why), 16);
    assert_int_equal(why, HN_CMA_PLATEAU);
    hn_cma cma, again;
    assert_true(hn_cma_init(&cma, &setup, &arena) && hn_cma_init(&again, &setup, &arena));
    assert_int_equal(tell_level(&cma, 5, 2), HN_CMA_GO_ON); // a quarter is worse
    assert_int_equal(tell_level(&cma, 1, 1), HN_CMA_GO_ON);
    assert_int_equal(tell_level(&cma, 1, 2), HN_CMA_GO_ON); // which interrupts it
    assert_int_equal(tell_level(&cma, 1, 1), HN_CMA_GO_ON);
    hn_cma_keep(&cma, &kept);
    assert_int_equal(kept.n, hn_cma_kept_size(&cma));
    assert_true(hn_cma_recall(&again, kept.data));
    assert_int_equal(tell_level(&again, 1, 1), HN_CMA_PLATEAU);
    // Where plateaus are expected it goes on, until all has been equal for long.
    cma.most_level = 1000;
    assert_int_equal(tell_level(&cma, 15, 0), HN_CMA_GO_ON);
    assert_int_equal(tell_level(&cma, 15, 0), HN_CMA_FLAT);
    hn_str_free(&kept);
    hn_arena_free(&arena);
}

static void points_from_elsewhere_are_brought_near(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    double m[3] = {1, 2, 3}, x[3] = {1e6, -1e6, 3}, near[3] = {1.1, 2, 3}, room[3];
    double C[9] = {4, 0, 0, 0, 1, 0.5, 0, 0.5, 1};
    hn_cma_setup setup = {3, 7, false, false, 0.5, m, C};
    hn_cma cma;
    assert_true(hn_cma_init(&cma, &setup, &arena));
    hn_cma_shorten(&cma, x, room);
    assert_near(hn_cma_distance(&cma, x, room), sqrt(3) + 6.0 / 5, "shorten", 0, "the distance");
    assert_near((x[0] - 1) / (x[1] - 2), (1e6 - 1) / (-1e6 - 2), "shorten", 0, "the direction");
    hn_cma_shorten(&cma, near, room);
    assert_true(near[0] == 1.1 && near[1] == 2 && near[2] == 3);
    hn_arena_free(&arena);
}

static void restarts_alternate(void **state)
{
    (void)state;
    const double u[2] = {0.5, 0.5};
    hn_cma_schedule s = hn_cma_schedule_begin(HN_CMA_IPOP, 10);
    hn_cma_schedule_next(&s, 500, u);
    hn_cma_schedule_next(&s, 900, u);
    assert_int_equal(s.lambda, 40);
    s = hn_cma_schedule_begin(HN_CMA_BIPOP, 10);
    hn_cma_schedule_next(&s, 500, u);
    assert_false(s.is_small); // the first after the usual one is large
    assert_int_equal(s.lambda, 20);
    hn_cma_schedule_next(&s, 900, u);
    assert_true(s.is_small);
    assert_int_equal(s.lambda, 10);
    assert_true(s.most == 450 && fabs(s.shrink - 0.1) < 1e-15);
    hn_cma_schedule_next(&s, 450, u);
    assert_true(s.is_small); // it has still used less
    hn_cma_schedule_next(&s, 450, u);
    assert_false(s.is_small);
    assert_int_equal(s.lambda, 40);
    s = hn_cma_schedule_begin(HN_CMA_NO_RESTARTS, 10);
    hn_cma_schedule_next(&s, 500, u);
    assert_int_equal(s.lambda, 10);
}

int main(void)
{
    for (int k = 0; k < MAX_LAMBDA; k++)
        rising[k] = k;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eigenvectors_make_the_matrix),
        cmocka_unit_test(generations_are_the_peers),
        cmocka_unit_test(margins_are_the_peers),
        cmocka_unit_test(choices_are_the_peers),
        cmocka_unit_test(a_start_is_the_peers),
        cmocka_unit_test(it_finds_optima),
        cmocka_unit_test(a_mean_that_is_held_widens_nothing),
        cmocka_unit_test(it_stops_when_there_is_no_more_to_find),
        cmocka_unit_test(it_leaves_a_plateau),
        cmocka_unit_test(points_from_elsewhere_are_brought_near),
        cmocka_unit_test(restarts_alternate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
