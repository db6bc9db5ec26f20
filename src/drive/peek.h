// What the run needs to know about a study beyond its public face.
#ifndef HN_DRIVE_PEEK_H
#define HN_DRIVE_PEEK_H

#include <string.h>

#include "core/owner.h"
#include "core/parts.h"
#include "core/study_internal.h"

static inline uint32_t hn_peek_lag(const hone_study *study)
{
    return study->fold.problem.lag;
}

// The constraints on metrics.
static inline const hn_bound *hn_peek_bounds(const hone_study *study, uint32_t *n)
{
    *n = study->fold.problem.n_bounds;
    return study->fold.problem.bounds;
}

// Has somebody asked for its end (`hone kill`), and for a violent one?
static inline bool hn_peek_stop_asked(const hone_trial *trial)
{
    return hn_trial_row(trial)->flags & (HN_TRIAL_STOP_ASKED | HN_TRIAL_KILL_ASKED);
}
static inline bool hn_peek_kill_asked(const hone_trial *trial)
{
    return hn_trial_row(trial)->flags & HN_TRIAL_KILL_ASKED;
}

// WAITING counts as LOST when it is out of the queue: nobody will start it.
static inline hone_trial_state hn_peek_state(const hone_study *study, uint32_t number)
{
    const hn_trial *row = &study->fold.trials.data[number];
    bool removed = row->state == HONE_STATE_WAITING && (row->flags & HN_TRIAL_EXCLUDED);
    return removed ? HONE_STATE_LOST : (hone_trial_state)row->state;
}

static inline const hn_trial *hn_peek_row(const hone_study *study, uint32_t number)
{
    return &study->fold.trials.data[number];
}

// Does it begin with one that came with its resource (hone_study_enqueue_segment)?
static inline bool hn_peek_has_segments(const hone_study *study)
{
    const hn_trial *first = study->fold.trials.n > 0 ? &study->fold.trials.data[0] : NULL;
    return first && first->fixed != HN_NONE && first->resource > 0;
}

// Bytes of its checkpoint as recorded, 0: none; negative: it was removed.
static inline int64_t hn_peek_checkpoint(const hone_trial *trial)
{
    return hn_trial_row(trial)->ckpt_bytes;
}

// Does this attempt still run, as far as the journal knows? Otherwise somebody has taken it over.
static inline bool hn_peek_is_ours(const hone_trial *trial)
{
    const hn_trial *row = hn_trial_row(trial);
    return row->state == HONE_STATE_RUNNING && row->epoch == trial->epoch;
}

// The number of steps that it has reported, or that its parts that ended come to.
static inline double hn_peek_step(const hone_trial *trial)
{
    return hn_trial_row(trial)->step;
}

// Has the trial consisted of the same parts in an earlier attempt?
static inline bool hn_peek_keeps_plan(const hone_trial *trial)
{
    return hn_trial_row(trial)->plan_epoch < trial->epoch;
}

// All parts of the trial that have ended.
static inline hn_parts_total hn_peek_parts(const hone_trial *trial)
{
    hn_parts_total total;
    hn_parts_sum(&trial->study->fold, hn_trial_row(trial), &total);
    return total;
}

// The first trial that waits because somebody wants it tried, run again or repeated; -1.
static inline int64_t hn_peek_asked_for(const hone_study *study)
{
    for (size_t i = 0; i < study->fold.open.n; i++)
        if (hn_trial_asked_for(&study->fold.trials.data[study->fold.open.data[i]]))
            return study->fold.open.data[i];
    return -1;
}

// The first waiting trial of that purpose, and of that parent unless `parent` is negative; -1.
static inline int64_t hn_peek_waiting(const hone_study *study, hone_trial_purpose purpose,
                                      int64_t parent)
{
    const hn_numbers *waiting = &study->fold.waiting;
    for (size_t i = 0; i < waiting->n; i++) {
        const hn_trial *row = &study->fold.trials.data[waiting->data[i]];
        if (row->purpose == purpose && !(row->flags & HN_TRIAL_EXCLUDED) &&
            (parent < 0 || row->parent == parent))
            return waiting->data[i];
    }
    return -1;
}

// The paused trials [n] that the scheduler has ended in the last ask.
static inline const uint32_t *hn_peek_ended(const hone_study *study, uint32_t *n)
{
    *n = (uint32_t)study->ended.n;
    return study->ended.data;
}

// Does another process that lives run a search trial, or is about to? Who asks with a lease is a
// script: nobody knows when it ends.
static inline bool hn_peek_others_work(const hone_study *study)
{
    for (size_t i = 0; i < study->fold.open.n; i++) {
        const hn_trial *row = &study->fold.trials.data[study->fold.open.data[i]];
        bool begun = row->state == HONE_STATE_RUNNING ||
                     (row->state == HONE_STATE_WAITING && row->epoch == 0);
        if (begun && row->purpose == HONE_PURPOSE_SEARCH && !(row->flags & HN_TRIAL_EXCLUDED) &&
            row->owner != HN_NONE && row->lease_us == 0 &&
            strcmp(hn_fold_text(&study->fold, row->owner), study->owner) != 0 &&
            hn_owner_life(hn_fold_text(&study->fold, row->owner)) == HN_ALIVE)
            return true;
    }
    return false;
}

// Has a final run of `parent` been completed?
static inline bool hn_peek_has_final(const hone_study *study, uint32_t parent)
{
    for (size_t i = study->fold.trials.n; i-- > 0;) {
        const hn_trial *row = &study->fold.trials.data[i];
        if (row->purpose == HONE_PURPOSE_FINAL && row->parent == (int32_t)parent &&
            row->state == HONE_STATE_COMPLETE)
            return true;
    }
    return false;
}

#endif
