// What the user believes of a point, as a density relative to the uniform in the unit cube.
#ifndef HN_SAMPLERS_GP_BELIEF_H
#define HN_SAMPLERS_GP_BELIEF_H

#include "space/features.h"

enum { HN_BELIEF_CELLS = 256 };

typedef struct hn_gp_belief {
    uint32_t dim;
    uint32_t n; // log_density [n]: of each choice; of a number [HN_BELIEF_CELLS + 1] at k / n
    bool is_choice;
    double *log_density;
} hn_gp_belief;

typedef struct hn_gp_beliefs {
    hn_gp_belief *list; // [n]
    uint32_t n;
} hn_gp_beliefs;

// Those of the space, of which there may be none; in the arena. False when out of memory.
bool hn_gp_beliefs_make(hn_gp_beliefs *b, const hone_space *space, hn_arena *arena);
// Log density at x [n_dims]; `weight` times its derivatives is added to g (NULL: not wanted).
double hn_gp_beliefs_at(const hn_gp_beliefs *b, const double *x, double weight, double *g);

#endif
