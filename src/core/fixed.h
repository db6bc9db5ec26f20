// Values that people fix beforehand, {"lr":0.01,"opt":"sgd"}: checked and read.
#ifndef HN_CORE_FIXED_H
#define HN_CORE_FIXED_H

#include "space/space.h"

// Checks a whole object against the space: known names (the nearest is named), values in range, and
// that some configuration with these values satisfies the rules.
hone_status hn_fixed_check(const hone_space *space, const char *json, hone_error *err);
// Puts the values of `json` in place of those in `config`. What they switch on is drawn from its
// prior by `rng`, and where a rule does not hold all that is not given is drawn anew, attempt after
// attempt. Names that the space does not have are skipped: it may have lost them since.
hone_status hn_fixed_apply(const hone_space *space, const char *json, const hn_rng *rng,
                           hn_config config, hone_error *err);
// Would hn_fixed_check be content? An error is only that of memory.
hone_status hn_fixed_fits(const hone_space *space, const char *json, bool *fits, hone_error *err);
// Writes {"lr":0.01,...} of what `json` gives to parameters that the space has, typed as values
// are; what is no value any more stands as it was given. Without memory `out` has failed.
void hn_fixed_json(const hone_space *space, const char *json, hn_str *out);
// Draws the parameters that are not in `keep` [n_params] from their priors; conditions applied.
void hn_fixed_fill(const hone_space *space, const hn_rng *rng, uint32_t attempt, const bool *keep,
                   hn_config config);

#endif
