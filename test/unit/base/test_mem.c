// Allocation: overflow, size zero, copies.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"

static void size_zero_is_not_out_of_memory(void **state)
{
    (void)state;
    void *a = hn_malloc(0), *b = hn_calloc(0, 8), *c = hn_realloc(NULL, 0);
    void *d = hn_reallocarray(NULL, 0, 8);
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
    assert_non_null(d);
    c = hn_realloc(c, 0);
    assert_non_null(c);
    hn_free(a);
    hn_free(b);
    hn_free(c);
    hn_free(d);
    hn_free(NULL);
}

static void overflow_is_refused(void **state)
{
    (void)state;
    volatile size_t half = SIZE_MAX / 2;
    char *p = hn_malloc(3);
    strcpy(p, "ab");
    assert_null(hn_calloc(half, 3));
    assert_null(hn_reallocarray(p, half, 3));
    assert_null(hn_reallocarray(p, 3, half));
    assert_string_equal(p, "ab"); // still valid
    hn_free(p);
}

static void calloc_is_zeroed(void **state)
{
    (void)state;
    unsigned char *p = hn_calloc(100, 7);
    for (int i = 0; i < 700; i++)
        assert_int_equal(p[i], 0);
    hn_free(p);
}

static void realloc_keeps_the_content(void **state)
{
    (void)state;
    int *p = hn_reallocarray(NULL, 4, sizeof *p);
    for (int i = 0; i < 4; i++)
        p[i] = i;
    p = hn_reallocarray(p, 10000, sizeof *p);
    for (int i = 0; i < 4; i++)
        assert_int_equal(p[i], i);
    hn_free(p);
}

static void texts_are_copied(void **state)
{
    (void)state;
    const char raw[3] = {'a', 'b', 'c'}; // not terminated
    char *a = hn_strdup("hello"), *b = hn_strndup("hello", 3), *c = hn_strndup("hi", 100);
    char *d = hn_strndup(raw, 3), *e = hn_strdup("");
    assert_string_equal(a, "hello");
    assert_string_equal(b, "hel");
    assert_string_equal(c, "hi");
    assert_memory_equal(d, "abc", 4);
    assert_string_equal(e, "");
    hn_free(a);
    hn_free(b);
    hn_free(c);
    hn_free(d);
    hn_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_zero_is_not_out_of_memory),
        cmocka_unit_test(overflow_is_refused),
        cmocka_unit_test(calloc_is_zeroed),
        cmocka_unit_test(realloc_keeps_the_content),
        cmocka_unit_test(texts_are_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
