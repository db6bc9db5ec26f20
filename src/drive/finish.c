// The end of an attempt: judged, recorded, shown.
//
// Of a trial of several parts each ends like this. One that ended well is recorded as such, and the
// next one begins in the same place, unless somebody or the scheduler wants it otherwise; all else
// ends the attempt as that of any trial, and finds the parts that ended well again.
//
// A trial is shown as finished only after it has been recorded: what the user has seen is never
// run again.
#include "drive/run_internal.h"

#include <math.h>
#include <stdio.h>

#include "base/fault.h"
#include "drive/peek.h"

enum { LAST_LINES = 20 };

// What one attempt's end needs, kept off the other functions' signatures.
typedef struct closing {
    hone_run *run;
    hn_place *place;
    const hn_message *message;
    hn_judgement verdict;
    bool kept;       // the part has ended well and is recorded
    bool told;       // and so is the trial
    bool left_empty; // the folder for one is empty
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

// "fold 2: exit code 1": which part it was.
static void name_part(closing *c)
{
    const hn_place *place = c->place;
    hn_judgement *v = &c->verdict;
    char words[sizeof v->message];
    const char *whole = v->state == HONE_STATE_TIMEOUT ? "the trial " : "";
    if (!place->n_parts || !*v->message)
        return;
    snprintf(words, sizeof words, "%s", v->message);
    if (place->folds && place->repeats)
        snprintf(v->message, sizeof v->message, "fold %u of repeat %u: %s%.200s",
                 place->part % place->folds, place->part / place->folds, whole, words);
    else
        snprintf(v->message, sizeof v->message, "%s %u: %s%.200s", place->folds ? "fold" : "repeat",
                 place->part, whole, words);
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
    // Of the parts of a trial only the first one's reports are in the journal.
    if (m->type == HN_MSG_EXITED && place->attempt > 1 && place->part == 0 &&
        hn_checkpoint_size(hn_str_text(&place->folder.ckpt), NULL) > 0)
        hn_metrics_go_on(&run->spec, place->trial, &place->metrics);
    HN_TRY(hn_run_report_end(run, place, m, err));
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
    name_part(c);
    bool failed = hn_str_failed(&words);
    hn_str_free(&words);
    choose_log(c);
    return failed ? hn_fail_memory(err) : HONE_OK;
}

// --- recording ---

static hone_result result_of(const closing *c)
{
    const hn_message *m = c->message;
    const hn_metrics *metrics = &c->place->metrics;
    hone_result result = HONE_RESULT_INIT;
    bool exited = m->type == HN_MSG_EXITED;
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
    return result;
}

// What the parts that ended have to do with the result: a trial that was pruned is worth their
// mean, one that failed has none; what the part that was cut short had said counts for nothing.
static void add_parts(const closing *c, hone_result *result, double *means)
{
    hn_parts_total total = hn_peek_parts(c->place->trial);
    bool pruned = result->state == HONE_STATE_PRUNED;
    result->present = pruned ? hn_trial_means(c->place->trial, means) : 0;
    result->values = pruned ? means : NULL;
    result->step = total.step;
    if (c->kept)
        result->duration_us = result->cpu_us = 0;
    result->duration_us += total.duration_us;
    result->cpu_us += total.cpu_us;
    if (total.maxrss_kb > result->maxrss_kb)
        result->maxrss_kb = total.maxrss_kb;
}

static hone_status record_told(closing *c, hone_error *err)
{
    double means[HN_MAX_METRICS];
    hone_result result = result_of(c);
    result.state = c->verdict.state;
    result.message = *c->verdict.message ? c->verdict.message : NULL;
    if (hone_trial_n_parts_ended(c->place->trial) > 0)
        add_parts(c, &result, means);
    if (hn_fault("told.before"))
        return hn_fail(err, HONE_EIO, "cannot record the end of trial %u", c->place->number);
    HN_TRY(hone_study_tell_result(c->run->study, c->place->trial, &result, err));
    c->run->unsynced = true;
    if (hn_fault("told.after"))
        return hn_fail(err, HONE_EIO, "cannot record the end of trial %u", c->place->number);
    return HONE_OK;
}

static hone_status record_part(closing *c, hone_error *err)
{
    hn_place *place = c->place;
    hone_result result = result_of(c);
    if (hn_fault("part.before"))
        return hn_fail(err, HONE_EIO, "cannot record a part of trial %u", place->number);
    HN_TRY(hone_trial_part_ended(place->trial, &result, err));
    c->kept = c->run->unsynced = true;
    if (hn_fault("part.after"))
        return hn_fail(err, HONE_EIO, "cannot record a part of trial %u", place->number);
    hone_run_event event = hn_run_place_event(place, HONE_RUN_PART);
    event.value = place->metrics.values[0];
    event.duration_s = (double)result.duration_us / 1e6;
    hn_run_emit(c->run, &event);
    return HONE_OK;
}

static hone_status record_checkpoint(closing *c, hone_error *err)
{
    int64_t before = hn_peek_checkpoint(c->place->trial);
    uint64_t size = c->run->options.no_checkpoint
                        ? 0
                        : hn_run_checkpoint_size(c->run, c->place, &c->left_empty);
    // One that names no step ends by itself at each resource, and begins anew at the next.
    bool by_steps = c->place->metrics.report_rank != HN_RANK_NONE;
    if (!size && c->verdict.fate == HN_FATE_PAUSE && by_steps && !c->run->restart_said) {
        c->run->restart_said = true;
        hn_run_warn(c->run,
                    "trial %u has paused without a checkpoint: it starts over when it goes on, as "
                    "will others (a checkpoint is what lies in $HONE_CKPT)",
                    c->place->number);
    }
    if (!size && before <= 0)
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
    hn_fate fate = c->verdict.fate;
    if (fate == HN_FATE_FORGET || fate == HN_FATE_NEXT)
        return HONE_OK;
    if (!c->kept) // else it was recorded with the part
        HN_TRY(record_checkpoint(c, err));
    if (fate == HN_FATE_TELL)
        return record_told(c, err);
    if (fate == HN_FATE_PAUSE)
        return hone_study_pause(run->study, place->trial,
                                c->kept ? hn_peek_step(place->trial) : place->metrics.step, err);
    return hone_study_requeue(run->study, place->trial, c->verdict.message, err);
}

// --- showing ---

static void show_source(closing *c)
{
    hone_run *run = c->run;
    if (run->source_said || c->verdict.state != HONE_STATE_COMPLETE || !c->place->metrics.present)
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

// A constraint on a metric that the first complete trial lacks: nothing would ever be feasible.
static void show_unheard(closing *c)
{
    hone_run *run = c->run;
    uint32_t n_bounds;
    const hn_bound *bounds = hn_peek_bounds(run->study, &n_bounds);
    if (run->unheard_said || hone_trial_status(c->place->trial) != HONE_STATE_COMPLETE)
        return;
    for (uint32_t i = 0; i < n_bounds && !run->unheard_said; i++) {
        if (!isnan(hone_trial_value(c->place->trial, bounds[i].metric)))
            continue;
        run->unheard_said = true;
        hn_run_warn(run, "trial %u did not say %s; without it the constraint %s is broken",
                    c->place->number, hone_study_metric(run->study, bounds[i].metric).name,
                    bounds[i].text);
    }
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
    event.duration_s = fate == HN_FATE_TELL ? hone_trial_duration_s(place->trial)
                                            : (double)c->message->wall_us / 1e6;
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

// An empty checkpoint of a trial that will never run again, and that no fork may take for its
// parent, serves the next trial: to make one is among the dearest steps of a launch.
static void offer_folder(const closing *c)
{
    hone_run *run = c->run;
    hone_trial_state state = hone_trial_status(c->place->trial);
    bool for_good = state == HONE_STATE_COMPLETE || state == HONE_STATE_PRUNED ||
                    state == HONE_STATE_INFEASIBLE;
    if (!c->left_empty || !for_good || (hone_study_scheduler_can(run->study) & HN_CAN_FORK))
        return;
    hn_str_clear(&run->spare);
    hn_str_add(&run->spare, hn_str_text(&c->place->folder.ckpt));
    if (hn_str_failed(&run->spare))
        hn_str_clear(&run->spare);
}

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

// All that there is to decide between two parts of a trial; after the last one it has been told.
static void judge_between_parts(closing *c)
{
    const hone_trial *trial = c->place->trial;
    hn_judgement *v = &c->verdict;
    hone_trial_state state = hone_trial_status(trial);
    c->kept = true;
    c->told = hone_state_is_finished(state);
    *v = (hn_judgement){.fate = HN_FATE_NEXT, .state = state};
    if (c->told) {
        v->fate = HN_FATE_TELL;
    } else if (!hn_peek_is_ours(trial)) {
        v->fate = HN_FATE_FORGET;
    } else if (hn_peek_kill_asked(trial)) {
        *v = (hn_judgement){.fate = HN_FATE_TELL, .state = HONE_STATE_FAILED};
        snprintf(v->message, sizeof v->message, "killed on request");
    } else if (hone_trial_should_stop(trial)) {
        *v = (hn_judgement){.fate = HN_FATE_TELL, .state = HONE_STATE_PRUNED};
    } else if (hone_trial_should_pause(trial)) {
        v->fate = HN_FATE_PAUSE;
    } else if (c->run->level_done >= 2) {
        *v = (hn_judgement){.fate = HN_FATE_REQUEUE, .state = HONE_STATE_WAITING};
        snprintf(v->message, sizeof v->message, "interrupted");
    }
}

// `status`: how it went so far.
static hone_status close_place(closing *c, hone_status status, hone_error *err)
{
    hone_run *run = c->run;
    hn_place *place = c->place;
    if (status == HONE_OK && !c->told)
        status = record(c, err);
    if (status == HONE_ESTALE) {
        hn_error_clear(err);
        c->verdict.fate = HN_FATE_FORGET;
        show_forgotten(c, true);
        return HONE_OK;
    }
    if (status == HONE_OK && c->verdict.fate == HN_FATE_FORGET)
        show_forgotten(c, false);
    if (status != HONE_OK || c->verdict.fate == HN_FATE_FORGET || c->verdict.fate == HN_FATE_NEXT)
        return status;
    HN_TRY(note_attempt(c, err));
    show_end(c);
    if (c->verdict.fate == HN_FATE_TELL) {
        show_source(c);
        show_missing(c);
        show_unheard(c);
        hn_run_counted(run, place->trial);
        offer_folder(c);
        if (hn_peek_checkpoint(place->trial) > 0)
            return hn_run_keep(run, false, err);
    }
    return HONE_OK;
}

// Ends the use of the place, after an error with the trial back in the queue.
static void leave_place(closing *c, hone_status status, const char *why)
{
    if (status != HONE_OK && hone_trial_status(c->place->trial) == HONE_STATE_RUNNING)
        hone_study_requeue(c->run->study, c->place->trial, why, NULL);
    hn_run_release(c->run, c->place);
}

// Its files could not be made: it waits again, unless its end was wanted anyway. (A folder that is
// there is no obstacle, once that is known.)
static hone_status give_back(hone_run *run, hn_place *place, const hn_message *message,
                             hone_error *err)
{
    hone_error why = HONE_ERROR_INIT;
    if (message->status == HONE_EEXISTS) {
        hone_status status = hn_run_begin_there(run, place, &why);
        return status == HONE_OK ? HONE_OK : hn_run_not_started(run, place, status, &why, err);
    }
    hn_fail(&why, HONE_EIO, "%.*s", (int)message->text_size, message->text);
    return hn_run_not_started(run, place, HONE_EIO, &why, err);
}

hone_status hn_run_finish(hone_run *run, hn_place *place, const hn_message *message,
                          hone_error *err)
{
    if (message->blameless && place->wish == HN_WISH_NONE)
        return give_back(run, place, message, err);
    closing c = {.run = run, .place = place, .message = message};
    hone_status status = judge(&c, err);
    bool ended_well = c.verdict.fate == HN_FATE_TELL && c.verdict.state == HONE_STATE_COMPLETE;
    if (status == HONE_OK && place->n_parts && ended_well) {
        status = record_checkpoint(&c, err);
        if (status == HONE_OK)
            status = record_part(&c, err);
        if (status == HONE_OK)
            judge_between_parts(&c);
    }
    status = close_place(&c, status, err);
    if (status == HONE_OK && c.verdict.fate == HN_FATE_NEXT) {
        place->part++;
        place->goes_on = false;
        hone_error why = HONE_ERROR_INIT;
        status = hn_run_begin_part(run, place, &why);
        return status == HONE_OK ? HONE_OK : hn_run_not_started(run, place, status, &why, err);
    }
    leave_place(&c, status, "its end could not be recorded");
    return status;
}

hone_status hn_run_resume_parts(hone_run *run, hn_place *place, bool *over, hone_error *err)
{
    static const hn_message nothing = {.type = HN_MSG_EXITED};
    closing c = {.run = run, .place = place, .message = &nothing};
    hn_metrics_reset(&place->metrics);
    hone_status status =
        hn_folder_name(&place->folder, run->dir, place->number, (int64_t)place->part - 1, err);
    if (status == HONE_OK)
        status = hone_trial_parts_resume(place->trial, err);
    if (status == HONE_OK) {
        log_path(&c, "stdout");
        judge_between_parts(&c);
    }
    status = close_place(&c, status, err);
    *over = status != HONE_OK || c.verdict.fate != HN_FATE_NEXT;
    if (*over)
        leave_place(&c, status, "it could not be started");
    return status;
}
