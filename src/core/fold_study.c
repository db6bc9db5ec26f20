// Events about the study in the fold: its birth, spaces, goals, settings, notes, attributes, log.
#include <string.h>

#include "core/fold_events.h"

static hone_status on_created(hn_fold *fold, const hn_event *event, hn_change *change,
                              hone_error *err)
{
    if (fold->definition)
        return HONE_OK;
    hn_problem problem = {0};
    const char *name = NULL, *text = NULL;
    HN_FOLD_NEED(hn_vec_reserve(&fold->goals, 1));
    hone_status status =
        hn_definition_read(event->text.data, event->text.size, &fold->arena, &name, &problem, err);
    if (status == HONE_OK &&
        !(text = hn_arena_strndup(&fold->arena, event->text.data, event->text.size)))
        status = hn_fail_memory(err);
    if (status != HONE_OK) {
        hn_arena_reset(&fold->arena); // it holds nothing else, and a failure would stick
        return status;
    }
    fold->definition = text;
    fold->name = name;
    fold->problem = problem;
    fold->goals.n = 0;
    (void)hn_fold_first_goals(fold); // reserved above
    fold->created_us = (uint64_t)event->time_us;
    change->applied = true;
    return HONE_OK;
}

hone_status hn_fold_add_space(hn_fold *fold, char *json, uint32_t first_trial, hone_error *err)
{
    hn_space_version *last = fold->spaces.n ? &fold->spaces.data[fold->spaces.n - 1] : NULL;
    hn_space_version version = {.json = json, .first_trial = first_trial};
    hone_status status = json ? HONE_OK : hn_fail_memory(err);
    if (status == HONE_OK)
        status = hone_space_from_json(json, &version.space, err);
    if (status == HONE_OK)
        version.lineage = hn_lineage_make(last ? last->lineage : NULL, last ? last->space : NULL,
                                          version.space, (uint32_t)fold->spaces.n + 1);
    if (status == HONE_OK && (!version.lineage || !hn_vec_push(&fold->spaces, version)))
        status = hn_fail_memory(err);
    if (status != HONE_OK) {
        hone_space_destroy(version.space);
        hn_free(version.lineage);
        hn_free(json);
        return status;
    }
    fold->problem.space = version.space;
    fold->problem.space_version = (uint32_t)fold->spaces.n;
    fold->problem.lineage = version.lineage;
    return HONE_OK;
}

static hone_status on_space(hn_fold *fold, const hn_event *event, hn_change *change,
                            hone_error *err)
{
    if (!fold->definition || event->space != (int64_t)fold->spaces.n + 1 || event->text.size == 0)
        return HONE_OK;
    char *json = hn_strndup(event->text.data, event->text.size);
    HN_TRY(hn_fold_add_space(fold, json, (uint32_t)fold->trials.n, err));
    change->applied = true;
    return HONE_OK;
}

static hone_status on_goals(hn_fold *fold, const hn_event *event, hn_change *change,
                            hone_error *err)
{
    hn_goals next = {0};
    if (!fold->definition || event->goals != (int64_t)fold->goals.n + 1 || event->text.size == 0)
        return HONE_OK;
    hone_status status = hn_goals_read(event->text.data, event->text.size, &next, err);
    if (status == HONE_OK && !hn_fold_take_goals(fold, &next))
        status = hn_fail_memory(err);
    if (status != HONE_OK) {
        hn_arena_free(&next.arena);
        hn_free(next.json);
        return status;
    }
    change->applied = true;
    return HONE_OK;
}

static hone_status on_set(hn_fold *fold, const hn_event *event, hn_change *change, hone_error *err)
{
    if (event->name.size == 0)
        return HONE_OK;
    hn_setting setting = {hn_strndup(event->name.data, event->name.size),
                          hn_strndup(event->text.size ? event->text.data : "", event->text.size)};
    hn_setting *old = NULL;
    for (size_t i = 0; setting.key && i < fold->settings.n; i++)
        if (strcmp(fold->settings.data[i].key, setting.key) == 0)
            old = &fold->settings.data[i];
    if (!setting.key || !setting.json || (!old && !hn_vec_push(&fold->settings, setting))) {
        hn_free(setting.key);
        hn_free(setting.json);
        return hn_fail_memory(err);
    }
    if (strcmp(setting.key, "sampler") == 0 && (!old || strcmp(old->json, setting.json) != 0))
        fold->sampler_since = (uint32_t)fold->trials.n;
    if (old) {
        hn_free(old->key);
        hn_free(old->json);
        *old = setting;
    }
    change->applied = true;
    return HONE_OK;
}

static hone_status keep_log(hn_fold *fold, const hn_event *event, const char *level, size_t size,
                            hone_error *err)
{
    hn_log_entry entry = {event->trial, (uint64_t)event->time_us, hn_strndup(level, size),
                          hn_strndup(event->text.size ? event->text.data : "", event->text.size)};
    if (entry.level && entry.text && hn_vec_push(&fold->logs, entry))
        return HONE_OK;
    hn_free(entry.level);
    hn_free(entry.text);
    return hn_fail_memory(err);
}

static hone_status on_noted(hn_fold *fold, const hn_event *event, hn_change *change,
                            hone_error *err)
{
    uint32_t note;
    change->applied = true;
    if (event->trial < 0)
        return keep_log(fold, event, "note", 4, err);
    change->applied = change->trial != HN_NONE;
    if (!change->applied)
        return HONE_OK;
    HN_FOLD_NEED(hn_fold_keep_text(fold, event->text, &note));
    fold->trials.data[change->trial].note = note;
    return HONE_OK;
}

static hone_status on_attr(hn_fold *fold, const hn_event *event, hn_change *change, hone_error *err)
{
    hn_attrs *attrs = &fold->study_attrs;
    if (event->trial >= 0 && change->trial == HN_NONE)
        return HONE_OK;
    if (event->trial >= 0)
        attrs = &fold->trials.data[change->trial].attrs;
    return hn_fold_set_attr(fold, attrs, event->name, event->text, &change->applied, err);
}

static hone_status on_logged(hn_fold *fold, const hn_event *event, hn_change *change,
                             hone_error *err)
{
    change->applied = true;
    return keep_log(fold, event, event->name.size ? event->name.data : "info",
                    event->name.size ? event->name.size : 4, err);
}

hn_fold_handler *const hn_fold_study_events[HN_EV_LAST + 1] = {
    [HN_EV_STUDY_CREATED] = on_created,
    [HN_EV_SPACE_CHANGED] = on_space,
    [HN_EV_STUDY_SET] = on_set,
    [HN_EV_NOTED] = on_noted,
    [HN_EV_ATTR] = on_attr,
    [HN_EV_LOGGED] = on_logged,
    [HN_EV_GOALS_CHANGED] = on_goals,
};
