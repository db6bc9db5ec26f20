// A list of texts in one growing buffer: argument vectors and environments, rebuilt for every
// trial without allocating once the buffers have grown.
#ifndef HN_DRIVE_STRINGS_H
#define HN_DRIVE_STRINGS_H

#include "base/str.h"
#include "base/vec.h"

typedef struct hn_strings {
    hn_str text; // the texts, each with its NUL
    HN_VEC(size_t) starts;
    HN_VEC(const char *) list;
    bool failed;
} hn_strings;

#define HN_STRINGS_INIT                                                                            \
    {                                                                                              \
        HN_STR_INIT, {0}, {0}, false                                                               \
    }

void hn_strings_clear(hn_strings *s);
void hn_strings_free(hn_strings *s);
// Begins a text: append to the returned string until the next begin, drop or list.
hn_str *hn_strings_begin(hn_strings *s);
void hn_strings_drop(hn_strings *s); // forgets the text that was begun last
void hn_strings_add(hn_strings *s, const char *text);
// "name=value", for environments.
void hn_strings_set(hn_strings *s, const char *name, const char *value);
size_t hn_strings_count(const hn_strings *s);
// Closes the list: NULL-terminated, valid until the next change; NULL when memory ran out.
const char *const *hn_strings_list(hn_strings *s);

#endif
