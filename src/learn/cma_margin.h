// CMA-ES on integers: a margin of probability keeps the neighbouring values within reach.
#ifndef HN_LEARN_CMA_MARGIN_H
#define HN_LEARN_CMA_MARGIN_H

#include "learn/cma.h"

// After a tell: coordinate i of the mean lies between the thresholds `low` and `up` of the values
// next to its own; at an end of the range both are the only threshold there is. Moves the mean and
// widens *scale, the factor by which points' distances from the mean in this coordinate are
// multiplied before they are read, so that each neighbour has at least `margin` / 2.
void hn_cma_keep_margin(hn_cma *s, uint32_t i, double low, double up, double margin, double *scale);

#endif
