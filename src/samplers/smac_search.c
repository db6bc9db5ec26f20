// Maximising the score over a mixed and conditional space.
//
//  1. `n_random` points from the prior are scored.
//  2. Of the trials so far the KNOWN best are looked at: the least of their predicted means is what
//     has to be improved, and the best half of the local searches start from the least ones. The
//     others start from the best of the random points.
//  3. A local search goes through the neighbours of its point (space/neighbour.h) in random order,
//     a batch at a time, and moves to the best of a batch that is better. Draws from a normal are
//     wide at first: the width is halved when no neighbour is better and doubled after three moves
//     in a row. It ends when the width is least, or after so many evaluations.
//  4. Whatever was scored on the way and may be suggested is a candidate.
// Source: Hutter, Hoos, Leyton-Brown. Sequential model-based optimization for general algorithm
// configuration. LION 2011. Differences: fewer random points, a move to the best of a batch.

#include "samplers/smac_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32, KNOWN = 48, EVALUATIONS = 128 };
#define FIRST_SIGMA 0.1 // of the unit cube
#define MOST_SIGMA  0.4
#define LEAST_SIGMA 0.003 // finer than that a forest does not see

static hn_config *new_configs(hn_arena *arena, const hone_space *space, size_t n)
{
    hn_config *configs = HN_NEW(arena, hn_config, n + 1);
    for (size_t i = 0; configs && i < n; i++)
        configs[i] = hn_config_new(arena, space);
    return configs;
}

hone_status hn_smac_search_open(hn_smac_search *s, hone_error *err)
{
    hn_arena *arena = s->request->scratch;
    const hone_space *space = s->problem->space;
    s->rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SUGGEST, s->request->trial);
    s->n_moves = s->request->attempt << 20;
    s->here = hn_config_new(arena, space);
    s->next = hn_config_new(arena, space);
    s->best = hn_config_new(arena, space);
    s->best_score = -INFINITY;
    s->batch = new_configs(arena, space, BATCH);
    s->x = HN_NEW(arena, double, (size_t)BATCH * space->n_dims + 1);
    s->x_here = HN_NEW(arena, double, space->n_dims + 1);
    s->mean = HN_NEW(arena, double, BATCH);
    s->score = HN_NEW(arena, double, BATCH);
    s->moves = HN_NEW(arena, hn_move, hn_moves_most(space) + 1);
    s->starts = new_configs(arena, space, (size_t)s->n_starts);
    s->start_scores = HN_NEW(arena, double, (size_t)s->n_starts + 1);
    return hn_arena_failed(arena) ? hn_fail_memory(err) : HONE_OK;
}

static void consider(hn_smac_search *s, hn_config config, double score)
{
    if (!(score > s->best_score) || !hn_is_new(&s->newness, config))
        return;
    s->best_score = score;
    hn_config_copy(s->problem->space, s->best, config);
}

// Scores the first n of the batch; `near`: they are neighbours of s->here.
static hone_status score_batch(hn_smac_search *s, uint32_t n, bool near, hone_error *err)
{
    const hone_space *space = s->problem->space;
    for (uint32_t i = 0; i < n; i++) {
        double *x = s->x + (size_t)i * space->n_dims;
        if (near)
            hn_features_encode_near(space, s->here, s->x_here, s->batch[i], x);
        else
            hn_features_encode(space, s->batch[i], x);
    }
    HN_TRY(hn_smac_score(&s->scorer, s->x, n, s->mean, s->score, err));
    for (uint32_t i = 0; i < n; i++)
        consider(s, s->batch[i], s->score[i]);
    return HONE_OK;
}

// --- what is known ---

typedef struct known {
    double value;
    uint32_t trial;
} known;

static int by_value(const void *a, const void *b)
{
    const known *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

// The KNOWN best by what was seen, that keep the constraints unless these are what is improved.
static uint32_t find_known(const hn_smac_search *s, known *all)
{
    const hn_smac_model *model = s->scorer.model;
    size_t n = 0;
    for (size_t i = 0; i < model->trials.n; i++) {
        uint32_t t = model->trials.data[i];
        double value = hn_smac_scalar_seen(&s->scorer, t);
        bool usable = model->by_violation || !s->evidence->rows.data[t].infeasible;
        if (usable && !isnan(value))
            all[n++] = (known){value, t};
    }
    qsort(all, n, sizeof *all, by_value);
    return (uint32_t)(n < KNOWN ? n : KNOWN);
}

// Puts the least predicted of the known ones first, and says what is to be improved.
static hone_status look_at_known(hn_smac_search *s, known *best, uint32_t n, hone_error *err)
{
    hn_arena *arena = s->request->scratch;
    uint32_t d = s->evidence->n_dims;
    double *x = HN_NEW(arena, double, (size_t)n *d + 1), *mean = HN_NEW(arena, double, n + 1);
    if (hn_arena_failed(arena))
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < n; i++)
        memcpy(x + (size_t)i * d, hn_evidence_x(s->evidence, best[i].trial), d * sizeof *x);
    HN_TRY(hn_smac_score(&s->scorer, x, n, mean, NULL, err));
    for (uint32_t i = 0; i < n; i++)
        best[i].value = mean[i];
    qsort(best, n, sizeof *best, by_value);
    s->scorer.best = n > 0 ? best[0].value : 0;
    return HONE_OK;
}

// --- random points ---

// Enters a point among those from `from` on that local searches start with, the best ones first.
static void enter_start(hn_smac_search *s, uint32_t from, hn_config config, double score)
{
    uint32_t at = (uint32_t)s->n_starts;
    while (at > from && score > s->start_scores[at - 1])
        at--;
    if (at == (uint32_t)s->n_starts)
        return;
    hn_config room = s->starts[s->n_starts - 1];
    for (uint32_t i = (uint32_t)s->n_starts - 1; i > at; i--) {
        s->starts[i] = s->starts[i - 1];
        s->start_scores[i] = s->start_scores[i - 1];
    }
    hn_config_copy(s->problem->space, room, config);
    s->starts[at] = room;
    s->start_scores[at] = score;
}

static hone_status try_random(hn_smac_search *s, uint32_t from, hone_error *err)
{
    const hn_problem *problem = s->problem;
    uint32_t n = (uint32_t)s->n_random, first = n * s->request->attempt;
    for (uint32_t done = 0; done < n; done += BATCH) {
        uint32_t count = n - done < BATCH ? n - done : BATCH;
        for (uint32_t i = 0; i < count; i++)
            HN_TRY(hn_space_redraw(problem->space, problem->seed, s->request->trial,
                                   first + done + i, s->batch[i], err));
        HN_TRY(score_batch(s, count, false, err));
        for (uint32_t i = 0; i < count; i++)
            enter_start(s, from, s->batch[i], s->score[i]);
    }
    return HONE_OK;
}

// --- local search ---

static void shuffle(hn_smac_search *s, uint32_t n)
{
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = (uint32_t)hn_rng_below(&s->rng, 1, s->n_moves, i, i);
        hn_move move = s->moves[j];
        s->moves[j] = s->moves[i - 1];
        s->moves[i - 1] = move;
    }
}

// Fills the batch with neighbours, from move *at on; how many they are.
static uint32_t make_neighbours(hn_smac_search *s, uint32_t n_moves, double sigma, uint32_t *at)
{
    uint32_t n = 0;
    while (*at < n_moves && n < BATCH)
        n += hn_move_make(s->problem->space, s->here, s->moves[(*at)++], sigma, &s->rng,
                          s->n_moves++, s->batch[n]);
    return n;
}

// One round over the neighbours; *score is that of s->here, which moves if one of them is better.
static hone_status look_around(hn_smac_search *s, double sigma, double *score, uint32_t *n_done,
                               bool *moved, hone_error *err)
{
    const hone_space *space = s->problem->space;
    uint32_t n_moves = hn_moves_list(space, s->here, s->moves), at = 0;
    *moved = false;
    hn_features_encode(space, s->here, s->x_here);
    shuffle(s, n_moves);
    while (!*moved && at < n_moves && *n_done < EVALUATIONS) {
        uint32_t n = make_neighbours(s, n_moves, sigma, &at), best = 0;
        HN_TRY(score_batch(s, n, true, err));
        *n_done += n > 0 ? n : 1;
        for (uint32_t i = 1; i < n; i++)
            best = s->score[i] > s->score[best] ? i : best;
        *moved = n > 0 && s->score[best] > *score;
        if (*moved) {
            *score = s->score[best];
            hn_config_copy(space, s->next, s->batch[best]);
        }
    }
    if (*moved)
        hn_config_copy(space, s->here, s->next);
    return HONE_OK;
}

static hone_status climb(hn_smac_search *s, hone_error *err)
{
    double sigma = FIRST_SIGMA, score;
    uint32_t n_done = 0, n_in_a_row = 0;
    hn_config_copy(s->problem->space, s->batch[0], s->here);
    HN_TRY(score_batch(s, 1, false, err));
    score = s->score[0];
    while (n_done < EVALUATIONS && sigma >= LEAST_SIGMA) {
        bool moved;
        HN_TRY(look_around(s, sigma, &score, &n_done, &moved, err));
        n_in_a_row = moved ? n_in_a_row + 1 : 0;
        if (!moved)
            sigma /= 2;
        else if (n_in_a_row % 3 == 0)
            sigma = fmin(2 * sigma, MOST_SIGMA);
    }
    return HONE_OK;
}

hone_status hn_smac_search_run(hn_smac_search *s, hn_config out, bool *found, hone_error *err)
{
    const hone_space *space = s->problem->space;
    known *all = HN_NEW(s->request->scratch, known, s->scorer.model->trials.n + 1);
    if (!all)
        return hn_fail_memory(err);
    uint32_t n_known = find_known(s, all), n = (uint32_t)s->n_starts;
    HN_TRY(look_at_known(s, all, n_known, err));
    uint32_t n_from_known = n_known < (n + 1) / 2 ? n_known : (n + 1) / 2, n_used = 0;
    for (uint32_t i = 0; i < n_known && n_used < n_from_known; i++)
        n_used += hn_view_map(s->view, all[i].trial, s->starts[n_used]) == HN_MAPPED_EQUAL;
    for (uint32_t i = n_used; i < n; i++)
        s->start_scores[i] = -INFINITY;
    HN_TRY(try_random(s, n_used, err));
    for (uint32_t i = 0; i < n; i++) {
        if (i >= n_used && !(s->start_scores[i] > -INFINITY))
            continue;
        hn_config_copy(space, s->here, s->starts[i]);
        HN_TRY(climb(s, err));
    }
    *found = s->best_score > -INFINITY;
    if (*found)
        hn_config_copy(space, out, s->best);
    return HONE_OK;
}
