// --instances: the folds of a trial have names, such as files to solve.
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_INSTANCES = 1000, MAX_SHOWN = 3, MAX_BYTES = 1 << 20 };

static int fail(const run_plan *plan, const char *problem, const char *what)
{
    return cli_usage_option(plan->cli, "instances", "--instances: %s%s", problem, what);
}

// "a,b,c"; what is empty is left out.
static void split(json_t *list, const char *text)
{
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, ",");
        if (n > 0)
            json_array_append_new(list, json_stringn(at, n));
        at += n + (at[n] == ',');
    }
}

static int cannot_read(const run_plan *plan, const char *path, const char *why)
{
    return cli_usage_option(plan->cli, "instances",
                            "--instances: cannot read %s: %s; give a file with one instance a "
                            "line, or a list (a,b,c)",
                            path, why);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

// A line each, without white space at either end; empty lines and those with a # are passed over.
// What is no text, which could not be kept, is refused.
static int read_lines(const run_plan *plan, json_t *list, const char *path, const char *text,
                      const char *end)
{
    unsigned line = 1;
    for (const char *from = text, *next; from < end; from = next, line++) {
        const char *to = memchr(from, '\n', (size_t)(end - from));
        to = to ? to : end;
        next = to + (to < end);
        while (from < to && is_blank(*from))
            from++;
        while (from < to && is_blank(to[-1]))
            to--;
        size_t n = (size_t)(to - from);
        if (n == 0 || *from == '#')
            continue;
        if (memchr(from, '\0', n) || json_array_append_new(list, json_stringn(from, n)) != 0)
            return cli_usage_option(plan->cli, "instances",
                                    "--instances: %s:%u: an instance is a text in UTF-8, and this "
                                    "line is none: save the file in UTF-8",
                                    path, line);
    }
    return CLI_EXIT_OK;
}

static int read_file(const run_plan *plan, json_t *list, const char *path)
{
    FILE *in = fopen(path, "re");
    if (!in)
        return cannot_read(plan, path, strerror(errno));
    char *text = cli_alloc(MAX_BYTES + 1);
    size_t n = fread(text, 1, MAX_BYTES + 1, in);
    int code = ferror(in)       ? cannot_read(plan, path, strerror(errno))
               : n <= MAX_BYTES ? read_lines(plan, list, path, text, text + n)
                                : cannot_read(plan, path, "it is larger than 1 MiB");
    fclose(in);
    free(text);
    return code;
}

static int check(const run_plan *plan, const json_t *list, const char *from)
{
    size_t i, k;
    const json_t *one;
    size_t n = json_array_size(list);
    char *text = NULL;
    if (n < 2)
        text = cli_format("%s has %s: it takes 2 or more", from, n == 1 ? "one" : "none");
    else if (n > MAX_INSTANCES)
        text = cli_format("%s has %zu: %d are possible", from, n, MAX_INSTANCES);
    json_array_foreach(list, i, one)
    {
        for (k = 0; k < i && !text; k++)
            if (json_equal(one, json_array_get(list, k)))
                text = cli_format("%s has '%s' twice", from, json_string_value(one));
    }
    int code = text ? fail(plan, text, "") : CLI_EXIT_OK;
    free(text);
    return code;
}

int plan_read_instances(run_plan *plan)
{
    json_t *given = json_object_get(plan->run, "instances");
    if (!given)
        return CLI_EXIT_OK;
    if (json_object_get(plan->run, "folds"))
        return fail(plan, "a trial has either instances or folds: leave --folds out", "");
    const char *text = json_is_array(given) && json_array_size(given) == 1
                           ? json_string_value(json_array_get(given, 0))
                           : json_string_value(given);
    json_t *list = text ? json_array() : json_incref(given);
    int code = CLI_EXIT_OK;
    if (text && strchr(text, ','))
        split(list, text);
    else if (text)
        code = read_file(plan, list, text);
    if (code == CLI_EXIT_OK)
        code = check(plan, list, text && !strchr(text, ',') ? text : "the list");
    if (code == CLI_EXIT_OK)
        json_object_set(plan->run, "instances", list);
    json_decref(list);
    return code;
}

void plan_name_folds(run_plan *plan, hone_run_options *options)
{
    size_t i;
    const json_t *one, *list = json_object_get(plan->run, "instances");
    if (json_array_size(list) == 0)
        return;
    if (!plan->instances) {
        plan->instances = cli_alloc((json_array_size(list) + 1) * sizeof *plan->instances);
        json_array_foreach(list, i, one) plan->instances[i] = json_string_value(one);
    }
    options->folds = (uint32_t)json_array_size(list);
    options->instances = plan->instances;
}

// "7: a, b, c, …"
static char *list_text(const json_t *list)
{
    size_t i, n = json_array_size(list);
    const json_t *one;
    char *text = n ? cli_format("%zu: ", n) : cli_dup("none");
    json_array_foreach(list, i, one)
    {
        if (i > MAX_SHOWN)
            continue;
        char *more =
            cli_format("%s%s%s", text, i ? ", " : "", i < MAX_SHOWN ? json_string_value(one) : "…");
        free(text);
        text = more;
    }
    return text;
}

void plan_instances_difference(FILE *out, const run_plan *plan, const json_t *had)
{
    const json_t *now = json_object_get(plan->run, "instances");
    char *before = list_text(had), *after = list_text(now);
    if ((had || now) && !(had && now && json_equal(had, now)))
        fprintf(out, "  instances\n    - %s\n    + %s\n", before, after);
    free(before);
    free(after);
}
