// The search of cmaes as far as a view shows it: folded over the results in their order.
//
// Invariant: everything here is a function of (space, options, seed, view). Kept up incrementally
// it equals what is rebuilt: results come in one after the other, and when one of those that were
// used has changed, all begins anew. Cost: O(n²) a result, O(λ n²) and now and then O(n³) a
// generation.
#ifndef HN_SAMPLERS_CMAES_RUN_H
#define HN_SAMPLERS_CMAES_RUN_H

#include "base/str.h"
#include "core/arrivals.h"
#include "core/merit.h"
#include "core/sources.h"
#include "learn/asng.h"
#include "learn/cma.h"
#include "learn/cma_margin.h"
#include "learn/cma_restarts.h"
#include "samplers/cmaes_start.h"

typedef enum hn_cmaes_variant { HN_CMAES_AUTO, HN_CMAES_FULL, HN_CMAES_SEP } hn_cmaes_variant;

typedef struct hn_cmaes_options {
    int64_t population; // 0: by the number of dimensions
    double sigma0;
    int32_t restarts, variant;
    bool lr_adapt;
    int64_t warm_start;
} hn_cmaes_options;

// A point that was suggested, kept until its result is in: most results are of the present
// distribution, whose draws need not be made a second time.
typedef struct hn_cmaes_drawn {
    uint32_t trial;
    uint64_t version; // of the distribution; 0: nothing is kept here
    hn_cmaes_point point;
    hn_config config;
} hn_cmaes_drawn;

// What points are drawn from.
typedef struct hn_cmaes_model {
    hn_cma cma;    // when there are axes
    double *scale; // [n]
    hn_asng choices;
} hn_cmaes_model;

// Two starts of which one is chosen by results (cmaes_race.c).
typedef enum hn_cmaes_side { HN_CMAES_COLD, HN_CMAES_WARM } hn_cmaes_side;

typedef struct hn_cmaes_race {
    bool on;                  // not decided so far
    size_t end;               // arrivals it was decided by; 0: there was none
    hn_cmaes_side won;        // the cold one where there was none
    hn_cmaes_start starts[2]; // by side
    hn_cmaes_model rival;     // while it is on: the warm one
} hn_cmaes_race;

typedef struct hn_cmaes_run {
    const hn_problem *problem;
    const hn_cmaes_options *options;
    hn_cmaes_space space;
    hn_arrivals arrivals;
    hn_arena arena;     // of the space, and for one point
    hn_arena of_run;    // of the present distribution and its generation
    hn_arena of_starts; // of both starts
    hn_arena of_call;
    hn_cmaes_point point;
    hn_config config;
    double *z, *room;      // [n]
    hn_cmaes_drawn *drawn; // the last ones
    uint64_t version;      // another one with every change of the distribution
    // What has been folded.
    bool begun;
    uint64_t digest;    // of everything of the results that it was made from (cmaes_kept.c)
    size_t n_digested;  // results in it; after a sync n_used
    size_t n_taken_up;  // of n_used, those whose fold another process has made
    hn_str kept;        // to be taken up at the first sync
    uint32_t n_sources; // results before the first of its own, which the start was learned from
    size_t n_used;      // arrivals
    size_t run_start, generation_start;
    hn_cmaes_race race;
    uint64_t n_spent; // results that counted in this run
    hn_cma_schedule schedule;
    // The distribution.
    uint32_t lambda, n_generations;
    hn_cmaes_model now;
    double *weights; // [λ] ≥ 0, sum to one: of the choices
    // The generation so far.
    uint32_t n_in;
    double *X;       // [λ × n]
    uint32_t *picks; // [λ × n_choices]
    hn_merit *merits;
    double *ranked_X;
    double *values; // [λ] of the ranked points; NaN: it has none
    uint32_t *ranked_picks;
} hn_cmaes_run;

bool hn_cmaes_run_init(hn_cmaes_run *r, const hn_problem *problem, const hn_cmaes_options *options);
void hn_cmaes_run_free(hn_cmaes_run *r);
// `sources` of earlier studies, of which nothing is kept.
hone_status hn_cmaes_run_sync(hn_cmaes_run *r, const hn_view *view, const hn_sources *sources,
                              hone_error *err);
// Round `round` of the draws for a trial from the present distribution.
void hn_cmaes_draw(hn_cmaes_run *r, uint32_t trial, uint32_t round, hn_cmaes_point out);
// The configuration that such a point stands for.
void hn_cmaes_read_drawn(const hn_cmaes_run *r, uint32_t trial, hn_cmaes_point point,
                         hn_config out);
// Keeps what round 0 of the draws for a trial gave: r->point, and the configuration it stands for.
void hn_cmaes_remember(hn_cmaes_run *r, uint32_t trial, hn_config config);
// Results of a generation of the first run.
uint32_t hn_cmaes_first_lambda(const hn_cmaes_run *r);
// Was the trial suggested by somebody else than this sampler in this version of the space?
bool hn_cmaes_is_foreign(const hn_cmaes_run *r, const hn_view *view, uint32_t trial);

// What has been folded, as bytes for another process; true when folding it again would be dear.
bool hn_cmaes_run_keep(const hn_cmaes_run *r, hn_str *out);
// Such bytes, which the first sync goes on from if they are of what it sees.
void hn_cmaes_run_recall(hn_cmaes_run *r, const void *data, size_t size);

// --- cmaes_run.c: inside ---
// A distribution with the schedule's population. False when out of memory.
bool hn_cmaes_begin_run(hn_cmaes_run *r, const hn_cmaes_start *start);

// --- cmaes_kept.c: inside ---
typedef enum hn_cmaes_taken {
    HN_CMAES_NOT_TAKEN, // it is of something else, and all is as it was
    HN_CMAES_TAKEN,
    HN_CMAES_VOID,   // it was damaged: all has to begin anew
    HN_CMAES_STARVED // out of memory: the same
} hn_cmaes_taken;
// Goes on from what was kept, once a search has begun.
hn_cmaes_taken hn_cmaes_take_up(hn_cmaes_run *r, const hn_view *view);
// Digests what has been used since it was last called.
void hn_cmaes_digest(hn_cmaes_run *r, const hn_view *view);

// --- cmaes_race.c: inside ---

// Learns the warm start; is there one? False when out of memory.
bool hn_cmaes_race_prepare(hn_cmaes_run *r, const hn_sources *sources, bool *any);
// The side that the trial is drawn from while the race is on.
hn_cmaes_side hn_cmaes_side_of(uint32_t trial);
// Decides, if enough results are in.
void hn_cmaes_race_judge(hn_cmaes_run *r, const hn_view *view);

#endif
