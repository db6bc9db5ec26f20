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
        if (!hn_vec_reserve(&s->shown, hn_mark_width(&s->aims)) ||
            !hn_vec_reserve(&s->ready, s->rows.n + 1 - s->ready.n) ||
            !hn_vec_reserve(&s->guests, s->rows.n + 1 - s->guests.n) ||
            !hn_vec_push(&s->rows, blank))
            return hn_fail_memory(err);
        s->shown.n += hn_mark_width(&s->aims); // as the score says when there is something
    }
    return HONE_OK;
}

static hone_status take(hn_pbt *s, const hn_view *view, const hn_report *report, hone_error *err)
{
    hn_pbt_row *r = &s->rows.data[report->trial];
    double best = NAN, score, mark[HN_MARK_MOST];
    uint32_t width = hn_mark_width(&s->aims);
    bool seen;
    HN_TRY(hn_score_take(&s->marks, &s->aims, view->fold, report, false, &best, &seen, &score, mark,
                         err));
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
    hn_pbt_recount(s, view, report->trial);
    return HONE_OK;
}

// --- who is what ---

static uint32_t bit(bool is, int part)
{
    return (uint32_t)is << part;
}

// A founder's place that another one takes.
static bool came_to_nothing(const hn_trial *t, const hn_pbt_row *r)
{
    bool result = t->state == HONE_STATE_COMPLETE || t->state == HONE_STATE_PRUNED;
    return hn_state_finished(t->state) && !result && r->level == 0;
}

// What a member is to those who stand at the level.
static uint32_t parts_there(const hn_pbt *s, const hn_trial *t, const hn_pbt_row *r)
{
    bool alive = !hn_state_finished(t->state), paused = t->state == HONE_STATE_PAUSED;
    bool there = r->level == s->level;
    uint32_t parts = bit(alive && r->level < s->level, IS_BEHIND) | bit(alive && there, IS_THERE) |
                     bit(paused && there && r->held == 0, IS_READY);
    if (r->born == s->level)
        parts |= bit(hn_pbt_is_fork(t), IS_BORN_THERE);
    if (r->born >= s->level || r->level < s->level)
        return parts;
    if (r->level > s->level || t->resource > hn_pbt_step(s, s->level))
        return parts | bit(true, HAS_GONE_ON);
    if (paused || t->state == HONE_STATE_PRUNED)
        return parts | bit(true, HAS_ARRIVED);
    return parts | bit(alive, IS_PENDING);
}

static uint32_t parts_of(const hn_pbt *s, const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    const hn_pbt_row *r = &s->rows.data[trial];
    bool fork = hn_pbt_is_fork(t), alive = !hn_state_finished(t->state);
    uint32_t parts = bit(fork && alive && t->pid == 0 && t->n_reports == 0 && t->ckpt_bytes == 0 &&
                             !(t->flags & HN_TRIAL_EXCLUDED),
                         HAS_TO_COPY);
    if (!hn_watch_counts(view, trial) || (!fork && came_to_nothing(t, r)))
        return parts;
    if (!fork && trial >= s->end)
        return parts | bit(alive, IS_GUEST) | bit(t->state == HONE_STATE_PAUSED, IS_GUEST_PAUSED);
    return parts | bit(true, IS_MEMBER) | bit(!fork, IS_FOUNDER) | bit(alive, IS_ALIVE) |
           bit(t->state == HONE_STATE_COMPLETE, IS_COMPLETE) | parts_there(s, t, r);
}

// --- queues ---

static void put(hn_numbers *heap, uint32_t number)
{
    size_t at = heap->n++;
    for (; at > 0 && heap->data[(at - 1) / 2] > number; at = (at - 1) / 2)
        heap->data[at] = heap->data[(at - 1) / 2];
    heap->data[at] = number;
}

static void drop_first(hn_numbers *heap)
{
    uint32_t last = heap->data[--heap->n];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < heap->n; at = child) {
        child += child + 1 < heap->n && heap->data[child + 1] < heap->data[child];
        if (heap->data[child] >= last)
            break;
        heap->data[at] = heap->data[child];
    }
    heap->data[at] = last;
}

static void queue(hn_pbt_row *r, uint32_t trial, int part, hn_numbers *heap)
{
    if (!hn_pbt_is(r, part) || (r->queued >> part & 1))
        return;
    r->queued |= (uint16_t)bit(true, part);
    put(heap, trial); // there is room: see know
}

uint32_t hn_pbt_first(hn_pbt *s, int part)
{
    hn_numbers *heap = part == IS_READY ? &s->ready : &s->guests;
    for (; heap->n > 0; drop_first(heap)) {
        hn_pbt_row *r = &s->rows.data[heap->data[0]];
        if (hn_pbt_is(r, part))
            return heap->data[0];
        r->queued &= (uint16_t)~bit(true, part);
    }
    return HN_NONE;
}

// --- the census ---

// Of the parent as well where a fork comes that has to copy it, or has copied.
void hn_pbt_recount(hn_pbt *s, const hn_view *view, uint32_t trial)
{
    for (uint32_t changed = bit(true, HAS_TO_COPY); changed >> HAS_TO_COPY & 1;) {
        hn_pbt_row *r = &s->rows.data[trial];
        uint32_t is = parts_of(s, view, trial);
        changed = is ^ r->parts;
        for (int part = 0; changed && part < N_PARTS; part++)
            s->n[part] += (is >> part & 1) - (uint32_t)hn_pbt_is(r, part);
        r->parts = (uint16_t)is;
        queue(r, trial, IS_READY, &s->ready);
        queue(r, trial, IS_GUEST_PAUSED, &s->guests);
        if (changed >> HAS_ARRIVED & 1)
            s->ranked = false;
        if (changed >> IS_MEMBER & 1)
            s->compared_level = 0;
        if (changed >> HAS_TO_COPY & 1) {
            trial = (uint32_t)view->fold->trials.data[trial].parent;
            s->rows.data[trial].held += is >> HAS_TO_COPY & 1 ? 1 : UINT32_MAX;
        }
    }
}

// From there on, who is no fork is a guest.
static void find_end(hn_pbt *s, const hn_view *view)
{
    int64_t wanted = s->options->population;
    while (s->n[IS_FOUNDER] > wanted)
        hn_pbt_recount(s, view, --s->end);
    while (s->n[IS_FOUNDER] < wanted && s->end < s->rows.n)
        hn_pbt_recount(s, view, s->end++);
}

hone_status hn_pbt_sync(hn_pbt *s, const hn_view *view, hone_error *err)
{
    HN_TRY(know(s, view->fold, err));
    for (; s->n_counted < s->rows.n; s->n_counted++)
        hn_pbt_recount(s, view, s->n_counted);
    for (; s->n_seen < view->fold->reports.n; s->n_seen++)
        HN_TRY(take(s, view, &view->fold->reports.data[s->n_seen], err));
    find_end(s, view);
    return HONE_OK;
}

void hn_pbt_find_level(hn_pbt *s, const hn_view *view)
{
    if (s->n[IS_ALIVE] == 0 || (s->n[IS_THERE] > 0 && s->n[IS_BEHIND] == 0))
        return;
    s->level = UINT32_MAX;
    for (size_t i = 0; i < s->rows.n; i++)
        if (hn_pbt_is(&s->rows.data[i], IS_ALIVE) && s->rows.data[i].level < s->level)
            s->level = s->rows.data[i].level;
    for (size_t i = 0; i < s->rows.n; i++)
        hn_pbt_recount(s, view, (uint32_t)i);
}

// --- ranks ---

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

hone_status hn_pbt_rank(hn_pbt *s, hone_error *err)
{
    hn_vec_clear(&s->arrived);
    for (size_t i = 0; i < s->rows.n; i++) {
        const hn_pbt_row *r = &s->rows.data[i];
        if (hn_pbt_is(r, HAS_ARRIVED) &&
            !hn_vec_push(&s->arrived, ((hn_pbt_member){(uint32_t)i, r->score})))
            return hn_fail_memory(err);
    }
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
