// The best trial by what all trials say together, where noise hides it.
//
// The best of many noisy values owes much to luck; a good neighbourhood does not. Where it is known
// how much chance moves the value of a trial (noise.h), that luck can be told from merit:
//  1. Nothing is done without that, with fewer than MIN_TRIALS trials, where there are retests
//     (they say more), or where the best COMPARED trials differ by more than CLEAR times the noise:
//     then the first of them is the best indeed.
//  2. A Gaussian process (learn/gp.h) is fitted to N_BEST of the best trials and N_OTHERS others,
//     evenly over the rest, with that noise: what trials differ by beyond it is taken for real,
//     however rugged. The worst tenth of the values is cut off, so that an outlier does not set the
//     scale.
//  3. The best is the one of the N_BEST with the lowest mean.
// O(n log n) and some 20 ms for the fit.

#include <math.h>

#include "analysis/noise.h"
#include "core/study_internal.h"
#include "learn/gp.h"
#include "space/features.h"

enum { MIN_TRIALS = 20, COMPARED = 5, CLEAR = 4, N_BEST = 50, N_OTHERS = 30, EVALUATIONS = 40 };

typedef struct points {
    uint32_t n, n_best;
    uint32_t *row; // [n] of the sample, the best first
    double *x, *y; // [n x n_dims], [n]
} points;

static bool has_retests(const hn_fold *fold)
{
    for (size_t i = 0; i < fold->trials.n; i++)
        if (fold->trials.data[i].purpose == HONE_PURPOSE_RETEST &&
            fold->trials.data[i].state == HONE_STATE_COMPLETE)
            return true;
    return false;
}

// Standard deviation of a value, NaN where it is not known or does not matter.
static double noise_that_hides(const hn_sample *s, hn_arena *arena)
{
    if (s->n_good < MIN_TRIALS || has_retests(s->fold))
        return NAN;
    double apart = s->score[s->order[COMPARED - 1]] - s->score[s->order[0]];
    double noise = hn_noise_of_equals(s, arena);
    if (isnan(noise))
        noise = hn_noise_of_parts(s, arena);
    return CLEAR * noise > apart ? noise : NAN;
}

static bool choose(const hn_sample *s, points *p, hn_arena *arena)
{
    uint32_t d = s->space->n_dims, n = s->n_good;
    p->n_best = n < N_BEST ? n : N_BEST;
    uint32_t rest = n - p->n_best, n_others = rest < N_OTHERS ? rest : N_OTHERS;
    p->n = p->n_best + n_others;
    p->row = HN_NEW(arena, uint32_t, p->n);
    p->x = HN_NEW(arena, double, (size_t)p->n *d + 1);
    p->y = HN_NEW(arena, double, p->n);
    if (!p->row || !p->x || !p->y)
        return false;
    for (uint32_t i = 0; i < p->n; i++) {
        uint32_t at =
            i < p->n_best ? i : p->n_best + (uint32_t)((uint64_t)(i - p->n_best) * rest / n_others);
        p->row[i] = s->order[at];
        hn_features_encode(s->space, s->point[p->row[i]], p->x + (size_t)i * d);
        p->y[i] = s->score[p->row[i]];
    }
    return true;
}

// Standardised; `*unit` is by how much values were divided.
static void standardise(points *p, double *unit)
{
    double cut = p->y[p->n * 9 / 10], mean = 0, squares = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        p->y[i] = fmin(p->y[i], cut);
        mean += p->y[i] / p->n;
    }
    for (uint32_t i = 0; i < p->n; i++)
        squares += (p->y[i] - mean) * (p->y[i] - mean);
    *unit = sqrt(squares / p->n);
    for (uint32_t i = 0; i < p->n; i++)
        p->y[i] = (p->y[i] - mean) / *unit;
}

static hn_gp_dim *describe(const hn_sample *s, hn_arena *arena)
{
    const hone_space *space = s->space;
    hn_feature *features = HN_NEW(arena, hn_feature, space->n_dims + 1);
    hn_gp_dim *dims = HN_ZNEW(arena, hn_gp_dim, space->n_dims + 1);
    if (!features || !dims)
        return NULL;
    hn_features_describe(space, features);
    for (uint32_t j = 0; j < space->n_dims; j++) {
        dims[j].is_choice = features[j].n_choices > 0;
        dims[j].optional = hn_is_optional(&s->fold->problem, &space->params[features[j].param]);
    }
    return dims;
}

// The means of the process at the points.
static hone_status model(const hn_sample *s, const points *p, double noise, double *mean,
                         hn_arena *arena, hone_error *err)
{
    hn_gp_space space = {describe(s, arena), s->space->n_dims, false};
    hn_gp_prior prior = hn_gp_default_prior(space.n_dims);
    hn_gp_fit_options options = {EVALUATIONS, 1e-2, false};
    double *hyper = HN_NEW(arena, double, hn_gp_n_hyper(&space));
    hn_gp gp = {0};
    if (!space.dims || !hyper)
        return hn_fail_memory(err);
    prior.fixed_noise = true;
    prior.least_noise = noise * noise;
    hn_gp_start(&space, &prior, hyper);
    HN_TRY(hn_gp_fit(&space, &prior, p->x, p->y, p->n, &options, hyper, NULL, arena, err));
    hone_status status = hn_gp_init(&gp, &space, false, err);
    if (status == HONE_OK)
        status = hn_gp_set(&gp, hyper, p->x, p->y, p->n, err);
    if (status == HONE_OK)
        hn_gp_fitted(&gp, mean);
    hn_gp_free(&gp);
    return status;
}

static hone_status by_model(const hn_sample *s, uint32_t *number, hn_arena *arena, hone_error *err)
{
    points p;
    double noise = noise_that_hides(s, arena), unit, *mean;
    uint32_t best = 0;
    if (isnan(noise) || s->space->n_dims == 0)
        return HONE_OK;
    if (!choose(s, &p, arena) || !(mean = HN_NEW(arena, double, p.n)))
        return hn_fail_memory(err);
    standardise(&p, &unit);
    if (!(unit > 0) || !isfinite(unit))
        return HONE_OK;
    HN_TRY(model(s, &p, noise / unit, mean, arena, err));
    for (uint32_t i = 1; i < p.n_best; i++)
        if (mean[i] < mean[best])
            best = i;
    *number = s->trial[p.row[best]];
    return HONE_OK;
}

hone_status hone_study_best_by_model(hone_study *study, uint32_t *number, hone_error *err)
{
    hn_sample sample;
    hn_arena arena = HN_ARENA_INIT;
    uint32_t chosen;
    HN_TRY(hone_study_best(study, &chosen, err));
    HN_TRY(hn_sample_make(&study->fold, &sample, err));
    hone_error why = HONE_ERROR_INIT;
    hone_status status = by_model(&sample, &chosen, &arena, &why);
    hn_arena_free(&arena);
    hn_sample_free(&sample);
    if (status == HONE_ENOMEM)
        return hn_fail_memory(err);
    *number = chosen; // a model that cannot be made says nothing
    return HONE_OK;
}
