// How trials compare that are judged by more than one number: by several objectives, under
// constraints, or both. Schedulers that compare by a single number do not need any of this.
//
// A mark [1 + n] is what a trial shows at a step: by how much it breaks the study's constraints in
// all (0: it breaks none), then a score of each of the n objectives, of which less is better.
//
// Rules, the same for all of them
//  1. A metric counts by the value of the last report at or below the highest step so far; so two
//     objectives may come in two reports, and one that does not change needs to be reported once. A
//     trial has marks from the report on with which each objective has been there; a report without
//     any of them is not one.
//  2. A constraint whose metric has yet to be reported is not broken. One whose metric is NaN is
//     broken without bound.
//  3. Trials that break nothing come before those that do, and of these the one that breaks less
//     comes first (Deb: An efficient constraint handling method for genetic algorithms. 2000).
//  4. Among those that break nothing come whole fronts, the one that nobody dominates first.
//  5. Inside a front: first the trial that is nearest to the front's best values, then always the
//     one that is farthest from all before it, each objective in shares of the front's range: the
//     first k of a front, for any k, are spread over it (the epsilon-net of Schmucker, Donini,
//     Zafar, Salinas, Archambeau: Multi-objective asynchronous successive halving. 2021).
//  6. With NaN for an objective a trial comes last. What is left is told by the lower number.
#ifndef HN_SCHEDULERS_MARKS_H
#define HN_SCHEDULERS_MARKS_H

#include "base/arena.h"
#include "schedulers/standing.h"

typedef struct hn_aims {
    const hn_problem *problem;
    hn_watched watched; // the only objective that is compared, or the first one
    uint32_t n;         // how many objectives are compared
    bool many;          // a single number does not say it: several objectives, or constraints
} hn_aims;

enum { HN_MARK_MOST = 1 + HN_MAX_METRICS };

// The metric called `name`, or all objectives with NULL. Errors: as those of hn_watch_choose.
hone_status hn_aims_choose(const hn_problem *problem, const char *scheduler, const char *name,
                           hn_aims *out, hone_error *err);
static inline uint32_t hn_mark_width(const hn_aims *aims)
{
    return 1 + aims->n;
}
bool hn_mark_is_number(const hn_aims *aims, const double *mark);
bool hn_mark_is_equal(const hn_aims *aims, const double *x, const double *y);
// Is x better in every respect: by rule 3, or else nowhere worse and somewhere better?
bool hn_mark_dominates(const hn_aims *aims, const double *x, const double *y);

typedef struct hn_shown { // by a trial
    double step, best;    // highest; of the only objective
    uint64_t present;     // metrics
} hn_shown;

typedef struct hn_marks {
    HN_VEC(hn_shown) rows; // by trial
    HN_VEC(double) latest; // [trials x metrics]
} hn_marks;

void hn_marks_free(hn_marks *marks);
void hn_marks_clear(hn_marks *marks);
// Takes a report in; they come in the order of the journal. `*seen`: `mark` is what the trial shows
// from then on (rule 1). `best`: a single objective counts by its best value so far.
hone_status hn_marks_take(hn_marks *marks, const hn_aims *aims, const hn_fold *fold,
                          const hn_report *report, bool best, bool *seen, double *mark,
                          hone_error *err);
// The same for schedulers that go by a score, less is better: that of the only objective, or, with
// marks, of the first one; NaN for what is no number. `best`: in and out, a single objective's best
// score so far, for `by_best`. `mark` is written with marks alone.
hone_status hn_score_take(hn_marks *marks, const hn_aims *aims, const hn_fold *fold,
                          const hn_report *report, bool by_best, double *best, bool *seen,
                          double *score, double *mark, hone_error *err);
// What a COMPLETE trial shows in the end.
void hn_mark_of_complete(const hn_aims *aims, const hn_view *view, uint32_t trial, double *mark);

typedef struct hn_place {
    uint32_t index; // of the mark
    uint32_t tier;  // front, and so on: equal for marks that only rules 5 and 6 tell apart
} hn_place;

// places [n]: the marks [n x width] of `trials` [n], the best first. False when out of memory.
// O(n log n + Σ f²) for fronts of f trials and two objectives, else O(n²).
bool hn_marks_order(const hn_aims *aims, const double *marks, const uint32_t *trials, uint32_t n,
                    hn_place *places, hn_arena *arena);

enum { HN_MARK_TEXT = 160 };
// What goes behind a trial's place, for people: " (breaks latency<=20)", the constraint that it
// breaks by most, if it breaks some; with several objectives " (dominated by 7)", or "none"; else
// nothing.
void hn_marks_say(const hn_marks *marks, const hn_aims *aims, uint32_t trial, double broken,
                  uint32_t n_dominating, char out[HN_MARK_TEXT]);

#endif
