// A space as cmaes sees it: real axes, and choices beside them.
#ifndef HN_SAMPLERS_CMAES_SPACE_H
#define HN_SAMPLERS_CMAES_SPACE_H

#include "base/arena.h"
#include "space/space.h"

typedef enum hn_cmaes_kind {
    HN_CMAES_BOUNDED, // in [-bend, 1 + bend], mirrored at its ends and bent near them into [0, 1]
    HN_CMAES_NORMAL,  // a normal or lognormal prior, without bounds
    HN_CMAES_CELLS    // an integer: the cells of its values in [0, 1]
} hn_cmaes_kind;

typedef struct hn_cmaes_axis {
    hn_cmaes_kind kind;
    const hn_param *param;
    uint32_t lane;   // dimension inside the parameter
    double m, shape; // where the search begins, and how wide beside the other axes
} hn_cmaes_axis;

typedef struct hn_cmaes_choice {
    const hn_param *param;
    uint32_t item; // of a subset
} hn_cmaes_choice;

typedef struct hn_cmaes_space {
    const hone_space *space;
    hn_cmaes_axis *axes;
    hn_cmaes_choice *choices;
    uint32_t n, n_choices;
    uint32_t *K;      // [n_choices]
    double *q;        // prior probabilities, one choice after another
    bool *fixed;      // [n] axes of cells, which never become narrow
    double *low, *up; // [n] where the mean may be
    // [n_params] the first axis and the first choice of each parameter
    uint32_t *first_axis, *first_choice;
} hn_cmaes_space;

// A point in both parts: `x` before the margin's scale. What reads it needs the mean and scale.
typedef struct hn_cmaes_point {
    double *x;       // [n]
    uint32_t *picks; // [n_choices]
} hn_cmaes_point;

// How axes of cells are read: x̄ = m + scale (x - m).
typedef struct hn_cmaes_lens {
    const double *m, *scale; // [n]
} hn_cmaes_lens;

bool hn_cmaes_space_make(hn_cmaes_space *s, const hone_space *space, hn_arena *arena);
// The configuration that the point stands for; conditions are applied, rules are not.
void hn_cmaes_read(const hn_cmaes_space *s, hn_cmaes_lens lens, hn_cmaes_point point,
                   hn_config out);
// Makes `point` one that stands for `config`: parameters for which it does already, and those that
// are inactive, keep their part of it. True when nothing had to be changed.
bool hn_cmaes_fit(const hn_cmaes_space *s, hn_cmaes_lens lens, hn_config config,
                  hn_cmaes_point point);
// How far a bounded axis goes on beyond both ends of its range.
#define HN_CMAES_BEND 0.02
// The place in [-bend, 1 + bend] that stands for the same value of a bounded axis.
double hn_cmaes_mirror(double x);
// Thresholds next to the value that u is read as on an axis of cells; at an end of the range both
// are the only one.
void hn_cmaes_thresholds(const hn_cmaes_axis *axis, double u, double *low, double *up);

#endif
