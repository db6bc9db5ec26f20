// Values that people fix beforehand, {"lr":0.01,"opt":"sgd"}: checked and read.
#ifndef HN_CORE_FIXED_H
#define HN_CORE_FIXED_H

#include "space/space.h"

// Checks a whole object against the space: known names (the nearest is named), values in range.
// `*complete` tells whether every parameter that is active with these values was given.
hone_status hn_fixed_check(const hone_space *space, const char *json, bool *complete,
                           hone_error *err);

#endif
