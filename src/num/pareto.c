// Several objectives.
//
// Fronts: points are visited in lexicographic order, so that none is dominated by a later one; each
// goes into the first front none of whose members dominates it. With two objectives a front's last
// member is its only possible dominator, and the fronts' last members are in order: bisection
// (Jensen 2003). Otherwise each front is searched from its last member on (Zhang et al.: An
// efficient approach to nondominated sorting for evolutionary multiobjective optimization. 2015).
//
// Hypervolume: two objectives by a sweep; more by exclusive volumes (While, Bradstreet, Barone: A
// fast way of calculating exact hypervolumes. 2012): the volume of a set is the sum over its points
// of the box of the point less the volume of the later points, each limited to that box.
//
// Subset: greedy. What a point adds only falls as others are chosen, so that the greatest known
// bound is looked at first and kept when it still leads (Minoux 1978).
#include "num/pareto.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool hn_pareto_dominates(const double *x, const double *y, uint32_t m)
{
    bool less = false;
    for (uint32_t i = 0; i < m; i++) {
        if (x[i] > y[i])
            return false;
        less |= x[i] < y[i];
    }
    return less;
}

// -1: x dominates y, 1: y dominates x, 0: neither.
static int relation(const double *x, const double *y, uint32_t m)
{
    bool less = false, greater = false;
    for (uint32_t i = 0; i < m; i++) {
        less |= x[i] < y[i];
        greater |= x[i] > y[i];
    }
    return less == greater ? 0 : less ? -1 : 1;
}

// The front of the points so far is kept while scanning. What beats a point comes before anything
// that the point beats, which it would beat, too: nothing has been dropped yet when one is beaten.
uint32_t hn_pareto_first(const double *values, uint32_t n, uint32_t m, uint32_t *kept)
{
    uint32_t n_kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double *x = values + (size_t)i * m;
        bool beaten = false;
        uint32_t left = 0;
        for (uint32_t k = 0; k < n_kept && !beaten; k++) {
            int r = relation(x, values + (size_t)kept[k] * m, m);
            beaten = r > 0;
            if (r == 0)
                kept[left++] = kept[k];
        }
        if (beaten)
            continue;
        kept[left++] = i;
        n_kept = left;
    }
    return n_kept;
}

// --- order ---

typedef struct row {
    const double *values;
    uint32_t m, index;
} row;

static int by_values(const void *a, const void *b)
{
    const row *x = a, *y = b;
    for (uint32_t i = 0; i < x->m; i++)
        if (x->values[i] != y->values[i])
            return x->values[i] < y->values[i] ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static row *sorted_rows(const double *values, uint32_t n, uint32_t m, hn_arena *arena)
{
    row *rows = HN_NEW(arena, row, n + 1);
    for (uint32_t i = 0; rows && i < n; i++)
        rows[i] = (row){values + (size_t)i * m, m, i};
    if (rows)
        qsort(rows, n, sizeof *rows, by_values);
    return rows;
}

// --- fronts ---

// Members of fronts as lists from the last to the first.
typedef struct fronts {
    uint32_t *last;   // [n_fronts] place in the order
    uint32_t *before; // [n] the member of the same front before this one
    uint32_t n;
} fronts;

static bool front_dominates(const fronts *f, uint32_t k, const row *rows, uint32_t at)
{
    for (uint32_t i = f->last[k]; i != UINT32_MAX; i = f->before[i]) {
        if (hn_pareto_dominates(rows[i].values, rows[at].values, rows[at].m))
            return true;
        if (rows[at].m == 2)
            return false; // the others of the front are greater in the second objective
    }
    return false;
}

static uint32_t first_front(const fronts *f, const row *rows, uint32_t at)
{
    uint32_t low = 0, high = f->n;
    if (rows[at].m > 2) {
        while (low < high && front_dominates(f, low, rows, at))
            low++;
        return low;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (front_dominates(f, middle, rows, at))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool hn_pareto_fronts(const double *values, uint32_t n, uint32_t m, uint32_t *front,
                      hn_arena *arena)
{
    row *rows = sorted_rows(values, n, m, arena);
    fronts f = {HN_NEW(arena, uint32_t, n + 1), HN_NEW(arena, uint32_t, n + 1), 0};
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = first_front(&f, rows, i);
        if (k == f.n)
            f.last[f.n++] = UINT32_MAX;
        f.before[i] = f.last[k];
        f.last[k] = i;
        front[rows[i].index] = k;
    }
    return true;
}

// --- hypervolume ---

static double box(const double *x, const double *reference, uint32_t m)
{
    double volume = 1;
    for (uint32_t i = 0; i < m; i++)
        volume *= x[i] < reference[i] ? reference[i] - x[i] : 0;
    return volume;
}

static double volume_2d(const double *values, uint32_t n, const double *reference, hn_arena *arena)
{
    row *rows = sorted_rows(values, n, 2, arena);
    double volume = 0, height = reference[1];
    if (!rows)
        return NAN;
    for (uint32_t i = 0; i < n; i++) {
        const double *x = rows[i].values;
        if (x[0] >= reference[0] || x[1] >= height)
            continue;
        volume += (reference[0] - x[0]) * (height - x[1]);
        height = x[1];
    }
    return volume;
}

// What `x` alone dominates beside the `n` points.
static double exclusive(const double *x, const double *values, uint32_t n, uint32_t m,
                        const double *reference, hn_arena *arena)
{
    hn_arena_mark mark = hn_arena_get_mark(arena);
    double *limited = HN_NEW(arena, double, (size_t)n *m + 1);
    uint32_t kept = 0;
    if (!limited)
        return NAN;
    for (uint32_t i = 0; i < n; i++) {
        double *y = limited + (size_t)kept * m;
        for (uint32_t k = 0; k < m; k++)
            y[k] = fmax(x[k], values[(size_t)i * m + k]);
        // What another limited point covers adds nothing.
        bool covered = box(y, reference, m) == 0;
        for (uint32_t j = 0; !covered && j < kept; j++) {
            const double *z = limited + (size_t)j * m;
            covered = hn_pareto_dominates(z, y, m) || memcmp(z, y, m * sizeof *y) == 0;
        }
        kept += !covered;
    }
    double volume = box(x, reference, m) - hn_hypervolume(limited, kept, m, reference, arena);
    hn_arena_rewind(arena, mark);
    return volume > 0 || isnan(volume) ? volume : 0;
}

double hn_hypervolume(const double *values, uint32_t n, uint32_t m, const double *reference,
                      hn_arena *arena)
{
    double volume = 0;
    if (m == 2)
        return volume_2d(values, n, reference, arena);
    if (n == 1)
        return box(values, reference, m);
    for (uint32_t i = 0; i < n; i++)
        volume += exclusive(values + (size_t)i * m, values + (size_t)(i + 1) * m, n - i - 1, m,
                            reference, arena);
    return volume;
}

// --- subset ---

bool hn_hypervolume_subset(const double *values, uint32_t n, uint32_t m, const double *reference,
                           uint32_t k, uint32_t *chosen, hn_arena *arena)
{
    double *bound = HN_NEW(arena, double, n + 1);      // what it can add at most, -1: chosen
    uint32_t *fresh = HN_ZNEW(arena, uint32_t, n + 1); // number chosen when the bound was found
    double *kept = HN_NEW(arena, double, (size_t)k *m + 1);
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < n; i++)
        bound[i] = box(values + (size_t)i * m, reference, m);
    for (uint32_t c = 0; c < k;) {
        uint32_t best = 0;
        for (uint32_t i = 1; i < n; i++)
            best = bound[i] > bound[best] ? i : best;
        if (fresh[best] < c) {
            bound[best] = exclusive(values + (size_t)best * m, kept, c, m, reference, arena);
            fresh[best] = c;
            if (isnan(bound[best]))
                return false;
            continue;
        }
        memcpy(kept + (size_t)c * m, values + (size_t)best * m, m * sizeof *kept);
        bound[best] = -1;
        chosen[c++] = best;
    }
    return true;
}
