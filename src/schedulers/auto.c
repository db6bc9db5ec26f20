// auto: chooses a scheduler by what is known of the study, and leaves everything to that one.
//
// Method: the first of these that fits
//  1. several objectives, and none named by `metric`: none. What is bad in one may be good in
//     another, and no single curve tells where a trial leads.
//  2. `max_resource` is given: freeze-thaw, which lets trials pause and trains what promises most.
//     What cannot be with that one, such as a deterministic study, is refused in its words.
//  3. Else curve, which stops a trial that improbably passes the best one: it judges by trainings
//     that have ended, so that nothing has to be known beforehand, and a study whose trials report
//     nothing on their way is as without a scheduler. So is here a trial of several runs
//     (core/parts.h): their means are no learning curve, `race` compares them.
//
// Why these two (bench/simulate, docs/benchmarks.md): of all schedulers they alone keep the best of
// all recorded tasks in every order, be early ranks right or wrong. Where early ranks are known to
// be right asha saves more.
//
// Cost: that of the chosen one.

#include <hone/sys/scheduler.h>

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "core/options.h"
#include "core/parts.h"
#include "core/registry.h"
#include "schedulers/standing.h"

typedef struct options {
    double max_resource;
    const char *metric;
} options;

static const hn_option option_table[] = {
    {"max_resource", HN_OPTION_DOUBLE, offsetof(options, max_resource), "0", 0, 1e15, NULL, "steps",
     "a whole training, which {resource} tells: trials pause; 0: not known, trials are stopped"},
    {"metric", HN_OPTION_TEXT, offsetof(options, metric), NULL, 1, 0, NULL, NULL,
     "what is watched; the objective if there is just one"},
    {0},
};

typedef struct state {
    const hn_scheduler_class *class; // the chosen one …
    void *self;                      // … its state, in:
    hn_arena arena;
} state;

// --- choosing ---

static const char *choose(const hn_problem *problem, const options *o)
{
    if (problem->n_objectives != 1 && !o->metric)
        return "none";
    return o->max_resource > 0 ? "freeze-thaw" : "curve";
}

// What auto was told, which the chosen one calls the same.
static void write_options(const options *o, hn_str *out)
{
    json_t *given = json_object();
    if (given && o->max_resource > 0)
        json_object_set_new(given, "max_resource", hn_json_from_double(o->max_resource));
    if (given && o->metric)
        json_object_set_new(given, "metric", json_string(o->metric));
    hn_json_write(given, 0, out);
    json_decref(given);
}

static hone_status make(state *s, const char *name, const hn_problem *problem, const options *o,
                        hone_error *err)
{
    hn_str json = HN_STR_INIT;
    void *config = NULL;
    HN_TRY(hn_scheduler_find(name, &s->class, err));
    if (strcmp(name, "none") != 0)
        write_options(o, &json);
    hone_status status = hn_str_failed(&json) ? hn_fail_memory(err)
                                              : hn_options_make(&s->class->head, hn_str_text(&json),
                                                                &s->arena, &config, err);
    hn_str_free(&json);
    HN_TRY(status);
    s->self = hn_arena_zalloc(&s->arena, 1, s->class->head.state_size + 1);
    return s->self ? s->class->init(s->self, problem, config, err) : hn_fail_memory(err);
}

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    const options *o = given;
    hn_watched watched;
    if (o->metric) // named as a mistake of this one's
        HN_TRY(hn_watch_choose(problem, "auto", o->metric, true, &watched, err));
    hone_status status = make(s, choose(problem, o), problem, o, err);
    if (status != HONE_OK) // nobody calls fini then
        hn_arena_free(&s->arena);
    return status;
}

static void fini(void *self)
{
    state *s = self;
    if (s->self && s->class->fini)
        s->class->fini(s->self);
    hn_arena_free(&s->arena);
}

static const char *in_use(const void *self)
{
    const state *s = self;
    return s->class->head.name;
}

static uint32_t can(const void *self)
{
    const state *s = self;
    return s->class->can ? s->class->can(s->self) : s->class->head.can;
}

// --- what the chosen one does ---

static hone_status next(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    state *s = self;
    return s->class->next(s->self, view, out, err);
}

static hone_status resource(void *self, const hn_view *view, uint32_t trial, double *out,
                            hone_error *err)
{
    state *s = self;
    return s->class->resource ? s->class->resource(s->self, view, trial, out, err) : HONE_OK;
}

// curve has nothing to say of the means over several runs.
static bool is_left_alone(const state *s, const hn_view *view, uint32_t trial)
{
    return hn_parts_planned(&view->fold->trials.data[trial]) > 1 && !(can(s) & HN_CAN_PAUSE);
}

static hone_status report(void *self, const hn_view *view, uint32_t trial, double step,
                          hn_verdict *out, hone_error *err)
{
    state *s = self;
    *out = HN_GO_ON;
    if (is_left_alone(s, view, trial))
        return HONE_OK;
    return s->class->report ? s->class->report(s->self, view, trial, step, out, err) : HONE_OK;
}

static hone_status observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    state *s = self;
    return s->class->observe ? s->class->observe(s->self, view, trial, err) : HONE_OK;
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    state *s = self;
    if (is_left_alone(s, view, trial))
        return NULL;
    return s->class->explain ? s->class->explain(s->self, view, trial) : NULL;
}

const hn_scheduler_class hn_scheduler_auto = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "auto",
             .summary = "stops by where curves lead, or lets trials pause, by what is known",
             .source = "",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_PAUSE | HN_GIVES_RESOURCE,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .next = next,
    .resource = resource,
    .report = report,
    .observe = observe,
    .can = can,
    .fini = fini,
    .explain = explain,
    .in_use = in_use,
};
