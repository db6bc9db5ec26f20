// What a trial costs, to the sampler gp: a model of it, and how much it counts.
#ifndef HN_SAMPLERS_GP_COST_H
#define HN_SAMPLERS_GP_COST_H

#include "core/view.h"
#include "samplers/gp_output.h"

typedef struct hn_gp_cost {
    bool on;
    uint32_t metric;      // HN_NONE: the measured duration
    double budget;        // 0: none
    hn_gp_output log;     // of the cost's logarithm
    HN_VEC(double) known; // [n_trials] logarithms; NaN: not known
    double weight;        // exponent of the cost, 0 to 1; 0: it does not count
} hn_gp_cost;

// Looks the option `cost` up: HONE_EINVAL for a metric that there is not, HONE_EUNSUPPORTED for
// durations in a study that must not depend on the clock.
hone_status hn_gp_cost_init(hn_gp_cost *c, const hn_problem *problem, const hn_gp_options *options,
                            hone_error *err);
void hn_gp_cost_free(hn_gp_cost *c); // all zero is fine
// Brings model and weight in step with the view. `n_startup`: the first trials.
hone_status hn_gp_cost_update(hn_gp_cost *c, const hn_evidence *e, const hn_view *view,
                              const hn_gp_space *space, uint32_t n_startup, hn_arena *scratch,
                              hone_error *err);
// What the cost adds to the logarithm of a point's worth, by the model's mean there.
static inline double hn_gp_cost_slope(const hn_gp_cost *c)
{
    return -c->weight * c->log.unit;
}

#endif
