// What the reader of study files is made of: where something stands in the file, for errors, and
// values of the kinds that its keys take.
#ifndef HN_CORE_STUDY_READER_H
#define HN_CORE_STUDY_READER_H

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/yaml.h"

typedef enum hn_key_kind {
    HN_KEY_TEXT,
    HN_KEY_TEXTS, // one or a list
    HN_KEY_WHOLE, // an integer of at least `low`
    HN_KEY_REAL,
    HN_KEY_FLAG,
    HN_KEY_SECONDS, // a number or "1h30m"
    HN_KEY_COST,    // likewise, or "usd<=200" as that text
    HN_KEY_SIZE,    // "4G", in bytes; 0: none
    HN_KEY_KEEP,    // "all", "best", "none" or a number, as a number
    HN_KEY_COMMAND, // a list of words, or one text that is split
    HN_KEY_CHOICE   // of "a|b"
} hn_key_kind;

typedef struct hn_key_row {
    const char *name;
    hn_key_kind kind;
    int64_t low;
    const char *choices;
} hn_key_row;

typedef struct hn_reader {
    hn_arena arena;
    hn_yaml *yaml;
    json_t *root;           // what is read: the file's tree, or what a foreign file means
    const char *space_path; // where the parameters stand in the file
    const char *name;       // of the file, as it was given
    char *text;
    json_t *out;
    hone_error *err;
} hn_reader;

// --- places: study_reader.c ---

// Paths as hn_yaml_line takes them. Without memory the line is unknown, nothing worse.
const char *hn_reader_join(hn_reader *r, const char *path, const char *key);
const char *hn_reader_join_index(hn_reader *r, const char *path, size_t index);
// An error at the key `path`; the caret goes under `word` in that line, if it is there.
hone_status hn_reader_fail(hn_reader *r, const char *path, const char *word, const char *format,
                           ...) HONE_PRINTF(4, 5);
// Moves an error about a piece of the file (a spec, an expression) to its line: the line of `path`
// if the piece stands there, else the first line that holds it.
hone_status hn_reader_relocate(hn_reader *r, const char *path, const hone_error *inner);
// "a list", "a text", …
const char *hn_reader_type_name(const json_t *value);

// --- values: study_value.c ---

// One value of the kind that `row` wants, in its single form; a new reference.
hone_status hn_reader_value(hn_reader *r, const char *path, const hn_key_row *row, json_t *value,
                            json_t **out);

#endif
