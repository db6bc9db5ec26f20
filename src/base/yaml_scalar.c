// Core schema of YAML 1.2 (section 10.3.2): null, true, 12, 0o14, 0x0C, 1.5, 1e-3, .inf, .nan; all
// else is text, in particular yes, no, on, off. A tag (!!str, !!int, …) overrides the guess.
#include "base/yaml_scalar.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

#define TAG_PREFIX "tag:yaml.org,2002:"
#define TOO_LARGE  "the whole number needs more than 64 bits; put it in quotes if it is a text"

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(text, *words) == 0)
            return true;
    }
    return false;
}

static bool is_null(const char *text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
    return is_one_of(text, words);
}

static bool is_true(const char *text)
{
    static const char *const words[] = {"true", "True", "TRUE", NULL};
    return is_one_of(text, words);
}

static bool is_false(const char *text)
{
    static const char *const words[] = {"false", "False", "FALSE", NULL};
    return is_one_of(text, words);
}

static bool special_double(const char *text, double *out)
{
    static const char *const infinities[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};
    if (is_one_of(text, nans)) {
        *out = NAN;
        return true;
    }
    *out = *text == '-' ? -INFINITY : INFINITY;
    return is_one_of(text + (*text == '-' || *text == '+'), infinities);
}

// 0o17 and 0x1F, which take no sign. Returns false when the text has another form.
static bool based_int(const char *text, json_t **out, const char **problem)
{
    if (text[0] != '0' || (text[1] != 'x' && text[1] != 'o') || !text[2])
        return false;
    uint64_t base = text[1] == 'x' ? 16 : 8, value = 0;
    bool fits = true;
    for (const char *p = text + 2; *p; p++) {
        static const char digits[] = "0123456789abcdef";
        const char *at = strchr(digits, *p >= 'A' && *p <= 'F' ? *p + ('a' - 'A') : *p);
        if (!at || (uint64_t)(at - digits) >= base)
            return false;
        fits = fits && value <= (uint64_t)INT64_MAX / base;
        value = value * base + (uint64_t)(at - digits);
    }
    if (fits)
        *out = json_integer((json_int_t)value);
    else
        *problem = TOO_LARGE;
    return true;
}

static size_t skip_digits(const char *p)
{
    return strspn(p, "0123456789");
}

// Does the unsigned text follow the grammar of decimal numbers? `*whole`: without point, exponent.
static bool is_decimal(const char *p, bool *whole)
{
    size_t before = skip_digits(p), after = 0;
    p += before;
    *whole = *p == '\0';
    if (*p == '.') {
        after = skip_digits(++p);
        p += after;
    }
    if (before + after == 0)
        return false;
    if (*p == 'e' || *p == 'E') {
        p += 1 + (p[1] == '-' || p[1] == '+');
        if (!skip_digits(p))
            return false;
        p += skip_digits(p);
    }
    return *p == '\0';
}

// Returns false when the text is no number. A number out of range is a problem, not a text.
static bool number(const char *text, json_t **out, const char **problem)
{
    double real;
    bool whole;
    if (special_double(text, &real)) {
        *out = hn_json_from_double(real);
        return true;
    }
    if (based_int(text, out, problem))
        return true;
    if (!is_decimal(text + (*text == '-' || *text == '+'), &whole))
        return false;
    int64_t integer;
    if (whole && hn_parse_int(text, &integer))
        *out = json_integer(integer);
    else if (whole)
        *problem = TOO_LARGE;
    else if (hn_parse_double(text, &real))
        *out = json_real(real);
    else
        *problem = "the number is too large for a double; put it in quotes if it is a text";
    return true;
}

// Out of memory leaves `*out` NULL.
static void guess(const char *text, size_t length, json_t **out, const char **problem)
{
    if (is_null(text))
        *out = json_null();
    else if (is_true(text) || is_false(text))
        *out = json_boolean(is_true(text));
    else if (!number(text, out, problem))
        *out = json_stringn(text, length);
}

static void obey_tag(const char *text, size_t length, const char *tag, json_t **out,
                     const char **problem)
{
    if (strcmp(tag, "!") == 0 || strcmp(tag, TAG_PREFIX "str") == 0) {
        *out = json_stringn(text, length);
        return;
    }
    guess(text, length, out, problem);
    if (!*out)
        return;
    bool is_int = strcmp(tag, TAG_PREFIX "int") == 0, fits = false;
    bool is_float = strcmp(tag, TAG_PREFIX "float") == 0;
    double real;
    if (is_int)
        fits = json_is_integer(*out);
    else if (is_float)
        fits = special_double(text, &real) || json_is_number(*out);
    else if (strcmp(tag, TAG_PREFIX "bool") == 0)
        fits = json_is_boolean(*out);
    else if (strcmp(tag, TAG_PREFIX "null") == 0)
        fits = json_is_null(*out);
    else
        *problem = "unknown tag; !!str, !!int, !!float, !!bool and !!null are known";
    if (!fits) {
        *problem = *problem ? *problem : "the value does not have the type that its tag says";
        json_decref(*out);
        *out = NULL;
    } else if (is_float && json_is_integer(*out)) {
        json_t *integer = *out;
        *out = json_real((double)json_integer_value(integer));
        json_decref(integer);
    }
}

hone_status hn_yaml_scalar(const char *text, size_t length, bool plain, const char *tag,
                           json_t **out, const char **problem)
{
    *out = NULL;
    *problem = NULL;
    if (strlen(text) != length)
        *problem = "a text may not hold a zero byte";
    else if (tag)
        obey_tag(text, length, tag, out, problem);
    else if (plain)
        guess(text, length, out, problem);
    else
        *out = json_stringn(text, length);
    if (*problem)
        return HONE_EPARSE;
    return *out ? HONE_OK : HONE_ENOMEM;
}
