// What the executor says: a trial runs, wrote a line, or ended.
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "drive/peek.h"
#include "drive/run_internal.h"

static hone_status record_report(hone_run *run, hn_place *place, const hn_metric_line *line,
                                 hone_error *err)
{
    if (hn_fault("metric.before"))
        return hn_fail(err, HONE_EIO, "cannot record a report of trial %u", place->number);
    hone_status status = HONE_OK;
    // A trial's curve is that of its first part: a step of another fold is no step of the same.
    if (place->part == 0)
        status =
            hone_trial_report_values(place->trial, line->step, line->values, line->present, err);
    if (status == HONE_ESTALE) { // it is somebody else's now: the next look at it says so
        hn_error_clear(err);
        return HONE_OK;
    }
    if (status == HONE_OK && hn_fault("metric.after"))
        status = hn_fail(err, HONE_EIO, "cannot record a report of trial %u", place->number);
    if (status != HONE_OK)
        return status;
    run->unsynced = true;
    hone_run_event event = hn_run_place_event(place, HONE_RUN_REPORT);
    event.step = line->step;
    event.value = line->values[0];
    hn_run_emit(run, &event);
    return HONE_OK;
}

// Somebody's request, then the scheduler's verdict on what was reported; it has no say in a final
// run.
static hone_status heed_verdict(hone_run *run, hn_place *place, hone_error *err)
{
    HN_TRY(hn_run_heed_request(run, place, err));
    if (hone_trial_purpose_of(place->trial) == HONE_PURPOSE_FINAL)
        return HONE_OK;
    if (hone_trial_should_stop(place->trial))
        return hn_run_end_place(run, place, HN_WISH_STOP, HN_CANCEL_STOP, err);
    if (hone_trial_should_pause(place->trial))
        return hn_run_end_place(run, place, HN_WISH_PAUSE, HN_CANCEL_PAUSE, err);
    return HONE_OK;
}

hone_status hn_run_report_end(hone_run *run, hn_place *place, const hn_message *message,
                              hone_error *err)
{
    const hn_metrics *m = &place->metrics;
    double resource = hone_trial_resource(place->trial);
    hn_metric_line line = {.is_report = true, .step = resource, .present = m->present};
    bool ended_well =
        message->type == HN_MSG_EXITED && message->cause == HN_END_EXIT && message->exit_code == 0;
    if (!ended_well || hn_metrics_nan(&run->spec, m) || place->wish != HN_WISH_NONE ||
        m->infeasible || m->report_rank != HN_RANK_NONE || !m->present || !run->command.resource ||
        resource <= 0 || hone_trial_purpose_of(place->trial) != HONE_PURPOSE_SEARCH)
        return HONE_OK;
    memcpy(line.values, m->values, sizeof line.values);
    place->metrics.step = resource; // of each part, too, so that their sum is one of resources
    HN_TRY(record_report(run, place, &line, err));
    if (hone_trial_should_stop(place->trial))
        place->wish = HN_WISH_STOP;
    else if (hone_trial_should_pause(place->trial))
        place->wish = HN_WISH_PAUSE;
    return HONE_OK;
}

static hone_status answer(hone_run *run, const hn_place *place, const char *problem,
                          hone_error *err)
{
    hn_str_clear(&run->text);
    hn_str_add(&run->text, problem ? "{\"ok\":false,\"stop\":" : "{\"ok\":true,\"stop\":");
    hn_str_add(&run->text, place->wish == HN_WISH_NONE ? "false" : "true");
    if (problem) {
        hn_str_add(&run->text, ",\"error\":");
        hn_str_add_json(&run->text, problem);
    }
    if (run->reply.n) {
        hn_str_add(&run->text, ",\"reply\":");
        hn_str_add(&run->text, hn_str_text(&run->reply));
    }
    hn_str_add_char(&run->text, '}');
    if (hn_str_failed(&run->text) || hn_str_failed(&run->reply))
        return hn_fail_memory(err);
    return run->executor->reply(run->executor_state, place->job, hn_str_text(&run->text), err);
}

// In a deterministic study a trial ends with what it had said when it was stopped: how much more it
// says until it has heard of that is a matter of timing.
static bool is_closed(const hone_run *run, const hn_place *place)
{
    return place->wish == HN_WISH_STOP && hn_peek_lag(run->study) > 0;
}

// What cannot be kept is said in the answer.
static hone_status keep_attributes(hone_run *run, hn_place *place, hn_metric_line *line,
                                   hone_error *err)
{
    if (hn_str_failed(&run->attrs))
        return hn_fail_memory(err);
    if (run->attrs.n == 0)
        return HONE_OK;
    hone_status status = hone_trial_set_attrs(place->trial, hn_str_text(&run->attrs), err);
    if (status != HONE_EINVAL)
        return status;
    snprintf(place->metrics.problem, sizeof place->metrics.problem, "%.190s", err ? err->text : "");
    line->problem = place->metrics.problem;
    hn_error_clear(err);
    return HONE_OK;
}

static hone_status take_line(hone_run *run, hn_place *place, const hn_message *message,
                             hone_error *err)
{
    hn_metric_line line;
    hn_metrics before = place->metrics;
    hn_str_clear(&run->reply);
    hn_str_clear(&run->attrs);
    hn_metrics_line(&run->spec, &place->metrics, message->source, message->text, message->text_size,
                    &line, &run->reply, &run->attrs);
    if (place->wish != HN_WISH_ABANDON && !is_closed(run, place))
        HN_TRY(keep_attributes(run, place, &line, err));
    if (is_closed(run, place)) {
        place->metrics = before;
    } else if (line.is_report && place->wish != HN_WISH_ABANDON) {
        HN_TRY(record_report(run, place, &line, err));
        HN_TRY(heed_verdict(run, place, err));
    }
    if (message->source == HN_LINE_FD)
        return answer(run, place, line.problem, err);
    return HONE_OK;
}

hone_status hn_run_message(hone_run *run, const hn_message *message, hone_error *err)
{
    hn_place *place = hn_run_place(run, message->job);
    if (!place)
        return HONE_OK;
    switch (message->type) {
    case HN_MSG_STARTED:
        run->unsynced = true;
        return hone_trial_spawned(place->trial, message->pid, message->start_ticks, err);
    case HN_MSG_LINE:
        return take_line(run, place, message, err);
    default:
        return hn_run_finish(run, place, message, err);
    }
}
