// The cache that samplers share.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/evidence.h"

typedef struct thing {
    int n;
    char name;
    char *order; // where endings are written
} thing;

static void end_thing(void *data)
{
    thing *t = data;
    char text[2] = {t->name, '\0'};
    if (t->order)
        strcat(t->order, text);
}

static thing *get(hn_cache *cache, const char *key)
{
    return hn_cache_get(cache, key, sizeof(thing), end_thing);
}

static void equal_keys_share_one_entry(void **state)
{
    (void)state;
    hn_cache cache = {0};
    thing *a = get(&cache, "a"), *b = get(&cache, "b");
    char key[16];
    assert_non_null(a);
    assert_int_equal(a->n, 0);
    assert_ptr_not_equal(a, b);
    a->n = 7;
    for (int i = 0; i < 100; i++) { // they stay where they are
        (void)snprintf(key, sizeof key, "other %d", i);
        assert_non_null(get(&cache, key));
    }
    assert_ptr_equal(get(&cache, "a"), a);
    assert_int_equal(get(&cache, "a")->n, 7);
    hn_cache_free(&cache);
    assert_int_equal(cache.entries.n, 0);
}

static void the_newest_ends_first(void **state)
{
    (void)state;
    hn_cache cache = {0};
    char order[8] = "";
    for (char name = 'a'; name <= 'd'; name++) {
        char key[2] = {name, '\0'};
        thing *t = get(&cache, key);
        t->name = name;
        t->order = order;
    }
    hn_cache_free(&cache);
    assert_string_equal(order, "dcba");
    hn_cache_free(&cache);
}

static void a_problem_without_a_cache_leaves_each_its_own(void **state)
{
    (void)state;
    hn_cache shared = {0}, own = {0};
    hn_problem problem = {.cache = &shared};
    assert_ptr_equal(hn_cache_for(&problem, &own), &shared);
    problem.cache = NULL;
    assert_ptr_equal(hn_cache_for(&problem, &own), &own);
    assert_ptr_equal(hn_evidence_of(&shared), hn_evidence_of(&shared));
    assert_ptr_not_equal(hn_evidence_of(&shared), hn_evidence_of(&own));
    hn_cache_free(&shared);
    hn_cache_free(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_keys_share_one_entry),
        cmocka_unit_test(the_newest_ends_first),
        cmocka_unit_test(a_problem_without_a_cache_leaves_each_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
