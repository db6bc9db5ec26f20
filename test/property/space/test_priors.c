// Samples follow their priors: chi-square and Kolmogorov-Smirnov at a false-alarm rate below 1e-6
// (and the seeds are fixed, so that a test that passes passes again).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "num/dist.h"
#include "space/space.h"

enum { N = 20000 };

static hone_space *one(const char *spec)
{
    hone_space *space = NULL;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hone_space_create(&space, &err), HONE_OK);
    if (hone_space_add(space, "x", spec, &err) != HONE_OK)
        fail_msg("%s", err.text);
    assert_int_equal(hone_space_seal(space, &err), HONE_OK);
    return space;
}

// Calls `see` for N samples of the one parameter of `spec`.
static void sample(const char *spec, void (*see)(const hn_slot *slots, void *user), void *user)
{
    hone_space *space = one(spec);
    hn_arena arena = HN_ARENA_INIT;
    hn_config c = hn_config_new(&arena, space);
    for (uint32_t trial = 0; trial < N; trial++) {
        hn_rng rng = hn_rng_make(2024, HN_PURPOSE_PRIOR, trial);
        assert_int_equal(hn_space_sample(space, &rng, c, NULL, NULL), HONE_OK);
        see(c.slots, user);
    }
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

// --- finite ---

typedef struct counts {
    int64_t low;
    int n_cells;
    double seen[64];
    int64_t (*cell)(const hn_slot *slots); // NULL: the value itself
} counts;

static void count(const hn_slot *slots, void *user)
{
    counts *c = user;
    int64_t cell = (c->cell ? c->cell(slots) : slots[0].i) - c->low;
    assert_in_range(cell, 0, c->n_cells - 1);
    c->seen[cell]++;
}

// Wilson and Hilferty's quantile of chi-square at 1 - 1e-6 (4.75 standard deviations).
static double chi_square_limit(int freedom)
{
    double k = freedom, root = 1 - 2 / (9 * k) + 4.75 * sqrt(2 / (9 * k));
    return k * root * root * root;
}

static void check_counts(const char *spec, counts *c, const double *shares)
{
    double sum = 0, statistic = 0;
    sample(spec, count, c);
    for (int i = 0; i < c->n_cells; i++)
        sum += shares ? shares[i] : 1;
    for (int i = 0; i < c->n_cells; i++) {
        double expected = N * (shares ? shares[i] : 1) / sum;
        statistic += (c->seen[i] - expected) * (c->seen[i] - expected) / expected;
    }
    if (statistic > chi_square_limit(c->n_cells - 1))
        fail_msg("%s: chi-square %.1f with %d cells", spec, statistic, c->n_cells);
}

static int64_t order_of_three(const hn_slot *s)
{
    return s[0].i * 2 + (s[1].i > s[2].i);
}

static int64_t order_of_four(const hn_slot *s)
{
    int64_t first = s[0].i * 6, rank = 0;
    rank += 2 * ((s[1].i > s[2].i) + (s[1].i > s[3].i)) + (s[2].i > s[3].i);
    return first + rank;
}

static void finite_priors(void **state)
{
    (void)state;
    check_counts("int:1..7", &(counts){.low = 1, .n_cells = 7}, NULL);
    check_counts("a,b,c,d,e", &(counts){.n_cells = 5}, NULL);
    check_counts("ord:a,b,c", &(counts){.n_cells = 3}, NULL);
    check_counts("bool", &(counts){.n_cells = 2}, NULL);
    check_counts("a:5,b:1,c:2.5", &(counts){.n_cells = 3}, (double[]){5, 1, 2.5});
    check_counts("ord:a:1,b:9", &(counts){.n_cells = 2}, (double[]){1, 9});
    check_counts("perm:a,b,c", &(counts){.n_cells = 6, .cell = order_of_three}, NULL);
    check_counts("perm:a,b,c,d", &(counts){.n_cells = 24, .cell = order_of_four}, NULL);
    check_counts("subset:a,b,c,d,e", &(counts){.n_cells = 32}, NULL);
    // A log int gives k the share log((k + 1/2) / (k - 1/2)).
    double shares[20];
    for (int k = 1; k <= 20; k++)
        shares[k - 1] = log((k + 0.5) / (k - 0.5));
    check_counts("int:log:1..20", &(counts){.low = 1, .n_cells = 20}, shares);
}

static void believed_ints(void **state)
{
    (void)state;
    double shares[20];
    for (int k = 0; k < 20; k++)
        shares[k] = 0.8 * (hn_truncnormal_cdf(k + 1.5, 6, 2, 0.5, 20.5) -
                           hn_truncnormal_cdf(k + 0.5, 6, 2, 0.5, 20.5)) +
                    0.2 / 20;
    check_counts("int:1..20 ~ 6+-2", &(counts){.low = 1, .n_cells = 20}, shares);
}

// --- continuous ---

typedef struct values {
    double x[N];
    size_t n;
    uint32_t slot;
} values;

static void keep(const hn_slot *slots, void *user)
{
    values *v = user;
    v->x[v->n++] = slots[v->slot].f;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// sup |F_n - F| · √n stays below 2.69 but for a share of 2·exp(-2 · 2.69²) < 1.1e-6.
static void check_cdf(const char *spec, uint32_t slot, double (*cdf)(double x))
{
    static values v;
    double worst = 0;
    v.n = 0;
    v.slot = slot;
    sample(spec, keep, &v);
    qsort(v.x, v.n, sizeof *v.x, ascending);
    for (size_t i = 0; i < v.n; i++) {
        double f = cdf(v.x[i]);
        worst = fmax(worst, fmax(fabs(f - (double)i / N), fabs(f - (double)(i + 1) / N)));
    }
    if (worst * sqrt(N) > 2.69)
        fail_msg("%s: distance %.4f", spec, worst);
}

static double cdf_uniform(double x)
{
    return (x + 2) / 5;
}

static double cdf_log(double x)
{
    return log(x / 1e-5) / log(1e5);
}

static double cdf_normal(double x)
{
    return hn_normal_cdf((x - 1) / 2);
}

static double cdf_lognormal(double x)
{
    return hn_normal_cdf((log(x) + 1) / 0.5);
}

// A share of a uniform point of the simplex of four is Beta(1, 3).
static double cdf_share(double x)
{
    return 1 - (1 - x) * (1 - x) * (1 - x);
}

static double cdf_belief_width(double x)
{
    return 0.8 * hn_truncnormal_cdf(x, 0.3, 0.1, 0, 1) + 0.2 * x;
}

static double cdf_belief_factor(double x)
{
    double at = hn_truncnormal_cdf(log(x), log(3e-4), log(3), log(1e-5), 0);
    return 0.8 * at + 0.2 * cdf_log(x);
}

static double cdf_belief_factor_linear(double x)
{
    return 0.8 * hn_truncnormal_cdf(log(x), log(10), log(2), log(1), log(100)) + 0.2 * (x - 1) / 99;
}

static void continuous_priors(void **state)
{
    (void)state;
    check_cdf("-2..3", 0, cdf_uniform);
    check_cdf("log:1e-5..1", 0, cdf_log);
    check_cdf("normal:1,2", 0, cdf_normal);
    check_cdf("lognormal:-1,0.5", 0, cdf_lognormal);
    for (uint32_t slot = 0; slot < 4; slot++)
        check_cdf("simplex:4", slot, cdf_share);
    check_cdf("0..1 ~ 0.3+-0.1", 0, cdf_belief_width);
    check_cdf("log:1e-5..1 ~ 3e-4*/3", 0, cdf_belief_factor);
    check_cdf("1..100 ~ 10*/2", 0, cdf_belief_factor_linear);
}

// Two parameters of one space are independent: their signs fill four quarters equally.
static void parameters_are_independent(void **state)
{
    (void)state;
    hone_space *space = NULL;
    static const char *const names[] = {"a", "b", "lr", "lr2", "momentum"};
    assert_int_equal(hone_space_create(&space, NULL), HONE_OK);
    for (int i = 0; i < 5; i++)
        assert_int_equal(hone_space_add(space, names[i], "0..1", NULL), HONE_OK);
    assert_int_equal(hone_space_seal(space, NULL), HONE_OK);
    hn_arena arena = HN_ARENA_INIT;
    hn_config c = hn_config_new(&arena, space);
    double seen[5][5][4] = {0};
    for (uint32_t trial = 0; trial < N; trial++) {
        hn_rng rng = hn_rng_make(5, HN_PURPOSE_PRIOR, trial);
        assert_int_equal(hn_space_sample(space, &rng, c, NULL, NULL), HONE_OK);
        for (int i = 0; i < 5; i++) {
            for (int k = 0; k < i; k++)
                seen[i][k][2 * (c.slots[i].f > 0.5) + (c.slots[k].f > 0.5)]++;
        }
    }
    for (int i = 0; i < 5; i++) {
        for (int k = 0; k < i; k++) {
            double statistic = 0;
            for (int q = 0; q < 4; q++)
                statistic += pow(seen[i][k][q] - N / 4., 2) / (N / 4.);
            assert_true(statistic < chi_square_limit(3));
        }
    }
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finite_priors),
        cmocka_unit_test(believed_ints),
        cmocka_unit_test(continuous_priors),
        cmocka_unit_test(parameters_are_independent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
