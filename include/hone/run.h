// The run loop: tunes a command. What `hone run` drives, for programs that want the same.
//
// The loop asks the study for trials, runs the command for each in `n_jobs` slots, reads its
// metrics, tells the study, and recovers what an earlier run left behind. It sleeps between
// events; it calls `on_event` for everything worth showing.
#ifndef HONE_RUN_H
#define HONE_RUN_H

#include <hone/study.h>

HONE_BEGIN_DECLS

typedef struct hone_run hone_run;

typedef enum hone_run_event_type {
    HONE_RUN_BEGIN,    // text: what was recovered, or ""
    HONE_RUN_STARTED,  // trial started: trial, slot, attempt
    HONE_RUN_REPORT,   // trial reported: step, value (first objective)
    HONE_RUN_FINISHED, // trial finished: state, value; `is_best`: it is the new best
    HONE_RUN_RETRY,    // an attempt failed and will be made again: text
    HONE_RUN_SOURCE,   // once: text says where the metric is read from
    HONE_RUN_MISSING,  // a trial ended well without its metric: text = last lines of its output
    HONE_RUN_WARNING,  // text
    HONE_RUN_STOPPING, // level 1: no new trials; 2: stopping the running ones; 3: killing
    HONE_RUN_TICK,     // with `want_ticks`, for displays: about once a second, and a tenth of a
                       // second after other events, so that nothing they say waits longer
    HONE_RUN_END,      // nothing runs any more
    HONE_RUN_WAITING,  // once: there is nothing to start while trials of others run: text
    HONE_RUN_CHANGED,  // hone_study_edit has changed its options: text, "--trials 200, --jobs 8"
    HONE_RUN_PART,     // one of a trial's parts has ended well: part, its value, duration_s
    HONE_RUN_SPACE     // the space has changed: text, "version 2, lr log:1e-6..1 (was 0..1)"
} hone_run_event_type;

typedef struct hone_run_event {
    hone_run_event_type type;
    uint32_t trial;
    uint32_t slot;    // 0-based
    uint32_t attempt; // from 1
    hone_trial_state state;
    double value; // NaN: none
    double step;
    bool is_best;
    int level;
    double duration_s;
    const char *text;       // borrowed for the callback; NULL when there is none
    const char *log;        // path of the trial's output, or NULL
    uint32_t part, n_parts; // part that runs or ended, of so many; n_parts 0: the trial is one run
} hone_run_event;

typedef enum hone_run_outcome {
    HONE_RUN_FINISHED_ALL = 0, // its end was reached (trials, time, target, space exhausted)
    HONE_RUN_STOPPED = 3,      // interrupted, resumable
    HONE_RUN_ALL_FAILED = 4    // every trial failed, or three equal failures at the start
} hone_run_outcome;

// A text with placeholders that is written for each trial into its directory.
typedef struct hone_run_template {
    const char *source; // the file that it comes from, for messages
    const char *name;   // of the file that is written: "conf", "sub/conf"
    const char *text;
} hone_run_template;

typedef struct hone_run_options {
    size_t size;
    const char *const *command; // [n_command] argument vector with placeholders
    uint32_t n_command;
    bool shell;       // command[0] is a text for /bin/sh -c
    const char *dir;  // folder of the trials' files; trial k lives in dir/<k>
    int64_t n_trials; // total of finished (COMPLETE, PRUNED) trials, 0: no limit
    double time_s;    // 0: no limit
    bool has_target;
    double target;   // stop when the objective is at least this good
    uint32_t n_jobs; // 0: as many as there are CPUs and GPUs for, with one of the *_per_trial below
    double timeout_trial_s, grace_s;
    uint32_t retries;           // further attempts after FAILED, TIMEOUT, OOM
    const char *metric_from;    // "file.json:eval.loss", or NULL
    const char *regex;          // or NULL
    const char *metric_builtin; // "time", "maxrss", or NULL
    bool read_stderr;
    bool take_best;     // the best reported value counts, not the last
    bool no_checkpoint; // a stopped trial starts over
    bool final_run;     // run the winner once more with HONE_PHASE=final
    bool want_ticks;
    int64_t only_trial;   // run just this queued trial (hone try --now); -1: the study
    const char *executor; // NULL: "local"
    void (*on_event)(void *user, hone_run *run, const hone_run_event *event);
    void *user;
    const uint32_t *only_trials; // [n_only_trials] run just these, in places as for a study
    uint32_t n_only_trials;      // 0: the study, or `only_trial`
    uint32_t plateau;            // stop after so many finished trials without improvement, 0: never
    double plateau_delta;        // what counts as an improvement; 0: any
    bool keeps_jobs;             // hone_study_edit does not change n_jobs
    bool follows;                // ends, too, when another run has ended the study by a rule
    const hone_run_template *templates; // [n_templates]
    uint32_t n_templates;
    uint64_t mem_trial_bytes; // memory of all processes of a trial together, 0: no limit; over
                              // it, the trial is killed and OOM
    double gpus_per_trial;   // whole ones, or a part of one (0.5: two trials share it); 0: GPUs are
                             // left alone
    uint32_t cpus_per_trial; // to which it is tied, 0: CPUs are left alone
    bool fewer_jobs;  // with more n_jobs than there are CPUs or GPUs for: fewer, with a warning;
                      // otherwise that is HONE_EINVAL
    uint32_t folds;   // a trial is a run for each fold, 0: there are no folds …
    uint32_t repeats; // … and that so many times with other seeds, 0 or 1: once
    // Checkpoints of finished trials: -1 all stay, 0 none, n: those of the n best. The best and the
    // newest stay with any n but 0, and what somebody may need to go on always does. When they take
    // more than the quota (0: none), those of the worst go.
    int64_t keep_ckpts;
    uint64_t ckpt_quota_bytes;
    const hone_run *like; // a run here that has looked which GPUs there are, mostly one that was
                          // made to try the options: they are taken over, not asked for again. Only
                          // for hone_run_create; NULL: there is none
    const char *const *instances; // [folds] what {instance} is in each; NULL: folds have numbers
                                  // alone
    bool has_until_regret; // stop when a model of all trials says that the best is within …
    double until_regret;   // … so much of the optimum; 0: than chance sets equal trials apart
    double cost_s;         // stop when all trials together have taken so long, 0: no limit
    // "usd<=200": stop when the last values of that metric of the study come to so much, summed
    // over all trials; NULL: no limit.
    const char *cost;
} hone_run_options;

#define HONE_RUN_OPTIONS_INIT                                                                      \
    {                                                                                              \
        sizeof(hone_run_options), 0, 0, false, 0, 0, 0, false, 0, 1, 0, 10, 0, 0, 0, 0, false,     \
            false, false, false, false, -1, 0, 0, 0, 0, 0, 0, 0, false, false, 0, 0, 0, 0, 0,      \
            false, 0, 0, -1, 0, 0, 0, false, 0, 0, 0                                               \
    }

// The text of a template's file, checked to be a text. Caller frees `*text` with hone_free.
HONE_API hone_status hone_run_template_read(const char *path, char **text, hone_error *err);
// Checks everything that can be checked before anything runs: placeholders (errors carry the
// argument or line and the column), the regular expression, the folder. The study outlives the run.
HONE_API hone_status hone_run_create(hone_study *study, const hone_run_options *options,
                                     hone_run **out, hone_error *err);
// Would the command of `options` (with its templates) do for another space of the study?
// HONE_EINVAL with the remedy when it names a parameter that `space` lacks, or does not name a new
// one although it names all others; HONE_EPARSE when it cannot be read with it. To be asked before
// hone_study_change_space: live runs whose command does not fit start nothing more.
HONE_API hone_status hone_run_check_space(const hone_study *study, const hone_run_options *options,
                                          const hone_space *space, hone_error *err);
// Does the command of `options` (with its templates) suit the study's scheduler? HONE_EPARSE or
// HONE_EINVAL when it waits for a resource or rungs that there are none of, or is of trials that
// the scheduler cannot fork. To be asked, with a study in memory that has the space and the
// scheduler, before that is recorded: live runs whose command does not suit start nothing more.
HONE_API hone_status hone_run_check_scheduler(const hone_study *study,
                                              const hone_run_options *options, hone_error *err);
// Runs until the end or an interrupt; everything that was started has ended when it returns.
HONE_API hone_status hone_run_go(hone_run *run, hone_run_outcome *outcome, hone_error *err);
// First call: no new trials; second: running trials checkpoint, stop and are requeued; third: they
// are killed (and requeued). `levels` adds so many calls at once (SIGTERM: 2). May be called from
// a signal handler or another thread.
HONE_API void hone_run_interrupt(hone_run *run, int levels);
HONE_API void hone_run_destroy(hone_run *run); // NULL-safe
// Is the command's program there, as far as its name is known before there are values? To be asked
// before the first trial, so that a misspelt name costs none. Errors: HONE_EINVAL with the
// argument.
HONE_API hone_status hone_run_look_up(const hone_run *run, hone_error *err);
// The command line of trial-shaped values, one argument a line, as it would be run: for --dry-run.
// `trial` gives the values. Caller frees `*out` with hone_free.
HONE_API hone_status hone_run_render(hone_run *run, const hone_trial *trial, char **out,
                                     hone_error *err);
// The same for what becomes of options.templates[index].
HONE_API hone_status hone_run_render_template(hone_run *run, const hone_trial *trial,
                                              uint32_t index, char **out, hone_error *err);
// Said once before the first trial, "" when there is nothing to say ("no placeholder: … {args}
// was appended"). Borrowed.
HONE_API const char *hone_run_notice(const hone_run *run);
// Which rule has ended it, after hone_run_go: "trials", "time", "cost", "target", "plateau",
// "until-regret", "exhausted", "failures", "interrupted", "elsewhere" (with `follows`), "space"
// (the command does not fit the space or the scheduler, which was changed), or "none". And in
// words: "100 trials are finished (-n)";
// "" for none. Both are recorded as the study's setting "ended", {"rule","text"}, which is null
// again while a run goes on.
HONE_API const char *hone_run_rule(const hone_run *run);
HONE_API const char *hone_run_why(const hone_run *run); // borrowed
// The options as they are now, after hone_study_edit. Borrowed.
HONE_API const hone_run_options *hone_run_options_now(const hone_run *run);
// Seconds since hone_run_go began; jobs running now.
HONE_API double hone_run_elapsed_s(const hone_run *run);
HONE_API uint32_t hone_run_n_running(const hone_run *run);

HONE_END_DECLS

#endif
