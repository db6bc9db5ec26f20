// Signed ranks beside all assignments of signs, Student's t beside published quantiles.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>

#include "num/paired.h"
#include "num/rng.h"

static void assert_near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * fmax(fabs(want), 1e-300)))
        fail_msg("%.17g instead of %.17g", got, want);
}

// Twice the mid-rank of |d_i|.
static uint32_t doubled_rank(const double *d, uint32_t n, uint32_t i)
{
    uint32_t below = 0, equal = 0;
    for (uint32_t k = 0; k < n; k++) {
        below += fabs(d[k]) < fabs(d[i]);
        equal += fabs(d[k]) == fabs(d[i]);
    }
    return 2 * below + equal + 1;
}

// By the definition: every assignment of signs to what is not zero.
static double by_all_signs(const double *d, uint32_t n)
{
    uint32_t rank[16], m = 0, observed = 0;
    double count = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (d[i] == 0)
            continue;
        rank[m] = doubled_rank(d, n, i);
        observed += d[i] > 0 ? rank[m] : 0;
        m++;
    }
    for (uint32_t signs = 0; signs < 1u << m; signs++) {
        uint32_t sum = 0;
        for (uint32_t i = 0; i < m; i++)
            sum += signs >> i & 1 ? rank[i] : 0;
        count += sum >= observed;
    }
    return count / (double)(1u << m);
}

static void signed_ranks_beside_all_signs(void **state)
{
    (void)state;
    hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, 1);
    for (int round = 0; round < 400; round++) {
        double d[12];
        uint32_t n = 1 + (uint32_t)round % 12;
        bool coarse = round % 3 == 0; // ties and zeros
        for (uint32_t i = 0; i < n; i++) {
            double u = hn_rng_uniform(&rng, (uint32_t)round * 16 + i, 0, 0);
            d[i] = coarse ? floor(7 * u) - 3 : u - 0.4;
        }
        double want = by_all_signs(d, n);
        assert_near(hn_signed_rank_above(d, n), want, 1e-12);
        for (uint32_t i = 1; i < n; i++)
            assert_true(fabs(d[i - 1]) <= fabs(d[i]));
    }
}

static void signed_ranks_at_the_ends(void **state)
{
    (void)state;
    double d[200];
    assert_near(hn_signed_rank_above(d, 0), 1, 0);
    for (int i = 0; i < 200; i++)
        d[i] = 0;
    assert_near(hn_signed_rank_above(d, 200), 1, 0);
    for (int i = 0; i < 4; i++)
        d[i] = i + 1;
    assert_near(hn_signed_rank_above(d, 4), 1.0 / 16, 1e-15);
    for (int i = 0; i < 4; i++)
        d[i] = -i - 1;
    assert_near(hn_signed_rank_above(d, 4), 1, 1e-15);
    // Beyond the exact ones the normal distribution; both as scipy.stats.wilcoxon has them, which
    // by the other method gives 0.011649 and 0.024485.
    for (int n = HN_SIGNED_RANK_EXACT; n <= HN_SIGNED_RANK_EXACT + 1; n++) {
        for (int i = 0; i < n; i++)
            d[i] = (i % 5 == 0 || i % 7 == 0 ? -1 : 1) * (i + 1);
        assert_near(hn_signed_rank_above(d, (uint32_t)n),
                    n == 50 ? 0.011188971278648374 : 0.0247800497396497, 1e-9);
    }
}

static void student(void **state)
{
    (void)state;
    static const struct {
        double t, df, p;
    } known[] = {
        {0, 3, 0.5},
        {1, 1, 0.25},
        {6.313751514675043, 1, 0.05},
        {2.919985580353726, 2, 0.05},
        {2.015048373333024, 5, 0.05},
        {1.812461122811676, 10, 0.05},
        {2.763769458112696, 10, 0.01},
        {-1.812461122811676, 10, 0.95},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_near(hn_student_above(known[i].t, known[i].df), known[i].p, 1e-12);
    // With two degrees of freedom there is a closed form; far out nothing cancels.
    for (double t = 0.01; t < 1e6; t *= 3)
        assert_near(hn_student_above(t, 2), 1 / (sqrt(2 + t * t) * (sqrt(2 + t * t) + t)), 1e-12);
    assert_near(hn_student_above(1.2, 1e7), 0.5 * erfc(1.2 / sqrt(2)), 1e-6);
    assert_near(hn_student_above(INFINITY, 4), 0, 0);
    assert_near(hn_student_above(-INFINITY, 4), 1, 0);
    assert_true(isnan(hn_student_above(NAN, 4)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_ranks_beside_all_signs),
        cmocka_unit_test(signed_ranks_at_the_ends),
        cmocka_unit_test(student),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
