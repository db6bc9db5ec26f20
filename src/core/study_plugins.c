// The plug-ins of a study: chosen by its recorded settings, made for its current space, remade when
// the space gets a new version. Their states are caches and may be dropped at any time.

#include <string.h>

#include "base/json.h"
#include "core/presets.h"
#include "core/study_internal.h"

void hn_study_unplug(hone_study *study)
{
    hn_instance_drop(&study->sampler);
    hn_instance_drop(&study->scheduler);
    hn_cache_free(&study->cache);
    study->plugged_version = 0;
}

typedef struct choice {
    const char *name;
    char *options, *defaults; // JSON objects; NULL: none
} choice;

static char *member(const json_t *root, const char *key, hn_arena *arena)
{
    const json_t *value = json_object_get(root, key);
    hn_str json = HN_STR_INIT;
    char *text = NULL;
    if (!value)
        return NULL;
    hn_json_write(value, 0, &json);
    if (!hn_str_failed(&json))
        text = hn_arena_strdup(arena, hn_str_text(&json));
    else
        arena->failed = true;
    hn_str_free(&json);
    return text;
}

// What {"name":"tpe","options":{…},"defaults":{…}} says, or the fallback.
static hone_status read_setting(const char *text, const char *fallback, hn_arena *arena,
                                choice *out, hone_error *err)
{
    json_t *root = NULL;
    *out = (choice){.name = fallback};
    if (!text)
        return HONE_OK;
    HN_TRY(hn_json_parse(text, strlen(text), "the setting of a plug-in", &root, err));
    const char *given = json_string_value(json_object_get(root, "name"));
    if (given)
        out->name = hn_arena_strdup(arena, given);
    out->options = member(root, "options", arena);
    out->defaults = member(root, "defaults", arena);
    json_decref(root);
    return hn_arena_failed(arena) ? hn_fail_memory(err) : HONE_OK;
}

// The program's own plug-ins come before the built-in ones.
static hone_status find_plugin(const hone_study *study, hn_plugin_kind kind, const char *name,
                               const hn_plugin **out, hone_error *err)
{
    for (uint32_t i = 0; i < study->n_plugins; i++)
        if (study->plugins[i]->kind == kind && strcmp(study->plugins[i]->name, name) == 0) {
            *out = study->plugins[i];
            return HONE_OK;
        }
    return hone_plugin_find(kind, name, out, err);
}

// What the program cannot serve, such as pauses.
static hone_status check_refused(const hone_study *study, const hn_instance *instance,
                                 hone_error *err)
{
    const hn_scheduler_class *class = (const void *)instance->plugin;
    uint32_t can = class->can ? class->can(instance->state) : class->head.can;
    if (!(can & study->refused))
        return HONE_OK;
    return hn_fail(err, HONE_EUNSUPPORTED,
                   "scheduler \"%s\" %s trials, which cannot be done here; use one that only stops "
                   "them, or \"none\"",
                   instance->name, can & study->refused & HN_CAN_FORK ? "forks" : "pauses");
}

// The preset of that name, unless the program has a plug-in of its own that is called so.
static const hone_preset *preset_of(const hone_study *study, hn_plugin_kind kind, const char *name)
{
    const hone_preset *preset = kind == HN_KIND_SCHEDULER ? hn_preset_find(name) : NULL;
    for (uint32_t i = 0; preset && i < study->n_plugins; i++)
        if (study->plugins[i]->kind == kind && strcmp(study->plugins[i]->name, name) == 0)
            return NULL;
    return preset;
}

// Its options are under those that were given; with recorded defaults they are among these.
static hone_status resolve_preset(const hone_study *study, hn_plugin_kind kind, hn_instance *out,
                                  choice *s, hone_error *err)
{
    const hone_preset *preset = preset_of(study, kind, s->name);
    hn_str merged = HN_STR_INIT;
    if (!preset)
        return HONE_OK;
    out->name = preset->name;
    s->name = preset->scheduler;
    if (s->defaults)
        return HONE_OK;
    hone_status status = hn_preset_options(preset, s->options, &merged, err);
    s->options = hn_arena_strdup(&out->arena, hn_str_text(&merged));
    hn_str_free(&merged);
    return status == HONE_OK && !s->options ? hn_fail_memory(err) : status;
}

// --- what a new setting pins ---

// A default as a JSON value; NULL without memory.
static json_t *default_json(const hn_option *option)
{
    json_t *value = NULL;
    bool is_text = option->type == HN_OPTION_TEXT || option->type == HN_OPTION_CHOICE ||
                   strstr(option->fallback, "inf");
    if (is_text)
        return json_string(option->fallback);
    (void)hn_json_parse(option->fallback, strlen(option->fallback), option->name, &value, NULL);
    return value;
}

hone_status hn_study_pin(const hone_study *study, hn_plugin_kind kind, const char *name,
                         hn_str *out, hone_error *err)
{
    const hone_preset *preset = preset_of(study, kind, name);
    const hn_plugin *plugin;
    json_t *defaults = json_object(), *own = NULL;
    bool ok = defaults != NULL;
    hone_status status = find_plugin(study, kind, preset ? preset->scheduler : name, &plugin, err);
    for (const hn_option *o = status == HONE_OK ? plugin->options : NULL; o && o->name; o++)
        if (o->fallback)
            ok = ok && json_object_set_new(defaults, o->name, default_json(o)) == 0;
    if (status == HONE_OK && preset)
        status = hn_json_parse(preset->options, strlen(preset->options), name, &own, err);
    ok = ok && (!own || json_object_update(defaults, own) == 0);
    if (ok && status == HONE_OK)
        hn_json_write(defaults, 0, out);
    json_decref(defaults);
    json_decref(own);
    return status == HONE_OK && (!ok || hn_str_failed(out)) ? hn_fail_memory(err) : status;
}

hone_status hn_instance_make(const hone_study *study, hn_plugin_kind kind,
                             const hn_problem *problem, const char *recorded, hn_instance *out,
                             hone_error *err)
{
    choice s;
    const hn_plugin *plugin;
    out->setting = hn_arena_strdup(&out->arena, recorded);
    HN_TRY(read_setting(recorded, kind == HN_KIND_SAMPLER ? "auto" : "none", &out->arena, &s, err));
    HN_TRY(resolve_preset(study, kind, out, &s, err));
    HN_TRY(find_plugin(study, kind, s.name, &plugin, err));
    // An option that came after the study was begun is not among the defaults that it has recorded.
    hn_given given = {recorded ? plugin->before : NULL, s.defaults, s.options};
    HN_TRY(hn_instance_begin(out, plugin, &given, problem, err));
    return kind == HN_KIND_SCHEDULER ? check_refused(study, out, err) : HONE_OK;
}

// What the scheduler of that setting can at most; one that is not known, nothing.
static hone_status scheduler_can(const hone_study *study, const char *setting, uint32_t *out,
                                 hone_error *err)
{
    hn_instance found = {0};
    choice s;
    hone_status status = read_setting(setting, "none", &found.arena, &s, err);
    if (status == HONE_OK)
        status = resolve_preset(study, HN_KIND_SCHEDULER, &found, &s, err);
    if (status == HONE_OK)
        status = find_plugin(study, HN_KIND_SCHEDULER, s.name, &found.plugin, err);
    *out = status == HONE_OK ? found.plugin->can : 0;
    hn_instance_drop(&found);
    if (status == HONE_OK || status == HONE_ENOMEM)
        return status;
    hn_error_clear(err);
    return HONE_OK;
}

hone_status hn_study_problem(const hone_study *study, const hn_fold *fold, hn_problem *out,
                             hone_error *err)
{
    uint32_t can;
    HN_TRY(scheduler_can(study, hn_fold_setting(fold, "scheduler"), &can, err));
    *out = fold->problem;
    out->n_trials = study->n_trials;
    out->forks = can & HN_CAN_FORK;
    return HONE_OK;
}

static hone_status plug_one(hone_study *study, hn_plugin_kind kind, hn_instance *out,
                            hone_error *err)
{
    const char *setting = hn_fold_setting(&study->fold, hone_plugin_kind_name(kind));
    return hn_instance_make(study, kind, &study->problem, setting, out, err);
}

// Another process may have chosen another plug-in, or other options, since.
static bool as_recorded(const hone_study *study, hn_plugin_kind kind, const hn_instance *instance)
{
    const char *setting = hn_fold_setting(&study->fold, hone_plugin_kind_name(kind));
    if (!instance->ready || !setting || !instance->setting)
        return instance->ready && setting == instance->setting;
    return strcmp(setting, instance->setting) == 0;
}

hone_status hn_study_plug(hone_study *study, hone_error *err)
{
    if (study->plugged_version == study->fold.problem.space_version &&
        study->plugged_goals == study->fold.goals.n &&
        as_recorded(study, HN_KIND_SAMPLER, &study->sampler) &&
        as_recorded(study, HN_KIND_SCHEDULER, &study->scheduler))
        return HONE_OK;
    hn_study_unplug(study);
    HN_TRY(hn_study_problem(study, &study->fold, &study->problem, err));
    study->problem.cache = &study->cache;
    hone_status status = plug_one(study, HN_KIND_SAMPLER, &study->sampler, err);
    if (status == HONE_OK)
        status = plug_one(study, HN_KIND_SCHEDULER, &study->scheduler, err);
    if (status != HONE_OK) {
        hn_study_unplug(study);
        return status;
    }
    study->plugged_version = study->fold.problem.space_version;
    study->plugged_goals = study->fold.goals.n;
    return HONE_OK;
}

hone_status hn_study_try_plugin(hone_study *study, hn_plugin_kind kind, const hn_problem *problem,
                                const char *setting, hone_error *err)
{
    hn_instance probe = {0};
    hn_problem hinted = *problem;
    hinted.n_trials = study->n_trials;
    hinted.cache = NULL; // the probe leaves nothing behind
    hone_status status = hn_instance_make(study, kind, &hinted, setting, &probe, err);
    hn_instance_drop(&probe);
    return status;
}

hone_status hn_study_observe(hone_study *study, hn_event_type type, uint32_t trial, hone_error *err)
{
    bool of_results = type == HN_EV_TOLD || type == HN_EV_REPORTED;
    if (!study->sampler.ready)
        return HONE_OK;
    hn_view view = hn_study_view(study, (uint32_t)study->fold.trials.n);
    const hn_sampler_class *sampler = (const void *)study->sampler.plugin;
    const hn_scheduler_class *scheduler = (const void *)study->scheduler.plugin;
    if (sampler->observe && of_results)
        HN_TRY(sampler->observe(study->sampler.state, &view, trial, err));
    if (scheduler->observe)
        HN_TRY(scheduler->observe(study->scheduler.state, &view, trial, err));
    return HONE_OK;
}
