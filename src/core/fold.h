// The fold: from a prefix of the journal to the state of the study. The only place where events
// get their meaning.
//
// Invariants
//  1. Total: any sequence of events folds without crashing; what does not fit (a stale epoch, an
//     unknown trial, a finished trial told again) changes nothing but the count of stale events.
//  2. The order of the journal arbitrates: RESERVED and QUEUED take the next trial number, the
//     first STARTED with the next epoch wins a trial, so that writers need no lock around a
//     decision.
//  3. A finished trial stays exactly as it was told. A late result of an older epoch is accepted
//     only while nobody has started the trial again.
//  4. Only the fields of events count: no clock, no randomness, no order but the journal's.
//  5. Cost: O(1) amortised an event; memory O(trials × (parameters + metrics) + reports).
#ifndef HN_CORE_FOLD_H
#define HN_CORE_FOLD_H

#include "base/vec.h"
#include "core/event.h"
#include "core/problem.h"

#define HN_NONE UINT32_MAX

enum {
    HN_TRIAL_HAS_PARAMS = 1,
    HN_TRIAL_EXCLUDED = 2,
    HN_TRIAL_STOP_ASKED = 4,
    HN_TRIAL_KILL_ASKED = 8,
    HN_TRIAL_INFEASIBLE = 16,  // a bound or a told constraint is broken
    HN_TRIAL_RERUN_ASKED = 32, // it waits because somebody wants it run again
    HN_TRIAL_OVERTAKEN = 64,   // it got its configuration when a newer space was there already
    HN_TRIAL_RESUMED = 128     // its last attempt began after a pause, and not anew
};

// One attribute: texts, and the next one of the same trial.
typedef struct hn_attr {
    uint32_t name, json, next;
    uint32_t spare; // whole words
} hn_attr;

// A chain of attributes.
typedef struct hn_attrs {
    uint32_t first, n;
} hn_attrs;

// Where the last look at an attribute was; at first zeros.
typedef struct hn_attr_cursor {
    uint32_t first; // of the chain
    uint32_t index, at;
} hn_attr_cursor;

// Of one trial, or of the study; what comes beyond is stale.
#define HN_MAX_ATTRS 4096

// Plain data; texts and rows are indices into the pools of the fold.
typedef struct hn_trial {
    uint8_t state, purpose, origin, flags;
    uint32_t epoch;       // attempt of the last start, 0: never started
    uint32_t space;       // version that `params` belongs to
    uint32_t params;      // row in `cells`: activity words, then slots
    uint32_t values;      // row in `numbers` [n_metrics]; HN_NONE
    uint32_t constraints; // row in `numbers` [n_constraints]; HN_NONE
    uint32_t n_constraints;
    uint32_t first_report, last_report, n_reports;
    uint32_t fixed;                // text: JSON of the values a queued trial came with; HN_NONE
    uint32_t message, note, owner; // texts; HN_NONE
    uint32_t n_late;               // results that came too late to count
    int32_t parent, copied;
    int32_t exit_code, signal;
    uint32_t lease_s;               // length of the lease, which every report renews; 0: none
    uint16_t folds, repeats;        // what it consists of: parts.h
    uint32_t plan_epoch;            // attempt that these came with
    uint32_t first_part, last_part; // those that have ended; HN_NONE
    uint32_t verdict;               // text: why the scheduler would have this attempt stop; HN_NONE
    uint32_t timed_epoch;           // attempt of its last report that could be timed, 0: none
    int64_t saw;
    uint64_t told_at;      // number of the event with its result
    double resource, step; // limit of this attempt; spent so far
    double born;           // of a fork: what its parent had spent when it began
    uint64_t created_us, started_us, ended_us, lease_us;
    int64_t pid, pid_start;
    uint64_t duration_us, cpu_us;
    uint64_t paused_us;       // of the duration: up to its last pause
    uint64_t timed_at_us;     // when that report came
    uint64_t timed_us;        // what the steps took that it has reported, all attempts together …
    double timed_steps;       // … and how many these were
    uint64_t timed_before_us; // both as they were when this attempt began
    double timed_before_steps;
    int64_t maxrss_kb;
    hn_attrs attrs;
    int64_t ckpt_bytes; // of its checkpoint when an attempt ended, 0: none; < 0: removed since
} hn_trial;

typedef struct hn_report {
    double step;
    uint64_t present; // bit m: metric m was given, be it as NaN
    uint32_t values;  // row in `numbers` [n_metrics], NaN where not given
    uint32_t epoch;
    uint32_t next; // next report of the same trial, HN_NONE
    uint32_t trial;
} hn_report;

// One of the runs of the command that a trial consists of, once it has ended well.
typedef struct hn_part {
    uint32_t trial, index;
    uint32_t values;      // row in `numbers` [n_metrics]
    uint32_t constraints; // row in `numbers` [n_constraints]; HN_NONE
    uint32_t n_constraints;
    uint32_t next; // next part of the same trial, HN_NONE
    double step;   // that it has reported itself, 0: none
    uint64_t duration_us, cpu_us;
    int64_t maxrss_kb;
} hn_part;

typedef struct hn_setting {
    char *key, *json;
} hn_setting;

typedef struct hn_log_entry {
    int64_t trial;
    uint64_t time_us;
    char *level, *text; // level "note" for notes on the study
} hn_log_entry;

typedef struct hn_space_version {
    hone_space *space;
    char *json;
    hn_lineage *lineage;
    uint32_t first_trial; // trials that there were when it came
} hn_space_version;

typedef HN_VEC(uint32_t) hn_numbers; // of trials, ascending

// What is measured and aimed at, as of one version: the definition's, or that of a GOALS_CHANGED.
// Metrics of an earlier version that a later one does not name are kept as recorded ones.
typedef struct hn_goals {
    char *json;     // {"metrics":[…],"constraints":[…]}; NULL for the definition's
    hn_arena arena; // of a later version
    const hone_metric *metrics;
    uint32_t n_metrics, n_objectives;
    const hn_bound *bounds;
    uint32_t n_bounds;
} hn_goals;

typedef struct hn_fold {
    uint64_t n_events; // folded so far: the next event's number
    uint64_t n_stale;  // events that changed nothing
    hn_arena arena;    // definition: names, metrics, bounds
    const char *name;
    const char *definition;          // text of STUDY_CREATED; NULL before it
    hn_problem problem;              // .space of the newest version
    HN_VEC(hn_space_version) spaces; // version v is at v - 1
    HN_VEC(hn_goals) goals;          // version v is at v - 1
    HN_VEC(hn_trial) trials;
    HN_VEC(hn_slot) cells;
    HN_VEC(double) numbers;
    HN_VEC(hn_report) reports;
    HN_VEC(hn_part) parts;
    HN_VEC(hn_attr) attrs;
    hn_attrs study_attrs;
    HN_VEC(char) texts;
    hn_numbers open;    // trials that are not finished
    hn_numbers waiting; // those of them that are WAITING
    HN_VEC(hn_setting) settings;
    HN_VEC(hn_log_entry) logs;
    uint32_t n_state[HONE_N_STATES]; // search trials only
    uint32_t n_defaults;             // trials that try the declared defaults
    uint32_t sampler_since;          // trials that there were when the sampler was chosen
    uint64_t created_us, changed_us;
    uint32_t last_owner; // texts are interned while the owner stays the same
    // Of each event that changed what a sampler may see of a trial (started, told, paused,
    // requeued, excluded, its parameters) the trial's number, in the order of the journal. Who
    // keeps a cache over the trials looks at all of them once and then at what has been added here.
    // Not part of a snapshot, nor of the state: it says what has changed since the fold was made.
    HN_VEC(uint32_t) changed;
    hn_arena scratch;
} hn_fold;

typedef struct hn_change {
    hn_event_type type;
    uint32_t trial; // the trial that the event concerned or made, HN_NONE
    bool applied;   // false: stale
} hn_change;

void hn_fold_init(hn_fold *fold);
void hn_fold_free(hn_fold *fold);
// Applies event number fold->n_events. Errors: HONE_ENOMEM (the fold is then as before the event),
// HONE_ECORRUPT when the definition or a space cannot be read. `change` may be NULL.
hone_status hn_fold_apply(hn_fold *fold, const hn_event *event, hn_change *change, hone_error *err);
// The same from its binary form.
hone_status hn_fold_apply_bytes(hn_fold *fold, const void *data, size_t size, hn_change *change,
                                hone_error *err);

const hone_space *hn_fold_space(const hn_fold *fold, uint32_t version); // NULL when unknown
// The trial's configuration, in its own space version; borrowed, do not write. slots NULL: none.
hn_config hn_fold_config(const hn_fold *fold, const hn_trial *trial);
const char *hn_fold_text(const hn_fold *fold, uint32_t text);      // "" for HN_NONE
const char *hn_fold_setting(const hn_fold *fold, const char *key); // NULL
static inline const double *hn_fold_values(const hn_fold *fold, const hn_trial *trial)
{
    return trial->values == HN_NONE ? NULL : fold->numbers.data + trial->values;
}
bool hn_state_finished(int state);
// Appends a version of the space; takes `json` over, which is freed on an error, too.
hone_status hn_fold_add_space(hn_fold *fold, char *json, uint32_t first_trial, hone_error *err);

// Keeps a copy of a text; HN_NONE for an empty one. False when out of memory.
bool hn_fold_keep_text(hn_fold *fold, hn_bytes text, uint32_t *out);

// --- fold_attrs.c ---
// Sets one attribute of `attrs`; `*applied` is false when there are too many.
hone_status hn_fold_set_attr(hn_fold *fold, hn_attrs *attrs, hn_bytes name, hn_bytes json,
                             bool *applied, hone_error *err);
// Attribute `index` in the order in which the names came, NULL past the end. `cursor`, of this fold
// alone, spares a listing the walk from the first one each time.
const hn_attr *hn_fold_attr_at(const hn_fold *fold, const hn_attrs *attrs, uint32_t index,
                               hn_attr_cursor *cursor);
// Its JSON, NULL when there is none of that name.
const char *hn_fold_attr(const hn_fold *fold, const hn_attrs *attrs, const char *name);

// --- fold_goals.c ---
// Appends the version that the fold's problem shows: the definition's.
bool hn_fold_first_goals(hn_fold *fold);
// Takes over the next version: rows of values are rearranged by the metrics' names. False when out
// of memory; the fold is then as before.
bool hn_fold_take_goals(hn_fold *fold, hn_goals *next);
// Where metric `m` of the newest version stands in rows of `version`, UINT32_MAX: nowhere.
uint32_t hn_fold_metric_in(const hn_fold *fold, int64_t version, uint32_t m);
// Is a constraint broken: a bound on a metric, or a number that was told?
bool hn_fold_broken(const hn_fold *fold, const double *values, hn_doubles constraints);
// COMPLETE, but without a number for an objective: it was told before that became one.
bool hn_fold_lacks_objective(const hn_fold *fold, const hn_trial *trial);
// Does it wait because somebody wants it tried, run again or repeated?
bool hn_trial_asked_for(const hn_trial *trial);

// --- definition.c: the JSON of STUDY_CREATED and what it says ---
// Writes {"name","seed","metrics":[{"name","goal"}],"constraints":["…"],…} for a new study.
// `from`: what earlier studies say, "" for nothing (core/sources.h).
hone_status hn_definition_write(const hone_study_options *options, const char *name, uint64_t seed,
                                const char *from, hn_str *out, hone_error *err);
// Reads it into problem (metrics, bounds, seed …) with memory from `arena`.
hone_status hn_definition_read(const char *json, size_t size, hn_arena *arena, const char **name,
                               hn_problem *problem, hone_error *err);
// The metrics and constraints of a GOALS_CHANGED.
hone_status hn_goals_read(const char *json, size_t size, hn_goals *out, hone_error *err);
// What they would be with `options` after those of `fold`: its own, then the metrics that there are
// besides, marked as kept, so that equal wishes give equal texts.
hone_status hn_goals_write(const hn_fold *fold, const hone_study_options *options, hn_str *out,
                           hone_error *err);
// The newest ones as the same text.
hone_status hn_goals_text(const hn_fold *fold, hn_str *out, hone_error *err);
// "minimize", "maximize" or "record".
const char *hn_goal_name(hone_goal goal);
// "latency<=20" -> metric name and bound; the column of a fault in err.
hone_status hn_bound_parse(hn_arena *arena, const char *text, const char **metric, hn_bound *out,
                           hone_error *err);

#endif
