// Crowding distances, reference points, and niches.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "num/niche.h"

static void the_ends_of_a_front_are_not_crowded(void **state)
{
    (void)state;
    // A front from (0, 10) to (10, 0), in no order.
    static const double values[] = {4, 2, 0, 10, 1, 8, 10, 0};
    double out[4];
    hn_arena arena = HN_ARENA_INIT;
    assert_true(hn_crowding(values, 4, 2, out, &arena));
    assert_true(isinf(out[1]) && isinf(out[3]));
    assert_true(fabs(out[0] - (0.9 + 0.8)) < 1e-12);
    assert_true(fabs(out[2] - (0.4 + 0.8)) < 1e-12);
    // Infinite values, and objectives that do not differ, are no numbers that matter.
    static const double odd[] = {INFINITY, 1, 3, 1, -INFINITY, 1};
    assert_true(hn_crowding(odd, 3, 2, out, &arena));
    for (int i = 0; i < 3; i++)
        assert_true(out[i] >= 0);
    assert_true(hn_crowding(odd, 1, 2, out, &arena) && hn_crowding(odd, 0, 2, out, &arena));
    hn_arena_free(&arena);
}

static void reference_points_fill_the_simplex(void **state)
{
    (void)state;
    static const double three[] = {1, 0, 0, .5, .5, 0, .5, 0, .5, 0, 1, 0, 0, .5, .5, 0, 0, 1};
    double out[6 * 3], many[91 * 3];
    assert_int_equal(hn_reference_count(3, 2), 6);
    hn_reference_points(3, 2, out);
    assert_memory_equal(out, three, sizeof three);
    assert_int_equal(hn_reference_count(3, 12), 91);
    hn_reference_points(3, 12, many);
    for (int i = 0; i < 91; i++) {
        assert_true(fabs(many[3 * i] + many[3 * i + 1] + many[3 * i + 2] - 1) < 1e-12);
        for (int k = 0; k < i; k++)
            assert_true(memcmp(many + 3 * i, many + 3 * k, 3 * sizeof *many) != 0);
    }
    assert_int_equal(hn_reference_count(1, 5), 1);
    assert_int_equal(hn_reference_count(20, 100), UINT32_MAX);
}

// Four lines, each with a point near it and many near the first: one of each is chosen.
static void every_niche_gets_a_point(void **state)
{
    (void)state;
    enum { N = 23, LINES = 4 };
    double values[N * 2], lines[LINES * 2];
    uint32_t chosen[LINES];
    bool seen[LINES] = {false};
    hn_arena arena = HN_ARENA_INIT;
    hn_reference_points(2, LINES - 1, lines);
    for (int i = 0; i < N; i++) {
        const double *line = lines + 2 * (i < LINES ? LINES - 1 - i : 0);
        values[2 * i] = 1000 * (line[0] + (i >= LINES ? 0.001 * i : 0));
        values[2 * i + 1] = line[1] + (i >= LINES ? 0.001 * i : 0);
    }
    hn_niching task = {values, N, 2, 0, LINES, lines, LINES, hn_rng_make(1, HN_PURPOSE_TEST, 0)};
    assert_true(hn_niche_choose(&task, chosen, &arena));
    for (int k = 0; k < LINES; k++) {
        assert_true(chosen[k] < LINES); // the nearest of each
        assert_false(seen[chosen[k]]);
        seen[chosen[k]] = true;
    }
    // With those in, all others can only be near the first line.
    task.n_in = LINES;
    task.wanted = 3;
    assert_true(hn_niche_choose(&task, chosen, &arena));
    for (int k = 0; k < 3; k++)
        assert_true(chosen[k] >= LINES);
    // One value for all, and infinities.
    for (int i = 0; i < 2 * N; i++)
        values[i] = i % 5 == 0 ? INFINITY : 1;
    assert_true(hn_niche_choose(&task, chosen, &arena));
    hn_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ends_of_a_front_are_not_crowded),
        cmocka_unit_test(reference_points_fill_the_simplex),
        cmocka_unit_test(every_niche_gets_a_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
