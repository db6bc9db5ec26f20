// The fold: its state, and the way of an event to the function that gives it its meaning. There is
// one small function for each type of event (fold_study.c, fold_trial.c).

#include "core/fold.h"

#include <string.h>

#include "core/fold_events.h"

void hn_fold_init(hn_fold *fold)
{
    memset(fold, 0, sizeof *fold);
    fold->last_owner = HN_NONE;
}

void hn_fold_free(hn_fold *fold)
{
    for (size_t i = 0; i < fold->spaces.n; i++) {
        hone_space_destroy(fold->spaces.data[i].space);
        hn_free(fold->spaces.data[i].json);
        hn_free(fold->spaces.data[i].lineage);
    }
    for (size_t i = 0; i < fold->settings.n; i++) {
        hn_free(fold->settings.data[i].key);
        hn_free(fold->settings.data[i].json);
    }
    for (size_t i = 0; i < fold->logs.n; i++) {
        hn_free(fold->logs.data[i].level);
        hn_free(fold->logs.data[i].text);
    }
    for (size_t i = 0; i < fold->goals.n; i++) {
        hn_arena_free(&fold->goals.data[i].arena);
        hn_free(fold->goals.data[i].json);
    }
    hn_vec_free(&fold->spaces);
    hn_vec_free(&fold->goals);
    hn_vec_free(&fold->trials);
    hn_vec_free(&fold->cells);
    hn_vec_free(&fold->numbers);
    hn_vec_free(&fold->reports);
    hn_vec_free(&fold->parts);
    hn_vec_free(&fold->attrs);
    hn_vec_free(&fold->texts);
    hn_vec_free(&fold->open);
    hn_vec_free(&fold->waiting);
    hn_vec_free(&fold->changed);
    hn_vec_free(&fold->settings);
    hn_vec_free(&fold->logs);
    hn_arena_free(&fold->arena);
    hn_arena_free(&fold->scratch);
    hn_fold_init(fold);
}

bool hn_state_finished(int state)
{
    return state >= HONE_STATE_COMPLETE;
}

bool hn_trial_asked_for(const hn_trial *trial)
{
    bool by_hand = trial->purpose == HONE_PURPOSE_RETEST || trial->origin == HONE_ORIGIN_MANUAL ||
                   trial->origin == HONE_ORIGIN_RERUN || (trial->flags & HN_TRIAL_RERUN_ASKED);
    return by_hand && trial->state == HONE_STATE_WAITING && trial->purpose != HONE_PURPOSE_FINAL &&
           !(trial->flags & HN_TRIAL_EXCLUDED);
}

const hone_space *hn_fold_space(const hn_fold *fold, uint32_t version)
{
    return version >= 1 && version <= fold->spaces.n ? fold->spaces.data[version - 1].space : NULL;
}

hn_config hn_fold_config(const hn_fold *fold, const hn_trial *trial)
{
    const hone_space *space = hn_fold_space(fold, trial->space);
    if (!(trial->flags & HN_TRIAL_HAS_PARAMS) || !space)
        return (hn_config){NULL, NULL};
    hn_slot *row = fold->cells.data + trial->params;
    return (hn_config){row + space->n_words, (uint64_t *)(void *)row};
}

const char *hn_fold_text(const hn_fold *fold, uint32_t text)
{
    return text == HN_NONE ? "" : fold->texts.data + text;
}

const char *hn_fold_setting(const hn_fold *fold, const char *key)
{
    for (size_t i = 0; i < fold->settings.n; i++)
        if (strcmp(fold->settings.data[i].key, key) == 0)
            return fold->settings.data[i].json;
    return NULL;
}

static hn_fold_handler *handler_of(hn_event_type type)
{
    if ((unsigned)type > HN_EV_LAST)
        return NULL;
    return hn_fold_study_events[type] ? hn_fold_study_events[type] : hn_fold_trial_events[type];
}

static bool shows_in_views(hn_event_type type)
{
    return type == HN_EV_STARTED || type == HN_EV_TOLD || type == HN_EV_PAUSED ||
           type == HN_EV_REQUEUED || type == HN_EV_EXCLUDED || type == HN_EV_PARAMS;
}

hone_status hn_fold_apply(hn_fold *fold, const hn_event *event, hn_change *change, hone_error *err)
{
    hn_change own;
    bool known = event->trial >= 0 && (uint64_t)event->trial < fold->trials.n;
    if (!change)
        change = &own;
    *change = (hn_change){event->type, known ? (uint32_t)event->trial : HN_NONE, false};
    HN_FOLD_NEED(hn_vec_reserve(&fold->changed, 1));
    hn_fold_handler *handler = handler_of(event->type);
    if (handler)
        HN_TRY(handler(fold, event, change, err));
    if (!change->applied)
        fold->n_stale++;
    else if ((uint64_t)event->time_us > fold->changed_us)
        fold->changed_us = (uint64_t)event->time_us;
    if (change->applied && change->trial != HN_NONE && shows_in_views(change->type))
        fold->changed.data[fold->changed.n++] = change->trial;
    fold->n_events++;
    return HONE_OK;
}

hone_status hn_fold_apply_bytes(hn_fold *fold, const void *data, size_t size, hn_change *change,
                                hone_error *err)
{
    hn_event event;
    hn_arena_reset(&fold->scratch);
    HN_TRY(hn_event_read(data, size, &fold->scratch, &event, err));
    return hn_fold_apply(fold, &event, change, err);
}
