// Reading the command line: `--x=v`, `--x v`, `-j4`, `-j 4`, `-qx`, `--`, and for every option that
// was not given the environment variable HONE_<OPTION>.
#include "args.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const cli_option cli_common_options[] = {
    {.name = "storage",
     .argument = "URL",
     .kind = CLI_TEXT,
     .fallback = "sqlite:hone.db",
     .heading = "Common options",
     .help = "where the study lives: sqlite:PATH or memory:"},
    {.name = "study",
     .argument = "NAME",
     .kind = CLI_TEXT,
     .help = "which study; not needed when the storage holds just one"},
    {.name = "json", .kind = CLI_FLAG, .help = "print JSON"},
    {.name = "quiet", .letter = 'q', .kind = CLI_FLAG, .help = "print only what was asked for"},
    {.name = "no-color", .kind = CLI_FLAG, .help = "no colours (also with NO_COLOR set)"},
    {.name = "help", .letter = 'h', .kind = CLI_FLAG, .no_environment = true, .help = "print this"},
    {.name = NULL},
};

bool cli_common_applies(const cli_verb *verb, const cli_option *option)
{
    static const struct {
        const char *name;
        unsigned bits;
    } rows[] = {
        {"storage", CLI_WITH_STORAGE | CLI_WITH_STUDY},
        {"study", CLI_WITH_STUDY},
        {"json", CLI_WITH_JSON},
        {"quiet", CLI_WITH_QUIET},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, option->name) == 0)
            return (verb->common & rows[i].bits) != 0;
    return true;
}

const cli_verb *cli_verb_find(const char *name)
{
    for (int i = 0; cli_verbs[i]; i++)
        if (strcmp(cli_verbs[i]->name, name) == 0)
            return cli_verbs[i];
    return NULL;
}

// Row `index` of the verb's own options and then of the common ones that apply; NULL past the end.
static const cli_option *row_at(const cli_verb *verb, int index)
{
    for (const cli_option *row = verb->options; row && row->name; row++)
        if (index-- == 0)
            return row;
    for (const cli_option *row = cli_common_options; row->name; row++)
        if (cli_common_applies(verb, row) && index-- == 0)
            return row;
    return NULL;
}

const cli_option *cli_find_option(const cli_verb *verb, const char *name)
{
    const cli_option *row;
    for (int i = 0; (row = row_at(verb, i)); i++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

const cli_option *cli_find_letter(const cli_verb *verb, char letter)
{
    const cli_option *row;
    for (int i = 0; (row = row_at(verb, i)); i++)
        if (row->letter == letter)
            return row;
    return NULL;
}

void cli_environment_name(const cli_option *option, char *out, size_t size)
{
    snprintf(out, size, "HONE_%s", option->name);
    for (char *c = out; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

static void add_given(cli_args *cli, cli_given given)
{
    cli->given = cli_realloc(cli->given, (size_t)(cli->n_given + 1) * sizeof given);
    cli->given[cli->n_given++] = given;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t n = strlen(value);
    for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strncmp(at, value, n) == 0 && (at[n] == '|' || at[n] == '\0'))
            return n > 0;
    return false;
}

static char *size_complaint(const cli_option *option, const char *value)
{
    char low[HONE_SIZE_TEXT];
    uint64_t bytes = 0;
    if (hone_size_parse(value, &bytes, NULL) != HONE_OK)
        return cli_format("--%s takes a size with its unit (500M, 4G, 1.5GiB), not '%s'",
                          option->name, value);
    if (bytes > 0 && (double)bytes < option->low)
        return cli_format("--%s takes at least %s, not '%s'", option->name,
                          hone_size_text((uint64_t)option->low, low), value);
    return NULL;
}

// What the value should have been, or NULL when it is right.
static char *complaint(const cli_option *option, const char *value)
{
    int64_t whole;
    double number = 0;
    bool ok = true;
    const char *wanted = "";
    if (option->kind == CLI_INT) {
        ok = cli_parse_int(value, &whole);
        number = ok ? (double)whole : 0;
        wanted = "a whole number";
    } else if (option->kind == CLI_REAL) {
        ok = cli_parse_real(value, &number);
        wanted = "a number";
    } else if (option->kind == CLI_DURATION) {
        ok = cli_parse_duration(value, &number);
        wanted = "a duration (90, 90s, 10m, 2h, 1h30m)";
    } else if (option->kind == CLI_COST) {
        ok = hone_cost_parse(value, &number, NULL) == HONE_OK;
        wanted = "a duration (90, 90s, 10m, 2h, 1h30m) or METRIC<=BOUND (usd<=200)";
    } else if (option->kind == CLI_SIZE) {
        return size_complaint(option, value);
    } else if (option->kind == CLI_KEEP) {
        ok = hone_keep_parse(value, &whole, NULL) == HONE_OK;
        wanted = "all, best, none, or how many of the best are kept";
    } else if (option->kind == CLI_CHOICE) {
        return is_choice(option->choices, value) ? NULL
                                                 : cli_format("--%s takes one of %s, not '%s'",
                                                              option->name, option->choices, value);
    }
    if (!ok)
        return cli_format("--%s takes %s, not '%s'", option->name, wanted, value);
    if (option->low < option->high && (number < option->low || number > option->high)) {
        char low[CLI_SHORT], high[CLI_SHORT];
        bool is_int = option->kind == CLI_INT; // with every digit
        snprintf(low, sizeof low, is_int ? "%.0f" : "%.6g", option->low);
        snprintf(high, sizeof high, is_int ? "%.0f" : "%.6g", option->high);
        if (option->high >= 1e15)
            return cli_format("--%s takes %s of at least %s, not '%s'", option->name, wanted, low,
                              value);
        return cli_format("--%s takes %s between %s and %s, not '%s'", option->name, wanted, low,
                          high, value);
    }
    return NULL;
}

static int unknown_option(cli_args *cli, int word, const char *name, size_t length)
{
    const char *names[128];
    size_t n = 0;
    const cli_option *row;
    for (int i = 0; n < 128 && (row = row_at(cli->verb, i)); i++)
        names[n++] = row->name;
    char *asked = cli_format("%.*s", (int)length, name);
    const char *nearest = cli_nearest(asked, names, n);
    int code;
    if (nearest)
        code = cli_usage_at(cli, word, 0, "unknown option '--%s'; did you mean '--%s'?", asked,
                            nearest);
    else if (cli->verb->takes_command && cli->n_args > 0)
        code = cli_usage_at(cli, word, 0,
                            "'hone %s' has no option '--%s'; the command to run comes after `--`",
                            cli->verb->name, asked);
    else
        code = cli_usage_at(cli, word, 0, "'hone %s' has no option '--%s'; see `hone %s --help`",
                            cli->verb->name, asked, cli->verb->name);
    free(asked);
    return code;
}

// Records `option` with the value in argv[word] at `offset` (< 0: in the next word). `*word` moves
// on when the value is the next word.
static int take_value(cli_args *cli, const cli_option *option, int *word, int offset)
{
    if (offset < 0) {
        if (*word + 1 >= cli->argc || strcmp(cli->argv[*word + 1], "--") == 0)
            return cli_usage_at(cli, *word, 0, "--%s needs a value: %s", option->name,
                                option->argument);
        ++*word;
        offset = 0;
    }
    const char *value = cli->argv[*word] + offset;
    char *wrong = complaint(option, value);
    if (wrong) {
        int code = cli_usage_at(cli, *word, offset, "%s", wrong);
        free(wrong);
        return code;
    }
    add_given(cli, (cli_given){option, value, true, *word, offset});
    return CLI_EXIT_OK;
}

static int parse_long(cli_args *cli, int *word)
{
    const char *name = cli->argv[*word] + 2;
    size_t length = strcspn(name, "=");
    char *key = cli_format("%.*s", (int)length, name);
    const cli_option *option = cli_find_option(cli->verb, key);
    free(key);
    if (!option)
        return unknown_option(cli, *word, name, length);
    if (option->kind != CLI_FLAG)
        return take_value(cli, option, word, name[length] == '=' ? (int)length + 3 : -1);
    if (name[length] == '=')
        return cli_usage_at(cli, *word, (int)length + 2, "--%s takes no value", option->name);
    add_given(cli, (cli_given){option, NULL, true, *word, 0});
    return CLI_EXIT_OK;
}

static int unknown_letter(const cli_args *cli, int word, int at)
{
    const char *letter = cli->argv[word] + at;
    int n = 1; // bytes of the character, which need not be a letter
    while (((unsigned char)letter[n] & 0xC0) == 0x80)
        n++;
    bool command = cli->verb->takes_command && cli->n_args > 0;
    return cli_usage_at(cli, word, at, "'hone %s' has no option '-%.*s'%s", cli->verb->name, n,
                        letter, command ? "; the command to run comes after `--`" : "");
}

static int parse_letters(cli_args *cli, int *word)
{
    const char *text = cli->argv[*word];
    for (int i = 1; text[i]; i++) {
        const cli_option *option = cli_find_letter(cli->verb, text[i]);
        if (!option && i == 1 && cli_find_option(cli->verb, text + 1))
            return cli_usage_at(cli, *word, 0, "unknown option '%s'; did you mean '-%s'?", text,
                                text);
        if (!option)
            return unknown_letter(cli, *word, i);
        if (option->kind != CLI_FLAG)
            return take_value(cli, option, word, text[i + 1] ? i + 1 : -1);
        add_given(cli, (cli_given){option, NULL, true, *word, i});
    }
    return CLI_EXIT_OK;
}

// Variables that Hone itself sets for a trial: a `hone` inside of one must not take them for its
// options.
static bool belongs_to_trial(const char *variable)
{
    static const char *const names[] = {"HONE_TRIAL",    "HONE_SEED",   "HONE_DIR",   "HONE_CKPT",
                                        "HONE_RESOURCE", "HONE_PARAMS", "HONE_FD",    "HONE_PHASE",
                                        "HONE_FOLD",     "HONE_FOLDS",  "HONE_REPEAT"};
    if (!getenv("HONE_TRIAL"))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], variable) == 0)
            return true;
    return false;
}

static bool is_word_of(const char *value, const char *const *words)
{
    for (; *words; words++)
        if (strcasecmp(value, *words) == 0)
            return true;
    return false;
}

// Nearly every word is recorded, as JSON, which knows UTF-8 only.
static bool is_utf8(const char *text)
{
    json_t *copy = json_string(text);
    json_decref(copy);
    return copy != NULL;
}

static int take_environment(cli_args *cli, const cli_option *option)
{
    static const char *const on[] = {"1", "true", "yes", "on", NULL};
    static const char *const off[] = {"0", "false", "no", "off", NULL};
    char name[64];
    cli_environment_name(option, name, sizeof name);
    const char *value = getenv(name);
    if (!value || !*value || option->no_environment || belongs_to_trial(name))
        return CLI_EXIT_OK;
    if (option->kind == CLI_FLAG) {
        if (!is_word_of(value, on) && !is_word_of(value, off))
            return cli_usage(cli, "the environment variable %s is '%s'; it takes 1 or 0", name,
                             value);
        add_given(cli, (cli_given){option, NULL, is_word_of(value, on), -1, 0});
        return CLI_EXIT_OK;
    }
    char *wrong = is_utf8(value) ? complaint(option, value) : cli_dup("it is not UTF-8");
    if (wrong) {
        int code = cli_usage(cli, "the environment variable %s is wrong: %s", name, wrong);
        free(wrong);
        return code;
    }
    add_given(cli, (cli_given){option, value, true, -1, 0});
    return CLI_EXIT_OK;
}

static int parse_environment(cli_args *cli)
{
    const cli_option *row;
    for (int i = 0; (row = row_at(cli->verb, i)); i++) {
        if (cli_has(cli, row->name))
            continue;
        int code = take_environment(cli, row);
        if (code != CLI_EXIT_OK)
            return code;
    }
    return CLI_EXIT_OK;
}

static int check_args(cli_args *cli)
{
    const cli_verb *verb = cli->verb;
    if (cli->command && !verb->takes_command)
        return cli_usage_at(cli, cli->command - 1, 0, "'hone %s' takes no command", verb->name);
    if (verb->max_args >= 0 && cli->n_args > verb->max_args)
        return cli_usage_arg(cli, verb->max_args, "'hone %s' does not take '%s'%s", verb->name,
                             cli_arg(cli, verb->max_args),
                             verb->takes_command ? "; the command to run comes after `--`" : "");
    if (cli->n_args < verb->min_args)
        return cli_usage(cli, "something is missing: hone %s %.*s", verb->name,
                         (int)strcspn(verb->usage, "\n"), verb->usage);
    return CLI_EXIT_OK;
}

// `hone tell 3 -0.5`: a value, unless the verb has an option of that letter.
static bool is_negative_number(const cli_args *cli, const char *word)
{
    double value;
    bool number = cli_parse_real(word, &value) || strcmp(word, "-inf") == 0;
    return word[0] == '-' && number && !cli_find_letter(cli->verb, word[1]);
}

// The command's words, too.
static int check_encoding(const cli_args *cli, int first)
{
    for (int i = first; i < cli->argc; i++)
        if (!is_utf8(cli->argv[i]))
            return cli_usage_at(
                cli, i, 0,
                "word %d of the command line is not UTF-8, in which Hone keeps what "
                "it is given: write it in UTF-8, or rename the file",
                i);
    return CLI_EXIT_OK;
}

int cli_parse(cli_args *cli, int first)
{
    int code = check_encoding(cli, first);
    cli->args = cli_alloc((size_t)cli->argc * sizeof *cli->args);
    for (int i = first; i < cli->argc && code == CLI_EXIT_OK; i++) {
        const char *word = cli->argv[i];
        if (strcmp(word, "--") == 0) {
            cli->command = i + 1;
            break;
        }
        if (word[0] == '-' && word[1] == '-')
            code = parse_long(cli, &i);
        else if (word[0] == '-' && word[1] && !is_negative_number(cli, word))
            code = parse_letters(cli, &i);
        else
            cli->args[cli->n_args++] = i;
        // Help is wanted whatever else is wrong with the rest of the line.
        if (code == CLI_EXIT_OK && cli_flag(cli, "help")) {
            cli->wants_help = true;
            return CLI_EXIT_OK;
        }
    }
    if (code == CLI_EXIT_OK)
        code = parse_environment(cli);
    if (cli_find_option(cli->verb, "storage"))
        cli->storage = cli_storage_url(cli_text(cli, "storage"));
    cli->no_colour = cli_flag(cli, "no-color");
    cli->quiet = cli_find_option(cli->verb, "quiet") && cli_flag(cli, "quiet");
    return code == CLI_EXIT_OK ? check_args(cli) : code;
}
