// Option tables; see options.h. Defaults go the same way as given values, so that a wrong default
// shows in the first test.

#include "core/options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

// A value of another type: says what it is, and what would be right.
static hone_status wrong(const hn_plugin *plugin, const hn_option *option, const json_t *value,
                         const char *wanted, hone_error *err)
{
    hn_str text = HN_STR_INIT;
    char low[HN_DOUBLE_TEXT], high[HN_DOUBLE_TEXT], range[2 * HN_DOUBLE_TEXT + 16] = "";
    bool number = option->type == HN_OPTION_INT || option->type == HN_OPTION_DOUBLE;
    if (number && option->low <= option->high) {
        hn_double_text(option->low, low);
        hn_double_text(option->high, high);
        (void)snprintf(range, sizeof range, " from %s to %s", low, high);
    }
    hn_json_write(value, 0, &text);
    hone_status status = hn_fail(err, HONE_EINVAL, "option \"%s\" of %s is %.60s: it must be %s%s",
                                 option->name, plugin->name, hn_str_text(&text), wanted, range);
    hn_str_free(&text);
    return status;
}

static hone_status out_of_range(const hn_plugin *plugin, const hn_option *option, double given,
                                hone_error *err)
{
    char value[HN_DOUBLE_TEXT], low[HN_DOUBLE_TEXT], high[HN_DOUBLE_TEXT];
    hn_double_text(given, value);
    hn_double_text(option->low, low);
    hn_double_text(option->high, high);
    return hn_fail(err, HONE_EINVAL, "option \"%s\" of %s is %s: it must lie in %s..%s",
                   option->name, plugin->name, value, low, high);
}

static hone_status set_choice(const hn_plugin *plugin, const hn_option *option, const char *text,
                              int32_t *field, hone_error *err)
{
    char names[16][32];
    const char *list[16];
    size_t n = 0;
    for (const char *at = option->choices; at && n < 16; n++) {
        size_t length = strcspn(at, "|");
        snprintf(names[n], sizeof names[n], "%.*s", (int)length, at);
        list[n] = names[n];
        at = at[length] ? at + length + 1 : NULL;
        if (strcmp(names[n], text) == 0) {
            *field = (int32_t)n;
            return HONE_OK;
        }
    }
    const char *near = hn_nearest(text, list, n);
    return hn_fail(err, HONE_EINVAL, "option \"%s\" of %s is \"%s\": it must be one of %s%s%s%s",
                   option->name, plugin->name, text, option->choices, near ? " (did you mean " : "",
                   near ? near : "", near ? "?)" : "");
}

static hone_status wrong_choice(const hn_plugin *plugin, const hn_option *option,
                                const json_t *value, hone_error *err)
{
    char wanted[256];
    (void)snprintf(wanted, sizeof wanted, "one of %s", option->choices);
    return wrong(plugin, option, value, wanted, err);
}

static hone_status set_field(const hn_plugin *plugin, const hn_option *option, const json_t *value,
                             char *config, hn_arena *arena, hone_error *err)
{
    void *field = config + option->offset;
    bool ranged = option->low <= option->high;
    double number = NAN;
    bool is_number = hn_json_double(value, &number);
    switch (option->type) {
    case HN_OPTION_BOOL:
        if (!json_is_boolean(value))
            return wrong(plugin, option, value, "true or false", err);
        *(bool *)field = json_is_true(value);
        return HONE_OK;
    case HN_OPTION_INT:
        if (!is_number || number != floor(number) || fabs(number) > 9e15)
            return wrong(plugin, option, value, "a whole number", err);
        if (ranged && !(number >= option->low && number <= option->high))
            return out_of_range(plugin, option, number, err);
        *(int64_t *)field = (int64_t)number;
        return HONE_OK;
    case HN_OPTION_DOUBLE:
        if (!is_number)
            return wrong(plugin, option, value, "a number", err);
        if (ranged && !(number >= option->low && number <= option->high))
            return out_of_range(plugin, option, number, err);
        *(double *)field = number;
        return HONE_OK;
    case HN_OPTION_TEXT:
        if (!json_is_string(value))
            return wrong(plugin, option, value, "a text", err);
        *(const char **)field = hn_arena_strdup(arena, json_string_value(value));
        return *(const char **)field ? HONE_OK : hn_fail_memory(err);
    case HN_OPTION_CHOICE:
        if (!json_is_string(value))
            return wrong_choice(plugin, option, value, err);
        return set_choice(plugin, option, json_string_value(value), field, err);
    }
    return HONE_OK;
}

// A default is a text in the table; a number or boolean is given as JSON, the rest as it stands.
static hone_status set_default(const hn_plugin *plugin, const hn_option *option, char *config,
                               hn_arena *arena, hone_error *err)
{
    json_t *value = NULL;
    if (!option->fallback)
        return HONE_OK;
    bool infinite = option->type == HN_OPTION_DOUBLE && strstr(option->fallback, "inf");
    if (option->type == HN_OPTION_TEXT || option->type == HN_OPTION_CHOICE || infinite)
        value = json_string(option->fallback);
    else
        HN_TRY(
            hn_json_parse(option->fallback, strlen(option->fallback), option->name, &value, err));
    hone_status status =
        value ? set_field(plugin, option, value, config, arena, err) : hn_fail_memory(err);
    json_decref(value);
    return status;
}

static hone_status unknown_option(const hn_plugin *plugin, const char *key, hone_error *err)
{
    const char *names[64] = {NULL};
    size_t n = 0;
    for (const hn_option *o = plugin->options; o && o->name && n < 64; o++)
        names[n++] = o->name;
    const char *near = hn_nearest(key, names, n);
    hn_str list = HN_STR_INIT;
    if (n == 0)
        return hn_fail(err, HONE_EINVAL, "%s takes no options: \"%s\" is unknown", plugin->name,
                       key);
    if (near)
        return hn_fail(err, HONE_EINVAL, "%s has no option \"%s\": did you mean \"%s\"?",
                       plugin->name, key, near);
    for (size_t i = 0; i < n; i++)
        hn_str_printf(&list, " %s", names[i]);
    hone_status status = hn_fail(err, HONE_EINVAL, "%s has no option \"%s\": it has%s",
                                 plugin->name, key, hn_str_text(&list));
    hn_str_free(&list);
    return status;
}

static hone_status set_given(const hn_plugin *plugin, const char *json, char *config,
                             hn_arena *arena, hone_error *err)
{
    json_t *root = NULL;
    hone_status status = hn_json_parse(json, strlen(json), plugin->name, &root, err);
    const char *key;
    json_t *value;
    if (status == HONE_OK && !json_is_object(root))
        status = hn_fail(err, HONE_EINVAL, "the options of %s must be a JSON object", plugin->name);
    if (status == HONE_OK) {
        json_object_foreach(root, key, value)
        {
            const hn_option *o = plugin->options;
            while (o && o->name && strcmp(o->name, key) != 0)
                o++;
            status = o && o->name ? set_field(plugin, o, value, config, arena, err)
                                  : unknown_option(plugin, key, err);
            if (status != HONE_OK)
                break;
        }
    }
    json_decref(root);
    return status;
}

hone_status hn_options_fill(const hn_plugin *plugin, const char *json, void *config,
                            hn_arena *arena, hone_error *err)
{
    for (const hn_option *o = plugin->options; o && o->name; o++)
        HN_TRY(set_default(plugin, o, config, arena, err));
    return json && *json ? set_given(plugin, json, config, arena, err) : HONE_OK;
}

static hone_status set_pinned(const hn_plugin *plugin, const char *pinned, char *config,
                              hn_arena *arena, hone_error *err)
{
    json_t *root = NULL, *value;
    hone_status status = HONE_OK;
    HN_TRY(hn_json_parse(pinned, strlen(pinned), plugin->name, &root, err));
    for (const hn_option *o = plugin->options; o && o->name && status != HONE_ENOMEM; o++)
        if ((value = json_object_get(root, o->name)))
            status = set_field(plugin, o, value, config, arena, NULL);
    json_decref(root);
    return status == HONE_ENOMEM ? hn_fail_memory(err) : HONE_OK;
}

hone_status hn_options_make_as(const hn_plugin *plugin, const char *before, const char *pinned,
                               const char *json, hn_arena *arena, void **config, hone_error *err)
{
    *config = hn_arena_zalloc(arena, 1, plugin->config_size ? plugin->config_size : 1);
    if (!*config)
        return hn_fail_memory(err);
    HN_TRY(hn_options_fill(plugin, NULL, *config, arena, err));
    if (before)
        HN_TRY(set_pinned(plugin, before, *config, arena, err));
    if (pinned)
        HN_TRY(set_pinned(plugin, pinned, *config, arena, err));
    return json && *json ? set_given(plugin, json, *config, arena, err) : HONE_OK;
}

hone_status hn_options_make(const hn_plugin *plugin, const char *json, hn_arena *arena,
                            void **config, hone_error *err)
{
    return hn_options_make_as(plugin, NULL, NULL, json, arena, config, err);
}
