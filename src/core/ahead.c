// Moving the means of some parts to where those of all parts are; see ahead.h.

#include "core/ahead.h"

#include <math.h>
#include <string.h>

#include "core/merit.h"
#include "core/parts.h"

void hn_ahead_free(hn_ahead *a)
{
    hn_vec_free(&a->by);
    hn_vec_free(&a->scratch);
}

void hn_ahead_begin(hn_ahead *a, const hn_trial *like)
{
    a->folds = like ? like->folds : 0;
    a->repeats = like ? like->repeats : 0;
    a->n_added = 0;
    hn_vec_clear(&a->by);
}

bool hn_ahead_fits(const hn_ahead *a, const hn_trial *t)
{
    return hn_parts_planned(t) > 0 && t->folds == a->folds && t->repeats == a->repeats;
}

bool hn_ahead_add(hn_ahead *a, const hn_fold *fold, const hn_trial *t)
{
    double sum = 0;
    hn_vec_clear(&a->scratch);
    for (uint32_t at = t->first_part; at != HN_NONE; at = fold->parts.data[at].next) {
        double value = fold->numbers.data[fold->parts.data[at].values];
        sum += hn_towards_less(&fold->problem, 0, value);
        if (!hn_vec_push(&a->scratch, sum / ((double)a->scratch.n + 1)))
            return false;
    }
    size_t n = a->scratch.n;
    if (n == 0 || n != hn_parts_planned(t) || !hn_ahead_fits(a, t) || !isfinite(sum))
        return true;
    while (a->by.n < n)
        if (!hn_vec_push(&a->by, 0))
            return false;
    for (size_t k = 0; k < n; k++)
        a->by.data[k] += a->scratch.data[n - 1] - a->scratch.data[k];
    a->n_added++;
    return true;
}

void hn_ahead_end(hn_ahead *a)
{
    for (size_t k = 0; k < a->by.n; k++)
        a->by.data[k] /= a->n_added;
}

bool hn_ahead_equal(const hn_ahead *a, const hn_ahead *b)
{
    return a->by.n == b->by.n &&
           (a->by.n == 0 || (a->folds == b->folds && a->repeats == b->repeats &&
                             memcmp(a->by.data, b->by.data, a->by.n * sizeof *a->by.data) == 0));
}

double hn_ahead_of(const hn_ahead *a, const hn_fold *fold, const hn_trial *t)
{
    uint32_t n = hn_ahead_fits(a, t) ? hn_parts_ended(fold, t) : 0;
    return n > 0 && n <= a->by.n ? a->by.data[n - 1] : 0;
}
