// What samplers say of themselves for people: see `explain` in hone/sys/sampler.h.
#ifndef HN_CORE_EXPLAIN_H
#define HN_CORE_EXPLAIN_H

#include <hone/error.h>

#include "core/view.h"

// Trials that the view shows as ended with something to learn from: COMPLETE and PRUNED ones, and
// with `failed` also those that failed in one way or another.
uint32_t hn_explain_n_results(const hn_view *view, bool failed);
// A line from a format; NULL when out of memory.
char *hn_explain(const char *format, ...) HONE_PRINTF(1, 2);
// The line of a sampler whose first points are evenly spread: of a trial among them, or, with
// HN_NONE, of what comes: `then`, "it follows its model".
char *hn_explain_start(uint32_t trial, uint32_t n_first, const char *then);

#endif
