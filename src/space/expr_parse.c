// The grammar of expressions (expr.h), by recursive descent; operations are emitted in the order
// of evaluation while reading. Nesting is bounded, and the stack of the machine with it.
#include <math.h>
#include <string.h>

#include "space/expr_code.h"

static hone_status parse_or(hn_expr_parser *p, hn_operand *out);
static hone_status parse_unary(hn_expr_parser *p, hn_operand *out);

// Steps over the token at hand; `text` is how it is written normalised.
static hone_status take(hn_expr_parser *p, const char *text)
{
    hn_str_add(&p->text, text);
    return hn_expr_next(p);
}

static hone_status enter(hn_expr_parser *p)
{
    if (++p->depth > HN_EXPR_DEPTH)
        return HN_EXPR_FAIL(p, p->token.from, "the expression is nested more than %d deep",
                            HN_EXPR_DEPTH);
    return HONE_OK;
}

// The words of other languages for the operators.
static const char *remedy_of(const hn_expr_parser *p)
{
    static const char *const words[][2] = {{"and", "&&"}, {"or", "||"}, {"not", "!"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (hn_expr_at_word(p, words[i][0]))
            return words[i][1];
    }
    return NULL;
}

static hone_status unexpected(hn_expr_parser *p, const char *wanted)
{
    const hn_token *t = &p->token;
    if (remedy_of(p))
        return HN_EXPR_FAIL(p, t->from, "'%s' is no operator here; it is written '%s'", t->text,
                            remedy_of(p));
    int n = (int)(t->n > 40 ? 40 : t->n);
    if (t->kind == HN_TOKEN_END)
        return HN_EXPR_FAIL(p, p->end, "the expression ends too early; %s is expected", wanted);
    return HN_EXPR_FAIL(p, t->from, "'%.*s' is not expected here; %s is", n,
                        p->quote.source + t->from, wanted);
}

// --- operands ---

static hone_status parse_number(hn_expr_parser *p, hn_operand *out)
{
    const hn_token *t = &p->token;
    if (!isfinite(t->number.value))
        return HN_EXPR_FAIL(p, t->from, "this number is too large");
    const char *text = hn_arena_strndup(p->arena, p->quote.source + t->from, t->n);
    if (!text)
        return hn_fail_memory(p->err);
    out->kind = HN_OPERAND_LITERAL;
    hn_bare_choice(text, &out->literal);
    hn_str_add(&p->text, text); // the spelling may be that of a choice
    return hn_expr_next(p);
}

static hone_status parse_text(hn_expr_parser *p, hn_operand *out)
{
    out->kind = HN_OPERAND_LITERAL;
    out->literal = (hn_choice){.text = p->token.text, .kind = HN_LITERAL_TEXT, .weight = 1};
    hn_quote_write(p->token.text, &p->text);
    return hn_expr_next(p);
}

// A list or an object: one choice.
static hone_status parse_json(hn_expr_parser *p, hn_operand *out)
{
    out->kind = HN_OPERAND_LITERAL;
    out->literal = (hn_choice){.text = p->token.text, .kind = HN_LITERAL_JSON, .weight = 1};
    hn_str_add(&p->text, p->token.text);
    return hn_expr_next(p);
}

static hone_status parse_name(hn_expr_parser *p, hn_operand *out)
{
    const hn_token *t = &p->token;
    uint64_t index = 0;
    bool known = p->space && hn_map_get(&p->space->by_name, t->text, &index);
    if (!known && remedy_of(p))
        return unexpected(p, "");
    if (strcmp(t->text, "in") == 0)
        return unexpected(p, "a parameter or a choice before 'in'");
    if (known) {
        out->kind = HN_OPERAND_PARAM;
        out->param = (uint32_t)index;
    } else if (p->space) {
        out->kind = HN_OPERAND_LITERAL;
        out->is_word = true;
        hn_bare_choice(t->text, &out->literal);
    }
    // A choice "if" would begin another clause of a spec.
    if (strcmp(t->text, "if") == 0)
        hn_quote_write(t->text, &p->text);
    else
        hn_str_add(&p->text, t->text);
    return hn_expr_next(p);
}

static hone_status parse_minus(hn_expr_parser *p, hn_operand *out)
{
    HN_TRY(enter(p));
    HN_TRY(take(p, "-"));
    bool number = p->token.kind == HN_TOKEN_NUMBER;
    HN_TRY(parse_unary(p, out));
    p->depth--;
    if (out->kind == HN_OPERAND_ANY)
        return HONE_OK;
    if (number) {
        // "-1" stays a literal, for it may be a choice.
        char *text = hn_arena_printf(p->arena, "-%s", out->literal.text);
        if (!text)
            return hn_fail_memory(p->err);
        hn_bare_choice(text, &out->literal);
        return HONE_OK;
    }
    HN_TRY(hn_expr_to_number(p, out));
    return hn_expr_emit(p, (hn_op){.code = HN_OP_NEGATE}, 1);
}

static hone_status parse_parentheses(hn_expr_parser *p, hn_operand *out)
{
    size_t open = p->token.from;
    HN_TRY(enter(p));
    HN_TRY(take(p, "("));
    HN_TRY(parse_or(p, out));
    if (p->token.kind == HN_TOKEN_END)
        return HN_EXPR_FAIL(p, open, "this '(' is never closed");
    if (!hn_expr_at_sign(p, ")"))
        return unexpected(p, "an operator or ')'");
    p->depth--;
    return take(p, ")");
}

// A brace where an operand is expected: elsewhere it begins the list of an `in`.
static hone_status parse_object(hn_expr_parser *p, hn_operand *out)
{
    HN_TRY(hn_expr_lex_json(p));
    return parse_json(p, out);
}

static hone_status parse_unary(hn_expr_parser *p, hn_operand *out)
{
    size_t column = p->token.from;
    hone_status status;
    *out = (hn_operand){.kind = HN_OPERAND_ANY, .column = column};
    if (p->token.kind == HN_TOKEN_NUMBER)
        status = parse_number(p, out);
    else if (p->token.kind == HN_TOKEN_TEXT)
        status = parse_text(p, out);
    else if (p->token.kind == HN_TOKEN_JSON)
        status = parse_json(p, out);
    else if (p->token.kind == HN_TOKEN_NAME)
        status = parse_name(p, out);
    else if (hn_expr_at_sign(p, "{"))
        status = parse_object(p, out);
    else if (hn_expr_at_sign(p, "-"))
        status = parse_minus(p, out);
    else if (hn_expr_at_sign(p, "("))
        status = parse_parentheses(p, out);
    else
        status = unexpected(p, "a parameter, a number or a choice");
    out->column = column;
    return status;
}

// --- arithmetic ---

static hone_status parse_chain(hn_expr_parser *p, hn_operand *out, const char *const *signs,
                               const hn_op_code *codes, size_t n,
                               hone_status (*parse)(hn_expr_parser *, hn_operand *))
{
    HN_TRY(parse(p, out));
    for (;;) {
        size_t k = 0;
        while (k < n && !hn_expr_at_sign(p, signs[k]))
            k++;
        if (k == n)
            return HONE_OK;
        hn_operand right;
        HN_TRY(hn_expr_to_number(p, out));
        hn_str_add_char(&p->text, ' ');
        HN_TRY(take(p, signs[k]));
        hn_str_add_char(&p->text, ' ');
        HN_TRY(parse(p, &right));
        HN_TRY(hn_expr_to_number(p, &right));
        HN_TRY(hn_expr_emit(p, (hn_op){.code = codes[k]}, 2));
    }
}

static hone_status parse_term(hn_expr_parser *p, hn_operand *out)
{
    static const char *const signs[] = {"*", "/", "%"};
    static const hn_op_code codes[] = {HN_OP_MULTIPLY, HN_OP_DIVIDE, HN_OP_MODULO};
    return parse_chain(p, out, signs, codes, 3, parse_unary);
}

static hone_status parse_sum(hn_expr_parser *p, hn_operand *out)
{
    static const char *const signs[] = {"+", "-"};
    static const hn_op_code codes[] = {HN_OP_ADD, HN_OP_SUBTRACT};
    return parse_chain(p, out, signs, codes, 2, parse_term);
}

// --- comparisons ---

static const char *const cmp_signs[] = {
    [HN_EQ] = "==", [HN_NE] = "!=", [HN_LT] = "<", [HN_LE] = "<=", [HN_GT] = ">", [HN_GE] = ">="};

static int at_comparison(const hn_expr_parser *p)
{
    for (int cmp = HN_EQ; cmp <= HN_GE; cmp++) {
        if (hn_expr_at_sign(p, cmp_signs[cmp]))
            return cmp;
    }
    return -1;
}

typedef struct literals {
    HN_VEC(hn_choice) items;
    HN_VEC(size_t) columns;
} literals;

// The inside of {…}: literals only, so a word needs no quotes whatever it looks like.
static hone_status parse_literals(hn_expr_parser *p, literals *out)
{
    const char *s = p->quote.source;
    size_t open = p->token.from, at = open + 1;
    for (;;) {
        hn_item item;
        hn_choice choice;
        at = hn_skip_space(s, p->end, at);
        HN_TRY(hn_lex_item(p->arena, s, p->end, at, ",{}", &item, p->err));
        if (item.kind == HN_ITEM_BARE && item.length == 0)
            return HN_EXPR_FAIL(p, at >= p->end ? open : at,
                                at >= p->end ? "this '{' is never closed" : "a choice is missing");
        HN_TRY(hn_item_choice(s, p->quote.length, &item, &choice, p->err));
        if (!hn_vec_push(&out->items, choice) || !hn_vec_push(&out->columns, item.from))
            return hn_fail_memory(p->err);
        hn_str_add(&p->text, out->items.n > 1 ? "," : "{");
        hn_choice_write(&choice, &p->text);
        at = hn_skip_space(s, p->end, item.from + item.length);
        if (at >= p->end)
            return HN_EXPR_FAIL(p, open, "this '{' is never closed");
        if (s[at] == '}')
            break;
        if (s[at] != ',')
            return HN_EXPR_FAIL(p, at, "a ',' or '}' is missing here");
        at++;
    }
    p->token.from = at;
    p->token.n = 1;
    return take(p, "}");
}

static hone_status parse_list(hn_expr_parser *p, hn_operand *out)
{
    literals list = {0};
    hone_status status = parse_literals(p, &list);
    if (status == HONE_OK)
        status = hn_expr_in_list(p, out, list.items.data, list.columns.data, list.items.n);
    hn_vec_free(&list.items);
    hn_vec_free(&list.columns);
    return status;
}

static hone_status parse_in(hn_expr_parser *p, hn_operand *out)
{
    bool negated = hn_expr_at_word(p, "not");
    hn_str_add(&p->text, negated ? " not" : "");
    if (negated) {
        HN_TRY(hn_expr_next(p));
        if (!hn_expr_at_word(p, "in"))
            return unexpected(p, "'in'");
    }
    HN_TRY(take(p, " in "));
    if (hn_expr_at_sign(p, "{")) {
        HN_TRY(parse_list(p, out));
    } else if (p->token.kind == HN_TOKEN_NAME) {
        hn_operand subset;
        HN_TRY(parse_unary(p, &subset));
        HN_TRY(hn_expr_in_subset(p, out, &subset));
    } else {
        return unexpected(p, "{a,b} or a subset parameter");
    }
    return negated ? hn_expr_emit(p, (hn_op){.code = HN_OP_NOT}, 1) : HONE_OK;
}

static hone_status parse_comparison(hn_expr_parser *p, hn_operand *out)
{
    HN_TRY(parse_sum(p, out));
    int cmp = at_comparison(p);
    if (cmp >= 0) {
        hn_operand right;
        size_t column = p->token.from;
        HN_TRY(take(p, cmp_signs[cmp]));
        HN_TRY(parse_sum(p, &right));
        HN_TRY(hn_expr_compare(p, out, (hn_cmp)cmp, &right, column));
    } else if (hn_expr_at_word(p, "in") || hn_expr_at_word(p, "not")) {
        HN_TRY(parse_in(p, out));
    }
    if (cmp >= 0 && at_comparison(p) >= 0)
        return HN_EXPR_FAIL(p, p->token.from,
                            "comparisons do not chain: write 0<x && x<1 for 0<x<1");
    return HONE_OK;
}

// --- logic ---

static hone_status parse_not(hn_expr_parser *p, hn_operand *out)
{
    if (!hn_expr_at_sign(p, "!"))
        return parse_comparison(p, out);
    size_t column = p->token.from;
    HN_TRY(enter(p));
    HN_TRY(take(p, "!"));
    HN_TRY(parse_not(p, out));
    HN_TRY(hn_expr_to_truth(p, out));
    out->column = column;
    p->depth--;
    return hn_expr_emit(p, (hn_op){.code = HN_OP_NOT}, 1);
}

static hone_status parse_and(hn_expr_parser *p, hn_operand *out)
{
    HN_TRY(parse_not(p, out));
    while (hn_expr_at_sign(p, "&&")) {
        hn_operand right;
        HN_TRY(hn_expr_to_truth(p, out));
        HN_TRY(take(p, " && "));
        HN_TRY(parse_not(p, &right));
        HN_TRY(hn_expr_to_truth(p, &right));
        HN_TRY(hn_expr_emit(p, (hn_op){.code = HN_OP_AND}, 2));
    }
    return HONE_OK;
}

static hone_status parse_or(hn_expr_parser *p, hn_operand *out)
{
    HN_TRY(parse_and(p, out));
    while (hn_expr_at_sign(p, "||")) {
        hn_operand right;
        HN_TRY(hn_expr_to_truth(p, out));
        HN_TRY(take(p, " || "));
        HN_TRY(parse_and(p, &right));
        HN_TRY(hn_expr_to_truth(p, &right));
        HN_TRY(hn_expr_emit(p, (hn_op){.code = HN_OP_OR}, 2));
    }
    return HONE_OK;
}

// A word that leads an expression in elsewhere.
static bool is_lead(const hn_token *token)
{
    return token->kind == HN_TOKEN_NAME &&
           (strcmp(token->text, "if") == 0 || strcmp(token->text, "forbid") == 0 ||
            strcmp(token->text, "require") == 0);
}

static hone_status parse_whole(hn_expr_parser *p)
{
    hn_operand whole;
    size_t bad = hn_bad_byte(p->quote.source, p->end);
    if (p->quote.n > HN_MAX_SPEC)
        return HN_EXPR_FAIL(p, p->quote.from, "the expression is longer than %d bytes",
                            HN_MAX_SPEC);
    if (bad < p->end)
        return HN_EXPR_FAIL(p, bad,
                            "the byte 0x%02x is not text (UTF-8 without control "
                            "characters)",
                            (unsigned)(unsigned char)p->quote.source[bad]);
    HN_TRY(hn_expr_next(p));
    if (p->token.kind == HN_TOKEN_END)
        return HN_EXPR_FAIL(p, p->quote.from, "the expression is empty");
    hn_token first = p->token;
    HN_TRY(parse_or(p, &whole));
    if (p->token.kind != HN_TOKEN_END && is_lead(&first))
        return HN_EXPR_FAIL(p, first.from, "leave out '%s': here stands the expression alone",
                            first.text);
    if (hn_expr_at_sign(p, ")"))
        return HN_EXPR_FAIL(p, p->token.from, "a ')' without its '('");
    if (p->token.kind != HN_TOKEN_END)
        return unexpected(p, "an operator such as ==, < or &&");
    return hn_expr_to_truth(p, &whole);
}

static hn_expr_parser make_parser(hn_arena *arena, const hone_space *space, hn_quote quote,
                                  hone_error *err)
{
    return (hn_expr_parser){.arena = arena,
                            .space = space,
                            .quote = quote,
                            .end = quote.from + quote.n,
                            .token = {.from = quote.from},
                            .err = err};
}

static void note_param(uint32_t param, void *user)
{
    (void)param;
    *(bool *)user = true;
}

static hone_status finish(hn_expr_parser *p, const hn_expr **out)
{
    hn_expr *expr = HN_NEW(p->arena, hn_expr, 1);
    bool any = false;
    if (!expr)
        return hn_fail_memory(p->err);
    expr->n_ops = (uint32_t)p->ops.n;
    expr->ops = hn_arena_memdup(p->arena, p->ops.data, p->ops.n * sizeof *p->ops.data);
    expr->text = hn_arena_strdup(p->arena, hn_str_text(&p->text));
    if (hn_str_failed(&p->text) || hn_arena_failed(p->arena))
        return hn_fail_memory(p->err);
    hn_expr_params(expr, note_param, &any);
    if (!any)
        return HN_EXPR_FAIL(p, p->quote.from, "the expression names no parameter");
    *out = expr;
    return HONE_OK;
}

hone_status hn_expr_parse(hn_arena *arena, const hone_space *space, hn_quote quote,
                          const hn_expr **out, hone_error *err)
{
    hn_expr_parser p = make_parser(arena, space, quote, err);
    hone_status status = parse_whole(&p);
    if (status == HONE_OK)
        status = finish(&p, out);
    hn_vec_free(&p.ops);
    hn_str_free(&p.text);
    return status;
}

hone_status hn_expr_check(hn_quote quote, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_expr_parser p = make_parser(&arena, NULL, quote, err);
    hone_status status = parse_whole(&p);
    // A name that ends in '-' or '.' is known only when all parameters are.
    if (status == HONE_EPARSE && p.unsure) {
        hn_error_clear(err);
        status = HONE_OK;
    }
    hn_str_free(&p.text);
    hn_arena_free(&arena);
    return status;
}
