// Values in the space language, as they stand in a default (space.h has the command line's form).
#ifndef HN_SPACE_VALUE_H
#define HN_SPACE_VALUE_H

#include "space/space.h"

// Reads the quoted part of a text; the error has its caret there.
hone_status hn_value_read(const hn_param *param, hn_quote quote, hn_slot *slots, hone_error *err);
// Writes what hn_value_read reads back equal: texts are in quotes where they need them.
void hn_value_write(const hn_param *param, const hn_slot *slots, hn_str *out);
// "sgd (did you mean 'sgd'?)"-style error for a text that is no choice of `param`.
hone_status hn_value_no_choice(const hn_param *param, hn_quote quote, const char *text,
                               hone_error *err);

#endif
