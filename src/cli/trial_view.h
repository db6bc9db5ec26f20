// How a trial reads: as JSON (trials, show, best, export agree on it) and as texts for people.
#ifndef CLI_TRIAL_VIEW_H
#define CLI_TRIAL_VIEW_H

#include "cli.h"

// {"number","state","params","values","duration_s","attempts",…}: one line of `hone trials --json`.
// `values` has the metrics that were given, by name. The caller owns it.
json_t *trial_json(const hone_study *study, const hone_trial *trial);
// Attributes as an object, {"n_params":12345}.
json_t *trial_attrs_json(const hone_trial *trial);
json_t *study_attrs_json(const hone_study *study);
// [{"step",…,"values":{…}},…] of its reports.
json_t *trial_reports_json(const hone_study *study, const hone_trial *trial);
// {"loss":0.3}: metrics [from, to) that were given.
json_t *trial_values_json(const hone_study *study, const hone_trial *trial, uint32_t from,
                          uint32_t to);

// [{"name","goal"},…] of a study.
json_t *study_metrics_json(const hone_study *study);

// --- evidence.c: what retests say ---
// "0.131 ± 0.004"; one retest has no error, none give "-". The caller frees.
char *repeats_text(const hone_repeats *repeats, bool full);
// The first objective of a trial: "0.123", "0.913 ± 0.004 (5 folds)", or "0.131 ± 0.004 (mean of 10
// retests, 0.123 in the search)". `full`: with every digit. The caller frees.
char *trial_evidence(const hone_study *study, const hone_trial *trial, bool full);
json_t *retests_json(const hone_study *study, const hone_trial *trial); // null: there are none
// How much of its lead the first winner of the search owed to luck, as a sentence; NULL when it was
// not retested. The caller frees.
char *luck_text(hone_study *study);
// The `top` best trials of a single objective, the best by evidence first, then by their values in
// the search. An exit code.
int trials_top(const cli_args *cli, hone_study *study, uint32_t top, uint32_t **numbers,
               uint32_t *n);

// --- front.c ---
// The trials on the Pareto front. The caller frees, after an error, too.
hone_status trials_front(hone_study *study, uint32_t **numbers, uint32_t *n, hone_error *err);

// --- parts.c: trials of several parts (folds, repeats) ---
// "5 folds", "3 repeats", "2 repeats of 5 folds"; of those that are all `n`, else "2 of 5 folds".
// The caller frees.
char *parts_text(uint32_t n, uint32_t folds, uint32_t repeats, bool instances);
// What {instance} was in each fold of the trial; NULL: its folds are numbers. The caller decrefs.
json_t *trial_instances(const hone_trial *trial);
char *trial_parts_text(const hone_trial *trial); // of those that ended; NULL: it is one run
// A metric with its error, "0.913 ± 0.004 (5 folds)"; NULL when the trial is one run, or no part of
// it has ended. The caller frees.
char *trial_spread_text(const hone_trial *trial, uint32_t metric, bool full);
// Adds folds, repeats, n_runs, n_runs_ended and std_err to the JSON of such a trial.
void trial_add_parts(json_t *o, const hone_study *study, const hone_trial *trial);
// [{"run","fold","values",…},…] of the parts that ended.
json_t *trial_parts_json(const hone_study *study, const hone_trial *trial);

// Notes on the study itself, in order; the text of one past the end is "".
hone_log study_note_at(const hone_study *study, uint32_t index);
json_t *study_notes_json(const hone_study *study); // [{"time","text"},…]

// Seconds of its last attempt; of a running one until now; NaN when it was never started.
double trial_seconds(const hone_trial *trial);
// A parameter's value for people: numbers with 6 digits, lists as JSON, a text that looks like
// either in quotes. The caller frees.
char *trial_param_text(const json_t *value);
// The same for programs, with every digit and without quotes. The caller frees.
char *trial_param_exact(const json_t *value);
// Members of an object for people, with every digit: "  lr  0.01" a line, the values in one column;
// `width` is that of the names with the gap behind them, pairs_width at least.
int pairs_width(const json_t *pairs, int least);
void pairs_print(const json_t *pairs, int width);
// Parameter `name` of the trial for people, with every digit; "" when inactive. A text that looks
// like a number or like JSON is in quotes. The caller frees.
char *trial_param_shown(const hone_trial *trial, const char *name);
// "lr=0.01 opt=sgd" for people. The caller frees.
char *trial_params_line(const hone_trial *trial);
// The trials whose checkpoints it goes back to, the first first and itself last. The caller frees.
uint32_t *trial_ancestors(hone_study *study, uint32_t number, uint32_t *n);
// "trial 3 to step 5, then trial 9 to step 10, then trial 12", NULL when it is no fork. The caller
// frees.
char *trial_ancestry(hone_study *study, uint32_t number);
// "loss 0.1, time 3" of the objectives, for people. The caller frees.
char *trial_values_line(const hone_study *study, const hone_trial *trial);

// State for people: a waiting trial that is out of the queue is "REMOVED".
const char *trial_state_text(const hone_trial *trial);
const char *trial_origin_text(hone_trial_origin origin);
const char *trial_purpose_text(hone_trial_purpose purpose);
// "auto (gp)"; the caller frees.
char *sampler_text(const hone_explanation *said);
// The same of a study as it stands, with the options that were given: "gp (n_startup=4)".
char *study_sampler_text(const hone_study *study);
// "asha (eta=2)": the scheduler with the options that were given. The caller frees.
char *study_scheduler_text(const hone_study *study);
// Where no trial is complete: "none complete yet; 0.98 in trial 4, paused at 9". NULL: none is
// paused, or there are several objectives. Goes through all trials. The caller frees.
char *best_paused_text(const hone_study *study);
// Options of its "sampler" or "scheduler", those that were given.
json_t *plugin_options_json(const hone_study *study, const char *kind);
json_t *sampler_why_json(const hone_study *study); // why it does what it does now; null: no more
const char *goal_text(hone_goal goal);             // "minimize", "maximize", "record"

// Who runs a trial, when that is a process: its owner reads "host/boot/pid/start".
typedef struct trial_owner {
    char host[65];
    long long pid;
    bool here; // on this host
    bool gone; // for certain: that process runs no more
} trial_owner;
bool trial_owner_read(const hone_trial *trial, trial_owner *out); // false: another text
bool owner_read(const char *owner, trial_owner *out);

// A table of these trials on stdout; an exit code.
int trials_table(const cli_args *cli, hone_study *study, const uint32_t *numbers, size_t n);

// "2026-03-01T12:30:05.123456Z" into a buffer of CLI_SHORT bytes, which is returned.
char *iso_time(uint64_t wall_us, char *out);
json_t *iso_time_json(uint64_t wall_us); // null for 0
uint64_t now_us(void);
// A number, or a text beyond 2^53, which not every reader of JSON can hold as a number.
json_t *seed_json(uint64_t seed);

// The forms of a configuration that other programs read.
typedef enum params_format { PARAMS_ARGS, PARAMS_JSON, PARAMS_YAML, PARAMS_ENV } params_format;
#define PARAMS_FORMATS "args|json|yaml|env"
params_format params_format_of(const char *name);
// A trial's parameters as "--lr=0.01 --opt=sgd", {"lr":0.01}, lines of YAML, or lines
// HONE_P_LR=0.01 for a shell to evaluate; each ends with a line end. In arguments and variables a
// value stands as Hone hands it to a trial.
void params_print(FILE *out, const hone_trial *trial, params_format format);

#endif
