// The best trials: by evidence, and by dominance with several objectives.
//
// The best of many noisy values is good partly by luck, so that its retests are worse than itself.
// 1. A trial that was retested counts by the mean of its retests alone.
// 2. The retested trials show how large that luck is: the mean, over them, of (mean of the retests
// -
//    value in the search), at least 0. It is taken off the trials that were not retested; otherwise
//    the luckiest of those would win over every trial that was looked at twice.
// Without noise, or without retests, this is the best value. O(n) a call.

#include <hone/trial.h>

#include <math.h>

#include "analysis/worth.h"
#include "base/vec.h"
#include "core/study_internal.h"

double hn_best_sign(const hn_problem *problem, uint32_t objective)
{
    return problem->metrics[objective].goal == HONE_MAXIMIZE ? -1.0 : 1.0;
}

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

static void measure_luck(const hn_fold *fold, double sign, hn_worth *r)
{
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < fold->trials.n; i++) {
        if (r->n[i] == 0 || !hn_best_candidate(fold, i))
            continue;
        double value = fold->numbers.data[fold->trials.data[i].values];
        sum += sign * (r->sum[i] / r->n[i] - value);
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
    measure_luck(fold, hn_best_sign(&fold->problem, 0), out);
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
    double sign = hn_best_sign(&fold->problem, 0);
    if (r->n[i] > 0)
        return sign * r->sum[i] / r->n[i];
    return sign * fold->numbers.data[fold->trials.data[i].values] + r->luck;
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

static bool dominates(const hn_fold *fold, uint32_t a, uint32_t b)
{
    const double *x = hn_fold_values(fold, &fold->trials.data[a]);
    const double *y = hn_fold_values(fold, &fold->trials.data[b]);
    bool better = false;
    for (uint32_t m = 0; m < fold->problem.n_objectives; m++) {
        double sign = hn_best_sign(&fold->problem, m);
        if (sign * x[m] > sign * y[m])
            return false;
        better |= sign * x[m] < sign * y[m];
    }
    return better;
}

// Front kept while scanning: O(n · front).
hone_status hone_study_pareto(hone_study *study, uint32_t *numbers, uint32_t capacity, uint32_t *n,
                              hone_error *err)
{
    const hn_fold *fold = &study->fold;
    HN_VEC(uint32_t) front = {0};
    hone_status status = HONE_OK;
    if (fold->problem.n_objectives == 1) {
        uint32_t best;
        *n = hone_study_best(study, &best, NULL) == HONE_OK;
        if (*n && capacity > 0)
            numbers[0] = best;
        return HONE_OK;
    }
    for (uint32_t i = 0; i < fold->trials.n && status == HONE_OK; i++) {
        size_t kept = 0;
        bool beaten = !hn_best_candidate(fold, i);
        for (size_t k = 0; k < front.n && !beaten; k++)
            beaten = dominates(fold, front.data[k], i);
        if (beaten)
            continue;
        for (size_t k = 0; k < front.n; k++)
            if (!dominates(fold, i, front.data[k]))
                front.data[kept++] = front.data[k];
        front.n = kept;
        if (!hn_vec_push(&front, i))
            status = hn_fail_memory(err);
    }
    *n = (uint32_t)front.n;
    for (uint32_t k = 0; k < front.n && k < capacity; k++)
        numbers[k] = front.data[k];
    hn_vec_free(&front);
    return status;
}
