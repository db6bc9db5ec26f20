// num/single.h beside the C library in double precision, and that rows and places do not matter.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "num/rng.h"
#include "num/single.h"

enum { N = 9 * HN_SINGLE_ROW }; // two pieces and a part

typedef struct bed {
    float base[N], mean[N], steep[N], choice[N], out[N];
} bed;

static double random_between(uint32_t i, uint32_t lane, double low, double high)
{
    hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, 0);
    return low + (high - low) * hn_rng_uniform(&rng, i, 0, lane);
}

static void fill(bed *b)
{
    for (uint32_t i = 0; i < N; i++) {
        b->base[i] = (float)random_between(i, 0, -20, 5);
        b->mean[i] = (float)random_between(i, 1, -0.5, 0.5);
        b->steep[i] = (float)random_between(i, 2, 1, 100);
        b->choice[i] = (float)floor(random_between(i, 3, 0, 3));
    }
    b->base[17] = -INFINITY;
}

static void logs_are_the_formula(void **state)
{
    static bed b;
    (void)state;
    fill(&b);
    const hn_single_factor factors[3] = {
        {.mean = b.mean, .steep = b.steep, .at = 0.25f, .half = 0.125f},
        {.mean = b.choice, .at = 2, .same = -0.5f, .other = -3},
        {.mean = b.mean, .steep = b.steep, .at = -0.25f},
    };
    float greatest = hn_single_logs(b.base, factors, 3, N, b.out), most = -INFINITY;
    for (uint32_t i = 0; i < N; i++) {
        double z1 = fmax(0, fabs(0.25 - b.mean[i]) - 0.125) * b.steep[i];
        double z2 = (-0.25 - b.mean[i]) * b.steep[i];
        double want = b.base[i] - z1 * z1 / 2 - z2 * z2 / 2 + (b.choice[i] == 2 ? -0.5 : -3);
        most = b.out[i] > most ? b.out[i] : most;
        if (i == 17)
            assert_true(b.out[i] == -INFINITY);
        else if (!(fabs(b.out[i] - want) <= 1e-6 * (10 + fabs(want))))
            fail_msg("%u: %.9g instead of %.9g", i, (double)b.out[i], want);
    }
    assert_true(greatest == most);
    assert_true(hn_single_logs(b.base, factors + 1, 2, HN_SINGLE_ROW, b.out) < 5);
    assert_true(hn_single_logs(b.base, factors, 1, 0, b.out) == -INFINITY);
}

static void a_sum_of_exponentials(void **state)
{
    static bed b;
    (void)state;
    fill(&b);
    for (uint32_t scale = 1; scale <= 30; scale++) {
        double want = 0;
        for (uint32_t i = 0; i < N; i++) {
            b.out[i] = (float)(scale * random_between(i, 4, -3, 0)) + 7;
            want += exp((double)b.out[i] - 7);
        }
        double got = hn_single_exp_sum(b.out, 7, N);
        if (!(fabs(got / want - 1) < 5e-6))
            fail_msg("scale %u: %.12g instead of %.12g", scale, got, want);
    }
    for (uint32_t i = 0; i < N; i++)
        b.out[i] = i ? -INFINITY : 2;
    assert_true(fabs(hn_single_exp_sum(b.out, 2, N) - 1) < 1e-6);
}

// Cells narrow and wide, near and far: each alone in the sum.
static void masses_of_cells(void **state)
{
    static bed b;
    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        double half = (float)exp(random_between(i, 5, -12, -0.5));
        double steep = (float)random_between(i, 6, 1, 100);
        double a = random_between(i, 7, -0.7 * half * steep, 13), mean = (float)(a / steep + half);
        for (uint32_t k = 0; k < HN_SINGLE_PART; k++) {
            b.out[k] = k == 5 ? 0 : -INFINITY;
            b.mean[k] = (float)mean;
            b.steep[k] = (float)steep;
            b.choice[k] = 1.25f;
        }
        const hn_single_cell cells[2] = {{b.mean, b.steep, b.choice, 0, (float)half},
                                         {b.mean, b.steep, b.choice, (float)mean, 8}};
        a = (mean - half) * steep; // below zero inside the cell
        double from = fmax(a, 0), to = a + 2 * half * steep;
        double want = a > 0 ? 0.5 * (erfc(a * sqrt(0.5)) - erfc(to * sqrt(0.5)))
                            : 0.5 * (erf(to * sqrt(0.5)) - erf(a * sqrt(0.5)));
        want *= exp(from * from / 2) * 1.25;
        double got = hn_single_cell_sum(b.out, 0, cells, 1, HN_SINGLE_PART);
        // What the places' rounding does to the nearer end, and what erfc loses in the difference.
        double allowed = 3e-5 + 2e-7 * (1 + from) * mean * steep + 1e-13 / (2 * half * steep);
        if (!(fabs(got / want - 1) < allowed))
            fail_msg("from %.6g to %.6g: %.9g instead of %.9g", a, to, got, want);
        got = hn_single_cell_sum(b.out, 0, cells, 2, HN_SINGLE_PART);
        want *= 1.25; // the other cell has all of its normal
        if (!(fabs(got / want - 1) < 2 * allowed))
            fail_msg("with another: %.9g instead of %.9g", got, want);
    }
}

static void what_is_above(void **state)
{
    static bed b;
    uint32_t found[N];
    (void)state;
    fill(&b);
    for (int least = -21; least <= 6; least++) {
        size_t n = hn_single_above(b.base, (float)least, N, found), k = 0;
        for (uint32_t i = 0; i < N; i++)
            if (b.base[i] > (float)least)
                assert_true(k < n && found[k++] == i);
        assert_true(k == n);
    }
    assert_true(hn_single_above(b.base, b.base[5], HN_SINGLE_ROW, found) < HN_SINGLE_ROW);
}

// A hash of bits that would change with the width of the registers or with fused steps.
static void the_bits_are_the_same_everywhere(void **state)
{
    static bed b;
    uint64_t hash = 14695981039346656037u, bits;
    (void)state;
    fill(&b);
    const hn_single_factor factor = {.mean = b.mean, .steep = b.steep, .at = 0.1f, .half = 0.01f};
    float greatest = hn_single_logs(b.base, &factor, 1, N, b.out);
    double sum = hn_single_exp_sum(b.out, greatest, N);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t one;
        memcpy(&one, &b.out[i], sizeof one);
        hash = (hash ^ one) * 1099511628211u;
    }
    memcpy(&bits, &sum, sizeof bits);
    hash = (hash ^ bits) * 1099511628211u;
    const hn_single_cell cell = {b.mean, b.steep, b.steep, 0.1f, 0.01f};
    sum = hn_single_cell_sum(b.out, greatest, &cell, 1, N);
    memcpy(&bits, &sum, sizeof bits);
    hash = (hash ^ bits) * 1099511628211u;
    if (hash != UINT64_C(0x7f7cc74946dfc4da))
        fail_msg("%#llx", (unsigned long long)hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_are_the_formula),
        cmocka_unit_test(a_sum_of_exponentials),
        cmocka_unit_test(masses_of_cells),
        cmocka_unit_test(what_is_above),
        cmocka_unit_test(the_bits_are_the_same_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
