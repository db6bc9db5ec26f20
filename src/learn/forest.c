// A random forest; see forest.h.
//
// Source: Breiman. Random forests. Machine Learning 45, 2001; Hutter, Hoos, Leyton-Brown, Murphy.
// Algorithm runtime prediction: methods & evaluation. AIJ 206, 2014, for the variance; Oza,
// Russell. Online bagging and boosting. AISTATS 2001, for the Poisson weights. Cost: growing a tree
// O(d n depth) after sorting once; filling O(trees · n · depth), as predicting n rows is.

#include "learn/forest.h"

#include <math.h>
#include <string.h>

#include "num/rng.h"

hone_status hn_forest_init(hn_forest *f, const hn_forest_options *options, uint32_t d,
                           const uint32_t *n_choices, hone_error *err)
{
    memset(f, 0, sizeof *f);
    f->options = *options;
    f->d = d;
    f->n_choices = n_choices;
    f->trees = hn_calloc(options->n_trees, sizeof *f->trees);
    f->leaves = hn_calloc(options->n_trees, sizeof *f->leaves);
    if (f->trees && f->leaves)
        return HONE_OK;
    hn_forest_free(f);
    return hn_fail_memory(err);
}

void hn_forest_free(hn_forest *f)
{
    for (uint32_t t = 0; f->trees && t < f->options.n_trees; t++)
        hn_tree_free(&f->trees[t]);
    for (uint32_t t = 0; f->leaves && t < f->options.n_trees; t++)
        hn_free(f->leaves[t]);
    hn_free(f->trees);
    hn_free(f->leaves);
    memset(f, 0, sizeof *f);
}

// --- weights ---

// Poisson(1) by inversion from 16 bits; four trees share the 64 of a draw.
static uint8_t poisson(uint32_t bits)
{
    static const uint16_t below[] = {24109, 48218, 60273, 64291, 65296, 65497, 65530};
    uint8_t k = 0;
    while (k < sizeof below / sizeof *below && bits >= below[k])
        k++;
    return k;
}

// weight [4 x n]: of the rows in the trees 4 · group and after; a tree without any gets them all.
static void weigh(const hn_forest *f, uint32_t group, const hn_forest_rows *rows, uint8_t *weight)
{
    uint32_t n = rows->n, sum[4] = {0};
    for (uint32_t i = 0; i < n; i++) {
        uint64_t bits = 0;
        if (f->options.bootstrap) {
            uint32_t id = rows->id ? rows->id[i] : i;
            hn_rng rng = hn_rng_make(f->options.seed, HN_PURPOSE_SUGGEST, id);
            bits = hn_rng_u64(&rng, group, 0, 0);
        }
        for (uint32_t k = 0; k < 4; k++) {
            uint8_t w = f->options.bootstrap ? poisson(bits >> 16 * k & 0xffff) : 1;
            weight[(size_t)k * n + i] = w;
            sum[k] += w;
        }
    }
    for (uint32_t k = 0; k < 4; k++)
        if (sum[k] == 0)
            memset(weight + (size_t)k * n, 1, n);
}

// --- growing ---

static bool wanted(const bool *grow, uint32_t tree)
{
    return !grow || grow[tree];
}

static hone_status grow_group(hn_forest *f, uint32_t group, const hn_forest_rows *rows,
                              const hn_tree_data *data, const bool *grow, uint8_t *weight,
                              hn_arena *scratch, hone_error *err)
{
    bool weighed = false;
    for (uint32_t k = 0; k < 4 && 4 * group + k < f->options.n_trees; k++) {
        uint32_t t = 4 * group + k;
        if (!wanted(grow, t))
            continue;
        if (!weighed)
            weigh(f, group, rows, weight);
        weighed = true;
        hn_arena_mark mark = hn_arena_get_mark(scratch);
        hn_rng rng = hn_rng_make(f->options.seed, HN_PURPOSE_SHUFFLE, t);
        HN_TRY(hn_tree_grow(&f->trees[t], data, weight + (size_t)k * rows->n, &f->options.tree,
                            hn_rng_u64(&rng, 0, 0, 0), scratch, err));
        hn_arena_rewind(scratch, mark);
        hn_free(f->leaves[t]);
        f->leaves[t] = hn_calloc(f->trees[t].nodes.n, sizeof **f->leaves);
        if (!f->leaves[t])
            return hn_fail_memory(err);
    }
    return HONE_OK;
}

hone_status hn_forest_grow(hn_forest *f, const hn_forest_rows *rows, const bool *grow,
                           hone_error *err)
{
    hone_status status = HONE_OK;
    hn_arena scratch = HN_ARENA_INIT;
    hn_tree_data data;
    uint8_t *weight = HN_NEW(&scratch, uint8_t, (size_t)4 * rows->n + 1);
    if (!weight)
        HN_TRY_OUT(hn_fail_memory(err));
    HN_TRY_OUT(
        hn_tree_data_make(&data, rows->x, rows->y, rows->n, f->d, f->n_choices, &scratch, err));
    for (uint32_t g = 0; 4 * g < f->options.n_trees; g++)
        HN_TRY_OUT(grow_group(f, g, rows, &data, grow, weight, &scratch, err));
out:
    hn_arena_free(&scratch);
    return status;
}

// --- filling ---

static void read_rows(const hn_forest *f, const double *x, uint32_t n, hn_tree_value *out)
{
    for (uint32_t i = 0; i < n; i++)
        hn_tree_read(x + (size_t)i * f->d, f->d, f->n_choices, out + (size_t)i * 2 * f->d);
}

// What a leaf, or a node, gathers.
typedef struct gathered {
    double w, s, ss, e; // weights, and weights times y, y², exp(y - top)
} gathered;

// One fill of one tree.
typedef struct filling {
    hn_forest *f;
    const hn_forest_rows *rows;
    const double *e; // [n] exp(y - top); NULL unless log_leaf
    double top;
    gathered *nodes;            // [most nodes of a tree]
    uint8_t *weight;            // [4 x n]
    const hn_tree_value *table; // [n x 2 d] the rows
    const hn_tree_value **x;    // [n] those that are in the tree, their numbers, where they fall
    uint32_t *in, *at;
} filling;

static hn_leaf say(const filling *g, const gathered *a)
{
    hn_leaf leaf = {a->s / a->w, 0};
    leaf.var = fmax(0, a->ss / a->w - leaf.mean * leaf.mean);
    if (g->e)
        leaf.mean = g->top + log(a->e / a->w);
    return leaf;
}

static void gather(const filling *g, uint32_t node, uint32_t i, double w)
{
    gathered *to = &g->nodes[node];
    double y = g->rows->y[i];
    to->w += w;
    to->s += w * y;
    to->ss += w * y * y;
    to->e += g->e ? w * g->e[i] : 0;
}

static void fill_tree(const filling *g, uint32_t t, const uint8_t *weight)
{
    hn_forest *f = g->f;
    const hn_tree *tree = &f->trees[t];
    size_t n = tree->nodes.n;
    memset(g->nodes, 0, n * sizeof *g->nodes);
    uint32_t n_in = 0;
    for (uint32_t i = 0; i < g->rows->n; i++) {
        g->in[n_in] = i;
        g->x[n_in] = g->table + (size_t)i * 2 * f->d;
        n_in += weight[i] > 0;
    }
    hn_tree_find(tree, g->x, n_in, g->at);
    for (uint32_t k = 0; k < n_in; k++)
        gather(g, g->at[k], g->in[k], weight[g->in[k]]);
    // Up: children come after their parents. Then down, to those that got nothing.
    for (size_t k = n; k-- > 0;) {
        const hn_tree_node *node = &tree->nodes.data[k];
        if (node->kind == HN_TREE_LEAF)
            continue;
        const gathered *a = &g->nodes[node->child], *b = a + 1;
        g->nodes[k] = (gathered){a->w + b->w, a->s + b->s, a->ss + b->ss, a->e + b->e};
    }
    for (size_t k = 0; k < n; k++) {
        const hn_tree_node *node = &tree->nodes.data[k];
        if (node->kind == HN_TREE_LEAF) {
            f->leaves[t][k] = say(g, &g->nodes[k]);
            continue;
        }
        for (uint32_t c = node->child; c < node->child + 2; c++)
            if (!(g->nodes[c].w > 0))
                g->nodes[c] = g->nodes[k];
    }
}

static size_t most_nodes(const hn_forest *f)
{
    size_t most = 0;
    for (uint32_t t = 0; t < f->options.n_trees; t++)
        most = f->trees[t].nodes.n > most ? f->trees[t].nodes.n : most;
    return most;
}

static bool open_filling(filling *g, hn_arena *scratch)
{
    const hn_forest_rows *rows = g->rows;
    double *e = g->f->options.log_leaf ? HN_NEW(scratch, double, rows->n + 1) : NULL;
    g->nodes = HN_NEW(scratch, gathered, most_nodes(g->f) + 1);
    g->weight = HN_NEW(scratch, uint8_t, (size_t)4 * rows->n + 1);
    hn_tree_value *table = HN_NEW(scratch, hn_tree_value, (size_t)rows->n * 2 * g->f->d + 1);
    g->x = HN_NEW(scratch, const hn_tree_value *, rows->n + 1);
    g->in = HN_NEW(scratch, uint32_t, rows->n + 1);
    g->at = HN_NEW(scratch, uint32_t, rows->n + 1);
    if (hn_arena_failed(scratch))
        return false;
    read_rows(g->f, rows->x, rows->n, table);
    g->table = table;
    g->top = rows->n > 0 ? rows->y[0] : 0;
    for (uint32_t i = 1; i < rows->n; i++)
        g->top = fmax(g->top, rows->y[i]);
    for (uint32_t i = 0; e && i < rows->n; i++)
        e[i] = exp(rows->y[i] - g->top);
    g->e = e;
    return true;
}

hone_status hn_forest_fill(hn_forest *f, const hn_forest_rows *rows, hone_error *err)
{
    hn_arena scratch = HN_ARENA_INIT;
    filling g = {.f = f, .rows = rows};
    hone_status status = open_filling(&g, &scratch) ? HONE_OK : hn_fail_memory(err);
    for (uint32_t t = 0; status == HONE_OK && rows->n > 0 && t < f->options.n_trees; t++) {
        if (t % 4 == 0)
            weigh(f, t / 4, rows, g.weight);
        fill_tree(&g, t, g.weight + (size_t)(t % 4) * rows->n);
    }
    hn_arena_free(&scratch);
    return status;
}

hone_status hn_forest_fit(hn_forest *f, const hn_forest_rows *rows, hone_error *err)
{
    HN_TRY(hn_forest_grow(f, rows, NULL, err));
    return hn_forest_fill(f, rows, err);
}

// --- what is out of the bag ---

// Adds what tree `t` says of the rows without weight.
static void ask_tree(const hn_forest *f, uint32_t t, const uint8_t *weight,
                     const hn_tree_value *table, uint32_t n, double *sum, uint32_t *n_asked)
{
    for (uint32_t i = 0; i < n; i++) {
        const hn_tree_value *x = table + (size_t)i * 2 * f->d;
        uint32_t at;
        if (weight[i] > 0)
            continue;
        hn_tree_find(&f->trees[t], &x, 1, &at);
        sum[i] += f->leaves[t][at].mean;
        n_asked[i]++;
    }
}

hone_status hn_forest_out_of_bag(const hn_forest *f, const hn_forest_rows *rows, double *mean,
                                 hone_error *err)
{
    uint32_t n = rows->n;
    hn_arena scratch = HN_ARENA_INIT;
    uint8_t *weight = HN_NEW(&scratch, uint8_t, (size_t)4 * n + 1);
    hn_tree_value *table = HN_NEW(&scratch, hn_tree_value, (size_t)n * 2 * f->d + 1);
    uint32_t *n_asked = HN_ZNEW(&scratch, uint32_t, n + 1);
    bool open = weight && table && n_asked;
    if (open)
        read_rows(f, rows->x, n, table);
    for (uint32_t i = 0; open && i < n; i++)
        mean[i] = 0;
    for (uint32_t t = 0; open && t < f->options.n_trees; t++) {
        if (t % 4 == 0)
            weigh(f, t / 4, rows, weight);
        ask_tree(f, t, weight + (size_t)(t % 4) * n, table, n, mean, n_asked);
    }
    for (uint32_t i = 0; open && i < n; i++)
        mean[i] = n_asked[i] > 0 ? mean[i] / n_asked[i] : NAN;
    hn_arena_free(&scratch);
    return open ? HONE_OK : hn_fail_memory(err);
}

// --- predicting ---

// A few rows go through all trees together: a tree stays in the cache for them.
enum { BLOCK = 64 };

// Of at most BLOCK rows: means [n x n_trees] and the mean variance of the leaves, var [n].
static void predict_block(const hn_forest *f, const hn_tree_value *table, uint32_t n, double *means,
                          double *var)
{
    uint32_t n_trees = f->options.n_trees, at[BLOCK];
    const hn_tree_value *x[BLOCK];
    for (uint32_t i = 0; i < n; i++) {
        x[i] = table + (size_t)i * 2 * f->d;
        var[i] = 0;
    }
    for (uint32_t t = 0; t < n_trees; t++) {
        hn_tree_find(&f->trees[t], x, n, at);
        for (uint32_t i = 0; i < n; i++) {
            hn_leaf leaf = f->leaves[t][at[i]];
            means[(size_t)i * n_trees + t] = leaf.mean;
            var[i] += leaf.var / n_trees;
        }
    }
}

hone_status hn_forest_predict_each(const hn_forest *f, const double *x, uint32_t m, double *means,
                                   double *var, hone_error *err)
{
    hn_tree_value *table = hn_reallocarray(NULL, (size_t)BLOCK * 2 * f->d + 1, sizeof *table);
    if (!table)
        return hn_fail_memory(err);
    for (uint32_t from = 0; from < m; from += BLOCK) {
        uint32_t n = m - from < BLOCK ? m - from : BLOCK;
        read_rows(f, x + (size_t)from * f->d, n, table);
        predict_block(f, table, n, means + (size_t)from * f->options.n_trees, var + from);
    }
    hn_free(table);
    return HONE_OK;
}

void hn_forest_mixture(const double *means, uint32_t n_trees, double *mean, double *var)
{
    double s = 0, ss = 0;
    for (uint32_t t = 0; t < n_trees; t++)
        s += means[t];
    *mean = s / n_trees;
    for (uint32_t t = 0; t < n_trees; t++)
        ss += (means[t] - *mean) * (means[t] - *mean);
    *var += ss / n_trees;
}

hone_status hn_forest_predict(const hn_forest *f, const double *x, uint32_t m, double *mean,
                              double *var, hone_error *err)
{
    uint32_t n_trees = f->options.n_trees;
    double *means = hn_reallocarray(NULL, (size_t)BLOCK * n_trees, sizeof *means);
    hone_status status = means ? HONE_OK : hn_fail_memory(err);
    for (uint32_t from = 0; status == HONE_OK && from < m; from += BLOCK) {
        uint32_t n = m - from < BLOCK ? m - from : BLOCK;
        status = hn_forest_predict_each(f, x + (size_t)from * f->d, n, means, var + from, err);
        for (uint32_t i = 0; status == HONE_OK && i < n; i++)
            hn_forest_mixture(means + (size_t)i * n_trees, n_trees, mean + from + i,
                              var + from + i);
    }
    hn_free(means);
    return status;
}
