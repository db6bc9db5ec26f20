// Study files: YAML in, one checked JSON object out.
//
//   1. The file becomes a JSON tree that knows its lines (base/yaml).
//   2. Every section is checked against its table of keys and brought into a single form: lists
//      where one or several are allowed, seconds, words of a command.
//   3. A file of another tool (W&B, Katib, NNI) is translated first (study_foreign).
//   4. What the space, the rules and the plug-ins think of it is asked here, so that a mistake is
//      reported with file and line before anything runs.
#include <hone/plugins.h>
#include <hone/space.h>
#include <hone/study_file.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/yaml.h"
#include "core/study_foreign.h"
#include "core/study_words.h"

enum { MAX_FILE_BYTES = 4 << 20 };

typedef enum value_kind {
    TEXT,
    TEXTS, // one or a list
    WHOLE, // an integer of at least `low`
    REAL,
    FLAG,
    SECONDS, // a number or "1h30m"
    SIZE,    // "4G", in bytes; 0: none
    KEEP,    // "all", "best", "none" or a number, as a number
    COMMAND, // a list of words, or one text that is split
    CHOICE   // of "a|b"
} value_kind;

typedef struct key_row {
    const char *name;
    value_kind kind;
    int64_t low;
    const char *choices;
} key_row;

// The keys are the long options of `hone run`.
static const key_row study_keys[] = {
    {"name", TEXT, 0, 0},      {"storage", TEXT, 0, 0},       {"minimize", TEXTS, 0, 0},
    {"maximize", TEXTS, 0, 0}, {"metrics", TEXTS, 0, 0},      {"seed", WHOLE, 0, 0},
    {"noisy", FLAG, 0, 0},     {"deterministic", FLAG, 0, 0},
};
static const key_row constraint_keys[] = {
    {"forbid", TEXTS, 0, 0},
    {"require", TEXTS, 0, 0},
    {"metrics", TEXTS, 0, 0},
};
static const key_row run_keys[] = {
    {"command", COMMAND, 0, 0},
    {"shell", FLAG, 0, 0},
    {"template", TEXTS, 0, 0},
    {"trials", WHOLE, 1, 0},
    {"jobs", WHOLE, 1, 0},
    {"time", SECONDS, 0, 0},
    {"target", REAL, 0, 0},
    {"plateau", WHOLE, 0, 0},
    {"plateau-delta", REAL, 0, 0},
    {"timeout-trial", SECONDS, 0, 0},
    {"grace", SECONDS, 0, 0},
    {"retries", WHOLE, 0, 0},
    {"mem-trial", SIZE, 1 << 20, 0},
    {"gpus-per-trial", REAL, 0, 0},
    {"cpus-per-trial", WHOLE, 0, 0},
    {"folds", WHOLE, 2, 0},
    {"repeats", WHOLE, 1, 0},
    {"keep-ckpt", KEEP, 0, 0},
    {"ckpt-quota", SIZE, 0, 0},
    {"metric-from", TEXT, 0, 0},
    {"regex", TEXT, 0, 0},
    {"metric", CHOICE, 0, "time|maxrss"},
    {"stderr", FLAG, 0, 0},
    {"take", CHOICE, 0, "last|best"},
    {"no-checkpoint", FLAG, 0, 0},
    {"final", FLAG, 0, 0},
    {"durability", CHOICE, 0, "auto|normal|full"},
    {"dir", TEXT, 0, 0},
    {"wandb", CHOICE, 0, "stand-in|real"},
};
static const char *const section_names[] = {"study",   "space",     "constraints",
                                            "sampler", "scheduler", "run"};

#define N_ROWS(rows) (sizeof(rows) / sizeof *(rows))

typedef struct reader {
    hn_arena arena;
    hn_yaml *yaml;
    json_t *root;           // what is read: the file's tree, or what a foreign file means
    const char *space_path; // where the parameters stand in the file
    const char *name;       // of the file, as it was given
    char *text;
    json_t *out;
    hone_error *err;
} reader;

// Paths as hn_yaml_line takes them. Without memory the line is unknown, nothing worse.
static const char *join(reader *r, const char *path, const char *key)
{
    const char *joined = hn_arena_printf(&r->arena, "%s%s%s", path, *path ? "." : "", key);
    return joined ? joined : "";
}

static const char *join_index(reader *r, const char *path, size_t index)
{
    const char *joined = hn_arena_printf(&r->arena, "%s.%zu", path, index);
    return joined ? joined : "";
}

// --- errors with file and line ---

// An error at the key `path`; the caret goes under `word` in that line, if it is there.
static hone_status fail_at(reader *r, const char *path, const char *word, const char *format, ...)
    HONE_PRINTF(4, 5);

static hone_status fail_at(reader *r, const char *path, const char *word, const char *format, ...)
{
    char text[sizeof r->err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t length = 0;
    int line = hn_yaml_line(r->yaml, path);
    const char *source = hn_yaml_line_text(r->yaml, line, &length);
    if (!source)
        return hn_fail(r->err, HONE_EINVAL, "%s: %s", r->name, text);
    size_t word_length = word ? strlen(word) : 0;
    const char *at = word_length ? memmem(source, length, word, word_length) : NULL;
    size_t column = at ? (size_t)(at - source) : 0;
    while (!at && column < length && source[column] == ' ')
        column++;
    return hn_fail_at(r->err, HONE_EINVAL, source, length, column, "%s:%d: %s", r->name, line,
                      text);
}

// Moves an error about a piece of the file (a spec, an expression) to its line: the line of `path`
// if the piece stands there, else the first line that holds it.
static hone_status relocate(reader *r, const char *path, const hone_error *inner)
{
    size_t length = 0, piece = strlen(inner->source);
    int line = hn_yaml_line(r->yaml, path);
    const char *source = hn_yaml_line_text(r->yaml, line, &length);
    const char *at = source && piece ? memmem(source, length, inner->source, piece) : NULL;
    for (int i = 1; piece && !at && (source = hn_yaml_line_text(r->yaml, i, &length)); i++) {
        at = memmem(source, length, inner->source, piece);
        line = at ? i : line;
    }
    if (at && inner->column >= 0)
        return hn_fail_at(r->err, inner->status, source, length,
                          (size_t)(at - source) + (size_t)inner->column, "%s:%d: %s", r->name, line,
                          inner->text);
    if (r->err) {
        *r->err = *inner;
        if (line > 0)
            hn_error_prefix(r->err, "%s:%d", r->name, line);
        else
            hn_error_prefix(r->err, "%s", r->name);
    }
    return inner->status;
}

static const char *type_name(const json_t *value)
{
    static const char *const names[] = {"a mapping", "a list", "a text", "a whole number",
                                        "a number",  "true",   "false",  "nothing"};
    return names[json_typeof(value)];
}

// --- values ---

static hone_status wrong_type(reader *r, const char *path, const char *key, const char *wanted,
                              const json_t *value)
{
    return fail_at(r, path, key, "\"%s\" takes %s, not %s", key, wanted, type_name(value));
}

static hone_status take_texts(reader *r, const char *path, const char *key, json_t *value,
                              json_t **out)
{
    *out = json_array();
    if (!json_is_array(value) && !json_is_string(value))
        return wrong_type(r, path, key, "a text or a list of texts", value);
    if (json_is_string(value))
        return json_array_append(*out, value) == 0 ? HONE_OK : hn_fail_memory(r->err);
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *item = json_array_get(value, i);
        if (!json_is_string(item))
            return fail_at(r, join_index(r, path, i), NULL,
                           "\"%s\" takes texts, not %s; put it in quotes", key, type_name(item));
        if (json_array_append(*out, item) != 0)
            return hn_fail_memory(r->err);
    }
    return HONE_OK;
}

// The words of a list; a number is a word as it stands.
static hone_status take_words(reader *r, const char *path, const json_t *list, json_t *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        if (json_is_object(item) || json_is_array(item))
            return fail_at(r, join_index(r, path, i), NULL,
                           "a word of the command is %s; a word that begins with { needs quotes",
                           type_name(item));
        hn_str word = HN_STR_INIT;
        hn_json_write(item, 0, &word);
        int failed = json_array_append_new(
            out, json_is_string(item) ? json_incref(item) : json_string(hn_str_text(&word)));
        hn_str_free(&word);
        if (failed)
            return hn_fail_memory(r->err);
    }
    return HONE_OK;
}

static hone_status take_command(reader *r, const char *path, json_t *value, json_t **out)
{
    hone_error inner = HONE_ERROR_INIT;
    json_t *run = json_object_get(r->root, "run");
    bool shell = json_is_true(json_object_get(run, "shell"));
    *out = json_array();
    if (json_is_array(value)) {
        HN_TRY(take_words(r, path, value, *out));
    } else if (!json_is_string(value)) {
        return wrong_type(r, path, "command", "a text or a list of words", value);
    } else if (shell) { // the text of a shell stays whole
        if (json_array_append(*out, value) != 0)
            return hn_fail_memory(r->err);
    } else if (hn_words_split(json_string_value(value), *out, &inner) != HONE_OK) {
        return relocate(r, path, &inner);
    }
    if (json_array_size(*out) == 0)
        return fail_at(r, path, "command", "the command is empty");
    return HONE_OK;
}

static hone_status take_seconds(reader *r, const char *path, const char *key, json_t *value,
                                json_t **out)
{
    hone_error inner = HONE_ERROR_INIT;
    double seconds = json_number_value(value);
    if (json_is_string(value)) {
        if (hone_duration_parse(json_string_value(value), &seconds, &inner) != HONE_OK)
            return relocate(r, path, &inner);
    } else if (!json_is_number(value)) {
        return wrong_type(r, path, key, "a duration (90, 90s, 10m, 2h, 1h30m)", value);
    }
    if (!(seconds >= 0))
        return fail_at(r, path, key, "\"%s\" cannot be negative", key);
    *out = json_real(seconds);
    return HONE_OK;
}

// A number alone would leave the unit to be guessed.
static hone_status take_size(reader *r, const char *path, const key_row *row, json_t *value,
                             json_t **out)
{
    hone_error inner = HONE_ERROR_INIT;
    uint64_t bytes = 0;
    char low[HONE_SIZE_TEXT];
    if (json_is_string(value)) {
        if (hone_size_parse(json_string_value(value), &bytes, &inner) != HONE_OK)
            return relocate(r, path, &inner);
    } else if (!json_is_integer(value) || json_integer_value(value) != 0) {
        return wrong_type(r, path, row->name, "a size with its unit (500M, 4G, 1.5GiB)", value);
    }
    if (bytes > 0 && bytes < (uint64_t)row->low)
        return fail_at(r, path, row->name, "\"%s\" must be at least %s", row->name,
                       hone_size_text((uint64_t)row->low, low));
    *out = json_integer((json_int_t)bytes);
    return HONE_OK;
}

static hone_status take_keep(reader *r, const char *path, const key_row *row, json_t *value,
                             json_t **out)
{
    hone_error inner = HONE_ERROR_INIT;
    int64_t keep = json_integer_value(value);
    if (json_is_string(value)) {
        if (hone_keep_parse(json_string_value(value), &keep, &inner) != HONE_OK)
            return relocate(r, path, &inner);
    } else if (!json_is_integer(value) || keep < 0) {
        return wrong_type(r, path, row->name, "all, best, none, or how many of the best are kept",
                          value);
    }
    *out = json_integer(keep);
    return HONE_OK;
}

static bool is_choice(const char *choices, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (n > 0 && strncmp(at, word, n) == 0 && (at[n] == '|' || at[n] == '\0'))
            return true;
    return false;
}

// One value of the kind that `row` wants, in its single form.
static hone_status take_value(reader *r, const char *path, const key_row *row, json_t *value,
                              json_t **out)
{
    switch (row->kind) {
    case TEXTS:
        return take_texts(r, path, row->name, value, out);
    case COMMAND:
        return take_command(r, path, value, out);
    case SECONDS:
        return take_seconds(r, path, row->name, value, out);
    case SIZE:
        return take_size(r, path, row, value, out);
    case KEEP:
        return take_keep(r, path, row, value, out);
    case TEXT:
        if (!json_is_string(value))
            return wrong_type(r, path, row->name, "a text", value);
        break;
    case FLAG:
        if (!json_is_boolean(value))
            return wrong_type(r, path, row->name, "true or false", value);
        break;
    case REAL:
        if (!json_is_number(value))
            return wrong_type(r, path, row->name, "a number", value);
        break;
    case WHOLE:
        if (!json_is_integer(value))
            return wrong_type(r, path, row->name, "a whole number", value);
        if (json_integer_value(value) < row->low)
            return fail_at(r, path, row->name, "\"%s\" must be at least %lld", row->name,
                           (long long)row->low);
        break;
    case CHOICE:
        if (!json_is_string(value) || !is_choice(row->choices, json_string_value(value)))
            return fail_at(r, path, row->name, "\"%s\" takes one of %s", row->name, row->choices);
        break;
    }
    *out = json_incref(value);
    return HONE_OK;
}

// --- sections ---

// The value of the section, which must be a mapping; NULL when the file does not have it.
static hone_status find_section(reader *r, const char *section, json_t **out)
{
    *out = json_object_get(r->root, section);
    if (*out && json_is_null(*out))
        *out = NULL; // "run:" with nothing below
    if (*out && !json_is_object(*out))
        return fail_at(r, section, section, "\"%s\" is a section of keys and values, not %s",
                       section, type_name(*out));
    return HONE_OK;
}

static hone_status unknown_key(reader *r, const char *path, const char *what, const char *key,
                               const char *const *names, size_t n)
{
    const char *nearest = hn_nearest(key, names, n);
    if (nearest)
        return fail_at(r, path, key, "%s has no key \"%s\"; did you mean \"%s\"?", what, key,
                       nearest);
    return fail_at(r, path, key, "%s has no key \"%s\"", what, key);
}

static hone_status take_section(reader *r, const char *section, const key_row *rows, size_t n_rows)
{
    const char *key, *names[32];
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
        const char *path = join(r, section, key);
        size_t i = 0;
        while (i < n_rows && strcmp(rows[i].name, key) != 0)
            i++;
        if (i == n_rows)
            return unknown_key(r, path, hn_arena_printf(&r->arena, "section \"%s\"", section), key,
                               names, n_rows);
        taken = NULL;
        hone_status status = take_value(r, path, &rows[i], value, &taken);
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
static hone_status take_objectives(reader *r)
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

static hone_status take_param(reader *r, hone_space *space, const char *name, json_t *value,
                              json_t *out)
{
    const char *path = join(r, r->space_path, name);
    hone_error inner = HONE_ERROR_INIT;
    json_t *entry = space_entry(name, value);
    if (!entry || json_array_append_new(out, entry) != 0)
        return hn_fail_memory(r->err);
    if (json_is_string(value)) {
        if (hone_space_add(space, name, json_string_value(value), &inner) != HONE_OK)
            return relocate(r, path, &inner);
        return HONE_OK;
    }
    hn_str text = HN_STR_INIT;
    hn_json_write(entry, 0, &text);
    hone_status status = hone_space_add_json(space, hn_str_text(&text), &inner);
    hn_str_free(&text);
    // The entry's JSON is ours, not the user's: the line of the file says more.
    inner.source[0] = '\0';
    inner.column = -1;
    return status == HONE_OK ? HONE_OK : fail_at(r, path, name, "%s", inner.text);
}

static hone_status take_rules(reader *r, hone_space *space, const char *kind,
                              hone_status (*add)(hone_space *, const char *, hone_error *))
{
    json_t *rules = json_object_get(json_object_get(r->out, "constraints"), kind);
    const char *path = join(r, "constraints", kind);
    for (size_t i = 0; i < json_array_size(rules); i++) {
        hone_error inner = HONE_ERROR_INIT;
        if (add(space, json_string_value(json_array_get(rules, i)), &inner) != HONE_OK)
            return relocate(r, path, &inner);
    }
    return HONE_OK;
}

static hone_status take_space(reader *r)
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
        status = relocate(r, "space", &inner);
out:
    hone_space_destroy(space);
    return status;
}

// Each option by itself, so that the error stands at its line.
static hone_status take_plugin_options(reader *r, const char *section, const hn_plugin *plugin,
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
            return fail_at(r, join(r, section, key), key, "%s", inner.text);
    }
    return HONE_OK;
}

// `sampler: tpe` or `sampler: {name: tpe, option: value, …}`.
static hone_status take_plugin(reader *r, const char *section, hn_plugin_kind kind)
{
    json_t *value = json_object_get(r->root, section);
    hone_error inner = HONE_ERROR_INIT;
    const hn_plugin *plugin = NULL;
    if (!value || json_is_null(value))
        return HONE_OK;
    json_t *name = json_is_object(value) ? json_object_get(value, "name") : value;
    if (!json_is_string(name))
        return fail_at(r, section, section, "\"%s\" takes a name, or a mapping with one", section);
    json_t *options = json_is_object(value) ? json_copy(value) : json_object();
    json_object_del(options, "name");
    if (json_object_set_new(r->out, section,
                            json_pack("{s:O, s:o}", "name", name, "options", options)) != 0)
        return hn_fail_memory(r->err);
    if (hone_plugin_find(kind, json_string_value(name), &plugin, &inner) != HONE_OK)
        return fail_at(r, section, json_string_value(name), "%s", inner.text);
    return take_plugin_options(r, section, plugin, options);
}

// "lines": where sections and their keys stand.
static hone_status take_lines(reader *r)
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
            const char *path = join(r, section, key);
            if (json_object_set_new(lines, path, json_integer(hn_yaml_line(r->yaml, path))) != 0)
                return hn_fail_memory(r->err);
        }
    }
    return HONE_OK;
}

// A file of another tool is read as the study file that means the same.
static hone_status translate(reader *r)
{
    hn_foreign foreign = {0};
    hone_error inner = HONE_ERROR_INIT;
    hone_status status = hn_foreign_read(hn_yaml_root(r->yaml), &foreign, &inner);
    r->root = json_incref(foreign.tool ? foreign.root : hn_yaml_root(r->yaml));
    r->space_path = foreign.tool ? foreign.space_path : "space";
    if (status != HONE_OK)
        status = fail_at(r, r->space_path, NULL, "%s", inner.text);
    else if (foreign.tool && json_object_set(r->out, "notes", foreign.notes) != 0)
        status = hn_fail_memory(r->err);
    else if (foreign.tool && json_object_set_new(r->out, "tool", json_string(foreign.tool)) != 0)
        status = hn_fail_memory(r->err);
    json_decref(foreign.root);
    json_decref(foreign.notes);
    return status;
}

static hone_status take_all(reader *r)
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
    reader r = {.arena = HN_ARENA_INIT, .name = path, .err = err ? err : &unused};
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
