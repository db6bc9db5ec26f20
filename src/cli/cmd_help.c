// `hone help`: the overview, one verb, or the manual page.
#include "cli.h"

static int run(cli_args *cli)
{
    if (cli_flag(cli, "man")) {
        cli_help_man(stdout);
        return CLI_EXIT_OK;
    }
    const char *name = cli_arg(cli, 0);
    if (!name) {
        cli_help_overview(cli, stdout);
        return CLI_EXIT_OK;
    }
    const cli_verb *verb = cli_verb_find(name);
    if (!verb) {
        const char *names[64];
        size_t n = 0;
        for (; cli_verbs[n] && n < 64; n++)
            names[n] = cli_verbs[n]->name;
        const char *nearest = cli_nearest(name, names, n);
        return cli_usage_arg(cli, 0, "there is no verb '%s'; %s%s%s", name,
                             nearest ? "did you mean '" : "`hone help` lists them",
                             nearest ? nearest : "", nearest ? "'?" : "");
    }
    cli_help_verb(cli, verb, stdout);
    return CLI_EXIT_OK;
}

static const cli_option options[] = {
    {.name = "man",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "print the manual page (troff)"},
    {.name = NULL},
};

const cli_verb cli_verb_help = {
    .name = "help",
    .group = CLI_GROUP_KNOW,
    .rank = 90,
    .summary = "Explain a verb and its options",
    .usage = "[verb]\n--man",
    .options = options,
    .max_args = 1,
    .run = run,
};
