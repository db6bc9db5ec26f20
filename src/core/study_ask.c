// Asking: which trial runs next. Numbers and claims are settled by the order of the journal; the
// suggestion is computed outside any transaction, from the prefix that it records as `saw`.
//
// 1. A waiting trial that may be started (queued, requeued, abandoned by a dead owner) comes first.
// 2. The scheduler says: new, resume, fork, wait or done.
// 3. New: [RESERVED, STARTED] go in one append that holds only if nobody else has appended since,
//    so that the common case is one transition. After a few lost races the number is reserved
//    first, and the suggestion follows at leisure.
//    With a total, that holds for starting what waits, too: room is counted on the newest state.
// 4. On a finite space a point that has been evaluated is served from the earlier trial: recorded
//    as a trial of its own, told at once, and the next one is asked for.

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/owner.h"
#include "core/study_internal.h"

enum { MAX_RACES = 4, MAX_SERVED = 1000 };

typedef struct asking {
    hone_study *study;
    const hone_ask_options *options; // read_options has completed them
    hn_config config;
    const hone_space
        *space; // of `config`: the newest version or, of a queued trial, an earlier one
    uint32_t version;
    uint32_t served_from; // HN_NONE: none
    int n_races;          // lost to other writers
    bool raced;           // the last decision was overtaken: decide again
    bool some_left;       // not exhausted when this call began; serving duplicates changes nothing
    hn_arena scratch;
} asking;

static hone_status use_version(asking *a, uint32_t version, hone_error *err)
{
    a->version = version;
    a->space = hn_fold_space(&a->study->fold, version);
    a->config = hn_config_new(&a->scratch, a->space);
    return hn_arena_failed(&a->scratch) ? hn_fail_memory(err) : HONE_OK;
}

// Plug-ins, duplicate index and configuration for the newest state that the fold has.
static hone_status prepare(asking *a, hone_error *err)
{
    hone_study *study = a->study;
    a->served_from = HN_NONE;
    a->raced = false;
    if (study->goals != study->fold.goals.n)
        return hn_fail(err, HONE_ESTATE,
                       "the objectives of study \"%s\" have been changed since it was opened: open "
                       "it again (`hone resume`)",
                       study->name);
    // Who resumes, and who edits the number, opened the study without knowing it.
    if (a->options->total > 0 && a->options->only_trial < 0)
        study->n_trials = study->problem.n_trials = a->options->total;
    HN_TRY(hn_study_plug(study, err));
    if (hn_study_dedupes(study, a->options))
        HN_TRY(hn_dedupe_sync(&study->dedupe, &study->fold, err));
    hn_arena_reset(&a->scratch);
    return use_version(a, study->problem.space_version, err);
}

static const char *owner_of(const asking *a)
{
    return a->options->owner ? a->options->owner : a->study->owner;
}

static int64_t lease_until(const asking *a, const hn_event *event)
{
    double lease_s = a->options->lease_s;
    return lease_s > 0 ? event->time_us + (int64_t)(lease_s * 1e6) : 0;
}

// Options of an older program are shorter: what they lack has its default.
static hone_ask_options read_options(const hone_ask_options *given)
{
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    size_t n = given && given->size < sizeof options ? given->size : sizeof options;
    if (given)
        memcpy(&options, given, n);
    return options;
}

// --- the total ---

// Is there room for one more that runs, when `n_waiting` others come first? Counted over search
// trials; on what the fold has, so that whoever acts on it appends only if that is the newest.
// Where the scheduler pauses trials, those have had their start.
static bool has_room(const asking *a, uint32_t n_waiting)
{
    const hone_study *study = a->study;
    int64_t n_taken =
        (int64_t)hone_study_n_finished(study) + study->fold.n_state[HONE_STATE_RUNNING] + n_waiting;
    if (hone_study_scheduler_can(study) & HN_CAN_PAUSE)
        n_taken += study->fold.n_state[HONE_STATE_PAUSED];
    return a->options->total <= 0 || n_taken < a->options->total;
}

static bool is_counted(const asking *a, const hn_trial *trial)
{
    return a->options->total > 0 && a->options->only_trial < 0 &&
           trial->purpose == HONE_PURPOSE_SEARCH;
}

// May waiting trial `number` start as far as the total goes? After many lost races it is started
// without a condition: then all that wait before it come first, which holds whatever they do.
static bool may_count(const asking *a, uint32_t number)
{
    const hn_fold *fold = &a->study->fold;
    uint32_t n_before = 0;
    if (!is_counted(a, &fold->trials.data[number]))
        return true;
    bool slow = a->n_races >= MAX_RACES;
    for (size_t i = 0; slow && i < fold->waiting.n && fold->waiting.data[i] < number; i++) {
        const hn_trial *trial = &fold->trials.data[fold->waiting.data[i]];
        n_before += !(trial->flags & HN_TRIAL_EXCLUDED) && trial->purpose == HONE_PURPOSE_SEARCH;
    }
    return has_room(a, n_before);
}

// --- the events ---

static hn_event start_event(const asking *a, uint32_t number, uint32_t epoch, int purpose,
                            int64_t time_us)
{
    hn_event event = hn_event_make(HN_EV_STARTED);
    event.time_us = time_us;
    event.trial = number;
    event.epoch = epoch;
    event.owner = hn_bytes_of(owner_of(a));
    event.lease_us = lease_until(a, &event);
    if (purpose != HONE_PURPOSE_FINAL) { // which trains on everything
        event.folds = a->options->folds;
        event.repeats = a->options->repeats;
    }
    return event;
}

static hone_status give_point(asking *a, hn_event *event, hone_error *err)
{
    hone_study *study = a->study;
    hn_str *params = &study->text;
    hn_str_clear(params);
    hn_config_write(a->space, a->config, params);
    event->params = (hn_bytes){params->data, params->n};
    event->space = a->version;
    event->saw = (int64_t)study->fold.n_events;
    return hn_str_failed(params) ? hn_fail_memory(err) : HONE_OK;
}

static hn_event served_event(const asking *a, uint32_t number)
{
    const hone_study *study = a->study;
    const hn_trial *twin = &study->fold.trials.data[a->served_from];
    hn_event event = hn_study_event(HN_EV_TOLD);
    event.trial = number;
    event.epoch = 1;
    event.state = HONE_STATE_COMPLETE;
    event.copied = a->served_from;
    event.step = twin->step;
    if (twin->values != HN_NONE)
        event.values = (hn_doubles){hn_fold_values(&study->fold, twin), study->problem.n_metrics};
    event.goals = (int64_t)study->fold.goals.n;
    if (twin->n_constraints > 0)
        event.constraints =
            (hn_doubles){study->fold.numbers.data + twin->constraints, twin->n_constraints};
    return event;
}

// How far a new trial runs; `said`: what the scheduler's `next` said, or the queue entry of a fork.
static hone_status first_resource(const hone_study *study, uint32_t number, bool fork, double said,
                                  double *out, hone_error *err)
{
    const hn_scheduler_class *scheduler = (const void *)study->scheduler.plugin;
    hn_view view = hn_study_view(study, number);
    *out = said;
    if (fork || !scheduler->resource)
        return HONE_OK;
    return scheduler->resource(study->scheduler.state, &view, number, out, err);
}

// --- waiting trials ---

// A reservation belongs to its owner while that one lives, or its lease lasts.
static bool reservation_open(const asking *a, const hn_trial *trial)
{
    const char *owner = hn_fold_text(&a->study->fold, trial->owner);
    if (strcmp(owner, owner_of(a)) == 0)
        return true;
    if (trial->lease_us > 0)
        return trial->lease_us < hn_clock_wall_us();
    return hn_owner_life(owner) == HN_DEAD;
}

// A fork from the queue goes on from what its parent has done well, and no fork from what changes.
static bool parent_stands(const hn_fold *fold, const hn_trial *trial)
{
    if (trial->origin != HONE_ORIGIN_FORK || trial->parent < 0 || trial->epoch > 0)
        return true;
    int state = fold->trials.data[trial->parent].state;
    bool well =
        state == HONE_STATE_COMPLETE || state == HONE_STATE_PRUNED || state == HONE_STATE_PAUSED;
    bool queued = trial->fixed != HN_NONE;
    return well || (!queued && hn_state_finished(state));
}

// May this process start it?
static bool startable(const asking *a, uint32_t number)
{
    const hn_fold *fold = &a->study->fold;
    const hn_trial *trial = &fold->trials.data[number];
    bool has_point = trial->flags & HN_TRIAL_HAS_PARAMS;
    if (!has_point) { // with a lag, its suggestion waits for earlier results
        hn_view view = hn_view_of(fold, number);
        if (!hn_view_ready(&view))
            return false;
    }
    if ((trial->flags & HN_TRIAL_EXCLUDED) || !parent_stands(fold, trial))
        return false;
    if (a->options->only_trial >= 0)
        return (uint32_t)a->options->only_trial == number &&
               (trial->state == HONE_STATE_WAITING || trial->state == HONE_STATE_PAUSED);
    if (trial->state != HONE_STATE_WAITING || trial->purpose == HONE_PURPOSE_FINAL)
        return false;
    bool reserved = trial->epoch == 0 && trial->owner != HN_NONE;
    return !reserved || reservation_open(a, trial);
}

// Starts trial `number`, which waits; HONE_EBUSY and `raced` when somebody else was quicker.
static hone_status start_waiting(asking *a, uint32_t number, double resource, hone_error *err)
{
    hone_study *study = a->study;
    hn_trial row = study->fold.trials.data[number];
    int64_t now_us = (int64_t)hn_clock_wall_us();
    hn_event events[2] = {start_event(a, number, row.epoch + 1, row.purpose, now_us)};
    hn_change changes[2];
    size_t n = 1;
    bool expect_now = is_counted(a, &row) && a->n_races < MAX_RACES;
    if (row.epoch == 0 && row.purpose == HONE_PURPOSE_SEARCH)
        HN_TRY(first_resource(study, number, row.origin == HONE_ORIGIN_FORK, resource, &resource,
                              err));
    events[0].resource = resource;
    if (!(row.flags & HN_TRIAL_HAS_PARAMS)) {
        const char *fixed = row.fixed == HN_NONE ? NULL : hn_fold_text(&study->fold, row.fixed);
        int32_t parent = row.origin == HONE_ORIGIN_FORK ? row.parent : -1;
        uint32_t version;
        HN_TRY(hn_study_version_for(study, &row, &version, err));
        hn_point_request request = {number, row.origin, parent, resource,
                                    fixed,  a->options, version};
        if (version)
            HN_TRY(use_version(a, version, err));
        bool new_one = row.origin == HONE_ORIGIN_SAMPLED && row.purpose == HONE_PURPOSE_SEARCH;
        HN_TRY(hn_study_point(study, &request, &a->scratch, &a->config,
                              new_one ? &a->served_from : NULL, err));
        HN_TRY(give_point(a, &events[0], err));
        events[0].origin = a->served_from == HN_NONE ? row.origin : HONE_ORIGIN_SERVED;
    }
    if (a->served_from != HN_NONE)
        events[n++] = served_event(a, number);
    hone_status status = hn_study_append(study, events, n, expect_now, HN_SYNC_LAZY, changes, err);
    if (status != HONE_OK || changes[0].applied) {
        a->raced = status == HONE_EBUSY;
        return status;
    }
    a->raced = true;
    return hn_fail(err, HONE_EBUSY, "trial %u was started elsewhere", number);
}

// A queued trial whose values no longer fit the space must not stop the queue for ever.
static hone_status set_aside(asking *a, uint32_t number, const hone_error *why, hone_error *err)
{
    hn_event events[2] = {hn_study_event(HN_EV_EXCLUDED), hn_study_event(HN_EV_NOTED)};
    char note[sizeof why->text + 64];
    snprintf(note, sizeof note, "set aside, since it cannot be started: %s", why->text);
    for (int i = 0; i < 2; i++)
        events[i].trial = number;
    events[0].state = 1;
    events[1].text = hn_bytes_of(note);
    return hn_study_append(a->study, events, 2, false, HN_SYNC_LAZY, NULL, err);
}

// The first waiting trial that may be started; `*none` when there is none, which most asks find.
static hone_status ask_waiting(asking *a, uint32_t *number, bool *none, hone_error *err)
{
    const hn_fold *fold = &a->study->fold;
    *none = false;
    // A trial that is asked for by its number may be a paused one.
    const hn_numbers *from = a->options->only_trial >= 0 ? &fold->open : &fold->waiting;
    for (size_t i = 0; i < from->n; i++) {
        *number = from->data[i];
        if (!startable(a, *number) || !may_count(a, *number))
            continue;
        const hn_trial *trial = &fold->trials.data[*number];
        bool queued = !(trial->flags & HN_TRIAL_HAS_PARAMS) && trial->fixed != HN_NONE;
        hone_error why = HONE_ERROR_INIT;
        hone_status status = start_waiting(a, *number, trial->resource, &why);
        bool unfit = status == HONE_EINVAL || status == HONE_EPARSE;
        if (!unfit || !queued || a->options->only_trial >= 0) {
            if (status != HONE_OK && err)
                *err = why;
            return status;
        }
        HN_TRY(set_aside(a, *number, &why, err));
    }
    *none = true;
    return HONE_OK;
}

// --- new trials ---

static int new_origin(const hone_study *study, int32_t parent)
{
    if (parent >= 0)
        return HONE_ORIGIN_FORK;
    // In a study that goes on in another space, the trials there are have tried what there was.
    bool first = study->fold.spaces.data[study->fold.spaces.n - 1].first_trial == 0;
    bool defaults =
        first && study->fold.n_defaults == 0 && hn_space_has_defaults(study->problem.space);
    return defaults ? HONE_ORIGIN_DEFAULT : HONE_ORIGIN_SAMPLED;
}

static hn_event reserve_event(const asking *a, int origin, int32_t parent, double resource)
{
    hn_event event = hn_study_event(HN_EV_RESERVED);
    event.owner = hn_bytes_of(owner_of(a));
    event.lease_us = lease_until(a, &event);
    event.origin = origin;
    event.parent = parent;
    if (parent >= 0) {
        event.resource = resource;
        event.step = hn_study_handed_on(a->study, parent);
    }
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
    HN_TRY(first_resource(study, *number, parent >= 0, resource, &resource, err));
    hn_point_request request = {*number, origin, parent, resource, NULL, a->options, 0};
    HN_TRY(hn_study_point(study, &request, &a->scratch, &a->config, &a->served_from, err));
    events[n++] = reserve_event(a, origin, parent, resource);
    events[n] = start_event(a, *number, 1, HONE_PURPOSE_SEARCH, events[0].time_us);
    events[n].origin = a->served_from == HN_NONE ? origin : HONE_ORIGIN_SERVED;
    events[n].resource = resource;
    HN_TRY(give_point(a, &events[n++], err));
    if (a->served_from != HN_NONE)
        events[n++] = served_event(a, *number);
    hone_status status = hn_study_append(study, events, n, true, HN_SYNC_LAZY, NULL, err);
    a->raced = status == HONE_EBUSY;
    return status;
}

// The slow road of a contended journal: a number first, then the point. The number is taken without
// a condition, or, with a total or for a scheduler that counts its forks, on one that holds soon:
// nothing is computed for it.
static hone_status reserve_and_start(asking *a, int32_t parent, double resource, uint32_t *number,
                                     hone_error *err)
{
    hn_change change;
    hn_event event = reserve_event(a, new_origin(a->study, parent), parent, resource);
    bool exact = a->options->total > 0 || (hone_study_scheduler_can(a->study) & HN_CAN_FORK);
    hone_status status = hn_study_append(a->study, &event, 1, exact, HN_SYNC_LAZY, &change, err);
    a->raced = status == HONE_EBUSY;
    HN_TRY(status);
    *number = change.trial;
    HN_TRY(prepare(a, err));
    return start_waiting(a, change.trial, resource, err);
}

static hone_status ask_new(asking *a, int32_t parent, double resource, uint32_t *number,
                           hone_error *err)
{
    if (a->n_races < MAX_RACES)
        return start_new(a, parent, resource, number, err);
    return reserve_and_start(a, parent, resource, number, err);
}

// --- the decision ---

// A paused trial that goes on no more ends with what it has reported; the scheduler's reason stays
// its message.
static hone_status end_paused(asking *a, uint32_t number, hone_error *err)
{
    hone_study *study = a->study;
    hn_change change;
    hn_event event = hn_study_event(HN_EV_TOLD);
    if (number >= study->fold.trials.n ||
        study->fold.trials.data[number].state != HONE_STATE_PAUSED)
        return hn_fail(err, HONE_ESTATE, "scheduler \"%s\" ends trial %u, which is not paused",
                       hone_study_scheduler(study), number);
    const hn_trial *row = &study->fold.trials.data[number];
    const hn_scheduler_class *scheduler = (const void *)study->scheduler.plugin;
    hn_view view = hn_study_view(study, (uint32_t)study->fold.trials.n);
    if (!hn_vec_reserve(&study->ended, 1))
        return hn_fail_memory(err);
    char *why =
        scheduler->explain ? scheduler->explain(study->scheduler.state, &view, number) : NULL;
    event.trial = number;
    event.epoch = row->epoch;
    event.state = HONE_STATE_PRUNED;
    event.present = 0;
    event.duration_us = (int64_t)row->duration_us;
    event.text = hn_bytes_of(why);
    hone_status status = hn_study_append(study, &event, 1, false, HN_SYNC_FULL, &change, err);
    hn_free(why);
    HN_TRY(status);
    a->raced = !change.applied;
    if (change.applied)
        hn_vec_push(&study->ended, number);
    return a->raced ? hn_fail(err, HONE_EBUSY, "trial %u was resumed elsewhere", number) : HONE_OK;
}

// What the scheduler wants started, once it has ended what it wants ended. `*room`: for one more.
static hone_status decide(asking *a, hn_next *next, bool *room, hone_error *err)
{
    hone_study *study = a->study;
    for (;;) {
        const hn_scheduler_class *scheduler = (const void *)study->scheduler.plugin;
        bool pauses = hone_study_scheduler_can(study) & HN_CAN_PAUSE;
        hn_view view = hn_study_view(study, (uint32_t)study->fold.trials.n);
        *room = has_room(a, study->fold.n_state[HONE_STATE_WAITING]);
        *next = (hn_next){HN_NEXT_NEW, 0, 0};
        if (*room && !hn_view_ready(&view))
            return hn_fail(err, HONE_EBUSY, "trial %u waits for earlier ones to finish",
                           view.n_trials);
        if (*room || pauses)
            HN_TRY(scheduler->next(study->scheduler.state, &view, next, err));
        if (next->kind != HN_NEXT_END)
            return HONE_OK;
        HN_TRY(end_paused(a, next->trial, err));
        HN_TRY(prepare(a, err)); // with that came what others have appended, an edit perhaps
    }
}

static hone_status follow_scheduler(asking *a, uint32_t *number, hone_error *err)
{
    hone_study *study = a->study;
    hn_next next;
    bool room;
    HN_TRY(decide(a, &next, &room, err));
    hn_view view = hn_study_view(study, (uint32_t)study->fold.trials.n);
    if (!room && next.kind != HN_NEXT_RESUME)
        return hn_fail(err, HONE_EBUSY, "%lld trials have finished or are on their way",
                       (long long)a->options->total);
    switch (next.kind) {
    case HN_NEXT_NEW:
        // Who wants a number of trials gets it, if need be in duplicates; without one this is the
        // end.
        if (!a->options->max_served && !a->some_left && hn_dedupe_exhausted(&study->dedupe, &view))
            return hn_fail(err, HONE_EEXHAUSTED,
                           "every configuration of the space has been evaluated or is running");
        a->some_left = true;
        return ask_new(a, -1, next.resource, number, err);
    case HN_NEXT_FORK:
        return ask_new(a, (int32_t)next.trial, next.resource, number, err);
    case HN_NEXT_RESUME:
        *number = next.trial;
        return start_waiting(a, next.trial, next.resource, err);
    case HN_NEXT_WAIT:
        return hn_fail(err, HONE_EBUSY, "the scheduler waits for running trials");
    default:
        return hn_fail(err, HONE_EEXHAUSTED, "the scheduler has nothing more to run");
    }
}

// Where there is nothing new any more, paused trials need not wait for company: the scheduler is
// asked again, knowing it.
static hone_status ask_scheduler(asking *a, uint32_t *number, hone_error *err)
{
    hone_study *study = a->study;
    hone_status status = follow_scheduler(a, number, err);
    if (status != HONE_EEXHAUSTED || study->problem.exhausted ||
        !(hone_study_scheduler_can(study) & HN_CAN_PAUSE))
        return status;
    study->problem.exhausted = true;
    hn_error_clear(err);
    return follow_scheduler(a, number, err);
}

static hone_status ask_once(asking *a, uint32_t *number, hone_error *err)
{
    bool none;
    HN_TRY(ask_waiting(a, number, &none, err));
    if (!none)
        return HONE_OK;
    if (a->options->no_new || a->options->only_trial >= 0)
        return hn_fail(err, HONE_ENOTFOUND, "no trial waits to be started");
    return ask_scheduler(a, number, err);
}

// Decides again after a lost race, and, before it says that there is nothing to start, once more
// with what others have appended in the meantime.
static hone_status ask_until_settled(asking *a, uint32_t *number, hone_error *err)
{
    for (bool fresh = false;;) {
        HN_TRY(prepare(a, err));
        hone_status status = ask_once(a, number, err);
        bool nothing =
            status == HONE_EBUSY || status == HONE_EEXHAUSTED || status == HONE_ENOTFOUND;
        if (!nothing || (fresh && !a->raced))
            return status;
        uint64_t n_events = a->study->fold.n_events;
        a->n_races += a->raced;
        a->some_left &= !a->raced;
        HN_TRY(hn_study_catch_up(a->study, err));
        if (!a->raced && a->study->fold.n_events == n_events)
            return status;
        fresh = !a->raced;
        hn_error_clear(err);
    }
}

hone_status hone_study_ask(hone_study *study, const hone_ask_options *options, hone_trial **out,
                           hone_error *err)
{
    hone_ask_options complete = read_options(options);
    asking a = {.study = study, .options = &complete, .scratch = study->asking};
    hone_status status = HONE_OK;
    uint32_t number = 0, max_served = a.options->max_served;
    *out = NULL;
    study->ended.n = 0;
    for (uint32_t n = 0; n < (max_served ? max_served : MAX_SERVED); n++) {
        HN_TRY_OUT(ask_until_settled(&a, &number, err));
        if (a.served_from == HN_NONE) {
            status = hn_trial_make(study, number, out, err);
            if (status == HONE_OK)
                (*out)->running = (*out)->asked = true;
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
    hn_arena_reset(&a.scratch);
    study->asking = a.scratch;
    return status;
}

// The sampler is asked as for the next trial: a suggestion is a pure function, and nothing of it is
// kept.
hone_status hone_study_exhausted(hone_study *study, bool *out, hone_error *err)
{
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    asking a = {.study = study, .options = &options};
    hone_status status = prepare(&a, err);
    uint32_t next = (uint32_t)study->fold.trials.n;
    hn_view view = hn_study_view(study, next);
    *out = status == HONE_OK && hn_dedupe_exhausted(&study->dedupe, &view);
    if (status == HONE_OK && !*out && (study->sampler.plugin->can & HN_EXHAUSTS)) {
        hn_point_request request = {next, HONE_ORIGIN_SAMPLED, -1, 0, NULL, &options, 0};
        status = hn_study_point(study, &request, &a.scratch, &a.config, NULL, err);
        *out = status == HONE_EEXHAUSTED;
        if (*out)
            hn_error_clear(err);
    }
    hn_arena_free(&a.scratch);
    return *out ? HONE_OK : status;
}
