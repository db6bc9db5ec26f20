// Events about trials in the fold: from the queue to what was told, and what others ask of them.

#include <math.h>

#include "core/fold_events.h"
#include "core/parts.h"

enum {
    RUNNING = 1 << HONE_STATE_RUNNING,
    UNFINISHED = 1 << HONE_STATE_WAITING | 1 << HONE_STATE_RUNNING | 1 << HONE_STATE_PAUSED,
    STARTABLE = 1 << HONE_STATE_WAITING | 1 << HONE_STATE_PAUSED,
    FINISHED = (1 << HONE_N_STATES) - (1 << HONE_STATE_COMPLETE),
    // A late result still counts for these when nobody has started the trial again.
    TELLABLE = UNFINISHED | 1 << HONE_STATE_LOST,
    RETRIABLE = 1 << HONE_STATE_RUNNING | 1 << HONE_STATE_PAUSED | 1 << HONE_STATE_FAILED |
                1 << HONE_STATE_TIMEOUT | 1 << HONE_STATE_OOM | 1 << HONE_STATE_INVALID |
                1 << HONE_STATE_LOST
};

// The trial that an event of a running attempt concerns, or NULL when the event is stale.
static hn_trial *current(hn_fold *fold, const hn_event *event, unsigned states)
{
    if (event->trial < 0 || (uint64_t)event->trial >= fold->trials.n)
        return NULL;
    hn_trial *trial = &fold->trials.data[event->trial];
    bool fits = (states >> trial->state & 1) && event->epoch == (int64_t)trial->epoch;
    return fits ? trial : NULL;
}

static int clamp_enum(int64_t value, int last)
{
    return value >= 0 && value <= last ? (int)value : 0;
}

// QUEUED and RESERVED: a new trial with the next number.
static hone_status on_new(hn_fold *fold, const hn_event *event, hn_change *change, hone_error *err)
{
    uint32_t fixed, owner;
    if (!fold->definition || fold->trials.n >= INT32_MAX)
        return HONE_OK;
    HN_FOLD_NEED(hn_vec_reserve(&fold->trials, 1) && hn_vec_reserve(&fold->open, 1) &&
                 hn_vec_reserve(&fold->waiting, 1));
    HN_FOLD_NEED(
        hn_fold_keep_text(fold, event->type == HN_EV_QUEUED ? event->text : (hn_bytes){0}, &fixed));
    HN_FOLD_NEED(hn_fold_keep_owner(fold, event->owner, &owner));
    hn_trial trial = {
        .purpose = (uint8_t)clamp_enum(event->purpose, HONE_PURPOSE_FINAL),
        .origin = (uint8_t)clamp_enum(event->origin, HONE_ORIGIN_RERUN),
        .fixed = fixed,
        .owner = owner,
        .values = HN_NONE,
        .constraints = HN_NONE,
        .first_report = HN_NONE,
        .last_report = HN_NONE,
        .first_part = HN_NONE,
        .last_part = HN_NONE,
        .verdict = HN_NONE,
        .message = HN_NONE,
        .note = HN_NONE,
        .parent = event->parent < (int64_t)fold->trials.n ? (int32_t)event->parent : -1,
        .copied = -1,
        .exit_code = -1,
        .saw = -1,
        .resource = event->resource,
        .born = event->step,
        .created_us = (uint64_t)event->time_us,
        .lease_us = (uint64_t)event->lease_us,
    };
    if (trial.parent < 0)
        trial.parent = -1;
    change->trial = (uint32_t)fold->trials.n;
    hn_fold_put_in(&fold->open, change->trial);
    hn_fold_put_in(&fold->waiting, change->trial);
    fold->trials.data[fold->trials.n++] = trial;
    fold->n_defaults += trial.origin == HONE_ORIGIN_DEFAULT;
    hn_fold_count_state(fold, &trial, +1);
    change->applied = true;
    return HONE_OK;
}

// In whole seconds, at least one.
static uint32_t lease_length(const hn_event *event)
{
    if (event->time_us < 0 || event->lease_us <= event->time_us)
        return 0;
    int64_t us = event->lease_us - event->time_us;
    return us / 1000000 >= UINT32_MAX ? UINT32_MAX : (uint32_t)(us / 1000000 + 1);
}

// By a sign of life.
static void renew_lease(hn_trial *trial, const hn_event *event)
{
    if (trial->lease_s > 0)
        trial->lease_us = (uint64_t)event->time_us + (uint64_t)trial->lease_s * 1000000;
}

// Parts of another plan say nothing about this one: fold 2 of 5 is not fold 2 of 10.
static void keep_plan(hn_trial *trial, const hn_event *event)
{
    bool fits = event->folds >= 0 && event->folds <= UINT16_MAX && event->repeats >= 0 &&
                event->repeats <= UINT16_MAX;
    uint16_t folds = fits ? (uint16_t)event->folds : 0;
    uint16_t repeats = fits ? (uint16_t)event->repeats : 0;
    if (trial->folds == folds && trial->repeats == repeats)
        return;
    trial->folds = folds;
    trial->repeats = repeats;
    trial->plan_epoch = (uint32_t)event->epoch;
    trial->first_part = trial->last_part = HN_NONE;
}

static hone_status on_started(hn_fold *fold, const hn_event *event, hn_change *change,
                              hone_error *err)
{
    hn_event before = *event;
    before.epoch--;
    hn_trial *trial = current(fold, &before, STARTABLE);
    uint32_t owner, row = 0;
    bool fits = trial && (trial->flags & HN_TRIAL_HAS_PARAMS);
    if (!trial || (trial->flags & HN_TRIAL_EXCLUDED)) // removed from the queue meanwhile
        return HONE_OK;
    if (!fits)
        HN_FOLD_NEED(hn_fold_keep_params(fold, (uint32_t)event->space, event->params, &row,
                                         &fits) == HONE_OK);
    if (!fits)
        return HONE_OK;
    HN_FOLD_NEED(hn_fold_keep_owner(fold, event->owner, &owner));
    if (!(trial->flags & HN_TRIAL_HAS_PARAMS)) {
        trial->params = row;
        trial->space = (uint32_t)event->space;
        trial->saw = event->saw;
        trial->origin = (uint8_t)clamp_enum(event->origin, HONE_ORIGIN_RERUN);
        trial->flags |= HN_TRIAL_HAS_PARAMS;
        if (trial->space < fold->problem.space_version)
            trial->flags |= HN_TRIAL_OVERTAKEN;
    }
    trial->flags &= (uint8_t) ~(HN_TRIAL_STOP_ASKED | HN_TRIAL_KILL_ASKED | HN_TRIAL_RESUMED);
    if (trial->state == HONE_STATE_PAUSED)
        trial->flags |= HN_TRIAL_RESUMED;
    keep_plan(trial, event);
    trial->epoch = (uint32_t)event->epoch;
    trial->resource = event->resource;
    trial->owner = owner;
    trial->lease_us = (uint64_t)event->lease_us;
    trial->lease_s = lease_length(event);
    trial->started_us = (uint64_t)event->time_us;
    trial->pid = trial->pid_start = 0;
    trial->verdict = HN_NONE;
    trial->timed_before_us = trial->timed_us;
    trial->timed_before_steps = trial->timed_steps;
    hn_fold_set_state(fold, trial, HONE_STATE_RUNNING);
    change->applied = true;
    return HONE_OK;
}

static hone_status on_spawned(hn_fold *fold, const hn_event *event, hn_change *change,
                              hone_error *err)
{
    (void)err;
    hn_trial *trial = current(fold, event, RUNNING);
    if (!trial)
        return HONE_OK;
    trial->pid = event->pid;
    trial->pid_start = event->pid_start;
    change->applied = true;
    return HONE_OK;
}

// Comes with the result, which may be a late one.
static hone_status on_params(hn_fold *fold, const hn_event *event, hn_change *change,
                             hone_error *err)
{
    hn_trial *trial = current(fold, event, TELLABLE);
    uint32_t row = 0;
    bool fits = false;
    if (!trial || trial->epoch == 0)
        return HONE_OK;
    HN_FOLD_NEED(hn_fold_keep_params(fold, (uint32_t)event->space, event->params, &row, &fits) ==
                 HONE_OK);
    if (!fits)
        return HONE_OK;
    trial->params = row;
    trial->space = (uint32_t)event->space;
    trial->flags |= HN_TRIAL_HAS_PARAMS;
    change->applied = true;
    return HONE_OK;
}

// What the steps took that a report tells of: since the one before it in the same attempt, or since
// that began, be it from the beginning or, where the step is beyond what had been spent, from
// there. A step that is reported twice takes time and makes no step. Where an attempt that has a
// checkpoint begins is not known before its first report when that is no further than the last one:
// it may have looked at the checkpoint once more, so only the clock moves.
static void take_time(hn_trial *trial, const hn_event *event)
{
    bool first = trial->timed_epoch != trial->epoch;
    uint64_t since = first ? trial->started_us : trial->timed_at_us, now = (uint64_t)event->time_us;
    double spent = trial->n_reports > 0 ? trial->step : trial->born;
    double from = first && event->step <= spent ? 0 : spent;
    bool resumes = (trial->flags & HN_TRIAL_RESUMED) || trial->ckpt_bytes > 0;
    trial->timed_epoch = trial->epoch;
    trial->timed_at_us = now;
    if (first && resumes && event->step <= spent)
        return;
    if (since == 0 || !(event->step >= from) || !isfinite(event->step))
        return;
    trial->timed_us += now > since ? now - since : 0; // a clock that was set back
    trial->timed_steps += event->step - from;
}

static hone_status on_reported(hn_fold *fold, const hn_event *event, hn_change *change,
                               hone_error *err)
{
    hn_trial *trial = current(fold, event, RUNNING);
    if (!trial)
        return HONE_OK;
    uint64_t known = event->values.n < 64 ? ((uint64_t)1 << event->values.n) - 1 : UINT64_MAX;
    hn_report report = {.step = event->step,
                        .present = (uint64_t)event->present & known,
                        .epoch = (uint32_t)event->epoch,
                        .next = HN_NONE,
                        .trial = change->trial};
    HN_FOLD_NEED(fold->reports.n + 1 < HN_NONE && hn_vec_reserve(&fold->reports, 1));
    HN_FOLD_NEED(hn_fold_keep_values(fold, event, &report.values));
    uint32_t index = (uint32_t)fold->reports.n;
    fold->reports.data[fold->reports.n++] = report;
    if (trial->last_report == HN_NONE)
        trial->first_report = index;
    else
        fold->reports.data[trial->last_report].next = index;
    take_time(trial, event);
    trial->last_report = index;
    trial->n_reports++;
    trial->step = event->step;
    renew_lease(trial, event);
    change->applied = true;
    return HONE_OK;
}

static hone_status on_run_ended(hn_fold *fold, const hn_event *event, hn_change *change,
                                hone_error *err)
{
    hn_trial *trial = current(fold, event, RUNNING);
    uint32_t n_ended = trial ? hn_parts_ended(fold, trial) : 0;
    if (!trial || n_ended >= hn_parts_planned(trial) || event->run != (int64_t)n_ended)
        return HONE_OK;
    hn_part part = {.trial = change->trial,
                    .index = n_ended,
                    .n_constraints = (uint32_t)event->constraints.n,
                    .next = HN_NONE,
                    .step = event->step,
                    .duration_us = (uint64_t)event->duration_us,
                    .cpu_us = (uint64_t)event->cpu_us,
                    .maxrss_kb = event->maxrss_kb};
    HN_FOLD_NEED(fold->parts.n + 1 < HN_NONE && hn_vec_reserve(&fold->parts, 1));
    HN_FOLD_NEED(hn_fold_keep_values(fold, event, &part.values));
    HN_FOLD_NEED(hn_fold_keep_numbers(fold, event->constraints, &part.constraints));
    uint32_t index = (uint32_t)fold->parts.n;
    fold->parts.data[fold->parts.n++] = part;
    if (trial->last_part == HN_NONE)
        trial->first_part = index;
    else
        fold->parts.data[trial->last_part].next = index;
    trial->last_part = index;
    renew_lease(trial, event);
    change->applied = true;
    return HONE_OK;
}

static hone_status on_checkpointed(hn_fold *fold, const hn_event *event, hn_change *change,
                                   hone_error *err)
{
    (void)err;
    hn_trial *trial = current(fold, event, RUNNING);
    if (!trial)
        return HONE_OK;
    trial->ckpt_bytes = event->size > 0 ? event->size : 0;
    change->applied = true;
    return HONE_OK;
}

// A fork that has not ended may have yet to copy it.
static bool has_open_fork(const hn_fold *fold, uint32_t number)
{
    for (size_t i = 0; i < fold->open.n; i++) {
        const hn_trial *trial = &fold->trials.data[fold->open.data[i]];
        if (trial->parent == (int32_t)number && trial->origin == HONE_ORIGIN_FORK)
            return true;
    }
    return false;
}

static hone_status on_checkpoint_removed(hn_fold *fold, const hn_event *event, hn_change *change,
                                         hone_error *err)
{
    (void)err;
    hn_trial *trial = current(fold, event, FINISHED);
    if (!trial || trial->ckpt_bytes <= 0 || has_open_fork(fold, change->trial))
        return HONE_OK;
    trial->ckpt_bytes = -trial->ckpt_bytes;
    change->applied = true;
    return HONE_OK;
}

static hone_status on_paused(hn_fold *fold, const hn_event *event, hn_change *change,
                             hone_error *err)
{
    (void)err;
    hn_trial *trial = current(fold, event, RUNNING);
    if (!trial)
        return HONE_OK;
    trial->step = event->step;
    if (trial->started_us > 0 && event->time_us > (int64_t)trial->started_us)
        trial->duration_us += (uint64_t)event->time_us - trial->started_us;
    trial->paused_us = trial->duration_us;
    hn_fold_set_state(fold, trial, HONE_STATE_PAUSED);
    change->applied = true;
    return HONE_OK;
}

static hone_status on_requeued(hn_fold *fold, const hn_event *event, hn_change *change,
                               hone_error *err)
{
    hn_trial *trial = current(fold, event, RETRIABLE);
    uint32_t message;
    if (!trial)
        return HONE_OK;
    HN_FOLD_NEED(hn_vec_reserve(&fold->open, 1) && hn_vec_reserve(&fold->waiting, 1));
    HN_FOLD_NEED(hn_fold_keep_text(fold, event->text, &message));
    if (hn_state_finished(trial->state)) { // it is open again, in its place by number
        hn_fold_put_in(&fold->open, change->trial);
        trial->duration_us = trial->paused_us = 0;
    }
    if (message != HN_NONE)
        trial->message = message;
    trial->ended_us = 0;
    trial->pid = trial->pid_start = 0;
    if (event->origin == HONE_ORIGIN_RERUN)
        trial->flags |= HN_TRIAL_RERUN_ASKED;
    hn_fold_set_state(fold, trial, HONE_STATE_WAITING);
    change->applied = true;
    return HONE_OK;
}

// Of a clock that was set back: none.
static uint64_t not_negative(int64_t us)
{
    return us > 0 ? (uint64_t)us : 0;
}

static void keep_end(hn_trial *trial, const hn_event *event)
{
    trial->ended_us = (uint64_t)event->time_us;
    trial->exit_code = (int32_t)event->exit_code;
    trial->signal = (int32_t)event->signal;
    // A late result takes the place of what its attempt was thought to have taken.
    if (trial->state != HONE_STATE_PAUSED)
        trial->duration_us = trial->paused_us + not_negative(event->duration_us);
    trial->cpu_us = (uint64_t)event->cpu_us;
    trial->maxrss_kb = event->maxrss_kb;
    trial->copied = event->copied >= 0 && event->copied <= INT32_MAX ? (int32_t)event->copied : -1;
    if (event->step != 0)
        trial->step = event->step;
    trial->pid = trial->pid_start = 0;
    trial->lease_us = 0;
}

static hone_status on_told(hn_fold *fold, const hn_event *event, hn_change *change, hone_error *err)
{
    hn_trial *trial = current(fold, event, TELLABLE);
    uint32_t values = HN_NONE, constraints, message;
    bool good = event->state >= HONE_STATE_COMPLETE && event->state < HONE_N_STATES;
    if (!trial || !good || trial->epoch == 0) {
        if (change->trial < fold->trials.n)
            fold->trials.data[change->trial].n_late++;
        return HONE_OK;
    }
    if (event->values.n > 0)
        HN_FOLD_NEED(hn_fold_keep_values(fold, event, &values));
    HN_FOLD_NEED(hn_fold_keep_numbers(fold, event->constraints, &constraints));
    HN_FOLD_NEED(hn_fold_keep_text(fold, event->text, &message));
    trial->values = values;
    trial->constraints = constraints;
    trial->n_constraints = (uint32_t)event->constraints.n;
    trial->message = message; // NONE: an earlier attempt's reason no longer holds
    trial->flags &= (uint8_t) ~(HN_TRIAL_INFEASIBLE | HN_TRIAL_RERUN_ASKED); // earlier attempts'
    if (hn_fold_broken(fold, hn_fold_values(fold, trial), event->constraints))
        trial->flags |= HN_TRIAL_INFEASIBLE;
    keep_end(trial, event);
    trial->told_at = fold->n_events;
    hn_fold_set_state(fold, trial, (int)event->state);
    change->applied = true;
    return HONE_OK;
}

static hone_status on_leased(hn_fold *fold, const hn_event *event, hn_change *change,
                             hone_error *err)
{
    (void)err;
    hn_trial *trial = current(fold, event, RUNNING);
    if (!trial)
        return HONE_OK;
    trial->lease_us = (uint64_t)event->lease_us;
    change->applied = true;
    return HONE_OK;
}

static hone_status on_stop_asked(hn_fold *fold, const hn_event *event, hn_change *change,
                                 hone_error *err)
{
    (void)err;
    if (change->trial == HN_NONE || hn_state_finished(fold->trials.data[change->trial].state))
        return HONE_OK;
    fold->trials.data[change->trial].flags |=
        event->state == HONE_STATE_FAILED ? HN_TRIAL_KILL_ASKED : HN_TRIAL_STOP_ASKED;
    change->applied = true;
    return HONE_OK;
}

static hone_status on_judged(hn_fold *fold, const hn_event *event, hn_change *change,
                             hone_error *err)
{
    hn_trial *trial = current(fold, event, RUNNING);
    if (!trial)
        return HONE_OK;
    HN_FOLD_NEED(hn_fold_keep_text(fold, event->text, &trial->verdict));
    change->applied = true;
    return HONE_OK;
}

static hone_status on_excluded(hn_fold *fold, const hn_event *event, hn_change *change,
                               hone_error *err)
{
    (void)err;
    if (change->trial == HN_NONE)
        return HONE_OK;
    hn_trial *trial = &fold->trials.data[change->trial];
    hn_fold_count_state(fold, trial, -1);
    if (event->state == 1)
        trial->flags |= HN_TRIAL_EXCLUDED;
    else
        trial->flags &= (uint8_t)~HN_TRIAL_EXCLUDED;
    hn_fold_count_state(fold, trial, +1);
    change->applied = true;
    return HONE_OK;
}

hn_fold_handler *const hn_fold_trial_events[HN_EV_LAST + 1] = {
    [HN_EV_QUEUED] = on_new,
    [HN_EV_RESERVED] = on_new,
    [HN_EV_STARTED] = on_started,
    [HN_EV_SPAWNED] = on_spawned,
    [HN_EV_PARAMS] = on_params,
    [HN_EV_REPORTED] = on_reported,
    [HN_EV_CHECKPOINTED] = on_checkpointed,
    [HN_EV_PAUSED] = on_paused,
    [HN_EV_REQUEUED] = on_requeued,
    [HN_EV_TOLD] = on_told,
    [HN_EV_LEASED] = on_leased,
    [HN_EV_STOP_ASKED] = on_stop_asked,
    [HN_EV_EXCLUDED] = on_excluded,
    [HN_EV_RUN_ENDED] = on_run_ended,
    [HN_EV_CHECKPOINT_REMOVED] = on_checkpoint_removed,
    [HN_EV_JUDGED] = on_judged,
};
