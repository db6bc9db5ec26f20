// The generator against the published vectors of Random123, and pinned numbers of our own keys.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "num/rng.h"

static void published_vectors(void **state)
{
    (void)state;
    static const struct {
        uint32_t ctr[4], key[2], out[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t ctr[4];
        memcpy(ctr, cases[i].ctr, sizeof ctr);
        hn_philox4x32(ctr, cases[i].key);
        assert_memory_equal(ctr, cases[i].out, sizeof ctr);
    }
}

// These numbers are the reproducibility promise: a change of them changes every seeded study.
static void pinned_numbers(void **state)
{
    (void)state;
    hn_rng rng = hn_rng_make(0, HN_PURPOSE_SUGGEST, 0);
    assert_true(rng.key[0] == 0x4d197e6fu && rng.key[1] == 0xa706dd2fu && rng.trial == 0);
    assert_true(hn_rng_u64(&rng, 0, 0, 0) == 0xf8dc1230f1b644d8u);
    rng = hn_rng_make(0x0123456789abcdefu, HN_PURPOSE_PRIOR, 17);
    assert_true(rng.key[0] == 0xe781cde0u && rng.key[1] == 0x498d3e51u && rng.trial == 17);
    assert_true(hn_rng_u64(&rng, 0xdeadbeef, 3, 5) == 0xc65d1d6e33939237u);
    assert_true(hn_rng_uniform(&rng, 0xdeadbeef, 3, 5) == 0.7748583215757904);
    assert_true(hn_rng_below(&rng, 0xdeadbeef, 3, 5, 1000) == 774);
}

static void purposes_are_pinned(void **state)
{
    (void)state;
    assert_int_equal(HN_PURPOSE_SUGGEST, 1);
    assert_int_equal(HN_PURPOSE_PRIOR, 2);
    assert_int_equal(HN_PURPOSE_SHUFFLE, 3);
    assert_int_equal(HN_PURPOSE_SCRAMBLE, 4);
    assert_int_equal(HN_PURPOSE_TRIAL, 5);
    assert_int_equal(HN_PURPOSE_SCHEDULE, 6);
    assert_int_equal(HN_PURPOSE_TEST, 7);
}

static void every_coordinate_makes_another_stream(void **state)
{
    (void)state;
    uint64_t seen[7];
    hn_rng a = hn_rng_make(1, HN_PURPOSE_TEST, 2), b = hn_rng_make(2, HN_PURPOSE_TEST, 2);
    hn_rng c = hn_rng_make(1, HN_PURPOSE_PRIOR, 2), d = hn_rng_make(1, HN_PURPOSE_TEST, 3);
    seen[0] = hn_rng_u64(&a, 0, 0, 0);
    seen[1] = hn_rng_u64(&b, 0, 0, 0);
    seen[2] = hn_rng_u64(&c, 0, 0, 0);
    seen[3] = hn_rng_u64(&d, 0, 0, 0);
    seen[4] = hn_rng_u64(&a, 1, 0, 0);
    seen[5] = hn_rng_u64(&a, 0, 1, 0);
    seen[6] = hn_rng_u64(&a, 0, 0, 1);
    for (int i = 0; i < 7; i++) {
        for (int j = 0; j < i; j++)
            assert_true(seen[i] != seen[j]);
    }
    assert_true(hn_rng_u64(&a, 0, 0, 0) == seen[0]); // no state
}

static void uniforms_are_uniform(void **state)
{
    (void)state;
    enum { N = 100000, CELLS = 100 };
    int counts[CELLS] = {0};
    double sum = 0, squares = 0, lagged = 0, last = 0.5;
    hn_rng rng = hn_rng_make(42, HN_PURPOSE_TEST, 0);
    for (uint32_t i = 0; i < N; i++) {
        double u = hn_rng_uniform(&rng, 7, 0, i);
        assert_true(u > 0 && u < 1);
        counts[(int)(u * CELLS)]++;
        sum += u - 0.5;
        squares += (u - 0.5) * (u - 0.5);
        lagged += (u - 0.5) * (last - 0.5);
        last = u;
    }
    double chi2 = 0;
    for (int i = 0; i < CELLS; i++)
        chi2 += pow(counts[i] - N / CELLS, 2) / (N / CELLS);
    assert_true(chi2 > 50 && chi2 < 165); // 99 degrees of freedom, beyond four deviations
    assert_true(fabs(sum / N) < 4.5 * sqrt(1.0 / 12 / N));
    assert_true(fabs(squares / N - 1.0 / 12) < 4.5 * sqrt(1.0 / 180 / N));
    assert_true(fabs(lagged / N) < 4.5 / 12 / sqrt(N));
}

static void below_covers_its_range(void **state)
{
    (void)state;
    hn_rng rng = hn_rng_make(3, HN_PURPOSE_TEST, 1);
    int counts[7] = {0};
    for (uint32_t i = 0; i < 70000; i++) {
        assert_true(hn_rng_below(&rng, 0, 0, i, 1) == 0);
        uint64_t k = hn_rng_below(&rng, 0, 1, i, 7);
        assert_true(k < 7);
        counts[k]++;
        assert_true(hn_rng_below(&rng, 0, 2, i, UINT64_MAX) < UINT64_MAX);
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(counts[i], 10000 - 450, 10000 + 450);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(pinned_numbers),
        cmocka_unit_test(purposes_are_pinned),
        cmocka_unit_test(every_coordinate_makes_another_stream),
        cmocka_unit_test(uniforms_are_uniform),
        cmocka_unit_test(below_covers_its_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
