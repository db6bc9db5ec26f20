// A point from the prior that may be suggested, for when a sampler's own points may not: they break
// a rule, or have been tried.
#ifndef HN_CORE_UNTRIED_H
#define HN_CORE_UNTRIED_H

#include <hone/sys/sampler.h>

#include "core/evidence.h"

// May this point be suggested?
typedef bool hn_fits_fn(void *user, hn_config config);

// Draws until `fits` says yes; looks through what is left of a finite space when that takes long.
// When there is nothing left the last draw stands, which satisfies the rules. `room`: for one
// configuration.
hone_status hn_untried_point(const hn_problem *problem, const hn_request *request, hn_fits_fn *fits,
                             void *user, hn_config room, hn_config out, hone_error *err);

// The usual `fits`: the rules hold and, where duplicates are not wanted (hn_dedupe_wanted), nothing
// has the configuration yet. `evidence` is in step with the view, and may be NULL elsewhere.
typedef struct hn_newness {
    const hn_view *view;
    const hn_evidence *evidence;
} hn_newness;
bool hn_is_new(void *newness, hn_config config);
// Looks at what has been tried, where that matters.
hone_status hn_newness_sync(hn_newness *out, const hn_view *view, hn_cache *cache, hone_error *err);

// Of the scrambled Sobol sequence (hn_problem_spread), where that fits, else as above.
hone_status hn_untried_spread(const hn_problem *problem, const hn_request *request,
                              hn_fits_fn *fits, void *user, hn_config out, hone_error *err);

#endif
