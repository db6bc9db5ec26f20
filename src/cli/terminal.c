// What the terminal is like: width, colours, character set.
#include "args.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool cli_is_terminal(FILE *stream)
{
    return isatty(fileno(stream)) == 1;
}

int cli_width(FILE *stream)
{
    struct winsize size;
    if (cli_is_terminal(stream) && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    int64_t columns;
    const char *text = getenv("COLUMNS");
    if (text && cli_parse_int(text, &columns) && columns >= 20 && columns <= 10000)
        return (int)columns;
    return 80;
}

bool cli_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

const char *cli_ansi(const cli_args *cli, FILE *stream, cli_style style)
{
    static const char *const codes[] = {
        [CLI_PLAIN] = "\x1b[0m", [CLI_BOLD] = "\x1b[1m",   [CLI_DIM] = "\x1b[2m",
        [CLI_RED] = "\x1b[31m",  [CLI_GREEN] = "\x1b[32m", [CLI_YELLOW] = "\x1b[33m",
        [CLI_CYAN] = "\x1b[36m",
    };
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (cli->no_colour || (no_color && *no_color) || (term && strcmp(term, "dumb") == 0) ||
        !cli_is_terminal(stream))
        return "";
    return codes[style];
}

cli_style cli_state_style(hone_trial_state state)
{
    switch (state) {
    case HONE_STATE_COMPLETE:
        return CLI_GREEN;
    case HONE_STATE_WAITING:
    case HONE_STATE_PRUNED:
        return CLI_DIM;
    case HONE_STATE_RUNNING:
    case HONE_STATE_PAUSED:
        return CLI_CYAN;
    case HONE_STATE_LOST:
        return CLI_YELLOW;
    default:
        return CLI_RED;
    }
}
