// Choices: reading, telling apart, writing (choice.h).
#include "space/choice.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "space/lex.h"

// --- what a text means ---

void hn_bare_choice(const char *text, hn_choice *out)
{
    hn_number number;
    *out = (hn_choice){.text = text, .kind = HN_LITERAL_TEXT, .weight = 1};
    if (hn_read_number(text, strlen(text), &number)) {
        out->kind = HN_LITERAL_NUMBER;
        out->is_int = number.is_int;
        out->number = number.value;
        out->integer = number.integer;
    } else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        out->kind = HN_LITERAL_BOOL;
        out->number = text[0] == 't';
    } else if (strcmp(text, "null") == 0) {
        out->kind = HN_LITERAL_NULL;
    }
}

hone_status hn_item_choice(const char *source, size_t length, const hn_item *item, hn_choice *out,
                           hone_error *err)
{
    if (item->kind == HN_ITEM_BARE)
        hn_bare_choice(item->text, out);
    else
        *out = (hn_choice){.text = item->text, .kind = HN_LITERAL_TEXT, .weight = 1};
    if (item->kind == HN_ITEM_JSON)
        out->kind = HN_LITERAL_JSON;
    if (out->kind == HN_LITERAL_NUMBER && !isfinite(out->number))
        return hn_fail_at(err, HONE_EINVAL, source, length, item->from,
                          "'%.40s' is too large for a number; quote it to make it a text",
                          item->text);
    return HONE_OK;
}

hone_status hn_typed_choice(hn_arena *arena, const char *text, hn_choice *out, hone_error *err)
{
    hn_bare_choice(text, out);
    if (text[0] != '[' && text[0] != '{')
        return HONE_OK;
    json_t *value = NULL;
    hone_status status = hn_json_parse(text, strlen(text), "the value", &value, NULL);
    if (status == HONE_OK)
        status = hn_json_choice(arena, value, out, err);
    else if (status == HONE_EPARSE)
        status = HONE_OK; // a text that happens to begin with a bracket
    json_decref(value);
    return status;
}

// --- what JSON means ---

// Arrays and objects.
static hone_status json_text(hn_arena *arena, const json_t *value, hn_choice *out, hone_error *err)
{
    hn_str text = HN_STR_INIT;
    hone_status status = HONE_OK;
    hn_json_write_canonical(value, &text);
    if (text.n > HN_MAX_SPEC || hn_bad_byte(hn_str_text(&text), text.n) < text.n)
        status = hn_fail(err, HONE_EINVAL, "a choice is too long or holds a control character");
    else
        out->text = hn_str_failed(&text) ? NULL : hn_arena_strdup(arena, hn_str_text(&text));
    hn_str_free(&text);
    out->kind = HN_LITERAL_JSON;
    return status != HONE_OK ? status : out->text ? HONE_OK : hn_fail_memory(err);
}

hone_status hn_json_choice(hn_arena *arena, const json_t *value, hn_choice *out, hone_error *err)
{
    char text[HN_DOUBLE_TEXT];
    *out = (hn_choice){.text = "", .kind = HN_LITERAL_TEXT, .weight = 1};
    if (json_is_array(value) || json_is_object(value))
        return json_text(arena, value, out, err);
    if (json_is_string(value)) {
        const char *s = json_string_value(value);
        size_t n = strlen(s);
        if (n > HN_MAX_SPEC || hn_bad_byte(s, n) < n)
            return hn_fail(err, HONE_EINVAL, "a choice is too long or holds a control character");
        out->text = hn_arena_strdup(arena, s);
        return out->text ? HONE_OK : hn_fail_memory(err);
    }
    if (json_is_integer(value)) {
        snprintf(text, sizeof text, "%" PRId64, (int64_t)json_integer_value(value));
    } else if (json_is_real(value)) {
        hn_real_text(json_real_value(value) + 0.0, text);
    } else {
        strcpy(text, json_is_null(value) ? "null" : json_is_true(value) ? "true" : "false");
    }
    const char *kept = hn_arena_strdup(arena, text);
    if (!kept)
        return hn_fail_memory(err);
    hn_bare_choice(kept, out);
    return HONE_OK;
}

// --- telling them apart ---

// The integer that a number is, however it is written.
static bool is_whole(const hn_choice *c, int64_t *out)
{
    const hn_number number = {c->number, c->is_int, c->integer};
    return hn_whole_number(&number, out);
}

static bool equal_numbers(const hn_choice *a, const hn_choice *b)
{
    int64_t x = 0, y = 0;
    bool whole = is_whole(a, &x), other = is_whole(b, &y);
    return whole && other ? x == y : whole == other && a->number == b->number;
}

bool hn_choice_equal(const hn_choice *a, const hn_choice *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case HN_LITERAL_NUMBER:
        return equal_numbers(a, b);
    case HN_LITERAL_BOOL:
        return a->number == b->number;
    case HN_LITERAL_NULL:
        return true;
    default:
        return strcmp(a->text, b->text) == 0;
    }
}

// Texts hold no control character but white space, so the first byte tells the others from them.
// Among the others no two kinds share a spelling.
void hn_choice_key(const hn_choice *choice, hn_str *out)
{
    int64_t whole;
    if (choice->kind != HN_LITERAL_TEXT)
        hn_str_add_char(out, '\001');
    if (choice->kind != HN_LITERAL_NUMBER)
        hn_str_add(out, choice->text);
    else if (is_whole(choice, &whole))
        hn_str_add_int(out, whole);
    else
        hn_str_add_double(out, choice->number);
}

int64_t hn_choice_find(const hn_param *param, const hn_choice *choice)
{
    for (uint32_t i = 0; i < param->n_choices; i++) {
        if (hn_choice_equal(&param->choices[i], choice))
            return i;
    }
    for (uint32_t i = 0; i < param->n_choices; i++) {
        if (strcmp(param->choices[i].text, choice->text) == 0)
            return i;
    }
    return -1;
}

// --- writing ---

// Would the text, without quotes, be read as the same text wherever an item may stand?
static bool is_safe_bare(const char *text)
{
    hn_choice read;
    hn_bare_choice(text, &read);
    return text[0] && read.kind == HN_LITERAL_TEXT && !strpbrk(text, " \t\r\n,:=~{}[]()\"'") &&
           !strstr(text, "..");
}

void hn_choice_write(const hn_choice *choice, hn_str *out)
{
    if (choice->kind != HN_LITERAL_TEXT || is_safe_bare(choice->text))
        hn_str_add(out, choice->text);
    else
        hn_quote_write(choice->text, out);
}

void hn_choice_show(const hn_choice *choice, hn_str *out)
{
    hn_choice read;
    hn_bare_choice(choice->text, &read);
    bool other = read.kind != HN_LITERAL_TEXT || strchr("[{", choice->text[0]) ||
                 strpbrk(choice->text, "\n\t\r");
    if (choice->kind == HN_LITERAL_TEXT && choice->text[0] && other)
        hn_quote_write(choice->text, out);
    else
        hn_str_add(out, choice->text);
}

void hn_choice_to_json(const hn_choice *choice, hn_str *out)
{
    if (choice->kind == HN_LITERAL_TEXT)
        hn_str_add_json(out, choice->text);
    else if (choice->kind != HN_LITERAL_NUMBER)
        hn_str_add(out, choice->text);
    else if (choice->is_int)
        hn_str_add_int(out, choice->integer);
    else
        hn_str_add_real(out, choice->number);
}
