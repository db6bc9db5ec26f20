// Fronts, hypervolumes and subsets against slow obvious ones.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "num/pareto.h"
#include "num/rng.h"

enum { N = 60 };

// Values on a coarse grid, so that many are equal.
static void draw(uint32_t seed, uint32_t n, uint32_t m, double levels, double *out)
{
    hn_rng rng = hn_rng_make(seed, HN_PURPOSE_TEST, m);
    for (uint32_t i = 0; i < n * m; i++)
        out[i] = floor(hn_rng_uniform(&rng, 0, 0, i) * levels) / levels;
}

static void fronts_are_peeled(void **state)
{
    (void)state;
    double values[N * 4];
    for (uint32_t seed = 0; seed < 200; seed++) {
        hn_arena arena = HN_ARENA_INIT;
        uint32_t m = 1 + seed % 4, front[N];
        draw(seed, N, m, seed % 3 ? 8 : 1e6, values);
        if (seed % 5 == 0)
            values[3] = INFINITY, values[7] = -INFINITY;
        assert_true(hn_pareto_fronts(values, N, m, front, &arena));
        for (uint32_t i = 0; i < N; i++) {
            uint32_t want = 0; // one more than the greatest front that dominates
            for (uint32_t j = 0; j < N; j++)
                if (hn_pareto_dominates(values + j * m, values + i * m, m) && front[j] >= want)
                    want = front[j] + 1;
            assert_int_equal(front[i], want);
        }
        uint32_t first[N], n = 0, n_first = hn_pareto_first(values, N, m, first);
        for (uint32_t i = 0; i < N; i++)
            if (front[i] == 0)
                assert_int_equal(n < n_first ? first[n++] : N, i);
        assert_int_equal(n, n_first);
        hn_arena_free(&arena);
    }
}

// Inclusion and exclusion over all subsets.
static double slow_volume(const double *values, uint32_t n, uint32_t m, const double *reference)
{
    double sum = 0;
    for (uint32_t set = 1; set < 1u << n; set++) {
        double volume = __builtin_popcount(set) % 2 ? 1 : -1;
        for (uint32_t k = 0; k < m; k++) {
            double worst = -INFINITY;
            for (uint32_t i = 0; i < n; i++)
                if (set >> i & 1)
                    worst = fmax(worst, values[i * m + k]);
            volume *= fmax(0, reference[k] - worst);
        }
        sum += volume;
    }
    return sum;
}

static void volumes_are_exact(void **state)
{
    (void)state;
    const double reference[4] = {0.9, 1.1, 1, 0.8};
    double values[10 * 4];
    for (uint32_t seed = 0; seed < 120; seed++) {
        hn_arena arena = HN_ARENA_INIT;
        uint32_t m = 1 + seed % 4, n = seed % 11;
        draw(seed, n, m, seed % 3 ? 5 : 1e6, values);
        double got = hn_hypervolume(values, n, m, reference, &arena);
        assert_true(fabs(got - slow_volume(values, n, m, reference)) < 1e-12);
        hn_arena_free(&arena);
    }
}

// The lazy choice is the greedy one.
static void subsets_are_greedy(void **state)
{
    (void)state;
    const double reference[3] = {1.1, 1.1, 1.1};
    double values[20 * 3], kept[8 * 3];
    for (uint32_t seed = 0; seed < 30; seed++) {
        hn_arena arena = HN_ARENA_INIT;
        uint32_t m = 2 + seed % 2, chosen[8];
        draw(seed, 20, m, 1e6, values);
        assert_true(hn_hypervolume_subset(values, 20, m, reference, 8, chosen, &arena));
        double volume = 0;
        for (uint32_t c = 0; c < 8; c++) {
            double best = 0, own = 0;
            for (uint32_t i = 0; i < 20; i++) {
                memcpy(kept + c * m, values + i * m, m * sizeof *kept);
                double gain = hn_hypervolume(kept, c + 1, m, reference, &arena) - volume;
                best = fmax(best, gain);
                own = i == chosen[c] ? gain : own;
            }
            assert_true(own > best - 1e-12);
            memcpy(kept + c * m, values + chosen[c] * m, m * sizeof *kept);
            volume += own;
        }
        hn_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fronts_are_peeled),
        cmocka_unit_test(volumes_are_exact),
        cmocka_unit_test(subsets_are_greedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
