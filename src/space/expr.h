// Expressions over parameters: `opt==sgd && lr>0.1`, `a<=b`, `x in {a,b}`.
//
//     or    := and { '||' and }
//     and   := not { '&&' not }
//     not   := '!' not | cmp
//     cmp   := sum [ ('=='|'!='|'<'|'<='|'>'|'>=') sum | ['not'] 'in' '{' literal {',' literal} '}' ]
//     sum   := term { ('+'|'-') term }     term := unary { ('*'|'/'|'%') unary }
//     unary := '-' unary | '(' or ')' | number | "text" | name
// A name that is a parameter is that parameter; otherwise it must be a choice of the categorical
// on the other side. A single `=` is refused with the remedy. A boolean parameter alone is a
// condition. Ordinals compare in their order (`size<=m`); subsets know `'a' in s`.
//
// Three values: what touches an inactive parameter is unknown; && and || are Kleene's; at the top
// unknown counts as false for `if` and as "no objection" for forbid and require.
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

typedef enum hn_truth { HN_FALSE = 0, HN_TRUE = 1, HN_UNKNOWN = 2 } hn_truth;

// Parses `text[from, from + length)` against the parameters known so far (the first `n_known` of
// `space`). Errors carry `text` and the column of the token inside it.
hone_status hn_expr_parse(hn_arena *arena, const struct hone_space *space, uint32_t n_known,
                          const char *text, size_t from, size_t length, const hn_expr **out,
                          hone_error *err);
hn_truth hn_expr_eval(const hn_expr *expr, const struct hone_space *space,
                      const union hn_slot *slots, const uint64_t *active);
// Calls `visit` for each parameter that the expression names.
void hn_expr_params(const hn_expr *expr, void (*visit)(uint32_t param, void *user), void *user);

#endif
