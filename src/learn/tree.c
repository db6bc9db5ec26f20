// Growing one regression tree.
//
// Method
//  1. Each numeric feature keeps the rows of every node in ascending order: they are sorted once
//     for all trees, and every split keeps both halves in order.
//  2. A split is looked for in a random share of the features, in random order. Numbers: one pass
//     over the sorted rows with running sums finds the split that leaves the least sum of squares
//     of both halves; with values missing, these go to either side in turn, and alone to one.
//     Choices: sorted by their mean the best two sets are found in one pass, too (exact for squared
//     error).
//  3. The threshold is uniform between the two neighbouring values: averaged over trees that is a
//     linear interpolation with a spread, where a threshold in the middle has steps and none.
//  4. A choice that the node has not seen goes left with the share of the rows that do.
// Source: Breiman, Friedman, Olshen, Stone. Classification and regression trees. 1984, for choices
// section 9.4; Hutter, Hoos, Leyton-Brown, Murphy. Algorithm runtime prediction: methods &
// evaluation. AIJ 206, 2014, for the random thresholds. Cost: O(d n) a level.

#include "learn/tree.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_IN_SET 63 // choices, beside "missing"

// --- random numbers: cheap ones, from a seed of the counter-based generator ---

static uint64_t next_bits(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double next_uniform(uint64_t *state)
{
    return ((double)(next_bits(state) >> 12) + 0.5) * 0x1p-52;
}

static uint32_t next_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((next_bits(state) >> 32) * n >> 32);
}

// --- the data ---

typedef struct keyed {
    double value;
    uint32_t row;
} keyed;

static int by_value(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (isnan(x->value) || isnan(y->value))
        return isnan(x->value) != isnan(y->value) ? (isnan(x->value) ? 1 : -1)
                                                  : (x->row > y->row) - (x->row < y->row);
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

hone_status hn_tree_data_make(hn_tree_data *out, const double *x, const double *y, uint32_t n,
                              uint32_t d, const uint32_t *n_choices, hn_arena *arena,
                              hone_error *err)
{
    double *columns = HN_NEW(arena, double, (size_t)n *d + 1);
    uint32_t *order = HN_NEW(arena, uint32_t, (size_t)n * d + 1);
    keyed *keys = HN_NEW(arena, keyed, n + 1);
    if (hn_arena_failed(arena))
        return hn_fail_memory(err);
    for (uint32_t f = 0; f < d; f++) {
        double *column = columns + (size_t)f * n;
        for (uint32_t i = 0; i < n; i++) {
            column[i] = x[(size_t)i * d + f];
            keys[i] = (keyed){column[i], i};
        }
        if (n_choices[f] == 0)
            qsort(keys, n, sizeof *keys, by_value);
        for (uint32_t i = 0; i < n; i++)
            order[(size_t)f * n + i] = keys[i].row;
    }
    *out = (hn_tree_data){n, d, n_choices, columns, order, y};
    return HONE_OK;
}

// --- growing ---

typedef struct sums {
    double w, s; // weights, and weights times y
} sums;

// A way to split a node, and what it leaves.
typedef struct split {
    double gain; // of the sums of squares, beside what all splits of the node have in common
    uint32_t feature;
    bool missing_left;
    double below, above; // NUMBER: the threshold lies in [below, above)
    uint32_t n_left;     // choices: the first so many of `cats`
} split;

typedef struct cat {
    double mean;
    sums sum;
    uint32_t choice, n;
} cat;

typedef struct node_todo {
    uint32_t node, from, to;
} node_todo;

typedef struct growing {
    const hn_tree_data *data;
    const hn_tree_options *options;
    hn_tree *tree;
    uint32_t n;            // rows that take part
    uint32_t *rows;        // [d x n] by feature: those of each node lie together
    uint32_t *spare;       // [n]
    uint8_t *left;         // [data->n] side of a row in the present split
    sums *row;             // [data->n]
    uint32_t *features;    // [d] a permutation
    cat *cats, *best_cats; // [n] of the feature at hand, and of the best split
    uint32_t *place;       // [most choices + 1] of a choice in `cats`, plus one
    uint32_t n_cats, n_best;
    uint64_t random;
    split best;
    sums all; // of the node
} growing;

static double score(sums a)
{
    return a.s * a.s / a.w;
}

static sums minus(sums a, sums b)
{
    return (sums){a.w - b.w, a.s - b.s};
}

static sums plus(sums a, sums b)
{
    return (sums){a.w + b.w, a.s + b.s};
}

static void take(growing *g, const split *s)
{
    if (s->gain > g->best.gain)
        g->best = *s;
}

static void look_at_number(growing *g, uint32_t f, uint32_t from, uint32_t to)
{
    const double *column = g->data->columns + (size_t)f * g->data->n;
    const uint32_t *rows = g->rows + (size_t)f * g->n;
    uint32_t min = g->options->min_leaf, end = to;
    sums missing = {0, 0}, left = {0, 0};
    while (end > from && isnan(column[rows[end - 1]]))
        missing = plus(missing, g->row[rows[--end]]);
    uint32_t n_missing = to - end;
    for (uint32_t i = from; i + 1 < end; i++) {
        double value = column[rows[i]], next = column[rows[i + 1]];
        uint32_t n = i + 1 - from;
        left = plus(left, g->row[rows[i]]);
        if (!(value < next))
            continue;
        split s = {0, f, false, value, next, 0};
        s.gain = score(left) + score(minus(g->all, left));
        if (n >= min && to - from - n >= min)
            take(g, &s);
        if (n_missing == 0 || n + n_missing < min || end - from - n < min)
            continue;
        sums both = plus(left, missing);
        s.gain = score(both) + score(minus(g->all, both));
        s.missing_left = true;
        take(g, &s);
    }
    if (n_missing >= min && end - from >= min) {
        split s = {score(missing) + score(minus(g->all, missing)), f, false, DBL_MAX, INFINITY, 0};
        take(g, &s);
    }
}

static int by_mean(const void *a, const void *b)
{
    const cat *x = a, *y = b;
    if (x->mean != y->mean)
        return x->mean < y->mean ? -1 : 1;
    return (x->choice > y->choice) - (x->choice < y->choice);
}

static uint32_t choice_of(double x, uint32_t n_choices)
{
    return isnan(x) ? n_choices : (uint32_t)x;
}

// The choices of the node with their sums, by mean.
static void collect_choices(growing *g, uint32_t f, uint32_t from, uint32_t to)
{
    const double *column = g->data->columns + (size_t)f * g->data->n;
    const uint32_t *rows = g->rows + (size_t)f * g->n;
    g->n_cats = 0;
    for (uint32_t i = from; i < to; i++) {
        uint32_t c = choice_of(column[rows[i]], g->data->n_choices[f]);
        if (g->place[c] == 0) {
            g->cats[g->n_cats] = (cat){0, {0, 0}, c, 0};
            g->place[c] = ++g->n_cats;
        }
        cat *here = &g->cats[g->place[c] - 1];
        here->sum = plus(here->sum, g->row[rows[i]]);
        here->n++;
    }
    for (uint32_t i = 0; i < g->n_cats; i++) {
        g->cats[i].mean = g->cats[i].sum.s / g->cats[i].sum.w;
        g->place[g->cats[i].choice] = 0;
    }
    if (g->n_cats > 1)
        qsort(g->cats, g->n_cats, sizeof *g->cats, by_mean);
}

static void look_at_choice(growing *g, uint32_t f, uint32_t from, uint32_t to)
{
    uint32_t min = g->options->min_leaf, n = 0;
    double before = g->best.gain;
    sums left = {0, 0};
    collect_choices(g, f, from, to);
    for (uint32_t i = 0; i + 1 < g->n_cats; i++) {
        left = plus(left, g->cats[i].sum);
        n += g->cats[i].n;
        if (n < min || to - from - n < min)
            continue;
        split s = {score(left) + score(minus(g->all, left)), f, false, 0, 0, i + 1};
        take(g, &s);
    }
    if (g->best.gain > before) {
        memcpy(g->best_cats, g->cats, g->n_cats * sizeof *g->cats);
        g->n_best = g->n_cats;
    }
}

// The best split of the node into g->best; false when there is none worth making.
static bool find_split(growing *g, uint32_t from, uint32_t to)
{
    uint32_t d = g->data->d, wanted = (uint32_t)ceil(g->options->feature_share * d);
    double y = g->data->y[g->rows[from]];
    bool flat = true;
    g->all = (sums){0, 0};
    for (uint32_t i = from; i < to; i++) {
        g->all = plus(g->all, g->row[g->rows[i]]);
        flat &= g->data->y[g->rows[i]] == y;
    }
    // What no split does better than by rounding is no split.
    double nothing = score(g->all);
    g->best = (split){.gain = nothing + 1e-12 * fabs(nothing)};
    double before = g->best.gain;
    for (uint32_t k = 0; !flat && k < d; k++) {
        // Features on which the node's rows are all alike do not use up the share.
        if (k >= wanted && g->best.gain > before)
            break;
        uint32_t other = k + next_below(&g->random, d - k), f = g->features[other];
        g->features[other] = g->features[k];
        g->features[k] = f;
        if (g->data->n_choices[f] > 0)
            look_at_choice(g, f, from, to);
        else
            look_at_number(g, f, from, to);
    }
    return g->best.gain > before;
}

// --- one split, made ---

static bool add_list(growing *g, hn_tree_node *node)
{
    hn_tree *tree = g->tree;
    double share = 0, all = 0;
    if (!hn_vec_reserve(&tree->lists, g->n_best + 2))
        return false;
    for (uint32_t i = 0; i < g->n_best; i++) {
        share += i < g->best.n_left ? g->best_cats[i].sum.w : 0;
        all += g->best_cats[i].sum.w;
    }
    node->at.list.from = (uint32_t)tree->lists.n;
    node->at.list.n = g->n_best;
    tree->lists.data[tree->lists.n++] = (uint32_t)next_bits(&g->random);
    tree->lists.data[tree->lists.n++] = (uint32_t)(share / all * UINT32_MAX);
    // Ascending, for the search; the lowest bit says the side.
    uint32_t *entries = tree->lists.data + tree->lists.n;
    for (uint32_t i = 0; i < g->n_best; i++) {
        uint32_t entry = g->best_cats[i].choice << 1 | (i < g->best.n_left), at = i;
        for (; at > 0 && entries[at - 1] > entry; at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
    tree->lists.n += g->n_best;
    return true;
}

static void set_bits(growing *g, hn_tree_node *node)
{
    uint32_t n_choices = g->data->n_choices[g->best.feature];
    double share = 0, all = 0;
    uint64_t seen = 0, set = 0;
    for (uint32_t i = 0; i < g->n_best; i++) {
        uint64_t bit = (uint64_t)1 << g->best_cats[i].choice;
        seen |= bit;
        set |= i < g->best.n_left ? bit : 0;
        share += i < g->best.n_left ? g->best_cats[i].sum.w : 0;
        all += g->best_cats[i].sum.w;
    }
    for (uint32_t c = 0; c <= n_choices; c++)
        if (!(seen >> c & 1) && next_uniform(&g->random) < share / all)
            set |= (uint64_t)1 << c;
    node->at.set = set;
}

static bool make_test(growing *g, hn_tree_node *node)
{
    const split *s = &g->best;
    uint32_t n_choices = g->data->n_choices[s->feature];
    node->column = (s->feature + (s->missing_left ? g->data->d : 0)) & 0xfffffff;
    if (n_choices > MOST_IN_SET) {
        node->kind = HN_TREE_LIST;
        g->tree->has_list = true;
        return add_list(g, node);
    }
    if (n_choices > 0) {
        node->kind = HN_TREE_SET;
        set_bits(g, node);
        return true;
    }
    double u = next_uniform(&g->random);
    double threshold = isinf(s->above) ? s->below : s->below + u * (s->above - s->below);
    node->kind = HN_TREE_NUMBER;
    node->at.threshold = threshold < s->above ? threshold : s->below;
    return true;
}

static uint32_t scramble(uint32_t x)
{
    x = (x ^ x >> 16) * UINT32_C(0x7feb352d);
    x = (x ^ x >> 15) * UINT32_C(0x846ca68b);
    return x ^ x >> 16;
}

static bool is_left_in_list(const hn_tree *tree, const hn_tree_node *node, uint64_t choice)
{
    const uint32_t *list = tree->lists.data + node->at.list.from, *entries = list + 2;
    uint32_t low = 0, high = node->at.list.n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (entries[middle] >> 1 < choice)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < node->at.list.n && entries[low] >> 1 == choice)
        return entries[low] & 1;
    return scramble(list[0] ^ (uint32_t)choice) < list[1];
}

static hn_tree_value read_choice(double x, uint32_t n_choices)
{
    return (hn_tree_value){.choice = choice_of(x, n_choices)};
}

static hn_tree_value read_number(double x, double missing)
{
    return (hn_tree_value){.number = isnan(x) ? missing : x};
}

void hn_tree_read(const double *x, uint32_t d, const uint32_t *n_choices, hn_tree_value *out)
{
    for (uint32_t f = 0; f < d; f++) {
        bool choice = n_choices[f] > 0;
        out[f] = choice ? read_choice(x[f], n_choices[f]) : read_number(x[f], INFINITY);
        out[d + f] = choice ? out[f] : read_number(x[f], -INFINITY);
    }
}

// Of a node that is not a LIST. Both tests are made, for none could be foreseen; what the other
// kind's gives is not used.
static inline bool is_left(const hn_tree_node *node, hn_tree_value value)
{
    bool set = node->kind == HN_TREE_SET;
    bool low = value.number <= node->at.threshold, in = node->at.set >> (value.choice & 63) & 1;
    return (low & !set) | (in & set);
}

// Sorts the rows of a node by their side, in every feature's list; returns where the right begins.
static uint32_t part_rows(growing *g, const hn_tree_node *node, uint32_t from, uint32_t to)
{
    uint32_t d = g->data->d, feature = g->best.feature, middle = from;
    const double *column = g->data->columns + (size_t)feature * g->data->n;
    uint32_t n_choices = g->data->n_choices[feature];
    for (uint32_t i = from; i < to; i++) {
        uint32_t row = g->rows[i];
        hn_tree_value value =
            n_choices > 0 ? read_choice(column[row], n_choices)
                          : read_number(column[row], node->column < d ? INFINITY : -INFINITY);
        g->left[row] = node->kind == HN_TREE_LIST ? is_left_in_list(g->tree, node, value.choice)
                                                  : is_left(node, value);
    }
    for (uint32_t f = 0; f < d; f++) {
        uint32_t *rows = g->rows + (size_t)f * g->n, l = from, r = 0;
        for (uint32_t i = from; i < to; i++) {
            uint32_t row = rows[i], is = g->left[row];
            rows[l] = row;
            g->spare[r] = row;
            l += is;
            r += !is;
        }
        memcpy(rows + l, g->spare, r * sizeof *rows);
        middle = l;
    }
    return middle;
}

static bool grow_node(growing *g, node_todo todo, node_todo *stack, uint32_t *n_stack)
{
    hn_tree *tree = g->tree;
    hn_tree_node node = {.at.threshold = INFINITY, .child = todo.node, .kind = HN_TREE_LEAF};
    if (todo.to - todo.from < 2 * g->options->min_leaf || !find_split(g, todo.from, todo.to)) {
        tree->nodes.data[todo.node] = node;
        return true;
    }
    if (!make_test(g, &node) || !hn_vec_reserve(&tree->nodes, 2))
        return false;
    uint32_t middle = part_rows(g, &node, todo.from, todo.to);
    node.child = (uint32_t)tree->nodes.n;
    tree->nodes.n += 2;
    tree->nodes.data[todo.node] = node;
    stack[(*n_stack)++] = (node_todo){node.child, todo.from, middle};
    stack[(*n_stack)++] = (node_todo){node.child + 1, middle, todo.to};
    return true;
}

static uint32_t most_choices(const hn_tree_data *data)
{
    uint32_t most = 0;
    for (uint32_t f = 0; f < data->d; f++)
        most = data->n_choices[f] > most ? data->n_choices[f] : most;
    return most;
}

static bool open_growing(growing *g, const uint8_t *weight, hn_arena *scratch)
{
    const hn_tree_data *data = g->data;
    g->n = 0;
    for (uint32_t i = 0; i < data->n; i++)
        g->n += weight[i] > 0;
    g->rows = HN_NEW(scratch, uint32_t, (size_t)(data->d > 0 ? data->d : 1) * g->n + 1);
    g->spare = HN_NEW(scratch, uint32_t, g->n + 1);
    g->left = HN_NEW(scratch, uint8_t, data->n + 1);
    g->row = HN_NEW(scratch, sums, data->n + 1);
    g->features = HN_NEW(scratch, uint32_t, data->d + 1);
    g->cats = HN_NEW(scratch, cat, g->n + 1);
    g->best_cats = HN_NEW(scratch, cat, g->n + 1);
    g->place = HN_ZNEW(scratch, uint32_t, most_choices(data) + 2);
    if (hn_arena_failed(scratch))
        return false;
    for (uint32_t i = 0; i < data->n; i++)
        g->row[i] = (sums){weight[i], weight[i] * data->y[i]};
    for (uint32_t f = 0; f < data->d; f++) {
        const uint32_t *order = data->order + (size_t)f * data->n;
        uint32_t *rows = g->rows + (size_t)f * g->n, k = 0;
        for (uint32_t i = 0; i < data->n; i++)
            if (weight[order[i]] > 0)
                rows[k++] = order[i];
        g->features[f] = f;
    }
    return true;
}

hone_status hn_tree_grow(hn_tree *tree, const hn_tree_data *data, const uint8_t *weight,
                         const hn_tree_options *options, uint64_t rng_seed, hn_arena *scratch,
                         hone_error *err)
{
    growing g = {.data = data, .options = options, .tree = tree, .random = rng_seed};
    uint32_t n_stack = 0;
    tree->nodes.n = tree->lists.n = 0;
    tree->has_list = false;
    if (!open_growing(&g, weight, scratch) || !hn_vec_reserve(&tree->nodes, 1))
        return hn_fail_memory(err);
    // Every node on the stack has a row of its own.
    node_todo *stack = HN_NEW(scratch, node_todo, g.n + 2);
    if (!stack)
        return hn_fail_memory(err);
    tree->nodes.n = 1;
    stack[n_stack++] = (node_todo){0, 0, data->d > 0 ? g.n : 0};
    while (n_stack > 0) {
        node_todo todo = stack[--n_stack];
        if (!grow_node(&g, todo, stack, &n_stack))
            return hn_fail_memory(err);
    }
    return HONE_OK;
}

void hn_tree_free(hn_tree *tree)
{
    hn_vec_free(&tree->nodes);
    hn_vec_free(&tree->lists);
}

bool hn_tree_choice_is_left(const hn_tree *tree, const hn_tree_node *node, uint32_t choice)
{
    return node->kind == HN_TREE_LIST ? is_left_in_list(tree, node, choice)
                                      : node->at.set >> choice & 1;
}

static inline uint32_t step(const hn_tree_node *nodes, uint32_t at, const hn_tree_value *x)
{
    const hn_tree_node *node = nodes + at;
    return node->child + !is_left(node, x[node->column]);
}

static uint32_t find_one(const hn_tree *tree, const hn_tree_value *x)
{
    const hn_tree_node *nodes = tree->nodes.data;
    uint32_t at = 0;
    while (nodes[at].kind != HN_TREE_LEAF)
        at = nodes[at].kind != HN_TREE_LIST
                 ? step(nodes, at, x)
                 : nodes[at].child + !is_left_in_list(tree, nodes + at, x[nodes[at].column].choice);
    return at;
}

void hn_tree_find(const hn_tree *tree, const hn_tree_value *const *x, uint32_t n, uint32_t *node)
{
    enum { LANES = 8, STEPS = 4 };
    const hn_tree_node *nodes = tree->nodes.data;
    uint32_t i = 0;
    // Eight rows go down side by side: the loads of one hide behind those of the others. A leaf
    // leads to itself, so that they may go on until none moves.
    for (; i + LANES <= n && !tree->has_list && nodes[0].kind != HN_TREE_LEAF; i += LANES) {
        uint32_t at[LANES] = {0};
        for (uint32_t changed = 1; changed;)
            for (int k = 0; k < STEPS; k++) {
                changed = 0;
                for (int j = 0; j < LANES; j++) {
                    uint32_t to = step(nodes, at[j], x[i + (uint32_t)j]);
                    changed |= at[j] ^ to;
                    at[j] = to;
                }
            }
        memcpy(node + i, at, sizeof at);
    }
    for (; i < n; i++)
        node[i] = find_one(tree, x[i]);
}
