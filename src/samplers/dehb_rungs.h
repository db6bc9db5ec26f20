// The populations of dehb: one for each rung that the scheduler compares trials at.
//
// A rung has as many places as a bracket ever has trials there. The trials that are, were or will
// be measured at it take them in turn, by their numbers, and the best of those that came to a place
// is its member: as if each took the place at once when it was no worse than who had it.
//
// All of it is a function of the view, made anew for each suggestion.
#ifndef HN_SAMPLERS_DEHB_RUNGS_H
#define HN_SAMPLERS_DEHB_RUNGS_H

#include <hone/sys/sampler.h>

#include "core/merit.h"

typedef struct hn_dehb_rung {
    hn_merit *members; // [n] by place; .trial HN_NONE: nobody has been measured there
    uint32_t n;
    uint32_t own_place; // of the trial that asks
    bool own_is_first;  // nobody had it before
} hn_dehb_rung;

// Rung number `rung` of place->rungs as trial `trial` finds it. A rung at 0 stands for all trials,
// however far they came. `room`: a configuration. False: out of memory.
bool hn_dehb_gather(const hn_view *view, const hn_rung_place *place, uint32_t rung, uint32_t trial,
                    hn_config room, hn_arena *scratch, hn_dehb_rung *out);

#endif
