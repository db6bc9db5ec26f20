// Making a plug-in:
//  1. What the problem has and it cannot do is refused.
//  2. Its options are read.
//  3. One that only chooses (`resolve`) says by those which other one is to work, and with which
//     options; that one is made in its place, from step 1 on.
//  4. Its state is made.

#include "core/instance.h"

#include <string.h>

#include "base/str.h"
#include "core/options.h"
#include "core/registry.h"

void hn_instance_drop(hn_instance *instance)
{
    if (instance->ready && instance->plugin->kind == HN_KIND_SAMPLER) {
        const hn_sampler_class *class = (const void *)instance->plugin;
        if (class->fini)
            class->fini(instance->state);
    } else if (instance->ready) {
        const hn_scheduler_class *class = (const void *)instance->plugin;
        if (class->fini)
            class->fini(instance->state);
    }
    hn_arena_free(&instance->arena);
    memset(instance, 0, sizeof *instance);
}

static hone_status fail_several(const hn_plugin *plugin, const hn_problem *problem, hone_error *err)
{
    hn_str list = HN_STR_INIT;
    const hn_plugin *other;
    for (uint32_t i = 0; (other = hone_plugin_at(plugin->kind, i)); i++)
        if (other->can & HN_CAN_MULTI_OBJECTIVE)
            hn_str_printf(&list, " %s", other->name);
    hone_status status = hn_fail(err, HONE_EUNSUPPORTED,
                                 "%s %s takes one objective, the study has %u; these take several:"
                                 "%s",
                                 hone_plugin_kind_name(plugin->kind), plugin->name,
                                 problem->n_objectives, hn_str_text(&list));
    hn_str_free(&list);
    return status;
}

// What a plug-in cannot do is refused with a sentence, before anything runs.
static hone_status check_can(const hn_plugin *plugin, const hn_problem *problem, hone_error *err)
{
    bool sampler = plugin->kind == HN_KIND_SAMPLER;
    if (problem->n_objectives > 1 && !(plugin->can & HN_CAN_MULTI_OBJECTIVE))
        return fail_several(plugin, problem, err);
    if (sampler && problem->n_bounds > 0 && !(plugin->can & HN_CAN_CONSTRAINTS))
        return hn_fail(err, HONE_EUNSUPPORTED, "sampler %s does not know constraints",
                       plugin->name);
    for (uint32_t p = 0; sampler && problem->space && p < problem->space->n_params; p++)
        if (problem->space->params[p].condition && !(plugin->can & HN_CAN_CONDITIONS))
            return hn_fail(err, HONE_EUNSUPPORTED,
                           "sampler %s does not know conditions: parameter \"%s\" has one",
                           plugin->name, problem->space->params[p].name);
    return HONE_OK;
}

static hone_status configure(hn_instance *out, const hn_plugin *plugin, const hn_given *given,
                             const hn_problem *problem, hone_error *err)
{
    out->plugin = plugin;
    HN_TRY(check_can(plugin, problem, err));
    return hn_options_make_as(plugin, given->before, given->pinned, given->options, &out->arena,
                              &out->config, err);
}

// A built-in one, which never chooses again: what the program has under the same name may take
// other options.
static hone_status resolve(hn_instance *out, const hn_problem *problem, hone_error *err)
{
    const hn_scheduler_class *class = (const void *)out->plugin;
    const char *name = NULL;
    const hn_plugin *chosen = NULL;
    hn_str options = HN_STR_INIT;
    if (out->plugin->kind != HN_KIND_SCHEDULER || !class->resolve)
        return HONE_OK;
    hone_status status = class->resolve(problem, out->config, &name, &options, err);
    if (status == HONE_OK && hn_str_failed(&options))
        status = hn_fail_memory(err);
    if (status == HONE_OK)
        status = hone_plugin_find(HN_KIND_SCHEDULER, name ? name : "", &chosen, err);
    if (status == HONE_OK && ((const hn_scheduler_class *)(const void *)chosen)->resolve)
        status = hn_fail(err, HONE_EINVAL, "scheduler \"%s\" chooses \"%s\", which chooses itself",
                         out->plugin->name, name);
    hn_given given = {.options = hn_str_text(&options)};
    if (status == HONE_OK)
        status = configure(out, chosen, &given, problem, err);
    if (status == HONE_OK)
        out->in_use = chosen->name;
    hn_str_free(&options);
    return status;
}

static hone_status init(hn_instance *out, const hn_problem *problem, hone_error *err)
{
    out->state = hn_arena_zalloc(&out->arena, 1, out->plugin->state_size + 1);
    if (!out->state)
        return hn_fail_memory(err);
    if (out->plugin->kind == HN_KIND_SAMPLER) {
        const hn_sampler_class *class = (const void *)out->plugin;
        return class->init(out->state, problem, out->config, err);
    }
    const hn_scheduler_class *class = (const void *)out->plugin;
    return class->init(out->state, problem, out->config, err);
}

hone_status hn_instance_begin(hn_instance *out, const hn_plugin *plugin, const hn_given *given,
                              const hn_problem *problem, hone_error *err)
{
    out->name = out->name ? out->name : plugin->name;
    out->in_use = out->name;
    HN_TRY(configure(out, plugin, given, problem, err));
    HN_TRY(resolve(out, problem, err));
    hone_status status = init(out, problem, err);
    out->ready = status == HONE_OK;
    return status;
}
