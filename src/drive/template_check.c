// What a finished word of a template must fulfil: placeholders that stand for whole arguments
// stand alone, and nothing that may vanish leaves an option without its value.
#include <string.h>

#include <hone/plugins.h>

#include "drive/template_scan.h"

// May the value be absent in some trials?
bool hn_scan_may_vanish(const hn_scan *scan, const hn_piece *piece)
{
    if (piece->flag || piece->json)
        return false;
    bool of_part = piece->kind == HN_PIECE_FOLD || piece->kind == HN_PIECE_INSTANCE;
    if (piece->kind == HN_PIECE_FROM || (of_part && scan->final_run))
        return true;
    const hn_param *param =
        piece->kind == HN_PIECE_PARAM ? hn_space_find(scan->space, piece->text) : NULL;
    return param && param->condition;
}

static bool is_literal(const hn_scan *scan, const hn_word *word)
{
    return word->n == 1 && scan->t->pieces.data[word->first].kind == HN_PIECE_TEXT;
}

// "--momentum" or "-m": an argument whose value is the next one.
static bool is_option(const hn_scan *scan, const hn_word *word)
{
    const char *text = word->source;
    double number;
    return is_literal(scan, word) && text[0] == '-' && text[1] && strcmp(text, "--") != 0 &&
           !strchr(text, '=') && !hn_parse_double(text, &number);
}

// A column for errors: the first place of "{name" in the word.
size_t hn_scan_place_of(const hn_scan *scan, const hn_piece *piece)
{
    size_t n = strlen(piece->text);
    for (const char *at = scan->text; (at = strchr(at, '{')); at++)
        if (strncmp(at + 1, piece->text, n) == 0 && (at[n + 1] == ':' || at[n + 1] == '}'))
            return (size_t)(at - scan->text);
    return 0;
}

static hone_status check_alone(hn_scan *scan, const hn_word *word, const hn_piece *piece)
{
    if (!piece->flag && piece->kind != HN_PIECE_ARGS)
        return HONE_OK;
    size_t column = hn_scan_place_of(scan, piece);
    bool shell = scan->t->shell;
    if (shell ? piece->quote == HN_QUOTE_BARE : word->n == 1)
        return HONE_OK;
    return hn_scan_fail(scan, column, "{%s%s%s} becomes arguments of its own: it must stand %s",
                        piece->text, piece->flag ? ":" : "", piece->flag ? piece->flag : "",
                        shell ? "outside quotes" : "alone, as a whole argument");
}

// "asha, hyperband": the schedulers there are that give a resource. True when `name` is one of
// them.
static bool add_givers(const char *name, hn_str *out)
{
    const hn_plugin *plugin;
    bool is_one = false;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SCHEDULER, i)); i++) {
        if (!(plugin->can & HN_GIVES_RESOURCE))
            continue;
        hn_str_printf(out, "%s%s", out->n ? ", " : "", plugin->name);
        is_one |= strcmp(plugin->name, name) == 0;
    }
    return is_one;
}

hone_status hn_scan_check_resource(hn_scan *scan, const hn_piece *piece)
{
    hn_str givers = HN_STR_INIT;
    scan->t->resource |= piece->kind == HN_PIECE_RESOURCE;
    if (piece->kind != HN_PIECE_RESOURCE || !scan->scheduler)
        return HONE_OK;
    size_t column = hn_scan_place_of(scan, piece);
    if (scan->deterministic) // where the others refuse to work, since none can pause
        return hn_scan_fail(scan, column,
                            "{resource}: in a deterministic study trials cannot pause, and the "
                            "scheduler %s gives them no resource: use asha with max_resource, "
                            "which stops them, or write the number",
                            scan->scheduler);
    hone_status status =
        add_givers(scan->scheduler, &givers)
            ? hn_scan_fail(scan, column,
                           "{resource}: the scheduler %s gives trials no resource unless its "
                           "options say how long training is (`hone schedulers %s`); or write the "
                           "number",
                           scan->scheduler, scan->scheduler)
            : hn_scan_fail(scan, column,
                           "{resource}: the scheduler %s gives trials no resource: %s%s%swrite the "
                           "number",
                           scan->scheduler, givers.n ? "choose one that does (--scheduler " : "",
                           hn_str_text(&givers), givers.n ? "), or " : "");
    hn_str_free(&givers);
    return status;
}

hone_status hn_scan_check_fold(hn_scan *scan, const hn_piece *piece)
{
    if (piece->kind == HN_PIECE_INSTANCE && !scan->instances)
        return hn_scan_fail(scan, hn_scan_place_of(scan, piece),
                            "{instance}: there are no instances here: add --instances, a list "
                            "(a,b,c) or a file with one a line");
    if (piece->kind != HN_PIECE_FOLD || scan->folds)
        return HONE_OK;
    return hn_scan_fail(
        scan, hn_scan_place_of(scan, piece),
        "{fold}: a trial is a single run here: add --folds K, which runs it for each "
        "of K folds, or write the number");
}

const char *hn_scan_absent(const hn_piece *piece)
{
    bool of_part = piece->kind == HN_PIECE_FOLD || piece->kind == HN_PIECE_INSTANCE;
    return of_part ? "is missing in the final run" : "may be inactive";
}

// An option whose value may vanish would take the next argument for it.
static hone_status check_vanishing(hn_scan *scan, size_t index, const hn_piece *piece)
{
    const hn_word *word = &scan->t->words.data[index];
    if (!hn_scan_may_vanish(scan, piece))
        return HONE_OK;
    size_t column = hn_scan_place_of(scan, piece);
    const char *absent = hn_scan_absent(piece);
    if (scan->t->shell)
        return hn_scan_fail(scan, column,
                            "%s %s, and a text for the shell cannot leave it out: write "
                            "{%s:--%s}, which becomes the option with its value, or nothing",
                            piece->text, absent, piece->text, piece->text);
    if (index == 0)
        return hn_scan_fail(scan, column, "%s %s, and then there would be no program to run",
                            piece->text, absent);
    const hn_word *before = word - 1;
    if (word->n > 1 || !is_option(scan, before))
        return HONE_OK;
    if (piece->format)
        return hn_scan_fail(scan, column,
                            "%s %s, and %s would be left without its value: write "
                            "%s={%s:%s} as one argument",
                            piece->text, absent, before->source, before->source, piece->text,
                            piece->format->text);
    return hn_scan_fail(scan, column,
                        "%s %s, and %s would be left without its value: write {%s:%s} "
                        "in place of both",
                        piece->text, absent, before->source, piece->text, before->source);
}

hone_status hn_scan_check_word(hn_scan *scan)
{
    size_t index = scan->t->words.n - 1;
    const hn_word *word = &scan->t->words.data[index];
    for (uint32_t i = 0; i < word->n; i++) {
        const hn_piece *piece = &scan->t->pieces.data[word->first + i];
        if (piece->kind == HN_PIECE_TEXT)
            continue;
        HN_TRY(check_alone(scan, word, piece));
        HN_TRY(hn_scan_check_resource(scan, piece));
        HN_TRY(hn_scan_check_fold(scan, piece));
        HN_TRY(check_vanishing(scan, index, piece));
    }
    return HONE_OK;
}
