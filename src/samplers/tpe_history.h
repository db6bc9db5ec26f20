// What tpe knows of the trials: which are good, which are bad, kept in step with the view.
//
// Invariant: everything here is a function of (options, view); the order in which results came
// does not matter. Cost: O(log n) a change of a trial; a split O(kernels).
#ifndef HN_SAMPLERS_TPE_HISTORY_H
#define HN_SAMPLERS_TPE_HISTORY_H

#include "base/vec.h"
#include "core/dedupe.h"
#include "core/evidence.h"
#include "core/follow.h"
#include "core/merit.h"

typedef enum hn_tpe_weights { HN_TPE_OLD_DECAY, HN_TPE_UNIFORM, HN_TPE_IMPROVEMENT } hn_tpe_weights;

typedef struct hn_tpe_split_options {
    double gamma;                      // share of the trials that are good
    int64_t max_good;                  // at most so many
    int64_t max_kernels;               // bad ones that are kept
    int32_t good_weights, bad_weights; // hn_tpe_weights
    bool pending;                      // running trials count as bad
} hn_tpe_split_options;

typedef HN_VEC(hn_merit) hn_tpe_ranks; // in order

typedef struct hn_tpe_history {
    const hn_problem *problem;
    const hn_tpe_split_options *options;
    hn_follow follow;
    // By trial.
    HN_VEC(uint8_t) kinds;
    HN_VEC(uint32_t) rows; // of the configuration in the fold; HN_NONE
    uint32_t n_ranked, n_evidence;
    uint32_t n_resting;       // ranked ones that were stopped or paused before their end
    hn_tpe_ranks best;        // the best ones
    hn_tpe_ranks carried;     // scratch: with those that rest at what they would come to
    HN_VEC(uint32_t) pending; // numbers, ascending
    HN_VEC(uint32_t) sample;  // an even sample of the evidence: numbers, ascending
    uint32_t sample_level, levels[32];
    // Several objectives: the good ones among the first n_fronted ranked trials, found last.
    HN_VEC(uint32_t) front_good;        // ascending
    uint32_t n_fronted, fronted_before; // these are the ranked trials below this number
    bool fronts_stale;                  // one of them has changed
    hn_dedupe index;                    // where repeats are unwanted
    hn_arena scratch;
    hn_config config; // room for one, from `scratch`
} hn_tpe_history;

// A list of trials with a weight each, by number.
typedef struct hn_tpe_list {
    HN_VEC(uint32_t) trials;
    HN_VEC(double) weights;
} hn_tpe_list;
void hn_tpe_list_free(hn_tpe_list *list);

void hn_tpe_history_free(hn_tpe_history *h);
hone_status hn_tpe_history_sync(hn_tpe_history *h, const hn_view *view, hone_error *err);
// tpe_fronts.c: fills h->front_good.
hone_status hn_tpe_history_front(hn_tpe_history *h, const hn_view *view, hone_error *err);
bool hn_tpe_is_ranked(const hn_tpe_history *h, uint32_t trial);

// The good ones and the others, after a sync.
// `told` is in step with the view if hn_tpe_history_rests.
hone_status hn_tpe_history_split(hn_tpe_history *h, const hn_view *view, const hn_evidence *told,
                                 hn_tpe_list *good, hn_tpe_list *bad, hone_error *err);
// Do trials rest before their end, so that a split needs the evidence?
static inline bool hn_tpe_history_rests(const hn_tpe_history *h)
{
    return h->n_resting > 0 && h->problem->n_objectives == 1;
}

#endif
