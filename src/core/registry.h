// The registry: built-in plug-ins by kind and name. See <hone/plugins.h> for its public face.
#ifndef HN_CORE_REGISTRY_H
#define HN_CORE_REGISTRY_H

#include <hone/plugins.h>
#include <hone/sys/executor.h>
#include <hone/sys/sampler.h>
#include <hone/sys/scheduler.h>
#include <hone/sys/storage.h>

#include "base/error.h"

hone_status hn_sampler_find(const char *name, const hn_sampler_class **out, hone_error *err);
hone_status hn_scheduler_find(const char *name, const hn_scheduler_class **out, hone_error *err);
hone_status hn_storage_find(const char *name, const hn_storage_class **out, hone_error *err);
hone_status hn_executor_find(const char *name, const hn_executor_class **out, hone_error *err);

#endif
