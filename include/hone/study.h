// A study: a search space, one or more objectives, and every trial that was ever made for them.
// The caller owns the loop:
//
//     hone_study *study = NULL;
//     hone_study_options options = HONE_STUDY_OPTIONS_INIT;
//     options.space = space;                      // sealed
//     options.storage = "sqlite:hone.db";
//     hone_study_open(&options, &study, err);
//     for (int i = 0; i < 100; i++) {
//         hone_trial *trial = NULL;
//         hone_study_ask(study, NULL, &trial, err);
//         double loss = train(hone_trial_float(trial, "lr"), hone_trial_int(trial, "depth"));
//         hone_study_tell(study, trial, HONE_STATE_COMPLETE, &loss, err);
//         hone_trial_destroy(trial);
//     }
//     hone_study_close(study);
//
// Thread note: a study and its trials belong to one thread at a time. Several processes may open
// the same stored study; each call that acts first reads what the others have appended.
#ifndef HONE_STUDY_H
#define HONE_STUDY_H

#include <string.h>

#include <hone/space.h>
#include <hone/sys/plugin.h>

HONE_BEGIN_DECLS

typedef struct hone_study hone_study;
typedef struct hone_trial hone_trial;

typedef enum hone_goal { HONE_MINIMIZE = 0, HONE_MAXIMIZE = 1, HONE_RECORD = 2 } hone_goal;

// A metric that trials report: an objective (minimise, maximise) or one that is only recorded or
// constrained (HONE_RECORD). Objectives come first. At most 62.
typedef struct hone_metric {
    const char *name;
    hone_goal goal;
} hone_metric;

// Append only: the numbers are in journals.
typedef enum hone_trial_state {
    HONE_STATE_WAITING = 0, // queued, or to be run again
    HONE_STATE_RUNNING = 1,
    HONE_STATE_PAUSED = 2,     // has a checkpoint to go on from
    HONE_STATE_COMPLETE = 3,   // finished with its values
    HONE_STATE_PRUNED = 4,     // stopped early: the reports count
    HONE_STATE_FAILED = 5,     // the objective failed: evidence that this region fails
    HONE_STATE_TIMEOUT = 6,    // took longer than allowed: too slow here
    HONE_STATE_OOM = 7,        // ran out of memory: too large here
    HONE_STATE_INFEASIBLE = 8, // the objective declared it impossible
    HONE_STATE_INVALID = 9,    // ended well without a usable value
    HONE_STATE_LOST = 10       // its runner vanished: says nothing about the point
} hone_trial_state;
#define HONE_N_STATES 11

typedef enum hone_trial_purpose {
    HONE_PURPOSE_SEARCH = 0,
    HONE_PURPOSE_RETEST = 1, // the same point again, against luck
    HONE_PURPOSE_FINAL = 2   // the winner's last run; no sampler ever sees it
} hone_trial_purpose;

typedef enum hone_trial_origin {
    HONE_ORIGIN_SAMPLED = 0,
    HONE_ORIGIN_DEFAULT = 1, // the declared defaults, tried first
    HONE_ORIGIN_MANUAL = 2,  // hone try, enqueue
    HONE_ORIGIN_FORK = 3,    // from a parent's checkpoint
    HONE_ORIGIN_SERVED = 4,  // a duplicate, answered from an earlier trial
    HONE_ORIGIN_RERUN = 5    // the configuration of a finished trial, run once more on request
} hone_trial_origin;

typedef enum hone_open_mode {
    HONE_OPEN_OR_CREATE = 0,
    HONE_OPEN_EXISTING = 1,
    HONE_CREATE_NEW = 2 // HONE_EEXISTS when there is one of that name
} hone_open_mode;

// An earlier study that a new one starts from.
typedef struct hone_from {
    const char *storage; // NULL: that of the new study
    const char *study;   // NULL: the only one there is
} hone_from;

typedef struct hone_study_options {
    size_t size;         // sizeof(hone_study_options): set by the INIT macro
    const char *storage; // "sqlite:PATH", "memory:"; NULL: "memory:"
    const char *name;    // NULL: "default"; with OPEN_EXISTING: the only one there is
    hone_open_mode mode;
    bool read_only;          // only looks; never blocks a writer
    bool accept_changes;     // a changed space or other metrics and constraints are a new version;
                             // trials keep their values by the metrics' names
    const hone_space *space; // NULL: of the stored study, or define-by-run when it is new
    const hone_metric *metrics; // [n_metrics]; none: one objective "value", minimised
    uint32_t n_metrics;
    const char *const *constraints; // [n_constraints] "latency<=20": metrics not named are added
    uint32_t n_constraints;
    const char *sampler;           // NULL: of the stored study, or "auto"
    const char *sampler_options;   // JSON object, NULL: defaults
    const char *scheduler;         // NULL: of the stored study, or "auto"
    const char *scheduler_options; // JSON object
    const char *storage_options;   // JSON object
    bool has_seed;
    uint64_t seed;          // without has_seed: taken from the system and recorded
    int64_t n_trials;       // how many are intended, 0: unknown; a hint for samplers
    uint32_t lag;           // deterministic: suggestion k sees the results of trials < k - lag + 1
                            // only, and waits for them; 0: sees everything there is
    bool noisy;             // equal points are repeats, not duplicates to be served
    const char *attributes; // JSON object recorded with a new study (command, host, commit …)
    // Samplers and schedulers of the program itself, looked up before the built-in ones; they
    // outlive the study.
    const hn_plugin *const *plugins; // [n_plugins]
    uint32_t n_plugins;
    // HN_CAN_… of schedulers that the program cannot serve (HN_CAN_PAUSE: it has no word for "come
    // back later"): one that makes use of it is refused, HONE_EUNSUPPORTED.
    uint32_t refused;
    // Earlier studies whose trials a new study starts from, see hone_study_source; they are copied
    // into it. Of an existing study: it was begun from them, in this order, or HONE_ESTATE.
    const hone_from *from; // [n_from], at most 16
    uint32_t n_from;
} hone_study_options;

// Everything at its default: zero but for the size.
static inline hone_study_options hone_study_options_default(void)
{
    hone_study_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    return options;
}
#define HONE_STUDY_OPTIONS_INIT hone_study_options_default()

// Opens or creates. An existing study whose space, metrics or constraints differ is HONE_ESTATE
// with the difference, unless accept_changes; one whose space was narrowed from the given one goes
// on narrowed. A handle that was opened before the metrics changed tells in their old order; its
// next ask is HONE_ESTATE. The space is retained. Errors: those of the storage.
HONE_API hone_status hone_study_open(const hone_study_options *options, hone_study **out,
                                     hone_error *err);
// Makes everything durable and closes. NULL-safe. Trials of the study must be destroyed before.
HONE_API void hone_study_close(hone_study *study);
// Reads what other processes have appended since the last call.
HONE_API hone_status hone_study_refresh(hone_study *study, hone_error *err);
// Makes what was acknowledged lazily durable against a power cut.
HONE_API hone_status hone_study_sync(hone_study *study, hone_error *err);

// --- ask and tell ---

typedef struct hone_ask_options {
    size_t size;
    const char *owner; // who runs it; NULL: "host/boot/pid/start" of this process
    double lease_s;    // without a sign of life for so long it is LOST; 0: never
    // Changes the suggested values before they are recorded (rendering to a format, say): called
    // for each active float parameter; returns the value to record. May be NULL.
    double (*adjust)(void *user, uint32_t param, double value);
    void *user;
    int64_t only_trial;  // start just this WAITING or PAUSED trial; -1: any
    bool no_new;         // only what waits; HONE_ENOTFOUND when nothing does
    uint32_t max_served; // HONE_EBUSY after so many duplicates in one call; 0: 1000, EEXHAUSTED
    // HONE_EBUSY instead of a trial with which more than so many would finish: as many search
    // trials have finished, run, or wait to run, or are PAUSED by their scheduler, which may go on
    // at any time. Exact however many processes ask; repeats and final runs do not count. 0: no
    // limit.
    int64_t total;
    // What trials of the search and retests consist of, see hone/trial.h. 0, 0: they are one run.
    uint32_t folds, repeats;
} hone_ask_options;

#define HONE_ASK_OPTIONS_INIT                                                                      \
    {                                                                                              \
        sizeof(hone_ask_options), 0, 0, 0, 0, -1, false, 0, 0, 0, 0                                \
    }

// The next trial to run, RUNNING and recorded: a waiting one, else a new suggestion. `options`
// may be NULL. `*out` is the caller's to destroy. Errors: HONE_EEXHAUSTED when a finite space has
// been tried completely; HONE_EBUSY when the scheduler, or `lag`, has nothing to start before
// something is told.
HONE_API hone_status hone_study_ask(hone_study *study, const hone_ask_options *options,
                                    hone_trial **out, hone_error *err);
// Finishes a trial: `state` is COMPLETE, PRUNED, FAILED, TIMEOUT, OOM, INFEASIBLE, INVALID or LOST;
// `values` [number of objectives] may be NULL for all but COMPLETE. A NaN objective makes COMPLETE
// INVALID. On return the trial is recorded. HONE_ESTALE when another worker has taken it over (the
// result is then kept as a duplicate only).
HONE_API hone_status hone_study_tell(hone_study *study, hone_trial *trial, hone_trial_state state,
                                     const double *values, hone_error *err);

// Everything there is to say at the end of a run.
typedef struct hone_result {
    size_t size;
    hone_trial_state state;
    const double *values;      // [number of metrics], NaN where missing; NULL: none
    uint64_t present;          // bit m: values[m] was given (all bits: every value)
    const double *constraints; // ≤ 0 is satisfied; besides those declared on metrics
    uint32_t n_constraints;
    double step;           // resource spent, 0: unknown
    int exit_code, signal; // exit_code -1: none
    uint64_t duration_us, cpu_us;
    int64_t maxrss_kb;
    const char *message; // why, for people; NULL
} hone_result;

#define HONE_RESULT_INIT                                                                           \
    {                                                                                              \
        sizeof(hone_result), HONE_STATE_COMPLETE, 0, UINT64_MAX, 0, 0, 0, -1, 0, 0, 0, 0, 0        \
    }

HONE_API hone_status hone_study_tell_result(hone_study *study, hone_trial *trial,
                                            const hone_result *result, hone_error *err);
// Puts a configuration into the queue, {"lr":0.01}: missing parameters come from the sampler. The
// values are checked now. `*number` (may be NULL) gets the trial's number.
HONE_API hone_status hone_study_enqueue(hone_study *study, const char *params_json,
                                        hone_trial_purpose purpose, int64_t parent,
                                        uint32_t *number, hone_error *err);
// The same for a part of a longer training: the trial runs up to `resource`, from the beginning or,
// with `parent` ≥ 0, as a fork of that trial, once that is COMPLETE, PRUNED or PAUSED: from its
// checkpoint, which is taken to hold what that one was given as its resource. HONE_EINVAL when
// `resource` is not above that.
HONE_API hone_status hone_study_enqueue_segment(hone_study *study, const char *params_json,
                                                int64_t parent, double resource, uint32_t *number,
                                                hone_error *err);
// RUNNING trials back to WAITING (same values) with a reason; the next ask starts them again.
HONE_API hone_status hone_study_requeue(hone_study *study, hone_trial *trial, const char *reason,
                                        hone_error *err);
// A RUNNING trial becomes PAUSED: `step` is what its checkpoint holds.
HONE_API hone_status hone_study_pause(hone_study *study, hone_trial *trial, double step,
                                      hone_error *err);
// Requeues the RUNNING trials whose owner for certain runs no more (this host: exact, by process
// start time) and marks those with an expired lease LOST. `*n` (may be NULL) gets how many.
HONE_API hone_status hone_study_recover(hone_study *study, uint32_t *n_requeued, uint32_t *n_lost,
                                        hone_error *err);
// Asks whoever runs the trial to end it: PRUNED (stop) or FAILED (kill).
HONE_API hone_status hone_study_stop_trial(hone_study *study, uint32_t number, hone_trial_state how,
                                           hone_error *err);

// --- acting on trials by hand ---

typedef enum hone_kill {
    HONE_KILL_ASKED = 0,   // whoever runs it was asked to end it, and will tell how it ended
    HONE_KILL_ENDED = 1,   // it is recorded as ended
    HONE_KILL_REMOVED = 2, // it waited: it is out of the queue, where hone_study_rerun puts it back
    HONE_KILL_BEFORE = 3   // it had ended, or was removed, before
} hone_kill;

// Ends a trial, however it stands. One that runs is asked to end and becomes `how`: PRUNED (its
// reports count) or FAILED; if its runner is gone it is LOST at once. A paused one becomes `how` at
// once, one that waits is removed from the queue. With `force` a running one is recorded as `how`
// without waiting for its runner, which kills it when it learns of that.
HONE_API hone_status hone_study_kill(hone_study *study, uint32_t number, hone_trial_state how,
                                     bool force, hone_kill *out, hone_error *err);
// Runs a configuration again. What ended without a result (FAILED, TIMEOUT, OOM, INVALID, LOST) or
// was removed from the queue waits again under its number; of what has one (COMPLETE, PRUNED,
// INFEASIBLE) the configuration is queued as a new trial of origin RERUN. `*out` (may be NULL) gets
// the number that waits now. HONE_ESTATE when the trial waits, runs or is paused.
HONE_API hone_status hone_study_rerun(hone_study *study, uint32_t number, uint32_t *out,
                                      hone_error *err);
// Queues `n` repeats of a COMPLETE trial (of a retest: of the trial that it repeats); each has a
// seed of its own. `*first` (may be NULL) gets the number of the first, the others follow.
HONE_API hone_status hone_study_retest(hone_study *study, uint32_t number, uint32_t n,
                                       uint32_t *first, hone_error *err);

// What repeats say of a metric: the retests of a trial (hone_study_repeats), or its parts
// (hone_trial_spread).
typedef struct hone_repeats {
    size_t size;
    uint32_t n;                   // complete ones that have this metric
    uint32_t n_open;              // that wait, run or are paused
    double mean, stddev, std_err; // NaN with none, the last two with one
} hone_repeats;

#define HONE_REPEATS_INIT                                                                          \
    {                                                                                              \
        sizeof(hone_repeats), 0, 0, 0, 0, 0                                                        \
    }

HONE_API hone_status hone_study_repeats(const hone_study *study, uint32_t number, uint32_t metric,
                                        hone_repeats *out, hone_error *err);

// --- changing the space ---

// What hone_study_change_space is told besides, and what it says.
typedef struct hone_space_change {
    size_t size;
    bool dry_run;          // only checks and counts
    uint32_t from_version; // of the space that the new one was made from; 0: whichever there is
    const char *why;       // recorded with it, for people; NULL
    // Filled in.
    bool changed;        // false: it is the space that the study has
    uint32_t version;    // of the space, from now on
    uint32_t n_finished; // COMPLETE and PRUNED trials of the search
    uint32_t n_inside;   // those of them whose configuration the new space has, too
    uint32_t n_outside;  // queued trials whose values it does not have
    int64_t outside;     // the first of these, -1: none
} hone_space_change;

#define HONE_SPACE_CHANGE_INIT                                                                     \
    {                                                                                              \
        sizeof(hone_space_change), false, 0, 0, false, 0, 0, 0, 0, -1                              \
    }

// Takes `space`, which is sealed, over as the study's next version, while it runs or not: every
// later suggestion is made in it, by each run and worker, within about a second.
//  - Trials that have been started finish with the configuration that they have, paused and
//    requeued ones, too. Queued ones whose values the new space does not have are kept, and run in
//    the version that has them, as do repeats of earlier trials.
//  - What earlier trials have shown counts for the new space if it has their configuration. A
//    parameter that a trial lacks counts as having had its default.
// `change` may be NULL. HONE_ESTALE when from_version is given and there is a newer one; whatever
// the sampler and scheduler of the study cannot do; HONE_ESTATE when its trials define the space as
// they run. Whether a command fits the space is for hone_run_check_space.
HONE_API hone_status hone_study_change_space(hone_study *study, const hone_space *space,
                                             hone_space_change *change, hone_error *err);

// The version that `hone narrow` made the present one of (hone/narrow.h); 0: it comes from
// elsewhere.
HONE_API uint32_t hone_study_narrowed_from(const hone_study *study);
// Is the present space what narrowing, once or several times, has made of `space` (sealed)?
HONE_API bool hone_study_was_narrowed(const hone_study *study, const hone_space *space);

// --- looking ---

HONE_API const char *hone_study_name(const hone_study *study);
HONE_API const hone_space *hone_study_space(const hone_study *study); // current version, borrowed
HONE_API uint32_t hone_study_space_version(const hone_study *study);
// Do its trials define the space as they run, by hone_trial_suggest? Otherwise it was declared.
HONE_API bool hone_study_define_by_run(const hone_study *study);
// An earlier version of the space, from 1 on; NULL when there is none of that number. Borrowed
// until the study is closed.
HONE_API const hone_space *hone_study_space_at(const hone_study *study, uint32_t version);
HONE_API uint64_t hone_study_seed(const hone_study *study);
HONE_API uint32_t hone_study_n_metrics(const hone_study *study);
HONE_API uint32_t hone_study_n_objectives(const hone_study *study);
HONE_API hone_metric hone_study_metric(const hone_study *study, uint32_t index); // name borrowed
HONE_API uint32_t hone_study_n_constraints(const hone_study *study);
HONE_API const char *hone_study_constraint(const hone_study *study, uint32_t index);
HONE_API const char *hone_study_sampler(const hone_study *study);        // as asked for: "auto"
HONE_API const char *hone_study_sampler_in_use(const hone_study *study); // what auto chose

// What a sampler says of itself for people.
typedef struct hone_explanation {
    size_t size;
    char sampler[64]; // as asked for: "auto"
    char in_use[64];  // the one that it chose, or itself: "gp"
    char why[256];    // a line: "a model makes the most of the first trials"; "": no more to say
    // What the scheduler says of a trial: "paused at 9: place 4 of 9, …"; "": nothing.
    char standing[256];
} hone_explanation;

#define HONE_EXPLANATION_INIT                                                                      \
    {                                                                                              \
        sizeof(hone_explanation), "", "", "", ""                                                   \
    }

// What comes next (`trial` -1), or how a trial came about: by the sampler, options and space of
// that time, which is read from the journal again; and why the scheduler lets it wait, go on or
// end, as things are now. Texts are empty where nothing is to say, as of the sampler for a trial
// that it has not proposed. HONE_ENOTFOUND; errors of the storage.
HONE_API hone_status hone_study_explain(const hone_study *study, int64_t trial,
                                        hone_explanation *out, hone_error *err);
// Of that only what the scheduler says of a trial, into `out` (`size` > 0 bytes, cut where it is
// longer): cheap enough for a display of a running study.
HONE_API void hone_study_standing(const hone_study *study, uint32_t trial, char *out, size_t size);
HONE_API bool hone_study_is_noisy(const hone_study *study); // see hone_study_options
HONE_API const char *hone_study_scheduler(const hone_study *study);
HONE_API const char *hone_study_scheduler_in_use(const hone_study *study); // what auto chose
// HN_CAN_… | HN_GIVES_RESOURCE: what the scheduler does, its options being what they are.
HONE_API uint32_t hone_study_scheduler_can(const hone_study *study);
HONE_API uint32_t hone_study_n_trials(const hone_study *study); // every number given out
HONE_API uint32_t hone_study_count(const hone_study *study, hone_trial_state state);
// Trials that wait because somebody wants them tried (enqueue), run again (rerun) or repeated
// (retest): a run starts them although the study has reached its end.
HONE_API uint32_t hone_study_n_asked_for(const hone_study *study);
// COMPLETE and PRUNED trials of the search: what `-n` counts.
HONE_API uint32_t hone_study_n_finished(const hone_study *study);
// Checkpoints that there are, in bytes as they were recorded; `*n` and `*n_removed` (may be NULL)
// get how many trials have one, and of how many it was removed.
HONE_API uint64_t hone_study_checkpoint_bytes(const hone_study *study, uint32_t *n,
                                              uint32_t *n_removed);
// Has every configuration of a finite space been evaluated (or runs), or has the sampler said that
// it has nothing new left? More trials could only repeat what there is.
HONE_API hone_status hone_study_exhausted(hone_study *study, bool *out, hone_error *err);
HONE_API uint64_t hone_study_n_events(const hone_study *study);
HONE_API uint64_t hone_study_created_us(const hone_study *study);
HONE_API uint64_t hone_study_changed_us(const hone_study *study); // last event
// A trial by number, to look at or to act on; the caller destroys it. HONE_ENOTFOUND.
HONE_API hone_status hone_study_trial(hone_study *study, uint32_t number, hone_trial **out,
                                      hone_error *err);
// The best COMPLETE, feasible search trial of a single objective. A trial that was retested counts
// by the mean of its retests, without the draw that made it look good. How much worse retests
// turned out to be on average is the luck that is taken off all trials that were not retested.
// HONE_ENOTFOUND when there is none yet, HONE_EUNSUPPORTED with several objectives (use
// hone_study_pareto).
HONE_API hone_status hone_study_best(hone_study *study, uint32_t *number, hone_error *err);
// The same; but where it is known by how much chance moves the value of a trial (folds, repeats,
// instances, equal trials of a noisy study), nothing was retested, and chance hides which of the
// best trials is the best: the one that a model of all of them expects to be. Some 20 ms then.
HONE_API hone_status hone_study_best_by_model(hone_study *study, uint32_t *number, hone_error *err);
// What may be left to gain, by a model of all trials.
typedef struct hone_regret {
    uint32_t n;     // trials with a result
    double at_most; // the optimum is hardly better than the best trial by more; NaN: not known, as
                    // with fewer than 20 trials or several objectives
    double noise; // standard deviation of a trial's value by chance, from retests, equal trials or
                  // the parts of trials; NaN: not known
    double apart; // by so much chance sets two equal trials apart, as sure as `at_most` is
} hone_regret;

// By the trials whose numbers are below `limit` (UINT32_MAX: all). Errors: HONE_ENOMEM. Some 50 ms.
HONE_API hone_status hone_study_regret(const hone_study *study, uint32_t limit, hone_regret *out,
                                       hone_error *err);
// Non-dominated COMPLETE feasible trials, by number, into `numbers` [capacity]; `*n` gets how many
// there are: no more than hone_study_count(study, HONE_STATE_COMPLETE). With one objective: the
// best.
HONE_API hone_status hone_study_pareto(hone_study *study, uint32_t *numbers, uint32_t capacity,
                                       uint32_t *n, hone_error *err);

// --- what it was started from ---

// An earlier study, of whose COMPLETE, feasible trials this one has a copy. They weigh in what
// samplers suggest as far as they agree with this study's own.
typedef struct hone_source {
    size_t size;
    const char *storage, *study; // where it was; borrowed
    uint32_t n_trials;           // that it had
    uint32_t n_copied;           // of these: of very many the best, and some of the others
    uint32_t n_inside;           // of these: whose values the present space has
    uint32_t n_params, n_shared; // parameters of the present space, and those that it had, too
    uint32_t n_compared;         // own trials that it is compared with
    // Share of the pairs of these that it ranks as they came out: 1 all, 0.5 none but by chance.
    // NaN: fewer than two.
    double agreement;
    const char *metric; // what its trials minimize or maximize; borrowed
    hone_goal goal;
    // Is that the one objective of the study? If it has got another since it was begun, nothing is
    // made of them, and none is inside.
    bool of_objective;
} hone_source;

#define HONE_SOURCE_INIT                                                                           \
    {                                                                                              \
        sizeof(hone_source), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, HONE_MINIMIZE, false                    \
    }

HONE_API uint32_t hone_study_n_sources(const hone_study *study);
// `*out` begins as HONE_SOURCE_INIT. HONE_ENOTFOUND past the end.
HONE_API hone_status hone_study_source(hone_study *study, uint32_t index, hone_source *out,
                                       hone_error *err);
// Does the sampler make use of them?
HONE_API bool hone_study_uses_sources(const hone_study *study);

// --- what is recorded besides: settings (JSON values by key), notes ---

HONE_API hone_status hone_study_set(hone_study *study, const char *key, const char *json,
                                    hone_error *err);
// Changes options of the study's runs, {"trials":200,"jobs":8,"target":null}: keys are those of a
// study file's `run`, durations in seconds, null lifts an option. They are recorded in the setting
// "options", and runs that live take over trials, jobs, time, target, plateau, plateau-delta,
// until-regret, timeout-trial, grace and retries within about a second.
HONE_API hone_status hone_study_edit(hone_study *study, const char *changes_json, hone_error *err);
// Borrowed until the next call that acts; NULL when never set.
HONE_API const char *hone_study_get(const hone_study *study, const char *key);
// Key of setting `index`, NULL past the end.
HONE_API const char *hone_study_key(const hone_study *study, uint32_t index);
// Attributes of the study: what its programs keep with it, as hone_trial_set_attr does for a trial
// (settings, above, are Hone's own). By index in the order in which they were first set, NULL past
// the end; by name their JSON, NULL when there is none. Borrowed until the next call that acts.
HONE_API hone_status hone_study_set_attr(hone_study *study, const char *key, const char *json,
                                         hone_error *err);
HONE_API const char *hone_study_attr_key(const hone_study *study, uint32_t index);
HONE_API const char *hone_study_attr(const hone_study *study, const char *key);
// `trial` -1: the study itself.
HONE_API hone_status hone_study_note(hone_study *study, int64_t trial, const char *text,
                                     hone_error *err);
HONE_API hone_status hone_study_log(hone_study *study, int64_t trial, const char *level,
                                    const char *text, hone_error *err);

// A note on the study, or something that was logged on the way.
typedef struct hone_log {
    int64_t trial;     // -1: the study itself
    uint64_t time_us;  // wall clock
    const char *level; // "note", "info", "warning", …
    const char *text;
} hone_log;

// Texts are borrowed until the next call that acts.
HONE_API uint32_t hone_study_n_logs(const hone_study *study);
HONE_API hone_log hone_study_log_at(const hone_study *study, uint32_t index);
// The events [from, …) as JSON lines, for people and exports. Caller frees with hone_free.
HONE_API hone_status hone_study_events_json(hone_study *study, uint64_t from, uint32_t limit,
                                            char **out, hone_error *err);

// --- the studies in a storage ---

typedef struct hone_study_info {
    const char *name; // borrowed for the callback
    uint64_t n_events, n_bytes;
    uint64_t created_us, changed_us;
} hone_study_info;

typedef hone_status (*hone_study_visit)(void *user, const hone_study_info *info, hone_error *err);

HONE_API hone_status hone_studies_list(const char *storage, hone_study_visit visit, void *user,
                                       hone_error *err);
HONE_API hone_status hone_studies_rename(const char *storage, const char *name, const char *to,
                                         hone_error *err);
HONE_API hone_status hone_studies_delete(const char *storage, const char *name, hone_error *err);
// Copies the journal of `name` into a new study `to` of `to_storage` (NULL: the same storage).
HONE_API hone_status hone_studies_copy(const char *storage, const char *name,
                                       const char *to_storage, const char *to, hone_error *err);

HONE_END_DECLS

#endif
