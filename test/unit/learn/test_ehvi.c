// Expected hypervolume improvement against BoTorch, with its derivatives, and far from the front.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "learn/ehvi.h"

typedef struct ehvi_case {
    int m, n;
    double front[12 * 3], reference[3], mean[3], sd[3], value;
} ehvi_case;

#include "unit/learn/ehvi_table.h"

enum { N_CASES = sizeof ehvi_cases / sizeof *ehvi_cases };

#define assert_near(a, b, tolerance)                                                               \
    do {                                                                                           \
        double a_ = (a), b_ = (b);                                                                 \
        if (!(fabs(a_ - b_) <= (tolerance) * (1 + fabs(b_))))                                      \
            fail_msg("line %d: %.17g instead of %.17g", __LINE__, a_, b_);                         \
    } while (0)

static void it_agrees_with_botorch(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    for (int k = 0; k < N_CASES; k++) {
        const ehvi_case *c = &ehvi_cases[k];
        hn_ehvi e;
        double mean[3], sd[3], d_mean[3], d_sd[3], h = 1e-6;
        assert_true(
            hn_ehvi_make(&e, c->front, (uint32_t)c->n, (uint32_t)c->m, c->reference, &arena));
        assert_near(hn_ehvi_log(&e, c->mean, c->sd, d_mean, d_sd), log(c->value), 1e-8);
        for (int j = 0; j < c->m; j++) {
            mean[j] = c->mean[j];
            sd[j] = c->sd[j];
        }
        for (int j = 0; j < c->m; j++) {
            mean[j] += h;
            double up = hn_ehvi_log(&e, mean, sd, NULL, NULL);
            mean[j] -= 2 * h;
            assert_near(d_mean[j], (up - hn_ehvi_log(&e, mean, sd, NULL, NULL)) / (2 * h), 1e-6);
            mean[j] += h;
            sd[j] += h;
            up = hn_ehvi_log(&e, mean, sd, NULL, NULL);
            sd[j] -= 2 * h;
            assert_near(d_sd[j], (up - hn_ehvi_log(&e, mean, sd, NULL, NULL)) / (2 * h), 1e-6);
            sd[j] += h;
        }
        hn_arena_reset(&arena);
    }
    hn_arena_free(&arena);
}

static void far_away_it_still_falls(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    const double front[4] = {0, 1, 1, 0}, reference[2] = {2, 2}, sd[2] = {0.01, 0.02};
    double before = INFINITY, d_mean[2], d_sd[2];
    hn_ehvi e;
    assert_true(hn_ehvi_make(&e, front, 2, 2, reference, &arena));
    for (double x = -3; x < 4; x += 0.05) {
        const double mean[2] = {x, x};
        double value = hn_ehvi_log(&e, mean, sd, d_mean, d_sd);
        assert_true(isfinite(value) && value < before);
        assert_true(isfinite(d_mean[0]) && d_mean[0] <= 0);
        before = value;
    }
    // One that is sure to dominate all gains what lies between it and the front.
    const double mean[2] = {-1, -1}, none[2] = {1e-9, 1e-9};
    assert_near(hn_ehvi_log(&e, mean, none, NULL, NULL), log(9 - 3), 1e-9);
    hn_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_botorch),
        cmocka_unit_test(far_away_it_still_falls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
