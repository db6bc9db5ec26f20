// A Gaussian process over the trials of a study; see surrogate.h.

#include "analysis/surrogate.h"

#include <math.h>

#include "base/error.h"
#include "space/features.h"

static bool choose(const hn_sample *s, const hn_surrogate_data *data, hn_surrogate *p,
                   hn_arena *arena)
{
    uint32_t d = s->space->n_dims, n = 0;
    uint32_t *order = HN_NEW(arena, uint32_t, (size_t)s->n_good + 1);
    for (uint32_t i = 0; order && i < s->n_good; i++)
        if (s->trial[s->order[i]] < data->limit)
            order[n++] = s->order[i];
    p->n_best = n < data->n_best ? n : data->n_best;
    uint32_t rest = n - p->n_best, n_others = rest < data->n_others ? rest : data->n_others;
    p->n = p->n_best + n_others;
    p->row = HN_NEW(arena, uint32_t, (size_t)p->n + 1);
    p->x = HN_NEW(arena, double, (size_t)p->n *d + 1);
    p->y = HN_NEW(arena, double, (size_t)p->n + 1);
    if (!order || !p->row || !p->x || !p->y)
        return false;
    for (uint32_t i = 0; i < p->n; i++) {
        uint32_t at =
            i < p->n_best ? i : p->n_best + (uint32_t)((uint64_t)(i - p->n_best) * rest / n_others);
        p->row[i] = order[at];
        hn_features_encode(s->space, s->point[p->row[i]], p->x + (size_t)i * d);
        p->y[i] = s->score[p->row[i]];
    }
    return true;
}

static void standardise(hn_surrogate *p)
{
    double cut = p->y[p->n * 9 / 10], mean = 0, squares = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        p->y[i] = fmin(p->y[i], cut);
        mean += p->y[i] / p->n;
    }
    for (uint32_t i = 0; i < p->n; i++)
        squares += (p->y[i] - mean) * (p->y[i] - mean);
    p->unit = sqrt(squares / p->n);
    for (uint32_t i = 0; i < p->n; i++)
        p->y[i] = (p->y[i] - mean) / p->unit;
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

static hone_status fit(const hn_sample *s, const hn_surrogate_data *data, hn_surrogate *p,
                       hn_arena *arena, hone_error *err)
{
    hn_gp_space space = {describe(s, arena), s->space->n_dims, false};
    hn_gp_prior prior = hn_gp_default_prior(space.n_dims);
    hn_gp_fit_options options = {data->n_evaluations, 1e-2, false};
    double *hyper = HN_NEW(arena, double, hn_gp_n_hyper(&space));
    if (!space.dims || !hyper)
        return hn_fail_memory(err);
    if (!isnan(data->noise)) {
        prior.fixed_noise = true;
        // Never none at all: the model has its logarithm.
        prior.least_noise =
            fmax(prior.least_noise, data->noise * data->noise / (p->unit * p->unit));
    }
    hn_gp_start(&space, &prior, hyper);
    HN_TRY(hn_gp_fit(&space, &prior, p->x, p->y, p->n, &options, hyper, NULL, arena, err));
    HN_TRY(hn_gp_init(&p->gp, &space, false, err));
    return hn_gp_set(&p->gp, hyper, p->x, p->y, p->n, err);
}

hone_status hn_surrogate_make(const hn_sample *sample, const hn_surrogate_data *data,
                              hn_surrogate *out, hn_arena *arena, hone_error *err)
{
    *out = (hn_surrogate){0};
    if (!choose(sample, data, out, arena))
        return hn_fail_memory(err);
    if (out->n == 0 || sample->space->n_dims == 0)
        return HONE_OK;
    standardise(out);
    if (!(out->unit > 0) || !isfinite(out->unit))
        return HONE_OK;
    HN_TRY(fit(sample, data, out, arena, err));
    out->ready = true;
    return HONE_OK;
}

void hn_surrogate_free(hn_surrogate *surrogate)
{
    hn_gp_free(&surrogate->gp);
    *surrogate = (hn_surrogate){0};
}
