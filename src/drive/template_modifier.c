// What stands behind the ':' of a placeholder: a format, an option, a way of writing.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "drive/template_scan.h"

static size_t column_of(const hn_scan *scan, const char *place)
{
    return (size_t)(place - scan->text);
}

// --- {x:--flag} ---

static hone_status read_flag(hn_scan *scan, const hn_brace *brace, hn_piece *piece)
{
    const char *m = brace->modifier;
    if (scan->file)
        return hn_scan_fail(scan, column_of(scan, m),
                            "an option belongs to the command: in a file write {%s} (a brace "
                            "itself is written {{)",
                            piece->text);
    for (size_t i = 0; i < brace->n_modifier; i++) {
        if (m[i] == '=')
            return hn_scan_fail(scan, column_of(scan, m + i),
                                "{%s:%.*s}: the value becomes an argument of its own behind the "
                                "option; to join them write %.*s={%s}",
                                piece->text, (int)brace->n_modifier, m, (int)i, m, piece->text);
        if (strchr(" \t\n{'\"", m[i]))
            return hn_scan_fail(scan, column_of(scan, m + i),
                                "an option in a placeholder is one word, such as --lr");
    }
    if (brace->n_modifier == strspn(m, "-"))
        return hn_scan_fail(scan, column_of(scan, m), "the name of the option is missing");
    if (piece->kind == HN_PIECE_ARGS)
        return hn_scan_fail(scan, column_of(scan, m), "{args} takes no option: it writes its own");
    piece->flag = hn_arena_strndup(&scan->t->arena, m, brace->n_modifier);
    return piece->flag ? HONE_OK : hn_fail_memory(scan->err);
}

// --- {x:%.4g} ---

static hone_status check_type(hn_scan *scan, const hn_brace *brace, const hn_param *param,
                              const hn_reserved *reserved, const hn_format *format)
{
    size_t column = column_of(scan, brace->modifier);
    bool is_integer = reserved ? reserved->is_integer : param->type == HONE_PARAM_INT;
    bool is_real = reserved ? reserved->kind == HN_PIECE_RESOURCE : param->type == HONE_PARAM_FLOAT;
    const char *name = reserved ? reserved->name : param->name;
    if (!is_integer && !is_real)
        return hn_scan_fail(scan, column, "{%s} is not a number and takes no format", name);
    if (is_integer && !format->is_integer)
        return hn_scan_fail(scan, column, "%s is an integer: its format ends in d, i, x or X",
                            name);
    if (is_real && format->is_integer)
        return hn_scan_fail(scan, column,
                            "%s is a float: its format ends in one of a A e E f F g G", name);
    if (param && is_integer && strchr("xX", format->conversion) && param->ilow < 0)
        return hn_scan_fail(scan, column, "%s may be negative, which %%%c cannot write", name,
                            format->conversion);
    return HONE_OK;
}

// Does the format express the parameter's values?
static hone_status check_range(hn_scan *scan, const hn_brace *brace, const hn_param *param,
                               const hn_format *format)
{
    double bad;
    if (param->type != HONE_PARAM_FLOAT || hn_format_suits(format, scan->t->c_locale, param, &bad))
        return HONE_OK;
    hn_str written = HN_STR_INIT;
    char value[HN_DOUBLE_TEXT];
    hn_double_text(bad, value);
    hn_format_real(format, scan->t->c_locale, bad, &written);
    hone_status status = hn_scan_fail(scan, column_of(scan, brace->modifier),
                                      "the format is too coarse for %s %s: %s is written as %s",
                                      param->name, param->spec, value, hn_str_text(&written));
    hn_str_free(&written);
    return status;
}

// One value has one format: the number recorded is the number written.
static hone_status keep_format(hn_scan *scan, const hn_brace *brace, const hn_param *param,
                               const hn_format *format, const hn_format **kept)
{
    const hn_format *before = hn_template_format(scan->t, param->name);
    if (before && strcmp(before->text, format->text) != 0)
        return hn_scan_fail(scan, column_of(scan, brace->modifier),
                            "%s is written as {%s:%s} already: one parameter has one format",
                            param->name, param->name, before->text);
    if (!before) {
        hn_param_format *row = HN_NEW(&scan->t->arena, hn_param_format, 1);
        const char *name = hn_arena_strdup(&scan->t->arena, param->name);
        if (!row || !name || !hn_vec_push(&scan->t->formats, row))
            return hn_fail_memory(scan->err);
        *row = (hn_param_format){name, *format};
        before = &row->format;
    }
    *kept = before;
    return HONE_OK;
}

static hone_status read_format(hn_scan *scan, const hn_brace *brace, const hn_param *param,
                               const hn_reserved *reserved, hn_piece *piece)
{
    hn_format format;
    size_t fault;
    const char *why;
    const char *text = hn_arena_strndup(&scan->t->arena, brace->modifier, brace->n_modifier);
    if (!text)
        return hn_fail_memory(scan->err);
    if (!hn_format_parse(text, brace->n_modifier, &format, &fault, &why))
        return hn_scan_fail(scan, column_of(scan, brace->modifier) + fault, "%s", why);
    HN_TRY(check_type(scan, brace, param, reserved, &format));
    if (param) {
        HN_TRY(check_range(scan, brace, param, &format));
        return keep_format(scan, brace, param, &format, &piece->format);
    }
    piece->format = hn_arena_memdup(&scan->t->arena, &format, sizeof format);
    return piece->format ? HONE_OK : hn_fail_memory(scan->err);
}

// --- {args:python} ---

static bool read_style(const hn_brace *brace, hn_args_style *style)
{
    static const struct {
        const char *word;
        hn_args_style style;
    } rows[] = {{"python", HN_ARGS_PYTHON},
                {"no-hyphens", HN_ARGS_NO_HYPHENS},
                {"no-boolean-flags", HN_ARGS_NO_BOOLEAN_FLAGS},
                {"json", HN_ARGS_JSON}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strlen(rows[i].word) == brace->n_modifier &&
            strncmp(rows[i].word, brace->modifier, brace->n_modifier) == 0) {
            *style = rows[i].style;
            return true;
        }
    }
    return false;
}

// --- {resource:0.1..1}, {resource:int:1..5} ---

bool hn_scan_is_range(const hn_brace *brace)
{
    static const char name[] = "resource";
    return brace->closed && brace->n_name == sizeof name - 1 &&
           strncmp(brace->name, name, brace->n_name) == 0 && brace->n_modifier > 0 &&
           memmem(brace->modifier, brace->n_modifier, "..", 2) != NULL;
}

static hone_status read_range(hn_scan *scan, const hn_brace *brace, hn_piece *piece)
{
    char text[80], *dots;
    const char *from = text;
    bool fits = brace->n_modifier < sizeof text;
    snprintf(text, sizeof text, "%.*s", (int)brace->n_modifier, brace->modifier);
    piece->whole = strncmp(text, "int:", 4) == 0;
    from += piece->whole ? 4 : 0;
    dots = strstr(text, "..");
    *dots = '\0';
    fits = fits && hn_parse_double(from, &piece->low) && hn_parse_double(dots + 2, &piece->high);
    if (!fits || !(piece->low > 0) || !(piece->high > piece->low) || !isfinite(piece->high))
        return hn_scan_fail(scan, column_of(scan, brace->modifier),
                            "a second resource is a range of growing numbers above 0, such as "
                            "{resource:0.1..1} or {resource:int:1..5}");
    if (piece->whole && (piece->low != floor(piece->low) || piece->high != floor(piece->high)))
        return hn_scan_fail(scan, column_of(scan, brace->modifier),
                            "{resource:%.*s}: the ends of a range of integers are whole numbers",
                            (int)brace->n_modifier, brace->modifier);
    scan->t->ranges = true;
    return HONE_OK;
}

hone_status hn_scan_modifier(hn_scan *scan, const hn_brace *brace, const hn_param *param,
                             const hn_reserved *reserved, hn_piece *piece)
{
    if (brace->n_modifier && *brace->modifier == '%')
        return read_format(scan, brace, param, reserved, piece);
    if (brace->n_modifier && *brace->modifier == '-')
        return read_flag(scan, brace, piece);
    if (hn_scan_is_range(brace))
        return read_range(scan, brace, piece);
    if (piece->kind == HN_PIECE_ARGS && read_style(brace, &piece->style))
        return HONE_OK;
    if (piece->kind == HN_PIECE_ARGS)
        return hn_scan_fail(scan, column_of(scan, brace->modifier),
                            "behind {args: comes python, no-hyphens, no-boolean-flags or json (a "
                            "brace itself is written {{)");
    piece->json = brace->n_modifier == 4 && strncmp(brace->modifier, "json", 4) == 0;
    if (piece->json)
        return HONE_OK;
    if (scan->file)
        return hn_scan_fail(scan, column_of(scan, brace->modifier),
                            "behind {%s: comes a format such as %%.4g, or json (a brace itself is "
                            "written {{)",
                            piece->text);
    return hn_scan_fail(scan, column_of(scan, brace->modifier),
                        "behind {%s: comes a format such as %%.4g, an option such as --%s, or json "
                        "(a brace itself is written {{)",
                        piece->text, piece->text);
}
