// Optuna's studies as its storages keep them, read into one plain form.
//
// Values stay as Optuna stores them ("internal": a categorical value is the index of its choice),
// so that a reader needs to know nothing of distributions.
#ifndef HN_EXCHANGE_OPTUNA_H
#define HN_EXCHANGE_OPTUNA_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/vec.h"

// The numbers are Optuna's own.
typedef enum hn_optuna_state {
    HN_OPTUNA_RUNNING = 0,
    HN_OPTUNA_COMPLETE = 1,
    HN_OPTUNA_PRUNED = 2,
    HN_OPTUNA_FAIL = 3,
    HN_OPTUNA_WAITING = 4
} hn_optuna_state;

typedef struct hn_optuna_value {
    uint32_t param;        // index into the study's names
    uint32_t distribution; // index into the study's distributions
    double internal;
} hn_optuna_value;

typedef struct hn_optuna_report {
    int64_t step;
    double value;
} hn_optuna_report;

typedef struct hn_optuna_attr {
    const char *key, *json;
    bool system; // Optuna's or a sampler's own, else the user's
} hn_optuna_attr;

typedef struct hn_optuna_trial {
    int64_t id;
    uint32_t number;
    hn_optuna_state state;
    int64_t start_us, end_us; // wall clock, 0: none
    HN_VEC(hn_optuna_value) params;
    HN_VEC(hn_optuna_report) reports; // by step
    HN_VEC(double) values;            // one per direction when it has any
    HN_VEC(hn_optuna_attr) attrs;
} hn_optuna_trial;

typedef struct hn_optuna_study {
    hn_arena arena; // of every text
    const char *name;
    HN_VEC(bool) maximize; // by objective
    HN_VEC(hn_optuna_attr) attrs;
    HN_VEC(hn_optuna_trial) trials;     // by number
    HN_VEC(const char *) names;         // of parameters, in order of their first use
    HN_VEC(const char *) distributions; // their JSON, each text once
    hn_map name_index, distribution_index;
} hn_optuna_study;

void hn_optuna_init(hn_optuna_study *study);
void hn_optuna_free(hn_optuna_study *study);

// Reads study `name` (NULL: the only one) of an SQLite database or of a journal file; which of the
// two it is shows in its first bytes. Errors name the file: HONE_ENOTFOUND with the studies there
// are, HONE_EUNSUPPORTED for what is neither or too old, HONE_ECORRUPT for what does not hold
// together.
hone_status hn_optuna_read(const char *path, const char *name, hn_optuna_study *out,
                           hone_error *err);
hone_status hn_optuna_read_sqlite(const char *path, const char *name, hn_optuna_study *out,
                                  hone_error *err);
hone_status hn_optuna_read_journal(const char *path, const char *name, hn_optuna_study *out,
                                   hone_error *err);

// Did it end with all its parameters? One that failed may have ended before it asked for the rest.
static inline bool hn_optuna_is_finished(const hn_optuna_trial *trial)
{
    return trial->state == HN_OPTUNA_COMPLETE || trial->state == HN_OPTUNA_PRUNED;
}

// --- for the readers: texts are copied, `false` means that memory ran out ---
hn_optuna_trial *hn_optuna_add_trial(hn_optuna_study *study, int64_t id);
// A parameter, report or attribute given twice replaces the first.
bool hn_optuna_set_param(hn_optuna_study *study, hn_optuna_trial *trial, const char *name,
                         const char *distribution, double internal);
bool hn_optuna_set_report(hn_optuna_trial *trial, int64_t step, double value);
bool hn_optuna_set_value(hn_optuna_trial *trial, uint32_t objective, double value);
bool hn_optuna_set_trial_attr(hn_optuna_study *study, hn_optuna_trial *trial, const char *key,
                              const char *json, bool system);
bool hn_optuna_set_attr(hn_optuna_study *study, const char *key, const char *json, bool system);
// HONE_ENOTFOUND: no `wanted` (NULL: which of several is meant?) among the `n` studies of the file.
hone_status hn_optuna_no_study(const char *path, const char *wanted, const char *const *names,
                               size_t n, hone_error *err);
// "2026-07-01T10:20:30.123456+00:00", or with a space and without a zone: then `utc` says whether
// it is UTC or local time. 0 when it is no time.
int64_t hn_optuna_time(const char *text, bool utc);

#endif
