// Attributes on the command line: `--attr n_params=12345 --attr arch=resnet`.
#ifndef CLI_ATTR_ARGS_H
#define CLI_ATTR_ARGS_H

#include "cli.h"

// `whom`: "the trial", say.
#define CLI_ROW_ATTR(whom)                                                                         \
    {                                                                                              \
        .name = "attr", .kind = CLI_TEXT, .argument = "NAME=VALUE", .repeatable = true,            \
        .no_environment = true,                                                                    \
        .help = "keep a fact with " whom ": a number, true, false, null or other JSON, or else a " \
                "text"                                                                             \
    }

// The options --attr as a JSON object, which the caller releases; it is empty when there are none.
// Prints what is wrong and gives the exit code.
int attr_args_read(const cli_args *cli, json_t **out);
// Sets them on the trial; nothing to do when there are none.
hone_status attr_args_set(hone_trial *trial, const json_t *attrs, hone_error *err);

#endif
