// Draws for random histories, one after the other from a seed.
#ifndef TEST_PROPERTY_CHANCE_H
#define TEST_PROPERTY_CHANCE_H

#include "num/rng.h"

typedef struct chance {
    hn_rng rng;
    uint32_t at;
} chance;

static inline uint64_t below(chance *c, uint64_t n)
{
    return hn_rng_below(&c->rng, 0, 0, c->at++, n);
}

#endif
