// What trials that were stopped or paused early would have come to at their end.
//
// A value after a few steps says little beside that of a whole training: most are still far from
// their end, and those that go on are the best. So each is carried from where it rests to the next
// resource at which trials rest, and from there on to the end, by lines that were fitted to the
// trials that have been at both.
//
// Who keeps this tells it of each trial that has changed; what it reads of a trial's reports is
// kept. Everything it says is a function of what the trials are, not of how they came to be so.
#ifndef HN_CORE_EXPECT_H
#define HN_CORE_EXPECT_H

#include "base/vec.h"
#include "core/view.h"

enum { HN_EXPECT_LEVELS = 16 };

// From one level to the next: y' = mean_y + slope (min(y, most) - mean_x).
typedef struct hn_expect_line {
    double mean_x, mean_y, slope, most;
    uint32_t n; // trials that were at both
} hn_expect_line;

// A trial whose value is to be carried, or by which others are: `rests` with its last report that
// counts, or HN_NONE and `final`, its value, if it is complete. Neither: it is not looked at.
typedef struct hn_expect_trial {
    uint32_t rests;
    double final; // NaN: none
} hn_expect_trial;

// Steps at which trials rest.
typedef struct hn_expect_step {
    double step;
    uint32_t n; // so many do
} hn_expect_step;

typedef struct hn_expect {
    uint32_t n_levels, from;        // levels that count: from[…n_levels - 1]
    double level[HN_EXPECT_LEVELS]; // steps, ascending: where trials rest
    hn_expect_line line[HN_EXPECT_LEVELS];
    bool unlinked; // there are complete trials, but none was at the last level
    // By trial.
    HN_VEC(hn_expect_trial) trials;
    HN_VEC(double) furthest;  // step: +inf complete, -inf not looked at
    HN_VEC(double) y;         // [x HN_EXPECT_LEVELS] less is better; NaN: none
    HN_VEC(uint32_t) read_at; // the version of the levels that y is of, 0: not read
    uint32_t version, n_rest, n_complete;
    HN_VEC(hn_expect_step) steps; // ascending
    HN_VEC(uint32_t) among;       // trials that have come to level `from`, ascending
    HN_VEC(double) scratch;
} hn_expect;

void hn_expect_free(hn_expect *x); // all zero is fine
void hn_expect_forget(hn_expect *x);
// A trial is another one from now on: O(its reports up to there). False when out of memory.
bool hn_expect_set(hn_expect *x, const hn_view *view, uint32_t trial, hn_expect_trial now);
// Learns from the trials: `among` are afterwards those that have come to the highest level, from 1,
// that at least n of them (or all) have come to; complete ones have come to all. O(trials), and
// O(reports) of these where levels have moved. False when out of memory.
bool hn_expect_make(hn_expect *x, const hn_view *view, uint32_t n);
// What one of `among` is expected to come to; NaN: not known.
double hn_expect_of(const hn_expect *x, uint32_t trial);

#endif
