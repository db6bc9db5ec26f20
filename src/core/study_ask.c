// Asking: which trial runs next. Numbers and claims are settled by the order of the journal; the
// suggestion is computed outside any transaction, from the prefix that it records as `saw`.
//
// 1. A waiting trial that may be started (queued, requeued, abandoned by a dead owner) comes first.
// 2. The scheduler says: new, resume, fork, wait or done.
// 3. New: [RESERVED, STARTED] go in one append that holds only if nobody else has appended since,
//    so that the common case is one transition. After a few lost races the number is reserved
//    first, and the suggestion follows at leisure.
// 4. On a finite space a point that has been evaluated is served from the earlier trial: recorded
//    as a trial of its own, told at once, and the next one is asked for.

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "core/fixed.h"
#include "core/owner.h"
#include "core/study_internal.h"

enum { MAX_RACES = 4, MAX_SERVED = 1000, MAX_ATTEMPTS = 20 };

typedef struct asking {
    hone_study *study;
    const hone_ask_options *options;
    hn_config config;
    hn_str params;
    uint32_t served_from; // HN_NONE: none
    hn_arena scratch;
} asking;

// --- the point ---

// Values given with the queue entry replace the suggested ones.
static hone_status apply_fixed(const hone_space *space, const char *json, hn_config config,
                               hone_error *err)
{
    json_t *root = NULL, *value;
    const char *key;
    hone_status status = hn_json_parse(json, strlen(json), "the queued trial", &root, err);
    if (status == HONE_OK) {
        json_object_foreach(root, key, value)
        {
            const hn_param *param = hn_space_find(space, key);
            if (!param)
                continue; // the space has lost it since
            status = hn_fixed_value(param, value, config.slots + param->slot, err);
            if (status != HONE_OK)
                break;
        }
    }
    hn_space_activate(space, config);
    json_decref(root);
    return status;
}

static void adjust(const asking *a, const hone_space *space)
{
    for (uint32_t p = 0; a->options->adjust && p < space->n_params; p++) {
        const hn_param *param = &space->params[p];
        hn_slot *slot = a->config.slots + param->slot;
        if (param->type != HONE_PARAM_FLOAT || !hn_active(a->config.active, p))
            continue;
        double value = a->options->adjust(a->options->user, p, slot->f);
        if (param->scale == HN_LINEAR || param->scale == HN_LOG)
            value = fmin(fmax(value, param->low), param->high);
        slot->f = value;
    }
    // A changed value may switch conditions.
    hn_space_activate(space, a->config);
}

static hone_status suggest(asking *a, uint32_t number, int origin, int32_t parent, double resource,
                           const char *fixed, uint32_t attempt, hone_error *err)
{
    hone_study *study = a->study;
    const hone_space *space = study->problem.space;
    const hn_sampler_class *sampler = (const void *)study->sampler.plugin;
    hn_view view = hn_view_of(&study->fold, number);
    view.problem = &study->problem;
    hn_request request = {number, parent, attempt, resource, &a->scratch};
    if (origin == HONE_ORIGIN_DEFAULT)
        hn_space_default(space, a->config);
    else
        HN_TRY(sampler->suggest(study->sampler.state, &view, &request, &a->config, err));
    if (fixed)
        HN_TRY(apply_fixed(space, fixed, a->config, err));
    if (!study->problem.define_by_run)
        adjust(a, space);
    return hn_space_validate(space, a->config, err);
}

// Points that equal a pending one are drawn again; one that was evaluated is to be served.
static hone_status suggest_new(asking *a, uint32_t number, int origin, int32_t parent,
                               double resource, hone_error *err)
{
    hone_study *study = a->study;
    bool wanted = hn_dedupe_wanted(&study->fold.problem) && parent < 0;
    hn_view view = hn_view_of(&study->fold, number);
    a->served_from = HN_NONE;
    for (uint32_t attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        bool pending = false;
        HN_TRY(suggest(a, number, origin, parent, resource, NULL, attempt, err));
        uint32_t twin =
            wanted ? hn_dedupe_find(&study->dedupe, &view, a->config, &pending) : HN_NONE;
        if (!pending || origin != HONE_ORIGIN_SAMPLED) {
            a->served_from = pending ? HN_NONE : twin;
            break;
        }
    }
    return HONE_OK;
}

// --- the events ---

static hn_event start_event(asking *a, uint32_t number, uint32_t epoch)
{
    hone_study *study = a->study;
    hn_event event = hn_study_event(HN_EV_STARTED);
    event.trial = number;
    event.epoch = epoch;
    event.owner = hn_bytes_of(a->options->owner ? a->options->owner : study->owner);
    if (a->options->lease_s > 0)
        event.lease_us = event.time_us + (int64_t)(a->options->lease_s * 1e6);
    return event;
}

static hone_status give_point(asking *a, hn_event *event, hone_error *err)
{
    hone_study *study = a->study;
    hn_str_clear(&a->params);
    hn_config_write(study->problem.space, a->config, &a->params);
    event->params = (hn_bytes){a->params.data, a->params.n};
    event->space = study->problem.space_version;
    event->saw = (int64_t)study->fold.n_events;
    return hn_str_failed(&a->params) ? hn_fail_memory(err) : HONE_OK;
}

static hn_event served_event(asking *a, uint32_t number)
{
    hone_study *study = a->study;
    const hn_trial *twin = &study->fold.trials.data[a->served_from];
    hn_event event = hn_study_event(HN_EV_TOLD);
    event.trial = number;
    event.epoch = 1;
    event.state = HONE_STATE_COMPLETE;
    event.copied = a->served_from;
    event.step = twin->step;
    event.values = (hn_doubles){hn_fold_values(&study->fold, twin), study->problem.n_metrics};
    if (twin->n_constraints > 0)
        event.constraints =
            (hn_doubles){study->fold.numbers.data + twin->constraints, twin->n_constraints};
    return event;
}

// --- waiting trials ---

// May this process start it? A reservation belongs to its owner while that one lives.
static bool startable(const asking *a, uint32_t number)
{
    const hn_fold *fold = &a->study->fold;
    const hn_trial *trial = &fold->trials.data[number];
    bool reserved =
        trial->state == HONE_STATE_WAITING && trial->epoch == 0 && trial->owner != HN_NONE;
    if (a->options->only_trial >= 0)
        return (uint32_t)a->options->only_trial == number &&
               (trial->state == HONE_STATE_WAITING || trial->state == HONE_STATE_PAUSED);
    if (trial->state != HONE_STATE_WAITING || trial->purpose == HONE_PURPOSE_FINAL ||
        (trial->flags & HN_TRIAL_EXCLUDED))
        return false;
    if (!reserved)
        return true;
    const char *owner = hn_fold_text(fold, trial->owner);
    return strcmp(owner, a->study->owner) == 0 || hn_owner_life(owner) == HN_DEAD;
}

// Starts trial `number`, which waits; HONE_EBUSY when somebody else was quicker.
static hone_status start_waiting(asking *a, uint32_t number, double resource, bool expect_now,
                                 hone_error *err)
{
    hone_study *study = a->study;
    hn_trial row = study->fold.trials.data[number];
    hn_event event = start_event(a, number, row.epoch + 1);
    hn_change change;
    event.resource = resource;
    if (!(row.flags & HN_TRIAL_HAS_PARAMS)) {
        const char *fixed = row.fixed == HN_NONE ? NULL : hn_fold_text(&study->fold, row.fixed);
        HN_TRY(suggest(a, number, row.origin, row.parent, resource, fixed, 0, err));
        HN_TRY(give_point(a, &event, err));
        event.origin = row.origin;
    }
    HN_TRY(hn_study_append(study, &event, 1, expect_now, HN_SYNC_LAZY, &change, err));
    return change.applied ? HONE_OK
                          : hn_fail(err, HONE_EBUSY, "trial %u was started elsewhere", number);
}

// --- new trials ---

static int new_origin(const hone_study *study, int32_t parent)
{
    if (parent >= 0)
        return HONE_ORIGIN_FORK;
    bool defaults = hn_space_has_defaults(study->problem.space) && study->fold.n_defaults == 0;
    return defaults ? HONE_ORIGIN_DEFAULT : HONE_ORIGIN_SAMPLED;
}

static hn_event reserve_event(asking *a, int origin, int32_t parent)
{
    hn_event event = hn_study_event(HN_EV_RESERVED);
    event.owner = hn_bytes_of(a->options->owner ? a->options->owner : a->study->owner);
    event.origin = origin;
    event.parent = parent;
    return event;
}

// One append that holds only if the fold is the newest state. `*number` gets the trial's number;
// a->served_from tells whether it was served.
static hone_status start_new(asking *a, int32_t parent, double resource, uint32_t *number,
                             hone_error *err)
{
    hone_study *study = a->study;
    hn_event events[3];
    size_t n = 0;
    int origin = new_origin(study, parent);
    *number = (uint32_t)study->fold.trials.n;
    HN_TRY(suggest_new(a, *number, origin, parent, resource, err));
    events[n++] = reserve_event(a, origin, parent);
    events[n] = start_event(a, *number, 1);
    events[n].origin = a->served_from == HN_NONE ? origin : HONE_ORIGIN_SERVED;
    events[n].resource = resource;
    HN_TRY(give_point(a, &events[n++], err));
    if (a->served_from != HN_NONE)
        events[n++] = served_event(a, *number);
    return hn_study_append(study, events, n, true, HN_SYNC_LAZY, NULL, err);
}

// The slow road of a contended journal: a number first, then the point.
static hone_status reserve_and_start(asking *a, int32_t parent, double resource, uint32_t *number,
                                     hone_error *err)
{
    hn_change change;
    hn_event event = reserve_event(a, new_origin(a->study, parent), parent);
    HN_TRY(hn_study_append(a->study, &event, 1, false, HN_SYNC_LAZY, &change, err));
    *number = change.trial;
    a->served_from = HN_NONE;
    return start_waiting(a, change.trial, resource, false, err);
}

static hone_status ask_new(asking *a, int32_t parent, double resource, uint32_t *number,
                           hone_error *err)
{
    for (int race = 0; race < MAX_RACES; race++) {
        hone_status status = start_new(a, parent, resource, number, err);
        if (status != HONE_EBUSY)
            return status;
        hn_error_clear(err);
        HN_TRY(hn_study_catch_up(a->study, err));
        HN_TRY(hn_study_plug(a->study, err));
    }
    return reserve_and_start(a, parent, resource, number, err);
}

// --- the decision ---

static hone_status ask_scheduler(asking *a, uint32_t *number, hone_error *err)
{
    hone_study *study = a->study;
    const hn_scheduler_class *scheduler = (const void *)study->scheduler.plugin;
    hn_view view = hn_view_of(&study->fold, (uint32_t)study->fold.trials.n);
    hn_next next = {HN_NEXT_NEW, 0, 0};
    view.problem = &study->problem;
    if (!hn_view_ready(&view))
        return hn_fail(err, HONE_EBUSY, "trial %u waits for earlier ones to finish", view.n_trials);
    HN_TRY(scheduler->next(study->scheduler.state, &view, &next, err));
    switch (next.kind) {
    case HN_NEXT_NEW:
        return ask_new(a, -1, next.resource, number, err);
    case HN_NEXT_FORK:
        return ask_new(a, (int32_t)next.trial, next.resource, number, err);
    case HN_NEXT_RESUME:
        *number = next.trial;
        a->served_from = HN_NONE;
        return start_waiting(a, next.trial, next.resource, false, err);
    case HN_NEXT_WAIT:
        return hn_fail(err, HONE_EBUSY, "the scheduler waits for running trials");
    default:
        return hn_fail(err, HONE_EEXHAUSTED, "the scheduler has nothing more to run");
    }
}

static hone_status ask_once(asking *a, uint32_t *number, hone_error *err)
{
    hone_study *study = a->study;
    a->served_from = HN_NONE;
    for (size_t i = 0; i < study->fold.open.n; i++) {
        *number = study->fold.open.data[i];
        if (!startable(a, *number))
            continue;
        hone_status status =
            start_waiting(a, *number, study->fold.trials.data[*number].resource, false, err);
        if (status != HONE_EBUSY)
            return status;
        hn_error_clear(err);
        i = (size_t)-1; // the list has changed
    }
    if (a->options->no_new || a->options->only_trial >= 0)
        return hn_fail(err, HONE_ENOTFOUND, "no trial waits to be started");
    return ask_scheduler(a, number, err);
}

hone_status hone_study_ask(hone_study *study, const hone_ask_options *options, hone_trial **out,
                           hone_error *err)
{
    hone_ask_options fallback = HONE_ASK_OPTIONS_INIT;
    asking a = {study, options ? options : &fallback, {0}, HN_STR_INIT, HN_NONE, HN_ARENA_INIT};
    hone_status status = HONE_OK;
    uint32_t number = 0, max_served = a.options->max_served;
    *out = NULL;
    for (uint32_t n = 0; n < (max_served ? max_served : MAX_SERVED); n++) {
        HN_TRY_OUT(hn_study_plug(study, err));
        if (hn_dedupe_wanted(&study->fold.problem))
            HN_TRY_OUT(hn_dedupe_sync(&study->dedupe, &study->fold, err));
        hn_arena_reset(&a.scratch);
        a.config = hn_config_new(&a.scratch, study->problem.space);
        if (hn_arena_failed(&a.scratch)) {
            status = hn_fail_memory(err);
            goto out;
        }
        HN_TRY_OUT(ask_once(&a, &number, err));
        if (a.served_from == HN_NONE) {
            status = hn_trial_make(study, number, out, err);
            if (status == HONE_OK)
                (*out)->running = true;
            goto out;
        }
    }
    status =
        max_served
            ? hn_fail(err, HONE_EBUSY, "%u duplicates were served, as many as asked for",
                      max_served)
            : hn_fail(err, HONE_EEXHAUSTED,
                      "%d suggestions in a row had been evaluated before: the space is as good as "
                      "exhausted",
                      MAX_SERVED);
out:
    hn_str_free(&a.params);
    hn_arena_free(&a.scratch);
    return status;
}
