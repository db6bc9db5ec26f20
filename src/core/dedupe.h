// Index of the configurations tried so far, to find equal ones in O(1). A cache over the fold.
#ifndef HN_CORE_DEDUPE_H
#define HN_CORE_DEDUPE_H

#include "core/view.h"

typedef struct hn_dedupe_slot {
    uint64_t hash;
    uint32_t trial; // HN_NONE: empty
} hn_dedupe_slot;

typedef struct hn_dedupe {
    hn_dedupe_slot *slots;
    size_t n, cap;
    uint32_t version; // space version of the hashes
    hn_arena arena;
    hn_config room[2]; // for configurations of earlier versions; slots NULL: not needed yet
} hn_dedupe;

void hn_dedupe_free(hn_dedupe *index);
// Is a configuration not to be run twice: the space is declared, and the objective not noisy?
bool hn_dedupe_wanted(const hn_problem *problem);
// May a suggestion that has been evaluated be served from the earlier trial: also finite?
bool hn_dedupe_serves(const hn_problem *problem);
// Adds the trial's configuration (once it has one), unless it is there. One of an earlier version
// is entered as what it is in the present one, if it is the same configuration there.
hone_status hn_dedupe_add(hn_dedupe *index, const hn_fold *fold, uint32_t trial, hone_error *err);
// Rebuilds everything when the space version has changed.
hone_status hn_dedupe_sync(hn_dedupe *index, const hn_fold *fold, hone_error *err);
// A trial below view->n_trials with the same configuration: a COMPLETE one if there is one
// (`*pending` false), else one that still runs (`*pending` true). HN_NONE when there is none.
uint32_t hn_dedupe_find(const hn_dedupe *index, const hn_view *view, hn_config config,
                        bool *pending);
// Has a trial of the view this configuration, whatever became of it? Lost and excluded ones, and
// those that failed when `but_failed`, do not count.
bool hn_dedupe_tried(const hn_dedupe *index, const hn_view *view, hn_config config,
                     bool but_failed);
// The trials that were added with a configuration, in no particular order, whether they may be seen
// or not:
//     hn_dedupe_walk walk = hn_dedupe_walk_begin(index, space, config);
//     while ((trial = hn_dedupe_walk_next(&walk, fold)) != HN_NONE)
typedef struct hn_dedupe_walk {
    const hn_dedupe *index;
    const hone_space *space;
    hn_config config;
    uint64_t hash;
    size_t at;
} hn_dedupe_walk;
hn_dedupe_walk hn_dedupe_walk_begin(const hn_dedupe *index, const hone_space *space,
                                    hn_config config);
uint32_t hn_dedupe_walk_next(hn_dedupe_walk *walk, const hn_fold *fold);
// Has any trial that was added this configuration, whatever became of it?
bool hn_dedupe_has(const hn_dedupe *index, const hn_fold *fold, hn_config config);
// Has every configuration of the finite space been evaluated, or is being so? What has failed may
// be tried again. (The index was synced.)
bool hn_dedupe_exhausted(const hn_dedupe *index, const hn_view *view);

#endif
