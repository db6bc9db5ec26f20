// Reading lines that report metrics; the grammar is in wire.h.
//
//  1. The line is cleaned: the part after the last '\r', without terminal colours.
//  2. `--regex` alone decides for the output, when there is one.
//  3. A line that is a JSON object is read as such.
//  4. Any other, and an object that is no JSON (Python prints NaN and single quotes), is searched
//     for "name = number".
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/wire_private.h"

enum { NUMBER_MAX = 63 };

static const char *const step_words[] = {"step", "iteration", "epoch"};
enum { N_STEP_WORDS = sizeof step_words / sizeof *step_words };

static hone_status copy_names(hn_wire *wire, const char *const *metrics, size_t n)
{
    wire->names = hn_calloc(n, sizeof *wire->names);
    wire->values = hn_calloc(n, sizeof *wire->values);
    wire->present = hn_calloc(n, sizeof *wire->present);
    if (!wire->names || !wire->values || !wire->present)
        return HONE_ENOMEM;
    for (wire->n = 0; wire->n < n; wire->n++) {
        wire->names[wire->n] = hn_strdup(metrics[wire->n]);
        if (!wire->names[wire->n])
            return HONE_ENOMEM;
    }
    return HONE_OK;
}

hone_status hn_wire_create(const char *const *metrics, size_t n, const char *regex, hn_wire **out,
                           hone_error *err)
{
    hn_wire *wire = hn_calloc(1, sizeof *wire);
    hone_status status = HONE_OK;
    if (!wire || copy_names(wire, metrics, n) != HONE_OK)
        status = hn_fail_memory(err);
    else if (regex)
        status = hn_wire_regex_create(wire, regex, &wire->regex, err);
    if (status != HONE_OK) {
        hn_wire_destroy(wire);
        wire = NULL;
    }
    *out = wire;
    return status;
}

void hn_wire_destroy(hn_wire *wire)
{
    if (!wire)
        return;
    for (size_t i = 0; i < wire->n; i++)
        hn_free(wire->names[i]);
    hn_free(wire->names);
    hn_free(wire->values);
    hn_free(wire->present);
    hn_wire_regex_destroy(wire->regex);
    hn_str_free(&wire->clean);
    hn_free(wire);
}

int hn_wire_metric(const hn_wire *wire, const char *name, size_t length)
{
    for (size_t i = 0; i < wire->n; i++) {
        if (strlen(wire->names[i]) == length && memcmp(wire->names[i], name, length) == 0)
            return (int)i;
    }
    return -1;
}

void hn_wire_set(hn_wire *wire, hn_wire_result *out, size_t metric, double value)
{
    wire->values[metric] = value;
    wire->present[metric] = true;
    out->kind = HN_WIRE_REPORT;
}

void hn_wire_set_step(hn_wire_result *out, double value)
{
    if (!(value >= 0 && value <= 9007199254740992.0) || value != floor(value))
        return;
    out->has_step = true;
    out->step = (int64_t)value;
}

void hn_wire_wrong(hn_wire *wire, hn_wire_result *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(wire->problem, sizeof wire->problem, format, args);
    va_end(args);
    if (out->kind == HN_WIRE_NOTHING)
        out->kind = HN_WIRE_WRONG;
    out->problem = wire->problem;
}

// Copies the line without escape sequences (ESC [ … letter) into `clean`.
static void strip_colours(hn_wire *wire, const char **text, size_t *size)
{
    const char *p = *text, *end = p + *size;
    if (!memchr(p, '\033', *size))
        return;
    hn_str_clear(&wire->clean);
    while (p < end) {
        const char *escape = memchr(p, '\033', (size_t)(end - p));
        escape = escape ? escape : end;
        hn_str_add_n(&wire->clean, p, (size_t)(escape - p));
        p = escape < end ? escape + 1 : end;
        if (p < end && *p == '[') {
            for (p++; p < end && !isalpha((unsigned char)*p);)
                p++;
            p += p < end;
        }
    }
    if (hn_str_failed(&wire->clean))
        return;
    *text = hn_str_text(&wire->clean);
    *size = wire->clean.n;
}

static void last_part(const char **text, size_t *size)
{
    while (*size > 0 && strchr("\r\n", (*text)[*size - 1]) && (*text)[*size - 1] != '\0')
        --*size;
    const char *cut = memrchr(*text, '\r', *size);
    if (!cut)
        return;
    *size -= (size_t)(cut + 1 - *text);
    *text = cut + 1;
}

static size_t word_length(const char *p, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - p) >= length && strncasecmp(p, word, length) == 0 ? length : 0;
}

// nan, inf and infinity in any case, as printed by C, Python and JavaScript.
static size_t non_finite(const char *p, const char *end, double *value)
{
    size_t sign = p < end && (*p == '+' || *p == '-');
    size_t length;
    *value = *p == '-' ? -INFINITY : INFINITY;
    if ((length = word_length(p + sign, end, "infinity")))
        return sign + length;
    if ((length = word_length(p + sign, end, "inf")))
        return sign + length;
    *value = NAN;
    length = word_length(p + sign, end, "nan");
    return length ? sign + length : 0;
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && isdigit((unsigned char)*p))
        p++;
    return p;
}

size_t hn_wire_number(const char *p, const char *end, double *value)
{
    char text[NUMBER_MAX + 1];
    const char *q = p;
    if (p >= end)
        return 0;
    q += *q == '+' || *q == '-';
    const char *whole = q;
    q = skip_digits(q, end);
    size_t n_digits = (size_t)(q - whole);
    if (q < end && *q == '.') {
        const char *fraction = q + 1;
        q = skip_digits(fraction, end);
        n_digits += (size_t)(q - fraction);
        // "loss: 5." ends a sentence, and 5. is a number to C: either way it is five.
    }
    if (n_digits == 0)
        return non_finite(p, end, value);
    if (q < end && (*q == 'e' || *q == 'E')) {
        const char *exponent = q + 1;
        exponent += exponent < end && (*exponent == '+' || *exponent == '-');
        if (skip_digits(exponent, end) > exponent)
            q = skip_digits(exponent, end);
    }
    size_t length = (size_t)(q - p);
    if (length > NUMBER_MAX)
        return 0;
    memcpy(text, p, length);
    text[length] = '\0';
    if (length > 1 && text[length - 1] == '.')
        text[length - 1] = '\0';
    return hn_parse_double(text + (text[0] == '+'), value) ? length : 0;
}

// May `c` stand before a name? Letters, digits and the joints of longer names may not.
static bool is_before_name(char c)
{
    return !isalnum((unsigned char)c) && !strchr("_-./", c) && !((unsigned char)c & 0x80);
}

static bool is_after_number(const char *p, const char *end)
{
    if (p == end)
        return true;
    if (*p == '.')
        return p + 1 == end || isspace((unsigned char)p[1]);
    return isspace((unsigned char)*p) || (*p && strchr(",;)]}|\"'>", *p));
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

// After a name: an optional closing quote, '=' or ':', and an optional opening quote.
static const char *separator(const char *p, const char *end)
{
    if (p < end && (*p == '"' || *p == '\''))
        p++;
    p = skip_blanks(p, end);
    if (p == end || (*p != '=' && *p != ':'))
        return NULL;
    return skip_blanks(p + 1, end);
}

// One place where the name stands: its value, or what is wrong with it.
static void read_pair(hn_wire *wire, size_t metric, const char *p, const char *end,
                      hn_wire_result *out)
{
    double value;
    const char *number = separator(p, end);
    if (!number)
        return;
    number += number < end && (*number == '"' || *number == '\'');
    size_t length = hn_wire_number(number, end, &value);
    if (length == 0)
        return;
    const char *after = number + length;
    if (is_after_number(after, end)) {
        hn_wire_set(wire, out, metric, value);
        return;
    }
    // "0.2.1" and "information" are hardly numbers at all; "93%" and "12ms" look like one.
    const char *stop = after;
    while (stop < end && stop - number < 24 && *stop && !strchr(" ,;\t\r\n", *stop))
        stop++;
    if (isfinite(value) && (*after == '%' || isalpha((unsigned char)*after)))
        hn_wire_wrong(wire, out, "\"%s\" is printed with a unit (\"%.*s\"): print the bare number",
                      wire->names[metric], (int)(stop - number), number);
}

static void read_pairs_of(hn_wire *wire, size_t metric, const char *text, const char *end,
                          hn_wire_result *out)
{
    const char *name = wire->names[metric], *p = text;
    size_t length = strlen(name);
    while (length && (p = memmem(p, (size_t)(end - p), name, length))) {
        if (p == text || is_before_name(p[-1]))
            read_pair(wire, metric, p + length, end, out);
        p += length;
    }
}

// "step=3", "Epoch 3/10", "iteration [7]".
static bool read_step_word(const char *p, const char *end, hn_wire_result *out)
{
    double value;
    const char *q = separator(p, end);
    q = q ? q : skip_blanks(p, end);
    while (q < end && (*q == '[' || *q == '#' || *q == '('))
        q++;
    const char *digits = skip_digits(q, end);
    size_t length = digits > q ? hn_wire_number(q, end, &value) : 0;
    if (length == 0 || (q + length < end && isalnum((unsigned char)q[length])))
        return false;
    hn_wire_set_step(out, value);
    return out->has_step;
}

static void read_step(hn_wire *wire, const char *text, const char *end, hn_wire_result *out)
{
    for (int i = 0; i < N_STEP_WORDS; i++) {
        size_t length = strlen(step_words[i]);
        if (hn_wire_metric(wire, step_words[i], length) >= 0)
            continue;
        for (const char *p = text; p < end; p++) {
            bool here = word_length(p, end, step_words[i]) && (p == text || is_before_name(p[-1]));
            if (here && read_step_word(p + length, end, out))
                return;
        }
    }
}

static void read_pairs(hn_wire *wire, const char *text, size_t size, hn_wire_result *out)
{
    const char *end = text + size;
    for (size_t i = 0; i < wire->n; i++)
        read_pairs_of(wire, i, text, end, out);
    if (out->kind == HN_WIRE_REPORT)
        read_step(wire, text, end, out);
}

// A value of the object, as a number. False when it is none.
static bool value_of(const json_t *value, double *number)
{
    if (json_is_boolean(value)) {
        *number = json_is_true(value);
        return true;
    }
    return hn_json_double(value, number);
}

static void read_object(hn_wire *wire, const json_t *object, hn_wire_result *out)
{
    double number;
    for (size_t i = 0; i < wire->n; i++) {
        const json_t *value = json_object_get(object, wire->names[i]);
        if (value && value_of(value, &number))
            hn_wire_set(wire, out, i, number);
        else if (value)
            hn_wire_wrong(wire, out, "\"%s\" is not a number in a JSON line", wire->names[i]);
    }
    for (int i = 0; i < N_STEP_WORDS && !out->has_step; i++) {
        const json_t *value = json_object_get(object, step_words[i]);
        if (hn_wire_metric(wire, step_words[i], strlen(step_words[i])) < 0 &&
            hn_json_double(value, &number))
            hn_wire_set_step(out, number);
    }
}

// False when the line is no JSON object.
static bool read_json(hn_wire *wire, const char *text, size_t size, hn_wire_result *out)
{
    json_t *object = NULL;
    const char *p = skip_blanks(text, text + size);
    if (p == text + size || *p != '{')
        return false;
    if (hn_json_parse(p, size - (size_t)(p - text), "line", &object, NULL) != HONE_OK)
        return false;
    bool is_object = json_is_object(object);
    if (is_object)
        read_object(wire, object, out);
    json_decref(object);
    return is_object;
}

static void nothing_found(hn_wire *wire, hn_wire_result *out)
{
    hn_wire_wrong(wire, out, "a report without a declared metric: expected e.g. {\"%s\": 0.5}",
                  wire->names[0]);
}

hn_wire_kind hn_wire_read(hn_wire *wire, const char *text, size_t size, bool meant,
                          hn_wire_result *out)
{
    *out = (hn_wire_result){.values = wire->values, .present = wire->present};
    memset(wire->present, 0, wire->n * sizeof *wire->present);
    last_part(&text, &size);
    strip_colours(wire, &text, &size);
    if (wire->regex && !meant) {
        hn_wire_regex_read(wire, text, size, out);
        return out->kind;
    }
    if (!read_json(wire, text, size, out))
        read_pairs(wire, text, size, out);
    if (meant && out->kind == HN_WIRE_NOTHING)
        nothing_found(wire, out);
    return out->kind;
}
