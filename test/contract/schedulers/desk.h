// A scheduler and a journal around it, without storage, clock or study: trials that begin, report
// and end as the test says, and a verdict on each report.
#ifndef TEST_CONTRACT_SCHEDULERS_DESK_H
#define TEST_CONTRACT_SCHEDULERS_DESK_H

#include <hone/sys/scheduler.h>

#include "contract/samplers/world.h"
#include "core/instance.h"

typedef struct scheduler_in_use {
    const hn_scheduler_class *class; // that works: what one that chooses has chosen
    hn_problem *problem;             // in the arena, since the state points to it
    hn_arena arena;
    hn_instance made;
    void *state; // NULL: refused
} scheduler_in_use;

typedef struct desk {
    world *world;
    scheduler_in_use scheduler;
    int64_t now_us; // time of the events; 0: the world has no clock
} desk;

static inline const hn_scheduler_class *scheduler_named(const char *name)
{
    const hn_plugin *plugin = NULL;
    assert_int_equal(hone_plugin_find(HN_KIND_SCHEDULER, name, &plugin, NULL), HONE_OK);
    return (const hn_scheduler_class *)(const void *)plugin;
}

static inline void scheduler_end(scheduler_in_use *s)
{
    hn_instance_drop(&s->made);
    hn_arena_free(&s->arena);
    s->state = NULL;
}

static inline hone_status scheduler_begin(scheduler_in_use *s, const hn_scheduler_class *class,
                                          const char *options, const hn_fold *fold, hone_error *err)
{
    hn_given given = {.options = options};
    memset(s, 0, sizeof *s);
    s->problem = HN_NEW(&s->arena, hn_problem, 1);
    assert_non_null(s->problem);
    *s->problem = fold->problem;
    hone_status status = hn_instance_begin(&s->made, &class->head, &given, s->problem, err);
    s->class = (const void *)s->made.plugin;
    s->state = s->made.state;
    if (status != HONE_OK)
        scheduler_end(s);
    return status;
}

static inline hn_view scheduler_view(const scheduler_in_use *s, const hn_fold *fold, uint32_t trial)
{
    hn_view view = hn_view_of(fold, trial);
    view.problem = s->problem;
    if (view.n_trials <= trial && trial < fold->trials.n)
        view.n_trials = trial + 1;
    return view;
}

static inline void scheduler_observe(scheduler_in_use *s, const hn_fold *fold, uint32_t trial)
{
    hn_view view = scheduler_view(s, fold, (uint32_t)fold->trials.n);
    if (s->class->observe)
        assert_int_equal(s->class->observe(s->state, &view, trial, NULL), HONE_OK);
}

// The verdict on the report of `trial` that the fold ends with.
static inline hn_verdict scheduler_judge(scheduler_in_use *s, const hn_fold *fold, uint32_t trial,
                                         double step)
{
    hn_verdict verdict = HN_GO_ON;
    hone_error err = HONE_ERROR_INIT;
    hn_view view = scheduler_view(s, fold, trial);
    if (s->class->report &&
        s->class->report(s->state, &view, trial, step, &verdict, &err) != HONE_OK)
        fail_msg("%s: %s", s->class->head.name, err.text);
    return verdict;
}

// --- a desk: one scheduler, told of everything as it happens ---

static inline desk desk_of(const char *scheduler, const char *options, world *w)
{
    desk d = {.world = w};
    hone_error err = HONE_ERROR_INIT;
    if (scheduler_begin(&d.scheduler, scheduler_named(scheduler), options, &w->fold, &err) !=
        HONE_OK)
        fail_msg("%s %s: %s", scheduler, options, err.text);
    return d;
}

// `metrics`: ",{\"name\":…}" after those of "loss"; `constraints`: "\"loss<=3\"".
static inline world *desk_world_of(bool maximize, const char *metrics, const char *constraints,
                                   uint32_t lag)
{
    char *json = space_json((const char *const[]){"x=0..1", NULL}), text[512];
    world *w = hn_calloc(1, sizeof *w);
    hn_fold_init(&w->fold);
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"s\",\"seed\":\"3\",\"metrics\":[{\"name\":\"loss\",\"goal\":\"%s\"}"
                   "%s],\"constraints\":[%s],\"lag\":%u,\"noisy\":false}",
                   maximize ? "maximize" : "minimize", metrics, constraints, lag);
    hn_event event = hn_event_make(HN_EV_STUDY_CREATED);
    event.text = hn_bytes_of(text);
    world_append(w, &event);
    event = hn_event_make(HN_EV_SPACE_CHANGED);
    event.space = 1;
    event.text = hn_bytes_of(json);
    world_append(w, &event);
    hone_free(json);
    return w;
}

// Minimises "loss", or maximises it.
static inline world *desk_world(bool maximize, uint32_t lag)
{
    return desk_world_of(maximize, ",{\"name\":\"extra\",\"goal\":\"record\"}", "", lag);
}

#define DESK_TWO ",{\"name\":\"extra\",\"goal\":\"maximize\"}" // a second objective

static inline desk desk_new(const char *scheduler, const char *options)
{
    return desk_of(scheduler, options, desk_world(false, 0));
}

static inline void desk_free(desk *d)
{
    scheduler_end(&d->scheduler);
    world_free(d->world);
}

static inline void desk_append(desk *d, const hn_event *event)
{
    hn_fold *fold = &d->world->fold;
    uint64_t n_stale = fold->n_stale;
    world_append(d->world, event);
    if (fold->n_stale == n_stale && event->trial >= 0)
        scheduler_observe(&d->scheduler, fold, (uint32_t)event->trial);
}

static inline uint32_t desk_start(desk *d)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_fold *fold = &d->world->fold;
    hn_config config = hn_config_new(&arena, fold->problem.space);
    assert_int_equal(
        hn_space_redraw(fold->problem.space, 1, (uint32_t)fold->trials.n, 0, config, NULL),
        HONE_OK);
    uint32_t number = world_start(d->world, config, (int64_t)fold->n_events);
    hn_arena_free(&arena);
    scheduler_observe(&d->scheduler, fold, number);
    return number;
}

static inline hn_event desk_event(const desk *d, hn_event_type type, uint32_t trial)
{
    hn_event event = hn_event_make(type);
    event.trial = trial;
    event.epoch = d->world->fold.trials.data[trial].epoch;
    event.time_us = d->now_us;
    return event;
}

// Reports and asks for the verdict. `present`: bit 0 the first metric, bit 1 the other one.
static inline hn_verdict desk_report_both(desk *d, uint32_t trial, double step, double value,
                                          double other, int64_t present)
{
    double values[2] = {value, other};
    hn_event event = desk_event(d, HN_EV_REPORTED, trial);
    event.step = step;
    event.values = (hn_doubles){values, 2};
    event.present = present;
    desk_append(d, &event);
    return scheduler_judge(&d->scheduler, &d->world->fold, trial, step);
}

static inline hn_verdict desk_report_as(desk *d, uint32_t trial, double step, double value,
                                        int64_t present)
{
    return desk_report_both(d, trial, step, value, value, present);
}

static inline hn_verdict desk_report(desk *d, uint32_t trial, double step, double value)
{
    return desk_report_as(d, trial, step, value, 1);
}

static inline void desk_tell(desk *d, uint32_t trial, hone_trial_state state)
{
    double values[2] = {0, 0};
    uint32_t n = d->world->fold.problem.n_objectives;
    hn_event event = desk_event(d, HN_EV_TOLD, trial);
    event.state = state;
    event.values = (hn_doubles){values, n};
    event.present = n == 2 ? 3 : 1;
    desk_append(d, &event);
}

// A trial that reports values[0 … n) at the steps 1 … n and is COMPLETE.
static inline uint32_t desk_complete(desk *d, const double *values, uint32_t n)
{
    uint32_t trial = desk_start(d);
    for (uint32_t i = 0; i < n; i++)
        (void)desk_report(d, trial, i + 1, values[i]);
    desk_tell(d, trial, HONE_STATE_COMPLETE);
    return trial;
}
#define CURVE(d, ...)                                                                              \
    desk_complete((d), (const double[]){__VA_ARGS__},                                              \
                  sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static inline void desk_exclude(desk *d, uint32_t trial, bool excluded)
{
    hn_event event = desk_event(d, HN_EV_EXCLUDED, trial);
    event.state = excluded;
    desk_append(d, &event);
}

#endif
