// Views of the fold; see view.h.

#include "core/view.h"

#include <math.h>
#include <string.h>

hn_view hn_view_of(const hn_fold *fold, uint32_t trial)
{
    uint32_t lag = fold->problem.lag;
    uint32_t n = (uint32_t)fold->trials.n;
    hn_view view = {fold, &fold->problem, n, n};
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

bool hn_view_counts(const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    return t->purpose != HONE_PURPOSE_FINAL && !(t->flags & HN_TRIAL_EXCLUDED);
}

// One parameter of an older space version into the current one, through its text: choices may have
// moved, ranges may have changed.
static bool map_param(const hone_space *from, hn_config old, const hn_param *param, hn_config out,
                      hn_str *text)
{
    const hn_param *source = hn_space_find(from, param->name);
    if (!source || !hn_active(old.active, source->index)) {
        if (param->has_default)
            memcpy(out.slots + param->slot, param->fallback, param->n_slots * sizeof(hn_slot));
        return param->has_default || param->condition != NULL;
    }
    hn_str_clear(text);
    hn_value_text(source, old.slots + source->slot, text);
    return !hn_str_failed(text) && hn_value_parse(param, hn_str_text(text), text->n,
                                                  out.slots + param->slot, NULL) == HONE_OK;
}

static bool map_config(const hone_space *from, hn_config old, const hone_space *to, hn_config out)
{
    hn_str text = HN_STR_INIT;
    bool fits = true;
    for (uint32_t p = 0; fits && p < to->n_params; p++)
        fits = map_param(from, old, &to->params[p], out, &text);
    hn_str_free(&text);
    if (!fits)
        return false;
    hn_space_activate(to, out);
    return hn_space_validate(to, out, NULL) == HONE_OK;
}

bool hn_view_config(const hn_view *view, uint32_t trial, hn_config out)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    hn_config config = hn_fold_config(view->fold, t);
    const hone_space *space = view->problem->space;
    if (!config.slots)
        return false;
    if (t->space != view->problem->space_version)
        return map_config(hn_fold_space(view->fold, t->space), config, space, out);
    hn_config_copy(space, out, config);
    // A trial that defines its space by running is free to leave parameters out. In a declared
    // space one that was imported, or a damaged journal, may lack what should be active.
    return view->problem->define_by_run || hn_space_validate(space, out, NULL) == HONE_OK;
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
