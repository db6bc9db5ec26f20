// Schedulers: who runs next and with how much resource; and, on a report, whether to go on.
//
// As samplers, schedulers are pure functions of the view: what they decide is recorded as events,
// their state is a cache. They never choose hyperparameter values.
#ifndef HONE_SYS_SCHEDULER_H
#define HONE_SYS_SCHEDULER_H

#include <hone/sys/plugin.h>

HONE_BEGIN_DECLS

struct hn_problem;
struct hn_view;
struct hn_rung_place; // sampler.h
struct hn_str;

typedef enum hn_next_kind {
    HN_NEXT_NEW,    // start a new trial, point from the sampler
    HN_NEXT_RESUME, // go on with paused trial `trial`
    HN_NEXT_FORK,   // start a new trial from the checkpoint of `trial`; the sampler perturbs
    HN_NEXT_WAIT,   // nothing until something is reported or told
    HN_NEXT_DONE,   // nothing more, ever
    HN_NEXT_END     // paused trial `trial` is PRUNED with what it has reported; then asked again
} hn_next_kind;

typedef struct hn_next {
    hn_next_kind kind;
    uint32_t trial;
    double resource; // run until this much has been spent, 0: no limit
} hn_next;

// How a fork comes from its parent.
typedef struct hn_explore {
    double resample;  // probability of each parameter to be drawn anew from its prior …
    double perturb;   // … else a number goes up or down by this share, a choice to a neighbour
    const char *keep; // names, "depth,units", of parameters that every fork inherits; NULL: none
    uint32_t metric;  // index of the one by which parents are compared
    double interval;  // from one comparison to the next, in steps; 0: not known
} hn_explore;

// Where trials are compared with each other on their way, and by what.
enum { HN_MAX_RUNGS = 65 };
typedef struct hn_compared {
    uint32_t n;              // rungs; 0: not known yet, or compared by more than one number
    double at[HN_MAX_RUNGS]; // growing resources; the last one is a whole training
    uint32_t metric;
    bool best; // by the best value so far, not by the one there
} hn_compared;

typedef enum hn_verdict { HN_GO_ON, HN_PAUSE, HN_STOP } hn_verdict;

typedef struct hn_scheduler_class {
    hn_plugin head;
    // Of those that only choose, which have nothing else but a head: the name of the built-in one,
    // that does not choose, which is made in this one's place, and its options, a JSON object
    // appended to `json` (nothing: none). head.can is what all that it may choose can do together.
    hone_status (*resolve)(const struct hn_problem *problem, const void *options, const char **name,
                           struct hn_str *json, hone_error *err);
    hone_status (*init)(void *self, const struct hn_problem *problem, const void *options,
                        hone_error *err);
    hone_status (*next)(void *self, const struct hn_view *view, hn_next *out, hone_error *err);
    // Optional: how far a trial of the search runs at first, queued ones included; 0: no limit.
    // With it, what `next` says of a new trial's resource, whose number it cannot know, does not
    // count, unless it stays in `*out`. `trial` may be one that the view does not have yet. Forks
    // run as far as `next` says.
    hone_status (*resource)(void *self, const struct hn_view *view, uint32_t trial, double *out,
                            hone_error *err);
    // Trial `trial` has reported `step`; its reports are in the view. Optional: a scheduler that
    // never stops anything leaves it out, and reports then cost next to nothing.
    hone_status (*report)(void *self, const struct hn_view *view, uint32_t trial, double step,
                          hn_verdict *out, hone_error *err);
    // Optional: an event has changed trial `trial`. The state may rely on being told of every
    // change since its init, but not of anything before.
    hone_status (*observe)(void *self, const struct hn_view *view, uint32_t trial, hone_error *err);
    // Optional: what of head.can this one does, its options being what they are.
    uint32_t (*can)(const void *self);
    void (*fini)(void *self); // optional
    // Optional, of those that fork: may the finished trial `trial` yet become a parent? Its
    // checkpoint is kept as long as it may; without an answer any may, for ever.
    bool (*may_fork)(void *self, const struct hn_view *view, uint32_t trial);
    // Optional: a line for people, why trial `trial` waits, goes on or was stopped; made by
    // hn_explain (core/explain.h). NULL: nothing to say, or out of memory. Of a trial that is
    // stopped, or ended (HN_NEXT_END), it is asked right after that verdict, too, and recorded as
    // the trial's message.
    char *(*explain)(void *self, const struct hn_view *view, uint32_t trial);
    // Optional, of those that fork: by what its parent was compared, and how far from the parent's
    // the values of a fork lie, unless the sampler forks itself (HN_CAN_FORK). `*out` has the
    // defaults.
    void (*explore)(const void *self, hn_explore *out);
    // Optional, of those that compare trials at rungs, wherever a trial begins.
    hone_status (*rungs)(void *self, const struct hn_view *view, hn_compared *out, hone_error *err);
    // Optional: at which rung a new trial of the search stands, for the sampler (sampler.h). False:
    // at none. `trial` may be one that the view does not have yet.
    bool (*place)(void *self, const struct hn_view *view, uint32_t trial,
                  struct hn_rung_place *out);
} hn_scheduler_class;

HONE_END_DECLS

#endif
