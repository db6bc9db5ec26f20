// A configuration in the forms that other programs read.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "trial_view.h"

params_format params_format_of(const char *name)
{
    if (strcmp(name, "json") == 0)
        return PARAMS_JSON;
    if (strcmp(name, "yaml") == 0)
        return PARAMS_YAML;
    return strcmp(name, "env") == 0 ? PARAMS_ENV : PARAMS_ARGS;
}

static void print_args(FILE *out, const hone_trial *trial, json_t *params)
{
    const char *name, *gap = "";
    json_t *value;
    json_object_foreach(params, name, value)
    {
        char *argument = cli_format("--%s=%s", name, hone_trial_text(trial, name));
        fputs(gap, out);
        cli_quote(out, argument);
        gap = " ";
        free(argument);
    }
    fputc('\n', out);
}

// HONE_P_<NAME>, as the environment of a trial has it.
static void print_env(FILE *out, const hone_trial *trial, json_t *params)
{
    const char *name;
    json_t *value;
    json_object_foreach(params, name, value)
    {
        fputs("HONE_P_", out);
        for (const char *p = name; *p; p++)
            fputc(isalnum((unsigned char)*p) ? toupper((unsigned char)*p) : '_', out);
        fputc('=', out);
        cli_quote(out, hone_trial_text(trial, name));
        fputc('\n', out);
    }
}

// JSON is YAML, but for floats: to YAML 1.1, 1e-5 and 1.5e20 are texts, as they lack a point or the
// exponent's sign.
static void print_yaml_value(FILE *out, const json_t *value)
{
    char *text = cli_json_dump(value, 0);
    char *e = json_is_real(value) ? strchr(text, 'e') : NULL;
    if (e) {
        *e++ = '\0';
        fprintf(out, "%s%se%s%s\n", text, strchr(text, '.') ? "" : ".0",
                *e == '-' || *e == '+' ? "" : "+", e);
    } else {
        fprintf(out, "%s\n", text);
    }
    free(text);
}

// Does YAML 1.1 read this name as a truth value or as nothing?
static bool is_yaml_word(const char *name)
{
    static const char *const words[] = {"y",   "n",    "yes",   "no",  "on",
                                        "off", "true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(name, words[i]) == 0)
            return true;
    }
    return false;
}

static void print_yaml(FILE *out, json_t *params)
{
    const char *name;
    json_t *value;
    if (json_object_size(params) == 0)
        fputs("{}\n", out);
    json_object_foreach(params, name, value)
    {
        fprintf(out, is_yaml_word(name) ? "\"%s\": " : "%s: ", name);
        print_yaml_value(out, value);
    }
}

void params_print(FILE *out, const hone_trial *trial, params_format format)
{
    char *text;
    json_t *params = cli_json_text(hone_trial_params_json(trial));
    switch (format) {
    case PARAMS_ARGS:
        print_args(out, trial, params);
        break;
    case PARAMS_ENV:
        print_env(out, trial, params);
        break;
    case PARAMS_YAML:
        print_yaml(out, params);
        break;
    case PARAMS_JSON:
        text = cli_json_dump(params, 0);
        fprintf(out, "%s\n", text);
        free(text);
        break;
    }
    json_decref(params);
}
