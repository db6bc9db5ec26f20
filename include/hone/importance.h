// What matters: how much of an objective's variance each parameter explains.
//
//     hone_importance *importance = NULL;
//     hone_study_importance(study, NULL, &importance, err);
//     for (uint32_t i = 0; i < hone_importance_n_params(importance); i++) {
//         hone_importance_param p = hone_importance_param_at(importance, i);
//         printf("%s %.0f %%\n", p.name, 100 * p.share);
//     }
//     hone_importance_destroy(importance);
#ifndef HONE_IMPORTANCE_H
#define HONE_IMPORTANCE_H

#include <hone/study.h>

HONE_BEGIN_DECLS

typedef struct hone_importance_options {
    size_t size;
    const char *metric; // any of the study, by name; NULL: its only objective
} hone_importance_options;

#define HONE_IMPORTANCE_OPTIONS_INIT                                                               \
    {                                                                                              \
        sizeof(hone_importance_options), NULL                                                      \
    }

typedef struct hone_importance_param {
    const char *name;  // borrowed from the hone_importance
    double share;      // of the variance that it explains alone, in [0, 1]
    double spread;     // standard deviation of that over the trees of the model
    uint32_t n_trials; // that had a value for it
} hone_importance_param;

typedef struct hone_importance hone_importance;

// Functional analysis of variance of a random forest over the complete trials, see
// docs/howto/importance.md. The study is not changed, and the same trials give the same numbers.
// `options` may be NULL; `*out` is the caller's to destroy. HONE_ESTATE when fewer than 3 trials
// have a number, or all have the same; HONE_EINVAL when none of several objectives is named;
// HONE_ENOTFOUND for a metric that there is not. Time: O(trials log² trials · parameters), of 5,000
// trials at most; memory O(trials · parameters).
HONE_API hone_status hone_study_importance(const hone_study *study,
                                           const hone_importance_options *options,
                                           hone_importance **out, hone_error *err);
HONE_API void hone_importance_destroy(hone_importance *importance); // NULL-safe
HONE_API const char *hone_importance_metric(const hone_importance *importance);
HONE_API uint32_t hone_importance_n_trials(const hone_importance *importance); // looked at
// Share of the variance that the model explains of trials that it has not seen: 1 at best; at 0 or
// below it explains nothing, and the shares mean nothing.
HONE_API double hone_importance_r2(const hone_importance *importance);
// Share that no parameter explains alone: what several do together.
HONE_API double hone_importance_rest(const hone_importance *importance);
HONE_API uint32_t hone_importance_n_params(const hone_importance *importance);
// The greatest share first; everything zero past the end.
HONE_API hone_importance_param hone_importance_param_at(const hone_importance *importance,
                                                        uint32_t index);

HONE_END_DECLS

#endif
