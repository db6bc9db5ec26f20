// Tails of counts beside sums over all draws, chi square beside published quantiles, ranks.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "num/rng.h"
#include "num/stats.h"

static void assert_near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * fmax(fabs(want), 1e-300)))
        fail_msg("%.17g instead of %.17g", got, want);
}

// Every subset of m of n things, the first k of which are marked.
static void counts_beside_all_draws(void **state)
{
    (void)state;
    enum { N = 9 };
    for (uint32_t k = 0; k <= N; k++)
        for (uint32_t m = 0; m <= N; m++)
            for (uint32_t t = 0; t <= N; t++) {
                double all = 0, most = 0, least = 0;
                for (uint32_t set = 0; set < 1u << N; set++) {
                    uint32_t marked = (uint32_t)__builtin_popcount(set & ((1u << k) - 1));
                    if ((uint32_t)__builtin_popcount(set) != m)
                        continue;
                    all++;
                    most += marked <= t;
                    least += marked >= t;
                }
                assert_true(fabs(hn_hypergeometric_at_most(t, N, k, m) - most / all) < 1e-12);
                assert_true(fabs(hn_hypergeometric_at_least(t, N, k, m) - least / all) < 1e-12);
            }
}

static void far_tails(void **state)
{
    (void)state;
    // All 70 marked of 130 are the 70 drawn: 1 / C(130, 70).
    int sign;
    double log_choose = lgamma_r(131, &sign) - lgamma_r(71, &sign) - lgamma_r(61, &sign);
    assert_near(hn_hypergeometric_at_least(70, 130, 70, 70), exp(-log_choose), 1e-9);
    assert_near(hn_hypergeometric_at_most(100000, 200000, 100000, 100000), 1, 1e-12);
    assert_near(hn_hypergeometric_at_least(0, 200000, 100000, 100000), 1, 1e-12);
    double below = hn_hypergeometric_at_most(50000, 200000, 100000, 100000);
    assert_true(below > 0.5 && below < 0.51);
}

static void chi_square(void **state)
{
    (void)state;
    // Quantiles as they stand in any table, and two closed forms.
    assert_true(fabs(hn_chi2_above(3.841458820694124, 1) - 0.05) < 1e-12);
    assert_true(fabs(hn_chi2_above(7.814727903251179, 3) - 0.05) < 1e-12);
    assert_true(fabs(hn_chi2_above(18.307038053275146, 10) - 0.05) < 1e-12);
    assert_near(hn_chi2_above(60, 2), exp(-30), 1e-12);
    assert_near(hn_chi2_above(0.5, 2), exp(-0.25), 1e-12);
    assert_true(hn_chi2_above(0, 4) == 1 && hn_chi2_above(-1, 4) == 1);
}

static void ranks(void **state)
{
    (void)state;
    const double values[] = {-1, 0, 0, 2, 2, 2, 7};
    const double want[] = {1, 2.5, 2.5, 5, 5, 5, 7};
    double rank[7];
    hn_mid_ranks(values, 7, rank);
    for (int i = 0; i < 7; i++)
        assert_true(rank[i] == want[i]);
    // Kruskal and Wallis by hand: 1 2 3 against 4 5 6 has H = 27/7.
    const double six[] = {1, 2, 3, 4, 5, 6, 99};
    const uint32_t group[] = {0, 0, 0, 1, 1, 1, 2};
    assert_near(hn_kruskal_wallis(six, group, 7, 2), hn_chi2_above(27.0 / 7, 1), 1e-12);
    const uint32_t alone[] = {0, 0, 0, 0, 0, 0, 2};
    assert_true(hn_kruskal_wallis(six, alone, 7, 2) == 1);
    const double equal[] = {3, 3, 3, 3, 3, 3, 3};
    assert_true(hn_kruskal_wallis(equal, group, 7, 2) == 1);
}

// Where there is nothing, p-values are uniform.
static void no_false_alarms(void **state)
{
    (void)state;
    enum { N = 60, STUDIES = 4000 };
    uint32_t n_below = 0;
    for (uint32_t s = 0; s < STUDIES; s++) {
        hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, s);
        double rank[N];
        uint32_t group[N];
        for (uint32_t i = 0; i < N; i++) {
            rank[i] = i + 1;
            group[i] = (uint32_t)hn_rng_below(&rng, i, 0, 0, 4);
        }
        n_below += hn_kruskal_wallis(rank, group, N, 4) < 0.05;
    }
    // 200 are expected, with a standard deviation of 14.
    assert_in_range(n_below, 130, 270);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_beside_all_draws),
        cmocka_unit_test(far_tails),
        cmocka_unit_test(chi_square),
        cmocka_unit_test(ranks),
        cmocka_unit_test(no_false_alarms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
