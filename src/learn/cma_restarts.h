// How the next run of CMA-ES differs from the one that has ended.
#ifndef HN_LEARN_CMA_RESTARTS_H
#define HN_LEARN_CMA_RESTARTS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum hn_cma_restarts {
    HN_CMA_NO_RESTARTS,
    HN_CMA_IPOP, // each run with twice the population
    HN_CMA_BIPOP // runs with growing populations, and between them small and local ones
} hn_cma_restarts;

enum { HN_CMA_MOST_DOUBLED = 9 }; // 512 times the first population

typedef struct hn_cma_schedule {
    hn_cma_restarts rule;
    uint32_t first;             // population of the first run
    uint32_t n_runs, n_doubled; // runs begun after the first; those with twice the population
    uint64_t spent_large, spent_small; // evaluations
    bool is_small;
    // Of the present run.
    uint32_t lambda;
    double shrink; // factor of the first step size
    uint64_t most; // evaluations after which it ends, UINT64_MAX: none
} hn_cma_schedule;

hn_cma_schedule hn_cma_schedule_begin(hn_cma_restarts rule, uint32_t lambda);
// After a run that took `n_spent` evaluations; u: two uniforms.
void hn_cma_schedule_next(hn_cma_schedule *s, uint64_t n_spent, const double u[2]);

#endif
