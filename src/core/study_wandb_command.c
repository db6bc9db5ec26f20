// The command of a W&B sweep as a command of Hone.
//
//  1. A word that is a macro, ${args}, becomes the placeholder, text or program that it stands for;
//     without a command it is ${env} ${interpreter} ${program} ${args}.
//  2. ${envvar:NAME} is replaced anywhere in a word, by the variable as it is when the file is
//  read.
//  3. Any other ${…} is the user's own (Hydra has such): its braces are doubled, so that it stays.
//     Placeholders of Hone, {lr}, may stand in the command, too.
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/study_foreign_private.h"
#include "core/study_words.h"

typedef struct macro_row {
    const char *macro, *word;
} macro_row;

// NULL: the program of the file.
static const macro_row macros[] = {
    {"${env}", "/usr/bin/env"},
    {"${interpreter}", "python"},
    {"${program}", NULL},
    {"${args}", "{args:python}"},
    {"${args_no_hyphens}", "{args:no-hyphens}"},
    {"${args_no_boolean_flags}", "{args:no-boolean-flags}"},
    {"${args_json}", "{args:json}"},
    {"${args_json_file}", "{json_file}"},
};

static const macro_row *find_macro(const char *word)
{
    for (size_t i = 0; i < sizeof macros / sizeof *macros; i++)
        if (strcmp(macros[i].macro, word) == 0)
            return &macros[i];
    return NULL;
}

// The value of the variable in "${envvar:NAME}" at `at`; `*n` is the length of the macro, 0 when
// there is none.
static hone_status env_value(const char *at, size_t *n, const char **value, hone_error *err)
{
    static const char opening[] = "${envvar:";
    char name[256];
    *n = 0;
    if (strncmp(at, opening, sizeof opening - 1) != 0)
        return HONE_OK;
    const char *begin = at + sizeof opening - 1, *end = strchr(begin, '}');
    if (!end || end == begin || (size_t)(end - begin) >= sizeof name)
        return HONE_OK;
    memcpy(name, begin, (size_t)(end - begin));
    name[end - begin] = '\0';
    *value = getenv(name);
    if (!*value)
        return hn_fail(err, HONE_EINVAL,
                       "the command wants %.*s, but the environment has no variable %s",
                       (int)(end + 1 - at), at, name);
    *n = (size_t)(end + 1 - at);
    return HONE_OK;
}

// Adds a character; the braces of "${…}" are doubled. `depth` counts those that are open.
static void add_literal(hn_str *out, char c, bool behind_dollar, unsigned *depth)
{
    bool opens = c == '{' && (behind_dollar || *depth > 0), closes = c == '}' && *depth > 0;
    *depth = opens ? *depth + 1 : closes ? *depth - 1 : *depth;
    hn_str_add_char(out, c);
    if (opens || closes)
        hn_str_add_char(out, c);
}

static hone_status add_text(const char *text, hn_str *out, hone_error *err)
{
    unsigned depth = 0;
    char before = '\0';
    while (*text) {
        const char *value = NULL;
        size_t n = 0;
        HN_TRY(env_value(text, &n, &value, err));
        for (; n > 0 && *value; value++) {
            add_literal(out, *value, before == '$', &depth);
            before = *value;
        }
        if (n == 0) {
            add_literal(out, *text, before == '$', &depth);
            before = *text++;
        }
        text += n;
    }
    return HONE_OK;
}

static hone_status add_word(const char *word, const char *program, json_t *words, hone_error *err)
{
    const macro_row *row = find_macro(word);
    hn_str text = HN_STR_INIT;
    hone_status status = HONE_OK;
    if (row && !row->word && !*program)
        return hn_fail(err, HONE_EINVAL,
                       "the command wants ${program}, but there is no \"program\"");
    if (row && row->word)
        hn_str_add(&text, row->word);
    else
        status = add_text(row ? program : word, &text, err);
    if (status == HONE_OK && json_array_append_new(words, json_string(hn_str_text(&text))) != 0)
        status = hn_fail_memory(err);
    hn_str_free(&text);
    return status;
}

// A list, or one text that is split at blanks; a new reference, NULL: there is nothing to run.
static hone_status given_words(const json_t *file, json_t **out, hone_error *err)
{
    json_t *given = json_object_get(file, "command");
    *out = NULL;
    if (json_is_array(given)) {
        *out = json_incref(given);
    } else if (json_is_string(given)) {
        *out = json_array();
        return hn_words_split(json_string_value(given), *out, err);
    } else if (json_is_string(json_object_get(file, "program"))) {
        *out = json_pack("[s,s,s,s]", "${env}", "${interpreter}", "${program}", "${args}");
    }
    return HONE_OK;
}

hone_status hn_foreign_wandb_command(const json_t *file, json_t *run, hone_error *err)
{
    const char *program = hn_foreign_text(file, "program");
    json_t *given = NULL, *words = json_array();
    size_t i;
    json_t *item;
    hone_status status = given_words(file, &given, err);
    json_array_foreach(given, i, item)
    {
        if (status != HONE_OK)
            break;
        if (json_is_string(item))
            status = add_word(json_string_value(item), program, words, err);
        else
            json_array_append(words, item); // a number is a word as it stands
    }
    if (status == HONE_OK && given && json_array_size(words) > 0 &&
        json_object_set(run, "command", words) != 0)
        status = hn_fail_memory(err);
    json_decref(given);
    json_decref(words);
    return status;
}
