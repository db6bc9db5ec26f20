// A configuration as a row of numbers for models: one feature for each dimension of the unit cube.
//
//     float, int, normal, ordinal   a number in [0, 1]: the coordinate of hn_space_encode, uniform
//                                   in the parameter's own scale; steps, integers and ordered
//                                   choices at the centres of their cells, so that the range is
//                                   widened by half a step
//     categorical, boolean          the index of the choice
//     subset                        a choice of two for each item: 0 out, 1 in
//     permutation                   a number for each item: its place
//     simplex                       the n - 1 numbers of stick breaking
//     of an inactive parameter      NaN
#ifndef HN_SPACE_FEATURES_H
#define HN_SPACE_FEATURES_H

#include "space/space.h"

typedef struct hn_feature {
    uint32_t param;     // index of its parameter
    uint32_t n_choices; // >= 1: an index below this; 0: a number in [0, 1]
    double n_values;    // how many a number can take, +inf when it is continuous
} hn_feature;

// What the features of a space are: out [space->n_dims].
void hn_features_describe(const hone_space *space, hn_feature *out);
// x [space->n_dims]
void hn_features_encode(const hone_space *space, hn_config config, double *x);
// The same for a configuration that differs little from `from`, whose row is `x_from`.
void hn_features_encode_near(const hone_space *space, hn_config from, const double *x_from,
                             hn_config config, double *x);
// The nearest configuration: numbers are snapped to their grid and what the conditions switch off
// is left out, whatever x has there. What they switch on and is NaN in x is drawn from its prior
// (stream (name, attempt, dimension) of `rng`). Rules are not looked at. Encode the result to know
// the row that it stands for.
void hn_features_decode(const hone_space *space, const double *x, const hn_rng *rng,
                        uint32_t attempt, hn_config out);

#endif
