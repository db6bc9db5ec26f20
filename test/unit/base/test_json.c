// JSON: parsing with places, writing, typed reading.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/json.h"

static json_t *parse(const char *text)
{
    json_t *value = NULL;
    hone_error err = HONE_ERROR_INIT;
    if (hn_json_parse(text, strlen(text), "test", &value, &err) != HONE_OK)
        print_message("%s\n", err.text);
    assert_non_null(value);
    return value;
}

static void check_written(const char *text, int indent, const char *want)
{
    json_t *value = parse(text);
    hn_str out = HN_STR_INIT;
    hn_json_write(value, indent, &out);
    assert_string_equal(hn_str_text(&out), want);
    hn_str_free(&out);
    json_decref(value);
}

static void what_is_read_is_written(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "null",
        "true",
        "false",
        "0",
        "-12",
        "9223372036854775807",
        "-9223372036854775808",
        "0.1",
        "1e-5",
        "1e300",
        "1.0",
        "-0.0",
        "\"\"",
        "\"a\\\"b\\n\\u0001\xC3\xA9\"",
        "[]",
        "{}",
        "[1,[2,[]],{}]",
        "{\"z\":1,\"a\":{\"b\":[true,null]},\"\":0}", // in the order of the text
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_written(texts[i], 0, texts[i]);
    check_written(" 1E2 ", 0, "100.0"); // a real stays one
    check_written("{\"a\":[1,2],\"b\":{},\"c\":[],\"d\":{\"e\":0.5}}", 2,
                  "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\": [],\n  \"d\": {\n"
                  "    \"e\": 0.5\n  }\n}");
}

static void equal_values_have_one_canonical_text(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1", "1"},
        {"[ 1, 2.0, \"a b\" ]", "[1,2.0,\"a b\"]"},
        {"{\"b\": {\"d\": 1, \"c\": []}, \"a\": {}}", "{\"a\":{},\"b\":{\"c\":[],\"d\":1}}"},
        {"[{\"z\": null, \"y\": true}]", "[{\"y\":true,\"z\":null}]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *value = parse(cases[i][0]);
        hn_str out = HN_STR_INIT;
        hn_json_write_canonical(value, &out);
        assert_string_equal(hn_str_text(&out), cases[i][1]);
        hn_str_free(&out);
        json_decref(value);
    }
}

static void words_of_python_become_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want; // want NULL: nothing to do
    } cases[] = {
        {"{\"a\": NaN, \"b\": [-Infinity,Infinity]}",
         "{\"a\": \"nan\", \"b\": [\"-inf\",\"inf\"]}"},
        {"{\"NaN\": 1, \"x\\\"NaN\": \"Infinity\"}", NULL},
        {"NaN", "\"nan\""},
        {"NaN\"NaN", "\"nan\"\"NaN"}, // a text that is never closed
        {"\"\\", NULL},
        {"-Infinit", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hn_str out = HN_STR_INIT;
        bool any = hn_json_quote_words(cases[i].text, strlen(cases[i].text), &out);
        assert_int_equal(any, cases[i].want != NULL);
        assert_string_equal(hn_str_text(&out), any ? cases[i].want : cases[i].text);
        hn_str_free(&out);
    }
}

static void a_tree_that_could_not_be_built_fails(void **state)
{
    (void)state;
    hn_str out = HN_STR_INIT;
    hn_json_write(NULL, 0, &out);
    assert_true(hn_str_failed(&out));
    hn_str_free(&out);
}

static void check_fault(const char *text, const char *sentence, const char *source, int column)
{
    json_t *value = NULL;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hn_json_parse(text, strlen(text), "--set", &value, &err), HONE_EPARSE);
    assert_null(value);
    assert_string_equal(err.text, sentence);
    assert_string_equal(err.source, source);
    assert_int_equal(err.column, column);
}

static void faults_have_a_place(void **state)
{
    (void)state;
    check_fault("{\"a\": 1,\n  \"b\": [1,, 2]}",
                "--set: line 2 is not valid JSON: unexpected token near ','", "  \"b\": [1,, 2]}",
                10);
    check_fault("{\"a\":tru}", "--set is not valid JSON: invalid token near 'tru'", "{\"a\":tru}",
                5);
    check_fault("[1,2", "--set is not valid JSON: ']' expected near end of file", "[1,2", 4);
    check_fault("[1] x", "--set is not valid JSON: end of file expected near 'x'", "[1] x", 4);
    check_fault("", "--set is not valid JSON: unexpected token near end of file", "", 0);
    json_t *value;
    assert_int_equal(hn_json_parse("{\"a\":1,\"a\":2}", 13, "x", &value, NULL), HONE_EPARSE);
    assert_int_equal(hn_json_parse("\"\\u0000\"", 8, "x", &value, NULL), HONE_EPARSE);
    assert_int_equal(hn_json_parse("\"\xFF\"", 3, "x", &value, NULL), HONE_EPARSE);
    assert_int_equal(hn_json_parse("[1e999]", 7, "x", &value, NULL), HONE_EPARSE);
    assert_int_equal(hn_json_parse("[99999999999999999999]", 22, "x", &value, NULL), HONE_EPARSE);
    assert_int_equal(hn_json_parse("[NaN]", 5, "x", &value, NULL), HONE_EPARSE);
    // Only `length` bytes are looked at.
    assert_int_equal(hn_json_parse("[1]]]]", 3, "x", &value, NULL), HONE_OK);
    json_decref(value);
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    static char text[100001];
    memset(text, '[', sizeof text - 1);
    json_t *value;
    assert_int_equal(hn_json_parse(text, sizeof text - 1, "x", &value, NULL), HONE_EPARSE);
}

static void doubles_of_any_kind(void **state)
{
    (void)state;
    static const double values[] = {0, 1, -2.5, 1e300, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        json_t *value = hn_json_from_double(values[i]);
        double back = -7;
        assert_true(hn_json_double(value, &back));
        assert_true(back == values[i]);
        json_decref(value);
    }
    json_t *nan_value = hn_json_from_double(NAN);
    double x = 0;
    assert_string_equal(json_string_value(nan_value), "nan");
    assert_true(hn_json_double(nan_value, &x) && isnan(x));
    json_decref(nan_value);
    json_t *list = parse("[3, \"Inf\", \"1\", null, true, [], {}]");
    assert_true(hn_json_double(json_array_get(list, 0), &x) && x == 3);
    for (size_t i = 1; i < 7; i++)
        assert_false(hn_json_double(json_array_get(list, i), &x));
    assert_false(hn_json_double(NULL, &x));
    json_decref(list);
}

static void typed_reading(void **state)
{
    (void)state;
    json_t *object =
        parse("{\"d\":0.5,\"i\":7,\"b\":true,\"t\":\"text\",\"inf\":\"inf\",\"w\":1e3}");
    double d = -1;
    int64_t i = -1;
    bool b = false;
    const char *t = "default";
    assert_int_equal(hn_json_get_double(object, "d", &d, NULL), HONE_OK);
    assert_true(d == 0.5);
    assert_int_equal(hn_json_get_double(object, "i", &d, NULL), HONE_OK);
    assert_true(d == 7);
    assert_int_equal(hn_json_get_double(object, "inf", &d, NULL), HONE_OK);
    assert_true(isinf(d));
    assert_int_equal(hn_json_get_int(object, "i", &i, NULL), HONE_OK);
    assert_int_equal(i, 7);
    assert_int_equal(hn_json_get_int(object, "w", &i, NULL), HONE_OK);
    assert_int_equal(i, 1000);
    assert_int_equal(hn_json_get_bool(object, "b", &b, NULL), HONE_OK);
    assert_true(b);
    assert_int_equal(hn_json_get_text(object, "t", &t, NULL), HONE_OK);
    assert_string_equal(t, "text");
    // What is absent leaves the default.
    assert_int_equal(hn_json_get_double(object, "no", &d, NULL), HONE_OK);
    assert_int_equal(hn_json_get_int(object, "no", &i, NULL), HONE_OK);
    assert_int_equal(hn_json_get_bool(object, "no", &b, NULL), HONE_OK);
    assert_int_equal(hn_json_get_text(object, "no", &t, NULL), HONE_OK);
    assert_true(isinf(d) && i == 1000 && b);
    assert_string_equal(t, "text");
    json_decref(object);
}

static void wrong_types_are_named(void **state)
{
    (void)state;
    json_t *object =
        parse("{\"d\":0.5,\"big\":1e30,\"b\":true,\"t\":\"x\",\"n\":null,\"l\":[],\"o\":{}}");
    hone_error err = HONE_ERROR_INIT;
    double d;
    int64_t i;
    bool b;
    const char *t;
    assert_int_equal(hn_json_get_double(object, "t", &d, &err), HONE_EINVAL);
    assert_string_equal(err.text, "\"t\" must be a number, not a text");
    assert_int_equal(hn_json_get_double(object, "n", &d, &err), HONE_EINVAL);
    assert_string_equal(err.text, "\"n\" must be a number, not null");
    assert_int_equal(hn_json_get_int(object, "d", &i, &err), HONE_EINVAL);
    assert_string_equal(err.text, "\"d\" must be a whole number, not a number");
    assert_int_equal(hn_json_get_int(object, "big", &i, &err), HONE_EINVAL);
    assert_int_equal(hn_json_get_int(object, "b", &i, &err), HONE_EINVAL);
    assert_string_equal(err.text, "\"b\" must be a whole number, not true or false");
    assert_int_equal(hn_json_get_bool(object, "l", &b, &err), HONE_EINVAL);
    assert_string_equal(err.text, "\"l\" must be true or false, not a list");
    assert_int_equal(hn_json_get_text(object, "o", &t, &err), HONE_EINVAL);
    assert_string_equal(err.text, "\"o\" must be a text, not an object");
    json_decref(object);
}

static void strangers_are_named(void **state)
{
    (void)state;
    static const char *const names[] = {"sampler", "seed", "trials"};
    hone_error err = HONE_ERROR_INIT;
    json_t *object = parse("{\"seed\":1,\"trials\":2}");
    assert_int_equal(hn_json_only(object, names, 3, "study", &err), HONE_OK);
    json_decref(object);
    object = parse("{\"seed\":1,\"sampelr\":2}");
    assert_int_equal(hn_json_only(object, names, 3, "study", &err), HONE_EINVAL);
    assert_string_equal(err.text, "study has no key \"sampelr\"; did you mean \"sampler\"?");
    json_decref(object);
    object = parse("{\"elephant\":1}");
    assert_int_equal(hn_json_only(object, names, 3, "study", &err), HONE_EINVAL);
    assert_string_equal(err.text, "study has no key \"elephant\"");
    json_decref(object);
    object = parse("[1]");
    assert_int_equal(hn_json_only(object, names, 3, "study", &err), HONE_EINVAL);
    assert_string_equal(err.text, "study must be an object, not a list");
    json_decref(object);
}

// jansson has its own allocator, which hn_fault does not reach: here its n-th call fails.
static int json_calls, json_fails_at;

static void *json_malloc_or_fail(size_t size)
{
    return ++json_calls == json_fails_at ? NULL : malloc(size);
}

static void every_failed_allocation_of_parsing_is_seen(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1,2.5,true],\"b\":{\"c\":\"text\"}}";
    json_set_alloc_funcs(json_malloc_or_fail, free);
    hone_status status = HONE_ENOMEM;
    for (int nth = 1; status != HONE_OK; nth++) {
        json_t *value = NULL;
        hone_error err = HONE_ERROR_INIT;
        json_calls = 0;
        json_fails_at = nth;
        status = hn_json_parse(text, sizeof text - 1, "test", &value, &err);
        // In the middle of a token jansson takes it for a syntax error; it is never overlooked.
        assert_true(status == HONE_OK || status == HONE_ENOMEM || status == HONE_EPARSE);
        assert_int_equal(status != HONE_OK, json_calls >= nth);
        assert_true(nth > 1 || status == HONE_ENOMEM);
        json_decref(value);
    }
    json_set_alloc_funcs(malloc, free);
}

#ifdef HONE_FAULTS
static void every_failed_allocation_of_writing_is_seen(void **state)
{
    (void)state;
    json_t *value = parse("{\"a\":[1,2,{\"long key of some bytes\":\"and a text of some more\"}]}");
    for (int nth = 1, failed = 1; failed; nth++) {
        hn_str out = HN_STR_INIT;
        char spec[32];
        snprintf(spec, sizeof spec, "alloc:%d", nth);
        hn_fault_arm(spec);
        hn_json_write(value, 4, &out);
        failed = hn_str_failed(&out);
        assert_int_equal(failed, hn_fault_count("alloc") >= (uint64_t)nth);
        hn_str_free(&out);
    }
    hn_fault_arm(NULL);
    json_decref(value);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_written),
        cmocka_unit_test(equal_values_have_one_canonical_text),
        cmocka_unit_test(words_of_python_become_texts),
        cmocka_unit_test(a_tree_that_could_not_be_built_fails),
        cmocka_unit_test(faults_have_a_place),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(doubles_of_any_kind),
        cmocka_unit_test(typed_reading),
        cmocka_unit_test(wrong_types_are_named),
        cmocka_unit_test(strangers_are_named),
        cmocka_unit_test(every_failed_allocation_of_parsing_is_seen),
#ifdef HONE_FAULTS
        cmocka_unit_test(every_failed_allocation_of_writing_is_seen),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
