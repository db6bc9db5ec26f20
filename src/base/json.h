// JSON, thin over jansson: typed reading with errors that name the key, non-finite numbers as the
// strings "nan" "inf" "-inf", doubles printed shortest-round-trip in every locale.
//
// Trees are jansson's (json_t, reference counted).
#ifndef HN_BASE_JSON_H
#define HN_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

// Parses one whole value; `what` names the text in errors ("--set", "study.json").
hone_status hn_json_parse(const char *text, size_t length, const char *what, json_t **out,
                          hone_error *err);
// Compact (indent 0) or indented text appended to `out`.
void hn_json_write(const json_t *value, int indent, hn_str *out);
// Compact, the keys of objects in order of their bytes: equal values have equal texts.
void hn_json_write_canonical(const json_t *value, hn_str *out);
// Copies `text` with the strings above for the bare words NaN, Infinity and -Infinity, which Python
// writes and JSON has not. False when there was none, or no memory.
bool hn_json_quote_words(const char *text, size_t length, hn_str *out);
// A number, or one of the strings above, as double.
bool hn_json_double(const json_t *value, double *out);
json_t *hn_json_from_double(double value); // non-finite becomes a string
// Looks `key` up in `object`; absent is HONE_OK with `*out` untouched; another type is HONE_EINVAL
// and names key, wanted and found type.
hone_status hn_json_get_double(const json_t *object, const char *key, double *out, hone_error *err);
hone_status hn_json_get_int(const json_t *object, const char *key, int64_t *out, hone_error *err);
hone_status hn_json_get_bool(const json_t *object, const char *key, bool *out, hone_error *err);
hone_status hn_json_get_text(const json_t *object, const char *key, const char **out,
                             hone_error *err);
// `object` must be one, with every key among the `n` names; the error names the stranger and the
// nearest.
hone_status hn_json_only(const json_t *object, const char *const *names, size_t n, const char *what,
                         hone_error *err);

#endif
