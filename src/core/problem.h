// What a sampler or scheduler is asked to solve: the part of a study that does not grow.
#ifndef HN_CORE_PROBLEM_H
#define HN_CORE_PROBLEM_H

#include <hone/study.h>

#include "core/lineage.h"
#include "space/space.h"

#define HN_MAX_METRICS 62

// `metric op bound`, on a metric by index; satisfied when value - bound has the sign of `op`.
typedef struct hn_bound {
    const char *text; // "latency<=20"
    uint32_t metric;
    bool at_most; // else at least
    double bound;
} hn_bound;

typedef struct hn_problem {
    const hone_space *space; // current version
    uint32_t space_version;
    const hn_lineage *lineage;  // of the space; NULL: as in a first version
    const hone_metric *metrics; // [n_metrics], objectives first
    uint32_t n_metrics, n_objectives;
    const hn_bound *bounds; // [n_bounds]
    uint32_t n_bounds;
    uint64_t seed;
    int64_t n_trials; // intended, 0: unknown
    bool exhausted;   // a new trial could not be had when one was asked for last
    uint32_t lag;     // see hone_study_options.lag
    bool noisy;
    bool forks;             // the scheduler replaces trials by copies of better ones
    const char *from;       // JSON of what earlier studies say (core/sources.h); NULL: none
    bool define_by_run;     // the space grows by what trials ask for
    struct hn_cache *cache; // of what samplers share; NULL: each keeps its own (core/cache.h)
} hn_problem;

// May a configuration lack the parameter? A trial that defines its space as it runs may leave out
// anything.
static inline bool hn_is_optional(const hn_problem *problem, const hn_param *param)
{
    return problem->define_by_run || param->condition != NULL;
}

#endif
