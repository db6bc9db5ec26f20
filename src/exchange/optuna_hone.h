// What Optuna has no place for and a study that was exported from Hone carries in its system
// attributes, so that reading it back loses nothing.
//
//     "hone:study" of the study: {"space":…, "seed":"…", "metrics":[[name, goal], …],
//                                 "constraints":[text, …], "noisy":…, "added":[key, …]}
//     "hone:trial" of a trial:   {"state":…, "message":…, "note":…, "values":{metric: number},
//                                 "reports":[[step, {metric: number}], …], "parent":…, "origin":…,
//                                 "purpose":…, "attempts":…, "excluded":…, "duration_s":…,
//                                 "constraints":n, "added":[key, …]}
//
// Every member may be missing. "added": system attributes that the export made up for Optuna's
// eyes; "constraints": how many of Optuna's are the trial's own, before those that follow from
// metrics. What is of the wrong type counts as missing: anybody may have written it.
#ifndef HN_EXCHANGE_OPTUNA_HONE_H
#define HN_EXCHANGE_OPTUNA_HONE_H

#include <jansson.h>

#include "exchange/optuna.h"
#include "hone/study.h"

#define HN_OPTUNA_HONE_STUDY "hone:study"
#define HN_OPTUNA_HONE_TRIAL "hone:trial"

// The system attribute `key` as JSON, owned by the caller; NULL when there is none or it is no
// JSON. The only error is HONE_ENOMEM.
hone_status hn_optuna_attr_value(const hn_optuna_attr *attrs, size_t n, const char *key,
                                 json_t **out, hone_error *err);
// Is it to become an attribute here? Not if it is one of the two above, or was made up.
bool hn_optuna_keeps_attr(const json_t *mine, const hn_optuna_attr *attr);
// The state that it had here; of what does not fit Optuna's that which Optuna's becomes.
hone_trial_state hn_optuna_state_of(const hn_optuna_trial *trial, const json_t *mine);
// An integer from `low` to `high`, else `fallback`.
int64_t hn_optuna_mine_int(const json_t *mine, const char *key, int64_t low, int64_t high,
                           int64_t fallback);

#endif
