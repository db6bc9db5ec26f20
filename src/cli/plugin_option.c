// What stands behind NAME= of an option of a sampler or scheduler, as JSON of the type that the
// option has. What is none of that type stays a text, which the check of the options refuses by
// name.
#include "plugin_option.h"

#include <math.h>
#include <string.h>

#include "cli.h"

const hn_option *plugin_option_row(const hn_plugin *plugin, const char *name)
{
    const hn_option *row = plugin ? plugin->options : NULL;
    while (row && row->name && strcmp(row->name, name) != 0)
        row++;
    return row && row->name ? row : NULL;
}

json_t *plugin_option_json(const hn_plugin *plugin, const char *name, const char *text)
{
    const hn_option *row = plugin_option_row(plugin, name);
    int64_t whole;
    double number;
    if (row && row->type == HN_OPTION_INT && cli_parse_int(text, &whole))
        return json_integer(whole);
    if (row && row->type == HN_OPTION_INT && cli_parse_real(text, &number) && fabs(number) <= 1e15)
        return number == floor(number) ? json_integer((json_int_t)number) : cli_json_double(number);
    if (row && row->type == HN_OPTION_DOUBLE && cli_parse_real(text, &number))
        return cli_json_double(number);
    if (row && row->type == HN_OPTION_BOOL &&
        (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
        return json_boolean(strcmp(text, "true") == 0);
    return json_string(text);
}
