// Properties of random spaces: texts, samples, coordinates, binary form, values.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "random_space.h"

static uint64_t seed;
#define SPACE_CHECK(holds)                                                                         \
    do {                                                                                           \
        if (!(holds))                                                                              \
            fail_msg("seed %llu, line %d: %s", (unsigned long long)seed, __LINE__, #holds);        \
    } while (0)
#include "checks.h"

static void random_spaces_keep_all_properties(void **state)
{
    (void)state;
    int n_spaces = 0, n_params = 0, n_conditions = 0;
    for (seed = 1; seed <= 1500; seed++) {
        hone_space *space = random_space(seed, 8, true);
        if (!space)
            continue;
        n_spaces++;
        n_params += (int)space->n_params;
        for (uint32_t i = 0; i < space->n_params; i++)
            n_conditions += space->params[i].condition != NULL;
        check_space(space, 4);
        hone_space_destroy(space);
    }
    // The generator must not have become one that makes nothing.
    assert_true(n_spaces > 800);
    assert_true(n_params > 3000);
    assert_true(n_conditions > 500);
}

// Where a space is small, counting its distinct samples' universe by hand gives the cardinality.
static void cardinality_counts_distinct_configurations(void **state)
{
    (void)state;
    int n_checked = 0;
    for (seed = 1; seed <= 4000 && n_checked < 200; seed++) {
        hone_space *space = random_space(seed, 3, false);
        if (!space)
            continue;
        double raw = 1;
        for (uint32_t i = 0; i < space->n_params; i++) {
            bool finite = space->params[i].type != HONE_PARAM_FLOAT &&
                          space->params[i].type != HONE_PARAM_SIMPLEX;
            raw *= finite ? hn_grid_size(&space->params[i], 2) : INFINITY;
        }
        if (raw <= 3000 && !space->is_bound) {
            hn_arena arena = HN_ARENA_INIT;
            hn_config *seen = HN_NEW(&arena, hn_config, (size_t)raw);
            size_t n_seen = 0;
            SPACE_CHECK(seen != NULL);
            for (uint64_t k = 0; k < (uint64_t)raw; k++) {
                hn_config c = hn_config_new(&arena, space);
                uint64_t rest = k;
                for (uint32_t i = 0; i < space->n_params; i++) {
                    const hn_param *p = &space->params[i];
                    uint32_t n = hn_grid_size(p, 2);
                    hn_grid_value(p, 2, (uint32_t)(rest % n), c.slots + p->slot);
                    rest /= n;
                }
                hn_space_activate(space, c);
                bool is_new = true;
                for (size_t i = 0; i < n_seen && is_new; i++)
                    is_new = !hn_config_equal(space, seen[i], c);
                if (is_new)
                    seen[n_seen++] = c;
            }
            SPACE_CHECK(space->cardinality == (double)n_seen);
            n_checked++;
            hn_arena_free(&arena);
        }
        hone_space_destroy(space);
    }
    assert_true(n_checked >= 100);
}

static hn_slot *values_of(hn_arena *arena, const hone_space *space, const char *name,
                          uint32_t trial)
{
    hn_config c = hn_config_new(arena, space);
    hn_rng rng = hn_rng_make(99, HN_PURPOSE_PRIOR, trial);
    SPACE_CHECK(c.slots && hn_space_sample(space, &rng, c, NULL, NULL) == HONE_OK);
    return c.slots + hn_space_find(space, name)->slot;
}

// A parameter's values do not depend on the others or on the order of declaration.
static void streams_are_independent(void **state)
{
    (void)state;
    for (seed = 1; seed <= 300; seed++) {
        hone_space *space = random_space(seed, 8, false), *other = NULL;
        if (!space)
            continue;
        SPACE_CHECK(hone_space_create(&other, NULL) == HONE_OK);
        SPACE_CHECK(hone_space_add(other, "more", "simplex:5", NULL) == HONE_OK);
        for (uint32_t i = space->n_params; i-- > 0;)
            SPACE_CHECK(hone_space_add(other, space->params[i].name, space->params[i].spec, NULL) ==
                        HONE_OK);
        SPACE_CHECK(hone_space_seal(other, NULL) == HONE_OK);
        hn_arena arena = HN_ARENA_INIT;
        for (uint32_t trial = 0; trial < 5; trial++) {
            for (uint32_t i = 0; i < space->n_params; i++) {
                const hn_param *p = &space->params[i];
                const hn_slot *a = values_of(&arena, space, p->name, trial);
                const hn_slot *b = values_of(&arena, other, p->name, trial);
                SPACE_CHECK(memcmp(a, b, p->n_slots * sizeof *a) == 0);
            }
        }
        hn_arena_free(&arena);
        hone_space_destroy(other);
        hone_space_destroy(space);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_spaces_keep_all_properties),
        cmocka_unit_test(cardinality_counts_distinct_configurations),
        cmocka_unit_test(streams_are_independent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
