// Lines that report metrics, the user's expression, results in files.
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
#include "core/wire.h"

static const char *const metrics[] = {"loss", "acc", "val/f1"};

typedef struct line_case {
    const char *text;
    const char *want; // "loss acc f1 step": numbers, '-' for absent; "wrong"; "" for nothing
} line_case;

static const line_case lines[] = {
    // JSON
    {"{\"loss\":0.2,\"step\":3}", "0.2 - - 3"},
    {"  {\"loss\": 1, \"acc\": true, \"val/f1\": \"-inf\"}  ", "1 1 -inf -"},
    {"{\"loss\":\"nan\",\"epoch\":4.0,\"iteration\":9}", "nan - - 9"},
    {"{\"loss\":\"high\"}", "wrong"},
    {"{\"loss\":null}", "wrong"},
    {"{\"other\":1}", ""},
    {"{\"step\":-1,\"loss\":2}", "2 - - -"},
    {"{\"step\":1.5,\"loss\":2}", "2 - - -"},
    // dictionaries of Python, and what Python takes for JSON
    {"{'loss': 0.5, 'epoch': 1.0}", "0.5 - - 1"},
    {"{\"loss\": NaN, \"acc\": -Infinity}", "nan -inf - -"},
    // pairs
    {"loss=0.2 step=3", "0.2 - - 3"},
    {"loss: 0.2, step: 3", "0.2 - - 3"},
    {"loss = -1e-3;acc\t:\t+.5", "-0.001 0.5 - -"},
    {"Epoch 3/10: loss=0.25, val/f1=1e2", "0.25 - 100 3"},
    {"[step 12] loss: 5.", "5 - - 12"},
    {"iteration [7/100] loss=1 step=8", "1 - - 8"},
    {"The loss: 0.125. Done", "0.125 - - -"},
    {"10/10 [=====] - 0s 2ms/step - loss: 0.1234 - acc: 0.9500", "0.1234 0.95 - -"},
    {" 10%|###   | 1/9 [00:01<00:05, loss=0.5]\r 20%|###  | 2/9 [00:02<00:05, loss=0.25]",
     "0.25 - - -"},
    {"loss=3\r\n", "3 - - -"},
    {"\033[32mloss\033[0m: \033[1m0.75\033[0m", "0.75 - - -"},
    {"loss=0.5 then loss=0.4", "0.4 - - -"},
    {"loss=NaN", "nan - - -"},
    {"loss=-inf", "-inf - - -"},
    {"loss=Infinity", "inf - - -"},
    {"loss=\"0.5\"", "0.5 - - -"},
    {"|loss: 0.5|acc: 1|", "0.5 1 - -"},
    {"loss=(no) acc=0", "- 0 - -"},
    // not ours
    {"val_loss=1 my.loss=2 x/loss=3 --loss=4 loss2=5 lossy: 6", ""},
    {"Loss=1", ""},
    {"loss", ""},
    {"loss=", ""},
    {"loss =", ""},
    {"loss is 0.2", ""},
    {"loss=abc", ""},
    {"loss: information", ""},
    {"loss=1.2.3", ""},
    {"loss=1/2", ""},
    {"loss=12:30", ""},
    {"", ""},
    {"step=3", ""},
    // a unit
    {"loss=93%", "wrong"},
    {"loss: 12ms", "wrong"},
    {"loss=93% acc=0.5", "- 0.5 - -"},
};

static hn_wire *make(const char *regex)
{
    hn_wire *wire = NULL;
    hone_error err = HONE_ERROR_INIT;
    if (hn_wire_create(metrics, 3, regex, &wire, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return wire;
}

static void expect(hn_wire *wire, const char *text, size_t size, bool meant, const char *want)
{
    hn_wire_result r;
    hn_wire_kind kind = hn_wire_read(wire, text, size, meant, &r);
    assert_int_equal(kind, r.kind);
    char fields[128], *state = NULL;
    strcpy(fields, want);
    if (!*want || strcmp(want, "wrong") == 0) {
        if (kind != (*want ? HN_WIRE_WRONG : HN_WIRE_NOTHING))
            fail_msg("\"%s\": kind %d, wanted \"%s\"", text, kind, want);
        assert_int_equal(*want != '\0', r.problem != NULL);
        return;
    }
    if (kind != HN_WIRE_REPORT)
        fail_msg("\"%s\": kind %d, wanted \"%s\"", text, kind, want);
    char *field = strtok_r(fields, " ", &state);
    for (int i = 0; i < 3; i++, field = strtok_r(NULL, " ", &state)) {
        bool present = strcmp(field, "-") != 0;
        double value = present ? strtod(field, NULL) : 0;
        bool same = r.present[i] == present &&
                    (!present || r.values[i] == value || (isnan(value) && isnan(r.values[i])));
        if (!same)
            fail_msg("\"%s\": %s is %g (%d), wanted \"%s\"", text, metrics[i], r.values[i],
                     r.present[i], want);
    }
    if (strcmp(field, "-") == 0 ? r.has_step : r.step != strtoll(field, NULL, 10))
        fail_msg("\"%s\": step %lld, wanted \"%s\"", text, (long long)r.step, want);
}

static void lines_are_read(void **state)
{
    (void)state;
    hn_wire *wire = make(NULL);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        expect(wire, lines[i].text, strlen(lines[i].text), false, lines[i].want);
    hn_wire_destroy(wire);
}

static void what_was_meant_is_wrong_rather_than_nothing(void **state)
{
    (void)state;
    hn_wire *wire = make("nothing like (this)");
    expect(wire, "{\"other\":1}", 11, true, "wrong");
    expect(wire, "hello", 5, true, "wrong");
    expect(wire, "{\"loss\":1}", 10, true, "1 - - -");
    expect(wire, "loss=1", 6, true, "1 - - -");
    hn_wire_destroy(wire);
}

static void bytes_may_be_anything(void **state)
{
    (void)state;
    hn_wire *wire = make(NULL);
    expect(wire, "a\0loss=1\0 loss=2 ", 17, false, "2 - - -");
    expect(wire, "\xff\xfe loss=2\xff", 11, false, "");
    expect(wire, "\0\0\0", 3, false, "");
    char digits[200];
    memset(digits, '1', sizeof digits);
    memcpy(digits, "loss=", 5);
    expect(wire, digits, sizeof digits, false, "");
    hn_wire_destroy(wire);
}

static void a_metric_may_be_called_step(void **state)
{
    (void)state;
    const char *const names[] = {"step", "epoch"};
    hn_wire *wire = NULL;
    hn_wire_result r;
    assert_int_equal(hn_wire_create(names, 2, NULL, &wire, NULL), HONE_OK);
    assert_int_equal(hn_wire_read(wire, "step=3 iteration=4", 18, false, &r), HN_WIRE_REPORT);
    assert_true(r.present[0] && r.values[0] == 3 && r.has_step && r.step == 4);
    hn_wire_destroy(wire);
}

static void groups_name_metrics_of_any_spelling(void **state)
{
    (void)state;
    const char *const names[] = {"a_b", "a-b", "val/loss"};
    const char *regex = "(?<a_b>\\d) (?<val_loss>\\d)";
    hn_wire *wire = NULL;
    hn_wire_result r;
    assert_int_equal(hn_wire_create(names, 3, regex, &wire, NULL), HONE_OK);
    assert_int_equal(hn_wire_read(wire, "1 2", 3, false, &r), HN_WIRE_REPORT);
    assert_true(r.present[0] && r.values[0] == 1 && !r.present[1]);
    assert_true(r.present[2] && r.values[2] == 2);
    hn_wire_destroy(wire);
}

typedef struct regex_case {
    const char *regex, *text, *want;
} regex_case;

static const regex_case regexes[] = {
    {"loss (is )?([0-9.e+-]+)", "the loss is 0.25 now", "0.25 - - -"},
    {"loss (is )?([0-9.e+-]+)", "the loss 3e-2", "0.03 - - -"},
    {"loss (is )?([0-9.e+-]+)", "loss 1, loss 2", "2 - - -"},
    {"loss (is )?([0-9.e+-]+)", "loss=1", ""},
    {"^final: (.*)$", "final:  7 ", "7 - - -"},
    {"^final: (.*)$", "final: seven", "wrong"},
    {"(?P<acc>[\\d.]+) of (?<step>\\d+)", "0.5 of 12", "- 0.5 - 12"},
    {"(?:L|l)oss\\s+(\\S+)", "Loss  4", "4 - - -"},
    {"(a|b)+ ([-\\].0-9]+)", "ab 5", "5 - - -"},
    {"x[^\\]]*\\](\\d+)", "x[12]7", "7 - - -"},
    {"[[:alpha:]]+ \\((\\d+)\\)", "loss (8)", "8 - - -"},
    {"\\[(\\d+)\\]", "\033[1m[9]\033[0m", "9 - - -"},
    {"(x)?y", "y", ""},
    {"a\\*?(b+)?(\\d)", "ab3", "3 - - -"},
    {"loss (.*?)[,;]", "loss 4, acc 5;", "4 - - -"},
    {"(?<!val_)loss=(\\S+)", "loss=1 val_loss=2", "1 - - -"},
    {"loss=(?<loss>\\d)|perte (?<loss>\\d)", "perte 3", "3 - - -"},
    {"été \\[[^à]\\] (\\d)", "été [é] 6", "6 - - -"},
    {"loss (\\d)", "\xff\xfe loss 8 \xc3", "8 - - -"},
    {"x*(?=y)(.)\\K", "\xc3\xa9y", "wrong"},
    {"(\\d*)", "7 ", "wrong"},
    {"((?1)|5)", "5", "wrong"}, // goes round in a circle
    {"^(([a-z])+.)+[A-Z]([a-z])+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "wrong"},
};

static void expressions_are_used(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof regexes / sizeof *regexes; i++) {
        hn_wire *wire = make(regexes[i].regex);
        expect(wire, regexes[i].text, strlen(regexes[i].text), false, regexes[i].want);
        hn_wire_destroy(wire);
    }
}

// Each search looks at the rest of the line first, which is paid for; a line of many numbers is not
// too much.
static void many_matches_have_a_limit(void **state)
{
    (void)state;
    static char digits[65536 + 1], numbers[4000 + 1];
    hn_wire *wire = make("([0-9])");
    memset(digits, '7', 65536);
    for (int i = 0; i < 500; i++)
        snprintf(numbers + 8 * i, 9, "%7d ", i);
    expect(wire, digits, 65536, false, "wrong");
    hn_wire_destroy(wire);
    wire = make("([0-9]+)");
    expect(wire, numbers, 4000, false, "499 - - -");
    hn_wire_destroy(wire);
}

// The first match is not the line's last one, which is not found.
static void without_memory_a_line_is_nothing(void **state)
{
    (void)state;
    static char text[3000 + 1];
    hn_wire *wire = make("(?:x|y)*([0-9])");
    memset(text, 'x', 2999);
    text[0] = '1';
    text[2999] = '2';
    hn_fault_arm("alloc:1");
    expect(wire, text, 3000, false, "");
    assert_int_equal(hn_fault_count("alloc"), 1);
    hn_fault_arm(NULL);
    expect(wire, text, 3000, false, "2 - - -");
    hn_wire_destroy(wire);
}

static void wrong_expressions_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *regex, *says;
        int column;
    } cases[] = {
        {"loss [0-9]+", "a group ( ) around the number is missing", 11},
        {"loss ([0-9+)", "missing terminating ]", 12},
        {"(", "missing closing parenthesis", 1},
        {"(?<loss>.)(?<lost>.)", "no metric is called \"lost\"", 13},
        {"acc=(?<ac>.)(?'a'.)", "no metric is called \"a\"", 15},
        {"(?<loss", "syntax error in subpattern name", 7},
        {"(\xff)", "UTF-8 error", 1},
        {"*(a)", "quantifier does not follow a repeatable item", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hn_wire *wire = NULL;
        hone_error err = HONE_ERROR_INIT;
        assert_int_not_equal(hn_wire_create(metrics, 3, cases[i].regex, &wire, &err), HONE_OK);
        assert_null(wire);
        if (!strstr(err.text, cases[i].says) || err.column != cases[i].column)
            fail_msg("%s: column %d, \"%s\"", cases[i].regex, err.column, err.text);
    }
}

typedef struct from_case {
    const char *spec, *data, *want; // a number, or a part of the error
} from_case;

static const from_case froms[] = {
    {"r.json:eval.loss", "{\"eval\":{\"loss\":0.5}}", "0.5"},
    {"r.json:eval.loss", "{\"eval.loss\":0.25}", "0.25"},
    {"r.json:folds[-1].loss", "{\"folds\":[{\"loss\":1},{\"loss\":2}]}", "2"},
    {"r.json:folds.0.loss", "{\"folds\":[{\"loss\":1},{\"loss\":2}]}", "1"},
    {"r.json:[1]", "[4,5]", "5"},
    {"r.json", "{\"loss\":3}", "3"},
    {"r.txt", " 0.125\n", "0.125"},
    {"r.jsonl:loss", "{\"loss\":3}\n{\"loss\":4}\n\n", "4"},
    {"r.json:a", "{\"a\":true}", "1"},
    {"r.json:a", "{\"a\":NaN,\"b\":\"NaN\\\"NaN\"}", "nan"},
    {"r.json:a", "{\"a\":-Infinity}", "-inf"},
    {"r.json:a", "{\"a\":\"x\"}", "not a number"},
    {"r.json:a.b", "{\"a\":{\"c\":1}}", "no \"b\""},
    {"r.json:b", "{\"a\":1,\"c\":1}", "it has a, c"},
    {"r.json:a[3]", "{\"a\":[1]}", "no \"[3]\""},
    {"r.json:a", "{", "r.json"},
    {"r.jsonl:a", "", "r.jsonl"},
};

static void results_are_found_in_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof froms / sizeof *froms; i++) {
        const from_case *c = &froms[i];
        hn_wire_from from;
        hone_error err = HONE_ERROR_INIT;
        double value = 0, want = strtod(c->want, NULL);
        assert_int_equal(hn_wire_from_parse(c->spec, metrics, 3, &from, &err), HONE_OK);
        bool good =
            hn_wire_from_value(&from, "loss", c->data, strlen(c->data), &value, &err) == HONE_OK;
        if (good ? value != want && !(isnan(value) && isnan(want)) : !strstr(err.text, c->want))
            fail_msg("%s in %s: %g, \"%s\"", c->spec, c->data, value, err.text);
        if (good)
            assert_int_equal(err.status, HONE_OK);
        hn_wire_from_free(&from);
    }
}

static void places_of_results_are_parsed(void **state)
{
    (void)state;
    hn_wire_from from;
    assert_int_equal(hn_wire_from_parse("acc=a=b/r.json:x.y", metrics, 3, &from, NULL), HONE_OK);
    assert_int_equal(from.metric, 1);
    assert_string_equal(from.file, "a=b/r.json");
    assert_string_equal(from.path, "x.y");
    hn_wire_from_free(&from);
    assert_int_equal(hn_wire_from_parse("c:/x/r.json", metrics, 3, &from, NULL), HONE_OK);
    assert_string_equal(from.file, "c:/x/r.json");
    assert_null(from.path);
    hn_wire_from_free(&from);
    assert_int_equal(hn_wire_from_parse("r.json:", metrics, 3, &from, NULL), HONE_EPARSE);
    assert_int_equal(hn_wire_from_parse(":x", metrics, 3, &from, NULL), HONE_EPARSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(what_was_meant_is_wrong_rather_than_nothing),
        cmocka_unit_test(bytes_may_be_anything),
        cmocka_unit_test(a_metric_may_be_called_step),
        cmocka_unit_test(groups_name_metrics_of_any_spelling),
        cmocka_unit_test(expressions_are_used),
        cmocka_unit_test(many_matches_have_a_limit),
        cmocka_unit_test(without_memory_a_line_is_nothing),
        cmocka_unit_test(wrong_expressions_are_refused),
        cmocka_unit_test(results_are_found_in_files),
        cmocka_unit_test(places_of_results_are_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
