// The tables of built-in plug-ins that the build makes from the files in the plug-in folders.
#ifndef HN_CORE_BUILTINS_H
#define HN_CORE_BUILTINS_H

#include <hone/sys/executor.h>
#include <hone/sys/sampler.h>
#include <hone/sys/scheduler.h>
#include <hone/sys/storage.h>

// Each ends with NULL.
extern const hn_plugin *const hn_builtin_samplers[];
extern const hn_plugin *const hn_builtin_schedulers[];
extern const hn_plugin *const hn_builtin_storages[];
extern const hn_plugin *const hn_builtin_executors[];

#endif
