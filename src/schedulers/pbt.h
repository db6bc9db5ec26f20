// What the files of pbt share: its options, who there is in a population, and where they stand. The
// method is told in pbt.c.
#ifndef HN_SCHEDULERS_PBT_H
#define HN_SCHEDULERS_PBT_H

#include <hone/sys/scheduler.h>

#include "schedulers/marks.h"

enum { TRUNCATION, TOURNAMENT };

typedef struct hn_pbt_options {
    int64_t population;
    double interval, max_resource, quantile, perturb, resample;
    int32_t exploit;
    const char *keep, *metric;
} hn_pbt_options;

// What a trial is to the population now: counted anew whenever something happens to it, so that a
// decision need not look at them all. "There": at the level, the milestone at which the last of the
// living stand.
enum {
    IS_MEMBER,       // dead ones included
    IS_FOUNDER,      // a member that is no fork
    IS_ALIVE,        // a member that has not finished
    IS_COMPLETE,     // a member, too
    IS_BEHIND,       // alive and below the level, which is to be found anew then
    IS_THERE,        // alive
    IS_READY,        // paused there, with nobody who has yet to copy it
    IS_BORN_THERE,   // a fork
    IS_PENDING,      // stands there and has not paused yet
    HAS_ARRIVED,     // paused there, or replaced
    HAS_GONE_ON,     // from there
    IS_GUEST,        // no member, and has not finished
    IS_GUEST_PAUSED, // … but paused
    HAS_TO_COPY,     // perhaps: a fork that has shown no sign yet that it runs
    N_PARTS
};

typedef struct hn_pbt_row { // of a trial
    uint32_t born;          // milestone at whose checkpoint it began, 0: at none
    uint32_t level;         // last milestone that it has reached, or was born at
    uint32_t epoch;         // attempt that reached it
    uint32_t held;          // forks of it that have yet to copy it
    double score;           // at `level`; less is better, NaN: worst
    uint16_t parts;         // bits: what it is
    uint16_t queued;        // bits: in which queues it is
} hn_pbt_row;

static inline bool hn_pbt_is(const hn_pbt_row *row, int part)
{
    return row->parts >> part & 1;
}

typedef struct hn_pbt_member {
    uint32_t trial;
    double score;
} hn_pbt_member;

typedef HN_VEC(hn_pbt_member) hn_pbt_members;

typedef struct hn_pbt {
    const hn_problem *problem;
    const hn_pbt_options *options;
    hn_aims aims;
    double interval;
    uint32_t last;           // milestone before the end
    size_t n_seen;           // reports
    uint32_t n_counted;      // trials
    uint32_t ends;           // who was ended by the last decision: it is paused still; HN_NONE
    HN_VEC(hn_pbt_row) rows; // by trial
    hn_marks marks;          // where they count
    HN_VEC(double) shown;    // … [trial x width], at the milestone of row.score
    uint32_t n[N_PARTS];     // trials that are it
    uint32_t level;          // the lowest of the living members
    uint32_t end;            // the founders lie before it; while there are too few, all trials do
    hn_numbers ready;        // heaps, the lowest number first: all that are IS_READY,
    hn_numbers guests;       // or IS_GUEST_PAUSED, and some that were
    bool ranked;             // the four below are of now
    hn_pbt_members arrived;  // at the level, replaced ones included; the best first
    hn_pbt_members losers;   // .trial is replaced by a fork of …
    HN_VEC(uint32_t) winners;
    size_t n_ended;          // losers that are known to have ended, the first ones
    hn_pbt_members compared; // who was ever at compared_level, the best first, as of …
    uint32_t compared_level; // 0: not known
    size_t compared_seen;    // … so many reports
} hn_pbt;

// --- pbt_members.c ---
// The resource of a milestone; the last one's and beyond: a whole training.
double hn_pbt_step(const hn_pbt *s, uint32_t level);
static inline bool hn_pbt_is_fork(const hn_trial *t)
{
    return t->origin == HONE_ORIGIN_FORK && t->parent >= 0;
}
// Takes in trials and reports that have come since.
hone_status hn_pbt_sync(hn_pbt *s, const hn_view *view, hone_error *err);
// Something has happened to a trial.
void hn_pbt_recount(hn_pbt *s, const hn_view *view, uint32_t trial);
// Finds the level anew when nobody lives there any more, or somebody does below: O(trials), once a
// milestone.
void hn_pbt_find_level(hn_pbt *s, const hn_view *view);
// The lowest number that is IS_READY or IS_GUEST_PAUSED, HN_NONE.
uint32_t hn_pbt_first(hn_pbt *s, int part);
// Ranks who has arrived: s->arrived.
hone_status hn_pbt_rank(hn_pbt *s, hone_error *err);
int64_t hn_pbt_count_room(const hn_pbt *s, const hn_fold *fold);
int hn_pbt_by_score(const void *a, const void *b); // of members, for qsort
bool hn_pbt_is_better(const hn_pbt_member *a, const hn_pbt_member *b);

// --- pbt_explain.c ---
char *hn_pbt_explain(void *self, const hn_view *view, uint32_t trial);

#endif
