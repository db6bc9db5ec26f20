// Tokens of expressions. A name takes the longest text that is a parameter or a choice.
#include <string.h>

#include "base/chars.h"
#include "space/expr_code.h"

static bool is_word_char(char c)
{
    return hn_begins_name(c) || hn_is_digit(c) || (unsigned char)c >= 0x80;
}

static bool is_joint(char c)
{
    return c == '-' || c == '.';
}

static bool is_choice(const hone_space *space, const char *text, size_t n)
{
    for (uint32_t p = 0; p < space->n_params; p++) {
        const hn_param *param = &space->params[p];
        for (uint32_t i = 0; param->choices && i < param->n_choices; i++) {
            const char *c = param->choices[i].text;
            if (strncmp(c, text, n) == 0 && !c[n])
                return true;
        }
    }
    return false;
}

// Length of the name within the run of `n` word characters and joints.
static size_t name_length(const hone_space *space, const char *run, size_t n)
{
    uint64_t index;
    size_t trimmed = n;
    while (trimmed > 1 && is_joint(run[trimmed - 1]))
        trimmed--;
    for (size_t m = n; space && m > 0; m--) {
        bool cut = m == n || is_joint(run[m - 1]) || is_joint(run[m]);
        if (cut && (hn_map_get_n(&space->by_name, run, m, &index) || is_choice(space, run, m)))
            return m;
    }
    return trimmed;
}

static hone_status lex_name(hn_expr_parser *p)
{
    const char *run = p->quote.source + p->at;
    size_t n = 0;
    while (p->at + n < p->end && (is_word_char(run[n]) || is_joint(run[n])))
        n++;
    p->token.kind = HN_TOKEN_NAME;
    p->token.n = name_length(p->space, run, n);
    p->unsure |= !p->space && p->token.n < n;
    p->token.text = hn_arena_strndup(p->arena, run, p->token.n);
    return p->token.text ? HONE_OK : hn_fail_memory(p->err);
}

// A quoted text, a list or an object.
static hone_status lex_item(hn_expr_parser *p, hn_token_kind kind)
{
    hn_item item;
    // The end of the expression is the end of the text for the lexer, else it would look for the
    // closing quote in the rest of the spec.
    hone_status status = hn_lex_item(p->arena, p->quote.source, p->end, p->at, "", &item, p->err);
    if (status != HONE_OK && p->err && p->err->column >= 0) {
        char why[sizeof p->err->text];
        memcpy(why, p->err->text, sizeof why);
        return HN_EXPR_FAIL(p, p->at, "%s", why);
    }
    p->token.kind = kind;
    p->token.n = item.length;
    p->token.text = item.text;
    return status;
}

hone_status hn_expr_lex_json(hn_expr_parser *p)
{
    p->at = p->token.from;
    return lex_item(p, HN_TOKEN_JSON);
}

static hone_status lex_sign(hn_expr_parser *p)
{
    static const char *const signs[] = {"==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(",
                                        ")",  "{",  "}",  ",",  "+",  "-",  "*", "/", "%"};
    const char *at = p->quote.source + p->at;
    size_t left = p->end - p->at;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t n = strlen(signs[i]);
        if (n <= left && memcmp(at, signs[i], n) == 0) {
            p->token.kind = HN_TOKEN_SIGN;
            p->token.n = n;
            memcpy(p->token.sign, signs[i], n + 1);
            return HONE_OK;
        }
    }
    if (*at == '=')
        return HN_EXPR_FAIL(p, p->at, "a single '=' does not compare: write '=='");
    if (*at == '&' || *at == '|')
        return HN_EXPR_FAIL(p, p->at, "write '%c%c' for %s", *at, *at, *at == '&' ? "and" : "or");
    return HN_EXPR_FAIL(p, p->at,
                        "'%c' means nothing in an expression; quote a choice that holds "
                        "it",
                        (unsigned char)*at >= 0x20 ? *at : '?');
}

hone_status hn_expr_next(hn_expr_parser *p)
{
    const char *s = p->quote.source;
    p->at = hn_skip_space(s, p->end, p->token.from + p->token.n);
    p->token = (hn_token){.kind = HN_TOKEN_END, .from = p->at};
    if (p->at >= p->end)
        return HONE_OK;
    char c = s[p->at];
    size_t left = p->end - p->at,
           number = c == '-' || c == '+' ? 0 : hn_lex_number(s + p->at, left);
    // "3x3" is a word; "3-x" is a number, a minus and a name.
    if (number > 0 && !(number < left && is_word_char(s[p->at + number]))) {
        p->token.kind = HN_TOKEN_NUMBER;
        p->token.n = number;
        if (!hn_read_number(s + p->at, number, &p->token.number))
            return HN_EXPR_FAIL(p, p->at, "this number is too long");
        return HONE_OK;
    }
    if (c == '"' || c == '\'')
        return lex_item(p, HN_TOKEN_TEXT);
    if (c == '[')
        return lex_item(p, HN_TOKEN_JSON);
    return is_word_char(c) ? lex_name(p) : lex_sign(p);
}

bool hn_expr_at_sign(const hn_expr_parser *p, const char *sign)
{
    return p->token.kind == HN_TOKEN_SIGN && strcmp(p->token.sign, sign) == 0;
}

bool hn_expr_at_word(const hn_expr_parser *p, const char *word)
{
    return p->token.kind == HN_TOKEN_NAME && strcmp(p->token.text, word) == 0;
}
