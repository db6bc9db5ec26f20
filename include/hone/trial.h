// One trial: a configuration and what became of it.
//
// A trial comes from hone_study_ask (to run) or hone_study_trial (to look at); destroy it with
// hone_trial_destroy. Texts are borrowed and valid until the trial is destroyed or acts.
#ifndef HONE_TRIAL_H
#define HONE_TRIAL_H

#include <hone/study.h>

HONE_BEGIN_DECLS

HONE_API void hone_trial_destroy(hone_trial *trial); // NULL-safe

HONE_API uint32_t hone_trial_number(const hone_trial *trial);
HONE_API hone_study *hone_trial_study(const hone_trial *trial); // borrowed
HONE_API hone_trial_state hone_trial_status(const hone_trial *trial);
HONE_API uint32_t hone_trial_attempts(const hone_trial *trial); // times it was started
HONE_API hone_trial_purpose hone_trial_purpose_of(const hone_trial *trial);
HONE_API hone_trial_origin hone_trial_origin_of(const hone_trial *trial);
HONE_API int64_t hone_trial_parent(const hone_trial *trial); // -1: none
// Of a fork: the step of its parent's checkpoint that it began with. NaN of any other.
HONE_API double hone_trial_forked_at(const hone_trial *trial);
HONE_API uint32_t hone_trial_space_version(const hone_trial *trial);
// The version of the space that its configuration is of; NULL while it has none. Borrowed.
HONE_API const hone_space *hone_trial_space(const hone_trial *trial);
// Does the study's present space have its configuration, as far as that goes? One of an earlier
// version may lie outside.
HONE_API bool hone_trial_in_space(const hone_trial *trial);
HONE_API double hone_trial_resource(const hone_trial *trial); // run until then; 0: no limit
HONE_API int64_t hone_trial_saw(const hone_trial *trial);     // events its suggestion had seen
// Number to seed the objective's own randomness with: a function of study seed and trial number.
HONE_API uint64_t hone_trial_seed(const hone_trial *trial);

// --- values ---
// Does it have a configuration, and is this parameter part of it?
HONE_API bool hone_trial_has_params(const hone_trial *trial);
HONE_API bool hone_trial_active(const hone_trial *trial, const char *name);
// Value of an active parameter. A wrong name or type is an error of the caller's program: float
// gives NaN, int INT64_MIN, text NULL, bool false; hone_trial_active tells beforehand.
HONE_API double hone_trial_float(const hone_trial *trial, const char *name);
HONE_API int64_t hone_trial_int(const hone_trial *trial, const char *name);
HONE_API bool hone_trial_bool(const hone_trial *trial, const char *name);
// As it stands in a command line; any type. NULL when inactive or unknown.
HONE_API const char *hone_trial_text(const hone_trial *trial, const char *name);
// The JSON of one value ("0.01", "\"sgd\"", "[2,0,1]"); NULL when inactive.
HONE_API const char *hone_trial_value_json(const hone_trial *trial, const char *name);
// {"lr":0.01,…} of the active parameters in order. While a queued trial waits, without a
// configuration as yet: the values that were given for it.
HONE_API const char *hone_trial_params_json(const hone_trial *trial);
// Shares of a simplex, or items of a permutation as indices, into out [n]; returns how many there
// are, 0 when inactive.
HONE_API uint32_t hone_trial_floats(const hone_trial *trial, const char *name, double *out,
                                    uint32_t n);

// --- results ---
// Value of metric `index` (objectives first), NaN when it was not given. For PRUNED trials the
// last report.
HONE_API double hone_trial_value(const hone_trial *trial, uint32_t metric);
HONE_API bool hone_trial_feasible(const hone_trial *trial); // no constraint is broken
HONE_API uint32_t hone_trial_n_constraint_values(const hone_trial *trial);
HONE_API double hone_trial_constraint_value(const hone_trial *trial, uint32_t index);
HONE_API uint32_t hone_trial_n_reports(const hone_trial *trial);
// Report `index` in order of arrival: its step and metric value (NaN when not in it).
HONE_API double hone_trial_report_step(const hone_trial *trial, uint32_t index);
HONE_API double hone_trial_report_value(const hone_trial *trial, uint32_t index, uint32_t metric);
HONE_API uint64_t hone_trial_created_us(const hone_trial *trial);
HONE_API uint64_t hone_trial_started_us(const hone_trial *trial); // last attempt; 0: never
HONE_API uint64_t hone_trial_ended_us(const hone_trial *trial);   // 0: not yet
// Of the last attempt and of those before it that the scheduler has paused; a trial that was LOST
// or failed in between counts from there.
HONE_API double hone_trial_duration_s(const hone_trial *trial);
// Did its last attempt begin after a pause, and not since one had failed or was lost?
HONE_API bool hone_trial_resumed(const hone_trial *trial);
HONE_API double hone_trial_cpu_s(const hone_trial *trial);      // NaN: unknown
HONE_API int64_t hone_trial_maxrss_kb(const hone_trial *trial); // 0: unknown
HONE_API int hone_trial_exit_code(const hone_trial *trial);     // -1: none
HONE_API int hone_trial_signal(const hone_trial *trial);
HONE_API int64_t hone_trial_copied_from(const hone_trial *trial); // served duplicate; -1
HONE_API const char *hone_trial_message(const hone_trial *trial); // why; "" when there is nothing
HONE_API const char *hone_trial_note(const hone_trial *trial);    // ""
HONE_API const char *hone_trial_owner(const hone_trial *trial);
// Does the process that an owner names still run? 1: yes; 0: no, certain on this host by boot,
// process id and start time; -1: not known: on another host, or no process. The text may be
// anybody's.
HONE_API int hone_owner_lives(const char *owner);
// Wall clock until which a silent owner is believed; 0: it has no lease.
HONE_API uint64_t hone_trial_lease_us(const hone_trial *trial);
// Is it hidden from samplers and best, and out of the queue?
HONE_API bool hone_trial_excluded(const hone_trial *trial);
// Name of attribute `index` in the order in which they were first set, NULL past the end; and the
// JSON of the attribute called `key`, NULL when there is none.
HONE_API const char *hone_trial_attr_key(const hone_trial *trial, uint32_t index);
HONE_API const char *hone_trial_attr(const hone_trial *trial, const char *key);
HONE_API int64_t hone_trial_pid(const hone_trial *trial); // of the last attempt, 0: unknown
// Bytes of its checkpoint as they were recorded when an attempt ended, 0: none; and whether it was
// removed since, to have the room back.
HONE_API uint64_t hone_trial_checkpoint_bytes(const hone_trial *trial);
HONE_API bool hone_trial_checkpoint_removed(const hone_trial *trial);

// --- parts: a trial that consists of several runs of its command (folds, repeats) ---
// Part p is fold p mod K of repeat p / K, where K is the number of folds. They end in order, and
// the trial's value of a metric is the mean over them.

// What it consists of: 0 folds: none, 0 repeats: one.
HONE_API uint32_t hone_trial_folds(const hone_trial *trial);
HONE_API uint32_t hone_trial_repeats(const hone_trial *trial);
HONE_API uint32_t hone_trial_n_parts(const hone_trial *trial); // 0: it is one run
// How many have ended well, in this attempt or an earlier one.
HONE_API uint32_t hone_trial_n_parts_ended(const hone_trial *trial);
// Of a part that has ended: value of a metric (NaN when it was not given), seconds, largest memory.
HONE_API double hone_trial_part_value(const hone_trial *trial, uint32_t part, uint32_t metric);
HONE_API double hone_trial_part_duration_s(const hone_trial *trial, uint32_t part);
HONE_API int64_t hone_trial_part_maxrss_kb(const hone_trial *trial, uint32_t part);
// Number to seed the randomness of a repeat with; that of repeat 0 is hone_trial_seed. The folds of
// a repeat share it: they have to be parts of one partition.
HONE_API uint64_t hone_trial_repeat_seed(const hone_trial *trial, uint32_t repeat);
// What the parts that ended say of a metric; n_open are the others. A trial that was served has the
// parts of the one that it was served from. n is 0 for a trial that is one run.
HONE_API hone_status hone_trial_spread(const hone_trial *trial, uint32_t metric, hone_repeats *out,
                                       hone_error *err);
// The next part has ended well with these values. While others are to come the mean so far is
// reported at the number of steps so far (a part that has reported none counts as one step), and
// hone_trial_should_stop tells of it; after the last one the trial is told, COMPLETE with the
// means. HONE_ESTALE when another worker has taken the trial over.
HONE_API hone_status hone_trial_part_ended(hone_trial *trial, const hone_result *part,
                                           hone_error *err);
// After an ask, for a trial some of whose parts ended in earlier attempts: makes up for what those
// attempts did not get to any more, be it the telling, the report or the decision to stop.
HONE_API hone_status hone_trial_parts_resume(hone_trial *trial, hone_error *err);

// --- acting while it runs ---
// One intermediate value of the first objective.
HONE_API hone_status hone_trial_report(hone_trial *trial, double step, double value,
                                       hone_error *err);
// Several metrics at once: values [number of metrics], bit m of `present`: values[m] is given.
HONE_API hone_status hone_trial_report_values(hone_trial *trial, double step, const double *values,
                                              uint64_t present, hone_error *err);
// After a report: should the trial end now (scheduler, or somebody asked for it)?
HONE_API bool hone_trial_should_stop(const hone_trial *trial);
// Should it save a checkpoint and end, to be resumed later?
HONE_API bool hone_trial_should_pause(const hone_trial *trial);
HONE_API hone_status hone_trial_extend_lease(hone_trial *trial, double lease_s, hone_error *err);
// Sets an attribute, a name (1 to 128 bytes) and any JSON (up to 64 KiB), at any time, also after
// the trial has ended; a new value replaces the old one. Samplers do not see attributes. `json` is
// "12345" or "\"resnet\""; a trial has 4096 of them at most. Errors: HONE_EINVAL, HONE_EPARSE.
HONE_API hone_status hone_trial_set_attr(hone_trial *trial, const char *key, const char *json,
                                         hone_error *err);
// Several at once, {"n_params":12345,"arch":"resnet"}: all of them or none.
HONE_API hone_status hone_trial_set_attrs(hone_trial *trial, const char *json, hone_error *err);
// Records the process that runs it (buffered: rides along with the next append).
HONE_API hone_status hone_trial_spawned(hone_trial *trial, int64_t pid, int64_t start_ticks,
                                        hone_error *err);
HONE_API hone_status hone_trial_checkpointed(hone_trial *trial, double step, uint64_t n_bytes,
                                             hone_error *err);
// Records that the checkpoint of a finished trial is gone. HONE_ESTALE when it may not go: the
// trial is to be run again since `trial` was made, or a fork of it may have yet to copy it.
HONE_API hone_status hone_trial_uncheckpointed(hone_trial *trial, const char *why, hone_error *err);

// --- define-by-run: a study without a declared space grows by what is asked for ---
enum { HONE_SUGGEST_LOG = 1 };
// The same name must come with the same domain throughout the study (HONE_EINVAL with both).
// `step` 0: continuous.
HONE_API hone_status hone_trial_suggest_float(hone_trial *trial, const char *name, double low,
                                              double high, double step, int flags, double *out,
                                              hone_error *err);
HONE_API hone_status hone_trial_suggest_int(hone_trial *trial, const char *name, int64_t low,
                                            int64_t high, int64_t step, int flags, int64_t *out,
                                            hone_error *err);
// `*out` gets the index of the choice.
HONE_API hone_status hone_trial_suggest_categorical(hone_trial *trial, const char *name,
                                                    const char *const *choices, uint32_t n,
                                                    uint32_t *out, hone_error *err);
// Any spec of the space language; read the value with the getters above.
HONE_API hone_status hone_trial_suggest(hone_trial *trial, const char *name, const char *spec,
                                        hone_error *err);

// "COMPLETE", "WAITING", …; never NULL.
HONE_API const char *hone_state_name(hone_trial_state state);
// The state of that name in any case, or -1.
HONE_API int hone_state_parse(const char *name);
HONE_API bool hone_state_is_finished(hone_trial_state state);

HONE_END_DECLS

#endif
