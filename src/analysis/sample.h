// The ended trials of the search as a table: where each stood in the space, how good it was. What
// the analyses look at.
#ifndef HN_ANALYSIS_SAMPLE_H
#define HN_ANALYSIS_SAMPLE_H

#include "base/arena.h"
#include "core/fold.h"

// Rows are trials of the search, in order of their numbers, that ended with a verdict (COMPLETE,
// PRUNED, FAILED, TIMEOUT, OOM, INFEASIBLE, INVALID), were run and not served, are not excluded,
// and whose configuration lies in the present space.
typedef struct hn_sample {
    hn_arena arena;
    const hn_fold *fold;
    const hone_space *space;
    uint32_t n;
    uint32_t *trial;  // [n] numbers
    uint8_t *state;   // [n]
    hn_config *point; // [n] in the present space
    double *u;        // [n × n_dims] row-major, hn_space_encode
    // [n] smaller is better: the worth, or with several objectives the number of the front, 0 the
    // best; +inf for what has no result, is infeasible, or was pruned.
    double *score;
    uint32_t *order;   // [n] rows, the best first; equal scores by number
    uint32_t n_good;   // rows with a finite score
    uint32_t n_judged; // those, and what was pruned
    uint32_t n_best;   // the best: 1, or the size of the Pareto set; 0 when n_good is
} hn_sample;

// Errors: HONE_ENOMEM. O(n · dimensions + n log n); with several objectives as hn_pareto_fronts.
hone_status hn_sample_make(const hn_fold *fold, hn_sample *out, hone_error *err);
void hn_sample_free(hn_sample *sample);
// How many rows the top `share` of what was judged is: at least 1, with all that equal the last
// one, at most n_good.
uint32_t hn_sample_top(const hn_sample *sample, double share);
static inline double hn_sample_u(const hn_sample *s, uint32_t row, const hn_param *param)
{
    return s->u[(size_t)row * s->space->n_dims + param->dim];
}
static inline bool hn_sample_active(const hn_sample *s, uint32_t row, const hn_param *param)
{
    return hn_active(s->point[row].active, param->index);
}

#endif
