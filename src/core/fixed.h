// Values that people fix beforehand, {"lr":0.01,"opt":"sgd"}: checked and read.
#ifndef HN_CORE_FIXED_H
#define HN_CORE_FIXED_H

#include <jansson.h>

#include "space/space.h"

// One value into the slots of `param`. A text that is no JSON value of the parameter is read as it
// would stand on the command line: "0.01" for a number, "a,b" for a permutation.
hone_status hn_fixed_value(const hn_param *param, const json_t *value, hn_slot *slots,
                           hone_error *err);
// Checks a whole object against the space: known names (the nearest is named), values in range.
// `*complete` tells whether every parameter that is active with these values was given.
hone_status hn_fixed_check(const hone_space *space, const char *json, bool *complete,
                           hone_error *err);

#endif
