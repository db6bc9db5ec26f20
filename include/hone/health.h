// Health checks: what a study says about itself before anybody asks, each finding with its numbers
// and a remedy. A finding that rests on chance is reported when chance alone would show it in less
// than one study of a hundred, counted over all parameters (see docs/internals/analysis.md).
#ifndef HONE_HEALTH_H
#define HONE_HEALTH_H

#include <hone/study.h>

HONE_BEGIN_DECLS

// In order of importance. Append only: programs know the numbers.
typedef enum hone_finding_code {
    HONE_FINDING_CONSTANT = 0,    // the objective has the same value in all trials
    HONE_FINDING_INFEASIBLE = 1,  // no complete trial satisfies the constraints
    HONE_FINDING_PRUNED = 2,      // every trial was pruned
    HONE_FINDING_FAILURES = 3,    // trials of one state, most of them in one region of a parameter
    HONE_FINDING_MANY_FAILED = 4, // many trials failed, wherever
    HONE_FINDING_EDGE = 5,        // the best trials lie at the end of a range
    HONE_FINDING_NOISE = 6,       // repeats differ by more than the best trials do
    HONE_FINDING_NO_EFFECT = 7,   // no effect of a parameter is seen
    HONE_FINDING_DUPLICATES = 8,  // many trials were served from earlier ones
    HONE_FINDING_EXHAUSTED = 9,   // a finite space is nearly used up
    HONE_FINDING_RUNGS = 10       // a rung orders trials otherwise than the next one
} hone_finding_code;

// Texts are borrowed from the hone_health.
typedef struct hone_finding {
    hone_finding_code code;
    const char *name;   // "edge"
    const char *param;  // NULL: none is meant
    uint32_t n, of;     // how many of how many the sentence speaks of
    double p;           // chance of seeing that without a reason; NaN: no test was needed
    const char *text;   // one clause: "14 of the best 20 trials lie in the lowest tenth of lr"
    const char *remedy; // another: "widen it: hone edit -p lr=log:1e-7..0.1"
} hone_finding;

typedef struct hone_health hone_health;

// Looks at all trials that there are; the study is not changed. `*out` is the caller's to destroy.
// Errors: HONE_ENOMEM. Time: O(trials · parameters · log trials).
HONE_API hone_status hone_study_health(hone_study *study, hone_health **out, hone_error *err);
HONE_API void hone_health_destroy(hone_health *health); // NULL-safe
HONE_API uint32_t hone_health_n(const hone_health *health);
// The most important first; NULL past the end.
HONE_API const hone_finding *hone_health_at(const hone_health *health, uint32_t index);

// Spearman's rank correlation between two rungs over the trials that have a value at both, and its
// 95 % interval; NaN with fewer than 5. Those trials were mostly chosen for being good at the lower
// one, among whom less agreement is to be expected than there is among all.
typedef struct hone_agreement {
    uint32_t n;
    double rho, low, high;
} hone_agreement;

// A rung: a resource at which the scheduler compares trials, by their values there.
typedef struct hone_rung {
    double at;
    uint32_t n;               // trials with a value there
    hone_agreement next, end; // with the next rung, and with the last one; n = 0 at the last one
    // Chance of as little agreement with the next rung among those that went on, were it 0.5 among
    // all at this rung; 1 when there is that much, NaN with fewer than 10 trials.
    double p;
} hone_rung;

// The rungs of the study's scheduler, the lowest first, the last one a whole training: the first
// `most` of them into `out` [most], `*n` is how many there are, 0 when it has none. Errors:
// HONE_ENOMEM, those of the scheduler's options. Time: O(reports + rungs · trials · log trials).
HONE_API hone_status hone_study_rungs(const hone_study *study, hone_rung *out, uint32_t most,
                                      uint32_t *n, hone_error *err);

HONE_END_DECLS

#endif
