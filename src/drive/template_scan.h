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
    bool deterministic;
    bool folds, instances, final_run;
    const char *text; // the argument, or the line of a file
    size_t n, at;
    const hone_run_template *file; // NULL: the command
    size_t line;                   // of the file, from 1
    uint64_t doubled;              // bit d: the open brace at depth d was written {{
    unsigned depth;
    hn_quoting quote;
    bool escaped; // shell: behind a backslash
    uint32_t n_placeholders;
    hn_str literal;
    hone_error *err;
} hn_scan;

// A parse error at that byte of the text; in a file with its name, line and column before it.
hone_status hn_scan_fail(hn_scan *scan, size_t column, const char *format, ...) HONE_PRINTF(3, 4);
// The word or line whose pieces are being added.
hn_word *hn_scan_word(const hn_scan *scan);
// What was collected in `literal` becomes a piece.
hone_status hn_scan_flush(hn_scan *scan);
// Reads "{name}" or "{name:modifier}" at byte `at` of the text. False when it is neither.
bool hn_scan_split(const hn_scan *scan, size_t at, hn_brace *out);
// Is it a placeholder, or nearly one?
bool hn_scan_is_ours(const hn_scan *scan, const hn_brace *brace);
// Takes the placeholder at scan->at, if its name is declared; one that nearly is, is an error.
hone_status hn_scan_take(hn_scan *scan, const hn_brace *brace, bool *taken);
// --- template_modifier.c --- `param` or `reserved` is NULL.
hone_status hn_scan_modifier(hn_scan *scan, const hn_brace *brace, const hn_param *param,
                             const hn_reserved *reserved, hn_piece *piece);
// Is it {resource:0.1..1}?
bool hn_scan_is_range(const hn_brace *brace);
// --- template_check.c: the word that was scanned last ---
hone_status hn_scan_check_word(hn_scan *scan);
hone_status hn_scan_check_resource(hn_scan *scan, const hn_piece *piece);
hone_status hn_scan_check_fold(hn_scan *scan, const hn_piece *piece);
bool hn_scan_may_vanish(const hn_scan *scan, const hn_piece *piece); // in some trials
const char *hn_scan_absent(const hn_piece *piece); // "may be inactive": why, for errors
// A column for errors: the first place of the placeholder in the text.
size_t hn_scan_place_of(const hn_scan *scan, const hn_piece *piece);
// --- template_file.c ---
hone_status hn_scan_files(hn_scan *scan, const hone_run_template *files, uint32_t n);

#endif
