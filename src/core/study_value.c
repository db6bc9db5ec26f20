// Values of a study file, brought into a single form: lists where one or several are allowed,
// seconds, bytes, words of a command.
#include <hone/study_file.h>

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "core/study_reader.h"
#include "core/study_words.h"

static hone_status wrong_type(hn_reader *r, const char *path, const char *key, const char *wanted,
                              const json_t *value)
{
    return hn_reader_fail(r, path, key, "\"%s\" takes %s, not %s", key, wanted,
                          hn_reader_type_name(value));
}

static hone_status take_texts(hn_reader *r, const char *path, const char *key, json_t *value,
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
            return hn_reader_fail(r, hn_reader_join_index(r, path, i), NULL,
                                  "\"%s\" takes texts, not %s; put it in quotes", key,
                                  hn_reader_type_name(item));
        if (json_array_append(*out, item) != 0)
            return hn_fail_memory(r->err);
    }
    return HONE_OK;
}

// The words of a list; a number is a word as it stands.
static hone_status take_words(hn_reader *r, const char *path, const json_t *list, json_t *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        if (json_is_object(item) || json_is_array(item))
            return hn_reader_fail(
                r, hn_reader_join_index(r, path, i), NULL,
                "a word of the command is %s; a word that begins with { needs quotes",
                hn_reader_type_name(item));
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

static hone_status take_command(hn_reader *r, const char *path, json_t *value, json_t **out)
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
        return hn_reader_relocate(r, path, &inner);
    }
    if (json_array_size(*out) == 0)
        return hn_reader_fail(r, path, "command", "the command is empty");
    return HONE_OK;
}

static hone_status take_seconds(hn_reader *r, const char *path, const char *key, json_t *value,
                                json_t **out)
{
    hone_error inner = HONE_ERROR_INIT;
    double seconds = json_number_value(value);
    if (json_is_string(value)) {
        if (hone_duration_parse(json_string_value(value), &seconds, &inner) != HONE_OK)
            return hn_reader_relocate(r, path, &inner);
    } else if (!json_is_number(value)) {
        return wrong_type(r, path, key, "a duration (90, 90s, 10m, 2h, 1h30m)", value);
    }
    if (!(seconds >= 0))
        return hn_reader_fail(r, path, key, "\"%s\" cannot be negative", key);
    *out = json_real(seconds);
    return HONE_OK;
}

static hone_status take_cost(hn_reader *r, const char *path, const char *key, json_t *value,
                             json_t **out)
{
    hone_error inner = HONE_ERROR_INIT;
    double seconds;
    const char *text = json_string_value(value);
    if (!text || !strpbrk(text, "<>="))
        return take_seconds(r, path, key, value, out);
    if (hone_cost_parse(text, &seconds, &inner) != HONE_OK)
        return hn_reader_relocate(r, path, &inner);
    *out = json_incref(value);
    return HONE_OK;
}

// A number alone would leave the unit to be guessed.
static hone_status take_size(hn_reader *r, const char *path, const hn_key_row *row, json_t *value,
                             json_t **out)
{
    hone_error inner = HONE_ERROR_INIT;
    uint64_t bytes = 0;
    char low[HONE_SIZE_TEXT];
    if (json_is_string(value)) {
        if (hone_size_parse(json_string_value(value), &bytes, &inner) != HONE_OK)
            return hn_reader_relocate(r, path, &inner);
    } else if (!json_is_integer(value) || json_integer_value(value) != 0) {
        return wrong_type(r, path, row->name, "a size with its unit (500M, 4G, 1.5GiB)", value);
    }
    if (bytes > 0 && bytes < (uint64_t)row->low)
        return hn_reader_fail(r, path, row->name, "\"%s\" must be at least %s", row->name,
                              hone_size_text((uint64_t)row->low, low));
    *out = json_integer((json_int_t)bytes);
    return HONE_OK;
}

static hone_status take_keep(hn_reader *r, const char *path, const hn_key_row *row, json_t *value,
                             json_t **out)
{
    hone_error inner = HONE_ERROR_INIT;
    int64_t keep = json_integer_value(value);
    if (json_is_string(value)) {
        if (hone_keep_parse(json_string_value(value), &keep, &inner) != HONE_OK)
            return hn_reader_relocate(r, path, &inner);
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

hone_status hn_reader_value(hn_reader *r, const char *path, const hn_key_row *row, json_t *value,
                            json_t **out)
{
    switch (row->kind) {
    case HN_KEY_TEXTS:
        return take_texts(r, path, row->name, value, out);
    case HN_KEY_COMMAND:
        return take_command(r, path, value, out);
    case HN_KEY_SECONDS:
        return take_seconds(r, path, row->name, value, out);
    case HN_KEY_COST:
        return take_cost(r, path, row->name, value, out);
    case HN_KEY_SIZE:
        return take_size(r, path, row, value, out);
    case HN_KEY_KEEP:
        return take_keep(r, path, row, value, out);
    case HN_KEY_TEXT:
        if (!json_is_string(value))
            return wrong_type(r, path, row->name, "a text", value);
        break;
    case HN_KEY_FLAG:
        if (!json_is_boolean(value))
            return wrong_type(r, path, row->name, "true or false", value);
        break;
    case HN_KEY_REAL:
        if (!json_is_number(value))
            return wrong_type(r, path, row->name, "a number", value);
        break;
    case HN_KEY_WHOLE:
        if (!json_is_integer(value))
            return wrong_type(r, path, row->name, "a whole number", value);
        if (json_integer_value(value) < row->low)
            return hn_reader_fail(r, path, row->name, "\"%s\" must be at least %lld", row->name,
                                  (long long)row->low);
        break;
    case HN_KEY_CHOICE:
        if (!json_is_string(value) || !is_choice(row->choices, json_string_value(value)))
            return hn_reader_fail(r, path, row->name, "\"%s\" takes one of %s", row->name,
                                  row->choices);
        break;
    }
    *out = json_incref(value);
    return HONE_OK;
}
