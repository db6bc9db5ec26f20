// The command as a template: words made of literal text and placeholders.
//
// `{name}` with the name of a parameter or a reserved word is a placeholder; `{name:%.4g}` writes
// the value in a format, `{name:--flag}` writes an option with its value, or nothing,
// `{args:python}` and its like write all parameters in the manner of another tool. Every other
// brace is left alone, so that JSON and awk programs pass through, but for a name that nearly is a
// declared one: that is a typing error. `{{` is a brace.
//
// `{name:json}` writes the value as JSON, null when it is inactive.
//
// In a text for the shell (`shell`) values are quoted for the place where they stand, and `${` is
// the shell's own.
//
// Files that are rendered for each trial (hone_run_template) have the same placeholders, but for
// those that become arguments; template_file.c says where they differ.
#ifndef HN_DRIVE_TEMPLATE_H
#define HN_DRIVE_TEMPLATE_H

#include <hone/run.h>

#include "base/arena.h"
#include "base/vec.h"
#include "drive/format.h"

// Reserved names stand in the order of the table in template.c.
typedef enum hn_piece_kind {
    HN_PIECE_TEXT,
    HN_PIECE_PARAM,
    HN_PIECE_ARGS,
    HN_PIECE_CKPT,
    HN_PIECE_DIR,
    HN_PIECE_FOLD,
    HN_PIECE_FROM,
    HN_PIECE_GPU,
    HN_PIECE_INSTANCE,
    HN_PIECE_JSON,
    HN_PIECE_JSON_FILE,
    HN_PIECE_RESOURCE,
    HN_PIECE_SEED,
    HN_PIECE_SLOT,
    HN_PIECE_TRIAL
} hn_piece_kind;

// Where in a shell text a value stands.
typedef enum hn_quoting {
    HN_QUOTE_NONE,
    HN_QUOTE_BARE,
    HN_QUOTE_SINGLE,
    HN_QUOTE_DOUBLE
} hn_quoting;

// How {args} writes the parameters. All but the plain one are for programs that read Python's words
// (True, False, None), as those do that come from W&B sweeps; they also see a parameter that stands
// under HN_WANDB_PREFIX by the name that it has there.
typedef enum hn_args_style {
    HN_ARGS_PLAIN,            // --name=value
    HN_ARGS_PYTHON,           // --name=True
    HN_ARGS_NO_HYPHENS,       // name=True
    HN_ARGS_NO_BOOLEAN_FLAGS, // --name, or nothing
    HN_ARGS_JSON              // {"name": true, …}, one argument
} hn_args_style;

typedef struct hn_piece {
    hn_piece_kind kind;
    const char *text;        // TEXT: the literal; PARAM and reserved: the name
    const hn_format *format; // NULL: as the value stands
    hn_args_style style;     // ARGS
    double low, high; // RESOURCE: the range that it is carried to, {resource:0.1..1}; 0: none
    bool whole;       // … in whole numbers
    const char *flag; // "--lr" of {lr:--lr}; NULL
    hn_quoting quote;
    bool json; // as JSON
} hn_piece;

typedef struct hn_word {
    const char *source; // as it was given
    uint32_t first, n;  // its pieces
} hn_word;

// A format in use, by parameter.
typedef struct hn_param_format {
    const char *param;
    hn_format format;
} hn_param_format;

// A file that is rendered: lines, each with its end. A line without a value that it holds
// disappears.
typedef struct hn_file {
    const char *source, *name;
    uint32_t first, n; // its lines
} hn_file;

typedef struct hn_template {
    hn_arena arena;
    HN_VEC(hn_piece) pieces;
    HN_VEC(hn_word) words; // of the command
    HN_VEC(hn_word) lines; // of all files
    HN_VEC(hn_file) files;
    HN_VEC(hn_param_format *) formats;
    bool shell;
    bool resource;      // {resource} stands in it, or in a file
    bool ranges;        // and is carried to another range
    const char *notice; // "" or what is to be said once
    locale_t c_locale;  // 0 until parsed
} hn_template;

#define HN_TEMPLATE_INIT                                                                           \
    {                                                                                              \
        HN_ARENA_INIT, {0}, {0}, {0}, {0}, {0}, false, false, false, "", (locale_t)0               \
    }

typedef struct hn_template_source {
    const char *const *command; // [n_command]
    uint32_t n_command;
    bool shell;
    const hone_space *space;
    const char *scheduler;          // its name when it gives no {resource}, else NULL
    bool deterministic;             // the study is
    const hone_run_template *files; // [n_files]
    uint32_t n_files;
    bool folds;     // trials have a {fold} …
    bool instances; // … and an {instance} …
    bool final_run; // … but for the last one
} hn_template_source;

// Errors are HONE_EPARSE with the argument or line and the column, or HONE_EINVAL without a place.
hone_status hn_template_parse(const hn_template_source *source, hn_template *out, hone_error *err);
void hn_template_free(hn_template *t);
// The format that `param` is written in, NULL when it is written as it stands.
const hn_format *hn_template_format(const hn_template *t, const char *param);

#endif
