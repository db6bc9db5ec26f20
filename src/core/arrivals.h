// The results of a view in the order in which they came in: what a sampler that goes through
// generations folds over. A cache over the fold.
//
// An arrival is a trial of the search that has ended, other than LOST, with a configuration that
// the present space has. Normally the order is that of the journal. With a lag it is that of the
// numbers: what may be seen must not depend on the time that trials took.
// Cost: O(log n) a change of a trial, 12 bytes a trial.
#ifndef HN_CORE_ARRIVALS_H
#define HN_CORE_ARRIVALS_H

#include "base/vec.h"
#include "core/follow.h"

typedef struct hn_arrivals {
    HN_VEC(uint32_t) order; // numbers of trials
    size_t n_kept;          // so many of the first are the same as before the last sync
    hn_follow follow;
    HN_VEC(uint64_t) keys; // by trial; UINT64_MAX: it is no arrival
    hn_arena arena;
    hn_config room; // for configurations of earlier versions
} hn_arrivals;

void hn_arrivals_free(hn_arrivals *a);
// After an error everything is new: n_kept is 0 at the next sync.
hone_status hn_arrivals_sync(hn_arrivals *a, const hn_view *view, hone_error *err);
// The configuration of an arrival in the present space, which the last sync has found to fit: into
// `room`, or the fold's own, not to be written to and valid until the next event.
hn_config hn_arrivals_config(const hn_view *view, uint32_t trial, hn_config room);
// How many of the arrivals (of the last sync) the suggestion for `trial` could see; 0 for one whose
// point came from elsewhere.
size_t hn_arrivals_seen_by(const hn_arrivals *a, const hn_view *view, uint32_t trial);

#endif
