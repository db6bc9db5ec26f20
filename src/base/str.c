// Growing text, and the small text helpers: prefixes, hashes, edit distance.
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

// Room for n more bytes and the terminator.
static bool reserve(hn_str *s, size_t n)
{
    if (s->failed)
        return false;
    if (n < s->cap - s->n)
        return true;
    if (n > SIZE_MAX / 4 || s->n > SIZE_MAX / 4) {
        s->failed = true;
        return false;
    }
    size_t cap = s->cap + s->cap / 2;
    if (cap < s->n + n + 1)
        cap = s->n + n + 1;
    if (cap < 64)
        cap = 64;
    char *data = hn_realloc(s->data, cap);
    if (!data) {
        s->failed = true;
        return false;
    }
    s->data = data;
    s->cap = cap;
    return true;
}

void hn_str_add_n(hn_str *s, const char *bytes, size_t n)
{
    if (!reserve(s, n))
        return;
    if (n)
        memcpy(s->data + s->n, bytes, n);
    s->n += n;
    s->data[s->n] = '\0';
}

char *hn_str_room(hn_str *s, size_t n)
{
    return reserve(s, n) ? s->data + s->n : NULL;
}

void hn_str_wrote(hn_str *s, size_t n)
{
    s->n += n;
    s->data[s->n] = '\0';
}

void hn_str_add(hn_str *s, const char *text)
{
    hn_str_add_n(s, text, strlen(text));
}

void hn_str_add_char(hn_str *s, char c)
{
    hn_str_add_n(s, &c, 1);
}

void hn_str_printf(hn_str *s, const char *format, ...)
{
    // Most texts fit at the first try; the length that was wanted makes the second one fit.
    for (size_t room = 64; reserve(s, room);) {
        va_list args;
        va_start(args, format);
        int n = vsnprintf(s->data + s->n, s->cap - s->n, format, args);
        va_end(args);
        if (n < 0) {
            s->data[s->n] = '\0';
            s->failed = true;
            return;
        }
        if ((size_t)n < s->cap - s->n) {
            s->n += (size_t)n;
            return;
        }
        s->data[s->n] = '\0';
        room = (size_t)n;
    }
}

void hn_str_add_double(hn_str *s, double value)
{
    char text[HN_DOUBLE_TEXT];
    hn_str_add_n(s, text, (size_t)hn_double_text(value, text));
}

void hn_str_add_real(hn_str *s, double value)
{
    char text[HN_DOUBLE_TEXT];
    hn_str_add_n(s, text, (size_t)hn_real_text(value, text));
}

void hn_str_add_int(hn_str *s, int64_t value)
{
    char text[24], *p = text + sizeof text;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        *--p = '-';
    hn_str_add_n(s, p, (size_t)(text + sizeof text - p));
}

size_t hn_utf8_length(const char *text, size_t left)
{
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || left < n)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    }
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return n;
}

static void add_escape(hn_str *s, unsigned char c)
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if ((unsigned char)letters[i] == c) {
            char pair[2] = {'\\', letters[i + 1]};
            hn_str_add_n(s, pair, 2);
            return;
        }
    }
    hn_str_printf(s, "\\u%04x", c);
}

void hn_str_add_json_n(hn_str *s, const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t plain = 0; // start of the stretch that is copied as it stands
    hn_str_add_char(s, '"');
    for (size_t i = 0; i < n;) {
        size_t length = hn_utf8_length(text + i, n - i);
        if (length > 0 && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\') {
            i += length;
            continue;
        }
        hn_str_add_n(s, text + plain, i - plain);
        if (length == 0)
            hn_str_add(s, "\xEF\xBF\xBD");
        else
            add_escape(s, p[i]);
        plain = ++i;
    }
    hn_str_add_n(s, text + plain, n - plain);
    hn_str_add_char(s, '"');
}

void hn_str_add_json(hn_str *s, const char *text)
{
    hn_str_add_json_n(s, text, strlen(text));
}

bool hn_str_failed(const hn_str *s)
{
    return s->failed;
}

const char *hn_str_text(const hn_str *s)
{
    return s->data ? s->data : "";
}

char *hn_str_take(hn_str *s)
{
    reserve(s, 0);
    char *data = s->data;
    if (s->failed) {
        hn_free(data);
        data = NULL;
    } else {
        data[s->n] = '\0';
    }
    *s = (hn_str)HN_STR_INIT;
    return data;
}

void hn_str_clear(hn_str *s)
{
    s->n = 0;
    s->failed = false;
    if (s->data)
        s->data[0] = '\0';
}

void hn_str_free(hn_str *s)
{
    hn_free(s->data);
    *s = (hn_str)HN_STR_INIT;
}

bool hn_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool hn_ends_with(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

uint32_t hn_hash32(const char *text)
{
    uint32_t hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

uint64_t hn_hash64(const void *data, size_t n)
{
    const unsigned char *p = data;
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ p[i]) * 1099511628211u;
    return hash;
}
