// Draws from the priors, with an attempt number for repeats.

#include "core/view.h"

// Each attempt is a stream of its own: inside one, the counter's attempt belongs to the rules.
hone_status hn_space_redraw(const hone_space *space, uint64_t seed, uint32_t trial,
                            uint32_t attempt, hn_config out, hone_error *err)
{
    hn_rng rng =
        hn_rng_make(seed + attempt * UINT64_C(0x9e3779b97f4a7c15), HN_PURPOSE_PRIOR, trial);
    return hn_space_sample(space, &rng, out, NULL, err);
}
