// Growing text and the text helpers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/mem.h"
#include "base/str.h"

static void appending(void **state)
{
    (void)state;
    hn_str s = HN_STR_INIT;
    assert_string_equal(hn_str_text(&s), "");
    hn_str_add(&s, "a");
    hn_str_add_n(&s, "bcd", 2);
    hn_str_add_char(&s, '-');
    hn_str_printf(&s, "%d/%s", 7, "x");
    hn_str_add_double(&s, 0.1);
    hn_str_add_char(&s, ' ');
    hn_str_add_int(&s, INT64_MIN);
    hn_str_add_char(&s, ' ');
    hn_str_add_int(&s, INT64_MAX);
    hn_str_add_int(&s, 0);
    const char *want = "abc-7/x0.1 -9223372036854775808 92233720368547758070";
    assert_string_equal(hn_str_text(&s), want);
    assert_int_equal(s.n, strlen(want));
    assert_false(hn_str_failed(&s));
    hn_str_clear(&s);
    assert_string_equal(hn_str_text(&s), "");
    hn_str_add_n(&s, "x\0y", 3); // bytes, not only text
    assert_memory_equal(s.data, "x\0y", 4);
    hn_str_free(&s);
    assert_null(s.data);
    hn_str_free(&s);
}

static void writing_in_place(void **state)
{
    (void)state;
    hn_str s = HN_STR_INIT;
    hn_str_add(&s, "ab");
    char *room = hn_str_room(&s, 100);
    assert_non_null(room);
    assert_true(s.cap > 102); // a terminator, too
    memset(room, 'c', 100);
    assert_int_equal(s.n, 2);
    hn_str_wrote(&s, 3);
    assert_string_equal(hn_str_text(&s), "abccc");
    s.failed = true;
    assert_null(hn_str_room(&s, 1));
    hn_str_free(&s);
}

static void printing_any_length(void **state)
{
    (void)state;
    for (int n = 0; n < 400; n++) {
        hn_str s = HN_STR_INIT;
        hn_str_add(&s, "ab");
        hn_str_printf(&s, "%*s|", n, "");
        assert_int_equal(s.n, 3 + n);
        assert_int_equal(strlen(s.data), 3 + n);
        assert_int_equal(s.data[s.n - 1], '|');
        hn_str_free(&s);
    }
}

static void taking_hands_over(void **state)
{
    (void)state;
    hn_str s = HN_STR_INIT;
    char *empty = hn_str_take(&s);
    assert_string_equal(empty, "");
    hn_free(empty);
    hn_str_add(&s, "text");
    char *text = hn_str_take(&s);
    assert_string_equal(text, "text");
    assert_null(s.data);
    assert_int_equal(s.n, 0);
    hn_free(text);
}

static void check_json(const char *text, const char *want)
{
    hn_str s = HN_STR_INIT;
    hn_str_add_json(&s, text);
    assert_string_equal(hn_str_text(&s), want);
    hn_str_free(&s);
}

#define BAD "\xEF\xBF\xBD"

static void json_literals(void **state)
{
    (void)state;
    check_json("", "\"\"");
    check_json("plain", "\"plain\"");
    check_json("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    check_json("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
    check_json("\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"");
    check_json("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
    check_json("a\xFFz", "\"a" BAD "z\"");
    check_json("\xC3", "\"" BAD "\"");                 // cut off
    check_json("\xE2\x82", "\"" BAD BAD "\"");         // cut off
    check_json("\xC0\x80", "\"" BAD BAD "\"");         // overlong
    check_json("\xE0\x9F\xBF", "\"" BAD BAD BAD "\""); // overlong
    check_json("\xF0\x8F\xBF\xBF", "\"" BAD BAD BAD BAD "\"");
    check_json("\xED\xA0\x80", "\"" BAD BAD BAD "\""); // surrogate
    check_json("\xED\x9F\xBF", "\"\xED\x9F\xBF\"");
    check_json("\xF4\x8F\xBF\xBF", "\"\xF4\x8F\xBF\xBF\"");
    check_json("\xF4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""); // beyond U+10FFFF
    check_json("\xF5\x80\x80\x80", "\"" BAD BAD BAD BAD "\"");
    check_json("\x80q", "\"" BAD "q\"");
    hn_str s = HN_STR_INIT;
    hn_str_add_json_n(&s, "a\0b", 3);
    assert_string_equal(hn_str_text(&s), "\"a\\u0000b\"");
    hn_str_free(&s);
}

#ifdef HONE_FAULTS
static void fill(hn_str *s)
{
    hn_str_add(s, "begin ");
    for (int i = 0; i < 40; i++) {
        hn_str_printf(s, "%d,", i);
        hn_str_add_json(s, "quote\"\n");
        hn_str_add_double(s, i / 8.0);
    }
    hn_str_add(s, " end");
}

static void every_failed_allocation_is_sticky(void **state)
{
    (void)state;
    hn_str whole = HN_STR_INIT;
    hn_fault_arm(NULL);
    fill(&whole);
    uint64_t n = hn_fault_count("alloc");
    assert_in_range(n, 3, 50);
    for (uint64_t nth = 1; nth <= n; nth++) {
        char spec[32];
        hn_str s = HN_STR_INIT;
        snprintf(spec, sizeof spec, "alloc:%d", (int)nth);
        hn_fault_arm(spec);
        fill(&s);
        assert_true(hn_str_failed(&s));
        // What stands is a true beginning, and is terminated.
        assert_true(hn_starts_with(whole.data, hn_str_text(&s)));
        assert_int_equal(strlen(hn_str_text(&s)), s.n);
        hn_str_clear(&s);
        assert_false(hn_str_failed(&s));
        fill(&s);
        assert_string_equal(hn_str_text(&s), whole.data);
        s.failed = true;
        assert_null(hn_str_take(&s));
        assert_false(hn_str_failed(&s));
    }
    hn_fault_arm(NULL);
    hn_str_free(&whole);
}
#endif

static void prefixes_and_suffixes(void **state)
{
    (void)state;
    assert_true(hn_starts_with("hello", "he"));
    assert_true(hn_starts_with("hello", ""));
    assert_true(hn_starts_with("", ""));
    assert_false(hn_starts_with("he", "hello"));
    assert_false(hn_starts_with("hello", "lo"));
    assert_true(hn_ends_with("hello", "lo"));
    assert_true(hn_ends_with("hello", ""));
    assert_true(hn_ends_with("hello", "hello"));
    assert_false(hn_ends_with("lo", "hello"));
    assert_false(hn_ends_with("hello", "he"));
}

static void hashes_are_those_published(void **state)
{
    (void)state;
    // From the reference table of Fowler, Noll and Vo.
    assert_true(hn_hash32("") == 0x811c9dc5u);
    assert_true(hn_hash32("a") == 0xe40c292cu);
    assert_true(hn_hash32("foobar") == 0xbf9cf968u);
    assert_true(hn_hash64("", 0) == 0xcbf29ce484222325u);
    assert_true(hn_hash64("a", 1) == 0xaf63dc4c8601ec8cu);
    assert_true(hn_hash64("foobar", 6) == 0x85944171f73967e8u);
    assert_true(hn_hash64("a\0b", 3) != hn_hash64("a", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appending),
        cmocka_unit_test(writing_in_place),
        cmocka_unit_test(printing_any_length),
        cmocka_unit_test(taking_hands_over),
        cmocka_unit_test(json_literals),
#ifdef HONE_FAULTS
        cmocka_unit_test(every_failed_allocation_is_sticky),
#endif
        cmocka_unit_test(prefixes_and_suffixes),
        cmocka_unit_test(hashes_are_those_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
