// The variance that a forest states is honest: at points that it has not seen, its squared errors
// are what it says they are, to within a factor, and two of three lie within a standard deviation.
// The seeds are fixed; the thresholds are far from what they give.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "learn/forest.h"
#include "num/dist.h"
#include "num/rng.h"

enum { DIMS = 5, SEEDS = 5, ROWS = 120, POINTS = 200 };

typedef double function(const double *x, double noise);

static double bowl(const double *x, double noise)
{
    double sum = 0.01;
    (void)noise;
    for (int j = 0; j < DIMS; j++)
        sum += (x[j] - 0.37) * (x[j] - 0.37);
    return log(sum);
}

static double stairs(const double *x, double noise)
{
    double sum = 0;
    (void)noise;
    for (int j = 0; j < DIMS; j++)
        sum += (j + 1) * fabs(floor(6 * x[j]) - 2);
    return sum;
}

static double noisy(const double *x, double noise)
{
    return 3 * x[0] + x[1] * x[2] + 0.5 * noise;
}

static double fill(function *f, uint64_t seed, uint32_t row, double *x)
{
    hn_rng rng = hn_rng_make(seed, HN_PURPOSE_TEST, row);
    for (uint32_t j = 0; j < DIMS; j++)
        x[j] = hn_rng_uniform(&rng, 1, 0, j);
    return f(x, hn_normal_quantile(hn_rng_uniform(&rng, 2, 0, 0)));
}

// Squared errors over stated variances, and the share of errors within one standard deviation.
static void judge(function *f, double *ratio, double *within)
{
    static double x[ROWS * DIMS], y[ROWS];
    const uint32_t n_choices[DIMS] = {0};
    double errors = 0, stated = 0, n_within = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        const hn_forest_options options = {
            .n_trees = 50, .bootstrap = true, .tree = {1, 0.8}, .seed = seed};
        const hn_forest_rows rows = {ROWS, x, y, NULL};
        hn_forest forest;
        for (uint32_t i = 0; i < ROWS; i++)
            y[i] = fill(f, seed, i, x + (size_t)i * DIMS);
        assert_int_equal(hn_forest_init(&forest, &options, DIMS, n_choices, NULL), HONE_OK);
        assert_int_equal(hn_forest_fit(&forest, &rows, NULL), HONE_OK);
        for (uint32_t i = 0; i < POINTS; i++) {
            double point[DIMS], mean, var, truth = fill(f, seed, ROWS + i, point);
            assert_int_equal(hn_forest_predict(&forest, point, 1, &mean, &var, NULL), HONE_OK);
            double error = (truth - mean) * (truth - mean);
            errors += error;
            stated += var;
            n_within += error < var;
        }
        hn_forest_free(&forest);
    }
    *ratio = errors / stated;
    *within = n_within / (SEEDS * POINTS);
}

static void the_variance_is_honest(void **state)
{
    (void)state;
    function *const functions[] = {bowl, stairs, noisy};
    for (size_t k = 0; k < sizeof functions / sizeof *functions; k++) {
        double ratio, within;
        judge(functions[k], &ratio, &within);
        if (!(ratio > 0.3 && ratio < 2 && within > 0.55 && within < 0.9))
            fail_msg("function %zu: errors are %.2f times what is stated, %.2f within one sd", k,
                     ratio, within);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_variance_is_honest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
