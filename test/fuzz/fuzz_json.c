// Fuzzes src/base/json.c: what can be read can be written, compact, indented or canonical, and
// reading that back gives the same tree; every key can be asked for as every type. What cannot be
// read is tried again with Python's words for numbers quoted.
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "fuzz.h"

static void round_trip(const json_t *tree, int indent)
{
    json_t *again = NULL;
    hn_str text = HN_STR_INIT;
    hone_error err = HONE_ERROR_INIT;
    hn_json_write(tree, indent, &text);
    FUZZ_EXPECT(!hn_str_failed(&text));
    if (!hn_str_failed(&text)) {
        hone_status status = hn_json_parse(hn_str_text(&text), text.n, "output", &again, &err);
        FUZZ_EXPECT(status == HONE_OK);
        FUZZ_CHECK(status != HONE_OK || json_equal(tree, again));
    }
    json_decref(again);
    hn_str_free(&text);
}

// The canonical text of a tree is that of every equal tree.
static void check_canonical(const json_t *tree)
{
    json_t *again = NULL;
    hn_str first = HN_STR_INIT, second = HN_STR_INIT;
    hn_json_write_canonical(tree, &first);
    FUZZ_EXPECT(!hn_str_failed(&first));
    if (!hn_str_failed(&first) &&
        hn_json_parse(hn_str_text(&first), first.n, "output", &again, NULL) == HONE_OK) {
        FUZZ_CHECK(json_equal(tree, again));
        hn_json_write_canonical(again, &second);
        FUZZ_EXPECT(!hn_str_failed(&second));
        FUZZ_CHECK(hn_str_failed(&second) ||
                   strcmp(hn_str_text(&first), hn_str_text(&second)) == 0);
    } else {
        FUZZ_EXPECT(false);
    }
    json_decref(again);
    hn_str_free(&first);
    hn_str_free(&second);
}

static void check_double(const json_t *value)
{
    double number, back = 0;
    if (!hn_json_double(value, &number))
        return;
    json_t *made = hn_json_from_double(number);
    FUZZ_EXPECT(hn_json_double(made, &back));
    FUZZ_EXPECT(back == number || isnan(number));
    json_decref(made);
}

static void ask(const json_t *object, const char *key)
{
    double number = 0;
    int64_t whole = 0;
    bool flag = false;
    const char *text = NULL;
    hone_error err = HONE_ERROR_INIT;
    int n_types = (hn_json_get_double(object, key, &number, &err) == HONE_OK) +
                  (hn_json_get_int(object, key, &whole, &err) == HONE_OK) +
                  (hn_json_get_bool(object, key, &flag, &err) == HONE_OK) +
                  (hn_json_get_text(object, key, &text, &err) == HONE_OK);
    // A whole number is a number, "inf" is one and a text.
    FUZZ_CHECK(n_types <= 2 && (n_types == 2 || err.text[0]));
    check_double(json_object_get(object, key));
}

static void check_tree(const json_t *tree)
{
    static const char *const names[] = {"alpha", "beta", "gamma"};
    hone_error err = HONE_ERROR_INIT;
    round_trip(tree, 0);
    round_trip(tree, 2);
    check_canonical(tree);
    if (hn_json_only(tree, names, 3, "the input", &err) != HONE_OK)
        FUZZ_CHECK(err.text[0]);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)tree, key, value)
    {
        ask(tree, key);
    }
    double real = 1;
    int64_t whole = 2;
    bool flag = true;
    const char *text = key;
    FUZZ_CHECK(hn_json_get_double(tree, "not there", &real, &err) == HONE_OK && real == 1);
    FUZZ_CHECK(hn_json_get_int(tree, "not there", &whole, &err) == HONE_OK && whole == 2);
    FUZZ_CHECK(hn_json_get_bool(tree, "not there", &flag, &err) == HONE_OK && flag);
    FUZZ_CHECK(hn_json_get_text(tree, "not there", &text, &err) == HONE_OK && text == key);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    json_t *tree = NULL;
    hn_str quoted = HN_STR_INIT;
    hone_error err = HONE_ERROR_INIT;
    hone_status status = hn_json_parse((const char *)data, size, "input", &tree, &err);
    FUZZ_CHECK((status == HONE_OK) == (tree != NULL));
    FUZZ_CHECK(tree || err.text[0]);
    // Bare words are no JSON, and quoted there is nothing left to quote.
    if (hn_json_quote_words((const char *)data, size, &quoted)) {
        FUZZ_EXPECT(!tree);
        if (!tree)
            (void)hn_json_parse(hn_str_text(&quoted), quoted.n, "quoted", &tree, &err);
    }
    if (tree)
        check_tree(tree);
    json_decref(tree);
    hn_str_free(&quoted);
}
