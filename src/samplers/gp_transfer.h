// What earlier studies say, as models beside the sampler gp's own.
#ifndef HN_SAMPLERS_GP_TRANSFER_H
#define HN_SAMPLERS_GP_TRANSFER_H

#include "core/sources.h"
#include "samplers/gp_output.h"

// One earlier study's model, of the features that it knows.
typedef struct hn_gp_source {
    hn_gp gp;
    uint32_t *dims; // [gp.space.n_dims] of the features of the study
    uint32_t n_dims;
    double faith;  // 1: the own variance is lessened by all that the source explains, 0: not
    double weight; // how often it helps most with the study's own trials
} hn_gp_source;

typedef struct hn_gp_transfer {
    const hn_sources *sources;
    uint64_t generation; // that the models were made of …
    hn_target_kind kind; // … and the curve of their values
    hn_arena arena;
    hn_gp_source *list; // [n]
    uint32_t n, n_dims;
    double weight; // of all sources together; 0: the study's own model is used as it is
    // With a weight: prior mean slope · (M(x) - level), M the weighted mean of the sources, and a
    // model of what that leaves of the targets.
    double slope, level, faith;
    hn_gp rest;
} hn_gp_transfer;

void hn_gp_transfer_free(hn_gp_transfer *t); // all zero is fine
// Makes the models if they are not those of the sources and of the objective's curve, and weighs
// them by the objective `o`, which is in step with the evidence.
hone_status hn_gp_transfer_update(hn_gp_transfer *t, const hn_sources *sources,
                                  const hn_gp_output *o, const hn_gp_space *space,
                                  hn_arena *scratch, hone_error *err);
size_t hn_gp_transfer_room(const hn_gp_transfer *t, uint32_t m);
// As hn_gp_predict and hn_gp_predict_many of the objective, with what the sources say.
void hn_gp_transfer_predict(const hn_gp_transfer *t, const double *x, double *mean,
                            double *variance, double *d_mean, double *d_variance, double *room);
void hn_gp_transfer_predict_many(const hn_gp_transfer *t, const double *x, uint32_t m, double *mean,
                                 double *variance, double *room);
// Means at the points of the rest themselves [rest.n].
void hn_gp_transfer_fitted(const hn_gp_transfer *t, double *mean, double *room);
// Takes a running trial in, at what is expected of it; gives that.
hone_status hn_gp_transfer_believe(hn_gp_transfer *t, const double *x, double *value, double *room,
                                   hone_error *err);

#endif
