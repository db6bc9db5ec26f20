// Treaps (Seidel and Aragon: Randomized search trees. Algorithmica 1996) with the sizes of their
// subtrees. A node's priority is a hash of its place in the pool, so that nothing is drawn and
// equal histories make equal trees.

#include "num/ranks.h"

void hn_ranks_free(hn_ranks *pool)
{
    hn_vec_free(&pool->nodes);
    pool->n_free = 0;
}

void hn_ranks_clear(hn_ranks *pool)
{
    hn_vec_clear(&pool->nodes);
    pool->n_free = 0;
}

static uint32_t priority(uint32_t node)
{
    uint64_t x = (node + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(x >> 32);
}

uint32_t hn_ranks_count(const hn_ranks *pool, uint32_t set)
{
    return set == HN_RANKS_EMPTY ? 0 : pool->nodes.data[set].n;
}

// Is the node's pair smaller than (value, id)?
static bool smaller(const hn_ranks_node *node, double value, uint32_t id)
{
    return node->value < value || (node->value == value && node->id < id);
}

static void recount(hn_ranks *pool, uint32_t at)
{
    hn_ranks_node *node = &pool->nodes.data[at];
    node->n = 1 + hn_ranks_count(pool, node->left) + hn_ranks_count(pool, node->right);
}

// Cuts a tree into what is smaller than (value, id) and the rest.
static void split(hn_ranks *pool, uint32_t at, double value, uint32_t id, uint32_t *left,
                  uint32_t *right)
{
    if (at == HN_RANKS_EMPTY) {
        *left = *right = HN_RANKS_EMPTY;
        return;
    }
    hn_ranks_node *node = &pool->nodes.data[at];
    if (smaller(node, value, id)) {
        split(pool, node->right, value, id, &node->right, right);
        *left = at;
    } else {
        split(pool, node->left, value, id, left, &node->left);
        *right = at;
    }
    recount(pool, at);
}

static uint32_t join(hn_ranks *pool, uint32_t left, uint32_t right)
{
    if (left == HN_RANKS_EMPTY || right == HN_RANKS_EMPTY)
        return left == HN_RANKS_EMPTY ? right : left;
    uint32_t top = priority(left) > priority(right) ? left : right;
    hn_ranks_node *node = &pool->nodes.data[top];
    if (top == left)
        node->right = join(pool, node->right, right);
    else
        node->left = join(pool, left, node->left);
    recount(pool, top);
    return top;
}

static uint32_t insert(hn_ranks *pool, uint32_t at, uint32_t fresh)
{
    if (at == HN_RANKS_EMPTY)
        return fresh;
    hn_ranks_node *node = &pool->nodes.data[at], *one = &pool->nodes.data[fresh];
    if (priority(fresh) > priority(at)) {
        split(pool, at, one->value, one->id, &one->left, &one->right);
        recount(pool, fresh);
        return fresh;
    }
    if (smaller(node, one->value, one->id))
        node->right = insert(pool, node->right, fresh);
    else
        node->left = insert(pool, node->left, fresh);
    node->n++;
    return at;
}

bool hn_ranks_add(hn_ranks *pool, uint32_t *set, double value, uint32_t id)
{
    hn_ranks_node node = {value, id, HN_RANKS_EMPTY, HN_RANKS_EMPTY, 1};
    uint32_t fresh = (uint32_t)pool->nodes.n;
    if (pool->n_free > 0) {
        fresh = pool->first_free;
        pool->first_free = pool->nodes.data[fresh].left;
        pool->n_free--;
        pool->nodes.data[fresh] = node;
    } else if (pool->nodes.n + 1 >= HN_RANKS_EMPTY || !hn_vec_push(&pool->nodes, node)) {
        return false;
    }
    *set = insert(pool, *set, fresh);
    return true;
}

bool hn_ranks_remove(hn_ranks *pool, uint32_t *set, double value, uint32_t id)
{
    // All but the last node on the way lose one element, so it has to be there.
    uint32_t rank = hn_ranks_below(pool, *set, value, id), found_id = 0;
    if (rank >= hn_ranks_count(pool, *set) || hn_ranks_at(pool, *set, rank, &found_id) != value ||
        found_id != id)
        return false;
    uint32_t *link = set;
    for (;;) {
        hn_ranks_node *node = &pool->nodes.data[*link];
        if (node->value == value && node->id == id)
            break;
        node->n--;
        link = smaller(node, value, id) ? &node->right : &node->left;
    }
    uint32_t gone = *link;
    *link = join(pool, pool->nodes.data[gone].left, pool->nodes.data[gone].right);
    pool->nodes.data[gone].left = pool->first_free;
    pool->first_free = gone;
    pool->n_free++;
    return true;
}

uint32_t hn_ranks_below(const hn_ranks *pool, uint32_t set, double value, uint32_t id)
{
    uint32_t n = 0;
    while (set != HN_RANKS_EMPTY) {
        const hn_ranks_node *node = &pool->nodes.data[set];
        if (smaller(node, value, id)) {
            n += 1 + hn_ranks_count(pool, node->left);
            set = node->right;
        } else {
            set = node->left;
        }
    }
    return n;
}

double hn_ranks_at(const hn_ranks *pool, uint32_t set, uint32_t k, uint32_t *id)
{
    for (;;) {
        const hn_ranks_node *node = &pool->nodes.data[set];
        uint32_t n_left = hn_ranks_count(pool, node->left);
        if (k == n_left) {
            if (id)
                *id = node->id;
            return node->value;
        }
        set = k < n_left ? node->left : node->right;
        k -= k < n_left ? 0 : n_left + 1;
    }
}

// Behind `n` ids that are listed already.
static uint32_t list(const hn_ranks *pool, uint32_t set, uint32_t n, uint32_t most, uint32_t *ids)
{
    for (; set != HN_RANKS_EMPTY && n < most; set = pool->nodes.data[set].right) {
        n = list(pool, pool->nodes.data[set].left, n, most, ids);
        if (n < most)
            ids[n++] = pool->nodes.data[set].id;
    }
    return n;
}

uint32_t hn_ranks_first(const hn_ranks *pool, uint32_t set, uint32_t most, uint32_t *ids)
{
    return list(pool, set, 0, most, ids);
}
