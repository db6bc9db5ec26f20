// What a suggestion or a decision may see: the trials of a prefix of the journal.
//
// Normally that is the whole fold. With a lag (deterministic studies) the results of the last
// trials before the asking one are hidden, as if they were still running, whether they have
// finished or not; trials with higher numbers are hidden altogether.
#ifndef HN_CORE_VIEW_H
#define HN_CORE_VIEW_H

#include "core/fold.h"

// Where a sampler is one of several that share a study: which trials it has suggested itself, or is
// to take as if it had.
typedef struct hn_turns {
    bool (*is_own)(const struct hn_turns *turns, uint32_t trial);
} hn_turns;

typedef struct hn_view {
    const hn_fold *fold;
    const hn_problem *problem;
    uint32_t n_trials;     // visible: numbers below
    uint32_t n_results;    // those below this number may show that they have finished
    const hn_turns *turns; // NULL: all are the sampler's own
} hn_view;

// Everything, or, with problem->lag, what trial number `trial` may see.
hn_view hn_view_of(const hn_fold *fold, uint32_t trial);
// Does `lag` require trials below some number to finish first? True when all of them have.
bool hn_view_ready(const hn_view *view);

// State as far as it may be seen: WAITING for a trial without a configuration yet, LOST for one
// that was told before the present objectives were.
hone_trial_state hn_view_state(const hn_view *view, uint32_t trial);
// Is the trial the asking sampler's own?
static inline bool hn_view_is_own(const hn_view *view, uint32_t trial)
{
    return !view->turns || view->turns->is_own(view->turns, trial);
}
// Was its point suggested for the present space, by a sampler that was chosen when this one was?
bool hn_view_is_sampled(const hn_view *view, uint32_t trial);
// Does the trial count as evidence of the search? (Not excluded, not a final run.)
bool hn_view_counts(const hn_view *view, uint32_t trial);
// How a configuration of one version of the space stands in another (map_config.c).
typedef enum hn_mapped {
    HN_MAPPED_FAILED, // out of memory: only hn_config_map_some tells
    HN_MAPPED_NOT,    // it has a value outside, or breaks a rule
    HN_MAPPED_PARTLY, // lacks a parameter that the space has active: inactive in what is handed out
    HN_MAPPED_WHOLLY, // complete; but it had a value that the space does not know any more
    HN_MAPPED_EQUAL   // the same configuration
} hn_mapped;

// `by_running`: trials define the space as they run; what one lacks is inactive. `out`: of `to`.
// NOT when out of memory, too.
hn_mapped hn_config_map(const hone_space *from, hn_config old, const hone_space *to,
                        bool by_running, hn_config out);
// The same as if `from` had the parameters of `to` alone that `has` [to->n_params] says.
hn_mapped hn_config_map_some(const hone_space *from, hn_config old, const hone_space *to,
                             const bool *has, bool by_running, hn_config out);
// Does the domain of `param` have the value that `slots` is of `source`? `text`: room, failed
// afterwards when there was no memory to tell.
bool hn_value_map(const hn_param *source, const hn_slot *slots, const hn_param *param, hn_slot *out,
                  hn_str *text);
// Has its configuration a value for every parameter of the present space, whatever its conditions?
// Where trials define the space as they run, one that took another branch has not.
bool hn_view_is_whole(const hn_view *view, uint32_t trial);
// The trial's configuration in the current version; NOT when it has none yet.
hn_mapped hn_view_map(const hn_view *view, uint32_t trial, hn_config out);
// The same, WHOLLY at least: what a sampler may rely on is a configuration that fits the space.
bool hn_view_config(const hn_view *view, uint32_t trial, hn_config out);
// Metric value, NaN when there is none or it may not be seen yet.
double hn_view_value(const hn_view *view, uint32_t trial, uint32_t metric);

// A draw from the priors for `trial`; attempt 0 is the stream that random uses, later ones are
// independent of it (for suggestions that have a pending twin).
hone_status hn_space_redraw(const hone_space *space, uint64_t seed, uint32_t trial,
                            uint32_t attempt, hn_config out, hone_error *err);
// Point number `trial` of a scrambled Sobol sequence, through the priors; where that breaks a rule,
// and for attempt > 0, a draw as above. A change of the space goes on with the sequence: what is
// still there keeps its coordinates. `u`: room for space->n_dims numbers.
hone_status hn_problem_spread(const hn_problem *problem, uint32_t trial, uint32_t attempt,
                              double *u, hn_config out, hone_error *err);

#endif
