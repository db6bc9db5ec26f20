// Which sampler and scheduler the plan asks for, with which options.
//
// Options without a name are for whoever the study has: those that it has recorded stay beside
// them. A new study has the defaults, which are a preset's sampler where that preset is named.
#include "plan.h"
#include "plugin_option.h"

#include <stdlib.h>
#include <string.h>

// Each by itself, so that the error stands at its word.
static int take_plugin_option(run_plan *plan, const char *option, int index,
                              const hn_plugin *plugin, const char *more, json_t *options)
{
    const cli_args *cli = plan->cli;
    hone_error err = HONE_ERROR_INIT;
    const char *text = cli_nth(cli, option, index);
    size_t length = strcspn(text, "=");
    if (length == 0 || text[length] != '=')
        return cli_usage_nth(cli, option, index, "--%s takes name=value, not '%s'", option, text);
    char *key = cli_format("%.*s", (int)length, text);
    json_t *value = plugin_option_json(plugin, key, text + length + 1);
    json_t *one = json_pack("{s:O}", key, value);
    char *json = cli_json_dump(one, 0);
    hone_status status = hone_plugin_check_options(plugin, json, &err);
    bool is_known = plugin_option_row(plugin, key) != NULL;
    json_object_set_new(options, key, value);
    json_decref(one);
    free(json);
    free(key);
    return status == HONE_OK
               ? CLI_EXIT_OK
               : cli_usage_nth(cli, option, index, "%s%s", err.text, is_known ? "" : more);
}

// `--sampler gp:n_startup=4`, and `--sampler n_startup=4`: options have an option of their own.
static int unknown_plugin(run_plan *plan, const char *option, const char *name,
                          const hone_error *err)
{
    int length = (int)strcspn(name, ":(=, ");
    const char *rest = name[length] ? name + length + 1 : NULL; // behind the mark, if there is one
    if (!cli_has(plan->cli, option))
        return cli_fail(plan->cli, err);
    if (name[length] == '=')
        return cli_usage_option(plan->cli, option,
                                "%s is no %s but an option of one: --%s NAME --%s-option %s", name,
                                option, option, option, name);
    if (rest && strchr(name + length, '='))
        return cli_usage_option(plan->cli, option,
                                "options are given by themselves: --%s %.*s --%s-option %.*s",
                                option, length, name, option, (int)strcspn(rest, ")"), rest);
    return cli_usage_option(plan->cli, option, "%s", err->text);
}

// What the study has recorded, {"name","options"}; `*out` stays NULL when there is no study yet,
// which is fine if it `may_be_new`.
static int read_recorded(run_plan *plan, const char *kind, bool may_be_new, json_t **out)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study *study = NULL;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.storage = plan->storage;
    options.name = plan->name;
    options.mode = HONE_OPEN_EXISTING;
    options.read_only = true;
    if (may_be_new && strncmp(plan->storage, "memory:", 7) == 0)
        return CLI_EXIT_OK;
    hone_status status = hone_study_open(&options, &study, &err);
    if (status == HONE_OK) {
        json_t *had = cli_json_text(hone_study_get(study, kind));
        bool sampler = strcmp(kind, "sampler") == 0;
        const char *name = json_string_value(json_object_get(had, "name"));
        name = name ? name : sampler ? hone_study_sampler(study) : hone_study_scheduler(study);
        json_t *given = json_object_get(had, "options");
        *out = json_pack("{s:s, s:o}", "name", name, "options",
                         given ? json_deep_copy(given) : json_object());
        json_decref(had);
    }
    hone_study_close(study);
    return status == HONE_OK || (may_be_new && status == HONE_ENOTFOUND)
               ? CLI_EXIT_OK
               : cli_fail(plan->cli, &err);
}

// The sampler or scheduler that a new study of this plan has when none is named.
static const char *default_name(const run_plan *plan, hn_plugin_kind kind)
{
    const hone_preset *preset;
    const char *scheduler = json_string_value(json_object_get(plan->scheduler, "name"));
    for (uint32_t i = 0; kind == HN_KIND_SAMPLER && scheduler && (preset = hone_preset_at(i)); i++)
        if (strcmp(preset->name, scheduler) == 0 && preset->sampler)
            return preset->sampler;
    return "auto";
}

static int take_unnamed(run_plan *plan, hn_plugin_kind kind, bool may_be_new, json_t **out)
{
    int code = read_recorded(plan, hone_plugin_kind_name(kind), may_be_new, out);
    if (code == CLI_EXIT_OK && !*out)
        *out = json_pack("{s:s, s:{}}", "name", default_name(plan, kind), "options");
    return code;
}

// --sampler NAME and --sampler-option name=value into {"name","options"}; the same for schedulers.
static int take_plugin(run_plan *plan, hn_plugin_kind kind, bool may_be_new, json_t **out)
{
    const cli_args *cli = plan->cli;
    hone_error err = HONE_ERROR_INIT;
    const hn_plugin *plugin = NULL;
    const char *option = hone_plugin_kind_name(kind);
    char option_option[32], more[64] = "";
    snprintf(option_option, sizeof option_option, "%s-option", option);
    if (cli_has(cli, option)) {
        json_decref(*out);
        *out = json_pack("{s:s, s:{}}", "name", cli_text(cli, option), "options");
    }
    int n = cli_count(cli, option_option), code = CLI_EXIT_OK;
    if (n > 0 && !*out) {
        snprintf(more, sizeof more, "; of another %s: name it with --%s", option, option);
        code = take_unnamed(plan, kind, may_be_new, out);
    }
    if (code != CLI_EXIT_OK || !*out)
        return code;
    const char *name = json_string_value(json_object_get(*out, "name"));
    if (hone_plugin_find(kind, name, &plugin, &err) != HONE_OK)
        return unknown_plugin(plan, option, name, &err);
    json_t *options = json_object_get(*out, "options");
    for (int i = 0; i < n && code == CLI_EXIT_OK; i++)
        code = take_plugin_option(plan, option_option, i, plugin, more, options);
    if (code != CLI_EXIT_OK)
        return code;
    char *json = cli_json_dump(options, 0); // with those of the study file
    hone_status status = hone_plugin_check_options(plugin, json, &err);
    free(json);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(cli, &err);
}

// The scheduler first: a preset names a sampler.
int plan_take_plugins(run_plan *plan, bool may_be_new)
{
    int code = take_plugin(plan, HN_KIND_SCHEDULER, may_be_new, &plan->scheduler);
    return code != CLI_EXIT_OK ? code
                               : take_plugin(plan, HN_KIND_SAMPLER, may_be_new, &plan->sampler);
}
