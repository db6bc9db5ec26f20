// The head that every plug-in begins with, whatever its kind: what it is called, where its method
// comes from, what it can do, which options it takes. Registry, option parsing, `--help`, the
// documentation and the contract tests are written once over it.
#ifndef HONE_SYS_PLUGIN_H
#define HONE_SYS_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/error.h>

HONE_BEGIN_DECLS

typedef enum hn_plugin_kind {
    HN_KIND_SAMPLER,
    HN_KIND_SCHEDULER,
    HN_KIND_STORAGE,
    HN_KIND_EXECUTOR,
    HN_KIND_TASK,
    HN_KIND_COUNT
} hn_plugin_kind;

// How an option's field is stored in the plug-in's config struct.
typedef enum hn_option_type {
    HN_OPTION_BOOL,   // bool
    HN_OPTION_INT,    // int64_t
    HN_OPTION_DOUBLE, // double
    HN_OPTION_TEXT,   // const char *, borrowed from the options' arena; NULL when not set
    HN_OPTION_CHOICE  // int32_t: index into `choices`
} hn_option_type;

// One row of an option table; the table ends with a row whose name is NULL. The core fills the
// typed struct from JSON, YAML, the command line or Python; an unknown name, a wrong type or a
// value out of range is an error that names the nearest right one.
typedef struct hn_option {
    const char *name; // "resolution"
    hn_option_type type;
    size_t offset;        // offsetof(config, field)
    const char *fallback; // default as text, parsed like any value; NULL for an unset TEXT
    double low, high;     // inclusive range of INT and DOUBLE; ignored when low > high
    const char *choices;  // CHOICE: "a|b|c"
    const char *unit;     // "s", "bytes", … or NULL
    const char *help;     // one line, no final full stop
} hn_option;

// Capabilities: what a plug-in can take; the core refuses the rest with a sentence.
enum {
    HN_CAN_MULTI_OBJECTIVE = 1 << 0, // several objectives
    HN_CAN_CONSTRAINTS = 1 << 1,     // constraints on reported metrics
    HN_CAN_CONDITIONS = 1 << 2,      // conditional parameters
    HN_NEEDS_FINITE = 1 << 3,        // only finite spaces (or a resolution)
    HN_CAN_PAUSE = 1 << 4,           // scheduler: may pause and resume trials
    HN_CAN_FORK = 1 << 5,            // scheduler: may fork from a parent; sampler: varies one
    HN_USES_RESULTS = 1 << 6,        // a suggestion depends on earlier trials' values
    HN_EXHAUSTS = 1 << 7,            // sampler: says EEXHAUSTED when nothing new is left
    HN_GIVES_RESOURCE = 1 << 8,      // scheduler: tells trials how far to run
    HN_USES_SOURCES = 1 << 9         // sampler: learns from the trials of earlier studies
};

typedef struct hn_plugin {
    hn_plugin_kind kind;
    const char *name;         // = file = test = docs page = bench id
    const char *summary;      // one line
    const char *source;       // paper: authors, title, year; "" when there is none
    uint32_t can;             // HN_CAN_… | HN_NEEDS_…
    const hn_option *options; // NULL: none
    size_t config_size;       // of the struct that `options` describes
    size_t state_size;        // of the plug-in's own state, zeroed before init
    // A study keeps the defaults that it was begun with, as it has recorded them. What it has not
    // recorded, it or the option being older than that, was so where it differs from the table's: a
    // JSON object; NULL: all are as they were.
    const char *before;
} hn_plugin;

HONE_END_DECLS

#endif
