// `hone help` and `hone <verb> --help`, made from the tables.
#include "args.h"

#include <stdlib.h>
#include <string.h>

#define OPTION_COLUMN 28 // where the explanations begin
#define LONGEST_LINE  100

static const char *const group_titles[CLI_N_GROUPS] = {
    [CLI_GROUP_TUNE] = "Tune",
    [CLI_GROUP_LOOK] = "Look",
    [CLI_GROUP_ACT] = "Act",
    [CLI_GROUP_LOOP] = "Drive the loop from a script",
    [CLI_GROUP_KEEP] = "Keep and exchange",
    [CLI_GROUP_KNOW] = "Know",
};

static int page_width(FILE *out)
{
    int width = cli_width(out);
    return width > LONGEST_LINE ? LONGEST_LINE : width;
}

static void title(const cli_args *cli, FILE *out, const char *text)
{
    fprintf(out, "%s%s%s\n", cli_ansi(cli, out, CLI_BOLD), text, cli_ansi(cli, out, CLI_PLAIN));
}

// The verb of the group with the least rank above `after`.
static const cli_verb *next_verb(cli_group group, int after)
{
    const cli_verb *next = NULL;
    for (int i = 0; cli_verbs[i]; i++)
        if (cli_verbs[i]->group == group && cli_verbs[i]->rank > after &&
            (!next || cli_verbs[i]->rank < next->rank))
            next = cli_verbs[i];
    return next;
}

// Columns of a verb with two blanks before it and one after, for the longest.
static int verb_column(void)
{
    size_t longest = 0;
    for (int i = 0; cli_verbs[i]; i++)
        if (strlen(cli_verbs[i]->name) > longest)
            longest = strlen(cli_verbs[i]->name);
    return (int)longest + 3;
}

void cli_help_overview(const cli_args *cli, FILE *out)
{
    int width = page_width(out), column = verb_column();
    fprintf(out, "Hone %s finds the best settings of a program by running it.\n\n", hone_version());
    title(cli, out, "The shortest use");
    fputs("  hone run -n 50 --minimize loss -p lr=log:1e-5..0.1 -- ./train --lr {lr}\n\n", out);
    for (int g = 0; g < CLI_N_GROUPS; g++) {
        const cli_verb *verb = next_verb((cli_group)g, -1);
        if (!verb)
            continue;
        title(cli, out, group_titles[g]);
        for (; verb; verb = next_verb((cli_group)g, verb->rank)) {
            fprintf(out, "  %-*s", column - 2, verb->name);
            cli_wrap(out, verb->summary, column, column, width);
        }
        fputc('\n', out);
    }
    cli_wrap(out,
             "`hone help VERB` or `hone VERB --help` says more about a verb, `hone --version` "
             "which Hone this is. Exit codes: 0 finished, 1 storage or system error, 2 wrong "
             "usage, 3 stopped and resumable, 4 every trial failed.",
             0, 0, width);
}

// The explanation with choices and default.
static char *option_text(const cli_option *row)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return cli_dup(row->help);
    fputs(row->help, out);
    if (row->choices)
        fputs(": ", out);
    for (const char *c = row->choices; c && *c; c++)
        fputs(*c == '|' ? ", " : (char[]){*c, '\0'}, out);
    if (row->repeatable)
        fputs(" (repeatable)", out);
    if (row->fallback)
        fprintf(out, " [%s]", row->fallback);
    fclose(out);
    return text;
}

static void print_option(const cli_args *cli, FILE *out, const cli_option *row, int width)
{
    char *names;
    if (row->letter)
        names = cli_format("  -%c, --%s%s%s", row->letter, row->name, row->argument ? " " : "",
                           row->argument ? row->argument : "");
    else
        names = cli_format("      --%s%s%s", row->name, row->argument ? " " : "",
                           row->argument ? row->argument : "");
    char *help = option_text(row);
    int column = cli_columns(names);
    fprintf(out, "%s%s%s", cli_ansi(cli, out, CLI_CYAN), names, cli_ansi(cli, out, CLI_PLAIN));
    // On a narrow page, or behind long names, the explanation has a line of its own.
    int indent = width < 50 ? 8 : OPTION_COLUMN;
    if (column + 2 > indent) {
        fputc('\n', out);
        column = 0;
    }
    cli_wrap(out, help, indent, column, width);
    free(names);
    free(help);
}

static void print_options(const cli_args *cli, const cli_verb *verb, FILE *out, int width)
{
    bool first = true;
    for (const cli_option *row = verb->options; row && row->name; row++) {
        if (row->heading || first) {
            fputc('\n', out);
            title(cli, out, row->heading ? row->heading : "Options");
        }
        first = false;
        print_option(cli, out, row, width);
    }
    fputc('\n', out);
    title(cli, out, first ? "Options" : "Common options");
    for (const cli_option *row = cli_common_options; row->name; row++)
        if (cli_common_applies(verb, row))
            print_option(cli, out, row, width);
}

static void print_paragraphs(FILE *out, const char *text, int width)
{
    while (text && *text) {
        const char *end = strstr(text, "\n\n");
        size_t n = end ? (size_t)(end - text) : strlen(text);
        char *paragraph = cli_format("%.*s", (int)n, text);
        fputc('\n', out);
        cli_wrap(out, paragraph, 0, 0, width);
        free(paragraph);
        text = end ? end + 2 : NULL;
    }
}

static void print_usage(const cli_verb *verb, FILE *out)
{
    const char *text = verb->usage, *lead = "Usage:";
    do {
        size_t n = strcspn(text, "\n");
        fprintf(out, "%-6s hone %s%s%.*s\n", lead, verb->name, n ? " " : "", (int)n, text);
        text += n + (text[n] == '\n');
        lead = "";
    } while (*text);
}

static void print_examples(const cli_args *cli, const char *text, FILE *out)
{
    fputc('\n', out);
    title(cli, out, "Examples");
    while (*text) {
        size_t n = strcspn(text, "\n");
        fprintf(out, "  %.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

// By an option that this verb takes from the environment, if there is one worth setting there.
static void print_environment(const cli_verb *verb, FILE *out)
{
    static const char *const examples[] = {"timeout-trial", "storage"};
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        const cli_option *row = cli_find_option(verb, examples[i]);
        char name[64];
        if (!row || row->no_environment)
            continue;
        cli_environment_name(row, name, sizeof name);
        fprintf(
            out,
            "\nAn option may also be given as an environment variable: --%s as\n%s. The command "
            "line wins.\n",
            row->name, name);
        return;
    }
}

void cli_help_verb(const cli_args *cli, const cli_verb *verb, FILE *out)
{
    int width = page_width(out);
    char *summary = cli_format("%s.", verb->summary);
    cli_wrap(out, summary, 0, 0, width);
    free(summary);
    fputc('\n', out);
    print_usage(verb, out);
    print_paragraphs(out, verb->about, width);
    print_options(cli, verb, out, width);
    if (verb->examples)
        print_examples(cli, verb->examples, out);
    print_environment(verb, out);
}
