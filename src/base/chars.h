// Classes of characters, the same in every locale.
#ifndef HN_BASE_CHARS_H
#define HN_BASE_CHARS_H

#include <stdbool.h>

static inline bool hn_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool hn_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Names of parameters begin with a letter or '_' …
static inline bool hn_begins_name(char c)
{
    return hn_is_letter(c) || c == '_';
}

// … and go on with these.
static inline bool hn_continues_name(char c)
{
    return hn_begins_name(c) || hn_is_digit(c) || c == '.' || c == '-';
}

#endif
