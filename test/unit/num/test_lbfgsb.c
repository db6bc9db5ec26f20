// Minima within bounds against SciPy's L-BFGS-B, and what happens where there is nothing to gain.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "num/lbfgsb.h"

enum { MOST = 10, MEMORY = 8 };

typedef struct lbfgsb_case {
    int kind, n;
    double low, high, start[MOST], value, x[MOST];
} lbfgsb_case;

#include "unit/num/lbfgsb_table.h"

typedef struct problem {
    int kind, n;
    uint32_t n_calls;
    const double *low, *high;
} problem;

static double rosenbrock(int n, const double *x, double *g)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        g[i] = 0;
    for (int i = 0; i + 1 < n; i++) {
        double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        sum += 100 * a * a + b * b;
        g[i] += -400 * a * x[i] - 2 * b;
        g[i + 1] += 200 * a;
    }
    return sum;
}

static double ellipsoid(int n, const double *x, double *g)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double weight = pow(1e4, (double)i / (n > 1 ? n - 1 : 1)), a = x[i] - 0.3 * i;
        sum += weight * a * a;
        g[i] = 2 * weight * a;
    }
    return sum;
}

static double coupled(int n, const double *x, double *g)
{
    double sum = 0, value = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    for (int i = 0; i < n; i++) {
        value += cosh(x[i]) - x[i] * (i + 1);
        g[i] = sinh(x[i]) + sum - (i + 1);
    }
    return value + 0.5 * sum * sum;
}

static double beale(const double *x, double *g)
{
    double a = x[0], b = x[1];
    double p = 1.5 - a + a * b, q = 2.25 - a + a * b * b, r = 2.625 - a + a * b * b * b;
    g[0] = 2 * (p * (b - 1) + q * (b * b - 1) + r * (b * b * b - 1));
    g[1] = 2 * (p * a + q * 2 * a * b + r * 3 * a * b * b);
    return p * p + q * q + r * r;
}

static double value_of(void *context, const double *x, double *g)
{
    problem *p = context;
    p->n_calls++;
    for (int i = 0; p->low && i < p->n; i++)
        assert_true(x[i] >= p->low[i] && x[i] <= p->high[i]);
    switch (p->kind) {
    case 0:
        return rosenbrock(p->n, x, g);
    case 1:
        return ellipsoid(p->n, x, g);
    case 2:
        return coupled(p->n, x, g);
    default:
        return beale(x, g);
    }
}

static const hn_lbfgsb_options exact = {MEMORY, 2000, 1e-9, 0};

static void it_finds_what_scipy_finds(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof lbfgsb_cases / sizeof *lbfgsb_cases; k++) {
        const lbfgsb_case *c = &lbfgsb_cases[k];
        double low[MOST], high[MOST], x[MOST], room[HN_LBFGSB_ROOM(MOST, MEMORY)];
        for (int i = 0; i < c->n; i++) {
            low[i] = c->low;
            high[i] = c->high;
            x[i] = c->start[i];
        }
        problem p = {c->kind, c->n, 0, low, high};
        hn_lbfgsb_result r = hn_lbfgsb(value_of, &p, low, high, x, (size_t)c->n, &exact, room);
        assert_int_equal(r.n_evaluations, p.n_calls);
        assert_true(r.n_evaluations < 300);
        if (!(r.value <= c->value + 1e-9 * (1 + fabs(c->value))))
            fail_msg("case %zu: %.17g, SciPy %.17g", k, r.value, c->value);
        for (int i = 0; i < c->n; i++)
            assert_float_equal(x[i], c->x[i], 1e-5);
    }
}

static void limits_hold(void **state)
{
    (void)state;
    double low[2] = {-INFINITY, -INFINITY}, high[2] = {INFINITY, INFINITY}, x[2] = {-1.2, 1};
    double room[HN_LBFGSB_ROOM(2, MEMORY)];
    problem p = {0, 2, 0, NULL, NULL};
    hn_lbfgsb_options few = {MEMORY, 7, 1e-9, 0};
    hn_lbfgsb_result r = hn_lbfgsb(value_of, &p, low, high, x, 2, &few, room);
    assert_int_equal(r.end, HN_LBFGSB_EVALUATIONS);
    assert_int_equal(p.n_calls, 7);
    assert_true(r.value < 24.2); // that of the start
    few = (hn_lbfgsb_options){MEMORY, 1000, 1e-9, 1e-3};
    r = hn_lbfgsb(value_of, &p, low, high, x, 2, &few, room);
    assert_true(r.end == HN_LBFGSB_VALUE || r.end == HN_LBFGSB_GRADIENT);
}

static void a_coordinate_without_room_stays(void **state)
{
    (void)state;
    double low[2] = {0.25, -5}, high[2] = {0.25, 5}, x[2] = {3, 3};
    double room[HN_LBFGSB_ROOM(2, MEMORY)];
    problem p = {0, 2, 0, low, high};
    hn_lbfgsb_result r = hn_lbfgsb(value_of, &p, low, high, x, 2, &exact, room);
    assert_true(x[0] == 0.25);
    assert_float_equal(x[1], 0.0625, 1e-9);
    assert_float_equal(r.value, 0.75 * 0.75, 1e-12);
}

// Finite for x < 1 only.
static double walled(void *context, const double *x, double *g)
{
    (void)context;
    g[0] = x[0] < 1 ? 1 / (1 - x[0]) - 3 : NAN;
    return x[0] < 1 ? -log(1 - x[0]) - 3 * x[0] : NAN;
}

static void it_turns_back_at_what_is_not_finite(void **state)
{
    (void)state;
    double low = -10, high = 10, x = -5, room[HN_LBFGSB_ROOM(1, MEMORY)];
    hn_lbfgsb_result r = hn_lbfgsb(walled, NULL, &low, &high, &x, 1, &exact, room);
    assert_float_equal(x, 2.0 / 3, 1e-6);
    assert_int_not_equal(r.end, HN_LBFGSB_UNDEFINED);
    x = 2;
    r = hn_lbfgsb(walled, NULL, &low, &high, &x, 1, &exact, room);
    assert_int_equal(r.end, HN_LBFGSB_UNDEFINED);
    assert_int_equal(r.n_evaluations, 1);
}

static void nothing_to_choose_is_fine(void **state)
{
    (void)state;
    double room[HN_LBFGSB_ROOM(1, MEMORY)], x = 0.5, low = 0, high = 1;
    problem p = {1, 0, 0, NULL, NULL};
    hn_lbfgsb_result r = hn_lbfgsb(value_of, &p, &low, &high, &x, 0, &exact, room);
    assert_int_equal(r.end, HN_LBFGSB_GRADIENT);
    assert_int_equal(r.n_evaluations, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_scipy_finds),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_coordinate_without_room_stays),
        cmocka_unit_test(it_turns_back_at_what_is_not_finite),
        cmocka_unit_test(nothing_to_choose_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
