// What went wrong, said to a person: one sentence, and where in the command line it was.
#include "args.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

// Columns of the echoed command line around the caret.
#define ECHO_COLUMNS 100

static void say(const cli_args *cli, const char *text)
{
    fflush(stdout);
    fprintf(stderr, "%shone:%s %s", cli_ansi(cli, stderr, CLI_RED),
            cli_ansi(cli, stderr, CLI_PLAIN), text);
}

int cli_exit_code(hone_status status)
{
    switch (status) {
    case HONE_OK:
        return CLI_EXIT_OK;
    case HONE_EINVAL:
    case HONE_EPARSE:
    case HONE_ENOTFOUND:
    case HONE_EEXISTS:
    case HONE_ESTATE:
    case HONE_EEXHAUSTED:
    case HONE_EUNSUPPORTED:
        return CLI_EXIT_USAGE;
    default:
        return CLI_EXIT_ERROR;
    }
}

static void say_args(const cli_args *cli, const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    say(cli, text ? text : "out of memory");
    fputc('\n', stderr);
    free(text);
}

int cli_usage(const cli_args *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_args(cli, format, args);
    va_end(args);
    return CLI_EXIT_USAGE;
}

int cli_error(const cli_args *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_args(cli, format, args);
    va_end(args);
    return CLI_EXIT_ERROR;
}

void cli_note(const cli_args *cli, const char *format, ...)
{
    if (cli->quiet)
        return;
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fputs("hone: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

// The command line up to byte `offset` of argv[word]. The caller frees.
static char *line_before(const cli_args *cli, int word, int offset)
{
    char *before = NULL, *quoted = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&quoted, &size);
    if (out) {
        cli_quote(out, cli->argv[word]);
        fclose(out);
    }
    // Up to the fault the word stands as typed; a quote in front of it moves the caret by one.
    bool shifted = quoted && quoted[0] == '\'' && offset > 0;
    free(quoted);
    out = open_memstream(&before, &size);
    if (!out)
        return cli_dup("");
    fputs("hone ", out);
    for (int i = 1; i < word; i++) {
        cli_quote(out, cli->argv[i]);
        fputc(' ', out);
    }
    fprintf(out, "%s%.*s", shifted ? "'" : "", offset, cli->argv[word]);
    fclose(out);
    return before;
}

// The command line with a caret under byte `offset` of argv[word]. A long line is cut to a window
// around the caret.
static void echo_line(const cli_args *cli, int word, int offset)
{
    char *before = line_before(cli, word, offset), *line = cli_line(cli);
    size_t at = strlen(before), n = strlen(line), from = 0;
    if (n > ECHO_COLUMNS && at > ECHO_COLUMNS / 2)
        from = at - ECHO_COLUMNS / 2;
    while (from > 0 && ((unsigned char)line[from] & 0xC0) == 0x80)
        from--;
    size_t to = from + ECHO_COLUMNS < n ? from + ECHO_COLUMNS : n;
    while (to < n && ((unsigned char)line[to] & 0xC0) == 0x80)
        to++;
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20)
            *c = ' ';
    int caret = cli_columns(before + from) + (from > 0 ? 3 : 0);
    fprintf(stderr, "    %s%.*s%s\n%*s%s^%s\n", from > 0 ? "..." : "", (int)(to - from),
            line + from, to < n ? "..." : "", caret + 4, "", cli_ansi(cli, stderr, CLI_RED),
            cli_ansi(cli, stderr, CLI_PLAIN));
    free(before);
    free(line);
}

// The word of the command line that an error's source line comes from: the word itself, or its end
// behind a '='. 0: none.
static int word_of(const cli_args *cli, const char *source)
{
    size_t n = strlen(source);
    for (int i = cli->argc - 1; n > 0 && i > 0; i--) {
        const char *word = cli->argv[i];
        size_t length = strlen(word);
        if (length >= n && strcmp(word + length - n, source) == 0 &&
            (length == n || word[length - n - 1] == '='))
            return i;
    }
    return 0;
}

int cli_fail(const cli_args *cli, const hone_error *err)
{
    char text[2048];
    hone_error place = *err;
    int word = err->column >= 0 ? word_of(cli, err->source) : 0;
    if (word > 0)
        place.column = -1;
    hone_error_render(&place, text, sizeof text);
    say(cli, text);
    if (word > 0)
        echo_line(cli, word, (int)(strlen(cli->argv[word]) - strlen(err->source)) + err->column);
    return cli_exit_code(err->status);
}

static int usage_args(const cli_args *cli, int word, int offset, const char *format, va_list args)
{
    say_args(cli, format, args);
    if (word > 0 && word < cli->argc)
        echo_line(cli, word, offset);
    return CLI_EXIT_USAGE;
}

int cli_usage_at(const cli_args *cli, int word, int offset, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int code = usage_args(cli, word, offset, format, args);
    va_end(args);
    return code;
}

// As usage_args, with the caret under the value of this option: the one given as number `index`, or
// the last, which counts, with -1.
static int usage_given(const cli_args *cli, const char *option, int index, const char *format,
                       va_list args)
{
    const cli_given *found = NULL;
    for (int i = 0, n = 0; i < cli->n_given; i++)
        if (strcmp(cli->given[i].option->name, option) == 0 && (n++ == index || index < 0))
            found = &cli->given[i];
    return usage_args(cli, found ? found->word : -1, found ? found->offset : 0, format, args);
}

int cli_usage_option(const cli_args *cli, const char *option, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int code = usage_given(cli, option, -1, format, args);
    va_end(args);
    return code;
}

int cli_usage_nth(const cli_args *cli, const char *option, int index, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int code = usage_given(cli, option, index, format, args);
    va_end(args);
    return code;
}

int cli_usage_arg(const cli_args *cli, int index, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int code = usage_args(cli, index < cli->n_args ? cli->args[index] : -1, 0, format, args);
    va_end(args);
    return code;
}

int cli_usage_command(const cli_args *cli, int index, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int code = usage_args(cli, cli->command ? cli->command + index : -1, 0, format, args);
    va_end(args);
    return code;
}
