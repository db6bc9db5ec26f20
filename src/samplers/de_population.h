// The population of de as far as a view shows it: folded over the results in their order.
//
// Invariant: a function of (options, seed, view). Cost: O(1) a result; 16 bytes a trial.
#ifndef HN_SAMPLERS_DE_POPULATION_H
#define HN_SAMPLERS_DE_POPULATION_H

#include "core/arrivals.h"
#include "core/merit.h"

// How far a child goes (F) and how much of it is new (CR).
typedef struct hn_de_rates {
    double F, CR;
} hn_de_rates;

typedef struct hn_de_success {
    hn_de_rates rates;
    double gain; // by how much the child was better; NaN: not known
} hn_de_success;

typedef struct hn_de_population {
    const hn_problem *problem;
    uint32_t size, memory; // members; rates that are remembered
    hn_arrivals arrivals;
    size_t n_used, filled_at; // arrivals; SIZE_MAX: the population is not full yet
    HN_VEC(uint32_t) members; // trials by place
    HN_VEC(uint32_t) archive; // members that were beaten, at most `size`
    uint32_t archive_next;
    HN_VEC(hn_de_rates) means;       // of successes, one for each generation that had any
    HN_VEC(uint32_t) marks;          // means that there were when generation g began
    HN_VEC(hn_de_success) successes; // of the present generation
} hn_de_population;

void hn_de_population_free(hn_de_population *p);
hone_status hn_de_population_sync(hn_de_population *p, const hn_view *view, hone_error *err);
static inline bool hn_de_is_full(const hn_de_population *p)
{
    return p->filled_at != SIZE_MAX;
}
// The rates of the child that trial `trial` is, if `n_seen` arrivals were there when it was made.
hn_de_rates hn_de_rates_of(const hn_de_population *p, uint32_t trial, size_t n_seen);
// The member that it may take the place of.
static inline uint32_t hn_de_place(const hn_de_population *p, uint32_t trial)
{
    return trial % p->size;
}

#endif
