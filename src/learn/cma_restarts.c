// Restarts with increasing population (IPOP), and in two regimes (BIPOP).
//
// IPOP: every run has twice the population of the one before.
// BIPOP: of the large and the small regime the one that has used fewer evaluations is next. The
// large one doubles the population; the small one has ⌊λ₀ (½ λ_large / λ₀)^(U²)⌋ points, a step
// size of 10^(-2U) of the first, and at most half of what the large regime has used. Source: Auger,
// Hansen. A restart CMA evolution strategy with increasing population size. CEC 2005; Hansen.
// Benchmarking a BI-population CMA-ES on the BBOB-2009 function testbed. GECCO workshop 2009.
#include "learn/cma_restarts.h"

#include <math.h>

hn_cma_schedule hn_cma_schedule_begin(hn_cma_restarts rule, uint32_t lambda)
{
    return (hn_cma_schedule){
        .rule = rule, .first = lambda, .lambda = lambda, .shrink = 1, .most = UINT64_MAX};
}

static uint32_t large_lambda(const hn_cma_schedule *s)
{
    return s->first << s->n_doubled;
}

static void begin_large(hn_cma_schedule *s)
{
    s->is_small = false;
    s->n_doubled += s->n_doubled < HN_CMA_MOST_DOUBLED;
    s->lambda = large_lambda(s);
    s->shrink = 1;
    s->most = UINT64_MAX;
}

static void begin_small(hn_cma_schedule *s, const double u[2])
{
    double ratio = fmax(1, 0.5 * large_lambda(s) / s->first);
    s->is_small = true;
    s->lambda = (uint32_t)floor(s->first * pow(ratio, u[0] * u[0]));
    s->shrink = pow(10, -2 * u[1]);
    s->most = s->spent_large / 2;
}

void hn_cma_schedule_next(hn_cma_schedule *s, uint64_t n_spent, const double u[2])
{
    if (s->n_runs++ > 0) { // the first run belongs to neither regime
        uint64_t *spent = s->is_small ? &s->spent_small : &s->spent_large;
        *spent += n_spent;
    }
    if (s->rule == HN_CMA_BIPOP && s->spent_small < s->spent_large)
        begin_small(s, u);
    else if (s->rule != HN_CMA_NO_RESTARTS)
        begin_large(s);
}
