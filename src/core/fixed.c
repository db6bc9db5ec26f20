// Fixed values: names are checked against the space, values by the space language itself.

#include "core/fixed.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static hone_status unknown_param(const hone_space *space, const char *key, hone_error *err)
{
    const char *near = NULL;
    const char **names = hn_reallocarray(NULL, space->n_params + 1, sizeof *names);
    for (uint32_t p = 0; names && p < space->n_params; p++)
        names[p] = space->params[p].name;
    if (names)
        near = hn_nearest(key, names, space->n_params);
    hn_free(names);
    return hn_fail(err, HONE_EINVAL, "there is no parameter \"%s\"%s%s%s", key,
                   near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

hone_status hn_fixed_value(const hn_param *param, const json_t *value, hn_slot *slots,
                           hone_error *err)
{
    hone_status status = hn_value_from_json(param, value, slots, err);
    const char *text = json_string_value(value);
    if (status == HONE_OK || status == HONE_ENOMEM || !text)
        return status;
    status = hn_value_parse(param, text, strlen(text), slots, err);
    if (status == HONE_OK)
        hn_error_clear(err);
    return status;
}

hone_status hn_fixed_check(const hone_space *space, const char *json, bool *complete,
                           hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    json_t *root = NULL, *value;
    const char *key;
    hn_config config = hn_config_new(&arena, space);
    hone_status status = hn_arena_failed(&arena)
                             ? hn_fail_memory(err)
                             : hn_json_parse(json, strlen(json), "the values", &root, err);
    *complete = true;
    if (status == HONE_OK && !json_is_object(root))
        status = hn_fail(err, HONE_EINVAL, "the values must be a JSON object, {\"lr\":0.01}");
    if (status != HONE_OK)
        goto out;
    hn_space_default(space, config);
    json_object_foreach(root, key, value)
    {
        const hn_param *param = hn_space_find(space, key);
        status = param ? hn_fixed_value(param, value, config.slots + param->slot, err)
                       : unknown_param(space, key, err);
        if (status != HONE_OK)
            goto out;
    }
    hn_space_activate(space, config);
    for (uint32_t p = 0; p < space->n_params; p++) {
        const hn_param *param = &space->params[p];
        bool given = json_object_get(root, param->name) != NULL;
        bool active = hn_active(config.active, p);
        *complete = *complete && (given || !active);
    }
    const hn_rule *rule = NULL;
    if (*complete && !hn_space_allows(space, config, &rule))
        status = hn_fail(err, HONE_EINVAL, "the values break the rule \"%s %s\"",
                         rule->kind == HN_FORBID ? "forbid" : "require", rule->text);
out:
    json_decref(root);
    hn_arena_free(&arena);
    return status;
}
