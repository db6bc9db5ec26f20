// The parsed command line: what only the framework itself looks into.
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "cli.h"

// One option as it was given.
typedef struct cli_given {
    const cli_option *option;
    const char *value; // NULL for a flag
    bool on;           // of a flag: HONE_JSON=0 in the environment switches it off
    int word;          // index into argv, -1 from the environment
    int offset;        // where the value begins in that word
} cli_given;

struct cli_args {
    const cli_verb *verb; // NULL before one is known
    int argc;
    char **argv;
    cli_given *given;
    int n_given;
    int *args; // positional arguments, as indices into argv
    int n_args;
    int command;   // index into argv of the first word behind `--`, 0: there was none
    char *storage; // URL of --storage; NULL when the verb has none
    bool wants_help;
    bool no_colour, quiet;
};

// Reads argv[first ...] by the verb's tables, then the environment. Prints what is wrong and gives
// CLI_EXIT_USAGE.
int cli_parse(cli_args *cli, int first);
// "HONE_TIMEOUT_TRIAL" into `out`.
void cli_environment_name(const cli_option *option, char *out, size_t size);
// Row of the verb or of the common ones, NULL when there is none.
const cli_option *cli_find_option(const cli_verb *verb, const char *name);
const cli_option *cli_find_letter(const cli_verb *verb, char letter);
// Prints the sentence, the command line and a caret under byte `offset` of argv[word].
int cli_usage_at(const cli_args *cli, int word, int offset, const char *format, ...)
    HONE_PRINTF(4, 5);

#endif
