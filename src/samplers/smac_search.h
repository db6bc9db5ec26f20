// Where smac looks for the point to suggest: random points and local searches from good ones.
#ifndef HN_SAMPLERS_SMAC_SEARCH_H
#define HN_SAMPLERS_SMAC_SEARCH_H

#include <hone/sys/sampler.h>

#include "core/untried.h"
#include "samplers/smac_score.h"
#include "space/neighbour.h"

typedef struct hn_smac_search {
    const hn_problem *problem;
    const hn_view *view;
    const hn_request *request;
    const hn_evidence *evidence;
    hn_smac_scorer scorer;
    int64_t n_random, n_starts; // points from the prior; local searches
    hn_newness newness;         // of what may be suggested
    // Filled by hn_smac_search_open, memory from request->scratch.
    hn_rng rng;
    uint32_t n_moves;           // made so far: an attempt of the stream each
    hn_config here, next, best; // of one local search; the best that may be suggested
    double best_score;          // -inf: none yet
    hn_config *batch;           // [BATCH]
    double *x, *mean, *score;   // [BATCH x n_dims], [BATCH]
    double *x_here;             // [n_dims]
    hn_move *moves;
    hn_config *starts; // [n_starts]
    double *start_scores;
} hn_smac_search;

hone_status hn_smac_search_open(hn_smac_search *s, hone_error *err);
// The point of the greatest score that was found and may be suggested, into `out`; *found is false
// when there is none.
hone_status hn_smac_search_run(hn_smac_search *s, hn_config out, bool *found, hone_error *err);

#endif
