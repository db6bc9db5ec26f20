// {args}: all active parameters of a trial as arguments, in Hone's own manner or in that of W&B.
#include <string.h>

#include "base/json.h"
#include "core/study_wandb.h"
#include "drive/render.h"

// The name that the program knows.
static const char *own_name(const char *name, hn_args_style style)
{
    size_t n = strlen(HN_WANDB_PREFIX);
    bool hidden = style != HN_ARGS_PLAIN && strncmp(name, HN_WANDB_PREFIX, n) == 0 &&
                  hone_space_reserved(name + n);
    return hidden ? name + n : name;
}

// Python's word for true, false and null; any other value as it stands.
static const char *python_text(const json_t *value, const char *text)
{
    if (json_is_null(value))
        return "None";
    return json_is_true(value) ? "True" : json_is_false(value) ? "False" : text;
}

static void add_param(const hn_launch *launch, const char *name, hn_args_style style,
                      const json_t *params, hn_sink *to, hn_rendered *v)
{
    const json_t *value = json_object_get(params, name);
    const char *text = hn_launch_text(launch, name, &v->failed);
    const char *hyphens = style == HN_ARGS_NO_HYPHENS ? "" : "--";
    const char *shown = own_name(name, style);
    if (!text)
        return;
    if (style == HN_ARGS_NO_BOOLEAN_FLAGS && json_is_boolean(value)) {
        if (json_is_true(value))
            hn_render_word(to, hyphens, shown, "", v);
        return;
    }
    hn_str prefix = HN_STR_INIT;
    hn_str_add(&prefix, hyphens);
    hn_str_add(&prefix, shown);
    hn_render_word(to, hn_str_text(&prefix), "=",
                   style == HN_ARGS_PLAIN ? text : python_text(value, text), v);
    v->failed |= hn_str_failed(&prefix);
    hn_str_free(&prefix);
}

static void add_json(const json_t *params, hn_sink *to, hn_rendered *v)
{
    const char *name;
    json_t *value, *named = json_object();
    json_object_foreach((json_t *)params, name, value)
        json_object_set(named, own_name(name, HN_ARGS_JSON), value);
    hn_str text = HN_STR_INIT;
    hn_json_write(named, 0, &text);
    hn_render_word(to, hn_str_text(&text), "", "", v);
    v->failed |= hn_str_failed(&text);
    hn_str_free(&text);
    json_decref(named);
}

void hn_render_args(const hn_launch *launch, hn_args_style style, hn_sink *to, hn_rendered *v)
{
    json_t *params = style == HN_ARGS_PLAIN ? NULL : json_loads(launch->params, 0, NULL);
    v->failed |= style != HN_ARGS_PLAIN && !params;
    if (style == HN_ARGS_JSON) {
        add_json(params, to, v);
    } else {
        for (uint32_t i = 0; launch->space && i < launch->space->n_params; i++)
            add_param(launch, launch->space->params[i].name, style, params, to, v);
    }
    json_decref(params);
}
