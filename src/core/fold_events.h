// What the functions behind the events of the fold share. Each first reserves what it needs and
// then changes the state, so that running out of memory leaves the fold as it was.
#ifndef HN_CORE_FOLD_EVENTS_H
#define HN_CORE_FOLD_EVENTS_H

#include "core/fold.h"

#define HN_FOLD_NEED(condition)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return hn_fail_memory(err);                                                            \
    } while (0)

// Gets the change with `applied` false and sets it when the event fits.
typedef hone_status hn_fold_handler(hn_fold *fold, const hn_event *event, hn_change *change,
                                    hone_error *err);
// By type of event; each type stands in one of them.
extern hn_fold_handler *const hn_fold_study_events[HN_EV_LAST + 1];
extern hn_fold_handler *const hn_fold_trial_events[HN_EV_LAST + 1];

// --- pools: fold_pools.c; false without memory ---

bool hn_fold_keep_owner(hn_fold *fold, hn_bytes owner, uint32_t *out);
// A row with one number a metric; NaN where `present` lacks the bit or too few were given. The
// event's are in the order of its version of the goals.
bool hn_fold_keep_values(hn_fold *fold, const hn_event *event, uint32_t *out);
bool hn_fold_keep_numbers(hn_fold *fold, hn_doubles values, uint32_t *out);
// Decodes a configuration; `*fits` is false when it is not of that space.
hone_status hn_fold_keep_params(hn_fold *fold, uint32_t version, hn_bytes params, uint32_t *row,
                                bool *fits);

// --- states: fold_pools.c ---

// Puts a number in its place in `waiting` or `open`, where there is room.
void hn_fold_put_in(hn_numbers *numbers, uint32_t number);
// Counts the trial in, or with `by` -1 out.
void hn_fold_count_state(hn_fold *fold, const hn_trial *trial, int by);
// Needs room in `waiting` and `open` where the trial enters them.
void hn_fold_set_state(hn_fold *fold, hn_trial *trial, int state);

#endif
