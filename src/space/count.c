// The number of distinct configurations.
//
// Parameters that conditions tie together form components; the number is the product over them.
// Within a component the parents (those that conditions name) are enumerated, and each of their
// combinations counts the product of the sizes of the active others. Where that would take too
// long, every conditional parameter counts one value more, "inactive": an upper bound.
// Rules are ignored.
#include <math.h>

#include "space/domain.h"
#include "space/seal.h"

#define MAX_COMBINATIONS 1e6
#define MAX_WORK         3e7 // operations of conditions

typedef struct count {
    const hone_space *space;
    uint32_t *root;               // [n_params] union-find: the component a parameter belongs to
    bool *is_parent;              // [n_params]
    uint32_t *parents, n_parents; // of the component at hand, in order
    uint32_t *others, n_others;
    uint64_t *value; // [n_parents]
    hn_config config;
    bool is_bound; // of some component only the bound was taken
} count;

static uint32_t find_root(count *c, uint32_t i)
{
    while (c->root[i] != i)
        i = c->root[i] = c->root[c->root[i]];
    return i;
}

typedef struct link {
    count *count;
    uint32_t child;
} link;

static void join(uint32_t parent, void *user)
{
    link *l = user;
    uint32_t a = find_root(l->count, parent), b = find_root(l->count, l->child);
    l->count->is_parent[parent] = true;
    // The earliest parameter is the root, so that components are met in order.
    l->count->root[a > b ? a : b] = a > b ? b : a;
}

// Product of the sizes of the active parameters that are no parents.
static double count_others(const count *c)
{
    double product = 1;
    for (uint32_t i = 0; i < c->n_others; i++) {
        const hn_param *p = &c->space->params[c->others[i]];
        if (hn_condition_holds(c->space, p, c->config))
            product *= hn_domain_count(p);
    }
    return product;
}

// Gives parent number `k` its value number value[k]; false when there is no such value. An
// inactive parent has one value, none.
static bool set_parent(count *c, uint32_t k)
{
    const hn_param *p = &c->space->params[c->parents[k]];
    hn_set_active(c->config.active, p->index, false);
    bool on = hn_condition_holds(c->space, p, c->config);
    if (!on || !hn_domain_finite(p)) {
        hn_set_active(c->config.active, p->index, on);
        return c->value[k] == 0;
    }
    if ((double)c->value[k] >= hn_domain_count(p))
        return false;
    hn_domain_value(p, c->value[k], c->config.slots + p->slot);
    hn_set_active(c->config.active, p->index, true);
    return true;
}

static double enumerate(count *c)
{
    double sum = 0;
    uint32_t depth = 0;
    c->value[0] = 0;
    for (;;) {
        if (set_parent(c, depth)) {
            const hn_param *p = &c->space->params[c->parents[depth]];
            if (hn_active(c->config.active, p->index) && !hn_domain_finite(p))
                return INFINITY;
            if (depth + 1 < c->n_parents) {
                c->value[++depth] = 0;
                continue;
            }
            sum += count_others(c);
        } else {
            hn_set_active(c->config.active, c->parents[depth], false);
            if (depth == 0)
                return sum;
            depth--;
        }
        c->value[depth]++;
    }
}

static void add_member(count *c, uint32_t i, double *combinations, double *bound, double *work)
{
    const hn_param *p = &c->space->params[i];
    double size = hn_domain_count(p) + (p->condition != NULL);
    *bound *= size;
    *work += p->condition ? hn_expr_cost(p->condition) : 1;
    if (c->is_parent[i]) {
        *combinations *= isinf(size) ? 1 : size;
        c->parents[c->n_parents++] = i;
    } else {
        c->others[c->n_others++] = i;
    }
}

static double count_component(count *c, uint32_t root)
{
    double combinations = 1, bound = 1, work = 0;
    c->n_parents = c->n_others = 0;
    for (uint32_t i = root; i < c->space->n_params; i++) {
        if (find_root(c, i) == root)
            add_member(c, i, &combinations, &bound, &work);
    }
    if (c->n_parents == 0)
        return count_others(c);
    if (combinations > MAX_COMBINATIONS || combinations * work > MAX_WORK) {
        c->is_bound = true;
        return bound;
    }
    return enumerate(c);
}

hone_status hn_space_count(hone_space *space, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    uint32_t n = space->n_params;
    count c = {.space = space, .config = hn_config_new(&arena, space)};
    c.root = HN_NEW(&arena, uint32_t, n);
    c.is_parent = HN_ZNEW(&arena, bool, n);
    c.parents = HN_NEW(&arena, uint32_t, n);
    c.others = HN_NEW(&arena, uint32_t, n);
    c.value = HN_NEW(&arena, uint64_t, n);
    if (hn_arena_failed(&arena)) {
        hn_arena_free(&arena);
        return hn_fail_memory(err);
    }
    for (uint32_t i = 0; i < n; i++)
        c.root[i] = i;
    for (uint32_t i = 0; i < n; i++) {
        link l = {&c, i};
        if (space->params[i].condition)
            hn_expr_params(space->params[i].condition, join, &l);
    }
    space->cardinality = 1;
    for (uint32_t i = 0; i < n; i++) {
        if (find_root(&c, i) == i)
            space->cardinality *= count_component(&c, i);
    }
    space->is_bound = c.is_bound || space->n_rules > 0;
    hn_arena_free(&arena);
    return HONE_OK;
}
