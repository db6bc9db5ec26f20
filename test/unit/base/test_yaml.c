// YAML: schema, anchors, merges, bounds, places.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/json.h"
#include "base/yaml.h"

static hn_yaml *parse(const char *text)
{
    hn_yaml *yaml = NULL;
    hone_error err = HONE_ERROR_INIT;
    if (hn_yaml_parse(text, strlen(text), "s.yaml", &yaml, &err) != HONE_OK)
        print_message("%s\n", err.text);
    assert_non_null(yaml);
    return yaml;
}

static void check_value(const char *text, const char *want)
{
    hn_yaml *yaml = parse(text);
    hn_str json = HN_STR_INIT;
    hn_json_write(hn_yaml_root(yaml), 0, &json);
    assert_string_equal(hn_str_text(&json), want);
    hn_str_free(&json);
    hn_yaml_destroy(yaml);
}

static void check_fault(const char *text, const char *sentence, const char *source, int column)
{
    hn_yaml *yaml = NULL;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hn_yaml_parse(text, strlen(text), "s.yaml", &yaml, &err), HONE_EPARSE);
    assert_null(yaml);
    assert_string_equal(err.text, sentence);
    assert_string_equal(err.source, source);
    assert_int_equal(err.column, column);
}

static void scalars_follow_the_core_schema(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *json;
    } cases[] = {
        {"", "null"},
        {"~", "null"},
        {"null", "null"},
        {"Null", "null"},
        {"NULL", "null"},
        {"nULL", "\"nULL\""},
        {"true", "true"},
        {"True", "true"},
        {"FALSE", "false"},
        {"tRue", "\"tRue\""},
        {"yes", "\"yes\""},
        {"no", "\"no\""},
        {"on", "\"on\""},
        {"off", "\"off\""},
        {"y", "\"y\""},
        {"0", "0"},
        {"-0", "0"},
        {"+12", "12"},
        {"010", "10"},
        {"0o17", "15"},
        {"0o18", "\"0o18\""},
        {"0x1F", "31"},
        {"0xff", "255"},
        {"0xfg", "\"0xfg\""},
        {"0x", "\"0x\""},
        {"-0x1F", "\"-0x1F\""},
        {"0b1", "\"0b1\""},
        {"0x7fffffffffffffff", "9223372036854775807"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"1.5", "1.5"},
        {"1.", "1.0"},
        {".5", "0.5"},
        {"-.5", "-0.5"},
        {"+1.5e+2", "150.0"},
        {"1e-3", "0.001"},
        {"1e5", "100000.0"},
        {"1E5", "100000.0"},
        {".inf", "\"inf\""},
        {"-.INF", "\"-inf\""},
        {"+.Inf", "\"inf\""},
        {".NaN", "\"nan\""},
        {"inf", "\"inf\""},
        {"nan", "\"nan\""},
        {".", "\".\""},
        {"..", "\"..\""},
        {"+", "\"+\""},
        {"1e", "\"1e\""},
        {"e5", "\"e5\""},
        {"1_000", "\"1_000\""},
        {"0..1", "\"0..1\""},
        {"1e-5..1e-1", "\"1e-5..1e-1\""},
        {"log:1e-5..1", "\"log:1e-5..1\""},
        {"1.2.3", "\"1.2.3\""},
        {"2026-03-01", "\"2026-03-01\""},
        {"12:30:00", "\"12:30:00\""},
        {"'1'", "\"1\""},
        {"\"true\"", "\"true\""},
        {"''", "\"\""},
        {"|\n  1\n", "\"1\\n\""},
        {">-\n  null\n", "\"null\""},
        {"\"a\\tb\\u00e9\"", "\"a\\tb\xC3\xA9\""},
        {"!!str 12", "\"12\""},
        {"! 12", "\"12\""},
        {"!!int '12'", "12"},
        {"!!float 3", "3.0"},
        {"!!float .inf", "\"inf\""},
        {"!!bool \"true\"", "true"},
        {"!!null ''", "null"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_value(cases[i].yaml, cases[i].json);
}

static void collections(void **state)
{
    (void)state;
    check_value("# only a comment\n", "null");
    check_value("---\n...\n", "null");
    check_value("[1, [2, {a: b}], {}]", "[1,[2,{\"a\":\"b\"}],{}]");
    check_value("z: 1\na:\n  - x\n  - y: ~\n1: one\ntrue: t\n",
                "{\"z\":1,\"a\":[\"x\",{\"y\":null}],\"1\":\"one\",\"true\":\"t\"}");
    check_value("!!map {a: !!seq [1]}", "{\"a\":[1]}");
    check_value("\xEF\xBB\xBF"
                "a: 1\r\nb: 2\r\n",
                "{\"a\":1,\"b\":2}");
}

static void anchors_and_merges(void **state)
{
    (void)state;
    check_value("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n",
                "{\"a\":[1,2],\"b\":[1,2],\"c\":3,\"d\":3}");
    check_value("d: &d {x: 1, y: 2}\nm: {z: 5, <<: *d, y: 9}\n",
                "{\"d\":{\"x\":1,\"y\":2},\"m\":{\"x\":1,\"y\":9,\"z\":5}}");
    check_value("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nm: {<<: [*a, *b, {w: 0}]}\n",
                "{\"a\":{\"x\":1},\"b\":{\"x\":2,\"y\":2},\"m\":{\"x\":1,\"y\":2,\"w\":0}}");
    check_value("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b}\n",
                "{\"a\":{\"x\":1},\"b\":{\"x\":1,\"y\":2},\"c\":{\"x\":1,\"y\":2}}");
    check_value("\"<<\": 1", "{\"<<\":1}"); // quoted, it is a key like others
    // Copies are apart: changing one leaves the other.
    hn_yaml *yaml = parse("a: &x [1]\nb: *x\n");
    json_array_append_new(json_object_get(hn_yaml_root(yaml), "b"), json_integer(2));
    assert_int_equal(json_array_size(json_object_get(hn_yaml_root(yaml), "a")), 1);
    hn_yaml_destroy(yaml);
}

static void faults_have_a_place(void **state)
{
    (void)state;
    check_fault("a: 1\nb: 2\na: 3\n", "s.yaml:3: the key \"a\" stands here twice", "a: 3", 0);
    check_fault("x:\n  b: 1\n  'b': 2\n", "s.yaml:3: the key \"b\" stands here twice", "  'b': 2",
                2);
    check_fault("\xC3\xA9: 1, b: *no\n",
                "s.yaml:1: a 'key: value' is not allowed here; its indentation is wrong, or a text "
                "with ': ' needs quotes",
                "\xC3\xA9: 1, b: *no", 8);
    check_fault("\xC3\xA9: *no", "s.yaml:1: no anchor &no before this alias", "\xC3\xA9: *no", 4);
    check_fault("\xEF\xBB\xBF"
                "a: *no",
                "s.yaml:1: no anchor &no before this alias", "a: *no", 3);
    check_fault("a:\n\tb: 1", "s.yaml:2: a tab stands here; YAML is indented with blanks", " b: 1",
                0);
    check_fault("a:\n  b: 1\n c: 2",
                "s.yaml:3: a key is expected here; its indentation differs from that of its "
                "neighbours, or a quote or bracket above is not closed",
                " c: 2", 1);
    check_fault("a: 1\nb: \"c\nd: 2\n", "s.yaml:2: this quote is never closed", "b: \"c", 3);
    check_fault("a: 99999999999999999999",
                "s.yaml:1: the whole number needs more than 64 bits; put it in quotes if it is a "
                "text",
                "a: 99999999999999999999", 3);
    check_fault("a: 0x8000000000000000",
                "s.yaml:1: the whole number needs more than 64 bits; put it in quotes if it is a "
                "text",
                "a: 0x8000000000000000", 3);
    check_fault("- -1e999",
                "s.yaml:1: the number is too large for a double; put it in quotes if it is a text",
                "- -1e999", 2);
    check_fault("? [a]\n: 1", "s.yaml:1: a key must be a text", "? [a]", 2);
    check_fault("&k a: 1", "s.yaml:1: a key cannot be an anchor", "&k a: 1", 0);
    check_fault("a: 1\n---\nb: 2", "s.yaml:2: a second document begins; only one is read", "---",
                0);
    check_fault("a: !foo 1",
                "s.yaml:1: unknown tag; !!str, !!int, !!float, !!bool and !!null are known",
                "a: !foo 1", 3);
    check_fault("a: !!int x", "s.yaml:1: the value does not have the type that its tag says",
                "a: !!int x", 3);
    check_fault("a: !!set {x}", "s.yaml:1: the tag tag:yaml.org,2002:set does not fit here",
                "a: !!set {x}", 3);
    check_fault("a: \"x\\0y\"", "s.yaml:1: a text may not hold a zero byte", "a: \"x\\0y\"", 3);
    check_fault("\"a\\0\": 1", "s.yaml:1: a key may not hold a zero byte", "\"a\\0\": 1", 0);
    check_fault("<<: 3", "s.yaml:1: only mappings can be merged with <<", "<<: 3", 4);
    check_fault("<<: [3]", "s.yaml:1: only mappings can be merged with <<", "<<: [3]", 5);
    check_fault("<<: {}\n<<: {}", "s.yaml:2: << stands here twice; give it a list", "<<: {}", 0);
    check_fault("a: [1, 2\nb: 3",
                "s.yaml:2: while parsing a flow sequence did not find expected ',' or ']'", "b: 3",
                1);
    check_fault("ok: 1\na: \xC3\xA9 \xFF z", "s.yaml:2: invalid leading UTF-8 octet",
                "a: \xC3\xA9 \xFF z", 6);
    check_fault("a: &a [*a]", "s.yaml:1: no anchor &a before this alias", "a: &a [*a]", 7);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    char text[400];
    memset(text, '[', 200);
    memset(text + 200, ']', 200);
    hn_yaml *yaml = NULL;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hn_yaml_parse(text + 200 - 64, 128, "s", &yaml, &err), HONE_OK);
    hn_yaml_destroy(yaml);
    assert_int_equal(hn_yaml_parse(text + 200 - 65, 130, "s", &yaml, &err), HONE_EPARSE);
    assert_string_equal(err.text, "s:1: nested deeper than 64 levels");
    assert_int_equal(err.column, 64);
    // An alias deepens, too.
    char deep[600] = "a: &a ";
    memset(deep + 6, '[', 40);
    memset(deep + 46, ']', 40);
    strcpy(deep + 86, "\nb: [[[[[[[[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]]]]]]]");
    assert_int_equal(hn_yaml_parse(deep, strlen(deep), "s", &yaml, &err), HONE_EPARSE);
    assert_string_equal(err.text, "s:2: nested deeper than 64 levels");
}

static void aliases_cannot_explode(void **state)
{
    (void)state;
    hn_str text = HN_STR_INIT;
    hn_str_add(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
        hn_str_printf(&text, "a%d: &a%d [", i, i);
        for (int j = 0; j < 9; j++)
            hn_str_printf(&text, "%s*a%d", j ? ", " : "", i - 1);
        hn_str_add(&text, "]\n");
    }
    hn_yaml *yaml = NULL;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hn_yaml_parse(text.data, text.n, "s", &yaml, &err), HONE_EPARSE);
    assert_string_equal(err.text, "s:6: the document has more than 100000 values with its aliases "
                                  "written out");
    hn_str_free(&text);
}

static void lines_are_known_by_path(void **state)
{
    (void)state;
    hn_yaml *yaml = parse("# head\n"
                          "study: x\r\n"
                          "space:\n"
                          "  lr: &lr\n"
                          "    low: 1\n"
                          "    high:\n"
                          "      2\n"
                          "  list:\n"
                          "    - a\n"
                          "\n"
                          "    - b: 1\n"
                          "  copy: *lr\n"
                          "  merged:\n"
                          "    <<: *lr\n"
                          "    own: 3\n"
                          "  many: {<<: [*lr, {q: 1}]}\n");
    static const struct {
        const char *path;
        int line;
    } cases[] = {
        {"", 2},
        {"study", 2},
        {"space", 3},
        {"space.lr", 4},
        {"space.lr.low", 5},
        {"space.lr.high", 6},
        {"space.list.0", 9},
        {"space.list.1", 11},
        {"space.list.1.b", 11},
        {"space.copy", 12},
        {"space.copy.low", 5}, // where it was written
        {"space.merged.own", 15},
        {"space.merged.high", 6},
        {"space.many.low", 5},
        {"space.many.q", 16},
        {"space.nothing", 0},
        {"space.lr.low.x", 0},
        {"list", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(hn_yaml_line(yaml, cases[i].path), cases[i].line);
    size_t length = 0;
    const char *line = hn_yaml_line_text(yaml, 2, &length);
    assert_int_equal(length, 8);
    assert_memory_equal(line, "study: x", 8);
    assert_non_null(hn_yaml_line_text(yaml, 10, &length));
    assert_int_equal(length, 0);
    assert_null(hn_yaml_line_text(yaml, 0, &length));
    assert_null(hn_yaml_line_text(yaml, -1, &length));
    assert_null(hn_yaml_line_text(yaml, 99, &length));
    hn_yaml_destroy(yaml);
    hn_yaml_destroy(NULL);
}

static void breaks_are_those_of_the_library(void **state)
{
    (void)state;
    hn_yaml *yaml = parse("a: 1\rb: 2\xE2\x80\xA8"
                          "c: 3\xC2\x85"
                          "d: 4\n");
    assert_int_equal(hn_yaml_line(yaml, "b"), 2);
    assert_int_equal(hn_yaml_line(yaml, "c"), 3);
    assert_int_equal(hn_yaml_line(yaml, "d"), 4);
    size_t length;
    assert_memory_equal(hn_yaml_line_text(yaml, 4, &length), "d: 4", 4);
    assert_int_equal(length, 4);
    hn_yaml_destroy(yaml);
}

// jansson has its own allocator, which hn_fault does not reach: here its n-th call fails.
static int json_calls, json_fails_at;

static void *json_malloc_or_fail(size_t size)
{
    return ++json_calls == json_fails_at ? NULL : malloc(size);
}

static void every_failed_allocation_of_the_tree_is_seen(void **state)
{
    (void)state;
    static const char text[] =
        "a: &a {x: [1, 2.5, .inf], y: text}\nb: *a\nc: {<<: *a, z: !!float 3}\n"
        "k1: 1\nk2: 1\nk3: 1\nk4: 1\nk5: 1\nk6: 1\nk7: 1\nk8: 1\n";
    json_set_alloc_funcs(json_malloc_or_fail, free);
    hone_status status = HONE_ENOMEM;
    for (int nth = 1; status != HONE_OK; nth++) {
        hn_yaml *yaml = NULL;
        hone_error err = HONE_ERROR_INIT;
        json_calls = 0;
        json_fails_at = nth;
        status = hn_yaml_parse(text, sizeof text - 1, "s", &yaml, &err);
        if (status != HONE_OK)
            assert_int_equal(status, HONE_ENOMEM);
        assert_int_equal(status != HONE_OK, json_calls >= nth);
        hn_yaml_destroy(yaml);
    }
    json_set_alloc_funcs(malloc, free);
}

#ifdef HONE_FAULTS
static void every_failed_allocation_is_seen(void **state)
{
    (void)state;
    static const char text[] = "a: &a {x: [1, 2, 3], y: text}\nb: *a\nc: {<<: *a}\n"
                               "k1: 1\nk2: 1\nk3: 1\nk4: 1\nk5: 1\nk6: 1\nk7: 1\nk8: 1\n";
    hone_status status = HONE_ENOMEM;
    int nth = 1;
    for (; status != HONE_OK; nth++) {
        char spec[32];
        hn_yaml *yaml = NULL;
        hone_error err = HONE_ERROR_INIT;
        snprintf(spec, sizeof spec, "alloc:%d", nth);
        hn_fault_arm(spec);
        status = hn_yaml_parse(text, sizeof text - 1, "s", &yaml, &err);
        if (status != HONE_OK) {
            assert_int_equal(status, HONE_ENOMEM);
            assert_string_equal(err.text, "out of memory");
            assert_null(yaml);
        }
        hn_yaml_destroy(yaml);
    }
    hn_fault_arm(NULL);
    assert_true(nth > 20);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_follow_the_core_schema),
        cmocka_unit_test(collections),
        cmocka_unit_test(anchors_and_merges),
        cmocka_unit_test(faults_have_a_place),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(aliases_cannot_explode),
        cmocka_unit_test(lines_are_known_by_path),
        cmocka_unit_test(breaks_are_those_of_the_library),
        cmocka_unit_test(every_failed_allocation_of_the_tree_is_seen),
#ifdef HONE_FAULTS
        cmocka_unit_test(every_failed_allocation_is_seen),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
