// The ended trials of the search as a table; see sample.h.

#include "analysis/sample.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/worth.h"
#include "core/view.h"
#include "num/pareto.h"

// Fronts beyond the first cost the square of the points: with more of them there are two, the best
// and the others.
enum { MAX_FRONTED = 4000 };

static bool is_row(const hn_fold *fold, uint32_t number)
{
    const hn_trial *t = &fold->trials.data[number];
    return hn_state_finished(t->state) && t->state != HONE_STATE_LOST &&
           t->purpose == HONE_PURPOSE_SEARCH && t->origin != HONE_ORIGIN_SERVED &&
           !(t->flags & HN_TRIAL_EXCLUDED) && !hn_fold_lacks_objective(fold, t);
}

// --- rows ---

static bool reserve(hn_sample *s, uint32_t n)
{
    hn_arena *arena = &s->arena;
    s->trial = HN_NEW(arena, uint32_t, n);
    s->state = HN_NEW(arena, uint8_t, n);
    s->point = HN_NEW(arena, hn_config, n);
    s->u = HN_NEW(arena, double, (size_t)n * s->space->n_dims);
    s->score = HN_NEW(arena, double, n);
    s->order = HN_NEW(arena, uint32_t, n);
    return !hn_arena_failed(arena);
}

static bool take_rows(hn_sample *s)
{
    const hn_fold *fold = s->fold;
    uint32_t n_trials = (uint32_t)fold->trials.n, n = 0;
    const hn_view view = {fold, &fold->problem, n_trials, n_trials, NULL};
    for (uint32_t i = 0; i < n_trials; i++)
        n += is_row(fold, i);
    if (!reserve(s, n))
        return false;
    for (uint32_t i = 0; i < n_trials; i++) {
        hn_arena_mark mark = hn_arena_get_mark(&s->arena);
        if (!is_row(fold, i))
            continue;
        hn_config point = hn_config_new(&s->arena, s->space);
        if (!point.slots)
            return false;
        if (!hn_view_config(&view, i, point)) {
            hn_arena_rewind(&s->arena, mark);
            continue;
        }
        s->trial[s->n] = i;
        s->state[s->n] = fold->trials.data[i].state;
        s->point[s->n] = point;
        hn_space_encode(s->space, point, s->u + (size_t)s->n * s->space->n_dims);
        s->n++;
    }
    return true;
}

// --- scores ---

static bool score_one(hn_sample *s)
{
    hn_worth worth;
    if (!hn_worth_make(s->fold, &worth))
        return false;
    for (uint32_t r = 0; r < s->n; r++) {
        bool good = hn_best_candidate(s->fold, s->trial[r]);
        s->score[r] = good ? hn_worth_of(s->fold, &worth, s->trial[r]) : INFINITY;
        if (s->score[r] == -INFINITY)
            s->score[r] = -DBL_MAX; // it is the best, and has a place in the order
    }
    hn_worth_free(&worth);
    return true;
}

// front [n]: 0 for what nothing dominates, else 1.
static bool first_front(const double *values, uint32_t n, uint32_t m, uint32_t *front,
                        hn_arena *arena)
{
    uint32_t *kept = HN_NEW(arena, uint32_t, n);
    if (!kept)
        return false;
    uint32_t n_kept = hn_pareto_first(values, n, m, kept);
    for (uint32_t i = 0; i < n; i++)
        front[i] = 1;
    for (uint32_t k = 0; k < n_kept; k++)
        front[kept[k]] = 0;
    return true;
}

static bool score_several(hn_sample *s)
{
    uint32_t m = s->fold->problem.n_objectives, n = 0;
    double *values = HN_NEW(&s->arena, double, (size_t)s->n *m);
    uint32_t *row = HN_NEW(&s->arena, uint32_t, s->n), *front = HN_ZNEW(&s->arena, uint32_t, s->n);
    if (!values || !row || !front)
        return false;
    for (uint32_t r = 0; r < s->n; r++) {
        s->score[r] = INFINITY;
        if (!hn_best_candidate(s->fold, s->trial[r]))
            continue;
        hn_best_point(s->fold, s->trial[r], values + (size_t)n * m);
        row[n++] = r;
    }
    bool few = n <= MAX_FRONTED || m == 2;
    if (!(few ? hn_pareto_fronts(values, n, m, front, &s->arena)
              : first_front(values, n, m, front, &s->arena)))
        return false;
    for (uint32_t i = 0; i < n; i++)
        s->score[row[i]] = front[i];
    return true;
}

typedef struct scored {
    double score;
    uint32_t row;
} scored;

static int better_first(const void *left, const void *right)
{
    const scored *a = left, *b = right;
    if (a->score != b->score)
        return a->score < b->score ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static bool put_in_order(hn_sample *s)
{
    scored *list = HN_NEW(&s->arena, scored, s->n);
    if (!list)
        return false;
    for (uint32_t r = 0; r < s->n; r++)
        list[r] = (scored){s->score[r], r};
    qsort(list, s->n, sizeof *list, better_first);
    for (uint32_t i = 0; i < s->n; i++) {
        s->order[i] = list[i].row;
        s->n_good += isfinite(list[i].score);
        s->n_judged += isfinite(list[i].score) || s->state[list[i].row] == HONE_STATE_PRUNED;
    }
    bool several = s->fold->problem.n_objectives > 1;
    while (s->n_best < s->n_good && (s->n_best == 0 || (several && list[s->n_best].score == 0)))
        s->n_best++;
    return true;
}

hone_status hn_sample_make(const hn_fold *fold, hn_sample *out, hone_error *err)
{
    *out = (hn_sample){.arena = HN_ARENA_INIT, .fold = fold, .space = fold->problem.space};
    bool several = fold->problem.n_objectives > 1;
    if (take_rows(out) && (several ? score_several(out) : score_one(out)) && put_in_order(out))
        return HONE_OK;
    hn_sample_free(out);
    return hn_fail_memory(err);
}

void hn_sample_free(hn_sample *sample)
{
    hn_arena_free(&sample->arena);
    *sample = (hn_sample){0};
}

uint32_t hn_sample_top(const hn_sample *s, double share)
{
    double wanted = ceil(share * s->n_judged);
    uint32_t k = wanted < 1 ? 1 : (uint32_t)wanted;
    if (k >= s->n_good)
        return s->n_good;
    while (k < s->n_good && s->score[s->order[k]] == s->score[s->order[k - 1]])
        k++;
    return k;
}
