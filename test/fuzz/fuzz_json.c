// JSON: what can be read can be written, and reading that back gives the same tree.
#include "base/json.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *first = NULL, *second = NULL;
    hn_str text = HN_STR_INIT;
    hone_error err = HONE_ERROR_INIT;
    if (hn_json_parse((const char *)data, size, "input", &first, &err) != HONE_OK) {
        FUZZ_CHECK(err.text[0]);
        return 0;
    }
    hn_json_write(first, 0, &text);
    FUZZ_CHECK(hn_json_parse(text.data, text.n, "output", &second, &err) == HONE_OK);
    FUZZ_CHECK(json_equal(first, second));
    json_decref(first);
    json_decref(second);
    hn_str_free(&text);
    return 0;
}
