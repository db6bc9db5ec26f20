// See optuna_hone.h.

#include "exchange/optuna_hone.h"

#include <string.h>

#include "base/chars.h"
#include "base/json.h"
#include "hone/trial.h"

hone_status hn_optuna_attr_value(const hn_optuna_attr *attrs, size_t n, const char *key,
                                 json_t **out, hone_error *err)
{
    hone_status status = HONE_OK;
    *out = NULL;
    for (size_t i = 0; i < n && !*out && status != HONE_ENOMEM; i++)
        if (attrs[i].system && strcmp(attrs[i].key, key) == 0)
            status = hn_json_parse(attrs[i].json, strlen(attrs[i].json), key, out, NULL);
    return status == HONE_ENOMEM ? hn_fail_memory(err) : HONE_OK;
}

bool hn_optuna_keeps_attr(const json_t *mine, const hn_optuna_attr *attr)
{
    const json_t *key;
    size_t i;
    if (!attr->system)
        return true;
    if (strcmp(attr->key, HN_OPTUNA_HONE_STUDY) == 0 ||
        strcmp(attr->key, HN_OPTUNA_HONE_TRIAL) == 0)
        return false;
    json_array_foreach(json_object_get(mine, "added"), i, key)
    {
        if (json_is_string(key) && strcmp(json_string_value(key), attr->key) == 0)
            return false;
    }
    return true;
}

// What Optuna calls FAIL ended here in one of several ways, and what pauses here is PRUNED there.
static bool is_kind_of(hn_optuna_state theirs, int ours)
{
    if (theirs == HN_OPTUNA_PRUNED)
        return ours == HONE_STATE_PAUSED;
    return theirs == HN_OPTUNA_FAIL && hone_state_is_finished((hone_trial_state)ours) &&
           ours != HONE_STATE_COMPLETE && ours != HONE_STATE_PRUNED;
}

hone_trial_state hn_optuna_state_of(const hn_optuna_trial *trial, const json_t *mine)
{
    static const hone_trial_state states[] = {HONE_STATE_LOST, HONE_STATE_COMPLETE,
                                              HONE_STATE_PRUNED, HONE_STATE_FAILED,
                                              HONE_STATE_WAITING};
    const char *name = json_string_value(json_object_get(mine, "state"));
    int own = name ? hone_state_parse(name) : -1;
    return own >= 0 && is_kind_of(trial->state, own) ? (hone_trial_state)own : states[trial->state];
}

int64_t hn_optuna_mine_int(const json_t *mine, const char *key, int64_t low, int64_t high,
                           int64_t fallback)
{
    const json_t *value = json_object_get(mine, key);
    if (!json_is_integer(value) || json_integer_value(value) < low ||
        json_integer_value(value) > high)
        return fallback;
    return json_integer_value(value);
}
