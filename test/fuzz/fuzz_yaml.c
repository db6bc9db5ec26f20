// Fuzzes src/base/yaml*.c: a document becomes a tree that JSON can hold, or an error with a
// sentence; the text of every line that a key is said to be on can be read.
#include "base/yaml.h"

#include "base/json.h"
#include "fuzz.h"

// Sum of the bytes of the line that `key` is on, so that the sanitizers see each being read.
static unsigned read_line_of(const hn_yaml *yaml, const char *key)
{
    size_t length = 0;
    const char *text = hn_yaml_line_text(yaml, hn_yaml_line(yaml, key), &length);
    unsigned sum = 0;
    for (size_t i = 0; text && i < length; i++)
        sum += (unsigned char)text[i];
    return sum;
}

void fuzz_one(const uint8_t *data, size_t size)
{
    hn_yaml *yaml = NULL;
    hn_str text = HN_STR_INIT;
    hone_error err = HONE_ERROR_INIT;
    if (hn_yaml_parse((const char *)data, size, "input", &yaml, &err) != HONE_OK) {
        FUZZ_CHECK(err.text[0]);
        return;
    }
    hn_json_write(hn_yaml_root(yaml), 0, &text);
    FUZZ_EXPECT(!hn_str_failed(&text));
    unsigned sum = read_line_of(yaml, "not there");
    const char *key;
    json_t *value;
    json_object_foreach(hn_yaml_root(yaml), key, value)
    {
        sum += read_line_of(yaml, key);
    }
    FUZZ_CHECK(sum <= 255 * size * (size + 1));
    hn_str_free(&text);
    hn_yaml_destroy(yaml);
}
