// Define-by-run: the space grows by what trials ask for.
//
// 1. A trial starts with a suggestion for all parameters that are known so far.
// 2. The first trial that asks for a new name appends a new space version with it; its value comes
//    from the prior, by the stream of that name, as if it had been known all along.
// 3. What the trial has asked for is its configuration: recorded once, before it is told. What it
//    did not ask for is inactive.

#include <string.h>

#include "core/study_internal.h"

// A parameter of its own, whose name is not part of the specification that is shown.
static hone_status add(hone_space *space, const char *name, const char *spec, hone_error *err)
{
    hone_status status = hone_space_add(space, name, spec, err);
    if ((status == HONE_EPARSE || status == HONE_EINVAL) && *name)
        hn_error_prefix(err, "parameter \"%s\"", name);
    return status;
}

// A copy of `from` with one parameter more, sealed.
static hone_status extended(const hone_space *from, const char *name, const char *spec,
                            hone_space **out, hone_error *err)
{
    hone_space *space = NULL;
    hone_status status = hone_space_create(&space, err);
    for (uint32_t p = 0; status == HONE_OK && p < hone_space_n_params(from); p++)
        status = hone_space_add(space, hone_space_name(from, p), hone_space_spec(from, p), err);
    if (status == HONE_OK)
        status = add(space, name, spec, err);
    if (status == HONE_OK)
        status = hone_space_seal(space, err);
    if (status != HONE_OK) {
        hone_space_destroy(space);
        space = NULL;
    }
    *out = space;
    return status;
}

// The same name must mean the same throughout.
static hone_status same_spec(const hone_space *space, uint32_t index, const char *name,
                             const char *spec, hone_error *err)
{
    hone_space *probe = NULL;
    hone_status status = hone_space_create(&probe, err);
    if (status == HONE_OK)
        status = add(probe, name, spec, err);
    if (status == HONE_OK)
        status = hone_space_seal(probe, err);
    if (status == HONE_OK && strcmp(hone_space_spec(probe, 0), hone_space_spec(space, index)) != 0)
        status = hn_fail(err, HONE_EINVAL,
                         "parameter \"%s\" was \"%s\" in an earlier trial and is \"%s\" now: one "
                         "name has one domain",
                         name, hone_space_spec(space, index), hone_space_spec(probe, 0));
    hone_space_destroy(probe);
    return status;
}

// Makes sure that the study's newest space has the parameter; another process may be quicker.
static hone_status grow_space(hone_study *study, const char *name, const char *spec,
                              hone_error *err)
{
    for (;;) {
        hone_space *space = NULL;
        int index = hone_space_index(study->fold.problem.space, name);
        if (index >= 0)
            return same_spec(study->fold.problem.space, (uint32_t)index, name, spec, err);
        HN_TRY(extended(study->fold.problem.space, name, spec, &space, err));
        char *json = hone_space_to_json(space);
        hn_event event = hn_study_event(HN_EV_SPACE_CHANGED);
        event.space = (int64_t)study->fold.spaces.n + 1;
        event.text = hn_bytes_of(json);
        hone_status status = json ? hn_study_append(study, &event, 1, true, HN_SYNC_LAZY, NULL, err)
                                  : hn_fail_memory(err);
        hone_free(json);
        hone_space_destroy(space);
        if (status != HONE_EBUSY)
            return status;
        hn_error_clear(err);
        HN_TRY(hn_study_catch_up(study, err));
    }
}

// Moves the trial's configuration into the newest space; new parameters get their prior's draw.
static hone_status move_trial(hone_trial *trial, hone_error *err)
{
    hone_study *study = trial->study;
    const hone_space *from = trial->space, *to = study->fold.problem.space;
    hn_rng rng = hn_rng_make(study->fold.problem.seed, HN_PURPOSE_PRIOR, trial->number);
    hn_config config = hn_config_new(&trial->arena, to);
    bool *used = HN_ZNEW(&trial->arena, bool, to->n_params);
    if (hn_arena_failed(&trial->arena))
        return hn_fail_memory(err);
    HN_TRY(hn_space_sample(to, &rng, config, NULL, err));
    for (uint32_t p = 0; from && p < from->n_params; p++) {
        const hn_param *old = &from->params[p], *now = hn_space_find(to, old->name);
        if (!now)
            continue;
        memcpy(config.slots + now->slot, trial->config.slots + old->slot,
               old->n_slots * sizeof(hn_slot));
        used[now->index] = trial->used[p];
    }
    trial->space = to;
    trial->config = config;
    trial->used = used;
    return HONE_OK;
}

hone_status hone_trial_suggest(hone_trial *trial, const char *name, const char *spec,
                               hone_error *err)
{
    hone_study *study = trial->study;
    if (!study->fold.problem.define_by_run)
        return hn_fail(err, HONE_ESTATE,
                       "study \"%s\" has a declared space: read \"%s\" with hone_trial_float and "
                       "its sisters",
                       study->name, name);
    if (!trial->running)
        return hn_fail(err, HONE_ESTATE, "trial %u does not run", trial->number);
    HN_TRY(grow_space(study, name, spec, err));
    if (trial->space != study->fold.problem.space)
        HN_TRY(move_trial(trial, err));
    const hn_param *param = hn_space_find(trial->space, name);
    hn_set_active(trial->config.active, param->index, true);
    trial->used[param->index] = true;
    return HONE_OK;
}

hone_status hn_trial_settle(hone_trial *trial, hone_error *err)
{
    hn_str params = HN_STR_INIT;
    // A trial that was only looked up does not know what its objective asked for.
    if (!trial->study->fold.problem.define_by_run || !trial->config.slots || !trial->asked)
        return HONE_OK;
    for (uint32_t p = 0; p < trial->space->n_params; p++) {
        const hn_param *param = &trial->space->params[p];
        hn_set_active(trial->config.active, p, trial->used[p]);
        if (!trial->used[p])
            memset(trial->config.slots + param->slot, 0, param->n_slots * sizeof(hn_slot));
    }
    hn_config_write(trial->space, trial->config, &params);
    hn_event event = hn_trial_event(trial, HN_EV_PARAMS);
    event.params = (hn_bytes){params.data, params.n};
    for (uint32_t v = 1; v <= trial->study->fold.spaces.n; v++)
        if (hn_fold_space(&trial->study->fold, v) == trial->space)
            event.space = v;
    hone_status status =
        hn_str_failed(&params) ? hn_fail_memory(err) : hn_study_later(trial->study, &event, err);
    hn_str_free(&params);
    return status;
}

// --- the typed forms write a spec of the space language ---

static hone_status suggest_spec(hone_trial *trial, const char *name, hn_str *spec, hone_error *err)
{
    hone_status status = hn_str_failed(spec)
                             ? hn_fail_memory(err)
                             : hone_trial_suggest(trial, name, hn_str_text(spec), err);
    hn_str_free(spec);
    return status;
}

hone_status hone_trial_suggest_float(hone_trial *trial, const char *name, double low, double high,
                                     double step, int flags, double *out, hone_error *err)
{
    hn_str spec = HN_STR_INIT;
    hn_str_add(&spec, flags & HONE_SUGGEST_LOG ? "log:" : "");
    hn_str_add_double(&spec, low);
    hn_str_add(&spec, "..");
    hn_str_add_double(&spec, high);
    if (step != 0) {
        hn_str_add(&spec, " step ");
        hn_str_add_double(&spec, step);
    }
    HN_TRY(suggest_spec(trial, name, &spec, err));
    *out = hone_trial_float(trial, name);
    return HONE_OK;
}

hone_status hone_trial_suggest_int(hone_trial *trial, const char *name, int64_t low, int64_t high,
                                   int64_t step, int flags, int64_t *out, hone_error *err)
{
    hn_str spec = HN_STR_INIT;
    hn_str_printf(&spec, "int:%s%lld..%lld", flags & HONE_SUGGEST_LOG ? "log:" : "", (long long)low,
                  (long long)high);
    if (step > 1)
        hn_str_printf(&spec, " step %lld", (long long)step);
    HN_TRY(suggest_spec(trial, name, &spec, err));
    *out = hone_trial_int(trial, name);
    return HONE_OK;
}

hone_status hone_trial_suggest_categorical(hone_trial *trial, const char *name,
                                           const char *const *choices, uint32_t n, uint32_t *out,
                                           hone_error *err)
{
    hn_str spec = HN_STR_INIT;
    for (uint32_t i = 0; i < n; i++) {
        hn_str_add(&spec, i ? "," : "");
        hn_str_add_json(&spec, choices[i]);
    }
    HN_TRY(suggest_spec(trial, name, &spec, err));
    *out = (uint32_t)trial->config.slots[hn_space_find(trial->space, name)->slot].i;
    return HONE_OK;
}
