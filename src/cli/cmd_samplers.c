// hone samplers: the samplers that there are.
#include "plugin_pages.h"

static int run(cli_args *cli)
{
    return plugin_pages(cli, HN_KIND_SAMPLER);
}

const cli_verb cli_verb_samplers = {
    .name = "samplers",
    .group = CLI_GROUP_KNOW,
    .rank = 20,
    .summary = "List the samplers, or show one with its source and options",
    .usage = "[NAME] [--json]",
    .about = "Samplers choose the points.",
    .common = CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = 1,
    .run = run,
};
