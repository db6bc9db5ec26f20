// Extrapolated learning curves: against a dense grid and least squares by SciPy (curve_table.h),
// and what must hold of any curve.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "learn/curve.h"
#include "learn/curve_internal.h"
#include "num/rng.h"

#include "curve_table.h"

enum { MOST = 10000, N_TABLE = sizeof curve_table / sizeof *curve_table };

static double step_of[MOST], value_of[MOST];

static double uniform(uint32_t i, uint32_t lane)
{
    hn_rng rng = hn_rng_make(7, HN_PURPOSE_TEST, i);
    return hn_rng_uniform(&rng, 0, 0, lane);
}

static hn_curve_data data_of(const double *value, uint32_t n, double end, bool rising)
{
    for (uint32_t i = 0; i < n; i++)
        step_of[i] = i + 1;
    return (hn_curve_data){step_of, value, n, end, 0, rising, false};
}

static hn_curve fitted(const hn_curve_data *data)
{
    hn_curve curve;
    assert_true(hn_curve_fit(&curve, data));
    assert_true(curve.n_parts > 0);
    return curve;
}

// A power law that falls from 1.1 to 0.1 + 1/√n.
static double power_law(uint32_t i)
{
    return 0.1 + 1 / sqrt(i + 1.0);
}

// --- references ---

static void quantiles_are_those_of_a_dense_grid(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLE; t++) {
        hn_curve_data data =
            data_of(curve_table[t].value, curve_table[t].n, 100, curve_table[t].rising);
        hn_curve curve = fitted(&data);
        double width = curve_table[t].q95 - curve_table[t].q05;
        const double want[] = {curve_table[t].q05, curve_table[t].q50, curve_table[t].q95};
        const double share[] = {0.05, 0.5, 0.95};
        for (int q = 0; q < 3; q++) {
            double got = hn_curve_quantile(&curve, 100, share[q]);
            if (!(fabs(got - want[q]) <= 0.1 * width))
                fail_msg("%s of %u values: quantile %g is %.6f, a dense grid has %.6f (width %.4f)",
                         curve_table[t].name, curve_table[t].n, share[q], got, want[q], width);
        }
    }
}

// Who knows the family does better; but not by more than the stated uncertainty.
static void ends_are_as_near_as_the_true_family_by_least_squares(void **state)
{
    (void)state;
    uint32_t n_inside = 0, n_near = 0;
    for (size_t t = 0; t < N_TABLE; t++) {
        hn_curve_data data =
            data_of(curve_table[t].value, curve_table[t].n, 100, curve_table[t].rising);
        hn_curve curve = fitted(&data);
        double truth = curve_table[t].truth, median = hn_curve_quantile(&curve, 100, 0.5);
        double last = data.value[data.n - 1], ours = fabs(median - truth);
        n_inside += hn_curve_quantile(&curve, 100, 0.05) <= truth &&
                    truth <= hn_curve_quantile(&curve, 100, 0.95);
        n_near +=
            ours <= 2 * fabs(curve_table[t].fitted - truth) || ours <= 0.5 * fabs(last - truth);
        assert_true(ours < fabs(last - truth)); // better than nothing changing any more
    }
    assert_true(n_inside >= N_TABLE - 1);
    assert_true(n_near >= N_TABLE * 3 / 4);
}

static double shape_of(int family, const double *shape, double x, double log_x)
{
    double a, b, g;
    hn_curve_parameters(family, &shape[0], &shape[hn_curve_families[family].n_shape - 1], 1, &a,
                        &b);
    hn_curve_shapes(family, &a, &b, 1, &x, &log_x, 1, &g);
    return g;
}

// Domhan's families in their own words are linear maps of our shapes.
static void shapes_are_domhans_families(void **state)
{
    (void)state;
    enum { POWER, SHIFTED, HILL, WEIBULL, INVERSE };
    for (double x = 0.01; x < 1.5; x *= 1.7) {
        double l = log(x);
        assert_float_equal(shape_of(POWER, (double[]){log(0.7)}, x, l), pow(x, -0.7), 1e-12);
        // pow4: (a x + b)^-α = a^-α (x + b/a)^-α
        double four = pow(2, 0.6) * pow(2 * x + 0.4, -0.6);
        assert_float_equal(shape_of(SHIFTED, (double[]){log(0.6), log(0.2)}, x, l), four, 1e-12);
        double mmf = 1 / (1 + pow(x / 0.3, 1.5));
        assert_float_equal(shape_of(HILL, (double[]){log(0.3), log(1.5)}, x, l), mmf, 1e-12);
        double weibull = exp(-pow(x / 0.3, 0.8));
        assert_float_equal(shape_of(WEIBULL, (double[]){log(0.3), log(0.8)}, x, l), weibull, 1e-12);
        assert_float_equal(shape_of(INVERSE, (double[]){log(0.01)}, x, l), 1 / log(100 * x + 1),
                           1e-12);
    }
}

// Many shapes at many points are each at each; where a number leaves the range, g stays a number.
static void shapes_are_the_same_in_any_company(void **state)
{
    (void)state;
    enum { N = 5, N_X = 4 };
    const double first[N] = {-2.3, -1, 0, 0.7, 1.1}, second[N] = {-0.7, 0, 0.5, 1, -0.6};
    const double x[N_X] = {1e-12, 0.02, 1, 1e300};
    double log_x[N_X], a[N], b[N], g[N * N_X], alone;
    for (int k = 0; k < N_X; k++)
        log_x[k] = log(x[k]);
    for (int family = 0; family < HN_CURVE_FAMILIES; family++) {
        hn_curve_parameters(family, first, second, N, a, b);
        hn_curve_shapes(family, a, b, N, x, log_x, N_X, g);
        for (int k = 0; k < N_X; k++)
            for (int i = 0; i < N; i++) {
                assert_true(isfinite(g[k * N + i]) && g[k * N + i] >= 0);
                assert_true(k == 0 || g[k * N + i] <= g[(k - 1) * N + i]);
                hn_curve_shapes(family, &a[i], &b[i], 1, &x[k], &log_x[k], 1, &alone);
                assert_true(g[k * N + i] == alone);
            }
    }
}

// --- properties ---

static void make_noisy(uint32_t n, uint32_t seed, double noise)
{
    for (uint32_t i = 0; i < n; i++)
        value_of[i] = power_law(i) + noise * (uniform(seed, i) - 0.5);
}

static double width_at(const hn_curve_data *data)
{
    hn_curve curve = fitted(data);
    return hn_curve_quantile(&curve, data->end, 0.95) - hn_curve_quantile(&curve, data->end, 0.05);
}

static void two_points_say_little_many_say_much(void **state)
{
    (void)state;
    double before = INFINITY;
    static const uint32_t sizes[] = {3, 10, 30, 90};
    make_noisy(100, 1, 0.002);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        hn_curve_data data = data_of(value_of, sizes[i], 100, false);
        double width = width_at(&data);
        assert_true(width < before);
        before = width;
    }
    hn_curve_data two = data_of(value_of, 2, 100, false);
    assert_true(width_at(&two) > 0.5); // as much as it has changed so far, at least
    assert_true(before < 0.02);
    hn_curve none;
    two.n = 1;
    assert_false(hn_curve_fit(&none, &two));
}

// In any unit, upside down, and at any pace the answer is the same one.
static void scale_and_direction_do_not_matter(void **state)
{
    (void)state;
    static const double scales[] = {1e-12, 1, 3e9};
    static double turned[50];
    make_noisy(30, 2, 0.01);
    hn_curve_data data = data_of(value_of, 30, 60, false);
    hn_curve_data trend = data;
    trend.rising = true;
    for (int k = 0; k < 3; k++) {
        hn_curve curve = fitted(&data), other;
        double b = scales[k], shift = 7 * b;
        for (uint32_t i = 0; i < 30; i++)
            turned[i] = shift + b * value_of[i];
        hn_curve_data scaled = data;
        scaled.value = turned;
        other = fitted(&scaled);
        for (double p = 0.05; p < 1; p += 0.3) {
            double want = shift + b * hn_curve_quantile(&curve, 60, p);
            assert_float_equal(hn_curve_quantile(&other, 60, p) / b, want / b, 1e-4);
        }
    }
    // A rising curve is a falling one but for the prior of its trend: nearly the same median.
    for (uint32_t i = 0; i < 30; i++)
        turned[i] = -value_of[i];
    trend.value = turned;
    hn_curve falling = fitted(&data), rising = fitted(&trend);
    double difference = hn_curve_quantile(&falling, 60, 0.5) + hn_curve_quantile(&rising, 60, 0.5);
    assert_true(fabs(difference) < 0.02);
}

static void probabilities_and_quantiles_agree(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 20; seed++) {
        bool rising = seed % 2;
        uint32_t n = 3 + seed * 3;
        for (uint32_t i = 0; i < n; i++)
            value_of[i] = (rising ? -1 : 1) * (power_law(i) + 0.1 * uniform(seed, i));
        hn_curve_data data = data_of(value_of, n, 100, rising);
        hn_curve curve = fitted(&data), again = fitted(&data);
        assert_memory_equal(&curve, &again, sizeof curve);
        double before = -INFINITY;
        for (double p = 0.05; p < 1; p += 0.1) {
            double q = hn_curve_quantile(&curve, 80, p);
            assert_true(q > before);
            assert_float_equal(hn_curve_below(&curve, 80, q), p, 1e-6);
            before = q;
        }
    }
}

// The greatest probability of the three steps, of the whole grid.
static double passes(const hn_curve_data *data, const hn_curve_goal *goal)
{
    hn_curve curve = fitted(data);
    double most = 0;
    for (uint32_t i = 0; i < goal->n; i++) {
        double below = hn_curve_below(&curve, goal->ahead[i], goal->limit);
        most = fmax(most, data->rising ? 1 - below : below);
    }
    return most;
}

// What the coarse grid settles, the whole one would say, too, and what is asked for as it is comes
// from the whole one.
static void what_is_settled_coarsely_is_so(void **state)
{
    (void)state;
    uint32_t n_stops = 0, n_differ = 0, n_all = 0;
    for (uint32_t seed = 0; seed < 300; seed++) {
        bool rising = seed % 2;
        uint32_t n = 4 + seed % 20;
        for (uint32_t i = 0; i < n; i++)
            value_of[i] = (rising ? -1 : 1) * (power_law(i) + 0.05 * uniform(seed, i));
        hn_curve_data data = data_of(value_of, n, 27, rising);
        double limit = 0.1 + 0.5 * uniform(seed, 99), got;
        hn_curve_goal goal = {{27, 0.5 * (n + 27), n + 1}, 3, rising ? -limit : limit, 2};
        double want = passes(&data, &goal);
        assert_true(hn_curve_pass(&data, &goal, &got));
        assert_float_equal(got, want, 1e-12);
        for (goal.asked = 0.02; goal.asked < 0.5; goal.asked *= 2, n_all++) {
            assert_true(hn_curve_pass(&data, &goal, &got));
            n_stops += want < goal.asked;
            n_differ += (got < goal.asked) != (want < goal.asked);
        }
    }
    assert_in_range(n_stops, n_all / 10, n_all - n_all / 10);
    assert_in_range(n_differ, 0, 1);
}

static void one_spike_changes_little(void **state)
{
    (void)state;
    make_noisy(30, 3, 0.01);
    hn_curve_data data = data_of(value_of, 30, 60, false);
    hn_curve plain = fitted(&data);
    double median = hn_curve_quantile(&plain, 60, 0.5);
    double width = hn_curve_quantile(&plain, 60, 0.95) - hn_curve_quantile(&plain, 60, 0.05);
    for (uint32_t at = 3; at < 30; at += 4) {
        double was = value_of[at];
        value_of[at] = 40;
        hn_curve curve = fitted(&data);
        assert_true(fabs(hn_curve_quantile(&curve, 60, 0.5) - median) < 0.5 * width);
        value_of[at] = was;
    }
}

static void what_is_no_number_is_passed_over(void **state)
{
    (void)state;
    make_noisy(20, 4, 0.01);
    hn_curve_data data = data_of(value_of, 20, 40, false);
    double kept_step[20], kept[20];
    uint32_t n = 0;
    for (uint32_t i = 0; i < 20; i++)
        if (i % 5 == 2) {
            value_of[i] = i % 2 ? NAN : INFINITY;
        } else {
            kept_step[n] = i + 1;
            kept[n++] = value_of[i];
        }
    hn_curve with = fitted(&data);
    hn_curve_data without = {kept_step, kept, n, 40, 0, false, false};
    hn_curve curve = fitted(&without);
    assert_memory_equal(&with, &curve, sizeof curve);
    for (uint32_t i = 1; i < 20; i++)
        value_of[i] = NAN;
    assert_false(hn_curve_fit(&with, &data));
}

static void flat_huge_and_odd_curves(void **state)
{
    (void)state;
    hn_curve curve;
    for (uint32_t i = 0; i < 20; i++)
        value_of[i] = 0.1;
    hn_curve_data data = data_of(value_of, 20, 40, true);
    curve = fitted(&data);
    assert_float_equal(hn_curve_quantile(&curve, 40, 0.5), 0.1, 1e-3);
    assert_true(hn_curve_below(&curve, 40, 0.2) > 0.99);
    double high = hn_curve_quantile(&curve, 40, 0.95);
    data.scale = 0.8; // others change by so much
    curve = fitted(&data);
    assert_true(hn_curve_quantile(&curve, 40, 0.95) > high + 1e-4);
    memset(value_of, 0, sizeof value_of);
    curve = fitted(&data);
    assert_float_equal(hn_curve_quantile(&curve, 40, 0.5), 0, 1e-2);
    for (uint32_t i = 0; i < 20; i++)
        value_of[i] = i % 2 ? 1e308 : -1e308;
    assert_false(hn_curve_fit(&curve, &data));
    for (uint32_t i = 0; i < 20; i++) {
        value_of[i] = power_law(i);
        step_of[i] = i - 5.0; // from below zero on
    }
    assert_true(hn_curve_fit(&curve, &data));
    assert_true(isfinite(hn_curve_quantile(&curve, 40, 0.5)));
    data.end = step_of[0];
    assert_false(hn_curve_fit(&curve, &data));
}

// The cost is bounded, and what was learnt of few values is learnt of many.
// The best value so far often stays at what it has come to early: then all that differs is a spike.
static void a_drop_and_nothing_more(void **state)
{
    (void)state;
    double mean, sd;
    for (uint32_t n = 13; n < 60; n += 7) {
        double value[60] = {0.209, 0.146};
        for (uint32_t i = 2; i < n; i++)
            value[i] = 0.133;
        hn_curve_data data = data_of(value, n, 64, false);
        hn_curve curve = fitted(&data);
        double low = hn_curve_quantile(&curve, 64, 0.05),
               high = hn_curve_quantile(&curve, 64, 0.95);
        assert_true(low > 0.132 && low < 0.133 && high > 0.133 && high < 0.134);
        assert_true(hn_curve_below(&curve, 64, 0.209) > 0.9);
        hn_curve_moments(&curve, 64, &mean, &sd);
        assert_true(mean > low && mean < high && sd > 0 && sd < 0.01);
    }
}

// Mean and standard deviation are those of draws by the quantiles.
static void moments_are_those_of_the_quantiles(void **state)
{
    (void)state;
    enum { DRAWS = 400 };
    for (int rising = 0; rising < 2; rising++) {
        make_noisy(20, 3, 0.01);
        for (uint32_t i = 0; i < 20; i++)
            value_of[i] = rising ? 5 - value_of[i] : value_of[i];
        hn_curve_data data = data_of(value_of, 20, 40, rising);
        hn_curve curve = fitted(&data);
        double mean, sd, sum = 0, squares = 0;
        hn_curve_moments(&curve, 40, &mean, &sd);
        for (int i = 0; i < DRAWS; i++) {
            double q = hn_curve_quantile(&curve, 40, (i + 0.5) / DRAWS);
            sum += q;
            squares += q * q;
        }
        double middle = sum / DRAWS, spread = sqrt(squares / DRAWS - middle * middle);
        assert_true(fabs(mean - middle) < 0.1 * spread);
        assert_true(sd > 0.6 * spread &&
                    sd < 1.1 * spread); // of the parts' scales, not their tails
    }
}

static void ten_thousand_values(void **state)
{
    (void)state;
    make_noisy(MOST, 5, 0.02);
    hn_curve_data data = data_of(value_of, MOST, 2.0 * MOST, false);
    hn_curve curve = fitted(&data);
    double q05 = hn_curve_quantile(&curve, data.end, 0.05);
    double q95 = hn_curve_quantile(&curve, data.end, 0.95);
    assert_true(q05 < power_law(2 * MOST - 1) && power_law(2 * MOST - 1) < q95);
    assert_true(q95 - q05 > 0.01); // a single value is noisy, however well the mean is known
    assert_true(q95 - q05 < 0.06);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_a_dense_grid),
        cmocka_unit_test(ends_are_as_near_as_the_true_family_by_least_squares),
        cmocka_unit_test(shapes_are_domhans_families),
        cmocka_unit_test(shapes_are_the_same_in_any_company),
        cmocka_unit_test(two_points_say_little_many_say_much),
        cmocka_unit_test(scale_and_direction_do_not_matter),
        cmocka_unit_test(probabilities_and_quantiles_agree),
        cmocka_unit_test(what_is_settled_coarsely_is_so),
        cmocka_unit_test(one_spike_changes_little),
        cmocka_unit_test(what_is_no_number_is_passed_over),
        cmocka_unit_test(flat_huge_and_odd_curves),
        cmocka_unit_test(a_drop_and_nothing_more),
        cmocka_unit_test(moments_are_those_of_the_quantiles),
        cmocka_unit_test(ten_thousand_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
