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

static void write_python(const json_t *value, hn_str *out);

// As repr(): in single quotes, unless only double ones need no backslash.
static void write_python_text(const char *text, hn_str *out)
{
    char quote = strchr(text, '\'') && !strchr(text, '"') ? '"' : '\'';
    hn_str_add_char(out, quote);
    for (const char *c = text; *c; c++) {
        if (*c == '\n' || *c == '\t' || *c == '\r') {
            hn_str_add(out, *c == '\n' ? "\\n" : *c == '\t' ? "\\t" : "\\r");
            continue;
        }
        if (*c == quote || *c == '\\')
            hn_str_add_char(out, '\\');
        hn_str_add_char(out, *c);
    }
    hn_str_add_char(out, quote);
}

static void write_python_list(const json_t *list, hn_str *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        hn_str_add(out, i ? ", " : "[");
        write_python(json_array_get(list, i), out);
    }
    hn_str_add(out, json_array_size(list) ? "]" : "[]");
}

static void write_python_dictionary(const json_t *object, hn_str *out)
{
    const char *key, *between = "{";
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        hn_str_add(out, between);
        write_python_text(key, out);
        hn_str_add(out, ": ");
        write_python(value, out);
        between = ", ";
    }
    hn_str_add(out, json_object_size(object) ? "}" : "{}");
}

// What Python prints for the value.
static void write_python(const json_t *value, hn_str *out)
{
    if (json_is_array(value))
        write_python_list(value, out);
    else if (json_is_object(value))
        write_python_dictionary(value, out);
    else if (json_is_string(value))
        write_python_text(json_string_value(value), out);
    else if (json_is_null(value) || json_is_boolean(value))
        hn_str_add(out, json_is_null(value) ? "None" : json_is_true(value) ? "True" : "False");
    else
        hn_json_write(value, 0, out);
}

// A choice that is no text or number, as str() makes it: W&B passes it on so.
static const char *python_text(const hn_launch *launch, const char *name, const json_t *value,
                               const char *text, hn_str *out)
{
    const hn_param *param = hn_space_find(launch->space, name);
    if (json_is_string(value) || json_is_number(value) || !param || !hn_is_choice(param))
        return text;
    write_python(value, out);
    return hn_str_text(out);
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
    hn_str prefix = HN_STR_INIT, python = HN_STR_INIT;
    hn_str_add(&prefix, hyphens);
    hn_str_add(&prefix, shown);
    if (style != HN_ARGS_PLAIN)
        text = python_text(launch, name, value, text, &python);
    hn_render_word(to, hn_str_text(&prefix), "=", text, v);
    v->failed |= hn_str_failed(&prefix) || hn_str_failed(&python);
    hn_str_free(&prefix);
    hn_str_free(&python);
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
