// Who of two samplers gets a trial, by what has come of the trials before: one that searches near
// the best trial, and one that searches everywhere.
//
// Invariant: a function of (limits, view). Who trial t gets follows from the results that its
// suggestion could see, so that all workers, and who looks at the study later, agree on it; trials
// that are asked for with the same results go to the same. Cost: O(log n) a result; memory 8 bytes
// a trial of the study, and 5 more of those below `to`.
#ifndef HN_SAMPLERS_AUTO_PLAN_H
#define HN_SAMPLERS_AUTO_PLAN_H

#include "core/arrivals.h"
#include "core/merit.h"

typedef enum hn_auto_side { HN_AUTO_LOCAL, HN_AUTO_GLOBAL } hn_auto_side;

typedef struct hn_auto_choice {
    hn_auto_side side;
    bool leads; // it has its time to find better trials; otherwise it has had fewer than the other
    bool neither; // most of the trials below `from` that had ended were stopped early: both waited
} hn_auto_choice;

typedef struct hn_auto_plan {
    uint32_t from, to; // the trials that are planned; to = 0: there is no plan
    uint32_t patience; // results without a gain after which a side no longer leads
    // What has been folded.
    hn_arrivals arrivals;
    HN_VEC(uint8_t) next; // [1 + arrivals] after so many of them: the choice
    hn_merit best;
    bool has_best;
    uint32_t n[2];    // results of each side
    uint32_t idle[2]; // of these, those since its last that was the best of all so far
    uint32_t n_stopped, n_complete; // of the trials below `from`
} hn_auto_plan;

void hn_auto_plan_free(hn_auto_plan *p);
// After an error the plan is empty.
hone_status hn_auto_plan_sync(hn_auto_plan *p, const hn_view *view, hone_error *err);
static inline bool hn_auto_plan_covers(const hn_auto_plan *p, uint32_t trial)
{
    return trial >= p->from && trial < p->to;
}
// Was it one of the two who suggested this trial of the view, as far as the study shows? Not what
// people queued, what another sampler suggested before, or while both waited. After a sync.
bool hn_auto_plan_suggested(const hn_auto_plan *p, const hn_view *view, uint32_t trial);
// Of a trial that it covers: as it was when the trial got its point; or as it is now, where it has
// none yet. After a sync with this view.
hn_auto_choice hn_auto_plan_choice(const hn_auto_plan *p, const hn_view *view, uint32_t trial);

#endif
