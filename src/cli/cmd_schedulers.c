// hone schedulers: the schedulers that there are.
#include "plugin_pages.h"

static int run(cli_args *cli)
{
    return plugin_pages(cli, HN_KIND_SCHEDULER);
}

const cli_verb cli_verb_schedulers = {
    .name = "schedulers",
    .group = CLI_GROUP_KNOW,
    .rank = 30,
    .summary = "List the schedulers, or show one with its source and options",
    .usage = "[NAME] [--json]",
    .about = "Schedulers share the resource out and stop bad trials early.",
    .common = CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = 1,
    .run = run,
};
