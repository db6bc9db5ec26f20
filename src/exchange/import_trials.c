// Trials of an Optuna study as events of a study of Hone (import_optuna.c has the steps).

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "exchange/import_optuna.h"
#include "exchange/optuna_config.h"
#include "exchange/optuna_hone.h"

enum { EVENTS_AT_ONCE = 8192, MAX_ATTEMPTS = 1000 };

// --- events ---

static hone_status add(hn_importing *im, const hn_event *event, hone_error *err)
{
    HN_TRY(hn_study_later(im->study, event, err));
    return im->study->lazy.ends.n < EVENTS_AT_ONCE ? HONE_OK : hn_study_flush(im->study, err);
}

static hn_event event_at(hn_event_type type, uint32_t number, int64_t time_us)
{
    hn_event event = hn_study_event(type);
    event.trial = number;
    event.epoch = 1;
    if (time_us > 0)
        event.time_us = time_us;
    return event;
}

static hone_status add_attr(hn_importing *im, int64_t trial, const char *prefix, const char *key,
                            const char *json, int64_t time_us, hone_error *err)
{
    hn_event event = event_at(HN_EV_ATTR, 0, time_us);
    event.trial = trial;
    event.epoch = 0;
    event.name = hn_bytes_of(hn_arena_printf(&im->scratch, "%s%s", prefix, key));
    event.text = hn_bytes_of(json);
    return hn_arena_failed(&im->scratch) ? hn_fail_memory(err) : add(im, &event, err);
}

static hone_status add_attrs(hn_importing *im, int64_t trial, const hn_optuna_attr *attrs, size_t n,
                             int64_t time_us, hone_error *err)
{
    const json_t *mine = trial < 0 ? im->mine : im->trial;
    for (size_t i = 0; i < n; i++)
        if (hn_optuna_keeps_attr(mine, &attrs[i]))
            HN_TRY(add_attr(im, trial, attrs[i].system ? "optuna:" : "", attrs[i].key,
                            attrs[i].json, time_us, err));
    return HONE_OK;
}

// --- the configuration ---

static hone_status bad_value(const hn_importing *im, const hn_optuna_trial *trial, uint32_t param,
                             double value, hone_error *err)
{
    return hn_fail(err, HONE_ECORRUPT, "%s: trial %u has %s = %g, which its distribution excludes",
                   im->options->source, trial->number, im->source.names.data[param], value);
}

// A trial that ended, or was left, before it asked for all its parameters has no place among those
// of the space: it keeps them as an attribute, and is no evidence.
static hone_status set_aside(hn_importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    const hone_space *space = im->space.space;
    if (hn_optuna_is_finished(trial))
        return hn_fail(err, HONE_ECORRUPT,
                       "%s: the parameters of trial %u do not go with those of the other trials: "
                       "the same values switch other ones on and off",
                       im->options->source, trial->number);
    hn_str_clear(&im->text);
    hn_config_json(space, im->config, &im->text);
    im->n_unplaced++;
    im->scratch.failed |= hn_str_failed(&im->text);
    im->unplaced = hn_arena_strdup(&im->scratch, hn_str_text(&im->text));
    if (hn_arena_failed(&im->scratch))
        return hn_fail_memory(err);
    memset(im->config.active, 0, space->n_words * sizeof *im->config.active);
    return hn_optuna_config_write(space, im->config, &im->text, err);
}

static hone_status set_params(hn_importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    const hn_optuna_value *bad = hn_optuna_config(&im->space, trial, im->config);
    if (bad)
        return bad_value(im, trial, bad->param, bad->internal, err);
    hone_status status = hn_optuna_config_write(im->space.space, im->config, &im->text, NULL);
    if (status == HONE_ENOMEM)
        return hn_fail_memory(err);
    return status == HONE_OK ? HONE_OK : set_aside(im, trial, err);
}

// Constants, and what was set aside, are attributes.
static hone_status add_constants(hn_importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    if (im->unplaced)
        HN_TRY(
            add_attr(im, trial->number, "optuna:", "params", im->unplaced, trial->start_us, err));
    for (size_t i = 0; i < trial->params.n; i++) {
        const hn_optuna_value *value = &trial->params.data[i];
        const char *json = im->space.params[value->param].only;
        if (json && *json && !im->space.params[value->param].param)
            HN_TRY(add_attr(im, trial->number, "optuna:param:", im->source.names.data[value->param],
                            json, trial->start_us, err));
    }
    return HONE_OK;
}

// --- how it ended ---

// One list, or since version 5 a number under a key of its own, "constraints:latency".
static void set_constraints(hn_importing *im, const hn_optuna_trial *trial, const json_t *list,
                            hn_event *told)
{
    const json_t *value;
    size_t i, n = 0;
    json_array_foreach(list, i, value)
    {
        if (n < HN_MAX_METRICS && hn_json_double(value, &im->constraints[n]))
            n++;
    }
    for (i = 0; i < trial->attrs.n; i++) {
        const hn_optuna_attr *attr = &trial->attrs.data[i];
        if (attr->system && hn_starts_with(attr->key, "constraints:") && n < HN_MAX_METRICS &&
            hn_parse_double(attr->json, &im->constraints[n]))
            n++;
    }
    n = (size_t)hn_optuna_mine_int(im->trial, "constraints", 0, (int64_t)n, (int64_t)n);
    told->constraints = (hn_doubles){im->constraints, n};
}

// Values of the objectives as Optuna has them, all others as the trial itself says. Of a pruned one
// of a study that is from here the last report counts, as it did, unless it says something else.
static uint64_t set_values(const hn_importing *im, const hn_optuna_trial *trial, const json_t *more,
                           double *values)
{
    uint64_t present = 0;
    for (uint32_t m = 0; m < im->n_metrics; m++) {
        bool given = trial && m < im->n_objectives && trial->values.n == im->n_objectives &&
                     !(im->mine && trial->state == HN_OPTUNA_PRUNED);
        values[m] = given ? trial->values.data[m] : NAN;
        if (given || hn_json_double(json_object_get(more, im->own[m]), &values[m]))
            present |= (uint64_t)1 << m;
    }
    return present;
}

static const char *message_of(const hn_importing *im, const hn_optuna_trial *trial)
{
    const char *message = json_string_value(json_object_get(im->trial, "message"));
    return message || trial->state != HN_OPTUNA_RUNNING
               ? message
               : "it was running in Optuna when it was imported";
}

static int64_t duration_of(const hn_importing *im, const hn_optuna_trial *trial)
{
    double own;
    if (hn_json_double(json_object_get(im->trial, "duration_s"), &own) && own >= 0 && own < 1e9)
        return (int64_t)llround(own * 1e6);
    return trial->start_us > 0 && trial->end_us > trial->start_us ? trial->end_us - trial->start_us
                                                                  : 0;
}

static hone_status add_told(hn_importing *im, const hn_optuna_trial *trial, int64_t epoch,
                            hone_error *err)
{
    double values[HN_MAX_METRICS];
    hone_trial_state state = hn_optuna_state_of(trial, im->trial);
    bool paused = state == HONE_STATE_PAUSED;
    hn_event told = event_at(paused ? HN_EV_PAUSED : HN_EV_TOLD, trial->number, trial->end_us);
    told.epoch = epoch;
    if (trial->reports.n > 0)
        told.step = (double)trial->reports.data[trial->reports.n - 1].step;
    if (paused)
        return add(im, &told, err);
    told.state = state;
    told.present = (int64_t)set_values(im, trial, json_object_get(im->trial, "values"), values);
    if (told.present != 0)
        told.values = (hn_doubles){values, im->n_metrics};
    told.text = hn_bytes_of(message_of(im, trial));
    told.duration_us = duration_of(im, trial);
    json_t *list = NULL;
    HN_TRY(hn_optuna_attr_value(trial->attrs.data, trial->attrs.n, "constraints", &list, err));
    set_constraints(im, trial, list, &told);
    json_decref(list);
    return add(im, &told, err);
}

static hone_status add_report(hn_importing *im, const hn_optuna_trial *trial, int64_t epoch,
                              double step, double value, const json_t *more, hone_error *err)
{
    double values[HN_MAX_METRICS];
    hn_event event = event_at(HN_EV_REPORTED, trial->number, trial->start_us);
    event.present = (int64_t)set_values(im, NULL, more, values);
    if (!more) {
        values[0] = value;
        event.present = 1;
    }
    event.epoch = epoch;
    event.step = step;
    event.values = (hn_doubles){values, im->n_metrics};
    return add(im, &event, err);
}

static hone_status add_reports(hn_importing *im, const hn_optuna_trial *trial, int64_t epoch,
                               hone_error *err)
{
    const json_t *own = json_object_get(im->trial, "reports"), *row;
    double step;
    size_t i;
    json_array_foreach(own, i, row)
    {
        const json_t *values = json_array_get(row, 1);
        if (hn_json_double(json_array_get(row, 0), &step) && json_is_object(values))
            HN_TRY(add_report(im, trial, epoch, step, NAN, values, err));
    }
    for (i = 0; !own && i < trial->reports.n; i++)
        HN_TRY(add_report(im, trial, epoch, (double)trial->reports.data[i].step,
                          trial->reports.data[i].value, NULL, err));
    return HONE_OK;
}

// Each attempt but the last went back to the queue.
static hone_status add_attempts(hn_importing *im, const hn_optuna_trial *trial, int64_t n,
                                hone_error *err)
{
    hn_event started = event_at(HN_EV_STARTED, trial->number, trial->start_us);
    hn_event requeued = event_at(HN_EV_REQUEUED, trial->number, trial->start_us);
    HN_TRY(set_params(im, trial, err));
    started.owner = hn_bytes_of("optuna");
    started.origin = hn_optuna_mine_int(im->trial, "origin", 0, HONE_ORIGIN_RERUN, 0);
    started.space = 1;
    started.params = (hn_bytes){im->text.data, im->text.n};
    for (int64_t epoch = 1; epoch <= n; epoch++) {
        started.epoch = requeued.epoch = epoch;
        started.saw = (int64_t)(im->study->fold.n_events + im->study->lazy.ends.n);
        HN_TRY(add(im, &started, err));
        if (epoch < n)
            HN_TRY(add(im, &requeued, err));
    }
    return HONE_OK;
}

// What may be said of any trial.
static hone_status add_marks(hn_importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    const char *note = json_string_value(json_object_get(im->trial, "note"));
    hn_event noted = event_at(HN_EV_NOTED, trial->number, trial->end_us);
    hn_event excluded = event_at(HN_EV_EXCLUDED, trial->number, trial->end_us);
    noted.text = hn_bytes_of(note);
    excluded.state = 1;
    if (note)
        HN_TRY(add(im, &noted, err));
    return json_is_true(json_object_get(im->trial, "excluded")) ? add(im, &excluded, err) : HONE_OK;
}

static void set_kin(const hn_importing *im, const hn_optuna_trial *trial, hn_event *event)
{
    event->parent = hn_optuna_mine_int(im->trial, "parent", 0, (int64_t)trial->number - 1, -1);
    event->purpose = hn_optuna_mine_int(im->trial, "purpose", 0, HONE_PURPOSE_FINAL, 0);
}

// A trial that ran.
static hone_status add_run(hn_importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    int64_t n = hn_optuna_mine_int(im->trial, "attempts", 1, MAX_ATTEMPTS, 1);
    hn_event reserved = event_at(HN_EV_RESERVED, trial->number, trial->start_us);
    reserved.trial = -1;
    reserved.epoch = 0;
    reserved.owner = hn_bytes_of("optuna");
    set_kin(im, trial, &reserved);
    HN_TRY(add(im, &reserved, err));
    HN_TRY(add_attempts(im, trial, n, err));
    HN_TRY(add_constants(im, trial, err));
    HN_TRY(add_reports(im, trial, n, err));
    return add_told(im, trial, n, err);
}

// What was enqueued keeps those of its values that the space knows.
static const char *fixed_values(hn_importing *im, const hn_optuna_trial *trial)
{
    json_t *theirs = NULL;
    if (hn_optuna_attr_value(trial->attrs.data, trial->attrs.n, "fixed_params", &theirs, NULL) !=
        HONE_OK)
        return NULL;
    json_t *fixed = json_object();
    bool failed = !fixed;
    for (size_t i = 0; i < im->source.names.n; i++) {
        const hn_optuna_param *p = &im->space.params[i];
        json_t *value = json_object_get(theirs, im->source.names.data[i]);
        hn_slot slot;
        hone_status status =
            value && p->param ? hn_value_from_json(p->param, value, &slot, NULL) : HONE_ENOTFOUND;
        failed |= status == HONE_ENOMEM ||
                  (status == HONE_OK && json_object_set(fixed, p->name, value) != 0);
    }
    hn_str_clear(&im->text);
    hn_json_write(fixed, 0, &im->text);
    json_decref(fixed);
    json_decref(theirs);
    return failed || hn_str_failed(&im->text) ? NULL : hn_str_text(&im->text);
}

static hone_status add_waiting(hn_importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    hn_event event = event_at(HN_EV_QUEUED, trial->number, 0);
    const char *fixed = fixed_values(im, trial);
    if (!fixed)
        return hn_fail_memory(err);
    event.trial = -1;
    event.epoch = 0;
    event.text = hn_bytes_of(fixed);
    event.origin =
        hn_optuna_mine_int(im->trial, "origin", 0, HONE_ORIGIN_RERUN, HONE_ORIGIN_MANUAL);
    set_kin(im, trial, &event);
    return add(im, &event, err);
}

static hone_status add_trial(hn_importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    HN_TRY(trial->state == HN_OPTUNA_WAITING ? add_waiting(im, trial, err)
                                             : add_run(im, trial, err));
    HN_TRY(add_attrs(im, trial->number, trial->attrs.data, trial->attrs.n, trial->end_us, err));
    return add_marks(im, trial, err);
}

// What Optuna calls a parameter whose name is another one here.
static hone_status add_names(hn_importing *im, hone_error *err)
{
    for (size_t i = 0; i < im->source.names.n; i++) {
        const char *theirs = im->source.names.data[i];
        const hn_optuna_param *p = &im->space.params[i];
        if (!p->param || strcmp(p->name, theirs) == 0)
            continue;
        hn_str_clear(&im->text);
        hn_str_add_json(&im->text, theirs);
        if (hn_str_failed(&im->text))
            return hn_fail_memory(err);
        HN_TRY(add_attr(im, -1, "optuna:name:", p->name, hn_str_text(&im->text), 0, err));
    }
    return HONE_OK;
}

static hone_status say_unplaced(hn_importing *im, hone_error *err)
{
    if (im->n_unplaced == 0 || !im->options->note)
        return HONE_OK;
    const char *text = hn_arena_printf(&im->arena,
                                       "%u trial%s ended before the objective had asked for all "
                                       "parameters: those %s had are attributes",
                                       im->n_unplaced, im->n_unplaced == 1 ? "" : "s",
                                       im->n_unplaced == 1 ? "it" : "they");
    if (!text)
        return hn_fail_memory(err);
    im->options->note(im->options->user, text);
    return HONE_OK;
}

hone_status hn_importing_add_trials(hn_importing *im, hone_error *err)
{
    im->config = hn_config_new(&im->arena, im->space.space);
    if (hn_arena_failed(&im->arena))
        return hn_fail_memory(err);
    HN_TRY(add_attrs(im, -1, im->source.attrs.data, im->source.attrs.n, 0, err));
    HN_TRY(add_names(im, err));
    for (size_t i = 0; i < im->source.trials.n; i++) {
        const hn_optuna_trial *trial = &im->source.trials.data[i];
        json_t *mine = NULL;
        HN_TRY(hn_optuna_attr_value(trial->attrs.data, trial->attrs.n, HN_OPTUNA_HONE_TRIAL, &mine,
                                    err));
        hn_arena_reset(&im->scratch);
        im->trial = mine;
        im->unplaced = NULL;
        hone_status status = add_trial(im, trial, err);
        json_decref(mine);
        HN_TRY(status);
    }
    HN_TRY(say_unplaced(im, err));
    return hn_study_flush(im->study, err);
}
