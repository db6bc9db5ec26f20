// Reading one parameter's spec, and writing it back normalised.
#ifndef HN_SPACE_SPEC_H
#define HN_SPACE_SPEC_H

#include "space/domain.h"
#include "space/lex.h"
#include "space/space.h"

// A spec being read: source[at] is the next byte.
typedef struct hn_spec {
    hn_arena *arena;
    const char *source;
    size_t length, at;
    hn_param *param;
    hn_places places;
    hone_error *err;
} hn_spec;

#define HN_SPEC_FAIL(spec, column, ...)                                                            \
    hn_fail_at((spec)->err, HONE_EPARSE, (spec)->source, (spec)->length, (column), __VA_ARGS__)

// Reads source[from, length) into `param`, whose name is set already; `source` must live in the
// arena, for it is kept for later errors. The condition is checked for its grammar only.
hone_status hn_spec_parse(hn_arena *arena, const char *source, size_t length, size_t from,
                          hn_param *param, hone_error *err);
// Fills what follows from the type and the choices: n_slots, n_dims.
void hn_spec_finish(hn_param *param);
// The normalised spec with `condition` (NULL: none).
void hn_spec_write(const hn_param *param, const char *condition, hn_str *out);

// --- between spec.c and spec_body.c ---
hone_status hn_spec_body(hn_spec *spec);
// A number at spec->at; `what` names it in errors ("the low end").
hone_status hn_spec_number(hn_spec *spec, const char *what, hn_number *out);
// Length of the run of bytes at spec->at that a bare word may have.
size_t hn_spec_word(const hn_spec *spec);
// Is `text` one of the words that begin a typed spec ("log", "int", …)?
bool hn_spec_is_type_word(const char *text);

// The choices of every boolean parameter: false, true.
extern const hn_choice hn_bool_choices[2];

#endif
