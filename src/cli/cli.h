// The command's framework. A verb is one file cmd_<verb>.c that defines
//
//     const cli_verb cli_verb_<verb> = {
//         .name = "<verb>", .group = CLI_GROUP_LOOK, .rank = 10, …, .run = run,
//     };
//
// with its option table; CMake lists the verbs, so that a new file needs no second edit. Parsing,
// `--help`, the manual page and the environment variables HONE_<OPTION> come from the tables.
//
// Memory: what the command line holds lives as long as the process; cli_alloc and its kin end the
// process when there is none left (this is the program, not the library).
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <hone/hone.h>
#include <jansson.h>

// Exit codes.
enum {
    CLI_EXIT_OK = 0,
    CLI_EXIT_ERROR = 1, // storage, input/output, memory
    CLI_EXIT_USAGE = 2, // a wrong command line or bad input
    CLI_EXIT_STOPPED = 3,
    CLI_EXIT_FAILED = 4,      // every trial failed
    CLI_EXIT_PLEASE_STOP = 10 // `hone report`: the trial should end
};

typedef enum cli_kind {
    CLI_FLAG,     // no value
    CLI_TEXT,     // any text
    CLI_INT,      // int64_t, within [low, high] unless low >= high
    CLI_REAL,     // double, likewise
    CLI_DURATION, // seconds: 90, 90s, 10m, 2h, 1h30m; likewise
    CLI_COST,     // likewise, or "usd<=200"
    CLI_SIZE,     // bytes: 500M, 4G, 1.5GiB; 0, or at least `low`
    CLI_KEEP,     // how many, or one of `choices`: all, best, none
    CLI_CHOICE    // one of `choices`
} cli_kind;

// A row of an option table, which ends with a row whose name is NULL.
typedef struct cli_option {
    const char *name; // "trials" for --trials
    char letter;      // 'n' for -n, 0: none
    cli_kind kind;
    const char *argument; // "N", as --help names the value
    const char *fallback; // default as text; NULL: none
    double low, high;
    const char *choices; // "auto|normal|full"
    bool repeatable;     // may be given several times; otherwise the last one counts
    bool no_environment; // there is no HONE_<OPTION>
    const char *heading; // begins a group of --help; NULL: that of the row before
    const char *help;    // what it does, no final full stop
} cli_option;

// Options that verbs share.
enum {
    CLI_WITH_STORAGE = 1 << 0, // --storage
    CLI_WITH_STUDY = 1 << 1,   // --storage and --study
    CLI_WITH_JSON = 1 << 2,    // --json
    CLI_WITH_QUIET = 1 << 3    // -q, --quiet
};                             // --no-color and --help are everybody's

typedef enum cli_group {
    CLI_GROUP_TUNE, // run resume try
    CLI_GROUP_LOOK, // status trials show logs best
    CLI_GROUP_ACT,  // note kill rerun retest edit work
    CLI_GROUP_LOOP, // ask tell report pipe
    CLI_GROUP_KEEP, // studies export
    CLI_GROUP_KNOW, // space samplers schedulers doctor help
    CLI_N_GROUPS
} cli_group;

typedef struct cli_args cli_args;

typedef struct cli_verb {
    const char *name;
    cli_group group;
    int rank;                  // order within the group
    const char *summary;       // one line, no final full stop
    const char *usage;         // behind the verb: "[study] [options]"; lines for alternatives
    const char *about;         // paragraphs, parted by "\n\n"; may be NULL
    const char *examples;      // lines: a command, then indented what it does; may be NULL
    const cli_option *options; // may be NULL
    unsigned common;           // CLI_WITH_…
    int min_args, max_args;    // positional arguments, max -1: any number
    bool takes_command;        // takes what follows `--`
    int (*run)(cli_args *cli); // gives the exit code
} cli_verb;

// The verbs in order of their names, NULL at the end (generated).
extern const cli_verb *const cli_verbs[];
const cli_verb *cli_verb_find(const char *name); // NULL when there is none
extern const cli_option cli_common_options[];    // rows of CLI_WITH_…, --no-color, --help
bool cli_common_applies(const cli_verb *verb, const cli_option *option);

// --- what was given (an unknown option name here is a bug: assert) ---

const cli_verb *cli_verb_of(const cli_args *cli);
bool cli_takes(const cli_args *cli, const char *option); // does the verb? Any name may be asked
// Was it given, on the command line or in the environment?
bool cli_has(const cli_args *cli, const char *option);
bool cli_typed(const cli_args *cli, const char *option); // on the command line alone; any name
bool cli_flag(const cli_args *cli, const char *option);
// The value given (the last one), else the row's default, else NULL, 0, 0.
const char *cli_text(const cli_args *cli, const char *option);
int64_t cli_int(const cli_args *cli, const char *option);
double cli_real(const cli_args *cli, const char *option);   // CLI_REAL, CLI_DURATION
uint64_t cli_size(const cli_args *cli, const char *option); // CLI_SIZE
int64_t cli_keep(const cli_args *cli, const char *option);  // CLI_KEEP: -1 all, 0 none, n
// Values of a repeatable option, in order.
int cli_count(const cli_args *cli, const char *option);
const char *cli_nth(const cli_args *cli, const char *option, int index);
// The value, or the list of values, as study files and settings have it. The caller owns it.
json_t *cli_option_json(const cli_args *cli, const char *option);
// Every option as it was given, in order: for options whose order among each other matters.
int cli_n_given(const cli_args *cli);
const char *cli_given_name(const cli_args *cli, int index);
const char *cli_given_text(const cli_args *cli, int index); // NULL for a flag
// Positional arguments, and the command behind `--` (NULL-terminated; n is 0 without).
int cli_n_args(const cli_args *cli);
const char *cli_arg(const cli_args *cli, int index); // NULL past the end
const char *const *cli_command(const cli_args *cli, uint32_t *n);
// The whole command line, quoted as a shell would read it. The caller frees.
char *cli_line(const cli_args *cli);

// --- errors: each prints `hone: <sentence>` and the place, and gives the exit code ---

// A library error; EINVAL, EPARSE, ENOTFOUND … are 2, storage and input/output 1.
int cli_fail(const cli_args *cli, const hone_error *err);
int cli_exit_code(hone_status status);
// A sentence of our own, exit code 2 (cli_usage) or 1 (cli_error).
int cli_usage(const cli_args *cli, const char *format, ...) HONE_PRINTF(2, 3);
int cli_error(const cli_args *cli, const char *format, ...) HONE_PRINTF(2, 3);
// The same with the echoed command line and a caret under an option's value (its last
// occurrence), a positional argument, or word `index` of the command. Exit code 2.
int cli_usage_option(const cli_args *cli, const char *option, const char *format, ...)
    HONE_PRINTF(3, 4);
// Occurrence `index` of it.
int cli_usage_nth(const cli_args *cli, const char *option, int index, const char *format, ...)
    HONE_PRINTF(4, 5);
int cli_usage_arg(const cli_args *cli, int index, const char *format, ...) HONE_PRINTF(3, 4);
int cli_usage_command(const cli_args *cli, int index, const char *format, ...) HONE_PRINTF(3, 4);
// A remark on standard error that is no error: `hone: …`. Silent with --quiet.
void cli_note(const cli_args *cli, const char *format, ...) HONE_PRINTF(2, 3);
// Candidate nearest to `word`, NULL when none is near.
const char *cli_nearest(const char *word, const char *const *candidates, size_t n);

// --- storage and study ---

// --storage with its default and a bare path taken as sqlite:.
const char *cli_storage(const cli_args *cli);
// The same for any text that names a storage. The caller frees.
char *cli_storage_url(const char *text);
// --study, else NULL.
const char *cli_study_name(const cli_args *cli);
// Opens the study that the options name, or the only one there is. On failure prints the error,
// with what to do, and gives its exit code; CLI_EXIT_OK with `*out` set otherwise.
int cli_open(const cli_args *cli, bool read_only, hone_study **out);
// The same for a name given as a positional argument (NULL: as cli_open).
int cli_open_named(const cli_args *cli, const char *name, bool read_only, hone_study **out);
// Trial number in a positional argument: "17". Prints the error and gives false otherwise.
bool cli_trial_arg(const cli_args *cli, int index, uint32_t *number);
// The trial numbers that the positional arguments name, each once, in their order; `*n` gets how
// many. The caller frees. NULL after printing the error.
uint32_t *cli_trial_args(const cli_args *cli, uint32_t *n);

// --- values and texts (text.c, number.c, json.c) ---

bool cli_parse_int(const char *text, int64_t *out);
bool cli_parse_real(const char *text, double *out);
bool cli_parse_duration(const char *text, double *seconds);

#define CLI_SHORT 32
// Into a buffer of CLI_SHORT bytes, which is returned.
char *cli_number(double value, char *out);      // for people, 6 digits: "0.0123457", "1.5e-8", "-"
char *cli_number_full(double value, char *out); // reads back equal: "0.1"
char *cli_duration(double seconds, char *out);  // "0.35s" "12s" "3m20s" "2h05m" "3d04h"
char *cli_bytes(double bytes, char *out);       // "512 B" "1.4 MB"
char *cli_ago(uint64_t wall_us, char *out);     // "3m20s ago"
char *cli_date(uint64_t wall_us, char *out);    // "2026-03-01 12:30:05", local time

// Columns that `text` takes on a terminal (UTF-8; wide characters count two).
int cli_columns(const char *text);
// At most `columns` columns of `text`, with "…" (or "..", without UTF-8) where something was cut.
// Into a buffer of `size` bytes, which is returned.
char *cli_elide(const char *text, int columns, char *out, size_t size);
// Paragraph of `text` in lines of at most `width` columns, each after `indent` blanks; `column` is
// where the cursor stands now. Ends with a line end.
void cli_wrap(FILE *out, const char *text, int indent, int column, int width);
// Each line of `text` (NULL: none) behind `indent` blanks, as it stands.
void cli_indent(FILE *out, const char *text, int indent);
// One argument as a shell would have to read it, without quotes where none are needed.
void cli_quote(FILE *out, const char *text);

// A table of texts, printed with aligned columns within the terminal's width: numbers to the right
// where `right` has the column's letter 'r' ("lrrl"); the last column is cut when it is too wide.
typedef struct cli_table cli_table;
cli_table *cli_table_create(const char *align,
                            const char *const *titles);      // titles: NULL-terminated
void cli_table_cell(cli_table *table, const char *text);     // copied; row by row
void cli_table_print(const cli_args *cli, cli_table *table); // to stdout, and destroys it

// JSON on one line, and the line's end, to stdout; `indent` > 0: on several lines. Doubles read
// back equal in their shortest form. Takes the reference.
void cli_json(json_t *value, int indent);
json_t *cli_json_double(double value);   // non-finite: "nan", "inf", "-inf"
json_t *cli_json_text(const char *json); // parses what the library gives; null on failure
char *cli_json_dump(const json_t *value, int indent); // the caller frees

// --- the terminal ---

typedef enum cli_style {
    CLI_PLAIN,
    CLI_BOLD,
    CLI_DIM,
    CLI_RED,
    CLI_GREEN,
    CLI_YELLOW,
    CLI_CYAN
} cli_style;
// The escape sequence, or "" when `stream` (stdout, stderr) has no colours.
const char *cli_ansi(const cli_args *cli, FILE *stream, cli_style style);
int cli_width(FILE *stream); // of the terminal; 80 elsewhere (COLUMNS is respected)
bool cli_is_terminal(FILE *stream);
bool cli_utf8(void); // does the locale want UTF-8?
cli_style cli_state_style(hone_trial_state state);

// --- memory: never NULL ---
void *cli_alloc(size_t size); // zeroed
void *cli_realloc(void *p, size_t size);
char *cli_dup(const char *text);
char *cli_format(const char *format, ...) HONE_PRINTF(1, 2);

// --- help ---
void cli_help_overview(const cli_args *cli, FILE *out);
void cli_help_verb(const cli_args *cli, const cli_verb *verb, FILE *out);
void cli_help_man(FILE *out); // troff

#endif
