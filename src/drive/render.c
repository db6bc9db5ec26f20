// From a template and a trial to an argument vector.
//
// An argument with a value that the trial does not have (an inactive parameter, no parent)
// disappears as a whole.
#include "drive/launch.h"

#include <math.h>
#include <string.h>

#include "base/chars.h"
#include "base/error.h"
#include "drive/render.h"

// --- quoting for the shell ---

static bool is_plain(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!hn_is_letter(*c) && !hn_is_digit(*c) && !strchr("_@%+=:,./-", *c))
            return false;
    return *text != '\0';
}

static void add_single(hn_str *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '\'')
            hn_str_add(out, "'\\''");
        else
            hn_str_add_char(out, *c);
    }
}

static void add_quoted(hn_str *out, const char *text, hn_quoting quote)
{
    switch (quote) {
    case HN_QUOTE_NONE:
        hn_str_add(out, text);
        break;
    case HN_QUOTE_SINGLE:
        add_single(out, text);
        break;
    case HN_QUOTE_DOUBLE:
        for (const char *c = text; *c; c++) {
            if (strchr("\"\\$`", *c))
                hn_str_add_char(out, '\\');
            hn_str_add_char(out, *c);
        }
        break;
    case HN_QUOTE_BARE:
        if (is_plain(text)) {
            hn_str_add(out, text);
            break;
        }
        hn_str_add_char(out, '\'');
        add_single(out, text);
        hn_str_add_char(out, '\'');
    }
}

// --- values ---

static void integer_value(hn_rendered *v, const hn_format *format, uint64_t number)
{
    if (format)
        hn_format_integer(format, (int64_t)number, &v->buffer);
    else
        hn_str_printf(&v->buffer, "%llu", (unsigned long long)number);
    v->text = hn_str_text(&v->buffer);
}

static void param_value(const hn_template *t, const hn_launch *launch, const hn_piece *piece,
                        hn_rendered *v)
{
    v->text = hn_launch_text(launch, piece->text, &v->failed);
    if (!v->text || !piece->format)
        return;
    if (piece->format->is_integer)
        hn_format_integer(piece->format, hone_trial_int(launch->trial, piece->text), &v->buffer);
    else
        hn_format_real(piece->format, t->c_locale, hone_trial_float(launch->trial, piece->text),
                       &v->buffer);
    v->text = hn_str_text(&v->buffer);
}

// How far up the rungs it is, by ratios, on another range: with the resource all of them grow.
static double carried(const hn_launch *launch, const hn_piece *piece)
{
    double span = log(launch->last_rung / launch->first_rung), share = 1;
    if (launch->resource > 0 && span > 0)
        share = fmin(fmax(log(launch->resource / launch->first_rung) / span, 0), 1);
    double value = share < 1 ? piece->low * pow(piece->high / piece->low, share) : piece->high;
    if (piece->whole || share <= 0 || share >= 1)
        return piece->whole ? floor(value + 0.5) : value;
    double scale = pow(10, 5 - floor(log10(value))); // six digits
    return floor(value * scale + 0.5) / scale;
}

static void resource_value(const hn_template *t, const hn_launch *launch, const hn_piece *piece,
                           hn_rendered *v)
{
    if (piece->flag && launch->resource == 0)
        return; // no limit: the option vanishes
    double resource = piece->high > 0 ? carried(launch, piece) : launch->resource;
    if (piece->format)
        hn_format_real(piece->format, t->c_locale, resource, &v->buffer);
    else
        hn_str_add_double(&v->buffer, resource);
    v->text = hn_str_text(&v->buffer);
}

static void plain_value(const hn_template *t, const hn_launch *launch, const hn_piece *piece,
                        hn_rendered *v)
{
    switch (piece->kind) {
    case HN_PIECE_PARAM:
        param_value(t, launch, piece, v);
        break;
    case HN_PIECE_CKPT:
        v->text = launch->ckpt;
        break;
    case HN_PIECE_DIR:
        v->text = launch->dir;
        break;
    case HN_PIECE_FOLD:
        if (launch->folds)
            integer_value(v, piece->format, launch->fold);
        break;
    case HN_PIECE_INSTANCE:
        v->text = launch->instance;
        break;
    case HN_PIECE_FROM:
        v->text = launch->from;
        break;
    case HN_PIECE_GPU:
        v->text = launch->gpu;
        break;
    case HN_PIECE_JSON:
        v->text = launch->params;
        break;
    case HN_PIECE_JSON_FILE:
        v->text = launch->json_file;
        break;
    case HN_PIECE_RESOURCE:
        resource_value(t, launch, piece, v);
        break;
    case HN_PIECE_SEED:
        integer_value(v, piece->format, hone_trial_repeat_seed(launch->trial, launch->repeat));
        break;
    case HN_PIECE_SLOT:
        integer_value(v, piece->format, launch->slot);
        break;
    case HN_PIECE_TRIAL:
        integer_value(v, piece->format, hone_trial_number(launch->trial));
        break;
    case HN_PIECE_TEXT:
    case HN_PIECE_ARGS:
        break;
    }
}

static bool is_number(const hn_piece *piece)
{
    return piece->kind == HN_PIECE_FOLD || piece->kind == HN_PIECE_RESOURCE ||
           piece->kind == HN_PIECE_SEED || piece->kind == HN_PIECE_SLOT ||
           piece->kind == HN_PIECE_TRIAL;
}

// {x:json}: null for what the trial does not have.
static void json_value(const hn_template *t, const hn_launch *launch, const hn_piece *piece,
                       hn_rendered *v)
{
    if (piece->kind == HN_PIECE_PARAM) {
        v->text = hone_trial_value_json(launch->trial, piece->text);
        v->failed |= !v->text && hone_trial_active(launch->trial, piece->text);
    } else {
        plain_value(t, launch, piece, v);
    }
    if (v->text && piece->kind != HN_PIECE_PARAM && piece->kind != HN_PIECE_JSON &&
        !is_number(piece)) {
        hn_str_add_json(&v->buffer, v->text);
        v->text = hn_str_text(&v->buffer);
    }
    if (!v->text)
        v->text = "null";
}

void hn_render_value(const hn_template *t, const hn_launch *launch, const hn_piece *piece,
                     hn_rendered *v)
{
    v->failed |= hn_str_failed(&v->buffer);
    hn_str_clear(&v->buffer);
    v->text = NULL;
    if (piece->json)
        json_value(t, launch, piece, v);
    else
        plain_value(t, launch, piece, v);
}

// --- pieces that become arguments of their own ---

void hn_render_word(hn_sink *to, const char *prefix, const char *middle, const char *text,
                    hn_rendered *v)
{
    if (!to->shell) {
        hn_str *word = hn_strings_begin(to->out);
        hn_str_add(word, prefix);
        hn_str_add(word, middle);
        hn_str_add(word, text);
        return;
    }
    v->failed |= hn_str_failed(&v->buffer);
    hn_str_clear(&v->buffer);
    hn_str_add(&v->buffer, prefix);
    hn_str_add(&v->buffer, middle);
    hn_str_add(&v->buffer, text);
    if (to->begun)
        hn_str_add_char(to->shell, ' ');
    to->begun = true;
    add_quoted(to->shell, hn_str_text(&v->buffer), HN_QUOTE_BARE);
}

static bool is_bool(const hn_launch *launch, const hn_piece *piece)
{
    const hn_param *param = piece->kind == HN_PIECE_PARAM && launch->space
                                ? hn_space_find(launch->space, piece->text)
                                : NULL;
    return param && param->type == HONE_PARAM_BOOL;
}

static void add_flag(const hn_template *t, const hn_launch *launch, const hn_piece *piece,
                     hn_sink *to, hn_rendered *v)
{
    hn_render_value(t, launch, piece, v);
    if (!v->text)
        return;
    hn_rendered word = {NULL, HN_STR_INIT, false};
    if (!is_bool(launch, piece)) {
        hn_render_word(to, piece->flag, "", "", &word);
        hn_render_word(to, v->text, "", "", &word);
    } else if (hone_trial_bool(launch->trial, piece->text)) {
        hn_render_word(to, piece->flag, "", "", &word);
    }
    v->failed |= word.failed || hn_str_failed(&word.buffer);
    hn_str_free(&word.buffer);
}

// --- words ---

static bool spreads(const hn_piece *piece)
{
    return piece->flag || piece->kind == HN_PIECE_ARGS;
}

static void add_spread(const hn_template *t, const hn_launch *launch, const hn_piece *piece,
                       hn_sink *to, hn_rendered *v)
{
    if (piece->flag)
        add_flag(t, launch, piece, to, v);
    else
        hn_render_args(launch, piece->style, to, v);
}

static void render_word(const hn_template *t, const hn_launch *launch, const hn_word *word,
                        hn_strings *out, hn_rendered *v)
{
    const hn_piece *pieces = t->pieces.data + word->first;
    if (!t->shell && word->n == 1 && spreads(pieces)) {
        add_spread(t, launch, pieces, &(hn_sink){out, NULL, false}, v);
        return;
    }
    hn_str *text = hn_strings_begin(out);
    for (uint32_t i = 0; i < word->n; i++) {
        if (pieces[i].kind == HN_PIECE_TEXT) {
            hn_str_add(text, pieces[i].text);
        } else if (spreads(&pieces[i])) {
            add_spread(t, launch, &pieces[i], &(hn_sink){out, text, false}, v);
        } else {
            hn_render_value(t, launch, &pieces[i], v);
            if (!v->text && !t->shell) {
                hn_strings_drop(out);
                return;
            }
            add_quoted(text, v->text ? v->text : "", pieces[i].quote);
        }
    }
}

hone_status hn_template_render(const hn_template *t, const hn_launch *launch, hn_strings *out,
                               hone_error *err)
{
    hn_rendered v = {NULL, HN_STR_INIT, false};
    hn_strings_clear(out);
    if (t->shell) {
        hn_strings_add(out, "/bin/sh");
        hn_strings_add(out, "-c");
    }
    for (size_t i = 0; i < t->words.n; i++)
        render_word(t, launch, &t->words.data[i], out, &v);
    bool failed = v.failed || hn_str_failed(&v.buffer) || !hn_strings_list(out);
    hn_str_free(&v.buffer);
    return failed ? hn_fail_memory(err) : HONE_OK;
}
