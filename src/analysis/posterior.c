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
#include "analysis/surrogate.h"
#include "core/study_internal.h"

enum { MIN_TRIALS = 20, COMPARED = 5, CLEAR = 4, N_BEST = 50, N_OTHERS = 30, EVALUATIONS = 40 };

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

static hone_status by_model(const hn_sample *s, uint32_t *number, hn_arena *arena, hone_error *err)
{
    hn_surrogate model = {0};
    double noise = noise_that_hides(s, arena), *mean;
    uint32_t best = 0;
    if (isnan(noise) || s->space->n_dims == 0)
        return HONE_OK;
    hn_surrogate_data data = {UINT32_MAX, N_BEST, N_OTHERS, EVALUATIONS, noise};
    hone_status status = hn_surrogate_make(s, &data, &model, arena, err);
    if (status == HONE_OK && model.ready) {
        mean = HN_NEW(arena, double, model.n);
        if (mean)
            hn_gp_fitted(&model.gp, mean);
        for (uint32_t i = 1; mean && i < model.n_best; i++)
            if (mean[i] < mean[best])
                best = i;
        *number = s->trial[model.row[best]];
        status = mean ? HONE_OK : hn_fail_memory(err);
    }
    hn_surrogate_free(&model);
    return status;
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
