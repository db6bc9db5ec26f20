// Why a trial waits at its rung, has gone on or was stopped, in a line for people.
//
// A rung counts as whole here when somebody has gone on from it, too: who looks at a study from
// outside does not know how many trials were wanted.

#include <math.h>
#include <stdio.h>

#include "core/explain.h"
#include "schedulers/brackets.h"

typedef struct rung_view {
    uint32_t rung, n_rungs; // from 0
    uint32_t n_here;        // trials that have reached it
    uint32_t n_missing;     // of the bracket, that may yet do so
    uint32_t place;         // from 1
    uint64_t n_good;        // that go on
    uint32_t n_dominating;  // where marks count
    char more[HN_MARK_TEXT];
    bool whole;
} rung_view;

static bool is_before(const hn_brackets *b, const hn_view *view, uint32_t one, uint32_t other,
                      uint32_t level)
{
    double x = hn_climb_score(b, view, one, level), y = hn_climb_score(b, view, other, level);
    return hn_comes_first(x, one, y, other);
}

static bool dominates(const hn_brackets *b, const hn_view *view, uint32_t one, uint32_t other,
                      uint32_t level)
{
    double x[HN_MARK_MOST], y[HN_MARK_MOST];
    hn_climb_mark(b, view, one, level, x);
    hn_climb_mark(b, view, other, level, y);
    return hn_mark_dominates(&b->aims, x, y);
}

// Adds one trial of the bracket to what is said of `trial`'s rung at `level`.
static void count(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t other,
                  uint32_t level, rung_view *out)
{
    if (hn_climbed(b, view, other, level)) {
        out->n_here++;
        if (b->aims.many)
            out->n_dominating += dominates(b, view, other, trial, level);
        else
            out->place += other != trial && is_before(b, view, other, trial, level);
        out->whole |= hn_given_more(b, view, other, level);
        return;
    }
    double limit = view->fold->trials.data[other].resource;
    out->n_missing += !hn_state_finished(hn_view_state(view, other)) &&
                      (out->rung == 0 || limit >= b->ladder.at[level]);
}

// What marks say of a trial's place among those at its rung, whose brackets are every `step`th of
// first … end.
static void look_at_marks(hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level,
                          uint32_t first, uint32_t step, uint32_t end, rung_view *out)
{
    double mark[HN_MARK_MOST];
    uint32_t n = 0;
    for (uint32_t i = first; i < end; i += step)
        for (uint32_t k = 0; k < b->list.data[i].n; k++) {
            uint32_t other = b->placed.data[b->list.data[i].begin + k];
            if (hn_climbed(b, view, other, level))
                b->order.data[n++] = other;
        }
    hn_brackets_sort_marks(b, view, level, n, NULL);
    for (uint32_t i = 0; i < n; i++)
        if (b->order.data[i] == trial)
            out->place = i + 1;
    hn_climb_mark(b, view, trial, level, mark);
    hn_marks_say(&b->marks, &b->aims, trial, mark[0], out->n_dominating, out->more);
}

static rung_view look(hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level,
                      bool async)
{
    uint64_t sizes[HN_LADDER_MAX];
    uint32_t bracket = b->rows.data[trial].bracket;
    const hn_rungs *rungs = hn_bracket_rungs(b, bracket);
    const hn_bracket *own = &b->list.data[bracket];
    rung_view out = {.rung = level - rungs->first, .n_rungs = rungs->n, .place = 1, .whole = async};
    uint32_t first = async ? bracket % b->n_kinds : bracket, step = async ? b->n_kinds : 1;
    uint32_t end = async ? (uint32_t)b->list.n : bracket + 1;
    for (uint32_t i = first; i < end; i += step)
        for (uint32_t k = 0; k < b->list.data[i].n; k++)
            count(b, view, trial, b->placed.data[b->list.data[i].begin + k], level, &out);
    if (b->aims.many)
        look_at_marks(b, view, trial, level, first, step, end, &out);
    hn_rungs_scale(rungs, b->ladder.eta, own->n, sizes);
    if (async)
        out.n_good = (uint64_t)floor(out.n_here / b->ladder.eta * (1 + 1e-9));
    else if (out.rung + 1 < rungs->n)
        out.n_good = sizes[out.rung + 1] > 0 || bracket > 0 ? sizes[out.rung + 1] : 1;
    if (!async && !out.whole && own->n < rungs->size[0]) { // more may come
        out.n_missing += out.rung == 0 ? (uint32_t)(rungs->size[0] - own->n) : 0;
        out.n_good = out.rung + 1 < rungs->n ? rungs->size[out.rung + 1] : 0;
    }
    return out;
}

// "rung 2 of 5 of bracket 3, at 9"
static void say_where(const hn_brackets *b, uint32_t trial, uint32_t level, char *out, size_t size)
{
    uint32_t bracket = b->rows.data[trial].bracket;
    const hn_rungs *rungs = hn_bracket_rungs(b, bracket);
    bool only = rungs->size[0] == UINT64_MAX;
    int n = snprintf(out, size, "rung %u of %u", level - rungs->first + 1, rungs->n);
    if (!only)
        n += snprintf(out + n, size - (size_t)n, " of bracket %u", bracket + 1);
    (void)snprintf(out + n, size - (size_t)n, ", at %g", b->ladder.at[level]);
}

static char *say_paused(const rung_view *r, const char *where, bool async)
{
    char good[48] = "the best goes on";
    if (r->n_good != 1)
        (void)snprintf(good, sizeof good, "the best %u go on", (unsigned)r->n_good);
    if (r->n_good < 1)
        (void)snprintf(good, sizeof good, "none goes on%s", async ? " yet" : "");
    if (!async && !r->whole && r->n_missing > 0)
        return hn_explain("paused at %s: place %u of %u%s; %u more to come, then %s", where,
                          r->place, r->n_here, r->more, r->n_missing, good);
    return hn_explain("paused at %s: place %u of %u%s, of which %s%s", where, r->place, r->n_here,
                      r->more, good, async && r->n_good > 0 ? " so far" : "");
}

static char *say_of(hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level, bool async)
{
    char where[96];
    hone_trial_state state = hn_view_state(view, trial);
    rung_view r = look(b, view, trial, level, async);
    say_where(b, trial, level, where, sizeof where);
    // While it runs, as the reason that is kept with its end.
    bool ends =
        state == HONE_STATE_PRUNED || (state == HONE_STATE_RUNNING && r.rung + 1 < r.n_rungs);
    if (ends && isnan(hn_climb_score(b, view, trial, level)))
        return hn_explain("stopped at %s: its value there is not a number", where);
    if (state == HONE_STATE_PAUSED && !hn_given_more(b, view, trial, level))
        return say_paused(&r, where, async);
    if (hn_given_more(b, view, trial, level))
        return hn_explain("promoted from %s, to %g: place %u of %u%s", where,
                          view->fold->trials.data[trial].resource, r.place, r.n_here, r.more);
    return hn_explain("came to %s: place %u of %u%s", where, r.place, r.n_here, r.more);
}

// One that nobody promotes: it is for one rung.
static char *say_of_fresh(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level)
{
    char where[96];
    hone_trial_state state = hn_view_state(view, trial);
    say_where(b, trial, level, where, sizeof where);
    if (!hn_climbed(b, view, trial, level))
        return hn_state_finished(state) ? NULL : hn_explain("is for %s", where);
    if (isnan(hn_climb_score(b, view, trial, level)))
        return hn_explain("stopped at %s: its value there is not a number", where);
    return hn_explain("came to %s, which it was for", where);
}

char *hn_brackets_explain(hn_brackets *b, const hn_view *view, uint32_t trial, bool async)
{
    if (hn_brackets_sync(b, view, NULL) != HONE_OK || trial >= b->rows.n ||
        b->rows.data[trial].bracket == HN_NONE)
        return NULL;
    const hn_climber *row = &b->rows.data[trial];
    uint32_t first = hn_climb_first(b, trial);
    if (!hn_bracket_climbs(b, row->bracket))
        return say_of_fresh(b, view, trial, first);
    if (row->n_reached > first)
        return say_of(b, view, trial, row->n_reached - 1, async);
    if (hn_state_finished(hn_view_state(view, trial)))
        return NULL;
    return hn_explain("on its way to the first rung, at %g", b->ladder.at[first]);
}
