// Presets: known recipes as rows that name a scheduler, a sampler and their options. A preset is
// chosen where a scheduler is; the options given with it win over its own.
#ifndef HN_CORE_PRESETS_H
#define HN_CORE_PRESETS_H

#include <hone/plugins.h>

#include "base/str.h"

const hone_preset *hn_preset_find(const char *name); // NULL when there is none
// The preset's options for its scheduler under `given` (a JSON object, NULL: none), as one object.
hone_status hn_preset_options(const hone_preset *preset, const char *given, hn_str *out,
                              hone_error *err);

#endif
