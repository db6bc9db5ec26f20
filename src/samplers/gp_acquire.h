// How much a point is worth to the sampler gp: less told of it, more expected.
#ifndef HN_SAMPLERS_GP_ACQUIRE_H
#define HN_SAMPLERS_GP_ACQUIRE_H

#include "learn/ehvi.h"
#include "samplers/gp_belief.h"
#include "samplers/gp_cost.h"
#include "samplers/gp_output.h"
#include "samplers/gp_transfer.h"

// The models of a suggestion. Everything is borrowed.
typedef struct hn_gp_scene {
    uint32_t n_dims;
    const hn_gp_output *objective; // [n_objectives], more than one: by hypervolume
    uint32_t n_objectives;
    const hn_gp_transfer *transfer; // of the one objective; NULL: earlier studies say nothing
    hn_ehvi ehvi;
    uint32_t *front; // [n_front] points of the models that are not dominated
    uint32_t n_front;
    const hn_gp_output *constraints; // [n_constraints]
    uint32_t n_constraints;
    const hn_gp_output *failure; // NULL: nothing has failed
    const hn_gp_cost *cost;      // NULL: it does not count
    bool any_feasible;
    double best; // of the feasible points, what the model says of the best, as a target
    const hn_gp_beliefs *beliefs;
    double prior_weight;                // of the users' beliefs; 0: there are none
    double *room, *d_mean, *d_variance; // the latter [n_objectives × n_dims]
    double *mean, *variance;            // [n_objectives × most]
    uint32_t most;                      // the largest batch
} hn_gp_scene;

// Fills in best and any_feasible and makes room for batches of `most` points. False when out of
// memory.
bool hn_gp_scene_make(hn_gp_scene *s, const hn_evidence *e, uint32_t most, hn_arena *scratch);
// Logarithm of the worth of x; its derivatives by the active numbers go into g (NULL: not wanted).
double hn_gp_acquire(hn_gp_scene *s, const double *x, double *g);
// Of x [m × n_dims], m at most the largest batch.
void hn_gp_acquire_many(hn_gp_scene *s, const double *x, uint32_t m, double *out);
// The same where it is above `least`; what is not may be -INFINITY, which is quicker.
void hn_gp_acquire_above(hn_gp_scene *s, const double *x, uint32_t m, double least, double *out);

#endif
