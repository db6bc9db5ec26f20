// What there is: samplers, schedulers, storages, executors, with their sources and options.
#ifndef HONE_PLUGINS_H
#define HONE_PLUGINS_H

#include <hone/error.h>
#include <hone/sys/plugin.h>

HONE_BEGIN_DECLS

// Plug-in `index` of a kind in order of name, NULL past the end. Borrowed for ever.
HONE_API const hn_plugin *hone_plugin_at(hn_plugin_kind kind, uint32_t index);
// By name; HONE_ENOTFOUND names the nearest. Aliases (e.g. "sobol") and presets are resolved.
HONE_API hone_status hone_plugin_find(hn_plugin_kind kind, const char *name, const hn_plugin **out,
                                      hone_error *err);
HONE_API const char *hone_plugin_kind_name(hn_plugin_kind kind); // "sampler"

// A recipe under a name of its own, chosen as a scheduler is. Options given with it win.
typedef struct hone_preset {
    const char *name, *summary;
    const char *scheduler, *options;       // its options, a JSON object
    const char *sampler, *sampler_options; // unless another is named; NULL: the study's
} hone_preset;

// Preset `index` in order of name, NULL past the end. Borrowed for ever.
HONE_API const hone_preset *hone_preset_at(uint32_t index);

// Checks `json` (an object, NULL: {}) against the plug-in's table without using it.
HONE_API hone_status hone_plugin_check_options(const hn_plugin *plugin, const char *json,
                                               hone_error *err);

// Version of the library that runs, as in <hone/version.h>.
HONE_API const char *hone_version(void);

HONE_END_DECLS

#endif
