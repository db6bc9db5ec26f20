// Targets: less stays less, slopes are differences, and nothing that values can be breaks them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <math.h>

#include "learn/target.h"
#include "num/rng.h"

enum { MOST = 200 };

static double draw(uint32_t i)
{
    hn_rng rng = hn_rng_make(2, HN_PURPOSE_TEST, i);
    return hn_rng_uniform(&rng, 0, 0, 0);
}

static void check_order(const double *y, const double *t, uint32_t n)
{
    double mean = 0, square = 0;
    for (uint32_t i = 0; i < n; i++) {
        assert_true(isfinite(t[i]));
        mean += t[i] / n;
        square += t[i] * t[i] / n;
        for (uint32_t j = 0; j < n; j++)
            if (y[i] < y[j])
                assert_true(t[i] <= t[j]);
    }
    assert_float_equal(mean, 0, 1e-9);
    assert_true(fabs(square - 1) < 1e-6 || square < 1e-12);
}

static void check(const double *y, uint32_t n)
{
    for (int kind = 0; kind < HN_TARGET_KINDS; kind++) {
        hn_target target;
        double t[MOST], room[2 * MOST];
        hn_target_make((hn_target_kind)kind, y, n, &target, t, room);
        check_order(y, t, n);
        for (uint32_t i = 0; i < n; i++)
            if (isnan(hn_target_log_slope(&target, y[i])))
                fail_msg("kind %d of %u: %g low %g high %g sd %g shift %g shrink %g power %g", kind,
                         n, y[i], target.low, target.high, target.sd, target.shift, target.shrink,
                         target.power);
    }
}

static void order_is_kept_whatever_values_are(void **state)
{
    (void)state;
    double y[MOST];
    for (uint32_t i = 0; i < MOST; i++)
        y[i] = draw(i);
    check(y, MOST);
    check(y, 7);
    check(y, 2);
    check(y, 1);
    check(y, 0);
    for (uint32_t i = 0; i < MOST; i++)
        y[i] = pow(10, 20 * draw(i) - 10);
    check(y, MOST);
    for (uint32_t i = 0; i < MOST; i++)
        y[i] = -y[i];
    check(y, MOST);
    for (uint32_t i = 0; i < MOST; i++)
        y[i] = floor(4 * draw(i));
    check(y, MOST);
    y[3] = INFINITY;
    y[5] = -INFINITY;
    y[7] = DBL_MAX;
    y[8] = -DBL_MAX;
    check(y, MOST);
    y[0] = INFINITY;
    y[1] = -INFINITY;
    check(y, 2);
    for (uint32_t i = 0; i < MOST; i++)
        y[i] = -3;
    check(y, MOST);
}

// The better half of the values, one of which is moved a little.
static void slopes_are_differences(void **state)
{
    (void)state;
    double y[MOST], t[MOST], room[2 * MOST];
    for (int turn = 0; turn < 2 * HN_TARGET_KINDS; turn++) {
        hn_target target;
        for (uint32_t i = 0; i < MOST; i++)
            y[i] = i + 1 + 0.01 * i * i - (turn % 2 ? 20 : 0);
        hn_target_make((hn_target_kind)(turn / 2), y, MOST, &target, t, room);
        double range = target.high - target.low;
        for (uint32_t i = 1; i < MOST / 2 - 1; i++) {
            double slope = (t[i + 1] - t[i - 1]) / (y[i + 1] - y[i - 1]) * range;
            assert_float_equal(hn_target_log_slope(&target, y[i]), log(slope), i < 20 ? 0.3 : 2e-2);
        }
    }
}

static void a_logarithm_is_found_where_values_are_powers(void **state)
{
    (void)state;
    double y[MOST], t[MOST], room[2 * MOST];
    hn_target target;
    for (uint32_t i = 0; i < MOST; i++)
        y[i] = exp(3 * (draw(i) + draw(i + 1000) + draw(i + 2000)));
    hn_target_make(HN_TARGET_POWER, y, MOST, &target, t, room);
    assert_true(target.box_cox);
    assert_float_equal(target.power, 0, 0.3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_kept_whatever_values_are),
        cmocka_unit_test(slopes_are_differences),
        cmocka_unit_test(a_logarithm_is_found_where_values_are_powers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
