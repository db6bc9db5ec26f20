// Study files: YAML in, one checked JSON object out.
//
//   1. The file becomes a JSON tree that knows its lines (base/yaml).
//   2. Every section is checked against its table of keys and brought into a single form
//      (study_value).
//   3. A file of another tool (W&B, Katib, NNI) is translated first (study_foreign).
//   4. What the space, the rules and the plug-ins think of it is asked here, so that a mistake is
//      reported with file and line before anything runs.
#include <hone/plugins.h>
#include <hone/space.h>
#include <hone/study_file.h>

#include <string.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/yaml.h"
#include "core/study_foreign.h"
#include "core/study_reader.h"

enum { MAX_FILE_BYTES = 4 << 20, MAX_KEYS = 48 };

// The keys are the long options of `hone run`.
static const hn_key_row study_keys[] = {
    {"name", HN_KEY_TEXT, 0, 0},      {"storage", HN_KEY_TEXT, 0, 0},
    {"minimize", HN_KEY_TEXTS, 0, 0}, {"maximize", HN_KEY_TEXTS, 0, 0},
    {"metrics", HN_KEY_TEXTS, 0, 0},  {"seed", HN_KEY_WHOLE, 0, 0},
    {"noisy", HN_KEY_FLAG, 0, 0},     {"deterministic", HN_KEY_FLAG, 0, 0},
    {"from", HN_KEY_TEXTS, 0, 0},
};
static const hn_key_row constraint_keys[] = {
    {"forbid", HN_KEY_TEXTS, 0, 0},
    {"require", HN_KEY_TEXTS, 0, 0},
    {"metrics", HN_KEY_TEXTS, 0, 0},
};
static const hn_key_row run_keys[] = {
    {"command", HN_KEY_COMMAND, 0, 0},
    {"shell", HN_KEY_FLAG, 0, 0},
    {"template", HN_KEY_TEXTS, 0, 0},
    {"trials", HN_KEY_WHOLE, 1, 0},
    {"jobs", HN_KEY_WHOLE, 1, 0},
    {"time", HN_KEY_SECONDS, 0, 0},
    {"cost", HN_KEY_COST, 0, 0},
    {"target", HN_KEY_REAL, 0, 0},
    {"plateau", HN_KEY_WHOLE, 0, 0},
    {"plateau-delta", HN_KEY_REAL, 0, 0},
    {"until-regret", HN_KEY_REAL, 0, 0},
    {"timeout-trial", HN_KEY_SECONDS, 0, 0},
    {"grace", HN_KEY_SECONDS, 0, 0},
    {"retries", HN_KEY_WHOLE, 0, 0},
    {"mem-trial", HN_KEY_SIZE, 1 << 20, 0},
    {"gpus-per-trial", HN_KEY_REAL, 0, 0},
    {"cpus-per-trial", HN_KEY_WHOLE, 0, 0},
    {"folds", HN_KEY_WHOLE, 2, 0},
    {"repeats", HN_KEY_WHOLE, 1, 0},
    {"instances", HN_KEY_TEXTS, 0, 0},
    {"keep-ckpt", HN_KEY_KEEP, 0, 0},
    {"ckpt-quota", HN_KEY_SIZE, 0, 0},
    {"metric-from", HN_KEY_TEXT, 0, 0},
    {"regex", HN_KEY_TEXT, 0, 0},
    {"metric", HN_KEY_CHOICE, 0, "time|maxrss"},
    {"stderr", HN_KEY_FLAG, 0, 0},
    {"take", HN_KEY_CHOICE, 0, "last|best"},
    {"no-checkpoint", HN_KEY_FLAG, 0, 0},
    {"final", HN_KEY_FLAG, 0, 0},
    {"durability", HN_KEY_CHOICE, 0, "auto|normal|full"},
    {"dir", HN_KEY_TEXT, 0, 0},
    {"wandb", HN_KEY_CHOICE, 0, "stand-in|real"},
};
static const char *const section_names[] = {"study",   "space",     "constraints",
                                            "sampler", "scheduler", "run"};

#define N_ROWS(rows) (sizeof(rows) / sizeof *(rows))
_Static_assert(N_ROWS(run_keys) <= MAX_KEYS, "more keys than a section can have");

// --- sections ---

// The value of the section, which must be a mapping; NULL when the file does not have it.
static hone_status find_section(hn_reader *r, const char *section, json_t **out)
{
    *out = json_object_get(r->root, section);
    if (*out && json_is_null(*out))
        *out = NULL; // "run:" with nothing below
    if (*out && !json_is_object(*out))
        return hn_reader_fail(r, section, section, "\"%s\" is a section of keys and values, not %s",
                              section, hn_reader_type_name(*out));
    return HONE_OK;
}

static hone_status unknown_key(hn_reader *r, const char *path, const char *what, const char *key,
                               const char *const *names, size_t n)
{
    const char *nearest = hn_nearest(key, names, n);
    if (nearest)
        return hn_reader_fail(r, path, key, "%s has no key \"%s\"; did you mean \"%s\"?", what, key,
                              nearest);
    return hn_reader_fail(r, path, key, "%s has no key \"%s\"", what, key);
}

static hone_status take_section(hn_reader *r, const char *section, const hn_key_row *rows,
                                size_t n_rows)
{
    const char *key, *names[MAX_KEYS];
    json_t *value, *mapping = NULL, *taken = NULL;
    HN_TRY(find_section(r, section, &mapping));
    if (!mapping)
        return HONE_OK;
    json_t *out = json_object();
    if (json_object_set_new(r->out, section, out) != 0)
        return hn_fail_memory(r->err);
    for (size_t i = 0; i < n_rows; i++)
        names[i] = rows[i].name;
    json_object_foreach(mapping, key, value)
    {
        const char *path = hn_reader_join(r, section, key);
        size_t i = 0;
        while (i < n_rows && strcmp(rows[i].name, key) != 0)
            i++;
        if (i == n_rows)
            return unknown_key(r, path, hn_arena_printf(&r->arena, "section \"%s\"", section), key,
                               names, n_rows);
        taken = NULL;
        hone_status status = hn_reader_value(r, path, &rows[i], value, &taken);
        if (status != HONE_OK) {
            json_decref(taken);
            return status;
        }
        if (json_object_set_new(out, key, taken) != 0)
            return hn_fail_memory(r->err);
    }
    return HONE_OK;
}

// "objectives": minimize and maximize in the order in which the file has them.
static hone_status take_objectives(hn_reader *r)
{
    const char *key;
    json_t *values, *study = json_object_get(r->out, "study"), *out = json_array();
    if (json_object_set_new(r->out, "objectives", out) != 0)
        return hn_fail_memory(r->err);
    json_object_foreach(study, key, values)
    {
        if (strcmp(key, "minimize") != 0 && strcmp(key, "maximize") != 0)
            continue;
        for (size_t i = 0; i < json_array_size(values); i++)
            if (json_array_append_new(out, json_pack("{s:O, s:s}", "name",
                                                     json_array_get(values, i), "goal", key)) != 0)
                return hn_fail_memory(r->err);
    }
    return HONE_OK;
}

// {"name","spec"} or the mapping itself with its name.
static json_t *space_entry(const char *name, json_t *value)
{
    if (json_is_string(value))
        return json_pack("{s:s, s:O}", "name", name, "spec", value);
    if (json_is_array(value))
        return json_pack("{s:s, s:s, s:O}", "name", name, "type", "categorical", "choices", value);
    if (!json_is_object(value)) // a constant
        return json_pack("{s:s, s:s, s:[O]}", "name", name, "type", "categorical", "choices",
                         value);
    json_t *entry = json_pack("{s:s}", "name", name);
    if (entry && json_object_update_missing(entry, value) != 0) {
        json_decref(entry);
        return NULL;
    }
    return entry;
}

static hone_status take_param(hn_reader *r, hone_space *space, const char *name, json_t *value,
                              json_t *out)
{
    const char *path = hn_reader_join(r, r->space_path, name);
    hone_error inner = HONE_ERROR_INIT;
    json_t *entry = space_entry(name, value);
    if (!entry || json_array_append_new(out, entry) != 0)
        return hn_fail_memory(r->err);
    if (json_is_string(value)) {
        if (hone_space_add(space, name, json_string_value(value), &inner) != HONE_OK)
            return hn_reader_relocate(r, path, &inner);
        return HONE_OK;
    }
    hn_str text = HN_STR_INIT;
    hn_json_write(entry, 0, &text);
    hone_status status = hone_space_add_json(space, hn_str_text(&text), &inner);
    hn_str_free(&text);
    // The entry's JSON is ours, not the user's: the line of the file says more.
    inner.source[0] = '\0';
    inner.column = -1;
    return status == HONE_OK ? HONE_OK : hn_reader_fail(r, path, name, "%s", inner.text);
}

static hone_status take_rules(hn_reader *r, hone_space *space, const char *kind,
                              hone_status (*add)(hone_space *, const char *, hone_error *))
{
    json_t *rules = json_object_get(json_object_get(r->out, "constraints"), kind);
    const char *path = hn_reader_join(r, "constraints", kind);
    for (size_t i = 0; i < json_array_size(rules); i++) {
        hone_error inner = HONE_ERROR_INIT;
        if (add(space, json_string_value(json_array_get(rules, i)), &inner) != HONE_OK)
            return hn_reader_relocate(r, path, &inner);
    }
    return HONE_OK;
}

static hone_status take_space(hn_reader *r)
{
    const char *name;
    json_t *value, *mapping = NULL, *out = json_array();
    hone_space *space = NULL;
    hone_error inner = HONE_ERROR_INIT;
    hone_status status = find_section(r, "space", &mapping);
    if (status == HONE_OK && json_object_set(r->out, "space", out) != 0)
        status = hn_fail_memory(r->err);
    json_decref(out);
    if (status != HONE_OK)
        return status;
    HN_TRY_OUT(hone_space_create(&space, r->err));
    json_object_foreach(mapping, name, value) HN_TRY_OUT(take_param(r, space, name, value, out));
    HN_TRY_OUT(take_rules(r, space, "forbid", hone_space_forbid));
    HN_TRY_OUT(take_rules(r, space, "require", hone_space_require));
    if (json_object_size(mapping) > 0 && hone_space_seal(space, &inner) != HONE_OK)
        status = hn_reader_relocate(r, "space", &inner);
out:
    hone_space_destroy(space);
    return status;
}

// Each option by itself, so that the error stands at its line.
static hone_status take_plugin_options(hn_reader *r, const char *section, const hn_plugin *plugin,
                                       const json_t *options)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)options, key, value)
    {
        hone_error inner = HONE_ERROR_INIT;
        hn_str text = HN_STR_INIT;
        json_t *one = json_pack("{s:O}", key, value);
        hn_json_write(one, 0, &text);
        json_decref(one);
        hone_status status = hone_plugin_check_options(plugin, hn_str_text(&text), &inner);
        hn_str_free(&text);
        if (status != HONE_OK)
            return hn_reader_fail(r, hn_reader_join(r, section, key), key, "%s", inner.text);
    }
    return HONE_OK;
}

// `sampler: tpe` or `sampler: {name: tpe, option: value, …}`.
static hone_status take_plugin(hn_reader *r, const char *section, hn_plugin_kind kind)
{
    json_t *value = json_object_get(r->root, section);
    hone_error inner = HONE_ERROR_INIT;
    const hn_plugin *plugin = NULL;
    if (!value || json_is_null(value))
        return HONE_OK;
    json_t *name = json_is_object(value) ? json_object_get(value, "name") : value;
    if (!json_is_string(name))
        return hn_reader_fail(r, section, section, "\"%s\" takes a name, or a mapping with one",
                              section);
    json_t *options = json_is_object(value) ? json_copy(value) : json_object();
    json_object_del(options, "name");
    if (json_object_set_new(r->out, section,
                            json_pack("{s:O, s:o}", "name", name, "options", options)) != 0)
        return hn_fail_memory(r->err);
    if (hone_plugin_find(kind, json_string_value(name), &plugin, &inner) != HONE_OK)
        return hn_reader_fail(r, section, json_string_value(name), "%s", inner.text);
    return take_plugin_options(r, section, plugin, options);
}

// "lines": where sections and their keys stand.
static hone_status take_lines(hn_reader *r)
{
    const char *section, *key;
    json_t *mapping, *value, *lines = json_object();
    if (json_object_set_new(r->out, "lines", lines) != 0)
        return hn_fail_memory(r->err);
    json_object_foreach(r->root, section, mapping)
    {
        if (json_object_set_new(lines, section, json_integer(hn_yaml_line(r->yaml, section))) != 0)
            return hn_fail_memory(r->err);
        json_object_foreach(mapping, key, value)
        {
            const char *path = hn_reader_join(r, section, key);
            if (json_object_set_new(lines, path, json_integer(hn_yaml_line(r->yaml, path))) != 0)
                return hn_fail_memory(r->err);
        }
    }
    return HONE_OK;
}

// A file of another tool is read as the study file that means the same.
static hone_status translate(hn_reader *r)
{
    hn_foreign foreign = {0};
    hone_error inner = HONE_ERROR_INIT;
    hone_status status = hn_foreign_read(hn_yaml_root(r->yaml), &foreign, &inner);
    r->root = json_incref(foreign.tool ? foreign.root : hn_yaml_root(r->yaml));
    r->space_path = foreign.tool ? foreign.space_path : "space";
    if (status != HONE_OK)
        status = hn_reader_fail(r, foreign.fault_path ? foreign.fault_path : r->space_path, NULL,
                                "%s", inner.text);
    else if (foreign.tool && json_object_set(r->out, "notes", foreign.notes) != 0)
        status = hn_fail_memory(r->err);
    else if (foreign.tool && json_object_set_new(r->out, "tool", json_string(foreign.tool)) != 0)
        status = hn_fail_memory(r->err);
    json_decref(foreign.root);
    json_decref(foreign.notes);
    return status;
}

static hone_status take_all(hn_reader *r)
{
    const char *key;
    json_t *value, *root = r->root;
    if (!json_is_object(root))
        return hn_fail(r->err, HONE_EPARSE,
                       "%s: a study file holds the sections study, space, constraints, sampler, "
                       "scheduler and run",
                       r->name);
    json_object_foreach(root, key, value)
    {
        size_t i = 0;
        while (i < N_ROWS(section_names) && strcmp(section_names[i], key) != 0)
            i++;
        if (i == N_ROWS(section_names))
            return unknown_key(r, key, "a study file", key, section_names, N_ROWS(section_names));
    }
    HN_TRY(take_section(r, "study", study_keys, N_ROWS(study_keys)));
    HN_TRY(take_objectives(r));
    HN_TRY(take_section(r, "constraints", constraint_keys, N_ROWS(constraint_keys)));
    HN_TRY(take_space(r));
    HN_TRY(take_plugin(r, "sampler", HN_KIND_SAMPLER));
    HN_TRY(take_plugin(r, "scheduler", HN_KIND_SCHEDULER));
    HN_TRY(take_section(r, "run", run_keys, N_ROWS(run_keys)));
    return take_lines(r);
}

hone_status hone_study_file_to_json(const char *path, char **json, hone_error *err)
{
    hone_status status = HONE_OK;
    hone_error unused = HONE_ERROR_INIT;
    hn_str text = HN_STR_INIT;
    size_t size = 0;
    hn_reader r = {.arena = HN_ARENA_INIT, .name = path, .err = err ? err : &unused};
    r.out = json_object();
    HN_TRY_OUT(hn_fs_read(path, MAX_FILE_BYTES, &r.arena, &r.text, &size, r.err));
    HN_TRY_OUT(hn_yaml_parse(r.text, size, path, &r.yaml, r.err));
    HN_TRY_OUT(translate(&r));
    HN_TRY_OUT(take_all(&r));
    hn_json_write(r.out, 0, &text);
    *json = hn_str_take(&text);
    if (!*json)
        status = hn_fail_memory(r.err);
out:
    hn_str_free(&text);
    json_decref(r.out);
    json_decref(r.root);
    hn_yaml_destroy(r.yaml);
    hn_arena_free(&r.arena);
    return status;
}
