// pasha: asynchronous halving whose last rung is raised only as long as it says something new.
//
// Source: Bohdal, Balles, Wistuba, Ermis, Archambeau, Zappella: PASHA: efficient HPO and NAS with
//     progressive resource allocation. ICLR 2023.
//
// Method
//  1. All trials pause at rungs R η^-k. Promotion is asynchronous (brackets_async.c), but nobody
//     goes beyond the top rung K. K is the second rung at first.
//  2. The trials at rung K are ranked by their values there, and by those at rung K-1. The two
//     rankings agree when each trial, at its place i in the upper one, had below a value no
//     further than ε from that of the trial at place i (soft ranking). As long as they do not
//     agree, K is one higher. K depends on what the view shows now; with each result it may rise,
//     or fall.
//     Several objectives: when each trial, at its place i in the upper one, was below in the same
//     front as the trial at place i; there is no ε.
//  3. ε, unless it is given: of the trials at rung K (the best 16), those pairs count whose curves
//     cross twice at least, so that neither is the better one; ε is the 90 % point of how far
//     their last common values are apart, 0 without any such pair.
//  4. When all wanted trials have begun and nobody else goes on, the best at rung K trains up to R:
//     a study ends with a whole training.
//
// Where this differs from the paper: K is computed from all results that there are, not raised step
// by step; so it may fall back when later trials bring the rankings together, and no more than
// ⌊n/η⌋ of a rung go on.
//
// Each rung is kept in the order of its values, and in that of the values below, and is looked at
// again only when a trial has joined it. Cost: O(n) moves and comparisons of numbers, without a
// sort, when one of n trials reaches a rung; O(length) for each of 120 pairs of curves when the
// best 16 of it are others; O(log n) any other decision.

#include <math.h>
#include <string.h>

#include "schedulers/brackets.h"

enum { FALLBACK = 1, SPAN = 81, MOST_CURVES = 16 };

typedef struct options {
    hn_brackets_options shared;
    double epsilon;
} options;

static const hn_option option_table[] = {
    HN_BRACKETS_OPTIONS("3", "the first rung; 0: max_resource / 81, or 1",
                        "a whole training, which one trial gets at least; 0: 81 min_resource"),
    {"epsilon", HN_OPTION_DOUBLE, offsetof(options, epsilon), "0", 0, 1e300, NULL, NULL,
     "values this close may change places; 0: as curves that cross show"},
    {0},
};

typedef struct point {
    double step, value;
} point;

typedef struct climb {  // a trial at a rung
    double here, below; // its values there, and at the rung below
    uint32_t trial;
} climb;

typedef struct rung {
    HN_VEC(climb) upper;  // by `here`
    HN_VEC(double) lower; // their `below`, sorted
    bool looked, stable;  // since a trial joined; what it showed
    bool compared;        // ε is that of the curves of `best`
    uint32_t best[MOST_CURVES], n_best;
    double epsilon;
} rung;

typedef struct state {
    hn_brackets brackets; // first
    double epsilon;       // given, 0: not
    rung rungs[HN_LADDER_MAX];
    HN_VEC(uint64_t) is_at;        // [trial] bit k: it is at rung k
    uint32_t n_backward;           // as of the last decision
    HN_VEC(point) points;          // of the curves that are compared, one after another
    size_t begin[MOST_CURVES + 1]; // of each
    double apart[MOST_CURVES * MOST_CURVES];
} state;

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    hn_brackets *b = &s->brackets;
    const options *o = given;
    HN_TRY(hn_brackets_init(b, "pasha", problem, &o->shared, FALLBACK, SPAN, err));
    if (o->epsilon > 0 && b->aims.n > 1)
        return hn_fail(
            err, HONE_EINVAL,
            "option \"epsilon\" of pasha is a distance of values of one metric, the study "
            "has %u objectives: leave it out, or name one by the option metric",
            problem->n_objectives);
    s->epsilon = o->epsilon;
    b->n_kinds = 1;
    b->kinds[0] = (hn_rungs){.n = b->ladder.n, .size = {UINT64_MAX}}; // a bracket without an end
    return HONE_OK;
}

static void fini(void *self)
{
    state *s = self;
    hn_brackets_free(&s->brackets);
    for (uint32_t k = 0; k < HN_LADDER_MAX; k++) {
        hn_vec_free(&s->rungs[k].upper);
        hn_vec_free(&s->rungs[k].lower);
    }
    hn_vec_free(&s->is_at);
    hn_vec_free(&s->points);
}

// --- noise ---

// The values of a trial up to a step, by growing steps; of several on one step the first.
static bool add_curve(state *s, const hn_view *view, uint32_t trial, double end)
{
    size_t begin = s->points.n;
    uint32_t at = HN_NONE;
    point p;
    while (hn_watch_next(&s->brackets.aims.watched, view->fold, trial, &at, &p.step, &p.value)) {
        bool further = s->points.n == begin || p.step > s->points.data[s->points.n - 1].step;
        if (further && p.step <= end && isfinite(p.value) && !hn_vec_push(&s->points, p))
            return false;
    }
    return true;
}

// How far two curves that cross twice are apart at their last common step; NaN: they do not.
static double apart_of(const state *s, size_t one, size_t other)
{
    if (s->points.n == 0)
        return NAN;
    const point *p = s->points.data + s->begin[one], *p_end = s->points.data + s->begin[one + 1];
    const point *q = s->points.data + s->begin[other];
    const point *q_end = s->points.data + s->begin[other + 1];
    double last = NAN;
    int sign = 0, n_crossed = 0;
    while (p < p_end && q < q_end) {
        if (p->step != q->step) {
            p->step < q->step ? p++ : q++;
            continue;
        }
        double by = (p++)->value - (q++)->value;
        int now = (by > 0) - (by < 0);
        n_crossed += now * sign < 0;
        sign = now ? now : sign;
        last = fabs(by);
    }
    return n_crossed >= 2 ? last : NAN;
}

static void insert(double *sorted, size_t n, double value)
{
    while (n > 0 && sorted[n - 1] > value) {
        sorted[n] = sorted[n - 1];
        n--;
    }
    sorted[n] = value;
}

// ε of the best of a rung, when these are others than the last time.
static bool estimate(state *s, const hn_view *view, uint32_t level)
{
    rung *r = &s->rungs[level];
    uint32_t n_curves = r->upper.n < MOST_CURVES ? (uint32_t)r->upper.n : MOST_CURVES;
    size_t n = 0;
    bool same = r->compared && n_curves == r->n_best;
    for (uint32_t i = 0; i < n_curves; i++) {
        same = same && r->best[i] == r->upper.data[i].trial;
        r->best[i] = r->upper.data[i].trial;
    }
    r->n_best = n_curves;
    if (same)
        return true;
    r->compared = false;
    hn_vec_clear(&s->points);
    for (uint32_t i = 0; i < n_curves; i++) {
        s->begin[i] = s->points.n;
        if (!add_curve(s, view, r->best[i], s->brackets.ladder.at[level]))
            return false;
    }
    s->begin[n_curves] = s->points.n;
    for (uint32_t i = 0; i < n_curves; i++)
        for (uint32_t j = i + 1; j < n_curves; j++) {
            double apart = apart_of(s, i, j);
            if (!isnan(apart))
                insert(s->apart, n++, apart);
        }
    r->epsilon = n > 0 ? s->apart[(size_t)ceil(0.9 * (double)n) - 1] : 0;
    r->compared = true;
    return true;
}

// --- rungs ---

// How many of a rung come before a climb.
static size_t place_above(const rung *r, const climb *c)
{
    size_t from = 0, to = r->upper.n;
    while (from < to) {
        size_t middle = (from + to) / 2;
        const climb *other = &r->upper.data[middle];
        if (hn_comes_first(other->here, other->trial, c->here, c->trial))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static size_t place_below(const rung *r, double below)
{
    size_t from = 0, to = r->lower.n;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (r->lower.data[middle] < below)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool join(rung *r, climb c)
{
    if (!hn_vec_reserve(&r->upper, 1) || !hn_vec_reserve(&r->lower, 1))
        return false;
    climb *above = r->upper.data + place_above(r, &c);
    double *below = r->lower.data + place_below(r, c.below);
    memmove(above + 1, above, (char *)(r->upper.data + r->upper.n++) - (char *)above);
    memmove(below + 1, below, (char *)(r->lower.data + r->lower.n++) - (char *)below);
    *above = c;
    *below = c.below;
    return true;
}

static void leave(rung *r, climb c)
{
    climb *above = r->upper.data + place_above(r, &c);
    double *below = r->lower.data + place_below(r, c.below);
    memmove(above, above + 1, (char *)(r->upper.data + r->upper.n--) - (char *)(above + 1));
    memmove(below, below + 1, (char *)(r->lower.data + r->lower.n--) - (char *)(below + 1));
}

// Takes in what has happened to a trial: it has come to rungs, or has got or lost its place.
static bool update(state *s, uint32_t trial)
{
    const hn_brackets *b = &s->brackets;
    const hn_climber *row = &b->rows.data[trial];
    const double *scores = b->scores.data + (size_t)trial * b->ladder.n;
    uint64_t *is_at = &s->is_at.data[trial];
    for (uint32_t k = 1; k < b->ladder.n; k++) {
        uint64_t bit = UINT64_C(1) << k;
        bool was = *is_at & bit, is = row->bracket != HN_NONE && row->n_reached > k &&
                                      !isnan(scores[k]) && !isnan(scores[k - 1]);
        climb c = {scores[k], scores[k - 1], trial};
        if (is == was)
            continue;
        if (is && !join(&s->rungs[k], c))
            return false;
        if (!is)
            leave(&s->rungs[k], c);
        *is_at ^= bit;
        s->rungs[k].looked = false;
    }
    return true;
}

static hone_status update_all(state *s, hone_error *err)
{
    hn_brackets *b = &s->brackets;
    while (s->is_at.n < b->rows.n)
        if (!hn_vec_push(&s->is_at, 0))
            return hn_fail_memory(err);
    for (size_t i = 0; i < b->changed.n; i++)
        if (!update(s, b->changed.data[i]))
            return hn_fail_memory(err);
    // A trial that began again may have reported steps that were left out before.
    for (uint32_t k = 0; b->n_backward != s->n_backward && k < b->ladder.n; k++)
        s->rungs[k].looked = s->rungs[k].compared = false;
    s->n_backward = b->n_backward;
    return HONE_OK;
}

// --- the top rung ---

// The trials of rung `level` by the order that marks have at another one, into b->order.
static uint32_t order_by_marks(state *s, const hn_view *view, uint32_t level, uint32_t at,
                               uint32_t *tiers)
{
    hn_brackets *b = &s->brackets;
    const rung *r = &s->rungs[level];
    for (size_t i = 0; i < r->upper.n; i++)
        b->order.data[i] = r->upper.data[i].trial;
    hn_brackets_sort_marks(b, view, at, (uint32_t)r->upper.n, tiers);
    return (uint32_t)r->upper.n;
}

// Where marks count: the rankings agree when each trial, at its place in the upper one, was below
// in the same front as the trial at that place; with one objective, or no further than ε from it.
static hone_status compare_marks(state *s, const hn_view *view, uint32_t level, double epsilon,
                                 bool *out, hone_error *err)
{
    hn_brackets *b = &s->brackets;
    hn_arena arena = HN_ARENA_INIT;
    size_t n_all = s->rungs[level].upper.n + 1;
    uint32_t *tiers = HN_NEW(&arena, uint32_t, n_all), *lower = HN_NEW(&arena, uint32_t, n_all);
    uint32_t *tier_of = HN_NEW(&arena, uint32_t, b->rows.n + 1);
    uint32_t n = 0;
    b->no_memory = !tiers || !lower || !tier_of;
    if (!b->no_memory)
        n = order_by_marks(s, view, level, level - 1, tiers);
    if (b->no_memory)
        n = 0;
    for (uint32_t i = 0; i < n; i++) {
        lower[i] = b->order.data[i];
        tier_of[lower[i]] = tiers[i];
    }
    if (!b->no_memory)
        (void)order_by_marks(s, view, level, level, NULL);
    for (uint32_t i = 0; i < n && *out; i++) {
        double here[HN_MARK_MOST], there[HN_MARK_MOST];
        hn_climb_mark(b, view, b->order.data[i], level - 1, here);
        hn_climb_mark(b, view, lower[i], level - 1, there);
        *out = tier_of[b->order.data[i]] == tiers[i] ||
               (b->aims.n == 1 && here[0] == there[0] && fabs(here[1] - there[1]) <= epsilon);
    }
    hn_arena_free(&arena);
    return b->no_memory ? hn_fail_memory(err) : HONE_OK;
}

// Do rung `level` and the one below rank the trials in the same way?
static hone_status look_stable(state *s, const hn_view *view, uint32_t level, bool *out,
                               hone_error *err)
{
    rung *r = &s->rungs[level];
    double epsilon = s->epsilon;
    bool several = s->brackets.aims.n > 1;
    *out = r->stable;
    if (r->looked)
        return HONE_OK;
    if (!several && epsilon <= 0 && !estimate(s, view, level))
        return hn_fail_memory(err);
    epsilon = !several && epsilon <= 0 ? r->epsilon : epsilon;
    *out = true;
    if (s->brackets.aims.many) {
        HN_TRY(compare_marks(s, view, level, epsilon, out, err));
        r->stable = *out;
        r->looked = true;
        return HONE_OK;
    }
    for (size_t i = 0; i < r->upper.n && *out; i++) {
        double here = r->upper.data[i].below, there = r->lower.data[i];
        *out = here == there || fabs(here - there) <= epsilon;
    }
    r->stable = *out;
    r->looked = true;
    return HONE_OK;
}

static hone_status find_top(state *s, const hn_view *view, uint32_t *out, hone_error *err)
{
    bool stable = false;
    HN_TRY(update_all(s, err));
    for (*out = 1; *out + 1 < s->brackets.ladder.n; (*out)++) {
        HN_TRY(look_stable(s, view, *out, &stable, err));
        if (stable)
            break;
    }
    return HONE_OK;
}

// --- deciding ---

// The best at the top rung, unless somebody beyond it has finished or may do so.
static void finish(hn_brackets *b, const hn_view *view, uint32_t top, hn_next *out)
{
    uint32_t n_gone = hn_brackets_level(b, 0, top)->n_gone, n = 0;
    for (size_t i = 0; i < b->placed.n; i++)
        if (hn_climbed(b, view, b->placed.data[i], top))
            b->order.data[n++] = b->placed.data[i];
    for (uint32_t i = 0; i < n && n_gone > 0; i++) { // somebody has to finish
        hone_trial_state is = hn_view_state(view, b->order.data[i]);
        bool failed = hn_state_finished(is) && is != HONE_STATE_COMPLETE;
        n_gone -= failed && hn_climbed(b, view, b->order.data[i], top + 1);
    }
    hn_brackets_sort(b, view, top, n);
    for (uint32_t i = 0; i < n && n_gone == 0; i++) {
        uint32_t trial = b->order.data[i];
        if (hn_view_state(view, trial) != HONE_STATE_PAUSED ||
            isnan(hn_climb_score(b, view, trial, top)))
            continue;
        *out = (hn_next){HN_NEXT_RESUME, trial, hn_brackets_end(b)};
        return;
    }
}

static hone_status next(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    state *s = self;
    hn_brackets *b = &s->brackets;
    uint32_t top = 1;
    HN_TRY(hn_brackets_sync(b, view, err));
    HN_TRY(find_top(s, view, &top, err));
    HN_TRY(hn_brackets_next_async(b, view, top, out, err));
    if (out->kind == HN_NEXT_NEW && hn_brackets_closing(b) &&
        view->fold->n_state[HONE_STATE_RUNNING] == 0)
        finish(b, view, top, out);
    return b->no_memory ? hn_fail_memory(err) : HONE_OK;
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    return hn_brackets_explain(self, view, trial, true);
}

const hn_scheduler_class hn_scheduler_pasha = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "pasha",
             .summary = "asha that trains longer only while longer training changes the ranking",
             .source = "Bohdal et al., PASHA: efficient HPO and NAS, 2023",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_PAUSE | HN_GIVES_RESOURCE,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .next = next,
    .resource = hn_brackets_resource,
    .report = hn_brackets_report,
    .observe = hn_brackets_observe,
    .fini = fini,
    .explain = explain,
    .rungs = hn_brackets_compared,
};
