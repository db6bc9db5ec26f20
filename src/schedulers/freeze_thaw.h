// What the files of freeze-thaw share: its options, and what is known of each trial. The method is
// told in freeze_thaw.c.
#ifndef HN_SCHEDULERS_FREEZE_THAW_H
#define HN_SCHEDULERS_FREEZE_THAW_H

#include <hone/sys/scheduler.h>

#include "learn/curve.h"
#include "num/ranks.h"
#include "schedulers/standing.h"

#define THAW_LATE (1 / 3.0) // of a training: what lies behind it is to finish somebody
#define THAW_UNIT 0x1p20    // sums of shares of R are kept as whole numbers of 1 / it

enum { THAW_BY_STEPS, THAW_BY_TIME };

typedef struct hn_thaw_options {
    double max_resource, interval, growth, probability, finish;
    int64_t basket;
    int32_t cost;
    const char *metric;
} hn_thaw_options;

// Sets of trials, each ordered by a number of theirs.
typedef enum hn_thaw_set {
    THAW_NOW,           // what it shows
    THAW_AT_END,        // its value at R, foretold or reached; what it shows, of one value
    THAW_BOUND,         // m - 2 s of those whose curve foretells something …
    THAW_BOUND_PAUSED,  // … and that are paused
    THAW_END_PAUSED,    // m of these
    THAW_SINGLE,        // the value of those that have but one …
    THAW_SINGLE_PAUSED, // … and that are paused
    THAW_FAR,           // minus the step of those in THAW_BOUND, and of complete ones
    THAW_RESULT,        // the value of complete ones
    THAW_SETS
} hn_thaw_set;

typedef struct hn_thaw_forecast { // of a curve
    uint32_t n;                   // reports that it is of, 0: none has been made
    bool foretells;
    double m, s, df;
} hn_thaw_forecast;

typedef struct hn_thaw_row { // of a trial, as of its last pause or its end
    uint32_t in;             // bit k: it is in set k
    bool due;                // something has happened to it
    bool finishing;          // runs, to beyond THAW_LATE
    int8_t resumed; // its last attempt began: 1 anew, -1 where one had come to, 0: not known
    uint8_t flags;  // as they were …
    uint32_t epoch; // … in this attempt; while it runs its reports change nothing
    double key[THAW_SETS];
    double step, now, m, s, df; // values as scores: less is better
    double early;               // score where the first slice ends, NaN: none there
    uint64_t spent;             // 2^-20 R; 0: not begun
    uint64_t given, given_late; // 2^-20 R, to its limit where it runs; of that beyond THAW_LATE
    uint64_t timed, timed_us;   // 2^-20 R that took so long; 0: not known
    hn_thaw_forecast last;
} hn_thaw_row;

typedef struct hn_thaw {
    const hn_problem *problem;
    const hn_thaw_options *options;
    hn_watched watched;
    double interval;
    bool ready; // every trial has a row, those in `due` are not up to date
    hn_ranks ranks;
    uint32_t sets[THAW_SETS];
    HN_VEC(hn_thaw_row) rows;
    HN_VEC(uint32_t) due;
    uint32_t n_begun, n_finishing; // n_finishing: rows that are
    uint32_t n_anew, n_kept;       // n_anew, n_kept: rows whose `resumed` is 1 and -1
    uint64_t spent, given, given_late, timed, timed_us; // sums over the rows
    uint32_t n_read;              // scratch: reports that the curve in `steps` is of
    HN_VEC(double) steps, values; // scratch: the same as columns
    HN_VEC(uint32_t) front;       // scratch: the first `basket` of a set
    hn_curve curve;               // scratch
} hn_thaw;

// --- freeze_thaw_trials.c ---

void hn_thaw_free(void *self);
// Something has happened to a trial.
hone_status hn_thaw_observe(void *self, const hn_view *view, uint32_t trial, hone_error *err);
// Takes in what has happened since: rows, sets and sums are as of now.
hone_status hn_thaw_sync(hn_thaw *s, const hn_view *view, hone_error *err);

static inline double hn_thaw_score(const hn_thaw *s, double value) // less is better
{
    return s->watched.maximize ? -value : value;
}

static inline bool hn_thaw_in(const hn_thaw_row *r, hn_thaw_set k)
{
    return r->in >> k & 1;
}

#endif
