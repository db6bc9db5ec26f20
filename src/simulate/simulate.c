// A study in simulated time.
//
//  1. The study lives in memory and has one parameter that nobody looks at. Trial k of it is curve
//     order[k]; the order is drawn from the seed, or that of the recording.
//  2. A worker that is free asks. It gets a new trial, or one that was paused and goes on behind
//     its last step (no_checkpoint: from the beginning), or nothing: then it waits until something
//     has been told.
//  3. The next event is always the end of the step that ends first; of equal times the worker that
//     began its step first. The step is reported, and the trial goes on, pauses or stops as the
//     scheduler says.
//  4. A trial is COMPLETE at the end of its curve, with its result; or where the scheduler told it
//     to stop by itself (the resource that a command gets as {resource}), with its value there:
//     where that is NaN it has failed, and there is no further curve to take its place.
//  5. The study has ended when all workers are free and none gets anything.
//
// All decisions are those of the engine: this file knows no scheduler. Deterministic; O(log
// workers) an event beside what the engine takes.

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "core/study_internal.h"
#include "num/rng.h"
#include "simulate/recording.h"

#include <hone/trial.h>

typedef struct worker {
    double at;       // when its step ends
    uint64_t ticket; // by the beginning of the step: equal times go by it
    hone_trial *trial;
    uint32_t next; // point of the curve that it is on
} worker;

typedef struct simulation {
    const hone_recording *recording;
    const hone_simulate_options *options;
    hone_study *study;
    uint32_t n_trials;
    uint32_t *order;   // [n_trials] curve of each trial
    uint32_t *reached; // [n_trials] points that it has trained
    bool *paused;      // [n_trials]
    worker *busy;      // [n_workers] heap: the first is the next to end its step
    uint32_t n_busy;
    uint64_t n_tickets;
    bool pauses;   // the scheduler may: every report may set a trial free
    double enough; // a result that is close enough
    double now;
    hone_simulation out;
} simulation;

// The events of the study are stamped with it, so that what is learnt from times is learnt here,
// too.
static void set_clock(simulation *s, double now)
{
    enum { EPOCH_US = 1000000 }; // a time of zero means none
    s->now = now;
    s->study->clock_us = EPOCH_US + (uint64_t)fmin(now * 1e6, 1e18);
}

// --- the workers ---

static bool before(const worker *a, const worker *b)
{
    return a->at < b->at || (a->at == b->at && a->ticket < b->ticket);
}

static void sink(simulation *s)
{
    uint32_t at = 0;
    for (;;) {
        uint32_t least = at, child = 2 * at + 1;
        for (uint32_t c = child; c < child + 2 && c < s->n_busy; c++)
            if (before(&s->busy[c], &s->busy[least]))
                least = c;
        if (least == at)
            return;
        worker other = s->busy[at];
        s->busy[at] = s->busy[least];
        s->busy[least] = other;
        at = least;
    }
}

static void add(simulation *s, worker w)
{
    uint32_t at = s->n_busy++;
    s->busy[at] = w;
    while (at > 0 && before(&s->busy[at], &s->busy[(at - 1) / 2])) {
        worker other = s->busy[at];
        s->busy[at] = s->busy[(at - 1) / 2];
        s->busy[(at - 1) / 2] = other;
        at = (at - 1) / 2;
    }
}

static void leave(simulation *s)
{
    hone_trial_destroy(s->busy[0].trial);
    s->busy[0] = s->busy[--s->n_busy];
    sink(s);
}

// --- trials ---

static const hn_recorded_curve *curve_of(const simulation *s, const hone_trial *trial)
{
    return &s->recording->curves.data[s->order[hone_trial_number(trial)]];
}

static const hn_point *point_of(const simulation *s, const hn_recorded_curve *curve, uint32_t index)
{
    return &s->recording->points.data[curve->first + index];
}

// The trial begins, or goes on.
static hone_status start(simulation *s, hone_trial *trial, hone_error *err)
{
    uint32_t number = hone_trial_number(trial);
    if (number >= s->n_trials) {
        hone_trial_destroy(trial);
        return hn_fail(err, HONE_ESTATE, "more trials were begun than there are curves");
    }
    s->out.n_trials += s->reached[number] == 0 && !s->paused[number];
    s->out.n_resumed += s->paused[number];
    s->paused[number] = false;
    uint32_t from = s->options->no_checkpoint ? 0 : s->reached[number];
    const hn_recorded_curve *curve = curve_of(s, trial);
    double seconds = from < curve->n ? point_of(s, curve, from)->seconds : 0;
    add(s, (worker){s->now + seconds, s->n_tickets++, trial, from});
    return HONE_OK;
}

static hone_status ask(simulation *s, hone_error *err)
{
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    options.total = s->n_trials - s->out.n_failed;
    while (options.total > 0 && s->n_busy < s->options->n_workers) {
        hone_trial *trial = NULL;
        hone_error why = HONE_ERROR_INIT;
        hone_status status = hone_study_ask(s->study, &options, &trial, &why);
        if (status == HONE_EBUSY || status == HONE_EEXHAUSTED)
            return HONE_OK;
        if (status != HONE_OK) {
            if (err)
                *err = why;
            return status;
        }
        HN_TRY(start(s, trial, err));
    }
    return HONE_OK;
}

// --- a step has ended ---

static hone_status complete(simulation *s, hone_trial *trial, double result, hone_error *err)
{
    s->out.n_complete++;
    if (isnan(s->out.best) || hn_recording_better(s->recording, result, s->out.best))
        s->out.best = result;
    if (isnan(s->out.reached_s) && !hn_recording_better(s->recording, s->enough, result))
        s->out.reached_s = s->now;
    return hone_study_tell(s->study, trial, HONE_STATE_COMPLETE, &result, err);
}

static hone_status fail(simulation *s, hone_trial *trial, hone_error *err)
{
    s->out.n_failed++;
    return hone_study_tell(s->study, trial, HONE_STATE_INVALID, NULL, err);
}

// `*ended`: the worker is free.
static hone_status judge(simulation *s, const worker *w, bool *ended, hone_error *err)
{
    hone_trial *trial = w->trial;
    const hn_recorded_curve *curve = curve_of(s, trial);
    const hn_point *point = point_of(s, curve, w->next);
    double resource = hone_trial_resource(trial);
    uint32_t number = hone_trial_number(trial);
    *ended = true;
    if (hone_trial_should_stop(trial)) {
        s->out.n_stopped++;
        return hone_study_tell(s->study, trial, HONE_STATE_PRUNED, &point->value, err);
    }
    if (hone_trial_should_pause(trial)) {
        s->paused[number] = true;
        return hone_study_pause(s->study, trial, point->step, err);
    }
    if (w->next + 1 == curve->n)
        return complete(s, trial, curve->result, err);
    if (resource > 0 && point->step >= resource)
        return isnan(point->value) ? fail(s, trial, err) : complete(s, trial, point->value, err);
    *ended = false;
    return HONE_OK;
}

static hone_status step(simulation *s, bool *ended, hone_error *err)
{
    worker *w = &s->busy[0];
    const hn_recorded_curve *curve = curve_of(s, w->trial);
    uint32_t number = hone_trial_number(w->trial);
    set_clock(s, w->at);
    *ended = true;
    if (w->next >= curve->n) { // it was paused at its very end
        HN_TRY(complete(s, w->trial, curve->result, err));
        leave(s);
        return HONE_OK;
    }
    const hn_point *point = point_of(s, curve, w->next);
    HN_TRY(hone_trial_report(w->trial, point->step, point->value, err));
    s->out.n_reports++;
    s->out.steps += point->spent;
    s->out.work_s += point->seconds;
    s->reached[number] = w->next + 1 > s->reached[number] ? w->next + 1 : s->reached[number];
    HN_TRY(judge(s, w, ended, err));
    if (*ended) {
        leave(s);
        return HONE_OK;
    }
    w->next++;
    w->at += point_of(s, curve, w->next)->seconds;
    w->ticket = s->n_tickets++;
    sink(s);
    return HONE_OK;
}

static hone_status go(simulation *s, hone_error *err)
{
    set_clock(s, 0);
    HN_TRY(ask(s, err));
    while (s->n_busy > 0) {
        bool ended;
        HN_TRY(step(s, &ended, err));
        if (ended || s->pauses)
            HN_TRY(ask(s, err));
    }
    s->out.time_s = s->now;
    return HONE_OK;
}

// --- before and after ---

// The first n_trials of all curves, shuffled or as they are.
static bool draw_order(simulation *s)
{
    uint32_t n = (uint32_t)s->recording->curves.n;
    hn_rng rng = hn_rng_make(s->options->seed, HN_PURPOSE_SHUFFLE, 0);
    uint32_t *all = hn_reallocarray(NULL, n, sizeof *all);
    if (!all)
        return false;
    for (uint32_t i = 0; i < n; i++)
        all[i] = i;
    for (uint32_t i = 0; i < s->n_trials && !s->options->in_order; i++) {
        uint32_t j = i + (uint32_t)hn_rng_below(&rng, i, 0, 0, n - i), one = all[i];
        all[i] = all[j];
        all[j] = one;
    }
    memcpy(s->order, all, s->n_trials * sizeof *all);
    hn_free(all);
    return true;
}

static hone_status prepare(simulation *s, hone_error *err)
{
    double median;
    uint32_t n = (uint32_t)s->recording->curves.n;
    s->n_trials = s->options->n_trials && s->options->n_trials < n ? s->options->n_trials : n;
    s->order = hn_calloc(s->n_trials, sizeof *s->order);
    s->reached = hn_calloc(s->n_trials, sizeof *s->reached);
    s->paused = hn_calloc(s->n_trials, sizeof *s->paused);
    s->busy = hn_calloc(s->options->n_workers, sizeof *s->busy);
    if (!s->order || !s->reached || !s->paused || !s->busy || !draw_order(s) ||
        !hn_recording_results(s->recording, s->order, s->n_trials, &s->out.best_tried, &median))
        return hn_fail_memory(err);
    s->enough = s->out.best_tried;
    if (isfinite(median) && isfinite(s->enough))
        s->enough += s->options->within * (median - s->enough);
    s->out.best = s->out.reached_s = NAN;
    for (uint32_t i = 0; i < s->n_trials; i++) {
        const hn_recorded_curve *curve = &s->recording->curves.data[s->order[i]];
        for (uint32_t p = 0; p < curve->n; p++)
            s->out.full_steps += point_of(s, curve, p)->spent;
    }
    return HONE_OK;
}

static hone_status open(simulation *s, hone_error *err)
{
    const hone_simulate_options *o = s->options;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_metric metric = {s->recording->metric, s->recording->goal};
    hone_space *space = NULL;
    options.storage = "memory:";
    options.metrics = &metric;
    options.n_metrics = 1;
    options.sampler = "random";
    options.scheduler = o->scheduler ? o->scheduler : "none";
    options.scheduler_options = o->scheduler_options;
    options.plugins = o->plugins;
    options.n_plugins = o->n_plugins;
    options.has_seed = true;
    options.seed = o->seed;
    options.n_trials = s->n_trials;
    hone_status status = hone_space_create(&space, err);
    if (status == HONE_OK)
        status = hone_space_add(space, "curve", "0..1", err);
    if (status == HONE_OK)
        status = hone_space_seal(space, err);
    options.space = space;
    if (status == HONE_OK)
        status = hone_study_open(&options, &s->study, err);
    hone_space_destroy(space);
    if (status != HONE_OK)
        return status;
    uint32_t can = hone_study_scheduler_can(s->study);
    s->pauses = can & HN_CAN_PAUSE;
    if (can & HN_CAN_FORK)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "%s changes configurations while they train: how those would have gone on, "
                       "no recorded curve tells",
                       options.scheduler);
    return HONE_OK;
}

static void finish(simulation *s)
{
    double regret = s->out.best_tried - s->out.best;
    s->out.regret = s->recording->goal == HONE_MAXIMIZE ? regret : -regret;
    if (s->out.best == s->out.best_tried)
        s->out.regret = 0; // infinite ones, too
    s->out.lost_best = !(s->out.best == s->out.best_tried);
    for (uint32_t i = 0; i < s->n_trials; i++)
        s->out.n_paused += s->paused[i];
}

hone_status hone_simulate(const hone_recording *recording, const hone_simulate_options *given,
                          hone_simulation *out, hone_error *err)
{
    hone_simulate_options options = HONE_SIMULATE_OPTIONS_INIT;
    memcpy(&options, given, given->size < sizeof options ? given->size : sizeof options);
    simulation s = {.recording = recording, .options = &options, .out = HONE_SIMULATION_INIT};
    hone_status status = HONE_OK;
    if (options.n_workers == 0 || recording->curves.n < 2)
        return hn_fail(err, HONE_EINVAL, "a simulation needs a worker and two curves at least");
    HN_TRY_OUT(prepare(&s, err));
    HN_TRY_OUT(open(&s, err));
    HN_TRY_OUT(go(&s, err));
    finish(&s);
    s.out.size = out->size < sizeof s.out ? out->size : sizeof s.out;
    memcpy(out, &s.out, s.out.size);
out:
    while (s.n_busy > 0)
        hone_trial_destroy(s.busy[--s.n_busy].trial);
    hone_study_close(s.study);
    hn_free(s.order);
    hn_free(s.reached);
    hn_free(s.paused);
    hn_free(s.busy);
    return status;
}
