// What the two halves of an import share: import_optuna.c makes the study, import_trials.c its
// trials.
#ifndef HN_EXCHANGE_IMPORT_OPTUNA_H
#define HN_EXCHANGE_IMPORT_OPTUNA_H

#include <jansson.h>

#include <hone/exchange.h>

#include "core/study_internal.h"
#include "exchange/optuna_space.h"

typedef struct hn_importing {
    const hone_import_options *options;
    hn_optuna_study source;
    hn_optuna_space space;
    hn_arena arena;                      // for the whole import
    hn_arena scratch;                    // for one trial
    hone_metric metrics[HN_MAX_METRICS]; // objectives first
    uint32_t n_metrics, n_objectives;
    const char *own[HN_MAX_METRICS]; // the name of each in what the study has said of itself
    json_t *mine;        // what the study has said of itself, owned; NULL: it is not from here
    const json_t *trial; // the same of the trial at hand
    hone_study *study;
    hn_config config;
    const char *unplaced; // JSON of the trial's parameters; NULL: they make a configuration
    uint32_t n_unplaced;
    hn_str text;
    double constraints[HN_MAX_METRICS];
} hn_importing;

// Appends the attributes of the study and every trial, in order of number.
hone_status hn_importing_add_trials(hn_importing *im, hone_error *err);

#endif
