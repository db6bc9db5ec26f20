// Distributions against values computed with 80 digits, and by their own laws.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <math.h>

#include "num/dist.h"

static double relative_error(double got, double want)
{
    return want == 0 ? fabs(got) : fabs(got - want) / fabs(want);
}

static void normal_cdf_and_its_logarithm(void **state)
{
    (void)state;
    static const struct {
        double x, cdf, log_cdf;
    } cases[] = {
        {-1000000.0, 0, -500000000014.73445},
        {-1000, 0, -500007.82669481218},
        {-40, 0, -804.60844201375379},
        {-37.5, 4.6053530095819548e-308, -707.66898931750719},
        {-30, 4.9067139271481871e-198, -454.3212439563432},
        {-20.001, 2.6989630765829913e-89, -203.93720562293423},
        {-19.999, 2.8093893868326643e-89, -203.89710611679704},
        {-10, 7.6198530241605261e-24, -53.231285150512471},
        {-5, 2.8665157187919391e-7, -15.064998393988726},
        {-2, 0.022750131948179207, -3.7831843336820319},
        {-1, 0.15865525393145705, -1.8410216450092635},
        {-0.5, 0.3085375387259869, -1.1759117615936186},
        {-0.001, 0.49960105778608894, -0.69394538346696518},
        {-1e-20, 0.5, -0.69314718055994531},
        {0, 0.5, -0.69314718055994531},
        {1e-08, 0.5000000039894228, -0.69314717258109973},
        {0.3, 0.61791142218895263, -0.48141016158848121},
        {1, 0.84134474606854295, -0.17275377902344989},
        {2.5, 0.99379033467422386, -0.0062290254858600024},
        {5, 0.99999971334842812, -2.8665161296376359e-7},
        {8, 0.99999999999999938, -6.2209605742717861e-16},
        {20, 1.0, -2.7536241186062337e-89},
        {37, 1.0, -5.7255712225245768e-300},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double x = cases[i].x;
        // x itself is only known to half a unit, which a tail magnifies by x².
        double slack = DBL_EPSILON * (4 + fmin(x * x, 1500));
        if (cases[i].cdf > 0)
            assert_true(relative_error(hn_normal_cdf(x), cases[i].cdf) < slack);
        else
            assert_true(hn_normal_cdf(x) < 1e-300);
        assert_true(relative_error(hn_normal_log_cdf(x), cases[i].log_cdf) <
                    (x > 0 ? slack : 4 * DBL_EPSILON));
    }
    assert_true(hn_normal_cdf(INFINITY) == 1 && hn_normal_cdf(-INFINITY) == 0);
    assert_true(hn_normal_log_cdf(INFINITY) == 0 && hn_normal_log_cdf(-INFINITY) == -INFINITY);
    assert_true(isnan(hn_normal_cdf(NAN)) && isnan(hn_normal_log_cdf(NAN)));
    assert_true(isfinite(hn_normal_log_cdf(-1e150)));
}

static void normal_quantile(void **state)
{
    (void)state;
    static const struct {
        double u, x;
    } cases[] = {
        {5e-324, -38.467405617144346},
        {1e-310, -37.663060331949524},
        {1e-300, -37.047096299361199},
        {1e-100, -21.273453560965324},
        {1e-30, -11.464024688443616},
        {1e-16, -8.2220822161304356},
        {1e-10, -6.3613409024040562},
        {1.4e-11, -6.6567230915181836},
        {1.3e-11, -6.6676114565107408},
        {1e-05, -4.2648907939228246},
        {0.001, -3.0902323061678135},
        {0.02425, -1.9729610513118848},
        {0.05, -1.6448536269514727},
        {0.075, -1.4395314709384559},
        {0.0750001, -1.4395307645017297},
        {0.1, -1.2815515655446004},
        {0.25, -0.67448975019608174},
        {0.4, -0.25334710313579974},
        {0.49999, -2.5066282748960009e-5},
        {0.5, 0.0},
        {0.5000001, 2.5066282733116483e-7},
        {0.6, 0.25334710313579974},
        {0.75, 0.67448975019608174},
        {0.9, 1.2815515655446006},
        {0.924, 1.4325027208258119},
        {0.926, 1.4466320671589788},
        {0.975, 1.9599639845400539},
        {0.999, 3.0902323061678133},
        {0.99999, 4.2648907939238408},
        {0.9999999999, 6.3613408896974219},
        {0.9999999999999999, 8.2095361516013869},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(relative_error(hn_normal_quantile(cases[i].u), cases[i].x) < 1e-15);
    assert_true(hn_normal_quantile(0) == -INFINITY);
    assert_true(hn_normal_quantile(1) == INFINITY);
    assert_true(isnan(hn_normal_quantile(-0.1)) && isnan(hn_normal_quantile(1.1)));
    assert_true(isnan(hn_normal_quantile(NAN)));
}

static void the_quantile_inverts_the_cdf(void **state)
{
    (void)state;
    double last = -INFINITY;
    for (int i = 1; i < 20000; i++) {
        double u = i / 20000.0, x = hn_normal_quantile(u);
        assert_true(x > last);
        assert_true(relative_error(hn_normal_cdf(x), u) < 1e-14);
        assert_true(fabs(x + hn_normal_quantile(1 - u)) < 1e-12);
        last = x;
    }
    for (double u = 0.4; u > 0; u /= 7) {
        double x = hn_normal_quantile(u);
        assert_true(relative_error(hn_normal_log_cdf(x), log(u)) < 1e-14);
    }
}

static void truncated_normal_quantile(void **state)
{
    (void)state;
    static const struct {
        double mean, sd, low, high, u, x;
    } cases[] = {
        {0.0, 1.0, -1.0, 2.0, 1e-09, -0.99999999661696838},
        {0.0, 1.0, -1.0, 2.0, 0.1, -0.70464782109474518},
        {0.0, 1.0, -1.0, 2.0, 0.5, 0.17116391801782477},
        {0.0, 1.0, -1.0, 2.0, 0.9, 1.2557153641502153},
        {0.0, 1.0, -8.0, 8.0, 1e-09, -5.9978069139580955},
        {0.0, 1.0, -8.0, 8.0, 0.1, -1.2815515655445976},
        {0.0, 1.0, -8.0, 8.0, 0.5, 0.0},
        {0.0, 1.0, -8.0, 8.0, 0.9, 1.2815515655445978},
        {0.5, 0.25, 0.0, 1.0, 1e-09, 4.4197195423238408e-9},
        {0.5, 0.25, 0.0, 1.0, 0.1, 0.20399188332652374},
        {0.5, 0.25, 0.0, 1.0, 0.5, 0.5},
        {0.5, 0.25, 0.0, 1.0, 0.9, 0.7960081166734763},
        {0.0, 1.0, 19.0, 25.0, 1e-09, 19.000000000052487},
        {0.0, 1.0, 19.0, 25.0, 0.1, 19.005529255153902},
        {0.0, 1.0, 19.0, 25.0, 0.5, 19.036346627035541},
        {0.0, 1.0, 19.0, 25.0, 0.9, 19.120475862549304},
        {0.0, 1.0, 25.0, 26.0, 1e-09, 25.000000000039936},
        {0.0, 1.0, 25.0, 26.0, 0.1, 25.004207356750832},
        {0.0, 1.0, 25.0, 26.0, 0.5, 25.027666476956472},
        {0.0, 1.0, 25.0, 26.0, 0.9, 25.091788770763253},
        {0.0, 1.0, 30.0, 40.0, 1e-09, 30.000000000033296},
        {0.0, 1.0, 30.0, 40.0, 0.1, 30.003507923244177},
        {0.0, 1.0, 30.0, 40.0, 0.5, 30.023070467827311},
        {0.0, 1.0, 30.0, 40.0, 0.9, 30.076570337034944},
        {0.0, 1.0, -60.0, -30.0, 1e-09, -30.682269371011242},
        {0.0, 1.0, -60.0, -30.0, 0.1, -30.076570337034944},
        {0.0, 1.0, -60.0, -30.0, 0.5, -30.023070467827311},
        {0.0, 1.0, -60.0, -30.0, 0.9, -30.003507923244177},
        {0.0, 1.0, -20.5, -19.5, 1e-09, -20.479937415745156},
        {0.0, 1.0, -20.5, -19.5, 0.1, -19.617421466883496},
        {0.0, 1.0, -20.5, -19.5, 0.5, -19.535421252553028},
        {0.0, 1.0, -20.5, -19.5, 0.9, -19.50538826408761},
        {3.0, 0.01, 4.0, 5.0, 1e-09, 4.0000000000001},
        {3.0, 0.01, 4.0, 5.0, 0.1, 4.0000105349427951},
        {3.0, 0.01, 4.0, 5.0, 0.5, 4.0000693053875243},
        {3.0, 0.01, 4.0, 5.0, 0.9, 4.0002302089975581},
        {3.0, 0.01, 0.0, 2.0, 1e-09, 1.9979300225621498},
        {3.0, 0.01, 0.0, 2.0, 0.1, 1.9997697910024419},
        {3.0, 0.01, 0.0, 2.0, 0.5, 1.9999306946124757},
        {3.0, 0.01, 0.0, 2.0, 0.9, 1.9999894650572049},
        {0.0, 1.0, 200.0, 201.0, 1e-09, 200.000000000005},
        {0.0, 1.0, 200.0, 201.0, 0.1, 200.00052678871548},
        {0.0, 1.0, 200.0, 201.0, 0.5, 200.00346561924111},
        {0.0, 1.0, 200.0, 201.0, 0.9, 200.01151230634699},
        {0.0, 1.0, 5.0, 5.5, 1e-09, 5.0000000001800353},
        {0.0, 1.0, 5.0, 5.5, 0.1, 5.0188671624006332},
        {0.0, 1.0, 5.0, 5.5, 0.5, 5.1199349071807505},
        {0.0, 1.0, 5.0, 5.5, 0.9, 5.3428201936252159},
        {0.0, 1.0, -INFINITY, -25.0, 1e-09, -25.814387781177747},
        {0.0, 1.0, -INFINITY, -25.0, 0.1, -25.091788770766154},
        {0.0, 1.0, -INFINITY, -25.0, 0.5, -25.027666476956795},
        {0.0, 1.0, -INFINITY, -25.0, 0.9, -25.004207356750868},
        {0.0, 1.0, 22.0, INFINITY, 1e-09, 22.000000000045361},
        {0.0, 1.0, 22.0, INFINITY, 0.1, 22.004778763300491},
        {0.0, 1.0, 22.0, INFINITY, 0.5, 22.031419648430964},
        {0.0, 1.0, 22.0, INFINITY, 0.9, 22.104202272192482},
        {0.0, 1.0, -INFINITY, 1.0, 1e-09, -6.0258059767937287},
        {0.0, 1.0, -INFINITY, 1.0, 0.1, -1.3777873615993072},
        {0.0, 1.0, -INFINITY, 1.0, 0.5, -0.20017368616689093},
        {0.0, 1.0, -INFINITY, 1.0, 0.9, 0.69735691615725758},
        {-2.0, 0.5, 0.0, 1000000.0, 1e-09, 1.1832619151278469e-10},
        {-2.0, 0.5, 0.0, 1000000.0, 0.1, 0.01243203433258337},
        {-2.0, 0.5, 0.0, 1000000.0, 0.5, 0.08055213929894041},
        {-2.0, 0.5, 0.0, 1000000.0, 0.9, 0.25745696958784674},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double x = hn_truncnormal_quantile(cases[i].u, cases[i].mean, cases[i].sd, cases[i].low,
                                           cases[i].high);
        // Relative to the larger of the value and the unit that it is measured in. Where the
        // interval is 100 deviations off, the deviation's own rounding is magnified.
        double scale = fmax(fabs(cases[i].x), cases[i].sd);
        assert_true(fabs(x - cases[i].x) < 2e-14 * scale);
        double u = hn_truncnormal_cdf(x, cases[i].mean, cases[i].sd, cases[i].low, cases[i].high);
        assert_true(fabs(u - cases[i].u) < 1e-9);
    }
}

static void tails_are_exact_from_the_near_end(void **state)
{
    (void)state;
    // Far out the law is exponential: distance -log(1 - u) / |b| to first order, exactly scaled.
    for (double b = 1e3; b < 1e15; b *= 10) {
        for (double u = 0.125; u < 1; u += 0.125) {
            double x = hn_truncnormal_quantile(u, -b, 1, 0, 1e9);
            assert_true(relative_error(x, -log1p(-u) / b) < 4 / (b * b) + 1e-14);
            double mirrored = hn_truncnormal_quantile(1 - u, b, 1, -1e9, 0);
            assert_true(mirrored == -x);
            assert_true(fabs(hn_truncnormal_cdf(x, -b, 1, 0, 1e9) - u) < 1e-14);
            assert_true(fabs(hn_truncnormal_cdf(-x, b, 1, -1e9, 0) - (1 - u)) < 1e-14);
        }
    }
}

static void truncated_results_stay_inside_and_in_order(void **state)
{
    (void)state;
    static const double means[] = {-1e300, -1e6, -50, -21, -19, -1,  0,
                                   0.3,    1,    19,  21,  50,  1e6, 1e300};
    static const double sds[] = {1e-300, 1e-9, 0.01, 0.5, 1, 3, 1e5, 1e300};
    static const double bounds[][2] = {{0, 1},          {-1, 1e-9},           {-5, 5},
                                       {0, 5e-324},     {1, 1 + DBL_EPSILON}, {-INFINITY, 2},
                                       {0.5, INFINITY}, {-INFINITY, INFINITY}};
    static const double us[] = {5e-324, 1e-16, 0.001, 0.25, 0.5, 0.75, 0.999, 1 - DBL_EPSILON / 2};
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
        for (size_t j = 0; j < sizeof sds / sizeof *sds; j++) {
            for (size_t k = 0; k < sizeof bounds / sizeof *bounds; k++) {
                double low = bounds[k][0], high = bounds[k][1], last = low, last_u = 0;
                for (size_t l = 0; l < sizeof us / sizeof *us; l++) {
                    double x = hn_truncnormal_quantile(us[l], means[i], sds[j], low, high);
                    assert_true(x >= low && x <= high);
                    double noise = 8 * DBL_EPSILON * (fabs(means[i]) + sds[j]);
                    assert_true(x >= last - noise);
                    double u = hn_truncnormal_cdf(x, means[i], sds[j], low, high);
                    assert_true(u >= 0 && u <= 1 && (x <= last || u >= last_u - 1e-9));
                    last = x;
                    last_u = u;
                }
                assert_true(hn_truncnormal_cdf(low, means[i], sds[j], low, high) == 0);
                assert_true(hn_truncnormal_cdf(high, means[i], sds[j], low, high) == 1);
            }
        }
    }
}

static void narrow_intervals_are_resolved(void **state)
{
    (void)state;
    // On [m + 3, m + 3 + w] the density falls by exp(-3 w): flat to the last digits.
    for (double width = 1e-6; width > 1e-250; width /= 100) {
        for (double u = 0.0625; u < 1; u += 0.0625) {
            double x = hn_truncnormal_quantile(u, -3, 1, 0, width);
            assert_true(fabs(x / width - u) < 2 * width + 1e-9);
            assert_true(fabs(hn_truncnormal_cdf(x, -3, 1, 0, width) - u) < 1e-9);
            assert_true(fabs(hn_truncnormal_quantile(u, 0, 1, 0, width) / width - u) < 1e-9);
        }
    }
    // Steep against the deviation, though narrow against one.
    double x = hn_truncnormal_quantile(0.5, -15, 1, 0, 9e-8);
    assert_true(relative_error(x, 4.4999984812499954e-8) < 1e-13);
}

static void a_wide_interval_is_the_plain_normal(void **state)
{
    (void)state;
    for (int i = 1; i < 100; i++) {
        double u = i / 100.0;
        double x = hn_truncnormal_quantile(u, 2, 3, -INFINITY, INFINITY);
        assert_true(fabs(x - (2 + 3 * hn_normal_quantile(u))) < 1e-14);
        assert_true(fabs(hn_truncnormal_cdf(x, 2, 3, -1e9, 1e9) - u) < 1e-14);
        // A huge deviation makes it uniform.
        assert_true(fabs(hn_truncnormal_quantile(u, 0, 1e9, 0, 1) - u) < 1e-6);
    }
}

static void categorical(void **state)
{
    (void)state;
    const double weights[] = {0, 1, 3, 0, 4, 0};
    assert_int_equal(hn_categorical_quantile(1e-300, weights, 6), 1);
    assert_int_equal(hn_categorical_quantile(0, weights, 6), 1);
    assert_int_equal(hn_categorical_quantile(0.124, weights, 6), 1);
    assert_int_equal(hn_categorical_quantile(0.125, weights, 6), 2);
    assert_int_equal(hn_categorical_quantile(0.499, weights, 6), 2);
    assert_int_equal(hn_categorical_quantile(0.5, weights, 6), 4);
    assert_int_equal(hn_categorical_quantile(1 - DBL_EPSILON / 2, weights, 6), 4);
    assert_int_equal(hn_categorical_quantile(1, weights, 6), 4); // never a weight of zero
    const double one[] = {1e-300};
    assert_int_equal(hn_categorical_quantile(0.7, one, 1), 0);
    // Rounding of the sum never leads behind the end.
    double tenths[10];
    for (int i = 0; i < 10; i++)
        tenths[i] = 0.1;
    assert_int_equal(hn_categorical_quantile(1 - DBL_EPSILON / 2, tenths, 10), 9);
}

static void exponential(void **state)
{
    (void)state;
    assert_true(relative_error(hn_exponential_quantile(0.5), 0.69314718055994531) < 1e-15);
    assert_true(relative_error(hn_exponential_quantile(1e-20), 1e-20) < 1e-15);
    assert_true(relative_error(hn_exponential_quantile(1 - 1e-10), 23.025850847200226) < 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_cdf_and_its_logarithm),
        cmocka_unit_test(normal_quantile),
        cmocka_unit_test(the_quantile_inverts_the_cdf),
        cmocka_unit_test(truncated_normal_quantile),
        cmocka_unit_test(tails_are_exact_from_the_near_end),
        cmocka_unit_test(truncated_results_stay_inside_and_in_order),
        cmocka_unit_test(narrow_intervals_are_resolved),
        cmocka_unit_test(a_wide_interval_is_the_plain_normal),
        cmocka_unit_test(categorical),
        cmocka_unit_test(exponential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
