// Asking the parsed command line.
#include "args.h"

#include <assert.h>
#include <string.h>

static const cli_given *last_given(const cli_args *cli, const char *name)
{
    for (int i = cli->n_given - 1; i >= 0; i--)
        if (strcmp(cli->given[i].option->name, name) == 0)
            return &cli->given[i];
    return NULL;
}

static const cli_option *row_of(const cli_args *cli, const char *name)
{
    const cli_option *option = cli_find_option(cli->verb, name);
    assert(option && "the verb has no such option");
    return option;
}

const cli_verb *cli_verb_of(const cli_args *cli)
{
    return cli->verb;
}

bool cli_takes(const cli_args *cli, const char *option)
{
    return cli_find_option(cli->verb, option) != NULL;
}

bool cli_has(const cli_args *cli, const char *option)
{
    (void)row_of(cli, option);
    return last_given(cli, option) != NULL;
}

bool cli_typed(const cli_args *cli, const char *option)
{
    const cli_given *given = last_given(cli, option);
    return given && given->word > 0;
}

bool cli_flag(const cli_args *cli, const char *option)
{
    (void)row_of(cli, option);
    const cli_given *given = last_given(cli, option);
    return given && given->on;
}

const char *cli_text(const cli_args *cli, const char *option)
{
    const cli_option *row = row_of(cli, option);
    const cli_given *given = last_given(cli, option);
    return given ? given->value : row->fallback;
}

int64_t cli_int(const cli_args *cli, const char *option)
{
    const char *text = cli_text(cli, option);
    int64_t value = 0;
    return text && cli_parse_int(text, &value) ? value : 0;
}

double cli_real(const cli_args *cli, const char *option)
{
    const char *text = cli_text(cli, option);
    double value = 0;
    if (!text)
        return 0;
    if (row_of(cli, option)->kind == CLI_DURATION || row_of(cli, option)->kind == CLI_COST)
        return cli_parse_duration(text, &value) ? value : 0;
    return cli_parse_real(text, &value) ? value : 0;
}

uint64_t cli_size(const cli_args *cli, const char *option)
{
    const char *text = cli_text(cli, option);
    uint64_t bytes = 0;
    return text && hone_size_parse(text, &bytes, NULL) == HONE_OK ? bytes : 0;
}

int64_t cli_keep(const cli_args *cli, const char *option)
{
    const char *text = cli_text(cli, option);
    int64_t keep = -1;
    return text && hone_keep_parse(text, &keep, NULL) == HONE_OK ? keep : -1;
}

int cli_count(const cli_args *cli, const char *option)
{
    int n = 0;
    (void)row_of(cli, option);
    for (int i = 0; i < cli->n_given; i++)
        n += strcmp(cli->given[i].option->name, option) == 0;
    return n;
}

const char *cli_nth(const cli_args *cli, const char *option, int index)
{
    (void)row_of(cli, option);
    for (int i = 0; i < cli->n_given; i++)
        if (strcmp(cli->given[i].option->name, option) == 0 && index-- == 0)
            return cli->given[i].value;
    return NULL;
}

json_t *cli_option_json(const cli_args *cli, const char *option)
{
    const cli_option *row = row_of(cli, option);
    if (row->repeatable) {
        json_t *list = json_array();
        for (int i = 0; i < cli_count(cli, option); i++)
            json_array_append_new(list, json_string(cli_nth(cli, option, i)));
        return list;
    }
    switch (row->kind) {
    case CLI_FLAG:
        return json_boolean(cli_flag(cli, option));
    case CLI_INT:
        return json_integer(cli_int(cli, option));
    case CLI_REAL:
    case CLI_DURATION:
        return json_real(cli_real(cli, option));
    case CLI_COST: // as it stands, or in seconds
        if (strpbrk(cli_text(cli, option), "<>="))
            return json_string(cli_text(cli, option));
        return json_real(cli_real(cli, option));
    case CLI_SIZE:
        return json_integer((json_int_t)cli_size(cli, option));
    case CLI_KEEP:
        return json_integer(cli_keep(cli, option));
    default:
        return json_string(cli_text(cli, option));
    }
}

int cli_n_given(const cli_args *cli)
{
    return cli->n_given;
}

const char *cli_given_name(const cli_args *cli, int index)
{
    return cli->given[index].option->name;
}

const char *cli_given_text(const cli_args *cli, int index)
{
    return cli->given[index].value;
}

int cli_n_args(const cli_args *cli)
{
    return cli->n_args;
}

const char *cli_arg(const cli_args *cli, int index)
{
    return index >= 0 && index < cli->n_args ? cli->argv[cli->args[index]] : NULL;
}

const char *const *cli_command(const cli_args *cli, uint32_t *n)
{
    *n = cli->command ? (uint32_t)(cli->argc - cli->command) : 0;
    return cli->command ? (const char *const *)(cli->argv + cli->command) : NULL;
}

char *cli_line(const cli_args *cli)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return cli_dup("");
    fputs("hone", out);
    for (int i = 1; i < cli->argc; i++) {
        fputc(' ', out);
        cli_quote(out, cli->argv[i]);
    }
    fclose(out);
    return text;
}
