// Growing text with sticky failure: append freely, test hn_str_failed() once at the end.
#ifndef HN_BASE_STR_H
#define HN_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/api.h>

typedef struct hn_str {
    char *data; // always terminated once non-NULL; NULL when empty and never written
    size_t n, cap;
    bool failed;
} hn_str;

#define HN_STR_INIT                                                                                \
    {                                                                                              \
        NULL, 0, 0, false                                                                          \
    }

void hn_str_add(hn_str *s, const char *text);
void hn_str_add_n(hn_str *s, const char *bytes, size_t n);
void hn_str_add_char(hn_str *s, char c);
// Room for `n` more bytes, to be written in place and then counted by hn_str_wrote with as many of
// them as were used; NULL when out of memory.
char *hn_str_room(hn_str *s, size_t n);
void hn_str_wrote(hn_str *s, size_t n);
void hn_str_printf(hn_str *s, const char *format, ...) HONE_PRINTF(2, 3);
// Shortest decimal that reads back as the same double, with '.' in every locale; "nan", "inf",
// "-inf".
void hn_str_add_double(hn_str *s, double value);
void hn_str_add_real(hn_str *s, double value); // as hn_real_text
void hn_str_add_int(hn_str *s, int64_t value);
// A JSON string literal with its quotes. Bytes that are not UTF-8 become U+FFFD.
void hn_str_add_json(hn_str *s, const char *text);
void hn_str_add_json_n(hn_str *s, const char *text, size_t n); // text may hold NULs
bool hn_str_failed(const hn_str *s);
const char *hn_str_text(const hn_str *s); // "" when empty; borrowed
char *hn_str_take(hn_str *s);             // hands over the buffer (hn_free it), NULL on failure
void hn_str_clear(hn_str *s);             // keep the buffer, forget text and failure
void hn_str_free(hn_str *s);

#define HN_DOUBLE_TEXT 32
// hn_str_add_double into a buffer of HN_DOUBLE_TEXT bytes; returns the length.
int hn_double_text(double value, char *out);
// The same of a finite value, with ".0" where neither '.' nor 'e' would tell a reader that it is no
// integer.
int hn_real_text(double value, char *out);
// Whole-text conversions, locale-free: true only if all of `text` was read.
bool hn_parse_double(const char *text, double *out); // accepts nan, inf, infinity, any case
bool hn_parse_int(const char *text, int64_t *out);   // decimal, with sign; false on overflow
// Edit distance (insert, drop, change, swap neighbours), at most `limit`+1. Texts of more than
// 127 bytes are only equal or too far.
int hn_edit_distance(const char *a, const char *b, int limit);
// The candidate nearest to `word` within a third of its length (rounded) or but for case, else
// NULL: "did you mean …".
const char *hn_nearest(const char *word, const char *const *candidates, size_t n);
// Bytes of the UTF-8 character at `text`, of which `left` bytes are there (at least 1); 0 when it
// is none: cut off, overlong, a surrogate, too large.
size_t hn_utf8_length(const char *text, size_t left);
bool hn_starts_with(const char *text, const char *prefix);
bool hn_ends_with(const char *text, const char *suffix);
// FNV-1a, 32 and 64 bits: names hash the same on every machine, in every release.
uint32_t hn_hash32(const char *text);
uint64_t hn_hash64(const void *data, size_t n);

#endif
