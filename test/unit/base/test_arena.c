// Arena: alignment, marks, reset, sticky failure.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdalign.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"

static void allocations_are_aligned_and_apart(void **state)
{
    (void)state;
    enum { N = 3000 };
    hn_arena arena = HN_ARENA_INIT;
    unsigned char *p[N];
    size_t sizes[N], sum = 0;
    for (int i = 0; i < N; i++) {
        sizes[i] = (size_t)(i * 7919 % 257);
        if (i % 500 == 499)
            sizes[i] = 100000;
        p[i] = hn_arena_alloc(&arena, sizes[i]);
        assert_non_null(p[i]);
        assert_int_equal((uintptr_t)p[i] % alignof(max_align_t), 0);
        memset(p[i], i % 251, sizes[i]);
        sum += sizes[i];
    }
    for (int i = 0; i < N; i++) {
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(p[i][j], i % 251);
    }
    assert_int_equal(arena.n_bytes, sum);
    assert_false(hn_arena_failed(&arena));
    hn_arena_free(&arena);
    assert_null(arena.head);
    assert_int_equal(arena.n_bytes, 0);
}

static void zero_sizes_succeed(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    assert_non_null(hn_arena_alloc(&arena, 0));
    assert_non_null(hn_arena_zalloc(&arena, 0, 8));
    assert_non_null(HN_NEW(&arena, double, 0));
    assert_non_null(hn_arena_memdup(&arena, NULL, 0));
    assert_false(hn_arena_failed(&arena));
    hn_arena_free(&arena);
    hn_arena_free(&arena); // twice is harmless
}

static void helpers_copy(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    assert_string_equal(hn_arena_strdup(&arena, "text"), "text");
    assert_null(hn_arena_strdup(&arena, NULL));
    assert_null(hn_arena_strndup(&arena, NULL, 3));
    assert_false(hn_arena_failed(&arena)); // NULL is not a failure
    assert_string_equal(hn_arena_strndup(&arena, "text", 2), "te");
    assert_string_equal(hn_arena_strndup(&arena, "text", 99), "text");
    assert_string_equal(hn_arena_printf(&arena, "%s-%05d", "a", 42), "a-00042");
    assert_string_equal(hn_arena_printf(&arena, "%s", ""), "");
    char *wide = hn_arena_printf(&arena, "%9000d", 1);
    assert_int_equal(strlen(wide), 9000);
    int data[3] = {1, 2, 3};
    assert_memory_equal(hn_arena_memdup(&arena, data, sizeof data), data, sizeof data);
    double *zeros = HN_ZNEW(&arena, double, 1000);
    for (int i = 0; i < 1000; i++)
        assert_true(zeros[i] == 0);
    hn_arena_free(&arena);
}

static void overflow_is_sticky(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    assert_non_null(hn_arena_alloc(&arena, 8));
    assert_null(HN_NEW(&arena, double, SIZE_MAX / 4));
    assert_true(hn_arena_failed(&arena));
    assert_null(hn_arena_alloc(&arena, 1));
    assert_null(hn_arena_strdup(&arena, "x"));
    assert_null(hn_arena_printf(&arena, "x"));
    assert_null(hn_arena_memdup(&arena, "x", 1));
    assert_null(HN_ZNEW(&arena, int, 1));
    hn_arena_reset(&arena);
    assert_false(hn_arena_failed(&arena));
    assert_non_null(hn_arena_alloc(&arena, 1));
    assert_null(hn_arena_alloc(&arena, SIZE_MAX));
    assert_true(hn_arena_failed(&arena));
    hn_arena_reset(&arena);
    assert_null(hn_arena_alloc(&arena, SIZE_MAX - 40));
    hn_arena_reset(&arena);
    assert_null(hn_arena_zalloc(&arena, SIZE_MAX / 2, 4));
    hn_arena_free(&arena);
    assert_false(hn_arena_failed(&arena));
}

static void rewinding_frees_what_came_after(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    hn_arena_mark start = hn_arena_get_mark(&arena);
    char *kept = hn_arena_strdup(&arena, "kept");
    hn_arena_mark mark = hn_arena_get_mark(&arena);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 50; i++)
            memset(hn_arena_alloc(&arena, 1000), 'x', 1000);
        assert_int_equal(arena.n_bytes, 5 + 50000);
        hn_arena_rewind(&arena, mark);
        assert_int_equal(arena.n_bytes, 5);
        assert_string_equal(kept, "kept");
    }
    // What is taken after a rewind does not touch what was kept.
    memset(hn_arena_alloc(&arena, 3000), 'y', 3000);
    assert_string_equal(kept, "kept");
    assert_null(hn_arena_alloc(&arena, SIZE_MAX));
    hn_arena_rewind(&arena, start);
    assert_true(hn_arena_failed(&arena)); // rewinding keeps the flag
    assert_int_equal(arena.n_bytes, 0);
    hn_arena_reset(&arena);
    assert_non_null(hn_arena_alloc(&arena, 10));
    hn_arena_free(&arena);
}

static void nested_marks(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    for (int size = 10; size < 100000; size *= 10) {
        hn_arena_mark outer = hn_arena_get_mark(&arena);
        char *a = memset(hn_arena_alloc(&arena, (size_t)size), 'a', (size_t)size);
        hn_arena_mark inner = hn_arena_get_mark(&arena);
        memset(hn_arena_alloc(&arena, (size_t)size * 3), 'b', (size_t)size * 3);
        hn_arena_rewind(&arena, inner);
        memset(hn_arena_alloc(&arena, (size_t)size), 'c', (size_t)size);
        for (int i = 0; i < size; i++)
            assert_int_equal(a[i], 'a');
        hn_arena_rewind(&arena, outer);
        assert_int_equal(arena.n_bytes, 0);
    }
    hn_arena_free(&arena);
}

#ifdef HONE_FAULTS
static void an_allocation_that_fails_is_sticky(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    hn_fault_arm("alloc:1");
    assert_null(hn_arena_alloc(&arena, 10));
    assert_true(hn_arena_failed(&arena));
    assert_null(hn_arena_alloc(&arena, 10)); // though malloc would work again
    hn_arena_reset(&arena);
    assert_non_null(hn_arena_alloc(&arena, 10));
    hn_fault_arm("alloc:1");
    assert_null(hn_arena_alloc(&arena, 1 << 24));
    hn_arena_reset(&arena);
    hn_fault_arm(NULL);
    assert_non_null(hn_arena_alloc(&arena, 10));
    hn_arena_free(&arena);
}

#ifndef HONE_ARENA_DEBUG
static void a_reset_keeps_a_block(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    for (int i = 0; i < 100; i++)
        hn_arena_alloc(&arena, 1000);
    hn_arena_reset(&arena);
    hn_fault_arm(NULL);
    for (int round = 0; round < 10; round++) {
        hn_arena_mark mark = hn_arena_get_mark(&arena);
        assert_non_null(hn_arena_alloc(&arena, 30000));
        hn_arena_rewind(&arena, mark);
    }
    assert_int_equal(hn_fault_count("alloc"), 0);
    hn_arena_free(&arena);
}
#endif
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_apart),
        cmocka_unit_test(zero_sizes_succeed),
        cmocka_unit_test(helpers_copy),
        cmocka_unit_test(overflow_is_sticky),
        cmocka_unit_test(rewinding_frees_what_came_after),
        cmocka_unit_test(nested_marks),
#ifdef HONE_FAULTS
        cmocka_unit_test(an_allocation_that_fails_is_sticky),
#ifndef HONE_ARENA_DEBUG
        cmocka_unit_test(a_reset_keeps_a_block),
#endif
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
