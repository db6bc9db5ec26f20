// Random forest regression with a variance: numbers, choices and missing values as they are.
//
// The trees and what their leaves say are made apart. A tree is grown from some rows; then every
// leaf is filled from the rows at hand, which may be newer ones or have other values. So a forest
// follows a growing history tree by tree, and each of its states is a function of (options, which
// rows each tree was grown from, the rows that fill it): nothing depends on the way there.
//
// A row takes part in a tree with a weight that is Poisson(1), a function of (seed, tree, row's
// id): a bootstrap in which a row keeps its weight however many others come.
#ifndef HN_LEARN_FOREST_H
#define HN_LEARN_FOREST_H

#include "learn/tree.h"

typedef struct hn_forest_options {
    uint32_t n_trees; // >= 1
    bool bootstrap;   // else every row has weight one in every tree
    bool log_leaf;    // a leaf says log(mean(exp(y))) of its rows, else their mean
    hn_tree_options tree;
    uint64_t seed;
} hn_forest_options;

// Rows to grow or to fill from; borrowed for the call.
typedef struct hn_forest_rows {
    uint32_t n;
    const double *x;    // [n x d] row-major: a number, the index of a choice, or NaN for missing
    const double *y;    // [n] finite
    const uint32_t *id; // [n] what the row is known by, NULL: 0, 1, 2, …
} hn_forest_rows;

typedef struct hn_leaf {
    double mean, var; // of the rows in it
} hn_leaf;

typedef struct hn_forest {
    hn_forest_options options;
    uint32_t d;
    const uint32_t *n_choices; // [d] 0: a number; borrowed
    hn_tree *trees;            // [n_trees]
    hn_leaf **leaves;          // [n_trees][nodes]
} hn_forest;

// All zero may be freed. `n_choices` [d] outlives the forest.
hone_status hn_forest_init(hn_forest *f, const hn_forest_options *options, uint32_t d,
                           const uint32_t *n_choices, hone_error *err);
void hn_forest_free(hn_forest *f);

// Grows some trees anew; the others stay: grow [n_trees], NULL: all.
hone_status hn_forest_grow(hn_forest *f, const hn_forest_rows *rows, const bool *grow,
                           hone_error *err);
// What the leaves say, of one row at least. A leaf that none of the rows falls into says what its
// nearest ancestor with rows would.
hone_status hn_forest_fill(hn_forest *f, const hn_forest_rows *rows, hone_error *err);
// Both.
hone_status hn_forest_fit(hn_forest *f, const hn_forest_rows *rows, hone_error *err);

// What the trees that a row has no part in say of it: mean [n] over those, NaN for a row that is in
// every tree. The rows are those that the forest was fitted to.
hone_status hn_forest_out_of_bag(const hn_forest *f, const hn_forest_rows *rows, double *mean,
                                 hone_error *err);

// For x [m x d]: mean [m] over the trees, and var [m] by the law of total variance: the mean of
// the leaves' variances and the variance of their means.
hone_status hn_forest_predict(const hn_forest *f, const double *x, uint32_t m, double *mean,
                              double *var, hone_error *err);
// The same from what each tree says: means [n_trees] -> mean; *var, the mean of the variances
// within, gets that between them added.
void hn_forest_mixture(const double *means, uint32_t n_trees, double *mean, double *var);
// What each tree says: means [m x n_trees], and var [m] the mean of their leaves' variances.
hone_status hn_forest_predict_each(const hn_forest *f, const double *x, uint32_t m, double *means,
                                   double *var, hone_error *err);

#endif
