// Evaluating an expression: a loop over its operations with a small stack of doubles.
#include "space/expr.h"

#include <assert.h>
#include <math.h>

#include "space/expr_code.h"

const char *hn_expr_text(const hn_expr *expr)
{
    return expr->text;
}

uint32_t hn_expr_cost(const hn_expr *expr)
{
    return expr->n_ops;
}

void hn_expr_params(const hn_expr *expr, void (*visit)(uint32_t param, void *user), void *user)
{
    for (uint32_t i = 0; i < expr->n_ops; i++) {
        const hn_op *op = &expr->ops[i];
        if (op->code == HN_OP_PARAM || op->code == HN_OP_IN_SET || op->code == HN_OP_MEMBER ||
            op->code == HN_OP_PAIR)
            visit(op->param, user);
        if (op->code == HN_OP_PAIR)
            visit(op->other, user);
    }
}

static double compare(hn_cmp cmp, double a, double b)
{
    return isnan(a) || isnan(b) ? NAN : hn_cmp_holds(cmp, a, b);
}

static double value_of(const hn_param *p, const hn_slot *slots)
{
    if (p->type == HONE_PARAM_FLOAT)
        return slots[p->slot].f;
    int64_t i = slots[p->slot].i;
    return p->type == HONE_PARAM_INT ? (double)i : p->choices[i].number;
}

// Kleene's logic on 0, 1 and NaN.
static double both(double a, double b)
{
    if (a == 0 || b == 0)
        return 0;
    return isnan(a) || isnan(b) ? NAN : 1;
}

static double either(double a, double b)
{
    if (a == 1 || b == 1)
        return 1;
    return isnan(a) || isnan(b) ? NAN : 0;
}

static double in_list(const hn_op *op, double x)
{
    if (isnan(x))
        return NAN;
    for (uint32_t i = 0; i < op->n; i++) {
        if (op->numbers[i] == x)
            return 1;
    }
    return 0;
}

// An operation that looks at parameters and pops nothing.
static double look(const hn_op *op, const hone_space *space, const hn_slot *slots,
                   const uint64_t *active)
{
    const hn_param *p = &space->params[op->param];
    if (!hn_active(active, op->param))
        return NAN;
    if (op->code == HN_OP_PARAM)
        return value_of(p, slots);
    if (op->code == HN_OP_IN_SET)
        return hn_active(op->set, (uint32_t)slots[p->slot].i);
    if (op->code == HN_OP_MEMBER)
        return (double)((uint64_t)slots[p->slot].i >> op->other & 1);
    if (!hn_active(active, op->other))
        return NAN;
    const hn_param *q = &space->params[op->other];
    return compare(op->cmp, (double)op->map[slots[p->slot].i], (double)slots[q->slot].i);
}

static double combine(const hn_op *op, double a, double b)
{
    switch (op->code) {
    case HN_OP_COMPARE:
        return compare(op->cmp, a, b);
    case HN_OP_ADD:
        return a + b;
    case HN_OP_SUBTRACT:
        return a - b;
    case HN_OP_MULTIPLY:
        return a * b;
    case HN_OP_DIVIDE:
        return a / b;
    case HN_OP_MODULO:
        return fmod(a, b);
    case HN_OP_AND:
        return both(a, b);
    default:
        return either(a, b);
    }
}

hn_truth hn_expr_eval(const hn_expr *expr, const hone_space *space, const hn_slot *slots,
                      const uint64_t *active)
{
    double stack[HN_EXPR_STACK];
    int top = -1;
    for (uint32_t i = 0; i < expr->n_ops; i++) {
        const hn_op *op = &expr->ops[i];
        switch (op->code) {
        case HN_OP_NUMBER:
            stack[++top] = op->number;
            break;
        case HN_OP_PARAM:
        case HN_OP_IN_SET:
        case HN_OP_MEMBER:
        case HN_OP_PAIR:
            stack[++top] = look(op, space, slots, active);
            break;
        case HN_OP_IN_LIST:
            stack[top] = in_list(op, stack[top]);
            break;
        case HN_OP_NEGATE:
            stack[top] = -stack[top];
            break;
        case HN_OP_NOT:
            stack[top] = isnan(stack[top]) ? NAN : stack[top] == 0;
            break;
        default:
            top--;
            stack[top] = combine(op, stack[top], stack[top + 1]);
        }
    }
    assert(top == 0);
    return isnan(stack[0]) ? HN_UNKNOWN : stack[0] != 0 ? HN_TRUE : HN_FALSE;
}
