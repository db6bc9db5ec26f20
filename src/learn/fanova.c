// Functional analysis of variance of a forest.
//
// Method, for each tree
//  1. The box of a leaf is what the tests on the way to it leave of every feature; its weight w is
//     the share of the space, the product of the lengths of its sides. With v what the leaf says
//     and m = Σ w v, the variance is V = Σ w (v - m)², and c = w (v - m).
//  2. The marginal of a feature at x is the mean over all other features. It is a step function:
//     the sum of c / length over the leaves whose side has x. Its variance is the sum of its square
//     over the steps, which lie between the thresholds of the tree; of choices, over the choices.
//  3. That of several features together is Σ c_i c_j r over all pairs of leaves, where r is the
//     product over these features of overlap / (length_i · length_j). What the features of the
//     group explain one by one and together is one share: they are one parameter.
//  4. The share is that variance over V.
// Nothing is drawn or put on a grid: the shares are exact for the trees.
//
// Source: Hutter, Hoos, Leyton-Brown. An efficient approach for assessing hyperparameter
// importance. ICML 2014. Differences: the marginals are summed up from the leaves, without a grid;
// values of a grid weigh what they are, not the interval between two thresholds; groups.
// Cost: O(d nodes log nodes) a tree; a group of several O(leaves² · features) a tree, and of as
// many trees as MOST_STEPS allow, LEAST_TREES at least. Memory O(nodes · (1 + choices / 64)).

#include "learn/fanova.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_STEPS 2e8 // of pairs of leaves, of one group: about half a second
enum { LEAST_TREES = 4 };

// One tree under way.
typedef struct walk {
    const hn_forest *f;
    const double *n_values;
    const hn_tree *tree;
    const hn_leaf *leaves;
    size_t n;           // nodes
    double *low, *high; // [n] side of each node's box in one feature; of a choice low is 0 and high
                        // the share of the choices
    uint64_t *set;      // [n × words] the choices
    uint32_t words;
    double *part;  // [n] share of its parent's box
    double *c;     // [n] of leaves; 0 elsewhere
    double *edges; // [n] thresholds of one feature, ascending
    double *steps; // [n + choices] the marginal
    double *sides; // [2 × n × features] of the leaves, for a group
    double variance;
} walk;

// --- sides ---

// Share of the values of feature j that are not above x.
static double share_below(const walk *w, uint32_t j, double x)
{
    double n = w->n_values[j];
    double share = isfinite(n) ? floor(x * n + 0.5) / n : x;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

static uint32_t feature_of(const walk *w, const hn_tree_node *node)
{
    return node->column % w->f->d;
}

static void cut_number(walk *w, uint32_t j, size_t k)
{
    const hn_tree_node *node = &w->tree->nodes.data[k];
    uint32_t left = node->child, right = left + 1;
    w->low[left] = w->low[right] = w->low[k];
    w->high[left] = w->high[right] = w->high[k];
    if (feature_of(w, node) != j)
        return;
    double at = share_below(w, j, node->at.threshold);
    at = fmin(fmax(at, w->low[k]), w->high[k]);
    w->high[left] = w->low[right] = at;
}

static void cut_choices(walk *w, uint32_t j, size_t k)
{
    const hn_tree_node *node = &w->tree->nodes.data[k];
    uint32_t n_choices = w->f->n_choices[j], n_left = 0, n_right = 0;
    uint64_t *all = w->set + k * w->words, *left = w->set + (size_t)node->child * w->words,
             *right = left + w->words;
    memcpy(left, all, w->words * sizeof *all);
    memcpy(right, all, w->words * sizeof *all);
    w->low[node->child] = w->low[node->child + 1] = 0;
    w->high[node->child] = w->high[node->child + 1] = w->high[k];
    if (feature_of(w, node) != j)
        return;
    for (uint32_t i = 0; i < n_choices; i++) {
        uint64_t bit = (uint64_t)1 << i % 64;
        if (!(all[i / 64] & bit))
            continue;
        bool goes_left = hn_tree_choice_is_left(w->tree, node, i);
        (goes_left ? right : left)[i / 64] &= ~bit;
        n_left += goes_left;
        n_right += !goes_left;
    }
    w->high[node->child] = (double)n_left / n_choices;
    w->high[node->child + 1] = (double)n_right / n_choices;
}

static double length_of(const walk *w, size_t k)
{
    return w->high[k] - w->low[k];
}

// The sides of all boxes in feature j: low, high and, of choices, set.
static void find_sides(walk *w, uint32_t j)
{
    uint32_t n_choices = w->f->n_choices[j];
    w->words = n_choices / 64 + 1;
    w->low[0] = 0;
    w->high[0] = 1;
    for (uint32_t i = 0; n_choices > 0 && i < w->words; i++)
        w->set[i] = UINT64_MAX;
    // Parents come before their children.
    for (size_t k = 0; k < w->n; k++) {
        if (w->tree->nodes.data[k].kind == HN_TREE_LEAF)
            continue;
        if (n_choices > 0)
            cut_choices(w, j, k);
        else
            cut_number(w, j, k);
    }
}

// --- weights ---

static void find_parts(walk *w, uint32_t j)
{
    find_sides(w, j);
    for (size_t k = 0; k < w->n; k++) {
        const hn_tree_node *node = &w->tree->nodes.data[k];
        if (node->kind == HN_TREE_LEAF || feature_of(w, node) != j)
            continue;
        double all = length_of(w, k);
        for (uint32_t i = node->child; i < node->child + 2; i++)
            w->part[i] = all > 0 ? length_of(w, i) / all : 0;
    }
}

// Fills c, and the variance of what the tree says.
static void weigh_leaves(walk *w)
{
    double mean = 0;
    w->part[0] = 1;
    for (uint32_t j = 0; j < w->f->d; j++)
        find_parts(w, j);
    for (size_t k = 0; k < w->n; k++) {
        const hn_tree_node *node = &w->tree->nodes.data[k];
        if (node->kind == HN_TREE_LEAF) {
            mean += w->part[k] * w->leaves[k].mean;
            continue;
        }
        w->part[node->child] *= w->part[k];
        w->part[node->child + 1] *= w->part[k];
    }
    w->variance = 0;
    for (size_t k = 0; k < w->n; k++) {
        bool leaf = w->tree->nodes.data[k].kind == HN_TREE_LEAF;
        double above = leaf ? w->leaves[k].mean - mean : 0;
        w->c[k] = w->part[k] * above;
        w->variance += w->c[k] * above;
    }
}

// --- one feature ---

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

// The thresholds of feature j, 0 and 1, into edges; how many.
static size_t find_edges(walk *w, uint32_t j)
{
    size_t n = 0, kept = 1;
    w->edges[n++] = 0;
    w->edges[n++] = 1;
    for (size_t k = 0; k < w->n; k++) {
        const hn_tree_node *node = &w->tree->nodes.data[k];
        if (node->kind == HN_TREE_NUMBER && feature_of(w, node) == j)
            w->edges[n++] = share_below(w, j, node->at.threshold);
    }
    qsort(w->edges, n, sizeof *w->edges, ascending);
    for (size_t i = 1; i < n; i++)
        if (w->edges[i] > w->edges[kept - 1])
            w->edges[kept++] = w->edges[i];
    return kept;
}

static size_t place_of(const double *edges, size_t n, double x)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (edges[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double variance_of_number(walk *w, uint32_t j)
{
    find_sides(w, j);
    size_t n = find_edges(w, j);
    double sum = 0, at = 0;
    memset(w->steps, 0, n * sizeof *w->steps);
    for (size_t k = 0; k < w->n; k++) {
        double length = length_of(w, k);
        if (w->c[k] == 0 || !(length > 0))
            continue;
        // Where the marginal changes: summed up below.
        w->steps[place_of(w->edges, n, w->low[k])] += w->c[k] / length;
        w->steps[place_of(w->edges, n, w->high[k])] -= w->c[k] / length;
    }
    for (size_t i = 0; i + 1 < n; i++) {
        at += w->steps[i];
        sum += at * at * (w->edges[i + 1] - w->edges[i]);
    }
    return sum;
}

static double variance_of_choice(walk *w, uint32_t j)
{
    uint32_t n_choices = w->f->n_choices[j];
    double everywhere = 0, sum = 0;
    find_sides(w, j);
    memset(w->steps, 0, n_choices * sizeof *w->steps);
    for (size_t k = 0; k < w->n; k++) {
        const uint64_t *set = w->set + k * w->words;
        double length = length_of(w, k);
        if (w->c[k] == 0 || !(length > 0))
            continue;
        if (length == 1) {
            everywhere += w->c[k];
            continue;
        }
        for (uint32_t i = 0; i < n_choices; i++)
            if (set[i / 64] >> i % 64 & 1)
                w->steps[i] += w->c[k] / length;
    }
    for (uint32_t i = 0; i < n_choices; i++)
        sum += (w->steps[i] + everywhere) * (w->steps[i] + everywhere) / n_choices;
    return sum;
}

// --- several features ---

// The leaves' c and sides in the features of a group, sides as intervals: [n_leaves × n] pairs. A
// choice of two is one half of [0, 1] or the other.
static size_t collect_sides(walk *w, hn_fanova_group group)
{
    size_t n_leaves = 0;
    for (uint32_t g = 0; g < group.n; g++) {
        uint32_t j = group.from + g;
        find_sides(w, j);
        n_leaves = 0;
        for (size_t k = 0; k < w->n; k++) {
            if (w->c[k] == 0)
                continue;
            double *side = w->sides + 2 * (n_leaves * group.n + g), length = length_of(w, k);
            bool second = w->f->n_choices[j] > 0 && length < 1 && w->set[k] >> 1 & 1;
            side[0] = second ? 0.5 : w->low[k];
            side[1] = side[0] + length;
            w->steps[n_leaves++] = w->c[k];
        }
    }
    return n_leaves;
}

// Π overlap / (length · length)
static double overlap(const double *a, const double *b, uint32_t n)
{
    double product = 1;
    for (uint32_t g = 0; g < n; g++, a += 2, b += 2) {
        double both = fmin(a[1], b[1]) - fmax(a[0], b[0]);
        if (!(both > 0))
            return 0;
        product *= both / ((a[1] - a[0]) * (b[1] - b[0]));
    }
    return product;
}

static double variance_of_group(walk *w, hn_fanova_group group)
{
    size_t n = collect_sides(w, group), stride = 2 * (size_t)group.n;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const double *a = w->sides + i * stride;
        double with = w->steps[i] * overlap(a, a, group.n) / 2; // the others are met once
        for (size_t k = 0; k < i; k++)
            with += w->steps[k] * overlap(a, w->sides + k * stride, group.n);
        sum += 2 * w->steps[i] * with;
    }
    return sum;
}

// --- the forest ---

static size_t most_nodes(const hn_forest *f)
{
    size_t most = 0;
    for (uint32_t t = 0; t < f->options.n_trees; t++)
        most = f->trees[t].nodes.n > most ? f->trees[t].nodes.n : most;
    return most;
}

static bool open_walk(walk *w, const hn_fanova_group *groups, uint32_t n_groups, hn_arena *scratch)
{
    size_t n = most_nodes(w->f), choices = 0, features = 0;
    for (uint32_t j = 0; j < w->f->d; j++)
        choices = w->f->n_choices[j] > choices ? w->f->n_choices[j] : choices;
    for (uint32_t g = 0; g < n_groups; g++)
        features = groups[g].n > 1 && groups[g].n > features ? groups[g].n : features;
    w->low = HN_NEW(scratch, double, n);
    w->high = HN_NEW(scratch, double, n);
    w->set = HN_NEW(scratch, uint64_t, n * (choices / 64 + 1));
    w->part = HN_NEW(scratch, double, n);
    w->c = HN_NEW(scratch, double, n);
    w->edges = HN_NEW(scratch, double, n + 2);
    w->steps = HN_NEW(scratch, double, n + 2 + choices);
    w->sides = HN_NEW(scratch, double, 2 * n * features + 1);
    return !hn_arena_failed(scratch);
}

static double variance_of(walk *w, hn_fanova_group group, uint32_t tree)
{
    double leaves = (double)(w->n + 1) / 2;
    if (group.n > 1 && tree >= LEAST_TREES &&
        (tree + 1) * leaves * leaves / 2 * group.n > MOST_STEPS)
        return NAN;
    if (group.n > 1)
        return variance_of_group(w, group);
    return w->f->n_choices[group.from] > 0 ? variance_of_choice(w, group.from)
                                           : variance_of_number(w, group.from);
}

hone_status hn_fanova(const hn_forest *f, const double *n_values, const hn_fanova_group *groups,
                      uint32_t n_groups, double *shares, hone_error *err)
{
    hn_arena scratch = HN_ARENA_INIT;
    walk w = {.f = f, .n_values = n_values};
    bool open = open_walk(&w, groups, n_groups, &scratch);
    for (uint32_t t = 0; open && t < f->options.n_trees; t++) {
        w.tree = &f->trees[t];
        w.leaves = f->leaves[t];
        w.n = w.tree->nodes.n;
        weigh_leaves(&w);
        for (uint32_t g = 0; g < n_groups; g++) {
            double share = w.variance > 0 ? variance_of(&w, groups[g], t) / w.variance : NAN;
            shares[(size_t)t * n_groups + g] = share > 1 ? 1 : share;
        }
    }
    hn_arena_free(&scratch);
    return open ? HONE_OK : hn_fail_memory(err);
}
