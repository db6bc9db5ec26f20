// Study files: a study and its run, written down in YAML (or JSON, which is YAML).
//
//     study:       {minimize: loss, seed: 7}
//     space:       {lr: log:1e-5..1e-1, opt: [sgd, adam], momentum: 0..0.99 if opt==sgd}
//     constraints: {forbid: opt==sgd && lr>0.1}
//     sampler:     {name: tpe, n_startup: 10}
//     scheduler:   none
//     run:         {command: ./train --lr {lr}, trials: 100, jobs: 4}
//
// The keys and their types are in docs/reference/study.schema.json. Sweeps of W&B, experiments of
// Katib, configurations and search spaces of NNI are understood, too.
#ifndef HONE_STUDY_FILE_H
#define HONE_STUDY_FILE_H

#include <stdint.h>

#include <hone/error.h>

HONE_BEGIN_DECLS

// Reads the file at `path` and checks all of it: keys, types, the space, the rules, the plug-ins'
// options. `*json` (the caller frees it with hone_free) is one object in a single form:
//     study       {"name","storage","minimize":[…],"maximize":[…],"metrics":[…],"seed",…}
//     objectives  [{"name","goal":"minimize"|"maximize"}…] in the order of the file
//     space       [{"name","spec"} or what hone_space_add_json takes, …]
//     constraints {"forbid":[…],"require":[…],"metrics":[…]}
//     sampler, scheduler {"name","options":{…}}
//     run         {"command":[…],"trials","jobs",…}: durations in seconds,
//                 sizes in bytes
//     lines       {"space.lr":12,…}: where each key stands
//     tool, notes of a file of another tool: whose it is, and what was left out
// with only those keys that the file holds. Errors: HONE_EIO when the file cannot be read,
// HONE_EPARSE and HONE_EINVAL name file, line and the nearest key.
HONE_API hone_status hone_study_file_to_json(const char *path, char **json, hone_error *err);

// "90", "90s", "1.5h", "1h30m", "200ms", "2d" into seconds. HONE_EPARSE with a caret.
HONE_API hone_status hone_duration_parse(const char *text, double *seconds, hone_error *err);

// What bounds a study's cost: "40h" into seconds, or METRIC<=NUMBER, "usd<=200", for which
// `seconds` is 0. HONE_EPARSE with a caret.
HONE_API hone_status hone_cost_parse(const char *text, double *seconds, hone_error *err);

// "500M", "4G", "1.5GiB", "512 MB" into bytes: K M G T (and KiB …) count in steps of 1024, kB MB GB
// TB in steps of 1000. Only 0 goes without a unit. HONE_EPARSE with a caret.
HONE_API hone_status hone_size_parse(const char *text, uint64_t *bytes, hone_error *err);
#define HONE_SIZE_TEXT 32
// The shortest text that reads back as the same size ("4G", "1500MB"), into a buffer of
// HONE_SIZE_TEXT bytes, which is returned.
HONE_API char *hone_size_text(uint64_t bytes, char *out);

// "all" -1, "none" 0, "best" 1, or a number: how many checkpoints of finished trials are kept.
// HONE_EPARSE with a caret.
HONE_API hone_status hone_keep_parse(const char *text, int64_t *keep, hone_error *err);
// The other way, into a buffer of HONE_SIZE_TEXT bytes, which is returned.
HONE_API char *hone_keep_text(int64_t keep, char *out);

HONE_END_DECLS

#endif
