// Expressions over parameters: `opt==sgd && lr>0.1`, `a<=b`, `x in {a,b}`.
//
//     or    := and { '||' and }
//     and   := not { '&&' not }
//     not   := '!' not | cmp
//     cmp   := sum [ ('=='|'!='|'<'|'<='|'>'|'>=') sum | ['not'] 'in' ( '{' literal {',' literal}
//              '}' | name ) ]
//     sum   := term { ('+'|'-') term }     term := unary { ('*'|'/'|'%') unary }
//     unary := '-' unary | '(' or ')' | number | "text" | json | name
// (json: a list or an object, which is one choice.)
// A name that is a parameter is that parameter; otherwise it must be a choice of the categorical
// on the other side. Names may hold '-' and '.': of `a-b` the longest part that is a parameter or
// a choice is taken, so blanks around a minus are never wrong. A single `=` is refused with the
// remedy. A boolean parameter alone is a condition. Ordinals compare in their order (`size<=m`),
// categoricals of numbers as numbers; subsets know `'a' in s`. Numbers are compared as doubles.
//
// Three values: what touches an inactive parameter is unknown, so is 0/0; && and || are Kleene's;
// at the top unknown counts as false for `if` and as "no objection" for forbid and require.
#ifndef HN_SPACE_EXPR_H
#define HN_SPACE_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

typedef struct hn_expr hn_expr;
struct hone_space;
union hn_slot;

// Part [from, from + n) of a text of `length` bytes: where an error puts its caret.
typedef struct hn_quote {
    const char *source;
    size_t length, from, n;
} hn_quote;

typedef enum hn_truth { HN_FALSE = 0, HN_TRUE = 1, HN_UNKNOWN = 2 } hn_truth;

// Parses the quoted part of a text against the parameters of `space` (sealed or not); parameters
// are named by their present index. Errors carry the whole text and the column of the token.
hone_status hn_expr_parse(hn_arena *arena, const struct hone_space *space, hn_quote quote,
                          const hn_expr **out, hone_error *err);
// Checks the grammar alone, when the parameters are not known yet.
hone_status hn_expr_check(hn_quote quote, hone_error *err);
// The expression normalised: blanks and quotes; reads back equal. Borrowed.
const char *hn_expr_text(const hn_expr *expr);
hn_truth hn_expr_eval(const hn_expr *expr, const struct hone_space *space,
                      const union hn_slot *slots, const uint64_t *active);
// Number of operations of one evaluation.
uint32_t hn_expr_cost(const hn_expr *expr);
// Calls `visit` for each parameter that the expression names.
void hn_expr_params(const hn_expr *expr, void (*visit)(uint32_t param, void *user), void *user);

#endif
