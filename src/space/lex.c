// Numbers, quoted texts and JSON of the space language.
//
// Numbers have a lexer of their own: strtod would read `0..1` as `0.` and `.1`, depends on the
// locale and accepts hexadecimal. The text of a number is converted by base/str.
#include "space/lex.h"

#include <math.h>
#include <string.h>

#include "base/chars.h"
#include "base/json.h"

bool hn_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t hn_skip_space(const char *source, size_t length, size_t from)
{
    while (from < length && hn_is_space(source[from]))
        from++;
    return from;
}

static size_t skip_digits(const char *text, size_t length, size_t at)
{
    while (at < length && hn_is_digit(text[at]))
        at++;
    return at;
}

size_t hn_lex_number(const char *text, size_t length)
{
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+');
    size_t digits = skip_digits(text, length, at);
    bool any = digits > at;
    at = digits;
    if (at + 1 < length && text[at] == '.' && hn_is_digit(text[at + 1])) {
        at = skip_digits(text, length, at + 1);
        any = true;
    }
    if (!any)
        return 0;
    if (at + 1 < length && (text[at] == 'e' || text[at] == 'E')) {
        size_t sign = at + 1 + (text[at + 1] == '-' || text[at + 1] == '+');
        size_t end = skip_digits(text, length, sign);
        if (end > sign)
            at = end;
    }
    return at;
}

// Longer ones are no numbers that a person or a program writes.
enum { MAX_NUMBER = 400 };

bool hn_read_number(const char *text, size_t length, hn_number *out)
{
    char copy[MAX_NUMBER + 1];
    if (length == 0 || length > MAX_NUMBER || hn_lex_number(text, length) != length)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    out->is_int = hn_parse_int(copy, &out->integer);
    // The lexer has seen a number, so what cannot be read is one beyond the range of a double.
    if (!hn_parse_double(copy, &out->value))
        out->value = copy[0] == '-' ? -INFINITY : INFINITY;
    if (!out->is_int)
        out->integer = 0;
    if (out->value == 0)
        out->value = 0; // -0 would make a second configuration of the same values
    return true;
}

bool hn_whole(double value, int64_t *out)
{
    if (!(value == floor(value) && fabs(value) < 9.2e18))
        return false;
    *out = (int64_t)value;
    return true;
}

bool hn_whole_number(const hn_number *number, int64_t *out)
{
    if (!number->is_int)
        return hn_whole(number->value, out);
    *out = number->integer;
    return true;
}

size_t hn_skip_quoted(const char *source, size_t length, size_t from)
{
    char quote = source[from];
    for (size_t at = from + 1; at < length; at++) {
        if (source[at] == '\\')
            at++;
        else if (source[at] == quote)
            return at + 1;
    }
    return length + 1;
}

static int unescape(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case '"':
    case '\'':
    case '\\':
        return c;
    default:
        return -1;
    }
}

static hone_status lex_quoted(hn_arena *arena, const char *source, size_t length, size_t from,
                              hn_item *out, hone_error *err)
{
    size_t end = hn_skip_quoted(source, length, from);
    if (end > length)
        return hn_fail_at(err, HONE_EPARSE, source, length, from, "this quote is never closed");
    char *text = hn_arena_alloc(arena, end - from);
    if (!text)
        return hn_fail_memory(err);
    size_t n = 0;
    for (size_t at = from + 1; at < end - 1; at++) {
        int c = (unsigned char)source[at];
        if (c == '\\') {
            c = unescape(source[++at]);
            if (c < 0)
                return hn_fail_at(err, HONE_EPARSE, source, length, at,
                                  "a backslash in quotes stands before \", ', \\, n, t or r");
        }
        text[n++] = (char)c;
    }
    text[n] = '\0';
    *out = (hn_item){.from = from, .length = end - from, .kind = HN_ITEM_QUOTED, .text = text};
    return HONE_OK;
}

size_t hn_skip_brackets(const char *source, size_t length, size_t from)
{
    int depth = 0;
    for (size_t at = from; at < length; at++) {
        char c = source[at];
        if (c == '"') {
            at = hn_skip_quoted(source, length, at) - 1;
        } else if (c == '[' || c == '{') {
            depth++;
        } else if ((c == ']' || c == '}') && --depth == 0) {
            return at + 1;
        }
    }
    return length + 1;
}

// A list or an object: its canonical form becomes the item's text.
static hone_status lex_json(hn_arena *arena, const char *source, size_t length, size_t from,
                            hn_item *out, hone_error *err)
{
    size_t end = hn_skip_brackets(source, length, from);
    json_t *value = NULL;
    if (end > length)
        return hn_fail_at(err, HONE_EPARSE, source, length, from, "this '%c' is never closed",
                          source[from]);
    hone_status status = hn_json_parse(source + from, end - from, "a choice", &value, NULL);
    if (status == HONE_EPARSE)
        return hn_fail_at(err, HONE_EPARSE, source, length, from,
                          "choices need no brackets: write a,b,c; what stands in brackets is one "
                          "choice, in JSON: [64,\"relu\"]");
    hn_choice choice;
    if (status == HONE_OK)
        status = hn_json_choice(arena, value, &choice, err);
    else
        status = hn_fail_memory(err);
    json_decref(value);
    if (status == HONE_EINVAL && err)
        return hn_fail_at(err, status, source, length, from, "%s", err->text);
    if (status == HONE_OK)
        *out = (hn_item){
            .from = from, .length = end - from, .kind = HN_ITEM_JSON, .text = choice.text};
    return status;
}

hone_status hn_lex_item(hn_arena *arena, const char *source, size_t length, size_t from,
                        const char *stops, hn_item *out, hone_error *err)
{
    char first = from < length ? source[from] : '\0';
    if (first == '"' || first == '\'')
        return lex_quoted(arena, source, length, from, out, err);
    if (first == '[' || first == '{')
        return lex_json(arena, source, length, from, out, err);
    size_t end = from;
    while (end < length && !hn_is_space(source[end]) && !strchr(stops, source[end]))
        end++;
    *out = (hn_item){.from = from, .length = end - from, .kind = HN_ITEM_BARE};
    out->text = hn_arena_strndup(arena, source + from, end - from);
    return out->text ? HONE_OK : hn_fail_memory(err);
}

void hn_quote_write(const char *text, hn_str *out)
{
    hn_str_add_char(out, '"');
    for (const char *p = text; *p; p++) {
        switch (*p) {
        case '\n':
            hn_str_add(out, "\\n");
            break;
        case '\t':
            hn_str_add(out, "\\t");
            break;
        case '\r':
            hn_str_add(out, "\\r");
            break;
        case '"':
        case '\\':
            hn_str_add_char(out, '\\');
            hn_str_add_char(out, *p);
            break;
        default:
            hn_str_add_char(out, *p);
        }
    }
    hn_str_add_char(out, '"');
}

size_t hn_bad_byte(const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        unsigned char c = (unsigned char)text[at];
        size_t n = hn_utf8_length(text + at, length - at);
        if (n == 0 || c == 0x7F || (c < 0x20 && !hn_is_space((char)c)))
            return at;
        at += n;
    }
    return length;
}
