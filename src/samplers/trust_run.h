// The search of trust as far as a view shows it: folded over the results in their order.
//
// Invariant: everything here is a function of (space, options, seed, view). Kept up incrementally
// it equals what is rebuilt: results come in one after the other, and when one of those that were
// used has changed, all begins anew. The model is made again whenever it is asked for and something
// has come in since. Cost: O(m p² + p³) a result, for p terms of a model and m <= 2 p + 20 points,
// p <= 200.
#ifndef HN_SAMPLERS_TRUST_RUN_H
#define HN_SAMPLERS_TRUST_RUN_H

#include "base/str.h"
#include "core/arrivals.h"
#include "core/evidence.h"
#include "core/merit.h"
#include "learn/quadratic.h"

typedef struct hn_trust_options {
    double radius, least; // of the trust region, as shares of each range: at first, converged
} hn_trust_options;

// A model of what is near the centre, by the axes of the centre.
typedef struct hn_trust_model {
    bool known;           // there are points enough for one
    bool partial;         // else: a plane, flat along the axes that nothing is known of
    hn_quadratic *models; // [1 + n_rules] objective first, in units of `unit`
    double *penalties;    // [n_rules]
    hn_quadratic_aim aim;
    double scale;      // z = (x - centre) / scale
    double *z;         // [n_axes] its minimum within the region
    double step;       // how far that is, in radii
    double gain;       // what it promises
    double *units;     // [1 + n_rules] of the values
    uint32_t *columns; // [n_rules] constraints
} hn_trust_model;

typedef struct hn_trust_run {
    const hn_problem *problem;
    const hn_trust_options *options;
    hn_linalg la;
    hn_arrivals arrivals;
    hn_evidence *evidence;
    hn_arena arena;    // as long as this lives
    hn_arena of_model; // of the present model
    hn_arena of_call;
    uint32_t n_dims, most_points;
    bool *numeric; // [n_dims] axes of a model, as against choices
    double *range; // [n_dims] least radius along an axis: one value of an integer
    double *first; // [n_dims] where the first run begins
    // What has been folded.
    bool begun;
    uint64_t digest;          // of everything of the results that it was made from (trust_kept.c)
    double owed;              // products that it cost, but for what was taken up
    hn_str kept;              // to be taken up at the first sync
    size_t n_used, run_start; // arrivals
    uint32_t n_runs, n_in;    // runs before this one; results that counted in this one
    uint32_t n_starts;        // points of which this run begins at the best; 0: it has a centre
    hn_merit best, reached;   // of all results so far; of its own and those that counted in a run
    bool has_best, has_reached;
    double radius;
    bool failed;    // the last step was no gain, and the points may be to blame
    bool good;      // the last step was about as good as promised
    double *centre; // [n_dims]
    hn_merit merit; // of the centre, when it has a result
    bool has_centre;
    uint32_t *axes, n_axes;     // [n_dims] numbers that are active at the centre
    uint32_t *points, n_points; // [most_points] trials
    bool has_model;
    hn_trust_model model;
} hn_trust_run;

bool hn_trust_run_init(hn_trust_run *r, const hn_problem *problem, const hn_trust_options *options);
void hn_trust_run_free(hn_trust_run *r);
// `evidence` is in step with the view.
hone_status hn_trust_run_sync(hn_trust_run *r, const hn_view *view, hn_evidence *evidence,
                              hone_error *err);
// The model of the present state; NULL when out of memory.
const hn_trust_model *hn_trust_model_of(hn_trust_run *r);
// What has been folded, as bytes for another process; true when folding it again would be dear.
bool hn_trust_run_keep(const hn_trust_run *r, hn_str *out);
// Such bytes, which the first sync goes on from if they are of what it sees.
void hn_trust_run_recall(hn_trust_run *r, const void *data, size_t size);
double hn_trust_radius(const hn_trust_run *r, uint32_t dim);
// Is it one of the points that differ from the centre in numbers only?
bool hn_trust_is_alike(const hn_trust_run *r, const double *x);
// What lies within twice the radius, with `n_more` further points: the axis that it tells least of,
// HN_NONE when it tells something of all of them, and when out of memory; of how many it tells; and
// how many points they are.
typedef struct hn_trust_span {
    uint32_t gap, rank, n_near;
} hn_trust_span;
hn_trust_span hn_trust_span_of(hn_trust_run *r, const double *const *more, uint32_t n_more);
// An allocation failed since the last sync: what was asked of the run since then says nothing.
bool hn_trust_is_starved(const hn_trust_run *r);

// --- trust_kept.c: inside ---
// A digest before any result, and with one more.
uint64_t hn_trust_digest(const hn_trust_run *r);
uint64_t hn_trust_digest_add(const hn_trust_run *r, const hn_view *view, uint32_t trial,
                             uint64_t before);
// Goes on from what was kept: false, and all as it was, when that is of something else.
bool hn_trust_take_up(hn_trust_run *r, const hn_view *view);
// --- trust_run.c: inside ---
void hn_trust_set_centre(hn_trust_run *r, const double *x);

#endif
