// What the files of the study share: the handle, appending, the duplicate index.
#ifndef HN_CORE_STUDY_INTERNAL_H
#define HN_CORE_STUDY_INTERNAL_H

#include <hone/trial.h>

#include "core/cache.h"
#include "core/dedupe.h"
#include "core/fold.h"
#include "core/instance.h"
#include "core/registry.h"
#include "core/view.h"

// Records that wait for the next append; the fold has not seen them.
typedef struct hn_batch {
    hn_str bytes;
    HN_VEC(size_t) ends; // end of each record in `bytes`
} hn_batch;

struct hone_study {
    hn_arena arena;
    const hn_storage_class *storage_class;
    void *storage, *storage_config;
    bool opened, read_only;
    uint64_t clock_us; // of a simulation: what its events are stamped with; 0: the wall clock
    uint64_t id;       // of the journal
    char *name;        // of the journal: a rename or a copy does not change the definition
    char *owner;
    int64_t n_trials;                // intended
    const hn_plugin *const *plugins; // the program's own
    uint32_t n_plugins;
    uint32_t refused; // capabilities of schedulers
    hn_fold fold;
    hn_attr_cursor attr_looked_at;
    uint64_t snapshot_at;     // events in the snapshot that was loaded, 0: none
    hn_str kept;              // what the sampler kept with it, until the plug-ins are made
    uint64_t kept_by;         // whose that is
    hn_problem problem;       // as the plug-ins see it: the fold's, with n_trials
    uint32_t plugged_version; // space version that the plug-ins were made for
    size_t plugged_goals;     // and version of the goals
    size_t goals;             // version of the goals that this handle speaks of: at its opening
    hn_instance sampler, scheduler;
    hn_cache cache; // of the plug-ins
    hn_dedupe dedupe;
    hn_numbers ended; // paused trials that the scheduler has ended in the last ask
    hn_batch lazy;    // may ride along with the next append
    hn_batch batch;
    hn_arena scratch;
    hn_arena asking; // of an ask: samplers may want a lot, and again at the next
    hn_str text;     // the configuration that an ask is about to append
};

struct hone_trial {
    hone_study *study;
    uint32_t number, epoch;
    hn_arena arena;
    const hone_space *space;       // of `config`
    hn_config config;              // own copy; slots NULL: none yet
    bool *used;                    // define-by-run: [space->n_params] was asked for
    bool stop, pause;              // the scheduler's verdict on the last report
    char *why;                     // what the scheduler said when it stopped it, NULL: nothing
    bool running;                  // ours to tell
    bool asked;                    // came from an ask: `used` says what its objective asked for
    uint32_t report, report_index; // where the last look at a report was; HN_NONE: nowhere
    hn_slot row[];                 // of `config` and `used` as they were when it was made
};

// What the plug-ins see for `trial`, as hn_view_of: the problem is the one that they were made for.
static inline hn_view hn_study_view(const hone_study *study, uint32_t trial)
{
    hn_view view = hn_view_of(&study->fold, trial);
    view.problem = &study->problem;
    return view;
}

// --- study_append.c ---
// Queues an event for the next append without writing it.
hone_status hn_study_later(hone_study *study, const hn_event *event, hone_error *err);
// Appends what was queued, then the `n` events, as one transition; afterwards the fold has them and
// everything that others appended before. `expect_now`: only if nobody else has appended since the
// fold (HONE_EBUSY, nothing written). `changes` [n] (may be NULL) gets what became of each.
hone_status hn_study_append(hone_study *study, const hn_event *events, size_t n, bool expect_now,
                            hn_sync sync, hn_change *changes, hone_error *err);
hone_status hn_study_flush(hone_study *study, hone_error *err); // writes what was queued
hone_status hn_study_catch_up(hone_study *study, hone_error *err);
// Stamped with the wall clock and, for `trial`, its number and epoch.
hn_event hn_study_event(hn_event_type type);
hn_event hn_trial_event(const hone_trial *trial, hn_event_type type);

// --- study_plugins.c ---
// What is asked of plug-ins as the fold has it, which may be a prefix of the study's; no cache.
hone_status hn_study_problem(const hone_study *study, const hn_fold *fold, hn_problem *out,
                             hone_error *err);
// Chooses by the recorded settings and makes both ready for the current space.
hone_status hn_study_plug(hone_study *study, hone_error *err);
// Would this setting of a plug-in work for `problem`? Asked before it is recorded.
hone_status hn_study_try_plugin(hone_study *study, hn_plugin_kind kind, const hn_problem *problem,
                                const char *setting, hone_error *err);
// The defaults that a setting of this plug-in or preset would have now, as a JSON object: recorded
// with it, they stay the study's. Errors: those of an unknown name.
hone_status hn_study_pin(const hone_study *study, hn_plugin_kind kind, const char *name,
                         hn_str *out, hone_error *err);
void hn_study_unplug(hone_study *study);
// A plug-in for `problem`, which outlives it, by a setting as it is recorded (NULL: the default).
// Dropped by hn_instance_drop, after an error, too.
hone_status hn_instance_make(const hone_study *study, hn_plugin_kind kind,
                             const hn_problem *problem, const char *setting, hn_instance *out,
                             hone_error *err);
// Tells the plug-ins that an event has changed a trial: the sampler of reports and ends alone, the
// scheduler of everything.
hone_status hn_study_observe(hone_study *study, hn_event_type type, uint32_t trial,
                             hone_error *err);

// --- study_edit.c ---
// The metric and bound of a cost such as "usd<=200", which hone_cost_parse accepts. HONE_EINVAL
// when the study has no such metric.
hone_status hn_study_cost(const hone_study *study, const char *text, uint32_t *metric,
                          double *bound, hone_error *err);

// --- study_explain.c ---
// Where the scheduler compares trials on their way; out->n is 0 when it does so nowhere.
hone_status hn_study_compared(const hone_study *study, hn_compared *out, hone_error *err);

// --- study_look.c ---
// May the scheduler yet fork this finished trial?
bool hn_study_may_fork(const hone_study *study, uint32_t trial);

// --- study_point.c ---
typedef struct hn_point_request {
    uint32_t trial;
    int origin;     // hone_trial_origin
    int32_t parent; // of a fork, -1
    double resource;
    const char *fixed; // JSON of the values that are given, NULL
    const hone_ask_options *options;
    uint32_t version; // an earlier one of the space, of which `out` is then; 0: the present one
} hn_point_request;

// Has the study to look for equal trials, in study->dedupe? On an infinite space only what
// rendering makes equal: the rest is the samplers' own affair.
bool hn_study_dedupes(const hone_study *study, const hone_ask_options *options);
// Suggests a configuration of study->problem.space for a trial, from all that the fold has.
// Points that equal a pending one are drawn again, after a few attempts from the priors, since the
// sampler may be dear and see nothing else. `*twin` (may be NULL: no matter) gets the
// evaluated trial that has the same configuration, HN_NONE when there is none.
hone_status hn_study_point(hone_study *study, const hn_point_request *request, hn_arena *scratch,
                           hn_config *out, uint32_t *twin, hone_error *err);
// How the scheduler wants a fork to come from its parent.
hn_explore hn_study_explore(const hone_study *study);
// What the parent had spent when its checkpoint became that of a fork: up to the first report at or
// beyond what it was given, since what it did until it heard of its pause is not what it was
// compared by. A program that reports rarely is beyond it by then.
double hn_study_handed_on(const hone_study *study, int32_t parent);
// The version of the trial that one of this kind repeats, whose values it therefore has; 0: it
// repeats none.
uint32_t hn_study_repeated_version(const hone_study *study, hone_trial_origin origin,
                                   hone_trial_purpose purpose, int64_t parent);
// The version in which a queued trial is run: that of the trial which it repeats, else the newest
// that has its values; 0: the present one. Errors: HONE_ENOMEM.
hone_status hn_study_version_for(const hone_study *study, const hn_trial *trial, uint32_t *out,
                                 hone_error *err);

// --- study_space.c ---
// Appends the space as the next version, if it differs; the caller has checked it. `narrowed`: what
// the setting of that name is with it, in the same append; NULL: as it was.
hone_status hn_study_take_space(hone_study *study, const hone_space *space, const char *narrowed,
                                hone_space_change *change, hone_error *err);
// hone_study_change_space, with `narrowed` as above.
hone_status hn_study_change_space(hone_study *study, const hone_space *space, const char *narrowed,
                                  hone_space_change *change, hone_error *err);

// --- study.c ---
hone_status hn_study_check_name(const char *name, hone_error *err);

// --- study_snapshot.c ---
// What can be had without the journal; nothing when there is no snapshot of this build.
void hn_study_load_snapshot(hone_study *study);
// Hands the sampler what it kept with the snapshot that was loaded, if it is still the same one.
void hn_study_recall(hone_study *study);
// Writes one where doing without would cost the next process more than a little.
void hn_study_save_snapshot(hone_study *study);

// --- study_narrowed.c ---
struct json_t;
// The narrowings that the present space has come through, [{"version","from"}…], the newest last;
// empty when there is none. A new reference; NULL when out of memory.
struct json_t *hn_study_narrowings(const hone_study *study);

// --- study_sources.c ---
// What the studies that `options` name say, as the text of problem->from; nothing when there are
// none. Errors: those of their storages; HONE_EINVAL when one says nothing for this study.
hone_status hn_sources_take(const hone_study_options *options, hn_str *out, hone_error *err);
// Has each of them something to say in problem->space?
hone_status hn_sources_check(const hn_problem *problem, hone_error *err);
// HONE_ESTATE unless the study was begun from what `options` name; none is always right.
hone_status hn_sources_same(const hone_study *study, const hone_study_options *options,
                            hone_error *err);

// --- studies.c ---
// The journal of that name; HONE_ENOTFOUND says which ones there are.
hone_status hn_studies_find(const hn_storage_class *class, void *storage, const char *name,
                            uint64_t *id, hone_error *err);

// --- trial.c ---
// HONE_ENOTFOUND with the numbers that there are.
hone_status hn_study_no_trial(const hone_study *study, int64_t number, hone_error *err);
hone_status hn_trial_make(hone_study *study, uint32_t number, hone_trial **out, hone_error *err);
static inline const hn_trial *hn_trial_row(const hone_trial *trial)
{
    return &trial->study->fold.trials.data[trial->number];
}

// Microseconds of the journal as seconds. Divided: times 1e-6 would make 1.1 s 1.0999999999999999.
static inline double hn_seconds(uint64_t us)
{
    return (double)us / 1e6;
}

// --- study_tell.c ---
// Values go into an event in the order of the metrics that the handle was opened with. `values`
// NULL: none.
void hn_study_give_values(const hone_study *study, const double *values, uint64_t present,
                          hn_event *event);
// A running trial's event, appended; HONE_ESTALE when somebody else has taken it over.
hone_status hn_trial_act(hone_trial *trial, const hn_event *event, hn_sync sync, hone_error *err);
// What the scheduler makes of the reports of a trial, which is asked at every one.
bool hn_trial_judged(const hone_trial *trial);
hone_status hn_trial_judge(hone_trial *trial, double step, hone_error *err);

// --- study_parts.c ---
// The means over the parts that have ended, in the order of the handle's metrics: `values`
// [HN_MAX_METRICS]; gives which are present.
uint64_t hn_trial_means(const hone_trial *trial, double *values);

// --- define.c ---
// The PARAMS event of a define-by-run trial, queued when its configuration differs.
hone_status hn_trial_settle(hone_trial *trial, hone_error *err);

#endif
