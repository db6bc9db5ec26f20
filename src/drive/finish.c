// The end of an attempt: judged, recorded, shown.
//
// A trial is shown as finished only after it has been recorded: what the user has seen is never
// run again.
#include "drive/run_internal.h"

#include <math.h>
#include <stdio.h>

#include "base/fault.h"

enum { LAST_LINES = 20 };

// What one attempt's end needs, kept off the other functions' signatures.
typedef struct closing {
    hone_run *run;
    hn_place *place;
    const hn_message *message;
    hn_judgement verdict;
    char log[4096];
} closing;

static void log_path(closing *c, const char *name)
{
    snprintf(c->log, sizeof c->log, "%s/%s", hn_str_text(&c->place->folder.dir), name);
}

// Standard error when a failed trial has written any, else standard output.
static void choose_log(closing *c)
{
    hn_str line = HN_STR_INIT;
    log_path(c, "stderr");
    if (c->verdict.state != HONE_STATE_COMPLETE)
        hn_file_tail(c->log, 1, &line);
    if (!line.n)
        log_path(c, "stdout");
    hn_str_free(&line);
}

static bool ended_badly(const hn_message *m)
{
    return m->type == HN_MSG_EXITED && (m->exit_code != 0 || m->signal != 0);
}

static hone_status judge(closing *c, hone_error *err)
{
    hone_run *run = c->run;
    hn_place *place = c->place;
    const hn_message *m = c->message;
    hn_attempts before = hn_run_attempts(run, place->number);
    hn_str words = HN_STR_INIT;
    if (m->type == HN_MSG_EXITED)
        hn_metrics_end(&run->spec, &place->metrics, hn_str_text(&place->folder.dir),
                       place->started_us, m->wall_us, m->maxrss_kb);
    if (ended_badly(m)) {
        log_path(c, "stderr");
        hn_file_tail(c->log, 1, &words);
    }
    hn_ending ending = {
        .message = m,
        .spec = &run->spec,
        .metrics = &place->metrics,
        .wish = place->wish,
        .is_final = hone_trial_purpose_of(place->trial) == HONE_PURPOSE_FINAL,
        .n_failures = before.n_failures,
        .n_lost = before.n_lost,
        .retries = run->options.retries,
        .timeout_s = run->options.timeout_trial_s,
        .mem_bytes = place->mem_bytes,
        .last_words = hn_str_text(&words),
    };
    c->verdict = hn_judge(&ending);
    bool failed = hn_str_failed(&words);
    hn_str_free(&words);
    choose_log(c);
    return failed ? hn_fail_memory(err) : HONE_OK;
}

// --- recording ---

static hone_status record_told(closing *c, hone_error *err)
{
    const hn_message *m = c->message;
    const hn_metrics *metrics = &c->place->metrics;
    hone_result result = HONE_RESULT_INIT;
    bool exited = m->type == HN_MSG_EXITED;
    result.state = c->verdict.state;
    result.values = metrics->present ? metrics->values : NULL;
    result.present = metrics->present;
    result.constraints = metrics->constraints;
    result.n_constraints = metrics->n_constraints;
    result.step = metrics->step;
    result.exit_code = exited && !m->signal ? m->exit_code : -1;
    result.signal = exited ? m->signal : 0;
    result.duration_us = exited ? m->wall_us : 0;
    result.cpu_us = exited ? m->cpu_us : 0;
    result.maxrss_kb = exited ? m->maxrss_kb : 0;
    result.message = *c->verdict.message ? c->verdict.message : NULL;
    if (hn_fault("told.before"))
        return hn_fail(err, HONE_EIO, "cannot record the end of trial %u", c->place->number);
    HN_TRY(hone_study_tell_result(c->run->study, c->place->trial, &result, err));
    c->run->unsynced = true;
    if (hn_fault("told.after"))
        return hn_fail(err, HONE_EIO, "cannot record the end of trial %u", c->place->number);
    return HONE_OK;
}

static hone_status record_checkpoint(closing *c, hone_error *err)
{
    uint64_t size = hn_checkpoint_size(hn_str_text(&c->place->folder.ckpt));
    if (c->run->options.no_checkpoint)
        size = 0;
    if (!size && c->verdict.fate == HN_FATE_PAUSE && !c->run->restart_said) {
        c->run->restart_said = true;
        hn_run_warn(c->run,
                    "trial %u has paused without a checkpoint: it starts over when it goes on, as "
                    "will others (a checkpoint is what lies in $HONE_CKPT)",
                    c->place->number);
    }
    if (!size)
        return HONE_OK;
    if (hn_fault("checkpoint.before"))
        return hn_fail(err, HONE_EIO, "cannot record the checkpoint of trial %u", c->place->number);
    HN_TRY(hone_trial_checkpointed(c->place->trial, c->place->metrics.step, size, err));
    if (hn_fault("checkpoint.after"))
        return hn_fail(err, HONE_EIO, "cannot record the checkpoint of trial %u", c->place->number);
    return HONE_OK;
}

static hone_status record(closing *c, hone_error *err)
{
    hone_run *run = c->run;
    hn_place *place = c->place;
    switch (c->verdict.fate) {
    case HN_FATE_TELL:
        return record_told(c, err);
    case HN_FATE_PAUSE:
        HN_TRY(record_checkpoint(c, err));
        return hone_study_pause(run->study, place->trial, place->metrics.step, err);
    case HN_FATE_RETRY:
    case HN_FATE_REQUEUE:
        HN_TRY(record_checkpoint(c, err));
        return hone_study_requeue(run->study, place->trial, c->verdict.message, err);
    default:
        return HONE_OK;
    }
}

// --- showing ---

static void show_source(closing *c)
{
    hone_run *run = c->run;
    if (run->source_said || c->verdict.state != HONE_STATE_COMPLETE)
        return;
    hone_run_event event = hn_run_place_event(c->place, HONE_RUN_SOURCE);
    run->source_said = true;
    hn_str_clear(&run->text);
    hn_metrics_describe(&run->spec, &c->place->metrics, &run->text);
    event.text = hn_str_text(&run->text);
    hn_run_emit(run, &event);
}

// The last lines of what the first trial without its metric has written.
static void show_missing(closing *c)
{
    hone_run *run = c->run;
    if (run->missing_said || !c->verdict.missing)
        return;
    hone_run_event event = hn_run_place_event(c->place, HONE_RUN_MISSING);
    run->missing_said = true;
    hn_str_clear(&run->text);
    log_path(c, "stdout");
    hn_file_tail(c->log, LAST_LINES, &run->text);
    if (!run->text.n) {
        log_path(c, "stderr");
        hn_file_tail(c->log, LAST_LINES, &run->text);
    }
    event.text = hn_str_text(&run->text);
    event.log = c->log;
    event.state = c->verdict.state;
    hn_run_emit(run, &event);
}

static bool take_best(hone_run *run, const hn_place *place, double value)
{
    if (hone_study_n_objectives(run->study) != 1 || isnan(value) ||
        !hone_trial_feasible(place->trial) ||
        hone_trial_purpose_of(place->trial) != HONE_PURPOSE_SEARCH)
        return false;
    if (run->has_best && !hn_run_is_better(run, value, run->best))
        return false;
    run->has_best = true;
    run->best = value;
    return true;
}

static void show_end(closing *c)
{
    hone_run *run = c->run;
    hn_place *place = c->place;
    hn_fate fate = c->verdict.fate;
    bool again = fate == HN_FATE_RETRY || fate == HN_FATE_REQUEUE;
    hone_run_event event = hn_run_place_event(place, again ? HONE_RUN_RETRY : HONE_RUN_FINISHED);
    event.state = fate == HN_FATE_RETRY ? c->verdict.state : hone_trial_status(place->trial);
    event.value = hone_trial_value(place->trial, 0);
    event.step = place->metrics.step > 0 ? place->metrics.step : NAN;
    event.duration_s = (double)c->message->wall_us / 1e6;
    event.text = *c->verdict.message ? c->verdict.message : NULL;
    event.log = c->log;
    if (event.state == HONE_STATE_COMPLETE)
        event.is_best = take_best(run, place, event.value);
    hn_run_emit(run, &event);
}

// It is not ours any more. What somebody ended by force is shown as that.
static void show_forgotten(closing *c, bool warn)
{
    hone_trial_state state = hone_trial_status(c->place->trial);
    if (hone_state_is_finished(state)) {
        hone_run_event event = hn_run_place_event(c->place, HONE_RUN_FINISHED);
        event.state = state;
        event.duration_s = (double)c->message->wall_us / 1e6;
        event.text = hone_trial_message(c->place->trial);
        event.log = c->log;
        hn_run_emit(c->run, &event);
    } else if (warn) {
        hn_run_warn(c->run, "trial %u was taken over by another worker", c->place->number);
    }
}

// --- the whole ---

static hone_status note_attempt(const closing *c, hone_error *err)
{
    hn_attempts attempts = hn_run_attempts(c->run, c->place->number);
    bool failed = c->verdict.fate == HN_FATE_RETRY;
    bool lost = c->verdict.fate == HN_FATE_REQUEUE && c->message->cause == HN_END_LOST;
    attempts.n_failures += failed;
    attempts.n_lost += lost;
    if (!failed && !lost)
        return HONE_OK;
    return hn_run_note_attempt(c->run, attempts) ? HONE_OK : hn_fail_memory(err);
}

static hone_status close_place(closing *c, hone_error *err)
{
    hone_run *run = c->run;
    hn_place *place = c->place;
    HN_TRY(judge(c, err));
    hone_status status = record(c, err);
    if (status == HONE_ESTALE) {
        hn_error_clear(err);
        show_forgotten(c, true);
        return HONE_OK;
    }
    if (status == HONE_OK && c->verdict.fate == HN_FATE_FORGET)
        show_forgotten(c, false);
    if (status != HONE_OK || c->verdict.fate == HN_FATE_FORGET)
        return status;
    HN_TRY(note_attempt(c, err));
    show_end(c);
    if (c->verdict.fate == HN_FATE_TELL) {
        show_source(c);
        show_missing(c);
        hn_run_counted(run, place->trial);
    }
    return HONE_OK;
}

hone_status hn_run_finish(hone_run *run, hn_place *place, const hn_message *message,
                          hone_error *err)
{
    closing c = {.run = run, .place = place, .message = message};
    hone_status status = close_place(&c, err);
    if (status != HONE_OK && hone_trial_status(place->trial) == HONE_STATE_RUNNING)
        hone_study_requeue(run->study, place->trial, "its end could not be recorded", NULL);
    hn_run_release(run, place);
    return status;
}
