// Views of the fold; see view.h.

#include "core/view.h"

#include <math.h>

hn_view hn_view_of(const hn_fold *fold, uint32_t trial)
{
    uint32_t lag = fold->problem.lag;
    uint32_t n = (uint32_t)fold->trials.n;
    hn_view view = {fold, &fold->problem, n, n, NULL};
    if (lag > 0) {
        view.n_trials = trial < n ? trial : n;
        view.n_results = trial + 1 > lag ? trial + 1 - lag : 0;
    }
    return view;
}

bool hn_view_ready(const hn_view *view)
{
    const hn_fold *fold = view->fold;
    if (view->problem->lag == 0)
        return true;
    for (size_t i = 0; i < fold->open.n && fold->open.data[i] < view->n_results; i++) {
        const hn_trial *trial = &fold->trials.data[fold->open.data[i]];
        // A trial that was set aside will never run.
        if (trial->state != HONE_STATE_WAITING || !(trial->flags & HN_TRIAL_EXCLUDED))
            return false;
    }
    return true;
}

hone_trial_state hn_view_state(const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    if (view->problem->lag > 0 && trial >= view->n_results)
        return t->flags & HN_TRIAL_HAS_PARAMS ? HONE_STATE_RUNNING : HONE_STATE_WAITING;
    // It says nothing about what is aimed at now.
    if (hn_fold_lacks_objective(view->fold, t))
        return HONE_STATE_LOST;
    return (hone_trial_state)t->state;
}

bool hn_view_is_sampled(const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    return trial >= view->fold->sampler_since && t->origin == HONE_ORIGIN_SAMPLED &&
           t->space == view->problem->space_version;
}

bool hn_view_counts(const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    return t->purpose != HONE_PURPOSE_FINAL && !(t->flags & HN_TRIAL_EXCLUDED);
}

bool hn_view_is_whole(const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    const hone_space *now = view->problem->space;
    const hone_space *then = hn_fold_space(view->fold, t->space);
    hn_config config = hn_fold_config(view->fold, t);
    if (!config.slots)
        return false;
    for (uint32_t p = 0; p < now->n_params; p++) {
        const hn_param *param =
            then == now ? &now->params[p] : hn_space_find(then, now->params[p].name);
        if (!param || !hn_active(config.active, param->index))
            return false;
    }
    return true;
}

hn_mapped hn_view_map(const hn_view *view, uint32_t trial, hn_config out)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    hn_config config = hn_fold_config(view->fold, t);
    const hone_space *space = view->problem->space;
    if (!config.slots)
        return HN_MAPPED_NOT;
    if (t->space != view->problem->space_version)
        return hn_config_map(hn_fold_space(view->fold, t->space), config, space,
                             view->problem->define_by_run, out);
    hn_config_copy(space, out, config);
    // A trial that defines its space by running is free to leave parameters out. In a declared
    // space one that was imported, or a damaged journal, may lack what should be active.
    bool fits = view->problem->define_by_run || hn_space_validate(space, out, NULL) == HONE_OK;
    return fits ? HN_MAPPED_EQUAL : HN_MAPPED_NOT;
}

bool hn_view_config(const hn_view *view, uint32_t trial, hn_config out)
{
    return hn_view_map(view, trial, out) >= HN_MAPPED_WHOLLY;
}

double hn_view_value(const hn_view *view, uint32_t trial, uint32_t metric)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    const double *values = hn_fold_values(view->fold, t);
    if (!values || metric >= view->problem->n_metrics)
        return NAN;
    if (view->problem->lag > 0 && trial >= view->n_results)
        return NAN;
    return values[metric];
}
