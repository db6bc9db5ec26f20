// What people do to trials by hand: end one, run one again, repeat one against luck.
//
// Each act is one event, decided on the newest state and appended such that it cannot hit another
// state than the one it was decided on: events of a trial carry its attempt, and what has no
// attempt (EXCLUDED) is appended only if nobody was quicker, else decided again.

#include <hone/trial.h>

#include <math.h>

#include "core/fixed.h"
#include "core/owner.h"
#include "core/study_internal.h"

enum { MAX_RACES = 64, MAX_REPEATS = 10000 };

// The trial as it is now.
static hone_status newest(hone_study *study, uint32_t number, const hn_trial **out, hone_error *err)
{
    HN_TRY(hn_study_catch_up(study, err));
    if (number >= study->fold.trials.n)
        return hn_study_no_trial(study, number, err);
    *out = &study->fold.trials.data[number];
    return HONE_OK;
}

static hn_event event_of(hn_event_type type, uint32_t number, const hn_trial *trial)
{
    hn_event event = hn_study_event(type);
    event.trial = number;
    event.epoch = trial->epoch;
    return event;
}

// Appends one event; `*raced` when it did not count because the state was another one meanwhile.
static hone_status append(hone_study *study, const hn_event *event, bool expect_now, bool *raced,
                          hone_error *err)
{
    hn_change change = {0};
    hone_status status = hn_study_append(study, event, 1, expect_now, HN_SYNC_FULL, &change, err);
    *raced = status == HONE_EBUSY || (status == HONE_OK && !change.applied);
    if (status != HONE_EBUSY)
        return status;
    hn_error_clear(err);
    return HONE_OK;
}

// An act decides and appends once; it is repeated while it was overtaken.
typedef struct acting {
    hone_study *study;
    uint32_t number;
    bool raced;
    hone_trial_state how; // kill
    bool force;
    hone_kill killed;
    uint32_t result; // rerun
} acting;

typedef hone_status act_fn(acting *a, const hn_trial *trial, hone_error *err);

static hone_status act(acting *a, act_fn *once, hone_error *err)
{
    const hn_trial *trial = NULL;
    if (a->study->read_only)
        return hn_fail(err, HONE_ESTATE, "the study was opened for looking only");
    for (int i = 0; i < MAX_RACES; i++) {
        a->raced = false;
        HN_TRY(newest(a->study, a->number, &trial, err));
        HN_TRY(once(a, trial, err));
        if (!a->raced)
            return HONE_OK;
    }
    return hn_fail(err, HONE_EBUSY, "others change trial %u all the time: try again", a->number);
}

// --- ending ---

static hone_status tell(acting *a, const hn_trial *trial, hone_trial_state state, const char *why,
                        hone_error *err)
{
    hn_event event = event_of(HN_EV_TOLD, a->number, trial);
    event.state = state;
    event.present = 0;
    event.text = hn_bytes_of(why);
    if (trial->state == HONE_STATE_RUNNING && trial->started_us > 0)
        event.duration_us = event.time_us - (int64_t)trial->started_us;
    a->killed = HONE_KILL_ENDED;
    return append(a->study, &event, false, &a->raced, err);
}

static hone_status ask_to_end(acting *a, const hn_trial *trial, hone_error *err)
{
    hn_event event = event_of(HN_EV_STOP_ASKED, a->number, trial);
    event.state = a->how;
    a->killed = HONE_KILL_ASKED;
    return append(a->study, &event, false, &a->raced, err);
}

static hone_status exclude(acting *a, const hn_trial *trial, bool out, hone_error *err)
{
    hn_event event = event_of(HN_EV_EXCLUDED, a->number, trial);
    event.state = out;
    a->killed = HONE_KILL_REMOVED;
    return append(a->study, &event, true, &a->raced, err);
}

static hone_status kill_once(acting *a, const hn_trial *trial, hone_error *err)
{
    const char *owner = hn_fold_text(&a->study->fold, trial->owner);
    const char *why = a->how == HONE_STATE_FAILED ? "killed on request" : "stopped on request";
    bool excluded = trial->flags & HN_TRIAL_EXCLUDED;
    a->killed = HONE_KILL_BEFORE;
    if (hn_state_finished(trial->state) || (trial->state == HONE_STATE_WAITING && excluded))
        return HONE_OK;
    if (trial->state == HONE_STATE_WAITING)
        return exclude(a, trial, true, err);
    if (trial->state == HONE_STATE_PAUSED || a->force)
        return tell(a, trial, a->how, why, err);
    // A lease speaks for its holder: whoever asked for the trial comes back with the result.
    if (trial->lease_us == 0 && hn_owner_life(owner) == HN_DEAD)
        return tell(a, trial, HONE_STATE_LOST, "killed on request; its runner was gone", err);
    return ask_to_end(a, trial, err);
}

hone_status hone_study_kill(hone_study *study, uint32_t number, hone_trial_state how, bool force,
                            hone_kill *out, hone_error *err)
{
    acting a = {.study = study, .number = number, .how = how, .force = force};
    if (how != HONE_STATE_PRUNED && how != HONE_STATE_FAILED)
        return hn_fail(err, HONE_EINVAL, "a trial is stopped as PRUNED or killed as FAILED, not %s",
                       hone_state_name(how));
    HN_TRY(act(&a, kill_once, err));
    if (out)
        *out = a.killed;
    return HONE_OK;
}

// --- again ---

// Queues the trial's configuration `n` times; `*first` gets the first number.
static hone_status queue_copies(hone_study *study, uint32_t number, hn_event event, uint32_t n,
                                uint32_t *first, hone_error *err)
{
    hone_trial *trial = NULL;
    int64_t repeated = event.parent >= 0 ? event.parent : (int64_t)number;
    const hone_space *space = hn_fold_space(
        &study->fold, hn_study_repeated_version(study, (hone_trial_origin)event.origin,
                                                (hone_trial_purpose)event.purpose, repeated));
    hn_event *events = hn_reallocarray(NULL, n, sizeof *events);
    hn_change *changes = hn_reallocarray(NULL, n, sizeof *changes);
    hone_status status =
        events && changes ? hn_trial_make(study, number, &trial, err) : hn_fail_memory(err);
    const char *params = status == HONE_OK ? hone_trial_params_json(trial) : NULL;
    if (status == HONE_OK && !params)
        status = hn_fail_memory(err);
    if (status == HONE_OK)
        status = hn_fixed_check(space ? space : study->fold.problem.space, params, err);
    event.text = hn_bytes_of(params);
    for (uint32_t i = 0; status == HONE_OK && i < n; i++)
        events[i] = event;
    if (status == HONE_OK)
        status = hn_study_append(study, events, n, false, HN_SYNC_FULL, changes, err);
    if (status == HONE_OK)
        *first = changes[0].trial;
    hn_free(events);
    hn_free(changes);
    hone_trial_destroy(trial);
    return status;
}

static hone_status requeue(acting *a, const hn_trial *trial, hone_error *err)
{
    hn_event event = event_of(HN_EV_REQUEUED, a->number, trial);
    event.origin = HONE_ORIGIN_RERUN;
    event.text = hn_bytes_of("to be run again on request");
    return append(a->study, &event, false, &a->raced, err);
}

static hone_status copy(acting *a, const hn_trial *trial, hone_error *err)
{
    // Another repeat of the same trial, another final run of the same winner.
    bool search = trial->purpose == HONE_PURPOSE_SEARCH;
    hn_event event = hn_study_event(HN_EV_QUEUED);
    event.origin = HONE_ORIGIN_RERUN;
    event.purpose = trial->purpose;
    event.parent = search ? (int64_t)a->number : trial->parent;
    return queue_copies(a->study, a->number, event, 1, &a->result, err);
}

static hone_status rerun_once(acting *a, const hn_trial *trial, hone_error *err)
{
    a->result = a->number;
    switch (trial->state) {
    case HONE_STATE_WAITING:
        if (trial->flags & HN_TRIAL_EXCLUDED)
            return exclude(a, trial, false, err);
        return hn_fail(err, HONE_ESTATE, "trial %u waits already to be run", a->number);
    case HONE_STATE_RUNNING:
        return hn_fail(err, HONE_ESTATE, "trial %u runs now: it can be run again when it has ended",
                       a->number);
    case HONE_STATE_PAUSED:
        return hn_fail(err, HONE_ESTATE, "trial %u is paused: its scheduler lets it go on",
                       a->number);
    case HONE_STATE_COMPLETE:
    case HONE_STATE_PRUNED:
    case HONE_STATE_INFEASIBLE:
        return copy(a, trial, err);
    default:
        return requeue(a, trial, err);
    }
}

hone_status hone_study_rerun(hone_study *study, uint32_t number, uint32_t *out, hone_error *err)
{
    acting a = {.study = study, .number = number};
    HN_TRY(act(&a, rerun_once, err));
    if (out)
        *out = a.result;
    return HONE_OK;
}

// --- repeats ---

hone_status hone_study_retest(hone_study *study, uint32_t number, uint32_t n, uint32_t *first,
                              hone_error *err)
{
    const hn_trial *trial = NULL;
    uint32_t made;
    if (n < 1 || n > MAX_REPEATS)
        return hn_fail(err, HONE_EINVAL, "the number of repeats is %u: it must be from 1 to %d", n,
                       MAX_REPEATS);
    HN_TRY(newest(study, number, &trial, err));
    if (trial->purpose == HONE_PURPOSE_RETEST && trial->parent >= 0) {
        number = (uint32_t)trial->parent;
        trial = &study->fold.trials.data[number];
    }
    if (trial->state != HONE_STATE_COMPLETE || trial->purpose != HONE_PURPOSE_SEARCH)
        return hn_fail(err, HONE_ESTATE,
                       "trial %u is %s%s: only COMPLETE trials of the search are retested", number,
                       trial->purpose == HONE_PURPOSE_FINAL ? "a final run, " : "",
                       hone_state_name((hone_trial_state)trial->state));
    hn_event event = hn_study_event(HN_EV_QUEUED);
    event.origin = HONE_ORIGIN_MANUAL;
    event.purpose = HONE_PURPOSE_RETEST;
    event.parent = number;
    return queue_copies(study, number, event, n, first ? first : &made, err);
}

// The values of a trial's complete retests; NaN for all others.
static double retest_value(const hn_fold *fold, uint32_t i, uint32_t parent, uint32_t metric)
{
    const hn_trial *t = &fold->trials.data[i];
    bool counts = t->purpose == HONE_PURPOSE_RETEST && t->parent == (int32_t)parent &&
                  t->state == HONE_STATE_COMPLETE && !(t->flags & HN_TRIAL_EXCLUDED);
    return counts && t->values != HN_NONE ? fold->numbers.data[t->values + metric] : NAN;
}

static bool is_open_retest(const hn_trial *t, uint32_t parent)
{
    return t->purpose == HONE_PURPOSE_RETEST && t->parent == (int32_t)parent &&
           !hn_state_finished(t->state) && !(t->flags & HN_TRIAL_EXCLUDED);
}

// Two passes over the retests, for a variance without cancellation.
hone_status hone_study_repeats(const hone_study *study, uint32_t number, uint32_t metric,
                               hone_repeats *out, hone_error *err)
{
    const hn_fold *fold = &study->fold;
    double sum = 0, squares = 0;
    *out = (hone_repeats)HONE_REPEATS_INIT;
    out->mean = out->stddev = out->std_err = NAN;
    if (number >= fold->trials.n)
        return hn_study_no_trial(study, number, err);
    if (metric >= fold->problem.n_metrics)
        return hn_fail(err, HONE_EINVAL, "there is no metric %u: the study has %u, counted from 0",
                       metric, fold->problem.n_metrics);
    for (uint32_t i = number; i < fold->trials.n; i++) {
        double value = retest_value(fold, i, number, metric);
        out->n_open += is_open_retest(&fold->trials.data[i], number);
        out->n += !isnan(value);
        sum += isnan(value) ? 0 : value;
    }
    if (out->n > 0)
        out->mean = sum / out->n;
    for (uint32_t i = number; out->n > 1 && i < fold->trials.n; i++) {
        double value = retest_value(fold, i, number, metric);
        squares += isnan(value) ? 0 : (value - out->mean) * (value - out->mean);
    }
    if (out->n > 1) {
        out->stddev = sqrt(squares / (out->n - 1));
        out->std_err = out->stddev / sqrt(out->n);
    }
    return HONE_OK;
}
