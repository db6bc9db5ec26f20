// A configuration near another one, as population based training explores: every parameter that is
// not kept changes a little.
//
//     float, int      up or down by a share of itself; on a linear scale by no less than that share
//                     of a tenth of the range, so that 0 is no trap. Cut to the range; on a grid at
//                     least to the next value
//     ordinal, categorical, boolean    the choice before or after it; at an end it may stay
//     permutation     two neighbours change places
//     subset          an item comes in or goes out
//     simplex         one share grows or shrinks, and the others make room
// With probability `resample` a parameter is drawn from its prior instead. What the conditions then
// switch off goes, and what they switch on is drawn from its prior.
#ifndef HN_SPACE_PERTURB_H
#define HN_SPACE_PERTURB_H

#include "space/space.h"

typedef struct hn_perturb_rule {
    double resample;
    double share;     // in (0, 1)
    const bool *keep; // [n_params] parameters that stay as they are; NULL: none
} hn_perturb_rule;

// `from` must be valid. Draws come from the stream (names, attempt, …) of `rng`. True when the
// rules of the space hold; `to` may equal `from` all the same.
bool hn_space_perturb(const hone_space *space, hn_config from, const hn_perturb_rule *rule,
                      const hn_rng *rng, uint32_t attempt, hn_config to);

#endif
