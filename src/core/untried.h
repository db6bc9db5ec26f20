// What may be suggested: points that keep the rules and that no trial has had. One way for all
// samplers: they ask hn_is_new of what they would suggest, and fall back on the draws below when
// their own points have run out.
#ifndef HN_CORE_UNTRIED_H
#define HN_CORE_UNTRIED_H

#include <hone/sys/sampler.h>

#include "core/cache.h"
#include "core/dedupe.h"

// What is new: no trial of the view has the configuration, whatever became of it (but for lost and
// excluded ones). Where repeats are not unwanted (hn_dedupe_wanted), everything is.
typedef struct hn_newness {
    const hn_view *view;
    const hn_dedupe *index; // in step with the view; NULL: everything is new
    bool failed_again;      // what has failed may be tried again: nothing else is left
} hn_newness;

hn_newness hn_newness_of(const hn_view *view, const hn_dedupe *index);
// The same with an index in `cache`, for samplers without evidence; brought in step with the view.
hone_status hn_newness_sync(hn_newness *out, const hn_view *view, hn_cache *cache, hone_error *err);
// May this point be suggested: do the rules hold, and is it new?
bool hn_is_new(const hn_newness *newness, hn_config config);

// Draws from the prior until one is new; looks through what is left of a finite space when that
// takes long, and then through what has failed there. When there is nothing left the last draw
// stands, which keeps the rules. `room`: for one configuration.
hone_status hn_untried_point(const hn_request *request, hn_newness newness, hn_config room,
                             hn_config out, hone_error *err);
// Of the scrambled Sobol sequence (hn_problem_spread), where that is new, else as above.
hone_status hn_untried_spread(const hn_request *request, hn_newness newness, hn_config out,
                              hone_error *err);

#endif
