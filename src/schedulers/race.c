// race: trials of several parts (folds, seeds, instances) run them one after another; a trial is
// stopped as soon as it is clearly worse than the best one on the parts that both have run.
//
// Method
//  1. The parts of a trial are the runs of its command that have ended (core/parts.h), each with
//     its own value. A trial that is one run has as its parts the values that it reports: its steps
//     are the numbers of folds or instances, as with Optuna's WilcoxonPruner.
//  2. The leader is the complete trial of the same plan (as many folds and repeats) with the best
//     value. It has run all parts; so a good challenger gains parts until it has as many.
//  3. d_i, i = 1 … n: how much worse the challenger is than the leader on each part that both
//     have. What the parts have in common (a hard fold, a large instance) is not in these. Nothing
//     is stopped while their mean is not above 0, or n < `n_min`.
//  4. test=t: the paired t test, one-sided, at level `p`. Two or three parts say little about their
//     own variance; so it is joined with what trials before had: with S_0, the squares of the
//     differences of up to 50 other trials about their own means, and its f_0 degrees of freedom,
//         v = (f_p S_0 / f_0 + S) / (f_p + n - 1),   f_p = min(4, f_0),
//     and t = mean √(n / v) has f_p + n - 1 degrees of freedom (Smyth 2004, with a fixed weight of
//     the prior). One single part is then enough where the difference is large.
//     test=wilcoxon: signed ranks, exact (num/paired.h), at level `p`. Needs four parts for 0.1.
//     test=mean: SMAC's: at 1, 2, 4, … parts whoever is worse on average is stopped.
//  5. Whatever the test, a trial is stopped when not even `bound` in each part that the leader has
//     besides would make its mean better than the leader's; and when an infinite value already
//     makes that impossible. Parts that are NaN in either are left out.
//
// Sources: Maron, Moore: The racing algorithm: model selection for lazy learners. Artificial
//     Intelligence Review 11, 1997 (races); Hutter, Hoos, Leyton-Brown, Stützle: ParamILS. JAIR 36,
//     2009, and Lindauer et al.: SMAC3. JMLR 23, 2022 (test=mean, the bound); Smyth: Linear models
//     and empirical Bayes methods. Statistical Applications in Genetics and Molecular Biology 3,
//     2004 (eq. 4).
//
// The level is that of each look; of trials exactly as good as the leader about a third are stopped
// on the way to ten parts, which costs nothing. docs/algorithms/race.md has the figures.
//
// With a lag (deterministic studies) the leader and the variance come from those trials alone that
// the judged trial's own suggestion could see.
//
// Cost: O(parts log parts) a report for each of up to 50 trials that are looked back at (and up to
// 400 that are passed over). Invariant: leaders[t] is the best of trials 0 … t, whatever is
// running.

#include <hone/sys/scheduler.h>

#include <math.h>
#include <stdlib.h>

#include "core/merit.h"
#include "core/parts.h"
#include "num/paired.h"
#include "schedulers/standing.h"

enum { TEST_T, TEST_WILCOXON, TEST_MEAN };
enum { LOOK_BACK = 50, PASS_OVER = 400, PRIOR_WEIGHT = 4 };

typedef struct options {
    int32_t test;
    double p, bound;
    int64_t n_min;
    const char *metric;
} options;

static const hn_option option_table[] = {
    {"test", HN_OPTION_CHOICE, offsetof(options, test), "t", 1, 0, "t|wilcoxon|mean", NULL,
     "what says that a trial is worse: a paired test, or the mean at 1, 2, 4, … parts"},
    {"p", HN_OPTION_DOUBLE, offsetof(options, p), "0.1", 0, 0.5, NULL, NULL,
     "level of the test at each look: the more, the sooner a trial is stopped"},
    {"n_min", HN_OPTION_INT, offsetof(options, n_min), "1", 1, 1e6, NULL, "parts",
     "parts in common with the best trial before a test stops anything"},
    {"bound", HN_OPTION_DOUBLE, offsetof(options, bound), "inf", 1, 0, NULL, NULL,
     "the best value that a part can have, as 0 for an error; infinite: none"},
    {"metric", HN_OPTION_TEXT, offsetof(options, metric), NULL, 1, 0, NULL, NULL,
     "what is compared; the objective if there is just one"},
    {0},
};

typedef struct point {
    double key, value; // number of the part, or step; less is better
    uint32_t order;
} point;

typedef struct state {
    const options *options;
    hn_watched watched;
    uint16_t folds, repeats;  // the plan that `leaders` is of
    HN_VEC(uint32_t) leaders; // by trial: the best up to it, HN_NONE
    HN_VEC(point) lead;       // scratch: the leader's parts by key
    HN_VEC(double) d;         // scratch, by part of the leader; NaN: not in common
    hn_last_stop why;
} state;

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    s->options = given;
    return hn_watch_choose(problem, "race", s->options->metric, true, &s->watched, err);
}

static void fini(void *self)
{
    state *s = self;
    hn_vec_free(&s->leaders);
    hn_vec_free(&s->lead);
    hn_vec_free(&s->d);
}

static double towards_less(const state *s, double value)
{
    return s->watched.maximize ? -value : value;
}

// --- parts ---

// Walks over the parts of a trial; `*at` as hn_watch_next has it.
static bool next_part(const state *s, const hn_fold *fold, uint32_t trial, uint32_t *at, point *out)
{
    const hn_trial *t = &fold->trials.data[trial];
    bool found;
    if (hn_parts_planned(t) == 0) {
        found = hn_watch_next(&s->watched, fold, trial, at, &out->key, &out->value);
    } else {
        uint32_t next = *at == HN_NONE ? t->first_part : fold->parts.data[*at].next;
        found = next != HN_NONE;
        if (found) {
            const hn_part *part = &fold->parts.data[next];
            out->key = part->index;
            out->value = fold->numbers.data[part->values + s->watched.metric];
            *at = next;
        }
    }
    out->value = found ? towards_less(s, out->value) : NAN;
    return found;
}

static int by_key(const void *a, const void *b)
{
    const point *p = a, *q = b;
    if (p->key != q->key)
        return p->key < q->key ? -1 : 1;
    return p->order < q->order ? -1 : p->order > q->order;
}

// The leader's parts in order of their keys, the last value of each, NaN left out.
static bool read_lead(state *s, const hn_fold *fold, uint32_t leader)
{
    point one = {0};
    size_t n = 0;
    hn_vec_clear(&s->lead);
    for (uint32_t at = HN_NONE; next_part(s, fold, leader, &at, &one);) {
        one.order = (uint32_t)s->lead.n;
        if (!hn_vec_push(&s->lead, one))
            return false;
    }
    if (s->lead.n > 1)
        qsort(s->lead.data, s->lead.n, sizeof *s->lead.data, by_key);
    for (size_t i = 0; i < s->lead.n; i++)
        if ((i + 1 == s->lead.n || s->lead.data[i + 1].key != s->lead.data[i].key) &&
            !isnan(s->lead.data[i].value))
            s->lead.data[n++] = s->lead.data[i];
    s->lead.n = n;
    hn_vec_clear(&s->d);
    return hn_vec_reserve(&s->d, n + 1);
}

static size_t place_of(const state *s, double key)
{
    size_t low = 0, high = s->lead.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->lead.data[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

typedef struct differences {
    uint32_t n;
    double mean, squares; // about the mean
    double own, leads;    // sums over what is in common, and of all that the leader has
    bool hopeless;        // an infinite value
} differences;

// Of a trial from the leader, into s->d [n] in the order of the leader's parts.
static differences compare(state *s, const hn_fold *fold, uint32_t trial)
{
    differences out = {0};
    point one = {0};
    double *d = s->d.data;
    for (size_t i = 0; i < s->lead.n; i++)
        d[i] = NAN;
    for (uint32_t at = HN_NONE; next_part(s, fold, trial, &at, &one);) {
        size_t i = place_of(s, one.key);
        if (i < s->lead.n && s->lead.data[i].key == one.key)
            d[i] = one.value;
    }
    for (size_t i = 0; i < s->lead.n; i++) {
        double lead = s->lead.data[i].value, own = d[i];
        out.leads += lead;
        if (isnan(own))
            continue;
        out.own += own;
        double by = own - lead, from = by - out.mean;
        d[out.n++] = by;
        out.mean += from / out.n;
        out.squares += from * (by - out.mean);
    }
    out.hopeless = out.own > 0 && isinf(out.own) && isfinite(out.leads);
    return out;
}

// --- the leader ---

static bool may_lead(const state *s, const hn_view *view, uint32_t trial, double *value)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    *value = towards_less(s, hn_view_value(view, trial, s->watched.metric));
    return hn_view_state(view, trial) == HONE_STATE_COMPLETE && hn_watch_finished(view, trial) &&
           t->folds == s->folds && t->repeats == s->repeats && !isnan(*value) &&
           (t->first_part != HN_NONE || t->first_report != HN_NONE);
}

// The best of the trials that show how they ended; HN_NONE.
static hone_status find_leader(state *s, const hn_view *view, uint32_t trial, uint32_t *out,
                               hone_error *err)
{
    const hn_trial *judged = &view->fold->trials.data[trial];
    if (judged->folds != s->folds || judged->repeats != s->repeats) {
        hn_vec_clear(&s->leaders);
        s->folds = judged->folds;
        s->repeats = judged->repeats;
    }
    size_t n = view->problem->lag > 0 ? view->n_results : view->fold->trials.n;
    for (size_t t = s->leaders.n; t < n; t++) {
        double value, best = INFINITY;
        uint32_t leader = t > 0 ? s->leaders.data[t - 1] : HN_NONE;
        if (leader != HN_NONE)
            (void)may_lead(s, view, leader, &best);
        if (may_lead(s, view, (uint32_t)t, &value) && (leader == HN_NONE || value < best))
            leader = (uint32_t)t;
        if (!hn_vec_push(&s->leaders, leader))
            return hn_fail_memory(err);
    }
    *out = n > 0 ? s->leaders.data[n - 1] : HN_NONE;
    return HONE_OK;
}

static hone_status observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    state *s = self;
    (void)view, (void)err;
    if (s->leaders.n > trial)
        s->leaders.n = trial;
    return HONE_OK;
}

// --- tests ---

// Squares of differences from the leader about their means, of trials before; and their degrees of
// freedom. Leaves s->d as of one of them.
static double pooled(state *s, const hn_view *view, uint32_t judged, uint32_t leader, double *df)
{
    double squares = 0;
    uint32_t n = 0, n_passed = 0;
    size_t t = view->problem->lag > 0 ? view->n_results : view->fold->trials.n;
    *df = 0;
    while (t-- > 0 && n < LOOK_BACK && n_passed < PASS_OVER) {
        const hn_trial *row = &view->fold->trials.data[t];
        hone_trial_state now = hn_view_state(view, (uint32_t)t);
        differences other = {0};
        n_passed++;
        if ((now != HONE_STATE_COMPLETE && now != HONE_STATE_PRUNED) || t == judged ||
            t == leader || row->folds != s->folds || row->repeats != s->repeats ||
            !hn_watch_counts(view, (uint32_t)t))
            continue;
        other = compare(s, view->fold, (uint32_t)t);
        if (other.n < 2 || !isfinite(other.squares))
            continue;
        squares += other.squares;
        *df += other.n - 1;
        n++;
    }
    return squares;
}

static bool t_test_says_worse(state *s, const hn_view *view, uint32_t trial, uint32_t leader,
                              const differences *own)
{
    double before, squares = pooled(s, view, trial, leader, &before);
    double prior = fmin(before, PRIOR_WEIGHT), df = prior + own->n - 1;
    if (!(df > 0))
        return false;
    double all = own->squares + (prior > 0 ? prior * (squares / before) : 0);
    double t = own->mean / sqrt(all / df / own->n); // without any variance: infinite
    return hn_student_above(t, df) < s->options->p;
}

static bool is_worse(state *s, const hn_view *view, uint32_t trial, uint32_t leader,
                     const differences *own)
{
    if (own->n < s->options->n_min || !(own->mean > 0) || isinf(own->mean))
        return false;
    if (s->options->test == TEST_MEAN)
        return (own->n & (own->n - 1)) == 0;
    if (s->options->test == TEST_WILCOXON)
        return hn_signed_rank_above(s->d.data, own->n) < s->options->p;
    return t_test_says_worse(s, view, trial, leader, own);
}

// Could the rest of the parts, each as good as can be, still make it better?
static bool is_beaten(const state *s, const differences *own)
{
    double bound = towards_less(s, s->options->bound), rest = (double)s->lead.n - own->n;
    return own->n > 0 && rest > 0 && isfinite(bound) && own->own + rest * bound >= own->leads;
}

static hone_status report(void *self, const hn_view *view, uint32_t trial, double step,
                          hn_verdict *out, hone_error *err)
{
    state *s = self;
    uint32_t leader = HN_NONE;
    (void)step;
    *out = HN_GO_ON;
    if (!hn_watch_counts(view, trial))
        return HONE_OK;
    HN_TRY(find_leader(s, view, trial, &leader, err));
    if (leader == HN_NONE || leader == trial)
        return HONE_OK;
    if (!read_lead(s, view->fold, leader))
        return hn_fail_memory(err);
    differences own = compare(s, view->fold, trial);
    if (own.n == 0)
        return HONE_OK;
    bool beaten = own.hopeless || is_beaten(s, &own);
    if (!beaten && !is_worse(s, view, trial, leader, &own))
        return HONE_OK;
    *out = HN_STOP;
    if (beaten)
        hn_stop_because(&s->why, view, trial,
                        "whatever the rest brings, it cannot pass trial %u any more",
                        (unsigned)leader);
    else
        hn_stop_because(&s->why, view, trial,
                        "worse than trial %u by %.4g on average of the %u part%s in common",
                        (unsigned)leader, own.mean, (unsigned)own.n, own.n == 1 ? "" : "s");
    return HONE_OK;
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    return hn_stop_explain(&s->why, view, trial);
}

const hn_scheduler_class hn_scheduler_race = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "race",
             .summary = "stops what is clearly worse than the best on the same folds or instances",
             .source = "Maron, Moore, The racing algorithm, 1997; Lindauer et al., SMAC3, 2022",
             .can = HN_CAN_MULTI_OBJECTIVE,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .next = hn_next_new,
    .report = report,
    .observe = observe,
    .fini = fini,
    .explain = explain,
};
