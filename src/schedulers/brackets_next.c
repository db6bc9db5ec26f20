// Who goes on, rung by rung (synchronous): successive halving over the brackets of brackets.h.
//
//  1. The first rung of a bracket is whole when the bracket is full, or no more trials will begin
//     (fewer members: as many go on as η allows, and in the first bracket one at least).
//  2. A whole rung is settled when each of its trials has reached it or has ended.
//  3. Then the best n_i+1 of it make the next rung. Who ends before he has reached that gives his
//     place to the next best: a failure neither stalls a rung nor makes it smaller.
//  4. The first trial of a rung, in this order, that is paused before it goes on up to it. Brackets
//     that began first come first; as long as nobody can go on, new trials begin, if need be those
//     of the next bracket.
//
// A bracket in which nobody could go on stays idle until one of its trials changes.

#include "schedulers/brackets.h"

#include <math.h>

bool hn_climb_settled(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level)
{
    return hn_climbed(b, view, trial, level) || hn_state_finished(hn_view_state(view, trial));
}

static void resume(const hn_brackets *b, uint32_t trial, uint32_t level, hn_next *out)
{
    *out = (hn_next){HN_NEXT_RESUME, trial, b->ladder.at[level]};
}

// --- rung by rung ---

static bool is_settled(const hn_brackets *b, const hn_view *view, uint32_t level, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!hn_climb_settled(b, view, b->order.data[i], level))
            return false;
    return true;
}

// Leaves in b->order those of [n] who make the next rung.
static uint32_t choose(hn_brackets *b, const hn_view *view, uint32_t level, uint32_t n,
                       uint64_t wanted)
{
    uint32_t n_chosen = 0;
    hn_brackets_sort(b, view, level, n);
    for (uint32_t i = 0; i < n && n_chosen < wanted; i++) {
        uint32_t trial = b->order.data[i];
        if (hn_climbed(b, view, trial, level) && !isnan(hn_climb_score(b, view, trial, level)) &&
            (hn_climbed(b, view, trial, level + 1) ||
             !hn_state_finished(hn_view_state(view, trial))))
            b->order.data[n_chosen++] = trial;
    }
    return n_chosen;
}

// How many go on to each rung of a bracket. False: its first rung is not whole.
static bool is_whole(const hn_brackets *b, uint32_t bracket, uint64_t *sizes)
{
    const hn_rungs *rungs = hn_bracket_rungs(b, bracket);
    uint32_t n = b->list.data[bracket].n;
    hn_rungs_scale(rungs, b->ladder.eta, n, sizes);
    for (uint32_t i = 0; bracket == 0 && i < rungs->n; i++)
        sizes[i] = sizes[i] > 0 ? sizes[i] : 1; // somebody has to finish
    return n >= rungs->size[0] || hn_brackets_closing(b);
}

uint32_t hn_bracket_at_rung(hn_brackets *b, const hn_view *view, uint32_t bracket, uint32_t rung,
                            uint64_t *sizes)
{
    const hn_bracket *list = &b->list.data[bracket];
    uint32_t first = hn_bracket_rungs(b, bracket)->first, n = list->n;
    bool whole = is_whole(b, bracket, sizes);
    for (uint32_t i = 0; i < n; i++)
        b->order.data[i] = b->placed.data[list->begin + i];
    for (uint32_t i = 0; i < rung; i++) {
        if (!whole || !is_settled(b, view, first + i, n))
            return 0;
        n = choose(b, view, first + i, n, sizes[i + 1]);
    }
    return n;
}

// Somebody of a bracket who goes on; `*finished`: nobody of it ever will.
static bool look_at(hn_brackets *b, const hn_view *view, uint32_t bracket, hn_next *out,
                    bool *finished)
{
    uint64_t sizes[HN_LADDER_MAX];
    const hn_rungs *rungs = hn_bracket_rungs(b, bracket);
    bool whole = is_whole(b, bracket, sizes);
    uint32_t n = hn_bracket_at_rung(b, view, bracket, 0, sizes);
    *finished = !hn_bracket_climbs(b, bracket) &&
                b->list.data[bracket].n >= hn_bracket_capacity(b, bracket);
    if (!hn_bracket_climbs(b, bracket))
        return false;
    for (uint32_t i = 0; i < rungs->n; i++) {
        uint32_t level = rungs->first + i;
        for (uint32_t k = 0; k < n; k++) {
            uint32_t trial = b->order.data[k];
            if (hn_view_state(view, trial) != HONE_STATE_PAUSED ||
                hn_climbed(b, view, trial, level))
                continue;
            resume(b, trial, level, out);
            return true;
        }
        if (!whole || !is_settled(b, view, level, n))
            return false;
        n = i + 1 < rungs->n ? choose(b, view, level, n, sizes[i + 1]) : 0;
    }
    *finished = b->list.data[bracket].n >= rungs->size[0];
    return false;
}

// Brackets up to this one need no more looks until one of their trials changes.
static void leave_behind(hn_brackets *b, const hn_view *view, uint32_t bracket)
{
    const hn_bracket *list = &b->list.data[bracket];
    uint32_t end = list->begin + list->n, from = b->done.n_trials;
    b->done.n_brackets = bracket + 1;
    b->done.n_placed = end;
    b->done.n_trials = b->placed.data[end - 1] + 1;
    for (uint32_t t = from; t < b->done.n_trials; t++) {
        hone_trial_state state = hn_view_state(view, t);
        b->done.n_alive += hn_watch_counts(view, t) &&
                           (!hn_state_finished(state) || state == HONE_STATE_COMPLETE ||
                            state == HONE_STATE_PRUNED);
    }
}

// Brackets in which something has happened since are looked at again.
static void wake(hn_brackets *b)
{
    bool closing = hn_brackets_closing(b);
    for (size_t i = 0; i < b->changed.n; i++) {
        uint32_t bracket = b->rows.data[b->changed.data[i]].bracket;
        if (bracket < b->list.n)
            b->list.data[bracket].idle = false;
    }
    for (size_t i = 0; closing != b->was_closing && i < b->list.n; i++)
        b->list.data[i].idle = false;
    b->was_closing = closing;
    hn_brackets_settle(b);
}

hone_status hn_brackets_next(hn_brackets *b, const hn_view *view, hn_next *out, hone_error *err)
{
    *out = (hn_next){HN_NEXT_NEW, 0, 0};
    b->no_memory = false;
    HN_TRY(hn_brackets_sync(b, view, err));
    wake(b);
    for (uint32_t i = b->done.n_brackets; i < b->list.n; i++) {
        hn_bracket *bracket = &b->list.data[i];
        bool found = !bracket->idle && look_at(b, view, i, out, &bracket->finished);
        if (b->no_memory)
            return hn_fail_memory(err);
        if (found)
            return HONE_OK;
        bracket->idle = true;
        if (bracket->finished && i == b->done.n_brackets)
            leave_behind(b, view, i);
    }
    return HONE_OK;
}
