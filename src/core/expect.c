// Carrying values on to the end; see expect.h.
//
// 1. Levels are the steps at which trials rest; of more than HN_EXPECT_LEVELS, evenly many trials
//    lie between those that are kept. A trial has at a level the value of its last report up to
//    there, if it has come so far.
// 2. From each level to the next, and from the last one to the end, a line is fitted by least
//    squares to the trials that were at both. Who went on was chosen by what stands on the x axis,
//    which does not bias such a line; and that the best of many were lucky makes it flatter, as it
//    should be. A slope of one has the weight of one trial, and without any trial nothing changes;
//    but where complete trials have shown nothing on their way, nothing can be said.
// 3. What is worse than nine tenths of the values at a level counts as these: trainings that
//    diverge are no guide for the others.
#include "core/expect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/merit.h"

void hn_expect_free(hn_expect *x)
{
    hn_vec_free(&x->n_reached);
    hn_vec_free(&x->y);
    hn_vec_free(&x->scratch);
    *x = (hn_expect){0};
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// --- levels ---

static void choose_levels(hn_expect *x, const hn_view *view, const hn_expect_trial *trials,
                          uint32_t n)
{
    double *steps = x->scratch.data;
    uint32_t n_steps = 0, n_distinct = 0;
    for (uint32_t i = 0; i < n; i++)
        if (trials[i].rests != HN_NONE)
            steps[n_steps++] = view->fold->reports.data[trials[i].rests].step;
    qsort(steps, n_steps, sizeof *steps, ascending);
    for (uint32_t i = 0; i < n_steps; i++)
        n_distinct += i == 0 || steps[i] > steps[i - 1];
    x->n_levels = 0;
    for (uint32_t i = 0; i < n_steps; i++) {
        bool due = n_distinct <= HN_EXPECT_LEVELS ||
                   i >= (uint32_t)((uint64_t)x->n_levels * n_steps / HN_EXPECT_LEVELS);
        if (due && x->n_levels < HN_EXPECT_LEVELS &&
            (x->n_levels == 0 || steps[i] > x->level[x->n_levels - 1]))
            x->level[x->n_levels++] = steps[i];
    }
}

// The trial's value at each level that it has come to.
static void read_trial(hn_expect *x, const hn_view *view, const hn_expect_trial *t, uint32_t i)
{
    const hn_fold *fold = view->fold;
    const hn_trial *row = &fold->trials.data[t->trial];
    double *y = x->y.data + (size_t)i * HN_EXPECT_LEVELS, at[HN_EXPECT_LEVELS],
           furthest = -INFINITY;
    for (uint32_t k = 0; k < x->n_levels; k++) {
        y[k] = NAN;
        at[k] = -INFINITY;
    }
    for (uint32_t r = row->first_report; r != HN_NONE; r = fold->reports.data[r].next) {
        const hn_report *report = &fold->reports.data[r];
        bool shown = report->present & 1;
        furthest = fmax(furthest, report->step);
        for (uint32_t k = x->n_levels; shown && k > 0 && x->level[k - 1] >= report->step; k--)
            if (report->step >= at[k - 1]) {
                at[k - 1] = report->step;
                y[k - 1] = hn_towards_less(view->problem, 0, fold->numbers.data[report->values]);
            }
        if (r == t->rests)
            break;
    }
    uint32_t n = 0;
    while (n < x->n_levels && x->level[n] <= furthest)
        n++;
    x->n_reached.data[i] = t->rests == HN_NONE ? x->n_levels : n;
}

// --- lines ---

static double value_of(const hn_expect *x, uint32_t i, uint32_t level)
{
    return level < x->n_reached.data[i] ? x->y.data[(size_t)i * HN_EXPECT_LEVELS + level] : NAN;
}

// Variance of what stands at a level, once its worst tenth counts as the next; `most` is that
// bound.
static double spread_at(hn_expect *x, uint32_t level, double *most)
{
    double *values = x->scratch.data, sum = 0, squares = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->n_trials; i++) {
        double v = value_of(x, i, level);
        if (isfinite(v))
            values[n++] = v;
    }
    qsort(values, n, sizeof *values, ascending);
    *most = n > 0 ? values[(n - 1) - (n - 1) / 10] : INFINITY;
    for (uint32_t i = 0; i < n; i++) {
        double d = fmin(values[i], *most) - values[0];
        sum += d;
        squares += d * d;
    }
    return n > 0 ? fmax(squares / n - sum / n * (sum / n), 0) : 0;
}

static void fit_line(hn_expect *x, const hn_expect_trial *trials, uint32_t level)
{
    hn_expect_line line = {.slope = 1};
    double variance = spread_at(x, level, &line.most), xx = 0, xy = 0;
    bool last = level + 1 == x->n_levels;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < x->n_trials; i++) {
            double a = fmin(value_of(x, i, level), line.most);
            double b = last ? trials[i].final : value_of(x, i, level + 1);
            if (!isfinite(value_of(x, i, level)) || !isfinite(b))
                continue;
            line.n += pass == 0;
            line.mean_x += pass == 0 ? a : 0;
            line.mean_y += pass == 0 ? b : 0;
            xx += pass == 1 ? (a - line.mean_x) * (a - line.mean_x) : 0;
            xy += pass == 1 ? (a - line.mean_x) * (b - line.mean_y) : 0;
        }
        line.mean_x /= pass == 0 && line.n > 0 ? line.n : 1;
        line.mean_y /= pass == 0 && line.n > 0 ? line.n : 1;
    }
    if (xx + variance > 0)
        line.slope = fmax(0, fmin((xy + variance) / (xx + variance), 2));
    x->line[level] = line;
}

bool hn_expect_make(hn_expect *x, const hn_view *view, const hn_expect_trial *trials, uint32_t n)
{
    hn_vec_clear(&x->n_reached);
    hn_vec_clear(&x->y);
    hn_vec_clear(&x->scratch);
    x->n_levels = x->n_trials = 0;
    if (!hn_vec_reserve(&x->n_reached, n + 1) ||
        !hn_vec_reserve(&x->y, (size_t)n * HN_EXPECT_LEVELS + 1) ||
        !hn_vec_reserve(&x->scratch, n + 1))
        return false;
    x->n_trials = n;
    choose_levels(x, view, trials, n);
    for (uint32_t i = 0; i < n; i++)
        read_trial(x, view, &trials[i], i);
    for (uint32_t level = 0; level < x->n_levels; level++)
        fit_line(x, trials, level);
    x->unlinked = false;
    for (uint32_t i = 0; x->n_levels > 0 && x->line[x->n_levels - 1].n == 0 && i < n; i++)
        x->unlinked |= !isnan(trials[i].final);
    return true;
}

uint32_t hn_expect_level(const hn_expect *x, uint32_t n)
{
    n = n < x->n_trials ? n : x->n_trials;
    for (uint32_t level = x->n_levels; level > 0; level--) {
        uint32_t n_there = 0;
        for (uint32_t i = 0; i < x->n_trials; i++)
            n_there += x->n_reached.data[i] >= level;
        if (n_there >= n)
            return level;
    }
    return 0;
}

double hn_expect_of(const hn_expect *x, uint32_t i)
{
    uint32_t level = x->n_reached.data[i];
    double y = level > 0 ? value_of(x, i, level - 1) : NAN;
    if (isnan(y) || x->unlinked)
        return NAN;
    y = fmin(y, x->line[--level].most);
    for (; level < x->n_levels; level++) {
        const hn_expect_line *line = &x->line[level];
        y = line->mean_y + line->slope * (y - line->mean_x);
    }
    return y;
}
