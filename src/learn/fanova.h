// Functional analysis of variance of a forest: which share of the variance of what a tree says each
// group of features explains alone, all of them being independent and uniform.
#ifndef HN_LEARN_FANOVA_H
#define HN_LEARN_FANOVA_H

#include "learn/forest.h"

// Features that are one parameter together: from, from + 1, …; n >= 1.
typedef struct hn_fanova_group {
    uint32_t from, n;
} hn_fanova_group;

// shares [n_trees x n_groups], in [0, 1]; NaN in the row of a tree that is constant, and for what
// took too long (a group of several features in later trees). Rows had no missing values; numbers
// lie in [0, 1], of which n_values [d] (as in space/features.h) are as many values, equally likely,
// at the centres of equal cells; +inf: any. In a group of several features a choice is one of two.
hone_status hn_fanova(const hn_forest *f, const double *n_values, const hn_fanova_group *groups,
                      uint32_t n_groups, double *shares, hone_error *err);

#endif
