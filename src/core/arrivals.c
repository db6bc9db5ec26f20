// Arrivals; see arrivals.h.
#include "core/arrivals.h"

#include <string.h>

#define NO_KEY UINT64_MAX

static void forget(hn_arrivals *a)
{
    a->follow = (hn_follow){0};
    a->n_kept = 0;
    a->room = (hn_config){NULL, NULL};
    hn_vec_clear(&a->order);
    hn_vec_clear(&a->keys);
}

void hn_arrivals_free(hn_arrivals *a)
{
    forget(a);
    hn_vec_free(&a->order);
    hn_vec_free(&a->keys);
    hn_arena_free(&a->arena);
}

static uint64_t key_of(hn_arrivals *a, const hn_view *view, uint32_t trial)
{
    if (trial >= view->n_trials)
        return NO_KEY;
    const hn_trial *row = &view->fold->trials.data[trial];
    hone_trial_state state = hn_view_state(view, trial);
    if (!hn_state_finished(state) || state == HONE_STATE_LOST || !hn_view_counts(view, trial) ||
        row->purpose != HONE_PURPOSE_SEARCH || !(row->flags & HN_TRIAL_HAS_PARAMS) ||
        !hn_view_config(view, trial, a->room))
        return NO_KEY;
    return view->problem->lag > 0 ? trial : row->told_at;
}

// Place of the first arrival whose key is not below `key`.
static size_t place_of(const hn_arrivals *a, uint64_t key)
{
    size_t low = 0, high = a->order.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (a->keys.data[a->order.data[middle]] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static hone_status look_at(hn_arrivals *a, const hn_view *view, uint32_t trial, hone_error *err)
{
    uint64_t key = key_of(a, view, trial), before = a->keys.data[trial];
    if (key == before)
        return HONE_OK;
    if (key != NO_KEY && !hn_vec_reserve(&a->order, 1))
        return hn_fail_memory(err);
    uint32_t *order = a->order.data;
    if (before != NO_KEY) {
        size_t at = place_of(a, before);
        a->order.n--;
        memmove(order + at, order + at + 1, (a->order.n - at) * sizeof *order);
        a->n_kept = at < a->n_kept ? at : a->n_kept;
    }
    a->keys.data[trial] = key;
    if (key == NO_KEY)
        return HONE_OK;
    size_t at = place_of(a, key);
    memmove(order + at + 1, order + at, (a->order.n - at) * sizeof *order);
    order[at] = trial;
    a->order.n++;
    a->n_kept = at < a->n_kept ? at : a->n_kept;
    return HONE_OK;
}

static hone_status make_room(hn_arrivals *a, const hn_view *view, hone_error *err)
{
    if (!a->room.slots) {
        hn_arena_reset(&a->arena); // an arena stays failed, but memory may be there again
        a->room = hn_config_new(&a->arena, view->problem->space);
    }
    size_t n = view->fold->trials.n;
    if (!a->room.slots || !hn_vec_reserve(&a->keys, n - a->keys.n))
        return hn_fail_memory(err);
    while (a->keys.n < n)
        a->keys.data[a->keys.n++] = NO_KEY;
    return HONE_OK;
}

static hone_status catch_up(hn_arrivals *a, const hn_view *view, hone_error *err)
{
    hn_follow_walk walk = hn_follow_begin(&a->follow, view);
    HN_TRY(make_room(a, view, err));
    for (uint32_t t; (t = hn_follow_next(&walk)) != HN_NONE;)
        HN_TRY(look_at(a, view, t, err));
    return HONE_OK;
}

hone_status hn_arrivals_sync(hn_arrivals *a, const hn_view *view, hone_error *err)
{
    if (!hn_follow_goes_on(&a->follow, view))
        forget(a);
    a->n_kept = a->order.n;
    hone_status status = catch_up(a, view, err);
    if (status == HONE_OK)
        hn_follow_end(&a->follow, view);
    else
        forget(a);
    return status;
}

hn_config hn_arrivals_config(const hn_view *view, uint32_t trial, hn_config room)
{
    const hn_trial *row = &view->fold->trials.data[trial];
    if (row->space == view->problem->space_version)
        return hn_fold_config(view->fold, row);
    (void)hn_view_config(view, trial, room);
    return room;
}

size_t hn_arrivals_seen_by(const hn_arrivals *a, const hn_view *view, uint32_t trial)
{
    const hn_trial *row = &view->fold->trials.data[trial];
    uint32_t lag = view->problem->lag;
    if (row->origin != HONE_ORIGIN_SAMPLED && row->origin != HONE_ORIGIN_SERVED)
        return 0;
    if (lag > 0)
        return trial + 1 > lag ? place_of(a, trial + 1 - lag) : 0;
    return row->saw > 0 ? place_of(a, (uint64_t)row->saw) : 0;
}
