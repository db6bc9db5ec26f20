// Opening the study that the options name.
#include "args.h"

#include <stdlib.h>
#include <string.h>

const char *cli_storage(const cli_args *cli)
{
    return cli->storage;
}

const char *cli_study_name(const cli_args *cli)
{
    return cli_text(cli, "study");
}

int cli_open(const cli_args *cli, bool read_only, hone_study **out)
{
    return cli_open_named(cli, NULL, read_only, out);
}

int cli_open_named(const cli_args *cli, const char *name, bool read_only, hone_study **out)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.storage = cli_storage(cli);
    options.name = name ? name : cli_study_name(cli);
    options.mode = HONE_OPEN_EXISTING;
    options.read_only = read_only;
    if (strncmp(options.storage, "memory:", 7) == 0)
        return cli_usage_option(cli, "storage",
                                "nothing can be looked up in memory: it is gone with its run");
    if (hone_study_open(&options, out, &err) != HONE_OK)
        return cli_fail(cli, &err);
    return CLI_EXIT_OK;
}

uint32_t *cli_trial_args(const cli_args *cli, uint32_t *n)
{
    uint32_t *list = cli_alloc(((size_t)cli_n_args(cli) + 1) * sizeof *list);
    *n = 0;
    for (int i = 0; i < cli_n_args(cli); i++) {
        uint32_t number, at = 0;
        if (!cli_trial_arg(cli, i, &number)) {
            free(list);
            return NULL;
        }
        while (at < *n && list[at] != number)
            at++;
        list[at] = number;
        *n += at == *n;
    }
    return list;
}

bool cli_trial_arg(const cli_args *cli, int index, uint32_t *number)
{
    int64_t value;
    const char *text = cli_arg(cli, index);
    if (!text || !cli_parse_int(text, &value) || value < 0 || value > UINT32_MAX) {
        cli_usage_arg(cli, index, "a trial is named by its number, such as 17, not '%s'",
                      text ? text : "");
        return false;
    }
    *number = (uint32_t)value;
    return true;
}
