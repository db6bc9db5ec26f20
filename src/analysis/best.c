// The best trials: by evidence, and by dominance with several objectives.
//
// The best of many noisy values is good partly by luck, so that its retests are worse than itself.
// 1. A trial that was retested counts by the mean of its retests alone.
// 2. The retested trials show how large that luck is: by how much, on average over them, the mean
//    of the retests is worse than the value in the search; at least 0. It is taken off the trials
//    that were not retested; otherwise the luckiest of those would win over every trial that was
//    looked at twice.
// Without noise, or without retests, this is the best value. O(n) a call.

#include <hone/trial.h>

#include <math.h>

#include "analysis/worth.h"
#include "core/merit.h"
#include "core/study_internal.h"
#include "num/pareto.h"

// A journal of another program may call complete what has no number.
static bool has_objectives(const hn_fold *fold, const hn_trial *trial)
{
    for (uint32_t m = 0; trial->values != HN_NONE && m < fold->problem.n_objectives; m++)
        if (isnan(fold->numbers.data[trial->values + m]))
            return false;
    return trial->values != HN_NONE;
}

bool hn_best_candidate(const hn_fold *fold, uint32_t number)
{
    const hn_trial *t = &fold->trials.data[number];
    return t->state == HONE_STATE_COMPLETE && t->purpose == HONE_PURPOSE_SEARCH &&
           !(t->flags & (HN_TRIAL_EXCLUDED | HN_TRIAL_INFEASIBLE)) && has_objectives(fold, t);
}

// Retests point to their trial by `parent`.
static void add_retests(const hn_fold *fold, hn_worth *r)
{
    for (uint32_t i = 0; i < fold->trials.n; i++) {
        const hn_trial *t = &fold->trials.data[i];
        if (t->purpose != HONE_PURPOSE_RETEST || t->state != HONE_STATE_COMPLETE || t->parent < 0 ||
            !has_objectives(fold, t) || (t->flags & HN_TRIAL_EXCLUDED))
            continue;
        r->sum[t->parent] += fold->numbers.data[t->values];
        r->n[t->parent]++;
    }
}

static void measure_luck(const hn_fold *fold, hn_worth *r)
{
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < fold->trials.n; i++) {
        if (r->n[i] == 0 || !hn_best_candidate(fold, i))
            continue;
        double value = fold->numbers.data[fold->trials.data[i].values];
        sum += hn_towards_less(&fold->problem, 0, r->sum[i] / r->n[i] - value);
        n++;
    }
    r->luck = n > 0 && sum > 0 ? sum / n : 0;
}

bool hn_worth_make(const hn_fold *fold, hn_worth *out)
{
    size_t n = fold->trials.n;
    *out = (hn_worth){hn_calloc(n + 1, sizeof(double)), hn_calloc(n + 1, sizeof(uint32_t)), 0};
    if (!out->sum || !out->n) {
        hn_worth_free(out);
        return false;
    }
    add_retests(fold, out);
    measure_luck(fold, out);
    return true;
}

void hn_worth_free(hn_worth *worth)
{
    hn_free(worth->sum);
    hn_free(worth->n);
    *worth = (hn_worth){0};
}

double hn_worth_of(const hn_fold *fold, const hn_worth *r, uint32_t i)
{
    const hn_problem *problem = &fold->problem;
    if (r->n[i] > 0)
        return hn_towards_less(problem, 0, r->sum[i] / r->n[i]);
    double value = fold->numbers.data[fold->trials.data[i].values];
    return hn_towards_less(problem, 0, value) + r->luck;
}

hone_status hone_study_best(hone_study *study, uint32_t *number, hone_error *err)
{
    const hn_fold *fold = &study->fold;
    double best = INFINITY;
    bool found = false;
    hn_worth r;
    if (fold->problem.n_objectives > 1)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "with several objectives there is a front of best trials, not one");
    if (!hn_worth_make(fold, &r))
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < fold->trials.n; i++) {
        if (!hn_best_candidate(fold, i))
            continue;
        double value = hn_worth_of(fold, &r, i);
        if (!found || value < best) {
            best = value;
            *number = i;
            found = true;
        }
    }
    hn_worth_free(&r);
    return found ? HONE_OK
                 : hn_fail(err, HONE_ENOTFOUND,
                           "study \"%s\" has no complete, feasible trial yet: `hone trials` "
                           "shows how they stand",
                           hone_study_name(study));
}

void hn_best_point(const hn_fold *fold, uint32_t number, double *out)
{
    const double *given = hn_fold_values(fold, &fold->trials.data[number]);
    for (uint32_t m = 0; m < fold->problem.n_objectives; m++)
        out[m] = hn_towards_less(&fold->problem, m, given[m]);
}

// The front among the candidates, in order of their numbers.
static bool find_front(const hn_fold *fold, hn_arena *arena, uint32_t **front, uint32_t *n_front)
{
    uint32_t n_trials = (uint32_t)fold->trials.n, m = fold->problem.n_objectives, n = 0;
    double *points = HN_NEW(arena, double, (size_t)n_trials *m);
    uint32_t *trial = HN_NEW(arena, uint32_t, n_trials);
    *front = HN_NEW(arena, uint32_t, n_trials);
    if (!points || !trial || !*front)
        return false;
    for (uint32_t i = 0; i < n_trials; i++) {
        if (!hn_best_candidate(fold, i))
            continue;
        hn_best_point(fold, i, points + (size_t)n * m);
        trial[n++] = i;
    }
    *n_front = hn_pareto_first(points, n, m, *front);
    for (uint32_t k = 0; k < *n_front; k++)
        (*front)[k] = trial[(*front)[k]];
    return true;
}

hone_status hone_study_pareto(hone_study *study, uint32_t *numbers, uint32_t capacity, uint32_t *n,
                              hone_error *err)
{
    const hn_fold *fold = &study->fold;
    hn_arena arena = HN_ARENA_INIT;
    uint32_t *front, n_front = 0;
    if (fold->problem.n_objectives == 1) {
        uint32_t best;
        *n = hone_study_best(study, &best, NULL) == HONE_OK;
        if (*n && capacity > 0)
            numbers[0] = best;
        return HONE_OK;
    }
    bool found = find_front(fold, &arena, &front, &n_front);
    *n = n_front;
    for (uint32_t k = 0; k < n_front && k < capacity; k++)
        numbers[k] = front[k];
    hn_arena_free(&arena);
    return found ? HONE_OK : hn_fail_memory(err);
}
