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

typedef struct hn_pbt_row { // of a trial
    uint32_t born;          // milestone at whose checkpoint it began, 0: at none
    uint32_t level;         // last milestone that it has reached, or was born at
    uint32_t epoch;         // attempt that reached it
    double score;           // there; less is better, NaN: worst
    uint32_t held;          // see mark_held
    bool settled;           // see hn_pbt_settled
} hn_pbt_row;

// Who has ended at a milestone before the one of now, or is no member for good: of these nothing
// but their numbers counts, and they are not looked at again until something happens to one.
typedef struct hn_pbt_settled {
    bool known;        // otherwise all are looked at
    uint32_t level;    // who has ended below it is settled
    uint32_t end;      // hn_pbt_founders_end of then
    uint32_t n_listed; // trials below are settled, or in `open`
    uint32_t n_founders, n_complete;
    HN_VEC(uint32_t) open; // ascending
} hn_pbt_settled;

typedef struct hn_pbt_member {
    uint32_t trial;
    double score;
} hn_pbt_member;

typedef struct hn_pbt {
    const hn_problem *problem;
    const hn_pbt_options *options;
    hn_aims aims;
    double interval;
    uint32_t last;           // milestone before the end
    size_t n_seen;           // reports
    uint32_t ends;           // who was ended by the last decision: it is paused still; HN_NONE
    uint32_t n_looks;        // for somebody to go on
    HN_VEC(hn_pbt_row) rows; // by trial
    hn_marks marks;          // where they count
    HN_VEC(double) shown;    // … [trial x width], at the milestone of row.score
    hn_pbt_settled settled;
    HN_VEC(uint32_t) all; // members, dead ones included, but those that are settled
    HN_VEC(hn_pbt_member)
    arrived;                      // at the milestone of now, replaced ones included; the best first
    HN_VEC(hn_pbt_member) losers; // .trial is replaced by a fork of …
    HN_VEC(uint32_t) winners;
} hn_pbt;

// What there is now.
typedef struct hn_pbt_census {
    uint32_t n_founders, n_alive, n_complete;
    int64_t guest;    // one that is paused, -1
    bool guests;      // there are some that have not finished
    uint32_t level;   // the lowest of the living
    uint32_t n_forks; // born there
    bool pending;     // somebody stands there who has not paused yet
    bool closed;      // somebody has gone on from there
    int64_t n_room;   // trials that may yet be begun
} hn_pbt_census;

// --- pbt_members.c ---
// The resource of a milestone; the last one's and beyond: a whole training.
double hn_pbt_step(const hn_pbt *s, uint32_t level);
static inline bool hn_pbt_is_fork(const hn_trial *t)
{
    return t->origin == HONE_ORIGIN_FORK && t->parent >= 0;
}
// Takes in what has been reported since.
hone_status hn_pbt_sync(hn_pbt *s, const hn_view *view, hone_error *err);
// The number behind the last founder: from there on, who is no fork is a guest.
uint32_t hn_pbt_founders_end(const hn_pbt *s, const hn_view *view);
// Something has happened to a trial.
void hn_pbt_unsettle(hn_pbt *s, uint32_t trial);
// Lists the members and says how far the last of the living is. O(members), and O(trials) when
// that has changed; `whole`: those that are settled, too.
hone_status hn_pbt_count_members(hn_pbt *s, const hn_view *view, bool whole, hn_pbt_census *c,
                                 hone_error *err);
// Who stands at the milestone, or was replaced there, and whether anybody has gone on.
hone_status hn_pbt_count_arrived(hn_pbt *s, const hn_fold *fold, hn_pbt_census *c, hone_error *err);
int64_t hn_pbt_count_room(const hn_pbt *s, const hn_fold *fold);
int hn_pbt_by_score(const void *a, const void *b); // of members, for qsort
bool hn_pbt_is_better(const hn_pbt_member *a, const hn_pbt_member *b);

// --- pbt_explain.c ---
char *hn_pbt_explain(void *self, const hn_view *view, uint32_t trial);

#endif
