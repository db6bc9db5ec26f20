// Brackets, their members and how far these have climbed; see brackets.h for the rules.
//
//  1. Reports are taken in once, in the order of the journal: which levels a trial has reached,
//     with which score, depends on its own reports alone, not on its bracket.
//  2. New trials are placed behind those that have a place. When one dies before its first rung, or
//     is excluded, the brackets are filled anew from the first one on in which something may still
//     change; that moves later trials up by a place, which changes nothing that anybody has shown.
//  3. Whoever is placed, reaches a level, changes its state or is given more is noted in `changed`,
//     so that decisions look at these alone.

#include "schedulers/brackets.h"

#include <math.h>
#include <string.h>

// --- making ---

static hone_status check_range(const char *name, const hn_brackets_options *given, double r,
                               double R, hone_error *err)
{
    if (r < R)
        return HONE_OK;
    if (given->min_resource > 0)
        return hn_fail(err, HONE_EINVAL,
                       "option \"min_resource\" of %s is %g: it must be below \"max_resource\", %g",
                       name, r, R);
    return hn_fail(err, HONE_EINVAL,
                   "option \"max_resource\" of %s is %g: it must be at least eta, %g, or give "
                   "\"min_resource\", too",
                   name, R, given->eta);
}

hone_status hn_brackets_init(hn_brackets *b, const char *name, const hn_problem *problem,
                             const hn_brackets_options *options, double fallback, double span,
                             hone_error *err)
{
    double r = options->min_resource, R = options->max_resource;
    b->problem = problem;
    b->options = options;
    hn_ladder_span(options->eta, fallback, span, &r, &R);
    HN_TRY(check_range(name, options, r, R, err));
    if (problem->lag > 0)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "%s promotes when trials have reached their rung, whenever that is, which a "
                       "deterministic study cannot allow: use asha",
                       name);
    hn_ladder_make(r, R, options->eta, &b->ladder);
    if (b->ladder.n < 2)
        return hn_fail(
            err, HONE_EINVAL,
            "options \"min_resource\", %g, and \"max_resource\", %g, of %s: they must lie "
            "a factor of eta, %g, apart at least",
            r, R, name, options->eta);
    return hn_aims_choose(problem, name, options->metric, &b->aims, err);
}

void hn_brackets_free(hn_brackets *b)
{
    hn_vec_free(&b->rows);
    hn_vec_free(&b->scores);
    hn_marks_free(&b->marks);
    hn_vec_free(&b->shown);
    hn_vec_free(&b->placed);
    hn_vec_free(&b->list);
    hn_vec_free(&b->changed);
    hn_ranks_free(&b->levels.ranks);
    hn_vec_free(&b->levels.at);
    hn_vec_free(&b->levels.entries);
    hn_vec_free(&b->order);
}

void hn_brackets_fini(void *self)
{
    hn_brackets_free(self);
}

hone_status hn_brackets_compared(void *self, const hn_view *view, hn_compared *out, hone_error *err)
{
    const hn_brackets *b = self;
    (void)view, (void)err;
    *out = (hn_compared){.n = b->aims.n == 1 ? b->ladder.n : 0,
                         .metric = b->aims.watched.metric,
                         .best = b->options->value == HN_COUNTED_BEST};
    for (uint32_t k = 0; k < out->n; k++)
        out->at[k] = b->ladder.at[k];
    return HONE_OK;
}

void hn_brackets_refresh(hn_brackets *b)
{
    b->fresh = true;
    for (uint32_t level = 0; level < b->ladder.n; level++) {
        uint64_t most = 0;
        for (uint32_t kind = 0; kind < b->n_kinds; kind++) {
            const hn_rungs *r = &b->kinds[kind];
            uint64_t size = level >= r->first ? r->size[level - r->first] : 0;
            most = size > most ? size : most;
        }
        b->rungs[level] = (hn_rung){b->ladder.at[level], (uint32_t)most};
    }
}

// --- climbing ---

// With room in `changed` for all of them, so that a note never fails.
static hone_status make_rows(hn_brackets *b, size_t n, hone_error *err)
{
    const hn_climber blank = {.step = -INFINITY, .best = NAN, .bracket = HN_NONE};
    if (n <= b->rows.n)
        return HONE_OK;
    size_t more = n - b->rows.n, width = b->aims.many ? hn_mark_width(&b->aims) : 0;
    if (!hn_vec_reserve(&b->shown, more * b->ladder.n * width) || !hn_vec_reserve(&b->rows, more) ||
        !hn_vec_reserve(&b->scores, more * b->ladder.n) ||
        !hn_vec_reserve(&b->changed, n - b->changed.n) || !hn_vec_reserve(&b->order, n + 1))
        return hn_fail_memory(err);
    for (size_t i = 0; i < more; i++)
        b->rows.data[b->rows.n++] = blank;
    for (size_t i = 0; i < more * b->ladder.n; i++)
        b->scores.data[b->scores.n++] = NAN;
    b->shown.n += more * b->ladder.n * width; // as scores say when there is something
    return HONE_OK;
}

static void note(hn_brackets *b, uint32_t trial)
{
    if (b->rows.data[trial].changed)
        return;
    b->rows.data[trial].changed = true;
    b->changed.data[b->changed.n++] = trial;
}

void hn_brackets_settle(hn_brackets *b)
{
    for (size_t i = 0; i < b->changed.n; i++)
        b->rows.data[b->changed.data[i]].changed = false;
    hn_vec_clear(&b->changed);
}

static bool is_dead(hone_trial_state state)
{
    return hn_state_finished(state) && state != HONE_STATE_COMPLETE && state != HONE_STATE_PRUNED;
}

// Its bracket was behind what decisions look at: all of them are looked at again.
static void reopen(hn_brackets *b, uint32_t trial)
{
    if (trial >= b->done.n_trials)
        return;
    b->done.n_brackets = b->done.n_placed = 0;
    b->done.n_trials = b->done.n_alive = 0;
    b->refill = true;
}

static hone_status take(hn_brackets *b, const hn_fold *fold, const hn_report *report,
                        hone_error *err)
{
    hn_climber *row = &b->rows.data[report->trial];
    size_t at = (size_t)report->trial * b->ladder.n, width = hn_mark_width(&b->aims);
    uint32_t n_before = row->n_reached;
    double score, mark[HN_MARK_MOST];
    bool seen;
    HN_TRY(hn_score_take(&b->marks, &b->aims, fold, report, b->options->value == HN_COUNTED_BEST,
                         &row->best, &seen, &score, mark, err));
    if (!seen)
        return HONE_OK;
    b->n_backward += report->step <= row->step;
    if (report->step > row->step)
        row->step = report->step;
    for (; row->n_reached < b->ladder.n && row->step >= b->ladder.at[row->n_reached];
         row->n_reached++) {
        b->scores.data[at + row->n_reached] = score;
        if (b->aims.many)
            memcpy(b->shown.data + (at + row->n_reached) * width, mark, width * sizeof *mark);
    }
    if (row->n_reached == n_before || report->trial >= b->n_filled)
        return HONE_OK;
    note(b, report->trial);
    b->refill |= is_dead((hone_trial_state)row->state); // it may be due to a place now
    reopen(b, report->trial);
    return HONE_OK;
}

static bool is_complete(const hn_view *view, uint32_t trial)
{
    return hn_view_state(view, trial) == HONE_STATE_COMPLETE;
}

bool hn_climbed(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level)
{
    return b->rows.data[trial].n_reached > level || is_complete(view, trial);
}

bool hn_given_more(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level)
{
    double limit = view->fold->trials.data[trial].resource;
    return level + 1 < b->ladder.n && (limit <= 0 || limit > b->ladder.at[level]);
}

// A copy of an earlier result stands nowhere: the one that it was copied from does.
double hn_climb_score(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level)
{
    if (b->rows.data[trial].n_reached > level)
        return b->scores.data[(size_t)trial * b->ladder.n + level];
    if (!is_complete(view, trial) || view->fold->trials.data[trial].copied >= 0)
        return NAN;
    if (b->aims.many) {
        double mark[HN_MARK_MOST];
        hn_mark_of_complete(&b->aims, view, trial, mark);
        return hn_mark_is_number(&b->aims, mark) ? mark[1] : NAN;
    }
    double value = hn_view_value(view, trial, b->aims.watched.metric);
    return b->aims.watched.maximize ? -value : value;
}

// --- brackets ---

uint64_t hn_bracket_capacity(const hn_brackets *b, uint32_t bracket)
{
    const hn_rungs *rungs = hn_bracket_rungs(b, bracket);
    uint64_t n = rungs->size[0];
    for (uint32_t i = 1; i < rungs->n && !hn_bracket_climbs(b, bracket); i++)
        n += rungs->size[i];
    return n;
}

uint32_t hn_bracket_rung_of(const hn_brackets *b, uint32_t bracket, uint32_t k)
{
    const hn_rungs *rungs = hn_bracket_rungs(b, bracket);
    uint64_t end = rungs->size[0];
    uint32_t rung = 0;
    if (hn_bracket_climbs(b, bracket))
        return 0;
    while (k >= end && rung + 1 < rungs->n)
        end += rungs->size[++rung];
    return rung;
}

// Which member of a bracket the trial is; the next one when it is none.
static uint32_t member_of(const hn_brackets *b, uint32_t bracket, uint32_t trial)
{
    const hn_bracket *list = &b->list.data[bracket];
    for (uint32_t k = 0; k < list->n; k++)
        if (b->placed.data[list->begin + k] == trial)
            return k;
    return list->n;
}

uint32_t hn_climb_first(const hn_brackets *b, uint32_t trial)
{
    uint32_t bracket = b->rows.data[trial].bracket, first = hn_bracket_rungs(b, bracket)->first;
    if (hn_bracket_climbs(b, bracket))
        return first;
    return first + hn_bracket_rung_of(b, bracket, member_of(b, bracket, trial));
}

// The bracket that the next trial enters; a new one if the last is full.
static hone_status open_bracket(hn_brackets *b, uint32_t *out, hone_error *err)
{
    uint32_t last = (uint32_t)b->list.n - 1;
    if (b->list.n > 0 && b->list.data[last].n < hn_bracket_capacity(b, last)) {
        *out = last;
        return HONE_OK;
    }
    *out = (uint32_t)b->list.n;
    return hn_vec_push(&b->list, (hn_bracket){.begin = (uint32_t)b->placed.n})
               ? HONE_OK
               : hn_fail_memory(err);
}

static hone_status place(hn_brackets *b, const hn_view *view, uint32_t trial, hone_error *err)
{
    hn_climber *row = &b->rows.data[trial];
    hone_trial_state state = hn_view_state(view, trial);
    uint32_t at;
    row->bracket = HN_NONE;
    row->state = (uint8_t)state;
    row->limit = view->fold->trials.data[trial].resource;
    row->counts = hn_watch_counts(view, trial);
    note(b, trial);
    if (!row->counts)
        return HONE_OK;
    b->n_alive += !is_dead(state);
    HN_TRY(open_bracket(b, &at, err));
    if (is_dead(state) && hn_bracket_climbs(b, at) &&
        row->n_reached <= hn_bracket_rungs(b, at)->first)
        return HONE_OK;
    if (!hn_vec_push(&b->placed, trial))
        return hn_fail_memory(err);
    b->list.data[at].n++;
    b->list.data[at].idle = false;
    row->bracket = at;
    return HONE_OK;
}

static hone_status fill_brackets(hn_brackets *b, const hn_view *view, hone_error *err)
{
    uint32_t n = (uint32_t)view->fold->trials.n;
    if (b->refill) {
        b->list.n = b->done.n_brackets;
        b->placed.n = b->done.n_placed;
        b->n_alive = b->done.n_alive;
        b->n_filled = b->done.n_trials;
    }
    b->refill = true; // unless all goes well
    for (; b->n_filled < n; b->n_filled++)
        HN_TRY(place(b, view, b->n_filled, err));
    b->refill = false;
    return HONE_OK;
}

static hone_status take_all(hn_brackets *b, const hn_view *view, hone_error *err)
{
    const hn_fold *fold = view->fold;
    HN_TRY(make_rows(b, fold->trials.n, err));
    for (; b->n_seen < fold->reports.n; b->n_seen++)
        HN_TRY(take(b, fold, &fold->reports.data[b->n_seen], err));
    return HONE_OK;
}

hone_status hn_brackets_sync(hn_brackets *b, const hn_view *view, hone_error *err)
{
    HN_TRY(take_all(b, view, err));
    return b->refill || b->n_filled < view->fold->trials.n ? fill_brackets(b, view, err) : HONE_OK;
}

hone_status hn_brackets_observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    hn_brackets *b = self;
    (void)err;
    if (trial >= b->n_filled)
        return HONE_OK;
    hn_climber *row = &b->rows.data[trial];
    hone_trial_state state = hn_view_state(view, trial), before = (hone_trial_state)row->state;
    double limit = view->fold->trials.data[trial].resource;
    bool counts = hn_watch_counts(view, trial);
    if (state == before && limit == row->limit && counts == row->counts &&
        !hn_state_finished(state))
        return HONE_OK;
    note(b, trial);
    row->state = (uint8_t)state;
    row->limit = limit;
    b->refill |= counts != row->counts || is_dead(state) != is_dead(before);
    row->counts = counts;
    reopen(b, trial);
    return HONE_OK;
}

bool hn_brackets_closing(const hn_brackets *b)
{
    return b->problem->exhausted ||
           (b->problem->n_trials > 0 && (int64_t)b->n_alive >= b->problem->n_trials);
}

// --- sorting ---

bool hn_comes_first(double a, uint32_t trial_a, double b, uint32_t trial_b)
{
    if (isnan(a) != isnan(b))
        return isnan(b);
    if (!isnan(a) && a != b)
        return a < b;
    return trial_a < trial_b;
}

// Heap sort, since the scores are not in the array and qsort has nothing to reach them by.
static void sift(const hn_brackets *b, const hn_view *view, uint32_t level, uint32_t root,
                 uint32_t n)
{
    uint32_t *order = b->order.data;
    for (uint32_t child; (child = 2 * root + 1) < n; root = child) {
        double score = hn_climb_score(b, view, order[child], level);
        if (child + 1 < n) {
            double other = hn_climb_score(b, view, order[child + 1], level);
            if (hn_comes_first(score, order[child], other, order[child + 1])) {
                child++;
                score = other;
            }
        }
        if (!hn_comes_first(hn_climb_score(b, view, order[root], level), order[root], score,
                            order[child]))
            return;
        uint32_t moved = order[root];
        order[root] = order[child];
        order[child] = moved;
    }
}

void hn_brackets_sort(hn_brackets *b, const hn_view *view, uint32_t level, uint32_t n)
{
    uint32_t *order = b->order.data;
    if (b->aims.many) {
        hn_brackets_sort_marks(b, view, level, n, NULL);
        return;
    }
    for (uint32_t root = n / 2; root-- > 0;)
        sift(b, view, level, root, n);
    for (uint32_t end = n; end-- > 1;) {
        uint32_t last = order[0];
        order[0] = order[end];
        order[end] = last;
        sift(b, view, level, 0, end);
    }
}

// --- parts of a class ---

// Bracket of a trial, which the view may not have yet, and the rung of it that it begins at.
static hone_status find_place(hn_brackets *b, const hn_view *view, uint32_t trial,
                              uint32_t *bracket, uint32_t *rung, hone_error *err)
{
    *bracket = HN_NONE;
    HN_TRY(hn_brackets_sync(b, view, err));
    size_t n = b->list.n;
    if (trial < b->rows.n)
        *bracket = b->rows.data[trial].bracket;
    if (*bracket == HN_NONE)
        HN_TRY(open_bracket(b, bracket, err));
    *rung = 0;
    if (!hn_bracket_climbs(b, *bracket))
        *rung = hn_bracket_rung_of(b, *bracket, member_of(b, *bracket, trial));
    b->list.n = n; // nobody has entered it
    return HONE_OK;
}

hone_status hn_brackets_resource(void *self, const hn_view *view, uint32_t trial, double *out,
                                 hone_error *err)
{
    hn_brackets *b = self;
    uint32_t at, rung;
    HN_TRY(find_place(b, view, trial, &at, &rung, err));
    *out = b->ladder.at[hn_bracket_rungs(b, at)->first + rung];
    return HONE_OK;
}

bool hn_brackets_place(void *self, const hn_view *view, uint32_t trial, hn_rung_place *out)
{
    hn_brackets *b = self;
    uint32_t at, rung;
    if (!b->fresh || find_place(b, view, trial, &at, &rung, NULL) != HONE_OK)
        return false;
    const hn_rungs *rungs = hn_bracket_rungs(b, at);
    *out = (hn_rung_place){.rungs = b->rungs,
                           .n_rungs = b->ladder.n,
                           .rung = rungs->first + rung,
                           .n_parents = rung > 0 ? (uint32_t)rungs->size[rung] : 0,
                           .n_climbers = UINT32_MAX};
    if (at > 0) // the first bracket is full
        out->n_climbers = b->placed.data[b->list.data[0].n - 1] + 1;
    return true;
}

hone_status hn_brackets_report(void *self, const hn_view *view, uint32_t trial, double step,
                               hn_verdict *out, hone_error *err)
{
    hn_brackets *b = self;
    double limit = view->fold->trials.data[trial].resource;
    (void)step; // where the trial stands is what counts
    HN_TRY(take_all(b, view, err));
    const hn_climber *row = &b->rows.data[trial];
    *out = HN_GO_ON;
    if (!hn_watch_counts(view, trial) || !(limit > 0) || limit >= hn_brackets_end(b) ||
        row->step < limit)
        return HONE_OK;
    bool broken = row->n_reached > 0 &&
                  isnan(b->scores.data[(size_t)trial * b->ladder.n + row->n_reached - 1]);
    if (b->fresh && !broken) { // seldom: once a trial
        HN_TRY(hn_brackets_sync(b, view, err));
        row = &b->rows.data[trial];
        broken = row->bracket != HN_NONE && !hn_bracket_climbs(b, row->bracket);
    }
    *out = broken ? HN_STOP : HN_PAUSE;
    return HONE_OK;
}
