// Events: what a study's journal is made of, and their binary form.
//
// A study is the ordered log of its events; everything else is derived by one fold (fold.h). An
// event is a fact that happened, with typed fields; which fields mean something depends on its
// type (table below). Absent fields have their defaults, so that a record holds only what matters.
//
// Binary form, version 1:
//     byte    version (1)
//     varint  type
//     fields, each: varint tag << 2 | wire, then by wire
//         0  varint, zigzag      1  8 bytes, IEEE double little-endian
//         2  varint length, bytes      3  varint count, count × 8 bytes
// Unknown tags are skipped, so that an older Hone reads what a newer minor release adds; an unknown
// type folds to nothing but keeps its number. A reader refuses a newer version byte.
//
// | type          | fields besides time_us                                                      |
// |---------------|-----------------------------------------------------------------------------|
// | STUDY_CREATED | text: JSON {name seed metrics constraints …}                                |
// | SPACE_CHANGED | space: version (1, 2, …), text: canonical JSON of the space                 |
// | STUDY_SET     | name: key, text: JSON value (sampler, command, n_trials, paused …)          |
// | QUEUED        | text: JSON of fixed values, parent, purpose, origin (a trial, WAITING), and  |
// |               | of a fork resource and step, as in RESERVED                                  |
// | RESERVED      | owner, lease_us, purpose, parent: takes the next number (WAITING, no point); |
// |               | of a fork resource: its first limit, step: what its parent had spent         |
// | STARTED       | trial epoch saw space params origin resource owner lease_us folds repeats    |
// | SPAWNED       | trial epoch pid pid_start                                                   |
// | PARAMS        | trial epoch space params: define-by-run's final configuration               |
// | REPORTED      | trial epoch step values present                                             |
// | CHECKPOINTED  | trial epoch step size                                                       |
// | PAUSED        | trial epoch step (its checkpoint holds that much)                           |
// | REQUEUED      | trial epoch text: why, origin RERUN: on request (WAITING again, same values) |
// | TOLD          | trial epoch state values present constraints exit_code signal duration_us … |
// | LEASED        | trial epoch lease_us                                                        |
// | STOP_ASKED    | trial, state: PRUNED (stop) or FAILED (kill)                                |
// | NOTED         | trial (-1: the study), text                                                 |
// | ATTR          | trial (-1: the study), name, text: JSON                                     |
// | EXCLUDED      | trial, state: 1 hidden from samplers and best, 0 back                       |
// | LOGGED        | trial (-1), name: level, text: a fallback taken, a repair made               |
// | GOALS_CHANGED | goals: version (2, …), text: JSON {metrics constraints}                     |
// | RUN_ENDED     | trial epoch run step values present constraints exit_code duration_us …      |
// | CHECKPOINT_REMOVED | trial epoch text: why; of a finished trial, to have its room back       |
// | JUDGED        | trial epoch state: PRUNED, text: why; the scheduler would have it stop, and who
// | |               | has heard that is not who tells of its end; RUNNING, no text: no longer |
#ifndef HN_CORE_EVENT_H
#define HN_CORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define HN_EVENT_VERSION 1

// Append only: the numbers are in journals.
typedef enum hn_event_type {
    HN_EV_STUDY_CREATED = 1,
    HN_EV_SPACE_CHANGED = 2,
    HN_EV_STUDY_SET = 3,
    HN_EV_QUEUED = 4,
    HN_EV_RESERVED = 5,
    HN_EV_STARTED = 6,
    HN_EV_SPAWNED = 7,
    HN_EV_PARAMS = 8,
    HN_EV_REPORTED = 9,
    HN_EV_CHECKPOINTED = 10,
    HN_EV_PAUSED = 11,
    HN_EV_REQUEUED = 12,
    HN_EV_TOLD = 13,
    HN_EV_LEASED = 14,
    HN_EV_STOP_ASKED = 15,
    HN_EV_NOTED = 16,
    HN_EV_ATTR = 17,
    HN_EV_EXCLUDED = 18,
    HN_EV_LOGGED = 19,
    HN_EV_GOALS_CHANGED = 20,
    HN_EV_RUN_ENDED = 21,
    HN_EV_CHECKPOINT_REMOVED = 22,
    HN_EV_JUDGED = 23,
    HN_EV_LAST = 23
} hn_event_type;

typedef struct hn_bytes {
    const char *data;
    size_t size;
} hn_bytes;

typedef struct hn_doubles {
    const double *data;
    size_t n;
} hn_doubles;

// The fields: wire kind (I integer, F double, T text or bytes, D doubles), name, tag, default of I.
// Append only: the tags are in journals.
#define HN_EVENT_FIELDS(X)                                                                         \
    X(I, time_us, 1, 0) /* wall clock of the driver that appended it */                            \
    X(I, trial, 2, -1)                                                                             \
    X(I, epoch, 3, 0)        /* attempt of the trial that the event belongs to, from 1 */          \
    X(I, saw, 4, -1)         /* number of events that the suggestion had seen */                   \
    X(I, space, 5, 0)        /* space version */                                                   \
    X(I, parent, 6, -1)      /* trial it was forked, retested or served from */                    \
    X(I, purpose, 7, 0)      /* hone_trial_purpose */                                              \
    X(I, origin, 8, 0)       /* hone_trial_origin */                                               \
    X(I, state, 9, -1)       /* hone_trial_state */                                                \
    X(F, step, 10, 0)        /* resource spent when reported, told or paused */                    \
    X(F, resource, 11, 0)    /* run until this much has been spent; 0: no limit */                 \
    X(D, values, 12, 0)      /* one per metric of the study */                                     \
    X(I, present, 13, -1)    /* bit m: values[m] was given */                                      \
    X(D, constraints, 14, 0) /* ≤ 0: satisfied */                                                \
    X(T, name, 15, 0)                                                                              \
    X(T, text, 16, 0)                                                                              \
    X(T, params, 17, 0)   /* hn_config_write */                                                    \
    X(T, owner, 18, 0)    /* who runs it: "host/boot/pid/start" */                                 \
    X(I, lease_us, 19, 0) /* wall clock until which the owner is believed; 0: no lease */          \
    X(I, pid, 20, 0)                                                                               \
    X(I, pid_start, 21, 0) /* start time in clock ticks: guards against reused pids */             \
    X(I, exit_code, 22, -1)                                                                        \
    X(I, signal, 23, 0)                                                                            \
    X(I, duration_us, 24, 0)                                                                       \
    X(I, cpu_us, 25, 0)                                                                            \
    X(I, maxrss_kb, 26, 0)                                                                         \
    X(I, copied, 27, -1) /* a duplicate was served from this trial */                              \
    X(I, size, 28, 0)    /* bytes of a checkpoint */                                               \
    X(I, goals, 29, 1)   /* version of the metrics that `values` and `present` are in order of */  \
    X(I, run, 30, -1)    /* index among the runs that a trial consists of */                       \
    X(I, folds, 31, 0)   /* the trial is one run for each fold, 0: there are no folds … */       \
    X(I, repeats, 32, 0) /* … and that so many times, 0: once */

#define HN_EVENT_MEMBER_I(name) int64_t name;
#define HN_EVENT_MEMBER_F(name) double name;
#define HN_EVENT_MEMBER_T(name) hn_bytes name;
#define HN_EVENT_MEMBER_D(name) hn_doubles name;

typedef struct hn_event {
    hn_event_type type;
#define HN_EVENT_MEMBER(wire, name, tag, fallback) HN_EVENT_MEMBER_##wire(name)
    HN_EVENT_FIELDS(HN_EVENT_MEMBER)
#undef HN_EVENT_MEMBER
} hn_event;

// All fields at their defaults.
hn_event hn_event_make(hn_event_type type);
hn_bytes hn_bytes_of(const char *text); // NULL is empty

// Appends the binary form to `out` (its sticky failure tells of lack of memory).
void hn_event_write(const hn_event *event, hn_str *out);
// Texts and bytes point into `data`; doubles are copied into `scratch`. HONE_ECORRUPT on anything
// malformed, HONE_EVERSION on a newer version byte; never reads past `size`. An unknown type is
// HONE_OK: `out->type` is then above HN_EV_LAST.
hone_status hn_event_read(const void *data, size_t size, hn_arena *scratch, hn_event *out,
                          hone_error *err);
const char *hn_event_name(hn_event_type type); // "told"; "unknown" beyond the list
// One JSON object for people and exports (params as hexadecimal; the caller knows the space).
void hn_event_json(const hn_event *event, hn_str *out);

#endif
