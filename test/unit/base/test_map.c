// The hash map.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/map.h"

static void put_and_get(void **state)
{
    (void)state;
    hn_map map = HN_MAP_INIT;
    uint64_t value = 99;
    assert_false(hn_map_get(&map, "a", &value));
    assert_int_equal(value, 99);
    assert_true(hn_map_put(&map, "a", 1));
    assert_true(hn_map_put(&map, "", 2));
    assert_true(hn_map_put(&map, "a", UINT64_MAX)); // replaces
    assert_int_equal(map.n, 2);
    assert_true(hn_map_get(&map, "a", &value));
    assert_true(value == UINT64_MAX);
    assert_true(hn_map_get(&map, "", &value));
    assert_int_equal(value, 2);
    assert_true(hn_map_get(&map, "a", NULL));
    assert_false(hn_map_get(&map, "b", NULL));
    hn_map_free(&map);
    assert_int_equal(map.n, 0);
    hn_map_free(&map);
}

static void keys_are_copied_and_prefixes_differ(void **state)
{
    (void)state;
    hn_map map = HN_MAP_INIT;
    char key[] = "layer.width";
    uint64_t value;
    assert_true(hn_map_put(&map, key, 5));
    key[0] = 'X';
    assert_true(hn_map_get(&map, "layer.width", &value));
    assert_true(hn_map_put(&map, "layer", 6));
    assert_true(hn_map_get_n(&map, "layer.width", 5, &value));
    assert_int_equal(value, 6);
    assert_false(hn_map_get_n(&map, "layer.width", 7, &value));
    assert_false(hn_map_get_n(&map, "layer", 0, &value));
    hn_map_free(&map);
}

static void many_keys(void **state)
{
    (void)state;
    enum { N = 20000 };
    hn_map map = HN_MAP_INIT;
    char key[32];
    for (int i = 0; i < N; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_true(hn_map_put(&map, key, (uint64_t)i));
    }
    assert_int_equal(map.n, N);
    assert_true(map.cap * 2 >= map.n * 3);
    for (int i = 0; i < N; i++) {
        uint64_t value;
        snprintf(key, sizeof key, "k%d", i);
        assert_true(hn_map_get(&map, key, &value));
        assert_int_equal(value, i);
        snprintf(key, sizeof key, "k%d", N + i);
        assert_false(hn_map_get(&map, key, &value));
    }
    hn_map_free(&map);
}

#ifdef HONE_FAULTS
static void every_failed_allocation_leaves_it_whole(void **state)
{
    (void)state;
    bool failed_once = true;
    for (int nth = 1; failed_once; nth++) {
        hn_map map = HN_MAP_INIT;
        char spec[32], key[16];
        int put = 0;
        failed_once = false;
        snprintf(spec, sizeof spec, "alloc:%d", nth);
        hn_fault_arm(spec);
        for (int i = 0; i < 40; i++) {
            snprintf(key, sizeof key, "%d", i);
            if (hn_map_put(&map, key, (uint64_t)i)) {
                put++;
                continue;
            }
            failed_once = true;
            assert_false(hn_map_get(&map, key, NULL));
        }
        assert_int_equal(map.n, put);
        assert_int_equal(put, failed_once ? 39 : 40);
        for (int i = 0, found = 0; i < 40; i++) {
            uint64_t value;
            snprintf(key, sizeof key, "%d", i);
            if (hn_map_get(&map, key, &value))
                assert_int_equal(value, i);
            else
                assert_int_equal(++found, 1);
        }
        hn_map_free(&map);
    }
    hn_fault_arm(NULL);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_and_get),
        cmocka_unit_test(keys_are_copied_and_prefixes_differ),
        cmocka_unit_test(many_keys),
#ifdef HONE_FAULTS
        cmocka_unit_test(every_failed_allocation_leaves_it_whole),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
