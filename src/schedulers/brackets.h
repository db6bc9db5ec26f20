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
//  4. Equal scores: the trial with the lower number is the better one. Several objectives, and
//     constraints: by the order of marks.h; several objectives count by their values at the level.
//  5. With `fresh` only the first bracket promotes. A later one has as many places as all its rungs
//     together, those of the lowest first: each is for a new trial, which trains as far as its rung
//     and is stopped there. A place stays with its trial, whatever becomes of it.
//
// All of it is a function of the view. Cost: O(1) a report, O(levels log n) an event of a trial
// that moves it; a decision looks at those brackets alone in which something has changed (rung by
// rung), or at one trial a rung (as they come).
#ifndef HN_SCHEDULERS_BRACKETS_H
#define HN_SCHEDULERS_BRACKETS_H

#include <hone/sys/sampler.h>
#include <hone/sys/scheduler.h>

#include "num/ranks.h"
#include "schedulers/marks.h"
#include "schedulers/rungs.h"

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
         "what counts at a rung: the best value so far, or the one there, as of several "          \
         "objectives"},                                                                            \
    {                                                                                              \
        "metric", HN_OPTION_TEXT, offsetof(hn_brackets_options, metric), NULL, 1, 0, NULL, NULL,   \
            "what is compared alone; by default all objectives"                                    \
    }

typedef struct hn_climber { // a trial
    double step, best;      // highest, and the score of all its reports (NaN: no number yet)
    double limit;           // as it was when the trial last changed: its resource …
    uint32_t n_reached;     // levels
    uint32_t bracket;       // HN_NONE: in none
    uint8_t state;          // … its state …
    bool counts;            // … and whether it is of the search
    bool changed;           // is in `changed`
    bool is_short;          // is in levels.too_short
} hn_climber;

typedef struct hn_bracket {
    uint32_t begin, n;   // of `placed`
    bool idle, finished; // nobody of it goes on until one of them changes; nobody ever will
} hn_bracket;

// What a trial is at a level, as hn_levels knows it.
typedef struct hn_entry {
    double score;
    uint32_t kind;
    bool in, gone, stays, held;
} hn_entry;

// The trials of one kind of brackets at one level.
typedef struct hn_level {
    uint32_t n, n_gone;   // that have climbed it, that have gone on and not dropped out since
    uint32_t stays, held; // those with a number: not dropped out; paused, and not gone on
    bool looked;          // where marks count: `best` of `held` is known, HN_NONE, and how many …
    uint32_t best, n_before; // … of `stays` come before it
} hn_level;

// The rungs of asynchronous halving, kept as trials change.
typedef struct hn_levels {
    hn_ranks ranks;
    HN_VEC(hn_level) at;      // [kind x level], none before the first look
    HN_VEC(hn_entry) entries; // [trial x level]
    uint32_t too_short;       // paused below the first rung of the bracket that they are in
} hn_levels;

typedef struct hn_brackets {
    const hn_problem *problem;
    const hn_brackets_options *options;
    hn_aims aims;
    hn_ladder ladder;
    uint32_t n_kinds;
    hn_rungs kinds[HN_LADDER_MAX]; // bracket b is of kind b mod n_kinds
    bool fresh;                    // rule 5
    hn_rung rungs[HN_LADDER_MAX];  // [ladder.n] for samplers, with `fresh`
    size_t n_seen;                 // reports taken in
    uint32_t n_backward;           // of them, those that were not further than one before
    HN_VEC(hn_climber) rows;       // by trial
    HN_VEC(double) scores;         // [trial x level], less is better
    hn_marks marks;                // where they count
    HN_VEC(double) shown;          // … [trial x level x width]
    bool no_memory;                // to sort by marks, since this was cleared
    uint32_t n_filled;             // trials that the brackets have been filled with
    bool refill;                   // another place than those they have is due to some of them
    HN_VEC(uint32_t) placed;       // trials, by bracket
    HN_VEC(hn_bracket) list;
    uint32_t n_alive;         // trials that count to `-n`, now or when they end
    HN_VEC(uint32_t) changed; // trials since the last decision, each once
    bool was_closing;         // at the last decision
    hn_levels levels;
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
// Brackets after the first promote nobody; `kinds` are set. Refuses nothing.
void hn_brackets_refresh(hn_brackets *b);
void hn_brackets_free(hn_brackets *b);

// --- what is known ---

// Takes in what was reported since, and fills the brackets. b->changed has whom something has
// happened to since the last decision.
hone_status hn_brackets_sync(hn_brackets *b, const hn_view *view, hone_error *err);
// Have all trials begun that are wanted? No bracket gets more members then.
bool hn_brackets_closing(const hn_brackets *b);
bool hn_climbed(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level);
double hn_climb_score(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level);
// Was it started for more than what leads to a level?
bool hn_given_more(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level);
// Is score `a` of a trial better than `b` of another? NaN is the worst; equal ones by number.
bool hn_comes_first(double a, uint32_t trial_a, double b, uint32_t trial_b);
// What hn_climb_score is a score of, where marks count; mark [width].
void hn_climb_mark(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level,
                   double *mark);
// As hn_brackets_sort, where marks count; tiers [n], unless NULL: see hn_place. Without memory
// nothing is sorted, and b->no_memory is set.
void hn_brackets_sort_marks(hn_brackets *b, const hn_view *view, uint32_t level, uint32_t n,
                            uint32_t *tiers);
// b->order [n]: sorted by their scores at a level.
void hn_brackets_sort(hn_brackets *b, const hn_view *view, uint32_t level, uint32_t n);
// Trials [*n] into b->order that a bracket has at its rung `rung`, the best of the rung before
// first; 0 when that one is still open. `sizes` [HN_LADDER_MAX]: what goes on to each rung.
uint32_t hn_bracket_at_rung(hn_brackets *b, const hn_view *view, uint32_t bracket, uint32_t rung,
                            uint64_t *sizes);
// How those of all brackets of a kind stand at a level, as the last hn_brackets_next_async saw it.
static inline const hn_level *hn_brackets_level(const hn_brackets *b, uint32_t kind, uint32_t level)
{
    return &b->levels.at.data[(size_t)kind * b->ladder.n + level];
}
// Does it stand at `level` without a report to wait for, or has it ended?
bool hn_climb_settled(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level);
static inline const hn_rungs *hn_bracket_rungs(const hn_brackets *b, uint32_t bracket)
{
    return &b->kinds[bracket % b->n_kinds];
}
// Does a bracket promote? (Rule 5.)
static inline bool hn_bracket_climbs(const hn_brackets *b, uint32_t bracket)
{
    return !b->fresh || bracket == 0;
}
uint64_t hn_bracket_capacity(const hn_brackets *b, uint32_t bracket);
// The rung of its bracket that member `k` of one that does not promote is for, else 0.
uint32_t hn_bracket_rung_of(const hn_brackets *b, uint32_t bracket, uint32_t k);
// The level that a trial in a bracket begins at, or is for.
uint32_t hn_climb_first(const hn_brackets *b, uint32_t trial);
static inline double hn_brackets_end(const hn_brackets *b) // R
{
    return b->ladder.at[b->ladder.n - 1];
}

// --- deciding ---

// Forgets b->changed: its trials have been looked at.
void hn_brackets_settle(hn_brackets *b);
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
bool hn_brackets_place(void *self, const hn_view *view, uint32_t trial, hn_rung_place *out);
hone_status hn_brackets_report(void *self, const hn_view *view, uint32_t trial, double step,
                               hn_verdict *out, hone_error *err);
hone_status hn_brackets_observe(void *self, const hn_view *view, uint32_t trial, hone_error *err);
hone_status hn_brackets_compared(void *self, const hn_view *view, hn_compared *out,
                                 hone_error *err);
void hn_brackets_fini(void *self);

#endif
