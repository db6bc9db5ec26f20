// Children of random configurations of random spaces.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "random_space.h"
#include "space/offspring.h"

static bool same_value(const hone_space *space, uint32_t i, hn_config a, hn_config b)
{
    const hn_param *p = &space->params[i];
    return hn_active(a.active, i) == hn_active(b.active, i) &&
           memcmp(a.slots + p->slot, b.slots + p->slot, p->n_slots * sizeof *a.slots) == 0;
}

// Has it another value than this one?
static bool has_others(const hone_space *space, const hn_param *p)
{
    (void)space;
    if (p->type == HONE_PARAM_INT || (p->type == HONE_PARAM_FLOAT && p->step > 0))
        return p->last > 0;
    if (p->type == HONE_PARAM_FLOAT)
        return p->scale == HN_NORMAL || p->scale == HN_LOGNORMAL || p->low < p->high;
    return p->type == HONE_PARAM_SUBSET || p->n_choices > 1;
}

static void check_children(const hone_space *space, hn_config a, hn_config b, hn_config child,
                           uint32_t seed)
{
    static const hn_offspring_rule rules[] = {{0.9, 15, 0.2, 20, 0.1, false},
                                              {1, 0, 0, 20, 0, false},
                                              {0, 0, 0, 20, 0, true},
                                              {1, 3, 1, 1, 0, true}};
    hn_rng rng = hn_rng_make(seed, HN_PURPOSE_TEST, 7);
    for (uint32_t r = 0; r < 4; r++)
        for (uint32_t attempt = 0; attempt < 5; attempt++) {
            bool fits = hn_space_offspring(space, a, b, &rules[r], &rng, attempt, child);
            hone_error err = HONE_ERROR_INIT;
            if (hn_space_validate(space, child, &err) != HONE_OK)
                fail_msg("seed %u, rule %u: %s", seed, r, err.text);
            assert_int_equal(fits, hn_space_allows(space, child, NULL));
            uint32_t n_own = 0;
            for (uint32_t i = 0; i < space->n_params; i++) {
                bool of_a = same_value(space, i, child, a), of_b = same_value(space, i, child, b);
                // A swap takes values as they are, but for subsets, which mix.
                if (r == 1 && hn_active(child.active, i) && hn_active(a.active, i) &&
                    hn_active(b.active, i) && space->params[i].type != HONE_PARAM_SUBSET)
                    assert_true(of_a || of_b);
                n_own += !of_a && hn_active(a.active, i) && hn_active(child.active, i);
            }
            if (r == 2)
                assert_true(n_own <= 1);
        }
}

static void children_are_valid(void **state)
{
    (void)state;
    uint32_t n_spaces = 0;
    for (uint32_t seed = 1; seed <= 500; seed++) {
        hone_space *space = random_space(seed, 8, true);
        hn_arena arena = HN_ARENA_INIT;
        if (!space)
            continue;
        hn_config a = hn_config_new(&arena, space), b = hn_config_new(&arena, space);
        hn_config child = hn_config_new(&arena, space);
        hn_rng one = hn_rng_make(seed, HN_PURPOSE_PRIOR, 0);
        hn_rng two = hn_rng_make(seed, HN_PURPOSE_PRIOR, 1);
        if (hn_space_sample(space, &one, a, NULL, NULL) == HONE_OK &&
            hn_space_sample(space, &two, b, NULL, NULL) == HONE_OK) {
            check_children(space, a, b, child, seed);
            check_children(space, a, a, child, seed);
            n_spaces++;
        }
        hn_arena_free(&arena);
        hone_space_destroy(space);
    }
    assert_true(n_spaces > 200);
}

// Its range is wider than its type.
#define HUGE_INT "int:-4611686018427387904..4611686018427387903 step 9007199254740992"

// Each kind of parameter, alone in its space: a change that is wanted takes place.
static void a_mutation_changes_something(void **state)
{
    (void)state;
    static const char *const specs[] = {
        "0..1",   "log:1e-5..1", "0..1 step 0.5", "int:1..2",  "int:log:1..4096",
        HUGE_INT, "normal:0,1",  "lognormal:0,1", "a,b",       "ord:xs,s,m",
        "bool",   "perm:a,b,c",  "subset:a,b",    "simplex:3", "{5}"};
    static const hn_offspring_rule rule = {0, 0, 0, 20, 0, true};
    for (size_t s = 0; s < sizeof specs / sizeof *specs; s++) {
        hone_space *space = NULL;
        hone_error err = HONE_ERROR_INIT;
        hn_arena arena = HN_ARENA_INIT;
        assert_int_equal(hone_space_create(&space, &err), HONE_OK);
        if (hone_space_add(space, "x", specs[s], &err) != HONE_OK)
            fail_msg("%s: %s", specs[s], err.text);
        assert_int_equal(hone_space_seal(space, &err), HONE_OK);
        hn_config from = hn_config_new(&arena, space), to = hn_config_new(&arena, space);
        for (uint32_t k = 0; k < 200; k++) {
            hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, k);
            assert_int_equal(hn_space_sample(space, &rng, from, NULL, NULL), HONE_OK);
            assert_true(hn_space_offspring(space, from, from, &rule, &rng, 0, to));
            if (hn_config_equal(space, from, to) != !has_others(space, &space->params[0]))
                fail_msg("%s, draw %u: unchanged", specs[s], k);
        }
        hn_arena_free(&arena);
        hone_space_destroy(space);
    }
}

// Mutation of numbers stays near, and comes to both sides alike.
static void changes_of_numbers_are_small(void **state)
{
    (void)state;
    enum { N = 4000 };
    static const hn_offspring_rule rule = {0, 0, 0, 20, 0, true};
    hone_space *space = NULL;
    hn_arena arena = HN_ARENA_INIT;
    double sum = 0, squares = 0;
    assert_int_equal(hone_space_create(&space, NULL), HONE_OK);
    assert_int_equal(hone_space_add(space, "x", "0..1", NULL), HONE_OK);
    assert_int_equal(hone_space_seal(space, NULL), HONE_OK);
    hn_config from = hn_config_new(&arena, space), to = hn_config_new(&arena, space);
    hn_set_active(from.active, 0, true);
    from.slots[0].f = 0.5;
    for (uint32_t k = 0; k < N; k++) {
        hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, k);
        assert_true(hn_space_offspring(space, from, from, &rule, &rng, 0, to));
        sum += (to.slots[0].f - 0.5) / N;
        squares += pow(to.slots[0].f - 0.5, 2) / N;
    }
    assert_true(fabs(sum) < 0.005);
    assert_true(sqrt(squares) > 0.04 && sqrt(squares) < 0.08);
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_are_valid),
        cmocka_unit_test(a_mutation_changes_something),
        cmocka_unit_test(changes_of_numbers_are_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
