// The space as the density estimates of tpe see it: an axis for each dimension of the unit cube,
// and blocks of parameters that are active together.
#ifndef HN_SAMPLERS_TPE_SPACE_H
#define HN_SAMPLERS_TPE_SPACE_H

#include "core/sources.h"
#include "learn/parzen.h"

typedef struct hn_tpe_space {
    const hone_space *space;
    hn_parzen_layout layout;
    uint32_t *block_params;      // [n_params] parameters by block
    uint32_t *block_first_param; // [n_blocks + 1] into block_params
} hn_tpe_space;

// `each_alone`: every parameter is a block of its own. Memory from the arena.
// `sources` of earlier studies may be NULL.
hone_status hn_tpe_space_make(hn_tpe_space *out, const hn_problem *problem,
                              const hn_sources *sources, bool each_alone, hn_arena *arena,
                              hone_error *err);
// A configuration as a point of the axes, x [n_axes], NaN where it is inactive. A block of which it
// lacks a part it lacks as a whole.
void hn_tpe_encode(const hn_tpe_space *s, hn_config config, double *x);
// The values of one parameter from its coordinates, which then become those of exactly that value.
void hn_tpe_decode(const hn_param *param, double *x, hn_slot *slots);
// Is block `b` active, given the values before it?
bool hn_tpe_block_active(const hn_tpe_space *s, uint32_t b, hn_config config);

#endif
