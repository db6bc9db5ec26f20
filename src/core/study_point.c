// The point of a trial: what the sampler suggests, how a fork departs from its parent, the values
// that came with a queue entry, the caller's adjustment, and what equals it.

#include <math.h>
#include <string.h>

#include "core/fixed.h"
#include "core/study_internal.h"
#include "space/perturb.h"

// Attempts at a point that is wanted; the first few are the sampler's, each of which may be dear.
enum { MAX_ATTEMPTS = 20, SAMPLER_ATTEMPTS = 3 };

// Rendering may move a value a little, even across the bound of a condition: what that switches on
// is drawn from its prior.
static hone_status adjust(hone_study *study, const hn_point_request *request,
                          const hone_space *space, hn_arena *scratch, hn_config config,
                          hone_error *err)
{
    const hone_ask_options *options = request->options;
    bool *keep = HN_ZNEW(scratch, bool, space->n_params + 1);
    hn_rng rng = hn_rng_make(study->problem.seed, HN_PURPOSE_PRIOR, request->trial);
    if (!keep)
        return hn_fail_memory(err);
    for (uint32_t p = 0; p < space->n_params; p++) {
        const hn_param *param = &space->params[p];
        const hn_param *now = hn_space_find(study->problem.space, param->name);
        hn_slot *slot = config.slots + param->slot;
        keep[p] = hn_active(config.active, p);
        if (param->type != HONE_PARAM_FLOAT || !keep[p] || !now || now->type != param->type)
            continue;
        double value = options->adjust(options->user, now->index, slot->f);
        if (param->scale == HN_LINEAR || param->scale == HN_LOG)
            value = fmin(fmax(value, param->low), param->high);
        slot->f = value;
    }
    hn_fixed_fill(space, &rng, 0, keep, config);
    return HONE_OK;
}

// --- forks ---

static bool is_listed(const char *names, const char *name)
{
    size_t size = strlen(name);
    while (names && *names) {
        names += strspn(names, ", ");
        size_t n = strcspn(names, ", ");
        if (n == size && memcmp(names, name, n) == 0)
            return true;
        names += n;
    }
    return false;
}

// Is what the parent has to be varied? Then `*parent` is that. It may not fit the space any more.
static bool explores(const hone_study *study, const hn_view *view, const hn_point_request *request,
                     hn_arena *scratch, hn_config *parent)
{
    if (request->origin != HONE_ORIGIN_FORK || request->parent < 0 ||
        (uint32_t)request->parent >= view->fold->trials.n)
        return false;
    *parent = hn_config_new(scratch, study->problem.space);
    return !hn_arena_failed(scratch) && hn_view_config(view, (uint32_t)request->parent, *parent);
}

hn_explore hn_study_explore(const hone_study *study)
{
    const hn_scheduler_class *scheduler = (const void *)study->scheduler.plugin;
    hn_explore how = {.resample = 0.25, .perturb = 0.2};
    if (scheduler->explore)
        scheduler->explore(study->scheduler.state, &how);
    return how;
}

double hn_study_handed_on(const hone_study *study, int32_t parent)
{
    const hn_fold *fold = &study->fold;
    const hn_trial *row = &fold->trials.data[parent];
    uint32_t metric = hn_study_explore(study).metric;
    if (row->resource <= 0 || row->step <= row->resource)
        return row->step;
    for (uint32_t i = row->first_report; i != HN_NONE; i = fold->reports.data[i].next) {
        const hn_report *report = &fold->reports.data[i];
        if (report->epoch == row->epoch && report->step >= row->resource &&
            report->present >> metric & 1)
            return report->step;
    }
    return row->resource;
}

// Has another copy of the parent begun with these values from the same checkpoint? It would be the
// same training twice. `born`: what that has spent; `room`: a configuration to read others into.
// O(trials), once a copy.
static bool has_sibling(const hn_view *view, const hone_space *space,
                        const hn_point_request *request, double born, hn_config room,
                        hn_config config)
{
    const hn_fold *fold = view->fold;
    for (uint32_t i = (uint32_t)request->parent + 1; i < fold->trials.n; i++) {
        const hn_trial *t = &fold->trials.data[i];
        if (i != request->trial && t->parent == request->parent && t->origin == HONE_ORIGIN_FORK &&
            t->born == born && hn_view_config(view, i, room) &&
            hn_config_equal(space, room, config))
            return true;
    }
    return false;
}

static hone_status explore(const hone_study *study, const hn_view *view,
                           const hn_point_request *request, uint32_t attempt, hn_arena *scratch,
                           hn_config parent, hn_config out, hn_fork *fork, hone_error *err)
{
    const hone_space *space = study->problem.space;
    hn_config room = hn_config_new(scratch, space);
    hn_explore how = hn_study_explore(study);
    double born = hn_study_handed_on(study, request->parent);
    hn_rng rng = hn_rng_make(study->problem.seed, HN_PURPOSE_EXPLORE, request->trial);
    bool *keep = HN_ZNEW(scratch, bool, space->n_params + 1);
    if (!keep || hn_arena_failed(scratch))
        return hn_fail_memory(err);
    for (uint32_t p = 0; p < space->n_params; p++)
        keep[p] = is_listed(how.keep, space->params[p].name);
    hn_perturb_rule rule = {how.resample, how.perturb, keep};
    *fork = (hn_fork){keep, how.metric, how.interval};
    for (uint32_t i = 0; i < MAX_ATTEMPTS; i++)
        if (hn_space_perturb(space, parent, &rule, &rng, attempt * MAX_ATTEMPTS + i, out) &&
            !has_sibling(view, space, request, born, room, out))
            return HONE_OK;
    hn_config_copy(space, out, parent); // the rules leave no room about it
    return HONE_OK;
}

static hone_status suggest(hone_study *study, const hn_point_request *request, uint32_t attempt,
                           hn_arena *scratch, hn_config *config, hone_error *err)
{
    const hone_space *space = study->problem.space;
    const hn_sampler_class *sampler = (const void *)study->sampler.plugin;
    hn_view view = hn_study_view(study, request->trial);
    const hn_scheduler_class *scheduler = (const void *)study->scheduler.plugin;
    hn_rung_place place;
    hn_fork fork;
    hn_request wanted = {
        request->trial, request->parent, attempt, request->resource, scratch, NULL, NULL};
    hn_rng rng = hn_rng_make(study->problem.seed, HN_PURPOSE_PRIOR, request->trial);
    hone_status status = HONE_OK;
    hn_config parent;
    bool forks = explores(study, &view, request, scratch, &parent);
    if (hn_arena_failed(scratch))
        return hn_fail_memory(err);
    if (request->parent < 0 && scheduler->place &&
        scheduler->place(study->scheduler.state, &view, request->trial, &place))
        wanted.place = &place;
    if (request->origin == HONE_ORIGIN_DEFAULT)
        hn_space_default(space, *config);
    else if (forks)
        status = explore(study, &view, request, attempt, scratch, parent, *config, &fork, err);
    if (forks && status == HONE_OK)
        wanted.fork = &fork;
    bool samples = request->origin != HONE_ORIGIN_DEFAULT &&
                   (!forks || (study->sampler.plugin->can & HN_CAN_FORK));
    if (status == HONE_OK && samples && attempt < SAMPLER_ATTEMPTS)
        status = sampler->suggest(study->sampler.state, &view, &wanted, config, err);
    else if (status == HONE_OK && samples) // it sees nothing else, where others do not
        status = hn_space_redraw(space, study->problem.seed, request->trial, attempt, *config, err);
    // What a sampler makes of a trial that did not ask for all parameters may lack some.
    if (status == HONE_OK && study->problem.define_by_run)
        hn_space_fill(space, &rng, attempt, *config);
    // A queue entry is run even if the sampler has nothing new left: what it lacks is drawn.
    if (status == HONE_EEXHAUSTED && request->fixed) {
        hn_error_clear(err);
        status = hn_space_sample(space, &rng, *config, NULL, err);
    }
    HN_TRY(status);
    if (request->fixed)
        HN_TRY(hn_fixed_apply(space, request->fixed, &rng, *config, err));
    if (request->options->adjust && !study->problem.define_by_run)
        HN_TRY(adjust(study, request, space, scratch, *config, err));
    return hn_space_validate(space, *config, err);
}

// A queued trial of an earlier version: the sampler knows the present one only, so what is not
// given is drawn.
static hone_status earlier_point(hone_study *study, const hn_point_request *request,
                                 hn_arena *scratch, hn_config config, hone_error *err)
{
    const hone_space *space = hn_fold_space(&study->fold, request->version);
    hn_rng rng = hn_rng_make(study->problem.seed, HN_PURPOSE_PRIOR, request->trial);
    HN_TRY(hn_space_sample(space, &rng, config, NULL, err));
    HN_TRY(hn_fixed_apply(space, request->fixed, &rng, config, err));
    if (request->options->adjust)
        HN_TRY(adjust(study, request, space, scratch, config, err));
    return hn_space_validate(space, config, err);
}

uint32_t hn_study_repeated_version(const hone_study *study, hone_trial_origin origin,
                                   hone_trial_purpose purpose, int64_t parent)
{
    const hn_fold *fold = &study->fold;
    bool repeats = origin == HONE_ORIGIN_RERUN || purpose != HONE_PURPOSE_SEARCH;
    bool there = parent >= 0 && (size_t)parent < fold->trials.n;
    return repeats && there ? fold->trials.data[parent].space : 0;
}

hone_status hn_study_version_for(const hone_study *study, const hn_trial *trial, uint32_t *out,
                                 hone_error *err)
{
    const hn_fold *fold = &study->fold;
    uint32_t newest = fold->problem.space_version;
    bool fits = false;
    *out = 0;
    if (trial->fixed == HN_NONE || fold->problem.define_by_run || newest == 1)
        return HONE_OK;
    const char *fixed = hn_fold_text(fold, trial->fixed);
    uint32_t of = hn_study_repeated_version(study, (hone_trial_origin)trial->origin,
                                            (hone_trial_purpose)trial->purpose, trial->parent);
    if (of >= 1 && of < newest)
        HN_TRY(hn_fixed_fits(hn_fold_space(fold, of), fixed, &fits, err));
    if (fits)
        *out = of;
    for (uint32_t v = newest; v >= 1 && !fits; v--) {
        HN_TRY(hn_fixed_fits(hn_fold_space(fold, v), fixed, &fits, err));
        if (fits && v < newest)
            *out = v;
    }
    return HONE_OK;
}

bool hn_study_dedupes(const hone_study *study, const hone_ask_options *options)
{
    const hn_problem *problem = &study->problem;
    bool renders = options->adjust && hn_dedupe_wanted(problem);
    return renders || hn_dedupe_serves(problem);
}

// Who goes through a list without looking at results has no other point for a trial.
static bool has_others(const hone_study *study)
{
    uint32_t can = study->sampler.plugin->can;
    return !(can & HN_EXHAUSTS) || (can & HN_USES_RESULTS);
}

hone_status hn_study_point(hone_study *study, const hn_point_request *request, hn_arena *scratch,
                           hn_config *out, uint32_t *twin, hone_error *err)
{
    hn_view view = hn_study_view(study, request->trial);
    bool wanted = twin && request->parent < 0 && hn_study_dedupes(study, request->options);
    bool serves = hn_dedupe_serves(&study->problem);
    if (twin)
        *twin = HN_NONE;
    if (request->version)
        return earlier_point(study, request, scratch, *out, err);
    for (uint32_t attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        bool pending = false;
        hn_arena_mark mark = hn_arena_get_mark(scratch);
        HN_TRY(suggest(study, request, attempt, scratch, out, err));
        hn_arena_rewind(scratch, mark);
        if (!wanted)
            break;
        if (serves) {
            uint32_t found = hn_dedupe_find(&study->dedupe, &view, *out, &pending);
            *twin = pending ? HN_NONE : found;
        } else { // what rendering has made equal to an earlier trial: no sampler can know that
            pending = hn_dedupe_tried(&study->dedupe, &view, *out, false);
        }
        if (!pending || request->origin != HONE_ORIGIN_SAMPLED || !has_others(study))
            break;
    }
    return HONE_OK;
}
