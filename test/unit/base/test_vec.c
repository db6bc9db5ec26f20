// Growing arrays.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/vec.h"

typedef struct pair {
    double x;
    char c;
} pair;

static void pushing_keeps_all(void **state)
{
    (void)state;
    HN_VEC(pair) v = {0};
    for (int i = 0; i < 1000; i++)
        assert_true(hn_vec_push(&v, (pair){i, (char)i}));
    assert_int_equal(v.n, 1000);
    assert_true(v.cap >= 1000 && v.cap < 2000);
    for (int i = 0; i < 1000; i++)
        assert_true(v.data[i].x == i && v.data[i].c == (char)i);
    hn_vec_clear(&v);
    assert_int_equal(v.n, 0);
    assert_true(v.cap >= 1000);
    hn_vec_free(&v);
    assert_null(v.data);
    assert_int_equal(v.cap, 0);
    hn_vec_free(&v);
}

static void reserving(void **state)
{
    (void)state;
    HN_VEC(uint32_t) v = {0};
    assert_true(hn_vec_reserve(&v, 0));
    assert_null(v.data);
    assert_true(hn_vec_reserve(&v, 5000));
    assert_true(v.cap >= 5000);
    uint32_t *data = v.data;
    for (uint32_t i = 0; i < 5000; i++)
        assert_true(hn_vec_push(&v, i));
    assert_ptr_equal(data, v.data);
    volatile size_t huge = SIZE_MAX;
    assert_false(hn_vec_reserve(&v, huge));
    assert_false(hn_vec_reserve(&v, huge / 4));
    assert_int_equal(v.n, 5000);
    assert_int_equal(v.data[4999], 4999);
    hn_vec_free(&v);
}

#ifdef HONE_FAULTS
static void failure_leaves_it_as_it_was(void **state)
{
    (void)state;
    HN_VEC(int) v = {0};
    hn_fault_arm("alloc:1,alloc:3");
    assert_false(hn_vec_push(&v, 1));
    assert_int_equal(v.n, 0);
    while (v.n < v.cap || v.cap == 0)
        assert_true(hn_vec_push(&v, (int)v.n));
    size_t n = v.n;
    assert_false(hn_vec_push(&v, 7));
    assert_int_equal(v.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(v.data[i], (int)i);
    assert_true(hn_vec_push(&v, 7));
    hn_fault_arm(NULL);
    hn_vec_free(&v);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushing_keeps_all),
        cmocka_unit_test(reserving),
#ifdef HONE_FAULTS
        cmocka_unit_test(failure_leaves_it_as_it_was),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
