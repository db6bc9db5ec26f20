#ifndef CLI_PLUGIN_OPTION_H
#define CLI_PLUGIN_OPTION_H

#include <hone/sys/plugin.h>
#include <jansson.h>

// NULL: it has no option of this name.
const hn_option *plugin_option_row(const hn_plugin *plugin, const char *name);
// "eta", "3" as 3; a new reference. `plugin`: NULL, as an option that it does not have: a text.
json_t *plugin_option_json(const hn_plugin *plugin, const char *name, const char *text);

#endif
