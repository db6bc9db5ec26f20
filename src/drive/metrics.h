// What a trial's metrics are read from, and the values collected so far.
//
// By rank of explicitness: what the user pointed at (a file's key, a regular expression, time or
// memory), the descriptor HONE_FD, the file metrics.jsonl, lines on standard output, lines on
// standard error. For each metric the highest-ranked source that a trial has used counts; lower
// ones are ignored from then on. How a line is read is core/wire.h's business.
#ifndef HN_DRIVE_METRICS_H
#define HN_DRIVE_METRICS_H

#include <hone/run.h>
#include <hone/sys/executor.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "core/wire.h"

enum { HN_METRICS_MAX = 62, HN_CONSTRAINTS_MAX = 64 };

typedef enum hn_metric_rank {
    HN_RANK_EXPLICIT,
    HN_RANK_FD,
    HN_RANK_FILE,
    HN_RANK_STDOUT,
    HN_RANK_STDERR,
    HN_RANK_NONE
} hn_metric_rank;

typedef enum hn_metric_builtin {
    HN_BUILTIN_NONE,
    HN_BUILTIN_TIME,  // seconds of wall time
    HN_BUILTIN_MAXRSS // KiB
} hn_metric_builtin;

// How the metrics of every trial of a run are read.
typedef struct hn_metric_spec {
    const char *const *names; // [n_metrics], objectives first
    const hone_goal *goals;
    uint32_t n_metrics, n_objectives;
    bool read_stderr, take_best;
    hn_metric_builtin builtin; // of the first objective
    bool has_regex, has_from;
    hn_wire_from from;
    bool from_cwd; // the file may also lie in the working directory
    hn_wire *wire;
} hn_metric_spec;

// The arena keeps the texts.
hone_status hn_metric_spec_make(const hone_study *study, const hone_run_options *options,
                                hn_arena *arena, hn_metric_spec *out, hone_error *err);
void hn_metric_spec_free(hn_metric_spec *spec);

// One trial's values.
typedef struct hn_metrics {
    double values[HN_METRICS_MAX]; // NaN where nothing was read
    uint8_t ranks[HN_METRICS_MAX]; // hn_metric_rank
    uint64_t present;
    double constraints[HN_CONSTRAINTS_MAX];
    uint32_t n_constraints;
    bool infeasible;
    double step;         // of the last report, 0: none
    uint8_t report_rank; // of the reports
    char problem[200];   // why the last line that was meant for us was no use, ""
} hn_metrics;

void hn_metrics_reset(hn_metrics *m);
// Is `value` better for that metric? Anything is better than NaN.
bool hn_metric_is_better(const hn_metric_spec *spec, uint32_t metric, double value, double than);
// What one line or report says, values [n_metrics] where `present` has their bits: in place of what
// there is or, with take_best, of what is worse; a source of a lower rank says nothing.
void hn_metrics_take(const hn_metric_spec *spec, hn_metrics *m, hn_metric_rank rank,
                     uint64_t present, const double *values);

// What a line asks for.
typedef struct hn_metric_line {
    bool is_report; // a step and at least one value: to be recorded
    double step;
    double values[HN_METRICS_MAX]; // of the line, NaN where not given
    uint64_t present;
    const char *problem; // NULL: it was understood, or says nothing to us
} hn_metric_line;

// Takes one line of a trial's output. `reply` gets the nonce to echo, as JSON; "" when none;
// `attrs` the attributes that a line meant for us sets, a JSON object; "" when none.
void hn_metrics_line(const hn_metric_spec *spec, hn_metrics *m, hn_line_source source,
                     const char *text, size_t n, hn_metric_line *out, hn_str *reply, hn_str *attrs);
// At the end of the trial: what is only known then. `dir` is its folder, `started_us` the wall
// clock when it began.
void hn_metrics_end(const hn_metric_spec *spec, hn_metrics *m, const char *dir, uint64_t started_us,
                    uint64_t wall_us, int64_t maxrss_kb);
// The first objective that was not given, NULL when all are there.
const char *hn_metrics_missing(const hn_metric_spec *spec, const hn_metrics *m);
// The first objective that is not a number, NULL.
const char *hn_metrics_nan(const hn_metric_spec *spec, const hn_metrics *m);
// "loss is read from lines such as loss=0.2 on standard output".
void hn_metrics_describe(const hn_metric_spec *spec, const hn_metrics *m, hn_str *out);

// --- metric_extras.c: what a JSON line may say besides metrics ---
typedef struct hn_metric_extras {
    bool any, infeasible;
    double constraints[HN_CONSTRAINTS_MAX];
    uint32_t n_constraints;      // 0: none given
    bool has_attrs, wrong_attrs; // "attr" is an object, is something else
} hn_metric_extras;
void hn_metric_extras_read(const char *text, size_t n, hn_metric_extras *out, hn_str *reply,
                           hn_str *attrs);

// --- metric_earlier.c ---
// At the end of an attempt that went on from a checkpoint: the reports of the earlier attempts.
void hn_metrics_go_on(const hn_metric_spec *spec, const hone_trial *trial, hn_metrics *said);

// --- metric_file.c: the explicit file --- False with a sentence in `why` [size].
bool hn_metric_file_read(const hn_metric_spec *spec, const char *dir, uint64_t started_us,
                         double *out, char *why, size_t size);

#endif
