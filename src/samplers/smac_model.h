// The forests of smac over the history of a study: one for each objective, and one for where trials
// fail. Shared by the samplers of a study through its cache (core/cache.h).
//
// Invariant: after a sync everything is a function of (options, view). Which trials a tree was
// grown from changes with every trial in a short study, and at points of its own, counted in
// trials, in a long one; what the leaves say is always of the present.
#ifndef HN_SAMPLERS_SMAC_MODEL_H
#define HN_SAMPLERS_SMAC_MODEL_H

#include "learn/forest.h"
#include "samplers/smac_rows.h"

typedef struct hn_smac_options {
    int64_t n_trees, min_leaf;
    double feature_share;
} hn_smac_options;

typedef struct hn_smac_model {
    hn_evidence *evidence; // brought in step by the sync
    hn_smac_options options;
    // What is modelled as an objective: those of the problem or, while no trial keeps the
    // constraints, by how much these are broken.
    bool by_violation;
    bool has_trouble;      // some trials fail, or break a constraint while others do not
    uint32_t n_forests;    // of objectives
    hn_forest *forests;    // [n_objectives]
    hn_smac_scale *scales; // [n_objectives] of the present rows
    hn_forest trouble;     // 0 … 1
    hn_smac_trials trials; // that fill the leaves
    // What was synced.
    bool made, filled;
    uint64_t generation;
    size_t n_log;
    uint32_t n_seen;
    uint32_t *n_choices; // [n_dims]
    uint32_t *limits;    // [n_trees] grown from the trials below
    uint32_t n_limit;    // trials when the limits were set: a tree with that one grows each time
    bool *stale;         // [n_trees] to be grown again
} hn_smac_model;

// The model of a study: one instance for all who ask for the same options. NULL when out of memory.
hn_smac_model *hn_smac_model_of(hn_cache *cache, const hn_smac_options *options);
void hn_smac_model_free(void *model); // for one of one's own, all zero at first
hone_status hn_smac_model_sync(hn_smac_model *model, const hn_smac_options *options,
                               hn_evidence *evidence, const hn_view *view, hone_error *err);

// Is there any objective to model?
bool hn_smac_model_knows(const hn_smac_model *model);
// What a trial says, on the modelled scale: NaN when nothing.
double hn_smac_model_seen(const hn_smac_model *model, uint32_t objective, uint32_t trial);

#endif
