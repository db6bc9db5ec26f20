// Who there is in a population, and where they stand; see pbt.c.

#include "schedulers/pbt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- milestones ---

double hn_pbt_step(const hn_pbt *s, uint32_t level)
{
    double step = level * s->interval;
    return level > s->last || step > s->options->max_resource ? s->options->max_resource : step;
}

// Up to `resource`, whole milestones.
static uint32_t level_of(const hn_pbt *s, double resource)
{
    double level = floor(resource / s->interval * (1 + 1e-12));
    return level > s->last ? s->last : level > 0 ? (uint32_t)level : 0;
}

// --- taking in reports ---

static hone_status know(hn_pbt *s, const hn_fold *fold, hone_error *err)
{
    while (s->rows.n < fold->trials.n) {
        const hn_trial *t = &fold->trials.data[s->rows.n];
        hn_pbt_row blank = {.score = NAN};
        if (hn_pbt_is_fork(t))
            blank.born = blank.level = level_of(s, t->born);
        if (!hn_vec_reserve(&s->shown, hn_mark_width(&s->aims)) || !hn_vec_push(&s->rows, blank))
            return hn_fail_memory(err);
        s->shown.n += hn_mark_width(&s->aims); // as the score says when there is something
    }
    return HONE_OK;
}

static hone_status take(hn_pbt *s, const hn_fold *fold, const hn_report *report, hone_error *err)
{
    hn_pbt_row *r = &s->rows.data[report->trial];
    double best = NAN, score, mark[HN_MARK_MOST];
    uint32_t width = hn_mark_width(&s->aims);
    bool seen;
    HN_TRY(
        hn_score_take(&s->marks, &s->aims, fold, report, false, &best, &seen, &score, mark, err));
    // Once an attempt: what a trial does until it has heard of its pause is not for it. At the end
    // of training nobody is compared, be it that a program reports so rarely that it skips a
    // milestone.
    if (!seen || report->epoch <= r->epoch || r->level >= s->last ||
        report->step >= s->options->max_resource || report->step < hn_pbt_step(s, r->level + 1))
        return HONE_OK;
    uint32_t level = level_of(s, report->step);
    r->level = level > r->level ? level : r->level + 1;
    r->epoch = report->epoch;
    r->score = score;
    if (s->aims.many)
        memcpy(s->shown.data + (size_t)report->trial * width, mark, width * sizeof *mark);
    return HONE_OK;
}

hone_status hn_pbt_sync(hn_pbt *s, const hn_view *view, hone_error *err)
{
    HN_TRY(know(s, view->fold, err));
    for (; s->n_seen < view->fold->reports.n; s->n_seen++)
        HN_TRY(take(s, view->fold, &view->fold->reports.data[s->n_seen], err));
    return HONE_OK;
}

// --- who there is ---

static bool is_alive(const hn_trial *t)
{
    return !hn_state_finished(t->state);
}

// A founder's place that another one takes. What nobody has looked at yet has reached nothing.
static bool came_to_nothing(const hn_pbt *s, const hn_trial *t, uint32_t number)
{
    bool result = t->state == HONE_STATE_COMPLETE || t->state == HONE_STATE_PRUNED;
    return !is_alive(t) && !result && (number >= s->rows.n || s->rows.data[number].level == 0);
}

// The number behind the last founder: from there on, who is no fork is a guest.
uint32_t hn_pbt_founders_end(const hn_pbt *s, const hn_view *view)
{
    const hn_fold *fold = view->fold;
    uint32_t i = 0;
    for (int64_t n = 0; i < fold->trials.n && n < s->options->population; i++) {
        const hn_trial *t = &fold->trials.data[i];
        n += hn_watch_counts(view, i) && !hn_pbt_is_fork(t) && !came_to_nothing(s, t, i);
    }
    return i;
}

static void count_guest(const hn_trial *t, uint32_t number, hn_pbt_census *c)
{
    c->guests |= is_alive(t);
    if (t->state == HONE_STATE_PAUSED && c->guest < 0)
        c->guest = number;
}

// A trial of the census; false when out of memory. `*member`: it is one.
static bool count_member(hn_pbt *s, const hn_view *view, uint32_t number, uint32_t end,
                         hn_pbt_census *c, bool *member)
{
    const hn_trial *t = &view->fold->trials.data[number];
    bool fork = hn_pbt_is_fork(t);
    *member = hn_watch_counts(view, number) && (fork || !came_to_nothing(s, t, number));
    if (*member && !fork && number >= end) {
        count_guest(t, number, c);
        *member = false;
    }
    if (!*member)
        return true;
    uint32_t level = s->rows.data[number].level;
    c->n_founders += !fork;
    c->n_complete += t->state == HONE_STATE_COMPLETE;
    c->n_alive += is_alive(t);
    if (is_alive(t) && level < c->level)
        c->level = level;
    return hn_vec_push(&s->all, number);
}

// Lets go of those in `open` that have ended below the milestone of the census.
static void settle(hn_pbt *s, const hn_view *view, const hn_pbt_census *c)
{
    hn_pbt_settled *done = &s->settled;
    size_t n = 0, m = 0;
    for (size_t i = 0; i < done->open.n; i++) {
        uint32_t number = done->open.data[i];
        const hn_trial *t = &view->fold->trials.data[number];
        hn_pbt_row *r = &s->rows.data[number];
        while (m < s->all.n && s->all.data[m] < number)
            m++;
        bool member = m < s->all.n && s->all.data[m] == number;
        r->settled = !is_alive(t) && r->level < c->level;
        if (!r->settled)
            done->open.data[n++] = number;
        done->n_founders += r->settled && member && !hn_pbt_is_fork(t);
        done->n_complete += r->settled && member && t->state == HONE_STATE_COMPLETE;
    }
    done->open.n = n;
    done->level = c->level;
}

void hn_pbt_unsettle(hn_pbt *s, uint32_t trial)
{
    if (trial < s->rows.n && s->rows.data[trial].settled)
        s->settled.known = false;
}

// Those that are not settled, into s->settled.open: all, when who is has become unknown.
static bool list_open(hn_pbt *s, const hn_fold *fold, uint32_t end, bool whole)
{
    hn_pbt_settled *done = &s->settled;
    if (!done->known || whole || done->end != end || done->n_listed > fold->trials.n) {
        hn_vec_clear(&done->open);
        done->level = done->n_listed = done->n_founders = done->n_complete = 0;
        for (size_t i = 0; i < s->rows.n; i++)
            s->rows.data[i].settled = false;
    }
    done->known = false; // unless all goes well
    done->end = end;
    for (; done->n_listed < fold->trials.n; done->n_listed++)
        if (!hn_vec_push(&done->open, done->n_listed))
            return false;
    return true;
}

static bool take_census(hn_pbt *s, const hn_view *view, bool whole, hn_pbt_census *c)
{
    uint32_t end = hn_pbt_founders_end(s, view);
    hn_vec_clear(&s->all);
    if (!list_open(s, view->fold, end, whole))
        return false;
    *c = (hn_pbt_census){.guest = -1,
                         .level = UINT32_MAX,
                         .n_founders = s->settled.n_founders,
                         .n_complete = s->settled.n_complete};
    for (size_t i = 0; i < s->settled.open.n; i++) {
        bool member;
        if (!count_member(s, view, s->settled.open.data[i], end, c, &member))
            return false;
    }
    return true;
}

hone_status hn_pbt_count_members(hn_pbt *s, const hn_view *view, bool whole, hn_pbt_census *c,
                                 hone_error *err)
{
    bool ok = take_census(s, view, whole, c);
    if (ok && c->level < s->settled.level) // somebody has come back
        ok = take_census(s, view, true, c);
    if (!ok)
        return hn_fail_memory(err);
    if (!whole && c->n_alive > 0 && c->level > s->settled.level)
        settle(s, view, c);
    s->settled.known = true;
    return HONE_OK;
}

int hn_pbt_by_score(const void *a, const void *b)
{
    const hn_pbt_member *p = a, *q = b;
    if (isnan(p->score) != isnan(q->score))
        return isnan(p->score) ? 1 : -1;
    if (p->score != q->score && !isnan(p->score))
        return p->score < q->score ? -1 : 1;
    return p->trial < q->trial ? -1 : p->trial > q->trial;
}

bool hn_pbt_is_better(const hn_pbt_member *a, const hn_pbt_member *b)
{
    return !isnan(a->score) && (isnan(b->score) || a->score < b->score);
}

// Where marks count: a member's score is its place among those that arrived; who has shown the very
// same has the same place.
static hone_status score_arrived(hn_pbt *s, hone_error *err)
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
        hn_pbt_member *m = &s->arrived.data[places[i].index];
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
hone_status hn_pbt_count_arrived(hn_pbt *s, const hn_fold *fold, hn_pbt_census *c, hone_error *err)
{
    double limit = hn_pbt_step(s, c->level);
    hn_vec_clear(&s->arrived);
    for (size_t i = 0; i < s->all.n; i++) {
        uint32_t trial = s->all.data[i];
        const hn_trial *t = &fold->trials.data[trial];
        const hn_pbt_row *r = &s->rows.data[trial];
        c->n_forks += hn_pbt_is_fork(t) && r->born == c->level;
        if (r->born >= c->level || r->level < c->level)
            continue;
        bool gone_on = r->level > c->level || t->resource > limit;
        bool there = t->state == HONE_STATE_PAUSED || t->state == HONE_STATE_PRUNED;
        c->closed |= gone_on;
        c->pending |= !gone_on && is_alive(t) && !there;
        if (!gone_on && there && !hn_vec_push(&s->arrived, ((hn_pbt_member){trial, r->score})))
            return hn_fail_memory(err);
    }
    if (c->closed)
        return HONE_OK; // nobody is to be compared any more
    if (s->aims.many)
        HN_TRY(score_arrived(s, err));
    if (s->arrived.n > 1)
        qsort(s->arrived.data, s->arrived.n, sizeof *s->arrived.data, hn_pbt_by_score);
    return HONE_OK;
}

int64_t hn_pbt_count_room(const hn_pbt *s, const hn_fold *fold)
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
