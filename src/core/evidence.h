// What models need of the history: a row of features and of results for each trial, kept in step
// with the view and shared by the samplers of a study (core/cache.h).
//
// Rows are indexed by the trials' numbers. A trial that says nothing about the search has a row of
// kind NONE: it has no configuration yet, or none that the present space knows; it is a final run,
// excluded, lost, or a copy of an earlier result. Results that the view hides (core/view.h) are not
// there: such a trial is PENDING.
//
// Invariant: everything but `log` is a function of the view. Cost: O(d) a change of a trial; memory
// O(n d). Values are as they were told, infinities included: what a model makes of these is its
// own affair.
#ifndef HN_CORE_EVIDENCE_H
#define HN_CORE_EVIDENCE_H

#include "core/ahead.h"
#include "core/cache.h"
#include "core/dedupe.h"
#include "core/expect.h"
#include "core/follow.h"
#include "space/features.h"

typedef enum hn_evidence_kind {
    HN_EVIDENCE_NONE,
    HN_EVIDENCE_PENDING,  // waits, runs or is paused
    HN_EVIDENCE_COMPLETE, // every objective has a value, none is NaN
    HN_EVIDENCE_PRUNED,   // was stopped early: `last` at `step` is what is known
    HN_EVIDENCE_FAILED    // failed, took too long or too much, was impossible, or gave NaN
} hn_evidence_kind;

typedef struct hn_evidence_row {
    uint8_t kind;     // hn_evidence_kind
    uint8_t state;    // hone_trial_state
    bool infeasible;  // a bound or a told constraint is broken
    bool partly;      // lacks a parameter that the space has active: NaN in its features
    uint32_t n_told;  // constraints that were told of it
    uint32_t params;  // row of the configuration in the fold: another one, another configuration
    double violation; // by how much its bounds and constraints are broken in all; +inf: not known
    double step;      // how far it came, 0: no report (PENDING: only while it is paused)
    double last;      // the first objective there, less being better; NaN: none. Of a trial of
                      // parts what the mean of all of them may be expected to be (core/ahead.h)
    double expected;  // PRUNED, paused or on from a pause: what it would come to at its end, as far
                      // as others tell (core/expect.h); NaN: too early to tell, or not known. Of
                      // the last hn_evidence_expect
    double duration_s; // of a finished one; NaN: not known
} hn_evidence_row;

typedef struct hn_evidence {
    // By trial, [n_trials]; those beyond view->n_trials are NONE.
    HN_VEC(hn_evidence_row) rows;
    HN_VEC(double) x; // [n_trials x n_dims] features; NaN throughout where the kind is NONE
    HN_VEC(double) y; // [n_trials x n_objectives] less is better; NaN where there is none
    // [n_trials x n_constraints] how far each is broken, <= 0 when it holds; NaN: not known. First
    // the bounds on metrics, then the numbers that were told.
    HN_VEC(double) c;
    uint32_t n_trials, n_dims, n_objectives, n_constraints;
    const hn_feature *features; // [n_dims]
    uint32_t n_infeasible;      // complete ones that are
    uint32_t n_kind[5];         // trials of each kind
    uint32_t n_expected;        // rows with such a value
    hn_dedupe index;            // of all configurations; not for a define-by-run space
    // For models that are kept up: the numbers of trials whose row has changed, in the order in
    // which that was seen. Who knows another `generation` has to look at all of them.
    HN_VEC(uint32_t) log;
    uint64_t generation;
    hn_follow follow;
    hn_ahead ahead, next_ahead; // next_ahead: scratch
    hn_expect expect;
    size_t n_expect_log; // entries of `log` that it knows of
    hn_arena arena;      // the features, and room for one configuration
    hn_config config;
    uint32_t n_told; // columns of told constraints: the most that a trial has
    uint32_t widest; // the most that was seen since these were made
    bool misfit;     // there ought to be more or fewer
} hn_evidence;

// What the state of a trial of the view says. NONE: LOST, nothing of its configuration.
hn_evidence_kind hn_evidence_kind_of(const hn_view *view, uint32_t trial);
// The evidence of a study: one instance for all who ask with the same cache. NULL when out of
// memory.
hn_evidence *hn_evidence_of(hn_cache *cache);
// For an instance of one's own, all zero at first.
void hn_evidence_free(void *evidence);
// Brings it in step with the view. Afterwards everything is that of this view, whatever it was
// before; when it fails it knows nothing.
hone_status hn_evidence_sync(hn_evidence *e, const hn_view *view, hone_error *err);
// Works out rows' `expected` and `n_expected` for the view that it is in step with: O(trials), and
// O(reports) of those that have changed. Not logged, as each result moves all of them.
hone_status hn_evidence_expect(hn_evidence *e, const hn_view *view, hone_error *err);

static inline const double *hn_evidence_x(const hn_evidence *e, uint32_t trial)
{
    return e->x.data + (size_t)trial * e->n_dims;
}
static inline const double *hn_evidence_y(const hn_evidence *e, uint32_t trial)
{
    return e->y.data + (size_t)trial * e->n_objectives;
}
static inline const double *hn_evidence_c(const hn_evidence *e, uint32_t trial)
{
    return e->c.data + (size_t)trial * e->n_constraints;
}
// Has a trial of the view features that differ from x [n_dims] by no more than `within` each?
bool hn_evidence_has_near(const hn_evidence *e, const double *x, double within);

#endif
