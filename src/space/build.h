// Adding to a space, shared by the space language and JSON.
#ifndef HN_SPACE_BUILD_H
#define HN_SPACE_BUILD_H

#include <jansson.h>

#include "space/space.h"

// A parameter on its way in. Between open and close `param` is filled in from space->arena.
typedef struct hn_addition {
    hn_arena_mark mark;
    hn_param param;
} hn_addition;

// Checks state, limits and the name, which is name.source[from, from + n).
hone_status hn_addition_open(hone_space *space, hn_quote name, hn_addition *out, hone_error *err);
// Commits when `status` is HONE_OK, else forgets what has been allocated: after an error the space
// is as it was. Returns `status` or what went wrong while committing.
hone_status hn_addition_close(hone_space *space, hn_addition *addition, hone_status status,
                              hone_error *err);
// Adds a rule of which the text is part of a longer one.
hone_status hn_space_add_rule(hone_space *space, hn_rule_kind kind, hn_quote quote,
                              hone_error *err);
// One JSON entry.
hone_status hn_space_add_object(hone_space *space, const json_t *entry, hone_error *err);

#endif
