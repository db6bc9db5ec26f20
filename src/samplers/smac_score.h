// How promising a point is by the forests of smac: the logarithm of the expected improvement, and
// of the chance that the point works at all.
#ifndef HN_SAMPLERS_SMAC_SCORE_H
#define HN_SAMPLERS_SMAC_SCORE_H

#include "samplers/smac_model.h"

// log E[max(0, e^best - e^Y)], Y ~ N(mean, sd²): improvement of a value whose logarithm is
// modelled.
double hn_smac_log_ei_of_log(double mean, double sd, double best);

typedef struct hn_smac_scorer {
    const hn_smac_model *model;
    const double *weights; // [n_objectives] of the scalar that is improved; of one objective NULL
    double best;           // the least predicted mean of a trial that keeps the constraints
} hn_smac_scorer;

// For x [m x d]: what is predicted of the scalar, mean [m], and the scores, score [m]; NULL: not
// wanted. Without anything to predict the mean is 0 and the score the chance alone.
hone_status hn_smac_score(const hn_smac_scorer *s, const double *x, uint32_t m, double *mean,
                          double *score, hone_error *err);
// The scalar of a complete trial as it was seen; NaN: there is none.
double hn_smac_scalar_seen(const hn_smac_scorer *s, uint32_t trial);

#endif
