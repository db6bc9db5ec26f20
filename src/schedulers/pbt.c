// pbt: population based training. The members of a population train side by side; every `interval`
// steps the worst go on as copies of the best, with the checkpoint of these and other values.
//
// Source: Jaderberg, Dalibard, Osindero, Czarnecki, Donahue, Razavi, Vinyals, Green, Dunning,
//     Simonyan, Fernando, Kavukcuoglu: Population Based Training of Neural Networks. 2017.
//
// Method
//  1. The first `population` trials are the founders. A founder that fails before the first
//     milestone is replaced by another new one.
//  2. Milestones lie at interval, 2 interval, … below max_resource. A member pauses at each. When
//     all members stand there, they are ranked by the value that they first reported there; NaN is
//     worst.
//  3. Exploit, truncation: each of the worst ⌊n quantile⌋ is replaced by a fork of one of as many
//     best, drawn uniformly; tournament: each is compared with another one, drawn uniformly, and
//     replaced by a fork of that if it is worse. Who is as good as the winner stays.
//  4. Who is replaced ends, PRUNED; the fork is a new trial, which takes the checkpoint over. Its
//     values the study draws about the parent's, as `resample`, `perturb` and `keep` say (explore),
//     or the sampler. A member that has failed since the last milestone is replaced as well.
//  5. Then all that stay go on to the next milestone, the lowest number first. A parent waits until
//     its forks have begun, and so have copied what it would write over.
//
// With several objectives, or under constraints, members are ranked as marks.h says.
//
// All of it is a function of the journal. Since nobody goes on before all have arrived, decisions
// depend neither on the number of slots nor on who is first; on few slots members take turns. With
// a sampler that heeds no results (random, qmc), the whole study is the same for any -j.
//
// Where this differs from the paper: there a member decides when it is ready itself, and compares
// itself with the last that is known of the others, at whatever step they are. A trial that joins
// later (`hone try` once the founders are there) trains to the end by itself. With a number of
// trials (-n) there are as many forks as it leaves room for.
//
// Cost: O(trials) a decision, O(1) a report; 40 bytes a trial.

#include <hone/sys/scheduler.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain.h"
#include "num/rng.h"
#include "schedulers/marks.h"

enum { TRUNCATION, TOURNAMENT };

typedef struct options {
    int64_t population;
    double interval, max_resource, quantile, perturb, resample;
    int32_t exploit;
    const char *keep, *metric;
} options;

static const hn_option option_table[] = {
    {"max_resource", HN_OPTION_DOUBLE, offsetof(options, max_resource), "0", 0, 1e15, NULL, "steps",
     "the last step of a whole training; must be given"},
    {"population", HN_OPTION_INT, offsetof(options, population), "8", 2, 10000, NULL, "trials",
     "members that train side by side, on however few slots"},
    {"interval", HN_OPTION_DOUBLE, offsetof(options, interval), "0", 0, 1e15, NULL, "steps",
     "from one comparison to the next; 0: a tenth of the training"},
    {"exploit", HN_OPTION_CHOICE, offsetof(options, exploit), "truncation", 1, 0,
     "truncation|tournament", NULL, "whom a copy replaces: the worst, or who loses to another"},
    {"quantile", HN_OPTION_DOUBLE, offsetof(options, quantile), "0.25", 0, 0.5, NULL, NULL,
     "truncation: share that is replaced, and share that is copied"},
    {"resample", HN_OPTION_DOUBLE, offsetof(options, resample), "0.25", 0, 1, NULL, NULL,
     "probability that a copy draws a parameter from its prior"},
    {"perturb", HN_OPTION_DOUBLE, offsetof(options, perturb), "0.2", 0, 0.99, NULL, NULL,
     "share by which a copy's other numbers go up or down"},
    {"keep", HN_OPTION_TEXT, offsetof(options, keep), NULL, 1, 0, NULL, NULL,
     "parameters that copies inherit as they are, such as layers: a,b"},
    {"metric", HN_OPTION_TEXT, offsetof(options, metric), NULL, 1, 0, NULL, NULL,
     "what is compared alone; by default all objectives"},
    {0},
};

typedef struct row { // of a trial
    uint32_t born;   // milestone at whose checkpoint it began, 0: at none
    uint32_t level;  // last milestone that it has reached, or was born at
    uint32_t epoch;  // attempt that reached it
    double score;    // there; less is better, NaN: worst
} row;

typedef struct member {
    uint32_t trial;
    double score;
} member;

typedef struct state {
    const hn_problem *problem;
    const options *options;
    hn_aims aims;
    double interval;
    uint32_t last;          // milestone before the end
    size_t n_seen;          // reports
    HN_VEC(row) rows;       // by trial
    hn_marks marks;         // where they count
    HN_VEC(double) shown;   // … [trial x width], at the milestone of row.score
    HN_VEC(uint32_t) all;   // members, dead ones included
    HN_VEC(member) arrived; // at the milestone of now, replaced ones included; the best first
    HN_VEC(member) losers;  // .trial is replaced by a fork of …
    HN_VEC(uint32_t) winners;
} state;

// What there is now.
typedef struct census {
    uint32_t n_founders, n_alive, n_complete;
    int64_t guest;    // one that is paused, -1
    bool guests;      // there are some that have not finished
    uint32_t level;   // the lowest of the living
    uint32_t n_forks; // born there
    bool pending;     // somebody stands there who has not paused yet
    bool closed;      // somebody has gone on from there
    int64_t n_room;   // trials that may yet be begun
} census;

// --- making ---

static hone_status fail_keep(const hone_space *space, const char *name, hone_error *err)
{
    hn_str list = HN_STR_INIT;
    for (uint32_t i = 0; i < space->n_params && i < 20; i++)
        hn_str_printf(&list, " %s", space->params[space->declared[i]].name);
    hone_status status = hn_fail(err, HONE_EINVAL,
                                 "option \"keep\" of pbt names \"%s\", which is no parameter; "
                                 "there are:%s",
                                 name, hn_str_text(&list));
    hn_str_free(&list);
    return status;
}

// A space that grows may get the name yet, and one that was changed may have lost it: then there is
// nothing to keep.
static hone_status check_keep(const hn_problem *problem, const char *keep, hone_error *err)
{
    char name[HN_MAX_NAME + 1];
    bool settled = problem->space && !problem->define_by_run && problem->space_version <= 1;
    for (const char *at = keep; at && settled && *(at += strspn(at, ", "));) {
        size_t n = strcspn(at, ", "), kept = n < sizeof name ? n : sizeof name - 1;
        memcpy(name, at, kept);
        name[kept] = '\0';
        at += n;
        if (!hn_space_find(problem->space, name))
            return fail_keep(problem->space, name, err);
    }
    return HONE_OK;
}

static hone_status check_options(const hn_problem *problem, const options *o, hone_error *err)
{
    if (o->max_resource <= 0)
        return hn_fail(err, HONE_EINVAL,
                       "pbt hands out the resource: give it max_resource, the last step of a whole "
                       "training");
    if (o->interval >= o->max_resource)
        return hn_fail(err, HONE_EINVAL,
                       "option \"interval\" of pbt is %g: it must be below \"max_resource\", %g",
                       o->interval, o->max_resource);
    if (problem->n_trials > 0 && problem->n_trials < o->population)
        return hn_fail(err, HONE_EINVAL,
                       "pbt begins with %lld trials, its \"population\", but the study ends at "
                       "%lld: leave -n out, or give more",
                       (long long)o->population, (long long)problem->n_trials);
    if (problem->lag > 0)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "pbt pauses trials, which a deterministic study cannot; its own decisions "
                       "do not depend on timing, so that with sampler random or qmc nothing does");
    return check_keep(problem, o->keep, err);
}

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    const options *o = given;
    s->problem = problem;
    s->options = o;
    HN_TRY(check_options(problem, o, err));
    s->interval = o->interval > 0 ? o->interval : o->max_resource / 10;
    if (o->interval <= 0 && o->max_resource >= 10) // in whole steps
        s->interval = ceil(s->interval);
    s->last = (uint32_t)fmin(ceil(o->max_resource / s->interval) - 1, 1e9);
    return hn_aims_choose(problem, "pbt", o->metric, &s->aims, err);
}

static void fini(void *self)
{
    state *s = self;
    hn_marks_free(&s->marks);
    hn_vec_free(&s->shown);
    hn_vec_free(&s->rows);
    hn_vec_free(&s->all);
    hn_vec_free(&s->arrived);
    hn_vec_free(&s->losers);
    hn_vec_free(&s->winners);
}

// --- milestones ---

static double step_of(const state *s, uint32_t level)
{
    double step = level * s->interval;
    return level > s->last || step > s->options->max_resource ? s->options->max_resource : step;
}

// Up to `resource`, whole milestones.
static uint32_t level_of(const state *s, double resource)
{
    double level = floor(resource / s->interval * (1 + 1e-12));
    return level > s->last ? s->last : level > 0 ? (uint32_t)level : 0;
}

static hone_status resource(void *self, const hn_view *view, uint32_t trial, double *out,
                            hone_error *err)
{
    (void)view, (void)trial, (void)err;
    *out = step_of(self, 1);
    return HONE_OK;
}

// --- taking in reports ---

static bool is_fork(const hn_trial *t)
{
    return t->origin == HONE_ORIGIN_FORK && t->parent >= 0;
}

static hone_status know(state *s, const hn_fold *fold, hone_error *err)
{
    while (s->rows.n < fold->trials.n) {
        const hn_trial *t = &fold->trials.data[s->rows.n];
        row blank = {.score = NAN};
        if (is_fork(t))
            blank.born = blank.level = level_of(s, t->born);
        if (!hn_vec_reserve(&s->shown, hn_mark_width(&s->aims)) || !hn_vec_push(&s->rows, blank))
            return hn_fail_memory(err);
        s->shown.n += hn_mark_width(&s->aims); // as the score says when there is something
    }
    return HONE_OK;
}

static hone_status take(state *s, const hn_fold *fold, const hn_report *report, hone_error *err)
{
    row *r = &s->rows.data[report->trial];
    double best = NAN, score, mark[HN_MARK_MOST];
    uint32_t width = hn_mark_width(&s->aims);
    bool seen;
    HN_TRY(
        hn_score_take(&s->marks, &s->aims, fold, report, false, &best, &seen, &score, mark, err));
    // Once an attempt: what a trial does until it has heard of its pause is not for it. At the end
    // of training nobody is compared, be it that a program reports so rarely that it skips a
    // milestone.
    if (!seen || report->epoch <= r->epoch || r->level >= s->last ||
        report->step >= s->options->max_resource || report->step < step_of(s, r->level + 1))
        return HONE_OK;
    uint32_t level = level_of(s, report->step);
    r->level = level > r->level ? level : r->level + 1;
    r->epoch = report->epoch;
    r->score = score;
    if (s->aims.many)
        memcpy(s->shown.data + (size_t)report->trial * width, mark, width * sizeof *mark);
    return HONE_OK;
}

static hone_status sync(state *s, const hn_view *view, hone_error *err)
{
    HN_TRY(know(s, view->fold, err));
    for (; s->n_seen < view->fold->reports.n; s->n_seen++)
        HN_TRY(take(s, view->fold, &view->fold->reports.data[s->n_seen], err));
    return HONE_OK;
}

static hone_status report(void *self, const hn_view *view, uint32_t trial, double step,
                          hn_verdict *out, hone_error *err)
{
    state *s = self;
    const hn_trial *t = &view->fold->trials.data[trial];
    HN_TRY(sync(s, view, err));
    bool reached = t->resource > 0 && step >= t->resource &&
                   step_of(s, s->rows.data[trial].level) >= t->resource;
    bool end = t->resource >= s->options->max_resource;
    *out = reached && !end && hn_watch_counts(view, trial) ? HN_PAUSE : HN_GO_ON;
    return HONE_OK;
}

// --- who there is ---

static bool is_alive(const hn_trial *t)
{
    return !hn_state_finished(t->state);
}

// A founder's place that another one takes. What nobody has looked at yet has reached nothing.
static bool came_to_nothing(const state *s, const hn_trial *t, uint32_t number)
{
    bool result = t->state == HONE_STATE_COMPLETE || t->state == HONE_STATE_PRUNED;
    return !is_alive(t) && !result && (number >= s->rows.n || s->rows.data[number].level == 0);
}

// The number behind the last founder: from there on, who is no fork is a guest.
static uint32_t founders_end(const state *s, const hn_view *view)
{
    const hn_fold *fold = view->fold;
    uint32_t i = 0;
    for (int64_t n = 0; i < fold->trials.n && n < s->options->population; i++) {
        const hn_trial *t = &fold->trials.data[i];
        n += hn_watch_counts(view, i) && !is_fork(t) && !came_to_nothing(s, t, i);
    }
    return i;
}

static void count_guest(const hn_trial *t, uint32_t number, census *c)
{
    c->guests |= is_alive(t);
    if (t->state == HONE_STATE_PAUSED && c->guest < 0)
        c->guest = number;
}

// Lists the members and says how far the last of the living is.
static hone_status count_members(state *s, const hn_view *view, census *c, hone_error *err)
{
    const hn_fold *fold = view->fold;
    uint32_t end = founders_end(s, view);
    *c = (census){.guest = -1, .level = UINT32_MAX};
    hn_vec_clear(&s->all);
    for (uint32_t i = 0; i < fold->trials.n; i++) {
        const hn_trial *t = &fold->trials.data[i];
        if (!hn_watch_counts(view, i) || (!is_fork(t) && came_to_nothing(s, t, i)))
            continue;
        if (!is_fork(t) && i >= end) {
            count_guest(t, i, c);
            continue;
        }
        c->n_founders += !is_fork(t);
        if (!hn_vec_push(&s->all, i))
            return hn_fail_memory(err);
        c->n_complete += t->state == HONE_STATE_COMPLETE;
        c->n_alive += is_alive(t);
        if (is_alive(t) && s->rows.data[i].level < c->level)
            c->level = s->rows.data[i].level;
    }
    return HONE_OK;
}

static int by_score(const void *a, const void *b)
{
    const member *p = a, *q = b;
    if (isnan(p->score) != isnan(q->score))
        return isnan(p->score) ? 1 : -1;
    if (p->score != q->score && !isnan(p->score))
        return p->score < q->score ? -1 : 1;
    return p->trial < q->trial ? -1 : p->trial > q->trial;
}

static bool is_better(const member *a, const member *b)
{
    return !isnan(a->score) && (isnan(b->score) || a->score < b->score);
}

// Where marks count: a member's score is its place among those that arrived; who has shown the very
// same has the same place.
static hone_status score_arrived(state *s, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    uint32_t n = (uint32_t)s->arrived.n, width = hn_mark_width(&s->aims);
    double *marks = HN_NEW(&arena, double, (size_t)n *width + 1);
    uint32_t *trials = HN_NEW(&arena, uint32_t, (size_t)n + 1);
    hn_place *places = HN_NEW(&arena, hn_place, (size_t)n + 1);
    bool ok = marks && trials && places;
    for (uint32_t i = 0; ok && i < n; i++) {
        trials[i] = s->arrived.data[i].trial;
        memcpy(marks + (size_t)i * width, s->shown.data + (size_t)trials[i] * width,
               width * sizeof *marks);
        if (isnan(s->arrived.data[i].score))
            marks[(size_t)i * width + 1] = NAN;
    }
    ok = ok && hn_marks_order(&s->aims, marks, trials, n, places, &arena);
    for (uint32_t i = 0; ok && i < n; i++) {
        member *m = &s->arrived.data[places[i].index];
        m->score = isnan(m->score) ? NAN : i;
        for (uint32_t k = i; k-- > 0 && !isnan(m->score);)
            if (hn_mark_is_equal(&s->aims, marks + (size_t)places[k].index * width,
                                 marks + (size_t)places[i].index * width))
                m->score = k;
    }
    hn_arena_free(&arena);
    return ok ? HONE_OK : hn_fail_memory(err);
}

// Who stands at the milestone, or was replaced there, and whether anybody has gone on.
static hone_status count_arrived(state *s, const hn_fold *fold, census *c, hone_error *err)
{
    double limit = step_of(s, c->level);
    hn_vec_clear(&s->arrived);
    for (size_t i = 0; i < s->all.n; i++) {
        uint32_t trial = s->all.data[i];
        const hn_trial *t = &fold->trials.data[trial];
        const row *r = &s->rows.data[trial];
        c->n_forks += is_fork(t) && r->born == c->level;
        if (r->born >= c->level || r->level < c->level)
            continue;
        bool gone_on = r->level > c->level || t->resource > limit;
        bool there = t->state == HONE_STATE_PAUSED || t->state == HONE_STATE_PRUNED;
        c->closed |= gone_on;
        c->pending |= !gone_on && is_alive(t) && !there;
        if (!gone_on && there && !hn_vec_push(&s->arrived, ((member){trial, r->score})))
            return hn_fail_memory(err);
    }
    if (s->aims.many)
        HN_TRY(score_arrived(s, err));
    if (s->arrived.n > 1)
        qsort(s->arrived.data, s->arrived.n, sizeof *s->arrived.data, by_score);
    return HONE_OK;
}

static int64_t count_room(const state *s, const hn_fold *fold)
{
    static const int taken[] = {HONE_STATE_COMPLETE, HONE_STATE_PRUNED, HONE_STATE_RUNNING,
                                HONE_STATE_PAUSED, HONE_STATE_WAITING};
    int64_t room = s->problem->n_trials;
    if (room <= 0)
        return INT64_MAX;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        room -= fold->n_state[taken[i]];
    return room;
}

// --- exploiting ---

// One of the best of those that arrived, for the fork number `index` at the milestone.
static uint32_t draw_winner(const state *s, const census *c, uint32_t index, uint32_t n_best)
{
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SCHEDULE, c->level);
    return s->arrived.data[hn_rng_below(&rng, index, 0, 0, n_best)].trial;
}

static bool add_loser(state *s, member loser, uint32_t winner)
{
    return hn_vec_push(&s->losers, loser) && hn_vec_push(&s->winners, winner);
}

static uint32_t n_best_of(const state *s)
{
    uint32_t n = (uint32_t)((double)s->arrived.n * s->options->quantile);
    return n > 0 ? n : 1;
}

static bool truncate(state *s, const census *c)
{
    const member *all = s->arrived.data;
    uint32_t n = (uint32_t)s->arrived.n, n_best = n_best_of(s);
    for (uint32_t i = 0; i < n_best && s->options->quantile > 0; i++) {
        const member *loser = &all[n - 1 - i]; // the worst first
        if (n - 1 - i < n_best || !is_better(&all[n_best - 1], loser))
            break;
        if (!add_loser(s, *loser, draw_winner(s, c, i, n_best)))
            return false;
    }
    return true;
}

static bool hold_tournament(state *s, const census *c)
{
    uint32_t n = (uint32_t)s->arrived.n;
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SCHEDULE, c->level);
    for (uint32_t i = n; i-- > 0 && n > 1;) {
        const member *one = &s->arrived.data[i];
        uint32_t k = (uint32_t)hn_rng_below(&rng, one->trial, 1, 0, n - 1);
        const member *other = &s->arrived.data[k + (k >= i)];
        if (is_better(other, one) && !add_loser(s, *one, other->trial))
            return false;
    }
    return true;
}

// Ends who loses, then fills the places. `*decided` unless nobody is to be replaced any more.
static hone_status exploit(state *s, const hn_view *view, const census *c, hn_next *out,
                           bool *decided, hone_error *err)
{
    int64_t n_most = c->n_room > INT32_MAX ? INT32_MAX : c->n_room + c->n_forks;
    *decided = false;
    hn_vec_clear(&s->losers);
    hn_vec_clear(&s->winners);
    if (s->arrived.n == 0)
        return HONE_OK;
    if (!(s->options->exploit == TRUNCATION ? truncate(s, c) : hold_tournament(s, c)))
        return hn_fail_memory(err);
    for (size_t i = 0; i < s->losers.n && (int64_t)i < n_most; i++) {
        uint32_t trial = s->losers.data[i].trial;
        if (view->fold->trials.data[trial].state != HONE_STATE_PAUSED)
            continue; // it has ended already
        *out = (hn_next){HN_NEXT_END, trial, 0};
        *decided = true;
        return HONE_OK;
    }
    int64_t n_vacant = s->options->population - c->n_alive - c->n_complete;
    // Forks that fail at once are replaced, but not for ever.
    if (n_vacant <= 0 || c->n_room <= 0 || c->n_forks >= 2 * s->options->population)
        return HONE_OK;
    uint32_t winner = c->n_forks < s->winners.n ? s->winners.data[c->n_forks]
                                                : draw_winner(s, c, c->n_forks, n_best_of(s));
    *out = (hn_next){HN_NEXT_FORK, winner, step_of(s, c->level + 1)};
    *decided = true;
    return HONE_OK;
}

// May a fork have yet to copy the checkpoint?
static bool is_held(const hn_fold *fold, uint32_t number)
{
    for (size_t i = 0; i < fold->open.n; i++) {
        const hn_trial *t = &fold->trials.data[fold->open.data[i]];
        if (is_fork(t) && t->parent == (int32_t)number && t->pid == 0 && t->n_reports == 0 &&
            t->ckpt_bytes == 0 && !(t->flags & HN_TRIAL_EXCLUDED))
            return true;
    }
    return false;
}

// --- deciding ---

// Who goes on: the lowest number of those that are furthest behind.
static bool find_resumable(const state *s, const hn_fold *fold, const census *c, hn_next *out)
{
    for (size_t i = 0; i < s->all.n; i++) {
        uint32_t trial = s->all.data[i];
        if (fold->trials.data[trial].state != HONE_STATE_PAUSED ||
            s->rows.data[trial].level != c->level || is_held(fold, trial))
            continue;
        *out = (hn_next){HN_NEXT_RESUME, trial, step_of(s, c->level + 1)};
        return true;
    }
    return false;
}

static hone_status next(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    state *s = self;
    const hn_fold *fold = view->fold;
    census c;
    bool decided = false;
    HN_TRY(sync(s, view, err));
    HN_TRY(count_members(s, view, &c, err));
    c.n_room = count_room(s, fold);
    *out = (hn_next){HN_NEXT_NEW, 0, step_of(s, 1)};
    if (c.n_founders < s->options->population && c.n_room > 0 && !s->problem->exhausted)
        return HONE_OK;
    if (c.guest >= 0) {
        *out = (hn_next){HN_NEXT_RESUME, (uint32_t)c.guest, s->options->max_resource};
        return HONE_OK;
    }
    *out = (hn_next){c.n_alive > 0 || c.guests ? HN_NEXT_WAIT : HN_NEXT_DONE, 0, 0};
    if (c.n_alive == 0)
        return HONE_OK;
    HN_TRY(count_arrived(s, fold, &c, err));
    if (c.pending && !c.closed)
        return HONE_OK;
    if (c.level > 0 && !c.closed)
        HN_TRY(exploit(s, view, &c, out, &decided, err));
    if (!decided)
        (void)find_resumable(s, fold, &c, out);
    return HONE_OK;
}

// A loser may be the winner of another pair: its checkpoint stays until all have gone on.
static bool may_fork(const void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    const hn_fold *fold = view->fold;
    const hn_trial *t = &fold->trials.data[trial];
    if (s->options->exploit != TOURNAMENT || t->state != HONE_STATE_PRUNED || t->resource <= 0)
        return false;
    uint32_t end = founders_end(s, view);
    bool lives = false, later = false;
    for (size_t i = 0; i < fold->open.n; i++) {
        uint32_t number = fold->open.data[i];
        const hn_trial *other = &fold->trials.data[number];
        if (!hn_watch_counts(view, number) || (!is_fork(other) && number >= end))
            continue; // a guest
        lives = true;
        later |= other->resource > t->resource + 1.5 * s->interval;
    }
    return lives && !later;
}

static void explore(const void *self, hn_explore *out)
{
    const state *s = self;
    const options *o = s->options;
    *out = (hn_explore){o->resample, o->perturb, o->keep, s->aims.watched.metric, s->interval};
}

// --- explaining ---

// What a trial was compared by at a milestone; false: it has not been there by itself.
static bool find_score(const state *s, const hn_fold *fold, uint32_t trial, uint32_t level,
                       double *score)
{
    uint32_t at = HN_NONE;
    double step, value;
    if (s->rows.data[trial].born >= level || s->rows.data[trial].level < level)
        return false;
    while (hn_watch_next(&s->aims.watched, fold, trial, &at, &step, &value))
        if (step >= step_of(s, level)) {
            *score = s->aims.watched.maximize ? -value : value;
            return true;
        }
    return false;
}

// "at 4: place 2 of 8", and how many have yet to come: founders that have not begun, too.
static void say_place(const state *s, const hn_fold *fold, const census *c, uint32_t trial,
                      char *out, size_t size)
{
    uint32_t level = s->rows.data[trial].level, place = 1, n_here = 0, n_missing = 0;
    member own = {trial, NAN}, other;
    if (s->aims.many) { // places are those of that moment, which nothing keeps
        (void)snprintf(out, size, "at %g", step_of(s, level));
        return;
    }
    (void)find_score(s, fold, trial, level, &own.score);
    for (size_t i = 0; i < s->all.n; i++) {
        other.trial = s->all.data[i];
        if (find_score(s, fold, other.trial, level, &other.score)) {
            n_here++;
            place += other.trial != trial && by_score(&other, &own) < 0;
        } else {
            n_missing += is_alive(&fold->trials.data[other.trial]) &&
                         s->rows.data[other.trial].level < level;
        }
    }
    if (c->n_founders < s->options->population)
        n_missing += (uint32_t)(s->options->population - c->n_founders);
    int n = snprintf(out, size, "at %g: place %u of %u", step_of(s, level), place, n_here);
    if (n_missing > 0)
        (void)snprintf(out + n, size - (size_t)n, ", and %u more to come", n_missing);
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    state *s = self;
    const hn_fold *fold = view->fold;
    const hn_trial *t = &fold->trials.data[trial];
    char place[96];
    census c;
    if (sync(s, view, NULL) != HONE_OK || count_members(s, view, &c, NULL) != HONE_OK ||
        !hn_watch_counts(view, trial) || (!is_fork(t) && trial >= founders_end(s, view)))
        return NULL;
    const row *r = &s->rows.data[trial];
    if (r->level == r->born)
        return is_fork(t) ? hn_explain("copied from trial %d, as it was at %g, to go on to %g",
                                       t->parent, step_of(s, r->born), t->resource)
                          : NULL;
    say_place(s, fold, &c, trial, place, sizeof place);
    switch (t->state) {
    case HONE_STATE_PAUSED:
        return hn_explain("paused %s", place);
    case HONE_STATE_PRUNED:
        return hn_explain("ended %s; a copy of a better one goes on instead", place);
    case HONE_STATE_COMPLETE:
        return hn_explain("trained to its end; last compared %s", place);
    default:
        return hn_explain("went on to %g; last compared %s", t->resource, place);
    }
}

const hn_scheduler_class hn_scheduler_pbt = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "pbt",
             .summary = "a population trains; the worst go on as copies of the best, a little "
                        "changed",
             .source = "Jaderberg et al., Population Based Training of Neural Networks, 2017",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_PAUSE | HN_CAN_FORK | HN_GIVES_RESOURCE,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .next = next,
    .resource = resource,
    .report = report,
    .may_fork = may_fork,
    .explore = explore,
    .explain = explain,
    .fini = fini,
};
