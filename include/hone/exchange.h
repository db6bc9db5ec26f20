// Studies of other tools, taken over with all their trials.
#ifndef HONE_EXCHANGE_H
#define HONE_EXCHANGE_H

#include <hone/study.h>

HONE_BEGIN_DECLS

typedef struct hone_import_options {
    size_t size;
    const char *source;       // an Optuna SQLite database or journal file
    const char *source_study; // NULL: the only one in it
    const char *storage;      // where to; "memory:" is refused
    const char *name;         // NULL: as it is called there
    // What the objectives are called here, [n_metrics]; none: as Optuna's metric names say, else
    // "value" or "value_0", "value_1", ….
    const char *const *metrics;
    uint32_t n_metrics;
    // Hears in sentences what could not be taken over as it was; may be NULL.
    void (*note)(void *user, const char *text);
    void *user;
} hone_import_options;

static inline hone_import_options hone_import_options_default(void)
{
    hone_import_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    return options;
}
#define HONE_IMPORT_OPTIONS_INIT hone_import_options_default()

// Makes a new study of one that Optuna holds: trials under their numbers, with parameters, values,
// intermediate values, constraints, attributes and times. The study appears whole or not at all.
//
// The space is worked out from the distributions that the trials recorded, conditions included.
// FAIL becomes FAILED; a trial that was running LOST; one that was enqueued waits here, too. The
// user's attributes keep their keys, Optuna's own ("system") ones get "optuna:" before theirs. A
// study that Hone's Python package has exported to Optuna comes back as it was: states, messages,
// metrics and the space that Optuna has no place for travel in its system attributes.
//
// `*out` (may be NULL; the caller frees it with hone_free) gets the name of the new study. Errors:
// HONE_EEXISTS when there is a study of that name; HONE_ENOTFOUND with the studies of the file;
// HONE_EUNSUPPORTED, HONE_ECORRUPT, HONE_EIO name the file.
HONE_API hone_status hone_import_optuna(const hone_import_options *options, char **out,
                                        hone_error *err);

HONE_END_DECLS

#endif
