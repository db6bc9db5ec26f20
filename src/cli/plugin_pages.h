// Pages about plug-ins: the list of a kind, and one with its source, capabilities and options.
#ifndef CLI_PLUGIN_PAGES_H
#define CLI_PLUGIN_PAGES_H

#include "cli.h"

// The page for the positional argument, else the list. An exit code.
int plugin_pages(const cli_args *cli, hn_plugin_kind kind);

#endif
