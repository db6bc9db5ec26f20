// JSON over jansson.
#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

// jansson's position is that after the token it stumbled over; short tokens are quoted in its text.
static size_t token_start(const json_error_t *e)
{
    size_t at = e->position > 0 ? (size_t)e->position : 0, n = 1;
    const char *near = strstr(e->text, " near '");
    if (near && strlen(near) > 8)
        n = strlen(near) - 8;
    return at > n ? at - n : 0;
}

static hone_status fail_parse(const char *text, size_t length, const char *what,
                              const json_error_t *e, hone_error *err)
{
    // jansson seldom names a failed allocation; mostly it leaves its text empty.
    if (json_error_code(e) == json_error_out_of_memory || !e->text[0])
        return hn_fail_memory(err);
    size_t at = token_start(e);
    if (json_error_code(e) == json_error_premature_end_of_input || at > length)
        at = length;
    size_t from = at, to = at;
    while (from > 0 && text[from - 1] != '\n')
        from--;
    while (to < length && text[to] != '\n')
        to++;
    char line[32] = ""; // which of several
    if (from > 0 || to < length)
        snprintf(line, sizeof line, ": line %d", e->line);
    return hn_fail_at(err, HONE_EPARSE, text + from, to - from, at - from,
                      "%s%s is not valid JSON: %s", what, line, e->text);
}

hone_status hn_json_parse(const char *text, size_t length, const char *what, json_t **out,
                          hone_error *err)
{
    json_error_t e;
    if (!text)
        text = ""; // an absent field of an event, say
    *out = json_loadb(text, length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &e);
    return *out ? HONE_OK : fail_parse(text, length, what, &e, err);
}

static void newline(hn_str *out, int indent, int depth)
{
    if (indent <= 0)
        return;
    hn_str_add_char(out, '\n');
    for (int i = 0; i < indent * depth; i++)
        hn_str_add_char(out, ' ');
}

static void add_real(hn_str *out, double value)
{
    if (!isfinite(value)) {
        hn_str_add_char(out, '"');
        hn_str_add_double(out, value);
        hn_str_add_char(out, '"');
        return;
    }
    hn_str_add_real(out, value); // stays a real when it is read again
}

// Indentation of a canonical text, which has none.
enum { CANONICAL = -1 };

static void write_value(const json_t *value, int indent, int depth, hn_str *out);

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_sorted(const json_t *object, int depth, hn_str *out)
{
    size_t n = 0;
    const char *key;
    json_t *item;
    const char **keys = hn_reallocarray(NULL, json_object_size(object) + 1, sizeof *keys);
    if (!keys) {
        out->failed = true;
        return;
    }
    json_object_foreach((json_t *)object, key, item)
    {
        keys[n++] = key;
    }
    qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 0; i < n; i++) {
        hn_str_add_char(out, i ? ',' : '{');
        hn_str_add_json(out, keys[i]);
        hn_str_add_char(out, ':');
        write_value(json_object_get(object, keys[i]), CANONICAL, depth + 1, out);
    }
    hn_str_add(out, n ? "}" : "{}");
    hn_free(keys);
}

static void write_object(const json_t *object, int indent, int depth, hn_str *out)
{
    const char *key;
    json_t *item;
    bool first = true;
    hn_str_add_char(out, '{');
    // The iteration takes a mutable tree but does not change it.
    json_object_foreach((json_t *)object, key, item)
    {
        if (!first)
            hn_str_add_char(out, ',');
        first = false;
        newline(out, indent, depth + 1);
        hn_str_add_json(out, key);
        hn_str_add(out, indent > 0 ? ": " : ":");
        write_value(item, indent, depth + 1, out);
    }
    if (!first)
        newline(out, indent, depth);
    hn_str_add_char(out, '}');
}

static void write_array(const json_t *array, int indent, int depth, hn_str *out)
{
    size_t n = json_array_size(array);
    hn_str_add_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            hn_str_add_char(out, ',');
        newline(out, indent, depth + 1);
        write_value(json_array_get(array, i), indent, depth + 1, out);
    }
    if (n > 0)
        newline(out, indent, depth);
    hn_str_add_char(out, ']');
}

static void write_value(const json_t *value, int indent, int depth, hn_str *out)
{
    if (!value) {
        out->failed = true; // a tree that could not be built
        return;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        if (indent == CANONICAL)
            write_sorted(value, depth, out);
        else
            write_object(value, indent, depth, out);
        break;
    case JSON_ARRAY:
        write_array(value, indent, depth, out);
        break;
    case JSON_STRING:
        hn_str_add_json_n(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        hn_str_add_int(out, json_integer_value(value));
        break;
    case JSON_REAL:
        add_real(out, json_real_value(value));
        break;
    case JSON_TRUE:
        hn_str_add(out, "true");
        break;
    case JSON_FALSE:
        hn_str_add(out, "false");
        break;
    case JSON_NULL:
        hn_str_add(out, "null");
        break;
    }
}

void hn_json_write(const json_t *value, int indent, hn_str *out)
{
    write_value(value, indent > 0 ? indent : 0, 0, out);
}

void hn_json_write_canonical(const json_t *value, hn_str *out)
{
    write_value(value, CANONICAL, 0, out);
}

bool hn_json_quote_words(const char *text, size_t length, hn_str *out)
{
    static const char *const words[][2] = {
        {"NaN", "\"nan\""}, {"-Infinity", "\"-inf\""}, {"Infinity", "\"inf\""}};
    bool in_text = false, any = false;
    for (size_t i = 0, w; i < length;) {
        for (w = 0; !in_text && w < 3; w++) {
            size_t n = strlen(words[w][0]);
            if (length - i >= n && memcmp(text + i, words[w][0], n) == 0)
                break;
        }
        if (!in_text && w < 3) {
            hn_str_add(out, words[w][1]);
            i += strlen(words[w][0]);
            any = true;
            continue;
        }
        bool escape = in_text && text[i] == '\\' && i + 1 < length;
        in_text = in_text != (text[i] == '"');
        hn_str_add_n(out, text + i, 1 + escape);
        i += 1 + escape;
    }
    return any && !hn_str_failed(out);
}

bool hn_json_double(const json_t *value, double *out)
{
    if (json_is_number(value)) {
        *out = json_number_value(value);
        return true;
    }
    const char *text = json_string_value(value);
    if (!text)
        return false;
    if (strcmp(text, "nan") == 0)
        *out = NAN;
    else if (strcmp(text, "inf") == 0)
        *out = INFINITY;
    else if (strcmp(text, "-inf") == 0)
        *out = -INFINITY;
    else
        return false;
    return true;
}

json_t *hn_json_from_double(double value)
{
    if (isfinite(value))
        return json_real(value);
    char text[HN_DOUBLE_TEXT];
    hn_double_text(value, text);
    return json_string(text);
}

static const char *type_name(const json_t *value)
{
    if (!value)
        return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
        return "a whole number";
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    }
    return "nothing";
}

static hone_status fail_type(const json_t *value, const char *key, const char *want,
                             hone_error *err)
{
    return hn_fail(err, HONE_EINVAL, "\"%s\" must be %s, not %s", key, want, type_name(value));
}

hone_status hn_json_get_double(const json_t *object, const char *key, double *out, hone_error *err)
{
    const json_t *value = json_object_get(object, key);
    if (value && !hn_json_double(value, out))
        return fail_type(value, key, "a number", err);
    return HONE_OK;
}

hone_status hn_json_get_int(const json_t *object, const char *key, int64_t *out, hone_error *err)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return HONE_OK;
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return HONE_OK;
    }
    // 1e3 is a real by its spelling but a whole number by its meaning.
    double real = json_real_value(value);
    if (!json_is_real(value) || real != floor(real) || fabs(real) > 9007199254740992.0)
        return fail_type(value, key, "a whole number", err);
    *out = (int64_t)real;
    return HONE_OK;
}

hone_status hn_json_get_bool(const json_t *object, const char *key, bool *out, hone_error *err)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return HONE_OK;
    if (!json_is_boolean(value))
        return fail_type(value, key, "true or false", err);
    *out = json_is_true(value);
    return HONE_OK;
}

hone_status hn_json_get_text(const json_t *object, const char *key, const char **out,
                             hone_error *err)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return HONE_OK;
    if (!json_is_string(value))
        return fail_type(value, key, "a text", err);
    *out = json_string_value(value);
    return HONE_OK;
}

hone_status hn_json_only(const json_t *object, const char *const *names, size_t n, const char *what,
                         hone_error *err)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        return hn_fail(err, HONE_EINVAL, "%s must be an object, not %s", what, type_name(object));
    json_object_foreach((json_t *)object, key, value)
    {
        size_t i = 0;
        while (i < n && strcmp(names[i], key) != 0)
            i++;
        if (i < n)
            continue;
        const char *nearest = hn_nearest(key, names, n);
        if (nearest)
            return hn_fail(err, HONE_EINVAL, "%s has no key \"%s\"; did you mean \"%s\"?", what,
                           key, nearest);
        return hn_fail(err, HONE_EINVAL, "%s has no key \"%s\"", what, key);
    }
    return HONE_OK;
}
