// The table of presets, in order of name.

#include "core/presets.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

static const hone_preset presets[] = {
    {.name = "bohb",
     .summary = "hyperband, whose trials tpe proposes by what those before have shown",
     .scheduler = "hyperband",
     .options = "{}",
     .sampler = "tpe",
     .sampler_options = "{}"},
    {.name = "dehb",
     .summary = "hyperband, whose rungs each evolve a population of their own",
     .scheduler = "hyperband",
     .options = "{\"shares\":\"paper\",\"fill\":\"new\"}",
     .sampler = "dehb",
     .sampler_options = "{}"},
    {.name = "median",
     .summary = "stops what is worse than the median of the completed trials",
     .scheduler = "percentile",
     .options = "{\"percentile\":50}"},
    {.name = "pb2",
     .summary = "pbt whose copies change to what a model expects most progress of",
     .scheduler = "pbt",
     .options = "{}",
     .sampler = "pb2",
     .sampler_options = "{}"},
    {.name = "wilcoxon",
     .summary = "a race in which signed ranks say what is clearly worse",
     .scheduler = "race",
     .options = "{\"test\":\"wilcoxon\",\"n_min\":2}"},
};

enum { N_PRESETS = sizeof presets / sizeof *presets };

const hone_preset *hone_preset_at(uint32_t index)
{
    return index < N_PRESETS ? &presets[index] : NULL;
}

const hone_preset *hn_preset_find(const char *name)
{
    for (size_t i = 0; i < N_PRESETS; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

hone_status hn_preset_options(const hone_preset *preset, const char *given, hn_str *out,
                              hone_error *err)
{
    json_t *own = NULL, *over = NULL;
    hone_status status =
        hn_json_parse(preset->options, strlen(preset->options), preset->name, &own, err);
    if (status == HONE_OK && given && *given)
        status = hn_json_parse(given, strlen(given), preset->name, &over, err);
    if (status == HONE_OK && over && !json_is_object(over))
        status = hn_fail(err, HONE_EINVAL, "the options of %s must be a JSON object", preset->name);
    if (status == HONE_OK && over && json_object_update(own, over) != 0)
        status = hn_fail_memory(err);
    if (status == HONE_OK)
        hn_json_write(own, 0, out);
    if (status == HONE_OK && hn_str_failed(out))
        status = hn_fail_memory(err);
    json_decref(own);
    json_decref(over);
    return status;
}
