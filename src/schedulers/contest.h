// The trials at one rung of asha: who is better than whom, who is held there, who goes on first.
//
// Where one number says who is better they are kept in order (num/ranks): O(log n) for everything.
// Where several objectives or constraints do (marks.h), the order is made when it is asked for and
// somebody has been added since: O(n log n), and O(n) to find an entrant.
#ifndef HN_SCHEDULERS_CONTEST_H
#define HN_SCHEDULERS_CONTEST_H

#include "num/ranks.h"
#include "schedulers/marks.h"

typedef struct hn_contests { // what the rungs of a scheduler share
    hn_aims aims;
    bool lag; // trials see some of the others only
    hn_ranks ranks;
    hn_marks marks;
} hn_contests;

typedef struct hn_showing { // of a trial by a report
    double score;           // less is better; NaN: no number. Where marks count, one of them
    double mark[HN_MARK_MOST];
} hn_showing;

typedef struct hn_entrant {
    uint32_t trial;
    bool held, lost;
} hn_entrant;

typedef struct hn_contest {
    // Sets of (score, trial). Held: pause, not promoted yet; lost: ended before the next rung.
    uint32_t all, held, lost;
    HN_VEC(double) scores; // with a lag: by trial, NaN: not here
    // Instead of all these, where marks count:
    HN_VEC(hn_entrant) entrants; // as they came
    HN_VEC(double) marks;        // [entrants x width]
    HN_VEC(hn_place) places;     // the best first; of fewer than all: not up to date
    uint32_t n_held, n_lost;
} hn_contest;

#define HN_CONTEST_EMPTY                                                                           \
    {                                                                                              \
        .all = HN_RANKS_EMPTY, .held = HN_RANKS_EMPTY, .lost = HN_RANKS_EMPTY                      \
    }

void hn_contests_free(hn_contests *contests);
// Forgets what was shown; the contests are to be freed.
void hn_contests_clear(hn_contests *contests);
void hn_contest_free(hn_contest *contest);

// Takes a report in; they come in the order of the journal. `*best`: of the trial's scores, NaN at
// first. `by_best`: that one counts. `*seen`: `*out` is what the trial shows now.
hone_status hn_contests_take(hn_contests *contests, const hn_fold *fold, const hn_report *report,
                             bool by_best, double *best, bool *seen, hn_showing *out,
                             hone_error *err);
// Adds a trial once; shown->score is not NaN. `score` is always that with which it was added.
hone_status hn_contest_add(hn_contests *contests, hn_contest *contest, uint32_t trial,
                           const hn_showing *shown, hone_error *err);
hone_status hn_contest_hold(hn_contests *contests, hn_contest *contest, uint32_t trial,
                            double score, hone_error *err);
void hn_contest_let_go(hn_contests *contests, hn_contest *contest, uint32_t trial, double score);
hone_status hn_contest_lose(hn_contests *contests, hn_contest *contest, uint32_t trial,
                            double score, hone_error *err);

typedef struct hn_contest_count {
    uint32_t all, held, lost;
} hn_contest_count;
hn_contest_count hn_contest_count_of(const hn_contests *contests, const hn_contest *contest);

typedef struct hn_contest_place {
    uint32_t n;            // that are compared, the trial itself included
    uint32_t n_better;     // that come before it and have not shown the very same
    uint32_t n_dominating; // where marks count
    double broken;         // by how much it breaks the constraints
} hn_contest_place;
// Where a trial stands among those with numbers below `hidden` and itself; UINT32_MAX: all.
hone_status hn_contest_look(const hn_contests *contests, const hn_contest *contest, uint32_t trial,
                            double score, uint32_t hidden, hn_contest_place *out, hone_error *err);
// The best one that is held and PAUSED, if fewer than `n_good` that are not lost come before it;
// `*trial` is HN_NONE if there is none.
hone_status hn_contest_promote(const hn_contests *contests, hn_contest *contest,
                               const hn_fold *fold, double n_good, uint32_t *trial,
                               hone_error *err);
// "by now it has place 3 of 9 there", made by hn_explain; NULL when out of memory.
char *hn_contest_say(const hn_contests *contests, const hn_contest *contest, uint32_t trial,
                     double score);

#endif
