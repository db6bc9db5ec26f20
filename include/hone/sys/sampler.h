// Samplers: a request and the history in, a point out.
//
// A suggestion is a pure function of (space, options, seed, trial number, view). `self` is a cache:
// kept up incrementally it must equal what is rebuilt from the log, and it may be thrown away at
// any time. A sampler reads no clock, keeps no random state and never calls back into the study.
#ifndef HONE_SYS_SAMPLER_H
#define HONE_SYS_SAMPLER_H

#include <stdbool.h>

#include <hone/sys/plugin.h>

HONE_BEGIN_DECLS

struct hn_problem; // space, metrics, seed, trials wanted: core/problem.h
struct hn_view;    // the trials of the prefix that this suggestion may see: core/view.h
struct hn_config;  // the point to fill: space/space.h
struct hn_arena;
struct hn_str; // growing bytes: base/str.h

// The rungs that the trials of a study are compared at, and which of them a new trial is for: for
// samplers that keep a population at each.
typedef struct hn_rung {
    double resource;
    uint32_t n_members; // the most trials that a bracket has there
} hn_rung;

typedef struct hn_rung_place {
    const hn_rung *rungs; // [n_rungs] by resource; the scheduler's
    uint32_t n_rungs, rung;
    uint32_t n_parents;  // it stands where the best so many of the rung below would; 0: at the
                         // first rung of its bracket
    uint32_t n_climbers; // trials below this number climb from rung to rung; UINT32_MAX: it, too
} hn_rung_place;

// A fork, of those samplers that vary the parent's values themselves (HN_CAN_FORK).
typedef struct hn_fork {
    const bool *keep; // [n_params] parameters that stay as the parent has them
    uint32_t metric;  // index of the one by which parents are compared
    double interval;  // from one comparison to the next, in steps; 0: not known
} hn_fork;

typedef struct hn_request {
    uint32_t trial;   // number of the trial to fill
    int32_t parent;   // trial to start from (a fork), -1 for a new point
    uint32_t attempt; // 0; then 1, 2, …: the earlier points equal one that is still pending
    double resource;  // at which resource it will run, 0 when there is none
    struct hn_arena *scratch;   // for the call
    const hn_rung_place *place; // NULL: the scheduler says nothing about rungs
    // NULL: none. Otherwise what is to be filled has the parent's values already, as the study
    // itself would vary them.
    const hn_fork *fork;
} hn_request;

typedef struct hn_sampler_class {
    hn_plugin head;
    // `options` is the validated config struct; it, and `problem`, outlive `self`. Refuse here
    // what cannot work (HONE_EUNSUPPORTED, HONE_EINVAL with a sentence).
    hone_status (*init)(void *self, const struct hn_problem *problem, const void *options,
                        hone_error *err);
    // Fills `out` (a configuration of problem->space) with a point that satisfies the rules.
    // HONE_EEXHAUSTED when a finite space has no point left.
    hone_status (*suggest)(void *self, const struct hn_view *view, const hn_request *request,
                           struct hn_config *out, hone_error *err);
    // Optional, after a suggestion that another sampler made for the same request: the trial after
    // it is expected to be this one's. What that needs and is known already may be worked out now.
    // A hint, as observe is: suggestions are the same without it.
    hone_status (*prepare)(void *self, const struct hn_view *view, const hn_request *request,
                           hone_error *err);
    // Optional: trial `trial` has changed (finished, or a report came in). Only a hint to update a
    // cache; the view is what counts.
    hone_status (*observe)(void *self, const struct hn_view *view, uint32_t trial, hone_error *err);
    // Optional: why trial `trial` gets, or got, what it does, as one line for people, without a
    // full stop and without the name that in_use gives; UINT32_MAX: those from where the view ends
    // on. Takes no history in, so that looking at a long study stays quick. NULL: nothing to say,
    // or no memory. Caller frees with hn_free.
    char *(*explain)(const void *self, const struct hn_view *view, uint32_t trial);
    // Optional, of samplers that choose among others: the name of the one that the trial gets;
    // UINT32_MAX: that most get from where the view ends on. Borrowed.
    const char *(*in_use)(const void *self, const struct hn_view *view, uint32_t trial);
    void (*fini)(void *self); // optional
    // Optional, both or none, where taking in a long history is dear: what `self` has derived of it
    // goes with the study's snapshot, so that a process that opens the study need not derive it
    // again. keep adds it to `out`; true when it would be dear to do without. recall, before the
    // first suggestion, gets such bytes, borrowed. They are a hint: they may be from before or
    // after the view, from another space or journal; what does not fit is left. The suggestion is
    // the same with and without them.
    bool (*keep)(const void *self, struct hn_str *out);
    void (*recall)(void *self, const void *data, size_t size);
} hn_sampler_class;

HONE_END_DECLS

#endif
