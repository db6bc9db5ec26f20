// Fixed values: names are checked against the space, values by the space language itself. Values
// that leave something open are completed from the priors, and the whole satisfies the rules.

#include "core/fixed.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "space/unit.h"

enum { NAMES_SHOWN = 8 };

static hone_status unknown_param(const hone_space *space, const char *key, hone_error *err)
{
    const char *near = NULL;
    const char **names = hn_reallocarray(NULL, space->n_params + 1, sizeof *names);
    for (uint32_t p = 0; names && p < space->n_params; p++)
        names[p] = space->params[p].name;
    if (names)
        near = hn_nearest(key, names, space->n_params);
    hn_free(names);
    if (near)
        return hn_fail(err, HONE_EINVAL, "there is no parameter \"%s\": did you mean \"%s\"?", key,
                       near);
    hn_str list = HN_STR_INIT;
    for (uint32_t p = 0; p < space->n_params && p < NAMES_SHOWN; p++)
        hn_str_printf(&list, "%s%s", p ? ", " : "", space->params[p].name);
    hn_fail(err, HONE_EINVAL, "there is no parameter \"%s\" among %s%s", key, hn_str_text(&list),
            space->n_params > NAMES_SHOWN ? ", ..." : "");
    hn_str_free(&list);
    return HONE_EINVAL;
}

// One value. A text that is no JSON value of the parameter is read as it would stand on the command
// line: "0.01" for a number, "a,b" for a permutation.
static hone_status read_value(const hn_param *param, const json_t *value, hn_slot *slots,
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

void hn_fixed_json(const hone_space *space, const char *json, hn_str *out)
{
    hn_arena arena = HN_ARENA_INIT;
    json_t *root = NULL;
    hn_config config = hn_config_new(&arena, space);
    bool first = true;
    hone_status status = hn_json_parse(json, strlen(json), "the values", &root, NULL);
    if (!config.slots)
        status = HONE_ENOMEM;
    hn_str_add(out, "{");
    for (uint32_t k = 0; status != HONE_ENOMEM && k < space->n_params; k++) {
        const hn_param *param = &space->params[space->declared[k]];
        const json_t *value = json_object_get(root, param->name);
        hn_slot *slots = config.slots + param->slot;
        if (!value)
            continue;
        hn_str_add(out, first ? "" : ",");
        hn_str_add_json(out, param->name);
        hn_str_add(out, ":");
        status = read_value(param, value, slots, NULL);
        if (status == HONE_OK)
            hn_value_json(param, slots, out);
        else
            hn_json_write(value, 0, out);
        first = false;
    }
    hn_str_add(out, "}");
    out->failed |= status == HONE_ENOMEM;
    json_decref(root);
    hn_arena_free(&arena);
}

// The values into `config`, those named marked in `given` [n_params].
static hone_status read_values(const hone_space *space, const json_t *root, bool *given,
                               hn_config config, hone_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)root, key, value)
    {
        const hn_param *param = hn_space_find(space, key);
        if (!param)
            continue;
        HN_TRY(read_value(param, value, config.slots + param->slot, err));
        given[param->index] = true;
    }
    return HONE_OK;
}

void hn_fixed_fill(const hone_space *space, const hn_rng *rng, uint32_t attempt, const bool *keep,
                   hn_config config)
{
    for (uint32_t p = 0; p < space->n_params; p++)
        hn_set_active(config.active, p, keep[p]);
    hn_space_fill(space, rng, attempt, config);
}

static bool all_given(const hone_space *space, const bool *given, hn_config config)
{
    for (uint32_t p = 0; p < space->n_params; p++)
        if (!given[p] && hn_active(config.active, p))
            return false;
    return true;
}

// `keep` [n_params]: in, values of `config` that may stay besides those given.
static hone_status complete(const hone_space *space, const json_t *root, const hn_rng *rng,
                            bool *keep, bool *given, hn_config config, hone_error *err)
{
    const hn_rule *rule = NULL;
    bool whole = false;
    for (uint32_t attempt = 0; attempt < HN_SAMPLE_MAX_ATTEMPTS && !whole; attempt++) {
        HN_TRY(read_values(space, root, given, config, err));
        for (uint32_t p = 0; p < space->n_params; p++)
            keep[p] = given[p] || (attempt == 0 && keep[p]);
        hn_fixed_fill(space, rng, attempt, keep, config);
        if (hn_space_allows(space, config, &rule))
            return HONE_OK;
        whole = all_given(space, given, config);
    }
    return hn_fail(err, HONE_EINVAL, "the values break the rule \"%s %s\"%s",
                   rule->kind == HN_FORBID ? "forbid" : "require", rule->text,
                   whole ? "" : ", whatever the others are");
}

static hone_status parse_values(const char *json, json_t **root, hone_error *err)
{
    HN_TRY(hn_json_parse(json, strlen(json), "the values", root, err));
    if (json_is_object(*root))
        return HONE_OK;
    return hn_fail(err, HONE_EINVAL, "the values must be a JSON object, {\"lr\":0.01}");
}

hone_status hn_fixed_apply(const hone_space *space, const char *json, const hn_rng *rng,
                           hn_config config, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    json_t *root = NULL;
    bool *given = HN_ZNEW(&arena, bool, space->n_params + 1);
    bool *keep = HN_ZNEW(&arena, bool, space->n_params + 1);
    hone_status status = given && keep ? parse_values(json, &root, err) : hn_fail_memory(err);
    for (uint32_t p = 0; status == HONE_OK && p < space->n_params; p++)
        keep[p] = hn_active(config.active, p);
    if (status == HONE_OK)
        status = complete(space, root, rng, keep, given, config, err);
    json_decref(root);
    hn_arena_free(&arena);
    return status;
}

hone_status hn_fixed_check(const hone_space *space, const char *json, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    json_t *root = NULL, *value;
    const char *key;
    hn_rng rng = hn_rng_make(0, HN_PURPOSE_PRIOR, 0);
    hn_config config = hn_config_new(&arena, space);
    hone_status status =
        hn_arena_failed(&arena) ? hn_fail_memory(err) : parse_values(json, &root, err);
    if (status == HONE_OK) {
        json_object_foreach(root, key, value)
        {
            if (!hn_space_find(space, key)) {
                status = unknown_param(space, key, err);
                break;
            }
        }
    }
    if (status == HONE_OK) {
        hn_space_default(space, config);
        status = hn_fixed_apply(space, json, &rng, config, err);
    }
    json_decref(root);
    hn_arena_free(&arena);
    return status;
}

hone_status hn_fixed_fits(const hone_space *space, const char *json, bool *fits, hone_error *err)
{
    hone_status status = hn_fixed_check(space, json, NULL);
    *fits = status == HONE_OK;
    return status == HONE_ENOMEM ? hn_fail_memory(err) : HONE_OK;
}
