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
// 4. Nothing is said of trials below the highest level that enough have come to, and no line there
//    is fitted: with many trials that leaves few of them.
#include "core/expect.h"

#include <math.h>
#include <string.h>

#include "core/merit.h"
#include "num/select.h"

void hn_expect_forget(hn_expect *x)
{
    hn_vec_clear(&x->trials);
    hn_vec_clear(&x->furthest);
    hn_vec_clear(&x->y);
    hn_vec_clear(&x->read_at);
    hn_vec_clear(&x->steps);
    hn_vec_clear(&x->among);
    x->n_levels = x->n_rest = x->n_complete = 0;
}

void hn_expect_free(hn_expect *x)
{
    hn_vec_free(&x->trials);
    hn_vec_free(&x->furthest);
    hn_vec_free(&x->y);
    hn_vec_free(&x->read_at);
    hn_vec_free(&x->steps);
    hn_vec_free(&x->among);
    hn_vec_free(&x->scratch);
    *x = (hn_expect){0};
}

// --- trials ---

static bool make_room(hn_expect *x, uint32_t trial)
{
    size_t more = trial < x->trials.n ? 0 : trial + 1 - x->trials.n;
    if (!hn_vec_reserve(&x->trials, more) || !hn_vec_reserve(&x->furthest, more) ||
        !hn_vec_reserve(&x->y, more * HN_EXPECT_LEVELS) || !hn_vec_reserve(&x->read_at, more) ||
        !hn_vec_reserve(&x->steps, 1))
        return false;
    for (; x->trials.n <= trial; x->y.n += HN_EXPECT_LEVELS) {
        x->trials.data[x->trials.n++] = (hn_expect_trial){HN_NONE, NAN};
        x->furthest.data[x->furthest.n++] = -INFINITY;
        x->read_at.data[x->read_at.n++] = 0;
    }
    return true;
}

// One more, or one less, rests there; room was made.
static void count_step(hn_expect *x, double step, bool more)
{
    hn_expect_step *steps = x->steps.data;
    size_t low = 0, high = x->steps.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (steps[middle].step < step)
            low = middle + 1;
        else
            high = middle;
    }
    bool there = low < x->steps.n && steps[low].step == step;
    size_t behind = x->steps.n - low;
    if (more && !there) {
        memmove(steps + low + 1, steps + low, behind * sizeof *steps);
        steps[low] = (hn_expect_step){step, 1};
        x->steps.n++;
    } else if (more || (there && steps[low].n > 1)) {
        steps[low].n += more ? 1 : UINT32_MAX;
    } else if (there) {
        memmove(steps + low, steps + low + 1, (behind - 1) * sizeof *steps);
        x->steps.n--;
    }
}

static double step_of(const hn_view *view, uint32_t report)
{
    return view->fold->reports.data[report].step;
}

// The furthest step up to a report.
static double furthest(const hn_view *view, uint32_t trial, uint32_t last)
{
    const hn_fold *fold = view->fold;
    double most = -INFINITY;
    for (uint32_t r = fold->trials.data[trial].first_report; r != HN_NONE;
         r = fold->reports.data[r].next) {
        most = fmax(most, fold->reports.data[r].step);
        if (r == last)
            break;
    }
    return most;
}

bool hn_expect_set(hn_expect *x, const hn_view *view, uint32_t trial, hn_expect_trial now)
{
    if (!make_room(x, trial))
        return false;
    hn_expect_trial *held = &x->trials.data[trial];
    if (held->rests != HN_NONE)
        count_step(x, step_of(view, held->rests), false);
    x->n_rest -= held->rests != HN_NONE;
    x->n_complete -= !isnan(held->final);
    *held = now;
    x->n_rest += now.rests != HN_NONE;
    x->n_complete += !isnan(now.final);
    if (now.rests != HN_NONE)
        count_step(x, step_of(view, now.rests), true);
    x->read_at.data[trial] = 0;
    x->furthest.data[trial] = now.rests != HN_NONE ? furthest(view, trial, now.rests)
                              : !isnan(now.final)  ? INFINITY
                                                   : -INFINITY;
    return true;
}

// --- levels ---

static void choose_levels(hn_expect *x)
{
    double level[HN_EXPECT_LEVELS];
    bool few = x->steps.n <= HN_EXPECT_LEVELS;
    uint32_t n_levels = 0;
    uint64_t n_below = 0; // up to this step
    for (size_t i = 0; i < x->steps.n && n_levels < HN_EXPECT_LEVELS; i++) {
        n_below += x->steps.data[i].n;
        if (few || n_below - 1 >= (uint64_t)n_levels * x->n_rest / HN_EXPECT_LEVELS)
            level[n_levels++] = x->steps.data[i].step;
    }
    if (n_levels == x->n_levels && memcmp(level, x->level, n_levels * sizeof *level) == 0)
        return;
    x->version++; // what was read is of other levels
    x->n_levels = n_levels;
    memcpy(x->level, level, n_levels * sizeof *level);
}

// The highest level, from 1, that at least n of them (or all) have come to, and who has.
static void choose_among(hn_expect *x, uint32_t n)
{
    uint32_t n_all = x->n_rest + x->n_complete, level = x->n_levels;
    const double *reached = x->furthest.data;
    n = n < n_all ? n : n_all;
    hn_vec_clear(&x->among);
    for (; level > 1; level--) {
        uint32_t n_there = 0;
        for (size_t t = 0; t < x->furthest.n; t++)
            n_there += reached[t] >= x->level[level - 1];
        if (n_there >= n)
            break;
    }
    x->from = level;
    for (uint32_t t = 0; level > 0 && t < x->furthest.n; t++)
        if (reached[t] >= x->level[level - 1])
            x->among.data[x->among.n++] = t;
}

// The trial's value at each level that it has come to.
static void read_trial(hn_expect *x, const hn_view *view, uint32_t trial)
{
    const hn_fold *fold = view->fold;
    double *y = x->y.data + (size_t)trial * HN_EXPECT_LEVELS, at[HN_EXPECT_LEVELS];
    for (uint32_t k = 0; k < x->n_levels; k++) {
        y[k] = NAN;
        at[k] = -INFINITY;
    }
    for (uint32_t r = fold->trials.data[trial].first_report; r != HN_NONE;
         r = fold->reports.data[r].next) {
        const hn_report *report = &fold->reports.data[r];
        bool shown = report->present & 1;
        for (uint32_t k = x->n_levels; shown && k > 0 && x->level[k - 1] >= report->step; k--)
            if (report->step >= at[k - 1]) {
                at[k - 1] = report->step;
                y[k - 1] = hn_towards_less(view->problem, 0, fold->numbers.data[report->values]);
            }
        if (r == x->trials.data[trial].rests)
            break;
    }
    x->read_at.data[trial] = x->version;
}

// --- lines ---

static double value_of(const hn_expect *x, uint32_t trial, uint32_t level)
{
    return x->furthest.data[trial] >= x->level[level]
               ? x->y.data[(size_t)trial * HN_EXPECT_LEVELS + level]
               : NAN;
}

// Variance of what stands at a level, once its worst tenth counts as the next; `most` is that
// bound.
static double spread_at(hn_expect *x, uint32_t level, double *most)
{
    double *values = x->scratch.data, sum = 0, squares = 0, least = INFINITY;
    uint32_t n = 0;
    for (size_t i = 0; i < x->among.n; i++) {
        double v = value_of(x, x->among.data[i], level);
        if (isfinite(v))
            values[n++] = v;
        if (isfinite(v) && v < least)
            least = v;
    }
    *most = n > 0 ? hn_kth(values, n, (n - 1) - (n - 1) / 10) : INFINITY;
    for (size_t i = 0; i < x->among.n; i++) { // in an order that does not hang on the selection
        double v = value_of(x, x->among.data[i], level), d = fmin(v, *most) - least;
        if (!isfinite(v))
            continue;
        sum += d;
        squares += d * d;
    }
    return n > 0 ? fmax(squares / n - sum / n * (sum / n), 0) : 0;
}

static void fit_line(hn_expect *x, uint32_t level)
{
    hn_expect_line line = {.slope = 1};
    double variance = spread_at(x, level, &line.most), xx = 0, xy = 0;
    bool last = level + 1 == x->n_levels;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < x->among.n; i++) {
            uint32_t t = x->among.data[i];
            double v = value_of(x, t, level), a = fmin(v, line.most);
            double b = last ? x->trials.data[t].final : value_of(x, t, level + 1);
            if (!isfinite(v) || !isfinite(b))
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

bool hn_expect_make(hn_expect *x, const hn_view *view, uint32_t n)
{
    hn_vec_clear(&x->among);
    hn_vec_clear(&x->scratch);
    if (!hn_vec_reserve(&x->among, x->trials.n + 1) ||
        !hn_vec_reserve(&x->scratch, x->trials.n + 1))
        return false;
    choose_levels(x);
    choose_among(x, n);
    for (size_t i = 0; i < x->among.n; i++)
        if (x->read_at.data[x->among.data[i]] != x->version)
            read_trial(x, view, x->among.data[i]);
    for (uint32_t level = x->from; level > 0 && level <= x->n_levels; level++)
        fit_line(x, level - 1);
    x->unlinked = x->n_levels > 0 && x->line[x->n_levels - 1].n == 0 && x->n_complete > 0;
    return true;
}

double hn_expect_of(const hn_expect *x, uint32_t trial)
{
    uint32_t level = x->n_levels;
    while (level > 0 && x->furthest.data[trial] < x->level[level - 1])
        level--;
    double y = level > 0 ? value_of(x, trial, level - 1) : NAN;
    if (isnan(y) || x->unlinked)
        return NAN;
    y = fmin(y, x->line[--level].most);
    for (; level < x->n_levels; level++) {
        const hn_expect_line *line = &x->line[level];
        y = line->mean_y + line->slope * (y - line->mean_x);
    }
    return y;
}
