// Recognises files of other tools by their keys; each tool's file has a reader of its own.
#include "core/study_foreign.h"

#include <stdbool.h>
#include <string.h>

#include "core/study_foreign_private.h"

// Is it a mapping of {_type, _value} only?
static bool is_nni_space(const json_t *value)
{
    const char *name;
    json_t *given;
    if (json_object_size(value) == 0)
        return false;
    json_object_foreach((json_t *)value, name,
                        given) if (!json_object_get(given, "_type")) return false;
    return true;
}

hone_status hn_foreign_read(const json_t *root, hn_foreign *out, hone_error *err)
{
    const json_t *nni = json_object_get(root, "searchSpace");
    *out = (hn_foreign){.root = json_object(), .notes = json_array()};
    if (!out->root || !out->notes)
        return hn_fail_memory(err);
    if (json_is_object(json_object_get(root, "parameters")) && !json_object_get(root, "space")) {
        out->tool = "W&B sweep";
        out->space_path = "parameters";
        return hn_foreign_wandb(root, out, err);
    }
    if (strcmp(hn_foreign_text(root, "kind"), "Experiment") == 0 && json_object_get(root, "spec")) {
        out->tool = "Katib experiment";
        out->space_path = "spec.parameters";
        return hn_foreign_katib(root, out, err);
    }
    if (is_nni_space(nni) || is_nni_space(root)) {
        out->tool = is_nni_space(nni) ? "NNI experiment" : "NNI search space";
        out->space_path = is_nni_space(nni) ? "searchSpace" : "";
        return hn_foreign_nni(root, is_nni_space(nni) ? nni : root, out, err);
    }
    return HONE_OK;
}
