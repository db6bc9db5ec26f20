// asha: asynchronous successive halving. Trials are compared at a few steps, the rungs; about one
// in `eta` goes on from each.
//
// Source: Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht, Talwalkar: A System for
//     Massively Parallel Hyperparameter Tuning. MLSys 2020. The variant that stops instead of
//     waiting for promotion is the one of its implementation, and of Optuna's
//     SuccessiveHalvingPruner; with value=last and n_startup=0 they agree decision by decision.
//     Several objectives: Schmucker, Donini, Zafar, Salinas, Archambeau: Multi-objective
//     asynchronous successive halving. 2021.
//
// Method
//  1. Rungs lie at r, r η, r η², … below the longest training R. R is `max_resource`, or else the
//     highest step of any complete trial. While it is not known, nothing is judged. r is
//     `min_resource`, or else R / η³ where R is given and bad trials are stopped: rungs stand from
//     the first report on, and many trials may be compared. A learnt R may still grow, so that its
//     first rungs would come too early, and where trials pause too few of a short study are ever
//     promoted past a third rung: there it is R / η². Bracket b, with `brackets` above 1, leaves
//     out the first b rungs; a trial's bracket is drawn from its number, so that brackets cost
//     about the same.
//  2. A trial is recorded at a rung when it first reaches it, with its best value so far, or
//     (value=last) the one there. NaN stops it.
//  3. variant=stop: it goes on when it is among the best max(⌊n/η⌋, 1) of the n recorded there so
//     far, itself included, or among the first `n_startup`, and is stopped otherwise. Only who goes
//     on is recorded further up. By default nobody is free where R is given, and ten trials are
//     where it is learnt.
//  4. variant=pause: it always pauses there. Whenever a trial may start, the rungs are looked
//     through from the top for one that is paused and among the best ⌊n/η⌋ of its rung, from which
//     fewer than ⌊n/η⌋ have gone on; it resumes up to the next rung. If there is none, a new trial
//     begins. Who ends before the next rung leaves his place to the next best. When all intended
//     trials have begun the best of each rung may go on even if ⌊n/η⌋ is 0: somebody has to finish.
//
// With several objectives, or with constraints, "the best" are the first by non-dominated rank and
// by what is broken, as marks.h says; several objectives count by their values at the rung.
//
// All of it is a function of the journal: reports are taken in its order, as standing.h says. When
// R grows, or a trial is excluded, everything is taken in again. With a lag a trial is compared
// with those alone that its suggestion could see.
//
// Where this differs from the paper: at the end of the study, and in that those who went on early
// and have been overtaken keep their places (4); ties at a cut go on (3).
//
// Cost: O(log trials) a report that reaches a rung, O(1) any other; 24 bytes a trial and rung.
// Where marks are compared: O(n log n) with n trials at the rung, O(n²) beyond two objectives.

#include <hone/sys/scheduler.h>

#include <math.h>

#include "core/explain.h"
#include "num/rng.h"
#include "schedulers/contest.h"
#include "schedulers/rungs.h"

enum { STOP, PAUSE };
enum { BEST, LAST };
enum { MAX_RUNGS = 64 };
// depth: EARLY when the length is given, n_startup: FREE when it is learnt, none when given.
enum { BY_LENGTH = -1, FREE = 10, EARLY = 3, LATE = 2 };

typedef struct options {
    double eta, min_resource, max_resource;
    int64_t brackets, depth, n_startup;
    int32_t variant, value;
    const char *metric;
} options;

static const hn_option option_table[] = {
    {"eta", HN_OPTION_DOUBLE, offsetof(options, eta), "3", 1.5, 100, NULL, NULL,
     "one in eta goes on, to eta times the resource"},
    {"min_resource", HN_OPTION_DOUBLE, offsetof(options, min_resource), "0", 0, 1e15, NULL, "steps",
     "the first rung; 0: max_resource / eta^3, or the longest training / eta^2 if that is learnt, "
     "or trials pause"},
    {"max_resource", HN_OPTION_DOUBLE, offsetof(options, max_resource), "0", 0, 1e15, NULL, "steps",
     "the longest training, which {resource} tells; 0: as complete trials show"},
    {"brackets", HN_OPTION_INT, offsetof(options, brackets), "1", 1, 16, NULL, NULL,
     "shares of the trials that begin to be judged at later rungs"},
    {"depth", HN_OPTION_INT, offsetof(options, depth), "-1", BY_LENGTH, 16, NULL, NULL,
     "without min_resource the first rung lies at eta^-depth of the longest training; -1: as said "
     "there"},
    {"n_startup", HN_OPTION_INT, offsetof(options, n_startup), "-1", BY_LENGTH, 1e9, NULL, "trials",
     "the first trials at a rung, which all go on; -1: 0 with max_resource, else 10"},
    {"variant", HN_OPTION_CHOICE, offsetof(options, variant), "stop", 1, 0, "stop|pause", NULL,
     "whether bad trials end, or wait with a checkpoint for promotion"},
    {"value", HN_OPTION_CHOICE, offsetof(options, value), "best", 1, 0, "best|last", NULL,
     "what counts at a rung: the best value so far, or the one there, as of several objectives"},
    {"metric", HN_OPTION_TEXT, offsetof(options, metric), NULL, 1, 0, NULL, NULL,
     "what is compared alone; by default all objectives"},
    {0},
};

typedef struct rung {
    double milestone;
    hn_contest contest;
} rung;

typedef struct bracket {
    HN_VEC(rung) rungs;
} bracket;

typedef enum standing { GOING, HELD, STOPPED } standing;

typedef struct row { // of a trial
    standing standing;
    bool counts;
    bool lost;      // from the last rung where it was
    uint32_t rung;  // the next one to reach; HELD, STOPPED: the one where it is
    uint32_t epoch; // of the report that reached the last one
    double step;    // highest
    double best;    // score of all its reports, NaN: no number yet
    double score;   // at the last rung
} row;

typedef struct state {
    const hn_problem *problem;
    const options *options;
    hn_contests contests;
    bool ready;        // everything before report `n_seen` has been taken in
    size_t n_seen;     // reports
    double first, end; // r and R, 0: not known yet
    HN_VEC(bracket) brackets;
    HN_VEC(row) rows; // by trial
} state;

// --- making ---

static hone_status check_options(const hn_problem *problem, const options *o, hone_error *err)
{
    if (o->max_resource > 0 && o->min_resource >= o->max_resource)
        return hn_fail(err, HONE_EINVAL,
                       "option \"min_resource\" of asha is %g: it must be below \"max_resource\", "
                       "%g",
                       o->min_resource, o->max_resource);
    if (o->variant == PAUSE && o->max_resource <= 0)
        return hn_fail(err, HONE_EINVAL,
                       "asha with variant=pause hands out the resource: give it max_resource, the "
                       "last step of a whole training");
    if (o->variant == PAUSE && problem->lag > 0)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "asha with variant=pause promotes by who is there first, which a "
                       "deterministic study cannot allow: use variant=stop");
    if (problem->lag > 0 && o->max_resource <= 0)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "asha learns how long training is from whoever completes first: in a "
                       "deterministic study give it max_resource");
    return HONE_OK;
}

static void drop_brackets(state *s)
{
    for (size_t b = 0; b < s->brackets.n; b++) {
        for (size_t k = 0; k < s->brackets.data[b].rungs.n; k++)
            hn_contest_free(&s->brackets.data[b].rungs.data[k].contest);
        hn_vec_free(&s->brackets.data[b].rungs);
    }
    hn_vec_clear(&s->brackets);
}

static void fini(void *self)
{
    state *s = self;
    drop_brackets(s);
    hn_vec_free(&s->brackets);
    hn_vec_free(&s->rows);
    hn_contests_free(&s->contests);
}

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    s->problem = problem;
    s->options = given;
    HN_TRY(check_options(problem, s->options, err));
    s->contests.lag = problem->lag > 0;
    return hn_aims_choose(problem, "asha", s->options->metric, &s->contests.aims, err);
}

static uint32_t can(const void *self)
{
    const state *s = self;
    uint32_t flags = HN_CAN_MULTI_OBJECTIVE;
    flags |= s->options->variant == PAUSE ? HN_CAN_PAUSE : 0;
    return flags | (s->options->max_resource > 0 ? HN_GIVES_RESOURCE : 0);
}

// --- rungs ---

// r and R by what is known now.
static void place_rungs(state *s, double end)
{
    const options *o = s->options;
    bool early = o->depth == BY_LENGTH && o->max_resource > 0 && o->variant == STOP;
    int64_t depth = o->depth != BY_LENGTH ? o->depth : early ? EARLY : LATE;
    s->end = o->max_resource > 0 ? o->max_resource : end;
    s->first = o->min_resource;
    if (s->first > 0)
        return;
    s->first = hn_ladder_place(s->end / pow(o->eta, (double)depth), 0);
    // Steps that are counted have none before the first: two rungs there would judge it twice.
    if (early && s->end > 1 && s->end == floor(s->end))
        s->first = fmax(s->first, 1);
}

// How many at a rung go on whatever they show.
static double n_free(const options *o)
{
    if (o->n_startup != BY_LENGTH)
        return (double)o->n_startup;
    return o->max_resource > 0 ? 0 : FREE;
}

// Bracket b gets the share η^s / (s + 1) of the trials, s = brackets - 1 - b, as in Hyperband.
static uint32_t bracket_of(const state *s, uint32_t trial)
{
    int64_t n = s->options->brackets;
    double total = 0, weights[16];
    for (int64_t b = 0; b < n; b++)
        total += weights[b] = pow(s->options->eta, (double)(n - 1 - b)) / (double)(n - b);
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SCHEDULE, trial);
    double u = n > 1 ? hn_rng_uniform(&rng, 0, 0, 0) * total : 0;
    uint32_t b = 0;
    while (b + 1 < n && u >= weights[b])
        u -= weights[b++];
    return b;
}

static double milestone_of(const state *s, uint32_t b, uint32_t k)
{
    double step = s->first;
    for (uint32_t i = 0; i < b + k; i++)
        step *= s->options->eta;
    return hn_ladder_place(step, s->first);
}

// Rung k of bracket b, made when it is first asked for; NULL: there is none, training ends before.
static hone_status rung_of(state *s, uint32_t b, uint32_t k, rung **out, hone_error *err)
{
    *out = NULL;
    while (s->brackets.n <= b)
        if (!hn_vec_push(&s->brackets, (bracket){{0}}))
            return hn_fail_memory(err);
    bracket *list = &s->brackets.data[b];
    while (list->rungs.n <= k) {
        double step = milestone_of(s, b, (uint32_t)list->rungs.n);
        if (!(s->first > 0) || (s->end > 0 && step >= s->end) || list->rungs.n >= MAX_RUNGS)
            return HONE_OK;
        if (!hn_vec_push(&list->rungs, (rung){step, HN_CONTEST_EMPTY}))
            return hn_fail_memory(err);
    }
    *out = &list->rungs.data[k];
    return HONE_OK;
}

// Where a trial has to pause next, or the end.
static double limit_after(const state *s, uint32_t b, uint32_t k)
{
    double step = milestone_of(s, b, k);
    return step < s->end ? step : s->end;
}

static hone_status resource(void *self, const hn_view *view, uint32_t trial, double *out,
                            hone_error *err)
{
    const state *s = self;
    state known = {.options = s->options};
    (void)view, (void)err;
    place_rungs(&known, 0);
    *out = s->options->variant == STOP ? s->options->max_resource
                                       : limit_after(&known, bracket_of(s, trial), 0);
    return HONE_OK;
}

// --- taking in reports ---

static hone_status row_of(state *s, const hn_view *view, uint32_t trial, row **out, hone_error *err)
{
    while (s->rows.n <= trial) {
        row blank = {.counts = hn_watch_counts(view, (uint32_t)s->rows.n),
                     .step = -INFINITY,
                     .best = NAN,
                     .score = NAN};
        if (!hn_vec_push(&s->rows, blank))
            return hn_fail_memory(err);
    }
    *out = &s->rows.data[trial];
    return HONE_OK;
}

// Is the trial among the best max(⌊n/η⌋, 1) of the rung, as far as it may see it?
static hone_status look_good(const state *s, const rung *at, const hn_fold *fold, uint32_t trial,
                             double score, bool *out, hone_error *err)
{
    hn_contest_place place;
    hn_view view = hn_view_of(fold, trial);
    uint32_t hidden = s->contests.lag ? view.n_results : UINT32_MAX;
    HN_TRY(hn_contest_look(&s->contests, &at->contest, trial, score, hidden, &place, err));
    double n_good = floor(place.n / s->options->eta);
    *out = place.n <= n_free(s->options) || place.n_better < (n_good > 1 ? n_good : 1);
    return HONE_OK;
}

// Nobody has given it more than what leads to this rung.
static bool waits(const hn_fold *fold, uint32_t trial, const rung *at)
{
    return fold->trials.data[trial].resource <= at->milestone;
}

static hone_status reach_and_pause(state *s, const hn_view *view, const hn_report *report,
                                   hn_showing shown, hone_error *err)
{
    row *r = &s->rows.data[report->trial];
    uint32_t b = bracket_of(s, report->trial);
    rung *at, *before = NULL;
    // A trial goes up one rung an attempt: what it does before it has heard is not for it.
    if (report->epoch <= r->epoch)
        return HONE_OK;
    HN_TRY(rung_of(s, b, r->standing == HELD ? r->rung + 1 : r->rung, &at, err));
    if (!at || r->step < at->milestone)
        return HONE_OK;
    if (r->standing == HELD) {
        HN_TRY(rung_of(s, b, r->rung++, &before, err));
        hn_contest_let_go(&s->contests, &before->contest, report->trial, r->score);
        r->standing = GOING;
    }
    r->score = shown.score;
    if (isnan(shown.score)) {
        r->standing = STOPPED;
        return HONE_OK;
    }
    HN_TRY(hn_contest_add(&s->contests, &at->contest, report->trial, &shown, err));
    r->epoch = report->epoch;
    if (!waits(view->fold, report->trial, at)) {
        r->rung++;
        return HONE_OK;
    }
    r->standing = HELD;
    return hn_contest_hold(&s->contests, &at->contest, report->trial, shown.score, err);
}

static hone_status reach_or_stop(state *s, const hn_view *view, const hn_report *report,
                                 hn_showing shown, hone_error *err)
{
    row *r = &s->rows.data[report->trial];
    uint32_t b = bracket_of(s, report->trial);
    rung *at;
    bool good = false;
    while (r->standing == GOING) {
        HN_TRY(rung_of(s, b, r->rung, &at, err));
        if (!at || r->step < at->milestone)
            return HONE_OK;
        r->score = shown.score;
        if (isnan(shown.score)) {
            r->standing = STOPPED;
            return HONE_OK;
        }
        HN_TRY(hn_contest_add(&s->contests, &at->contest, report->trial, &shown, err));
        HN_TRY(look_good(s, at, view->fold, report->trial, shown.score, &good, err));
        if (good)
            r->rung++;
        else
            r->standing = STOPPED;
    }
    return HONE_OK;
}

static hone_status take(state *s, const hn_view *view, const hn_report *report, hone_error *err)
{
    hn_showing shown;
    row *r = NULL;
    bool seen = false;
    HN_TRY(row_of(s, view, report->trial, &r, err));
    if (!r->counts)
        return HONE_OK;
    HN_TRY(hn_contests_take(&s->contests, view->fold, report, s->options->value == BEST, &r->best,
                            &seen, &shown, err));
    if (!seen || report->step <= r->step)
        return HONE_OK;
    r->step = report->step;
    if (s->options->variant == PAUSE)
        return r->standing == STOPPED ? HONE_OK : reach_and_pause(s, view, report, shown, err);
    return reach_or_stop(s, view, report, shown, err);
}

// The highest step of a complete trial, 0 for others.
static double length_of(const state *s, const hn_view *view, uint32_t trial)
{
    const hn_fold *fold = view->fold;
    uint32_t at = HN_NONE;
    double length = 0, step, value;
    if (fold->trials.data[trial].state != HONE_STATE_COMPLETE || !hn_watch_counts(view, trial))
        return 0;
    while (hn_watch_next(&s->contests.aims.watched, fold, trial, &at, &step, &value))
        length = fmax(length, step);
    return length;
}

// variant=pause: a trial that has ended gives up its place at the last rung where it was.
static hone_status leave(state *s, const hn_view *view, uint32_t trial, hone_error *err)
{
    row *r = &s->rows.data[trial];
    int its_state = view->fold->trials.data[trial].state;
    rung *at;
    if (s->options->variant != PAUSE || !r->counts || r->lost || r->standing == STOPPED ||
        (r->standing == GOING && r->rung == 0) || !hn_state_finished(its_state) ||
        its_state == HONE_STATE_COMPLETE)
        return HONE_OK;
    HN_TRY(rung_of(s, bracket_of(s, trial), r->rung - (r->standing == GOING), &at, err));
    if (r->standing == HELD)
        hn_contest_let_go(&s->contests, &at->contest, trial, r->score);
    r->lost = true;
    return hn_contest_lose(&s->contests, &at->contest, trial, r->score, err);
}

static hone_status sync(state *s, const hn_view *view, hone_error *err)
{
    const hn_fold *fold = view->fold;
    bool anew = !s->ready;
    if (anew) {
        double end = 0;
        for (uint32_t t = 0; s->options->max_resource <= 0 && t < fold->trials.n; t++)
            end = fmax(end, length_of(s, view, t));
        drop_brackets(s);
        hn_vec_clear(&s->rows);
        hn_contests_clear(&s->contests);
        s->n_seen = 0;
        place_rungs(s, end);
    }
    s->ready = false; // unless all goes well
    while (s->n_seen < fold->reports.n)
        HN_TRY(take(s, view, &fold->reports.data[s->n_seen++], err));
    for (uint32_t t = 0; anew && t < s->rows.n; t++)
        HN_TRY(leave(s, view, t, err));
    s->ready = true;
    return HONE_OK;
}

// A trial was excluded, has ended, runs again or was promoted.
static hone_status observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    state *s = self;
    row *r = NULL;
    rung *at;
    bool ended = hn_state_finished(view->fold->trials.data[trial].state);
    if (!s->ready)
        return HONE_OK;
    if (ended && s->options->variant == PAUSE)
        HN_TRY(sync(s, view, err)); // its last reports come first
    s->ready = false;               // unless all goes well
    HN_TRY(row_of(s, view, trial, &r, err));
    if ((r->lost && !ended) || r->counts != hn_watch_counts(view, trial) ||
        (s->options->max_resource <= 0 && length_of(s, view, trial) > s->end))
        return HONE_OK; // everything is taken in again
    HN_TRY(leave(s, view, trial, err));
    s->ready = true;
    if (r->standing != HELD || r->lost)
        return HONE_OK;
    HN_TRY(rung_of(s, bracket_of(s, trial), r->rung, &at, err));
    if (waits(view->fold, trial, at))
        return HONE_OK;
    hn_contest_let_go(&s->contests, &at->contest, trial, r->score);
    r->standing = GOING;
    r->rung++;
    return HONE_OK;
}

// --- deciding ---

static hone_status report(void *self, const hn_view *view, uint32_t trial, double step,
                          hn_verdict *out, hone_error *err)
{
    static const hn_verdict verdicts[] = {
        [GOING] = HN_GO_ON, [HELD] = HN_PAUSE, [STOPPED] = HN_STOP};
    state *s = self;
    row *r = NULL;
    (void)step; // where the trial stands is what counts
    HN_TRY(sync(s, view, err));
    HN_TRY(row_of(s, view, trial, &r, err));
    *out = r->counts ? verdicts[r->standing] : HN_GO_ON;
    return HONE_OK;
}

// The best paused trial of the rung, if it may go on; else HN_NONE.
static hone_status find_promotable(state *s, rung *at, const hn_fold *fold, bool closing,
                                   uint32_t *trial, hone_error *err)
{
    hn_contest_count n = hn_contest_count_of(&s->contests, &at->contest);
    double n_good = floor(n.all / s->options->eta);
    if (closing && n_good < 1)
        n_good = 1;
    *trial = HN_NONE;
    if (n.all - n.held - n.lost >= n_good) // as many have gone on
        return HONE_OK;
    return hn_contest_promote(&s->contests, &at->contest, fold, n_good, trial, err);
}

static hone_status next(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    state *s = self;
    uint32_t trial;
    *out = (hn_next){HN_NEXT_NEW, 0, 0};
    if (s->options->variant != PAUSE)
        return HONE_OK;
    HN_TRY(sync(s, view, err));
    bool closing = s->problem->exhausted || (s->problem->n_trials > 0 &&
                                             (int64_t)view->fold->trials.n >= s->problem->n_trials);
    for (size_t k = MAX_RUNGS; k-- > 0;)
        for (size_t b = 0; b < s->brackets.n; b++) {
            bracket *list = &s->brackets.data[b];
            if (k >= list->rungs.n)
                continue;
            HN_TRY(find_promotable(s, &list->rungs.data[k], view->fold, closing, &trial, err));
            if (trial == HN_NONE)
                continue;
            double limit = limit_after(s, (uint32_t)b, (uint32_t)k + 1);
            *out = (hn_next){HN_NEXT_RESUME, trial, limit};
            return HONE_OK;
        }
    return HONE_OK;
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    state *s = self;
    rung *at = NULL;
    if (sync(s, view, NULL) != HONE_OK || trial >= s->rows.n || !s->rows.data[trial].counts)
        return NULL;
    const row *r = &s->rows.data[trial];
    uint32_t k = r->standing == GOING ? r->rung - 1 : r->rung;
    if ((r->standing == GOING && r->rung == 0) ||
        rung_of(s, bracket_of(s, trial), k, &at, NULL) != HONE_OK || !at)
        return NULL;
    if (isnan(r->score))
        return hn_explain("stopped at %g: its value there is not a number", at->milestone);
    const char *how[] = {[GOING] = "went on from", [HELD] = "paused at", [STOPPED] = "stopped at"};
    char *place = hn_contest_say(&s->contests, &at->contest, trial, r->score);
    char *text = place ? hn_explain("%s %g: %s, and about one in %g goes on", how[r->standing],
                                    at->milestone, place, s->options->eta)
                       : NULL;
    hn_free(place);
    return text;
}

static hone_status rungs(void *self, const hn_view *view, hn_compared *out, hone_error *err)
{
    state *s = self;
    HN_TRY(sync(s, view, err));
    *out =
        (hn_compared){.metric = s->contests.aims.watched.metric, .best = s->options->value == BEST};
    if (!(s->first > 0) || !(s->end > s->first) || s->contests.aims.n > 1)
        return HONE_OK;
    for (uint32_t k = 0; k < MAX_RUNGS && milestone_of(s, 0, k) < s->end; k++)
        out->at[out->n++] = milestone_of(s, 0, k);
    out->at[out->n++] = s->end;
    return HONE_OK;
}

const hn_scheduler_class hn_scheduler_asha = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "asha",
             .summary = "compares trials at a few steps; about one in eta goes on from each",
             .source = "Li et al., A System for Massively Parallel Hyperparameter Tuning, 2020",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_PAUSE | HN_GIVES_RESOURCE,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state),
             .before = "{\"depth\":2,\"n_startup\":10}"},
    .init = init,
    .next = next,
    .resource = resource,
    .report = report,
    .observe = observe,
    .can = can,
    .fini = fini,
    .explain = explain,
    .rungs = rungs,
};
