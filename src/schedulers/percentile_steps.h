// The values of many trials by step: at each step an ordered set, found by hashing.
#ifndef HN_SCHEDULERS_PERCENTILE_STEPS_H
#define HN_SCHEDULERS_PERCENTILE_STEPS_H

#include "num/ranks.h"

typedef struct hn_step_values {
    double step;
    uint32_t set;     // of `ranks`: the numbers
    uint32_t n_given; // numbers and NaN
} hn_step_values;

typedef struct hn_steps {
    HN_VEC(hn_step_values) rows; // in order of appearance
    uint32_t *slots;             // [cap] row + 1, 0: free
    size_t cap;                  // a power of two
    hn_ranks ranks;
} hn_steps;

void hn_steps_free(hn_steps *steps);
void hn_steps_clear(hn_steps *steps);
// The value of a trial at a step; each pair of them once. False when out of memory.
bool hn_steps_add(hn_steps *steps, double step, double value, uint32_t trial);
const hn_step_values *hn_steps_find(const hn_steps *steps, double step); // NULL: nobody was there
// The q-th percentile (0 to 100) of a step's numbers but for the `n_hidden` smallest-first pairs
// `hidden`, all of which are among them: linear between neighbours, as numpy has it. NaN when
// nothing is left.
typedef struct hn_step_pair {
    double value;
    uint32_t trial;
} hn_step_pair;
double hn_steps_percentile(const hn_steps *steps, const hn_step_values *row, double q,
                           const hn_step_pair *hidden, uint32_t n_hidden);

#endif
