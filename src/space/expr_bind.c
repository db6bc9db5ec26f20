// What the operands of an expression mean to each other.
//
// A comparison of one parameter's choices with a literal is decided for every choice while
// parsing and becomes a set of bits; so do `in`, the order of an ordinal and a boolean alone.

#include "space/expr_code.h"
#include "space/value.h"

hone_status hn_expr_emit(hn_expr_parser *p, hn_op op, int pops)
{
    if (!p->space)
        return HONE_OK;
    p->stack += 1 - pops;
    if (p->stack > HN_EXPR_STACK)
        return HN_EXPR_FAIL(p, p->quote.from, "the expression is nested too deeply");
    return hn_vec_push(&p->ops, op) ? HONE_OK : hn_fail_memory(p->err);
}

static bool all_of_kind(const hn_param *param, hn_literal_kind kind)
{
    if (!hn_is_choice(param))
        return false;
    for (uint32_t i = 0; i < param->n_choices; i++) {
        if (param->choices[i].kind != kind)
            return false;
    }
    return true;
}

// May the parameter stand where a number does? An ordinal only when its order is that of its
// numbers, else `<` would have two meanings.
static bool is_number(const hn_param *param)
{
    if (param->type == HONE_PARAM_FLOAT || param->type == HONE_PARAM_INT)
        return true;
    if (!all_of_kind(param, HN_LITERAL_NUMBER))
        return false;
    for (uint32_t i = 1; i < param->n_choices && param->type == HONE_PARAM_ORDINAL; i++) {
        if (!(param->choices[i - 1].number < param->choices[i].number))
            return false;
    }
    return true;
}

// NULL when the operand is no parameter.
static const hn_param *param_of(const hn_expr_parser *p, const hn_operand *operand)
{
    return operand->kind == HN_OPERAND_PARAM ? &p->space->params[operand->param] : NULL;
}

static const char *type_name(const hn_param *param)
{
    static const char *const names[] = {
        [HONE_PARAM_FLOAT] = "a float",
        [HONE_PARAM_INT] = "an int",
        [HONE_PARAM_CATEGORICAL] = "a categorical",
        [HONE_PARAM_ORDINAL] = "an ordered list",
        [HONE_PARAM_BOOL] = "a boolean",
        [HONE_PARAM_PERMUTATION] = "a permutation",
        [HONE_PARAM_SUBSET] = "a subset",
        [HONE_PARAM_SIMPLEX] = "a simplex",
    };
    return names[param->type];
}

enum { NAMES_SHOWN = 8 };

static hone_status no_such_param(hn_expr_parser *p, const hn_operand *operand)
{
    hn_str names = HN_STR_INIT;
    for (uint32_t i = 0; i < p->space->n_params && i < NAMES_SHOWN; i++) {
        hn_str_add(&names, i ? ", " : "");
        hn_str_add(&names, p->space->params[i].name);
    }
    if (p->space->n_params > NAMES_SHOWN)
        hn_str_add(&names, ", ...");
    hone_status status = HN_EXPR_FAIL(p, operand->column, "there is no parameter '%.60s' among %s",
                                      operand->literal.text, hn_str_text(&names));
    hn_str_free(&names);
    return status;
}

static hone_status unknown_word(hn_expr_parser *p, const hn_operand *operand)
{
    const hone_space *space = p->space;
    const char *word = operand->literal.text, *near = NULL;
    const char **names = hn_reallocarray(NULL, space->n_params + 1, sizeof *names);
    if (names) {
        for (uint32_t i = 0; i < space->n_params; i++)
            names[i] = space->params[i].name;
        near = hn_nearest(word, names, space->n_params);
        hn_free(names);
    }
    if (!operand->is_word)
        return HN_EXPR_FAIL(p, operand->column,
                            "the text \"%.60s\" has no parameter beside it to "
                            "be compared with",
                            word);
    if (near)
        return HN_EXPR_FAIL(p, operand->column, "there is no parameter '%.60s'; did you mean '%s'?",
                            word, near);
    return no_such_param(p, operand);
}

// Some choices may be numbers: then the one that is none is named.
static hone_status not_a_number(hn_expr_parser *p, const hn_operand *operand)
{
    const hn_param *param = param_of(p, operand);
    for (uint32_t i = 0; i < param->n_choices && param->choices; i++) {
        if (param->choices[i].kind != HN_LITERAL_NUMBER)
            return HN_EXPR_FAIL(p, operand->column, "%s is %s, not a number: it may be '%.60s'",
                                param->name, type_name(param), param->choices[i].text);
    }
    return HN_EXPR_FAIL(p, operand->column, "%s is %s, not a number", param->name,
                        type_name(param));
}

// --- operands onto the stack ---

hone_status hn_expr_to_number(hn_expr_parser *p, hn_operand *operand)
{
    if (!p->space)
        return HONE_OK;
    const hn_param *param = param_of(p, operand);
    switch (operand->kind) {
    case HN_OPERAND_ANY:
    case HN_OPERAND_NUMBER:
        return HONE_OK;
    case HN_OPERAND_TRUTH:
        return HN_EXPR_FAIL(p, operand->column, "a condition is not a number");
    case HN_OPERAND_LITERAL:
        if (operand->literal.kind != HN_LITERAL_NUMBER)
            return unknown_word(p, operand);
        operand->kind = HN_OPERAND_NUMBER;
        return hn_expr_emit(p, (hn_op){.code = HN_OP_NUMBER, .number = operand->literal.number}, 0);
    default:
        if (!is_number(param))
            return not_a_number(p, operand);
        operand->kind = HN_OPERAND_NUMBER;
        return hn_expr_emit(p, (hn_op){.code = HN_OP_PARAM, .param = operand->param}, 0);
    }
}

static uint64_t *new_set(hn_expr_parser *p, const hn_param *param)
{
    return HN_ZNEW(p->arena, uint64_t, (param->n_choices + 63) / 64);
}

static hone_status emit_set(hn_expr_parser *p, hn_operand *operand, const uint64_t *set)
{
    if (!set)
        return hn_fail_memory(p->err);
    operand->kind = HN_OPERAND_TRUTH;
    return hn_expr_emit(p, (hn_op){.code = HN_OP_IN_SET, .param = operand->param, .set = set}, 0);
}

hone_status hn_expr_to_truth(hn_expr_parser *p, hn_operand *operand)
{
    if (!p->space)
        return HONE_OK;
    const hn_param *param = param_of(p, operand);
    switch (operand->kind) {
    case HN_OPERAND_ANY:
    case HN_OPERAND_TRUTH:
        return HONE_OK;
    case HN_OPERAND_NUMBER:
        return HN_EXPR_FAIL(p, operand->column,
                            "a number is not a condition; compare it, as in "
                            "x>0");
    case HN_OPERAND_LITERAL:
        if (operand->literal.kind == HN_LITERAL_NUMBER)
            return HN_EXPR_FAIL(p, operand->column, "a number is not a condition");
        return unknown_word(p, operand);
    default:
        break;
    }
    if (!all_of_kind(param, HN_LITERAL_BOOL))
        return HN_EXPR_FAIL(
            p, operand->column, "%s is %s, not a condition; compare it, as in %s==%s", param->name,
            type_name(param), param->name, hn_is_choice(param) ? param->choices[0].text : "1");
    uint64_t *set = new_set(p, param);
    for (uint32_t i = 0; set && i < param->n_choices; i++)
        hn_set_active(set, i, param->choices[i].number != 0);
    return emit_set(p, operand, set);
}

// --- comparisons ---

static hn_cmp mirrored(hn_cmp cmp)
{
    static const hn_cmp other[] = {[HN_EQ] = HN_EQ, [HN_NE] = HN_NE, [HN_LT] = HN_GT,
                                   [HN_LE] = HN_GE, [HN_GT] = HN_LT, [HN_GE] = HN_LE};
    return other[cmp];
}

static hn_quote place_of(const hn_expr_parser *p, size_t column)
{
    return (hn_quote){p->quote.source, p->quote.length, column, 0};
}

// A parameter with choices against a literal: decided here for every choice.
static hone_status compare_literal(hn_expr_parser *p, hn_operand *left, hn_cmp cmp,
                                   const hn_operand *right, size_t column)
{
    const hn_param *param = param_of(p, left);
    bool equality = cmp == HN_EQ || cmp == HN_NE;
    bool numbers = is_number(param) && right->literal.kind == HN_LITERAL_NUMBER;
    int64_t k = hn_choice_find(param, &right->literal);
    if (k < 0 && (equality || !numbers))
        return hn_value_no_choice(param, place_of(p, right->column), right->literal.text, p->err);
    if (!equality && !numbers && param->type != HONE_PARAM_ORDINAL)
        return HN_EXPR_FAIL(p, column,
                            "%s is %s and has no order; compare it with == or !=", param->name,
                            type_name(param));
    uint64_t *set = new_set(p, param);
    for (uint32_t i = 0; set && i < param->n_choices; i++) {
        bool in = numbers ? hn_cmp_holds(cmp, param->choices[i].number, right->literal.number)
                          : hn_cmp_holds(cmp, i, (double)k);
        hn_set_active(set, i, in);
    }
    return emit_set(p, left, set);
}

static bool same_choices(const hn_param *a, const hn_param *b)
{
    if (a->n_choices != b->n_choices)
        return false;
    for (uint32_t i = 0; i < a->n_choices; i++) {
        if (!hn_choice_equal(&a->choices[i], &b->choices[i]))
            return false;
    }
    return true;
}

// Index in `b` of each choice of `a`, -1 for none.
static const int64_t *choice_map(hn_expr_parser *p, const hn_param *a, const hn_param *b)
{
    hn_map places = HN_MAP_INIT;
    hn_str key = HN_STR_INIT;
    bool ok = true;
    int64_t *map = HN_NEW(p->arena, int64_t, a->n_choices);
    for (uint32_t i = 0; ok && i < b->n_choices; i++) {
        hn_str_clear(&key);
        hn_choice_key(&b->choices[i], &key);
        ok = !hn_str_failed(&key) && hn_map_put(&places, hn_str_text(&key), i);
    }
    for (uint32_t i = 0; ok && map && i < a->n_choices; i++) {
        uint64_t k;
        hn_str_clear(&key);
        hn_choice_key(&a->choices[i], &key);
        ok = !hn_str_failed(&key);
        map[i] = ok && hn_map_get(&places, hn_str_text(&key), &k) ? (int64_t)k : -1;
    }
    hn_map_free(&places);
    hn_str_free(&key);
    return ok ? map : NULL;
}

static hone_status compare_params(hn_expr_parser *p, hn_operand *left, hn_cmp cmp,
                                  const hn_operand *right, size_t column)
{
    const hn_param *a = param_of(p, left), *b = param_of(p, right);
    bool ordered = a->type == HONE_PARAM_ORDINAL && b->type == HONE_PARAM_ORDINAL;
    if (cmp != HN_EQ && cmp != HN_NE && !(ordered && same_choices(a, b)))
        return HN_EXPR_FAIL(p, column,
                            "%s and %s have no common order; compare them with == or !=", a->name,
                            b->name);
    hn_op op = {.code = HN_OP_PAIR, .cmp = cmp, .param = left->param, .other = right->param};
    op.map = choice_map(p, a, b);
    if (!op.map)
        return hn_fail_memory(p->err);
    left->kind = HN_OPERAND_TRUTH;
    return hn_expr_emit(p, op, 0);
}

static hone_status compare_numbers(hn_expr_parser *p, hn_operand *left, hn_cmp cmp,
                                   hn_operand *right)
{
    // What is on the stack already stays below: a left operand that is pushed later is the right
    // one of the mirrored comparison.
    bool mirror = right->kind == HN_OPERAND_NUMBER && left->kind != HN_OPERAND_NUMBER;
    HN_TRY(hn_expr_to_number(p, left));
    HN_TRY(hn_expr_to_number(p, right));
    left->kind = HN_OPERAND_TRUTH;
    return hn_expr_emit(p, (hn_op){.code = HN_OP_COMPARE, .cmp = mirror ? mirrored(cmp) : cmp}, 2);
}

static hone_status refuse_operand(hn_expr_parser *p, const hn_operand *operand)
{
    const hn_param *param = param_of(p, operand);
    if (operand->kind == HN_OPERAND_TRUTH)
        return HN_EXPR_FAIL(p, operand->column,
                            "a condition is not compared; join conditions with && and ||");
    if (param && param->type == HONE_PARAM_SUBSET)
        return HN_EXPR_FAIL(p, operand->column, "%s is a subset; ask for an item: '%s' in %s",
                            param->name, param->choices[0].text, param->name);
    if (param && (param->type == HONE_PARAM_PERMUTATION || param->type == HONE_PARAM_SIMPLEX))
        return HN_EXPR_FAIL(p, operand->column, "%s is %s and cannot stand in an expression",
                            param->name, type_name(param));
    return HONE_OK;
}

// Parameter `named` stands where a choice of `of` was meant: only quotes tell them apart.
static hone_status refuse_shadowed(hn_expr_parser *p, const hn_operand *of, const hn_operand *named)
{
    const hn_param *a = param_of(p, of), *b = param_of(p, named);
    hn_choice choice;
    if (!a || !b || !hn_is_choice(a) || hn_is_choice(b) || is_number(a))
        return HONE_OK;
    hn_bare_choice(b->name, &choice);
    if (hn_choice_find(a, &choice) < 0)
        return HONE_OK;
    return HN_EXPR_FAIL(p, named->column,
                        "%s is a parameter here; for the choice of %s write it in quotes: '%s'",
                        b->name, a->name, b->name);
}

hone_status hn_expr_compare(hn_expr_parser *p, hn_operand *left, hn_cmp cmp, hn_operand *right,
                            size_t column)
{
    if (!p->space)
        return HONE_OK;
    HN_TRY(refuse_operand(p, left));
    HN_TRY(refuse_operand(p, right));
    HN_TRY(refuse_shadowed(p, left, right));
    HN_TRY(refuse_shadowed(p, right, left));
    const hn_param *a = param_of(p, left), *b = param_of(p, right);
    if (b && hn_is_choice(b) && left->kind == HN_OPERAND_LITERAL) {
        HN_TRY(compare_literal(p, right, mirrored(cmp), left, column));
        *left = *right;
        return HONE_OK;
    }
    if (a && hn_is_choice(a) && right->kind == HN_OPERAND_LITERAL)
        return compare_literal(p, left, cmp, right, column);
    if (a && b && hn_is_choice(a) && hn_is_choice(b) && !(is_number(a) && is_number(b)))
        return compare_params(p, left, cmp, right, column);
    return compare_numbers(p, left, cmp, right);
}

// --- in ---

static hone_status number_in_list(hn_expr_parser *p, hn_operand *left, const hn_choice *items,
                                  const size_t *columns, size_t n)
{
    double *numbers = HN_NEW(p->arena, double, n);
    if (!numbers)
        return hn_fail_memory(p->err);
    for (size_t i = 0; i < n; i++) {
        numbers[i] = items[i].number;
        if (items[i].kind != HN_LITERAL_NUMBER)
            return HN_EXPR_FAIL(p, columns[i], "'%.60s' is not a number, and the left side is",
                                items[i].text);
    }
    HN_TRY(hn_expr_to_number(p, left));
    left->kind = HN_OPERAND_TRUTH;
    return hn_expr_emit(p, (hn_op){.code = HN_OP_IN_LIST, .numbers = numbers, .n = (uint32_t)n}, 1);
}

hone_status hn_expr_in_list(hn_expr_parser *p, hn_operand *left, const hn_choice *items,
                            const size_t *columns, size_t n)
{
    if (!p->space)
        return HONE_OK;
    HN_TRY(refuse_operand(p, left));
    const hn_param *param = param_of(p, left);
    if (left->kind == HN_OPERAND_LITERAL && left->literal.kind != HN_LITERAL_NUMBER)
        return unknown_word(p, left);
    if (!param || !hn_is_choice(param))
        return number_in_list(p, left, items, columns, n);
    uint64_t *set = new_set(p, param);
    for (size_t i = 0; set && i < n; i++) {
        int64_t k = hn_choice_find(param, &items[i]);
        if (k < 0)
            return hn_value_no_choice(param, place_of(p, columns[i]), items[i].text, p->err);
        hn_set_active(set, (uint32_t)k, true);
    }
    return emit_set(p, left, set);
}

hone_status hn_expr_in_subset(hn_expr_parser *p, hn_operand *left, const hn_operand *right)
{
    if (!p->space)
        return HONE_OK;
    const hn_param *param = param_of(p, right);
    if (!param && right->kind == HN_OPERAND_LITERAL)
        return unknown_word(p, right);
    if (!param || param->type != HONE_PARAM_SUBSET)
        return HN_EXPR_FAIL(p, right->column,
                            "after 'in' stands a subset parameter or a list "
                            "{a,b}; %s is %s",
                            param ? param->name : "this", param ? type_name(param) : "neither");
    if (left->kind != HN_OPERAND_LITERAL)
        return HN_EXPR_FAIL(p, left->column,
                            "an item of %s is expected here; quote it, as in "
                            "'%s' in %s",
                            param->name, param->choices[0].text, param->name);
    int64_t k = hn_choice_find(param, &left->literal);
    if (k < 0)
        return hn_value_no_choice(param, place_of(p, left->column), left->literal.text, p->err);
    left->kind = HN_OPERAND_TRUTH;
    hn_op op = {.code = HN_OP_MEMBER, .param = right->param, .other = (uint32_t)k};
    return hn_expr_emit(p, op, 0);
}
