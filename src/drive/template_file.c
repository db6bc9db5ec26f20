// Files that are rendered for each trial: a text with placeholders, line by line.
//
// The placeholders are those of the command but for the ones that become arguments ({args},
// {x:--flag}). Configuration files are full of braces of their own, so that here
//   1. a placeholder is closed on its line, and its modifier begins with '%', is a word that the
//      brace closes, or the range of {resource:LOW..HIGH}: {lr: 0.1, …} of YAML and {lr:0.1} of
//      JavaScript are nobody's;
//   2. `{{` is a brace only where a placeholder would begin behind it: {{1, 2}, …} of C and
//      {{ name }} of Jinja stay as they are.
//
// A value that a trial does not have (an inactive parameter) takes its line with it, as an argument
// of the command disappears. What that could break is refused beforehand (check_line): a line that
// other values share, whose brackets others close, or whose comma stands on the line before.
#include <string.h>

#include "base/fs.h"
#include "drive/template_scan.h"

enum { MAX_TEMPLATE_BYTES = 1 << 20, MAX_FILES = 64 };

// --- braces ---

static bool is_modifier(const hn_brace *brace)
{
    if (*brace->modifier == '%' || *brace->modifier == '-')
        return true;
    if (hn_scan_is_range(brace) && *brace->modifier != ' ')
        return true;
    size_t n = strspn(brace->modifier, "abcdefghijklmnopqrstuvwxyz-");
    return brace->closed && n == brace->n_modifier;
}

static bool placeholder_at(const hn_scan *scan, size_t at, hn_brace *out)
{
    return hn_scan_split(scan, at, out) && (!out->modifier || is_modifier(out));
}

// "{{lr}}", or "{{lr}": the text {lr}.
static void add_escaped(hn_scan *scan, const hn_brace *brace)
{
    const char *from = scan->text + scan->at + 1;
    hn_str_add_n(&scan->literal, from, brace->n);
    scan->at += 1 + brace->n;
    if (brace->closed && scan->text[scan->at] == '}')
        scan->at++;
}

static hone_status scan_brace(hn_scan *scan)
{
    hn_brace brace;
    bool taken = false;
    size_t run = strspn(scan->text + scan->at, "{");
    // A run of braces is read in pairs if a placeholder could begin at its last one.
    bool pairs = run > 1 && placeholder_at(scan, scan->at + run - 1, &brace) &&
                 hn_scan_is_ours(scan, &brace);
    for (; pairs && run > 2; run -= 2, scan->at += 2)
        hn_str_add_char(&scan->literal, '{');
    if (pairs && run == 2) {
        add_escaped(scan, &brace);
        return HONE_OK;
    }
    if (run == 1 && placeholder_at(scan, scan->at, &brace))
        HN_TRY(hn_scan_take(scan, &brace, &taken));
    for (; !taken && run > 0; run--, scan->at++)
        hn_str_add_char(&scan->literal, '{');
    return HONE_OK;
}

// --- lines that may disappear ---

static const char *end_of(const hn_scan *scan)
{
    size_t n = scan->n;
    while (n > 0 && strchr(" \t\r", scan->text[n - 1]))
        n--;
    return scan->text + n;
}

// Does what is open in the literal text close there, too?
static bool is_balanced(const hn_scan *scan, const hn_word *line)
{
    static const char open[] = "([{", close[] = ")]}";
    int depth[3] = {0};
    for (uint32_t i = 0; i < line->n; i++) {
        const hn_piece *piece = &scan->t->pieces.data[line->first + i];
        for (const char *c = piece->kind == HN_PIECE_TEXT ? piece->text : ""; *c; c++) {
            const char *o = strchr(open, *c), *e = strchr(close, *c);
            if (o)
                depth[o - open]++;
            else if (e && --depth[e - close] < 0)
                return false;
        }
    }
    return !depth[0] && !depth[1] && !depth[2];
}

// Two that are active under the same condition go together.
static bool go_together(const hn_scan *scan, const hn_piece *a, const hn_piece *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind != HN_PIECE_PARAM || strcmp(a->text, b->text) == 0)
        return true;
    const hn_param *p = hn_space_find(scan->space, a->text);
    const hn_param *q = hn_space_find(scan->space, b->text);
    return q->condition && strcmp(p->condition_text, q->condition_text) == 0;
}

static hone_status check_line(hn_scan *scan, const hn_piece *gone, bool after_comma)
{
    const hn_word *line = hn_scan_word(scan);
    const char *name = gone->text, *end = end_of(scan);
    const char *absent = hn_scan_absent(gone);
    size_t column = hn_scan_place_of(scan, gone);
    for (uint32_t i = 0; i < line->n; i++) {
        const hn_piece *piece = &scan->t->pieces.data[line->first + i];
        bool value = piece->kind == HN_PIECE_PARAM || piece->kind == HN_PIECE_FROM;
        if (value && !go_together(scan, gone, piece))
            return hn_scan_fail(scan, column,
                                "%s %s, and its line, which goes with it, would take "
                                "%s along: give each a line of its own, or write {%s:json}, which "
                                "is null then",
                                name, absent, piece->text, name);
    }
    if (!is_balanced(scan, line))
        return hn_scan_fail(scan, column,
                            "%s %s, and its line, which goes with it, has a bracket "
                            "that belongs to another: give it a line of its own, or write "
                            "{%s:json}, which is null then",
                            name, absent, name);
    if (after_comma && (end == scan->text || end[-1] != ','))
        return hn_scan_fail(scan, column,
                            "%s %s, and its line, which goes with it, would leave the "
                            "comma of the line before: put it before another line, or write "
                            "{%s:json}, which is null then",
                            name, absent, name);
    return HONE_OK;
}

static hone_status check_pieces(hn_scan *scan, bool after_comma)
{
    const hn_piece *gone = NULL;
    for (uint32_t i = 0; i < hn_scan_word(scan)->n; i++) {
        const hn_piece *piece = &scan->t->pieces.data[hn_scan_word(scan)->first + i];
        if (piece->kind == HN_PIECE_ARGS)
            return hn_scan_fail(scan, hn_scan_place_of(scan, piece),
                                "{args} stands for arguments of the command: in a file write "
                                "{json}, or each parameter by its name");
        HN_TRY(hn_scan_check_resource(scan, piece));
        HN_TRY(hn_scan_check_fold(scan, piece));
        if (!gone && piece->kind != HN_PIECE_TEXT && hn_scan_may_vanish(scan, piece))
            gone = piece;
    }
    return gone ? check_line(scan, gone, after_comma) : HONE_OK;
}

// --- a file ---

// A line without its end, which is added as text.
static hone_status scan_line(hn_scan *scan, const char *line, size_t n, size_t n_end)
{
    scan->text = hn_arena_strndup(&scan->t->arena, line, n);
    hn_word row = {scan->text, (uint32_t)scan->t->pieces.n, 0};
    if (!scan->text || !hn_vec_push(&scan->t->lines, row))
        return hn_fail_memory(scan->err);
    scan->n = n;
    scan->at = 0;
    scan->quote = HN_QUOTE_NONE;
    while (scan->at < scan->n) {
        if (scan->text[scan->at] == '{')
            HN_TRY(scan_brace(scan));
        else
            hn_str_add_char(&scan->literal, scan->text[scan->at++]);
    }
    hn_str_add_n(&scan->literal, line + n, n_end);
    return hn_scan_flush(scan);
}

static hone_status scan_text(hn_scan *scan)
{
    bool after_comma = false;
    scan->line = 0;
    for (const char *at = scan->file->text; *at;) {
        size_t n = strcspn(at, "\n"), n_end = at[n] == '\n';
        if (n > 0 && at[n - 1] == '\r')
            n--, n_end++;
        scan->line++;
        HN_TRY(scan_line(scan, at, n, n_end));
        HN_TRY(check_pieces(scan, after_comma));
        const char *end = end_of(scan);
        if (end > scan->text)
            after_comma = end[-1] == ',';
        at += n + n_end;
    }
    return HONE_OK;
}

// "conf" or "sub/conf", below the trial's directory and none of the files that are there anyway.
static hone_status check_name(const hone_run_template *file, hone_error *err)
{
    static const char *const own[] = {"ckpt",         "ckpt.aside",  "ckpt.copy",
                                      "ckpt.removed", "stdout",      "stderr",
                                      "STOP",         "params.json", "metrics.jsonl"};
    const char *name = file->name;
    size_t n = strcspn(name, "/");
    bool below = *name != '\0';
    for (const char *part = name; below && part;
         part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
        size_t length = strcspn(part, "/");
        below = length > 0 && !(part[0] == '.' && length == 1) &&
                !(length == 2 && strncmp(part, "..", 2) == 0);
    }
    if (!below)
        return hn_fail(err, HONE_EINVAL,
                       "%s cannot be rendered as '%s': the name is that of a file below the "
                       "trial's directory, such as conf or sub/conf",
                       file->source, name);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strlen(own[i]) == n && strncmp(own[i], name, n) == 0)
            return hn_fail(err, HONE_EINVAL,
                           "%s cannot be rendered as '%s': %s in the trial's directory is Hone's "
                           "own; take another name",
                           file->source, name, own[i]);
    return HONE_OK;
}

static hone_status add_file(hn_scan *scan, const hone_run_template *file)
{
    hn_template *t = scan->t;
    HN_TRY(check_name(file, scan->err));
    for (size_t i = 0; i < t->files.n; i++)
        if (strcmp(t->files.data[i].name, file->name) == 0)
            return hn_fail(scan->err, HONE_EINVAL,
                           "%s and %s are both to be rendered as '%s': give each its own name",
                           t->files.data[i].source, file->source, file->name);
    hn_file row = {hn_arena_strdup(&t->arena, file->source), hn_arena_strdup(&t->arena, file->name),
                   (uint32_t)t->lines.n, 0};
    uint32_t n_before = scan->n_placeholders;
    if (hn_arena_failed(&t->arena))
        return hn_fail_memory(scan->err);
    scan->file = file;
    HN_TRY(scan_text(scan));
    scan->file = NULL;
    row.n = (uint32_t)t->lines.n - row.first;
    if (scan->n_placeholders == n_before)
        return hn_fail(scan->err, HONE_EINVAL,
                       "%s holds no placeholder, such as {%s}: a file that is the same for all "
                       "trials needs no template",
                       file->source,
                       scan->space && scan->space->n_params ? scan->space->params[0].name
                                                            : "trial");
    return hn_vec_push(&t->files, row) ? HONE_OK : hn_fail_memory(scan->err);
}

hone_status hn_scan_files(hn_scan *scan, const hone_run_template *files, uint32_t n)
{
    if (n > MAX_FILES)
        return hn_fail(scan->err, HONE_EINVAL, "%u templates are too many: at most %d", n,
                       MAX_FILES);
    for (uint32_t i = 0; i < n; i++)
        HN_TRY(add_file(scan, &files[i]));
    return HONE_OK;
}

// --- reading one ---

static hone_status check_text(const char *path, const char *text, size_t size, hone_error *err)
{
    size_t line = 1, start = 0, step;
    for (size_t at = 0; at < size; at += step) {
        step = text[at] ? hn_utf8_length(text + at, size - at) : 0;
        if (step == 0)
            return hn_fail(err, HONE_EINVAL,
                           "%s:%zu:%zu: a template is a text in UTF-8, and here is the byte 0x%02X",
                           path, line, at - start + 1, (unsigned char)text[at]);
        if (text[at] == '\n') {
            line++;
            start = at + 1;
        }
    }
    return HONE_OK;
}

hone_status hone_run_template_read(const char *path, char **text, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    char *data = NULL;
    size_t size = 0;
    *text = NULL;
    hone_status status = hn_fs_read(path, MAX_TEMPLATE_BYTES, &arena, &data, &size, err);
    if (status == HONE_EIO) // a file that was named wrongly
        status = HONE_EINVAL;
    if (status != HONE_OK && err && status != HONE_ENOMEM) {
        hn_error_prefix(err, "the template");
        err->status = status;
    }
    if (status == HONE_OK)
        status = check_text(path, data, size, err);
    if (status == HONE_OK && !(*text = hn_strndup(data, size)))
        status = hn_fail_memory(err);
    hn_arena_free(&arena);
    return status;
}
