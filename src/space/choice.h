// A choice: what it is, when two are the same, and how it is written.
//
// A choice is a text, a number, true, false, null, or any other JSON. Two are the same when type
// and value are: the number 1 is 1.0, but neither the text "1" nor true. Arrays and objects are
// kept as canonical JSON: no blanks, keys in order, numbers as they print shortest.
#ifndef HN_SPACE_CHOICE_H
#define HN_SPACE_CHOICE_H

#include "space/space.h"

struct hn_item;

// What an item means as a choice: number, true, false, null, JSON or text; weight 1.
hone_status hn_item_choice(const char *source, size_t length, const struct hn_item *item,
                           hn_choice *out, hone_error *err);
// The choice that a text makes when it stands without quotes; brackets are not looked at.
void hn_bare_choice(const char *text, hn_choice *out);
// The same, but a text that is a JSON array or object is one: its canonical form is in the arena.
hone_status hn_typed_choice(hn_arena *arena, const char *text, hn_choice *out, hone_error *err);
// A choice as JSON has it; its texts are in the arena. Weight 1.
hone_status hn_json_choice(hn_arena *arena, const struct json_t *value, hn_choice *out,
                           hone_error *err);

// Same type and same value?
bool hn_choice_equal(const hn_choice *a, const hn_choice *b);
// Appends a key: choices are the same exactly when their keys are.
void hn_choice_key(const hn_choice *choice, hn_str *out);
// Index of the choice of `param` that is `choice`; else of the first with its text, else -1: who
// writes "3" where 3 is a choice, or 3 where "3" is, means that one.
int64_t hn_choice_find(const hn_param *param, const hn_choice *choice);

// Writes the choice so that it reads back the same: bare where that is safe, else quoted.
void hn_choice_write(const hn_choice *choice, hn_str *out);
// For people, in a message of one line: quoted only where it would read as something else.
void hn_choice_show(const hn_choice *choice, hn_str *out);
// As JSON, with its type.
void hn_choice_to_json(const hn_choice *choice, hn_str *out);

#endif
