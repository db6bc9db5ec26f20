// The Gaussian processes of gp over the history of a study: one for each objective and constraint,
// and one for where trials fail. Shared by the samplers of a study through its cache
// (core/cache.h): who asks with the same options, however it searches for its points, finds the
// hyperparameters fitted and the covariances factorised.
//
// Invariant: after a sync everything is a function of (options, view) and, with more objectives
// than hypervolumes are computed of, of the trial that asks: its weights make one objective of all.
#ifndef HN_SAMPLERS_GP_MODEL_H
#define HN_SAMPLERS_GP_MODEL_H

#include "learn/ehvi.h"
#include "samplers/gp_output.h"
#include "samplers/gp_transfer.h"

typedef struct hn_gp_model {
    hn_evidence *evidence;
    hn_gp_model_options options;
    hn_gp_space space; // its dims in `arena`
    bool optional;     // some dimension may be inactive
    hn_gp_output objectives[HN_EHVI_MOST], failure;
    uint32_t n_objectives; // that are modelled
    double *weights;       // [objectives of the problem] where one model is for all; else NULL
    HN_VEC(hn_gp_output) constraints;
    const hn_sources *sources; // the cache's
    hn_gp_transfer transfer;   // of the one objective
    hn_arena arena;
    // What was synced.
    bool made, synced;
    uint64_t generation;
    size_t n_log;
    uint32_t trial;
} hn_gp_model;

// The model of a study: one instance for all who ask for the same options. NULL when out of memory.
hn_gp_model *hn_gp_model_of(hn_cache *cache, const hn_gp_model_options *options);
void hn_gp_model_free(void *model); // for one of one's own, all zero at first
// Brings it in step with the evidence in `cache`, which has been brought in step with the view, and
// with the earlier studies there; `trial` asks. Running trials are taken in at what is expected of
// them. Costs nothing when that has been done.
hone_status hn_gp_model_sync(hn_gp_model *model, const hn_gp_model_options *options,
                             hn_cache *cache, const hn_view *view, uint32_t trial,
                             hn_arena *scratch, hone_error *err);

#endif
