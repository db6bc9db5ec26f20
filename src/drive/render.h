// What the writers of argument vectors share.
#ifndef HN_DRIVE_RENDER_H
#define HN_DRIVE_RENDER_H

#include "drive/launch.h"

typedef struct hn_rendered {
    const char *text; // NULL: the trial has none
    hn_str buffer;
    bool failed; // out of memory
} hn_rendered;

// Where pieces that become arguments of their own go: to a vector, or into a shell text.
typedef struct hn_sink {
    hn_strings *out;
    hn_str *shell; // NULL: a vector
    bool begun;    // shell: a word was written, the next needs a blank
} hn_sink;

// One argument made of three texts. `v` lends its buffer.
void hn_render_word(hn_sink *to, const char *prefix, const char *middle, const char *text,
                    hn_rendered *v);
// The value that a placeholder stands for now, in v->text.
void hn_render_value(const hn_template *t, const hn_launch *launch, const hn_piece *piece,
                     hn_rendered *v);
// --- render_args.c --- All active parameters.
void hn_render_args(const hn_launch *launch, hn_args_style style, hn_sink *to, hn_rendered *v);

#endif
