// Trials on a desk that begin, pause and go on as a scheduler says.
#ifndef TEST_UNIT_SCHEDULERS_CLIMB_H
#define TEST_UNIT_SCHEDULERS_CLIMB_H

#include "contract/schedulers/desk.h"

static inline hn_next climb_next(desk *d, int64_t n_trials)
{
    hn_next out = {HN_NEXT_DONE, 0, 0};
    hn_view view = scheduler_view(&d->scheduler, &d->world->fold, UINT32_MAX - 1);
    d->scheduler.problem->n_trials = n_trials;
    assert_int_equal(d->scheduler.class->next(d->scheduler.state, &view, &out, NULL), HONE_OK);
    return out;
}

static inline void climb_start(desk *d, uint32_t trial, double resource)
{
    hn_event event = desk_event(d, HN_EV_STARTED, trial);
    event.epoch++;
    event.resource = resource;
    desk_append(d, &event);
}

// A new trial; `*limit`: how far it runs.
static inline uint32_t climb_begin(desk *d, double *limit)
{
    hn_view view = scheduler_view(&d->scheduler, &d->world->fold, UINT32_MAX - 1);
    uint32_t trial = (uint32_t)d->world->fold.trials.n;
    hone_error err = HONE_ERROR_INIT;
    if (d->scheduler.class->resource(d->scheduler.state, &view, trial, limit, &err) != HONE_OK)
        fail_msg("%s", err.text);
    trial = desk_start(d);
    hn_event event = desk_event(d, HN_EV_REQUEUED, trial); // to be started with its limit
    desk_append(d, &event);
    climb_start(d, trial, *limit);
    return trial;
}

static inline void climb_pause(desk *d, uint32_t trial, double step)
{
    hn_event event = desk_event(d, HN_EV_PAUSED, trial);
    event.step = step;
    desk_append(d, &event);
}

// What is said of it; to be freed by hn_free. NULL: nothing.
static inline char *climb_explain(desk *d, uint32_t trial)
{
    hn_view view = scheduler_view(&d->scheduler, &d->world->fold, UINT32_MAX - 1);
    return d->scheduler.class->explain(d->scheduler.state, &view, trial);
}

static inline void climb_assert_said(desk *d, uint32_t trial, const char *text)
{
    char *said = climb_explain(d, trial);
    assert_string_equal(said ? said : "", text);
    hn_free(said);
}

#endif
