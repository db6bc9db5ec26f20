// Following a view; see follow.h.
//
// 1. Numbers that show in one of the two views only come as a range, and so do those that show in
//    both but with their result in one only. Usually that is one new trial.
// 2. Of the changes since, those of trials that show in both come in the journal's order. A trial
//    of the first range is looked at there, and one beyond both views looks like nothing in either;
//    so the usual new one, which was started and told since, comes once and not three times.

#include "core/follow.h"

bool hn_follow_goes_on(const hn_follow *f, const hn_view *view)
{
    const hn_fold *fold = view->fold;
    return f->fold == fold && f->space == view->problem->space && f->n_goals == fold->goals.n &&
           fold->n_events >= f->n_events && fold->changed.n >= f->n_changed;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

hn_follow_walk hn_follow_begin(const hn_follow *f, const hn_view *view)
{
    const hn_fold *fold = view->fold;
    size_t n = fold->changed.n, seen = f->fold ? f->n_changed : n;
    uint32_t n_common = lesser(f->n_trials, view->n_trials);
    hn_follow_walk walk = {.before = HN_NONE,
                           .n_common = n_common,
                           .result = lesser(f->n_results, view->n_results),
                           .results_end = lesser(greater(f->n_results, view->n_results), n_common),
                           .trial = n_common,
                           .trials_end = greater(f->n_trials, view->n_trials)};
    if (seen < n) {
        walk.changed = fold->changed.data + seen;
        walk.changed_end = fold->changed.data + n;
    }
    return walk;
}

uint32_t hn_follow_next(hn_follow_walk *walk)
{
    while (walk->changed != walk->changed_end) {
        uint32_t trial = *walk->changed++;
        if (trial < walk->n_common && trial != walk->before)
            return walk->before = trial;
    }
    if (walk->result < walk->results_end)
        return walk->result++;
    return walk->trial < walk->trials_end ? walk->trial++ : HN_NONE;
}

void hn_follow_end(hn_follow *f, const hn_view *view)
{
    const hn_fold *fold = view->fold;
    *f = (hn_follow){.fold = fold,
                     .space = view->problem->space,
                     .n_events = fold->n_events,
                     .n_changed = fold->changed.n,
                     .n_goals = fold->goals.n,
                     .n_trials = view->n_trials,
                     .n_results = view->n_results};
}
