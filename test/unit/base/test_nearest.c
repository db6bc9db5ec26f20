// Edit distance and "did you mean".
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/str.h"

static void distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int distance;
    } cases[] = {
        {"", "", 0},
        {"abc", "abc", 0},
        {"", "abc", 3},
        {"abc", "abd", 1},
        {"abc", "ab", 1},
        {"abc", "xabc", 1},
        {"ab", "ba", 1},
        {"abcd", "acbd", 1},
        {"ca", "abc", 3},
        {"kitten", "sitting", 3},
        {"momentum", "mometnum", 1},
        {"sampler", "scheduler", 5},
        {"a", "b", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(hn_edit_distance(cases[i].a, cases[i].b, 20), cases[i].distance);
        assert_int_equal(hn_edit_distance(cases[i].b, cases[i].a, 20), cases[i].distance);
        for (int limit = 0; limit < 8; limit++) {
            int want = cases[i].distance <= limit ? cases[i].distance : limit + 1;
            assert_int_equal(hn_edit_distance(cases[i].a, cases[i].b, limit), want);
        }
    }
    assert_int_equal(hn_edit_distance("a", "b", -5), 1);
}

static void long_texts_are_equal_or_too_far(void **state)
{
    (void)state;
    char a[129], b[129];
    memset(a, 'x', 128);
    memset(b, 'x', 128);
    a[128] = b[128] = '\0';
    assert_int_equal(hn_edit_distance(a, b, 5), 0);
    b[3] = 'y';
    assert_int_equal(hn_edit_distance(a, b, 5), 6);
    a[127] = b[127] = '\0';
    assert_int_equal(hn_edit_distance(a, b, 5), 1);
}

static void suggestions(void **state)
{
    (void)state;
    static const char *const names[] = {"random", "grid", "tpe", "gp", "cmaes", "lr", "Depth", "x"};
    size_t n = sizeof names / sizeof *names;
    assert_string_equal(hn_nearest("randm", names, n), "random");
    assert_string_equal(hn_nearest("rnadom", names, n), "random");
    assert_string_equal(hn_nearest("tp", names, n), "tpe");
    assert_string_equal(hn_nearest("ir", names, n), "lr");
    assert_string_equal(hn_nearest("depth", names, n), "Depth");
    assert_string_equal(hn_nearest("DEPTH", names, n), "Depth");
    assert_string_equal(hn_nearest("X", names, n), "x");
    assert_string_equal(hn_nearest("grid", names, n), "grid");
    assert_null(hn_nearest("y", names, n));
    assert_null(hn_nearest("elephant", names, n));
    assert_null(hn_nearest("", names, n));
    assert_null(hn_nearest("random", names, 0));
    // An exact match wins over one in another case, the nearer over the first.
    static const char *const twins[] = {"LR", "lr", "lrs"};
    assert_string_equal(hn_nearest("lr", twins, 3), "lr");
    assert_string_equal(hn_nearest("lrss", twins, 3), "lrs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(long_texts_are_equal_or_too_far),
        cmocka_unit_test(suggestions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
