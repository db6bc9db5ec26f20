// The inside of an expression, shared by its lexer, parser, binder and evaluator.
//
// An expression is a program for a small stack machine. The stack holds doubles: numbers, or truth
// values as 0 and 1; NaN is "unknown" for both, which makes arithmetic on unknowns free.
#ifndef HN_SPACE_EXPR_CODE_H
#define HN_SPACE_EXPR_CODE_H

#include "base/vec.h"
#include "space/lex.h"
#include "space/space.h"

typedef enum hn_op_code {
    HN_OP_NUMBER,  // push `number`
    HN_OP_PARAM,   // push the value of a float, an int or a list of numbers
    HN_OP_IN_SET,  // push whether bit (choice of `param`) of `set` is set
    HN_OP_MEMBER,  // push whether item `other` is in the subset `param`
    HN_OP_PAIR,    // push `cmp` of map[choice of `param`] and the choice of `other`
    HN_OP_IN_LIST, // pop a number, push whether it is among numbers[n]
    HN_OP_COMPARE, // pop b, a; push `cmp` of a and b
    HN_OP_ADD,
    HN_OP_SUBTRACT,
    HN_OP_MULTIPLY,
    HN_OP_DIVIDE,
    HN_OP_MODULO,
    HN_OP_NEGATE,
    HN_OP_AND,
    HN_OP_OR,
    HN_OP_NOT,
} hn_op_code;

typedef enum hn_cmp { HN_EQ, HN_NE, HN_LT, HN_LE, HN_GT, HN_GE } hn_cmp;

static inline bool hn_cmp_holds(hn_cmp cmp, double a, double b)
{
    switch (cmp) {
    case HN_EQ:
        return a == b;
    case HN_NE:
        return a != b;
    case HN_LT:
        return a < b;
    case HN_LE:
        return a <= b;
    case HN_GT:
        return a > b;
    default:
        return a >= b;
    }
}

typedef struct hn_op {
    hn_op_code code;
    hn_cmp cmp;
    uint32_t param, other;
    uint32_t n;
    double number;
    const uint64_t *set;
    const int64_t *map;
    const double *numbers;
} hn_op;

struct hn_expr {
    const hn_op *ops;
    uint32_t n_ops;
    const char *text;
};

enum { HN_EXPR_DEPTH = 64, HN_EXPR_STACK = 512 };

// --- tokens: expr_lex.c ---
typedef enum hn_token_kind {
    HN_TOKEN_END,
    HN_TOKEN_NUMBER,
    HN_TOKEN_TEXT, // quoted
    HN_TOKEN_JSON, // a list or an object
    HN_TOKEN_NAME,
    HN_TOKEN_SIGN, // `sign` holds one or two characters
} hn_token_kind;

typedef struct hn_token {
    hn_token_kind kind;
    size_t from, n;
    char sign[3];
    hn_number number;
    const char *text; // NAME, TEXT: unquoted, JSON: canonical; in the arena
} hn_token;

typedef struct hn_expr_parser {
    hn_arena *arena;
    const hone_space *space; // NULL: check the grammar only
    hn_quote quote;
    size_t at, end;
    hn_token token; // the one to be read next
    int depth;      // of nesting
    int stack;      // values on the machine's stack
    bool unsure;    // a name may go on with the '-' or '.' that was left out
    HN_VEC(hn_op) ops;
    hn_str text; // normalised
    hone_error *err;
} hn_expr_parser;

#define HN_EXPR_FAIL(parser, column, ...)                                                          \
    hn_fail_at((parser)->err, HONE_EPARSE, (parser)->quote.source, (parser)->quote.length,         \
               (column), __VA_ARGS__)

// Reads the next token.
hone_status hn_expr_next(hn_expr_parser *parser);
// Reads the token at hand, a brace, again: as the object that begins there.
hone_status hn_expr_lex_json(hn_expr_parser *parser);
bool hn_expr_at_sign(const hn_expr_parser *parser, const char *sign);
bool hn_expr_at_word(const hn_expr_parser *parser, const char *word);

// --- what an operand is, and how two of them meet: expr_bind.c ---
typedef enum hn_operand_kind {
    HN_OPERAND_ANY,    // grammar check: anything
    HN_OPERAND_TRUTH,  // on the stack
    HN_OPERAND_NUMBER, // on the stack
    // The others are not on the stack yet: what they mean depends on their partner.
    HN_OPERAND_LITERAL, // number, text or unbound word in `literal`
    HN_OPERAND_PARAM,   // any parameter
} hn_operand_kind;

typedef struct hn_operand {
    hn_operand_kind kind;
    size_t column;
    uint32_t param;
    hn_choice literal;
    bool is_word; // a LITERAL without quotes that is not a number
} hn_operand;

// Turns the operand into a number or a truth value on the stack, or fails.
hone_status hn_expr_to_number(hn_expr_parser *parser, hn_operand *operand);
hone_status hn_expr_to_truth(hn_expr_parser *parser, hn_operand *operand);
// left cmp right; the result is in `left`.
hone_status hn_expr_compare(hn_expr_parser *parser, hn_operand *left, hn_cmp cmp, hn_operand *right,
                            size_t column);
// left in {items}; `columns` are the items' places.
hone_status hn_expr_in_list(hn_expr_parser *parser, hn_operand *left, const hn_choice *items,
                            const size_t *columns, size_t n);
// left in right, where right must be a subset.
hone_status hn_expr_in_subset(hn_expr_parser *parser, hn_operand *left, const hn_operand *right);
// Appends an operation that pops `pops` values and pushes one.
hone_status hn_expr_emit(hn_expr_parser *parser, hn_op op, int pops);

#endif
