// Ordered sets of numbers that answer "which is the k-th?" and "how many are smaller?" while they
// grow: percentiles and ranks of a history without sorting it again.
//
// Elements are pairs (value, id), ordered by value and then by id; the pairs of a set differ. Many
// sets share one pool of nodes. Values are never NaN.
//     uint32_t set = HN_RANKS_EMPTY;
//     if (!hn_ranks_add(&pool, &set, 0.3, 17)) return hn_fail_memory(err);
//     double median = hn_ranks_at(&pool, set, hn_ranks_count(&pool, set) / 2, NULL);
#ifndef HN_NUM_RANKS_H
#define HN_NUM_RANKS_H

#include <stdint.h>

#include "base/vec.h"

#define HN_RANKS_EMPTY UINT32_MAX

typedef struct hn_ranks_node {
    double value;
    uint32_t id, left, right;
    uint32_t n; // of the subtree
} hn_ranks_node;

typedef struct hn_ranks {
    HN_VEC(hn_ranks_node) nodes;
    uint32_t n_free, first_free; // removed nodes, chained by `left`
} hn_ranks;

void hn_ranks_free(hn_ranks *pool);
// Lets go of the nodes of all sets, whose roots are HN_RANKS_EMPTY from then on.
void hn_ranks_clear(hn_ranks *pool);
// O(log n). False when out of memory; the set is then as before.
bool hn_ranks_add(hn_ranks *pool, uint32_t *set, double value, uint32_t id);
// O(log n). False when the pair is not in the set.
bool hn_ranks_remove(hn_ranks *pool, uint32_t *set, double value, uint32_t id);
uint32_t hn_ranks_count(const hn_ranks *pool, uint32_t set);
// How many elements are smaller than (value, id); O(log n).
uint32_t hn_ranks_below(const hn_ranks *pool, uint32_t set, double value, uint32_t id);
// The k-th smallest value, k from 0; k < count. `id` may be NULL. O(log n).
double hn_ranks_at(const hn_ranks *pool, uint32_t set, uint32_t k, uint32_t *id);
// The ids [returned] of the `most` smallest elements, or of all, in order; O(most + log n).
uint32_t hn_ranks_first(const hn_ranks *pool, uint32_t set, uint32_t most, uint32_t *ids);

#endif
