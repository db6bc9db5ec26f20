// The tokens of the space language, shared by specs, expressions and values.
#ifndef HN_SPACE_LEX_H
#define HN_SPACE_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "space/choice.h"
#include "space/space.h"

typedef struct hn_number {
    double value;
    bool is_int; // digits only and inside int64
    int64_t integer;
} hn_number;

// Length of the longest number that begins at `text`, 0 when none does:
//     [+-] (digits ['.' digits] | '.' digits) [e [+-] digits]
// A point belongs to the number only when a digit follows, so that `0..1` begins with `0`.
size_t hn_lex_number(const char *text, size_t length);
// Value of the number that is the whole of text[0, length); false when it is none. One too large
// for a double becomes infinite.
bool hn_read_number(const char *text, size_t length, hn_number *out);
// The integer that a number is, however it was written; false when it has a fraction or more than
// 64 bits.
bool hn_whole(double value, int64_t *out);
bool hn_whole_number(const hn_number *number, int64_t *out);

// A literal as it stands among choices, in defaults and in the braces of an expression.
typedef enum hn_item_kind { HN_ITEM_BARE, HN_ITEM_QUOTED, HN_ITEM_JSON } hn_item_kind;
typedef struct hn_item {
    size_t from, length; // with its quotes
    hn_item_kind kind;
    const char *text; // in the arena; QUOTED: unquoted, JSON: canonical
} hn_item;

// Reads a quoted text, a JSON list or object, or the bytes up to white space, the end or one of
// `stops`. A bare item may be empty. The error has the column in the whole of `source`.
hone_status hn_lex_item(hn_arena *arena, const char *source, size_t length, size_t from,
                        const char *stops, hn_item *out, hone_error *err);
// End of the quoted text that begins at `from`, or beyond `length` when it is not closed.
size_t hn_skip_quoted(const char *source, size_t length, size_t from);
// End of the list or object that begins at `from`, or beyond `length` when it is not closed.
size_t hn_skip_brackets(const char *source, size_t length, size_t from);
size_t hn_skip_space(const char *source, size_t length, size_t from);
bool hn_is_space(char c);

// Text in double quotes with \" \\ \n \t \r.
void hn_quote_write(const char *text, hn_str *out);

// First byte of `text` that is not part of valid UTF-8 or is a control character other than the
// white space \t \n \r, or `length`.
size_t hn_bad_byte(const char *text, size_t length);

#endif
