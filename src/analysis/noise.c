// Noise from what was run more than once; see noise.h.

#include "analysis/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/parts.h"

enum {
    MIN_REPEATS = 4,  // degrees of freedom of retests, or of equal trials
    MIN_RESIDUAL = 8, // of what is left of parts
    N_WITH_PARTS = 20 // trials whose parts are looked at, the best ones
};

// --- retests ---

static const double *retest_value(const hn_fold *fold, const hn_trial *t)
{
    const double *values = hn_fold_values(fold, t);
    bool is_one = t->purpose == HONE_PURPOSE_RETEST && t->state == HONE_STATE_COMPLETE &&
                  t->parent >= 0 && !(t->flags & HN_TRIAL_EXCLUDED);
    return is_one && values && isfinite(values[0]) ? values : NULL;
}

double hn_noise_of_retests(const hn_fold *fold, hn_arena *scratch)
{
    size_t n = fold->trials.n;
    double *mean = HN_ZNEW(scratch, double, n), squares = 0;
    uint32_t *count = HN_ZNEW(scratch, uint32_t, n), df = 0;
    if (!mean || !count)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        const hn_trial *t = &fold->trials.data[i];
        const double *values = retest_value(fold, t);
        if (!values)
            continue;
        // Welford: the mean so far, and the squares about it.
        uint32_t k = ++count[t->parent];
        double d = values[0] - mean[t->parent];
        mean[t->parent] += d / k;
        squares += d * (values[0] - mean[t->parent]);
        df += k > 1;
    }
    return df >= MIN_REPEATS ? sqrt(squares / df) : NAN;
}

// --- equal configurations ---

typedef struct placed {
    const double *u; // [n]
    size_t n;
    uint32_t row;
} placed;

static int by_place(const void *a, const void *b)
{
    const placed *p = a, *q = b;
    int by = memcmp(p->u, q->u, p->n * sizeof *p->u);
    return by != 0 ? by : p->row < q->row ? -1 : p->row > q->row;
}

double hn_noise_of_equals(const hn_sample *s, hn_arena *scratch)
{
    placed *list = HN_NEW(scratch, placed, (size_t)s->n + 1);
    double squares = 0, mean = 0;
    uint32_t df = 0, k = 0;
    size_t n = 0, d = s->space->n_dims;
    if (!list || !s->fold->problem.noisy)
        return NAN;
    for (uint32_t r = 0; r < s->n; r++)
        if (isfinite(s->score[r]))
            list[n++] = (placed){s->u + r * d, d, r};
    if (n > 1)
        qsort(list, n, sizeof *list, by_place);
    for (size_t i = 0; i < n; i++) {
        const hn_trial *t = &s->fold->trials.data[s->trial[list[i].row]];
        double value = s->fold->numbers.data[t->values];
        bool same = i > 0 && memcmp(list[i].u, list[i - 1].u, d * sizeof *list[i].u) == 0;
        double by = same ? value - mean : 0;
        k = same ? k + 1 : 1;
        mean = same ? mean + by / k : value;
        squares += same ? by * (value - mean) : 0;
        df += same;
    }
    return df >= MIN_REPEATS ? sqrt(squares / df) : NAN;
}

// --- parts ---

// The parts of a trial into out [n], false when it has not as many finite ones.
static bool read_parts(const hn_fold *fold, const hn_trial *t, uint32_t n, double *out)
{
    uint32_t i = 0;
    for (uint32_t at = t->first_part; at != HN_NONE; at = fold->parts.data[at].next) {
        double value = fold->numbers.data[fold->parts.data[at].values];
        if (i == n || !isfinite(value))
            return false;
        out[i++] = value;
    }
    return i == n;
}

// Squares about the means of rows and columns of v [n_rows × n].
static double residual(const double *v, uint32_t n_rows, uint32_t n, double *column)
{
    double all = 0, squares = 0;
    memset(column, 0, n * sizeof *column);
    for (uint32_t r = 0; r < n_rows; r++)
        for (uint32_t i = 0; i < n; i++)
            column[i] += v[(size_t)r * n + i] / n_rows;
    for (uint32_t i = 0; i < n; i++)
        all += column[i] / n;
    for (uint32_t r = 0; r < n_rows; r++) {
        double row = 0;
        for (uint32_t i = 0; i < n; i++)
            row += v[(size_t)r * n + i] / n;
        for (uint32_t i = 0; i < n; i++) {
            double left = v[(size_t)r * n + i] - row - column[i] + all;
            squares += left * left;
        }
    }
    return squares;
}

double hn_noise_of_parts(const hn_sample *s, hn_arena *scratch)
{
    const hn_fold *fold = s->fold;
    const hn_trial *best = s->n_good > 0 ? &fold->trials.data[s->trial[s->order[0]]] : NULL;
    uint32_t n = best ? hn_parts_planned(best) : 0, n_rows = 0;
    if (n < 2)
        return NAN;
    double *v = HN_NEW(scratch, double, (size_t)(N_WITH_PARTS + 1) * n);
    for (uint32_t k = 0; v && k < s->n_good && n_rows < N_WITH_PARTS; k++) {
        const hn_trial *t = &fold->trials.data[s->trial[s->order[k]]];
        bool same_plan = t->folds == best->folds && t->repeats == best->repeats;
        n_rows += same_plan && read_parts(fold, t, n, v + (size_t)n_rows * n);
    }
    if (!v || n_rows < 2 || (uint64_t)(n_rows - 1) * (n - 1) < MIN_RESIDUAL)
        return NAN;
    double df = (double)(n_rows - 1) * (n - 1);
    return sqrt(residual(v, n_rows, n, v + (size_t)N_WITH_PARTS * n) / df / n);
}
