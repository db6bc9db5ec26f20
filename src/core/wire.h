// What a trial says: the one parser of lines that report metrics, and of results in files. No I/O.
//
// A line reports when it holds a declared metric:
//     {"loss": 0.2, "step": 3}       a JSON object: numbers, true/false as 1/0, "nan" "inf" "-inf"
//     loss=0.2 step=3                name, '=' or ':', number; anything around them
//     Epoch 3/10: loss: 0.2, acc: 0.9
//     10%|####| 1/9 [00:01, loss=0.2]   of a line rewritten with '\r' the last part counts
//     {'loss': nan}                  a printed dictionary of Python
// Names are matched whole and case-sensitively ("val_loss=1" and "--loss=1" say nothing of loss);
// of several values in a line the last counts. A number with something attached ("93%", "12ms")
// is refused with a sentence rather than taken without its unit. `step`, `iteration` and `epoch`
// (in this order, any case) give the step. Colours of terminals are ignored.
#ifndef HN_CORE_WIRE_H
#define HN_CORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct hn_wire hn_wire;

typedef enum hn_wire_kind {
    HN_WIRE_NOTHING, // not meant for us
    HN_WIRE_REPORT,  // at least one declared metric
    HN_WIRE_WRONG    // no metric could be read, but it looks as if one was meant: `problem`
} hn_wire_kind;

typedef struct hn_wire_result {
    hn_wire_kind kind;
    const double *values; // [n_metrics], in the order of declaration; until the next call
    const bool *present;  // [n_metrics]
    bool has_step;
    int64_t step;        // ≥ 0
    const char *problem; // a sentence about what was not understood, or NULL; until the next call
} hn_wire_result;

// Reader for `n` declared metrics (n ≥ 1; copied; the first is the objective).
//
// `regex`, or NULL: an expression in the language of PCRE2 with which alone the output is then
// searched. Its groups `(?<name>…)` or `(?P<name>…)` give the metric of that name, or the step
// (_ stands for any character that is no letter or digit); without named groups the last group that
// took part is the objective: `loss (is )?([0-9.e+-]+)`. Of several matches in a line the last
// counts. A line on which it takes a million steps is WRONG, as is one that PCRE2 refuses.
// Errors: HONE_EPARSE with the place in `regex`; HONE_EINVAL for a group of an unknown name.
hone_status hn_wire_create(const char *const *metrics, size_t n, const char *regex, hn_wire **out,
                           hone_error *err);
void hn_wire_destroy(hn_wire *wire);

// Reads one line of `size` bytes, which may be anything. `meant`: it was sent to us on purpose (on
// the descriptor, in metrics.jsonl), so one without a metric is WRONG, not NOTHING, and the regex
// is not used. Never fails; without memory a line is NOTHING.
hn_wire_kind hn_wire_read(hn_wire *wire, const char *text, size_t size, bool meant,
                          hn_wire_result *out);

// One `--metric-from`: "[metric=]file[:path]". A file that ends in .jsonl gives its last line.
// `path` goes down by names and indices, "eval.loss", "folds[-1].loss", "folds.0"; a name with dots
// in it is found too; no path: the metric's own name, or the whole file is the number.
typedef struct hn_wire_from {
    size_t metric; // index
    char *file;    // as written
    char *path;    // NULL: none
} hn_wire_from;

hone_status hn_wire_from_parse(const char *spec, const char *const *metrics, size_t n,
                               hn_wire_from *out, hone_error *err);
void hn_wire_from_free(hn_wire_from *from);
// The value in the file's contents. Errors say what was found where the path broke off.
hone_status hn_wire_from_value(const hn_wire_from *from, const char *metric, const char *data,
                               size_t size, double *value, hone_error *err);

#endif
