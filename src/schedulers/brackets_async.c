// Who goes on, as they come (asynchronous): successive halving over the brackets of brackets.h.
//
//  1. The brackets of one kind share their rungs, which are never whole.
//  2. From the top: of n trials at a rung the best ⌊n/η⌋ may go on, if fewer than that have gone on
//     already; when all wanted trials have begun, one at least. Who ends before he has reached the
//     next rung gives his place to the next best here, too.
//
// Each rung is kept in order as trials change: who stays in the race there, and who of them waits.
// Only the best who waits can be next, since everybody before whom too many others are is followed
// by such alone. Cost: O(levels log n) a change of a trial, O(kinds · levels log n) a decision.
// Where marks count, a rung is sorted when it has changed and somebody waits there.
// Invariant: after refresh() an entry says what is_at() says of its trial and level.

#include "schedulers/brackets.h"

#include <math.h>
#include <string.h>

// --- what a trial is at a level ---

// Has it been given more than what leads to this level, or come further without?
static bool has_gone_on(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level)
{
    return hn_given_more(b, view, trial, level) || hn_climbed(b, view, trial, level + 1);
}

// Has it ended on its way to the next level, or before it set out?
static bool has_dropped_out(const hn_brackets *b, const hn_view *view, uint32_t trial,
                            uint32_t level)
{
    return hn_state_finished(hn_view_state(view, trial)) && !hn_climbed(b, view, trial, level + 1);
}

static hn_entry is_at(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level)
{
    hn_entry e = {0};
    uint32_t bracket = b->rows.data[trial].bracket;
    if (bracket == HN_NONE || !hn_climbed(b, view, trial, level))
        return e;
    bool goes = has_gone_on(b, view, trial, level), out = has_dropped_out(b, view, trial, level);
    e.score = hn_climb_score(b, view, trial, level);
    e.kind = bracket % b->n_kinds;
    e.in = true;
    e.gone = goes && !out;
    e.stays = !out && !isnan(e.score);
    e.held = e.stays && !goes && hn_view_state(view, trial) == HONE_STATE_PAUSED;
    return e;
}

// --- the rungs ---

static hn_level *level_of(hn_brackets *b, uint32_t kind, uint32_t level)
{
    return &b->levels.at.data[(size_t)kind * b->ladder.n + level];
}

static bool same(const hn_entry *a, const hn_entry *b)
{
    return a->in == b->in && a->gone == b->gone && a->stays == b->stays && a->held == b->held &&
           a->kind == b->kind && (a->score == b->score || (isnan(a->score) && isnan(b->score)));
}

static void take_out(hn_brackets *b, uint32_t trial, uint32_t level, const hn_entry *e)
{
    hn_level *at = level_of(b, e->kind, level);
    at->n -= e->in;
    at->n_gone -= e->gone;
    at->looked = false;
    if (e->stays)
        (void)hn_ranks_remove(&b->levels.ranks, &at->stays, e->score, trial);
    if (e->held)
        (void)hn_ranks_remove(&b->levels.ranks, &at->held, e->score, trial);
}

static bool put_in(hn_brackets *b, uint32_t trial, uint32_t level, const hn_entry *e)
{
    hn_level *at = level_of(b, e->kind, level);
    at->n += e->in;
    at->n_gone += e->gone;
    at->looked = false;
    return (!e->stays || hn_ranks_add(&b->levels.ranks, &at->stays, e->score, trial)) &&
           (!e->held || hn_ranks_add(&b->levels.ranks, &at->held, e->score, trial));
}

static bool update(hn_brackets *b, const hn_view *view, uint32_t trial)
{
    hn_climber *row = &b->rows.data[trial];
    for (uint32_t level = 0; level < b->ladder.n; level++) {
        hn_entry *e = &b->levels.entries.data[(size_t)trial * b->ladder.n + level];
        hn_entry now = is_at(b, view, trial, level);
        if (same(e, &now)) {
            if (b->aims.many && e->in)
                level_of(b, e->kind, level)->looked =
                    false; // of a mark it is the first number only
            continue;
        }
        take_out(b, trial, level, e);
        *e = now;
        if (!put_in(b, trial, level, e))
            return false;
    }
    bool is_short = row->bracket != HN_NONE && hn_view_state(view, trial) == HONE_STATE_PAUSED &&
                    !hn_climbed(b, view, trial, hn_bracket_rungs(b, row->bracket)->first);
    if (is_short == row->is_short)
        return true;
    row->is_short = is_short;
    if (is_short)
        return hn_ranks_add(&b->levels.ranks, &b->levels.too_short, 0, trial);
    return hn_ranks_remove(&b->levels.ranks, &b->levels.too_short, 0, trial);
}

static hone_status clear(hn_brackets *b, hone_error *err)
{
    hn_levels *l = &b->levels;
    size_t n = (size_t)b->n_kinds * b->ladder.n;
    hn_ranks_clear(&l->ranks);
    hn_vec_clear(&l->entries);
    l->too_short = HN_RANKS_EMPTY;
    if (!hn_vec_reserve(&l->at, n))
        return hn_fail_memory(err);
    while (l->at.n < n)
        l->at.data[l->at.n++] = (hn_level){.stays = HN_RANKS_EMPTY, .held = HN_RANKS_EMPTY};
    for (size_t t = 0; t < b->rows.n; t++)
        b->rows.data[t].is_short = false;
    return HONE_OK;
}

// Takes in who has changed; everybody, when memory ran out half-way the last time.
static hone_status refresh(hn_brackets *b, const hn_view *view, hone_error *err)
{
    hn_levels *l = &b->levels;
    bool all = l->at.n == 0, fits = true;
    if (all)
        HN_TRY(clear(b, err));
    size_t n = b->rows.n * b->ladder.n, n_changed = all ? b->rows.n : b->changed.n;
    fits = hn_vec_reserve(&l->entries, n - l->entries.n);
    if (fits && n > l->entries.n)
        memset(l->entries.data + l->entries.n, 0, (n - l->entries.n) * sizeof *l->entries.data);
    l->entries.n = fits ? n : l->entries.n;
    for (size_t i = 0; fits && i < n_changed; i++)
        fits = update(b, view, all ? (uint32_t)i : b->changed.data[i]);
    if (!fits) {
        hn_vec_clear(&l->at);
        return hn_fail_memory(err);
    }
    hn_brackets_settle(b);
    return HONE_OK;
}

// --- deciding ---

// Where marks count: the best who waits at a rung. False: nobody does.
static bool find_held(hn_brackets *b, const hn_view *view, uint32_t kind, uint32_t level)
{
    hn_level *at = level_of(b, kind, level);
    const hn_entry *entries = b->levels.entries.data;
    uint32_t n = 0;
    if (at->looked)
        return at->best != HN_NONE;
    for (uint32_t t = 0; t < b->rows.n; t++) {
        const hn_entry *e = &entries[(size_t)t * b->ladder.n + level];
        if (e->stays && e->kind == kind)
            b->order.data[n++] = t;
    }
    hn_brackets_sort_marks(b, view, level, n, NULL);
    if (b->no_memory)
        return false;
    at->best = HN_NONE;
    for (uint32_t i = 0; i < n && at->best == HN_NONE; i++) {
        uint32_t trial = b->order.data[i];
        if (!entries[(size_t)trial * b->ladder.n + level].held)
            continue;
        at->best = trial;
        at->n_before = i;
    }
    at->looked = true;
    return at->best != HN_NONE;
}

static bool look_at_level(hn_brackets *b, const hn_view *view, uint32_t kind, uint32_t level,
                          hn_next *out)
{
    const hn_ranks *ranks = &b->levels.ranks;
    const hn_level *at = level_of(b, kind, level);
    uint32_t trial, n_before;
    double n_good = floor(at->n / b->ladder.eta * (1 + 1e-9));
    if (n_good < 1 && hn_brackets_closing(b))
        n_good = 1;
    if (at->n_gone >= n_good || hn_ranks_count(ranks, at->held) == 0)
        return false;
    if (b->aims.many) {
        if (!find_held(b, view, kind, level))
            return false;
        trial = at->best;
        n_before = at->n_before;
    } else {
        double score = hn_ranks_at(ranks, at->held, 0, &trial);
        n_before = hn_ranks_below(ranks, at->stays, score, trial);
    }
    if (n_before >= n_good)
        return false;
    *out = (hn_next){HN_NEXT_RESUME, trial, b->ladder.at[level + 1]};
    return true;
}

hone_status hn_brackets_next_async(hn_brackets *b, const hn_view *view, uint32_t top, hn_next *out,
                                   hone_error *err)
{
    const hn_levels *l = &b->levels;
    uint32_t trial;
    *out = (hn_next){HN_NEXT_NEW, 0, 0};
    b->no_memory = false;
    HN_TRY(hn_brackets_sync(b, view, err));
    HN_TRY(refresh(b, view, err));
    for (uint32_t level = top; level-- > 0;)
        for (uint32_t kind = 0; kind < b->n_kinds; kind++)
            if (level >= b->kinds[kind].first && look_at_level(b, view, kind, level, out))
                return HONE_OK;
    if (b->no_memory)
        return hn_fail_memory(err);
    // One that has moved to a bracket whose first rung it has yet to reach.
    if (b->n_kinds > 1 && hn_ranks_count(&l->ranks, l->too_short) > 0) {
        (void)hn_ranks_at(&l->ranks, l->too_short, 0, &trial);
        uint32_t first = hn_bracket_rungs(b, b->rows.data[trial].bracket)->first;
        *out = (hn_next){HN_NEXT_RESUME, trial, b->ladder.at[first]};
    }
    return HONE_OK;
}
