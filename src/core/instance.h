// Instances: samplers and schedulers in use, made for a problem and dropped when that changes. All
// that a plug-in is made by, for a study or by one that has others under it, is here.
#ifndef HN_CORE_INSTANCE_H
#define HN_CORE_INSTANCE_H

#include <hone/sys/plugin.h>

#include "base/arena.h"
#include "base/error.h"
#include "core/problem.h"

// A plug-in in use: its class, validated options and state. Zeroed: none.
typedef struct hn_instance {
    const hn_plugin *plugin; // that works
    const char *name;    // it was asked for by: its own, or that of a preset or one that chose it
    const char *in_use;  // its own name where another one chose it, else `name`
    const char *setting; // as recorded, {"name","options"}; NULL: none
    hn_arena arena;
    void *config, *state;
    bool ready; // state is initialised
} hn_instance;

// Options as hn_options_make_as takes them: JSON objects, NULL: none.
typedef struct hn_given {
    const char *before, *pinned, *options;
} hn_given;

// Makes `plugin`, or what it chooses in its place, for `problem`, which outlives it. `out` is
// zeroed but for what the caller knows of it: name, setting, arena. Dropped by hn_instance_drop,
// after an error, too. Errors: HONE_EUNSUPPORTED when the problem has what the plug-in cannot do;
// those of its options and of its init.
hone_status hn_instance_begin(hn_instance *out, const hn_plugin *plugin, const hn_given *given,
                              const hn_problem *problem, hone_error *err);
void hn_instance_drop(hn_instance *instance);

#endif
