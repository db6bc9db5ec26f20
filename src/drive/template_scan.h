// What the parser of templates shares among its files: the state of a scan.
#ifndef HN_DRIVE_TEMPLATE_SCAN_H
#define HN_DRIVE_TEMPLATE_SCAN_H

#include "base/error.h"
#include "drive/template.h"

typedef struct hn_reserved {
    const char *name;
    hn_piece_kind kind;
    bool is_integer; // takes integer formats
} hn_reserved;

typedef struct hn_brace {
    const char *name, *modifier; // modifier NULL: none
    size_t n_name, n_modifier;
    size_t n;    // all of it with the braces
    bool closed; // its '}' is there
    bool at_end; // "{name" and then the argument ends
} hn_brace;

typedef struct hn_scan {
    hn_template *t;
    const hone_space *space; // NULL: no parameters
    const char *scheduler;
    const char *text; // the argument
    size_t n, at;
    uint64_t doubled; // bit d: the open brace at depth d was written {{
    unsigned depth;
    hn_quoting quote;
    bool escaped; // shell: behind a backslash
    uint32_t n_placeholders;
    hn_str literal;
    hone_error *err;
} hn_scan;

hone_status hn_scan_fail(hn_scan *scan, size_t column, const char *sentence);
// --- template_modifier.c --- `param` or `reserved` is NULL.
hone_status hn_scan_modifier(hn_scan *scan, const hn_brace *brace, const hn_param *param,
                             const hn_reserved *reserved, hn_piece *piece);
// --- template_check.c: the word that was scanned last ---
hone_status hn_scan_check_word(hn_scan *scan);

#endif
