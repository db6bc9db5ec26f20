// What trials that were stopped or paused early would have come to at their end.
//
// A value after a few steps says little beside that of a whole training: most are still far from
// their end, and those that go on are the best. So each is carried from where it rests to the next
// resource at which trials rest, and from there on to the end, by lines that were fitted to the
// trials that have been at both.
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

typedef struct hn_expect {
    uint32_t n_levels;
    double level[HN_EXPECT_LEVELS]; // steps, ascending: where trials rest
    hn_expect_line line[HN_EXPECT_LEVELS];
    bool unlinked; // there are complete trials, but none was at the last level
    uint32_t n_trials;
    HN_VEC(uint32_t) n_reached; // [n_trials] levels that each has come to
    HN_VEC(double) y;           // [n_trials x HN_EXPECT_LEVELS] less is better; NaN: none
    HN_VEC(double) scratch;
} hn_expect;

void hn_expect_free(hn_expect *x); // all zero is fine
// A trial whose value is to be carried, or by which others are: `rests` with its last report that
// counts (HN_NONE: complete), `final` its value if it is complete.
typedef struct hn_expect_trial {
    uint32_t trial, rests;
    double final;
} hn_expect_trial;
// Learns from these trials. False when out of memory.
bool hn_expect_make(hn_expect *x, const hn_view *view, const hn_expect_trial *trials, uint32_t n);
// The highest level, from 1, that at least n of them (or all) have come to; complete ones have come
// to all. 0: there is none.
uint32_t hn_expect_level(const hn_expect *x, uint32_t n);
// Levels that trials[i] has come to.
static inline uint32_t hn_expect_reached(const hn_expect *x, uint32_t i)
{
    return x->n_reached.data[i];
}
// What trials[i] of the last hn_expect_make is expected to come to; NaN: not known.
double hn_expect_of(const hn_expect *x, uint32_t i);

#endif
