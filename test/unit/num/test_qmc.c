// Sobol points: the published numbers unscrambled, the nets' laws scrambled.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "num/qmc.h"

static uint32_t gray(uint32_t i)
{
    return i ^ (i >> 1);
}

// Points of SciPy 1's Sobol(256, scramble=False), which goes in the order of the Gray code.
static void known_points(void **state)
{
    (void)state;
    static const uint32_t dims[9] = {0, 1, 2, 3, 10, 50, 100, 200, 255};
    static const struct {
        uint32_t i, x[9];
    } cases[] = {
        {1,
         {0x80000000, 0x80000000, 0x80000000, 0x80000000, 0x80000000, 0x80000000, 0x80000000,
          0x80000000, 0x80000000}},
        {2,
         {0xc0000000, 0x40000000, 0x40000000, 0x40000000, 0xc0000000, 0x40000000, 0x40000000,
          0xc0000000, 0xc0000000}},
        {3,
         {0x40000000, 0xc0000000, 0xc0000000, 0xc0000000, 0x40000000, 0xc0000000, 0xc0000000,
          0x40000000, 0x40000000}},
        {6,
         {0xa0000000, 0x20000000, 0xe0000000, 0xa0000000, 0x20000000, 0x60000000, 0xe0000000,
          0x60000000, 0xa0000000}},
        {100,
         {0x6a000000, 0x42000000, 0xc6000000, 0xba000000, 0x76000000, 0xe2000000, 0x0a000000,
          0xda000000, 0x92000000}},
        {777,
         {0xb1400000, 0xefc00000, 0x29c00000, 0x46400000, 0xbec00000, 0x15400000, 0xd7c00000,
          0xfdc00000, 0xa2c00000}},
        {1023,
         {0x00400000, 0xc0c00000, 0x9cc00000, 0x25400000, 0xadc00000, 0x42400000, 0x3cc00000,
          0xa8c00000, 0xd7c00000}},
        {2147495993u,
         {0xa4140003, 0x85695555, 0x620cbbbb, 0xf6db0031, 0x4d740e37, 0x338c70df, 0xd51cdc8d,
          0xc5a894f1, 0x5cdc00b1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int j = 0; j < 9; j++)
            assert_true(hn_sobol_raw(dims[j], gray(cases[i].i)) == cases[i].x[j]);
    }
    assert_true(hn_sobol_raw(0, 0) == 0 && hn_sobol_raw(255, 0) == 0);
    assert_true(hn_sobol_raw(0, UINT32_MAX) == UINT32_MAX);
}

// All 256 dimensions of the first 1024 points by one hash of the same program's numbers.
static void all_dimensions_agree(void **state)
{
    (void)state;
    uint64_t hash = 0xcbf29ce484222325u;
    for (uint32_t i = 0; i < 1024; i++) {
        for (uint32_t dim = 0; dim < HN_SOBOL_MAX_DIM; dim++)
            hash = (hash ^ hn_sobol_raw(dim, gray(i))) * 0x100000001b3u;
    }
    assert_true(hash == 0x96c15b6ae2722325u);
}

static void each_stratum_gets_one_point(void **state)
{
    (void)state;
    static const uint32_t dims[] = {0, 1, 2, 7, 31, 100, 255};
    for (size_t j = 0; j < sizeof dims / sizeof *dims; j++) {
        for (uint64_t seed = 0; seed < 5; seed++) {
            for (uint32_t n = 1; n <= 1024; n *= 2) {
                // Any aligned block of n points will do, not only the first.
                uint32_t start = (uint32_t)seed * n;
                unsigned char hit[1024] = {0};
                for (uint32_t i = 0; i < n; i++) {
                    double x = hn_sobol(seed, dims[j], start + i);
                    assert_true(x > 0 && x < 1);
                    hit[(int)(x * n)]++;
                }
                for (uint32_t i = 0; i < n; i++)
                    assert_int_equal(hit[i], 1);
            }
        }
    }
}

static void the_first_two_dimensions_stay_a_net(void **state)
{
    (void)state;
    // Dimensions 0 and 1 are a (0, 2)-sequence: each of the 2^a × 2^b boxes holds one of 256.
    for (uint64_t seed = 10; seed < 15; seed++) {
        for (int a = 0; a <= 8; a++) {
            int across = 1 << a, down = 1 << (8 - a);
            unsigned char hit[256] = {0};
            for (uint32_t i = 0; i < 256; i++)
                hit[(int)(hn_sobol(seed, 0, i) * across) * down +
                    (int)(hn_sobol(seed, 1, i) * down)]++;
            for (int i = 0; i < 256; i++)
                assert_int_equal(hit[i], 1);
        }
    }
}

static void scrambling_is_uniform_over_seeds(void **state)
{
    (void)state;
    enum { SEEDS = 20000, CELLS = 16 };
    // A single point, also the first, is uniform when the seed is random.
    static const uint32_t indices[] = {0, 1, 77};
    for (int k = 0; k < 3; k++) {
        int counts[CELLS] = {0};
        double chi2 = 0, covariance = 0;
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            double x = hn_sobol(seed, 3, indices[k]);
            counts[(int)(x * CELLS)]++;
            covariance += (x - 0.5) * (hn_sobol(seed, 4, indices[k]) - 0.5);
        }
        for (int i = 0; i < CELLS; i++)
            chi2 += pow(counts[i] - SEEDS / CELLS, 2) / (SEEDS / CELLS);
        assert_true(chi2 > 1 && chi2 < 50); // 15 degrees of freedom
        assert_true(fabs(covariance / SEEDS) < 4.5 / 12 / sqrt(SEEDS));
    }
}

static void it_integrates_better_than_chance(void **state)
{
    (void)state;
    enum { N = 1024, DIMS = 8 };
    // The integral of Π (1 + (x - 1/2) / 2) is 1; N uniforms miss it by about 0.013.
    for (uint64_t seed = 0; seed < 10; seed++) {
        double sum = 0;
        for (uint32_t i = 0; i < N; i++) {
            double product = 1;
            for (uint32_t dim = 0; dim < DIMS; dim++)
                product *= 1 + (hn_sobol(seed, dim, i) - 0.5) / 2;
            sum += product;
        }
        assert_true(fabs(sum / N - 1) < 0.002);
    }
}

static void seeds_and_dimensions_differ(void **state)
{
    (void)state;
    int same = 0;
    for (uint32_t i = 0; i < 100; i++) {
        same += hn_sobol(1, 5, i) == hn_sobol(2, 5, i);
        same += hn_sobol(1, 5, i) == hn_sobol(1, 6, i);
        assert_true(hn_sobol(1, 5, i) == hn_sobol(1, 5, i));
    }
    assert_int_equal(same, 0);
    // Not only the shift differs: distances between points do, too.
    double a = hn_sobol(1, 5, 1) - hn_sobol(1, 5, 2), b = hn_sobol(2, 5, 1) - hn_sobol(2, 5, 2);
    assert_true(fabs(fabs(a) - fabs(b)) > 1e-9);
    // Pinned: part of the reproducibility promise.
    assert_true(hn_sobol(0, 0, 0) == 0x1.be9f2d7d42bcep-2);
    assert_true(hn_sobol(7, 255, 123456789) == 0x1.eced6a52a3d7p-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_points),
        cmocka_unit_test(all_dimensions_agree),
        cmocka_unit_test(each_stratum_gets_one_point),
        cmocka_unit_test(the_first_two_dimensions_stay_a_net),
        cmocka_unit_test(scrambling_is_uniform_over_seeds),
        cmocka_unit_test(it_integrates_better_than_chance),
        cmocka_unit_test(seeds_and_dimensions_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
