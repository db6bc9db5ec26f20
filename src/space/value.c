// One parameter's value as text, and back.
//
// Two spellings: in a command line a choice stands as it is ("a b"), in the space language it is
// in quotes where it could be misread. Reading accepts both; where the number 1 and the text "1"
// are choices of one parameter, the plain 1 is the number.
#include "space/value.h"

#include <math.h>
#include <string.h>

#include "space/domain.h"
#include "space/lex.h"

#define FAIL(column, ...)                                                                          \
    hn_fail_at(err, HONE_EINVAL, quote.source, quote.length, (column), __VA_ARGS__)

hone_status hn_value_no_choice(const hn_param *param, hn_quote quote, const char *text,
                               hone_error *err)
{
    const char *near = NULL;
    char domain[HN_DOMAIN_TEXT];
    const char **texts = hn_reallocarray(NULL, param->n_choices + 1, sizeof *texts);
    if (texts) {
        for (uint32_t i = 0; i < param->n_choices; i++)
            texts[i] = param->choices[i].text;
        near = hn_nearest(text, texts, param->n_choices);
        hn_free(texts);
    }
    hn_domain_text(param, domain);
    if (near)
        return FAIL(quote.from, "'%.60s' is no choice of %s; did you mean '%.60s'?", text,
                    param->name, near);
    return FAIL(quote.from, "'%.60s' is no choice of %s, which has %s", text, param->name, domain);
}

// The index of the choice that is exactly this text, -1 when there is none.
static int64_t find_text(const hn_param *param, const char *text, size_t length)
{
    for (uint32_t i = 0; i < param->n_choices && param->choices; i++) {
        const char *c = param->choices[i].text;
        if (strncmp(c, text, length) == 0 && c[length] == '\0')
            return i;
    }
    return -1;
}

// Without quotes a text is what it reads as; if that is no choice, it is a text.
static hone_status find_bare(const hn_param *param, hn_arena *arena, const char *text,
                             int64_t *index, hone_error *err)
{
    hn_choice choice;
    HN_TRY(hn_typed_choice(arena, text, &choice, err));
    *index = hn_choice_find(param, &choice);
    bool meant = *index >= 0 && hn_choice_equal(&param->choices[*index], &choice);
    int64_t exact = meant ? -1 : find_text(param, text, strlen(text));
    *index = exact >= 0 ? exact : *index;
    return HONE_OK;
}

// --- reading ---

static hone_status read_number(const hn_param *p, hn_quote quote, hn_number *out, hone_error *err)
{
    const char *text = quote.source + quote.from;
    char domain[HN_DOMAIN_TEXT];
    bool read = hn_read_number(text, quote.n, out);
    if (read && isfinite(out->value))
        return HONE_OK;
    hn_domain_text(p, domain);
    if (read)
        return FAIL(quote.from, "the number is too large; %s takes %s", p->name, domain);
    return FAIL(quote.from, "'%.*s' is not a number; %s takes %s",
                (int)(quote.n > 40 ? 40 : quote.n), text, p->name, domain);
}

static hone_status read_float(const hn_param *p, hn_quote quote, hn_slot *slots, hone_error *err)
{
    hn_number number;
    HN_TRY(read_number(p, quote, &number, err));
    slots[0].f = hn_domain_meant(p, number.value);
    return HONE_OK;
}

static hone_status read_int(const hn_param *p, hn_quote quote, hn_slot *slots, hone_error *err)
{
    hn_number number;
    HN_TRY(read_number(p, quote, &number, err));
    if (!hn_whole_number(&number, &slots[0].i))
        return FAIL(quote.from, "'%.*s' is not a whole number, and %s is an int",
                    (int)(quote.n > 40 ? 40 : quote.n), quote.source + quote.from, p->name);
    return HONE_OK;
}

// One item of the list at *at, which moves behind it.
static hone_status read_item(const hn_param *p, hn_quote quote, hn_arena *arena, size_t *at,
                             const char *stops, int64_t *index, hone_error *err)
{
    hn_item item;
    hn_choice choice;
    size_t end = quote.from + quote.n;
    HN_TRY(hn_lex_item(arena, quote.source, end, *at, stops, &item, err));
    *at = item.from + item.length;
    hn_quote place = {quote.source, quote.length, item.from, item.length};
    HN_TRY(hn_item_choice(quote.source, quote.length, &item, &choice, err));
    if (item.kind == HN_ITEM_BARE)
        HN_TRY(find_bare(p, arena, item.text, index, err));
    else
        *index = hn_choice_find(p, &choice);
    return *index < 0 ? hn_value_no_choice(p, place, item.text, err) : HONE_OK;
}

static hone_status read_choice(const hn_param *p, hn_quote quote, hn_arena *arena, hn_slot *slots,
                               hone_error *err)
{
    size_t at = quote.from, end = quote.from + quote.n;
    const char *text = quote.source + quote.from;
    bool quoted = quote.n > 0 && (text[0] == '"' || text[0] == '\'');
    if (!quoted) {
        // The whole text is the choice, blanks and commas included.
        char *copy = hn_arena_strndup(arena, text, quote.n);
        if (!copy)
            return hn_fail_memory(err);
        HN_TRY(find_bare(p, arena, copy, &slots[0].i, err));
        return slots[0].i < 0 ? hn_value_no_choice(p, quote, copy, err) : HONE_OK;
    }
    HN_TRY(read_item(p, quote, arena, &at, "", &slots[0].i, err));
    if (at < end)
        return FAIL(at, "nothing may follow the quoted choice");
    return HONE_OK;
}

static void trim(hn_quote *quote)
{
    size_t end = quote->from + quote->n;
    quote->from = hn_skip_space(quote->source, end, quote->from);
    while (end > quote->from && hn_is_space(quote->source[end - 1]))
        end--;
    quote->n = end - quote->from;
}

// The list without braces and white space at its ends; false when a brace is open.
static bool inside_braces(hn_quote *quote)
{
    trim(quote);
    if (quote->n == 0 || quote->source[quote->from] != '{')
        return true;
    if (quote->n < 2 || quote->source[quote->from + quote->n - 1] != '}')
        return false;
    quote->from++;
    quote->n -= 2;
    trim(quote);
    return true;
}

static hone_status add_item(const hn_param *p, hn_quote quote, size_t column, uint32_t k,
                            int64_t item, hn_slot *slots, hone_error *err)
{
    const char *text = p->choices[item].text;
    if (p->type == HONE_PARAM_SUBSET) {
        uint64_t bit = (uint64_t)1 << item;
        if ((uint64_t)slots[0].i & bit)
            return FAIL(column, "'%.60s' stands there twice", text);
        slots[0].i = (int64_t)((uint64_t)slots[0].i | bit);
        return HONE_OK;
    }
    for (uint32_t i = 0; i < k; i++) {
        if (slots[i].i == item)
            return FAIL(column, "'%.60s' stands there twice: it is no permutation", text);
    }
    if (k >= p->n_choices)
        return FAIL(column, "there are more items than the %u of %s", p->n_choices, p->name);
    slots[k].i = item;
    return HONE_OK;
}

static hone_status read_items(const hn_param *p, hn_quote quote, hn_arena *arena, hn_slot *slots,
                              hone_error *err)
{
    size_t column = quote.from;
    if (!inside_braces(&quote))
        return FAIL(column, "this '{' is never closed");
    size_t at = quote.from, end = quote.from + quote.n;
    uint32_t n = 0;
    memset(slots, 0, p->n_slots * sizeof *slots);
    while (at < end) {
        int64_t item;
        at = hn_skip_space(quote.source, end, at);
        column = at;
        HN_TRY(read_item(p, quote, arena, &at, ",", &item, err));
        HN_TRY(add_item(p, quote, column, n++, item, slots, err));
        at = hn_skip_space(quote.source, end, at);
        if (at < end && quote.source[at] != ',')
            return FAIL(at, "a ',' is missing here");
        if (at < end && ++at == end)
            return FAIL(at - 1, "after the ',' an item is missing");
    }
    if (p->type == HONE_PARAM_PERMUTATION && n < p->n_choices)
        return FAIL(quote.from, "a permutation of %s has all its %u items, not %u", p->name,
                    p->n_choices, n);
    return HONE_OK;
}

static hone_status read_shares(const hn_param *p, hn_quote quote, hn_slot *slots, hone_error *err)
{
    size_t column = quote.from;
    if (!inside_braces(&quote))
        return FAIL(column, "this '{' is never closed");
    size_t at = quote.from, end = quote.from + quote.n;
    for (uint32_t i = 0; i < p->n_choices; i++) {
        at = hn_skip_space(quote.source, end, at);
        size_t to = at;
        while (to < end && quote.source[to] != ',' && !hn_is_space(quote.source[to]))
            to++;
        hn_number number;
        hn_quote part = {quote.source, quote.length, at, to - at};
        if (to == at)
            return FAIL(at, "%s has %u shares that sum to one; there are %u", p->name, p->n_choices,
                        i);
        HN_TRY(read_number(p, part, &number, err));
        slots[i].f = number.value;
        at = hn_skip_space(quote.source, end, to);
        if (i + 1 < p->n_choices && at < end && quote.source[at++] != ',')
            return FAIL(at - 1, "a ',' is missing here");
    }
    if (at < end)
        return FAIL(at, "there are more shares than the %u of %s", p->n_choices, p->name);
    return HONE_OK;
}

static hone_status read_any(const hn_param *p, hn_quote quote, hn_arena *arena, hn_slot *slots,
                            hone_error *err)
{
    switch (p->type) {
    case HONE_PARAM_FLOAT:
        return read_float(p, quote, slots, err);
    case HONE_PARAM_INT:
        return read_int(p, quote, slots, err);
    case HONE_PARAM_PERMUTATION:
    case HONE_PARAM_SUBSET:
        return read_items(p, quote, arena, slots, err);
    case HONE_PARAM_SIMPLEX:
        return read_shares(p, quote, slots, err);
    default:
        return read_choice(p, quote, arena, slots, err);
    }
}

hone_status hn_value_read(const hn_param *param, hn_quote quote, hn_slot *slots, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    hone_error why = HONE_ERROR_INIT;
    hone_status status = read_any(param, quote, &arena, slots, err);
    if (status == HONE_OK) {
        status = hn_domain_contains(param, slots, &why);
        if (status != HONE_OK)
            hn_fail_at(err, status, quote.source, quote.length, quote.from, "%s", why.text);
    }
    hn_arena_free(&arena);
    return status;
}

hone_status hn_value_parse(const hn_param *param, const char *text, size_t length, hn_slot *slots,
                           hone_error *err)
{
    if (memchr(text, '\0', length))
        return hn_fail(err, HONE_EINVAL, "the value of %s holds a zero byte", param->name);
    hone_status status = hn_value_read(param, (hn_quote){text, length, 0, length}, slots, err);
    // A choice may begin with a quote itself.
    int64_t exact = hn_is_choice(param) && status != HONE_OK ? find_text(param, text, length) : -1;
    if (exact < 0)
        return status;
    hn_error_clear(err);
    slots[0].i = exact;
    return HONE_OK;
}

// --- writing ---

// An item of a list in a command line: quoted only where the list could not be split again.
static void write_item(const hn_choice *c, bool language, hn_str *out)
{
    bool splits = !c->text[0] || strpbrk(c->text, ", \t\r\n{}") || strchr("\"'[", c->text[0]);
    if (language)
        hn_choice_write(c, out);
    else if (c->kind == HN_LITERAL_TEXT && splits)
        hn_quote_write(c->text, out);
    else
        hn_str_add(out, c->text);
}

// Items of a permutation or a subset. Before an object the list needs its braces, which would be
// taken for the object's otherwise.
static void write_items(const hn_param *p, const hn_slot *slots, bool language, hn_str *out)
{
    bool subset = p->type == HONE_PARAM_SUBSET, braces = false;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_choices; i++) {
        if (subset && !((uint64_t)slots[0].i >> i & 1))
            continue;
        const hn_choice *c = &p->choices[subset ? i : slots[i].i];
        if (n++ == 0)
            braces = c->kind == HN_LITERAL_JSON && c->text[0] == '{';
        hn_str_add(out, n > 1 ? "," : braces ? "{" : "");
        write_item(c, language, out);
    }
    hn_str_add(out, braces ? "}" : n == 0 && language ? "{}" : "");
}

static void write_value(const hn_param *p, const hn_slot *slots, bool language, hn_str *out)
{
    switch (p->type) {
    case HONE_PARAM_FLOAT:
        hn_str_add_double(out, slots[0].f);
        return;
    case HONE_PARAM_INT:
        hn_str_add_int(out, slots[0].i);
        return;
    case HONE_PARAM_SIMPLEX:
        for (uint32_t i = 0; i < p->n_choices; i++) {
            hn_str_add(out, i ? "," : "");
            hn_str_add_double(out, slots[i].f);
        }
        return;
    case HONE_PARAM_PERMUTATION:
    case HONE_PARAM_SUBSET:
        write_items(p, slots, language, out);
        return;
    default:
        if (language)
            hn_choice_write(&p->choices[slots[0].i], out);
        else
            hn_str_add(out, p->choices[slots[0].i].text);
    }
}

void hn_value_text(const hn_param *param, const hn_slot *slots, hn_str *out)
{
    write_value(param, slots, false, out);
}

void hn_value_write(const hn_param *param, const hn_slot *slots, hn_str *out)
{
    write_value(param, slots, true, out);
}
