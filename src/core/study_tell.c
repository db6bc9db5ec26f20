// Telling: everything that changes a trial once it runs, and what is recorded about the study.

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "core/fixed.h"
#include "core/owner.h"
#include "core/study_internal.h"

hone_status hn_trial_act(hone_trial *trial, const hn_event *event, hn_sync sync, hone_error *err)
{
    hn_change change;
    HN_TRY(hn_study_append(trial->study, event, 1, false, sync, &change, err));
    if (change.applied)
        return HONE_OK;
    return hn_fail(err, HONE_ESTALE, "trial %u is %s (attempt %u): attempt %u has no say any more",
                   trial->number, hone_state_name(hone_trial_status(trial)),
                   hn_trial_row(trial)->epoch, trial->epoch);
}

static const hn_goals *goals_of(const hone_study *study)
{
    return &study->fold.goals.data[study->goals - 1];
}

void hn_study_give_values(const hone_study *study, const double *values, uint64_t present,
                          hn_event *event)
{
    if (values)
        event->values = (hn_doubles){values, goals_of(study)->n_metrics};
    event->present = (int64_t)present;
    event->goals = (int64_t)study->goals;
}

// COMPLETE needs its objectives; a final run, which scores something else, any metric.
static hone_trial_state settled_state(const hone_study *study, const hone_trial *trial,
                                      const hone_result *result)
{
    bool final = hn_trial_row(trial)->purpose == HONE_PURPOSE_FINAL;
    if (result->state != HONE_STATE_COMPLETE || (final && result->values && result->present))
        return result->state;
    for (uint32_t m = 0; m < goals_of(study)->n_objectives; m++)
        if (!result->values || !(result->present >> m & 1) || isnan(result->values[m]))
            return HONE_STATE_INVALID;
    return HONE_STATE_COMPLETE;
}

// Why its scheduler has stopped it: said to us, or to another process that has recorded it.
static const char *verdict_of(const hone_trial *trial)
{
    const hn_trial *row = hn_trial_row(trial);
    if (trial->why || row->epoch != trial->epoch)
        return trial->why;
    return hn_fold_text(&trial->study->fold, row->verdict);
}

hone_status hone_study_tell_result(hone_study *study, hone_trial *trial, const hone_result *result,
                                   hone_error *err)
{
    if (study->read_only)
        return hn_fail(err, HONE_ESTATE, "the study was opened for looking only");
    if (!hone_state_is_finished(result->state))
        return hn_fail(err, HONE_EINVAL, "a trial cannot end as %s",
                       hone_state_name(result->state));
    HN_TRY(hn_trial_settle(trial, err));
    hn_event event = hn_trial_event(trial, HN_EV_TOLD);
    event.state = settled_state(study, trial, result);
    hn_study_give_values(study, result->values, result->present, &event);
    event.constraints = (hn_doubles){result->constraints, result->n_constraints};
    event.step = result->step;
    event.exit_code = result->exit_code;
    event.signal = result->signal;
    event.cpu_us = (int64_t)result->cpu_us;
    event.maxrss_kb = result->maxrss_kb;
    // One that its scheduler has stopped, with nothing to say of its own, says why.
    bool stopped = event.state == HONE_STATE_PRUNED && !result->message;
    event.text = hn_bytes_of(stopped ? verdict_of(trial) : result->message);
    uint64_t started = hn_trial_row(trial)->started_us;
    if (result->duration_us)
        event.duration_us = (int64_t)result->duration_us;
    else if (started > 0 && event.time_us > (int64_t)started) // a clock may have been set back
        event.duration_us = event.time_us - (int64_t)started;
    HN_TRY(hn_trial_act(trial, &event, HN_SYNC_FULL, err));
    trial->running = false;
    return HONE_OK;
}

hone_status hone_study_tell(hone_study *study, hone_trial *trial, hone_trial_state state,
                            const double *values, hone_error *err)
{
    double row[HN_MAX_METRICS];
    hone_result result = HONE_RESULT_INIT;
    uint32_t n = goals_of(study)->n_objectives;
    result.state = state;
    if (values) {
        memcpy(row, values, n * sizeof *row);
        result.values = row;
        result.present = ((uint64_t)1 << n) - 1;
        for (uint32_t m = n; m < goals_of(study)->n_metrics; m++)
            row[m] = NAN;
    } else if (state == HONE_STATE_COMPLETE) {
        return hn_fail(err, HONE_EINVAL, "trial %u cannot be COMPLETE without a value",
                       trial->number);
    }
    return hone_study_tell_result(study, trial, &result, err);
}

hone_status hone_study_requeue(hone_study *study, hone_trial *trial, const char *reason,
                               hone_error *err)
{
    (void)study;
    hn_event event = hn_trial_event(trial, HN_EV_REQUEUED);
    event.text = hn_bytes_of(reason);
    HN_TRY(hn_trial_act(trial, &event, HN_SYNC_FULL, err));
    trial->running = false;
    return HONE_OK;
}

hone_status hone_study_pause(hone_study *study, hone_trial *trial, double step, hone_error *err)
{
    (void)study;
    HN_TRY(hn_trial_settle(trial, err)); // a copy may begin with what it has asked for
    hn_event event = hn_trial_event(trial, HN_EV_PAUSED);
    event.step = step;
    HN_TRY(hn_trial_act(trial, &event, HN_SYNC_FULL, err));
    trial->running = false;
    return HONE_OK;
}

hone_status hone_study_enqueue(hone_study *study, const char *params_json,
                               hone_trial_purpose purpose, int64_t parent, uint32_t *number,
                               hone_error *err)
{
    hn_change change;
    uint32_t version = hn_study_repeated_version(study, HONE_ORIGIN_MANUAL, purpose, parent);
    const hone_space *space = hn_fold_space(&study->fold, version);
    HN_TRY(hn_fixed_check(space ? space : study->fold.problem.space, params_json, err));
    hn_event event = hn_study_event(HN_EV_QUEUED);
    event.text = hn_bytes_of(params_json);
    event.purpose = purpose;
    event.parent = parent;
    event.origin = HONE_ORIGIN_MANUAL;
    HN_TRY(hn_study_append(study, &event, 1, false, HN_SYNC_FULL, &change, err));
    if (number)
        *number = change.trial;
    return HONE_OK;
}

hone_status hone_study_enqueue_segment(hone_study *study, const char *params_json, int64_t parent,
                                       double resource, uint32_t *number, hone_error *err)
{
    hn_change change;
    hn_event event = hn_study_event(HN_EV_QUEUED);
    if (parent >= (int64_t)study->fold.trials.n)
        return hn_study_no_trial(study, parent, err);
    event.step = parent >= 0 ? study->fold.trials.data[parent].resource : 0;
    if (!(resource > event.step))
        return hn_fail(err, HONE_EINVAL, "a trial that begins at step %g cannot run up to %g",
                       event.step, resource);
    HN_TRY(hn_fixed_check(study->fold.problem.space, params_json, err));
    event.text = hn_bytes_of(params_json);
    event.parent = parent;
    event.origin = parent >= 0 ? HONE_ORIGIN_FORK : HONE_ORIGIN_MANUAL;
    event.resource = resource;
    HN_TRY(hn_study_append(study, &event, 1, false, HN_SYNC_FULL, &change, err));
    if (number)
        *number = change.trial;
    return HONE_OK;
}

// --- recovery ---

// Whether an owner lives takes some files of /proc, and many trials in a row have the same one.
typedef struct last_look {
    uint32_t owner; // text; HN_NONE: no look yet
    hn_life life;
} last_look;

// Is it given up? A lease, where there is one, is the only thing that counts: whoever asked for it
// over the command line is gone at once and comes back with the result.
static bool is_given_up(const hn_fold *fold, const hn_trial *trial, last_look *last)
{
    if (trial->state != HONE_STATE_RUNNING)
        return false;
    if (trial->lease_us > 0)
        return trial->lease_us < hn_clock_wall_us();
    if (trial->owner != last->owner || trial->owner == HN_NONE)
        *last = (last_look){trial->owner, hn_owner_life(hn_fold_text(fold, trial->owner))};
    return last->life == HN_DEAD;
}

// Decided first, appended in one transition: REQUEUED for the dead, TOLD LOST for expired leases.
hone_status hone_study_recover(hone_study *study, uint32_t *n_requeued, uint32_t *n_lost,
                               hone_error *err)
{
    HN_TRY(hn_study_catch_up(study, err));
    hn_fold *fold = &study->fold;
    uint32_t requeued = 0, lost = 0;
    last_look last = {HN_NONE, HN_LIFE_UNKNOWN};
    size_t n = fold->open.n;
    hn_event *events = hn_reallocarray(NULL, n + 1, sizeof *events);
    if (!events)
        return hn_fail_memory(err);
    for (size_t i = 0; i < n; i++) {
        uint32_t number = fold->open.data[i];
        const hn_trial *trial = &fold->trials.data[number];
        if (!is_given_up(fold, trial, &last))
            continue;
        bool expired = trial->lease_us > 0;
        hn_event event = hn_study_event(expired ? HN_EV_TOLD : HN_EV_REQUEUED);
        event.trial = number;
        event.epoch = trial->epoch;
        event.state = expired ? HONE_STATE_LOST : -1;
        event.text = hn_bytes_of(expired ? "its lease ran out" : "its runner was gone");
        events[requeued + lost] = event;
        expired ? lost++ : requeued++;
    }
    hone_status status = HONE_OK;
    if (requeued + lost > 0)
        status = hn_study_append(study, events, requeued + lost, false, HN_SYNC_FULL, NULL, err);
    hn_free(events);
    if (n_requeued)
        *n_requeued = requeued;
    if (n_lost)
        *n_lost = lost;
    return status;
}

hone_status hone_study_stop_trial(hone_study *study, uint32_t number, hone_trial_state how,
                                  hone_error *err)
{
    hn_event event = hn_study_event(HN_EV_STOP_ASKED);
    hn_change change;
    event.trial = number;
    event.state = how;
    HN_TRY(hn_study_append(study, &event, 1, false, HN_SYNC_FULL, &change, err));
    if (!change.applied)
        return hn_fail(err, HONE_ESTATE, "trial %u does not run", number);
    return HONE_OK;
}

// --- on the way ---

// Retests and final runs measure something: they are not for schedulers to end.
bool hn_trial_judged(const hone_trial *trial)
{
    const hn_scheduler_class *scheduler = (const void *)trial->study->scheduler.plugin;
    return scheduler->report && hn_trial_row(trial)->purpose == HONE_PURPOSE_SEARCH;
}

// Who reports for somebody else does not tell of the end: what is not recorded yet is, and what no
// longer holds is taken back.
static hone_status record_verdict(const hone_trial *trial, hone_error *err)
{
    const char *recorded = hn_fold_text(&trial->study->fold, hn_trial_row(trial)->verdict);
    if (strcmp(recorded, trial->why ? trial->why : "") == 0)
        return HONE_OK;
    hn_event event = hn_trial_event(trial, HN_EV_JUDGED);
    event.state = trial->why ? HONE_STATE_PRUNED : HONE_STATE_RUNNING;
    event.text = hn_bytes_of(trial->why);
    return hn_study_append(trial->study, &event, 1, false, HN_SYNC_LAZY, NULL, err);
}

hone_status hn_trial_judge(hone_trial *trial, double step, hone_error *err)
{
    hone_study *study = trial->study;
    const hn_scheduler_class *scheduler = (const void *)study->scheduler.plugin;
    hn_verdict verdict = HN_GO_ON;
    hn_view view = hn_study_view(study, trial->number);
    if (view.n_trials <= trial->number)
        view.n_trials = trial->number + 1; // its own reports are in the view
    HN_TRY(scheduler->report(study->scheduler.state, &view, trial->number, step, &verdict, err));
    trial->stop = verdict == HN_STOP;
    trial->pause = verdict == HN_PAUSE;
    char *why = trial->stop && scheduler->explain
                    ? scheduler->explain(study->scheduler.state, &view, trial->number)
                    : NULL;
    // What a trial says while it is being stopped, at steps that nobody judges, changes no reason.
    if (why || !trial->running) {
        hn_free(trial->why);
        trial->why = why;
    }
    return trial->running ? HONE_OK : record_verdict(trial, err);
}

hone_status hone_trial_report_values(hone_trial *trial, double step, const double *values,
                                     uint64_t present, hone_error *err)
{
    hone_study *study = trial->study;
    HN_TRY(hn_study_plug(study, err));
    hn_event event = hn_trial_event(trial, HN_EV_REPORTED);
    event.step = step;
    hn_study_give_values(study, values, present, &event);
    if (!hn_trial_judged(trial)) // nobody decides on it: it rides along with the next append
        return hn_study_later(study, &event, err);
    HN_TRY(hn_trial_act(trial, &event, HN_SYNC_LAZY, err));
    return hn_trial_judge(trial, step, err);
}

hone_status hone_trial_report(hone_trial *trial, double step, double value, hone_error *err)
{
    double row[HN_MAX_METRICS] = {value};
    return hone_trial_report_values(trial, step, row, 1, err);
}

hone_status hone_trial_extend_lease(hone_trial *trial, double lease_s, hone_error *err)
{
    hn_event event = hn_trial_event(trial, HN_EV_LEASED);
    event.lease_us = event.time_us + (int64_t)(lease_s * 1e6);
    return hn_trial_act(trial, &event, HN_SYNC_LAZY, err);
}

hone_status hone_trial_spawned(hone_trial *trial, int64_t pid, int64_t start_ticks, hone_error *err)
{
    hn_event event = hn_trial_event(trial, HN_EV_SPAWNED);
    event.pid = pid;
    event.pid_start = start_ticks;
    return hn_study_later(trial->study, &event, err);
}

hone_status hone_trial_checkpointed(hone_trial *trial, double step, uint64_t n_bytes,
                                    hone_error *err)
{
    hn_event event = hn_trial_event(trial, HN_EV_CHECKPOINTED);
    event.step = step;
    event.size = (int64_t)n_bytes;
    return hn_study_later(trial->study, &event, err);
}

hone_status hone_trial_uncheckpointed(hone_trial *trial, const char *why, hone_error *err)
{
    hn_change change;
    hn_event event = hn_trial_event(trial, HN_EV_CHECKPOINT_REMOVED);
    event.text = hn_bytes_of(why);
    HN_TRY(hn_study_append(trial->study, &event, 1, false, HN_SYNC_LAZY, &change, err));
    if (change.applied)
        return HONE_OK;
    return hn_fail(err, HONE_ESTALE, "the checkpoint of trial %u is needed", trial->number);
}

// --- facts about the study ---

static hone_status record(hone_study *study, hn_event_type type, int64_t trial, const char *name,
                          const char *text, hn_sync sync, hone_error *err)
{
    hn_event event = hn_study_event(type);
    hn_change change;
    event.trial = trial;
    event.name = hn_bytes_of(name);
    event.text = hn_bytes_of(text);
    HN_TRY(hn_study_append(study, &event, 1, false, sync, &change, err));
    if (!change.applied)
        return hn_study_no_trial(study, trial, err);
    return HONE_OK;
}

hone_status hone_study_set(hone_study *study, const char *key, const char *json, hone_error *err)
{
    HN_TRY(hn_study_catch_up(study, err)); // somebody may have set another value since
    const char *had = hn_fold_setting(&study->fold, key);
    if (had && strcmp(had, json) == 0)
        return HONE_OK;
    return record(study, HN_EV_STUDY_SET, -1, key, json, HN_SYNC_FULL, err);
}

hone_status hone_study_note(hone_study *study, int64_t trial, const char *text, hone_error *err)
{
    return record(study, HN_EV_NOTED, trial, NULL, text, HN_SYNC_FULL, err);
}

hone_status hone_study_log(hone_study *study, int64_t trial, const char *level, const char *text,
                           hone_error *err)
{
    return record(study, HN_EV_LOGGED, trial, level, text, HN_SYNC_LAZY, err);
}
