// What the schedulers share that pause every trial at its rung and let the best go on: which
// bracket a trial belongs to, how far it has climbed, and who goes on.
//
// Rules, the same for all of them
//  1. A trial reaches a level of the ladder with its first report at or beyond it, and is compared
//     there by its best value so far, or by the one there. NaN compares as worse than any number.
//     One that was COMPLETE before a level stands there with its final value.
//  2. Brackets are filled in order, by the trials of the search in order of their numbers. One that
//     ended before the first rung without counting to `-n` (failed, lost, killed, infeasible)
//     leaves its place to the next one.
//  3. Whoever has reached what it was started for (its `resource` in the journal) pauses; with NaN
//     there it is stopped. At R nobody is judged.
//  4. Equal scores: the trial with the lower number is the better one.
//
// All of it is a function of the view. Cost: O(levels) a report that reaches one; a decision looks
// at the trials of the brackets that are not finished, O(n log n) in their number.
#ifndef HN_SCHEDULERS_BRACKETS_H
#define HN_SCHEDULERS_BRACKETS_H

#include <hone/sys/scheduler.h>

#include "schedulers/rungs.h"
#include "schedulers/standing.h"

typedef enum hn_counted { HN_COUNTED_BEST, HN_COUNTED_LAST } hn_counted; // what counts at a rung

// Options that these schedulers have in common; their structs begin with it.
typedef struct hn_brackets_options {
    double eta, min_resource, max_resource;
    int32_t value; // hn_counted
    const char *metric;
} hn_brackets_options;

#define HN_BRACKETS_OPTIONS(eta_text, r_text, R_text)                                              \
    {"eta",                                                                                        \
     HN_OPTION_DOUBLE,                                                                             \
     offsetof(hn_brackets_options, eta),                                                           \
     eta_text,                                                                                     \
     2,                                                                                            \
     100,                                                                                          \
     NULL,                                                                                         \
     NULL,                                                                                         \
     "one in eta goes on, to eta times the resource"},                                             \
        {"min_resource",                                                                           \
         HN_OPTION_DOUBLE,                                                                         \
         offsetof(hn_brackets_options, min_resource),                                              \
         "0",                                                                                      \
         0,                                                                                        \
         1e15,                                                                                     \
         NULL,                                                                                     \
         "steps",                                                                                  \
         r_text},                                                                                  \
        {"max_resource",                                                                           \
         HN_OPTION_DOUBLE,                                                                         \
         offsetof(hn_brackets_options, max_resource),                                              \
         "0",                                                                                      \
         0,                                                                                        \
         1e15,                                                                                     \
         NULL,                                                                                     \
         "steps",                                                                                  \
         R_text},                                                                                  \
        {"value",                                                                                  \
         HN_OPTION_CHOICE,                                                                         \
         offsetof(hn_brackets_options, value),                                                     \
         "best",                                                                                   \
         1,                                                                                        \
         0,                                                                                        \
         "best|last",                                                                              \
         NULL,                                                                                     \
         "what counts at a rung: the best value so far, or the one there"},                        \
    {                                                                                              \
        "metric", HN_OPTION_TEXT, offsetof(hn_brackets_options, metric), NULL, 1, 0, NULL, NULL,   \
            "what is compared; the objective if there is just one"                                 \
    }

typedef struct hn_climber { // a trial
    double step, best;      // highest, and the score of all its reports (NaN: no number yet)
    uint32_t n_reached;     // levels
    uint32_t bracket;       // HN_NONE: in none
} hn_climber;

typedef struct hn_bracket {
    uint32_t begin, n; // of `placed`
} hn_bracket;

typedef struct hn_brackets {
    const hn_problem *problem;
    const hn_brackets_options *options;
    hn_watched watched;
    hn_ladder ladder;
    uint32_t n_kinds;
    hn_rungs kinds[HN_LADDER_MAX]; // bracket b is of kind b mod n_kinds
    size_t n_seen;                 // reports taken in
    HN_VEC(hn_climber) rows;       // by trial
    HN_VEC(double) scores;         // [trial x level], less is better
    uint64_t placed_at;            // events when the brackets were filled, + 1; 0: never
    HN_VEC(uint32_t) placed;       // trials, by bracket
    HN_VEC(hn_bracket) list;
    uint32_t n_alive;       // trials that count to `-n`, now or when they end
    HN_VEC(uint32_t) order; // scratch
    struct {                // what nothing but a change of its trials can alter: rule 2 starts here
        uint32_t n_brackets, n_placed, n_trials, n_alive;
    } done;
} hn_brackets;

// --- making ---

// Ladder and metric. Then the caller sets `kinds` and `n_kinds`. `fallback`, `span`: as
// hn_ladder_span has them. Errors: a wrong range of resources, a metric that is none, a lag.
hone_status hn_brackets_init(hn_brackets *b, const char *name, const hn_problem *problem,
                             const hn_brackets_options *options, double fallback, double span,
                             hone_error *err);
void hn_brackets_free(hn_brackets *b);

// --- what is known ---

// Takes in what was reported since, and fills the brackets.
hone_status hn_brackets_sync(hn_brackets *b, const hn_view *view, hone_error *err);
// Have all trials begun that are wanted? No bracket gets more members then.
bool hn_brackets_closing(const hn_brackets *b);
bool hn_climbed(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level);
double hn_climb_score(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level);
// Was it started for more than what leads to a level?
bool hn_given_more(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level);
// Is score `a` of a trial better than `b` of another? NaN is the worst; equal ones by number.
bool hn_comes_first(double a, uint32_t trial_a, double b, uint32_t trial_b);
// b->order [n]: sorted by their scores at a level.
void hn_brackets_sort(hn_brackets *b, const hn_view *view, uint32_t level, uint32_t n);
// Trials [*n] into b->order that a bracket has at its rung `rung`, the best of the rung before
// first; 0 when that one is still open. `sizes` [HN_LADDER_MAX]: what goes on to each rung.
uint32_t hn_bracket_at_rung(hn_brackets *b, const hn_view *view, uint32_t bracket, uint32_t rung,
                            uint64_t *sizes);
// Those of all brackets of a kind that have reached a level, into b->order; `*n_gone`: how many of
// them have gone on, but for those that ended before the next level.
uint32_t hn_brackets_at_level(hn_brackets *b, const hn_view *view, uint32_t kind, uint32_t level,
                              uint32_t *n_gone);
// Does it stand at `level` without a report to wait for, or has it ended?
bool hn_climb_settled(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level);
static inline const hn_rungs *hn_bracket_rungs(const hn_brackets *b, uint32_t bracket)
{
    return &b->kinds[bracket % b->n_kinds];
}
static inline double hn_brackets_end(const hn_brackets *b) // R
{
    return b->ladder.at[b->ladder.n - 1];
}

// --- deciding ---

// Halving with whole rungs: the first bracket's, that has somebody to go on. NEW when nobody has.
hone_status hn_brackets_next(hn_brackets *b, const hn_view *view, hn_next *out, hone_error *err);
// Halving with rungs as they are now; nobody goes beyond level `top`.
hone_status hn_brackets_next_async(hn_brackets *b, const hn_view *view, uint32_t top, hn_next *out,
                                   hone_error *err);

// Why a trial stands where it does, for people; see hn_scheduler_class.explain. `async`: its rungs
// are those of all brackets of its kind.
char *hn_brackets_explain(hn_brackets *b, const hn_view *view, uint32_t trial, bool async);

// --- parts of a scheduler's class, whose state begins with hn_brackets ---

hone_status hn_brackets_resource(void *self, const hn_view *view, uint32_t trial, double *out,
                                 hone_error *err);
hone_status hn_brackets_report(void *self, const hn_view *view, uint32_t trial, double step,
                               hn_verdict *out, hone_error *err);
hone_status hn_brackets_observe(void *self, const hn_view *view, uint32_t trial, hone_error *err);
void hn_brackets_fini(void *self);

#endif
