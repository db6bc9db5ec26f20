// pasha: asynchronous halving whose last rung is raised only as long as it says something new.
//
// Source: Bohdal, Balles, Wistuba, Ermis, Archambeau, Zappella: PASHA: efficient HPO and NAS with
//     progressive resource allocation. ICLR 2023.
//
// Method
//  1. All trials pause at rungs R η^-k. Promotion is asynchronous (brackets_next.c), but nobody
//     goes beyond the top rung K. K is the second rung at first.
//  2. The trials at rung K are ranked by their values there, and by those at rung K-1. The two
//     rankings agree when each trial, at its place i in the upper one, had below a value no
//     further than ε from that of the trial at place i (soft ranking). As long as they do not
//     agree, K is one higher. K depends on what the view shows now; with each result it may rise,
//     or fall.
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
// Cost: O(n log n) a decision for the n trials, and O(length) for each of 120 pairs of curves.

#include <math.h>

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

typedef struct state {
    hn_brackets brackets; // first
    double epsilon;       // given, 0: not
    HN_VEC(uint32_t) upper;
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
    s->epsilon = o->epsilon;
    b->n_kinds = 1;
    b->kinds[0] = (hn_rungs){.n = b->ladder.n, .size = {UINT64_MAX}}; // a bracket without an end
    return HONE_OK;
}

static void fini(void *self)
{
    state *s = self;
    hn_brackets_free(&s->brackets);
    hn_vec_free(&s->upper);
    hn_vec_free(&s->points);
}

// --- noise ---

// The values of a trial up to a step, by growing steps; of several on one step the first.
static bool add_curve(state *s, const hn_view *view, uint32_t trial, double end)
{
    size_t begin = s->points.n;
    uint32_t at = HN_NONE;
    point p;
    while (hn_watch_next(&s->brackets.watched, view->fold, trial, &at, &p.step, &p.value)) {
        bool further = s->points.n == begin || p.step > s->points.data[s->points.n - 1].step;
        if (further && p.step <= end && isfinite(p.value) && !hn_vec_push(&s->points, p))
            return false;
    }
    return true;
}

// How far two curves that cross twice are apart at their last common step; NaN: they do not.
static double apart_of(const state *s, size_t one, size_t other)
{
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

// ε of the first trials of s->upper.
static bool estimate(state *s, const hn_view *view, uint32_t level, double *epsilon)
{
    size_t n_curves = s->upper.n < MOST_CURVES ? s->upper.n : MOST_CURVES, n = 0;
    hn_vec_clear(&s->points);
    for (size_t i = 0; i < n_curves; i++) {
        s->begin[i] = s->points.n;
        if (!add_curve(s, view, s->upper.data[i], s->brackets.ladder.at[level]))
            return false;
    }
    s->begin[n_curves] = s->points.n;
    for (size_t i = 0; i < n_curves; i++)
        for (size_t j = i + 1; j < n_curves; j++) {
            double apart = apart_of(s, i, j);
            if (!isnan(apart))
                insert(s->apart, n++, apart);
        }
    *epsilon = n > 0 ? s->apart[(size_t)ceil(0.9 * (double)n) - 1] : 0;
    return true;
}

// --- the top rung ---

// Those with a number at rung `level`, into `order`.
static uint32_t at_rung(hn_brackets *b, const hn_view *view, uint32_t level)
{
    uint32_t n_gone, n_all = hn_brackets_at_level(b, view, 0, level, &n_gone), n = 0;
    for (uint32_t i = 0; i < n_all; i++) {
        uint32_t trial = b->order.data[i];
        if (b->rows.data[trial].n_reached > level &&
            !isnan(hn_climb_score(b, view, trial, level)) &&
            !isnan(hn_climb_score(b, view, trial, level - 1)))
            b->order.data[n++] = trial;
    }
    return n;
}

// Do rung `level` and the one below rank the trials in the same way?
static hone_status look_stable(state *s, const hn_view *view, uint32_t level, bool *out,
                               hone_error *err)
{
    hn_brackets *b = &s->brackets;
    double epsilon = s->epsilon;
    uint32_t n = at_rung(b, view, level);
    hn_brackets_sort(b, view, level, n);
    hn_vec_clear(&s->upper);
    if (!hn_vec_reserve(&s->upper, n + 1))
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < n; i++)
        s->upper.data[s->upper.n++] = b->order.data[i];
    if (epsilon <= 0 && !estimate(s, view, level, &epsilon))
        return hn_fail_memory(err);
    hn_brackets_sort(b, view, level - 1, n);
    *out = true;
    for (uint32_t i = 0; i < n; i++) {
        double here = hn_climb_score(b, view, s->upper.data[i], level - 1);
        double there = hn_climb_score(b, view, b->order.data[i], level - 1);
        *out = *out && (here == there || fabs(here - there) <= epsilon);
    }
    return HONE_OK;
}

static hone_status find_top(state *s, const hn_view *view, uint32_t *out, hone_error *err)
{
    bool stable = false;
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
    uint32_t n_gone, n = hn_brackets_at_level(b, view, 0, top, &n_gone);
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
    return HONE_OK;
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
};
