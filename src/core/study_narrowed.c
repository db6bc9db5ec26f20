// What the present space was narrowed from.
//
// The setting "narrowed" is the stack of narrowings that the present space has come through,
// [{"version","from"}…], the newest last. It holds while the newest one's version is the study's:
// any other change of the space makes it void.

#include <string.h>

#include "base/json.h"
#include "core/study_internal.h"

json_t *hn_study_narrowings(const hone_study *study)
{
    const char *text = hn_fold_setting(&study->fold, "narrowed");
    json_t *stack = NULL;
    hone_status status =
        text ? hn_json_parse(text, strlen(text), "narrowed", &stack, NULL) : HONE_ENOTFOUND;
    if (status == HONE_ENOMEM)
        return NULL;
    if (status == HONE_OK) {
        const json_t *newest = json_array_get(stack, json_array_size(stack) - 1);
        json_int_t version = json_integer_value(json_object_get(newest, "version"));
        json_int_t from = json_integer_value(json_object_get(newest, "from"));
        if (version == study->fold.problem.space_version && from >= 1 && from < version)
            return stack;
        json_decref(stack);
    }
    return json_array();
}

uint32_t hone_study_narrowed_from(const hone_study *study)
{
    json_t *stack = hn_study_narrowings(study);
    const json_t *newest = json_array_get(stack, json_array_size(stack) - 1);
    uint32_t from = (uint32_t)json_integer_value(json_object_get(newest, "from"));
    json_decref(stack);
    return from;
}

bool hone_study_was_narrowed(const hone_study *study, const hone_space *space)
{
    json_t *stack = hn_study_narrowings(study);
    char *wanted = hone_space_to_json(space);
    bool found = false;
    for (size_t i = 0; wanted && !found && i < json_array_size(stack); i++) {
        json_int_t from = json_integer_value(json_object_get(json_array_get(stack, i), "from"));
        if (from >= 1 && (size_t)from <= study->fold.spaces.n)
            found = strcmp(study->fold.spaces.data[from - 1].json, wanted) == 0;
    }
    hone_free(wanted);
    json_decref(stack);
    return found;
}
