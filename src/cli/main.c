// The command `hone`: finds the verb, reads its options, runs it.
#include "args.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static int unknown_verb(const cli_args *cli)
{
    const char *name = cli->argv[1], *names[64];
    size_t n = 0;
    for (; cli_verbs[n] && n < 64; n++)
        names[n] = cli_verbs[n]->name;
    static const char *const own[] = {"--version", "--help"};
    const char *near = name[0] == '-' ? cli_nearest(name, own, 2) : NULL;
    if (near)
        return cli_usage_at(cli, 1, 0, "unknown option '%s'; did you mean '%s'?", name, near);
    if (name[0] == '-' && name[1])
        return cli_usage_at(cli, 1, 0, "options come after the verb: hone VERB %s", name);
    const char *nearest = cli_nearest(name, names, n);
    if (nearest)
        return cli_usage_at(cli, 1, 0, "there is no verb '%s'; did you mean '%s'?", name, nearest);
    return cli_usage_at(cli, 1, 0, "there is no verb '%s'; `hone help` lists them", name);
}

// A full disk or a closed pipe shows when the buffer is written.
static int finish(const cli_args *cli, int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (errno != EPIPE)
        // A flush further up may have failed; its reason is gone.
        cli_error(cli, "cannot write the output: %s",
                  errno ? strerror(errno) : "some of it could not be written");
    return code == CLI_EXIT_OK ? CLI_EXIT_ERROR : code;
}

int main(int argc, char **argv)
{
    cli_args cli = {.argc = argc, .argv = argv};
    // Only the character set is taken from the environment: numbers keep their point.
    setlocale(LC_CTYPE, "");
    // A file that may not grow any more (ulimit -f) is an error like a full disk, not a sudden end.
    signal(SIGXFSZ, SIG_IGN);
    const char *name = argc > 1 ? argv[1] : "";
    if (argc < 2 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        cli_help_overview(&cli, stdout);
        return finish(&cli, CLI_EXIT_OK);
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("hone %s\n", hone_version());
        return finish(&cli, CLI_EXIT_OK);
    }
    cli.verb = cli_verb_find(name);
    if (!cli.verb)
        return unknown_verb(&cli);
    int code = cli_parse(&cli, 2);
    if (code == CLI_EXIT_OK && cli.wants_help)
        cli_help_verb(&cli, cli.verb, stdout);
    else if (code == CLI_EXIT_OK)
        code = cli.verb->run(&cli);
    code = finish(&cli, code);
    free(cli.given);
    free(cli.args);
    free(cli.storage);
    return code;
}
