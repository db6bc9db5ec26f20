// Memory of the command: a program that finds none says so and ends.
#include "cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
    if (!p) {
        fputs("hone: out of memory\n", stderr);
        exit(CLI_EXIT_ERROR);
    }
    return p;
}

void *cli_alloc(size_t size)
{
    return must(calloc(1, size ? size : 1));
}

void *cli_realloc(void *p, size_t size)
{
    return must(realloc(p, size ? size : 1));
}

char *cli_dup(const char *text)
{
    return must(strdup(text));
}

char *cli_format(const char *format, ...)
{
    char *out = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&out, format, args);
    va_end(args);
    return must(n < 0 ? NULL : out);
}
