// Populations of several objectives, generation after generation: what nsga2 and nsga3 share.
//
// Invariant: a function of (options, seed, view). Every `size` results that did not fail make a
// generation, in the order in which they come in, whatever they were made from; then the survivors
// are chosen among these and the survivors before. Cost: O(m size²) a generation; 12 bytes a trial.
#ifndef HN_SAMPLERS_GENERATIONS_H
#define HN_SAMPLERS_GENERATIONS_H

#include "core/arrivals.h"
#include "core/untried.h"

// A candidate for survival. Levels: the fronts of those that are complete and feasible, then the
// others one by one, by merit.
typedef struct hn_candidate {
    uint32_t trial, level;
    double crowding; // where it was worked out; 0
} hn_candidate;

// Chooses `wanted` of the candidates from … to - 1, which are one front, behind those that are in:
// moves them to the front of that range. values [to × m], less being better, are in the same order
// and need not be moved. False when out of memory.
typedef struct hn_cut {
    hn_candidate *candidates;
    const double *values;
    uint32_t from, to, m, wanted;
    hn_rng rng;
    void *user;
    hn_arena *arena;
} hn_cut;
typedef bool hn_cut_fn(const hn_cut *cut);

typedef struct hn_breeding {
    int64_t size;
    double crossover, mutation; // mutation 0: 1 / number of parameters
} hn_breeding;

typedef struct hn_generations {
    const hn_problem *problem;
    const hn_breeding *breeding;
    hn_cut_fn *cut;
    void *user;
    hn_arrivals arrivals;
    size_t n_used;
    uint32_t n_generations;
    HN_VEC(hn_candidate) members;
    HN_VEC(uint32_t) newcomers;
    hn_arena scratch;
    hn_cache own; // where there is no cache to share
} hn_generations;

void hn_generations_free(hn_generations *g);
// A point for the request, the history taken in.
hone_status hn_generations_suggest(hn_generations *g, const hn_view *view,
                                   const hn_request *request, hn_config out, hone_error *err);
char *hn_generations_explain(const hn_generations *g, const hn_view *view, uint32_t trial);

#endif
