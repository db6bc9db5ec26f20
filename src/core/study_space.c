// Changing the space of a study that lives: one event, appended only if nobody was quicker.

#include <string.h>

#include "core/fixed.h"
#include "core/study_internal.h"

enum { MAX_RACES = 64 };

// --- what it means for the trials there are ---

static hone_status count_inside(const hone_study *study, const hone_space *space,
                                hone_space_change *change, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, space);
    const hn_fold *fold = &study->fold;
    change->n_finished = change->n_inside = 0;
    for (uint32_t t = 0; config.slots && t < fold->trials.n; t++) {
        const hn_trial *trial = &fold->trials.data[t];
        bool counts = trial->purpose == HONE_PURPOSE_SEARCH &&
                      !(trial->flags & HN_TRIAL_EXCLUDED) &&
                      (trial->state == HONE_STATE_COMPLETE || trial->state == HONE_STATE_PRUNED);
        hn_config old = hn_fold_config(fold, trial);
        if (!counts || !old.slots)
            continue;
        change->n_finished++;
        change->n_inside += hn_config_map(hn_fold_space(fold, trial->space), old, space, false,
                                          config) != HN_MAPPED_NOT;
    }
    hone_status status = hn_arena_failed(&arena) ? hn_fail_memory(err) : HONE_OK;
    hn_arena_free(&arena);
    return status;
}

static hone_status count_outside(const hone_study *study, const hone_space *space,
                                 hone_space_change *change, hone_error *err)
{
    const hn_fold *fold = &study->fold;
    change->n_outside = 0;
    change->outside = -1;
    for (size_t i = 0; i < fold->waiting.n; i++) {
        const hn_trial *trial = &fold->trials.data[fold->waiting.data[i]];
        bool queued =
            !(trial->flags & (HN_TRIAL_HAS_PARAMS | HN_TRIAL_EXCLUDED)) && trial->fixed != HN_NONE;
        bool fits = true;
        if (queued)
            HN_TRY(hn_fixed_fits(space, hn_fold_text(fold, trial->fixed), &fits, err));
        if (!fits && change->n_outside++ == 0)
            change->outside = fold->waiting.data[i];
    }
    return HONE_OK;
}

static hone_status count(const hone_study *study, const hone_space *space,
                         hone_space_change *change, hone_error *err)
{
    HN_TRY(count_outside(study, space, change, err));
    return count_inside(study, space, change, err);
}

// --- the change ---

static hn_event setting(const char *key, const char *json)
{
    hn_event event = hn_study_event(HN_EV_STUDY_SET);
    event.name = hn_bytes_of(key);
    event.text = hn_bytes_of(json);
    return event;
}

static hone_status append(hone_study *study, const char *json, const char *why,
                          const char *narrowed, hone_error *err)
{
    const char *ended = hn_fold_setting(&study->fold, "ended");
    hn_event events[4] = {hn_study_event(HN_EV_SPACE_CHANGED)};
    size_t n = 1;
    events[0].space = (int64_t)study->fold.spaces.n + 1;
    events[0].text = hn_bytes_of(json);
    if (why && *why) {
        events[n] = hn_study_event(HN_EV_LOGGED);
        events[n].name = hn_bytes_of("info");
        events[n++].text = hn_bytes_of(why);
    }
    if (ended && strcmp(ended, "null") != 0) // there may be something new to try now
        events[n++] = setting("ended", "null");
    if (narrowed)
        events[n++] = setting("narrowed", narrowed);
    return hn_study_append(study, events, n, true, HN_SYNC_FULL, NULL, err);
}

// On the newest state that the fold has. HONE_EBUSY when somebody was quicker.
static hone_status take_once(hone_study *study, const char *json, const char *narrowed,
                             hone_space_change *change, hone_error *err)
{
    const hn_space_version *had = &study->fold.spaces.data[study->fold.spaces.n - 1];
    uint32_t version = study->fold.problem.space_version;
    if (change->from_version && change->from_version != version)
        return hn_fail(err, HONE_ESTALE,
                       "the space of study \"%s\" has been changed meanwhile (version %u, not %u): "
                       "look at it again",
                       study->name, version, change->from_version);
    change->changed = strcmp(had->json, json) != 0;
    change->version = version + change->changed;
    if (!change->changed || change->dry_run)
        return HONE_OK;
    return append(study, json, change->why, narrowed, err);
}

hone_status hn_study_take_space(hone_study *study, const hone_space *space, const char *narrowed,
                                hone_space_change *change, hone_error *err)
{
    char *json = hone_space_to_json(space);
    hone_status status = json ? HONE_OK : hn_fail_memory(err);
    for (int i = 0; status == HONE_OK; i++) {
        status = take_once(study, json, narrowed, change, err);
        if (status != HONE_EBUSY || i == MAX_RACES)
            break;
        hn_error_clear(err);
        status = hn_study_catch_up(study, err);
    }
    hone_free(json);
    return status;
}

// What the study's sampler and scheduler cannot do is refused before it is recorded.
static hone_status check_plugins(hone_study *study, const hone_space *space, hone_error *err)
{
    hn_problem problem = study->fold.problem;
    problem.space = space;
    problem.space_version++;
    problem.lineage = NULL;
    for (int kind = HN_KIND_SAMPLER; kind <= HN_KIND_SCHEDULER; kind++)
        HN_TRY(hn_study_try_plugin(study, kind, &problem,
                                   hn_fold_setting(&study->fold, hone_plugin_kind_name(kind)),
                                   err));
    return HONE_OK;
}

hone_status hn_study_change_space(hone_study *study, const hone_space *space, const char *narrowed,
                                  hone_space_change *change, hone_error *err)
{
    if (study->read_only && !change->dry_run)
        return hn_fail(err, HONE_ESTATE, "the study was opened for looking only");
    if (!space->sealed)
        return hn_fail(err, HONE_ESTATE, "the space is not sealed");
    if (study->fold.problem.define_by_run)
        return hn_fail(err, HONE_ESTATE,
                       "the trials of study \"%s\" define its space as they run: change the "
                       "program",
                       study->name);
    HN_TRY(hone_study_refresh(study, err));
    HN_TRY(check_plugins(study, space, err));
    HN_TRY(count(study, space, change, err));
    return hn_study_take_space(study, space, narrowed, change, err);
}

hone_status hone_study_change_space(hone_study *study, const hone_space *space,
                                    hone_space_change *change, hone_error *err)
{
    hone_space_change own = HONE_SPACE_CHANGE_INIT;
    return hn_study_change_space(study, space, NULL, change ? change : &own, err);
}
