// Parsing of command templates. Steps for each argument:
//   1. scan for braces; a brace that opens an identifier and closes right behind it, or behind a
//      ':' modifier, may be a placeholder (scan_brace);
//   2. a declared or reserved name makes it one, a near miss is an error, all else stays text;
//   3. the modifier is checked against the parameter's type (read_modifier);
//   4. the finished word is checked: what must stand alone, what may vanish (template_check.c).
// Then the files that are rendered, line by line (template_file.c). Last, {args} is appended to a
// command without any placeholder, unless a file has them.
#include "drive/template.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/chars.h"
#include "drive/template_scan.h"

// By name; the kinds are in the same order.
static const hn_reserved reserved_words[] = {
    {"args", HN_PIECE_ARGS, false},
    {"ckpt", HN_PIECE_CKPT, false},
    {"dir", HN_PIECE_DIR, false},
    {"fold", HN_PIECE_FOLD, true},
    {"from", HN_PIECE_FROM, false},
    {"gpu", HN_PIECE_GPU, false},
    {"instance", HN_PIECE_INSTANCE, false},
    {"json", HN_PIECE_JSON, false},
    {"json_file", HN_PIECE_JSON_FILE, false},
    {"resource", HN_PIECE_RESOURCE, false},
    {"seed", HN_PIECE_SEED, true},
    {"slot", HN_PIECE_SLOT, true},
    {"trial", HN_PIECE_TRIAL, true},
};
enum { N_RESERVED = sizeof reserved_words / sizeof *reserved_words };

hone_status hn_scan_fail(hn_scan *scan, size_t column, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!scan->file)
        return hn_fail_at(scan->err, HONE_EPARSE, scan->text, scan->n, column, "%s", text);
    return hn_fail_at(scan->err, HONE_EPARSE, scan->text, scan->n, column, "%s:%zu:%zu: %s",
                      scan->file->source, scan->line, column + 1, text);
}

// --- pieces ---

hn_word *hn_scan_word(const hn_scan *scan)
{
    hn_template *t = scan->t;
    return scan->file ? &t->lines.data[t->lines.n - 1] : &t->words.data[t->words.n - 1];
}

static hone_status add_piece(hn_scan *scan, hn_piece piece)
{
    if (!hn_vec_push(&scan->t->pieces, piece))
        return hn_fail_memory(scan->err);
    hn_scan_word(scan)->n++;
    return HONE_OK;
}

hone_status hn_scan_flush(hn_scan *scan)
{
    if (hn_str_failed(&scan->literal))
        return hn_fail_memory(scan->err);
    if (!scan->literal.n)
        return HONE_OK;
    const char *text = hn_arena_strdup(&scan->t->arena, hn_str_text(&scan->literal));
    if (!text)
        return hn_fail_memory(scan->err);
    hn_str_clear(&scan->literal);
    return add_piece(scan, (hn_piece){.kind = HN_PIECE_TEXT, .text = text});
}

// --- names ---

static const hn_reserved *find_reserved(const char *name)
{
    for (size_t i = 0; i < N_RESERVED; i++)
        if (strcmp(reserved_words[i].name, name) == 0)
            return &reserved_words[i];
    return NULL;
}

// Nearest declared or reserved name, NULL when none is near.
static const char *near_miss(const hn_scan *scan, const char *name)
{
    uint32_t n_params = scan->space ? scan->space->n_params : 0;
    const char **names = hn_malloc((n_params + N_RESERVED) * sizeof *names);
    if (!names)
        return NULL;
    for (uint32_t i = 0; i < n_params; i++)
        names[i] = scan->space->params[i].name;
    uint32_t n = n_params;
    for (uint32_t i = 0; i < N_RESERVED; i++)
        if ((reserved_words[i].kind != HN_PIECE_FOLD || scan->folds) &&
            (reserved_words[i].kind != HN_PIECE_INSTANCE || scan->instances))
            names[n++] = reserved_words[i].name;
    const char *nearest = hn_nearest(name, names, n);
    hn_free(names);
    return nearest;
}

// --- one brace ---

// A brace that is no placeholder's: remembered, so that the closing one finds its partner.
static void open_brace(hn_scan *scan, bool doubled)
{
    hn_str_add_char(&scan->literal, '{');
    if (scan->depth < 64)
        scan->doubled = (scan->doubled & ~(1ull << scan->depth)) | (uint64_t)doubled << scan->depth;
    scan->depth++;
    scan->at += doubled ? 2 : 1;
}

// `}` closes the innermost brace; `}}` counts as one only for a brace that was doubled, because
// nested JSON ends in several.
static void close_brace(hn_scan *scan)
{
    bool doubled = false;
    if (scan->depth) {
        scan->depth--;
        doubled = scan->depth < 64 && (scan->doubled >> scan->depth & 1);
    }
    hn_str_add_char(&scan->literal, '}');
    scan->at += doubled && scan->text[scan->at + 1] == '}' ? 2 : 1;
}

bool hn_scan_split(const hn_scan *scan, size_t at, hn_brace *out)
{
    const char *name = scan->text + at + 1;
    size_t n = 0;
    if (!hn_begins_name(*name))
        return false;
    while (hn_continues_name(name[n]))
        n++;
    *out = (hn_brace){.name = name, .n_name = n};
    if (name[n] == ':') {
        const char *end = strchr(name + n, '}');
        out->modifier = name + n + 1;
        out->n_modifier = end ? (size_t)(end - out->modifier) : strlen(out->modifier);
        out->closed = end != NULL;
    } else {
        out->closed = name[n] == '}';
        out->at_end = name[n] == '\0';
    }
    out->n = (out->modifier ? n + 1 + out->n_modifier : n) + 1 + (out->closed ? 1 : 0);
    return out->closed || out->modifier || out->at_end;
}

static bool looks_ours(const hn_brace *brace)
{
    return brace->closed &&
           (!brace->modifier || *brace->modifier == '%' || *brace->modifier == '-');
}

static const char *name_of(const hn_scan *scan, const hn_brace *brace)
{
    return hn_arena_strndup(&scan->t->arena, brace->name, brace->n_name);
}

bool hn_scan_is_ours(const hn_scan *scan, const hn_brace *brace)
{
    const char *name = name_of(scan, brace);
    return name && (find_reserved(name) || (scan->space && hn_space_find(scan->space, name)) ||
                    (looks_ours(brace) && near_miss(scan, name)));
}

// A name that is not declared: an error when it nearly is, else text.
static hone_status unknown_name(hn_scan *scan, const hn_brace *brace, const char *name)
{
    const char *nearest = looks_ours(brace) ? near_miss(scan, name) : NULL;
    if (!nearest)
        return HONE_OK;
    return hn_scan_fail(scan, scan->at,
                        "{%s} is not declared: did you mean {%s}? (a brace itself is written {{)",
                        name, nearest);
}

static hone_status placeholder(hn_scan *scan, const hn_brace *brace, hn_piece piece,
                               const hn_param *param, const hn_reserved *reserved)
{
    if (!brace->closed)
        return hn_scan_fail(scan, scan->n, "{%s: the closing brace is missing", piece.text);
    HN_TRY(hn_scan_flush(scan));
    piece.quote = scan->quote;
    if (brace->modifier)
        HN_TRY(hn_scan_modifier(scan, brace, param, reserved, &piece));
    HN_TRY(add_piece(scan, piece));
    scan->n_placeholders++;
    scan->at += brace->n;
    return HONE_OK;
}

hone_status hn_scan_take(hn_scan *scan, const hn_brace *brace, bool *taken)
{
    const char *name = name_of(scan, brace);
    *taken = false;
    if (!name)
        return hn_fail_memory(scan->err);
    const hn_reserved *reserved = find_reserved(name);
    const hn_param *param = scan->space ? hn_space_find(scan->space, name) : NULL;
    if (param) // the one name that parameters may have, too: {fold}
        reserved = NULL;
    if (!reserved && !param)
        return unknown_name(scan, brace, name);
    hn_piece piece = {.kind = reserved ? reserved->kind : HN_PIECE_PARAM, .text = name};
    *taken = true;
    return placeholder(scan, brace, piece, param, reserved);
}

static hone_status scan_brace(hn_scan *scan)
{
    hn_brace brace;
    bool taken;
    if (scan->text[scan->at + 1] == '{') {
        open_brace(scan, true);
        return HONE_OK;
    }
    bool shells_own = scan->t->shell && scan->at && scan->text[scan->at - 1] == '$';
    if (shells_own || !hn_scan_split(scan, scan->at, &brace)) {
        open_brace(scan, false);
        return HONE_OK;
    }
    HN_TRY(hn_scan_take(scan, &brace, &taken));
    if (!taken)
        open_brace(scan, false);
    return HONE_OK;
}

// --- words ---

// Which quotes of the shell are open behind this character.
static void track_quotes(hn_scan *scan, char c)
{
    if (scan->escaped) {
        scan->escaped = false;
        return;
    }
    if (c == '\\' && scan->quote != HN_QUOTE_SINGLE)
        scan->escaped = true;
    else if (c == '\'' && scan->quote != HN_QUOTE_DOUBLE)
        scan->quote = scan->quote == HN_QUOTE_SINGLE ? HN_QUOTE_BARE : HN_QUOTE_SINGLE;
    else if (c == '"' && scan->quote != HN_QUOTE_SINGLE)
        scan->quote = scan->quote == HN_QUOTE_DOUBLE ? HN_QUOTE_BARE : HN_QUOTE_DOUBLE;
}

static hone_status scan_word(hn_scan *scan, const char *text)
{
    scan->text = hn_arena_strdup(&scan->t->arena, text);
    hn_word word = {scan->text, (uint32_t)scan->t->pieces.n, 0};
    if (!scan->text || !hn_vec_push(&scan->t->words, word))
        return hn_fail_memory(scan->err);
    scan->n = strlen(text);
    scan->at = scan->depth = 0;
    scan->quote = scan->t->shell ? HN_QUOTE_BARE : HN_QUOTE_NONE;
    scan->escaped = false;
    while (scan->at < scan->n) {
        char c = scan->text[scan->at];
        if (scan->t->shell)
            track_quotes(scan, c);
        if (c == '{') {
            HN_TRY(scan_brace(scan));
        } else if (c == '}') {
            close_brace(scan);
        } else {
            hn_str_add_char(&scan->literal, c);
            scan->at++;
        }
    }
    HN_TRY(hn_scan_flush(scan));
    return hn_scan_check_word(scan);
}

// A command without any placeholder gets its parameters as options at the end.
static hone_status append_args(hn_scan *scan)
{
    hn_template *t = scan->t;
    if (t->shell) {
        hn_str_add_char(&scan->literal, ' ');
        HN_TRY(hn_scan_flush(scan));
    } else if (!hn_vec_push(&t->words, (hn_word){"{args}", (uint32_t)t->pieces.n, 0})) {
        return hn_fail_memory(scan->err);
    }
    t->notice = hn_arena_printf(&t->arena,
                                "no placeholder in the command: {args} is appended (--%s=… for "
                                "every parameter)",
                                scan->space->params[0].name);
    if (!t->notice)
        return hn_fail_memory(scan->err);
    hn_quoting quote = t->shell ? HN_QUOTE_BARE : HN_QUOTE_NONE;
    return add_piece(scan, (hn_piece){.kind = HN_PIECE_ARGS, .text = "args", .quote = quote});
}

static hone_status check_source(const hn_template_source *source, hone_error *err)
{
    if (!source->n_command || !*source->command[0])
        return hn_fail(err, HONE_EINVAL, "the command is missing: hone run … -- COMMAND");
    if (source->shell && source->n_command > 1)
        return hn_fail(err, HONE_EINVAL,
                       "for the shell the command is one text, and here are %u: put quotes around "
                       "all of it",
                       source->n_command);
    return HONE_OK;
}

hone_status hn_template_parse(const hn_template_source *source, hn_template *out, hone_error *err)
{
    hn_scan scan = {.t = out, .space = source->space, .scheduler = source->scheduler, .err = err};
    scan.deterministic = source->deterministic;
    scan.folds = source->folds;
    scan.instances = source->instances;
    scan.final_run = source->final_run;
    hone_status status;
    HN_TRY_OUT(check_source(source, err));
    out->shell = source->shell;
    out->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!out->c_locale) {
        status = hn_fail_memory(err);
        goto out;
    }
    for (uint32_t i = 0; i < source->n_command; i++)
        HN_TRY_OUT(scan_word(&scan, source->command[i]));
    HN_TRY_OUT(hn_scan_files(&scan, source->files, source->n_files));
    if (!scan.n_placeholders && source->space && source->space->n_params)
        HN_TRY_OUT(append_args(&scan));
out:
    hn_str_free(&scan.literal);
    if (status != HONE_OK)
        hn_template_free(out);
    return status;
}

void hn_template_free(hn_template *t)
{
    if (t->c_locale)
        freelocale(t->c_locale);
    hn_vec_free(&t->pieces);
    hn_vec_free(&t->words);
    hn_vec_free(&t->lines);
    hn_vec_free(&t->files);
    hn_vec_free(&t->formats);
    hn_arena_free(&t->arena);
    *t = (hn_template)HN_TEMPLATE_INIT;
}

const hn_format *hn_template_format(const hn_template *t, const char *param)
{
    for (size_t i = 0; i < t->formats.n; i++)
        if (strcmp(t->formats.data[i]->param, param) == 0)
            return &t->formats.data[i]->format;
    return NULL;
}
