// The registry over the generated tables of built-ins.

#include "core/registry.h"

#include <string.h>

#include <hone/version.h>

#include "base/arena.h"
#include "base/str.h"
#include "core/builtins.h"
#include "core/options.h"
#include "core/presets.h"

static const char *const kind_names[HN_KIND_COUNT] = {"sampler", "scheduler", "storage", "executor",
                                                      "task"};

// Names that people bring along from other tools.
static const char *const aliases[][2] = {{"sobol", "qmc"}, {"rand", "random"}, {"off", "none"}};

const char *hone_version(void)
{
    return HONE_VERSION;
}

const char *hone_plugin_kind_name(hn_plugin_kind kind)
{
    return (unsigned)kind < HN_KIND_COUNT ? kind_names[kind] : "plug-in";
}

static const hn_plugin *const *table(hn_plugin_kind kind)
{
    static const hn_plugin *const nothing[] = {NULL};
    switch (kind) {
    case HN_KIND_SAMPLER:
        return hn_builtin_samplers;
    case HN_KIND_SCHEDULER:
        return hn_builtin_schedulers;
    case HN_KIND_STORAGE:
        return hn_builtin_storages;
    case HN_KIND_EXECUTOR:
        return hn_builtin_executors;
    default:
        return nothing;
    }
}

// The build lists files in order of name, so that the tables are sorted.
const hn_plugin *hone_plugin_at(hn_plugin_kind kind, uint32_t index)
{
    const hn_plugin *const *rows = table(kind);
    for (uint32_t i = 0; rows[i]; i++)
        if (i == index)
            return rows[i];
    return NULL;
}

hone_status hone_plugin_find(hn_plugin_kind kind, const char *name, const hn_plugin **out,
                             hone_error *err)
{
    const hn_plugin *const *rows = table(kind);
    const char *names[128] = {NULL};
    size_t n = 0;
    const hone_preset *preset = kind == HN_KIND_SCHEDULER ? hn_preset_find(name) : NULL;
    if (preset)
        name = preset->scheduler;
    for (size_t a = 0; a < sizeof aliases / sizeof aliases[0]; a++)
        if (strcmp(name, aliases[a][0]) == 0)
            name = aliases[a][1];
    for (uint32_t i = 0; rows[i]; i++) {
        if (strcmp(rows[i]->name, name) == 0) {
            *out = rows[i];
            return HONE_OK;
        }
        if (n < 128)
            names[n++] = rows[i]->name;
    }
    for (uint32_t i = 0; kind == HN_KIND_SCHEDULER && n < 128 && (preset = hone_preset_at(i)); i++)
        names[n++] = preset->name;
    const char *near = hn_nearest(name, names, n);
    hn_str list = HN_STR_INIT;
    for (size_t i = 0; i < n; i++)
        hn_str_printf(&list, "%s%s", i ? " " : "", names[i]);
    // "there are none" would say another thing of the scheduler of that name.
    hn_fail(err, HONE_ENOTFOUND, "there is no %s \"%s\"%s%s%s: %s %s", hone_plugin_kind_name(kind),
            name, near ? ", did you mean \"" : "", near ? near : "", near ? "\"" : "",
            n == 1 ? "the only one is called" : "there are", hn_str_text(&list));
    hn_str_free(&list);
    return HONE_ENOTFOUND;
}

hone_status hone_plugin_check_options(const hn_plugin *plugin, const char *json, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    void *config = NULL;
    hone_status status = hn_options_make(plugin, json, &arena, &config, err);
    hn_arena_free(&arena);
    return status;
}

// Every class begins with its head, so the head's address is the class's.
#define FIND(kind_, type)                                                                          \
    const hn_plugin *plugin = NULL;                                                                \
    HN_TRY(hone_plugin_find(kind_, name, &plugin, err));                                           \
    *out = (const type *)(const void *)plugin;                                                     \
    return HONE_OK

hone_status hn_sampler_find(const char *name, const hn_sampler_class **out, hone_error *err)
{
    FIND(HN_KIND_SAMPLER, hn_sampler_class);
}

hone_status hn_scheduler_find(const char *name, const hn_scheduler_class **out, hone_error *err)
{
    FIND(HN_KIND_SCHEDULER, hn_scheduler_class);
}

hone_status hn_storage_find(const char *name, const hn_storage_class **out, hone_error *err)
{
    FIND(HN_KIND_STORAGE, hn_storage_class);
}

hone_status hn_executor_find(const char *name, const hn_executor_class **out, hone_error *err)
{
    FIND(HN_KIND_EXECUTOR, hn_executor_class);
}
