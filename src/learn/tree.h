// One regression tree over rows of numbers, choices and missing values: where it splits, and which
// leaf a row falls into. What a leaf says is the forest's affair (forest.h).
//
// A number goes left when it is not above a threshold, and what is missing (NaN) goes where that
// fits the data better. Choices, "missing" being one more, are split into two sets.
#ifndef HN_LEARN_TREE_H
#define HN_LEARN_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

typedef enum hn_tree_kind {
    HN_TREE_LEAF,   // its own left child, for whatever value
    HN_TREE_NUMBER, // left: value <= threshold
    HN_TREE_SET,    // left: the bit of the choice is set
    HN_TREE_LIST    // too many choices for that: they are looked up
} hn_tree_kind;

typedef struct hn_tree_node {
    union {
        double threshold;
        uint64_t set;
        struct {
            uint32_t from, n; // LIST: entries of tree->lists
        } list;
    } at;
    uint32_t child; // left one, the right one is next to it
    uint32_t column : 28, kind : 4;
} hn_tree_node;

typedef struct hn_tree {
    HN_VEC(hn_tree_node) nodes; // parents before children
    HN_VEC(uint32_t) lists;
    bool has_list; // some node is a LIST
} hn_tree;

// A row as trees read it, so that going down needs no branches: [2 d] columns. A choice is an
// integer, one more when it is missing. A number stands twice, +inf and -inf when it is missing:
// the column says to which side that goes.
typedef union hn_tree_value {
    double number;
    uint64_t choice;
} hn_tree_value;

void hn_tree_read(const double *x, uint32_t d, const uint32_t *n_choices, hn_tree_value *out);

// The rows that trees are grown from, in columns. Made once for many trees.
typedef struct hn_tree_data {
    uint32_t n, d;
    const uint32_t *n_choices; // [d] 0: a number
    const double *columns;     // [d x n]
    const uint32_t *order;     // [d x n] rows by ascending value, NaN last; of a choice any order
    const double *y;           // [n] finite
} hn_tree_data;

typedef struct hn_tree_options {
    uint32_t min_leaf;    // rows, >= 1
    double feature_share; // of the features, looked at for each split, in (0, 1]
} hn_tree_options;

// Columns and orders of x [n x d], row-major, in the arena. O(d n log n).
hone_status hn_tree_data_make(hn_tree_data *out, const double *x, const double *y, uint32_t n,
                              uint32_t d, const uint32_t *n_choices, hn_arena *arena,
                              hone_error *err);
// Grows the tree from the rows with weight[i] > 0 (one at least): each split is the one that leaves
// the least sum of squares; its threshold is uniform between the two values around it. Everything
// random comes from `rng_seed`. `scratch` is used up, the caller rewinds it. O(d n depth).
hone_status hn_tree_grow(hn_tree *tree, const hn_tree_data *data, const uint8_t *weight,
                         const hn_tree_options *options, uint64_t rng_seed, hn_arena *scratch,
                         hone_error *err);
void hn_tree_free(hn_tree *tree);
// Does a choice (not a missing one) go left at a node that splits choices?
bool hn_tree_choice_is_left(const hn_tree *tree, const hn_tree_node *node, uint32_t choice);
// The nodes, leaves all, that some rows fall into: x [n][2 d], node [n]. O(n depth).
void hn_tree_find(const hn_tree *tree, const hn_tree_value *const *x, uint32_t n, uint32_t *node);

#endif
