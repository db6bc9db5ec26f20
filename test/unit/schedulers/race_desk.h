// A desk whose trials consist of parts: each ends with a value, and the mean so far is reported, as
// the study does it.
#ifndef TEST_UNIT_SCHEDULERS_RACE_DESK_H
#define TEST_UNIT_SCHEDULERS_RACE_DESK_H

#include "contract/schedulers/desk.h"
#include "core/parts.h"

static inline uint32_t race_start(desk *d, uint32_t folds, uint32_t repeats)
{
    uint32_t trial = desk_start(d);
    hn_event event = desk_event(d, HN_EV_REQUEUED, trial);
    desk_append(d, &event);
    event = desk_event(d, HN_EV_STARTED, trial);
    event.epoch++;
    event.folds = folds;
    event.repeats = repeats;
    desk_append(d, &event);
    assert_int_equal(hn_parts_planned(&d->world->fold.trials.data[trial]),
                     hn_parts_count(folds, repeats));
    return trial;
}

static inline hn_verdict race_part(desk *d, uint32_t trial, double value)
{
    const hn_fold *fold = &d->world->fold;
    const hn_trial *row = &fold->trials.data[trial];
    double values[2] = {value, value};
    hn_event event = desk_event(d, HN_EV_RUN_ENDED, trial);
    event.run = hn_parts_ended(fold, row);
    event.values = (hn_doubles){values, 2};
    event.present = 1;
    desk_append(d, &event);
    row = &fold->trials.data[trial];
    uint32_t n = hn_parts_ended(fold, row);
    if (n == hn_parts_planned(row))
        return HN_GO_ON;
    return desk_report(d, trial, n, hn_parts_spread(fold, row, 0).mean);
}

static inline void race_end(desk *d, uint32_t trial, hone_trial_state how)
{
    const hn_fold *fold = &d->world->fold;
    double value = hn_parts_spread(fold, &fold->trials.data[trial], 0).mean;
    hn_event event = desk_event(d, HN_EV_TOLD, trial);
    event.state = how;
    if (how == HONE_STATE_COMPLETE) {
        event.values = (hn_doubles){&value, 1};
        event.present = 1;
    }
    desk_append(d, &event);
}

// Runs the parts until the verdict is to stop; returns how many were run.
static inline uint32_t race_run(desk *d, uint32_t trial, const double *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (race_part(d, trial, values[i]) == HN_STOP && i + 1 < n) {
            race_end(d, trial, HONE_STATE_PRUNED);
            return i + 1;
        }
    race_end(d, trial, HONE_STATE_COMPLETE);
    return n;
}

// A new trial of `n` folds with these values.
static inline uint32_t race_trial(desk *d, const double *values, uint32_t n)
{
    return race_run(d, race_start(d, n, 0), values, n);
}

#endif
