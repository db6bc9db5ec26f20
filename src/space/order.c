// The order in which conditions can be decided: a parameter after those its condition names.
//
// A walk in the order of declaration that first visits what a condition names. A parameter is
// moved only in front of one that needs it, so a valid order stays as it is.
#include <stdio.h>

#include "space/seal.h"

typedef enum mark { UNSEEN, OPEN, DONE } mark;

typedef struct walk {
    const hone_space *space;
    const hn_expr **conditions; // [n_params], NULL: none
    unsigned char *marks;       // [n_params]
    uint32_t *order, n;
    uint32_t *path, depth; // the parameters being visited, for the text of a circle
    hone_status status;
    hone_error *err;
} walk;

static void fail_circle(walk *w, uint32_t at)
{
    char text[300];
    size_t n = 0;
    uint32_t from = 0;
    while (w->path[from] != at)
        from++;
    for (uint32_t i = from; i < w->depth && n < sizeof text - 8; i++) {
        const char *name = w->space->params[w->path[i]].name;
        n += (size_t)snprintf(text + n, sizeof text - n, "%.40s -> ", name);
        if (n > 200) {
            n += (size_t)snprintf(text + n, sizeof text - n, "… -> ");
            break;
        }
    }
    const hn_param *p = &w->space->params[at];
    const hn_quote *q = &p->condition_quote;
    w->status = hn_fail_at(w->err, HONE_EINVAL, q->source, q->length, q->from,
                           "the conditions go round in a circle: %s%.40s", text, p->name);
}

// Recursion is as deep as a chain of conditions, HN_MAX_PARAMS at most; the frame is small.
static void visit(uint32_t at, void *user)
{
    walk *w = user;
    if (w->status != HONE_OK || w->marks[at] == DONE)
        return;
    if (w->marks[at] == OPEN) {
        fail_circle(w, at);
        return;
    }
    w->marks[at] = OPEN;
    w->path[w->depth++] = at;
    if (w->conditions[at])
        hn_expr_params(w->conditions[at], visit, w);
    w->depth--;
    w->marks[at] = DONE;
    if (w->status == HONE_OK)
        w->order[w->n++] = at;
}

hone_status hn_space_order(const hone_space *space, hn_arena *scratch, uint32_t *order,
                           hone_error *err)
{
    uint32_t n = space->n_params;
    walk w = {.space = space, .order = order, .err = err};
    w.conditions = HN_ZNEW(scratch, const hn_expr *, n);
    w.marks = HN_ZNEW(scratch, unsigned char, n);
    w.path = HN_NEW(scratch, uint32_t, n);
    if (hn_arena_failed(scratch))
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < n; i++) {
        const hn_param *p = &space->params[i];
        if (p->condition_quote.source)
            HN_TRY(hn_expr_parse(scratch, space, p->condition_quote, &w.conditions[i], err));
    }
    for (uint32_t i = 0; i < n; i++)
        visit(i, &w);
    return w.status;
}
