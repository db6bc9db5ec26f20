// Where the acquisition function of the sampler gp is greatest, over mixed and conditional spaces.
#ifndef HN_SAMPLERS_GP_SEARCH_H
#define HN_SAMPLERS_GP_SEARCH_H

#include <hone/sys/sampler.h>

#include "core/untried.h"
#include "samplers/gp_acquire.h"

typedef struct hn_gp_search {
    const hn_problem *problem;
    const hn_view *view;
    const hn_evidence *evidence;
    const hn_gp_options *options;
    hn_gp_scene *scene;
    hn_rng rng;
    uint32_t trial, attempt;
    hn_arena *scratch;
    hn_config config;   // room for one
    double *low, *high; // [n_dims] where numbers may lie
    bool optional;      // some parameters may be inactive
    bool whole;         // rows of features have to be decoded in whole
    bool folds;         // among them continuous ones
    uint32_t *grids;    // [n_grids] parameters of which several rows are the same configuration
    uint32_t n_grids;
    hn_newness newness; // of what may be suggested
} hn_gp_search;

// Fills `out` with the best point found that may be suggested; *found false when there is none.
hone_status hn_gp_search_run(hn_gp_search *s, hn_config out, bool *found, hone_error *err);

// --- gp_region.c ---

// Narrows s->low and s->high to the trust region; `patience`: failures in a row that halve it.
void hn_gp_region(const hn_gp_search *s, uint32_t n_startup, double patience);

#endif
