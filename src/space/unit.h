// One parameter's value and its coordinates in [0, 1], see space.h.
#ifndef HN_SPACE_UNIT_H
#define HN_SPACE_UNIT_H

#include "space/space.h"

// Uniform in the parameter's own scale: u [n_dims] -> slots [n_slots] and back.
void hn_unit_decode(const hn_param *param, const double *u, hn_slot *slots);
void hn_unit_encode(const hn_param *param, const hn_slot *slots, double *u);
// By the inverse of the prior: weights and belief as well. u in (0, 1).
void hn_prior_decode(const hn_param *param, const double *u, hn_slot *slots);

#endif
