// Which scheduler would have done best? Replays recorded learning curves in simulated time.
//
//     hone_recording *recording = NULL;
//     hone_recording_read(study, NULL, &recording, err);      // what its trials have reported
//     hone_simulate_options options = HONE_SIMULATE_OPTIONS_INIT;
//     hone_simulation result = HONE_SIMULATION_INIT;
//     options.scheduler = "asha";
//     hone_simulate(recording, &options, &result, err);       // result.time_s, result.regret, …
//     hone_recording_destroy(recording);
//
// A simulation is a study in memory that is asked, told and reported to as any other, by workers
// whose time passes as it was recorded. Trial k of it is the k-th recorded curve in an order that
// the seed draws, or as they were recorded: the sampler takes no part.
#ifndef HONE_SIMULATE_H
#define HONE_SIMULATE_H

#include <hone/study.h>

HONE_BEGIN_DECLS

typedef struct hone_recording hone_recording;

// What to do with trials that were stopped early, or are paused: how they would have gone on is not
// known.
typedef enum hone_unfinished {
    HONE_LEAVE_OUT = 0,
    HONE_HOLD = 1 // as long as the longest curve, with the last value they had
} hone_unfinished;

typedef struct hone_recording_options {
    size_t size;
    const char *metric; // an objective; NULL: the only one
    hone_unfinished unfinished;
} hone_recording_options;

#define HONE_RECORDING_OPTIONS_INIT                                                                \
    {                                                                                              \
        sizeof(hone_recording_options), 0, HONE_LEAVE_OUT                                          \
    }

// What there is to replay.
typedef struct hone_recording_info {
    size_t size;
    const char *metric; // borrowed
    hone_goal goal;
    uint32_t n_curves;
    uint32_t n_points;   // of the longest curve
    double last_step;    // highest of any
    double work_s;       // all of them to their ends
    double best, median; // of the results
    uint32_t n_stopped;  // trials that were stopped early or are paused: left out, or held
    uint32_t n_failed;   // left out, having ended without a result
    uint32_t n_silent;   // left out, having a result and no report
    uint32_t n_untimed;  // curves whose times are not known: a step counts as a second
} hone_recording_info;

#define HONE_RECORDING_INFO_INIT                                                                   \
    {                                                                                              \
        sizeof(hone_recording_info), 0, HONE_MINIMIZE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                \
    }

// The curves of a study's COMPLETE trials. `options` may be NULL. Errors: HONE_EINVAL when there
// are less than two curves, or none of them has two steps; when the metric is no objective.
HONE_API hone_status hone_recording_read(hone_study *study, const hone_recording_options *options,
                                         hone_recording **out, hone_error *err);
// Curves from a file, one JSON object a line: "values" [n], and, as far as they are known, "steps"
// [n] (1, 2, … without), "seconds" [n] of each step or one number for all of them, "value" (the
// result; without it the last value). Errors: HONE_EIO; HONE_EPARSE, HONE_EINVAL name the line.
HONE_API hone_status hone_recording_load(const char *path, const char *metric, hone_goal goal,
                                         hone_recording **out, hone_error *err);
// Curves of the program's own: an empty recording, to which hone_recording_add adds.
HONE_API hone_status hone_recording_create(const char *metric, hone_goal goal, hone_recording **out,
                                           hone_error *err);
// A curve of `n` points: steps [n] rising, values [n], seconds [n] of each (NULL: not known), and
// its result.
HONE_API hone_status hone_recording_add(hone_recording *recording, uint32_t n, const double *steps,
                                        const double *values, const double *seconds, double result,
                                        hone_error *err);
HONE_API void hone_recording_destroy(hone_recording *recording); // NULL-safe
HONE_API void hone_recording_look(const hone_recording *recording, hone_recording_info *out);

typedef struct hone_simulate_options {
    size_t size;
    const char *scheduler;         // NULL: "none"
    const char *scheduler_options; // JSON object
    uint32_t n_workers;
    uint32_t n_trials;  // how many of the curves are tried; 0, or more than there are: all
    uint64_t seed;      // of the order of the curves, and of the scheduler
    bool no_checkpoint; // a paused trial starts over when it goes on
    double within;      // what is close enough, as a share of the way from the median to the best
    const hn_plugin *const *plugins; // schedulers of the program itself; they outlive the call
    uint32_t n_plugins;
    bool in_order; // the curves come as they were recorded
} hone_simulate_options;

#define HONE_SIMULATE_OPTIONS_INIT                                                                 \
    {                                                                                              \
        sizeof(hone_simulate_options), 0, 0, 1, 0, 1, false, 0.01, 0, 0, false                     \
    }

// How it went. Steps are counted as spent: from where a trial stood before.
typedef struct hone_simulation {
    size_t size;
    double time_s;       // until the last trial has ended
    double work_s;       // of all workers together
    double steps;        // that were trained
    double full_steps;   // the same trials, all to their ends
    double best;         // result of the best COMPLETE trial; NaN: there is none
    double best_tried;   // the best that any of the tried curves comes to
    double regret;       // how much worse `best` is; 0: not at all, NaN: nothing was COMPLETE
    double reached_s;    // when a COMPLETE trial was as good as `within` asks; NaN: never
    bool lost_best;      // no trial that comes to `best_tried` was COMPLETE
    uint32_t n_trials;   // that were begun
    uint32_t n_complete; // by how they ended …
    uint32_t n_stopped;
    uint32_t n_paused;  // … paused, and never went on
    uint32_t n_resumed; // times that a paused trial went on
    uint32_t n_reports;
    uint32_t n_failed; // had come to the end of their resource, and the value there was NaN
} hone_simulation;

#define HONE_SIMULATION_INIT                                                                       \
    {                                                                                              \
        sizeof(hone_simulation), 0, 0, 0, 0, 0, 0, 0, 0, false, 0, 0, 0, 0, 0, 0, 0                \
    }

// One study. Errors: those of the scheduler and its options; HONE_EUNSUPPORTED for one that changes
// configurations while they train, whose curves nobody has recorded.
HONE_API hone_status hone_simulate(const hone_recording *recording,
                                   const hone_simulate_options *options, hone_simulation *out,
                                   hone_error *err);

HONE_END_DECLS

#endif
