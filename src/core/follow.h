// Following a view: which trials to look at (again), to come from what was seen of a study to what
// is to be seen of it now.
//
// A cache over the trials (core/evidence.h, core/arrivals.h) looks at each trial as a whole,
// whatever it held of it before: it is then a function of the view alone. What it needs is who to
// look at.
//
//     if (!hn_follow_goes_on(&c->follow, view))
//         forget(c);                                   // and c->follow with it: all zero
//     hn_follow_walk walk = hn_follow_begin(&c->follow, view);
//     while ((trial = hn_follow_next(&walk)) != HN_NONE)
//         look_at(c, view, trial);
//     hn_follow_end(&c->follow, view);
//
// Every trial whose look may have become another one comes: what the fold says has changed, and
// what has come into sight or gone out of it, be it the trial or its result only. Trials of the
// fold that the view does not show (numbers from view->n_trials on) come when they did show before.
// Afterwards everything is as if made anew for this view. Cost: O(1) for each of these trials and
// each event since; a walk from nothing is all of the view's trials, once each.
#ifndef HN_CORE_FOLLOW_H
#define HN_CORE_FOLLOW_H

#include "core/view.h"

// What has been followed; all zero: nothing.
typedef struct hn_follow {
    const hn_fold *fold;
    const hone_space *space;
    uint64_t n_events;
    size_t n_changed, n_goals;
    uint32_t n_trials, n_results;
} hn_follow;

typedef struct hn_follow_walk {
    const uint32_t *changed, *changed_end;
    uint32_t before;              // the trial that came last for a change of its own
    uint32_t n_common;            // trials below show in both views
    uint32_t result, results_end; // of these, whose results come into sight or go out of it
    uint32_t trial, trials_end;   // who comes into sight or goes out of it
} hn_follow_walk;

// Does the view show a later (or the same) state of what was followed, maybe less of it? Otherwise,
// with another fold, one that was taken back, another space or other goals, all starts anew.
bool hn_follow_goes_on(const hn_follow *f, const hn_view *view);
hn_follow_walk hn_follow_begin(const hn_follow *f, const hn_view *view);
// The next one, HN_NONE at the end. A trial may come more than once.
uint32_t hn_follow_next(hn_follow_walk *walk);
// All of them have been looked at.
void hn_follow_end(hn_follow *f, const hn_view *view);

#endif
