// What the files of the run loop share.
#ifndef HN_DRIVE_RUN_INTERNAL_H
#define HN_DRIVE_RUN_INTERNAL_H

#include <stdatomic.h>

#include <hone/run.h>
#include <hone/sys/executor.h>
#include <hone/trial.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "drive/folder.h"
#include "drive/judge.h"
#include "drive/launch.h"
#include "drive/metrics.h"
#include "drive/pool.h"
#include "drive/template.h"

enum { HN_MAX_PLACES = 4096 };

// One of the `n_jobs` places where a trial runs.
typedef struct hn_place {
    hone_trial *trial; // NULL: free
    uint64_t job;      // number of jobs so far × HN_MAX_PLACES + own index
    uint32_t index, number, attempt;
    uint32_t folds, repeats; // what the trial consists of
    uint32_t part, n_parts;  // the part that runs; n_parts 0: the trial is one run
    bool goes_on;            // an earlier attempt may have begun the same
    const char *gpu;         // what {gpu} stands for here while no GPUs are given to trials
    hn_share share;          // of CPUs and GPUs
    hn_wish wish;
    bool killed;         // KILL was asked for
    uint64_t started_us; // wall clock
    uint64_t mem_bytes;  // the limit it was started with, 0: none
    hn_metrics metrics;
    hn_folder folder;
} hn_place;

// Failed and lost attempts of one trial in this run; only trials that had any are listed.
typedef struct hn_attempts {
    uint32_t trial, n_failures, n_lost;
} hn_attempts;

typedef enum hn_rule_name {
    HN_RULE_NONE,
    HN_RULE_TRIALS,
    HN_RULE_TIME,
    HN_RULE_TARGET,
    HN_RULE_PLATEAU,
    HN_RULE_REGRET,
    HN_RULE_EXHAUSTED,
    HN_RULE_FAILURES,
    HN_RULE_INTERRUPTED,
    HN_RULE_ELSEWHERE,
    HN_RULE_SPACE,
    HN_RULE_COST
} hn_rule_name;

// What the plateau rule has counted.
typedef struct hn_plateau {
    HN_VEC(uint8_t) seen; // [trials] it has been counted, or never will
    uint32_t n_done;      // all below this number are seen
    bool has_best;
    double best;      // of the last trial that improved
    uint32_t n_since; // finished trials since then
} hn_plateau;

// What has been spent.
typedef struct hn_spent {
    uint32_t n_done; // trials below this number have ended and are in …
    double ended;
    uint32_t metric; // what is summed with options.cost
    double bound;
} hn_spent;

// What the rule of the regret has seen.
typedef struct hn_until_regret {
    uint32_t n_seen; // results at the last look, 0: there was none
    bool fulfilled;
    double at_most, apart; // at the last look
} hn_until_regret;

// A trial that is to be run without the rest of the study.
typedef struct hn_only {
    uint32_t number;
    bool started; // by this run
} hn_only;

// What the stop rules know. Trials are counted as they end; with a lag, in order of their numbers
// and only as far as the next suggestion may see, so that the end does not depend on timing.
typedef struct hn_tally {
    uint32_t n_fed;      // with a lag: trials below this number have been counted
    uint32_t n_ok;       // COMPLETE and PRUNED since the run began
    uint32_t n_failures; // all other ends
    uint32_t streak;     // equal failures in a row, at the end of what was counted
    uint64_t signature;  // of the last failure
    char message[256];   // of the last failure
    bool reached;        // the target
} hn_tally;

// What has ended the search for good.
typedef enum hn_over {
    HN_OVER_NOT,
    HN_OVER_TIME,
    HN_OVER_COST,
    HN_OVER_TARGET,
    HN_OVER_PLATEAU,
    HN_OVER_REGRET,
    HN_OVER_ELSEWHERE, // another run has ended the study
    HN_OVER_STREAK,    // equal failures at the start
    HN_OVER_FAILURES,  // far more failures than results
    HN_OVER_SPACE      // not for good: the command does not fit the newest space or scheduler
} hn_over;

struct hone_run {
    hone_study *study;
    hone_run_options options; // texts are in the arena
    hn_arena arena;
    hn_arena executor_options; // config of a run made by hone_run_create
    hn_template command;
    double first_rung, last_rung; // of the scheduler, if the command carries them to other ranges
    uint32_t command_version;     // of the space that it was read with
    uint32_t fit_version;         // the last one that the command was found to fit
    uint32_t space_seen;          // the last one that was spoken of
    const char *scheduler_seen;   // the setting, as it was last heeded
    hone_error unsuited;          // why the command does not suit the scheduler; HONE_OK: it does
    const char *notice;
    hn_metric_spec spec;
    const char *dir; // absolute
    char tag[20];    // HONE_STUDY_TAG
    hn_pool pool;
    uint32_t wanted_jobs; // as it was asked for, 0: as many as fit
    hn_smi smi;           // asked because of an edit, for …
    double wanted_gpus;   // … so many of each trial
    hn_str fewer;         // why there are fewer; "": there are not
    uint32_t n_threads;
    unsigned thread_variables; // that say so: bits of hn_thread_variables

    const hn_executor_class *executor;
    void *executor_state; // NULL: not initialised
    atomic_bool ended;    // the executor has been ended
    hn_place *places;     // [n_places]
    uint32_t n_places, n_running;
    uint64_t n_jobs_made;
    hn_message messages[64];
    hn_strings argv, env;
    hn_str text, reply, attrs; // scratch
    hn_str
        spare; // the empty checkpoint of a trial that has just ended: the next may have it; or ""

    atomic_int level; // asked for; 0 to 3
    int level_done;   // acted upon
    hn_only *only;    // [n_only] only these trials are run; n_only 0: the study
    uint32_t n_only;
    hn_only final;  // the list of a final run
    bool ask_again; // something has changed since nothing could be started
    bool exhausted; // ask has said so: only what waits, or is paused, may start
    hn_over over;
    hn_tally tally;
    hn_plateau plateau;
    hn_until_regret regret;
    hn_spent spent;
    int64_t edit_seen; // number of the last edit that was taken over
    const char *rule;  // that has ended it
    hn_str why;
    uint32_t n_ok_before; // finished trials when the run began
    HN_VEC(hn_attempts) attempts;

    bool has_best;
    double best;
    bool restart_said;                      // that a paused trial starts over
    bool quota_said, full_said, stuck_said; // about checkpoints, see checkpoint_keep.c
    hone_error cannot_start; // why no trial can be started any more; HONE_OK: one can
    bool folders_are_there;  // of a deleted study, at the numbers that come now
    bool source_said, missing_said, unheard_said;
    uint32_t n_waits;           // looks that found nothing to do but trials of others that run
    uint64_t began_us, tick_us; // monotonic
    uint64_t frame_us;          // when a display gets its tick after an event; 0: none is due
    uint64_t n_events_seen;     // at the last tick
    bool unsynced;              // something may wait to be written since the last sync
};

// Creates a run on an executor of the caller's: for tests. `executor_options` goes to its init.
hone_status hn_run_create(hone_study *study, const hone_run_options *options,
                          const hn_executor_class *executor, const void *executor_options,
                          hone_run **out, hone_error *err);

// --- events.c: what is told to the caller ---
void hn_run_emit(hone_run *run, const hone_run_event *event);
hone_run_event hn_run_event(hone_run_event_type type);
hone_run_event hn_run_place_event(const hn_place *place, hone_run_event_type type);
void hn_run_warn(hone_run *run, const char *format, ...) HONE_PRINTF(2, 3);

// --- places.c: starting trials ---
hn_place *hn_run_place(hone_run *run, uint64_t job);              // NULL: it does not run any more
hn_attempts hn_run_attempts(const hone_run *run, uint32_t trial); // zeros when there were none
bool hn_run_note_attempt(hone_run *run, hn_attempts attempts);    // false: out of memory
hn_place *hn_run_free_place(hone_run *run);                       // NULL: all are taken
hone_status hn_run_launch(const hone_run *run, const hn_place *place, hn_launch *out,
                          hone_error *err);
// Starts the trial, which the place owns from now on. On an error it has been requeued; one of its
// files is no error yet, but run->cannot_start.
hone_status hn_run_start(hone_run *run, hn_place *place, hone_trial *trial, hone_error *err);
// Starts the job of place->part, or of a trial that is one run. Nothing is requeued on an error. A
// folder of a new trial that is there after all, the executor's word for which is HONE_EEXISTS, is
// emptied of what is an earlier trial's.
hone_status hn_run_begin_part(hone_run *run, hn_place *place, hone_error *err);
hone_status hn_run_begin_there(hone_run *run, hn_place *place, hone_error *err);
// What a trial that runs, or is looked at, consists of.
void hn_run_take_plan(const hone_run *run, hn_place *place);
void hn_run_release(hone_run *run, hn_place *place);
// Asks the executor to end it; a weaker wish does not replace a stronger one.
hone_status hn_run_end_place(hone_run *run, hn_place *place, hn_wish wish, hn_cancel how,
                             hone_error *err);

// --- messages.c, finish.c ---
hone_status hn_run_message(hone_run *run, const hn_message *message, hone_error *err);
hone_status hn_run_finish(hone_run *run, hn_place *place, const hn_message *message,
                          hone_error *err);
// Some parts of the trial have ended in earlier attempts: is it over with that? Then the place is
// free again.
hone_status hn_run_resume_parts(hone_run *run, hn_place *place, bool *over, hone_error *err);

// --- stop.c: when it ends ---
typedef struct hn_room {
    bool ask;        // something may be started
    bool full;       // nothing, but only because others still run
    bool no_new;     // only what waits
    int64_t only;    // only this trial; -1: any
    uint32_t n_left; // so many at most, 0: no limit
} hn_room;
// What may be asked for now?
bool hn_run_pauses(const hone_run *run); // does the scheduler, as its options are, pause trials?
hone_status hn_run_room(hone_run *run, hn_room *out, hone_error *err);
void hn_run_counted(hone_run *run, const hone_trial *trial); // it was told
bool hn_run_is_better(const hone_run *run, double a, double b);
hone_status hn_run_learn_best(hone_run *run, hone_error *err); // as the study knows it
// Nothing runs and nothing can be started: how did it end?
hone_run_outcome hn_run_outcome(const hone_run *run);
// --- plateau.c ---
void hn_plateau_reset(hn_plateau *p);
// Counts the trials below `limit`; is the rule fulfilled?
hone_status hn_run_on_plateau(hone_run *run, uint32_t limit, bool *out, hone_error *err);
// --- spent.c ---
// Takes options.cost_s or options.cost over, whose text is copied.
hone_status hn_run_set_cost(hone_run *run, double cost_s, const char *cost, hone_error *err);
// Have the trials below `limit` cost as much as they may?
bool hn_run_is_spent(hone_run *run, uint32_t limit);

// --- until_regret.c ---
// Is the rule fulfilled by the trials below `limit`?
hone_status hn_run_until_regret(hone_run *run, uint32_t limit, bool *out, hone_error *err);
// --- ended.c ---
hone_status hn_run_record_begin(hone_run *run, hone_error *err);
hone_status hn_run_record_end(hone_run *run, hone_run_outcome outcome, hone_error *err);
bool hn_run_ended_elsewhere(const hone_run *run);
// --- edit.c ---
// Takes over what was edited since the last look; `apply_them` false: only takes note of it.
void hn_run_heed_edits(hone_run *run, bool apply_them);
// Goes on with one that had to ask which GPUs there are, when that is answered.
void hn_run_hear_of_gpus(hone_run *run);
// --- versions.c ---
// The command as it is read with that space.
hone_status hn_run_read_command(const hone_study *study, const hone_run_options *options,
                                const hone_space *space, hn_template *out, hone_error *err);
// Takes over a space that has changed since the last look, and says so.
hone_status hn_run_heed_space(hone_run *run, hone_error *err);
// Reads run->command with that version, whether it fits or not.
hone_status hn_run_read_for(hone_run *run, uint32_t version, hone_error *err);
// Makes run->command the one for the trial's version of the space. `*fits` false: it cannot be, and
// the trial has been given back.
hone_status hn_run_suit(hone_run *run, hone_trial *trial, bool *fits, hone_error *err);
// --- schedule.c ---
// Reads the command for the newest space and the study's scheduler, and where rungs begin and end
// if it carries its {resource} to another range. HONE_EINVAL, HONE_EPARSE: it does not suit.
hone_status hn_run_suit_scheduler(hone_run *run, hone_error *err);
// Takes over a scheduler that has changed since the last look, and says so.
hone_status hn_run_heed_scheduler(hone_run *run, hone_error *err);
// Space or scheduler have changed: what ended the run because of them, or elsewhere, may be no end
// any more.
void hn_run_reopen(hone_run *run);
// --- versions.c ---
// The format of a parameter in the newest version, NULL when it is written as it stands.
const hn_format *hn_run_format(hone_run *run, const char *param);
// --- run.c ---
// Makes room for so many jobs, as far as the executor goes; how many there may be.
uint32_t hn_run_grow(hone_run *run, uint64_t n_jobs);
// --- resources.c: what each trial gets ---
hn_need hn_run_need(const hone_run *run);
// Looks for the CPUs and GPUs that trials need, and sets n_jobs from `wanted_jobs`.
hone_status hn_run_fit(hone_run *run, hone_error *err);
void hn_run_say_fewer(hone_run *run); // warns, once, that there are fewer jobs than asked for
void hn_run_set_threads(hone_run *run);
hone_status hn_run_take_share(hone_run *run, hn_place *place, hone_error *err);
void hn_run_launch_share(const hone_run *run, const hn_place *place, hn_launch *out);
// --- interrupt.c ---
hone_status hn_run_heed(hone_run *run, hone_error *err); // calls of hone_run_interrupt
// A command that is given {resource}, and ends well without having named a step, has come that far:
// what it ended with is its value there.
hone_status hn_run_report_end(hone_run *run, hn_place *place, const hn_message *message,
                              hone_error *err);
hone_status hn_run_heed_request(hone_run *run, hn_place *place, hone_error *err); // of others
// Kills what runs and waits for it, recording nothing but that it is to be run again.
void hn_run_abort(hone_run *run);
// Ends the executor, and with it every job, once.
void hn_run_end_executor(hone_run *run);

// --- loop.c ---
// Asks, starts and listens until nothing runs and nothing may be started.
hone_status hn_run_loop(hone_run *run, hone_error *err);
// It could not be started, because of `why`: it waits again. What the system refused is no error of
// the run yet, but run->cannot_start.
hone_status hn_run_not_started(hone_run *run, hn_place *place, hone_status status,
                               const hone_error *why, hone_error *err);
// --- checkpoint_begin.c ---
// What the trial's attempt begins with: its own checkpoint, a copy of its parent's, nothing. Says
// so when one that it should have is gone. `from` gets the parent's, "" for trials that are no
// forks.
hone_status hn_run_begin_with(hone_run *run, hn_place *place, hn_str *from, hone_error *err);
// What the trial's checkpoints take on the disk, those of all parts. `*is_empty`: it has one folder
// for them with nothing at all in it.
uint64_t hn_run_checkpoint_size(const hone_run *run, const hn_place *place, bool *is_empty);
// --- checkpoint_keep.c ---
// Removes the checkpoints that the options no longer keep; at the start also what a run that was
// killed has left aside.
hone_status hn_run_keep(hone_run *run, bool at_start, hone_error *err);
// --- recover.c, final.c ---
hone_status hn_run_recover(hone_run *run, hone_error *err);
hone_status hn_run_final(hone_run *run, hone_error *err);

#endif
