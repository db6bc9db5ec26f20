// How the parameters of a version of the space descend from those of the version before, by name.
#ifndef HN_CORE_LINEAGE_H
#define HN_CORE_LINEAGE_H

#include "space/space.h"

typedef struct hn_lineage {
    // [n_params] the version from which on the parameter has been there all along, under the same
    // condition: trials of earlier ones may lack it.
    uint32_t *since;
    // [n_dims] coordinate of a low-discrepancy sequence: a parameter keeps its own while it is
    // there, whatever comes and goes beside it. In a first version they are 0, 1, 2, …
    uint32_t *coordinates;
    uint32_t n_coordinates; // given out so far
} hn_lineage;

// `before` and `from`: of the version before; NULL for the first. Freed with hn_free; NULL when out
// of memory.
hn_lineage *hn_lineage_make(const hn_lineage *before, const hone_space *from,
                            const hone_space *space, uint32_t version);

#endif
