// Attributes on the command line.
#include <stdlib.h>
#include <string.h>

#include "attr_args.h"

// What reads as JSON is that, everything else a text.
static json_t *value_of(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    return value ? value : json_string(text);
}

int attr_args_read(const cli_args *cli, json_t **out)
{
    *out = json_object();
    for (int i = 0; i < cli_count(cli, "attr"); i++) {
        const char *text = cli_nth(cli, "attr", i);
        size_t n = strcspn(text, "=");
        if (n == 0 || text[n] != '=')
            return cli_usage(cli,
                             "--attr takes NAME=VALUE, such as n_params=12345 or arch=resnet, not "
                             "'%s'",
                             text);
        char *name = cli_format("%.*s", (int)n, text);
        bool twice = json_object_get(*out, name) != NULL;
        json_object_set_new(*out, name, value_of(text + n + 1));
        free(name);
        if (twice)
            return cli_usage(cli, "--attr %.*s is given twice", (int)n, text);
    }
    return CLI_EXIT_OK;
}

hone_status attr_args_set(hone_trial *trial, const json_t *attrs, hone_error *err)
{
    if (json_object_size(attrs) == 0)
        return HONE_OK;
    char *json = cli_json_dump(attrs, 0);
    hone_status status = hone_trial_set_attrs(trial, json, err);
    free(json);
    return status;
}
