// Between the files of narrowing.
#ifndef HN_ANALYSIS_NARROW_INTERNAL_H
#define HN_ANALYSIS_NARROW_INTERNAL_H

#include <hone/narrow.h>

#include "analysis/sample.h"

// What becomes of one parameter.
typedef struct hn_region {
    const hn_param *before;
    hn_param after;
    bool changed;
    bool *dropped; // [n_choices] choices that go; NULL: the range is cut
    bool by_rule;  // they go by a rule: a condition names them, or the type needs them
    double share;
    const char *why;
} hn_region;

// Decides on one parameter from the best n_top rows of the sample; memory from `arena`, whose
// failure shows.
void hn_region_find(const hn_sample *sample, const hn_param *param, uint32_t n_top, double margin,
                    hn_arena *arena, hn_region *out);

#endif
