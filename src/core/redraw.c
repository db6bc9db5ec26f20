// Draws from the priors, with an attempt number for repeats; evenly spread points.

#include "core/view.h"
#include "num/qmc.h"

// Each attempt is a stream of its own: inside one, the counter's attempt belongs to the rules.
hone_status hn_space_redraw(const hone_space *space, uint64_t seed, uint32_t trial,
                            uint32_t attempt, hn_config out, hone_error *err)
{
    hn_rng rng =
        hn_rng_make(seed + attempt * UINT64_C(0x9e3779b97f4a7c15), HN_PURPOSE_PRIOR, trial);
    return hn_space_sample(space, &rng, out, NULL, err);
}

hone_status hn_problem_spread(const hn_problem *problem, uint32_t trial, uint32_t attempt,
                              double *u, hn_config out, hone_error *err)
{
    const hone_space *space = problem->space;
    uint64_t seed = problem->seed;
    hn_rng rng = hn_rng_make(seed, HN_PURPOSE_SUGGEST, trial);
    for (uint32_t d = 0; d < space->n_dims; d++) {
        uint32_t c = problem->lineage ? problem->lineage->coordinates[d] : d;
        u[d] = c < HN_SOBOL_MAX_DIM ? hn_sobol(seed, c, trial) : hn_rng_uniform(&rng, 0, 0, c);
    }
    hn_space_from_prior(space, u, out);
    if (attempt == 0 && hn_space_allows(space, out, NULL))
        return HONE_OK;
    return hn_space_redraw(space, seed, trial, attempt, out, err);
}
