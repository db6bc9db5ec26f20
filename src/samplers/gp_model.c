// gp's models, in step with the view.
//
// 1. What is fitted when follows from the history alone (gp_output.c), so that it does not matter
//    which sampler asks first, or how often.
// 2. Running trials are taken in at what the model expects of them (kriging believer), so that
//    parallel ones keep apart.
// 3. What earlier studies expect is the prior mean of the one objective, as far as it helps
//    (gp_transfer.c).
// 4. While half of the last ten trials have failed the objective's model takes in the newest failed
//    ones, too, as worse than expected and than the best. Otherwise a gain that nobody can have
//    stays as great as it is, however many trials fail there: near the border of what works the
//    search would go on beyond it, by less and less. Below half it may look across again.
// Sources: Forrester, Sóbester, Keane. Optimization with missing data. Proc. R. Soc. A 462, 2006
// (values for failures); Ginsbourger, Le Riche, Carraro. Kriging is well-suited to parallelize
// optimization. 2010.

#include "samplers/gp_model.h"

#include <stdio.h>

#include "base/error.h"
#include "num/dist.h"

hn_gp_model *hn_gp_model_of(hn_cache *cache, const hn_gp_model_options *options)
{
    char key[120];
    (void)snprintf(key, sizeof key, "gp model, points=%lld target=%d deterministic=%d warp=%d",
                   (long long)options->max_points, (int)options->target,
                   (int)options->deterministic, (int)options->warp);
    return hn_cache_get(cache, key, sizeof(hn_gp_model), hn_gp_model_free);
}

static void drop_constraints(hn_gp_model *m)
{
    for (size_t c = 0; c < m->constraints.n; c++)
        hn_gp_output_free(&m->constraints.data[c]);
    hn_vec_free(&m->constraints);
}

void hn_gp_model_free(void *model)
{
    hn_gp_model *m = model;
    for (uint32_t j = 0; j < HN_EHVI_MOST; j++)
        hn_gp_output_free(&m->objectives[j]);
    hn_gp_output_free(&m->failure);
    hn_gp_transfer_free(&m->transfer);
    drop_constraints(m);
    hn_arena_free(&m->arena);
    *m = (hn_gp_model){0};
}

// --- making ---

static bool describe(hn_gp_model *m, const hn_problem *problem)
{
    const hn_evidence *e = m->evidence;
    hn_gp_dim *dims = HN_ZNEW(&m->arena, hn_gp_dim, e->n_dims + 1);
    if (!dims)
        return false;
    for (uint32_t j = 0; j < e->n_dims; j++) {
        const hn_feature *f = &e->features[j];
        dims[j].is_choice = f->n_choices > 0;
        dims[j].optional = hn_is_optional(problem, &problem->space->params[f->param]);
        m->optional |= dims[j].optional;
    }
    m->space = (hn_gp_space){dims, e->n_dims, m->options.warp};
    return true;
}

static hone_status make(hn_gp_model *m, const hn_gp_model_options *options, hn_cache *cache,
                        const hn_problem *problem, hone_error *err)
{
    uint32_t n = problem->n_objectives;
    bool one_for_all = n > HN_EHVI_MOST;
    hn_gp_model_free(m);
    HN_TRY(hn_sources_of(cache, problem, &m->sources, err));
    m->evidence = hn_evidence_of(cache);
    if (!m->evidence)
        return hn_fail_memory(err);
    m->options = *options;
    m->n_objectives = one_for_all ? 1 : n;
    m->weights = one_for_all ? HN_ZNEW(&m->arena, double, n) : NULL;
    if (!describe(m, problem) || (one_for_all && !m->weights)) {
        hn_gp_model_free(m);
        return hn_fail_memory(err);
    }
    for (uint32_t j = 0; j < m->n_objectives; j++)
        m->objectives[j] = (hn_gp_output){.quantity = HN_GP_OBJECTIVE,
                                          .column = j,
                                          .options = &m->options,
                                          .several = m->n_objectives > 1,
                                          .turn = j,
                                          .weights = m->weights};
    m->failure =
        (hn_gp_output){.quantity = HN_GP_FAILURE, .options = &m->options, .turn = m->n_objectives};
    m->made = true;
    return HONE_OK;
}

// --- in step ---

static hone_status update_constraints(hn_gp_model *m, hn_arena *scratch, hone_error *err)
{
    enum { MOST_TURNS = 8 };
    uint32_t n = m->evidence->n_constraints;
    if (m->constraints.n != n) {
        drop_constraints(m);
        if (!hn_vec_reserve(&m->constraints, n + 1))
            return hn_fail_memory(err);
        for (uint32_t c = 0; c < n; c++)
            m->constraints.data[m->constraints.n++] =
                (hn_gp_output){.quantity = HN_GP_CONSTRAINT,
                               .column = c,
                               .options = &m->options,
                               .turn = m->n_objectives + 1 + c % MOST_TURNS};
    }
    for (uint32_t c = 0; c < n; c++)
        HN_TRY(hn_gp_output_update(&m->constraints.data[c], m->evidence, &m->space, scratch, err));
    return HONE_OK;
}

// The one objective is what earlier studies say, too.
static hone_status believe_one(hn_gp_model *m, hn_gp_output *o, const double *x, double *room,
                               hone_error *err)
{
    double value;
    if (o != &m->objectives[0] || !(m->transfer.weight > 0))
        return hn_gp_output_believe(o, x, room, err);
    HN_TRY(hn_gp_transfer_believe(&m->transfer, x, &value, room, err));
    return hn_gp_append(&o->gp, x, value, err);
}

// The newest running trials, at what is expected of them.
static hone_status believe(hn_gp_model *m, hn_gp_output *o, hn_arena *scratch, hone_error *err)
{
    enum { MOST_PENDING = 100 };
    const hn_evidence *e = m->evidence;
    uint32_t n = e->n_kind[HN_EVIDENCE_PENDING], skip = n > MOST_PENDING ? n - MOST_PENDING : 0;
    size_t size = hn_gp_room(&o->gp, 1) + 5 * (size_t)(n - skip) + 1;
    if (m->transfer.weight > 0)
        size += hn_gp_transfer_room(&m->transfer, 1) + 5 * (size_t)(n - skip);
    double *room = HN_NEW(scratch, double, size);
    if (hn_arena_failed(scratch))
        return hn_fail_memory(err);
    for (uint32_t t = 0; t < e->n_trials; t++) {
        if (e->rows.data[t].kind != HN_EVIDENCE_PENDING)
            continue;
        if (skip > 0)
            skip--;
        else
            HN_TRY(believe_one(m, o, hn_evidence_x(e, t), room, err));
    }
    return HONE_OK;
}

// Have half of the last trials failed?
static bool fails_often(const hn_evidence *e)
{
    enum { LAST = 10 };
    uint32_t n = 0, n_failed = 0;
    for (uint32_t t = e->n_trials; t-- > 0 && n < LAST;) {
        uint8_t kind = e->rows.data[t].kind;
        n += kind != HN_EVIDENCE_NONE && kind != HN_EVIDENCE_PENDING;
        n_failed += kind == HN_EVIDENCE_FAILED;
    }
    return 2 * n_failed >= LAST;
}

// Step 4: the newest failed trials.
static hone_status doubt(hn_gp_model *m, hn_gp_output *o, hn_arena *scratch, hone_error *err)
{
    enum { MOST_FAILED = 60 };
    const hn_evidence *e = m->evidence;
    uint32_t n = e->n_kind[HN_EVIDENCE_FAILED], skip = n > MOST_FAILED ? n - MOST_FAILED : 0;
    if (o->n == 0 || m->transfer.weight > 0 || !fails_often(e))
        return HONE_OK;
    double *room = HN_NEW(scratch, double, hn_gp_room(&o->gp, 1) + 5 * (size_t)(n - skip) + 1);
    double *fitted = HN_NEW(scratch, double, o->gp.n + 1), best = INFINITY;
    if (hn_arena_failed(scratch))
        return hn_fail_memory(err);
    hn_gp_fitted(&o->gp, fitted);
    for (uint32_t i = 0; i < o->n; i++)
        best = fmin(best, fitted[i]);
    for (uint32_t t = 0; t < e->n_trials; t++) {
        if (e->rows.data[t].kind != HN_EVIDENCE_FAILED)
            continue;
        if (skip > 0)
            skip--;
        else
            HN_TRY(hn_gp_output_doubt(o, hn_evidence_x(e, t), best, room, err));
    }
    return HONE_OK;
}

static hone_status update(hn_gp_model *m, hn_arena *scratch, hone_error *err)
{
    for (uint32_t j = 0; j < m->n_objectives; j++)
        HN_TRY(hn_gp_output_update(&m->objectives[j], m->evidence, &m->space, scratch, err));
    if (m->n_objectives == 1 && !m->weights)
        HN_TRY(hn_gp_transfer_update(&m->transfer, m->sources, &m->objectives[0], &m->space,
                                     scratch, err));
    HN_TRY(update_constraints(m, scratch, err));
    if (m->evidence->n_kind[HN_EVIDENCE_FAILED] > 0)
        HN_TRY(hn_gp_output_update(&m->failure, m->evidence, &m->space, scratch, err));
    for (uint32_t j = 0; j < m->n_objectives; j++) {
        HN_TRY(doubt(m, &m->objectives[j], scratch, err));
        HN_TRY(believe(m, &m->objectives[j], scratch, err));
    }
    for (size_t c = 0; c < m->constraints.n; c++)
        HN_TRY(believe(m, &m->constraints.data[c], scratch, err));
    return HONE_OK;
}

// Uniform on the simplex, by the trial's number.
static void draw_weights(hn_gp_model *m, const hn_problem *problem, uint32_t trial)
{
    hn_rng rng = hn_rng_make(problem->seed, HN_PURPOSE_SUGGEST, trial);
    double sum = 0;
    for (uint32_t k = 0; k < problem->n_objectives; k++) {
        m->weights[k] = hn_exponential_quantile(hn_rng_uniform(&rng, hn_hash32("weights"), 0, k));
        sum += m->weights[k];
    }
    for (uint32_t k = 0; k < problem->n_objectives; k++)
        m->weights[k] /= sum;
}

hone_status hn_gp_model_sync(hn_gp_model *m, const hn_gp_model_options *options, hn_cache *cache,
                             const hn_view *view, uint32_t trial, hn_arena *scratch,
                             hone_error *err)
{
    if (!m->made)
        HN_TRY(make(m, options, cache, view->problem, err));
    const hn_evidence *evidence = m->evidence;
    if (m->synced && m->generation == evidence->generation && m->n_log == evidence->log.n &&
        (!m->weights || m->trial == trial))
        return HONE_OK;
    m->synced = false;
    if (m->weights)
        draw_weights(m, view->problem, trial);
    HN_TRY(update(m, scratch, err));
    m->synced = true;
    m->generation = evidence->generation;
    m->n_log = evidence->log.n;
    m->trial = trial;
    return HONE_OK;
}
