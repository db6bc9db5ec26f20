// What the files of the health checks share.
#ifndef HN_ANALYSIS_HEALTH_INTERNAL_H
#define HN_ANALYSIS_HEALTH_INTERNAL_H

#include <hone/health.h>

#include "analysis/sample.h"
#include "base/vec.h"
#include "core/study_internal.h"

struct hone_health {
    hn_arena arena; // of the texts
    HN_VEC(hone_finding) findings;
    bool failed; // out of memory
};

// What a check gets: the study as a table, and where its findings go.
typedef struct hn_checking {
    const hone_study *study;
    const hn_fold *fold;
    const hn_sample *sample;
    hone_health *health;
    hn_arena *scratch;
} hn_checking;

// Chance that is accepted for a finding of one check on a study in which there is nothing to find,
// over all parameters.
#define HN_HEALTH_ALPHA 0.01
#define HN_HEALTH_TOP   0.2 // share of the trials that count as the best

// Adds a finding: `text` and `remedy` (NULL: none) are texts of the health's arena, in which a
// failure shows.
void hn_health_add(hone_health *health, const hone_finding *finding);
// A number for people, six digits, into HN_DOUBLE_TEXT bytes, which are returned.
const char *hn_health_number(double value, char *out);
// One value of a parameter, as people write it; text of the health's arena.
const char *hn_health_value(hone_health *health, const hn_param *param, const hn_slot *slots);
// "widen it: hone edit -p lr=log:1e-7..0.1", quoted as a shell needs it; text of the health's
// arena.
const char *hn_health_option(hone_health *health, const char *what, const hn_param *param,
                             const char *spec);

// --- health_region.c ---
void hn_check_failures(hn_checking *c);
// --- rungs.c ---
void hn_check_rungs(hn_checking *c);
// --- health_params.c ---
void hn_check_edges(hn_checking *c);
void hn_check_effects(hn_checking *c);

#endif
