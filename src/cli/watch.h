// Watching a run: what its events say is kept in a model, and shown in one of four ways: a block on
// the terminal that is redrawn in place, a line per finished trial, JSON events, or not at all.
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "cli.h"

typedef enum watch_mode { WATCH_BLOCK, WATCH_LINES, WATCH_JSON, WATCH_QUIET } watch_mode;

// A place where a trial runs.
typedef struct watch_slot {
    bool busy, has_report, goes_on;
    uint32_t trial, attempt;
    uint32_t part, n_parts; // that runs now; n_parts 0: the trial is one run
    double since_s;         // monotonic
    double step, value;     // of the last report
    double resource;        // it is to run so far, 0: to its own end
    char *params;           // "lr=0.01 depth=3"
} watch_slot;

enum { WATCH_N_VALUES = 512 };

typedef struct run_watch {
    const cli_args *cli;
    const char *storage; // URL
    hone_study *study;
    hone_run *run;
    watch_mode mode;
    int64_t n_wanted; // 0: no limit
    double time_s;    // 0: no limit
    watch_slot *slots;
    uint32_t n_slots;
    uint32_t n_before;          // finished when the run began
    uint32_t n_ended, n_failed; // in this run
    double began_s;
    double values[WATCH_N_VALUES]; // of the last finished trials, first objective
    int n_values;
    bool has_best, best_stale;
    uint32_t best;
    char *best_line; // "loss 0.031 in trial 29  lr=…"
    uint32_t last_failed;
    char *failure;     // what happened last to a trial that failed
    char *failure_log; // path of its log; NULL: none
    bool output_shown; // the output of a trial without its metric was printed
    char *message;     // what is being done about Ctrl-C
    bool news_stale;   // the scheduler has decided on `news_trial` since `news` was made
    uint32_t news_trial;
    char *news; // its last decision; NULL: none
    int level;
    double drawn_s; // when the block was drawn
    int *drawn;     // columns of its lines
    int n_drawn;
} run_watch;

watch_mode watch_mode_for(const cli_args *cli);
void watch_begin(run_watch *watch, const cli_args *cli, const char *storage, hone_study *study,
                 const hone_run_options *options);
// As many slots as the run has: what was given to watch_begin may have been none.
void watch_slots(run_watch *watch, const hone_run_options *now);
// hone_run_options.on_event, with the watch as `user`.
void watch_event(void *user, hone_run *run, const hone_run_event *event);
void watch_end(run_watch *watch); // takes the block away

// --- block.c ---
void block_draw(run_watch *watch, bool at_once);
void block_clear(run_watch *watch);
void block_watch_size(void); // follows the terminal's size (SIGWINCH)

// --- lines.c, events.c: one event ---
void lines_event(run_watch *watch, const hone_run_event *event, const hone_trial *trial);
void json_event(run_watch *watch, const hone_run_event *event, const hone_trial *trial);
void json_begin(run_watch *watch);
void json_end(run_watch *watch, hone_run_outcome outcome);

// --- summary.c ---
// What came out of it: the best trial, failures, how to go on. Prints for people.
void summary_print(run_watch *watch, const hone_run_options *options, hone_run_outcome outcome);
// Only the best trial, on one line.
void summary_best(run_watch *watch);
// Why nothing came of it, with the end of what the last trial wrote. A person who asked for
// silence must be told this, too: on standard error.
void summary_failure(const run_watch *watch);

// --- texts ---
// "lr=0.001 depth=3": with `digits` significant digits, 0: as in the command line. The caller
// frees.
char *watch_params(const hone_trial *trial, int digits);
// "loss=0.1 time=3" of the metrics that are there. The caller frees.
char *watch_values(const hone_study *study, const hone_trial *trial);
double watch_now_s(void); // monotonic
// A path as it reads best: below the working directory without it.
const char *watch_path(const char *path);
// Has the scheduler let it go on, be it as a copy of another one? Of a trial that has just begun;
// one that was LOST, or failed, and runs again was not promoted by that.
bool watch_goes_on(const hone_trial *trial);
// Why the scheduler has paused, stopped or promoted a trial: "trial 4 paused at 9: place 4 of 9,
// …"; NULL: it does not say. The caller frees.
char *watch_decision(hone_study *study, uint32_t trial);
// Brings `best_line` and `news` up to date.
void watch_refresh(run_watch *watch);
// What Ctrl-C number `level` has begun, and what the next one does.
const char *watch_stopping_text(int level);

#endif
