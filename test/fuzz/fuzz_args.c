// Fuzzes the command line: src/cli/parse.c, src/cli/args.c, src/cli/fail.c, src/cli/number.c and
// src/cli/text.c.
//
// The words are lines; the first names the verb, and words like HONE_JOBS=3 at the end are set in
// the environment. A wrong line is answered with a sentence and a caret, a right one can be asked
// for everything its verb has.
#include "args.h"

#include <math.h>
#include <string.h>

#include "fuzz.h"

enum { MAX_WORDS = 40, MAX_VARIABLES = 4 };

static void ask_number(const cli_args *cli, const cli_option *o)
{
    char text[CLI_SHORT], full[CLI_SHORT];
    double value = o->kind == CLI_INT ? (double)cli_int(cli, o->name) : cli_real(cli, o->name);
    double back = NAN;
    if (o->low < o->high && cli_has(cli, o->name))
        FUZZ_CHECK(value >= o->low && value <= o->high);
    FUZZ_CHECK(cli_number(value, text)[0]);
    cli_number_full(value, full);
    if (isfinite(value))
        FUZZ_CHECK(cli_parse_real(full, &back) && back == value);
    FUZZ_CHECK(cli_duration(value, text)[0]);
    FUZZ_CHECK(cli_bytes(value, text)[0]);
    uint64_t wall_us = value > 0 && value < 1e15 ? (uint64_t)value : 0;
    FUZZ_CHECK(cli_ago(wall_us, text)[0] && cli_date(wall_us, text)[0]);
}

static void ask_text(const cli_args *cli, const cli_option *o, FILE *out)
{
    char cut[40];
    const char *text = cli_text(cli, o->name);
    for (int i = 0; i < cli_count(cli, o->name); i++)
        FUZZ_CHECK(o->kind == CLI_FLAG || cli_nth(cli, o->name, i));
    FUZZ_CHECK(!cli_nth(cli, o->name, cli_count(cli, o->name)));
    if (!text)
        return;
    FUZZ_CHECK(o->kind != CLI_CHOICE || text[0]);
    FUZZ_CHECK(cli_columns(cli_elide(text, 9, cut, sizeof cut)) <= 9);
    cli_wrap(out, text, 4, 2, 30);
    cli_quote(out, text);
}

// JSON has no text that is not UTF-8, nor an infinite number.
static void ask_json(const cli_args *cli, const cli_option *o)
{
    json_t *value = cli_option_json(cli, o->name);
    FUZZ_CHECK(!value || o->kind != CLI_FLAG || json_is_boolean(value));
    FUZZ_CHECK(!o->repeatable || (int)json_array_size(value) <= cli_count(cli, o->name));
    FUZZ_CHECK(o->repeatable ||
               (o->kind != CLI_INT && o->kind != CLI_SIZE && o->kind != CLI_KEEP) ||
               json_is_integer(value));
    json_decref(value);
}

static void ask_all(const cli_args *cli, FILE *out)
{
    const cli_verb *verb = cli_verb_of(cli);
    for (const cli_option *o = verb->options; o && o->name; o++) {
        if (o->kind == CLI_INT || o->kind == CLI_REAL || o->kind == CLI_DURATION)
            ask_number(cli, o);
        else if (o->kind == CLI_FLAG)
            FUZZ_CHECK(!cli_flag(cli, o->name) || cli_has(cli, o->name));
        if (o->kind != CLI_FLAG)
            ask_text(cli, o, out);
        if (o->kind == CLI_SIZE)
            FUZZ_CHECK(cli_size(cli, o->name) == 0 || cli_has(cli, o->name));
        if (o->kind == CLI_KEEP)
            FUZZ_CHECK(cli_keep(cli, o->name) >= -1);
        if (cli_has(cli, o->name))
            ask_json(cli, o);
        if (cli_has(cli, o->name))
            FUZZ_CHECK(cli_usage_option(cli, o->name, "%s is wrong", o->name) == CLI_EXIT_USAGE);
    }
    for (int i = 0; i < cli_n_given(cli); i++)
        FUZZ_CHECK(cli_given_name(cli, i)[0] && (cli_given_text(cli, i) || true));
    uint32_t n = 0;
    const char *const *command = cli_command(cli, &n);
    FUZZ_CHECK(n == 0 || (command && !command[n]));
    for (uint32_t i = 0; i < n; i++)
        cli_usage_command(cli, (int)i, "this word");
    FUZZ_CHECK(!cli_arg(cli, cli_n_args(cli)));
    cli_note(cli, "a remark");
    free(cli_line(cli));
}

// A fault of the library's, which has its place in a word.
static void fail_with(const cli_args *cli, const char *word)
{
    hone_error err = HONE_ERROR_INIT;
    snprintf(err.text, sizeof err.text, "this is wrong");
    snprintf(err.source, sizeof err.source, "%s", word);
    for (int status = HONE_OK; status < HONE_STATUS_COUNT; status++) {
        err.status = (hone_status)status;
        err.column = (int)strlen(err.source) * (status % 3) / 2;
        FUZZ_CHECK((cli_fail(cli, &err) == CLI_EXIT_OK) == (status == HONE_OK));
    }
    FUZZ_CHECK(cli_error(cli, "%s", word) == CLI_EXIT_ERROR);
}

static void run(int argc, char **argv, FILE *out)
{
    cli_args cli = {.argc = argc, .argv = argv, .verb = cli_verb_find(argv[1])};
    if (!cli.verb) {
        const char *names[] = {"run", "status", "trials"};
        const char *near = cli_nearest(argv[1], names, 3);
        FUZZ_CHECK(!near || near[0]);
        return;
    }
    long before = ftell(out);
    int code = cli_parse(&cli, 2);
    if (code == CLI_EXIT_OK)
        ask_all(&cli, out);
    else
        FUZZ_CHECK(code == CLI_EXIT_USAGE && ftell(out) > before);
    fail_with(&cli, argv[argc - 1]);
    free(cli.given);
    free(cli.args);
    free(cli.storage);
}

// Moves the words like HONE_X=… from the end into the environment.
static int take_variables(char **words, int n, char **names)
{
    for (int i = 0; i < MAX_VARIABLES && n > 2; i++) {
        char *sign = strchr(words[n - 1], '=');
        if (strncmp(words[n - 1], "HONE_", 5) != 0 || !sign)
            break;
        *sign = '\0';
        setenv(words[n - 1], sign + 1, 1);
        names[i] = words[--n];
    }
    return n;
}

void fuzz_one(const uint8_t *data, size_t size)
{
    char *words[MAX_WORDS + 1] = {(char *)"hone"}, *names[MAX_VARIABLES] = {NULL};
    int n = 1;
    char *text = malloc(size + 1), *said = NULL;
    size_t n_said;
    FILE *out = open_memstream(&said, &n_said), *kept = stderr;
    FUZZ_CHECK(text && out);
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *word = text; word && n < MAX_WORDS;) {
        words[n++] = word;
        word = strchr(word, '\n');
        if (word)
            *word++ = '\0';
    }
    n = take_variables(words, n, names);
    words[n] = NULL;
    stderr = out; // glibc's is a variable
    run(n, words, out);
    stderr = kept;
    for (int i = 0; i < MAX_VARIABLES && names[i]; i++)
        unsetenv(names[i]);
    fclose(out);
    free(said);
    free(text);
}
