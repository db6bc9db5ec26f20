// Where a run of cmaes starts: a normal distribution of the axes and probabilities of the choices.
#ifndef HN_SAMPLERS_CMAES_START_H
#define HN_SAMPLERS_CMAES_START_H

#include "learn/asng.h"
#include "learn/cma.h"
#include "samplers/cmaes_space.h"

typedef struct hn_cmaes_start {
    double *m, *C, sigma; // as in hn_cma_setup
    double *q;            // as in hn_cmaes_space
    bool separable;
} hn_cmaes_start;

// All that memory is needed for comes from the arena; false when out of it.
// The middle of the priors or the defaults, `sigma0` wide.
bool hn_cmaes_start_cold(const hn_cmaes_space *s, double sigma0, bool separable, hn_arena *arena,
                         hn_cmaes_start *out);
// Where the `k` configurations lie, k > 0, widened a little; an axis that is active in none of them
// is as in the cold start.
bool hn_cmaes_start_near(const hn_cmaes_space *s, const hn_config *good, uint32_t k, double sigma0,
                         bool separable, hn_arena *arena, hn_cmaes_start *out);

#endif
