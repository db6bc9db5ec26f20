// Fuzzes src/base/json.c: what can be read can be written, compact or indented, and reading that
// back gives the same tree; every key can be asked for as every type.
#include <math.h>

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

void fuzz_one(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"alpha", "beta", "gamma"};
    json_t *tree = NULL;
    hone_error err = HONE_ERROR_INIT;
    if (hn_json_parse((const char *)data, size, "input", &tree, &err) != HONE_OK) {
        FUZZ_CHECK(err.text[0] && !tree);
        return;
    }
    round_trip(tree, 0);
    round_trip(tree, 2);
    if (hn_json_only(tree, names, 3, "the input", &err) != HONE_OK)
        FUZZ_CHECK(err.text[0]);
    const char *key;
    json_t *value;
    json_object_foreach(tree, key, value)
    {
        ask(tree, key);
    }
    double unused;
    FUZZ_CHECK(hn_json_get_double(tree, "not there", &unused, &err) == HONE_OK);
    json_decref(tree);
}
