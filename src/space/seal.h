// Between space.c and the files that seal a space.
#ifndef HN_SPACE_SEAL_H
#define HN_SPACE_SEAL_H

#include "space/space.h"

// order.c: order[k] is the index of the k-th parameter when every condition names earlier ones
// only; the order of declaration is kept wherever it allows. HONE_EINVAL names a circle.
hone_status hn_space_order(const hone_space *space, hn_arena *scratch, uint32_t *order,
                           hone_error *err);
// count.c: fills `cardinality` and `is_bound` of a space that is resolved.
hone_status hn_space_count(hone_space *space, hone_error *err);

#endif
