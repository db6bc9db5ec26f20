// Option tables: from JSON to a plug-in's typed, validated struct.
#ifndef HN_CORE_OPTIONS_H
#define HN_CORE_OPTIONS_H

#include <hone/sys/plugin.h>

#include "base/arena.h"
#include "base/error.h"

// Fills a zeroed `config` of plugin->config_size: defaults, then the keys of `json` (an object;
// NULL or "": none). Texts live in `arena`. Errors name plug-in, option, what was given and what
// would be right.
hone_status hn_options_fill(const hn_plugin *plugin, const char *json, void *config,
                            hn_arena *arena, hone_error *err);
// Allocates the struct in `arena` and fills it. `before` and, over it, `pinned`: defaults in place
// of the table's, as they were once and as they were recorded (objects; NULL: none); what the table
// does not take any more is passed over.
hone_status hn_options_make_as(const hn_plugin *plugin, const char *before, const char *pinned,
                               const char *json, hn_arena *arena, void **config, hone_error *err);
// The same with the table's defaults.
hone_status hn_options_make(const hn_plugin *plugin, const char *json, hn_arena *arena,
                            void **config, hone_error *err);

#endif
